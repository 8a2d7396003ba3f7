import type { Address } from '../addresses.ts';
import type { Abbreviation } from './abbreviations.ts';
import * as c from './constants.ts';
import { skipForm } from './forms.ts';
import { DwarfError, Reader, type Section } from './reader.ts';
import type { Unit } from './units.ts';

/** A debugging information entry (DIE): where it is and what shape it has. Attributes are read when asked for. */
export interface Entry {
  readonly unit: Unit;
  /** In .debug_info. */
  readonly offset: number;
  readonly tag: number;
  readonly abbreviation: Abbreviation;
  readonly attributesOffset: number;
}

/** A DWARF expression where it stands. */
export interface Expression {
  readonly unit: Unit | undefined;
  readonly section: Section;
  readonly offset: number;
  readonly length: number;
}

/** @throws DwarfError if no entry starts there */
export function entryAt(unit: Unit, offset: number): Entry {
  return entryFrom(unit, offset, (code) => unit.abbreviations.get(code));
}

/** The unit's own entry. The other shapes of entries that the unit has are not read for it. @throws DwarfError */
export function rootEntry(unit: Unit): Entry {
  return entryFrom(unit, unit.firstEntry, (code) => unit.abbreviation(code));
}

function entryFrom(unit: Unit, offset: number, abbreviationOf: (code: number) => Abbreviation | undefined): Entry {
  const reader = new Reader(unit.sections.info, offset, unit.end);
  const code = reader.uleb();
  if (code === 0) throw new DwarfError(`.debug_info has no entry at ${offset}`);
  return entryOf(unit, offset, declared(abbreviationOf(code), offset, code), reader);
}

/** Reads what shape the entry has that `reader` stands before; `undefined` for the null entry that ends a list of siblings. */
function readerOf(reader: Reader, unit: Unit): () => Abbreviation | undefined {
  const table = unit.abbreviations;
  return () => {
    const { offset } = reader;
    const code = reader.uleb();
    return code === 0 ? undefined : declared(table.get(code), offset, code);
  };
}

function declared(abbreviation: Abbreviation | undefined, offset: number, code: number): Abbreviation {
  if (abbreviation === undefined) throw new DwarfError(`the entry at ${offset} of .debug_info has the undeclared abbreviation ${code}`);
  return abbreviation;
}

/** @param reader before its attributes */
const entryOf = (unit: Unit, offset: number, abbreviation: Abbreviation, reader: Reader): Entry => ({
  unit,
  offset,
  tag: abbreviation.tag,
  abbreviation,
  attributesOffset: reader.offset,
});

function skipAttributes(reader: Reader, { forms, size }: Abbreviation, unit: Unit): void {
  if (size !== undefined) reader.skip(size[unit.offsetSize]);
  else for (let index = 0; index < forms.length; index++) skipForm(reader, forms[index], unit);
}

/** Whether entries of a shape are wanted, or that one whose attributes `reader` stands before, and stays there. */
export type EntryFilter = (abbreviation: Abbreviation, reader: Reader) => boolean;

const every: EntryFilter = () => true;

/**
 * Calls `visit` for `entry` and everything below it that is wanted, parents first; `depth` is 0 for `entry` itself.
 * @param info the unit's section as it is read
 */
export function walk(
  entry: Entry,
  visit: (entry: Entry, depth: number) => void,
  isWanted = every,
  info: Section = entry.unit.sections.info,
): void {
  const { unit } = entry;
  const reader = new Reader(info, entry.offset, unit.end);
  const read = readerOf(reader, unit);
  let depth = 0;
  do {
    const { offset } = reader;
    const abbreviation = read();
    if (abbreviation === undefined) {
      depth--;
      continue;
    }
    if (isWanted(abbreviation, reader)) visit(entryOf(unit, offset, abbreviation, reader), depth);
    skipAttributes(reader, abbreviation, unit);
    if (abbreviation.hasChildren) depth++;
  } while (depth > 0 && reader.remaining > 0);
}

/** Children of a function or block, with those of a parameter pack of C++, which gcc has inside an entry of its own. */
export function* withPacks(scope: Entry): Generator<{ readonly child: Entry; readonly isOfPack: boolean }> {
  for (const child of children(scope)) {
    if (child.tag !== c.DW_TAG_GNU_formal_parameter_pack) yield { child, isOfPack: false };
    else for (const parameter of children(child)) yield { child: parameter, isOfPack: true };
  }
}

/** Entries below it that are wanted; of those below them none. */
export function* children(entry: Entry, isWanted = every): Generator<Entry> {
  if (!entry.abbreviation.hasChildren) return;
  const { unit } = entry;
  const reader = new Reader(unit.sections.info, entry.attributesOffset, unit.end);
  skipAttributes(reader, entry.abbreviation, unit);
  const read = readerOf(reader, unit);
  while (reader.remaining > 0) {
    const { offset } = reader;
    const abbreviation = read();
    if (abbreviation === undefined) return;
    if (isWanted(abbreviation, reader)) yield entryOf(unit, offset, abbreviation, reader);
    skipSubtree(reader, abbreviation, unit, read);
  }
}

