import { faultStatusNames } from '../exception-classes.ts';
import { EVENT_COUNTERS } from '../features.ts';
import type { RegisterRow } from '../register.ts';
import { MIDR } from './identification.ts';

const TRVM_TVM = ['HCR_EL2.TVM w', 'HCR_EL2.TRVM r'];
const FPEN = { 0: 'EL0 and EL1 trap', 1: 'EL0 traps', 2: 'EL0 and EL1 trap', 3: 'nothing traps' };
const HOST_FPEN = { 0: 'EL0 to EL2 trap', 1: 'EL0 traps with HCR_EL2.TGE = 1', 2: 'EL0 to EL2 trap', 3: 'nothing traps' };
const GRANULE0 = { 0: '4 KB', 1: '64 KB', 2: '16 KB' };
const GRANULE1 = { 1: '16 KB', 2: '4 KB', 3: '64 KB' };
const SHAREABILITY = { 0: 'non-shareable', 2: 'outer shareable', 3: 'inner shareable' };
const CACHEABILITY = { 0: 'non-cacheable', 1: 'write-back, write-allocate', 2: 'write-through', 3: 'write-back, no write-allocate' };
const TRANSLATION = { 0: 'translated', 1: 'failed' };
const STAGE = { 0: 'stage 1', 1: 'stage 2' };
const SIZE = { 0: '32 bits', 1: '36 bits', 2: '40 bits', 3: '42 bits', 4: '44 bits', 5: '48 bits' };
const LOWER_RANGE = { TG0: GRANULE0, SH0: SHAREABILITY, IRGN0: CACHEABILITY, ORGN0: CACHEABILITY };
const UPPER_RANGE = { TG1: GRANULE1, SH1: SHAREABILITY, IRGN1: CACHEABILITY, ORGN1: CACHEABILITY };

/** TCR_EL1 and, under VHE, TCR_EL2. */
const TWO_RANGES = {
  fields:
    'TBI1 38, TBI0 37, AS 36, IPS 34:32, TG1 31:30, SH1 29:28, ORGN1 27:26, IRGN1 25:24, EPD1 23, A1 22, T1SZ 21:16, TG0 15:14, SH0 13:12, ORGN0 11:10, IRGN0 9:8, EPD0 7, T0SZ 5:0',
  values: { ...LOWER_RANGE, ...UPPER_RANGE, IPS: SIZE },
};

/** SCTLR_EL1 and, under VHE, SCTLR_EL2. EE and E0E are RES0: data is little-endian. */
const SCTLR_FIELDS = 'UCI 26, SPAN 23, WXN 19, nTWE 18, nTWI 16, UCT 15, DZE 14, I 12, UMA 9, SA0 4, SA 3, C 2, A 1, M 0';
const SCTLR_VALUES = { SPAN: { 0: 'exceptions set PSTATE.PAN', 1: 'PSTATE.PAN stays' }, M: { 0: 'MMU off', 1: 'MMU on' } };

