import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TimeState } from '../../debug-adapter/custom-requests.ts';
import { createEditGuard, mayEdit, question, refusal } from '../../extension/edit-guard.ts';

const request = (command: string, args: object = {}) => ({ type: 'request', seq: 7, command, arguments: args });
const typed = (expression: string, context = 'repl') => request('evaluate', { expression, context });

const messages: readonly [message: object, edits: boolean][] = [
  [request('setVariable'), true],
  [request('sdei/views'), false],
  [request('setExpression'), true],
  [request('writeMemory'), true],
  [request('sdei/trigger'), true],
  [request('next'), false],
  [request('sdei/lastWrite'), false],
  [{ type: 'response', command: 'setVariable' }, false],
  [typed('x = 1'), true],
  [typed('x <<= 1'), true],
  [typed('x++'), true],
  [typed('x == 1'), false],
  [typed('inject 0'), true],
  [typed(' inject 804 PE1'), true],
  [typed('inject 0@main#2'), false],
  [typed('inject none'), false],
  [typed('goto 100'), false],
  [typed('x <= 1 && y != 2'), false],
  [typed('*log'), false],
  [typed('x = 1', 'watch'), false],
];

describe('what may edit the guest', () => {
  for (const [message, edits] of messages) it(JSON.stringify(message), () => assert.equal(mayEdit(message), edits));
});

describe('an edit', () => {
  const past: TimeState = { from: 0, now: 1000, to: 2_345_678, isInPast: true };
  const tell = (body: TimeState) => ({ type: 'event', event: 'sdei/time', body });

  for (const answer of [true, false]) {
    it(`in the past is asked about, and ${answer ? 'done' : 'not done'}`, async () => {
      const asked: TimeState[] = [];
      const guard = createEditGuard(async (time) => {
        asked.push(time);
        return answer;
      });
      assert.equal(guard.allows(request('setVariable')), true, 'in the present nobody is asked');
      guard.heard(tell(past));
      assert.equal(guard.allows(request('next')), true);
      assert.equal(await guard.allows(request('setVariable')), answer);
      guard.heard(tell({ ...past, isInPast: false }));
      assert.equal(guard.allows(request('setVariable')), true);
      assert.deepEqual(asked, [past]);
    });
  }
  it('says what becomes of the rest', () =>
    assert.match(
      question(past).detail,
      /at instruction 1,000\. An edit begins another future: .*\(2,344,678 instructions\) is kept as a branch of its own\.$/,
    ));
  it('that is not allowed gets an answer', () =>
    assert.deepEqual(refusal(request('setVariable')), {
      type: 'response',
      seq: 0,
      request_seq: 7,
      command: 'setVariable',
      success: false,
      message: 'cancelled',
    }));
});
