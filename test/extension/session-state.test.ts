import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSessionState, type Session } from '../../extension/session-state.ts';
import type { ViewAnswer, ViewPart } from '../../debug-adapter/custom-requests.ts';
import { event, pe, register, sctlr, sdei } from './support/states.ts';

/** A session whose adapter answers at once, or when told to, and that counts what it is asked: each list is one request. */
function fakeSession(id = 'one') {
  const asked: string[][] = [];
  const body = (request: string): unknown => {
    switch (request) {
      case 'sdei/state':
        return sdei([pe()], [event({ delivered: asked.length })]);
      case 'sdei/timeline':
        return { instants: [], bookmarks: [] };
      case 'sdei/pseudoRegisters':
        return { registers: [register()] };
      case 'sdei/systemRegisterTable':
        return { registers: [sctlr] };
      case 'sdei/systemRegisters':
        return { values: [{ name: 'SCTLR_EL1', value: `0x${asked.length}` }] };
      default:
        throw new Error(`nobody asks ${request}`);
    }
  };
  let answer = async ({ request }: ViewPart): Promise<ViewAnswer> => ({ body: body(request) }) as ViewAnswer;
  const session: Session = {
    id,
    async customRequest(command, args) {
      assert.equal(command, 'sdei/views');
      const { parts } = args as { parts: ViewPart[] };
      asked.push(
        parts.map(({ request, arguments: given }) =>
          Object.keys(given ?? {}).length > 0 ? `${request} ${JSON.stringify(given)}` : request,
        ),
      );
      return { answers: await Promise.all(parts.map((part) => answer(part))) };
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

  it('asks once per stop for everything that views want, however often they do', async () => {
    const { state, asked, stop } = started();
    for (let stops = 1; stops <= 3; stops++) {
      stop();
      await Promise.all([state.sdei(), state.pseudoRegisters(0), state.sdei(), state.timeline(), state.pseudoRegisters(0)]);
      await Promise.all([state.sdei(), state.pseudoRegisters(0), state.timeline()]);
      assert.deepEqual(asked[stops - 1], ['sdei/state', 'sdei/pseudoRegisters {"pe":0}', 'sdei/timeline']);
      assert.equal(asked.length, stops);
    }
  });

  it('tells views of a burst of changes once, all in one turn', async () => {
    const { state, asked, stop, tell } = started();
    const views = [() => state.sdei(), () => state.timeline(), () => state.pseudoRegisters(0)];
    let told = 0;
    for (const view of views) {
      state.onSettled(() => {
        told++;
        void view();
      });
    }
    const unsubscribe = state.onSettled(() => assert.fail('has unsubscribed'));
    unsubscribe();
    stop();
    tell({ type: 'event', event: 'sdei/time', body: { from: 0, now: 1, to: 1, isInPast: false } });
    tell({ type: 'event', event: 'invalidated' });
    assert.equal(told, 0);
    // Who asks now waits for them, and finds what they have asked for.
    await state.settled();
    await state.sdei();
    assert.equal(told, views.length);
    assert.deepEqual(asked, [['sdei/state', 'sdei/timeline', 'sdei/pseudoRegisters {"pe":0}']]);
    await state.settled();
  });

  it('a view that appears later asks only for what is missing', async () => {
    const { state, asked, stop } = started();
    stop();
    await state.sdei();
    await Promise.all([state.sdei(), state.pseudoRegisters(1)]);
    assert.deepEqual(asked, [['sdei/state'], ['sdei/pseudoRegisters {"pe":1}']]);
  });

  it('what cannot be read spoils nothing else', async () => {
    const { state, stop, answerWith } = started();
    answerWith(async ({ request }) => (request === 'sdei/state' ? { body: sdei([pe()], []) } : { error: 'no such registers' }));
    stop();
    const [state1, registers] = await Promise.allSettled([state.sdei(), state.pseudoRegisters(0)]);
    assert.equal(state1.status, 'fulfilled');
    assert.match(String(registers.status === 'rejected' && registers.reason), /no such registers/);
  });

  it('gives system registers the fields that the present state has', async () => {
    const { state, stop, answerWith } = started();
    const [usual, other] = ['TBI', 'TBI1'].map((name) => [{ name, msb: 20, lsb: 20 }]);
    let layout: number | undefined;
    answerWith(async ({ request }) =>
      request === 'sdei/systemRegisterTable'
        ? ({ body: { registers: [{ ...sctlr, fields: usual, layouts: [{ fields: other }] }] } } as ViewAnswer)
        : ({ body: { values: [{ name: 'SCTLR_EL1', value: '0x0', ...(layout === undefined ? {} : { layout }) }] } } as ViewAnswer),
    );
    const fieldsNow = async () => {
      stop();
      return (await state.systemRegisters(0))?.table[0].fields;
    };
    assert.deepEqual(await fieldsNow(), usual);
    layout = 0;
    assert.deepEqual(await fieldsNow(), other);
    layout = undefined;
    assert.deepEqual(await fieldsNow(), usual);
  });

  it('asks which system registers there are only once, and knows what they were before the latest stop', async () => {
    const { state, asked, stop, tell } = started();
    const values = async () => {
      const read = await state.systemRegisters(0);
      return [read?.before?.[0].value, read?.values[0].value];
    };
    assert.equal(await state.systemRegisters(0), undefined);
    stop();
    assert.deepEqual(await values(), [undefined, '0x1']);
    stop();
    assert.deepEqual(await values(), ['0x1', '0x2']);
    assert.deepEqual(await values(), ['0x1', '0x2']);
    // An edit is compared with the stop before, too.
    tell({ type: 'event', event: 'sdei/changed' });
    assert.deepEqual(await values(), ['0x1', '0x3']);
    // VS Code alone is told of the same stop again.
    for (const event of ['continued', 'stopped']) tell({ type: 'event', event, body: { isToldAgain: true } });
    assert.deepEqual([state.status, ...(await values())], ['stopped', '0x1', '0x3']);
    tell({ type: 'event', event: 'continued' });
    assert.deepEqual(await values(), ['0x1', '0x3']);
    stop();
    assert.deepEqual(await values(), ['0x3', '0x4']);
    const once = 'sdei/systemRegisters {"pe":0}';
    assert.deepEqual(asked, [['sdei/systemRegisterTable', once], [once], [once], [once]]);
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
    const isAsked = new Promise<void>((resolve) => {
      answerWith(() => {
        resolve();
        return new Promise((_, reject) => (fail = reject));
      });
    });
    stop();
    const late = state.sdei();
    await isAsked;
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
    assert.deepEqual(next.asked, [['sdei/state']]);
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