/** Control of execution and of stage 1 translation at EL1 and EL0, and what is banked for it. */
export const controlRegisters = {
  SCTLR_EL1: {
    at: 'S3_0_C1_C0_0',
    access: 'EL1 RW',
    description: 'System control',
    redirect: 'SCTLR_EL2',
    traps: TRVM_TVM,
    control: true,
    reset: 0x30d5_0998n,
    fields: SCTLR_FIELDS,
    values: SCTLR_VALUES,
  },
  ACTLR_EL1: { at: 'S3_0_C1_C0_1', access: 'EL1 RW', description: 'Auxiliary control', writable: 0n, traps: ['HCR_EL2.TACR rw'] },
  CPACR_EL1: {
    at: 'S3_0_C1_C0_2',
    access: 'EL1 RW',
    description: 'Access to floating-point and trace',
    redirect: 'CPTR_EL2',
    traps: ['CPTR_EL2.TCPAC rw'],
    control: true,
    fields: 'FPEN 21:20',
    values: { FPEN },
  },
  AFSR0_EL1: {
    at: 'S3_0_C5_C1_0',
    access: 'EL1 RW',
    description: 'Auxiliary fault status 0',
    writable: 0n,
    redirect: 'AFSR0_EL2',
    traps: TRVM_TVM,
    group: 'Exception handling',
  },
  AFSR1_EL1: {
    at: 'S3_0_C5_C1_1',
    access: 'EL1 RW',
    description: 'Auxiliary fault status 1',
    writable: 0n,
    redirect: 'AFSR1_EL2',
    traps: TRVM_TVM,
    group: 'Exception handling',
  },

  TTBR0_EL1: {
    at: 'S3_0_C2_C0_0',
    access: 'EL1 RW',
    description: 'Translation table base, lower address range',
    redirect: 'TTBR0_EL2',
    traps: TRVM_TVM,
    control: true,
    group: 'Translation',
    fields: 'ASID 63:48, BADDR 47:1',
  },
  TTBR1_EL1: {
    at: 'S3_0_C2_C0_1',
    access: 'EL1 RW',
    description: 'Translation table base, upper address range',
    redirect: 'TTBR1_EL2',
    traps: TRVM_TVM,
    control: true,
    group: 'Translation',
    fields: 'ASID 63:48, BADDR 47:1',
  },
  TCR_EL1: {
    at: 'S3_0_C2_C0_2',
    access: 'EL1 RW',
    description: 'Translation control',
    redirect: 'TCR_EL2',
    traps: TRVM_TVM,
    control: true,
    group: 'Translation',
    ...TWO_RANGES,
  },
  MAIR_EL1: {
    at: 'S3_0_C10_C2_0',
    access: 'EL1 RW',
    description: 'Memory attributes',
    redirect: 'MAIR_EL2',
    traps: TRVM_TVM,
    control: true,
    group: 'Translation',
    fields: 'Attr7 63:56, Attr6 55:48, Attr5 47:40, Attr4 39:32, Attr3 31:24, Attr2 23:16, Attr1 15:8, Attr0 7:0',
  },
  AMAIR_EL1: {
    at: 'S3_0_C10_C3_0',
    access: 'EL1 RW',
    description: 'Auxiliary memory attributes',
    writable: 0n,
    redirect: 'AMAIR_EL2',
    traps: TRVM_TVM,
    group: 'Translation',
  },
  PAR_EL1: {
    at: 'S3_0_C7_C4_0',
    access: 'EL1 RW',
    description: 'Result of an address translation instruction',
    group: 'Translation',
    fields: 'ATTR 63:56, PA 47:12, NS 9, SH 8:7, F 0',
    writable: 0xff00_ffff_ffff_ffffn,
    values: { SH: SHAREABILITY, F: TRANSLATION },
    layouts: {
      'PAR_EL1.F': { fields: 'S 9, PTW 8, FST 6:1, F 0', values: { S: STAGE, FST: faultStatusNames, F: TRANSLATION } },
    },
  },

  CONTEXTIDR_EL1: {
    at: 'S3_0_C13_C0_1',
    access: 'EL1 RW',
    description: 'Context ID',
    redirect: 'CONTEXTIDR_EL2',
    traps: TRVM_TVM,
    group: 'Thread and context',
    fields: 'PROCID 31:0',
  },
  TPIDR_EL0: { at: 'S3_3_C13_C0_2', access: 'EL0 RW', description: 'EL0 thread ID', group: 'Thread and context' },
  TPIDRRO_EL0: {
    at: 'S3_3_C13_C0_3',
    access: 'EL0 RO, EL1 RW',
    description: 'EL0 thread ID, read only at EL0',
    group: 'Thread and context',
  },
  TPIDR_EL1: { at: 'S3_0_C13_C0_4', access: 'EL1 RW', description: 'EL1 thread ID', group: 'Thread and context' },
  TPIDR_EL2: { at: 'S3_4_C13_C0_2', access: 'EL2 RW', description: 'EL2 thread ID', group: 'Thread and context' },
  CONTEXTIDR_EL2: {
    at: 'S3_4_C13_C0_1',
    access: 'EL2 RW',
    description: 'Context ID of EL2',
    group: 'Thread and context',
    fields: 'PROCID 31:0',
  },
} satisfies Record<string, RegisterRow>;

