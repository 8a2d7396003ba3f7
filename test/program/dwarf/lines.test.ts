import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readLineHeader } from '../../../debug-adapter/program/dwarf/line-header.ts';
import { END_SEQUENCE, IS_STATEMENT, PROLOGUE_END, rowAt, runLineProgram } from '../../../debug-adapter/program/dwarf/lines.ts';
import { DwarfError } from '../../../debug-adapter/program/dwarf/reader.ts';
import { type Bytes, counted, padding, sleb, string, u8, u16, u32, u64, uleb } from '../bytes.ts';
import { debugSectionsOf } from './sections.ts';

const DIRECTORY = '/src';

/** What every version has between the header length and the names. */
const parameters = (version: number): Bytes => [
  ...u8(4), // minimum_instruction_length
  ...(version >= 4 ? u8(1) : []), // maximum_operations_per_instruction
  ...u8(1), // default_is_stmt
  ...u8(-5), // line_base
  ...u8(14), // line_range
  ...u8(13), // opcode_base
  ...[0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1], // standard_opcode_lengths
];

const namesV2: Bytes = [
  ...string('lib'), // include_directories[1]
  ...u8(0), // end of include_directories
  ...string('main.c'), // file_names[1]
  ...uleb(0), // in the compilation directory
  ...uleb(0), // no time
  ...uleb(0), // no length
  ...string('../x.h'), // file_names[2]
  ...uleb(1), // in lib
  ...uleb(0),
  ...uleb(0),
  ...u8(0), // end of file_names
];

const namesV5: Bytes = [
  ...u8(1), // directory_entry_format_count
  ...uleb(1), // DW_LNCT_path
  ...uleb(0x1f), // DW_FORM_line_strp
  ...uleb(2), // directories_count
  ...u32(0), // "/src"
  ...u32(5), // "lib"
  ...u8(3), // file_name_entry_format_count
  ...uleb(1), // DW_LNCT_path
  ...uleb(0x08), // DW_FORM_string
  ...uleb(2), // DW_LNCT_directory_index
  ...uleb(0x0b), // DW_FORM_data1
  ...uleb(5), // DW_LNCT_MD5
  ...uleb(0x1e), // DW_FORM_data16
  ...uleb(2), // file_names_count
  ...string('main.c'), // file 0
  ...u8(0),
  ...padding(16),
  ...string('../x.h'), // file 1
  ...u8(1),
  ...padding(16),
];

const table = (version: number, names: Bytes, program: Bytes): Bytes =>
  counted(
    u16(version), // version
    version >= 5 ? [...u8(8), ...u8(0)] : [], // address_size, segment_selector_size
    counted(parameters(version), names), // header_length and what it counts
    program,
  );

const setAddress = (address: number | bigint): Bytes => [0, 9, 2, ...u64(address)];
const endSequence: Bytes = [0, 1, 1];

const open = (bytes: Bytes) =>
  readLineHeader(debugSectionsOf({ line: [bytes], lineStr: [string('/src'), string('lib')] }), 0, DIRECTORY, 'main.c');
const filesOf = (bytes: Bytes) => {
  const { files } = open(bytes);
  return Array.from({ length: files.count }, (_, file) => files.path(file));
};
const run = (program: Bytes) => runLineProgram(open(table(4, namesV2, program)), () => true);
const rowsOf = (program: Bytes) => {
  const { addresses, lines, columns, fileNumbers, flags } = run(program);
  return Array.from(addresses, (address, row) => [address, lines[row], columns[row], fileNumbers[row], flags[row]]);
};

describe('file names', () => {
  for (const version of [2, 3, 4]) {
    test(`of version ${version} count from 1`, () => {
      assert.deepEqual(filesOf(table(version, namesV2, [])), ['/src/main.c', '/src/main.c', '/src/x.h']);
    });
  }
  test('of version 5 count from 0 and may have more contents than paths', () => {
    assert.deepEqual(filesOf(table(5, namesV5, [])), ['/src/main.c', '/src/x.h']);
  });
});

