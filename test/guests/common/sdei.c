#include "sdei.h"
#include "console.h"
#include "psci.h"

int64_t sdei_version(void)
{
  return (int64_t)smccc(SDEI_VERSION, 0, 0, 0, 0, 0);
}

int64_t sdei_event_register(uint32_t event, void (*entry)(void), void *argument)
{
  return (int64_t)smccc(SDEI_EVENT_REGISTER, event, (uint64_t)entry, (uint64_t)argument, 0, 0);
}

int64_t sdei_event_enable(uint32_t event)
{
  return (int64_t)smccc(SDEI_EVENT_ENABLE, event, 0, 0, 0, 0);
}

uint64_t sdei_event_context(uint32_t parameter)
{
  return smccc(SDEI_EVENT_CONTEXT, parameter, 0, 0, 0, 0);
}

int64_t sdei_event_status(uint32_t event)
{
  return (int64_t)smccc(SDEI_EVENT_STATUS, event, 0, 0, 0, 0);
}

int64_t sdei_event_unregister(uint32_t event)
{
  return (int64_t)smccc(SDEI_EVENT_UNREGISTER, event, 0, 0, 0, 0);
}

int64_t sdei_event_signal(uint64_t mpidr)
{
  return (int64_t)smccc(SDEI_EVENT_SIGNAL, 0, mpidr, 0, 0, 0);
}

int64_t sdei_pe_mask(void)
{
  return (int64_t)smccc(SDEI_PE_MASK, 0, 0, 0, 0, 0);
}

int64_t sdei_pe_unmask(void)
{
  return (int64_t)smccc(SDEI_PE_UNMASK, 0, 0, 0, 0, 0);
}

int64_t raise_event(uint32_t event)
{
  return (int64_t)smccc(RAISE_EVENT, event, 0, 0, 0, 0);
}

uint64_t this_pe(void)
{
  uint64_t mpidr;

  __asm__("mrs %0, mpidr_el1" : "=r"(mpidr));
  return mpidr & 0x000000FF00FFFFFFul;
}

/* For handler-entry.S, where a completion must not come back. */
_Noreturn void report_completion_refused(int64_t status)
{
  print("the completion of an event was refused: %ld\n", status);
  psci_system_off();
}

__attribute__((weak)) void on_resume(uint64_t pc, uint64_t pstate)
{
  (void)pc;
  (void)pstate;
}