/** EL2 and what it controls of EL1 and EL0. Reset values are those that a boot loader at EL2 hands over: nothing traps. */
export const virtualizationRegisters = {
  SCTLR_EL2: {
    at: 'S3_4_C1_C0_0',
    access: 'EL2 RW',
    description: 'System control',
    control: true,
    reset: 0x30c5_0830n,
    fields: SCTLR_FIELDS,
    values: SCTLR_VALUES,
  },
  ACTLR_EL2: { at: 'S3_4_C1_C0_1', access: 'EL2 RW', description: 'Auxiliary control', writable: 0n },
  HCR_EL2: {
    at: 'S3_4_C1_C1_0',
    access: 'EL2 RW',
    description: 'Hypervisor configuration',
    control: true,
    reset: 0x8000_0000n,
    fields:
      'TEA 37, TERR 36, E2H 34, ID 33, CD 32, RW 31, TRVM 30, HCD 29, TDZ 28, TGE 27, TVM 26, TTLB 25, TPU 24, TPCP 23, TSW 22, TACR 21, TIDCP 20, TSC 19, TID3 18, TID2 17, TID1 16, TID0 15, TWE 14, TWI 13, DC 12, BSU 11:10, FB 9, VSE 8, VI 7, VF 6, AMO 5, IMO 4, FMO 3, PTW 2, SWIO 1, VM 0',
    writable: 0x33_7fff_fffdn | 0x4_0000_0000n,
    values: {
      E2H: { 1: 'EL2 hosts an operating system' },
      RW: { 1: 'EL1 is AArch64' },
      TGE: { 1: 'EL0 belongs to EL2' },
      VM: { 0: 'stage 2 off', 1: 'stage 2 on' },
      HCD: { 1: 'HVC is UNDEFINED' },
      TSC: { 1: 'SMC at EL1 traps' },
      BSU: { 0: 'no effect', 1: 'inner shareable', 2: 'outer shareable', 3: 'full system' },
    },
  },
  MDCR_EL2: {
    at: 'S3_4_C1_C1_1',
    access: 'EL2 RW',
    description: 'Debug and performance monitor traps',
    control: true,
    reset: BigInt(EVENT_COUNTERS),
    fields: 'TDRA 11, TDOSA 10, TDA 9, TDE 8, HPME 7, TPM 6, TPMCR 5, HPMN 4:0',
  },
  CPTR_EL2: {
    at: 'S3_4_C1_C1_2',
    access: 'EL2 RW',
    description: 'Traps of floating-point and CPACR_EL1',
    control: true,
    reset: 0x33ffn,
    writable: 0x8010_0000n | 0x30_0000n | 0x1000_0000n | 0x400n,
    fields: 'TCPAC 31, TTA 20, TFP 10',
    layouts: { 'HCR_EL2.E2H': { fields: 'TCPAC 31, TTA 28, FPEN 21:20', values: { FPEN: HOST_FPEN } } },
  },
  HSTR_EL2: { at: 'S3_4_C1_C1_3', access: 'EL2 RW', description: 'Traps of AArch32 coprocessor 15', writable: 0n },
  HACR_EL2: { at: 'S3_4_C1_C1_7', access: 'EL2 RW', description: 'Auxiliary hypervisor configuration', writable: 0n },
  VPIDR_EL2: { at: 'S3_4_C0_C0_0', access: 'EL2 RW', reset: MIDR, description: 'What EL1 reads as MIDR_EL1', writable: 0xffff_ffffn },
  VMPIDR_EL2: {
    at: 'S3_4_C0_C0_5',
    access: 'EL2 RW',
    description: 'What EL1 reads as MPIDR_EL1',
    writable: 0xff_41ff_ffffn,
    fields: 'Aff3 39:32, U 30, MT 24, Aff2 23:16, Aff1 15:8, Aff0 7:0',
  },
  TTBR0_EL2: {
    at: 'S3_4_C2_C0_0',
    access: 'EL2 RW',
    description: 'Translation table base of EL2',
    control: true,
    group: 'Translation',
    fields: 'ASID 63:48, BADDR 47:1',
  },
  TTBR1_EL2: {
    at: 'S3_4_C2_C0_1',
    access: 'EL2 RW',
    description: 'Translation table base of EL2, upper address range',
    control: true,
    group: 'Translation',
    fields: 'ASID 63:48, BADDR 47:1',
  },
  TCR_EL2: {
    at: 'S3_4_C2_C0_2',
    access: 'EL2 RW',
    description: 'Translation control of EL2',
    control: true,
    group: 'Translation',
    reset: 0x8080_0000n,
    writable: 0x7f_ffff_ffbfn,
    fields: 'TBI 20, PS 18:16, TG0 15:14, SH0 13:12, ORGN0 11:10, IRGN0 9:8, T0SZ 5:0',
    values: { ...LOWER_RANGE, PS: SIZE },
    layouts: { 'HCR_EL2.E2H': TWO_RANGES },
  },
  MAIR_EL2: {
    at: 'S3_4_C10_C2_0',
    access: 'EL2 RW',
    description: 'Memory attributes of EL2',
    control: true,
    group: 'Translation',
    fields: 'Attr7 63:56, Attr6 55:48, Attr5 47:40, Attr4 39:32, Attr3 31:24, Attr2 23:16, Attr1 15:8, Attr0 7:0',
  },
  AMAIR_EL2: {
    at: 'S3_4_C10_C3_0',
    access: 'EL2 RW',
    description: 'Auxiliary memory attributes of EL2',
    writable: 0n,
    group: 'Translation',
  },
  VTTBR_EL2: {
    at: 'S3_4_C2_C1_0',
    access: 'EL2 RW',
    description: 'Translation table base of stage 2',
    control: true,
    group: 'Translation',
    fields: 'VMID 55:48, BADDR 47:1',
  },
  VTCR_EL2: {
    at: 'S3_4_C2_C1_2',
    access: 'EL2 RW',
    description: 'Translation control of stage 2',
    control: true,
    group: 'Translation',
    reset: 0x8000_0000n,
    fields: 'PS 18:16, TG0 15:14, SH0 13:12, ORGN0 11:10, IRGN0 9:8, SL0 7:6, T0SZ 5:0',
    values: { ...LOWER_RANGE, PS: SIZE },
  },
} satisfies Record<string, RegisterRow>;
