import type { Builder, Slot } from '../../engine/builder.ts';
import type { Expression, I32, V128 } from '../../engine/expression.ts';
import { rounded } from './lowered-conversions.ts';
import {
  type Width,
  MODE,
  widths,
  letterOf,
  typeOf,
  roundsQuietly,
  flushesNothing,
  infinityBits,
  scalar,
  test,
  constantOf,
  read,
  isFinite,
  isInRange,
  isZero,
  isOrdered,
  vectorNames,
  repeated,
  v,
  vBits,
  allLanes,
  setVector,
  magnitudeBelowInfinity,
  normalRange,
  zeros,
} from './lowered-float-support.ts';
import type { Lowerings } from './lowered-integer.ts';

/**
 * Floating-point by WebAssembly's operators. They round to nearest and raise no flags, so they are used only where that is all there is
 * to it: FPCR says nothing else, FPSR.IXC is set already (or the result is exact), and the result is in range. Everything else is computed
 * by the host.
 */

/** n × m + addend rounded once, where the host has that. */
function fusedScalar(b: Builder, bits: Width, n: Expression, m: Expression, addend: Expression): Expression {
  const splat = (value: Expression): V128 => b.operator('v128', `${vectorNames[bits]}.splat`, value);
  const sum = b.operator('v128', `${vectorNames[bits]}.relaxed_madd`, splat(n), splat(m), splat(addend));
  return b.laneOperator(typeOf(bits), `${vectorNames[bits]}.extract_lane`, 0, sum);
}
/** Whether n × m is `product`, nothing lost. Where what is lost could be too small to see, it does not say so. */
function isExactProduct(b: Builder, bits: Width, n: Expression, m: Expression, product: Expression): I32 {
  const f = scalar(b, bits);
  const least = constantOf(b, bits, bits === 64 ? BigInt(1023 - 900) << 52n : BigInt(127 - 90) << 23n);
  const lost = fusedScalar(b, bits, n, m, f('neg', product));
  const isVisible = test(b, bits, 'gt', f('abs', product), least);
  return b.or(b.and(isVisible, isZero(b, bits, lost)), b.or(isZero(b, bits, n), isZero(b, bits, m)));
}

