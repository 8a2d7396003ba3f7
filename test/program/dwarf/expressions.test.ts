import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Unit } from '../../../debug-adapter/program/dwarf/units.ts';
import { evaluateLocation, evaluateValue, type ExpressionContext, NotAvailable } from '../../../debug-adapter/program/dwarf/expressions.ts';
import { DwarfError, sectionFromBytes } from '../../../debug-adapter/program/dwarf/reader.ts';
import { readUnits } from '../../../debug-adapter/program/dwarf/units.ts';
import type { Location } from '../../../debug-adapter/program/program.ts';
import { type Bytes, concatenate, counted, sleb, u8, u16, u32, u64, uleb } from '../bytes.ts';
import { debugSectionsOf } from './sections.ts';

const context: ExpressionContext = {
  registers: new Map([
    [0, 0x1000n],
    [1, 0xffff_ffff_ffff_fff0n],
    [29, 0x8000n],
    [31, 0x7000n],
  ]),
  // Each byte is the low byte of its address.
  memory: (address, length) =>
    address >= 0x10_0000n ? new Uint8Array() : Uint8Array.from({ length }, (_, index) => Number((address + BigInt(index)) & 0xffn)),
  frameBase: () => 0x9000n,
  cfa: () => 0xa000n,
  entryValue: () => 0xb000n,
  passedValue: () => 0xc000n,
  located: () => ({ kind: 'register', register: 3 }),
  threadLocal(offset) {
    if (offset >= 0x100n) throw new NotAvailable({ kind: 'shared-object' });
    return 0xd000n + offset;
  },
};

const expressionOf = (bytes: Bytes, unit?: Unit) => {
  const section = sectionFromBytes('.debug_loc', concatenate(bytes));
  return { unit, section, offset: 0, length: bytes.length };
};
const locate = (bytes: Bytes, unit?: Unit): Location => evaluateLocation(expressionOf(bytes, unit), context);
const valueOf = (bytes: Bytes, unit?: Unit): bigint => evaluateValue(expressionOf([...bytes, 0x9f], unit), context);

const lit = (value: number): Bytes => [0x30 + value];
const consts = (value: number): Bytes => [0x11, ...sleb(value)];