/** Which entries are looked for. */
export interface OpenEntries {
  /** What the top level goes on in, and how deep below one another such may be. */
  isOpen(abbreviation: Abbreviation): boolean;
  readonly most: number;
  readonly isWanted: EntryFilter;
}

/**
 * Calls `visit` for the entries of a unit that are wanted, at its top level and below those that are open, parents first.
 * @param info the unit's section, of which nothing else is read through this one meanwhile
 */
export function visitOpen(unit: Unit, info: Section, { isOpen, most, isWanted }: OpenEntries, visit: (entry: Entry) => void): void {
  const reader = new Reader(info, unit.firstEntry, unit.end);
  const read = readerOf(reader, unit);
  const root = read();
  if (root === undefined || !root.hasChildren) return;
  skipAttributes(reader, root, unit);
  for (let depth = 0; depth >= 0 && reader.remaining > 0; ) {
    const { offset } = reader;
    const abbreviation = read();
    if (abbreviation === undefined) {
      depth--;
      continue;
    }
    if (isWanted(abbreviation, reader)) visit(entryOf(unit, offset, abbreviation, reader));
    if (abbreviation.hasChildren && depth < most && isOpen(abbreviation)) {
      skipAttributes(reader, abbreviation, unit);
      depth++;
    } else skipSubtree(reader, abbreviation, unit, read);
  }
}

/** Moves behind an entry's attributes, and those below it. */
function skipSubtree(reader: Reader, abbreviation: Abbreviation, unit: Unit, read: () => Abbreviation | undefined): void {
  const { hasChildren, attributes, forms } = abbreviation;
  const sibling = hasChildren ? attributes.indexOf(c.DW_AT_sibling) : -1;
  if (sibling < 0) skipAttributes(reader, abbreviation, unit);
  for (let index = 0; sibling >= 0 && index < forms.length; index++) {
    if (index !== sibling) skipForm(reader, forms[index], unit);
    else {
      const at = reader.offset;
      const next = referenceFrom(reader, forms[index], unit);
      if (next !== undefined && next > at && next <= unit.end) {
        reader.offset = next;
        return;
      }
      reader.offset = at;
      skipForm(reader, forms[index], unit);
    }
  }
  let depth = hasChildren ? 1 : 0;
  while (depth > 0 && reader.remaining > 0) {
    const found = read();
    if (found === undefined) {
      depth--;
      continue;
    }
    skipAttributes(reader, found, unit);
    if (found.hasChildren) depth++;
  }
}

interface Attribute {
  readonly form: number;
  readonly reader: Reader;
  readonly implicitConstant: bigint | undefined;
}

function locate(entry: Entry, attribute: number): Attribute | undefined {
  const { attributes, forms, implicitConstants } = entry.abbreviation;
  const index = attributes.indexOf(attribute);
  if (index < 0) return undefined;
  const reader = new Reader(entry.unit.sections.info, entry.attributesOffset, entry.unit.end);
  for (let before = 0; before < index; before++) skipForm(reader, forms[before], entry.unit);
  const form = forms[index];
  return { form: form === c.DW_FORM_indirect ? reader.uleb() : form, reader, implicitConstant: implicitConstants[index] };
}

export const hasAttribute = (entry: Entry, attribute: number): boolean => entry.abbreviation.attributes.includes(attribute);

export function readFlag(entry: Entry, attribute: number): boolean {
  const found = locate(entry, attribute);
  return found !== undefined && (found.form === c.DW_FORM_flag_present || found.reader.u8() !== 0);
}

/** A constant, together with how many bits the form gives it; `undefined` bits: the value says its own sign. */
export interface Constant {
  readonly value: bigint;
  readonly bits: number | undefined;
}

export function readConstant(entry: Entry, attribute: number): Constant | undefined {
  const found = locate(entry, attribute);
  if (found === undefined) return undefined;
  const { reader } = found;
  switch (found.form) {
    case c.DW_FORM_data1:
      return { value: BigInt(reader.u8()), bits: 8 };
    case c.DW_FORM_data2:
      return { value: BigInt(reader.u16()), bits: 16 };
    case c.DW_FORM_data4:
      return { value: BigInt(reader.u32()), bits: 32 };
    case c.DW_FORM_data8:
      return { value: reader.u64(), bits: 64 };
    case c.DW_FORM_data16:
      return { value: reader.u64() | (reader.u64() << 64n), bits: 128 };
    case c.DW_FORM_sdata:
      return { value: reader.slebBig(), bits: undefined };
    case c.DW_FORM_udata:
      return { value: reader.ulebBig(), bits: undefined };
    case c.DW_FORM_implicit_const:
      return { value: found.implicitConstant ?? 0n, bits: undefined };
    default:
      return undefined;
  }
}

