import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TimeState } from '../../debug-adapter/custom-requests.ts';
import { createToldAgain } from '../../extension/told-again.ts';

const past: TimeState = { from: 0, now: 1000, to: 2000, isInPast: true };
const present: TimeState = { ...past, to: 1000, isInPast: false };
const event = (name: string, body: unknown = {}) => ({ type: 'event', event: name, body });
const stopped = event('stopped', { threadId: 2, description: 'In the past: paused on step' });
const begun = event('sdei/time', { ...present, begins: 'branch 1' });

/** What the adapter says, up to and after an edit; what VS Code is told besides at once, and later. */
const rows: readonly [title: string, first: readonly object[], then: readonly object[], told: readonly string[]][] = [
  ['an edit in the past', [event('sdei/time', past), stopped, begun], [], ['continued', 'stopped']],
  ['an edit, and what comes with it', [stopped, begun], [event('invalidated'), event('sdei/changed')], ['continued', 'stopped']],
  ['going on to the present', [event('sdei/time', past), stopped, event('sdei/time', present)], [], []],
  ['a branch before any stop', [begun], [], []],
  ['a branch while the guest runs', [stopped, event('continued'), begun], [], []],
  ['a response that looks like it', [stopped, { ...begun, type: 'response' }], [], []],
  ['an edit, and a step at once', [stopped, begun], [{ type: 'response', command: 'next' }], ['continued']],
  ['an edit, and the end', [stopped, begun], [event('terminated')], ['continued']],
];

interface Told {
  readonly event: string;
  readonly body: Record<string, unknown>;
}
function hear(first: readonly object[], then: readonly object[]): readonly Told[] {
  const told: Told[] = [];
  const waiting: (() => void)[] = [];
  const heard = createToldAgain(
    (message) => void told.push(message as Told),
    (action) => void waiting.push(action),
  );
  for (const message of first) heard(message);
  for (const message of then) heard(message);
  for (const action of waiting) action();
  return told;
}

describe('a stop is told again', () => {
  for (const [title, first, then, expected] of rows)
    it(`behind ${title}: ${expected.length === 2}`, () => {
      assert.deepEqual(
        hear(first, then).map(({ event: name }) => name),
        expected,
      );
    });
  it('of the same thread, in words that are true, and marked as no news', () => {
    const [, { body }] = hear([stopped, begun], []);
    const { threadId, description, isToldAgain } = body;
    assert.deepEqual([threadId, description, isToldAgain], [2, 'Another future begins here', true]);
  });
});
