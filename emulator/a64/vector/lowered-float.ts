import type { Builder } from '../../engine/builder.ts';
import type { Expression, I32 } from '../../engine/expression.ts';
import { rounded } from './lowered-conversions.ts';
import {
  MODE,
  type Width,
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
  isExactProduct,
} from './lowered-float-support.ts';
import type { Lowerings } from './lowered-integer.ts';

/**
 * Floating-point by WebAssembly's operators. They round to nearest and raise no flags, so they are used only where that is all there is
 * to it: FPCR says nothing else, FPSR.IXC is set already (or the result is exact), and the result is in range. Everything else is computed
 * by the host.
 */

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

/** On scalars. */
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
  }
  return table;
}
