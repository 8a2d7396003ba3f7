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
  for (;;) {
    const code = reader.uleb();
    if (code === 0) return table;
    if (table.has(code)) throw new DwarfError(`.debug_abbrev declares abbreviation ${code} twice in the table at ${offset}`);
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
    table.set(code, { tag, hasChildren, attributes, forms, implicitConstants });
  }
}
