/**
 * Expressions: pure trees over WebAssembly's operators, without side effects. One tree serves every engine: the code generators emit it,
 * the test oracle evaluates it with BigInt.
 */
export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

export interface Expression<T extends ValueType = ValueType> {
  readonly type: T;
  /** A WebAssembly instruction name (`i64.add`, `i32.load16_u`, `select`, `local.get`, `i64.const`), or `lazy`: if/else with a value. */
  readonly op: string;
  readonly operands: readonly Expression[];
  /** Constant value, local index, lane, or memory offset, as `op` needs. */
  readonly immediate?: bigint | number;
  /** Of `i8x16.shuffle`: 16 byte numbers, 0-15 of the first operand, 16-31 of the second. */
  readonly bytes?: readonly number[];
}

export type I32 = Expression<'i32'>;
export type I64 = Expression<'i64'>;
export type F32 = Expression<'f32'>;
export type F64 = Expression<'f64'>;
/** A V register's value. */
export type V128 = Expression<'v128'>;
/** A W or X register's value, by the instruction's `sf`. */
export type Int = Expression<'i32' | 'i64'>;

export const constant = (expression: Expression): bigint | undefined =>
  expression.op === 'i32.const' || expression.op === 'i64.const' ? BigInt(expression.immediate as bigint | number) : undefined;

/** Whether it is the constant 0. */
export const isZero = ({ op, immediate }: Expression): boolean =>
  (op === 'i32.const' || op === 'i64.const') && (immediate === 0 || immediate === 0n);
export const isConstant = ({ op }: Expression): boolean => op === 'i32.const' || op === 'i64.const';
