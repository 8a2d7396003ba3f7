import type { FloatStatus } from '../float/format.ts';
import { int, mask, saturate } from './lanes.ts';

/** One element's result from elements `n` and `m`, both unsigned, and the destination's old element `d`. */
export type Lane = (n: bigint, m: bigint, bits: number, status: FloatStatus, d: bigint) => bigint;

const both =
  (isUnsigned: boolean, combine: (n: bigint, m: bigint) => bigint): Lane =>
  (n, m, bits) =>
    combine(int(n, bits, isUnsigned), int(m, bits, isUnsigned));
const saturating =
  (isUnsigned: boolean, combine: (n: bigint, m: bigint) => bigint): Lane =>
  (n, m, bits, status) =>
    saturate(combine(int(n, bits, isUnsigned), int(m, bits, isUnsigned)), bits, isUnsigned, status);
const comparison =
  (isUnsigned: boolean, holds: (n: bigint, m: bigint) => boolean): Lane =>
  (n, m, bits) =>
    holds(int(n, bits, isUnsigned), int(m, bits, isUnsigned)) ? mask(bits) : 0n;
const absolute = (value: bigint): bigint => (value < 0n ? -value : value);
const larger = (n: bigint, m: bigint): bigint => (n > m ? n : m);
const smaller = (n: bigint, m: bigint): bigint => (n < m ? n : m);

/** Shift by the signed low byte of `m`, right if negative. */
const shiftBy =
  (isUnsigned: boolean, rounds: boolean, saturates: boolean): Lane =>
  (n, m, bits, status) => {
    const amount = BigInt.asIntN(8, m);
    const value = int(n, bits, isUnsigned);
    const shifted = amount >= 0n ? value << amount : (value + (rounds ? 1n << (-amount - 1n) : 0n)) >> -amount;
    return saturates ? saturate(shifted, bits, isUnsigned, status) : shifted;
  };

/** (± d << esize) + 2 × n × m, halved, high part. */
const doublingHigh =
  (rounds: boolean, accumulate: 0n | 1n | -1n): Lane =>
  (n, m, bits, status, d) => {
    const product = 2n * BigInt.asIntN(bits, n) * BigInt.asIntN(bits, m);
    const start = accumulate === 0n ? 0n : BigInt.asIntN(bits, d) << BigInt(bits);
    const total = start + (accumulate === -1n ? -product : product) + (rounds ? 1n << BigInt(bits - 1) : 0n);
    return saturate(total >> BigInt(bits), bits, false, status);
  };
export const sqrdmlah: Lane = doublingHigh(true, 1n);
export const sqrdmlsh: Lane = doublingHigh(true, -1n);
export const sqdmulh: Lane = doublingHigh(false, 0n);
export const sqrdmulh: Lane = doublingHigh(true, 0n);

/** PolynomialMult() */
export function polynomialMultiply(n: bigint, m: bigint): bigint {
  let result = 0n;
  for (let bit = 0n; n >> bit; bit++) if ((n >> bit) & 1n) result ^= m << bit;
  return result;
}

const signedAndUnsigned = (make: (isUnsigned: boolean) => Lane): readonly [Lane, Lane] => [make(false), make(true)];

/** Integer operations of "three same" by opcode: for U = 0 and U = 1. Pairwise and logical ones are elsewhere. */
export const threeSame: Readonly<Record<number, readonly [Lane, Lane | undefined]>> = {
  0b00000: signedAndUnsigned((u) => both(u, (n, m) => (n + m) >> 1n)),
  0b00001: signedAndUnsigned((u) => saturating(u, (n, m) => n + m)),
  0b00010: signedAndUnsigned((u) => both(u, (n, m) => (n + m + 1n) >> 1n)),
  0b00100: signedAndUnsigned((u) => both(u, (n, m) => (n - m) >> 1n)),
  0b00101: signedAndUnsigned((u) => saturating(u, (n, m) => n - m)),
  0b00110: signedAndUnsigned((u) => comparison(u, (n, m) => n > m)),
  0b00111: signedAndUnsigned((u) => comparison(u, (n, m) => n >= m)),
  0b01000: signedAndUnsigned((u) => shiftBy(u, false, false)),
  0b01001: signedAndUnsigned((u) => shiftBy(u, false, true)),
  0b01010: signedAndUnsigned((u) => shiftBy(u, true, false)),
  0b01011: signedAndUnsigned((u) => shiftBy(u, true, true)),
  0b01100: signedAndUnsigned((u) => both(u, larger)),
  0b01101: signedAndUnsigned((u) => both(u, smaller)),
  0b01110: signedAndUnsigned((u) => both(u, (n, m) => absolute(n - m))),
  0b01111: signedAndUnsigned((u) => (n, m, bits, _status, d) => d + absolute(int(n, bits, u) - int(m, bits, u))),
  0b10000: [both(true, (n, m) => n + m), both(true, (n, m) => n - m)],
  0b10001: [comparison(true, (n, m) => (n & m) !== 0n), comparison(true, (n, m) => n === m)],
  0b10010: [(n, m, _bits, _status, d) => d + n * m, (n, m, _bits, _status, d) => d - n * m],
  0b10011: [both(true, (n, m) => n * m), both(true, polynomialMultiply)],
  0b10100: signedAndUnsigned((u) => both(u, larger)),
  0b10101: signedAndUnsigned((u) => both(u, smaller)),
  0b10110: [sqdmulh, sqrdmulh],
  0b10111: [both(true, (n, m) => n + m), undefined],
};
export const PAIRWISE: ReadonlySet<number> = new Set([0b10100, 0b10101, 0b10111]);
const NO_DOUBLEWORDS = [0b00000, 0b00010, 0b00100, 0b01100, 0b01101, 0b01110, 0b01111, 0b10010, 0b10011, 0b10100, 0b10101];
/** Whether a size exists for an operation of {@link threeSame}. */
export function threeSameSizeExists(opcode: number, U: number, size: number): boolean {
  if (opcode === 0b10011 && U) return size === 0;
  if (opcode === 0b10110) return size === 1 || size === 2;
  return size < 3 || !NO_DOUBLEWORDS.includes(opcode);
}
/** Scalar forms of {@link threeSame}: only doublewords, or as the vector form. */
export const scalarThreeSame: ReadonlyMap<number, 'doubleword' | 'any'> = new Map<number, 'doubleword' | 'any'>([
  [0b00001, 'any'],
  [0b00101, 'any'],
  [0b01001, 'any'],
  [0b01011, 'any'],
  [0b10110, 'any'],
  [0b00110, 'doubleword'],
  [0b00111, 'doubleword'],
  [0b01000, 'doubleword'],
  [0b01010, 'doubleword'],
  [0b10000, 'doubleword'],
  [0b10001, 'doubleword'],
]);

