import type { Builder, Slot } from '../engine/builder.ts';
import type { I64, Int } from '../engine/expression.ts';

/** SignExtend() of the low `bits` of a field; at most 32 bits. */
export const signExtend = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits);

const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

/** One entry per N:immr:imms; `undefined` where not yet computed. */
const bitMasks: (bigint | 'reserved' | undefined)[] = [];

/**
 * DecodeBitMasks(), the wmask of a logical immediate, as an unsigned 64-bit value (for 32-bit operations its low half is meant).
 * @returns undefined if N:imms is reserved
 */
export function decodeBitMasks(N: number, imms: number, immr: number): bigint | undefined {
  const index = (N << 12) | (immr << 6) | imms;
  const known = bitMasks[index];
  if (known !== undefined) return known === 'reserved' ? undefined : known;
  const length = 31 - Math.clz32((N << 6) | (~imms & 0x3f));
  const levels = (1 << length) - 1;
  if (length < 1 || (imms & levels) === levels) {
    bitMasks[index] = 'reserved';
    return undefined;
  }
  const elementBits = 1 << length;
  const element = ones((imms & levels) + 1);
  const rotation = BigInt(immr & levels);
  const rotated = ((element >> rotation) | (element << (BigInt(elementBits) - rotation))) & ones(elementBits);
  let mask = 0n;
  for (let at = 0; at < 64; at += elementBits) mask |= rotated << BigInt(at);
  bitMasks[index] = mask;
  return mask;
}

/** Mask of `width` ones from bit `lsb` on. */
export const fieldMask = (lsb: number, width: number): bigint => ones(width) << BigInt(lsb);

export type Shift = 'LSL' | 'LSR' | 'ASR' | 'ROR';
/** DecodeShift() */
export const shifts: readonly Shift[] = ['LSL', 'LSR', 'ASR', 'ROR'];

export function shift(b: Builder, type: Shift, value: Int, amount: Int): Int {
  switch (type) {
    case 'LSL':
      return b.shl(value, amount);
    case 'LSR':
      return b.shrU(value, amount);
    case 'ASR':
      return b.shrS(value, amount);
    case 'ROR':
      return b.rotr(value, amount);
  }
}

/** ShiftReg() by the decoded `imm`; `none`: the amount is 0. */
export function shiftReg(b: Builder, sf: number, slot: Slot, type: Shift | 'none'): Int {
  const value = b.read(sf, slot);
  return type === 'none' ? value : shift(b, type, value, b.immediate(sf));
}

export type Extend = 'UXTB' | 'UXTH' | 'UXTW' | 'UXTX' | 'SXTB' | 'SXTH' | 'SXTW';
/** DecodeRegExtend(); SXTX is UXTX: both take all 64 bits. */
export const extends64: readonly Extend[] = ['UXTB', 'UXTH', 'UXTW', 'UXTX', 'SXTB', 'SXTH', 'SXTW', 'UXTX'];
/** The same where only 32 bits of the result count. */
export const extends32: readonly Extend[] = ['UXTB', 'UXTH', 'UXTX', 'UXTX', 'SXTB', 'SXTH', 'UXTX', 'UXTX'];

/** ExtendReg() without its shift. */
export function extendReg(b: Builder, sf: number, slot: Slot, type: Extend): Int {
  switch (type) {
    case 'UXTB':
      return b.zeroExtendLow(8, b.read(sf, slot));
    case 'UXTH':
      return b.zeroExtendLow(16, b.read(sf, slot));
    case 'UXTW':
      return b.zeroExtendLow(32, b.read(sf, slot));
    case 'UXTX':
      return b.read(sf, slot);
    case 'SXTB':
      return b.signExtendLow(8, b.read(sf, slot));
    case 'SXTH':
      return b.signExtendLow(16, b.read(sf, slot));
    case 'SXTW':
      return b.signExtend(b.w(slot));
  }
}

export type AddOrSubtract = 'ADD' | 'SUB';

/** AddWithCarry() of `a` and `b` or NOT(b): sum or difference to `d` and, if `setFlags`, NZCV. `discard`: only the flags are wanted. */
export function addSubtract(
  b: Builder,
  operation: AddOrSubtract,
  setFlags: boolean,
  a: Int,
  operand: Int,
  result: 'write' | 'discard' = 'write',
): void {
  const left = setFlags ? b.let(a) : a;
  const right = setFlags ? b.let(operand) : operand;
  if (result === 'write') b.write('d', operation === 'SUB' ? b.sub(left, right) : b.add(left, right));
  if (!setFlags) return;
  if (operation === 'SUB') b.flagsSub(left, right);
  else b.flagsAdd(left, right);
}

/** log2 of the bytes that an access to a general register transfers. */
export type AccessSize = 0 | 1 | 2 | 3;
const extensions = [8, 16, 32] as const;
/** The low bytes of an access, extended to 64 bits. */
export const zeroExtendFrom = (b: Builder, size: AccessSize, value: I64): I64 =>
  size === 3 ? value : b.zeroExtendLow(extensions[size], value);
export const signExtendFrom = (b: Builder, size: AccessSize, value: I64): I64 =>
  size === 3 ? value : b.signExtendLow(extensions[size], value);

/** High 64 bits of the unsigned product, from four 32-bit products. */
export function unsignedMultiplyHigh(b: Builder, n: I64, m: I64): I64 {
  const half = b.i64(32);
  const nLow = b.let(b.zeroExtendLow(32, n));
  const nHigh = b.let(b.shrU(n, half));
  const mLow = b.let(b.zeroExtendLow(32, m));
  const mHigh = b.let(b.shrU(m, half));
  const middle = b.let(b.add(b.mul(nHigh, mLow), b.shrU(b.mul(nLow, mLow), half)));
  const carries = b.let(b.add(b.mul(nLow, mHigh), b.zeroExtendLow(32, middle)));
  return b.add(b.add(b.mul(nHigh, mHigh), b.shrU(middle, half)), b.shrU(carries, half));
}

/** Conditions AL and NV: both always hold. */
export const alwaysHolds = (cond: number): boolean => cond >= 14;

/** ConditionHolds() of flags in bits 3:0. */
export function conditionHolds(cond: number, nzcv: number): boolean {
  const [n, z, c, v] = [8, 4, 2, 1].map((bit) => (nzcv & bit) !== 0);
  const base = [z, c, n, v, c && !z, n === v, n === v && !z, true][cond >> 1];
  return cond & 1 && cond !== 15 ? !base : base;
}

/** A truth value of a bit. */
export const flag = (bit: number): boolean => bit === 1;
