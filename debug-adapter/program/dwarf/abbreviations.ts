import { DW_FORM_implicit_const } from './constants.ts';
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
}

export type Abbreviations = ReadonlyMap<number, Abbreviation>;

/** Reads the declarations of one unit, up to their terminating 0. */
export function readAbbreviations(section: Section, offset: number): Abbreviations {
  const reader = new Reader(section, offset);
  const table = new Map<number, Abbreviation>();
  for (let code = reader.uleb(); code !== 0; code = reader.uleb()) {
    if (table.has(code)) throw new DwarfError(`.debug_abbrev declares abbreviation ${code} twice in the table at ${offset}`);
    table.set(code, readAbbreviation(reader));
  }
  return table;
}

/** One of the declarations, without keeping the others; the rest of the table may be damaged. */
export function findAbbreviation(section: Section, offset: number, wanted: number): Abbreviation | undefined {
  const reader = new Reader(section, offset);
  for (let code = reader.uleb(); code !== 0; code = reader.uleb()) {
    if (code === wanted) return readAbbreviation(reader);
    skipAbbreviation(reader);
  }
  return undefined;
}

function readAbbreviation(reader: Reader): Abbreviation {
  const tag = reader.uleb();
  const hasChildren = reader.u8() !== 0;
  const attributes: number[] = [];
  const forms: number[] = [];
  const implicitConstants: (bigint | undefined)[] = [];
  for (;;) {
    const attribute = reader.uleb();
    const form = reader.uleb();
    if (attribute === 0 && form === 0) return { tag, hasChildren, attributes, forms, implicitConstants };
    attributes.push(attribute);
    forms.push(form);
    implicitConstants.push(form === DW_FORM_implicit_const ? reader.slebBig() : undefined);
  }
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
