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
  readonly event?: string;
  readonly command?: string;
  readonly body?: Record<string, unknown>;
}
/** Everything that VS Code is told, with a mark where time has passed. */
function heard(first: readonly object[], then: readonly object[] = []): readonly Told[] {
  const told: Told[] = [];
  const waiting: (() => void)[] = [];
  const pass = createToldAgain(
    (message) => void told.push(message as Told),
    (action) => void waiting.push(action),
  );
  for (const message of [...first, ...then]) pass(message);
  told.push({ event: 'later' });
  for (const action of waiting) action();
  return told;
}
const again = (told: readonly Told[]) => told.filter(({ body }) => body?.isToldAgain === true);
const names = (told: readonly Told[]) => told.map(({ event: name, command }) => name ?? command);

describe('a stop is told again', () => {
  for (const [title, first, then, expected] of rows)
    it(`behind ${title}: ${expected.length === 2}`, () => assert.deepEqual(names(again(heard(first, then))), expected));
  it('of the same thread, in words that are true, and marked as no news', () => {
    const { threadId, description, isToldAgain } = heard([stopped, begun]).at(-1)?.body ?? {};
    assert.deepEqual([threadId, description, isToldAgain], [2, 'Another future begins here', true]);
  });
});

const jumped = event('stopped', { threadId: 3, reason: 'goto', description: 'In the past: Paused after a jump' });
const answer = (command: string) => ({ type: 'response', command });
const passed: readonly [title: string, messages: readonly object[], told: readonly string[]][] = [
  ['a step', [stopped, answer('next'), stopped], ['stopped', 'next', 'stopped', 'later']],
  ['a jump', [stopped, answer('sdei/goTo'), jumped], ['stopped', 'sdei/goTo', 'continued', 'later', 'stopped']],
  [
    'a jump and what comes with it; answers do not wait',
    [stopped, jumped, event('sdei/time', past), answer('threads'), event('output')],
    ['stopped', 'continued', 'threads', 'later', 'stopped', 'sdei/time', 'output'],
  ],
  ['two jumps at once', [stopped, jumped, jumped], ['stopped', 'continued', 'stopped', 'continued', 'later', 'stopped']],
  ['a jump and the end', [stopped, jumped, event('terminated')], ['stopped', 'continued', 'stopped', 'terminated', 'later']],
  ['a gdb beside it that lets the guest run', [stopped, event('continued'), stopped], ['stopped', 'continued', 'stopped', 'later']],
];
describe('before a stop that VS Code does not expect it is told that the guest runs', () => {
  for (const [title, messages, told] of passed) it(title, () => assert.deepEqual(names(heard(messages)), told));
  it('and the stop is the one that the adapter has told', () => assert.equal(heard([stopped, jumped]).at(-1), jumped));
});
