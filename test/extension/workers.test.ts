import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { prepareMachine } from '../../debug-adapter/makers.ts';
import type { DapWorker } from '../../extension/host.ts';
import { createWorkers } from '../../extension/workers.ts';

/** Workers that only say what happened to them. */
function startable() {
  const started: (DapWorker & { end(): void; isTerminated: boolean })[] = [];
  const start = async (): Promise<DapWorker> => {
    let ended: (problem: string | undefined) => void = () => {};
    const worker = {
      postMessage() {},
      onMessage() {},
      onEnd: (listener: typeof ended) => void (ended = listener),
      end: () => ended(undefined),
      isTerminated: false,
      terminate: () => void (worker.isTerminated = true),
    };
    started.push(worker);
    return worker;
  };
  return { started, start };
}

describe('workers', () => {
  it('a prepared one is taken, and only one is kept', async () => {
    const { started, start } = startable();
    const workers = createWorkers(start);
    workers.prepare();
    workers.prepare();
    assert.equal(started.length, 1);
    assert.equal(await workers.take(), started[0]);
    assert.equal(await workers.take(), started[1]);
  });
  it('one that has ended meanwhile is not handed out', async () => {
    const { started, start } = startable();
    const workers = createWorkers(start);
    workers.prepare();
    await Promise.resolve();
    started[0].end();
    assert.equal(await workers.take(), started[1]);
  });
  it('one that cannot start is tried again, and then said why', async () => {
    const workers = createWorkers(() => Promise.reject(new Error('no memory')));
    workers.prepare();
    await assert.rejects(workers.take(), /no memory/);
  });
  it('the end of the extension ends the one that nobody took', async () => {
    const { started, start } = startable();
    const workers = createWorkers(start);
    workers.prepare();
    workers.dispose();
    await Promise.resolve();
    assert.equal(started[0].isTerminated, true);
    workers.prepare();
    assert.equal(started.length, 1);
  });
  it('a machine can be prepared before there is a guest', () => prepareMachine());
});
