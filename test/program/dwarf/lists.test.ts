// Range lists and location lists of every kind, of versions 4 and 5.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as c from '../../../debug-adapter/program/dwarf/constants.ts';
import { entryAt } from '../../../debug-adapter/program/dwarf/entries.ts';
import { expressionAt, readLocationAttribute } from '../../../debug-adapter/program/dwarf/location-lists.ts';
import { rangesOf } from '../../../debug-adapter/program/dwarf/ranges.ts';
import { DwarfError } from '../../../debug-adapter/program/dwarf/reader.ts';
import { readUnits } from '../../../debug-adapter/program/dwarf/units.ts';
import { type Bytes, counted, u8, u16, u32, u64, uleb } from '../bytes.ts';
import { debugSectionsOf } from './sections.ts';

const SEC_OFFSET = 0x17;
const LOCLISTX = 0x22;
const RNGLISTX = 0x23;

/** A unit at 0x1000 whose entry has a range list and a location list at `offset` of the sections (or index 0 for the x forms). */
function rootWith(version: 4 | 5, forms: { ranges: number; location: number }, lists: { ranges?: Bytes; locations?: Bytes }, offset = 0) {
  const reference = (form: number): Bytes => (form === SEC_OFFSET ? u32(offset) : uleb(0));
  const sections = debugSectionsOf({
    abbrev: [
      [1, 0x11, 0], // DW_TAG_compile_unit, no children
      [0x11, 0x01], // DW_AT_low_pc, DW_FORM_addr
      [0x55, forms.ranges], // DW_AT_ranges
      [0x02, forms.location], // DW_AT_location
      [0x73, 0x17], // DW_AT_addr_base
      [0x74, 0x17], // DW_AT_rnglists_base
      [...uleb(0x8c), 0x17], // DW_AT_loclists_base
      [0, 0, 0],
    ],
    info: [
      counted(
        u16(version),
        version === 5 ? [...u8(1), ...u8(8), ...u32(0)] : [...u32(0), ...u8(8)],
        [1],
        u64(0x1000),
        reference(forms.ranges),
        reference(forms.location),
        u32(8), // addr_base: behind the header
        u32(0), // rnglists_base: the offsets are at the start
        u32(0), // loclists_base
      ),
    ],
    addr: [u32(0), u32(0), u64(0x7000), u64(0x7100)],
    [version === 5 ? 'rnglists' : 'ranges']: [lists.ranges ?? []],
    [version === 5 ? 'loclists' : 'loc']: [lists.locations ?? []],
  });
  const [unit] = readUnits(sections, (note) => {
    throw new Error(note);
  }).list;
  return entryAt(unit, unit.firstEntry);
}

const both = { ranges: SEC_OFFSET, location: SEC_OFFSET };
const LARGEST = 0xffff_ffff_ffff_ffffn;

describe('range lists', () => {
  const v4 = (...words: readonly (number | bigint)[]): Bytes => words.flatMap((word) => [...u64(word)]);
  for (const [what, version, list, ranges] of [
    [
      'of version 4 count from the unit',
      4,
      v4(0x10, 0x20, 0x30, 0x40, 0, 0),
      [
        [0x1010, 0x1020],
        [0x1030, 0x1040],
      ],
    ],
    ['of version 4 may select another base', 4, v4(LARGEST, 0x5000, 0x10, 0x20, 0, 0), [[0x5010, 0x5020]]],
    ['of version 4 may have empty entries', 4, v4(0x10, 0x10, 0x30, 0x40, 0, 0), [[0x1030, 0x1040]]],
    ['DW_RLE_offset_pair', 5, [4, 0x10, 0x20, 0], [[0x1010, 0x1020]]],
    ['DW_RLE_base_address', 5, [5, ...u64(0x5000), 4, 0x10, 0x20, 0], [[0x5010, 0x5020]]],
    ['DW_RLE_base_addressx', 5, [1, 1, 4, 0x10, 0x20, 0], [[0x7110, 0x7120]]],
    ['DW_RLE_startx_endx', 5, [2, 0, 1, 0], [[0x7000, 0x7100]]],
    ['DW_RLE_startx_length', 5, [3, 1, 8, 0], [[0x7100, 0x7108]]],
    ['DW_RLE_start_end', 5, [6, ...u64(0x2000), ...u64(0x2010), 0], [[0x2000, 0x2010]]],
    ['DW_RLE_start_length', 5, [7, ...u64(0x2000), ...uleb(300), 0], [[0x2000, 0x212c]]],
  ] as const) {
    test(what, () => {
      const entry = rootWith(version, both, { ranges: list });
      assert.deepEqual(
        rangesOf(entry).map(({ low, high }) => [low, high]),
        ranges,
      );
    });
  }
  test('DW_FORM_rnglistx counts from the base', () => {
    const entry = rootWith(5, { ranges: RNGLISTX, location: SEC_OFFSET }, { ranges: [...u32(4), 4, 0x10, 0x20, 0] });
    assert.deepEqual(rangesOf(entry), [{ low: 0x1010, high: 0x1020 }]);
  });
  for (const [what, version, list] of [
    ['without an end', 5, [4, 0x10, 0x20]],
    ['of an unknown kind', 5, [9, 0]],
    ['of version 4 without an end', 4, [...u64(0x10)]],
  ] as const) {
    test(`${what} are damage`, () => assert.throws(() => rangesOf(rootWith(version, both, { ranges: list })), DwarfError));
  }
});

