import type { Builder } from '../engine/builder.ts';
import { type Encoding, type Fields, parseEncoding } from './encoding.ts';
import type { Compute } from './vector/lanes.ts';

/**
 * Structural parameters of an instruction: what selects one of its variants (sf, opc, size, condition, addressing mode).
 * Small numbers, strings or booleans; every combination that `decode` can return is one *form*, compiled once.
 */
export type Form = Readonly<Record<string, number | string | boolean>>;

/**
 * What `decode` makes of one word. Register operands are slot numbers: 0-30 general registers, {@link ZERO} reads as zero,
 * {@link SP} is the current stack pointer, {@link DISCARD} takes writes to XZR, {@link vector} registers come last.
 */
export interface Decoded<F extends Form = Form> {
  readonly form: F;
  readonly d?: number;
  readonly n?: number;
  readonly m?: number;
  readonly a?: number;
  /** Signed or unsigned 64-bit immediate; for direct branches the byte offset from this instruction. */
  readonly imm?: bigint;
  /** A second, 32-bit immediate. */
  readonly imm2?: number;
  /** Floating-point and Advanced SIMD data processing: what it does; `Builder.compute` has the host do it. */
  readonly compute?: Compute;
}

export const ZERO = 31;
export const SP = 32;
export const DISCARD = 33;
/** Slot of V0; a V register takes two, as it is two X registers wide. */
export const VECTOR = 36;
export const vector = (register: number): number => VECTOR + 2 * register;
/** The inverse: 0-31. */
export const vectorRegister = (slot: number): number => (slot - VECTOR) / 2;
/** Register 31 as XZR, for a source. */
export const source = (register: number): number => register;
/** Register 31 as XZR, for a destination. */
export const destination = (register: number): number => (register === 31 ? DISCARD : register);
/** Register 31 as SP, source or destination. */
export const orSp = (register: number): number => (register === 31 ? SP : register);

/** System registers that generated code reads by itself: what operating systems keep the current thread and CPU in, or read often. */
export type InlineRegister =
  | 'SP_EL0'
  | 'TPIDR_EL0'
  | 'TPIDRRO_EL0'
  | 'TPIDR_EL1'
  | 'TPIDR_EL2'
  | 'DAIF'
  | 'CTR_EL0'
  | 'DCZID_EL0'
  | 'MPIDR_EL1';

/** How control leaves an instruction; absent: it goes on to the next one. */
export type Flow =
  /** B and BL: always to pc + imm. */
  | 'jump'
  /** B.cond, CBZ, TBZ: to pc + imm or on. */
  | 'branch'
  /** BR, BLR, RET. */
  | 'indirect'
  /** Executed by the host (system instructions), always or where it must: may go anywhere, and may change what follows. */
  | 'host';

/** Extensions of the base instruction set, by the Arm ARM's names. Floating-point and Advanced SIMD are groups of their own. */
export type Feature = `FEAT_${'CRC32' | 'DotProd' | 'LRCPC' | 'LSE' | 'PAN' | 'RAS' | 'RDM' | 'UAO'}`;

export interface Instruction {
  /** The encoding's title in the Arm ARM. */
  readonly name: string;
  readonly encoding: Encoding;
  readonly flow?: Flow;
  /**
   * Kept out of the interpreter's main switch: less than about one in ten thousand instructions of compiled code. The main switch is
   * one function, and what it holds delays the moment from which all of it is fast.
   */
  isRare(form: Form): boolean;
  /** The extension that has the word; absent: Armv8.0-A. */
  readonly feature?: (fields: Readonly<Record<string, number>>) => Feature | undefined;
  /** Title of the class this encoding is a part of; it comes before that class. Any other overlap of encodings is an error. */
  readonly within?: string;
  /** Values that the enumeration of forms tries for a field, where the default of its width would miss a form or try too many. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
  /** `undefined`: unallocated; the pattern's word is UNDEFINED. */
  decode(fields: Readonly<Record<string, number>>): Decoded | undefined;
  execute(builder: Builder, form: Form): void;
}

/**
 * One A64 encoding: its bits and its meaning, in one place. Decoding, both execution engines, the tests and the list of what is
 * implemented come from it.
 */
export function instruction<const Pattern extends string, F extends Form>(definition: {
  name: string;
  encoding: Pattern;
  flow?: Flow;
  /** Default: false. */
  rare?: boolean | ((form: F) => boolean);
  feature?: Feature | ((fields: Fields<Pattern>) => Feature | undefined);
  within?: string;
  samples?: { readonly [Name in keyof Fields<Pattern>]?: readonly number[] };
  decode(fields: Fields<Pattern>): Decoded<F> | undefined;
  execute(builder: Builder, form: F): void;
}): Instruction {
  const { rare = false, feature, ...others } = definition;
  return {
    ...others,
    feature: typeof feature === 'string' ? () => feature : feature,
    isRare: typeof rare === 'function' ? rare : () => rare,
    samples: definition.samples ?? {},
    encoding: parseEncoding(definition.encoding),
  } as unknown as Instruction;
}
