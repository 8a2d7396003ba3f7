/**
 * Floating-point values as bits, and as exact numbers: sign, and m × 2^e. Functions have the names of the Arm ARM's pseudocode
 * (shared/functions/float). There are no trapped exceptions and no FEAT_FP16: half precision is a format to convert from and to.
 */

/** FPCR as it is, and FPSR, where cumulative flags are collected. */
export interface FloatStatus {
  readonly fpcr: number;
  fpsr: number;
}

export const FPCR = { AHP: 1 << 26, DN: 1 << 25, FZ: 1 << 24 } as const;
export const FPSR = { QC: 1 << 27, IDC: 1 << 7, IXC: 1 << 4, UFC: 1 << 3, OFC: 1 << 2, DZC: 1 << 1, IOC: 1 << 0 } as const;

export type FloatBits = 16 | 32 | 64;
/** By FPCR.RMode; then the two that only instructions choose. */
export type Rounding = 'TIEEVEN' | 'POSINF' | 'NEGINF' | 'ZERO' | 'TIEAWAY' | 'ODD';
export const roundings: readonly Rounding[] = ['TIEEVEN', 'POSINF', 'NEGINF', 'ZERO', 'TIEAWAY'];
export const roundingMode = ({ fpcr }: FloatStatus): Rounding => roundings[(fpcr >>> 22) & 3];

interface Format {
  readonly exponentBits: number;
  readonly fractionBits: bigint;
  /** Exponent of the smallest normal number. */
  readonly minimum: number;
  readonly ones: number;
  readonly signBit: bigint;
  readonly fractionMask: bigint;
  readonly quiet: bigint;
  readonly infinity: bigint;
}
const format = (bits: number, exponentBits: number): Format => {
  const fractionBits = BigInt(bits - exponentBits - 1);
  const ones = 2 ** exponentBits - 1;
  return {
    exponentBits,
    fractionBits,
    minimum: 2 - 2 ** (exponentBits - 1),
    ones,
    signBit: 1n << BigInt(bits - 1),
    fractionMask: (1n << fractionBits) - 1n,
    quiet: 1n << (fractionBits - 1n),
    infinity: BigInt(ones) << fractionBits,
  };
};
export const formats: Readonly<Record<FloatBits, Format>> = { 16: format(16, 5), 32: format(32, 8), 64: format(64, 11) };

/** An exact number: (-1)^sign × m × 2^e. */
export interface Real {
  readonly sign: 0 | 1;
  readonly m: bigint;
  readonly e: number;
}
export interface Unpacked extends Real {
  readonly type: 'zero' | 'nonzero' | 'infinity' | 'qnan' | 'snan';
}

export const signed = (bits: FloatBits, sign: number, magnitude: bigint): bigint => (sign ? formats[bits].signBit | magnitude : magnitude);
export const fpZero = (bits: FloatBits, sign: number): bigint => signed(bits, sign, 0n);
export const fpInfinity = (bits: FloatBits, sign: number): bigint => signed(bits, sign, formats[bits].infinity);
export const fpMaxNormal = (bits: FloatBits, sign: number): bigint => signed(bits, sign, formats[bits].infinity - 1n);
export const fpDefaultNaN = (bits: FloatBits): bigint => formats[bits].infinity | formats[bits].quiet;
export const fpNeg = (bits: FloatBits, op: bigint): bigint => op ^ formats[bits].signBit;
export const fpAbs = (bits: FloatBits, op: bigint): bigint => op & ~formats[bits].signBit;

export function fpUnpack(bits: FloatBits, op: bigint, status: FloatStatus): Unpacked {
  const { fractionBits, fractionMask, minimum, ones, signBit, quiet } = formats[bits];
  const sign = op & signBit ? 1 : 0;
  const exponent = Number((op >> fractionBits) & BigInt(ones));
  const fraction = op & fractionMask;
  if (exponent === 0) {
    if (fraction !== 0n && (bits === 16 || !(status.fpcr & FPCR.FZ))) {
      return { type: 'nonzero', sign, m: fraction, e: minimum - Number(fractionBits) };
    }
    if (fraction !== 0n) status.fpsr |= FPSR.IDC;
    return { type: 'zero', sign, m: 0n, e: 0 };
  }
  if (exponent === ones && !(bits === 16 && status.fpcr & FPCR.AHP)) {
    if (fraction === 0n) return { type: 'infinity', sign, m: 0n, e: 0 };
    return { type: fraction & quiet ? 'qnan' : 'snan', sign, m: 0n, e: 0 };
  }
  return { type: 'nonzero', sign, m: fraction | (fractionMask + 1n), e: exponent - 1 + minimum - Number(fractionBits) };
}

export const bitLength = (m: bigint): number => (m < 0x1_0000_0000n ? 32 - Math.clz32(Number(m)) : m.toString(2).length);

