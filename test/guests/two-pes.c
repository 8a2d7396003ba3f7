/*
 * One PE signals the other.
 *
 * PE 0 starts PE 1 by PSCI CPU_ON. PE 1 registers event 0 for itself (a private event has a handler on each PE), then waits.
 * PE 0 signals it there: the event arrives on PE 1, whatever PE 1 is doing. Needs two PEs (`"cpus": 2`, `--cpus 2`).
 */
#include "common/console.h"
#include "common/psci.h"
#include "common/sdei.h"

#define CONTEXT_ID 0x5DE1ul

/* What has been reached. Only one PE at a time has something to do; the other waits for the next step. */
enum step { STARTING, PE_1_PREPARES, PE_1_WAITS, EVENT_HANDLED, PE_1_LEAVES };

static volatile enum step step;
static const uint64_t other_pe = 1;

static void reach(enum step reached)
{
  step = reached;
  __asm__ volatile("dsb sy\n\tsev" : : : "memory");
}

static void wait_for(enum step reached)
{
  while (step < reached)
    __asm__ volatile("wfe" : : : "memory");
}

uint64_t on_event(uint64_t event, void *argument, uint64_t pc, uint64_t pstate)
{
  const char *name = argument;

  print("%s: event %lu handled on PE %lu, interrupted at %lx with PSTATE %lx\n", name, event, this_pe(), pc, pstate);
  reach(EVENT_HANDLED);
  return 0;
}

/* PE 1, from here on. Returning switches it off. */
void secondary_main(uint64_t context)
{
  int64_t registered, enabled, unmasked;

  wait_for(PE_1_PREPARES);
  registered = sdei_event_register(0, sdei_handler_entry, "PE 1");
  enabled = sdei_event_enable(0);
  unmasked = sdei_pe_unmask();
  print("PE 1: context %lx, register -> %ld, enable -> %ld, unmask -> %ld\n", context, registered, enabled, unmasked);

  reach(PE_1_WAITS);
  wait_for(PE_1_LEAVES);
  print("PE 1: switches itself off\n");
}

int main(void)
{
  int64_t status = psci_cpu_on(other_pe, CONTEXT_ID);

  print("PE 0: CPU_ON -> %ld\n", status);
  if (status == PSCI_INVALID_PARAMETERS)
    print("there is no PE 1: start this guest with two PEs (--cpus 2)\n");
  if (status != 0)
    return 1;

  reach(PE_1_PREPARES);
  wait_for(PE_1_WAITS);
  status = sdei_event_signal(other_pe);
  if (status == 0)
    wait_for(EVENT_HANDLED);
  print("PE 0: signal -> %ld, event %s\n", status, step == EVENT_HANDLED ? "handled" : "not handled");

  reach(PE_1_LEAVES);
  while (psci_affinity_info(other_pe) != PSCI_AFFINITY_OFF)
    ;
  print("PE 0: PE 1 is off, power off\n");
  return 0;
}