/** A sum is never tiny and inexact. */
function addition(name: 'add' | 'sub', bits: Width, isAbsolute = false) {
  return (b: Builder): void => {
    const f = scalar(b, bits);
    const [n, m] = [read(b, bits, 'n'), read(b, bits, 'm')];
    sum(b, name, bits, n, m, (result) => b.setScalar('d', isAbsolute ? f('abs', result) : result));
  };
}
/** `write` gets the sum or difference. */
function sum(b: Builder, name: 'add' | 'sub', bits: Width, n: Expression, m: Expression, write: (result: Expression) => void): void {
  const f = scalar(b, bits);
  const result = b.let(f(name, n, m));
  // Taking either operand from the result leaves the other: nothing was lost.
  const rest = f('sub', result, n);
  const exact = b.and(
    name === 'add' ? test(b, bits, 'eq', rest, m) : test(b, bits, 'eq', f('neg', rest), m),
    test(b, bits, 'eq', f(name === 'add' ? 'sub' : 'add', result, m), n),
  );
  b.orCompute(b.and(isFinite(b, bits, result), roundsQuietly(b, exact)), () => write(result));
}
/** FADDP (scalar): V[n]'s two lowest elements. */
function pairwiseAddition(bits: Width) {
  return (b: Builder): void => {
    const lane = (index: number): Expression => b.let(b.laneOperator(typeOf(bits), `${vectorNames[bits]}.extract_lane`, index, b.v('n')));
    sum(b, 'add', bits, lane(0), lane(1), (result) => b.setScalar('d', result));
  };
}
function multiplication(bits: Width, negates: boolean) {
  return (b: Builder): void => {
    const f = scalar(b, bits);
    const [n, m] = [read(b, bits, 'n'), read(b, bits, 'm')];
    const result = b.let(f('mul', n, m));
    const promoted = (value: Expression): Expression => b.operator('f64', 'f64.promote_f32', value);
    const exact = b.fuses
      ? isExactProduct(b, bits, n, m, result)
      : bits === 32
        ? test(b, 64, 'eq', b.operator('f64', 'f64.mul', promoted(n), promoted(m)), promoted(result))
        : b.eqz(b.and(b.or(b.vLow('n'), b.vLow('m')), b.i64(0x7ff_ffff)));
    const isZeroProduct = b.and(isZero(b, bits, result), b.or(isZero(b, bits, n), isZero(b, bits, m)));
    const condition = b.and(b.or(isInRange(b, bits, result), isZeroProduct), roundsQuietly(b, exact));
    b.orCompute(condition, () => b.setScalar('d', negates ? f('neg', result) : result));
  };
}
function division(bits: Width) {
  return (b: Builder): void => {
    const [n, m] = [read(b, bits, 'n'), read(b, bits, 'm')];
    const result = b.let(scalar(b, bits)('div', n, m));
    const isZeroQuotient = b.and(isZero(b, bits, result), isZero(b, bits, n));
    b.orCompute(
      b.and(
        b.or(isInRange(b, bits, result), isZeroQuotient),
        roundsQuietly(b, b.fuses ? isExactProduct(b, bits, result, m, n) : undefined),
      ),
      () => b.setScalar('d', result),
    );
  };
}
function squareRoot(bits: Width) {
  return (b: Builder): void => {
    const n = read(b, bits, 'n');
    const result = b.let(scalar(b, bits)('sqrt', n));
    const condition = b.and(
      test(b, bits, 'lt', result, constantOf(b, bits, infinityBits[bits])),
      roundsQuietly(b, b.fuses ? isExactProduct(b, bits, result, result, n) : undefined),
    );
    b.orCompute(condition, () => b.setScalar('d', result));
  };
}
/** Any NaN makes the result one. */
function extreme(name: 'max' | 'min', bits: Width) {
  return (b: Builder): void => {
    const result = b.let(scalar(b, bits)(name, read(b, bits, 'n'), read(b, bits, 'm')));
    b.orCompute(b.and(isOrdered(b, bits, result), flushesNothing(b)), () => b.setScalar('d', result));
  };
}
function roundToInteger(name: string, bits: Width, mode: 'any' | 'FPCR' | 'exact') {
  return (b: Builder): void => {
    const n = read(b, bits, 'n');
    const result = rounded(b, bits, name, n);
    const controls =
      mode === 'any'
        ? flushesNothing(b)
        : mode === 'FPCR'
          ? b.eqz(b.and(b.floatControls(), b.i64(MODE)))
          : roundsQuietly(b, test(b, bits, 'eq', result, n));
    b.orCompute(b.and(isOrdered(b, bits, n), controls), () => b.setScalar('d', result));
  };
}

function compare(bits: Width, withZero: boolean) {
  return (b: Builder): void => {
    const n = read(b, bits, 'n');
    const m = withZero ? constantOf(b, bits, 0n) : read(b, bits, 'm');
    const condition = b.and(b.and(isOrdered(b, bits, n), isOrdered(b, bits, m)), flushesNothing(b));
    b.orCompute(condition, () => b.setNzcv(orderFlags(b, bits, n, m)));
  };
}
function conditionalCompare(bits: Width, cond: number) {
  return (b: Builder): void => {
    const holds = b.let(b.condition(cond));
    const [n, m] = [read(b, bits, 'n'), read(b, bits, 'm')];
    const comparable = b.and(b.and(isOrdered(b, bits, n), isOrdered(b, bits, m)), flushesNothing(b));
    b.orCompute(b.or(b.eqz(holds), comparable), () => b.setNzcv(b.select(holds, orderFlags(b, bits, n, m), b.imm2())));
  };
}
const orderFlags = (b: Builder, bits: Width, n: Expression, m: Expression): I32 =>
  b.select(test(b, bits, 'lt', n, m), b.i32(0b1000), b.select(test(b, bits, 'eq', n, m), b.i32(0b0110), b.i32(0b0010)));

