import type { Address } from '../addresses.ts';
import { type Abbreviation, type Abbreviations, findAbbreviation, readAbbreviations } from './abbreviations.ts';
import * as c from './constants.ts';
import { type Entry, readAddress, readSectionOffset, readString, rootEntry } from './entries.ts';
import type { UnitEncoding } from './forms.ts';
import { DwarfError, Reader, readInitialLength, type Section } from './reader.ts';

/** The sections that entries point into; empty where the image has none. */
export interface DebugSections {
  readonly info: Section;
  readonly abbrev: Section;
  readonly str: Section;
  readonly line: Section;
  readonly lineStr: Section;
  readonly strOffsets: Section;
  readonly addr: Section;
  readonly aranges: Section;
  readonly ranges: Section;
  readonly rnglists: Section;
  readonly loc: Section;
  readonly loclists: Section;
}

/** A unit of .debug_info (§7.5.1). Its header is read; everything else on demand. */
export interface Unit extends UnitEncoding {
  readonly sections: DebugSections;
  readonly units: Units;
  /** DW_UT_*; versions before 5 have compile and partial units, both DW_UT_compile here. */
  readonly kind: number;
  readonly offset: number;
  readonly end: number;
  readonly firstEntry: number;
  readonly abbreviations: Abbreviations;
  /** One of them, without reading and keeping all. */
  abbreviation(code: number): Abbreviation | undefined;
  readonly root: RootAttributes;
}

/** What the unit's own entry says about the rest of it. */
export interface RootAttributes {
  readonly entry: Entry;
  readonly name: string;
  readonly compilationDirectory: string;
  readonly producer: string;
  readonly lineProgram: number | undefined;
  /** Base of range and location lists. */
  readonly lowPc: Address;
}

/** All units, in section order. */
export interface Units {
  readonly list: readonly Unit[];
  /** The unit around an offset of .debug_info. @throws DwarfError */
  containing(offset: number): Unit;
  /** Offset of the type that a type unit (§3.1.4) defines under a signature. @throws DwarfError */
  typeWithSignature(signature: bigint): number;
}

/** Reads the headers of all units. One that cannot be understood is passed over with a note; after a bad length, so is the rest. */
export function readUnits(sections: DebugSections, warn: (note: string) => void): Units {
  const list: Unit[] = [];
  const abbreviations = new Map<number, Abbreviations>();
  const typesBySignature = new Map<bigint, number>();
  const units: Units = {
    list,
    containing(offset) {
      let low = 0;
      let high = list.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (list[middle].offset <= offset) low = middle + 1;
        else high = middle;
      }
      const unit = list[low - 1];
      if (unit === undefined || offset >= unit.end) throw new DwarfError(`.debug_info has no unit around offset ${offset}`);
      return unit;
    },
    typeWithSignature(signature) {
      const offset = typesBySignature.get(signature);
      if (offset === undefined) throw new DwarfError(`.debug_info has no type unit with the signature 0x${signature.toString(16)}`);
      return offset;
    },
  };
  const abbreviationsAt = (offset: number): Abbreviations => {
    let table = abbreviations.get(offset);
    if (table === undefined) abbreviations.set(offset, (table = readAbbreviations(sections.abbrev, offset)));
    return table;
  };

  const reader = new Reader(sections.info);
  while (reader.remaining > 0) {
    const offset = reader.offset;
    try {
      const { length, offsetSize } = readInitialLength(reader);
      const header = new Reader(sections.info, reader.offset, reader.offset + length);
      reader.skip(length);
      try {
        list.push(createUnit(header, offset, offsetSize));
      } catch (error) {
        warn(`The unit at offset ${offset} of .debug_info is left out: ${messageOf(error)}.`);
      }
    } catch (error) {
      warn(`The units from offset ${offset} of .debug_info on are left out: ${messageOf(error)}.`);
      break;
    }
  }
  return units;

  function createUnit(header: Reader, offset: number, offsetSize: 4 | 8): Unit {
    const version = header.u16();
    if (version < 2 || version > 5) throw new DwarfError(`its version is ${version}, versions 2 to 5 can be read`);
    let kind = c.DW_UT_compile;
    let addressSize: number;
    let abbreviationOffset: number;
    if (version >= 5) {
      kind = header.u8();
      addressSize = header.u8();
      abbreviationOffset = header.sectionOffset(offsetSize);
      if (kind === c.DW_UT_skeleton || kind === c.DW_UT_split_compile) header.skip(8);
      if (kind === c.DW_UT_type || kind === c.DW_UT_split_type)
        typesBySignature.set(header.u64(), offset + header.sectionOffset(offsetSize));
    } else {
      abbreviationOffset = header.sectionOffset(offsetSize);
      addressSize = header.u8();
    }
    if (addressSize !== 8) throw new DwarfError(`its addresses have ${addressSize} bytes, AArch64 has 8`);
    let root: RootAttributes | undefined;
    let table: Abbreviations | undefined;
    const unit: Unit = {
      sections,
      units,
      kind,
      version,
      offsetSize,
      offset,
      end: header.end,
      firstEntry: header.offset,
      get abbreviations() {
        table ??= abbreviationsAt(abbreviationOffset);
        return table;
      },
      abbreviation: (code) => (table === undefined ? findAbbreviation(sections.abbrev, abbreviationOffset, code) : table.get(code)),
      get root() {
        root ??= readRoot(unit);
        return root;
      },
    };
    return unit;
  }
}

const messageOf = (error: unknown): string => {
  if (error instanceof DwarfError) return error.message;
  throw error;
};

function readRoot(unit: Unit): RootAttributes {
  const entry = rootEntry(unit);
  return {
    entry,
    name: readString(entry, c.DW_AT_name) ?? '',
    compilationDirectory: readString(entry, c.DW_AT_comp_dir) ?? '',
    producer: readString(entry, c.DW_AT_producer) ?? '',
    lineProgram: readSectionOffset(entry, c.DW_AT_stmt_list),
    lowPc: readAddress(entry, c.DW_AT_low_pc) ?? 0,
  };
}
