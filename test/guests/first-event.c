/*
 * The shortest SDEI client: handles event 0, twice.
 *
 * Event 0 is the one that software raises by SDEI_EVENT_SIGNAL. It is delivered here, over this guest's own code, like
 * an interrupt that cannot be masked: the dispatcher saves X0-X17, PC and PSTATE of what was running and enters the handler.
 *
 * To try: a breakpoint in on_event, F5, then look at the call stack. Below the handler stands the event, and below
 * that the code that it interrupted: signal_in_the_middle, with all its locals.
 */
#include "common/console.h"
#include "common/psci.h"
#include "common/sdei.h"

/* What the handler notes down. Its address is the argument given to SDEI_EVENT_REGISTER, which arrives in X1. */
struct event_log {
  uint32_t handled;
  uint64_t interrupted_pc;
  uint64_t interrupted_pstate;
  uint64_t interrupted_x[4];
};

struct sample {
  uint32_t index;
  uint32_t value;
  uint64_t sum;
};

static struct event_log event_log;

/*
 * The handler, called by sdei_handler_entry. It may do what it likes with its own data, but it runs in the middle of
 * anything: here even between two statements of a loop. Any breakpoint, step or watch works here as anywhere else.
 */
uint64_t on_event(uint64_t event, void *argument, uint64_t pc, uint64_t pstate)
{
  struct event_log *log = argument;

  log->handled++;
  log->interrupted_pc = pc;
  log->interrupted_pstate = pstate;
  for (uint32_t i = 0; i < 4; i++)
    log->interrupted_x[i] = sdei_event_context(i);

  print("event %lu handled: interrupted at %lx with PSTATE %lx, X0 %lx\n", event, pc, pstate, log->interrupted_x[0]);

  /* The first event ends by SDEI_EVENT_COMPLETE(0): the interrupted code goes on as if nothing had happened. */
  if (log->handled == 1)
    return 0;

  /* The second one by SDEI_EVENT_COMPLETE_AND_RESUME: not there, but at resume_entry, with ELR and SPSR set. */
  return (uint64_t)resume_entry;
}

/* Called by resume_entry. Linux uses this way out to let waiting interrupts in before the interrupted code goes on. */
void on_resume(uint64_t pc, uint64_t pstate)
{
  print("resumed elsewhere, now back to %lx with PSTATE %lx\n", pc, pstate);
}

/* Ordinary work on ordinary data, interrupted at `signal_at`: SDEI_EVENT_SIGNAL is a call that returns by way of the handler. */
static uint64_t signal_in_the_middle(const uint32_t *table, int length, int signal_at)
{
  struct sample current = {0, 0, 0};
  uint32_t history[4] = {0, 0, 0, 0};
  int64_t status = -1;

  for (int i = 0; i < length; i++) {
    const uint32_t *cursor = &table[i];

    current.index = (uint32_t)i;
    current.value = *cursor;
    current.sum += current.value;
    history[i % 4] = current.value;

    if (i == signal_at)
      SMCCC_HERE(status, SDEI_EVENT_SIGNAL, 0, this_pe());
  }

  print("signal -> %ld; sum %lu, last values %u %u %u %u\n", status, current.sum, history[0], history[1], history[2], history[3]);
  return current.sum;
}

int main(void)
{
  static const uint32_t table[] = {3, 1, 4, 1, 5, 9, 2, 6};
  const int length = sizeof table / sizeof table[0];
  int64_t version = sdei_version();

  if (version < 0) {
    print("nobody answers SDEI calls here: SDEI_VERSION -> %ld\n", version);
    return 1;
  }
  print("SDEI %ld.%ld\n", version >> 48 & 0x7FFF, version >> 32 & 0xFFFF);

  /* A handler needs three things: it is registered, its event is enabled, and this PE is unmasked (it starts masked). */
  print("register -> %ld\n", sdei_event_register(0, sdei_handler_entry, &event_log));
  print("enable -> %ld\n", sdei_event_enable(0));
  print("unmask -> %ld\n", sdei_pe_unmask());

  signal_in_the_middle(table, length, 2);
  signal_in_the_middle(table, length, 5);

  print("%u events handled, power off\n", event_log.handled);
  return 0;
}
