import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import { cases } from './cases/c-semantics.ts';
import { frameOf } from './fake.ts';
import { world } from './world.ts';

for (const [expression, type, value] of cases) {
  test(`${expression} is ${value} (${type})`, () => {
    const result = evaluateExpression(expression, frameOf(world()));
    assert.deepEqual([result.type, result.value], [type, value]);
  });
}

/** Expression → type and value as a program built by gcc prints them: made by cases/record-gcc.mjs. */
const recorded: Readonly<Record<string, readonly [type: string, value: string]>> = JSON.parse(
  readFileSync(new URL('cases/c-semantics-gcc.json', import.meta.url), 'utf8'),
);

/** Not C: a string compares by its characters here, and a character constant has the type it looks like. */
const notC = /["']/;

/** Type names as C's `_Generic` tells them apart. */
const plainTypes: Readonly<Record<string, string>> = {
  'long int': 'long',
  'long unsigned int': 'unsigned long',
  'unsigned long long': 'unsigned long',
  'short int': 'short',
  u8: 'unsigned char',
  uint64_t: 'unsigned long',
  'enum state': 'unsigned int',
  'enum flags': 'unsigned int',
};
const enumerators: Readonly<Record<string, string>> = { STOPPED: '5', 'READ | WRITE': '3', true: '1', false: '0' };

/** The value without the character beside it, names as numbers, floating values in the digits that gcc's program prints. */
function plainValue(type: string, value: string): string {
  const text = enumerators[value] ?? value.replace(/ '.*'$/, '').replace(/^0x[0-9a-f]+ /, '');
  if (type !== 'float' && type !== 'double' && type !== '_Float16') return text;
  const digits = type === 'float' ? 9 : 17;
  return Number.isFinite(Number(text))
    ? Number(Number(type === 'float' ? Math.fround(Number(text)) : text).toPrecision(digits)).toString()
    : text;
}

function checkAgainst(gcc: readonly [type: string, value: string], type: string, value: string): void {
  const own = plainTypes[type] ?? type;
  const isReal = own === 'float' || own === 'double';
  const digits = own === 'float' ? 9 : 17;
  const theirs =
    isReal && Number.isFinite(Number(gcc[1])) ? String(Number(Number(gcc[1]).toPrecision(digits))) : gcc[1].replace('-nan', 'nan');
  assert.deepEqual([own, plainValue(own, value)], [gcc[0], theirs]);
}

for (const [expression, type, value] of cases) {
  const gcc = recorded[expression];
  if (gcc && !notC.test(expression)) test(`gcc says ${gcc[1]} (${gcc[0]}) for ${expression}`, () => checkAgainst(gcc, type, value));
}
test('gcc was asked about most of the table', () => assert.ok(Object.keys(recorded).length > 150));

const random: typeof recorded = JSON.parse(readFileSync(new URL('cases/random-gcc.json', import.meta.url), 'utf8'));
test('random expressions have the type and value that gcc gives them', () => {
  for (const [expression, gcc] of Object.entries(random)) {
    const { type = '', value } = evaluateExpression(expression, frameOf(world()));
    assert.doesNotThrow(() => checkAgainst(gcc, type, value), `${expression}: gcc says ${gcc.join(' ')}, not ${type} ${value}`);
  }
  assert.ok(Object.keys(random).length > 300);
});
