import { BREAKPOINTS, WATCHPOINTS } from '../features.ts';
import type { RegisterRow } from '../register.ts';

/** MDCR_EL2.TDE counts as these traps, and HCR_EL2.TGE counts as TDE. */
const DEBUG_TRAPS = ['MDCR_EL2.TDE rw', 'HCR_EL2.TGE rw'];
const TDA = ['MDCR_EL2.TDA rw', ...DEBUG_TRAPS];
const TDOSA = ['MDCR_EL2.TDOSA rw', ...DEBUG_TRAPS];
/** What EL0 may ask of the debug communication channel. */
const TDCC = ['!MDSCR_EL1.TDCC'];

function numbered(count: number, row: (n: number) => Record<string, RegisterRow>): Record<string, RegisterRow> {
  return Object.assign({}, ...Array.from({ length: count }, (_, n) => row(n)));
}

/** Self-hosted debug. The registers hold what is written; software step is in `software-step.ts`; enabling breakpoints and
 * watchpoints is not implemented and says so. */
export const debugRegisters = {
  MDSCR_EL1: {
    at: 'S2_0_C0_C2_2',
    access: 'EL1 RW',
    description: 'Monitor debug system control',
    traps: TDA,
    control: true,
    fields: 'RXfull 30, TXfull 29, RXO 27, TXU 26, INTdis 23:22, TDA 21, SC2 19, HDE 14, MDE 15, KDE 13, TDCC 12, ERR 6, SS 0',
  },
  MDCCINT_EL1: {
    at: 'S2_0_C0_C2_0',
    access: 'EL1 RW',
    description: 'Debug communication channel interrupts',
    traps: TDA,
    fields: 'RX 30, TX 29',
  },
  MDCCSR_EL0: {
    at: 'S2_3_C0_C1_0',
    access: 'EL0 RO',
    description: 'Debug communication channel status: nobody is at the other end',
    traps: TDA,
    el0: TDCC,
    fields: 'RXfull 30, TXfull 29',
  },
  DBGDTR_EL0: {
    at: 'S2_3_C0_C4_0',
    access: 'EL0 RW',
    description: 'Debug communication channel, 64 bits',
    traps: TDA,
    el0: TDCC,
    writable: 0n,
  },
  DBGDTRRX_EL0: {
    at: 'S2_3_C0_C5_0',
    access: 'EL0 RW',
    description: 'Debug communication channel, 32 bits (DBGDTRTX_EL0 when written)',
    traps: TDA,
    el0: TDCC,
    writable: 0n,
  },
  OSDTRRX_EL1: {
    at: 'S2_0_C0_C0_2',
    access: 'EL1 RW',
    description: 'Saved debug communication channel, receive',
    traps: TDA,
    writable: 0xffff_ffffn,
  },
  OSDTRTX_EL1: {
    at: 'S2_0_C0_C3_2',
    access: 'EL1 RW',
    description: 'Saved debug communication channel, transmit',
    traps: TDA,
    writable: 0xffff_ffffn,
  },
  OSECCR_EL1: { at: 'S2_0_C0_C6_2', access: 'EL1 RW', description: 'Saved exception catch control', traps: TDA, writable: 0xffff_ffffn },
  MDRAR_EL1: {
    at: 'S2_0_C1_C0_0',
    access: 'EL1 RO',
    description: 'Debug ROM address: there is none',
    traps: ['MDCR_EL2.TDRA r', ...DEBUG_TRAPS],
  },
  OSLAR_EL1: { at: 'S2_0_C1_C0_4', access: 'EL1 WO', description: 'OS lock access', traps: TDOSA, control: true, fields: 'OSLK 0' },
  OSLSR_EL1: {
    at: 'S2_0_C1_C1_4',
    access: 'EL1 RO',
    description: 'OS lock status',
    traps: TDOSA,
    reset: 0b1010n,
    fields: 'OSLM_1 3, nTT 2, OSLK 1, OSLM_0 0',
  },
  OSDLR_EL1: { at: 'S2_0_C1_C3_4', access: 'EL1 RW', description: 'OS double lock', traps: TDOSA, control: true, fields: 'DLK 0' },
  DBGPRCR_EL1: { at: 'S2_0_C1_C4_4', access: 'EL1 RW', description: 'Debug power control', traps: TDOSA, fields: 'CORENPDRQ 0' },
  DBGCLAIMSET_EL1: { at: 'S2_0_C7_C8_6', access: 'EL1 RW', description: 'Claim tags, sets', traps: TDA, fields: 'CLAIM 7:0' },
  DBGCLAIMCLR_EL1: { at: 'S2_0_C7_C9_6', access: 'EL1 RW', description: 'Claim tags, clears', traps: TDA, fields: 'CLAIM 7:0' },
  DBGAUTHSTATUS_EL1: {
    at: 'S2_0_C7_C14_6',
    access: 'EL1 RO',
    description: 'Debug authentication',
    traps: TDA,
    fields: 'SNID 7:6, SID 5:4, NSNID 3:2, NSID 1:0',
  },
} satisfies Record<string, RegisterRow>;

/** DBGBVR<n>_EL1, DBGBCR<n>_EL1, DBGWVR<n>_EL1, DBGWCR<n>_EL1. */
export const breakpointRegisters: Readonly<Record<string, RegisterRow>> = {
  ...numbered(BREAKPOINTS, (n) => ({
    [`DBGBVR${n}_EL1`]: {
      at: `S2_0_C0_C${n}_4`,
      access: 'EL1 RW',
      description: `Breakpoint ${n}: address or context ID`,
      traps: TDA,
      control: true,
    },
    [`DBGBCR${n}_EL1`]: {
      at: `S2_0_C0_C${n}_5`,
      access: 'EL1 RW',
      description: `Breakpoint ${n}: control`,
      traps: TDA,
      control: true,
      fields: 'BT 23:20, LBN 19:16, SSC 15:14, HMC 13, BAS 8:5, PMC 2:1, E 0',
    },
  })),
  ...numbered(WATCHPOINTS, (n) => ({
    [`DBGWVR${n}_EL1`]: {
      at: `S2_0_C0_C${n}_6`,
      access: 'EL1 RW',
      description: `Watchpoint ${n}: address`,
      traps: TDA,
      control: true,
      writable: 0xffff_ffff_ffff_fffcn,
    },
    [`DBGWCR${n}_EL1`]: {
      at: `S2_0_C0_C${n}_7`,
      access: 'EL1 RW',
      description: `Watchpoint ${n}: control`,
      traps: TDA,
      control: true,
      fields: 'MASK 28:24, WT 20, LBN 19:16, SSC 15:14, HMC 13, BAS 12:5, LSC 4:3, PAC 2:1, E 0',
    },
  })),
};
