import { COUNTER_FREQUENCY_HZ } from '../features.ts';
import type { RegisterRow } from '../register.ts';

const CTL = {
  fields: 'ISTATUS 2, IMASK 1, ENABLE 0',
  writable: 3n,
  control: true,
  values: { ISTATUS: { 1: 'condition met' }, IMASK: { 1: 'masked' } },
};
const TVAL = { fields: 'TimerValue 31:0', control: true };
const CVAL = { control: true };

/** The counter and the four timers of each PE. The EL1 physical and virtual timers become the EL2 ones for a host at EL2. */
export const genericTimerRegisters = {
  CNTFRQ_EL0: {
    at: 'S3_3_C14_C0_0',
    access: 'EL0 RO, EL2 RW',
    description: 'Counter frequency in Hz',
    reset: BigInt(COUNTER_FREQUENCY_HZ),
    writable: 0xffff_ffffn,
  },
  CNTPCT_EL0: { at: 'S3_3_C14_C0_1', access: 'EL0 RO', description: 'Physical count' },
  CNTVCT_EL0: { at: 'S3_3_C14_C0_2', access: 'EL0 RO', description: 'Virtual count: physical count minus CNTVOFF_EL2' },
  CNTKCTL_EL1: {
    at: 'S3_0_C14_C1_0',
    access: 'EL1 RW',
    description: 'Access of EL0 to the timers, and the event stream',
    redirect: 'CNTHCTL_EL2',
    control: true,
    fields: 'EL0PTEN 9, EL0VTEN 8, EVNTI 7:4, EVNTDIR 3, EVNTEN 2, EL0VCTEN 1, EL0PCTEN 0',
  },
  CNTHCTL_EL2: {
    at: 'S3_4_C14_C1_0',
    access: 'EL2 RW',
    description: 'Access of EL1 and EL0 to the physical timer',
    control: true,
    reset: 3n,
    writable: 0xfffn,
    fields: 'EVNTI 7:4, EVNTDIR 3, EVNTEN 2, EL1PCEN 1, EL1PCTEN 0',
    layouts: {
      'HCR_EL2.E2H': {
        fields: 'EL1PTEN 11, EL1PCTEN 10, EL0PTEN 9, EL0VTEN 8, EVNTI 7:4, EVNTDIR 3, EVNTEN 2, EL0VCTEN 1, EL0PCTEN 0',
      },
    },
  },
  CNTVOFF_EL2: { at: 'S3_4_C14_C0_3', access: 'EL2 RW', description: 'Virtual offset', control: true },
  CNTP_TVAL_EL0: {
    at: 'S3_3_C14_C2_0',
    access: 'EL0 RW',
    description: 'EL1 physical timer: counts down to 0',
    redirect: 'CNTHP_TVAL_EL2',
    ...TVAL,
  },
  CNTP_CTL_EL0: { at: 'S3_3_C14_C2_1', access: 'EL0 RW', description: 'EL1 physical timer control', redirect: 'CNTHP_CTL_EL2', ...CTL },
  CNTP_CVAL_EL0: {
    at: 'S3_3_C14_C2_2',
    access: 'EL0 RW',
    description: 'EL1 physical timer: count that meets the condition',
    redirect: 'CNTHP_CVAL_EL2',
    ...CVAL,
  },
  CNTV_TVAL_EL0: {
    at: 'S3_3_C14_C3_0',
    access: 'EL0 RW',
    description: 'EL1 virtual timer: counts down to 0',
    redirect: 'CNTHV_TVAL_EL2',
    ...TVAL,
  },
  CNTV_CTL_EL0: { at: 'S3_3_C14_C3_1', access: 'EL0 RW', description: 'EL1 virtual timer control', redirect: 'CNTHV_CTL_EL2', ...CTL },
  CNTV_CVAL_EL0: {
    at: 'S3_3_C14_C3_2',
    access: 'EL0 RW',
    description: 'EL1 virtual timer: count that meets the condition',
    redirect: 'CNTHV_CVAL_EL2',
    ...CVAL,
  },
  CNTHP_TVAL_EL2: { at: 'S3_4_C14_C2_0', access: 'EL2 RW', description: 'EL2 physical timer: counts down to 0', ...TVAL },
  CNTHP_CTL_EL2: { at: 'S3_4_C14_C2_1', access: 'EL2 RW', description: 'EL2 physical timer control', ...CTL },
  CNTHP_CVAL_EL2: { at: 'S3_4_C14_C2_2', access: 'EL2 RW', description: 'EL2 physical timer: count that meets the condition', ...CVAL },
  CNTHV_TVAL_EL2: { at: 'S3_4_C14_C3_0', access: 'EL2 RW', description: 'EL2 virtual timer: counts down to 0', ...TVAL },
  CNTHV_CTL_EL2: { at: 'S3_4_C14_C3_1', access: 'EL2 RW', description: 'EL2 virtual timer control', ...CTL },
  CNTHV_CVAL_EL2: { at: 'S3_4_C14_C3_2', access: 'EL2 RW', description: 'EL2 virtual timer: count that meets the condition', ...CVAL },
} satisfies Record<string, RegisterRow>;
