import {
  FPCR,
  FPSR,
  type FloatBits,
  type FloatStatus,
  formats,
  fpInfinity,
  fpInvalid,
  fpOverflow,
  fpProcessNaN,
  fpUnpack,
  fpZero,
  isNaN,
  roundingMode,
  signed,
} from './format.ts';

/** RecipEstimate(): of 256 … 511. */
function recipEstimate(a: number): number {
  return (Math.floor(2 ** 19 / (a * 2 + 1)) + 1) >> 1;
}
/** RecipSqrtEstimate(): of 128 … 511. */
function recipSqrtEstimate(operand: number): number {
  const a = operand < 256 ? operand * 2 + 1 : ((operand >> 1) * 2 + 1) * 2;
  let b = 512;
  while (a * (b + 1) * (b + 1) < 2 ** 28) b++;
  return (b + 1) >> 1;
}

/** Exponent and fraction of 52 bits, as the estimates want them. */
const parts = (bits: FloatBits, op: bigint): { exponent: number; fraction: bigint } => {
  const { fractionBits, fractionMask, ones } = formats[bits];
  return { exponent: Number((op >> fractionBits) & BigInt(ones)), fraction: (op & fractionMask) << (52n - fractionBits) };
};
const F52 = (1n << 52n) - 1n;

/** FPRecipEstimate() */
export function fpRecipEstimate(bits: 32 | 64, op: bigint, status: FloatStatus): bigint {
  const a = fpUnpack(bits, op, status);
  if (isNaN(a)) return fpProcessNaN(bits, a, op, status);
  if (a.type === 'infinity') return fpZero(bits, a.sign);
  if (a.type === 'zero') {
    status.fpsr |= FPSR.DZC;
    return fpInfinity(bits, a.sign);
  }
  const { fractionBits } = formats[bits];
  let { exponent, fraction } = parts(bits, op);
  // Below 2^-128 or 2^-1024 the reciprocal is too large.
  if (exponent === 0 && fraction >> 50n === 0n) {
    status.fpsr |= FPSR.OFC | FPSR.IXC;
    return fpOverflow(bits, a.sign, roundingMode(status));
  }
  const largest = bits === 32 ? 253 : 2045;
  if (status.fpcr & FPCR.FZ && exponent >= largest) {
    status.fpsr |= FPSR.UFC;
    return fpZero(bits, a.sign);
  }
  if (exponent === 0) {
    const shift = fraction >> 51n ? 1n : 2n;
    exponent = shift === 1n ? 0 : -1;
    fraction = (fraction << shift) & F52;
  }
  let resultExponent = largest - exponent;
  fraction = BigInt(recipEstimate(256 + Number(fraction >> 44n)) & 255) << 44n;
  if (resultExponent === 0) fraction = (1n << 51n) | (fraction >> 1n);
  else if (resultExponent === -1) {
    fraction = (1n << 50n) | (fraction >> 2n);
    resultExponent = 0;
  }
  return signed(bits, a.sign, (BigInt(resultExponent) << fractionBits) | (fraction >> (52n - fractionBits)));
}

/** FPRSqrtEstimate() */
export function fpRSqrtEstimate(bits: 32 | 64, op: bigint, status: FloatStatus): bigint {
  const a = fpUnpack(bits, op, status);
  if (isNaN(a)) return fpProcessNaN(bits, a, op, status);
  if (a.type === 'zero') {
    status.fpsr |= FPSR.DZC;
    return fpInfinity(bits, a.sign);
  }
  if (a.sign) return fpInvalid(bits, status);
  if (a.type === 'infinity') return fpZero(bits, 0);
  let { exponent, fraction } = parts(bits, op);
  if (exponent === 0) {
    while (!(fraction >> 51n)) {
      fraction = (fraction << 1n) & F52;
      exponent -= 1;
    }
    fraction = (fraction << 1n) & F52;
  }
  const scaled = exponent & 1 ? 128 + Number(fraction >> 45n) : 256 + Number(fraction >> 44n);
  const resultExponent = BigInt(Math.floor(((bits === 32 ? 380 : 3068) - exponent) / 2));
  const estimate = BigInt(recipSqrtEstimate(scaled) & 255);
  const { fractionBits } = formats[bits];
  return (resultExponent << fractionBits) | (estimate << (fractionBits - 8n));
}

/** FPRecpX() */
export function fpRecpX(bits: 32 | 64, op: bigint, status: FloatStatus): bigint {
  const a = fpUnpack(bits, op, status);
  if (isNaN(a)) return fpProcessNaN(bits, a, op, status);
  const { ones, fractionBits } = formats[bits];
  const { exponent } = parts(bits, op);
  const result = exponent === 0 ? ones - 1 : ~exponent & ones;
  return signed(bits, a.sign, BigInt(result) << fractionBits);
}

/** UnsignedRecipEstimate(): URECPE. */
export const unsignedRecipEstimate = (op: bigint): bigint => (op >> 31n ? BigInt(recipEstimate(Number(op >> 23n))) << 23n : 0xffff_ffffn);
/** UnsignedRSqrtEstimate(): URSQRTE. */
export const unsignedRSqrtEstimate = (op: bigint): bigint =>
  op >> 30n ? BigInt(recipSqrtEstimate(Number(op >> 23n))) << 23n : 0xffff_ffffn;
