import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileExpression, evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import { readRecorded, recordedFrame } from './recorded.ts';

/** Rows where this debugger says something else on purpose: type and text instead of gdb's, absent where gdb's stands. */
const different: Readonly<Record<string, readonly [type: string | undefined, text?: RegExp]>> = {
  flexible: [undefined, /^\{count = 2, items = \[\]\}$/],
  port: ['const volatile u8 *const', /^0x9000000$/],
  // Labels in a function are symbols too.
  $pc: ['void (*)(void)', /^0x[0-9a-f]+ <stop_here>$/],
  $x29: ['void *', /^0x55[0-9a-f]+$/],
  $w29: ['unsigned int', /^0x[0-9a-f]+$/],
  'index,t': [undefined, /^0b10$/],
  // O2: gdb finds DW_OP_entry_value in the caller's call site.
  ratio: [undefined, /^0\.75$|^<optimized out>$/],
  // C11 6.5.3.4: size_t
  'sizeof(head),x': ['unsigned long'],
  'sizeof(numbers)': ['unsigned long'],
  'sizeof(int)': ['unsigned long'],
  'sizeof(node_t)': ['unsigned long'],
  'sizeof(struct packet)': ['unsigned long'],
};

/** gdb's text without its cast before pointers and functions, and without the brackets around flags. */
const plainText = (text: string) =>
  text
    .replace(/^\((?:[^()]|\([^()]*\))*\) (?=0x)/, '')
    .replace(/^\{[^{}]*\} (?=0x)/, '')
    .replace(/^\(([A-Z]+ \| [A-Z |]+)\)$/, '$1');
/** One spelling of integer types. */
const plainType = (type: string | undefined) =>
  type?.replace(/\b(long|short)( unsigned)? int\b/, (_, word, unsigned) => `${unsigned ? 'unsigned ' : ''}${word}`);

for (const level of ['O0', 'O2']) {
  const recorded = readRecorded(level);
  for (const [expression, gdbType, gdbText] of recorded.rows) {
    const [type, text] = different[expression] ?? [];
    test(`${level}: ${expression} shows ${text ?? plainText(gdbText)}`, () => {
      const result = evaluateExpression(expression, recordedFrame(level, recorded));
      assert.equal(plainType(result.type), type ?? gdbType);
      if (text) assert.match(result.value, text);
      else assert.equal(result.value, plainText(gdbText));
    });
  }
}

test('a condition on a local of real code reads one register and memory once', () => {
  const recorded = readRecorded('O0');
  const frame = recordedFrame('O0', recorded);
  const condition = compileExpression('index == 2', { target: frame.target, programs: frame.programs, pc: frame.pc });
  assert.equal(condition.holds(0), true);
  frame.target.reads.length = 0;
  assert.equal(condition.holds(0), true);
  assert.equal(frame.target.reads.length, 1);
});
