import type { Builder } from '../../engine/builder.ts';
import type { Expression, I32, Int, V128 } from '../../engine/expression.ts';
import {
  FLUSH,
  INEXACT,
  type Width,
  allLanes,
  constantOf,
  read,
  roundsQuietly,
  scalar,
  setVector,
  test,
  v,
  vBits,
  vectorConstant,
} from './lowered-float-support.ts';
import type { Lowerings } from './lowered-integer.ts';

const widths: readonly Width[] = [32, 64];

const roundings: Readonly<Record<string, string>> = { ZERO: 'trunc', TIEEVEN: 'nearest', POSINF: 'ceil', NEGINF: 'floor', TIEAWAY: 'away' };
const belowHalf: Readonly<Record<Width, bigint>> = { 32: 0x3eff_ffffn, 64: 0x3fdf_ffff_ffff_ffffn };
/** To an integer; halves away from zero by way of the number just below a half. */
export function rounded(b: Builder, bits: Width, how: string, value: Expression): Expression {
  const f = scalar(b, bits);
  if (how !== 'away') return b.let(f(how, value));
  return b.let(f('trunc', f('add', value, f('copysign', constantOf(b, bits, belowHalf[bits]), value))));
}
const powerBits = (bits: Width, exponent: number): bigint => BigInt(exponent + (bits === 64 ? 1023 : 127)) << (bits === 64 ? 52n : 23n);
const signBit = (bits: Width): bigint => 1n << BigInt(bits - 1);
const leastBits = (bits: Width, width: Width, isUnsigned: boolean): bigint =>
  isUnsigned ? 0n : signBit(bits) | powerBits(bits, width - 1);
const limitBits = (bits: Width, width: Width, isUnsigned: boolean): bigint => powerBits(bits, isUnsigned ? width : width - 1);

/** Nothing is flushed, and an inexact result is already known of, or is none. */
function convertsQuietly(b: Builder, exact: I32): I32 {
  const controls = b.let(b.floatControls());
  return b.and(b.eqz(b.and(controls, b.i64(FLUSH))), b.or(b.nez(b.and(controls, b.i64(INEXACT))), exact));
}
/** FCVT: in range, and exact or already known to be inexact. */
function toInteger(bits: Width, width: Width, isUnsigned: boolean, rounding: string, write: (b: Builder, value: Int) => void) {
  return (b: Builder): void => {
    const n = read(b, bits, 'n');
    const whole = rounded(b, bits, roundings[rounding], n);
    const inRange = b.and(
      test(b, bits, 'ge', whole, constantOf(b, bits, leastBits(bits, width, isUnsigned))),
      test(b, bits, 'lt', whole, constantOf(b, bits, limitBits(bits, width, isUnsigned))),
    );
    b.orCompute(b.and(inRange, convertsQuietly(b, test(b, bits, 'eq', whole, n))), () => {
      const type = width === 64 ? 'i64' : 'i32';
      write(b, b.operator<'i32' | 'i64'>(type, `${type}.trunc_sat_f${bits}_${isUnsigned ? 'u' : 's'}`, whole));
    });
  };
}
/** Integers this small have all their bits in a fraction. */
function isSmall(b: Builder, bits: Width, n: Int, isUnsigned: boolean): I32 {
  const limit = bits === 64 ? 2n ** 53n : 2n ** 24n;
  const sf = n.type === 'i64' ? 1 : 0;
  return isUnsigned ? b.leU(n, b.int(sf, limit)) : b.leU(b.add(n, b.int(sf, limit)), b.int(sf, 2n * limit));
}
function fromInteger(bits: Width, width: Width, isUnsigned: boolean, source: (b: Builder) => Int) {
  return (b: Builder): void => {
    const n = b.let(source(b));
    const result = b.operator(`f${bits}`, `f${bits}.convert_${n.type}_${isUnsigned ? 'u' : 's'}`, n);
    if (bits === 64 && width === 32) return b.setScalar('d', result);
    b.orCompute(roundsQuietly(b, isSmall(b, bits, n, isUnsigned)), () => b.setScalar('d', result));
  };
}

