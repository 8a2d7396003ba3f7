import {
  FPSR,
  type FloatBits,
  type FloatStatus,
  type Real,
  type Unpacked,
  bitLength,
  fpAbs,
  fpInfinity,
  fpInvalid,
  fpNeg,
  fpProcessNaN,
  fpProcessNaNs,
  fpRound,
  fpUnpack,
  fpZero,
  fpZeroSum,
  isNaN,
} from './format.ts';

const opposite = (sign: 0 | 1): 0 | 1 => (sign ? 0 : 1);
const signXor = (a: Real, b: Real): 0 | 1 => (a.sign === b.sign ? 0 : 1);

function sum(a: Real, b: Real): Real {
  const e = Math.min(a.e, b.e);
  const term = ({ sign, m, e: own }: Real): bigint => (sign ? -m : m) << BigInt(own - e);
  const total = term(a) + term(b);
  return { sign: total < 0n ? 1 : 0, m: total < 0n ? -total : total, e };
}
/** Sum of exact numbers. A zero has no exponent of its own: it must not widen the other. */
const exactSum = (a: Real, b: Real): Real => (a.m === 0n ? b : b.m === 0n ? a : sum(a, b));
const product = (a: Real, b: Real): Real => ({ sign: signXor(a, b), m: a.m * b.m, e: a.e + b.e });
const rounded = (bits: FloatBits, value: Real, status: FloatStatus): bigint =>
  value.m === 0n ? fpZeroSum(bits, status) : fpRound(bits, value, status);

type Binary = (bits: FloatBits, op1: bigint, op2: bigint, status: FloatStatus) => bigint;

export const fpAdd: Binary = (bits, op1, op2, status) => {
  const [a, b] = [fpUnpack(bits, op1, status), fpUnpack(bits, op2, status)];
  return addUnpacked(bits, a, op1, b, op2, a, b, status);
};
export const fpSub: Binary = (bits, op1, op2, status) => {
  const [a, b] = [fpUnpack(bits, op1, status), fpUnpack(bits, op2, status)];
  return addUnpacked(bits, a, op1, b, op2, a, { ...b, sign: opposite(b.sign) }, status);
};
function addUnpacked(
  bits: FloatBits,
  nan1: Unpacked,
  op1: bigint,
  nan2: Unpacked,
  op2: bigint,
  a: Unpacked,
  b: Unpacked,
  status: FloatStatus,
): bigint {
  const nan = fpProcessNaNs(
    bits,
    [
      [nan1, op1],
      [nan2, op2],
    ],
    status,
  );
  if (nan !== undefined) return nan;
  if (a.type === 'infinity' || b.type === 'infinity') {
    if (a.type === b.type && a.sign !== b.sign) return fpInvalid(bits, status);
    return fpInfinity(bits, a.type === 'infinity' ? a.sign : b.sign);
  }
  if (a.type === 'zero' && b.type === 'zero' && a.sign === b.sign) return fpZero(bits, a.sign);
  return rounded(bits, exactSum(a, b), status);
}

/** FPMul(), and FPMulX() where infinity times zero is two. */
const multiply =
  (extended: boolean): Binary =>
  (bits, op1, op2, status) => {
    const [a, b] = [fpUnpack(bits, op1, status), fpUnpack(bits, op2, status)];
    const nan = fpProcessNaNs(
      bits,
      [
        [a, op1],
        [b, op2],
      ],
      status,
    );
    if (nan !== undefined) return nan;
    const sign = signXor(a, b);
    if (a.type === 'infinity' || b.type === 'infinity') {
      if (a.type !== 'zero' && b.type !== 'zero') return fpInfinity(bits, sign);
      return extended ? fpRound(bits, { sign, m: 2n, e: 0 }, status) : fpInvalid(bits, status);
    }
    if (a.type === 'zero' || b.type === 'zero') return fpZero(bits, sign);
    return fpRound(bits, product(a, b), status);
  };
export const fpMul: Binary = multiply(false);
export const fpMulX: Binary = multiply(true);

