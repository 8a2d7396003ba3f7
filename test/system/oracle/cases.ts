/** What the oracle runs: one instruction each, in a state given by PSTATE and control registers (absent: the values below). */
import { type Mode, brk, hvc, mrs, msr, msrImmediate, smc, svc, sys, ERET, WFE, WFI, hlt } from '../support.ts';

export interface OracleCase {
  readonly name: string;
  readonly mode: Mode;
  readonly word: number;
  readonly x0?: bigint;
  readonly registers?: Partial<Record<keyof typeof DEFAULTS, bigint>>;
}

const RW = 1n << 31n;
const TGE = 1n << 27n;
const E2H = 1n << 34n;
const HOST = RW | TGE | E2H;

/** In the order of the harness's table. */
export const DEFAULTS = {
  HCR_EL2: RW,
  SCTLR_EL1: 0x30d5_0998n,
  SCTLR_EL2: 0x30c5_0830n,
  CPACR_EL1: 0n,
  CPTR_EL2: 0x33ffn,
  MDCR_EL2: 0n,
  CNTHCTL_EL2: 3n,
  CNTKCTL_EL1: 0n,
  VMPIDR_EL2: 0x8000_0000n,
};

const MODES: readonly Mode[] = ['EL0t', 'EL1t', 'EL1h', 'EL2t', 'EL2h'];
const bit = (n: number): bigint => 1n << BigInt(n);

/** Each instruction in each mode, and at EL0 and EL1 with what might route it elsewhere. */
const generated: readonly OracleCase[] = [
  ...([
    ['SVC #0x12', svc(0x12)],
    ['HVC #1', hvc(1)],
    ['BRK #0x800', brk(0x800)],
    ['HLT', hlt(1)],
    ['UDF', 0x0000_0005],
    ['MRS SP_EL0', mrs('SP_EL0')],
    ['MRS SCTLR_EL1', mrs('SCTLR_EL1')],
    ['MRS SCTLR_EL2', mrs('SCTLR_EL2')],
    ['MRS SCTLR_EL12', mrs('SCTLR_EL12')],
    ['MSR MIDR_EL1', msr('MIDR_EL1')],
    ['MRS CurrentEL', mrs('CurrentEL')],
    ['MSR DAIFSet', msrImmediate('DAIFSet', 3)],
    ['MSR SPSel', msrImmediate('SPSel', 1)],
    ['MSR PAN', msrImmediate('PAN', 1)],
    ['IC IALLU', sys(0, 7, 5, 0)],
    ['DC CVAC', sys(3, 7, 10, 1, 0)],
    ['TLBI VMALLE1', sys(0, 8, 7, 0)],
    ['TLBI ALLE1', sys(4, 8, 7, 4)],
    ['SYSL', 0xd528_7520],
  ] as const).flatMap(([name, word]) =>
    MODES.flatMap((mode) =>
      ([
        ['', RW],
        [' TGE', RW | TGE],
        [' E2H', RW | E2H],
        [' host', HOST],
      ] as const)
        .filter(([, hcr]) => !(mode.startsWith('EL1') && hcr & TGE))
        .map(([with_, hcr]) => ({ name: `${name} at ${mode}${with_}`, mode, word, x0: 0x4008_8000n, registers: { HCR_EL2: hcr } })),
    ),
  ),
];

const trapping = (name: string, mode: Mode, word: number, registers: OracleCase['registers']): OracleCase => ({
  name: `${name} at ${mode} with ${Object.entries(registers ?? {}).map(([register, value]) => `${register} = 0x${(value as bigint).toString(16)}`).join(', ')}`,
  mode,
  word,
  x0: 0x4008_8000n,
  registers,
});

