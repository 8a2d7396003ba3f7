/**
 * A 64-bit integer computed from the registers and memory of a PE, as data: how a breakpoint's condition gets into the machine.
 * Values of fewer bits stand extended, with their sign or with zeros, as their type says.
 */
export type Formula =
  | { readonly kind: 'constant'; readonly value: bigint }
  /** X0-X30; 31 is SP. */
  | { readonly kind: 'register'; readonly index: number }
  /** Of the PE's present translation. */
  | { readonly kind: 'load'; readonly address: Formula; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean }
  /** The low bytes, extended. */
  | { readonly kind: 'extend'; readonly operand: Formula; readonly size: 1 | 2 | 4; readonly signed: boolean }
  | { readonly kind: 'binary'; readonly operator: FormulaOperator; readonly left: Formula; readonly right: Formula }
  /** 1 or 0: comes out not zero. */
  | { readonly kind: 'both' | 'either'; readonly left: Formula; readonly right: Formula };

/** As WebAssembly names them; comparisons give 1 or 0. */
export type FormulaOperator =
  | 'add' | 'sub' | 'mul' | 'and' | 'or' | 'xor' | 'shl' | 'shr_s' | 'shr_u'
  | 'eq' | 'ne' | 'lt_s' | 'lt_u' | 'le_s' | 'le_u' | 'gt_s' | 'gt_u' | 'ge_s' | 'ge_u'; // biome-ignore format: a list
