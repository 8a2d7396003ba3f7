import type { Builder, Slot } from '../../engine/builder.ts';
import type { Expression, I32, V128 } from '../../engine/expression.ts';
import {
  type Width,
  widths,
  letterOf,
  roundsQuietly,
  infinityBits,
  scalar,
  test,
  read,
  isInRange,
  isZero,
  v,
  vBits,
  allLanes,
  setVector,
  normalRange,
  zeros,
  fusedScalar,
  isExactProduct,
  type Second,
  whole,
  byElement,
} from './lowered-float-support.ts';
import type { Lowerings } from './lowered-integer.ts';

/** Fused multiply-add: by the host's own operator where it has one that rounds once, else by sums that lose nothing. */

/** The same operators on one double or on two: conditions are masks of the doubles' width. */
interface Doubles<T extends 'f64' | 'v128', M extends 'i64' | 'v128'> {
  f(name: string, ...operands: readonly Expression<T>[]): Expression<T>;
  is(name: string, x: Expression<T>, y: Expression<T>): Expression<M>;
  i(name: 'and' | 'or' | 'xor' | 'add' | 'sub', x: Expression<M>, y: Expression<M>): Expression<M>;
  bits(x: Expression<T>): Expression<M>;
  float(x: Expression<M>): Expression<T>;
  constant(bits: bigint): Expression<M>;
  all(mask: Expression<M>): I32;
}
const one = (b: Builder): Doubles<'f64', 'i64'> => ({
  f: (name, ...operands) => b.let(b.operator('f64', `f64.${name}`, ...operands)),
  is: (name, x, y) => b.neg(b.zeroExtend(b.operator('i32', `f64.${name}`, x, y))),
  i: (name, x, y) => b[name](x, y),
  bits: (x) => b.operator('i64', 'i64.reinterpret_f64', x),
  float: (x) => b.let(b.operator('f64', 'f64.reinterpret_i64', x)),
  constant: (bits) => b.i64(bits),
  all: (mask) => b.nez(mask),
});
const two = (b: Builder): Doubles<'v128', 'v128'> => ({
  f: (name, ...operands) => b.let(b.operator('v128', `f64x2.${name}`, ...operands)),
  is: (name, x, y) => b.operator('v128', `f64x2.${name}`, x, y),
  i: (name, x, y) => b.operator('v128', name === 'add' || name === 'sub' ? `i64x2.${name}` : `v128.${name}`, x, y),
  bits: (x) => x,
  float: (x) => b.let(x),
  constant: (bits) => b.v128(BigInt.asUintN(64, bits) | (BigInt.asUintN(64, bits) << 64n)),
  all: (mask) => b.operator('i32', 'i64x2.all_true', mask),
});

/** x + y rounded, and what was lost (TwoSum). */
function twoSum<T extends 'f64' | 'v128', M extends 'i64' | 'v128'>(
  l: Doubles<T, M>,
  x: Expression<T>,
  y: Expression<T>,
): [Expression<T>, Expression<T>] {
  const sum = l.f('add', x, y);
  const other = l.f('sub', sum, x);
  return [sum, l.f('add', l.f('sub', x, l.f('sub', sum, other)), l.f('sub', y, other))];
}
/** x + y rounded to odd: an inexact result ends in a one bit, so that rounding it once more is as good as rounding the exact sum. */
function oddSum<T extends 'f64' | 'v128', M extends 'i64' | 'v128'>(
  b: Builder,
  l: Doubles<T, M>,
  x: Expression<T>,
  y: Expression<T>,
): { sum: Expression<T>; error: Expression<T> } {
  const zero = l.float(l.constant(0n));
  const [sum, error] = twoSum(l, x, y);
  const bits = b.let(l.bits(sum)) as Expression<M>;
  // All ones where the sum is even and inexact.
  const wrong = l.i('and', l.is('ne', error, zero), l.i('sub', l.i('and', bits, l.constant(1n)), l.constant(1n)));
  // +1 where the error leads away from zero, else -1.
  const towards = l.i('or', l.i('xor', l.is('gt', error, zero), l.is('gt', sum, zero)), l.constant(1n));
  return { sum: l.float(l.i('add', bits, l.i('and', wrong, towards))), error };
}

/**
 * a × b + c rounded once, for products that are not so small that their low half is lost (Boldo and Melquiond, "Emulation of a FMA and correctly rounded
 * sums: proved algorithms using rounding to odd").
 */
