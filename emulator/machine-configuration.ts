import type { KernelEraName } from './hyp-stub/kernel-eras.ts';
import type { SemihostingConfiguration } from './semihosting/configuration.ts';
import type { SdeiConfiguration } from './sdei/sdei-view.ts';

/** Everything that decides what a run does, besides the guest's bytes and the input log. */
export interface MachineConfiguration {
  /** 1-8; MPIDR Aff0 is the index. */
  readonly cpus: number;
  /** RAM from 0x4000_0000, a multiple of 64 KiB. */
  readonly memoryBytes: number;
  /** `EL1`: the guest starts at EL1, EL2 is played. `EL2`: it starts at EL2, EL3 is played. */
  readonly client: 'EL1' | 'EL2';
  readonly conduit: 'hvc' | 'smc';
  readonly sdei: SdeiConfiguration;
  /** Kernel era of the hyp-stub's calls. Absent: 6.0. */
  readonly hypStub?: KernelEraName;
  /** `user`: the interrupt controller is user space's, as with KVM_CAP_ARM_USER_IRQ (`user-irqchip.ts`). Absent: `kernel`. */
  readonly irqchip?: 'kernel' | 'user';
  /** Absent: HLT #0xF000 is UNDEFINED. */
  readonly semihosting?: SemihostingConfiguration;
  /**
   * Branches to an instruction before the code there is translated; 0: everything is interpreted. Absent: what is fastest. No run depends
   * on it: tests compare the tiers with it.
   */
  readonly hotThreshold?: number;
}
