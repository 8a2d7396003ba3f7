/* Power State Coordination Interface (DEN0022), through the conduit. */
#ifndef PSCI_H
#define PSCI_H

#include <stdint.h>

#define PSCI_CPU_OFF 0x84000002u
#define PSCI_CPU_ON 0xC4000003u
#define PSCI_AFFINITY_INFO 0xC4000004u
#define PSCI_SYSTEM_OFF 0x84000008u

#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_AFFINITY_OFF 1

/* Starts the PE at secondary_start of crt0.S, which calls secondary_main(context). */
int64_t psci_cpu_on(uint64_t mpidr, uint64_t context);
int64_t psci_affinity_info(uint64_t mpidr);
_Noreturn void psci_cpu_off(void);
_Noreturn void psci_system_off(void);

void secondary_start(void);
void secondary_main(uint64_t context);

#endif
