import type { Builder } from '../../engine/builder.ts';
import { type Decoded, type InlineRegister, destination, instruction, source } from '../instruction.ts';

/** One form, executed by the machine. */
type NoForm = Record<string, never>;

/** SVC, HVC, SMC, BRK, HLT. DCPS1-DCPS3 are UNDEFINED outside Debug state. */
export const exceptionGeneration = instruction({
  name: 'Exception generation',
  encoding: '11010100 opc:3 imm16:16 000 LL:2',
  flow: 'host',
  decode({ opc, imm16, LL }): Decoded<NoForm> | undefined {
    const allocated = opc === 0 ? LL !== 0 : (opc === 1 || opc === 2) && LL === 0;
    return allocated ? { form: {}, imm: BigInt(imm16) } : undefined;
  },
  execute(b) {
    b.host();
  },
});

/** Every hint that has no effect here, unallocated ones included: NOP, YIELD, DGH, PSB, TSB, CSDB, BTI, PACIASP … */
export const hints = instruction({
  name: 'Hints',
  encoding: '1101010100 0 00 011 0010 CRm:4 op2:3 11111',
  decode(): Decoded<NoForm> {
    return { form: {} };
  },
  execute() {},
});

/** WFE, WFI */
export const waitForEventOrInterrupt = instruction({
  name: 'Hints: WFE, WFI',
  encoding: '1101010100 0 00 011 0010 0000 01 interrupt:1 11111',
  within: 'Hints',
  flow: 'host',
  decode(): Decoded<NoForm> {
    return { form: {} };
  },
  execute(b) {
    b.host();
  },
});

/** SEV, SEVL */
export const sendEvent = instruction({
  name: 'Hints: SEV, SEVL',
  encoding: '1101010100 0 00 011 0010 0000 10 local:1 11111',
  within: 'Hints',
  flow: 'host',
  decode(): Decoded<NoForm> {
    return { form: {} };
  },
  execute(b) {
    b.host();
  },
});

/** ESB */
export const errorSynchronizationBarrier = instruction({
  name: 'Hints: ESB',
  encoding: '1101010100 0 00 011 0010 0010 000 11111',
  feature: 'FEAT_RAS',
  within: 'Hints',
  flow: 'host',
  decode(): Decoded<NoForm> {
    return { form: {} };
  },
  execute(b) {
    b.host();
  },
});

/** CLREX, DSB, DMB, ISB. Memory accesses and instructions are in order anyway. SB is UNDEFINED: FEAT_SB is not implemented. */
export const barriers = instruction({
  name: 'Barriers',
  encoding: '1101010100 0 00 011 0011 CRm:4 op2:3 11111',
  samples: { CRm: [0] },
  decode({ op2 }): Decoded<{ clearExclusive: boolean }> | undefined {
    if (op2 === 2) return { form: { clearExclusive: true } };
    return op2 >= 4 && op2 <= 6 ? { form: { clearExclusive: false } } : undefined;
  },
  execute(b, { clearExclusive }) {
    if (clearExclusive) b.clearExclusive();
  },
});

/** op1:op2 of the PSTATE fields that exist: UAO, PAN, SPSel, DAIFSet, DAIFClr. */
const pstateFields = new Set([0b000_011, 0b000_100, 0b000_101, 0b011_110, 0b011_111]);

/** MSR (immediate). CFINV, XAFLAG and AXFLAG are UNDEFINED: FEAT_FlagM is not implemented. */
export const pstate = instruction({
  name: 'PSTATE',
  encoding: '1101010100 0 00 op1:3 0100 CRm:4 op2:3 11111',
  feature: ({ op1, op2 }) => (op1 === 0 && op2 === 4 ? 'FEAT_PAN' : op1 === 0 && op2 === 3 ? 'FEAT_UAO' : undefined),
  flow: 'host',
  samples: { CRm: [0] },
  decode({ op1, op2 }): Decoded<NoForm> | undefined {
    return pstateFields.has((op1 << 3) | op2) ? { form: {} } : undefined;
  },
  execute(b) {
    b.host();
  },
});

/** DAIFSet, DAIFClr */
export const interruptMasks = instruction({
  name: 'PSTATE: DAIFSet, DAIFClr',
  encoding: '1101010100 0 00 011 0100 CRm:4 11 clear:1 11111',
  within: 'PSTATE',
  flow: 'host',
  rare: true,
  samples: { CRm: [0] },
  decode({ CRm, clear }): Decoded<{ clear: boolean }> {
    return { form: { clear: clear === 1 }, imm2: CRm << 6 };
  },
  execute(b, { clear }) {
    const masks = b.zeroExtend(b.imm2());
    b.setInterruptMasks((old) => (clear ? b.and(old, b.xor(masks, b.i64(-1n))) : b.or(old, masks)), clear);
  },
});

/** DC ZVA */
export const dataCacheZero = instruction({
  name: 'System instructions: DC ZVA',
  encoding: '1101010100 0 01 011 0111 0100 001 Rt:5',
  within: 'System instructions',
  flow: 'host',
  rare: true,
  decode({ Rt }): Decoded<NoForm> {
    return { form: {}, d: source(Rt) };
  },
  execute(b) {
    b.zeroBlock(b.x('d'));
  },
});

