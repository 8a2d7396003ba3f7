import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHitCondition } from '../../debug-adapter/breakpoints/hit-condition.ts';
import { conditions } from '../../debug-adapter/requests/breakpoints.ts';

const rows: readonly [string, readonly number[] | undefined][] = [
  ['3', [3]],
  ['== 3', [3]],
  ['=3', [3]],
  ['>= 4', [4, 5, 6]],
  ['> 4', [5, 6]],
  ['<= 2', [1, 2]],
  ['<2', [1]],
  ['% 2', [2, 4, 6]],
  ['%0', undefined],
  ['', undefined],
  ['three', undefined],
  ['3 3', undefined],
  ['-1', undefined],
];

for (const [text, expected] of rows) {
  test(`hit condition "${text}"`, () => {
    const condition = parseHitCondition(text);
    assert.deepEqual(condition && [1, 2, 3, 4, 5, 6].filter(condition), expected);
  });
}

test('a client that fills in every field means nothing by empty ones', () => {
  assert.deepEqual(conditions({ condition: '', hitCondition: ' ', logMessage: '' }), {});
  assert.deepEqual(conditions({ condition: '1', hitCondition: '3', logMessage: 'a' }), {
    condition: '1',
    hitCondition: '3',
    logMessage: 'a',
  });
});