/** floor(m × 2^e), and what is lost: 0, less than half ('below'), 'half', or 'above'. */
export function roundDown(m: bigint, e: number): { integer: bigint; error: 'none' | 'below' | 'half' | 'above' } {
  if (e >= 0) return { integer: m << BigInt(e), error: 'none' };
  const shift = BigInt(-e);
  const integer = m >> shift;
  const rest = m - (integer << shift);
  const half = 1n << (shift - 1n);
  return { integer, error: rest === 0n ? 'none' : rest < half ? 'below' : rest === half ? 'half' : 'above' };
}

/** Whether the magnitude grows. */
export function roundsUp(rounding: Rounding, sign: number, odd: boolean, error: 'none' | 'below' | 'half' | 'above'): boolean {
  switch (rounding) {
    case 'TIEEVEN':
      return error === 'above' || (error === 'half' && odd);
    case 'TIEAWAY':
      return error === 'above' || error === 'half';
    case 'POSINF':
      return error !== 'none' && !sign;
    case 'NEGINF':
      return error !== 'none' && sign === 1;
    default:
      return false;
  }
}

/** FPRound() of a number that is not zero. */
export function fpRound(bits: FloatBits, { sign, m, e }: Real, status: FloatStatus, rounding: Rounding = roundingMode(status)): bigint {
  const { fractionBits, minimum, ones } = formats[bits];
  const exponent = bitLength(m) - 1 + e;
  if (bits !== 16 && status.fpcr & FPCR.FZ && exponent < minimum) {
    status.fpsr |= FPSR.UFC;
    return fpZero(bits, sign);
  }
  let biased = Math.max(exponent - minimum + 1, 0);
  const { integer, error } = roundDown(m, e + Number(fractionBits) - Math.max(exponent, minimum));
  let mantissa = integer;
  let inexact = error !== 'none';
  if (biased === 0 && inexact) status.fpsr |= FPSR.UFC;
  if (roundsUp(rounding, sign, (mantissa & 1n) === 1n, error)) {
    mantissa += 1n;
    if (mantissa === 1n << fractionBits) biased = 1;
    if (mantissa === 2n << fractionBits) {
      biased += 1;
      mantissa >>= 1n;
    }
  }
  if (rounding === 'ODD' && inexact) mantissa |= 1n;
  const isAlternative = bits === 16 && (status.fpcr & FPCR.AHP) !== 0;
  let result = signed(bits, sign, (BigInt(biased) << fractionBits) | (mantissa & formats[bits].fractionMask));
  if (isAlternative && biased > ones) {
    result = signed(bits, sign, 0x7fffn);
    status.fpsr |= FPSR.IOC;
    inexact = false;
  } else if (!isAlternative && biased >= ones) {
    result = fpOverflow(bits, sign, rounding);
    status.fpsr |= FPSR.OFC;
    inexact = true;
  }
  if (inexact) status.fpsr |= FPSR.IXC;
  return result;
}

/** What a number too large becomes. */
export function fpOverflow(bits: FloatBits, sign: number, rounding: Rounding): bigint {
  const toInfinity =
    rounding === 'TIEEVEN' || rounding === 'TIEAWAY' || (rounding === 'POSINF' && !sign) || (rounding === 'NEGINF' && sign === 1);
  return toInfinity ? fpInfinity(bits, sign) : fpMaxNormal(bits, sign);
}

/** A zero as the exact result of a sum. */
export const fpZeroSum = (bits: FloatBits, status: FloatStatus): bigint => fpZero(bits, roundingMode(status) === 'NEGINF' ? 1 : 0);

export const isNaN = ({ type }: Unpacked): boolean => type === 'qnan' || type === 'snan';

export function fpProcessNaN(bits: FloatBits, { type }: Unpacked, op: bigint, status: FloatStatus): bigint {
  if (type === 'snan') status.fpsr |= FPSR.IOC;
  return status.fpcr & FPCR.DN ? fpDefaultNaN(bits) : op | formats[bits].quiet;
}

/** FPProcessNaNs(), FPProcessNaNs3(): the NaN that operands lead to, in their order of precedence; `undefined`: none is a NaN. */
export function fpProcessNaNs(
  bits: FloatBits,
  operands: readonly (readonly [Unpacked, bigint])[],
  status: FloatStatus,
): bigint | undefined {
  const found = operands.find(([{ type }]) => type === 'snan') ?? operands.find(([{ type }]) => type === 'qnan');
  return found && fpProcessNaN(bits, found[0], found[1], status);
}

export function fpInvalid(bits: FloatBits, status: FloatStatus): bigint {
  status.fpsr |= FPSR.IOC;
  return fpDefaultNaN(bits);
}
