// Rust: modules, and enumerations that carry values (variant records, DWARF 5 §5.7.10). test/program/rust/build.sh builds the program.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import { createReferences, variablesOf } from '../../debug-adapter/variables/references.ts';
import { firstFrame } from './stopped.ts';

const elf = path.join(import.meta.dirname, '../program/rust/variants.elf');

test('of a variant record the members of the variant that it is', async () => {
  const frame = await firstFrame(elf);
  for (const [expression, value] of [
    ['EVENTS', '{{None = {}}, {Byte = {__0 = 65}}, {Range = {from = 1, to = 9}}}'],
    ['EVENTS[2].Range.to', '9'],
    ['LINKS[0]', '{End = {}}'],
    ['variants::LINKS[1].To.__0->id', '3'],
    ['PORT.mode', 'variants::hw::Mode::On'],
    ['PORT.mode == hw::Mode::On', '1'],
    ['PORT.pair', '{__0 = 1, __1 = 2}'],
    ['PORT.letter', "233 'é'"],
  ] as const)
    assert.equal(evaluateExpression(expression, frame).value, value, expression);
});

test('what a variant record opens to', async () => {
  const frame = await firstFrame(elf);
  const references = createReferences();
  const { variablesReference, type } = evaluateExpression('EVENTS', frame, { references });
  assert.equal(type, 'variants::hw::Event [3]');
  const names = variablesOf(references, variablesReference).map((event) =>
    variablesOf(references, event.variablesReference).map(({ name, evaluateName = '' }) => [
      name,
      evaluateExpression(evaluateName, frame).value,
    ]),
  );
  assert.deepEqual(names, [[['None', '{}']], [['Byte', '{__0 = 65}']], [['Range', '{from = 1, to = 9}']]]);
});

test('slices and strings are what they stand for, whatever is in them', async () => {
  const frame = await firstFrame(elf);
  const references = createReferences();
  for (const [expression, value, inside] of [
    ['WORDS', '{3, 4, 5}', ['data_ptr', 'length', '[0]', '[1]', '[2]']],
    ['WORDS.length', '3', []],
    ['NAMES', '{"tick", "d\\000é"}', ['[0]', '[1]']],
    ['NAMES[0]', '"tick"', ['data_ptr', 'length']],
    ['NOTHING', '{__0 = {}, __1 = ""}', ['__0', '__1']],
    ['PORTS', '{{__0 = "uart", __1 = {1, 2}}, {__0 = "spi", __1 = {}}}', ['data_ptr', 'length', '[0]', '[1]']],
  ] as const) {
    const shown = evaluateExpression(expression, frame, { references });
    assert.equal(shown.value, value, expression);
    const children = shown.variablesReference === 0 ? [] : variablesOf(references, shown.variablesReference);
    assert.deepEqual(
      children.map(({ name }) => name),
      inside,
      expression,
    );
    for (const { evaluateName = '', value: own } of children)
      assert.equal(evaluateExpression(evaluateName, frame).value, own, evaluateName);
  }
  const { variablesReference, namedVariables, indexedVariables } = evaluateExpression('WORDS', frame, { references });
  assert.deepEqual([namedVariables, indexedVariables], [2, 3]);
  const second = variablesOf(references, variablesReference, { filter: 'indexed', start: 1, count: 1 });
  assert.deepEqual(
    second.map(({ name, value, evaluateName }) => [name, value, evaluateName]),
    [['[1]', '4', 'WORDS.data_ptr[1]']],
  );
});

test('functions have the names of their modules, generic ones their arguments', async () => {
  const { programs } = await firstFrame(elf);
  const named = (name: string) => programs[0].functionsNamed(name).map((info) => info.name);
  assert.deepEqual(named('same'), ['variants::hw::same<i32>']);
  assert.deepEqual(named('Port::number'), ['variants::hw::Port::number']);
});
