// Parameter packs, nullptr_t and static variables in blocks of what is inlined: test/program/cplusplus/packs.cc, built by clang (-O0) and gcc (-O1).
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import type { FrameView } from '../../debug-adapter/evaluate/frame-view.ts';
import { createReferences, variablesOf } from '../../debug-adapter/variables/references.ts';
import { scopesOf } from '../../debug-adapter/variables/scopes.ts';
import { frameIn } from './stopped.ts';

const elf = (compiler: string): string => path.join(import.meta.dirname, `../program/cplusplus/packs-${compiler}.elf`);

/** `name = value (type)` */
function localsOf(frame: FrameView): readonly string[] {
  const references = createReferences();
  return variablesOf(references, scopesOf(frame, references)[0].variablesReference).map(
    ({ name, value, type }) => `${name} = ${value} (${type})`,
  );
}
const valueIn = (frame: FrameView, expression: string): string => {
  const { value, type } = evaluateExpression(expression, frame);
  return `${value} (${type})`;
};

// gdb 13 has three `args`, each with the value of the last (clang), and none (gcc, whose entries have no name).
test('parameters of a pack are told apart by number', async () => {
  const clang = await frameIn(elf('clang'), 'sum<int, long, short>');
  assert.deepEqual(localsOf(clang), ['first = 1 (int)', 'args#0 = 2 (int)', 'args#1 = 3 (long)', 'args#2 = 4 (short)', 'total = 0 (int)']);
  assert.equal(valueIn(clang, 'args#1 + args#2'), '7 (long)');
  assert.throws(() => valueIn(clang, 'args'), { message: "'args' is a parameter pack: write args#0, args#1, args#2." });
  const gcc = await frameIn(elf('gcc'), 'sum<int, long, short>');
  assert.deepEqual(localsOf(gcc).slice(0, 4), ['first = 1 (int)', 'pack#0 = 2 (int)', 'pack#1 = 3 (long)', 'pack#2 = 4 (short)']);
  assert.equal(valueIn(gcc, 'pack#2'), '4 (short)');
  for (const frame of [clang, gcc])
    assert.match(
      valueIn(frame, '&sum<int, long, short>'),
      /<sum<int, long, short>\(int, int, long, short\)> \(int \(\*\)\(int, int, long, short\)\)$/,
    );
});

test('a parameter without a name is none of a pack', async () => {
  for (const compiler of ['clang', 'gcc']) {
    const frame = await frameIn(elf(compiler), 'unnamed');
    assert.deepEqual(localsOf(frame)[0], 'second = 2 (int)', compiler);
  }
});

// gdb 13: whatever stands in its memory, or <incomplete type> in a structure.
test('a nullptr_t is nullptr, whatever stands in its memory', async () => {
  for (const compiler of ['clang', 'gcc']) {
    const frame = await frameIn(elf(compiler), 'unnamed', 2);
    assert.equal(localsOf(frame)[1], 'none = nullptr (nothing)', compiler);
    assert.equal(valueIn(frame, 'node'), '{value = 3, next = nullptr} (Node)');
    assert.equal(valueIn(frame, 'node.next == 0 && node.next == nullptr && !none'), 'true (bool)');
    assert.equal(valueIn(frame, 'nullptr'), 'nullptr (decltype(nullptr))');
    assert.equal(valueIn(frame, 'none,x'), '0x0 (nothing)');
    assert.equal(valueIn(frame, '0 ? nullptr : &node').split(' ')[1], '<node>');
    assert.equal(valueIn(frame, '1 ? nullptr : &node'), '0x0 (Node *)');
    assert.equal(valueIn(frame, 'sizeof(none)'), '8 (unsigned long)');
  }
});

// gdb 13 lists all three wherever something of the call is executed, and those of a block that is executed twice.
test('static variables of a block are listed in it, also where the function is inlined', async () => {
  const listed = new Set<string>();
  for (let later = 0; later < 10; later++) {
    const frame = await frameIn(elf('gcc'), 'call', later);
    listed.add(
      localsOf(frame)
        .map((text) => text.replace(/ .*/, ''))
        .join(' '),
    );
  }
  // In the call before and behind the block; in the block.
  assert.deepEqual([...listed], ['x calls result', 'x calls result small']);
});

test('a variable of a block whose code is gone is optimized out, and hides nothing', async () => {
  const frame = await frameIn(elf('gcc'), 'choose');
  assert.deepEqual(
    localsOf(frame).map((text) => text.replace(/^(?!folded).* =.*/, (whole) => whole.replace(/ .*/, ''))),
    ['c', 'more', 'result', 'folded = <optimized out> (int)'],
  );
  assert.throws(() => valueIn(frame, 'folded + 1'), { message: "'folded' is optimized out here." });
});
