// What is wrong in debug information is left out with a note; the rest, and the image, stay usable.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { type Bytes, counted, string, u8, u16, u32, u64 } from './bytes.ts';
import { elfImage } from './elf-image.ts';

const TEXT = { name: '.text', flags: 6, address: 0x40000000, bytes: new Array<number>(64).fill(0) };

const abbreviations: Bytes = [
  [1, 0x11, 1], // 1: DW_TAG_compile_unit, with children
  [0x03, 0x08, 0x11, 0x01, 0x12, 0x06, 0, 0], // DW_AT_name string, low_pc addr, high_pc data4
  [2, 0x2e, 0], // 2: DW_TAG_subprogram
  [0x03, 0x08, 0x11, 0x01, 0x12, 0x06, 0, 0], // DW_AT_name string, low_pc addr, high_pc data4
  [3, 0x2e, 0, 0x03, 0x7f, 0, 0], // 3: DW_TAG_subprogram with a name in the unknown form 0x7f
  [0],
].flat();

const unit = (name: string, low: number, entries: Bytes, version = 4, abbreviationOffset = 0): Bytes =>
  counted(
    u16(version), // version
    u32(abbreviationOffset), // debug_abbrev_offset
    u8(8), // address_size
    [1, ...string(name), ...u64(low), ...u32(16)], // the unit's entry
    entries,
    [0], // end of its children
  );
const function_ = (name: string, low: number): Bytes => [2, ...string(name), ...u64(low), ...u32(16)];

const open = (...info: readonly Bytes[]) =>
  openProgram(
    'fw.elf',
    elfImage({ sections: [TEXT, { name: '.debug_abbrev', bytes: abbreviations }, { name: '.debug_info', bytes: info.flat() }] }),
  );

const good = unit('good.c', 0x40000010, function_('good', 0x40000010));

test('the good twin', () => {
  const program = open(unit('a.c', 0x40000000, function_('first', 0x40000000)), good);
  assert.equal(program.hasDebugInformation, true);
  assert.equal(program.functionAt(0x40000004n)?.name, 'first');
  assert.equal(program.functionAt(0x40000014n)?.name, 'good');
  assert.deepEqual(program.warnings, []);
});

test('names that stand before the damage of a unit are found', () => {
  const typedef: Bytes = [4, 0x16, 0, 0x03, 0x08, 0, 0, 0]; // 4: DW_TAG_typedef: DW_AT_name string
  const undeclared = 0x70;
  const info = unit('a.c', 0x40000000, [4, ...string('before'), undeclared, 4, ...string('behind')]);
  const sections = [
    TEXT,
    { name: '.debug_abbrev', bytes: [...abbreviations.slice(0, -1), ...typedef] },
    { name: '.debug_info', bytes: info },
  ];
  const program = openProgram('fw.elf', elfImage({ sections }));
  assert.equal(program.typeNamed('before')?.kind, 'typedef');
  assert.equal(program.typeNamed('behind'), undefined);
  assert.match(program.warnings.join(' '), /undeclared abbreviation 112/);
});

test('a function whose parameters cannot be read has a type without them', () => {
  const undeclared = 0x70;
  const withOrigin: Bytes = [2, 0x2e, 0, 0x03, 0x08, 0x11, 0x01, 0x12, 0x06, 0x31, 0x13, 0, 0, 0]; // … DW_AT_abstract_origin ref4
  const sections = (info: Bytes) => [
    TEXT,
    { name: '.debug_abbrev', bytes: [...abbreviations.slice(0, 11), ...withOrigin] },
    { name: '.debug_info', bytes: info },
  ];
  // The last byte of the name is no entry.
  const at = 11 + 1 + 'a.c'.length + 1 + 8 + 4 + 1 + 'brokenp'.length - 1;
  const name = [...string('broken').slice(0, -1), undeclared, 0];
  const info = unit('a.c', 0x40000000, [2, ...name, ...u64(0x40000000), ...u32(16), ...u32(at)]);
  const program = openProgram('fw.elf', elfImage({ sections: sections(info) }));
  assert.equal(program.functionAt(0x40000004n)?.type?.().kind, 'function');
  assert.match(program.warnings.join(' '), /undeclared abbreviation 112/);
});

for (const [what, bad, note] of [
  [
    'a unit of an unknown version',
    unit('a.c', 0x40000000, [], 9),
    'The unit at offset 0 of .debug_info is left out: its version is 9, versions 2 to 5 can be read.',
  ],
  [
    'a unit without abbreviations',
    unit('a.c', 0x40000000, [], 4, 0x1000),
    'Debug information of the unit at offset 0 cannot be used: .debug_abbrev has no bytes 4096 to 30 (it has 30).',
  ],
  [
    'an entry of an unknown form',
    unit('a.c', 0x40000000, [3]),
    'Debug information of "a.c" cannot be used: .debug_info uses the unknown form 0x7f at 29.',
  ],
  [
    'an undeclared abbreviation',
    unit('a.c', 0x40000000, [77]),
    'Debug information of "a.c" cannot be used: the entry at 28 of .debug_info has the undeclared abbreviation 77.',
  ],
  [
    'an entry cut short',
    unit('a.c', 0x40000000, [2, 0x78]),
    'Debug information of "a.c" cannot be used: .debug_info ends at 31, inside the 8 bytes at 31.',
  ],
] as const) {
  test(`${what} leaves the other units usable`, () => {
    const program = open(bad, good);
    assert.equal(program.functionAt(0x40000004n), undefined);
    assert.equal(program.functionAt(0x40000014n)?.name, 'good');
    assert.ok(program.warnings.includes(note), program.warnings.join('\n'));
  });
}

test('after a unit of impossible length nothing is left', () => {
  const program = open([...u32(0x1000), ...u32(0)]);
  assert.equal(program.hasDebugInformation, false);
  assert.deepEqual(program.warnings, [
    'The units from offset 0 of .debug_info on are left out: .debug_info has no bytes 4 to 4100 (it has 8).',
  ]);
});

for (const [section, bytes] of [
  ['.gnu_debugaltlink', [...string('/debug/.dwz/shared.debug'), ...new Array<number>(20).fill(0x5a)]], // path, build-id
  ['.debug_sup', [...u16(5), ...u8(0), ...string('/debug/.dwz/shared.debug'), 20]], // version, is_supplementary, path, length of the checksum
] as const)
  test(`what ${section} says to be elsewhere is told, and only when debug information is read`, () => {
    const sections = [
      TEXT,
      { name: '.debug_abbrev', bytes: abbreviations },
      { name: '.debug_info', bytes: good },
      { name: section, bytes },
    ];
    const program = openProgram('fw.elf', elfImage({ sections }));
    assert.deepEqual(program.warnings, []);
    assert.equal(program.functionAt(0x40000014n)?.name, 'good');
    assert.deepEqual(program.warnings, [
      'Names and types that dwz has moved to "/debug/.dwz/shared.debug" are missing: such files are not read. Build it without "dwz -m".',
    ]);
  });
