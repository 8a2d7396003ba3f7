/** IEEE 754 formats that JavaScript does not have: binary16 and binary128, and correct rounding from integers. */
import type { ExactReal } from './syntax.ts';

export function numberFromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
}

/** Rounds to nearest, ties to even. */
export function halfFromNumber(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundToEven(magnitude * 2 ** 24);
  let exponent = Math.floor(Math.log2(magnitude));
  if (2 ** exponent > magnitude) exponent--;
  if (2 ** (exponent + 1) <= magnitude) exponent++;
  return sign | (((exponent + 14) << 10) + roundToEven(magnitude * 2 ** (10 - exponent)));
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** A number as a value of a floating type of `size` bytes (2, 4, 8) holds it. */
export function rounded(value: number, size: number): number {
  return size === 8 ? value : size === 4 ? Math.fround(value) : numberFromHalf(halfFromNumber(value));
}

/** Rounds an integer once, to the precision of `size` bytes. */
export function realFromInteger(value: bigint, size: number): number {
  const magnitude = value < 0n ? -value : value;
  const excess = magnitude.toString(2).length - 40;
  if (size === 8 || excess <= 0) return rounded(Number(value), size);
  const shift = BigInt(excess);
  // The lost bits stay visible to the rounding as one sticky bit.
  const kept = (magnitude >> shift) | (magnitude & ((1n << shift) - 1n) ? 1n : 0n);
  const result = rounded(Number(kept) * 2 ** excess, size);
  return value < 0n ? -result : result;
}

function limits(size: number, signed: boolean): readonly [low: bigint, high: bigint] {
  const bits = BigInt(size * 8);
  return signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
}

/** Truncates towards zero and saturates, NaN to 0: as FCVTZS and FCVTZU do. */
export function integerFromReal(value: number, size: number, signed: boolean): bigint {
  const [low, high] = limits(size, signed);
  if (Number.isNaN(value)) return 0n;
  if (!Number.isFinite(value)) return value < 0 ? low : high;
  const whole = BigInt(Math.trunc(value));
  return whole < low ? low : whole > high ? high : whole;
}

/** Fewest digits that read back as the same value of `size` bytes (2, 4, 8); `inf`, `-inf`, `nan` as C prints them. */
export function realText(value: number, size: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (size === 8) return Object.is(value, -0) ? '-0' : String(value);
  for (let digits = 1; digits < 10; digits++) {
    const text = value.toPrecision(digits);
    if (rounded(Number(text), size) === value) return Object.is(value, -0) ? '-0' : String(Number(text));
  }
  return String(value);
}

const double = new DataView(new ArrayBuffer(8));
const quadFraction = 112n;
const quadBias = 16383;

/** The binary128 that is the number: there is one for every binary64. */
export function quadFromNumber(value: number): bigint {
  double.setFloat64(0, value);
  const bits = double.getBigUint64(0);
  const sign = bits >> 63n;
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  const assembled = (biased: number, significand: bigint) => (sign << 127n) | (BigInt(biased) << quadFraction) | significand;
  if (exponent === 0x7ff) return assembled(0x7fff, fraction << 60n);
  if (exponent > 0) return assembled(exponent - 1023 + quadBias, fraction << 60n);
  if (fraction === 0n) return assembled(0, 0n);
  // What is subnormal there is normal here.
  const length = fraction.toString(2).length;
  return assembled(length - 1075 + quadBias, (fraction << (quadFraction + 1n - BigInt(length))) & ((1n << quadFraction) - 1n));
}

/** Exact up to 113 bits; beyond that rounds to nearest, ties to even. */
export function quadFromInteger(value: bigint): bigint {
  if (value === 0n) return 0n;
  const magnitude = value < 0n ? -value : value;
  const excess = BigInt(magnitude.toString(2).length) - (quadFraction + 1n);
  let significand = excess <= 0n ? magnitude << -excess : magnitude >> excess;
  const rest = excess <= 0n ? 0n : magnitude - (significand << excess);
  const half = excess <= 0n ? 1n : 1n << (excess - 1n);
  if (rest > half || (rest === half && (significand & 1n) === 1n)) significand++;
  // A carry out of the significand goes on into the exponent, as it should.
  const exponent = BigInt(quadBias - 1) + quadFraction + excess;
  return ((value < 0n ? 1n : 0n) << 127n) | ((exponent << quadFraction) + significand);
}

const quadSign = 1n << 127n;
const quadInfinity = 0x7fffn << quadFraction;
/** Of the least bit of a subnormal binary128. */
const leastExponent = 1 - quadBias - Number(quadFraction);
const isFinite = (bits: bigint): boolean => (bits & quadInfinity) !== quadInfinity;
const magnitudeOf = (bits: bigint): bigint => BigInt.asUintN(127, bits);
const lengthOf = (value: bigint): number => value.toString(2).length;

/** significand * 2 ** exponent, rounded to nearest, ties to even. */
function quadRounded(sign: bigint, significand: bigint, exponent: number): bigint {
  if (significand === 0n) return sign;
  const excess = Math.max(lengthOf(significand) - 113, leastExponent - exponent);
  let kept = significand << BigInt(-Math.min(excess, 0));
  if (excess > 0) {
    const lost = BigInt(excess);
    kept = significand >> lost;
    const rest = significand - (kept << lost);
    const half = 1n << (lost - 1n);
    if (rest > half || (rest === half && (kept & 1n) === 1n)) kept++;
  }
  // The bit that a normal number does not store, and a carry, go on into the exponent.
  const bits = (BigInt(exponent + excess - leastExponent) << quadFraction) + kept;
  return sign | (bits < quadInfinity ? bits : quadInfinity);
}

/** The same of numerator / denominator * 2 ** exponent. */
function quadOfRatio(sign: bigint, numerator: bigint, denominator: bigint, exponent: number): bigint {
  const shift = Math.max(lengthOf(denominator) - lengthOf(numerator) + 116, 0);
  const shifted = numerator << BigInt(shift);
  const quotient = shifted / denominator;
  // What is left shows in a bit that is never the last one kept.
  return quadRounded(sign, (quotient << 1n) | (shifted % denominator === 0n ? 0n : 1n), exponent - shift - 1);
}

/** Of what is written, correctly rounded. */
export function quadFromExact({ significand, base, exponent }: ExactReal): bigint {
  if (significand === 0n) return 0n;
  const magnitude = exponent + lengthOf(significand) / (base === 10 ? Math.log2(10) : 1);
  // Powers of these sizes need not be computed.
  if (Math.abs(magnitude) > 20_000) return magnitude > 0 ? quadInfinity : 0n;
  if (base === 2) return quadRounded(0n, significand, exponent);
  const power = 10n ** BigInt(Math.abs(exponent));
  return exponent < 0 ? quadOfRatio(0n, significand, power, 0) : quadRounded(0n, significand * power, 0);
}

const finiteParts = (bits: bigint) => {
  const biased = Number((bits >> quadFraction) & 0x7fffn);
  const fraction = bits & ((1n << quadFraction) - 1n);
  return { significand: biased === 0 ? fraction : fraction | (1n << quadFraction), exponent: Math.max(biased, 1) - 1 + leastExponent };
};

export type QuadOperator = '+' | '-' | '*' | '/';

/** IEEE 754 arithmetic on binary128, rounded to nearest, ties to even. */
export function quadArithmetic(operator: QuadOperator, a: bigint, b: bigint): bigint {
  if (operator === '-') return quadArithmetic('+', a, quadNegated(b));
  if (!isFinite(a) || !isFinite(b) || (operator === '/' && magnitudeOf(b) === 0n))
    return quadFromNumber(ofKinds(operator, kindOf(a), kindOf(b)));
  const [x, y] = [finiteParts(a), finiteParts(b)];
  const sign = (a ^ b) & quadSign;
  if (operator === '*') return quadRounded(sign, x.significand * y.significand, x.exponent + y.exponent);
  if (operator === '/') return quadOfRatio(sign, x.significand, y.significand, x.exponent - y.exponent);
  const exponent = Math.min(x.exponent, y.exponent);
  const signed = (bits: bigint, { significand, exponent: own }: typeof x) =>
    (bits & quadSign ? -significand : significand) << BigInt(own - exponent);
  const sum = signed(a, x) + signed(b, y);
  if (sum === 0n) return a & b & quadSign;
  return quadRounded(sum < 0n ? quadSign : 0n, sum < 0n ? -sum : sum, exponent);
}

/** Infinities, NaN and zeros, and 1 or -1 for all else: they decide where one of them is an operand. */
const kindOf = (bits: bigint): number => {
  const number = numberFromQuad(bits);
  return isFinite(bits) && magnitudeOf(bits) !== 0n ? (bits & quadSign ? -1 : 1) : number;
};
function ofKinds(operator: QuadOperator, a: number, b: number): number {
  return operator === '+' ? a + b : operator === '*' ? a * b : a / b;
}

export const quadNegated = (bits: bigint): bigint => bits ^ quadSign;
/** NaN is none. */
export const isQuadZero = (bits: bigint): boolean => magnitudeOf(bits) === 0n;

/** Below 0, 0 or above it; NaN: they have no order. */
export function quadOrder(a: bigint, b: bigint): number {
  if (magnitudeOf(a) > quadInfinity || magnitudeOf(b) > quadInfinity) return Number.NaN;
  const value = (bits: bigint) => (bits & quadSign ? -magnitudeOf(bits) : bits);
  return value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0;
}

/** Rounds to nearest, ties to even. */
export function numberFromQuad(bits: bigint): number {
  const sign = bits >> 127n ? -1 : 1;
  const biased = Number((bits >> quadFraction) & 0x7fffn);
  const fraction = bits & ((1n << quadFraction) - 1n);
  if (biased === 0x7fff) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  // The subnormal ones of binary128 are far below all of binary64.
  if (biased === 0) return sign * 0;
  const exponent = biased - quadBias;
  const significand = fraction | (1n << quadFraction);
  if (exponent >= -1022) return sign * (Number(significand) * 2 ** -112) * 2 ** exponent;
  const lost = BigInt(Math.min(-1022 - exponent, 128)) + 60n;
  const kept = significand >> lost;
  const rest = significand - (kept << lost);
  const half = 1n << (lost - 1n);
  const isUp = rest > half || (rest === half && (kept & 1n) === 1n);
  return sign * Number(isUp ? kept + 1n : kept) * 2 ** -1074;
}

/** Truncates towards zero and saturates, as {@link integerFromReal}, with all digits. */
export function integerFromQuad(bits: bigint, size: number, signed: boolean): bigint {
  const exponent = Number((bits >> quadFraction) & 0x7fffn) - quadBias;
  if (exponent < 0) return 0n;
  if (exponent >= 128) return integerFromReal(numberFromQuad(bits), size, signed);
  const significand = (bits & ((1n << quadFraction) - 1n)) | (1n << quadFraction);
  const shift = BigInt(exponent) - quadFraction;
  const magnitude = shift >= 0n ? significand << shift : significand >> -shift;
  const whole = bits >> 127n ? -magnitude : magnitude;
  const [low, high] = limits(size, signed);
  return whole < low ? low : whole > high ? high : whole;
}

/** Fewest decimal digits that read back as the same binary128. */
export function quadText(bits: bigint): string {
  const sign = bits >> 127n ? '-' : '';
  const exponent = Number((bits >> 112n) & 0x7fffn);
  const fraction = bits & ((1n << 112n) - 1n);
  if (exponent === 0x7fff) return fraction ? 'nan' : `${sign}inf`;
  if (exponent === 0 && fraction === 0n) return `${sign}0`;
  const significand = exponent ? fraction | (1n << 112n) : fraction;
  const power = (exponent || 1) - 16383 - 112;
  // value = numerator / denominator, half an ulp = half / denominator, everything doubled to stay whole.
  const numerator = power >= 0 ? (2n * significand) << BigInt(power) : 2n * significand;
  const denominator = power >= 0 ? 2n : 2n << BigInt(-power);
  const half = power >= 0 ? 1n << BigInt(power) : 1n;
  const decimalExponent = estimateExponent(numerator, denominator);
  for (let digits = 1; ; digits++) {
    const scale = decimalExponent - digits + 1;
    const [top, bottom] = scale >= 0 ? [numerator, denominator * 10n ** BigInt(scale)] : [numerator * 10n ** BigInt(-scale), denominator];
    const whole = (top * 2n + bottom) / (bottom * 2n);
    const error = whole * bottom > top ? whole * bottom - top : top - whole * bottom;
    const halfUlp = scale >= 0 ? half : half * 10n ** BigInt(-scale);
    if (error >= halfUlp && digits < 36) continue;
    const text = whole.toString();
    return sign + decimalText(text, decimalExponent + text.length - digits);
  }
}

/** floor(log10(numerator / denominator)) */
function estimateExponent(numerator: bigint, denominator: bigint): number {
  let exponent = numerator.toString().length - denominator.toString().length;
  const reaches = (e: number) => (e >= 0 ? numerator >= denominator * 10n ** BigInt(e) : numerator * 10n ** BigInt(-e) >= denominator);
  while (!reaches(exponent)) exponent--;
  while (reaches(exponent + 1)) exponent++;
  return exponent;
}

/** Digits with the point after the first one, written as JavaScript writes numbers. */
function decimalText(allDigits: string, exponent: number): string {
  const digits = allDigits.replace(/0+$/, '') || '0';
  if (exponent >= 21 || exponent < -6) {
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
  }
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  return digits.length <= exponent + 1
    ? digits.padEnd(exponent + 1, '0')
    : `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