/** Logical operations of "three same", by U and size. */
export const logical: readonly ((n: bigint, m: bigint, d: bigint) => bigint)[] = [
  (n, m) => n & m,
  (n, m) => n & ~m,
  (n, m) => n | m,
  (n, m) => n | ~m,
  (n, m) => n ^ m,
  (n, m, d) => m ^ ((m ^ n) & d),
  (n, m, d) => d ^ ((d ^ n) & m),
  (n, m, d) => d ^ ((d ^ n) & ~m),
];

const countLeadingZeros = (value: bigint, bits: number): bigint => BigInt(value === 0n ? bits : bits - value.toString(2).length);
const reverseIn =
  (group: number): OneLane =>
  () => {
    throw new Error(`REV${group} works on whole vectors`);
  };
const ones = (value: bigint): bigint => BigInt(value.toString(2).replaceAll('0', '').length);

/** One element's result from element `n`, unsigned, and the destination's old element. */
export type OneLane = (n: bigint, bits: number, status: FloatStatus, d: bigint) => bigint;
const zeroComparison =
  (holds: (n: bigint) => boolean): OneLane =>
  (n, bits) =>
    holds(BigInt.asIntN(bits, n)) ? mask(bits) : 0n;

/** Of "two-register miscellaneous" by U:opcode: elements in place. */
export const twoRegister: Readonly<
  Record<number, { readonly lane: OneLane; readonly sizes: readonly number[]; readonly scalar?: readonly number[] }>
> = {
  0b0_00000: { lane: reverseIn(64), sizes: [0, 1, 2] },
  0b1_00000: { lane: reverseIn(32), sizes: [0, 1] },
  0b0_00001: { lane: reverseIn(16), sizes: [0] },
  0b0_00011: {
    lane: (n, bits, status, d) => saturate(BigInt.asIntN(bits, d) + n, bits, false, status),
    sizes: [0, 1, 2, 3],
    scalar: [0, 1, 2, 3],
  },
  0b1_00011: {
    lane: (n, bits, status, d) => saturate(d + BigInt.asIntN(bits, n), bits, true, status),
    sizes: [0, 1, 2, 3],
    scalar: [0, 1, 2, 3],
  },
  0b0_00100: { lane: (n, bits) => countLeadingZeros((n ^ (n >> 1n)) & mask(bits - 1), bits - 1), sizes: [0, 1, 2] },
  0b1_00100: { lane: countLeadingZeros, sizes: [0, 1, 2] },
  0b0_00101: { lane: (n) => ones(n), sizes: [0] },
  0b0_00111: {
    lane: (n, bits, status) => saturate(absolute(BigInt.asIntN(bits, n)), bits, false, status),
    sizes: [0, 1, 2, 3],
    scalar: [0, 1, 2, 3],
  },
  0b1_00111: {
    lane: (n, bits, status) => saturate(-BigInt.asIntN(bits, n), bits, false, status),
    sizes: [0, 1, 2, 3],
    scalar: [0, 1, 2, 3],
  },
  0b0_01000: { lane: zeroComparison((n) => n > 0n), sizes: [0, 1, 2, 3], scalar: [3] },
  0b1_01000: { lane: zeroComparison((n) => n >= 0n), sizes: [0, 1, 2, 3], scalar: [3] },
  0b0_01001: { lane: zeroComparison((n) => n === 0n), sizes: [0, 1, 2, 3], scalar: [3] },
  0b1_01001: { lane: zeroComparison((n) => n <= 0n), sizes: [0, 1, 2, 3], scalar: [3] },
  0b0_01010: { lane: zeroComparison((n) => n < 0n), sizes: [0, 1, 2, 3], scalar: [3] },
  0b0_01011: { lane: (n, bits) => absolute(BigInt.asIntN(bits, n)), sizes: [0, 1, 2, 3], scalar: [3] },
  0b1_01011: { lane: (n) => -n, sizes: [0, 1, 2, 3], scalar: [3] },
};
