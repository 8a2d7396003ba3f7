// Expressions at stops in C: vectors, locals of functions that are or are not the frame's, parameters that are gone.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import { ExpressionError } from '../../debug-adapter/evaluate/expression-error.ts';
import { frameIn } from './stopped.ts';

const elf = path.join(import.meta.dirname, '../accuracy/fixtures/uncommon-gcc-O0.elf');

for (const [name, expression, value] of [
  ['vector_lanes', 'small', '{1, 2, 3, 4, 5, 6, 7, 255}'],
  ['vector_lanes', 'small[7]', '255'],
  ['vector_lanes', 'numbers[1]', '-2'],
  ['vector_lanes', 'vector_lanes::numbers[3]', '4'],
  ['vector_lanes', "'uncommon.c'::vector_lanes::numbers[3]", '4'],
  ['vector_lanes', '::sink', '10'],
] as const)
  test(`${expression} in ${name} is ${value}`, async () => {
    assert.equal(evaluateExpression(expression, await frameIn(elf, name)).value, value);
  });

for (const [name, expression, message] of [
  ['vector_lanes', 'numbers + numbers', "+ cannot be applied to 'lanes', a vector; take one of its lanes, as in v[0]."],
  ['vector_lanes', '*numbers', "* cannot be applied to 'lanes', a vector; take one of its lanes, as in v[0]."],
  ['vector_lanes', 'mixed::narrow', "'narrow' is a local of 'mixed': select a frame of it to see its value."],
  ['vector_lanes', 'mixed::wider', "No variable 'wider' in 'mixed'."],
  ['vector_lanes', '::numbers', "No global 'numbers'; did you mean 'number'?"],
] as const)
  test(`${expression} in ${name}: ${message}`, async () => {
    const frame = await frameIn(elf, name);
    assert.throws(
      () => evaluateExpression(expression, frame),
      (error) => error instanceof ExpressionError && (assert.equal(error.message, message), true),
    );
  });

test('a parameter that is gone is what was passed, in a call that the compiler made by itself too', async () => {
  const copies = path.join(import.meta.dirname, '../program/link-time/copies.elf');
  const frame = await frameIn(copies, 'memcpy', 20);
  const values = ['length', 'source == &from', 'destination == &::to'].map((text) => evaluateExpression(text, frame).value);
  // gdb 13 says the same.
  assert.deepEqual(values, ['299', '1', '1']);
});

// link-time/lost-block.c; gdb 13 says the same, but for what only a copy of the function without code places.
for (const [compiler, ...rows] of [
  ['gcc', 'inlined n 200', 'inlined only 5', 'called m 100'],
  ['lto', 'inlined n 200', 'inlined only 5', 'called m 100'],
  ['clang', 'called m 100'],
])
  test(`a static variable of a block that ${compiler} has lost does not hide one that is around`, async () => {
    const elf = path.join(import.meta.dirname, `../program/link-time/lost-block-${compiler}.elf`);
    for (const row of rows) {
      const [name, variable, value] = row.split(' ');
      assert.equal(evaluateExpression(variable, await frameIn(elf, name)).value, value, row);
    }
  });

test('calls preserve the low halves of V8-V15: a caller has its values there, and nothing of the high halves', async () => {
  const frame = await frameIn(path.join(import.meta.dirname, '../program/objects/kept-vectors.elf'), 'touch', 0, 1);
  const values = ['held', 'small', '$d9', '$v9'].map((text) => evaluateExpression(text, frame).value);
  // gdb 13 says the same, but shows of $v9 what the called function has there.
  assert.deepEqual(values, ['4.5', '0.75', '4.5', '<not saved>']);
});

// link-time/units-*.c
for (const [elf, name, ...rows] of [
  ['units', 'first', 'only 1', 'lost <optimized out>', 'sizeof(struct shared) 4', '*(struct shared *)&one {first = 5}'],
  ['units', 'second', 'only 2', 'lost 20', 'sizeof(struct shared) 16', '((struct shared *)&two)->last 6'],
  ['units-lto', 'first', 'sizeof(struct shared) 4'],
  ['units-lto', 'second', 'sizeof(struct shared) 16'],
])
  test(`in ${name} of ${elf}.elf names mean what its own file has`, async () => {
    const frame = await frameIn(path.join(import.meta.dirname, `../program/link-time/${elf}.elf`), name);
    for (const row of rows) {
      const [, expression, value] = /^(.*?) ((?:\{.*\}|<.*>|\S+))$/.exec(row) ?? [];
      assert.equal(evaluateExpression(expression, frame, { full: true }).value, value, row);
    }
  });
