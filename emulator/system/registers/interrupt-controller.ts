import { LIST_REGISTERS } from '../features.ts';
import type { RegisterRow } from '../register.ts';

const INTID = 'INTID 23:0';

/** The GICv3 CPU interface. Values are in the interrupt controller. */
export const interruptControllerRegisters = {
  ICC_PMR_EL1: { at: 'S3_0_C4_C6_0', access: 'EL1 RW', description: 'Priority mask', fields: 'Priority 7:0', control: true },
  ICC_IAR0_EL1: { at: 'S3_0_C12_C8_0', access: 'EL1 RO', description: 'Acknowledges group 0', fields: INTID },
  ICC_EOIR0_EL1: { at: 'S3_0_C12_C8_1', access: 'EL1 WO', description: 'Ends a group 0 interrupt', fields: INTID, control: true },
  ICC_HPPIR0_EL1: { at: 'S3_0_C12_C8_2', access: 'EL1 RO', description: 'Highest priority pending interrupt of group 0', fields: INTID },
  ICC_BPR0_EL1: { at: 'S3_0_C12_C8_3', access: 'EL1 RW', description: 'Binary point of group 0', fields: 'BinaryPoint 2:0', control: true },
  ICC_AP0R0_EL1: {
    at: 'S3_0_C12_C8_4',
    access: 'EL1 RW',
    description: 'Active priorities of group 0',
    writable: 0xffff_ffffn,
    control: true,
  },
  ICC_AP1R0_EL1: {
    at: 'S3_0_C12_C9_0',
    access: 'EL1 RW',
    description: 'Active priorities of group 1',
    writable: 0xffff_ffffn,
    control: true,
  },
  ICC_DIR_EL1: { at: 'S3_0_C12_C11_1', access: 'EL1 WO', description: 'Deactivates an interrupt', fields: INTID, control: true },
  ICC_RPR_EL1: { at: 'S3_0_C12_C11_3', access: 'EL1 RO', description: 'Running priority', fields: 'Priority 7:0' },
  ICC_SGI1R_EL1: {
    at: 'S3_0_C12_C11_5',
    access: 'EL1 WO',
    description: 'Generates a group 1 SGI',
    fields: 'Aff3 55:48, RS 47:44, IRM 40, Aff2 39:32, INTID 27:24, Aff1 23:16, TargetList 15:0',
    control: true,
  },
  ICC_ASGI1R_EL1: {
    at: 'S3_0_C12_C11_6',
    access: 'EL1 WO',
    description: 'Generates a group 1 SGI of the other security state: there is none',
    control: true,
  },
  ICC_SGI0R_EL1: {
    at: 'S3_0_C12_C11_7',
    access: 'EL1 WO',
    description: 'Generates a group 0 SGI',
    fields: 'Aff3 55:48, RS 47:44, IRM 40, Aff2 39:32, INTID 27:24, Aff1 23:16, TargetList 15:0',
    control: true,
  },
  ICC_IAR1_EL1: { at: 'S3_0_C12_C12_0', access: 'EL1 RO', description: 'Acknowledges group 1', fields: INTID },
  ICC_EOIR1_EL1: { at: 'S3_0_C12_C12_1', access: 'EL1 WO', description: 'Ends a group 1 interrupt', fields: INTID, control: true },
  ICC_HPPIR1_EL1: { at: 'S3_0_C12_C12_2', access: 'EL1 RO', description: 'Highest priority pending interrupt of group 1', fields: INTID },
  ICC_BPR1_EL1: {
    at: 'S3_0_C12_C12_3',
    access: 'EL1 RW',
    description: 'Binary point of group 1',
    fields: 'BinaryPoint 2:0',
    control: true,
  },
  ICC_CTLR_EL1: {
    at: 'S3_0_C12_C12_4',
    access: 'EL1 RW',
    description: 'Control',
    fields: 'ExtRange 19, RSS 18, A3V 15, SEIS 14, IDbits 13:11, PRIbits 10:8, PMHE 6, EOImode 1, CBPR 0',
    writable: 3n,
    control: true,
  },
  ICC_SRE_EL1: {
    at: 'S3_0_C12_C12_5',
    access: 'EL1 RW',
    description: 'System register enable: always',
    fields: 'DIB 2, DFB 1, SRE 0',
    writable: 0n,
  },
  ICC_IGRPEN0_EL1: { at: 'S3_0_C12_C12_6', access: 'EL1 RW', description: 'Group 0 enable', fields: 'Enable 0', control: true },
  ICC_IGRPEN1_EL1: { at: 'S3_0_C12_C12_7', access: 'EL1 RW', description: 'Group 1 enable', fields: 'Enable 0', control: true },
  ICC_SRE_EL2: {
    at: 'S3_4_C12_C9_5',
    access: 'EL2 RW',
    description: 'System register enable: always',
    fields: 'Enable 3, DIB 2, DFB 1, SRE 0',
    writable: 0n,
  },
} satisfies Record<string, RegisterRow>;