// --- fused multiply-add -------------------------------------------------------------------------------------------------------------

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

// --- vectors ------------------------------------------------------------------------------------------------------------------------

/** V[m], or one of its elements in every lane. */
type Second = (b: Builder) => V128;
const whole: Second = (b) => b.let(b.v('m'));
const byElement =
  (bits: Width): Second =>
  (b) =>
    b.let(b.splat(bits === 64 ? 3 : 2, b.element(bits === 64 ? 3 : 2, 'm', b.imm2())));

function vectorAddition(name: 'add' | 'sub', bits: Width, Q: number, isAbsolute = false) {
  return (b: Builder): void => {
    vectorSum(b, name, bits, Q, b.let(b.v('n')), b.let(b.v('m')), isAbsolute);
  };
}
/** FADDP: sums of the even and the odd elements of n, then m. */
function vectorPairwiseAddition(bits: Width, Q: number) {
  const bytes = bits / 8;
  const count = (Q ? 128 : 64) / bits;
  const part = (odd: number): number[] =>
    Array.from({ length: 16 }, (_, at) => {
      const element = (2 * Math.floor(at / bytes) + odd) % (2 * count);
      return (element < count ? element * bytes : 16 + (element - count) * bytes) + (at % bytes);
    });
  return (b: Builder): void => {
    const [n, m] = [b.let(b.v('n')), b.let(b.v('m'))];
    vectorSum(b, 'add', bits, Q, b.let(b.shuffle(n, m, part(0))), b.let(b.shuffle(n, m, part(1))), false);
  };
}
function vectorSum(b: Builder, name: 'add' | 'sub', bits: Width, Q: number, n: V128, m: V128, isAbsolute: boolean): void {
  const result = b.let(v(b, bits, name, n, m));
  const rest = v(b, bits, 'sub', result, n);
  const exact = vBits(
    b,
    'and',
    v(b, bits, 'eq', name === 'add' ? rest : v(b, bits, 'neg', rest), m),
    v(b, bits, 'eq', v(b, bits, name === 'add' ? 'sub' : 'add', result, m), n),
  );
  const condition = b.and(allLanes(b, bits, Q, magnitudeBelowInfinity(b, bits, result)), roundsQuietly(b, allLanes(b, bits, Q, exact)));
  b.orCompute(condition, () => setVector(b, Q, isAbsolute ? v(b, bits, 'abs', result) : result));
}
function vectorProduct(name: 'mul' | 'div', bits: Width, Q: number, second: Second) {
  return (b: Builder): void => {
    const [n, m] = [b.let(b.v('n')), second(b)];
    const result = b.let(v(b, bits, name, n, m));
    const zeroOperand = name === 'mul' ? vBits(b, 'or', zeros(b, bits, n), zeros(b, bits, m)) : zeros(b, bits, n);
    const fine = vBits(b, 'or', normalRange(b, bits, result), vBits(b, 'and', zeros(b, bits, result), zeroOperand));
    b.orCompute(b.and(allLanes(b, bits, Q, fine), roundsQuietly(b)), () => setVector(b, Q, result));
  };
}
/** Any NaN makes its lane of the result one. */
function vectorExtreme(name: 'max' | 'min', bits: Width, Q: number) {
  return (b: Builder): void => {
    const result = b.let(v(b, bits, name, b.v('n'), b.v('m')));
    const condition = b.and(allLanes(b, bits, Q, v(b, bits, 'eq', result, result)), flushesNothing(b));
    b.orCompute(condition, () => setVector(b, Q, result));
  };
}
function vectorRound(name: string, bits: Width, Q: number) {
  return (b: Builder): void => {
    const n = b.let(b.v('n'));
    const condition = b.and(allLanes(b, bits, Q, v(b, bits, 'eq', n, n)), flushesNothing(b));
    b.orCompute(condition, () => setVector(b, Q, v(b, bits, name, n)));
  };
}
function vectorSquareRoot(bits: Width, Q: number) {
  return (b: Builder): void => {
    const result = b.let(v(b, bits, 'sqrt', b.v('n')));
    const fine = v(b, bits, 'lt', result, b.v128(repeated(bits, infinityBits[bits])));
    b.orCompute(b.and(allLanes(b, bits, Q, fine), roundsQuietly(b)), () => setVector(b, Q, result));
  };
}
function vectorCompare(name: 'eq' | 'ge' | 'gt' | 'le' | 'lt', bits: Width, Q: number, withZero: boolean) {
  return (b: Builder): void => {
    const n = b.let(b.v('n'));
    const m = withZero ? b.v128(0n) : b.let(b.v('m'));
    const ordered = vBits(b, 'and', v(b, bits, 'eq', n, n), v(b, bits, 'eq', m, m));
    b.orCompute(b.and(allLanes(b, bits, Q, ordered), flushesNothing(b)), () => setVector(b, Q, v(b, bits, name, n, m)));
  };
}
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

