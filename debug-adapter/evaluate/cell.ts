import type { Type } from '../program/types.ts';
import type { Formula, RegisterField, Target } from '../target/target.ts';
import { intType, unsignedInt128Type, unsignedIntType, unsignedLongType } from './c-types.ts';
import type { Scene } from './scene.ts';

/**
 * Something of the machine that has a name but no address: a register, a field of one, an SDEI pseudo register.
 * Expressions reach it as `$name`; the Variables view lists it; both read and write it through here.
 */
export interface Cell {
  /** The expression that reaches it, without the `$`: `x0`, `SCTLR_EL1.M`. */
  readonly name: string;
  readonly type: Type;
  readonly bits: number;
  /** Absent: only its parts have values. @throws ValueUnavailable */
  read?(scene: Scene): bigint;
  /** What `read` gives for the frame that a PE stands in, as the machine can compute it. */
  readonly formula?: Formula;
  /** Absent: cannot be written; `readOnly` says why. @throws ExpressionError */
  write?(scene: Scene, value: bigint): void;
  readonly readOnly?: string;
  /** Fields, members or bits. */
  readonly parts?: readonly Cell[];
  /** Of which cell this is a part, and where its bits are there. Absent: of none. */
  readonly within?: { readonly cell: string; readonly lsb: number };
  /** Of a field that its register has in some states only, or not always at the same bits. */
  readonly inLayout?: {
    isThere(target: Target, pe: number): boolean;
    /** As it is now. @throws ExpressionError where it is not there */
    present(target: Target, pe: number): Cell;
  };
  /** Names of values. */
  readonly values?: Readonly<Record<number, string>>;
  /** Decimal, where hexadecimal would be read as an address or mask. Absent: hexadecimal above 9. */
  readonly decimal?: boolean;
  /** Shown after the value. */
  describe?(value: bigint, scene: Scene): string | undefined;
}

/** The last part of a cell's name. */
export const shortName = (cell: Cell): string => cell.name.slice(cell.name.lastIndexOf('.') + 1);

/** Fields, members or bits that a cell has now, the highest bits first where that depends on the machine's state. */
export function presentParts({ parts = [] }: Cell, { frame: { target, pe } }: Scene): readonly Cell[] {
  if (parts.every(({ inLayout }) => inLayout === undefined)) return parts;
  const lsbOf = (part: Cell): number => (part.inLayout?.present(target, pe) ?? part).within?.lsb ?? 0;
  const there = parts.filter(({ inLayout }) => inLayout?.isThere(target, pe) ?? true);
  return there.sort((one, other) => lsbOf(other) - lsbOf(one));
}

/** A cell of its own for each field of a register; fields of fields have none. */
export function withFields(cell: Cell, fields: readonly RegisterField[] | undefined): Cell {
  if (!fields?.length) return cell;
  return { ...cell, parts: fields.map((field) => fieldOf(cell, field)) };
}

export function fieldOf(register: Cell, { name, msb, lsb, values }: RegisterField): Cell {
  const bits = msb - lsb + 1;
  const [shift, mask] = [BigInt(lsb), (1n << BigInt(bits)) - 1n];
  const { read, write } = register;
  return {
    name: `${register.name}.${name}`,
    within: { cell: register.within?.cell ?? register.name, lsb: (register.within?.lsb ?? 0) + lsb },
    type: bits > 64 ? unsignedInt128Type : bits > 32 ? unsignedLongType : bits === 32 ? unsignedIntType : intType,
    bits,
    values,
    readOnly: register.readOnly,
    read: read && ((scene) => (read.call(register, scene) >> shift) & mask),
    write:
      read && write && ((scene, value) => write.call(register, scene, (read.call(register, scene) & ~(mask << shift)) | (value << shift))),
  };
}
