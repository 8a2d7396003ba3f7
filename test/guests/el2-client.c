/*
 * An SDEI client at EL2, as a hypervisor or a kernel with VHE is: firmware answers, by SMC.
 * Start it with `"client": "EL2"` (`--client EL2`). Otherwise as first-event, which explains more.
 */
#include "common/console.h"
#include "common/psci.h"
#include "common/sdei.h"

static uint32_t handled;

static uint64_t current_el(void)
{
  uint64_t value;

  __asm__ volatile("mrs %0, CurrentEL" : "=r"(value));
  return value >> 2;
}

uint64_t on_event(uint64_t event, void *argument, uint64_t pc, uint64_t pstate)
{
  uint32_t *counter = argument;

  ++*counter;
  print("event %lu handled at EL%lu: interrupted at %lx with PSTATE %lx, X0 %lx\n", event, current_el(), pc, pstate, sdei_event_context(0));
  return *counter == 1 ? 0 : (uint64_t)resume_entry;
}

void on_resume(uint64_t pc, uint64_t pstate)
{
  print("resumed elsewhere at EL%lu, now back to %lx with PSTATE %lx\n", current_el(), pc, pstate);
}

int main(void)
{
  int64_t version = sdei_version();

  if (version < 0) {
    print("nobody answers SDEI calls here: SDEI_VERSION -> %ld\n", version);
    return 1;
  }
  print("SDEI %ld.%ld, client at EL%lu\n", version >> 48 & 0x7FFF, version >> 32 & 0xFFFF, current_el());
  print("register -> %ld\n", sdei_event_register(0, sdei_handler_entry, &handled));
  print("enable -> %ld\n", sdei_event_enable(0));
  print("unmask -> %ld\n", sdei_pe_unmask());

  for (int i = 0; i < 2; i++) {
    int64_t status = -1;

    SMCCC_HERE(status, SDEI_EVENT_SIGNAL, 0, this_pe());
    print("signal -> %ld\n", status);
  }

  print("%u events handled, power off\n", handled);
  return 0;
}