const traps: readonly OracleCase[] = [
  trapping('SMC #4', 'EL1h', smc(4), { HCR_EL2: RW | bit(19) }),
  trapping('HVC #1', 'EL2h', hvc(1), { HCR_EL2: HOST }),
  trapping('BRK', 'EL1h', brk(1), { MDCR_EL2: bit(8) }),
  trapping('BRK', 'EL0t', brk(1), { MDCR_EL2: bit(8) }),
  trapping('MSR SCTLR_EL1', 'EL1h', msr('SCTLR_EL1'), { HCR_EL2: RW | bit(26) }),
  trapping('MRS SCTLR_EL1', 'EL1h', mrs('SCTLR_EL1', 5), { HCR_EL2: RW | bit(30) }),
  trapping('MRS ID_AA64PFR0_EL1', 'EL1h', mrs('ID_AA64PFR0_EL1'), { HCR_EL2: RW | bit(18) }),
  trapping('MRS ID_ISAR0_EL1', 'EL1h', mrs('ID_ISAR0_EL1'), { HCR_EL2: RW | bit(18) }),
  trapping('MRS CTR_EL0', 'EL1h', mrs('CTR_EL0', 9), { HCR_EL2: RW | bit(17) }),
  trapping('MRS CTR_EL0', 'EL0t', mrs('CTR_EL0'), { HCR_EL2: RW | bit(17), SCTLR_EL1: 0x30d5_8998n }),
  trapping('MRS CTR_EL0', 'EL0t', mrs('CTR_EL0'), { HCR_EL2: RW }),
  trapping('MRS CTR_EL0', 'EL0t', mrs('CTR_EL0'), { HCR_EL2: RW | TGE }),
  trapping('MRS CTR_EL0', 'EL0t', mrs('CTR_EL0'), { HCR_EL2: HOST }),
  trapping('MRS REVIDR_EL1', 'EL1h', mrs('REVIDR_EL1'), { HCR_EL2: RW | bit(16) }),
  trapping('MSR ACTLR_EL1', 'EL1h', msr('ACTLR_EL1'), { HCR_EL2: RW | bit(21) }),
  trapping('MRS CPACR_EL1', 'EL1h', mrs('CPACR_EL1'), { CPTR_EL2: 0x8000_33ffn }),
  trapping('MRS MDSCR_EL1', 'EL1h', mrs('MDSCR_EL1'), { MDCR_EL2: bit(9) }),
  trapping('MSR OSLAR_EL1', 'EL1h', msr('OSLAR_EL1'), { MDCR_EL2: bit(10) }),
  trapping('MRS PMCR_EL0', 'EL1h', mrs('PMCR_EL0'), { MDCR_EL2: bit(5) }),
  trapping('MRS PMCCNTR_EL0', 'EL1h', mrs('PMCCNTR_EL0'), { MDCR_EL2: bit(6) }),
  trapping('MRS PMCCNTR_EL0', 'EL0t', mrs('PMCCNTR_EL0'), {}),
  trapping('MRS CNTPCT_EL0', 'EL1h', mrs('CNTPCT_EL0'), { CNTHCTL_EL2: 2n }),
  trapping('MRS CNTP_CTL_EL0', 'EL1h', mrs('CNTP_CTL_EL0'), { CNTHCTL_EL2: 1n }),
  trapping('MRS CNTP_CTL_EL0', 'EL1h', mrs('CNTP_CTL_EL0'), { HCR_EL2: RW | E2H, CNTHCTL_EL2: 0x7ffn }),
  trapping('MRS CNTV_CTL_EL0', 'EL0t', mrs('CNTV_CTL_EL0'), {}),
  trapping('MRS CNTV_CTL_EL0', 'EL0t', mrs('CNTV_CTL_EL0'), { CNTKCTL_EL1: 0x100n }),
  trapping('MRS CNTVCT_EL0', 'EL0t', mrs('CNTVCT_EL0'), {}),
  trapping('MRS CNTFRQ_EL0', 'EL0t', mrs('CNTFRQ_EL0'), {}),
  trapping('MRS CNTP_CVAL_EL0', 'EL0t', mrs('CNTP_CVAL_EL0'), { CNTKCTL_EL1: 0x200n, CNTHCTL_EL2: 1n }),
  trapping('MRS DAIF', 'EL0t', mrs('DAIF'), {}),
  trapping('MRS DAIF', 'EL0t', mrs('DAIF'), { SCTLR_EL1: 0x30d5_0b98n }),
  trapping('MRS FPCR', 'EL1h', mrs('FPCR'), {}),
  trapping('MRS FPCR', 'EL0t', mrs('FPCR'), { CPACR_EL1: 0x10_0000n }),
  trapping('MRS FPCR', 'EL1h', mrs('FPCR'), { CPACR_EL1: 0x30_0000n, CPTR_EL2: 0x37ffn }),
  trapping('MRS FPCR', 'EL2h', mrs('FPCR'), { CPTR_EL2: 0x37ffn }),
  trapping('MRS FPCR', 'EL2h', mrs('FPCR'), { HCR_EL2: HOST, CPTR_EL2: 0n }),
  trapping('WFI', 'EL1h', WFI, { HCR_EL2: RW | bit(13) }),
  trapping('WFI', 'EL0t', WFI, { SCTLR_EL1: 0x30d0_0998n }),
  trapping('WFE', 'EL0t', WFE, { SCTLR_EL1: 0x30d0_0998n }),
  trapping('DC ZVA', 'EL0t', sys(3, 7, 4, 1, 0), {}),
  trapping('DC ZVA', 'EL1h', sys(3, 7, 4, 1, 0), { HCR_EL2: RW | bit(28) }),
  trapping('DC CVAC', 'EL0t', sys(3, 7, 10, 1, 0), { SCTLR_EL1: 0x34d5_0998n }),
  trapping('DC CVAC', 'EL1h', sys(3, 7, 10, 1, 0), { HCR_EL2: RW | bit(23) }),
  trapping('DC CISW', 'EL1h', sys(0, 7, 14, 2, 0), { HCR_EL2: RW | bit(22) }),
  trapping('IC IVAU', 'EL1h', sys(3, 7, 5, 1, 0), { HCR_EL2: RW | bit(24) }),
  trapping('TLBI VAE1', 'EL1h', sys(0, 8, 7, 1, 3), { HCR_EL2: RW | bit(25) }),
  trapping('MRS MPIDR_EL1', 'EL1h', mrs('MPIDR_EL1'), { VMPIDR_EL2: 0x8000_0102n }),
  // Applications of a host.
  trapping('MRS CNTP_CTL_EL0', 'EL0t', mrs('CNTP_CTL_EL0'), { HCR_EL2: HOST, CNTHCTL_EL2: 0n }),
  trapping('MRS CNTVCT_EL0', 'EL0t', mrs('CNTVCT_EL0'), { HCR_EL2: HOST, CNTHCTL_EL2: 0n }),
  trapping('MRS FPCR', 'EL0t', mrs('FPCR'), { HCR_EL2: HOST, CPTR_EL2: 0x10_0000n }),
  trapping('MRS FPCR', 'EL0t', mrs('FPCR'), { HCR_EL2: RW | TGE, CPACR_EL1: 0n }),
  trapping('MSR VBAR_EL1', 'EL0t', msr('VBAR_EL1'), { HCR_EL2: HOST }),
  // Aborts: nothing at the address, an address that is too large, a misaligned SP.
  { name: 'LDR from nowhere at EL1h', mode: 'EL1h', word: 0xf940_0001, x0: 0x0f00_0000n },
  { name: 'STR to too large an address at EL1h', mode: 'EL1h', word: 0xf900_0001, x0: 0x1000_0000_0000_0000n },
  { name: 'LDR from too large an address at EL0t', mode: 'EL0t', word: 0xf940_0001, x0: 0x1000_0000_0000_0000n },
  { name: 'BR to an odd address at EL1h', mode: 'EL1h', word: 0xd61f_0000, x0: 0x4008_8002n },
  { name: 'BR to an odd address at EL0t', mode: 'EL0t', word: 0xd61f_0000, x0: 0x4008_8002n },
  { name: 'SPAN = 0, SVC at EL0t', mode: 'EL0t', word: svc(0), registers: { SCTLR_EL1: 0x3055_0998n } },
  { name: 'SPAN = 0 of a host, SVC at EL0t', mode: 'EL0t', word: svc(0), registers: { HCR_EL2: HOST, SCTLR_EL2: 0x3045_0830n } },
  { name: 'ERET at EL0t', mode: 'EL0t', word: ERET },
];

export const oracleCases: readonly OracleCase[] = [...generated, ...traps];