function vectorToInteger(bits: Width, Q: number, isUnsigned: boolean) {
  const sign = isUnsigned ? 'u' : 's';
  return (b: Builder): void => {
    const n = b.let(b.v('n'));
    const whole = b.let(v(b, bits, 'trunc', n));
    const inRange = vBits(
      b,
      'and',
      v(b, bits, 'ge', whole, vectorConstant(b, bits, leastBits(bits, bits, isUnsigned))),
      v(b, bits, 'lt', whole, vectorConstant(b, bits, limitBits(bits, bits, isUnsigned))),
    );
    const exact = allLanes(b, bits, Q, v(b, bits, 'eq', whole, n));
    b.orCompute(b.and(allLanes(b, bits, Q, inRange), convertsQuietly(b, exact)), () => {
      if (bits === 32) return setVector(b, Q, b.operator('v128', `i32x4.trunc_sat_f32x4_${sign}`, whole));
      const part = (lane: number) =>
        b.operator('i64', `i64.trunc_sat_f64_${sign}`, b.laneOperator('f64', 'f64x2.extract_lane', lane, whole));
      b.setV('d', b.laneOperator('v128', 'i64x2.replace_lane', 1, b.splat(3, part(0)), part(1)));
    });
  };
}
function vectorFromInteger(bits: Width, Q: number, isUnsigned: boolean) {
  const sign = isUnsigned ? 'u' : 's';
  return (b: Builder): void => {
    const n = b.let(b.v('n'));
    const part = (lane: number) => b.laneOperator('i64', 'i64x2.extract_lane', lane, n);
    let result: V128;
    let exact: I32;
    if (bits === 32) {
      result = b.operator('v128', `f32x4.convert_i32x4_${sign}`, n);
      const magnitude = isUnsigned ? n : b.operator('v128', 'i32x4.abs', n);
      exact = allLanes(b, 32, Q, b.operator('v128', 'i32x4.le_u', magnitude, vectorConstant(b, 32, 2n ** 24n)));
    } else {
      const converted = (lane: number) => b.operator('f64', `f64.convert_i64_${sign}`, part(lane));
      result = b.laneOperator('v128', 'f64x2.replace_lane', 1, b.operator('v128', 'f64x2.splat', converted(0)), converted(1));
      exact = b.and(isSmall(b, 64, part(0), isUnsigned), isSmall(b, 64, part(1), isUnsigned));
    }
    b.orCompute(roundsQuietly(b, exact), () => setVector(b, Q, result));
  };
}

/** Conversions between floating-point numbers and integers. */
export function conversionLowerings(): Lowerings {
  const table: Lowerings = {};
  for (const bits of widths) {
    const letter = bits === 64 ? 'D' : 'S';
    for (const isUnsigned of [false, true]) {
      const kind = isUnsigned ? 'U' : 'S';
      for (const width of widths) {
        const register = width === 64 ? 'X' : 'W';
        for (const rounding of Object.keys(roundings)) {
          const write = (b: Builder, value: Int): void => b.write('d', value);
          table[`FCVT${rounding}${kind} ${register} ${letter}`] = toInteger(bits, width, isUnsigned, rounding, write);
        }
        table[`${kind}CVTF ${letter} ${register}`] = fromInteger(bits, width, isUnsigned, (b) => b.read(width === 64 ? 1 : 0, 'n'));
      }
      table[`FCVTZ${kind} ${letter}`] = toInteger(bits, bits, isUnsigned, 'ZERO', (b, value) => b.setScalar('d', value));
      table[`${kind}CVTF ${letter}`] = fromInteger(bits, bits, isUnsigned, (b) => (bits === 64 ? b.vLow('n') : b.wrap(b.vLow('n'))));
      for (const Q of bits === 64 ? [1] : [0, 1]) {
        const suffix = `${(Q ? 128 : 64) / bits}${letter}`;
        table[`FCVTZ${kind} ${suffix}`] = vectorToInteger(bits, Q, isUnsigned);
        table[`${kind}CVTF ${suffix}`] = vectorFromInteger(bits, Q, isUnsigned);
      }
    }
  }
  return table;
}