const listRegister = (n: number): RegisterRow => ({
  at: `S3_4_C12_C12_${n}`,
  access: 'EL2 RW',
  description: `Virtual interrupt ${n}`,
  fields: 'State 63:62, HW 61, Group 60, Priority 55:48, pINTID 44:32, vINTID 31:0',
  values: { State: { 0: 'inactive', 1: 'pending', 2: 'active', 3: 'pending and active' } },
});

/** The hypervisor's registers of the virtual CPU interface, which keep what is written; the interface itself is not implemented. */
export const virtualInterruptRegisters = {
  ICH_AP0R0_EL2: { at: 'S3_4_C12_C8_0', access: 'EL2 RW', description: 'Active priorities of virtual group 0', writable: 0xffff_ffffn },
  ICH_AP1R0_EL2: { at: 'S3_4_C12_C9_0', access: 'EL2 RW', description: 'Active priorities of virtual group 1', writable: 0xffff_ffffn },
  ICH_HCR_EL2: {
    at: 'S3_4_C12_C11_0',
    access: 'EL2 RW',
    description: 'Control of the virtual CPU interface',
    fields:
      'EOIcount 31:27, TDIR 14, TSEI 13, TALL1 12, TALL0 11, TC 10, VGrp1DIE 7, VGrp1EIE 6, VGrp0DIE 5, VGrp0EIE 4, NPIE 3, LRENPIE 2, UIE 1, En 0',
  },
  ICH_VTR_EL2: {
    at: 'S3_4_C12_C11_1',
    access: 'EL2 RO',
    description: 'Kind of virtual CPU interface',
    reset: (4n << 29n) | (4n << 26n) | (1n << 21n) | (1n << 20n) | BigInt(LIST_REGISTERS - 1),
    fields: 'PRIbits 31:29, PREbits 28:26, IDbits 25:23, SEIS 22, A3V 21, nV4 20, TDS 19, ListRegs 4:0',
  },
  ICH_MISR_EL2: { at: 'S3_4_C12_C11_2', access: 'EL2 RO', description: 'Maintenance interrupts: none while the interface is off' },
  ICH_EISR_EL2: { at: 'S3_4_C12_C11_3', access: 'EL2 RO', description: 'List registers that ask for an EOI maintenance interrupt' },
  ICH_ELRSR_EL2: { at: 'S3_4_C12_C11_5', access: 'EL2 RO', description: 'List registers that are free' },
  ICH_VMCR_EL2: {
    at: 'S3_4_C12_C11_7',
    access: 'EL2 RW',
    description: 'What the virtual machine sees in its ICC registers',
    fields: 'VPMR 31:24, VBPR0 23:21, VBPR1 20:18, VEOIM 9, VCBPR 4, VFIQEn 3, VAckCtl 2, VENG1 1, VENG0 0',
  },
  ICH_LR0_EL2: listRegister(0),
  ICH_LR1_EL2: listRegister(1),
  ICH_LR2_EL2: listRegister(2),
  ICH_LR3_EL2: listRegister(3),
} satisfies Record<string, RegisterRow>;
