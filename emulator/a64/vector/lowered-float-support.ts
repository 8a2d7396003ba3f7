import type { Builder, Slot } from '../../engine/builder.ts';
import type { Expression, I32, V128 } from '../../engine/expression.ts';

/** FPCR in the low half, FPSR in the high half, as {@link Builder.floatControls} has them. */
export const MODE = 0x03c0_0000n;
export const FLUSH = 0x0100_0000n;
export const INEXACT = 0x10n << 32n;

export type Width = 32 | 64;
export const widths: readonly Width[] = [32, 64];
export const letterOf = (bits: Width): string => (bits === 64 ? 'D' : 'S');
export const typeOf = (bits: Width): 'f32' | 'f64' => (bits === 64 ? 'f64' : 'f32');

/** FPCR rounds to nearest and flushes nothing, and one more inexact result changes nothing; `exact`: or there is none. */
export function roundsQuietly(b: Builder, exact?: I32): I32 {
  const controls = b.let(b.floatControls());
  const quiet = b.eq(b.and(controls, b.i64(MODE | INEXACT)), b.i64(INEXACT));
  return exact ? b.lazy(quiet, b.i32(1), b.and(b.eqz(b.and(controls, b.i64(MODE))), exact)) : quiet;
}
export const flushesNothing = (b: Builder): I32 => b.eqz(b.and(b.floatControls(), b.i64(FLUSH)));

export const minimumNormal: Readonly<Record<Width, bigint>> = { 32: 0x0080_0000n, 64: 0x0010_0000_0000_0000n };
export const infinityBits: Readonly<Record<Width, bigint>> = { 32: 0x7f80_0000n, 64: 0x7ff0_0000_0000_0000n };

/** Operators on scalars: conditions are i32. */
export interface Scalar {
  (name: string, ...operands: readonly Expression[]): Expression;
}
export const scalar = (b: Builder, bits: Width): Scalar => {
  const type = typeOf(bits);
  return (name, ...operands) => b.operator(type, `${type}.${name}`, ...operands);
};
export const test = (b: Builder, bits: Width, name: string, x: Expression, y: Expression): I32 =>
  b.operator('i32', `${typeOf(bits)}.${name}`, x, y);
export const constantOf = (b: Builder, bits: Width, value: bigint): Expression =>
  bits === 64 ? b.operator('f64', 'f64.reinterpret_i64', b.i64(value)) : b.operator('f32', 'f32.reinterpret_i32', b.i32(Number(value)));
export const read = (b: Builder, bits: Width, slot: Slot): Expression => b.let<'f32' | 'f64'>(bits === 64 ? b.f64(slot) : b.f32(slot));

export const isFinite = (b: Builder, bits: Width, value: Expression): I32 =>
  test(b, bits, 'lt', scalar(b, bits)('abs', value), constantOf(b, bits, infinityBits[bits]));
/** Finite, and larger than the smallest normal number, whatever was rounded. */
export function isInRange(b: Builder, bits: Width, value: Expression): I32 {
  const magnitude = b.let(scalar(b, bits)('abs', value));
  return b.and(
    test(b, bits, 'lt', magnitude, constantOf(b, bits, infinityBits[bits])),
    test(b, bits, 'gt', magnitude, constantOf(b, bits, minimumNormal[bits])),
  );
}
export const isZero = (b: Builder, bits: Width, value: Expression): I32 => test(b, bits, 'eq', value, constantOf(b, bits, 0n));
export const isOrdered = (b: Builder, bits: Width, value: Expression): I32 => test(b, bits, 'eq', value, value);

export const vectorNames: Readonly<Record<Width, string>> = { 32: 'f32x4', 64: 'f64x2' };
export const repeated = (bits: Width, value: bigint): bigint => {
  let constant = 0n;
  for (let at = 0; at < 128; at += bits) constant |= value << BigInt(at);
  return constant;
};
export const v = (b: Builder, bits: Width, name: string, ...operands: readonly V128[]): V128 =>
  b.operator('v128', `${vectorNames[bits]}.${name}`, ...operands);
export const vBits = (b: Builder, name: string, ...operands: readonly V128[]): V128 => b.operator('v128', `v128.${name}`, ...operands);
/** All lanes; of a 64-bit vector of singles only two. */
export const allLanes = (b: Builder, bits: Width, Q: number, mask: V128): I32 =>
  Q ? b.operator('i32', `${bits === 64 ? 'i64x2' : 'i32x4'}.all_true`, mask) : b.eq(b.lowHalf(mask), b.i64(-1));
export const setVector = (b: Builder, Q: number, value: V128): void => (Q ? b.setV('d', value) : b.setScalar('d', b.lowHalf(value)));
export const magnitudeBelowInfinity = (b: Builder, bits: Width, value: V128): V128 =>
  v(b, bits, 'lt', v(b, bits, 'abs', value), b.v128(repeated(bits, infinityBits[bits])));
export const normalRange = (b: Builder, bits: Width, value: V128): V128 => {
  const magnitude = b.let(v(b, bits, 'abs', value));
  return vBits(
    b,
    'and',
    v(b, bits, 'lt', magnitude, b.v128(repeated(bits, infinityBits[bits]))),
    v(b, bits, 'gt', magnitude, b.v128(repeated(bits, minimumNormal[bits]))),
  );
};
export const zeros = (b: Builder, bits: Width, value: V128): V128 => v(b, bits, 'eq', value, b.v128(0n));

export const vectorConstant = (b: Builder, bits: Width, value: bigint): V128 => b.v128(repeated(bits, value));

/** n × m + addend rounded once, where the host has that. */
export function fusedScalar(b: Builder, bits: Width, n: Expression, m: Expression, addend: Expression): Expression {
  const splat = (value: Expression): V128 => b.operator('v128', `${vectorNames[bits]}.splat`, value);
  const sum = b.operator('v128', `${vectorNames[bits]}.relaxed_madd`, splat(n), splat(m), splat(addend));
  return b.laneOperator(typeOf(bits), `${vectorNames[bits]}.extract_lane`, 0, sum);
}
/** Whether n × m is `product`, nothing lost. Where what is lost could be too small to see, it does not say so. */
export function isExactProduct(b: Builder, bits: Width, n: Expression, m: Expression, product: Expression): I32 {
  const f = scalar(b, bits);
  const least = constantOf(b, bits, bits === 64 ? BigInt(1023 - 900) << 52n : BigInt(127 - 90) << 23n);
  const lost = fusedScalar(b, bits, n, m, f('neg', product));
  const isVisible = test(b, bits, 'gt', f('abs', product), least);
  return b.or(b.and(isVisible, isZero(b, bits, lost)), b.or(isZero(b, bits, n), isZero(b, bits, m)));
}

/** V[m], or one of its elements in every lane. */
export type Second = (b: Builder) => V128;
export const whole: Second = (b) => b.let(b.v('m'));
export const byElement =
  (bits: Width): Second =>
  (b) =>
    b.let(b.splat(bits === 64 ? 3 : 2, b.element(bits === 64 ? 3 : 2, 'm', b.imm2())));
