// What a function is called goes by its unit's language: in C++ with scopes and parameters, in others as it is declared.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { type Bytes, counted, string, u8, u16, u32, u64 } from './bytes.ts';
import { elfImage } from './elf-image.ts';

const abbreviations: Bytes = [
  [1, 0x11, 1, 0x13, 0x05, 0x11, 0x01, 0x12, 0x06, 0, 0], // 1: DW_TAG_compile_unit, with children: DW_AT_language data2, low_pc addr, high_pc data4
  [2, 0x39, 1, 0x03, 0x08, 0, 0], // 2: DW_TAG_namespace, with children: DW_AT_name string
  [3, 0x2e, 1], // 3: DW_TAG_subprogram, with children
  [0x03, 0x08, 0x6e, 0x08, 0x3f, 0x19, 0x11, 0x01, 0x12, 0x06, 0, 0], // name string, linkage_name string, external flag_present, low_pc addr, high_pc data4
  [4, 0x05, 0, 0x49, 0x13, 0, 0], // 4: DW_TAG_formal_parameter: DW_AT_type ref4
  [5, 0x24, 0, 0x03, 0x08, 0x3e, 0x0b, 0x0b, 0x0b, 0, 0], // 5: DW_TAG_base_type: name string, encoding data1, byte_size data1
  [0],
].flat();

const HEADER_BYTES = 11;
const ROOT_BYTES = 1 + 2 + 8 + 4;

/** A unit with `int`, and in the namespace `ns` a function `f(int)` that the linker knows by another name. */
const programIn = (language: number) =>
  openProgram(
    'fw.elf',
    elfImage({
      sections: [
        { name: '.text', flags: 6, address: 0x4000_0000, bytes: new Array<number>(16).fill(0) },
        { name: '.debug_abbrev', bytes: abbreviations },
        {
          name: '.debug_info',
          bytes: counted(
            u16(4), // version
            u32(0), // debug_abbrev_offset
            u8(8), // address_size
            [1, ...u16(language), ...u64(0x4000_0000), ...u32(16)],
            [5, ...string('int'), 5, 4], // DW_ATE_signed
            [2, ...string('ns')],
            [3, ...string('f'), ...string('__other_f'), ...u64(0x4000_0000), ...u32(16)],
            [4, ...u32(HEADER_BYTES + ROOT_BYTES)],
            [0, 0, 0],
          ),
        },
      ],
    }),
  );

const languages: readonly (readonly [name: string, code: number, functionName: string])[] = [
  ['DW_LANG_C_plus_plus', 0x04, 'ns::f(int)'],
  ['DW_LANG_ObjC_plus_plus', 0x11, 'ns::f(int)'],
  ['DW_LANG_C_plus_plus_03', 0x19, 'ns::f(int)'],
  ['DW_LANG_C_plus_plus_11', 0x1a, 'ns::f(int)'],
  ['DW_LANG_C_plus_plus_14', 0x21, 'ns::f(int)'],
  ['DW_LANG_C_plus_plus_17', 0x2a, 'ns::f(int)'],
  ['DW_LANG_C_plus_plus_20', 0x2b, 'ns::f(int)'],
  ['DW_LANG_C_plus_plus_23', 0x3a, 'ns::f(int)'],
  ['DW_LANG_Rust', 0x1c, 'ns::f'],
  ['DW_LANG_C89', 0x01, 'f'],
  ['DW_LANG_C11', 0x1d, 'f'],
  ['DW_LANG_C17', 0x2c, 'f'],
  ['DW_LANG_C23', 0x3e, 'f'],
  ['DW_LANG_Fortran08', 0x23, 'f'],
  ['DW_LANG_Ada95', 0x0d, 'f'],
];
for (const [name, code, functionName] of languages)
  test(`a function in ${name}`, () => {
    const program = programIn(code);
    assert.equal(program.functionAt(0x4000_0004n)?.name, functionName);
    assert.deepEqual(program.warnings, []);
  });
