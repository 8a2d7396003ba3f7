import type { Builder } from '../../engine/builder.ts';
import type { V128 } from '../../engine/expression.ts';
import {
  type Width,
  widths,
  letterOf,
  roundsQuietly,
  flushesNothing,
  infinityBits,
  repeated,
  v,
  vBits,
  allLanes,
  setVector,
  magnitudeBelowInfinity,
  normalRange,
  zeros,
  type Second,
  whole,
  byElement,
} from './lowered-float-support.ts';
import type { Lowerings } from './lowered-integer.ts';

/** Floating-point on vectors by WebAssembly's operators, where `lowered-float.ts` would use its own on every element. */

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
/** On vectors. */
export function floatVectorLowerings(): Lowerings {
  const table: Lowerings = {};
  for (const bits of widths) {
    const letter = letterOf(bits);
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
    }
  }
  return table;
}
