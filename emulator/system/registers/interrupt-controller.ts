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