describe('opcodes', () => {
  const S = IS_STATEMENT;
  const E = IS_STATEMENT | END_SEQUENCE;
  for (const [what, program, rows] of [
    ['DW_LNS_copy and DW_LNS_advance_line', [3, ...sleb(9), 1], [[0x1000, 10, 0, 1, S]]],
    // 13 + (2 - -5) + 14 * 3: line + 2, address + 3 instructions
    ['a special opcode', [13 + 7 + 42], [[0x100c, 3, 0, 1, S]]],
    ['a special opcode that goes back', [3, ...sleb(9), 13], [[0x1000, 5, 0, 1, S]]],
    ['DW_LNS_advance_pc counts instructions', [2, ...uleb(200), 1], [[0x1320, 1, 0, 1, S]]],
    // (255 - 13) / 14 = 17 instructions
    ['DW_LNS_const_add_pc', [8, 1], [[0x1044, 1, 0, 1, S]]],
    ['DW_LNS_fixed_advance_pc counts bytes', [9, ...u16(0x102), 1], [[0x1102, 1, 0, 1, S]]],
    ['DW_LNS_set_file and set_column', [4, 2, 5, ...uleb(300), 1], [[0x1000, 1, 300, 2, S]]],
    [
      'DW_LNS_negate_stmt',
      [6, 1, 6, 1],
      [
        [0x1000, 1, 0, 1, 0],
        [0x1000, 1, 0, 1, S],
      ],
    ],
    [
      'DW_LNS_set_prologue_end holds for one row',
      [10, 1, 1],
      [
        [0x1000, 1, 0, 1, S | PROLOGUE_END],
        [0x1000, 1, 0, 1, S],
      ],
    ],
    ['basic block, epilogue and isa leave the row as it is', [7, 11, 12, 5, 1], [[0x1000, 1, 0, 1, S]]],
    ['DW_LNE_set_discriminator and unknown extended opcodes are passed over', [0, 2, 4, 7, 0, 3, 0x80, 1, 2, 1], [[0x1000, 1, 0, 1, S]]],
  ] as const) {
    test(what, () => {
      const last = rows[rows.length - 1];
      assert.deepEqual(rowsOf([...setAddress(0x1000), ...program, ...endSequence]), [...rows, [last[0], last[1], last[2], last[3], E]]);
    });
  }
  test('DW_LNE_define_file adds a file', () => {
    const { file } = run([0, 5, 3, ...string('a.h'), ...endSequence]);
    assert.deepEqual([0, 1, 2, 3].map(file), ['/src/main.c', '/src/main.c', '/src/x.h', 'a.h']);
  });
  for (const [what, program, length] of [
    ['an address', [0, 5, 2, 0, 0x10, 0, 0], 5],
    ['a name', [0, 3, 3, ...string('a.h')], 3],
  ] as const)
    test(`an extended opcode whose length is less than ${what} takes is damage`, () => {
      const message = new RegExp(`^.debug_line has an extended opcode of ${length} bytes at \\d+ that needs more$`);
      assert.throws(
        () => run([...program, ...new Array<number>(16).fill(0)]),
        (error) => error instanceof DwarfError && message.test(error.message),
      );
    });
  test('a program of more rows than there is room for at first has all of them', () => {
    const { lines, addresses } = run([...setAddress(0x1000), ...new Array<number>(10_000).fill(13 + 6 + 14), ...endSequence]);
    assert.equal(lines.length, 10_001);
    assert.deepEqual([lines[0], lines[9_999], addresses[0], addresses[9_999]], [2, 10_001, 0x1004, 0x1000 + 40_000]);
    assert.deepEqual(rowsOf([...setAddress(0x1000), 1, ...endSequence]).length, 2, 'nothing is left of it in the next one');
  });
  test('DW_LNE_end_sequence resets the state', () => {
    const rows = rowsOf([
      ...setAddress(0x1000),
      4,
      2,
      3,
      ...sleb(5),
      1,
      2,
      1,
      ...endSequence,
      ...setAddress(0x800),
      1,
      2,
      1,
      ...endSequence,
    ]);
    assert.deepEqual(
      rows.map(([address, line, , file]) => [address, line, file]),
      [
        [0x1000, 6, 2],
        [0x1004, 6, 2],
        [0x800, 1, 1],
        [0x804, 1, 1],
      ],
    );
  });
});

describe('looking up an address', () => {
  // 0x1000: line 1, then at 0x1008 lines 2 and 3, to 0x1010; and 0x800 to 0x808.
  const program: Bytes = [
    ...setAddress(0x1000),
    1,
    2,
    2,
    3,
    1,
    1,
    3,
    1,
    1,
    2,
    2,
    ...endSequence,
    ...setAddress(0x800),
    1,
    2,
    2,
    ...endSequence,
  ];
  for (const [address, line] of [
    [0x7fc, undefined],
    [0x800, 1],
    [0x807, 1],
    [0x808, undefined],
    [0xfff, undefined],
    [0x1000, 1],
    [0x1007, 1],
    [0x1008, 3],
    [0x100f, 3],
    [0x1010, undefined],
  ] as const) {
    test(`0x${address.toString(16)} is ${line === undefined ? 'in no sequence' : `line ${line}`}`, () => {
      const lines = run(program);
      const found = rowAt(lines, address);
      assert.equal(found && lines.lines[found.row], line);
    });
  }
  test('sequences of removed functions are left out', () => {
    const lines = runLineProgram(open(table(4, namesV2, program)), (address) => address >= 0x1000);
    assert.deepEqual(
      lines.sequences.map(({ low, high }) => [low, high]),
      [[0x1000, 0x1010]],
    );
  });
  test('rows that go back are put in order', () => {
    const lines = run([...setAddress(0x1008), 1, ...setAddress(0x1000), 3, 1, 1, ...setAddress(0x1010), ...endSequence]);
    assert.deepEqual([...lines.addresses], [0x1000, 0x1008, 0x1010]);
    assert.deepEqual([...lines.lines], [2, 1, 2]);
  });
});

describe('damage', () => {
  const withoutRange = [...parameters(4)];
  withoutRange[4] = 0; // line_range
  for (const [what, bytes, message] of [
    ['an unknown version', counted(u16(6)), 'the line table at 0 has version 6, versions 2 to 5 can be read'],
    ['a line_range of 0', counted(u16(4), counted(withoutRange, namesV2)), 'the line table at 0 has a line_range of 0'],
    [
      'a header beyond its end',
      counted(u16(4), u32(500), parameters(4), namesV2),
      'the line table at 0 has the header_length 500, beyond its end',
    ],
    [
      'more names than bytes',
      counted(u16(5), u8(8), u8(0), counted(parameters(5), [0, ...uleb(1n << 40n)])),
      'the line table at 0 announces 1099511627776 names in 0 bytes',
    ],
    ['a unit beyond the section', u32(100), '.debug_line has no bytes 4 to 104 (it has 4)'],
  ] as const) {
    test(`${what} is an error`, () => assert.throws(() => open(bytes), new DwarfError(message)));
  }
});
