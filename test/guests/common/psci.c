#include "psci.h"
#include "console.h"
#include "smccc.h"

int64_t psci_cpu_on(uint64_t mpidr, uint64_t context)
{
  return (int64_t)smccc(PSCI_CPU_ON, mpidr, (uint64_t)secondary_start, context, 0, 0);
}

int64_t psci_affinity_info(uint64_t mpidr)
{
  return (int64_t)smccc(PSCI_AFFINITY_INFO, mpidr, 0, 0, 0, 0);
}

void psci_cpu_off(void)
{
  smccc(PSCI_CPU_OFF, 0, 0, 0, 0, 0);
  print("PSCI CPU_OFF came back\n");
  for (;;)
    __asm__ volatile("wfi");
}

void psci_system_off(void)
{
  smccc(PSCI_SYSTEM_OFF, 0, 0, 0, 0, 0);
  print("PSCI SYSTEM_OFF came back\n");
  for (;;)
    __asm__ volatile("wfi");
}

__attribute__((weak)) void secondary_main(uint64_t context)
{
  (void)context;
}