const scalarBits: Readonly<Record<string, (b: Builder) => void>> = {
  'FMOV S': (b) => b.setScalar('d', b.wrap(b.vLow('n'))),
  'FMOV D': (b) => b.setScalar('d', b.vLow('n')),
  'FMOV immediate': (b) => b.setScalar('d', b.imm()),
  'FABS S': (b) => b.setScalar('d', b.and(b.wrap(b.vLow('n')), b.i32(0x7fff_ffff))),
  'FABS D': (b) => b.setScalar('d', b.and(b.vLow('n'), b.i64(0x7fff_ffff_ffff_ffffn))),
  'FNEG S': (b) => b.setScalar('d', b.xor(b.wrap(b.vLow('n')), b.i32(0x8000_0000))),
  'FNEG D': (b) => b.setScalar('d', b.xor(b.vLow('n'), b.i64(1n << 63n))),
  'FMOV W S': (b) => b.setW('d', b.wrap(b.vLow('n'))),
  'FMOV X D': (b) => b.setX('d', b.vLow('n')),
  'FMOV S W': (b) => b.setScalar('d', b.w('n')),
  'FMOV D X': (b) => b.setScalar('d', b.x('n')),
  'FMOV D[1] X': (b) => b.setElement(3, 'd', b.i32(1), b.x('n')),
  'FMOV X D[1]': (b) => b.setX('d', b.element(3, 'n', b.i32(1))),
  'FCVT D S': (b) => {
    const n = read(b, 32, 'n');
    b.orCompute(b.and(isOrdered(b, 32, n), flushesNothing(b)), () => b.setScalar('d', b.operator('f64', 'f64.promote_f32', n)));
  },
  'FCVT S D': (b) => {
    const n = read(b, 64, 'n');
    const result = b.let(b.operator('f32', 'f32.demote_f64', n));
    const exact = test(b, 64, 'eq', b.operator('f64', 'f64.promote_f32', result), n);
    const fits = b.or(isInRange(b, 32, result), isZero(b, 64, n));
    b.orCompute(b.and(fits, roundsQuietly(b, exact)), () => b.setScalar('d', result));
  },
};

