import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { frameRows, readCallFrames } from '../../../debug-adapter/program/dwarf/call-frames.ts';
import { NotAvailable } from '../../../debug-adapter/program/dwarf/expressions.ts';
import { DwarfError, sectionFromBytes } from '../../../debug-adapter/program/dwarf/reader.ts';
import { unwindFrame } from '../../../debug-adapter/program/unwind.ts';
import { type Bytes, concatenate, counted, sleb, string, u8, u16, u32, u64, uleb } from '../bytes.ts';

const LOW = 0x1000;
const SIZE = 0x40;

/** .debug_frame with one CIE (CFA = SP + 0, data alignment -8) and one FDE of LOW to LOW + SIZE. */
function debugFrame(instructions: Bytes, initial: Bytes = [0x0c, 31, 0], augmentation = '', version = 4): Uint8Array {
  return concatenate(
    counted(
      u32(0xffffffff), // CIE_id
      u8(version), // version
      string(augmentation), // augmentation
      version >= 4 ? [8, 0] : [], // address_size, segment_selector_size
      uleb(4), // code_alignment_factor
      sleb(-8), // data_alignment_factor
      u8(30), // return_address_register
      initial,
    ),
    counted(
      u32(0), // CIE_pointer
      u64(LOW), // initial_location
      u64(SIZE), // address_range
      instructions,
    ),
  );
}

function read(bytes: Uint8Array, name = '.debug_frame', address = 0) {
  const notes: string[] = [];
  const frames = readCallFrames(
    [sectionFromBytes(name, bytes, address)],
    () => true,
    (note) => notes.push(note),
  );
  return { frames, notes };
}

const rowsOf = (instructions: Bytes, initial?: Bytes) => {
  const { frames, notes } = read(debugFrame(instructions, initial));
  assert.deepEqual(notes, []);
  return [...frameRows(frames.descriptions[0])];
};

const offset = (value: number) => ({ kind: 'offset', offset: value });
const sp = (value: number) => ({ kind: 'register', register: 31, offset: value });

describe('call frame instructions (§6.4.2)', () => {
  for (const [what, instructions, cfa, rules] of [
    ['DW_CFA_offset', [0x80 | 19, 2], sp(0), [[19, offset(-16)]]],
    ['DW_CFA_offset_extended', [0x05, 72, 2], sp(0), [[72, offset(-16)]]],
    ['DW_CFA_offset_extended_sf', [0x11, 19, ...sleb(-2)], sp(0), [[19, offset(16)]]],
    ['DW_CFA_GNU_negative_offset_extended', [0x2f, 19, 2], sp(0), [[19, offset(16)]]],
    ['DW_CFA_val_offset', [0x14, 19, 2], sp(0), [[19, { kind: 'value-offset', offset: -16 }]]],
    ['DW_CFA_val_offset_sf', [0x15, 19, ...sleb(-2)], sp(0), [[19, { kind: 'value-offset', offset: 16 }]]],
    ['DW_CFA_register', [0x09, 30, 9], sp(0), [[30, { kind: 'register', register: 9 }]]],
    ['DW_CFA_undefined', [0x07, 30], sp(0), [[30, { kind: 'undefined' }]]],
    ['DW_CFA_same_value', [0x08, 19], sp(0), [[19, { kind: 'same-value' }]]],
    ['DW_CFA_restore', [0x80 | 19, 2, 0xc0 | 19], sp(0), []],
    ['DW_CFA_restore_extended', [0x05, 19, 2, 0x06, 19], sp(0), []],
    ['DW_CFA_def_cfa', [0x0c, 29, ...uleb(160)], { kind: 'register', register: 29, offset: 160 }, []],
    ['DW_CFA_def_cfa_sf', [0x12, 29, ...sleb(-2)], { kind: 'register', register: 29, offset: 16 }, []],
    ['DW_CFA_def_cfa_register', [0x0e, 32, 0x0d, 29], { kind: 'register', register: 29, offset: 32 }, []],
    ['DW_CFA_def_cfa_offset', [0x0e, 32], sp(32), []],
    ['DW_CFA_def_cfa_offset_sf', [0x13, ...sleb(-4)], sp(32), []],
    ['DW_CFA_remember_state and restore_state', [0x0a, 0x0e, 32, 0x80 | 19, 1, 0x0b], sp(0), []],
    ['DW_CFA_nop and GNU_args_size', [0, 0x2e, ...uleb(300), 0], sp(0), []],
  ] as const) {
    test(what, () => {
      const [row] = rowsOf(instructions);
      assert.deepEqual([row.cfa, [...row.rules]], [cfa, rules]);
    });
  }
  test('DW_CFA_restore goes back to what the common information says', () => {
    const [row] = rowsOf([0x80 | 19, 5, 0xc0 | 19], [0x0c, 31, 0, 0x80 | 19, 1]);
    assert.deepEqual([...row.rules], [[19, offset(-8)]]);
  });
  for (const [what, instructions, next] of [
    ['DW_CFA_advance_loc', [0x40 | 2], 0x1008],
    ['DW_CFA_advance_loc1', [0x02, 3], 0x100c],
    ['DW_CFA_advance_loc2', [0x03, ...u16(4)], 0x1010],
    ['DW_CFA_advance_loc4', [0x04, ...u32(5)], 0x1014],
    ['DW_CFA_set_loc', [0x01, ...u64(0x1018)], 0x1018],
  ] as const) {
    test(`${what} begins a row`, () => {
      const rows = rowsOf([...instructions, 0x0e, 16]);
      assert.deepEqual(
        rows.map(({ low, high, cfa }) => [low, high, cfa]),
        [
          [0x1000, next, sp(0)],
          [next, 0x1040, sp(16)],
        ],
      );
    });
  }
  test('DW_CFA_AARCH64_negate_ra_state toggles, and is remembered', () => {
    const rows = rowsOf([0x41, 0x2d, 0x0a, 0x41, 0x2d, 0x41, 0x0b]);
    assert.deepEqual(
      rows.map(({ isReturnAddressSigned }) => isReturnAddressSigned),
      [false, true, false, true],
    );
  });
  for (const [what, instructions] of [
    ['an unknown instruction', [0x3c]],
    ['a state that was never remembered', [0x0b]],
    ['an instruction cut short', [0x0c]],
    ['an offset without a register', [0x0f, 1, 0x30, 0x0e, 1]],
  ] as const) {
    test(`${what} is an error`, () => assert.throws(() => rowsOf(instructions), DwarfError));
  }
});

