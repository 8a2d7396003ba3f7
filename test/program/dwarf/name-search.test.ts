/** What is found in the bytes of sections, beside what reading every unit gives. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readAddressRanges } from '../../../debug-adapter/program/dwarf/address-ranges.ts';
import * as c from '../../../debug-adapter/program/dwarf/constants.ts';
import { children, type Entry, type EntryFilter, nameOf, readString, walk } from '../../../debug-adapter/program/dwarf/entries.ts';
import { createNameSearch } from '../../../debug-adapter/program/dwarf/name-search.ts';
import { declaredIn, visitDeclared } from '../../../debug-adapter/program/dwarf/qualified-names.ts';
import { rangesOf } from '../../../debug-adapter/program/dwarf/ranges.ts';
import { pieceByPiece, type Section, sectionFromBytes } from '../../../debug-adapter/program/dwarf/reader.ts';
import { readUnits, type Unit } from '../../../debug-adapter/program/dwarf/units.ts';
import { debugSections } from '../../../debug-adapter/program/debug-sections.ts';
import { type Bytes, counted, string, u8, u16, u32 } from '../bytes.ts';
import { elfOfFixture, fixtureNames, openFixture } from '../fixtures.ts';
import { debugSectionsOf } from './sections.ts';

const noNotes = (note: string): never => {
  throw new Error(note);
};

const anyEntry = () => true;

for (const fixture of fixtureNames) {
  describe(fixture, () => {
    const sections = debugSections(elfOfFixture(fixture));
    const units = readUnits(sections, noNotes);
    const search = createNameSearch(sections, units);

    test('names are searched for unless they are indices or stand in .debug_types too', () => {
      assert.equal(search === undefined, sections.strOffsets.bytes.length > 0 || sections.types.bytes.length > 0);
    });

    test('every name at the top level of a unit is found in that unit, and one that is nowhere in none', () => {
      const unitsOf = new Map<string, Unit[]>();
      for (const unit of units.list) {
        for (const entry of children(unit.root.entry)) {
          const name = nameOf(entry);
          if (name !== undefined) unitsOf.set(name, [...(unitsOf.get(name) ?? []), unit]);
        }
      }
      assert.ok(unitsOf.size > 0 || fixture.startsWith('assembly'));
      for (const [name, list] of unitsOf) {
        const found = [...(search?.units(name, anyEntry) ?? units.list)];
        assert.deepEqual(
          list.filter((unit) => !found.includes(unit)).map(({ offset }) => offset),
          [],
          name,
        );
      }
      assert.deepEqual([...(search?.units('no_such_name_anywhere', anyEntry) ?? [])], []);
    });

    test('a name is found in the units whose entries of a wanted kind have it', () => {
      if (search === undefined) return;
      for (const tag of [c.DW_TAG_variable, c.DW_TAG_member, c.DW_TAG_enumerator, c.DW_TAG_subprogram]) {
        const named = new Map<string, Set<number>>();
        for (const unit of units.list)
          walk(unit.root.entry, (entry) => {
            const name = entry.tag === tag ? readString(entry, c.DW_AT_name) : undefined;
            if (name !== undefined) named.set(name, (named.get(name) ?? new Set()).add(unit.offset));
          });
        for (const name of ['value', 'next', 'count', 'regs', ...named.keys()]) {
          const found: readonly number[] = [...search.units(name, (abbreviation) => abbreviation.tag === tag)].map(({ offset }) => offset);
          const having = [...(named.get(name) ?? [])];
          // Others put attributes of any length before the name: there a unit too many may be found.
          if (/^gcc-.*dwarf[45]/.test(fixture)) assert.deepEqual(found, having, `${name} of tag ${tag}`);
          else assert.deepEqual(new Set([...having, ...found]), new Set(found), `${name} of tag ${tag}`);
        }
      }
    });

    test('what is declared is found in bytes as in entries', () => {
      for (const unit of units.list) {
        const offsets = (entries: Iterable<Entry>) => Array.from(entries, ({ offset }) => offset);
        const declaredThat = (info: Section, isWanted: EntryFilter): readonly Entry[] => {
          const found: Entry[] = [];
          visitDeclared(unit, info, isWanted, (entry) => void found.push(entry));
          return found;
        };
        assert.deepEqual(offsets(declaredThat(pieceByPiece(unit.sections.info), anyEntry)), offsets(declaredIn(unit.root.entry)));
        const isType = ({ tag }: Pick<Entry, 'tag'>) => tag === c.DW_TAG_structure_type;
        assert.deepEqual(offsets(declaredThat(unit.sections.info, isType)), offsets([...declaredIn(unit.root.entry)].filter(isType)));
      }
    });

    test('a name is found as what it is asked for', () => {
      const program = openFixture(fixture);
      const functions = program.symbols().flatMap(({ name, kind }) => (kind === 'function' ? [name] : []));
      const variables = program.globals().map(({ name }) => name);
      for (const name of functions.filter((function_) => !variables.includes(function_))) {
        assert.equal(program.global(name), undefined, name);
        assert.equal(program.typeNamed(name), undefined, name);
        assert.equal(program.enumerator(name), undefined, name);
      }
      for (const name of variables) {
        assert.equal(program.global(name)?.name, name);
        assert.deepEqual(program.functionsNamed(name), [], name);
        assert.equal(program.typeNamed(`struct ${name}`), undefined, name);
      }
    });

    test('.debug_aranges has the code that the units say they have', () => {
      const listed = readAddressRanges(sections.aranges);
      const sorted = (ranges: readonly { low: number; high: number }[]) =>
        ranges
          .filter(({ low, high }) => high > low)
          .map(({ low, high }) => `${low} ${high}`)
          .sort();
      for (const { offset, root } of units.list) {
        const ranges = listed.get(offset);
        if (ranges !== undefined) assert.deepEqual(sorted(ranges), sorted(rangesOf(root.entry)), root.name);
      }
    });
  });
}

describe('a name that is the end of longer strings', () => {
  /** A unit with a variable whose name is the string at an offset. */
  const unitWith = (string: number): Bytes => counted(u16(4), u32(0), u8(8), [1], [2, ...u32(string)], [0]);
  const placesFound = (...strings: readonly number[]): readonly number[] => {
    const sections = debugSectionsOf({
      abbrev: [
        [1, 0x11, 1, 0, 0], // 1: DW_TAG_compile_unit, with children
        [2, 0x34, 0, 0x03, 0x0e, 0, 0], // 2: DW_TAG_variable: DW_AT_name strp
        [0],
      ],
      str: [string('early'), string('z_count'), string('a_count'), string('zz_counts')],
      info: strings.map(unitWith),
    });
    const units = readUnits(sections, noNotes);
    const found = [...(createNameSearch(sections, units)?.units('count', anyEntry) ?? [])];
    return found.map((unit) => units.list.indexOf(unit));
  };
  const [inZ, inA] = ['early\0z_'.length, 'early\0z_count\0a_'.length];

  // As strings are sorted by linkers, from their last letter on, a_count is next to count.
  for (const [what, strings, expected] of [
    ['is looked for where linkers let it stand', [inA, 0, inA], [0, 2]],
    ['is looked for nowhere else if it is there', [inZ, inA], [1]],
    ['is looked for everywhere if it is not', [0, inZ, inZ], [1, 2]],
    ['may be that of nothing', [0, 0], []],
  ] as const)
    test(what, () => assert.deepEqual(placesFound(...strings), expected));
});

