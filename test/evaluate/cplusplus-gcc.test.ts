// Expressions at stops in C++ as g++ 12 describes it, in DWARF 4 and 5: test/program/cplusplus/gcc.cc. Values are those that gdb 13 prints there.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { completions } from '../../debug-adapter/evaluate/completions.ts';
import { evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import { frameIn } from './stopped.ts';

const elfs = [4, 5].map((version) => path.join(import.meta.dirname, `../program/cplusplus/gcc-${version}.elf`));

const rows: Readonly<Record<string, readonly (readonly [expression: string, value: string, type: string])[]>> = {
  'stat::Sum<long>::set(long)': [
    ['total', '7', 'long'],
    ['stat::Sum<long>::total', '7', 'long'],
    ['stat::Sum<long int>::total', '7', 'long'],
    ['*this', '{static total = 7, last = 0}', 'stat::Sum<long>'],
    ['outer::version', '42', 'int'],
    ['outer::v2::version', '42', 'int'],
    ['::outer::version', '42', 'int'],
    ['outer::old::version', '41', 'int'],
    ['sizeof(outer::Tag)', '4', 'unsigned long'],
    ['((outer::Tag *)0 == 0)', '1', 'int'],
  ],
  'outer::inl': [['version', '42', 'int']],
};

for (const elf of elfs)
  for (const [name, expressions] of Object.entries(rows))
    test(`${path.basename(elf)}: expressions in ${name}`, async () => {
      const frame = await frameIn(elf, name);
      for (const [expression, value, type] of expressions) {
        const shown = evaluateExpression(expression, frame);
        assert.deepEqual([shown.value, shown.type], [value, type], expression);
      }
    });

for (const elf of elfs)
  test(`${path.basename(elf)}: what an inline namespace holds is offered behind the one around it`, async () => {
    const frame = await frameIn(elf, 'outer::inl');
    const labels = completions('outer::', 7, frame).map(({ label }) => label);
    assert.deepEqual([...labels].sort(), ['Tag', 'inl', 'old', 'v2', 'version']);
  });
