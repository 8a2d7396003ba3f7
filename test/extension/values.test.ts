import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { base64FromBytes, bytesFromBase64, terminalText } from '../../extension/console-text.ts';
import { isA64Program, mayBeProgram, programOf } from '../../extension/elf-header.ts';
import { parseRegisterValue, withBit, withField } from '../../extension/pseudo-register-value.ts';
import { register } from './support/states.ts';

describe('what a person types for a pseudo register', () => {
  const rows: readonly (readonly [string, number, string | RegExp])[] = [
    ['0x1F', 8, '0x1f'],
    [' 3 ', 8, '0x3'],
    ['0b101', 8, '0x5'],
    ['0xffff_ffff_ffff_ffff', 8, '0xffffffffffffffff'],
    ['0x1ffffffffffffffff', 8, /Too large: 8 bytes hold up to 0xffffffffffffffff/],
    ['-1', 8, /Write a number/],
    ['', 8, /Write a number/],
    ['0x', 8, /Write a number/],
    ['one', 8, /Write a number/],
    ['00112233445566778899AABBCCDDEEFF', 16, '00112233445566778899aabbccddeeff'],
    ['0011223344556677 8899aabbccddeeff', 16, '00112233445566778899aabbccddeeff'],
    ['0011', 16, /4 digits, expected 32/],
    ['zz', 16, /hexadecimal/],
  ];
  for (const [typed, bytes, expected] of rows) {
    it(`${JSON.stringify(typed)} for ${bytes} bytes`, () => {
      const parsed = parseRegisterValue(typed, bytes);
      if (typeof expected === 'string') assert.deepEqual(parsed, { value: expected });
      else assert.match('problem' in parsed ? parsed.problem : `accepted ${parsed.value}`, expected);
    });
  }
});

describe('a part of a pseudo register', () => {
  it('a bit', () => {
    assert.equal(withBit(register({ value: '0x1' }), 1, true), '0x3');
    assert.equal(withBit(register({ value: '0x3' }), 0, false), '0x2');
    assert.equal(withBit(register({ value: '0x0' }), 63, true), '0x8000000000000000');
  });
  const handler = register({
    bytes: 16,
    value: 'e8021040000000000030104000000000',
    fields: [
      { name: 'entry', value: '0x401002e8' },
      { name: 'argument', value: '0x40103000' },
    ],
  });
  it('a field', () => {
    assert.equal(withField(handler, 0, '0x1122'), '22110000000000000030104000000000');
    assert.equal(withField(handler, 1, '0x0'), 'e8021040000000000000000000000000');
  });
  it('no such field, or one that is laid out in another way', () => {
    assert.equal(withField(handler, 2, '0x0'), undefined);
    assert.equal(withField({ ...handler, fields: [{ name: 'entry', value: '0x1' }] }, 0, '0x0'), undefined);
    assert.equal(withField(register(), 0, '0x0'), undefined);
  });
});

describe('ELF files', () => {
  const header = (changes: Record<number, number> = {}) => {
    const bytes = new Uint8Array(20);
    bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    bytes[16] = 2;
    bytes[18] = 183;
    for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
    return bytes;
  };
  const rows: readonly (readonly [string, Uint8Array, boolean])[] = [
    ['an executable', header(), true],
    ['a position-independent executable', header({ 16: 3 }), true],
    ['an object file', header({ 16: 1 }), false],
    ['a core file', header({ 16: 4 }), false],
    ['x86-64', header({ 18: 62 }), false],
    ['32 bits', header({ 4: 1 }), false],
    ['big-endian', header({ 5: 2 }), false],
    ['no ELF', header({ 0: 0x23 }), false],
    ['too short', header().subarray(0, 19), false],
    ['empty', new Uint8Array(), false],
  ];
  for (const [title, bytes, expected] of rows) it(title, () => assert.equal(isA64Program(bytes), expected));

  it('by name', () => {
    for (const path of ['/a/guest.elf', '/a/vmlinux', '/a/b.AXF', 'kernel.out']) assert.ok(mayBeProgram(path), path);
    for (const path of ['/a/guest.c', '/a/x.o', '/a.b/README.md', '/a/.gitignore']) assert.ok(!mayBeProgram(path), path);
  });
  it('the program of a source', () => {
    const programs = ['/w/first-event.elf', '/w/two-pes.elf', '/w/a/same.elf', '/w/b/same.elf'];
    assert.equal(programOf('/w/first-event.c', programs), '/w/first-event.elf');
    assert.equal(programOf('/w/common/sdei.c', programs), undefined);
    assert.equal(programOf('/w/a/same.c', programs), undefined);
  });
});

describe('the guest console', () => {
  const shown = (...pieces: (string | number[])[]) => {
    const text = terminalText();
    return pieces.map((piece) => text(typeof piece === 'string' ? new TextEncoder().encode(piece) : Uint8Array.from(piece))).join('');
  };
  const rows: readonly (readonly [string, (string | number[])[], string])[] = [
    ['line feeds return', ['one\ntwo\n'], 'one\r\ntwo\r\n'],
    ['empty lines', ['\n\n'], '\r\n\r\n'],
    ['carriage returns stay', ['one\r\ntwo\r'], 'one\r\ntwo\r'],
    ['a pair cut in two', ['one\r', '\ntwo'], 'one\r\ntwo'],
    ['a line feed after a cut', ['one', '\ntwo'], 'one\r\ntwo'],
    ['a character cut in two', [[0xc3], [0xa4]], 'ä'],
    ['an empty piece between', ['one\r', '', '\n'], 'one\r\n'],
  ];
  for (const [title, pieces, expected] of rows) it(title, () => assert.equal(shown(...pieces), expected));
  it('base64', () => {
    const bytes = Uint8Array.from([0, 1, 127, 128, 255]);
    assert.deepEqual(bytesFromBase64(base64FromBytes(bytes)), bytes);
  });
});