/** A constant that is a size, line, offset or the like: never negative in the data forms. */
export function readNumber(entry: Entry, attribute: number): number | undefined {
  const constant = readConstant(entry, attribute);
  return constant && Number(constant.value);
}

export function readString(entry: Entry, attribute: number): string | undefined {
  const found = locate(entry, attribute);
  return (
    found &&
    readStringForm(found.reader, found.form, entry.unit.sections, entry.unit.offsetSize, (index) => indexedString(entry.unit, index))
  );
}

/** A string in any form that does not need a unit, or with `indexed` in the strx forms too. */
export function readStringForm(
  reader: Reader,
  form: number,
  sections: Unit['sections'],
  offsetSize: 4 | 8,
  indexed: (index: number) => string | undefined,
): string | undefined {
  switch (form) {
    case c.DW_FORM_string:
      return reader.string();
    case c.DW_FORM_strp:
      return new Reader(sections.str, reader.sectionOffset(offsetSize)).string();
    case c.DW_FORM_line_strp:
      return new Reader(sections.lineStr, reader.sectionOffset(offsetSize)).string();
    case c.DW_FORM_strx:
    case c.DW_FORM_GNU_str_index:
      return indexed(reader.uleb());
    case c.DW_FORM_strx1:
      return indexed(reader.u8());
    case c.DW_FORM_strx2:
      return indexed(reader.u16());
    case c.DW_FORM_strx3:
      return indexed(reader.u24());
    case c.DW_FORM_strx4:
      return indexed(reader.u32());
    default:
      return undefined;
  }
}

function indexedString(unit: Unit, index: number): string {
  const { strOffsets, str } = unit.sections;
  const offset = new Reader(strOffsets, basesOf(unit).strOffsets + index * unit.offsetSize).sectionOffset(unit.offsetSize);
  return new Reader(str, offset).string();
}

/** Entry `index` of the unit's part of .debug_addr (§7.27). */
export const indexedAddress = (unit: Unit, index: number): Address =>
  new Reader(unit.sections.addr, basesOf(unit).addr + index * 8).address();

/** `undefined` if absent or not of class address. */
export function readAddress(entry: Entry, attribute: number): Address | undefined {
  const found = locate(entry, attribute);
  if (found === undefined) return undefined;
  const { reader } = found;
  switch (found.form) {
    case c.DW_FORM_addr:
      return reader.address();
    case c.DW_FORM_addrx:
    case c.DW_FORM_GNU_addr_index:
      return indexedAddress(entry.unit, reader.uleb());
    case c.DW_FORM_addrx1:
      return indexedAddress(entry.unit, reader.u8());
    case c.DW_FORM_addrx2:
      return indexedAddress(entry.unit, reader.u16());
    case c.DW_FORM_addrx3:
      return indexedAddress(entry.unit, reader.u24());
    case c.DW_FORM_addrx4:
      return indexedAddress(entry.unit, reader.u32());
    default:
      return undefined;
  }
}

/** Class lineptr, loclist, rnglist, addrptr …; also data4 and data8, which version 3 used for them. */
export function readSectionOffset(entry: Entry, attribute: number): number | undefined {
  const found = locate(entry, attribute);
  if (found === undefined) return undefined;
  switch (found.form) {
    case c.DW_FORM_sec_offset:
      return found.reader.sectionOffset(entry.unit.offsetSize);
    case c.DW_FORM_data4:
      return found.reader.u32();
    case c.DW_FORM_data8:
      return Number(found.reader.u64());
    default:
      return undefined;
  }
}

/** The index of class loclist (DW_FORM_loclistx) or rnglist (DW_FORM_rnglistx). */
export function readListIndex(entry: Entry, attribute: number): number | undefined {
  const found = locate(entry, attribute);
  if (found === undefined || (found.form !== c.DW_FORM_loclistx && found.form !== c.DW_FORM_rnglistx)) return undefined;
  return found.reader.uleb();
}

function readReferenceOffset(entry: Entry, attribute: number): number | undefined {
  const found = locate(entry, attribute);
  if (found === undefined) return undefined;
  return referenceFrom(found.reader, found.form, entry.unit);
}