test('units whose entries have the same shapes share them', () => {
  const abbreviations = (code: number, constant: number): Bytes => [
    ...[1, 0x11, 0, 0, 0], // DW_TAG_compile_unit
    ...[code, 0x34, 0, 0x03, 0x0e, 0x3b, 0x21, constant, 0, 0], // DW_TAG_variable: DW_AT_name strp, DW_AT_decl_line implicit_const
    0,
  ];
  const tables = [abbreviations(2, 7), abbreviations(9, 7), abbreviations(2, 8)];
  const offsets = tables.map((_, index) => tables.slice(0, index).flat().length);
  const sections = debugSectionsOf({ abbrev: tables, info: offsets.map((offset) => counted(u16(5), u8(1), u8(8), u32(offset), [1])) });
  const [first, second, third] = readUnits(sections, noNotes).list.map((unit) => unit.abbreviations);
  assert.ok(first.get(2) !== undefined);
  assert.equal(first.get(2), second.get(9));
  assert.deepEqual(
    [first.get(2)?.implicitConstants, third.get(2)?.implicitConstants],
    [
      [undefined, 7n],
      [undefined, 8n],
    ],
  );
  assert.deepEqual(first.get(2)?.beforeName, { 4: 0, 8: 0 });
  assert.deepEqual(first.get(2)?.size, { 4: 4, 8: 8 });
});

test('.debug_aranges that is cut off gives what stands before', () => {
  const set = new DataView(new ArrayBuffer(48));
  set.setUint32(0, 44, true);
  set.setUint16(4, 2, true);
  set.setUint32(6, 0x123, true);
  set.setUint8(10, 8);
  set.setBigUint64(16, 0x4000n, true);
  set.setBigUint64(24, 0x10n, true);
  const ranges = [{ low: 0x4000, high: 0x4010 }];
  for (const [bytes, expected] of [
    [new Uint8Array(set.buffer), [[0x123, ranges]]],
    [new Uint8Array([...new Uint8Array(set.buffer), 9, 9, 9]), [[0x123, ranges]]],
    [new Uint8Array(set.buffer).subarray(0, 30), []],
    [new Uint8Array(), []],
  ] as const) {
    assert.deepEqual([...readAddressRanges(sectionFromBytes('.debug_aranges', bytes))], expected);
  }
});
