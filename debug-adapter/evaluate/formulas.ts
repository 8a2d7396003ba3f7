/**
 * Expressions as data that the machine itself computes at a breakpoint: integers over general registers and memory.
 * What is not of that sort has no formula; then its closures are asked.
 */
import type { Formula, FormulaOperator } from '../target/target.ts';
import { scalarOf, wrap } from './c-types.ts';
import type { Typed } from './typed.ts';

/** Where a value is, as far as the machine can find it. */
export type FormulaPlace =
  | { readonly kind: 'memory'; readonly address: Formula }
  /** The low bytes of X0-X30, or of SP (31). */
  | { readonly kind: 'register'; readonly index: number };

export const constantFormula = (value: bigint): Formula => ({ kind: 'constant', value: BigInt.asIntN(64, value) });
export const registerFormula = (index: number): Formula => ({ kind: 'register', index });
export const binaryFormula = (operator: FormulaOperator, left: Formula | undefined, right: Formula | undefined): Formula | undefined =>
  left && right && { kind: 'binary', operator, left, right };

type Size = 1 | 2 | 4 | 8;
const isSize = (size: number): size is Size => [1, 2, 4, 8].includes(size);

/** The integer that stands at a place. */
export function formulaAt(place: FormulaPlace | undefined, size: number, signed: boolean): Formula | undefined {
  if (place === undefined || !isSize(size)) return undefined;
  if (place.kind === 'memory') return { kind: 'load', address: place.address, size, signed };
  return extended(registerFormula(place.index), size, signed);
}

/** The low bytes of a value; of eight, all. */
export const extended = (operand: Formula, size: Size, signed: boolean): Formula =>
  size === 8 ? operand : { kind: 'extend', operand, size, signed };

/** The operand's value as an integer of a size (`asInteger`). */
export function integerFormula({ type, formula, constant }: Typed, size: number, signed: boolean): Formula | undefined {
  if (constant !== undefined) return size > 8 ? undefined : constantFormula(wrap(constant, size, signed));
  const scalar = scalarOf(type);
  if (formula === undefined || scalar === undefined || scalar.kind === 'real' || !isSize(size)) return undefined;
  const [ownSize, ownSigned] = scalar.kind === 'integer' ? [scalar.size, scalar.signed] : [8, false];
  if (ownSize > 8) return undefined;
  return (ownSigned === signed && ownSize <= size) || (!ownSigned && ownSize < size) ? formula : extended(formula, size, signed);
}

/** `size` bytes of what an operator makes of 64. */
export const wrappedFormula = (formula: Formula | undefined, size: number, signed: boolean): Formula | undefined =>
  formula && isSize(size) ? extended(formula, size, signed) : undefined;

export function addressPlus(place: FormulaPlace | undefined, offset: Formula | undefined): FormulaPlace | undefined {
  if (place?.kind !== 'memory') return undefined;
  const address = binaryFormula('add', place.address, offset);
  return address && { kind: 'memory', address };
}