/** `undefined` if the form is no reference. */
function referenceFrom(reader: Reader, form: number, unit: Unit): number | undefined {
  switch (form) {
    case c.DW_FORM_ref1:
      return unit.offset + reader.u8();
    case c.DW_FORM_ref2:
      return unit.offset + reader.u16();
    case c.DW_FORM_ref4:
      return unit.offset + reader.u32();
    case c.DW_FORM_ref8:
      return unit.offset + Number(reader.u64());
    case c.DW_FORM_ref_udata:
      return unit.offset + reader.uleb();
    case c.DW_FORM_ref_addr:
      return unit.version <= 2 ? Number(reader.u64()) : reader.sectionOffset(unit.offsetSize);
    case c.DW_FORM_ref_sig8:
      return unit.units.typeWithSignature(reader.u64());
    default:
      return undefined;
  }
}

/** The entry that an attribute refers to, in this or another unit. @throws DwarfError if there is none */
export function readReference(entry: Entry, attribute: number): Entry | undefined {
  const offset = readReferenceOffset(entry, attribute);
  return offset === undefined ? undefined : entryInUnits(entry.unit, offset);
}

/** The entry at an offset of .debug_info, in this unit or another. @throws DwarfError if there is none */
export function entryInUnits(unit: Unit, offset: number): Entry {
  return entryAt(offset >= unit.offset && offset < unit.end ? unit : unit.units.containing(offset), offset);
}

/** Class exprloc or block. */
export function readExpression(entry: Entry, attribute: number): Expression | undefined {
  const found = locate(entry, attribute);
  if (found === undefined) return undefined;
  const { reader } = found;
  let length: number;
  switch (found.form) {
    case c.DW_FORM_exprloc:
    case c.DW_FORM_block:
      length = reader.uleb();
      break;
    case c.DW_FORM_block1:
      length = reader.u8();
      break;
    case c.DW_FORM_block2:
      length = reader.u16();
      break;
    case c.DW_FORM_block4:
      length = reader.u32();
      break;
    default:
      return undefined;
  }
  return { unit: entry.unit, section: reader.section, offset: reader.skip(length), length };
}

const MAXIMUM_ORIGINS = 16;

/**
 * The entry itself, then those it completes: DW_AT_abstract_origin and DW_AT_specification, from the concrete to the declared.
 * An attribute missing in the first is looked for in the next.
 */
export function withOrigins(entry: Entry): readonly Entry[] {
  const chain = [entry];
  for (let current: Entry | undefined = entry; chain.length < MAXIMUM_ORIGINS; chain.push(current)) {
    current = readReference(current, c.DW_AT_abstract_origin) ?? readReference(current, c.DW_AT_specification);
    if (current === undefined) break;
  }
  return chain;
}

/** The first answer along {@link withOrigins}. */
export function inherited<Value>(entry: Entry, read: (entry: Entry) => Value | undefined): Value | undefined {
  const own = read(entry);
  if (own !== undefined || !(hasAttribute(entry, c.DW_AT_abstract_origin) || hasAttribute(entry, c.DW_AT_specification))) return own;
  for (const origin of withOrigins(entry).slice(1)) {
    const value = read(origin);
    if (value !== undefined) return value;
  }
  return undefined;
}

export const nameOf = (entry: Entry): string | undefined => inherited(entry, (origin) => readString(origin, c.DW_AT_name));

/** Visible to the linker: in C what is not `static`. */
export const isExternal = (entry: Entry): boolean => inherited(entry, (origin) => readFlag(origin, c.DW_AT_external) || undefined) === true;

/** Where indexes of this unit into other sections begin. */
interface UnitBases {
  readonly strOffsets: number;
  readonly addr: number;
  readonly rnglists: number;
  readonly loclists: number;
  /** Of .debug_ranges: what split units of version 4 count from. */
  readonly ranges: number;
}

const basesOfUnits = new WeakMap<Unit, UnitBases>();

/** From the unit's entry; where that is silent, the first list after the section's header. */
export function basesOf(unit: Unit): UnitBases {
  let bases = basesOfUnits.get(unit);
  if (bases === undefined) {
    const entry = rootEntry(unit);
    const code = unit.skeleton === undefined ? entry : rootEntry(unit.skeleton);
    // The GNU extension of version 4 has no headers.
    const headerSize = unit.version < 5 ? 0 : unit.offsetSize === 8 ? 16 : 8;
    bases = {
      strOffsets: readSectionOffset(entry, c.DW_AT_str_offsets_base) ?? headerSize,
      addr: readSectionOffset(code, c.DW_AT_addr_base) ?? readSectionOffset(code, c.DW_AT_GNU_addr_base) ?? headerSize,
      ranges: unit.skeleton === undefined ? 0 : (readSectionOffset(code, c.DW_AT_GNU_ranges_base) ?? 0),
      rnglists: readSectionOffset(entry, c.DW_AT_rnglists_base) ?? headerSize + 4,
      loclists: readSectionOffset(entry, c.DW_AT_loclists_base) ?? headerSize + 4,
    };
    basesOfUnits.set(unit, bases);
  }
  return bases;
}
