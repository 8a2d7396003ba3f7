/** Computing with long doubles, beside what a program built by gcc computes: cases/quads-gcc.json. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { assignExpression, evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import { quadArithmetic, quadOrder } from '../../debug-adapter/evaluate/real.ts';
import { frameOf } from './fake.ts';
import { world } from './world.ts';

const lines: readonly string[] = JSON.parse(readFileSync(new URL('cases/quads-gcc.json', import.meta.url), 'utf8'));
const rows = lines.map((line) => line.split(' '));
const bitsOf = (text: string): bigint => BigInt(`0x${text}`);
/** IEEE 754 leaves open which NaN it is. */
const plain = (bits: bigint): string => (BigInt.asUintN(127, bits) > 0x7fffn << 112n ? 'nan' : bits.toString(16));

test('sums, differences, products, quotients and order of long doubles are those of gcc', () => {
  const pairs = rows.filter(({ length }) => length > 2);
  assert.equal(pairs.length, 256);
  for (const [one, other, ...expected] of pairs) {
    const [a, b] = [bitsOf(one), bitsOf(other)];
    const results = (['+', '-', '*', '/'] as const).map((operator) => plain(quadArithmetic(operator, a, b)));
    assert.deepEqual(
      results,
      expected.slice(0, 4).map((text) => plain(bitsOf(text))),
      `${one} ${other}`,
    );
    const order = quadOrder(a, b);
    const holds = [order < 0, order <= 0, order === 0, order !== 0];
    assert.equal(holds.map(Number).join(''), expected[4], `${one} ${other}`);
  }
});

test('constants are those of gcc, to the last bit', () => {
  const constants = rows.filter(({ length }) => length === 2);
  assert.ok(constants.length > 15);
  for (const [text, bits] of constants)
    assert.equal(evaluateExpression(`${text},x`, frameOf(world())).value, `0x${bitsOf(bits).toString(16)}`, text);
  for (const [text, value] of [
    ['1e999999999999L', 'inf'],
    ['1e-999999999999L', '0'],
    ['0e999999999999L', '0'],
  ])
    assert.equal(evaluateExpression(text, frameOf(world())).value, value);
});

const expressions: readonly (readonly [expression: string, value: string, type: string])[] = [
  ['ld + 1', '2', 'long double'],
  ['1.5f + ld', '2.5', 'long double'],
  ['ld / 3', '0.3333333333333333333333333333333333', 'long double'],
  ['0.1L + 0.2L == 0.3L', '0', 'int'],
  ['0.1L == 0.1', '0', 'int'],
  ['-ld', '-1', 'long double'],
  ['+ld', '1', 'long double'],
  ['!ld', '0', 'int'],
  ['ld && 0.0L', '0', 'int'],
  ['ld ? 2.5L : 1', '2.5', 'long double'],
  ['0 ? ld : 2', '2', 'long double'],
  ['ld < 2 && ld >= 1', '1', 'int'],
  ['ld / 0 - ld / 0', 'nan', 'long double'],
  ['(ld / 0 - ld / 0) != (ld / 0 - ld / 0)', '1', 'int'],
  ['(int)(ld * 2.9L)', '2', 'int'],
  ['(float)ld + 1', '2', 'float'],
];
test('expressions with long doubles', () => {
  const frame = frameOf(world());
  for (const [expression, value, type] of expressions) {
    const shown = evaluateExpression(expression, frame);
    assert.deepEqual([shown.value, shown.type], [value, type], expression);
  }
});

test('a long double is changed by what is computed', () => {
  const frame = frameOf(world());
  assert.equal(evaluateExpression('ld += 0.5L', frame, { allowAssignment: true }).value, '1.5');
  assert.equal(assignExpression('ld', 'ld / 2', frame).value, '0.75');
});
