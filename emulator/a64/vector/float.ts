import {
  type Comparison,
  fpAbsoluteDifference,
  fpAdd,
  fpCompareIs,
  fpDiv,
  fpMax,
  fpMaxNum,
  fpMin,
  fpMinNum,
  fpMul,
  fpMulAdd,
  fpMulX,
  fpRSqrtStep,
  fpRecipStep,
  fpSqrt,
  fpSub,
} from '../float/arithmetic.ts';
import { fixedToFP, fpRoundInt, fpToFixed } from '../float/convert.ts';
import { fpRSqrtEstimate, fpRecipEstimate, fpRecpX, unsignedRSqrtEstimate, unsignedRecipEstimate } from '../float/estimate.ts';
import { type Rounding, fpAbs, fpNeg, roundingMode } from '../float/format.ts';
import type { Lane, OneLane } from './integer.ts';
import { mask } from './lanes.ts';

type Bits = 32 | 64;
type Operation = (bits: Bits, n: bigint, m: bigint, status: Parameters<Lane>[3]) => bigint;
const plain =
  (operation: Operation): Lane =>
  (n, m, bits, status) =>
    operation(bits as Bits, n, m, status);
const compares =
  (comparison: Comparison, isAbsolute = false): Lane =>
  (n, m, bits, status) => {
    const operand = (value: bigint): bigint => (isAbsolute ? fpAbs(bits as Bits, value) : value);
    return fpCompareIs(bits as Bits, comparison, operand(n), operand(m), status) ? mask(bits) : 0n;
  };
export const fmla: Lane = (n, m, bits, status, d) => fpMulAdd(bits as Bits, d, n, m, status);
export const fmls: Lane = (n, m, bits, status, d) => fpMulAdd(bits as Bits, d, fpNeg(bits as Bits, n), m, status);
export const fmul: Lane = plain(fpMul);
export const fmulx: Lane = plain(fpMulX);

export interface FloatOperation {
  readonly name: string;
  readonly lane: Lane;
  readonly pairwise?: boolean;
  readonly scalar?: boolean;
}
/** "Three same" by U:size<1>:opcode. */
export const floatThreeSame: Readonly<Record<number, FloatOperation>> = {
  0b0_0_11000: { name: 'FMAXNM', lane: plain(fpMaxNum) },
  0b0_1_11000: { name: 'FMINNM', lane: plain(fpMinNum) },
  0b1_0_11000: { name: 'FMAXNMP', lane: plain(fpMaxNum), pairwise: true },
  0b1_1_11000: { name: 'FMINNMP', lane: plain(fpMinNum), pairwise: true },
  0b0_0_11001: { name: 'FMLA', lane: fmla },
  0b0_1_11001: { name: 'FMLS', lane: fmls },
  0b0_0_11010: { name: 'FADD', lane: plain(fpAdd) },
  0b0_1_11010: { name: 'FSUB', lane: plain(fpSub) },
  0b1_0_11010: { name: 'FADDP', lane: plain(fpAdd), pairwise: true },
  0b1_1_11010: { name: 'FABD', lane: plain(fpAbsoluteDifference), scalar: true },
  0b0_0_11011: { name: 'FMULX', lane: fmulx, scalar: true },
  0b1_0_11011: { name: 'FMUL', lane: fmul },
  0b0_0_11100: { name: 'FCMEQ', lane: compares('EQ'), scalar: true },
  0b1_0_11100: { name: 'FCMGE', lane: compares('GE'), scalar: true },
  0b1_1_11100: { name: 'FCMGT', lane: compares('GT'), scalar: true },
  0b1_0_11101: { name: 'FACGE', lane: compares('GE', true), scalar: true },
  0b1_1_11101: { name: 'FACGT', lane: compares('GT', true), scalar: true },
  0b0_0_11110: { name: 'FMAX', lane: plain(fpMax) },
  0b0_1_11110: { name: 'FMIN', lane: plain(fpMin) },
  0b1_0_11110: { name: 'FMAXP', lane: plain(fpMax), pairwise: true },
  0b1_1_11110: { name: 'FMINP', lane: plain(fpMin), pairwise: true },
  0b0_0_11111: { name: 'FRECPS', lane: plain(fpRecipStep), scalar: true },
  0b0_1_11111: { name: 'FRSQRTS', lane: plain(fpRSqrtStep), scalar: true },
  0b1_0_11111: { name: 'FDIV', lane: plain(fpDiv) },
};

const rounds =
  (rounding: Rounding | 'FPCR', isExact = false): OneLane =>
  (n, bits, status) =>
    fpRoundInt(bits as Bits, n, rounding === 'FPCR' ? roundingMode(status) : rounding, isExact, status);