describe('values (§2.5.1)', () => {
  for (const [what, bytes, value] of [
    ['DW_OP_lit31', [0x4f], 31n],
    ['DW_OP_addr', [0x03, ...u64(0x4000_0000)], 0x4000_0000n],
    ['DW_OP_const1u', [0x08, 0xff], 0xffn],
    ['DW_OP_const1s', [0x09, 0xff], -1n],
    ['DW_OP_const2u', [0x0a, ...u16(0xfffe)], 0xfffen],
    ['DW_OP_const2s', [0x0b, ...u16(0xfffe)], -2n],
    ['DW_OP_const4u', [0x0c, ...u32(0xfffffffd)], 0xfffffffdn],
    ['DW_OP_const4s', [0x0d, ...u32(0xfffffffd)], -3n],
    ['DW_OP_const8u', [0x0e, ...u64(-4n)], -4n],
    ['DW_OP_const8s', [0x0f, ...u64(-4n)], -4n],
    ['DW_OP_constu', [0x10, ...uleb(300)], 300n],
    ['DW_OP_consts', [0x11, ...sleb(-300)], -300n],
    ['DW_OP_breg29', [0x70 + 29, ...sleb(-8)], 0x7ff8n],
    ['DW_OP_bregx', [0x92, ...uleb(31), ...sleb(16)], 0x7010n],
    ['DW_OP_fbreg', [0x91, ...sleb(-16)], 0x8ff0n],
    ['DW_OP_call_frame_cfa', [0x9c], 0xa000n],
    ['DW_OP_form_tls_address', [...lit(16), 0x9b], 0xd010n],
    ['DW_OP_GNU_push_tls_address', [0x0e, ...u64(0x20n), 0xe0], 0xd020n],
    ['DW_OP_entry_value', [0xa3, 1, 0x50], 0xb000n],
    ['DW_OP_GNU_entry_value', [0xf3, 1, 0x50], 0xb000n],
    ['DW_OP_dup', [...lit(3), 0x12, 0x22], 6n],
    ['DW_OP_drop', [...lit(3), ...lit(4), 0x13], 3n],
    ['DW_OP_over', [...lit(3), ...lit(4), 0x14], 3n],
    ['DW_OP_pick', [...lit(3), ...lit(4), ...lit(5), 0x15, 2], 3n],
    ['DW_OP_swap', [...lit(7), ...lit(2), 0x16, 0x1c], -5n],
    ['DW_OP_rot puts the top third', [...lit(1), ...lit(2), ...lit(3), 0x17], 2n],
    ['DW_OP_deref', [...lit(16), 0x06], 0x1716_1514_1312_1110n],
    ['DW_OP_deref_size', [...lit(16), 0x94, 2], 0x1110n],
    ['DW_OP_abs', [...consts(-5), 0x19], 5n],
    ['DW_OP_and', [...lit(12), ...lit(10), 0x1a], 8n],
    ['DW_OP_div is signed', [...consts(-7), ...lit(2), 0x1b], -3n],
    ['DW_OP_minus', [...lit(2), ...lit(7), 0x1c], -5n],
    ['DW_OP_mod is unsigned', [...consts(-1), ...lit(16), 0x1d], 15n],
    ['DW_OP_mul', [...consts(-3), ...lit(7), 0x1e], -21n],
    ['DW_OP_neg', [...lit(5), 0x1f], -5n],
    ['DW_OP_not', [...lit(0), 0x20], -1n],
    ['DW_OP_or', [...lit(12), ...lit(10), 0x21], 14n],
    ['DW_OP_plus wraps', [0x71, 0, ...lit(31), 0x22], 15n],
    ['DW_OP_plus_uconst', [...lit(1), 0x23, ...uleb(1000)], 1001n],
    ['DW_OP_shl', [...lit(1), ...lit(31), 0x24], 0x8000_0000n],
    ['DW_OP_shr is logical', [...consts(-1), 0x08, 60, 0x25], 15n],
    ['DW_OP_shra is arithmetic', [...consts(-16), ...lit(2), 0x26], -4n],
    ['DW_OP_shl by 64', [...lit(1), 0x08, 64, 0x24], 0n],
    ['DW_OP_xor', [...lit(12), ...lit(10), 0x27], 6n],
    ['DW_OP_eq', [...lit(3), ...lit(3), 0x29], 1n],
    ['DW_OP_ge is signed', [...consts(-1), ...lit(1), 0x2a], 0n],
    ['DW_OP_gt', [...lit(2), ...lit(1), 0x2b], 1n],
    ['DW_OP_le', [...lit(2), ...lit(2), 0x2c], 1n],
    ['DW_OP_lt', [...consts(-1), ...lit(1), 0x2d], 1n],
    ['DW_OP_ne', [...lit(3), ...lit(3), 0x2e], 0n],
    ['DW_OP_skip', [...lit(1), 0x2f, ...u16(1), ...lit(2), 0x96], 1n],
    ['DW_OP_bra taken', [...lit(5), ...lit(1), 0x28, ...u16(1), ...lit(9), 0x96], 5n],
    ['DW_OP_bra not taken', [...lit(5), ...lit(0), 0x28, ...u16(1), ...lit(9)], 9n],
  ] as const) {
    test(what, () => assert.equal(valueOf(bytes), BigInt.asUintN(64, value)));
  }
});

