import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calls } from '../../emulator/sdei/calls.ts';
import { type HandlerTransition, handlerStates, statusBits } from '../../emulator/sdei/handler-state.ts';
import type { HandlerState } from '../../emulator/sdei/sdei-view.ts';

/** DEN0054, "Event handler states", by status value: `next` states; `-`: refused. */
const statuses = [0, 1, 3, 5, 7, 4];
const table: Readonly<Record<HandlerTransition, readonly (number | '-')[]>> = {
  register: [1, '-', '-', '-', '-', '-'],
  enable: ['-', 3, 3, 7, 7, '-'],
  disable: ['-', 1, 1, 5, 5, '-'],
  unregister: ['-', 0, 0, 4, 4, '-'],
  setRouting: ['-', 1, '-', '-', '-', '-'],
  release: [0, '-', '-', '-', '-', '-'],
  dispatch: ['-', '-', 7, '-', '-', '-'],
  complete: ['-', '-', '-', 1, 3, 0],
};

for (const [transition, next] of Object.entries(table) as [HandlerTransition, (number | '-')[]][]) {
  for (const [n, status] of statuses.entries()) {
    test(`${transition} in status ${status}: ${next[n]}`, () => {
      const [state] = (Object.entries(statusBits) as [HandlerState, number][]).find(([, bits]) => bits === status) ?? assert.fail();
      const reached = handlerStates[state][transition];
      assert.equal(reached === undefined ? '-' : statusBits[reached], next[n]);
    });
  }
}

test('there are nineteen calls, 0xc4000020 to 0xc4000032', () => {
  assert.deepEqual(
    calls.map(({ functionId }) => functionId),
    Array.from({ length: 19 }, (_, n) => 0xc400_0020 + n),
  );
  assert.equal(new Set(calls.map(({ name }) => name)).size, 19);
});