export const fpDiv: Binary = (bits, op1, op2, status) => {
  const [a, b] = [fpUnpack(bits, op1, status), fpUnpack(bits, op2, status)];
  const nan = fpProcessNaNs(
    bits,
    [
      [a, op1],
      [b, op2],
    ],
    status,
  );
  if (nan !== undefined) return nan;
  const sign = signXor(a, b);
  if ((a.type === 'infinity' && b.type === 'infinity') || (a.type === 'zero' && b.type === 'zero')) return fpInvalid(bits, status);
  if (a.type === 'infinity' || b.type === 'zero') {
    if (a.type !== 'infinity') status.fpsr |= FPSR.DZC;
    return fpInfinity(bits, sign);
  }
  if (a.type === 'zero' || b.type === 'infinity') return fpZero(bits, sign);
  const scaled = a.m << 130n;
  const quotient = scaled / b.m;
  const sticky = quotient * b.m === scaled ? 0n : 1n;
  return fpRound(bits, { sign, m: (quotient << 1n) | sticky, e: a.e - b.e - 131 }, status);
};

export function fpMulAdd(bits: FloatBits, addend: bigint, op1: bigint, op2: bigint, status: FloatStatus): bigint {
  const [c, a, b] = [addend, op1, op2].map((op) => fpUnpack(bits, op, status));
  const nan = fpProcessNaNs(
    bits,
    [
      [c, addend],
      [a, op1],
      [b, op2],
    ],
    status,
  );
  const isInvalidProduct = (a.type === 'infinity' && b.type === 'zero') || (a.type === 'zero' && b.type === 'infinity');
  if (c.type === 'qnan' && isInvalidProduct) return fpInvalid(bits, status);
  if (nan !== undefined) return nan;
  const sign = signXor(a, b);
  const isInfiniteProduct = a.type === 'infinity' || b.type === 'infinity';
  if (isInvalidProduct || (c.type === 'infinity' && isInfiniteProduct && c.sign !== sign)) return fpInvalid(bits, status);
  if (c.type === 'infinity') return fpInfinity(bits, c.sign);
  if (isInfiniteProduct) return fpInfinity(bits, sign);
  if (c.type === 'zero' && (a.type === 'zero' || b.type === 'zero') && c.sign === sign) return fpZero(bits, sign);
  return rounded(bits, exactSum(c, product(a, b)), status);
}