describe('places (§2.6)', () => {
  for (const [what, bytes, location] of [
    ['an address', [0x03, ...u64(0x4000_0000)], { kind: 'memory', address: 0x4000_0000n }],
    ['DW_OP_reg0', [0x50], { kind: 'register', register: 0 }],
    ['DW_OP_regx', [0x90, ...uleb(29)], { kind: 'register', register: 29 }],
    ['a register that this frame does not know', [0x90, ...uleb(72)], { kind: 'optimized-out' }],
    ['an empty expression', [], { kind: 'optimized-out' }],
    [
      'a thread-local one that nobody can place',
      [0x0a, ...u16(0x100), 0x9b, 0x23, 8],
      { kind: 'unplaced', why: { kind: 'shared-object' } },
    ],
    ['DW_OP_stack_value', [...lit(5), 0x9f], { kind: 'value', bytes: Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0) }],
    ['DW_OP_implicit_value', [0x9e, 2, 0x34, 0x12], { kind: 'value', bytes: Uint8Array.of(0x34, 0x12) }],
    [
      'DW_OP_piece',
      [0x50, 0x93, 8, 0x93, 4, 0x91, 0, 0x93, 4],
      {
        kind: 'pieces',
        pieces: [
          { bits: 64, skip: 0, location: { kind: 'register', register: 0 } },
          { bits: 32, skip: 0, location: { kind: 'optimized-out' } },
          { bits: 32, skip: 0, location: { kind: 'memory', address: 0x9000n } },
        ],
      },
    ],
    [
      'DW_OP_bit_piece of single bits',
      [0x50, 0x9d, 3, 0, 0x50, 0x9d, 5, 11],
      {
        kind: 'pieces',
        pieces: [
          { bits: 3, skip: 0, location: { kind: 'register', register: 0 } },
          { bits: 5, skip: 11, location: { kind: 'register', register: 0 } },
        ],
      },
    ],
    [
      'a piece that nobody can tell, between others',
      // DW_OP_breg9 (unknown here) divided by itself, DW_OP_stack_value
      [0x50, 0x93, 8, 0x79, 0, 0x79, 0, 0x1b, 0x9f, 0x93, 8, ...lit(7), 0x9f, 0x93, 4],
      {
        kind: 'pieces',
        pieces: [
          { bits: 64, skip: 0, location: { kind: 'register', register: 0 } },
          { bits: 64, skip: 0, location: { kind: 'optimized-out' } },
          { bits: 32, skip: 0, location: { kind: 'value', bytes: Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0) } },
        ],
      },
    ],
    ['DW_OP_GNU_uninit', [...lit(5), 0x9f, 0xf0], { kind: 'value', bytes: Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0) }],
    [
      'DW_OP_bit_piece of whole bytes',
      [0x50, 0x9d, 32, 0, ...lit(1), 0x9f, 0x9d, 32, 0],
      {
        kind: 'pieces',
        pieces: [
          { bits: 32, skip: 0, location: { kind: 'register', register: 0 } },
          { bits: 32, skip: 0, location: { kind: 'value', bytes: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) } },
        ],
      },
    ],
  ] as const) {
    test(what, () => assert.deepEqual(locate(bytes), location));
  }
});

