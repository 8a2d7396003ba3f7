/*
 * A PE leaves and comes back, and takes its event handler with it, as Linux's CPU hotplug does.
 *
 * A private event has a handler on each PE. CPU_ON starts a PE without any, and masked. So whoever switches a PE off unregisters its
 * handlers first and masks it, and registers, enables and unmasks when it is back. While it is away, signals to it lead nowhere.
 * Needs two PEs (`"cpus": 2`, `--cpus 2`).
 */
#include "common/console.h"
#include "common/psci.h"
#include "common/sdei.h"

#define ROUNDS 3u

enum step { STARTING, PE_1_WAITS, PE_1_LEAVES };

static volatile enum step step;
static volatile uint64_t handled;
static const uint64_t other_pe = 1;

static void reach(enum step reached)
{
  step = reached;
  __asm__ volatile("dsb sy\n\tsev" : : : "memory");
}

static void wait_for(enum step reached)
{
  while (step != reached)
    __asm__ volatile("wfe" : : : "memory");
}

uint64_t on_event(uint64_t event, void *argument, uint64_t pc, uint64_t pstate)
{
  (void)argument;
  (void)pc;
  (void)pstate;
  handled++;
  print("PE %lu: event %lu\n", this_pe(), event);
  __asm__ volatile("dsb sy\n\tsev" : : : "memory");
  return 0;
}

/* PE 1 comes up; returning switches it off. */
void secondary_main(uint64_t round)
{
  int64_t status = sdei_event_status(0);
  int64_t registered = sdei_event_register(0, sdei_handler_entry, 0);
  int64_t enabled = sdei_event_enable(0);
  int64_t unmasked = sdei_pe_unmask();

  print("PE 1: round %lu, status %ld, register -> %ld, enable -> %ld, unmask -> %ld\n", round, status, registered, enabled, unmasked);
  reach(PE_1_WAITS);
  wait_for(PE_1_LEAVES);

  print("PE 1: unregister -> %ld, ", sdei_event_unregister(0));
  print("mask -> %ld\n", sdei_pe_mask());
}

static int signal_and_see(void)
{
  uint64_t before = handled;
  int64_t status = sdei_event_signal(other_pe);

  /* Event 0 needs no answer: give it some time. */
  for (uint32_t wait = 0; wait < 10000 && handled == before; wait++)
    __asm__ volatile("yield" : : : "memory");
  print("PE 0: signal -> %ld, %s\n", status, handled == before ? "no event" : "handled");
  return handled != before;
}

int main(void)
{
  for (uint64_t round = 1; round <= ROUNDS; round++) {
    int64_t status;

    reach(STARTING);
    status = psci_cpu_on(other_pe, round);
    if (status != 0) {
      print("PE 0: CPU_ON -> %ld: start this guest with two PEs (--cpus 2)\n", status);
      return 1;
    }
    wait_for(PE_1_WAITS);
    signal_and_see();

    reach(PE_1_LEAVES);
    while (psci_affinity_info(other_pe) != PSCI_AFFINITY_OFF)
      ;
    signal_and_see();
  }
  print("%lu events in %u rounds, power off\n", handled, ROUNDS);
  return 0;
}
