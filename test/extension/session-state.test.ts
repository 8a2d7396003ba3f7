import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSessionState, type Session } from '../../extension/session-state.ts';
import { event, pe, register, sdei } from './support/states.ts';

/** A session whose adapter answers at once, or when told to, and that counts what it is asked. */
function fakeSession(id = 'one') {
  const asked: string[] = [];
  let answer: (command: string) => Promise<unknown> = async (command) =>
    command === 'sdei/state' ? sdei([pe()], [event({ delivered: asked.length })]) : { registers: [register()] };
  const session: Session = {
    id,
    customRequest(command) {
      asked.push(command);
      return answer(command);
    },
  };
  return { session, asked, answerWith: (next: typeof answer) => void (answer = next) };
}

function started() {
  const fake = fakeSession();
  const state = createSessionState();
  state.start(fake.session);
  state.setActive(fake.session);
  const tell = (message: Record<string, unknown>) => state.messageFromAdapter(fake.session, message);
  const stop = () => tell({ type: 'event', event: 'stopped' });
  return { ...fake, state, tell, stop };
}

describe('the mirror of a session', () => {
  it('reads nothing by itself', () => {
    const { asked, stop } = started();
    stop();
    assert.deepEqual(asked, []);
  });

  it('reads once per stop, however often it is asked', async () => {
    const { state, asked, stop } = started();
    for (let stops = 1; stops <= 3; stops++) {
      stop();
      await Promise.all([state.sdei(), state.sdei()]);
      await state.sdei();
      await Promise.all([state.pseudoRegisters(0), state.pseudoRegisters(0)]);
      assert.deepEqual([asked.filter((name) => name === 'sdei/state').length, asked.length], [stops, stops * 2]);
    }
  });

  for (const changed of ['sdei/changed', 'invalidated']) {
    it(`reads again after ${changed}`, async () => {
      const { state, asked, stop, tell } = started();
      stop();
      await state.sdei();
      tell({ type: 'event', event: changed });
      await state.sdei();
      assert.equal(asked.length, 2);
    });
  }

  for (const command of ['continue', 'next', 'stepIn', 'stepOut']) {
    it(`knows that the guest runs after ${command}, and keeps what it knew`, async () => {
      const { state, asked, stop, tell } = started();
      stop();
      const known = await state.sdei();
      tell({ type: 'response', command, success: true });
      assert.equal(state.status, 'running');
      assert.equal(await state.sdei(), known);
      assert.equal(asked.length, 1);
    });
  }

  it('a refused request does not make the guest run', () => {
    const { state, stop, tell } = started();
    stop();
    tell({ type: 'response', command: 'continue', success: false });
    assert.equal(state.status, 'stopped');
  });

  it('knows nothing before the first stop and after the end', async () => {
    const { state, session, stop } = started();
    assert.equal(await state.sdei(), undefined);
    stop();
    assert.notEqual(await state.sdei(), undefined);
    state.end(session);
    assert.equal(state.status, 'none');
    assert.equal(state.active, undefined);
    assert.equal(await state.sdei(), undefined);
  });

  it('an answer that comes after the guest went on changes nothing', async () => {
    const { state, stop, tell, answerWith } = started();
    stop();
    const first = await state.sdei();
    let fail: (error: Error) => void = () => {};
    answerWith(() => new Promise((_, reject) => (fail = reject)));
    stop();
    const late = state.sdei();
    tell({ type: 'event', event: 'continued' });
    fail(new Error('notStopped'));
    assert.equal(await late, first);
  });

  it("passes on the adapter's error", async () => {
    const { state, stop, answerWith } = started();
    answerWith(async () => {
      throw new Error('no SDEI here');
    });
    stop();
    await assert.rejects(state.sdei(), /no SDEI here/);
  });

  it('tells listeners of the active session only', () => {
    const { state, stop, session } = started();
    const other = fakeSession('two');
    let told = 0;
    const unsubscribe = state.onChanged(() => told++);
    state.start(other.session);
    state.messageFromAdapter(other.session, { type: 'event', event: 'stopped' });
    assert.equal(told, 0);
    stop();
    assert.equal(told, 1);
    state.setActive(other.session);
    assert.equal(state.active?.id, 'two');
    assert.equal(told, 2);
    state.setActive(session);
    unsubscribe();
    stop();
    assert.equal(told, 3);
  });

  it('shows the next session, also if the editor keeps one active that has ended', async () => {
    const { state, stop, session } = started();
    stop();
    state.end(session);
    state.setActive(session);
    const next = fakeSession('two');
    let told = 0;
    state.onChanged(() => told++);
    state.start(next.session);
    state.messageFromAdapter(next.session, { type: 'event', event: 'stopped' });
    assert.deepEqual([state.active?.id, state.status, told], ['two', 'stopped', 1]);
    await state.sdei();
    assert.deepEqual(next.asked, ['sdei/state']);
  });

  it('a view fed by one session shows the other after a switch', async () => {
    const { state, stop, asked } = started();
    stop();
    await state.sdei();
    const other = fakeSession('two');
    state.start(other.session);
    state.messageFromAdapter(other.session, { type: 'event', event: 'stopped' });
    state.setActive(other.session);
    await state.sdei();
    assert.deepEqual([asked.length, other.asked.length], [1, 1]);
  });

  for (const message of [undefined, null, 7, 'text', {}, { type: 'event' }, { type: 'response', success: true }]) {
    it(`takes ${JSON.stringify(message)} from an adapter`, () => {
      const { state, session } = started();
      state.messageFromAdapter(session, message);
      assert.equal(state.status, 'running');
    });
  }
});
