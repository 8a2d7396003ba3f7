import {
  fpCompare,
  fpDiv,
  fpMax,
  fpMaxNum,
  fpMin,
  fpMinNum,
  fpMul,
  fpMulAdd,
  fpNegatedMul,
  fpAdd,
  fpSqrt,
  fpSub,
} from '../float/arithmetic.ts';
import { fpConvert, fpRoundInt } from '../float/convert.ts';
import { type FloatBits, type FloatStatus, type Rounding, fpAbs, fpNeg, roundingMode } from '../float/format.ts';
import { type Decoded, instruction } from '../instruction.ts';
import { alwaysHolds, conditionHolds } from '../shared-pseudocode.ts';
import { element } from '../vector/lanes.ts';
import { type SimdForm, every, executeSimd, simd } from '../vector/operation.ts';
import { expandFloat } from './simd-shift-immediate.ts';

const bitsOf = (ptype0: number): 32 | 64 => (ptype0 ? 64 : 32);
const letterOf = (ptype0: number): string => 'SD'[ptype0];

type OneOperand = (bits: 32 | 64, n: bigint, status: FloatStatus) => bigint;
const rounds =
  (rounding: Rounding | 'FPCR', isExact = false): OneOperand =>
  (bits, n, status) =>
    fpRoundInt(bits, n, rounding === 'FPCR' ? roundingMode(status) : rounding, isExact, status);
const oneSource: Readonly<Record<number, readonly [string, OneOperand]>> = {
  0b000000: ['FMOV', (_bits, n) => n],
  0b000001: ['FABS', fpAbs],
  0b000010: ['FNEG', fpNeg],
  0b000011: ['FSQRT', fpSqrt],
  0b001000: ['FRINTN', rounds('TIEEVEN')],
  0b001001: ['FRINTP', rounds('POSINF')],
  0b001010: ['FRINTM', rounds('NEGINF')],
  0b001011: ['FRINTZ', rounds('ZERO')],
  0b001100: ['FRINTA', rounds('TIEAWAY')],
  0b001110: ['FRINTX', rounds('FPCR', true)],
  0b001111: ['FRINTI', rounds('FPCR')],
};

function decodeConvert(from: FloatBits, to: FloatBits, Rd: number, Rn: number): Decoded<SimdForm> {
  const letter = (bits: number): string => 'HSD'[Math.log2(bits / 16)];
  return simd(`FCVT ${letter(to)} ${letter(from)}`, { Rd, Rn }, (state) => {
    state.setV(Rd, fpConvert(from, to, element(state.v(Rn), from, 0), state));
  });
}

export const dataProcessing1 = instruction({
  name: 'Floating-point data-processing (1 source)',
  encoding: '0 00 11110 0 ptype0:1 1 opcode:6 10000 Rn:5 Rd:5',
  rare: true,
  samples: { Rd: [0], Rn: [0], opcode: every(6) },
  decode({ ptype0, opcode, Rn, Rd }): Decoded<SimdForm> | undefined {
    const bits = bitsOf(ptype0);
    // FCVT
    if (opcode >> 2 === 1) {
      const to = ([32, 64, undefined, 16] as const)[opcode & 3];
      return to === undefined || to === bits ? undefined : decodeConvert(bits, to, Rd, Rn);
    }
    const found = oneSource[opcode];
    if (!found) return undefined;
    const [name, operation] = found;
    return simd(`${name} ${letterOf(ptype0)}`, { Rd, Rn }, (state) => {
      state.setV(Rd, operation(bits, element(state.v(Rn), bits, 0), state));
    });
  },
  execute: executeSimd,
});

export const convertFromHalf = instruction({
  name: 'Floating-point conversion from half precision',
  encoding: '0 00 11110 11 1 0001 opcode:2 10000 Rn:5 Rd:5',
  rare: true,
  samples: { Rd: [0], Rn: [0] },
  decode: ({ opcode, Rn, Rd }): Decoded<SimdForm> | undefined => (opcode > 1 ? undefined : decodeConvert(16, opcode ? 64 : 32, Rd, Rn)),
  execute: executeSimd,
});

const twoSource: readonly (readonly [string, (bits: 32 | 64, n: bigint, m: bigint, status: FloatStatus) => bigint])[] = [
  ['FMUL', fpMul],
  ['FDIV', fpDiv],
  ['FADD', fpAdd],
  ['FSUB', fpSub],
  ['FMAX', fpMax],
  ['FMIN', fpMin],
  ['FMAXNM', fpMaxNum],
  ['FMINNM', fpMinNum],
  ['FNMUL', fpNegatedMul],
];
export const dataProcessing2 = instruction({
  name: 'Floating-point data-processing (2 source)',
  encoding: '0 00 11110 0 ptype0:1 1 Rm:5 opcode:4 10 Rn:5 Rd:5',
  rare: true,
  samples: { Rd: [0], Rn: [0], Rm: [0] },
  decode({ ptype0, Rm, opcode, Rn, Rd }): Decoded<SimdForm> | undefined {
    if (opcode >= twoSource.length) return undefined;
    const [name, operation] = twoSource[opcode];
    const bits = bitsOf(ptype0);
    return simd(`${name} ${letterOf(ptype0)}`, { Rd, Rn, Rm }, (state) => {
      state.setV(Rd, operation(bits, element(state.v(Rn), bits, 0), element(state.v(Rm), bits, 0), state));
    });
  },
  execute: executeSimd,
});

