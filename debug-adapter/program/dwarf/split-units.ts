/** Split DWARF (DWARF 5 §7.3): units that stand in files of their own (`.dwo`), or in a package of those (`.dwp`). */
import { joinBytes } from '../join-bytes.ts';
import type { ElfImage } from '../elf.ts';
import { DwarfError, Reader, sectionFromBytes, type Section } from './reader.ts';

/** A file that skeleton units name. */
export interface SplitFile {
  /** As the compiler has written it, and where it ran. */
  readonly name: string;
  readonly directory: string;
}

/** What one file, or one row of a package's index, holds. */
export interface SplitSections {
  readonly info: Section;
  /** Type units of version 4. */
  readonly types: Section;
  readonly abbrev: Section;
  readonly str: Section;
  readonly strOffsets: Section;
  readonly loc: Section;
  readonly loclists: Section;
  readonly rnglists: Section;
}

type Part = keyof SplitSections;

const sectionNames: Readonly<Record<Part, string>> = {
  info: '.debug_info.dwo',
  types: '.debug_types.dwo',
  abbrev: '.debug_abbrev.dwo',
  str: '.debug_str.dwo',
  strOffsets: '.debug_str_offsets.dwo',
  loc: '.debug_loc.dwo',
  loclists: '.debug_loclists.dwo',
  rnglists: '.debug_rnglists.dwo',
};

/** Of an index's columns: DW_SECT_*, as version 5 and as the GNU extension before it numbered them. */
const columnsOfVersion: Readonly<Record<number, Readonly<Record<number, Part>>>> = {
  2: { 1: 'info', 2: 'types', 3: 'abbrev', 5: 'loc', 6: 'strOffsets' },
  5: { 1: 'info', 3: 'abbrev', 5: 'loclists', 6: 'strOffsets', 8: 'rnglists' },
};

/** @throws DwarfError if a package's index is damaged */
export function readSplitSections(elf: ElfImage): readonly SplitSections[] {
  /** Types have sections of their own, one behind the other. */
  const bytesOf = (name: string): Uint8Array => {
    const all = elf.allContents(name);
    for (const { bytes, load } of all) load?.(0, bytes.length);
    return all.length === 1 ? all[0].bytes : joinBytes(all.map(({ bytes }) => bytes));
  };
  const whole = Object.fromEntries(Object.entries(sectionNames).map(([part, name]) => [part, bytesOf(name)])) as Record<Part, Uint8Array>;
  const indexes = ['.debug_cu_index', '.debug_tu_index'].map(bytesOf).filter(({ length }) => length > 0);
  if (indexes.length === 0) return [sectionsFrom(whole)];
  return indexes.flatMap((index) =>
    readIndex(sectionFromBytes('.debug_cu_index', index)).map((row) => {
      const parts = Object.entries(row).map(([part, { offset, size }]) => [part, whole[part as Part].subarray(offset, offset + size)]);
      // A row of types has no other units, nor has a unit's types.
      return sectionsFrom({ ...whole, info: none, types: none, ...Object.fromEntries(parts) });
    }),
  );
}

const none = new Uint8Array();

const sectionsFrom = (bytes: Readonly<Record<Part, Uint8Array>>): SplitSections => {
  const section = (part: Part) => sectionFromBytes(sectionNames[part], bytes[part]);
  return {
    info: section('info'),
    types: section('types'),
    abbrev: section('abbrev'),
    str: section('str'),
    strOffsets: section('strOffsets'),
    loc: section('loc'),
    loclists: section('loclists'),
    rnglists: section('rnglists'),
  };
};

type Row = Partial<Record<Part, { readonly offset: number; readonly size: number }>>;

/** .debug_cu_index and .debug_tu_index (§7.3.5.3); what stands in its hash table is not needed, since all rows are read. */
function readIndex(section: Section): readonly Row[] {
  const reader = new Reader(section);
  const version = reader.u16();
  reader.u16();
  const columns = columnsOfVersion[version];
  if (columns === undefined) throw new DwarfError(`the index of a package has version ${version}, versions 2 and 5 can be read`);
  const [columnCount, rowCount, slotCount] = [reader.u32(), reader.u32(), reader.u32()];
  reader.skip(slotCount * (8 + 4));
  const parts = Array.from({ length: columnCount }, () => columns[reader.u32()]);
  const table = () => Array.from({ length: rowCount }, () => parts.map(() => reader.u32()));
  const [offsets, sizes] = [table(), table()];
  return offsets.map((row, index) =>
    Object.fromEntries(
      row.flatMap((offset, column) => (parts[column] === undefined ? [] : [[parts[column], { offset, size: sizes[index][column] }]])),
    ),
  );
}
