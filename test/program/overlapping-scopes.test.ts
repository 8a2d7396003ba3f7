// Blocks and inlined calls beside each other whose code overlaps, as optimization leaves them, are what their lines say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { type Bytes, counted, string, u8, u16, u32, u64 } from './bytes.ts';
import { elfImage } from './elf-image.ts';

const BASE = 0x4000_0000;
const abbreviations: Bytes = [
  [1, 0x11, 1, 0x13, 0x0b, 0x11, 0x01, 0x12, 0x06, 0, 0], // 1: DW_TAG_compile_unit, with children: DW_AT_language data1, low_pc addr, high_pc data4
  [2, 0x2e, 0, 0x03, 0x08, 0, 0], // 2: DW_TAG_subprogram, what is inlined: DW_AT_name string
  [3, 0x2e, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x06, 0, 0], // 3: DW_TAG_subprogram, with children: name string, low_pc addr, high_pc data4
  [4, 0x0b, 1, 0x11, 0x01, 0x12, 0x06, 0, 0], // 4: DW_TAG_lexical_block, with children: low_pc addr, high_pc data4
  [5, 0x1d, 0, 0x31, 0x13, 0x11, 0x01, 0x12, 0x06, 0, 0], // 5: DW_TAG_inlined_subroutine: DW_AT_abstract_origin ref4, low_pc addr, high_pc data4
  [6, 0x0b, 1, 0, 0], // 6: DW_TAG_lexical_block, with children, without addresses
  [0],
].flat();
const INLINED_AT = 11 + 1 + 1 + 8 + 4; // behind the unit's header and entry

const range = (low: number, high: number): Bytes => [...u64(BASE + low), ...u32(high - low)];
const block = (low: number, high: number, ...inside: readonly Bytes[]): Bytes => [4, ...range(low, high), ...inside.flat(), 0];
const scattered = (...inside: readonly Bytes[]): Bytes => [6, ...inside.flat(), 0];
const inlined = (low: number, high: number): Bytes => [5, ...u32(INLINED_AT), ...range(low, high)];

/** @returns of which instructions of `outer` a call of `inner` is */
function inlinedAt(...scopes: readonly Bytes[]): readonly number[] {
  const info = counted(
    u16(4), // version
    u32(0), // debug_abbrev_offset
    u8(8), // address_size
    [1, 0x0c, ...range(0, 64)], // DW_LANG_C99
    [2, ...string('inner')],
    [3, ...string('outer'), ...range(0, 64)],
    scopes.flat(),
    [0, 0],
  );
  const program = openProgram(
    'fw.elf',
    elfImage({
      sections: [
        { name: '.text', flags: 6, address: BASE, bytes: new Array<number>(64).fill(0) },
        { name: '.debug_abbrev', bytes: abbreviations },
        { name: '.debug_info', bytes: info },
      ],
    }),
  );
  const found = Array.from({ length: 16 }, (_, index) => index * 4).filter((at) => {
    const names = program.inlineChainAt(BigInt(BASE + at)).map(({ name }) => name);
    return names.join() === 'inner,outer';
  });
  assert.deepEqual(program.warnings, []);
  return found;
}

const rows: readonly (readonly [what: string, scopes: readonly Bytes[], inlined: readonly number[]])[] = [
  ['in a block', [block(0, 32, inlined(8, 16))], [8, 12]],
  ['in a block that begins inside its neighbour', [block(0, 32), block(16, 32, inlined(20, 28))], [20, 24]],
  ['in the first of two blocks that overlap', [block(0, 32, inlined(8, 24)), block(16, 32)], [8, 12, 16, 20]],
  ['that begins inside another of the same function', [inlined(0, 32), block(8, 16, inlined(8, 12))], [0, 4, 8, 12, 16, 20, 24, 28]],
  ['in a block without addresses, beside one that it overlaps', [block(0, 32), scattered(inlined(20, 28))], [20, 24]],
  ['before a block without addresses that is elsewhere', [inlined(0, 8), scattered(block(32, 40))], [0, 4]],
];
for (const [what, scopes, expected] of rows) test(`an inlined call ${what}`, () => assert.deepEqual(inlinedAt(...scopes), expected));