describe('unwinding', () => {
  const memory = (address: bigint, length: number) => {
    const bytes = new Uint8Array(length);
    new DataView(bytes.buffer).setBigUint64(0, address + 1n, true);
    return bytes;
  };
  const unwind = (instructions: Bytes, registers: readonly (readonly [number, bigint])[], pc = 0x1000n, isCode = (_: number) => true) => {
    const { frames } = read(debugFrame(instructions));
    return unwindFrame({ registers: new Map(registers), memory, pc }, { callFrames: frames, isCode, instructionAt: () => undefined });
  };

  test('a leaf returns to X30 and keeps what the callee must keep', () => {
    const caller = unwind(
      [],
      [
        [0, 7n],
        [19, 8n],
        [30, 0x2000n],
        [31, 0x8000n],
      ],
    );
    assert.equal(caller?.pc, 0x2000n);
    assert.equal(caller.cfa, 0x8000n);
    assert.deepEqual(
      [...caller.registers].sort(([a], [b]) => a - b),
      [
        [19, 8n],
        [30, 0x2000n],
        [31, 0x8000n],
        [32, 0x2000n],
      ],
    );
  });
  test('saved registers are loaded from below the CFA', () => {
    const caller = unwind(
      [0x0e, 16, 0x9d, 2, 0x9e, 1],
      [
        [29, 1n],
        [30, 2n],
        [31, 0x8000n],
      ],
    );
    assert.deepEqual([caller?.registers.get(29), caller?.pc, caller?.cfa], [0x8001n, 0x8009n, 0x8010n]);
  });
  test('expressions find the CFA, places and values', () => {
    // CFA = [SP + 8]; X19 at CFA + 8; X20 = CFA + 16
    const instructions = [0x0f, 3, 0x8f, 8, 0x06, 0x10, 19, 2, 0x23, 8, 0x16, 20, 2, 0x23, 16];
    const caller = unwind(instructions, [
      [30, 0x2000n],
      [31, 0x8000n],
    ]);
    assert.deepEqual([caller?.cfa, caller?.registers.get(19), caller?.registers.get(20)], [0x8009n, 0x8012n, 0x8019n]);
  });
  test('an undefined return address ends the stack', () => {
    assert.equal(
      unwind(
        [0x07, 30],
        [
          [30, 0x2000n],
          [31, 0x8000n],
        ],
      ),
      undefined,
    );
  });
  test('a return to 0, where there is no code, ends the stack', () => {
    assert.equal(
      unwind(
        [],
        [
          [30, 0n],
          [31, 0x8000n],
        ],
        0x1000n,
        (address) => address !== 0,
      ),
      undefined,
    );
  });
  test('a frame that would be its own caller ends the stack', () => {
    assert.equal(
      unwind(
        [],
        [
          [30, 0x1010n],
          [31, 0x8000n],
        ],
        0x1010n,
      ),
      undefined,
    );
  });
  test('a function whose caller ends with the call, right before it, has one', () => {
    const caller = unwind(
      [],
      [
        [30, 0x1000n],
        [31, 0x8000n],
      ],
      0x1000n,
    );
    assert.deepEqual([caller?.pc, caller?.cfa], [0x1000n, 0x8000n]);
  });
  test('memory that cannot be read, or an unknown register, is no caller', () => {
    assert.throws(() => unwind([0x9e, 1], [[30, 2n]]), NotAvailable);
  });
  for (const [what, signed, expected] of [
    ['lower half, 48 bits', 0x0055_0000_4000_1234n, 0x4000_1234n],
    ['upper half, 48 bits', 0x00aa_ffff_8000_1234n | (1n << 55n), 0xffff_ffff_8000_1234n],
    ['not signed at all', 0x4000_1234n, 0x4000_1234n],
  ] as const) {
    test(`a signed return address is stripped: ${what}`, () => {
      assert.equal(
        unwind(
          [0x2d],
          [
            [30, signed],
            [31, 0x8000n],
          ],
        )?.pc,
        expected,
      );
    });
  }
  test('of the widths of virtual addresses, the one that leads to code is taken', () => {
    // 39-bit addresses: the code takes bits 54 to 39.
    const signed = 0xffff_ffc0_0000_1234n ^ 0x007f_5580_0000_0000n;
    const caller = unwind(
      [0x2d],
      [
        [30, signed],
        [31, 0x8000n],
      ],
      0x1000n,
      (address) => BigInt.asUintN(64, BigInt(address)) === 0xffff_ffc0_0000_1230n,
    );
    assert.equal(caller?.pc, 0xffff_ffc0_0000_1234n);
  });
});

