import { BREAKPOINTS, CONTEXT_BREAKPOINTS, PHYSICAL_ADDRESS_BITS, WATCHPOINTS, ZERO_BLOCK_BYTES, features } from '../features.ts';
import type { RegisterRow } from '../register.ts';

const field = (lsb: number, value: number): bigint => BigInt(value) << BigInt(lsb);
const TID3 = ['HCR_EL2.TID3 r'];
const TID2 = ['HCR_EL2.TID2 r'];
const NI = { 0: 'not implemented' };
const EL = { 0: 'not implemented', 1: 'AArch64 only', 2: 'AArch64 and AArch32' };

/** PARange: encodings of the physical address sizes. */
const PA_RANGE: Readonly<Record<number, number>> = { 32: 0, 36: 1, 40: 2, 42: 3, 44: 4, 48: 5 };

/** Implementer 0 is reserved for software use; architecture 0xF: see the ID registers. */
export const MIDR = 0x000f_5de0n;

/** Registers of AArch32 and those still reserved read as zero. */
const aarch32 = (at: string, what: string): RegisterRow => ({
  at,
  access: 'EL1 RO',
  description: `${what}: AArch32 is not implemented`,
  traps: TID3,
});

/** What this PE implements, read only. Features come from `features.ts`. */
export const identificationRegisters = {
  MIDR_EL1: {
    at: 'S3_0_C0_C0_0',
    access: 'EL1 RO',
    reset: MIDR,
    description: 'Main ID; EL1 reads VPIDR_EL2',
    fields: 'Implementer 31:24, Variant 23:20, Architecture 19:16, PartNum 15:4, Revision 3:0',
    values: { Implementer: { 0: 'reserved for software use' }, Architecture: { 15: 'see the ID registers' } },
  },
  MPIDR_EL1: {
    at: 'S3_0_C0_C0_5',
    access: 'EL1 RO',
    reset: 0x8000_0000n,
    description: 'Multiprocessor affinity; EL1 reads VMPIDR_EL2',
    fields: 'Aff3 39:32, U 30, MT 24, Aff2 23:16, Aff1 15:8, Aff0 7:0',
  },
  REVIDR_EL1: { at: 'S3_0_C0_C0_6', access: 'EL1 RO', description: 'Revision ID', traps: ['HCR_EL2.TID1 r'] },
  AIDR_EL1: { at: 'S3_1_C0_C0_7', access: 'EL1 RO', description: 'Auxiliary ID', traps: ['HCR_EL2.TID1 r'] },

  ID_AA64PFR0_EL1: {
    at: 'S3_0_C0_C4_0',
    access: 'EL1 RO',
    description: 'AArch64 processor features 0',
    traps: TID3,
    reset:
      field(0, 1) |
      field(4, 1) |
      field(8, 1) |
      field(28, 1) |
      field(56, 1) | // Nothing is speculated, so nothing can be learned from it.
      field(60, 1) |
      field(16, !features.floatingPoint ? 15 : features.halfPrecision ? 1 : 0) |
      field(20, !features.floatingPoint ? 15 : features.halfPrecision ? 1 : 0),
    fields:
      'CSV3 63:60, CSV2 59:56, DIT 51:48, AMU 47:44, MPAM 43:40, SEL2 39:36, SVE 35:32, RAS 31:28, GIC 27:24, AdvSIMD 23:20, FP 19:16, EL3 15:12, EL2 11:8, EL1 7:4, EL0 3:0',
    values: {
      EL0: EL,
      EL1: EL,
      EL2: EL,
      EL3: EL,
      FP: { 0: 'implemented', 1: 'with half-precision', 15: 'not implemented' },
      AdvSIMD: { 0: 'implemented', 1: 'with half-precision', 15: 'not implemented' },
      GIC: { 0: 'no system registers', 1: 'GICv3 system registers' },
      RAS: { 0: 'not implemented', 1: 'ESB and error records' },
      SVE: NI,
    },
  },
  ID_AA64PFR1_EL1: {
    at: 'S3_0_C0_C4_1',
    access: 'EL1 RO',
    description: 'AArch64 processor features 1',
    traps: TID3,
    fields: 'CSV2_frac 35:32, RNDR_trap 31:28, SME 27:24, MPAM_frac 19:16, RAS_frac 15:12, MTE 11:8, SSBS 7:4, BT 3:0',
  },
  ID_AA64PFR2_EL1: { at: 'S3_0_C0_C4_2', access: 'EL1 RO', description: 'AArch64 processor features 2', traps: TID3 },
  ID_AA64ZFR0_EL1: { at: 'S3_0_C0_C4_4', access: 'EL1 RO', description: 'SVE features', traps: TID3 },
  ID_AA64SMFR0_EL1: { at: 'S3_0_C0_C4_5', access: 'EL1 RO', description: 'SME features', traps: TID3 },
  ID_AA64FPFR0_EL1: { at: 'S3_0_C0_C4_7', access: 'EL1 RO', description: 'FP8 features', traps: TID3 },
  ID_AA64DFR0_EL1: {
    at: 'S3_0_C0_C5_0',
    access: 'EL1 RO',
    description: 'AArch64 debug features 0',
    traps: TID3,
    reset: field(0, 7) | field(8, 1) | field(12, BREAKPOINTS - 1) | field(20, WATCHPOINTS - 1) | field(28, CONTEXT_BREAKPOINTS - 1),
    fields:
      'TraceFilt 43:40, DoubleLock 39:36, PMSVer 35:32, CTX_CMPs 31:28, WRPs 23:20, BRPs 15:12, PMUVer 11:8, TraceVer 7:4, DebugVer 3:0',
    values: {
      DebugVer: { 6: 'Armv8.0', 7: 'Armv8.1 (VHE)' },
      PMUVer: { 0: 'not implemented', 1: 'PMUv3' },
      TraceVer: NI,
      DoubleLock: { 0: 'implemented', 15: 'not implemented' },
    },
  },
  ID_AA64DFR1_EL1: { at: 'S3_0_C0_C5_1', access: 'EL1 RO', description: 'AArch64 debug features 1', traps: TID3 },
  ID_AA64DFR2_EL1: { at: 'S3_0_C0_C5_2', access: 'EL1 RO', description: 'AArch64 debug features 2', traps: TID3 },
  ID_AA64AFR0_EL1: { at: 'S3_0_C0_C5_4', access: 'EL1 RO', description: 'AArch64 auxiliary features 0', traps: TID3 },
  ID_AA64AFR1_EL1: { at: 'S3_0_C0_C5_5', access: 'EL1 RO', description: 'AArch64 auxiliary features 1', traps: TID3 },
  ID_AA64ISAR0_EL1: {
    at: 'S3_0_C0_C6_0',
    access: 'EL1 RO',
    description: 'AArch64 instruction set attributes 0',
    traps: TID3,
    reset: field(16, 1) | field(20, 2) | field(28, features.floatingPoint ? 1 : 0) | field(44, features.floatingPoint ? 1 : 0),
    fields:
      'RNDR 63:60, TLB 59:56, TS 55:52, FHM 51:48, DP 47:44, SM4 43:40, SM3 39:36, SHA3 35:32, RDM 31:28, TME 27:24, Atomic 23:20, CRC32 19:16, SHA2 15:12, SHA1 11:8, AES 7:4',
    values: { CRC32: { 1: 'implemented' }, Atomic: { 2: 'LSE' }, RDM: NI, DP: NI, AES: NI, SHA1: NI, SHA2: NI, RNDR: NI, TLB: NI, TS: NI },
  },
  ID_AA64ISAR1_EL1: {
    at: 'S3_0_C0_C6_1',
    access: 'EL1 RO',
    description: 'AArch64 instruction set attributes 1',
    traps: TID3,
    reset: field(20, 1),
    fields:
      'DPB 3:0, APA 7:4, API 11:8, JSCVT 15:12, FCMA 19:16, LRCPC 23:20, GPA 27:24, GPI 31:28, FRINTTS 35:32, SB 39:36, SPECRES 43:40, BF16 47:44, DGH 51:48, I8MM 55:52',
  },
  ID_AA64ISAR2_EL1: { at: 'S3_0_C0_C6_2', access: 'EL1 RO', description: 'AArch64 instruction set attributes 2', traps: TID3 },
  ID_AA64ISAR3_EL1: { at: 'S3_0_C0_C6_3', access: 'EL1 RO', description: 'AArch64 instruction set attributes 3', traps: TID3 },
  ID_AA64MMFR0_EL1: {
    at: 'S3_0_C0_C7_0',
    access: 'EL1 RO',
    description: 'AArch64 memory model features 0',
    traps: TID3,
    reset: field(0, PA_RANGE[PHYSICAL_ADDRESS_BITS]) | field(4, 2) | field(20, 1),
    fields:
      'ECV 63:60, FGT 59:56, ExS 47:44, TGran4 31:28, TGran64 27:24, TGran16 23:20, BigEndEL0 19:16, SNSMem 15:12, BigEnd 11:8, ASIDBits 7:4, PARange 3:0',
    values: {
      PARange: { 0: '32 bits', 1: '36 bits', 2: '40 bits', 3: '42 bits', 4: '44 bits', 5: '48 bits' },
      ASIDBits: { 0: '8 bits', 2: '16 bits' },
      BigEnd: { 0: 'little-endian only', 1: 'mixed' },
      TGran4: { 0: 'implemented', 15: 'not implemented' },
      TGran16: { 0: 'not implemented', 1: 'implemented' },
      TGran64: { 0: 'implemented', 15: 'not implemented' },
    },
  },
  ID_AA64MMFR1_EL1: {
    at: 'S3_0_C0_C7_1',
    access: 'EL1 RO',
    description: 'AArch64 memory model features 1',
    traps: TID3,
    reset: field(8, 1) | field(20, 1),
    fields: 'XNX 31:28, SpecSEI 27:24, PAN 23:20, LO 19:16, HPDS 15:12, VH 11:8, VMIDBits 7:4, HAFDBS 3:0',
    values: {
      VH: { 0: 'not implemented', 1: 'VHE' },
      PAN: { 0: 'not implemented', 1: 'PAN' },
      VMIDBits: { 0: '8 bits', 2: '16 bits' },
      HAFDBS: NI,
      HPDS: NI,
      LO: NI,
    },
  },
  ID_AA64MMFR2_EL1: {
    at: 'S3_0_C0_C7_2',
    access: 'EL1 RO',
    description: 'AArch64 memory model features 2',
    traps: TID3,
    reset: field(4, 1),
    fields:
      'E0PD 63:60, EVT 59:56, BBM 55:52, TTL 51:48, FWB 43:40, IDS 39:36, AT 35:32, ST 31:28, NV 27:24, CCIDX 23:20, VARange 19:16, IESB 15:12, LSM 11:8, UAO 7:4, CnP 3:0',
    values: { UAO: { 0: 'not implemented', 1: 'UAO' }, NV: NI, CnP: NI },
  },
  ID_AA64MMFR3_EL1: { at: 'S3_0_C0_C7_3', access: 'EL1 RO', description: 'AArch64 memory model features 3', traps: TID3 },
  ID_AA64MMFR4_EL1: { at: 'S3_0_C0_C7_4', access: 'EL1 RO', description: 'AArch64 memory model features 4', traps: TID3 },

  ID_PFR0_EL1: aarch32('S3_0_C0_C1_0', 'AArch32 processor features 0'),
  ID_PFR1_EL1: aarch32('S3_0_C0_C1_1', 'AArch32 processor features 1'),
  ID_DFR0_EL1: aarch32('S3_0_C0_C1_2', 'AArch32 debug features 0'),
  ID_AFR0_EL1: aarch32('S3_0_C0_C1_3', 'AArch32 auxiliary features 0'),
  ID_MMFR0_EL1: aarch32('S3_0_C0_C1_4', 'AArch32 memory model features 0'),
  ID_MMFR1_EL1: aarch32('S3_0_C0_C1_5', 'AArch32 memory model features 1'),
  ID_MMFR2_EL1: aarch32('S3_0_C0_C1_6', 'AArch32 memory model features 2'),
  ID_MMFR3_EL1: aarch32('S3_0_C0_C1_7', 'AArch32 memory model features 3'),
  ID_ISAR0_EL1: aarch32('S3_0_C0_C2_0', 'AArch32 instruction set attributes 0'),
  ID_ISAR1_EL1: aarch32('S3_0_C0_C2_1', 'AArch32 instruction set attributes 1'),
  ID_ISAR2_EL1: aarch32('S3_0_C0_C2_2', 'AArch32 instruction set attributes 2'),
  ID_ISAR3_EL1: aarch32('S3_0_C0_C2_3', 'AArch32 instruction set attributes 3'),
  ID_ISAR4_EL1: aarch32('S3_0_C0_C2_4', 'AArch32 instruction set attributes 4'),
  ID_ISAR5_EL1: aarch32('S3_0_C0_C2_5', 'AArch32 instruction set attributes 5'),
  ID_MMFR4_EL1: aarch32('S3_0_C0_C2_6', 'AArch32 memory model features 4'),
  ID_ISAR6_EL1: aarch32('S3_0_C0_C2_7', 'AArch32 instruction set attributes 6'),
  MVFR0_EL1: aarch32('S3_0_C0_C3_0', 'AArch32 media and VFP features 0'),
  MVFR1_EL1: aarch32('S3_0_C0_C3_1', 'AArch32 media and VFP features 1'),
  MVFR2_EL1: aarch32('S3_0_C0_C3_2', 'AArch32 media and VFP features 2'),
  ID_PFR2_EL1: aarch32('S3_0_C0_C3_4', 'AArch32 processor features 2'),
  ID_DFR1_EL1: aarch32('S3_0_C0_C3_5', 'AArch32 debug features 1'),
  ID_MMFR5_EL1: aarch32('S3_0_C0_C3_6', 'AArch32 memory model features 5'),

  CTR_EL0: {
    at: 'S3_3_C0_C0_1',
    access: 'EL0 RO',
    description: 'Cache type',
    traps: TID2,
    el0: ['SCTLR.UCT'],
    reset: 0x8000_0000n | field(0, 4) | field(14, 3) | field(16, 4) | field(20, 4) | field(24, 4) | field(28, 1),
    fields: 'DIC 29, IDC 28, CWG 27:24, ERG 23:20, DminLine 19:16, L1Ip 15:14, IminLine 3:0',
    values: { L1Ip: { 2: 'VIPT', 3: 'PIPT' }, IDC: { 1: 'data needs no cleaning to the point of unification' } },
  },
  DCZID_EL0: {
    at: 'S3_3_C0_C0_7',
    access: 'EL0 RO',
    description: 'Block size of DC ZVA',
    reset: BigInt(Math.log2(ZERO_BLOCK_BYTES) - 2),
    fields: 'DZP 4, BS 3:0',
    values: { DZP: { 0: 'permitted', 1: 'prohibited' } },
  },
  CLIDR_EL1: {
    at: 'S3_1_C0_C0_1',
    access: 'EL1 RO',
    description: 'Cache levels: there are none',
    traps: TID2,
    fields: 'ICB 32:30, LoUU 29:27, LoC 26:24, LoUIS 23:21, Ctype3 8:6, Ctype2 5:3, Ctype1 2:0',
  },
  CCSIDR_EL1: {
    at: 'S3_1_C0_C0_0',
    access: 'EL1 RO',
    description: 'Size of the selected cache: there is none',
    traps: TID2,
    fields: 'NumSets 27:13, Associativity 12:3, LineSize 2:0',
  },
  CSSELR_EL1: {
    at: 'S3_2_C0_C0_0',
    access: 'EL1 RW',
    description: 'Cache selection',
    traps: ['HCR_EL2.TID2 rw'],
    fields: 'Level 3:1, InD 0',
  },
} satisfies Record<string, RegisterRow>;
