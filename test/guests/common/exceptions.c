#include "client.h"
#include "console.h"
#include "psci.h"
#include <stdint.h>

/* Called by the vectors of crt0.S. `vector` is the offset from VBAR divided by 0x80. */
_Noreturn void report_exception(uint64_t vector, uint64_t esr, uint64_t elr, uint64_t far)
{
  static const char *const kinds[] = {"synchronous exception", "IRQ", "FIQ", "SError"};
  static const char *const origins[] = {"current EL with SP_EL0", "current EL with SP_ELx", "lower EL, AArch64", "lower EL, AArch32"};

  print("%s from %s: ESR %lx ELR %lx FAR %lx\n", kinds[vector & 3], origins[vector >> 2], esr, elr, far);
  psci_system_off();
}

void report_wrong_exception_level(uint64_t el)
{
  print("this guest is built for a client at EL%d, but was started at EL%lu\n", CLIENT_EL, el);
}