describe('operations with a unit', () => {
  /** .debug_info of two base types (a signed char at 0x0c, an unsigned int at 0x0f) and a variable at 0x12 located by DW_OP_lit7. */
  const sections = debugSectionsOf({
    abbrev: [
      [1, 0x11, 1, 0, 0], // DW_TAG_compile_unit, with children
      [2, 0x24, 0, 0x3e, 0x0b, 0x0b, 0x0b, 0, 0], // DW_TAG_base_type: encoding, byte size
      [3, 0x34, 0, 0x02, 0x18, 0, 0], // DW_TAG_variable: location as exprloc
      [0],
    ],
    info: [
      counted(
        u16(5), // version
        u8(1), // DW_UT_compile
        u8(8), // address_size
        u32(0), // debug_abbrev_offset
        [1],
        [2, 0x06, 1], // 0x0d: DW_ATE_signed_char
        [2, 0x07, 4], // 0x10: DW_ATE_unsigned
        [2, 0x04, 4], // 0x13: DW_ATE_float
        [3, 1, 0x37], // 0x16
        [0],
      ),
    ],
    addr: [u32(0), u32(0), u64(0x1234), u64(0x5678)],
  });
  const [unit] = readUnits(sections, (note) => {
    throw new Error(note);
  }).list;
  for (const [what, bytes, value] of [
    ['DW_OP_addrx', [0xa1, 1], 0x5678n],
    ['DW_OP_constx', [0xa2, 0], 0x1234n],
    ['DW_OP_convert sign-extends', [0x0a, ...u16(0x1ff), 0xa8, 0x0d, 0xa8, 0], -1n],
    ['DW_OP_convert zero-extends', [...consts(-1), 0xa8, 0x10, 0xa8, 0], 0xffff_ffffn],
    ['DW_OP_const_type', [0xa4, 0x0d, 1, 0x80, 0xa8, 0], -128n],
    ['DW_OP_regval_type', [0xa5, 1, 0x10, 0xa8, 0], 0xffff_fff0n],
    ['DW_OP_deref_type', [...lit(31), 0xa6, 1, 0x0d, 0xa8, 0], 0x1fn],
    ['a typed division keeps its sign', [...consts(-7), 0xa8, 0x0d, ...lit(2), 0xa8, 0x0d, 0x1b, 0xa8, 0], -3n],
    ['DW_OP_convert from a real cuts its fraction off', [0xa4, 0x13, 4, ...u32(0xc0780000), 0xa8, 0x0d, 0xa8, 0], -3n],
    ['DW_OP_convert to a real', [...lit(3), 0xa8, 0x13, 0xa9, 0x10, 0xa8, 0], 0x40400000n],
    ['DW_OP_call2', [0x98, ...u16(0x16), ...lit(1), 0x22], 8n],
    ['DW_OP_call4', [0x99, ...u32(0x16)], 7n],
    ['DW_OP_call_ref', [0x9a, ...u32(0x16)], 7n],
  ] as const) {
    test(what, () => assert.equal(valueOf(bytes, unit), BigInt.asUintN(64, value)));
  }
  // Operands are floats that are made of integers: 7 and 2; the results are bit patterns.
  const [seven, two] = [7, 2].map((value): Bytes => [...lit(value), 0xa8, 0x13]);
  const bitsOf: Bytes = [0xa9, 0x10, 0xa8, 0];
  for (const [what, bytes, value] of [
    ['DW_OP_plus', [...seven, ...two, 0x22, ...bitsOf], 0x41100000n],
    ['DW_OP_minus', [...seven, ...two, 0x1c, ...bitsOf], 0x40a00000n],
    ['DW_OP_mul', [...seven, ...two, 0x1e, ...bitsOf], 0x41600000n],
    ['DW_OP_div', [...seven, ...two, 0x1b, ...bitsOf], 0x40600000n],
    ['DW_OP_div, rounded', [...two, ...seven, 0x1b, ...bitsOf], 0x3e924925n],
    ['DW_OP_div by zero', [...two, ...lit(0), 0xa8, 0x13, 0x1b, ...bitsOf], 0x7f800000n],
    ['DW_OP_neg', [...seven, 0x1f, ...bitsOf], 0xc0e00000n],
    ['DW_OP_abs', [...seven, 0x1f, 0x19, ...bitsOf], 0x40e00000n],
    ['DW_OP_lt', [...seven, 0x1f, ...two, 0x2d], 1n],
    ['DW_OP_ge', [...seven, 0x1f, ...two, 0x2a], 0n],
  ] as const) {
    test(`${what} of reals`, () => assert.equal(valueOf(bytes, unit), value));
  }
  for (const [what, operation] of [
    ['DW_OP_and', 0x1a],
    ['DW_OP_shl', 0x24],
    ['DW_OP_mod', 0x1d],
  ] as const) {
    test(`${what} of reals is not available`, () => assert.throws(() => valueOf([...seven, ...two, operation], unit), NotAvailable));
  }
});

describe('what cannot be told', () => {
  for (const [what, bytes] of [
    ['memory that cannot be read', [0x0c, ...u32(0x10_0000), 0x06]],
    ['an unknown register', [0x70 + 5, 0]],
    ['DW_OP_push_object_address', [...lit(1), 0x97]],
  ] as const) {
    test(`${what} is not available`, () => assert.throws(() => valueOf(bytes), NotAvailable));
  }
  for (const [what, bytes] of [
    ['an empty stack', [0x22]],
    ['division by zero', [...lit(1), ...lit(0), 0x1b]],
    ['a jump out of the expression', [0x2f, ...u16(100)]],
    ['an endless loop', [0x2f, ...u16(0xfffd)]],
    ['an operand cut short', [0x0c, 1]],
    ['a load of many bytes', [...lit(1), 0x94, 200]],
    ['a look below the stack', [...lit(1), 0x15, 4]],
    ['an index without a unit', [0xa1, 0]],
  ] as const) {
    test(`${what} is damage`, () => assert.throws(() => locate(bytes), DwarfError));
  }
});