/** There are no caches: by address, these only take the faults of an access. */
const maintenance = {
  within: 'System instructions',
  flow: 'host',
  rare: true,
  decode: ({ Rt }: { Rt: number }): Decoded<NoForm> => ({ form: {}, d: source(Rt) }),
  execute: (b: Builder): void => b.maintainCache(b.x('d')),
} as const;
export const instructionCacheInvalidate = instruction({
  name: 'System instructions: IC IVAU',
  encoding: '1101010100 0 01 011 0111 0101 001 Rt:5',
  ...maintenance,
});
export const dataCacheClean = instruction({
  name: 'System instructions: DC CVAC',
  encoding: '1101010100 0 01 011 0111 1010 001 Rt:5',
  ...maintenance,
});
export const dataCacheCleanToUnification = instruction({
  name: 'System instructions: DC CVAU',
  encoding: '1101010100 0 01 011 0111 1011 001 Rt:5',
  ...maintenance,
});
export const dataCacheCleanAndInvalidate = instruction({
  name: 'System instructions: DC CIVAC',
  encoding: '1101010100 0 01 011 0111 1110 001 Rt:5',
  ...maintenance,
});

/** SYS (IC, DC, AT, TLBI …), SYSL */
export const systemInstructions = instruction({
  name: 'System instructions',
  encoding: '1101010100 L:1 01 op1:3 CRn:4 CRm:4 op2:3 Rt:5',
  flow: 'host',
  samples: { op1: [0], CRn: [0], CRm: [0], op2: [0], Rt: [0] },
  decode({ L, Rt }): Decoded<NoForm> {
    return { form: {}, d: L ? destination(Rt) : source(Rt) };
  },
  execute(b) {
    b.host();
  },
});

/** MRS of a register that generated code reads by itself. */
const inlineRead = (register: InlineRegister, rare = false) => ({
  rare,
  within: 'System register move',
  decode: ({ Rt }: { Rt: number }): Decoded<{ register: InlineRegister }> => ({ form: { register }, d: destination(Rt) }),
  execute: (b: Builder): void => b.setX('d', b.systemRegister(register)),
});
export const moveFromSpEl0 = instruction({
  name: 'System register move: MRS SP_EL0',
  encoding: '1101010100 1 11 000 0100 0001 000 Rt:5',
  ...inlineRead('SP_EL0'),
});
export const moveFromTpidrEl0 = instruction({
  name: 'System register move: MRS TPIDR_EL0',
  encoding: '1101010100 1 11 011 1101 0000 010 Rt:5',
  ...inlineRead('TPIDR_EL0'),
});
export const moveFromTpidrroEl0 = instruction({
  name: 'System register move: MRS TPIDRRO_EL0',
  encoding: '1101010100 1 11 011 1101 0000 011 Rt:5',
  ...inlineRead('TPIDRRO_EL0'),
});
export const moveFromTpidrEl1 = instruction({
  name: 'System register move: MRS TPIDR_EL1',
  encoding: '1101010100 1 11 000 1101 0000 100 Rt:5',
  ...inlineRead('TPIDR_EL1'),
});
export const moveFromTpidrEl2 = instruction({
  name: 'System register move: MRS TPIDR_EL2',
  encoding: '1101010100 1 11 100 1101 0000 010 Rt:5',
  ...inlineRead('TPIDR_EL2'),
});

export const moveFromDaif = instruction({
  name: 'System register move: MRS DAIF',
  encoding: '1101010100 1 11 011 0100 0010 001 Rt:5',
  ...inlineRead('DAIF'),
});
export const moveFromCtrEl0 = instruction({
  name: 'System register move: MRS CTR_EL0',
  encoding: '1101010100 1 11 011 0000 0000 001 Rt:5',
  ...inlineRead('CTR_EL0', true),
});
export const moveFromDczidEl0 = instruction({
  name: 'System register move: MRS DCZID_EL0',
  encoding: '1101010100 1 11 011 0000 0000 111 Rt:5',
  ...inlineRead('DCZID_EL0', true),
});
export const moveFromMpidrEl1 = instruction({
  name: 'System register move: MRS MPIDR_EL1',
  encoding: '1101010100 1 11 000 0000 0000 101 Rt:5',
  ...inlineRead('MPIDR_EL1', true),
});

/** MSR DAIF */
export const moveToDaif = instruction({
  name: 'System register move: MSR DAIF',
  encoding: '1101010100 0 11 011 0100 0010 001 Rt:5',
  within: 'System register move',
  flow: 'host',
  rare: true,
  decode({ Rt }): Decoded<NoForm> {
    return { form: {}, d: source(Rt) };
  },
  execute(b) {
    b.setInterruptMasks(() => b.and(b.x('d'), b.i64(0x3c0n)), true);
  },
});

/** MRS, MSR (register) */
export const systemRegisterMove = instruction({
  name: 'System register move',
  encoding: '1101010100 L:1 1 o0:1 op1:3 CRn:4 CRm:4 op2:3 Rt:5',
  flow: 'host',
  samples: { o0: [0], op1: [0], CRn: [0], CRm: [0], op2: [0], Rt: [0] },
  decode({ L, Rt }): Decoded<NoForm> {
    return { form: {}, d: L ? destination(Rt) : source(Rt) };
  },
  execute(b) {
    b.host();
  },
});

/** ERET. DRPS is UNDEFINED outside Debug state. */
export const exceptionReturn = instruction({
  name: 'Exception return',
  encoding: '1101011 0100 11111 000000 11111 00000',
  flow: 'host',
  decode(): Decoded<NoForm> {
    return { form: {} };
  },
  execute(b) {
    b.host();
  },
});
