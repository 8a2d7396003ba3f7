/*
 * The calls of a hyp-stub: how a kernel that was booted at EL2, and now runs at EL1, gets back to EL2.
 *
 * `hvc #0` with a small number in X0 enters the vectors that VBAR_EL2 points to. At first these are the stub's; the guest
 * installs its own, calls them, and puts the stub's back. Stepping into an HVC here leads into source: the stub's, then this guest's.
 */
#include "common/console.h"
#include "common/psci.h"
#include "common/smccc.h"

#define HVC_SET_VECTORS 0u
#define HVC_SOFT_RESTART 1u
#define HVC_RESET_VECTORS 2u
#define HVC_FINALISE_EL2 3u
#define HVC_STUB_ERR 0x0BADCA11u

/* Answered by this guest's own vectors only. */
#define HVC_CURRENT_EL 0x1000u

/* hyp-stub-el2.S */
struct restart_record {
  uint64_t x1, x2;
  uint64_t current_el;
  uint64_t vbar_el2;
};
extern const char own_vectors[];
extern uint64_t stub_vectors;
void restart_at_el2(void);
void leave_el2(void);

static uint64_t hvc(uint64_t number, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4)
{
  return smccc(number, x1, x2, x3, x4, 0);
}

static uint64_t show(const char *name, uint64_t result)
{
  print("%s -> %lx\n", name, result);
  return result;
}

static uint64_t current_el(void)
{
  uint64_t value;

  __asm__ volatile("mrs %0, CurrentEL" : "=r"(value));
  return value >> 2;
}

static void restart(void)
{
  static struct restart_record record;

  show("HVC_SOFT_RESTART", hvc(HVC_SOFT_RESTART, (uint64_t)restart_at_el2, (uint64_t)&record, 0x11, 0x22));
  print("  reached EL%lu with X1 %lx X2 %lx, VBAR_EL2 %lx\n", record.current_el >> 2, record.x1, record.x2, record.vbar_el2);
  stub_vectors = record.vbar_el2;
}

static void use_own_vectors(void)
{
  show("HVC_SET_VECTORS", hvc(HVC_SET_VECTORS, (uint64_t)own_vectors, 0, 0, 0));
  print("  own vectors: the call ran at EL%lu\n", hvc(HVC_CURRENT_EL, 0, 0, 0, 0) >> 2);
  show("  own vectors: 0x1234", hvc(0x1234, 0, 0, 0, 0));
  show("HVC_RESET_VECTORS", hvc(HVC_RESET_VECTORS, 0, 0, 0, 0));
}

/* With VHE the caller goes on at EL2. Back to EL1 then, as nobody above answers PSCI to EL2 here. */
static void finalise(void)
{
  show("HVC_FINALISE_EL2", hvc(HVC_FINALISE_EL2, 0, 0, 0, 0));
  print("  now at EL%lu\n", current_el());
  if (current_el() == 2) {
    leave_el2();
    print("  back at EL%lu\n", current_el());
  }
}

int main(void)
{
  if (show("HVC_RESET_VECTORS", hvc(HVC_RESET_VECTORS, 0, 0, 0, 0)) != 0) {
    print("there is no hyp-stub here\n");
    return 1;
  }
  show("0x4", hvc(4, 0, 0, 0, 0));
  show("0x1234", hvc(0x1234, 0, 0, 0, 0));
  restart();
  use_own_vectors();
  show("0x1000", hvc(HVC_CURRENT_EL, 0, 0, 0, 0));
  finalise();
  print("power off\n");
  return 0;
}
