import type { Address } from '../addresses.ts';
import { type BoundedCache, createBoundedCache } from '../bounded-cache.ts';
import { type Abbreviation, type Abbreviations, findAbbreviation, readAbbreviations, Shapes, sizeOfTable } from './abbreviations.ts';
import * as c from './constants.ts';
import { type Entry, readAddress, readConstant, readSectionOffset, readString, rootEntry } from './entries.ts';
import type { UnitEncoding } from './forms.ts';
import { DwarfError, inPassing, Reader, readInitialLength, type Section, sectionFromBytes } from './reader.ts';
import type { SplitSections } from './split-units.ts';

/** The sections that entries point into; empty where the image has none. */
export interface DebugSections {
  readonly info: Section;
  /** .debug_types: the type units of version 4. */
  readonly types: Section;
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

/** A unit of .debug_info (§7.5.1), or of version 4's .debug_types (DWARF 4 §7.5.1.2), which is taken to stand behind it. Its header is read; everything else on demand. */
export interface Unit extends UnitEncoding {
  readonly sections: DebugSections;
  readonly units: Units;
  /** DW_UT_*; versions before 5 have compile and partial units, both DW_UT_compile here. */
  readonly kind: number;
  /** What a skeleton and its split unit have in common (§7.5.1.2); before version 5 an attribute says it. */
  readonly splitId: bigint | undefined;
  /** What the program has of this unit, if the unit stands in another file. */
  readonly skeleton: Unit | undefined;
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
  /** Says where its code is: `entry`, or that of the skeleton. */
  readonly code: Entry;
  readonly name: string;
  readonly compilationDirectory: string;
  readonly lineProgram: number | undefined;
  /** Base of range and location lists. */
  readonly lowPc: Address;
}

/** All units, in section order. */
export interface Units {
  readonly list: readonly Unit[];
  /** For what is worked out of them. */
  readonly cache: BoundedCache;
  /** The unit around an offset of .debug_info. @throws DwarfError */
  containing(offset: number): Unit;
  /** Offset of the type that a type unit (§3.1.4) defines under a signature. @throws DwarfError */
  typeWithSignature(signature: bigint): number;
}

/** What split DWARF leaves in the program: a name, a line table and addresses. */
export function isSkeleton(unit: Unit): boolean {
  if (unit.version >= 5) return unit.kind === c.DW_UT_skeleton;
  // The unit itself may name its file too.
  if (unit.skeleton !== undefined) return false;
  return unit.sections.addr.bytes.length > 0 && readString(unit.root.entry, c.DW_AT_GNU_dwo_name) !== undefined;
}

const splitIdOf = (unit: Unit): bigint | undefined => unit.splitId ?? readConstant(unit.root.entry, c.DW_AT_GNU_dwo_id)?.value;

/** Tables of abbreviations by where they begin in .debug_abbrev. */
interface Tables {
  get(offset: number): Abbreviations;
  find(offset: number, code: number): Abbreviation | undefined;
}

/** Bytes of a unit's header (§7.5.1): of a type unit in 64-bit DWARF. */
const LONGEST_HEADER = 40;

/** Units one behind the other, in a section that goes on before and behind. */
interface Stretch {
  readonly begin: number;
  readonly end: number;
  readonly areTypes: boolean;
}

/** Reads the headers of all units. One that cannot be understood is passed over with a note; after a bad length, so is the rest. */
export function readUnits(
  sections: DebugSections,
  warn: (note: string) => void,
  split: readonly SplitSections[] = [],
  cache = createBoundedCache(),
): Units {
  const list: Unit[] = [];
  const shapes = new Shapes();
  const typesBySignature = new Map<bigint, number>();
  const units: Units = {
    list,
    cache,
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
  const tablesIn = (section: Section): Tables => {
    const { get, known } = cache.keep((offset: number) => readAbbreviations(section, offset, shapes), sizeOfTable);
    return {
      get,
      find: (offset, code) => (known(offset) === undefined ? findAbbreviation(section, offset, code, shapes) : get(offset).get(code)),
    };
  };
  const tables = tablesIn(sections.abbrev);

  list.push(...unitsIn(sections, { begin: 0, end: sections.info.bytes.length, areTypes: false }, tables));
  addUnitsBehind();
  return units;

  function unitsIn(own: DebugSections, { begin, end, areTypes }: Stretch, ownTables: Tables): FoundUnit[] {
    const found: FoundUnit[] = [];
    const headers = inPassing(own.info, LONGEST_HEADER);
    const reader = new Reader(headers, begin, end);
    while (reader.remaining > 0) {
      const offset = reader.offset;
      try {
        const { length, offsetSize } = readInitialLength(reader);
        const header = new Reader(headers, reader.offset, reader.offset + length);
        reader.skip(length);
        try {
          found.push(createUnit(own, header, { offset, offsetSize, isTypeUnit: areTypes }, ownTables));
        } catch (error) {
          warn(`The unit at offset ${offset - begin} of ${own.info.name} is left out: ${messageOf(error)}.`);
        }
      } catch (error) {
        warn(`The units from offset ${offset - begin} of ${own.info.name} on are left out: ${messageOf(error)}.`);
        break;
      }
    }
    return found;
  }

  /**
   * Type units of version 4, and split units, which take the places of their skeletons. Their entries have offsets behind those of .debug_info,
   * as if they stood there.
   */
  function addUnitsBehind(): void {
    const { types } = sections;
    types.load?.(0, types.bytes.length);
    const pieces = [types.bytes, ...split.flatMap((file) => [file.info.bytes, file.types.bytes])];
    let end = sections.info.bytes.length;
    const places = pieces.map((bytes) => (end += bytes.length) - bytes.length);
    if (end === sections.info.bytes.length) return;
    const whole = new Uint8Array(end);
    for (const [index, place] of places.entries()) whole.set(pieces[index], place);
    const unitsOf = (piece: number, own: DebugSections, name: string, ownTables: Tables): FoundUnit[] => {
      const stretch = { begin: places[piece], end: places[piece] + pieces[piece].length, areTypes: name.startsWith('.debug_types') };
      return unitsIn({ ...own, info: sectionFromBytes(name, whole) }, stretch, ownTables);
    };

    const added: Unit[] = unitsOf(0, sections, types.name, tables);
    const skeletons = new Map(split.length === 0 ? [] : list.filter(isSkeleton).map((unit) => [splitIdOf(unit), unit]));
    const replaced = new Set<Unit>();
    for (const [index, { info, types: splitTypes, ...others }] of split.entries()) {
      const ownTables = tablesIn(others.abbrev);
      const own = { ...sections, ...others };
      const first = 1 + index * 2;
      for (const unit of [...unitsOf(first, own, info.name, ownTables), ...unitsOf(first + 1, own, splitTypes.name, ownTables)]) {
        try {
          const isOfType = unit.kind === c.DW_UT_split_type || unit.kind === c.DW_UT_type;
          const skeleton = isOfType ? undefined : skeletons.get(splitIdOf(unit));
          if (skeleton === undefined && !isOfType) continue;
          added.push(skeleton === undefined ? unit : unit.withSkeleton(skeleton));
          if (skeleton !== undefined) replaced.add(skeleton);
        } catch (error) {
          warn(`The unit at offset ${unit.offset - places[first]} of a split file is left out: ${messageOf(error)}.`);
        }
      }
    }
    list.splice(0, list.length, ...list.filter((unit) => !replaced.has(unit)), ...added);
  }

  function createUnit(
    own: DebugSections,
    header: Reader,
    { offset, offsetSize, isTypeUnit }: { readonly offset: number; readonly offsetSize: 4 | 8; readonly isTypeUnit: boolean },
    ownTables: Tables,
  ): FoundUnit {
    const version = header.u16();
    if (version < 2 || version > 5) throw new DwarfError(`its version is ${version}, versions 2 to 5 can be read`);
    let kind: number = isTypeUnit ? c.DW_UT_type : c.DW_UT_compile;
    let splitId: bigint | undefined;
    let addressSize: number;
    let abbreviationOffset: number;
    if (version >= 5) {
      kind = header.u8();
      addressSize = header.u8();
      abbreviationOffset = header.sectionOffset(offsetSize);
      if (kind === c.DW_UT_skeleton || kind === c.DW_UT_split_compile) splitId = header.u64();
    } else {
      abbreviationOffset = header.sectionOffset(offsetSize);
      addressSize = header.u8();
    }
    if (kind === c.DW_UT_type || kind === c.DW_UT_split_type) typesBySignature.set(header.u64(), offset + header.sectionOffset(offsetSize));
    if (addressSize !== 8) throw new DwarfError(`its addresses have ${addressSize} bytes, AArch64 has 8`);
    const encoding = { version, offsetSize };
    const place = { offset, firstEntry: header.offset, end: header.end };
    return new FoundUnit({ sections: own, units, kind, splitId }, encoding, place, ownTables, abbreviationOffset);
  }
}

/** A class, since there are thousands: an object with accessors of its own takes V8 ten times as long, and more memory. */
class FoundUnit implements Unit {
  readonly sections: DebugSections;
  readonly units: Units;
  readonly kind: number;
  readonly splitId: bigint | undefined;
  readonly skeleton: Unit | undefined;
  readonly version: number;
  readonly offsetSize: 4 | 8;
  readonly offset: number;
  readonly end: number;
  readonly firstEntry: number;
  private readonly tables: Tables;
  private readonly abbreviationOffset: number;
  private attributes: RootAttributes | undefined;

  constructor(
    { sections, units, kind, splitId }: Pick<Unit, 'sections' | 'units' | 'kind' | 'splitId'>,
    { version, offsetSize }: UnitEncoding,
    { offset, firstEntry, end }: Pick<Unit, 'offset' | 'firstEntry' | 'end'>,
    tables: Tables,
    abbreviationOffset: number,
    skeleton?: Unit,
  ) {
    this.sections = sections;
    this.units = units;
    this.kind = kind;
    this.splitId = splitId;
    this.skeleton = skeleton;
    this.version = version;
    this.offsetSize = offsetSize;
    this.offset = offset;
    this.end = end;
    this.firstEntry = firstEntry;
    this.tables = tables;
    this.abbreviationOffset = abbreviationOffset;
  }

  get abbreviations(): Abbreviations {
    return this.tables.get(this.abbreviationOffset);
  }
  abbreviation(code: number): Abbreviation | undefined {
    return this.tables.find(this.abbreviationOffset, code);
  }
  get root(): RootAttributes {
    return (this.attributes ??= readRoot(this));
  }
  /** The same unit, with what only its skeleton says. */
  withSkeleton(skeleton: Unit): Unit {
    return new FoundUnit(this, this, this, this.tables, this.abbreviationOffset, skeleton);
  }
}

const messageOf = (error: unknown): string => {
  if (error instanceof DwarfError) return error.message;
  throw error;
};

function readRoot(unit: Unit): RootAttributes {
  const entry = rootEntry(unit);
  const code = unit.skeleton?.root.entry ?? entry;
  return {
    entry,
    code,
    name: readString(entry, c.DW_AT_name) ?? '',
    compilationDirectory: readString(code, c.DW_AT_comp_dir) ?? readString(entry, c.DW_AT_comp_dir) ?? '',
    lineProgram: readSectionOffset(code, c.DW_AT_stmt_list),
    lowPc: readAddress(code, c.DW_AT_low_pc) ?? 0,
  };
}
