/*
 * A watchdog that a masked interrupt cannot keep quiet: SDEI_INTERRUPT_BIND makes an event of a timer's interrupt, and an event
 * arrives whatever PSTATE.DAIF says. Every 10 seconds its handler looks whether the system has shown a sign of life since; when
 * it has not, it says where the system hangs, and how it got there.
 *
 * In WFI time passes at once, so the seconds cost nothing. A dispatcher that binds no interrupt (KVM's) is told so.
 */
#include "common/console.h"
#include "common/psci.h"
#include "common/sdei.h"
#include "common/timer.h"

#define SDEI_INTERRUPT_BIND 0xC400002Du
#define SDEI_INTERRUPT_RELEASE 0xC400002Eu

#define PERIOD_SECONDS 10u
#define WORK_ITEMS 3u

static volatile uint64_t signs_of_life;
static volatile uint64_t signs_seen;
static uint64_t started;
static uint64_t deadline;

static uint64_t seconds(void)
{
  return (timer_count() - started) / timer_frequency();
}

static void rearm(void)
{
  deadline += PERIOD_SECONDS * timer_frequency();
  timer_start(deadline);
}

uint64_t on_event(uint64_t event, void *argument, uint64_t pc, uint64_t pstate)
{
  (void)argument;
  if (signs_of_life != signs_seen) {
    print("%lu s: event %lx, alive (%lu items done)\n", seconds(), event, signs_of_life);
    signs_seen = signs_of_life;
    rearm();
    return 0;
  }
  timer_stop();
  print("%lu s: event %lx, hangs at %lx with PSTATE %lx\n", seconds(), event, pc, pstate);
  psci_system_off();
}

/* Does something, then has nothing to do until something happens: here, only the watchdog's event does. */
static void work(void)
{
  signs_of_life++;
  wait_for_interrupt();
}

/* Waits, with interrupts masked, for something that never comes. */
__attribute__((noinline)) static _Noreturn void hang(void)
{
  __asm__ volatile("msr daifset, #0xf" : : : "memory");
  for (;;)
    wait_for_interrupt();
}

int main(void)
{
  int64_t event = (int64_t)smccc(SDEI_INTERRUPT_BIND, TIMER_INTID, 0, 0, 0, 0);

  print("bind interrupt %u -> %lx\n", TIMER_INTID, event);
  if (event < 0) {
    print("no interrupt can be bound here\n");
    return 1;
  }
  print("register -> %ld, ", sdei_event_register((uint32_t)event, sdei_handler_entry, 0));
  print("enable -> %ld, ", sdei_event_enable((uint32_t)event));
  print("unmask -> %ld\n", sdei_pe_unmask());

  started = timer_count();
  deadline = started;
  rearm();
  for (uint32_t item = 0; item < WORK_ITEMS; item++)
    work();
  hang();
}