function squareRoot(n: bigint): bigint {
  let x = 1n << BigInt((bitLength(n) + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}
export function fpSqrt(bits: FloatBits, op: bigint, status: FloatStatus): bigint {
  const a = fpUnpack(bits, op, status);
  if (isNaN(a)) return fpProcessNaN(bits, a, op, status);
  if (a.type === 'zero') return fpZero(bits, a.sign);
  if (a.sign) return fpInvalid(bits, status);
  if (a.type === 'infinity') return fpInfinity(bits, 0);
  const odd = a.e & 1;
  const scaled = a.m << BigInt(130 + odd);
  const root = squareRoot(scaled);
  const sticky = root * root === scaled ? 0n : 1n;
  return fpRound(bits, { sign: 0, m: (root << 1n) | sticky, e: (a.e - odd) / 2 - 66 }, status);
}

/** -1, 0 or 1; neither is a NaN. */
function order(a: Unpacked, b: Unpacked): number {
  const rank = ({ type, sign }: Unpacked): number => (type === 'infinity' ? (sign ? -1 : 1) : 0);
  if (a.type === 'infinity' || b.type === 'infinity') return Math.sign(rank(a) - rank(b));
  const difference = exactSum(a, { ...b, sign: opposite(b.sign) });
  return difference.m === 0n ? 0 : difference.sign ? -1 : 1;
}

const choose =
  (wantGreater: boolean): Binary =>
  (bits, op1, op2, status) => {
    const [a, b] = [fpUnpack(bits, op1, status), fpUnpack(bits, op2, status)];
    const nan = fpProcessNaNs(
      bits,
      [
        [a, op1],
        [b, op2],
      ],
      status,
    );
    if (nan !== undefined) return nan;
    const direction = order(a, b);
    const chosen = (wantGreater ? direction > 0 : direction < 0) ? a : b;
    if (chosen.type === 'infinity') return fpInfinity(bits, chosen.sign);
    if (chosen.type === 'zero') return fpZero(bits, wantGreater ? a.sign & b.sign : a.sign | b.sign);
    return fpRound(bits, chosen, status);
  };
export const fpMax: Binary = choose(true);
export const fpMin: Binary = choose(false);

const numeric =
  (compare: Binary, replacementSign: number): Binary =>
  (bits, op1, op2, status) => {
    const [a, b] = [fpUnpack(bits, op1, status), fpUnpack(bits, op2, status)];
    if (a.type === 'qnan' && b.type !== 'qnan') return compare(bits, fpInfinity(bits, replacementSign), op2, status);
    if (b.type === 'qnan' && a.type !== 'qnan') return compare(bits, op1, fpInfinity(bits, replacementSign), status);
    return compare(bits, op1, op2, status);
  };
export const fpMaxNum: Binary = numeric(fpMax, 1);
export const fpMinNum: Binary = numeric(fpMin, 0);

/** FPRecipStepFused(): 2 - op1 × op2. */
export const fpRecipStep: Binary = (bits, op1, op2, status) => step(bits, fpNeg(bits, op1), op2, { sign: 0, m: 2n, e: 0 }, 0, status);
/** FPRSqrtStepFused(): (3 - op1 × op2) / 2. */
export const fpRSqrtStep: Binary = (bits, op1, op2, status) => step(bits, fpNeg(bits, op1), op2, { sign: 0, m: 3n, e: 0 }, -1, status);
function step(bits: FloatBits, op1: bigint, op2: bigint, constant: Real, scale: number, status: FloatStatus): bigint {
  const [a, b] = [fpUnpack(bits, op1, status), fpUnpack(bits, op2, status)];
  const nan = fpProcessNaNs(
    bits,
    [
      [a, op1],
      [b, op2],
    ],
    status,
  );
  if (nan !== undefined) return nan;
  if (a.type === 'infinity' || b.type === 'infinity') {
    // Infinity times zero counts as zero: 2, or 1.5.
    if (a.type === 'zero' || b.type === 'zero') return fpRound(bits, { ...constant, e: constant.e + scale }, status);
    return fpInfinity(bits, signXor(a, b));
  }
  const value = exactSum(constant, product(a, b));
  return rounded(bits, { ...value, e: value.e + scale }, status);
}

/** FPCompare(): NZCV. */
export function fpCompare(bits: FloatBits, op1: bigint, op2: bigint, signalNaNs: boolean, status: FloatStatus): number {
  const [a, b] = [fpUnpack(bits, op1, status), fpUnpack(bits, op2, status)];
  if (isNaN(a) || isNaN(b)) {
    if (a.type === 'snan' || b.type === 'snan' || signalNaNs) status.fpsr |= FPSR.IOC;
    return 0b0011;
  }
  return [0b1000, 0b0110, 0b0010][order(a, b) + 1];
}

export type Comparison = 'EQ' | 'GE' | 'GT' | 'LE' | 'LT';
/** FPCompareEQ(), FPCompareGE(), FPCompareGT(). */
export function fpCompareIs(bits: FloatBits, comparison: Comparison, op1: bigint, op2: bigint, status: FloatStatus): boolean {
  const nzcv = fpCompare(bits, op1, op2, comparison !== 'EQ', status);
  switch (comparison) {
    case 'EQ':
      return nzcv === 0b0110;
    case 'GE':
      return nzcv === 0b0110 || nzcv === 0b0010;
    case 'GT':
      return nzcv === 0b0010;
    case 'LE':
      return nzcv === 0b0110 || nzcv === 0b1000;
    case 'LT':
      return nzcv === 0b1000;
  }
}

export const fpAbsoluteDifference: Binary = (bits, op1, op2, status) => fpAbs(bits, fpSub(bits, op1, op2, status));
/** FNMUL */
export const fpNegatedMul: Binary = (bits, op1, op2, status) => fpNeg(bits, fpMul(bits, op1, op2, status));