describe('location lists', () => {
  const REG0: Bytes = [1, 0x50];
  const REG1: Bytes = [1, 0x51];
  const v4 = (low: number | bigint, high: number | bigint, register: number): Bytes => [
    ...u64(low),
    ...u64(high),
    ...u16(1),
    0x50 + register,
  ];
  const end: Bytes = [...u64(0), ...u64(0)];
  /** Which register the list names at each address. */
  for (const [what, version, list, places] of [
    [
      'of version 4 count from the unit',
      4,
      [...v4(0x10, 0x20, 0), ...v4(0x20, 0x30, 1), ...end],
      { 0x100f: undefined, 0x1010: 0, 0x1020: 1, 0x1030: undefined },
    ],
    [
      'of version 4 may select another base',
      4,
      [...u64(LARGEST), ...u64(0x5000), ...v4(0, 8, 3), ...end],
      { 0x5000: 3, 0x5008: undefined },
    ],
    ['DW_LLE_offset_pair', 5, [4, 0x10, 0x20, ...REG1, 0], { 0x1010: 1, 0x1020: undefined }],
    ['DW_LLE_base_address', 5, [6, ...u64(0x5000), 4, 0, 8, ...REG0, 0], { 0x5000: 0, 0x1000: undefined }],
    ['DW_LLE_base_addressx', 5, [1, 1, 4, 0, 8, ...REG0, 0], { 0x7100: 0, 0x7108: undefined }],
    ['DW_LLE_startx_endx', 5, [2, 0, 1, ...REG0, 0], { 0x7000: 0, 0x7100: undefined }],
    ['DW_LLE_startx_length', 5, [3, 0, 8, ...REG0, 0], { 0x7000: 0, 0x7008: undefined }],
    ['DW_LLE_start_end', 5, [7, ...u64(0x2000), ...u64(0x2010), ...REG1, 0], { 0x2000: 1, 0x2010: undefined }],
    ['DW_LLE_start_length', 5, [8, ...u64(0x2000), 8, ...REG1, 0], { 0x2000: 1, 0x2008: undefined }],
    ['DW_LLE_default_location holds where nothing else does', 5, [5, ...REG1, 4, 0, 8, ...REG0, 0], { 0x1000: 0, 0x1008: 1 }],
    ['DW_LLE_GNU_view_pair is passed over', 5, [9, 0, 1, 4, 0, 8, ...REG0, 0], { 0x1000: 0 }],
  ] as const) {
    test(what, () => {
      const location = readLocationAttribute(rootWith(version, both, { locations: list }), c.DW_AT_location);
      assert.ok(location !== undefined);
      const found = Object.keys(places).map((address) => {
        const expression = expressionAt(location, Number(address));
        return [address, expression && expression.section.bytes[expression.offset] - 0x50];
      });
      assert.deepEqual(Object.fromEntries(found), places);
    });
  }
  test('DW_FORM_loclistx counts from the base', () => {
    const entry = rootWith(5, { ranges: SEC_OFFSET, location: LOCLISTX }, { locations: [...u32(4), 4, 0x10, 0x20, ...REG0, 0] });
    const location = readLocationAttribute(entry, c.DW_AT_location);
    assert.equal(location?.kind, 'list');
  });
  for (const [what, version, list] of [
    ['without an end', 5, [4, 0x10, 0x20, ...REG0]],
    ['of an unknown kind', 5, [0x20]],
    ['with an expression beyond the section', 5, [4, 0, 8, 100]],
    ['of version 4 without an end', 4, v4(0, 8, 1)],
  ] as const) {
    test(`${what} are damage`, () => {
      assert.throws(() => readLocationAttribute(rootWith(version, both, { locations: list }), c.DW_AT_location), DwarfError);
    });
  }
});
