import { DW_AT_name, DW_FORM_implicit_const } from './constants.ts';
import { sizeOfForm } from './forms.ts';
import { DwarfError, Reader, type Section } from './reader.ts';

/** The shape of a debugging information entry (§7.5.3): its tag and which attributes follow in which form. */
export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  /** DW_AT_*, parallel to `forms`. */
  readonly attributes: readonly number[];
  /** DW_FORM_* */
  readonly forms: readonly number[];
  /** Values of DW_FORM_implicit_const, parallel to `forms`. */
  readonly implicitConstants: readonly (bigint | undefined)[];
  /** Bytes of all attributes; `undefined` where the values say how many. */
  readonly size: SizeByOffsets | undefined;
  /** Bytes before DW_AT_name; `undefined` where the values say how many, or there is no name. */
  readonly beforeName: SizeByOffsets | undefined;
}

/** By the size of section offsets: 4 bytes in 32-bit DWARF, 8 in 64-bit DWARF. */
export type SizeByOffsets = Readonly<Record<4 | 8, number>>;

export type Abbreviations = ReadonlyMap<number, Abbreviation>;

/** Bytes of a table without its abbreviations, which others have too. */
export const sizeOfTable = ({ size }: Abbreviations): number => 64 + size * 40;

/**
 * Abbreviations by what they are made of, one number after the other. Each unit declares the same ones under codes of its own: a Linux kernel
 * half a million, of which no more than some thousands are different.
 */
export class Shapes {
  private readonly next = new Map<number, Shapes>();
  private is: Abbreviation | undefined;

  after(number: number): Shapes {
    let found = this.next.get(number);
    if (found === undefined) this.next.set(number, (found = new Shapes()));
    return found;
  }
  abbreviation(create: () => Abbreviation): Abbreviation {
    return (this.is ??= create());
  }
}

/** Reads the declarations of one unit, up to their terminating 0. */
export function readAbbreviations(section: Section, offset: number, shapes: Shapes): Abbreviations {
  const reader = new Reader(section, offset);
  const table = new Map<number, Abbreviation>();
  for (let code = reader.uleb(); code !== 0; code = reader.uleb()) {
    if (table.has(code)) throw new DwarfError(`.debug_abbrev declares abbreviation ${code} twice in the table at ${offset}`);
    table.set(code, readAbbreviation(reader, shapes));
  }
  return table;
}

/** One of the declarations, without keeping the others; the rest of the table may be damaged. */
export function findAbbreviation(section: Section, offset: number, wanted: number, shapes: Shapes): Abbreviation | undefined {
  const reader = new Reader(section, offset);
  for (let code = reader.uleb(); code !== 0; code = reader.uleb()) {
    if (code === wanted) return readAbbreviation(reader, shapes);
    skipAbbreviation(reader);
  }
  return undefined;
}

const MOST_FORMS = 1 << 16;

function readAbbreviation(reader: Reader, shapes: Shapes): Abbreviation {
  const { section, offset } = reader;
  let shape = shapes.after(reader.uleb()).after(reader.u8());
  for (;;) {
    const attribute = reader.uleb();
    const form = reader.uleb();
    if (attribute === 0 && form === 0) return shape.abbreviation(() => createAbbreviation(new Reader(section, offset)));
    // Nearly all are small enough that both make one number.
    shape = form < MOST_FORMS ? shape.after(attribute * MOST_FORMS + form) : shape.after(-attribute).after(form);
    if (form === DW_FORM_implicit_const) shape = shape.after(reader.sleb());
  }
}

function createAbbreviation(reader: Reader): Abbreviation {
  const tag = reader.uleb();
  const hasChildren = reader.u8() !== 0;
  const attributes: number[] = [];
  const forms: number[] = [];
  const implicitConstants: (bigint | undefined)[] = [];
  for (;;) {
    const attribute = reader.uleb();
    const form = reader.uleb();
    if (attribute === 0 && form === 0) break;
    attributes.push(attribute);
    forms.push(form);
    implicitConstants.push(form === DW_FORM_implicit_const ? reader.slebBig() : undefined);
  }
  const name = attributes.indexOf(DW_AT_name);
  const beforeName = name < 0 ? undefined : sizeOf(forms.slice(0, name));
  return { tag, hasChildren, attributes, forms, implicitConstants, size: sizeOf(forms), beforeName };
}

function sizeOf(forms: readonly number[]): SizeByOffsets | undefined {
  const size = { 4: 0, 8: 0 };
  for (const form of forms) {
    for (const offsetSize of [4, 8] as const) {
      const bytes = sizeOfForm(form, { offsetSize });
      if (bytes === undefined) return undefined;
      size[offsetSize] += bytes;
    }
  }
  return size;
}

function skipAbbreviation(reader: Reader): void {
  reader.skipLeb();
  reader.u8();
  for (;;) {
    const attribute = reader.uleb();
    const form = reader.uleb();
    if (attribute === 0 && form === 0) return;
    if (form === DW_FORM_implicit_const) reader.skipLeb();
  }
}
