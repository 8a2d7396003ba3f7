import {
  FPCR,
  FPSR,
  type FloatBits,
  type FloatStatus,
  type Rounding,
  formats,
  fpDefaultNaN,
  fpInfinity,
  fpProcessNaN,
  fpRound,
  fpUnpack,
  fpZero,
  isNaN,
  roundDown,
  roundingMode,
  roundsUp,
  signed,
} from './format.ts';

/** FPConvert(): from one format to another. */
export function fpConvert(
  from: FloatBits,
  to: FloatBits,
  op: bigint,
  status: FloatStatus,
  rounding: Rounding = roundingMode(status),
): bigint {
  const a = fpUnpack(from, op, status);
  const isAlternative = to === 16 && (status.fpcr & FPCR.AHP) !== 0;
  if (isNaN(a)) {
    if (a.type === 'snan' || isAlternative) status.fpsr |= FPSR.IOC;
    if (isAlternative) return fpZero(16, a.sign);
    if (status.fpcr & FPCR.DN) return fpDefaultNaN(to);
    const shift = formats[to].fractionBits - formats[from].fractionBits;
    const fraction = op & formats[from].fractionMask;
    return signed(to, a.sign, formats[to].infinity | formats[to].quiet | (shift >= 0n ? fraction << shift : fraction >> -shift));
  }
  if (a.type === 'infinity') {
    if (!isAlternative) return fpInfinity(to, a.sign);
    status.fpsr |= FPSR.IOC;
    return signed(16, a.sign, 0x7fffn);
  }
  return a.type === 'zero' ? fpZero(to, a.sign) : fpRound(to, a, status, rounding);
}

/** FPToFixed(): `width` bits of an integer, scaled by 2^fractionBits. */
export function fpToFixed(
  bits: FloatBits,
  width: number,
  op: bigint,
  fractionBits: number,
  isUnsigned: boolean,
  rounding: Rounding,
  status: FloatStatus,
): bigint {
  const a = fpUnpack(bits, op, status);
  if (isNaN(a)) {
    status.fpsr |= FPSR.IOC;
    return 0n;
  }
  const least = isUnsigned ? 0n : -(1n << BigInt(width - 1));
  const most = (1n << BigInt(isUnsigned ? width : width - 1)) - 1n;
  const saturate = (sign: number): bigint => {
    status.fpsr |= FPSR.IOC;
    return BigInt.asUintN(width, sign ? least : most);
  };
  if (a.type === 'infinity') return saturate(a.sign);
  if (a.type === 'zero') return 0n;
  const { integer, error } = roundDown(a.m, a.e + fractionBits);
  const magnitude = roundsUp(rounding, a.sign, (integer & 1n) === 1n, error) ? integer + 1n : integer;
  const value = a.sign ? -magnitude : magnitude;
  if (value < least || value > most) return saturate(a.sign);
  if (error !== 'none') status.fpsr |= FPSR.IXC;
  return BigInt.asUintN(width, value);
}

/** FixedToFP(): of a `width`-bit integer divided by 2^fractionBits. */
export function fixedToFP(
  bits: FloatBits,
  width: number,
  op: bigint,
  fractionBits: number,
  isUnsigned: boolean,
  status: FloatStatus,
): bigint {
  const value = isUnsigned ? BigInt.asUintN(width, op) : BigInt.asIntN(width, op);
  if (value === 0n) return 0n;
  return fpRound(bits, { sign: value < 0n ? 1 : 0, m: value < 0n ? -value : value, e: -fractionBits }, status);
}

/** FPRoundInt(): to an integer in the same format; `exact`: an inexact one is flagged. */
export function fpRoundInt(bits: FloatBits, op: bigint, rounding: Rounding, exact: boolean, status: FloatStatus): bigint {
  const a = fpUnpack(bits, op, status);
  if (isNaN(a)) return fpProcessNaN(bits, a, op, status);
  if (a.type === 'infinity') return fpInfinity(bits, a.sign);
  if (a.type === 'zero') return fpZero(bits, a.sign);
  const { integer, error } = roundDown(a.m, a.e);
  const magnitude = roundsUp(rounding, a.sign, (integer & 1n) === 1n, error) ? integer + 1n : integer;
  if (exact && error !== 'none') status.fpsr |= FPSR.IXC;
  return magnitude === 0n ? fpZero(bits, a.sign) : fpRound(bits, { sign: a.sign, m: magnitude, e: 0 }, status, 'ZERO');
}
