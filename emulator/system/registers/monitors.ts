import { EVENT_COUNTERS } from '../features.ts';
import type { RegisterRow } from '../register.ts';

const TPM = ['MDCR_EL2.TPM rw'];
const EN = ['PMUSERENR_EL0.EN'];
const COUNTERS = `C 31, P ${EVENT_COUNTERS - 1}:0`;

/** PMUv3: what counts is in `performance-monitors.ts`. */
export const performanceMonitorRegisters = {
  PMCR_EL0: {
    at: 'S3_3_C9_C12_0',
    access: 'EL0 RW',
    description: 'Control',
    traps: [...TPM, 'MDCR_EL2.TPMCR rw'],
    el0: EN,
    control: true,
    reset: 0x40n | BigInt(EVENT_COUNTERS << 11),
    writable: 0x3fn,
    fields: 'IMP 31:24, IDCODE 23:16, N 15:11, LC 6, DP 5, X 4, D 3, C 2, P 1, E 0',
  },
  PMCNTENSET_EL0: {
    at: 'S3_3_C9_C12_1',
    access: 'EL0 RW',
    description: 'Enables counters',
    traps: TPM,
    el0: EN,
    fields: COUNTERS,
    control: true,
  },
  PMCNTENCLR_EL0: {
    at: 'S3_3_C9_C12_2',
    access: 'EL0 RW',
    description: 'Disables counters',
    traps: TPM,
    el0: EN,
    fields: COUNTERS,
    control: true,
  },
  PMOVSCLR_EL0: {
    at: 'S3_3_C9_C12_3',
    access: 'EL0 RW',
    description: 'Overflow flags, clears',
    traps: TPM,
    el0: EN,
    fields: COUNTERS,
    control: true,
  },
  PMOVSSET_EL0: {
    at: 'S3_3_C9_C14_3',
    access: 'EL0 RW',
    description: 'Overflow flags, sets',
    traps: TPM,
    el0: EN,
    fields: COUNTERS,
    control: true,
  },
  PMSWINC_EL0: {
    at: 'S3_3_C9_C12_4',
    access: 'EL0 WO',
    description: 'Software increment',
    traps: TPM,
    el0: ['PMUSERENR_EL0.EN', 'PMUSERENR_EL0.SW'],
    fields: `P ${EVENT_COUNTERS - 1}:0`,
    control: true,
  },
  PMSELR_EL0: {
    at: 'S3_3_C9_C12_5',
    access: 'EL0 RW',
    description: 'Counter that PMXEVTYPER_EL0 and PMXEVCNTR_EL0 mean',
    traps: TPM,
    el0: ['PMUSERENR_EL0.EN', 'PMUSERENR_EL0.ER'],
    fields: 'SEL 4:0',
  },
  PMCEID0_EL0: {
    at: 'S3_3_C9_C12_6',
    access: 'EL0 RO',
    description: 'Common events implemented',
    traps: TPM,
    el0: EN,
    reset: 0x4002_0101n,
  },
  PMCEID1_EL0: { at: 'S3_3_C9_C12_7', access: 'EL0 RO', description: 'Common events implemented, continued', traps: TPM, el0: EN },
  PMCCNTR_EL0: {
    at: 'S3_3_C9_C13_0',
    access: 'EL0 RW',
    description: 'Cycle counter: machine time',
    traps: TPM,
    el0: ['PMUSERENR_EL0.EN', 'PMUSERENR_EL0.CR'],
    control: true,
  },
  PMXEVTYPER_EL0: {
    at: 'S3_3_C9_C13_1',
    access: 'EL0 RW',
    description: 'Event and filter of the selected counter',
    traps: TPM,
    el0: EN,
    control: true,
  },
  PMXEVCNTR_EL0: {
    at: 'S3_3_C9_C13_2',
    access: 'EL0 RW',
    description: 'Selected event counter',
    traps: TPM,
    el0: ['PMUSERENR_EL0.EN', 'PMUSERENR_EL0.ER'],
    control: true,
  },
  PMUSERENR_EL0: {
    at: 'S3_3_C9_C14_0',
    access: 'EL0 RO, EL1 RW',
    description: 'Access of EL0',
    traps: TPM,
    fields: 'ER 3, CR 2, SW 1, EN 0',
  },
  PMINTENSET_EL1: {
    at: 'S3_0_C9_C14_1',
    access: 'EL1 RW',
    description: 'Enables overflow interrupts',
    traps: TPM,
    fields: COUNTERS,
    control: true,
  },
  PMINTENCLR_EL1: {
    at: 'S3_0_C9_C14_2',
    access: 'EL1 RW',
    description: 'Disables overflow interrupts',
    traps: TPM,
    fields: COUNTERS,
    control: true,
  },
  PMCCFILTR_EL0: {
    at: 'S3_3_C14_C15_7',
    access: 'EL0 RW',
    description: 'Filter of the cycle counter',
    traps: TPM,
    el0: EN,
    fields: 'P 31, U 30, NSK 29, NSU 28, NSH 27, M 26',
    control: true,
  },
} satisfies Record<string, RegisterRow>;