/** Floating-point, scalar and vector. */
export function floatLowerings(): Lowerings {
  const table: Lowerings = { ...scalarBits };
  for (let cond = 0; cond < 14; cond++) {
    table[`FCSEL D ${cond}`] = (b) => b.setScalar('d', b.select(b.condition(cond), b.vLow('n'), b.vLow('m')));
    table[`FCSEL S ${cond}`] = (b) => b.setScalar('d', b.wrap(b.select(b.condition(cond), b.vLow('n'), b.vLow('m'))));
  }
  for (const bits of widths) {
    const letter = letterOf(bits);
    table[`FADD ${letter}`] = addition('add', bits);
    table[`FSUB ${letter}`] = addition('sub', bits);
    table[`FMUL ${letter}`] = multiplication(bits, false);
    table[`FNMUL ${letter}`] = multiplication(bits, true);
    table[`FDIV ${letter}`] = division(bits);
    table[`FSQRT ${letter}`] = squareRoot(bits);
    for (const suffix of ['', 'NM']) {
      table[`FMAX${suffix} ${letter}`] = extreme('max', bits);
      table[`FMIN${suffix} ${letter}`] = extreme('min', bits);
    }
    table[`FRINTN ${letter}`] = roundToInteger('nearest', bits, 'any');
    table[`FRINTP ${letter}`] = roundToInteger('ceil', bits, 'any');
    table[`FRINTM ${letter}`] = roundToInteger('floor', bits, 'any');
    table[`FRINTZ ${letter}`] = roundToInteger('trunc', bits, 'any');
    table[`FRINTA ${letter}`] = roundToInteger('away', bits, 'any');
    table[`FRINTI ${letter}`] = roundToInteger('nearest', bits, 'FPCR');
    table[`FRINTX ${letter}`] = roundToInteger('nearest', bits, 'exact');
    for (const suffix of ['', 'E']) {
      table[`FCMP${suffix} ${letter}`] = compare(bits, false);
      table[`FCMP${suffix}0 ${letter}`] = compare(bits, true);
    }
    for (let cond = 0; cond < 14; cond++) {
      for (const suffix of ['', 'E']) table[`FCCMP${suffix} ${letter} ${cond}`] = conditionalCompare(bits, cond);
    }
    table[`FABD ${letter}`] = addition('sub', bits, true);
    table[`FADDP ${letter}`] = pairwiseAddition(bits);
    for (const [name, negation] of Object.entries(fused)) {
      table[`${name} ${letter}`] = bits === 64 ? fusedDouble(negation) : fusedSingle(negation);
    }
    for (const Q of bits === 64 ? [1] : [0, 1]) {
      const suffix = `${(Q ? 128 : 64) / bits}${letter}`;
      table[`FADD ${suffix}`] = vectorAddition('add', bits, Q);
      table[`FSUB ${suffix}`] = vectorAddition('sub', bits, Q);
      table[`FMUL ${suffix}`] = vectorProduct('mul', bits, Q, whole);
      table[`FMUL ${suffix} by element`] = vectorProduct('mul', bits, Q, byElement(bits));
      table[`FDIV ${suffix}`] = vectorProduct('div', bits, Q, whole);
      table[`FABD ${suffix}`] = vectorAddition('sub', bits, Q, true);
      table[`FADDP ${suffix}`] = vectorPairwiseAddition(bits, Q);
      for (const kind of ['', 'NM']) {
        table[`FMAX${kind} ${suffix}`] = vectorExtreme('max', bits, Q);
        table[`FMIN${kind} ${suffix}`] = vectorExtreme('min', bits, Q);
      }
      table[`FRINTN ${suffix}`] = vectorRound('nearest', bits, Q);
      table[`FRINTP ${suffix}`] = vectorRound('ceil', bits, Q);
      table[`FRINTM ${suffix}`] = vectorRound('floor', bits, Q);
      table[`FRINTZ ${suffix}`] = vectorRound('trunc', bits, Q);
      table[`FSQRT ${suffix}`] = vectorSquareRoot(bits, Q);
      table[`FABS ${suffix}`] = (b) => setVector(b, Q, v(b, bits, 'abs', b.v('n')));
      table[`FNEG ${suffix}`] = (b) => setVector(b, Q, v(b, bits, 'neg', b.v('n')));
      for (const name of ['eq', 'ge', 'gt'] as const) table[`FCM${name.toUpperCase()} ${suffix}`] = vectorCompare(name, bits, Q, false);
      for (const name of ['eq', 'ge', 'gt', 'le', 'lt'] as const)
        table[`FCM${name.toUpperCase()}0 ${suffix}`] = vectorCompare(name, bits, Q, true);
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
