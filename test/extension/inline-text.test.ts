import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type InlineText, ofRegisters, ofVariables } from '../../extension/inline-text.ts';

const source = `int other(int count)
{
  return count;
}

int sum(const int *table, int length)
{
  int count = 0; /* count of length */
  char *text = "count";

  for (int i = 0; i < length; i++)
    count += table[i] + item.count + item->length; // i
  return count;
}`.split('\n');
const shown = (texts: readonly InlineText[]) => texts.map(({ line, start, text }) => `${line + 1}:${start} ${text}`);
const locals = [
  { name: 'count', value: '7' },
  { name: 'i', value: '2' },
  { name: 'length', value: '0x100' },
  { name: 'table', value: '0x40100000 <a very long name of a table that nobody can read here>' },
];

describe('values beside the lines of C', () => {
  it('are those of variables of the function, up to where the guest stands', () =>
    assert.deepEqual(shown(ofVariables(source, 0, 11, locals)), [
      '6:19 table = 0x40100000 <a very long name of a table…',
      '6:30 length = 0x100',
      '8:6 count = 7',
      '11:11 i = 2',
      '11:22 length = 0x100',
      '12:4 count = 7',
      '12:13 table = 0x40100000 <a very long name of a table…',
      '12:19 i = 2',
    ]));
  it('begin with what is seen', () =>
    assert.deepEqual(shown(ofVariables(source, 10, 10, locals)), ['11:11 i = 2', '11:22 length = 0x100']));
  it('are none without variables, and beyond the end of the document', () => {
    assert.deepEqual(ofVariables(source, 0, 11, []), []);
    assert.deepEqual(ofVariables(source, 0, 99, locals), []);
  });
});

const registers = [
  { name: 'x1', value: '0xffff000012345678 <table>' },
  { name: 'x29', value: '5' },
  { name: 'x30', value: '0x40100010 <main+16>' },
  { name: 'sp', value: '0x40110000' },
];
const lines: readonly [line: string, texts: readonly string[]][] = [
  ['  ldr x1, [sp, #8] // x29', ['1:6 x1 = 0xffff000012345678 <table>', '1:11 sp = 0x40110000']],
  ['  add w1, W29, w1', ['1:6 w1 = 0x12345678', '1:10 W29 = 5']],
  ['  ret lr', ['1:6 lr = 0x40100010 <main+16>']],
  ['  bl on_event', []],
  ['  mov x2, xzr', []],
];
describe('values beside an instruction', () => {
  for (const [line, texts] of lines) it(line, () => assert.deepEqual(shown(ofRegisters(line, 0, registers)), texts));
});
