import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineInput } from '../../extension/line-input.ts';

/** What is typed, piece by piece; what the guest reads (`END`: the end of input), what the terminal shows. */
const cases: readonly (readonly [readonly string[], readonly string[], string])[] = [
  [['h', 'i', '\r'], ['hi\n'], 'hi\r\n'],
  [['two\r\nlines\n'], ['two\n', 'lines\n'], 'two\r\nlines\r\n'],
  [['ab\x7fc\r'], ['ac\n'], 'ab\b \bc\r\n'],
  [['\x7f', '\b\r'], ['\n'], '\r\n'],
  [['wrong\x15right\r'], ['right\n'], `wrong${'\b \b'.repeat(5)}right\r\n`],
  [['é😀\x7f\r'], ['é\n'], 'é😀\b \b\r\n'],
  [['a\x1b[Ab\x1b[1;5Cc\x1bOPd\r'], ['abcd\n'], 'abcd\r\n'],
  [['\x03\x01a\tb\r'], ['a\tb\n'], 'a\tb\r\n'],
  [['half\x04'], ['half'], 'half'],
  [['\x04'], ['END'], ''],
  [['half\x04\x04'], ['half', 'END'], 'half'],
  [['unfinished'], [], 'unfinished'],
];
for (const [typed, read, shown] of cases) {
  test(`typed ${JSON.stringify(typed)}`, () => {
    const lines: string[] = [];
    let echo = '';
    const type = lineInput({ line: (text) => lines.push(text), end: () => lines.push('END'), echo: (text) => (echo += text) });
    for (const text of typed) type(text);
    assert.deepEqual([lines, echo], [read, shown]);
  });
}
