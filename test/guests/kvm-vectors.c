/*
 * A hypervisor in small, with KVM's way between EL1 and EL2: the kernel runs at EL1, and its own EL2 code is entered by HVC.
 *
 * It finds the hyp-stub, installs EL2 vectors of its own, and switches the MMU of EL2 on. From then on its vectors answer the
 * stub's calls as KVM's do: HVC_SET_VECTORS and HVC_FINALISE_EL2 are refused, HVC_RESET_VECTORS and HVC_SOFT_RESTART take the
 * MMU down and put the stub back. Other calls name a function to run at EL2; one of them runs a virtual CPU until it traps.
 *
 * To try: a breakpoint in vcpu_main, which is the guest's guest. Step over its smc and see the hypervisor work.
 */
#include "common/console.h"
#include "common/psci.h"
#include "common/smccc.h"

#define HVC_SET_VECTORS 0u
#define HVC_SOFT_RESTART 1u
#define HVC_RESET_VECTORS 2u
#define HVC_FINALISE_EL2 3u

/* Bits 31:26 of ESR_EL2: why the virtual CPU stopped. */
#define EC_WFX 0x01u
#define EC_HVC 0x16u
#define EC_SMC 0x17u

#define PSCI_VERSION 0x84000000u
#define PSCI_VERSION_1_1 0x10001u

/* The offsets are known to kvm-vectors-el2.S. */
struct vcpu {
  uint64_t x[31];
  uint64_t pc;
  uint64_t pstate;
  uint64_t sp;
  uint64_t esr;
};

struct restart_record {
  uint64_t x1, x2;
  uint64_t sctlr_el2;
  uint64_t vbar_el2;
};

/* kvm-vectors-el2.S */
extern const char kvm_init_vectors[];
extern uint64_t stub_vectors;
extern uint64_t el2_translation_table[512];
uint64_t read_el2_state(struct restart_record *record);
uint64_t run_vcpu(struct vcpu *vcpu);
void restart_at_el2(void);
void vcpu_main(void);

static uint64_t hvc(uint64_t number, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4)
{
  return smccc(number, x1, x2, x3, x4, 0);
}

static uint64_t show(const char *name, uint64_t result)
{
  print("%s -> %lx\n", name, result);
  return result;
}

/* The stub's own calls, as whoever is at EL2 answers them. */
static void try_stub_calls(void)
{
  show("  HVC_SET_VECTORS", hvc(HVC_SET_VECTORS, (uint64_t)kvm_init_vectors, 0, 0, 0));
  show("  HVC_FINALISE_EL2", hvc(HVC_FINALISE_EL2, 0, 0, 0, 0));
  show("  0x1234", hvc(0x1234, 0, 0, 0, 0));
}

/* Where the stub is, the stub is asked; KVM's vectors are installed in two steps, as the first ones have no stack yet. */
static void install(void)
{
  static struct restart_record record;

  hvc(HVC_SOFT_RESTART, (uint64_t)restart_at_el2, (uint64_t)&record, 0, 0);
  stub_vectors = record.vbar_el2;

  /* The first GiB is devices and the stub's ROM, the second is RAM. */
  el2_translation_table[0] = 0x00000000ul | 0x741;
  el2_translation_table[1] = 0x40000000ul | 0x745;
  show("HVC_SET_VECTORS", hvc(HVC_SET_VECTORS, (uint64_t)kvm_init_vectors, 0, 0, 0));
  show("kvm_init", hvc(0x1000, 0, 0, 0, 0));
}

static void show_el2_state(void)
{
  struct restart_record record;

  hvc((uint64_t)read_el2_state, (uint64_t)&record, 0, 0, 0);
  print("  SCTLR_EL2.M %lu, VBAR_EL2 is %s\n", record.sctlr_el2 & 1, record.vbar_el2 == stub_vectors ? "the stub's" : "ours");
}

static void run_guest(void)
{
  static uint64_t stack[64];
  static struct vcpu vcpu;

  vcpu.pc = (uint64_t)vcpu_main;
  vcpu.pstate = 0x3c5; /* EL1h, DAIF = 1111 */
  vcpu.sp = (uint64_t)(stack + 64);
  for (;;) {
    uint64_t esr = hvc((uint64_t)run_vcpu, (uint64_t)&vcpu, 0, 0, 0);

    switch (esr >> 26) {
    case EC_WFX:
      print("  guest: WFI at %lx\n", vcpu.pc);
      vcpu.pc += 4;
      break;
    case EC_SMC:
      print("  guest: SMC at %lx, X0 %lx\n", vcpu.pc, vcpu.x[0]);
      vcpu.x[0] = vcpu.x[0] == PSCI_VERSION ? PSCI_VERSION_1_1 : -1ul;
      vcpu.pc += 4; /* a trapped SMC has not been executed */
      break;
    case EC_HVC:
      print("  guest: HVC #%lu, X0 %lx, X19 %lx\n", esr & 0xffff, vcpu.x[0], vcpu.x[19]);
      return;
    default:
      print("  guest: ESR %lx\n", esr);
      return;
    }
  }
}

int main(void)
{
  static struct restart_record record;

  if (show("HVC_RESET_VECTORS", hvc(HVC_RESET_VECTORS, 0, 0, 0, 0)) != 0) {
    print("there is no hyp-stub here\n");
    return 1;
  }
  install();
  show_el2_state();
  try_stub_calls();
  run_guest();

  show("HVC_RESET_VECTORS", hvc(HVC_RESET_VECTORS, 0, 0, 0, 0));
  show("  0x1234", hvc(0x1234, 0, 0, 0, 0));
  install();
  show("HVC_SOFT_RESTART", hvc(HVC_SOFT_RESTART, (uint64_t)restart_at_el2, (uint64_t)&record, 0x11, 0x22));
  print("  X1 %lx X2 %lx, SCTLR_EL2.M %lu, VBAR_EL2 is %s\n", record.x1, record.x2, record.sctlr_el2 & 1,
        record.vbar_el2 == stub_vectors ? "the stub's" : "ours");
  print("power off\n");
  return 0;
}
