import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cell, cells, expectedEnd, runMatrix, textOf, traceOf, tryStep } from './stepping-matrix.ts';

test('steps of every kind end where a run without events says, whatever event comes', async () => {
  const some = cells.filter((_, n) => n % 11 === 2);
  const matrix = await runMatrix(some, 1, 54);
  assert.equal(matrix.outcomes.length, some.length);
  assert.deepEqual(
    matrix.outcomes.flatMap(({ wrong }) => wrong ?? []),
    [],
    textOf(matrix),
  );
});

test('out of a function that is inlined, also by instruction', async () => {
  const trace = await traceOf('EL1');
  const start = trace.moments.findIndex(({ pc }) => trace.images.inlineChainAt(pc)[0]?.inlined === true);
  for (const granularity of ['line', 'instruction'] as const) {
    const cell: Cell = { kind: 'out', granularity, pending: false, masked: false, nested: false, level: 'EL1', enters: false };
    assert.notEqual(expectedEnd(trace, start, cell), start + 1);
    assert.deepEqual(await tryStep(trace, cell, start, () => 0), { cell, start });
  }
});

test('over and into a branch from the vectors to the handler of an exception', async () => {
  const trace = await traceOf('EL1');
  const start = trace.moments.findIndex(({ pc }) => trace.images.functionAt(pc)?.name === 'el0_vectors');
  assert.equal(trace.images.functionAt(trace.moments[start + 1].pc)?.name, 'on_svc');
  for (const kind of ['over', 'in'] as const) {
    for (const granularity of ['line', 'instruction'] as const) {
      const cell: Cell = { kind, granularity, pending: false, masked: false, nested: false, level: 'EL1', enters: false };
      assert.equal(expectedEnd(trace, start, cell), start + 1);
      assert.deepEqual(await tryStep(trace, cell, start, () => 0), { cell, start });
    }
  }
});

test('a step that ends elsewhere is told', async () => {
  const trace = await traceOf('EL1');
  const start = trace.moments.findIndex(({ pc }) => trace.images.functionAt(pc)?.name === 'work') + 2;
  const cell: Cell = {
    kind: 'over',
    granularity: 'instruction',
    pending: false,
    masked: false,
    nested: false,
    level: 'EL1',
    enters: false,
  };
  const moments = trace.moments.with(start + 1, { ...trace.moments[start + 1], pc: trace.moments[start + 1].pc + 4n });
  const outcome = await tryStep({ ...trace, moments }, cell, start, () => 0);
  assert.match(
    outcome?.wrong ?? '',
    /^it ended at work\+0x\w+, must end at work\+0x\w+ after \d+ instructions; from work\+0x\w+ after \d+ instructions$/,
  );
  assert.match(
    textOf({ outcomes: outcome === undefined ? [] : [outcome] }),
    /\nEL1 +- +- +- +- +0\/0 +0\/0 +0\/0 +0\/1 .*\n1 steps, 1 wrong stops\n/,
  );
});