/** FMADD, FMSUB, FNMADD, FNMSUB: which operands are negated. */
const fused: readonly (readonly [string, product: boolean, addend: boolean])[] = [
  ['FMADD', false, false],
  ['FMSUB', true, false],
  ['FNMADD', true, true],
  ['FNMSUB', false, true],
];
export const dataProcessing3 = instruction({
  name: 'Floating-point data-processing (3 source)',
  encoding: '0 00 11111 0 ptype0:1 o1:1 Rm:5 o0:1 Ra:5 Rn:5 Rd:5',
  rare: true,
  samples: { Rd: [0], Rn: [0], Rm: [0], Ra: [0] },
  decode({ ptype0, o1, Rm, o0, Ra, Rn, Rd }): Decoded<SimdForm> {
    const [name, negatesProduct, negatesAddend] = fused[o1 * 2 + o0];
    const bits = bitsOf(ptype0);
    return simd(`${name} ${letterOf(ptype0)}`, { Rd, Rn, Rm, Ra }, (state) => {
      const [n, m, a] = [Rn, Rm, Ra].map((register) => element(state.v(register), bits, 0));
      state.setV(Rd, fpMulAdd(bits, negatesAddend ? fpNeg(bits, a) : a, negatesProduct ? fpNeg(bits, n) : n, m, state));
    });
  },
  execute: executeSimd,
});

/** FCMP, FCMPE */
export const compare = instruction({
  name: 'Floating-point compare',
  encoding: '0 00 11110 0 ptype0:1 1 Rm:5 00 1000 Rn:5 opcode2:2 000',
  rare: true,
  samples: { Rn: [0], Rm: [0] },
  decode({ ptype0, Rm, Rn, opcode2 }): Decoded<SimdForm> {
    const bits = bitsOf(ptype0);
    const withZero = (opcode2 & 1) === 1;
    const name = `FCMP${opcode2 & 2 ? 'E' : ''}${withZero ? '0' : ''} ${letterOf(ptype0)}`;
    return simd(name, { Rd: 0, Rn, Rm }, (state) => {
      const m = withZero ? 0n : element(state.v(Rm), bits, 0);
      state.nzcv = fpCompare(bits, element(state.v(Rn), bits, 0), m, opcode2 >= 2, state);
    });
  },
  execute: executeSimd,
});

/** FCCMP, FCCMPE */
export const conditionalCompare = instruction({
  name: 'Floating-point conditional compare',
  encoding: '0 00 11110 0 ptype0:1 1 Rm:5 cond:4 01 Rn:5 op:1 nzcv:4',
  rare: true,
  samples: { Rn: [0], Rm: [0], nzcv: [0] },
  decode({ ptype0, Rm, cond, Rn, op, nzcv }): Decoded<SimdForm> {
    const bits = bitsOf(ptype0);
    const decoded = simd(`FCCMP${op ? 'E' : ''} ${letterOf(ptype0)} ${cond}`, { Rd: 0, Rn, Rm }, (state) => {
      if (!conditionHolds(cond, state.nzcv)) state.nzcv = nzcv;
      else state.nzcv = fpCompare(bits, element(state.v(Rn), bits, 0), element(state.v(Rm), bits, 0), op === 1, state);
    });
    return { ...decoded, imm2: nzcv };
  },
  execute: executeSimd,
});

/** FCSEL */
export const conditionalSelect = instruction({
  name: 'Floating-point conditional select',
  encoding: '0 00 11110 0 ptype0:1 1 Rm:5 cond:4 11 Rn:5 Rd:5',
  rare: true,
  samples: { Rd: [0], Rn: [0], Rm: [0] },
  decode({ ptype0, Rm, cond, Rn, Rd }): Decoded<SimdForm> {
    const bits = bitsOf(ptype0);
    const name = alwaysHolds(cond) ? `FMOV ${letterOf(ptype0)}` : `FCSEL ${letterOf(ptype0)} ${cond}`;
    return simd(name, { Rd, Rn, Rm }, (state) => {
      state.setV(Rd, element(state.v(conditionHolds(cond, state.nzcv) ? Rn : Rm), bits, 0));
    });
  },
  execute: executeSimd,
});

/** FMOV (scalar, immediate) */
export const immediate = instruction({
  name: 'Floating-point immediate',
  encoding: '0 00 11110 0 ptype0:1 1 imm8:8 100 00000 Rd:5',
  rare: true,
  samples: { Rd: [0], imm8: [0] },
  decode({ ptype0, imm8, Rd }): Decoded<SimdForm> {
    const value = expandFloat(imm8, bitsOf(ptype0));
    return { ...simd('FMOV immediate', { Rd, Rn: Rd }, (state) => state.setV(Rd, value)), imm: value };
  },
  execute: executeSimd,
});
