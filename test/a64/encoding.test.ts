import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encode, extract, parseEncoding } from '../../emulator/a64/encoding.ts';

describe('an encoding that is not one is an error that names it', () => {
  const bad: readonly (readonly [pattern: string, message: RegExp])[] = [
    ['0 1', /is 2 bits wide, expected 32/],
    ['imm:31', /is 31 bits wide, expected 32/],
    ['imm:33', /is 33 bits wide, expected 32/],
    ['Rn:16 Rn:16', /names the field Rn twice/],
    ['imm:0 op:32', /field imm has no valid width/],
    ['imm: op:32', /field imm has no valid width/],
    ['imm:x op:32', /field imm has no valid width/],
    ['0102 imm:28', /"0102" is neither bits nor a field/],
    ['op:16  imm:16', /"" is neither bits nor a field/],
  ];
  for (const [pattern, message] of bad) it(JSON.stringify(pattern), () => assert.throws(() => parseEncoding(pattern), message));
});

describe('encoding', () => {
  const addImmediate = parseEncoding('sf:1 op:1 S:1 100010 sh:1 imm12:12 Rn:5 Rd:5');

  it('keeps fixed bits apart from fields and ignored bits', () => {
    assert.deepEqual([addImmediate.mask, addImmediate.value], [0x1f800000, 0x11000000]);
    const { mask, value } = parseEncoding('1xx0 imm:28');
    assert.deepEqual([mask, value], [0x90000000, 0x80000000]);
  });
  it('extracts fields', () => {
    assert.deepEqual(extract(addImmediate, 0xb1_3fff_e1), { sf: 1, op: 0, S: 1, sh: 0, imm12: 0xfff, Rn: 31, Rd: 1 });
  });
  it('encodes fields', () => {
    assert.equal(encode(addImmediate, { sf: 1, op: 0, S: 1, sh: 0, imm12: 0xfff, Rn: 31, Rd: 1 }), 0xb13fffe1);
  });
  it('refuses a field value that does not fit, or is missing', () => {
    assert.throws(() => encode(addImmediate, { sf: 2, op: 0, S: 0, sh: 0, imm12: 0, Rn: 0, Rd: 0 }), /field sf=2 does not fit in 1 bits/);
    assert.throws(() => encode(addImmediate, { sf: 1, op: 0, S: 0, sh: 0, imm12: -1, Rn: 0, Rd: 0 }), /field imm12=-1 does not fit/);
    assert.throws(() => encode(addImmediate, { sf: 1 }), /field op=undefined does not fit/);
  });
});
