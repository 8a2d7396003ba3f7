import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hitConditionProblem, parseHitCondition } from '../../debug-adapter/breakpoints/hit-condition.ts';
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

const never: readonly (readonly [text: string, problem: RegExp | undefined])[] = [
  ['3', undefined],
  ['>= 1000000000', undefined],
  ['< 99999999999999999999', undefined],
  ['% 1000000000', undefined],
  ['99999999999999999999', /^Hit condition "9{20}" never holds: hits count from 1 to 1000000000\.$/],
  ['> 1000000000', /never holds/],
  ['% 1000000001', /never holds/],
  ['0', /^Hit condition "0" never holds/],
  ['< 1', /never holds/],
  ['<= 0', /never holds/],
  ['> -1', /is not understood/],
];
for (const [text, problem] of never)
  test(`hit condition "${text}" ${problem ? 'is refused' : 'can hold'}`, () => {
    const said = hitConditionProblem(text);
    if (problem === undefined) assert.equal(said, undefined);
    else assert.match(said ?? '', problem);
  });

test('a client that fills in every field means nothing by empty ones', () => {
  assert.deepEqual(conditions({ condition: '', hitCondition: ' ', logMessage: '' }), {});
  assert.deepEqual(conditions({ condition: '1', hitCondition: '3', logMessage: 'a' }), {
    condition: '1',
    hitCondition: '3',
    logMessage: 'a',
  });
});