describe('.eh_frame', () => {
  /** One CIE with augmentation data and one FDE, 8 bytes of instructions each. */
  const ehFrame = (augmentation: string, data: Bytes, location: Bytes, rest: Bytes = []): Uint8Array => {
    const common = counted(
      u32(0), // CIE_id
      u8(1), // version
      string(augmentation),
      uleb(4), // code_alignment_factor
      sleb(-8), // data_alignment_factor
      u8(30), // return_address_register
      uleb(data.length), // augmentation data length
      data,
      [0x0c, 31, 0],
    );
    const description = counted(
      u32(common.length + 4), // CIE_pointer: from here back to the CIE
      location, // initial_location, address_range
      uleb(0), // augmentation data length
      [0x41, 0x0e, 16],
    );
    return concatenate(common, description, rest);
  };
  const pcrel = (address: number, from: number): Bytes => [...u32(address - from), ...u32(SIZE)];

  test('pc-relative locations count from where they stand', () => {
    const commonLength = 4 + 4 + 1 + 3 + 1 + 1 + 1 + 1 + 1 + 3;
    const { frames, notes } = read(ehFrame('zR', [0x1b], pcrel(LOW, 0x9000 + commonLength + 8)), '.eh_frame', 0x9000);
    assert.deepEqual(notes, []);
    assert.deepEqual([frames.descriptions[0].low, frames.descriptions[0].high], [LOW, LOW + SIZE]);
    assert.equal(frames.descriptionAt(LOW + SIZE - 1), frames.descriptions[0]);
    assert.equal(frames.descriptionAt(LOW + SIZE), undefined);
    assert.equal(frames.descriptionAt(LOW - 1), undefined);
  });
  test('S marks a signal frame, B the key of the signature, P and L are passed over', () => {
    const data = [0x00, ...u64(0x77), 0x1b, 0x00];
    const { frames } = read(ehFrame('zPLRSB', data, [...u64(LOW), ...u64(SIZE)]), '.eh_frame');
    assert.equal(frames.descriptions[0].common.isSignalFrame, true);
    assert.equal(frames.descriptions[0].low, LOW);
  });
  test('a terminator in the middle is passed over', () => {
    const one = ehFrame('zR', [0x00], [...u64(LOW), ...u64(SIZE)]);
    const { frames } = read(concatenate([...one], u32(0), u32(0)), '.eh_frame');
    assert.equal(frames.descriptions.length, 1);
  });
  for (const [what, bytes, note] of [
    ['an unknown augmentation', ehFrame('eh', [0], []), 'its augmentation "eh" is unknown'],
    ['an indirect pointer', ehFrame('zR', [0x80], [...u64(LOW), ...u64(SIZE)]), 'pointer encoding 0x80 needs the running program'],
    [
      'a pointer to no common information',
      concatenate(counted(u32(0xff), u64(0), u64(0))),
      '.eh_frame has no bytes -251 to 24 (it has 24)',
    ],
    ['a length beyond the section', concatenate(u32(0x100), u32(0)), '.eh_frame has no bytes 4 to 260 (it has 8)'],
  ] as const) {
    test(`${what} is left out with a note`, () => {
      const { frames, notes } = read(bytes, '.eh_frame');
      assert.deepEqual(frames.descriptions, []);
      assert.ok(notes[0]?.includes(note), notes[0]);
    });
  }
});
