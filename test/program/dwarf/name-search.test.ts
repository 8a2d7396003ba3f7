/** What is found in the bytes of sections, beside what reading every unit gives. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readAddressRanges } from '../../../debug-adapter/program/dwarf/address-ranges.ts';
import * as c from '../../../debug-adapter/program/dwarf/constants.ts';
import { children, nameOf, readString, walk } from '../../../debug-adapter/program/dwarf/entries.ts';
import { createNameSearch } from '../../../debug-adapter/program/dwarf/name-search.ts';
import { rangesOf } from '../../../debug-adapter/program/dwarf/ranges.ts';
import { sectionFromBytes } from '../../../debug-adapter/program/dwarf/reader.ts';
import { readUnits, type Unit } from '../../../debug-adapter/program/dwarf/units.ts';
import { debugSections } from '../../../debug-adapter/program/open-program.ts';
import { elfOfFixture, fixtureNames } from '../fixtures.ts';

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
        const found = [...(search?.(name, anyEntry) ?? units.list)];
        assert.deepEqual(
          list.filter((unit) => !found.includes(unit)).map(({ offset }) => offset),
          [],
          name,
        );
      }
      assert.deepEqual([...(search?.('no_such_name_anywhere', anyEntry) ?? [])], []);
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
          const found: readonly number[] = [...search(name, (abbreviation) => abbreviation.tag === tag)].map(({ offset }) => offset);
          const having = [...(named.get(name) ?? [])];
          // Others put attributes of any length before the name: there a unit too many may be found.
          if (/^gcc-.*dwarf[45]/.test(fixture)) assert.deepEqual(found, having, `${name} of tag ${tag}`);
          else assert.deepEqual(new Set([...having, ...found]), new Set(found), `${name} of tag ${tag}`);
        }
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
