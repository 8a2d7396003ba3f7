import { type Decoded, destination, instruction, source } from '../instruction.ts';

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
  flow: 'host',
  samples: { CRm: [0] },
  decode({ op1, op2 }): Decoded<NoForm> | undefined {
    return pstateFields.has((op1 << 3) | op2) ? { form: {} } : undefined;
  },
  execute(b) {
    b.host();
  },
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