export const toFixed =
  (rounding: Rounding, isUnsigned: boolean, fractionBits = 0): OneLane =>
  (n, bits, status) =>
    fpToFixed(bits as Bits, bits, n, fractionBits, isUnsigned, rounding, status);
export const fromFixed =
  (isUnsigned: boolean, fractionBits = 0): OneLane =>
  (n, bits, status) =>
    fixedToFP(bits as Bits, bits, n, fractionBits, isUnsigned, status);
const againstZero =
  (comparison: Comparison): OneLane =>
  (n, bits, status) =>
    fpCompareIs(bits as Bits, comparison, n, 0n, status) ? mask(bits) : 0n;

export interface FloatOneOperation {
  readonly name: string;
  readonly lane: OneLane;
  readonly scalar?: boolean | 'only';
  /** Elements are words only: it is not a floating-point operation at all. */
  readonly words?: boolean;
}
/** "Two-register miscellaneous" by U:size<1>:opcode, elements in place. */
export const floatTwoRegister: Readonly<Record<number, FloatOneOperation>> = {
  0b0_0_11000: { name: 'FRINTN', lane: rounds('TIEEVEN') },
  0b0_1_11000: { name: 'FRINTP', lane: rounds('POSINF') },
  0b0_0_11001: { name: 'FRINTM', lane: rounds('NEGINF') },
  0b0_1_11001: { name: 'FRINTZ', lane: rounds('ZERO') },
  0b1_0_11000: { name: 'FRINTA', lane: rounds('TIEAWAY') },
  0b1_0_11001: { name: 'FRINTX', lane: rounds('FPCR', true) },
  0b1_1_11001: { name: 'FRINTI', lane: rounds('FPCR') },
  0b0_0_11010: { name: 'FCVTNS', lane: toFixed('TIEEVEN', false), scalar: true },
  0b0_1_11010: { name: 'FCVTPS', lane: toFixed('POSINF', false), scalar: true },
  0b0_0_11011: { name: 'FCVTMS', lane: toFixed('NEGINF', false), scalar: true },
  0b0_1_11011: { name: 'FCVTZS', lane: toFixed('ZERO', false), scalar: true },
  0b0_0_11100: { name: 'FCVTAS', lane: toFixed('TIEAWAY', false), scalar: true },
  0b1_0_11010: { name: 'FCVTNU', lane: toFixed('TIEEVEN', true), scalar: true },
  0b1_1_11010: { name: 'FCVTPU', lane: toFixed('POSINF', true), scalar: true },
  0b1_0_11011: { name: 'FCVTMU', lane: toFixed('NEGINF', true), scalar: true },
  0b1_1_11011: { name: 'FCVTZU', lane: toFixed('ZERO', true), scalar: true },
  0b1_0_11100: { name: 'FCVTAU', lane: toFixed('TIEAWAY', true), scalar: true },
  0b0_1_11100: { name: 'URECPE', lane: (n) => unsignedRecipEstimate(n), words: true },
  0b1_1_11100: { name: 'URSQRTE', lane: (n) => unsignedRSqrtEstimate(n), words: true },
  0b0_0_11101: { name: 'SCVTF', lane: fromFixed(false), scalar: true },
  0b1_0_11101: { name: 'UCVTF', lane: fromFixed(true), scalar: true },
  0b0_1_11101: { name: 'FRECPE', lane: (n, bits, status) => fpRecipEstimate(bits as Bits, n, status), scalar: true },
  0b1_1_11101: { name: 'FRSQRTE', lane: (n, bits, status) => fpRSqrtEstimate(bits as Bits, n, status), scalar: true },
  0b0_1_11111: { name: 'FRECPX', lane: (n, bits, status) => fpRecpX(bits as Bits, n, status), scalar: 'only' },
  0b1_1_11111: { name: 'FSQRT', lane: (n, bits, status) => fpSqrt(bits as Bits, n, status) },
  0b0_1_01100: { name: 'FCMGT', lane: againstZero('GT'), scalar: true },
  0b0_1_01101: { name: 'FCMEQ', lane: againstZero('EQ'), scalar: true },
  0b0_1_01110: { name: 'FCMLT', lane: againstZero('LT'), scalar: true },
  0b1_1_01100: { name: 'FCMGE', lane: againstZero('GE'), scalar: true },
  0b1_1_01101: { name: 'FCMLE', lane: againstZero('LE'), scalar: true },
  0b0_1_01111: { name: 'FABS', lane: (n, bits) => fpAbs(bits as Bits, n) },
  0b1_1_01111: { name: 'FNEG', lane: (n, bits) => fpNeg(bits as Bits, n) },
};
