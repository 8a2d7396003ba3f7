import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DwarfError,
  inPassing,
  pieceByPiece,
  Reader,
  readInitialLength,
  sectionFromBytes,
} from '../../../debug-adapter/program/dwarf/reader.ts';
import { type Bytes, concatenate, sleb, string, u32, u64, uleb } from '../bytes.ts';

const readerOf = (...parts: readonly Bytes[]) => new Reader(sectionFromBytes('.debug_test', concatenate(...parts)));

// The examples of DWARF 5 §7.6, tables 7.7 and 7.8, and the ends of the 64-bit range.
for (const [encoded, value] of [
  [[2], 2n],
  [[127], 127n],
  [[0x80, 1], 128n],
  [[0x81, 1], 129n],
  [[0xb9, 0x64], 12857n],
  [[0x80, 0x80, 0x00], 0n],
  [uleb(0xffff_ffff_ffff_ffffn), 0xffff_ffff_ffff_ffffn],
] as const) {
  test(`ULEB128 ${encoded.join(' ')} is ${value}`, () => assert.equal(readerOf(encoded).ulebBig(), value));
}
for (const [encoded, value] of [
  [[2], 2n],
  [[0x7e], -2n],
  [[0xff, 0], 127n],
  [[0x81, 0x7f], -127n],
  [[0x80, 1], 128n],
  [[0x80, 0x7f], -128n],
  [sleb(-(1n << 63n)), -(1n << 63n)],
  [sleb((1n << 63n) - 1n), (1n << 63n) - 1n],
  [sleb(-(2n ** 53n) + 1n), -(2n ** 53n) + 1n],
  [sleb(2n ** 53n - 1n), 2n ** 53n - 1n],
  [[0x81, ...new Array<number>(200).fill(0x80), 0], 1n],
  [[...new Array<number>(12).fill(0xff), 0x7f], -1n],
] as const) {
  test(`SLEB128 ${encoded.join(' ')} is ${value}`, () => {
    assert.equal(readerOf(encoded).slebBig(), value);
    assert.equal(readerOf(encoded).sleb(), Number(value));
  });
}

test('an address of the upper half is a negative number and comes back exactly', () => {
  assert.equal(readerOf(u64(0xffff_8000_1234_5678n)).address(), -0x7fff_edcb_a988);
});
test('a string ends at its NUL and may be UTF-8', () => {
  const reader = readerOf(string('größe'), string('x'));
  assert.deepEqual([reader.string(), reader.string(), reader.remaining], ['größe', 'x', 0]);
});
test('a 64-bit DWARF length is told from a 32-bit one', () => {
  assert.deepEqual(readInitialLength(readerOf(u32(0x10))), { length: 0x10, offsetSize: 4 });
  assert.deepEqual(readInitialLength(readerOf(u32(0xffffffff), u64(0x20))), { length: 0x20, offsetSize: 8 });
});

for (const [what, read, message] of [
  ['a number cut short', () => readerOf([1, 2, 3]).u32(), '.debug_test ends at 3, inside the 4 bytes at 0'],
  ['a ULEB128 cut short', () => readerOf([0x80, 0x80]).uleb(), '.debug_test ends at 2, inside a LEB128 number'],
  ['a string without NUL', () => readerOf([0x61]).string(), '.debug_test ends at 1, inside the string at 0'],
  ['a negative skip', () => readerOf([1]).skip(-1), '.debug_test ends at 1, inside the -1 bytes at 0'],
  [
    'a part beyond the section',
    () => new Reader(sectionFromBytes('.debug_test', new Uint8Array(4)), 2, 9),
    '.debug_test has no bytes 2 to 9 (it has 4)',
  ],
  ['a reserved length', () => readInitialLength(readerOf(u32(0xfffffff3))), '.debug_test has the reserved unit length 0xfffffff3'],
] as const) {
  test(`${what} is an error`, () => assert.throws(read, new DwarfError(message)));
}

test('a reader says the same through windows, whatever it reads in which order', () => {
  const bytes = Uint8Array.from({ length: 400 }, (_, index) => (index % 11 === 0 ? 0 : (index * 37) % 256));
  const whole = sectionFromBytes('.debug_test', bytes);
  let count = 0;
  /** Each holds 16 bytes where that will do. */
  const window = (start: number, end: number) => {
    count++;
    const first = start - (start % 8);
    const found = bytes.slice(first, Math.max(first + 16, end));
    return { bytes: found, view: new DataView(found.buffer), start: first };
  };
  const peek = (start: number, into: Uint8Array): void => into.set(bytes.subarray(start, start + into.length));
  // Nothing is there but what windows and peeks show.
  const hidden = sectionFromBytes('.debug_test', new Uint8Array(bytes.length), 0, { load: () => {}, peek, window });
  const steps: readonly ((reader: Reader) => unknown)[] = [
    (reader) => reader.u8(),
    (reader) => reader.string(),
    (reader) => reader.skip(13),
    (reader) => reader.u32(),
    (reader) => reader.uleb(),
    (reader) => (reader.offset -= 20),
    (reader) => reader.u64(),
    (reader) => [...reader.bytes(19)],
    (reader) => reader.u24(),
    (reader) => (reader.offset -= 3),
    (reader) => reader.u16(),
    (reader) => reader.slebBig(),
    (reader) => reader.skipString(),
    (reader) => reader.i8(),
    (reader) => reader.address(),
  ];
  for (const seen of [hidden, inPassing(hidden, 10), pieceByPiece(hidden)]) {
    const readers = [whole, seen].map((section) => new Reader(section, 30));
    for (let step = 0; readers[0].remaining > 120; step = (step * 7 + 3) % 65_521) {
      const [expected, found] = readers.map((reader) => [steps[step % steps.length](reader), reader.offset]);
      assert.deepEqual(found, expected, `step ${step}`);
    }
    readers[1].offset = 390;
    assert.throws(() => readers[1].bytes(11), DwarfError);
    assert.equal(readers[1].u8(), bytes[390]);
  }
  assert.ok(count > 10, `${count} windows`);
});