function fusedDoubles<T extends 'f64' | 'v128', M extends 'i64' | 'v128'>(
  b: Builder,
  l: Doubles<T, M>,
  x: Expression<T>,
  y: Expression<T>,
  addend: Expression<T>,
): { result: Expression<T>; isFine: I32; exact: I32 } {
  const split = (value: Expression<T>): [Expression<T>, Expression<T>] => {
    const scaled = l.f('mul', value, l.float(l.constant(0x41a0_0000_0200_0000n)));
    const high = l.f('sub', scaled, l.f('sub', scaled, value));
    return [high, l.f('sub', value, high)];
  };
  const [xh, xl] = split(x);
  const [yh, yl] = split(y);
  const product = l.f('mul', x, y);
  let low = l.f('sub', l.f('mul', xh, yh), product);
  for (const [p, q] of [
    [xh, yl],
    [xl, yh],
    [xl, yl],
  ])
    low = l.f('add', low, l.f('mul', p, q));
  const [uh, ul] = twoSum(l, addend, low);
  const [th, tl] = twoSum(l, product, uh);
  const { sum } = oddSum(b, l, tl, ul);
  const rounded = b.let(l.bits(l.f('add', th, sum))) as Expression<M>;

  const zero = l.float(l.constant(0n));
  // With a factor of zero the sum is exact, but for its sign when it is zero too.
  const zeroFactor = b.let(l.i('or', l.is('eq', x, zero), l.is('eq', y, zero))) as Expression<M>;
  const plain = l.bits(l.f('add', product, addend));
  const result = l.float(l.i('xor', rounded, l.i('and', l.i('xor', rounded, plain), zeroFactor)));
  const least = l.float(l.constant(BigInt(1023 - 900) << 52n));
  const largeEnough = l.i('or', zeroFactor, l.is('gt', l.f('abs', product), least));
  const finite = l.is('lt', l.f('abs', result), l.float(l.constant(infinityBits[64])));
  const isFine = l.all(l.i('and', largeEnough, finite));
  const exact = l.all(l.i('and', l.is('eq', tl, zero), l.is('eq', ul, zero)));
  return { result, isFine, exact };
}

type Negation = readonly [product: boolean, addend: boolean];

/** By the host's own fused operator. */
function fusedByHost(b: Builder, bits: Width, [negatesProduct, negatesAddend]: Negation): void {
  const f = scalar(b, bits);
  const n = negatesProduct ? b.let(f('neg', read(b, bits, 'n'))) : read(b, bits, 'n');
  const m = read(b, bits, 'm');
  const a = negatesAddend ? b.let(f('neg', read(b, bits, 'a'))) : read(b, bits, 'a');
  const result = b.let(fusedScalar(b, bits, n, m, a));
  const product = f('mul', n, m);
  const rest = (from: Expression, taken: Expression): Expression => f('sub', from, taken);
  const exact = b.and(
    isExactProduct(b, bits, n, m, product),
    b.and(test(b, bits, 'eq', rest(result, product), a), test(b, bits, 'eq', rest(result, a), product)),
  );
  const isZeroSum = b.and(isZero(b, bits, result), b.or(isZero(b, bits, n), isZero(b, bits, m)));
  b.orCompute(b.and(b.or(isInRange(b, bits, result), isZeroSum), roundsQuietly(b, exact)), () => b.setScalar('d', result));
}
function fusedDouble([negatesProduct, negatesAddend]: Negation) {
  return (b: Builder): void => {
    if (b.fuses) return fusedByHost(b, 64, [negatesProduct, negatesAddend]);
    const l = one(b);
    const n = negatesProduct ? l.f('neg', b.f64('n')) : b.let(b.f64('n'));
    const m = b.let(b.f64('m'));
    const a = negatesAddend ? l.f('neg', b.f64('a')) : b.let(b.f64('a'));
    const { result, isFine, exact } = fusedDoubles(b, l, n, m, a);
    b.orCompute(b.and(isFine, roundsQuietly(b, exact)), () => b.setScalar('d', result));
  };
}
/** The product of singles is exact as a double; the sum is rounded to odd, then to a single. */
function fusedSingle([negatesProduct, negatesAddend]: Negation) {
  return (b: Builder): void => {
    if (b.fuses) return fusedByHost(b, 32, [negatesProduct, negatesAddend]);
    const l = one(b);
    const promoted = (slot: Slot): Expression<'f64'> => b.operator('f64', 'f64.promote_f32', b.f32(slot));
    const product = l.f('mul', promoted('n'), promoted('m'));
    const a = promoted('a');
    const addend = negatesAddend ? l.f('neg', a) : b.let(a);
    const { sum, error } = oddSum(b, l, negatesProduct ? l.f('neg', product) : product, addend);
    const result = b.let(b.operator('f32', 'f32.demote_f64', sum));
    const nothingLost = b.and(isZero(b, 64, error), test(b, 64, 'eq', b.operator('f64', 'f64.promote_f32', result), sum));
    const fits = b.or(isInRange(b, 32, result), isZero(b, 64, sum));
    b.orCompute(b.and(fits, roundsQuietly(b, nothingLost)), () => b.setScalar('d', result));
  };
}
const fused: Readonly<Record<string, Negation>> = {
  FMADD: [false, false],
  FMSUB: [true, false],
  FNMADD: [true, true],
  FNMSUB: [false, true],
};