/** PMEVCNTR<n>_EL0, PMEVTYPER<n>_EL0. */
export const eventCounterRegisters: Readonly<Record<string, RegisterRow>> = Object.fromEntries(
  Array.from({ length: EVENT_COUNTERS }, (_, n): [string, RegisterRow][] => [
    [
      `PMEVCNTR${n}_EL0`,
      {
        at: `S3_3_C14_C8_${n}`,
        access: 'EL0 RW',
        description: `Event counter ${n}`,
        traps: TPM,
        el0: ['PMUSERENR_EL0.EN', 'PMUSERENR_EL0.ER'],
        control: true,
      },
    ],
    [
      `PMEVTYPER${n}_EL0`,
      {
        at: `S3_3_C14_C12_${n}`,
        access: 'EL0 RW',
        description: `Event and filter of counter ${n}`,
        traps: TPM,
        el0: EN,
        control: true,
        fields: 'P 31, U 30, NSK 29, NSU 28, NSH 27, evtCount 9:0',
        values: { evtCount: { 0x00: 'SW_INCR', 0x08: 'INST_RETIRED', 0x11: 'CPU_CYCLES', 0x1e: 'CHAIN' } },
      },
    ],
  ]).flat(),
);

/** Error records: ERRIDR_EL1.NUM = 0, there are none; ESB and virtual SErrors are there. */
export const rasRegisters = {
  ERRIDR_EL1: {
    at: 'S3_0_C5_C3_0',
    access: 'EL1 RO',
    description: 'Number of error records',
    traps: ['HCR_EL2.TERR r'],
    fields: 'NUM 15:0',
  },
  ERRSELR_EL1: {
    at: 'S3_0_C5_C3_1',
    access: 'EL1 RW',
    description: 'Selected error record: there are none',
    traps: ['HCR_EL2.TERR rw'],
    writable: 0n,
  },
  ERXFR_EL1: { at: 'S3_0_C5_C4_0', access: 'EL1 RO', description: 'Features of the selected record', traps: ['HCR_EL2.TERR r'] },
  ERXCTLR_EL1: {
    at: 'S3_0_C5_C4_1',
    access: 'EL1 RW',
    description: 'Control of the selected record',
    traps: ['HCR_EL2.TERR rw'],
    writable: 0n,
  },
  ERXSTATUS_EL1: {
    at: 'S3_0_C5_C4_2',
    access: 'EL1 RW',
    description: 'Status of the selected record',
    traps: ['HCR_EL2.TERR rw'],
    writable: 0n,
  },
  ERXADDR_EL1: {
    at: 'S3_0_C5_C4_3',
    access: 'EL1 RW',
    description: 'Address of the selected record',
    traps: ['HCR_EL2.TERR rw'],
    writable: 0n,
  },
  ERXMISC0_EL1: {
    at: 'S3_0_C5_C5_0',
    access: 'EL1 RW',
    description: 'Syndrome 0 of the selected record',
    traps: ['HCR_EL2.TERR rw'],
    writable: 0n,
  },
  ERXMISC1_EL1: {
    at: 'S3_0_C5_C5_1',
    access: 'EL1 RW',
    description: 'Syndrome 1 of the selected record',
    traps: ['HCR_EL2.TERR rw'],
    writable: 0n,
  },
  DISR_EL1: {
    at: 'S3_0_C12_C1_1',
    access: 'EL1 RW',
    description: 'SError deferred by ESB; EL1 means VDISR_EL2 when HCR_EL2.AMO = 1',
    fields: 'A 31, IDS 24, ISS 23:0',
  },
  VDISR_EL2: { at: 'S3_4_C12_C1_1', access: 'EL2 RW', description: 'Virtual SError deferred by ESB', fields: 'A 31, IDS 24, ISS 23:0' },
  VSESR_EL2: { at: 'S3_4_C5_C2_3', access: 'EL2 RW', description: 'Syndrome of a virtual SError', fields: 'IDS 24, ISS 23:0' },
} satisfies Record<string, RegisterRow>;
