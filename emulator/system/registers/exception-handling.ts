import { exceptionClassNames } from '../exception-classes.ts';
import type { RegisterRow } from '../register.ts';

const MODES = { 0: 'EL0t', 4: 'EL1t', 5: 'EL1h', 8: 'EL2t', 9: 'EL2h' };
const SPSR = { fields: 'N 31, Z 30, C 29, V 28, UAO 23, PAN 22, SS 21, IL 20, D 9, A 8, I 7, F 6, M 4:0', values: { M: MODES } };
const ESR = { fields: 'EC 31:26, IL 25, ISS 24:0', values: { EC: exceptionClassNames } };
const TRVM_TVM = ['HCR_EL2.TVM w', 'HCR_EL2.TRVM r'];
const AARCH32_MODE = { access: 'EL2 RW', writable: 0n } as const;

/** What taking an exception writes and reads. */
export const exceptionRegisters = {
  VBAR_EL1: {
    at: 'S3_0_C12_C0_0',
    access: 'EL1 RW',
    description: 'Vector base of EL1',
    redirect: 'VBAR_EL2',
    writable: 0xffff_ffff_ffff_f800n,
  },
  ELR_EL1: { at: 'S3_0_C4_C0_1', access: 'EL1 RW', description: 'Where an exception taken to EL1 returns', redirect: 'ELR_EL2' },
  SPSR_EL1: {
    at: 'S3_0_C4_C0_0',
    access: 'EL1 RW',
    description: 'PSTATE that an exception taken to EL1 interrupted',
    redirect: 'SPSR_EL2',
    ...SPSR,
  },
  ESR_EL1: {
    at: 'S3_0_C5_C2_0',
    access: 'EL1 RW',
    description: 'Syndrome of an exception taken to EL1',
    redirect: 'ESR_EL2',
    traps: TRVM_TVM,
    ...ESR,
  },
  FAR_EL1: {
    at: 'S3_0_C6_C0_0',
    access: 'EL1 RW',
    description: 'Faulting address of an exception taken to EL1',
    redirect: 'FAR_EL2',
    traps: TRVM_TVM,
  },
  ISR_EL1: { at: 'S3_0_C12_C1_0', access: 'EL1 RO', description: 'Pending interrupts', fields: 'A 8, I 7, F 6' },
  SP_EL0: { at: 'S3_0_C4_C1_0', access: 'EL1 RW', description: 'Stack pointer of EL0' },
  SP_EL1: { at: 'S3_4_C4_C1_0', access: 'EL2 RW', description: 'Stack pointer of EL1' },

  VBAR_EL2: { at: 'S3_4_C12_C0_0', access: 'EL2 RW', description: 'Vector base of EL2', writable: 0xffff_ffff_ffff_f800n },
  RVBAR_EL2: { at: 'S3_4_C12_C0_1', access: 'EL2 RO', description: 'Address where execution starts after reset' },
  ELR_EL2: { at: 'S3_4_C4_C0_1', access: 'EL2 RW', description: 'Where an exception taken to EL2 returns' },
  SPSR_EL2: { at: 'S3_4_C4_C0_0', access: 'EL2 RW', description: 'PSTATE that an exception taken to EL2 interrupted', ...SPSR },
  ESR_EL2: { at: 'S3_4_C5_C2_0', access: 'EL2 RW', description: 'Syndrome of an exception taken to EL2', ...ESR },
  FAR_EL2: { at: 'S3_4_C6_C0_0', access: 'EL2 RW', description: 'Faulting address of an exception taken to EL2' },
  HPFAR_EL2: {
    at: 'S3_4_C6_C0_4',
    access: 'EL2 RW',
    description: 'Faulting intermediate physical address of stage 2',
    fields: 'FIPA 39:4',
  },
  AFSR0_EL2: { at: 'S3_4_C5_C1_0', access: 'EL2 RW', description: 'Auxiliary fault status 0', writable: 0n },
  AFSR1_EL2: { at: 'S3_4_C5_C1_1', access: 'EL2 RW', description: 'Auxiliary fault status 1', writable: 0n },
  SPSR_irq: { at: 'S3_4_C4_C3_0', ...AARCH32_MODE, description: 'AArch32 IRQ mode: AArch32 is not implemented' },
  SPSR_abt: { at: 'S3_4_C4_C3_1', ...AARCH32_MODE, description: 'AArch32 Abort mode: AArch32 is not implemented' },
  SPSR_und: { at: 'S3_4_C4_C3_2', ...AARCH32_MODE, description: 'AArch32 Undefined mode: AArch32 is not implemented' },
  SPSR_fiq: { at: 'S3_4_C4_C3_3', ...AARCH32_MODE, description: 'AArch32 FIQ mode: AArch32 is not implemented' },
} satisfies Record<string, RegisterRow>;

/** PSTATE as MRS and MSR see it. The values are in `Pe.state` and the register block, not in the register storage. */
export const processStateRegisters = {
  CurrentEL: { at: 'S3_0_C4_C2_2', access: 'EL1 RO', description: 'Current exception level', fields: 'EL 3:2' },
  SPSel: {
    at: 'S3_0_C4_C2_0',
    access: 'EL1 RW',
    description: 'Stack pointer selection',
    fields: 'SP 0',
    values: { SP: { 0: 'SP_EL0', 1: 'SP_ELx' } },
    control: true,
  },
  DAIF: {
    at: 'S3_3_C4_C2_1',
    access: 'EL0 RW',
    description: 'Interrupt masks',
    fields: 'D 9, A 8, I 7, F 6',
    el0: ['SCTLR.UMA'],
    control: true,
  },
  NZCV: { at: 'S3_3_C4_C2_0', access: 'EL0 RW', description: 'Condition flags', fields: 'N 31, Z 30, C 29, V 28' },
  PAN: { at: 'S3_0_C4_C2_3', access: 'EL1 RW', description: 'Privileged access never', fields: 'PAN 22', control: true },
  UAO: { at: 'S3_0_C4_C2_4', access: 'EL1 RW', description: 'User access override', fields: 'UAO 23', control: true },
} satisfies Record<string, RegisterRow>;

/** Kept in the register block, where floating-point instructions use them. */
export const floatingPointRegisters = {
  FPCR: {
    at: 'S3_3_C4_C4_0',
    access: 'EL0 RW',
    description: 'Floating-point control',
    fields: 'AHP 26, DN 25, FZ 24, RMode 23:22',
    values: { RMode: { 0: 'to nearest', 1: 'towards plus infinity', 2: 'towards minus infinity', 3: 'towards zero' } },
  },
  FPSR: {
    at: 'S3_3_C4_C4_1',
    access: 'EL0 RW',
    description: 'Floating-point status',
    fields: 'QC 27, IDC 7, IXC 4, UFC 3, OFC 2, DZC 1, IOC 0',
  },
} satisfies Record<string, RegisterRow>;