function vectorFusedByHost(b: Builder, bits: Width, Q: number, negates: boolean, second: Second): void {
  const [n, m, d] = [b.let(b.v('n')), second(b), b.let(b.v('d'))];
  const result = b.let(v(b, bits, negates ? 'relaxed_nmadd' : 'relaxed_madd', n, m, d));
  const zeroFactor = vBits(b, 'or', zeros(b, bits, n), zeros(b, bits, m));
  const fine = vBits(b, 'or', normalRange(b, bits, result), vBits(b, 'and', zeros(b, bits, result), zeroFactor));
  b.orCompute(b.and(allLanes(b, bits, Q, fine), roundsQuietly(b)), () => setVector(b, Q, result));
}
function vectorFusedDoubles(negates: boolean, second: Second) {
  return (b: Builder): void => {
    if (b.fuses) return vectorFusedByHost(b, 64, 1, negates, second);
    const l = two(b);
    const n = negates ? l.f('neg', b.v('n')) : b.let(b.v('n'));
    const { result, isFine, exact } = fusedDoubles(b, l, n, second(b), b.let(b.v('d')));
    b.orCompute(b.and(isFine, roundsQuietly(b, exact)), () => b.setV('d', result));
  };
}
function vectorFusedSingles(negates: boolean, Q: number, second: Second) {
  return (b: Builder): void => {
    if (b.fuses) return vectorFusedByHost(b, 32, Q, negates, second);
    const l = two(b);
    const m = second(b);
    const upper = (value: V128): V128 => b.shuffle(value, value, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
    const promoted = (value: V128): V128 => b.operator('v128', 'f64x2.promote_low_f32x4', value);
    const zero = b.v128(0n);
    const part = (take: (value: V128) => V128): { single: V128; isZeroSum: V128 } => {
      const product = l.f('mul', promoted(take(b.v('n'))), promoted(take(m)));
      const { sum } = oddSum(b, l, negates ? l.f('neg', product) : product, b.let(promoted(take(b.v('d')))));
      return { single: b.let(b.operator('v128', 'f32x4.demote_f64x2_zero', sum)), isZeroSum: l.is('eq', sum, zero) };
    };
    const low = part((value) => value);
    const evenWords = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];
    const lowBytes = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
    const high = Q ? part(upper) : low;
    const result = b.let(b.shuffle(low.single, high.single, lowBytes));
    const fine = vBits(b, 'or', normalRange(b, 32, result), b.shuffle(low.isZeroSum, high.isZeroSum, evenWords));
    b.orCompute(b.and(allLanes(b, 32, Q, fine), roundsQuietly(b)), () => setVector(b, Q, result));
  };
}

export function fusedLowerings(): Lowerings {
  const table: Lowerings = {};
  for (const bits of widths) {
    const letter = letterOf(bits);
    for (const [name, negation] of Object.entries(fused)) {
      table[`${name} ${letter}`] = bits === 64 ? fusedDouble(negation) : fusedSingle(negation);
    }
    for (const Q of bits === 64 ? [1] : [0, 1]) {
      const suffix = `${(Q ? 128 : 64) / bits}${letter}`;
      for (const [name, negates] of [
        ['FMLA', false],
        ['FMLS', true],
      ] as const) {
        for (const [place, second] of [
          ['', whole],
          [' by element', byElement(bits)],
        ] as const) {
          table[`${name} ${suffix}${place}`] = bits === 64 ? vectorFusedDoubles(negates, second) : vectorFusedSingles(negates, Q, second);
        }
      }
    }
  }
  return table;
}
