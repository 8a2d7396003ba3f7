import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERY_HISTORY } from '../../emulator/sdei/delivery-log.ts';
import type { SdeiHost } from '../../emulator/sdei/sdei-host.ts';
import { type PlainPe, dispatcherWith, noFeatures } from './support.ts';

test('an outcome tells the call, its arguments and its result', () => {
  const { call } = dispatcherWith();
  assert.deepEqual(call(0, 'SDEI_EVENT_REGISTER', 0n, 0x4010_0000n, 7n, 0n, 0n), {
    pe: 0,
    functionId: 0xc400_0021,
    name: 'SDEI_EVENT_REGISTER',
    arguments: [0n, 0x4010_0000n, 7n, 0n, 0n],
    result: 0n,
    status: 'SUCCESS',
  });
});

const refusals: readonly [
  name: Parameters<ReturnType<typeof dispatcherWith>['call']>[1],
  args: bigint[],
  status: string,
  reason: string,
][] = [
  ['SDEI_EVENT_ENABLE', [0n], 'DENIED', 'the handler is not registered'],
  ['SDEI_EVENT_ENABLE', [0xffff_ffffn], 'INVALID_PARAMETERS', 'event -1 is not known; this machine has events 0, 804, 806 and 807'],
  ['SDEI_EVENT_REGISTER', [0n, 0x4010_0002n], 'INVALID_PARAMETERS', 'entry point 0x40100002 is not a multiple of 4'],
  ['SDEI_EVENT_REGISTER', [807n, 0n, 0n, 1n, 9n], 'INVALID_PARAMETERS', 'no PE has affinity 0x9'],
  ['SDEI_EVENT_REGISTER', [807n, 0n, 0n, 1n, 1n << 40n], 'INVALID_PARAMETERS', 'no PE has affinity 0x10000000000'],
  ['SDEI_EVENT_CONTEXT', [18n], 'INVALID_PARAMETERS', 'parameter 18 is not 0 to 17'],
  ['SDEI_EVENT_COMPLETE', [0n], 'DENIED', 'no handler runs on PE0'],
  ['SDEI_EVENT_GET_INFO', [804n, 3n], 'INVALID_PARAMETERS', 'event 804 is private: it has no routing'],
  ['SDEI_EVENT_SIGNAL', [804n, 0n], 'INVALID_PARAMETERS', 'event 804 cannot be signalled: only event 0 can'],
  ['SDEI_INTERRUPT_BIND', [40n], 'INVALID_PARAMETERS', "INTID 40 is not the client's"],
  ['SDEI_FEATURES', [1n], 'INVALID_PARAMETERS', 'feature 1 is not known to version 1.0'],
];
for (const [name, args, status, reason] of refusals) {
  test(`${name}(${args.join(', ')}) answers ${status}: ${reason}`, () => {
    const outcome = dispatcherWith().call(0, name, ...args);
    assert.deepEqual([outcome.status, outcome.reason], [status, reason]);
  });
}

test('UNREGISTER inside the handler answers PENDING, and a completing call tells what it ended', () => {
  const { call, handle, raise } = dispatcherWith();
  handle(0, 0n);
  call(0, 'SDEI_PE_UNMASK');
  raise(0);
  const { status, reason } = call(0, 'SDEI_EVENT_UNREGISTER', 0n);
  assert.deepEqual([status, reason], ['PENDING', 'the handler runs; it is unregistered when it completes']);
  const completed = call(0, 'SDEI_EVENT_COMPLETE_AND_RESUME', 0x4020_0000n);
  assert.deepEqual(completed.completion, { event: 0, priority: 'normal', how: 'resume', pc: 0x4020_0000n });
  assert.equal(completed.result, undefined);
  assert.equal(completed.status, undefined);
});

test('a call that returns a value that looks like an error is a success', () => {
  const { call, handle, pes, raise } = dispatcherWith();
  handle(0, 0n);
  call(0, 'SDEI_PE_UNMASK');
  pes[0].setX(7, 0xffff_ffff_ffff_fffdn);
  raise(0);
  assert.equal(call(0, 'SDEI_EVENT_CONTEXT', 7n).status, 'SUCCESS');
  assert.equal(pes[0].x(0), 0xffff_ffff_ffff_fffdn);
});

test('a call on behalf of the guest leaves its registers alone', () => {
  const { dispatcher, pes } = dispatcherWith();
  pes[0].setX(0, 0x99n);
  assert.equal(dispatcher.callFor(0, 'SDEI_PE_UNMASK').status, 'SUCCESS');
  assert.equal(dispatcher.callFor(0, 'SDEI_EVENT_ENABLE', 0n).status, 'DENIED');
  assert.equal(pes[0].x(0), 0x99n);
  assert.equal(dispatcher.pes()[0].masked, false);
  assert.throws(() => dispatcher.callFor(0, 'SDEI_EVENT_COMPLETE', 0n), /only the handler itself can make it/);
});

test('delivery and completion clear the exclusive monitor; delivery wakes the PE', () => {
  const { call, handle, pes, raise } = dispatcherWith();
  handle(0, 0n);
  call(0, 'SDEI_PE_UNMASK');
  raise(0);
  assert.deepEqual([pes[0].cleared, pes[0].woken], [1, 1]);
  call(0, 'SDEI_EVENT_COMPLETE', 0n);
  assert.equal(pes[0].cleared, 2);
  raise(0);
  call(0, 'SDEI_EVENT_COMPLETE_AND_RESUME', 0x4020_0000n);
  assert.equal(pes[0].cleared, 4);
});

const SPAN = 1n << 23n;
const TGE_E2H = (1n << 27n) | (1n << 34n);
const entries: readonly [string, Partial<SdeiHost['features']>, Partial<PlainPe>, SdeiHost['client'], before: bigint, at: bigint][] = [
  ['EL1 client', {}, {}, 'EL1', 0x6000_03c5n, 0x6000_03c5n],
  ['from EL0', { pan: true }, {}, 'EL1', 0n, 0x3c5n],
  ['PAN forced without SPAN', { pan: true }, { sctlrClient: 0n }, 'EL1', 0x6000_03c5n, 0x6040_03c5n],
  ['PAN kept', { pan: true }, {}, 'EL1', 0x0040_0005n, 0x0040_03c5n],
  ['no PAN, nothing forced', {}, { sctlrClient: 0n }, 'EL1', 5n, 0x3c5n],
  ['EL2 client', { pan: true, vhe: true }, { sctlrClient: 0n }, 'EL2', 9n, 0x3c9n],
  ['EL2 client, VHE host', { pan: true, vhe: true }, { sctlrClient: 0n, hcrEl2: TGE_E2H }, 'EL2', 9n, 0x0040_03c9n],
  ['EL2 client, E2H without TGE', { pan: true, vhe: true }, { sctlrClient: 0n, hcrEl2: 1n << 34n }, 'EL2', 9n, 0x3c9n],
  ['EL2 client, TGE without E2H', { pan: true, vhe: true }, { sctlrClient: 0n, hcrEl2: 1n << 27n }, 'EL2', 9n, 0x3c9n],
  ['EL2 client, VHE host, SPAN', { pan: true, vhe: true }, { sctlrClient: SPAN, hcrEl2: TGE_E2H }, 'EL2', 9n, 0x3c9n],
  ['EL2 client over EL1', {}, {}, 'EL2', 0x2000_0005n, 0x2000_03c9n],
  ['single step and IL cleared', {}, {}, 'EL1', 0x0030_0005n, 0x3c5n],
  ['UAO cleared', { uao: true }, {}, 'EL1', 0x0080_0005n, 0x3c5n],
  ['BTYPE cleared', { bti: true }, {}, 'EL1', 0xc05n, 0x3c5n],
  ['SSBS from DSSBS', { ssbs: true }, { sctlrClient: SPAN | (1n << 44n) }, 'EL1', 5n, 0x13c5n],
  ['SSBS cleared', { ssbs: true }, {}, 'EL1', 0x1005n, 0x3c5n],
  ['ALLINT set', { nmi: true }, {}, 'EL1', 5n, 0x23c5n],
  ['ALLINT left out by SPINTMASK', { nmi: true }, { sctlrClient: SPAN | (1n << 62n) }, 'EL1', 0x2005n, 0x3c5n],
  ['TCO set', { mte: true }, {}, 'EL1', 5n, 0x0200_03c5n],
  ['DIT kept', { dit: true }, {}, 'EL1', 0x0100_0005n, 0x0100_03c5n],
];
for (const [title, features, pe, client, before, at] of entries) {
  test(`PSTATE at entry: ${title}`, () => {
    const { call, handle, pes, raise } = dispatcherWith({}, { client, features: { ...noFeatures, ...features } });
    pes[0].exceptionLevel = client === 'EL1' ? 1 : 2;
    Object.assign(pes[0], pe);
    handle(0, 0n);
    call(0, 'SDEI_PE_UNMASK');
    pes[0].pstate = before;
    raise(0);
    assert.equal(pes[0].pstate.toString(16), at.toString(16));
    assert.equal(pes[0].x(3), before);
    call(0, 'SDEI_EVENT_COMPLETE', 0n);
    assert.equal(pes[0].pstate, before);
  });
}

test('a resume of an EL2 client sits at EL2h with everything masked', () => {
  const { call, handle, pes, raise } = dispatcherWith({}, { client: 'EL2' });
  pes[0].exceptionLevel = 2;
  handle(0, 0n);
  call(0, 'SDEI_PE_UNMASK');
  pes[0].pstate = 0xf000_0009n;
  pes[0].pc = 0x4444n;
  raise(0);
  call(0, 'SDEI_EVENT_COMPLETE_AND_RESUME', 0x4020_0000n);
  const { pstate, pc, elrClient, spsrClient } = pes[0];
  assert.deepEqual(
    { pstate, pc, elrClient, spsrClient },
    { pstate: 0x3c9n, pc: 0x4020_0000n, elrClient: 0x4444n, spsrClient: 0xf000_0009n },
  );
});

test('a relative entry point is added to VBAR when the event is delivered', () => {
  const { call, pes, raise } = dispatcherWith({ version: [1, 1], relativeMode: true });
  assert.equal(call(0, 'SDEI_FEATURES', 1n).result, 1n);
  assert.equal(call(0, 'SDEI_EVENT_REGISTER', 0n, 0x1000n, 0n, 2n, 0n).status, 'SUCCESS');
  call(0, 'SDEI_EVENT_ENABLE', 0n);
  call(0, 'SDEI_PE_UNMASK');
  pes[0].vbarClient = 0xffff_8000_0000_0800n;
  raise(0);
  assert.equal(pes[0].pc, 0xffff_8000_0000_1800n);
});

test('where relative mode is offered, an entry point without the flag is an address', () => {
  const { call, handle, pes, raise } = dispatcherWith({ version: [1, 1], relativeMode: true });
  pes[0].vbarClient = 0x800n;
  handle(0, 0n);
  call(0, 'SDEI_PE_UNMASK');
  raise(0);
  assert.equal(pes[0].pc, 0x4010_0000n);
});

test('an event view has what the event has', () => {
  const { call, dispatcher, handle, raise } = dispatcherWith({ events: [{ number: 807, type: 'shared', priority: 'critical' }] });
  const counts = { triggered: 0, delivered: 0, completed: 0, collapsed: 0, refused: 0, discarded: 0 };
  const event0 = {
    number: 0,
    type: 'private',
    priority: 'normal',
    signalable: true,
    source: 'software',
    state: 'unregistered',
    pending: false,
    counts,
  };
  const event807 = {
    number: 807,
    type: 'shared',
    priority: 'critical',
    signalable: false,
    source: 'platform',
    state: 'unregistered',
    pending: false,
    counts,
  };
  assert.deepEqual(dispatcher.events(), [{ ...event0, pe: 0 }, { ...event0, pe: 1 }, event807]);
  handle(1, 0n);
  call(0, 'SDEI_EVENT_REGISTER', 807n, 0x4020_0000n, 9n, 1n, 1n);
  call(0, 'SDEI_EVENT_ENABLE', 807n);
  call(1, 'SDEI_PE_UNMASK');
  raise(807);
  const routing = { mode: 'RM_PE', affinity: 1n };
  assert.deepEqual(dispatcher.events(), [
    { ...event0, pe: 0 },
    { ...event0, pe: 1, state: 'enabled', entryPoint: 0x4010_0000n, argument: 0x1234n },
    {
      ...event807,
      pe: 1,
      state: 'enabledRunning',
      entryPoint: 0x4020_0000n,
      argument: 9n,
      routing,
      counts: { ...counts, triggered: 1, delivered: 1 },
    },
  ]);
});

test('version 1.1 without relative mode says so', () => {
  const { call } = dispatcherWith({ version: [1, 1] });
  assert.equal(call(0, 'SDEI_VERSION').result, 0x0001_0001_0000_0000n);
  assert.equal(call(0, 'SDEI_FEATURES', 1n).result, 0n);
  assert.equal(call(0, 'SDEI_EVENT_REGISTER', 0n, 0x1000n, 0n, 2n, 0n).status, 'INVALID_PARAMETERS');
});

test('an edited context is what the completion restores', () => {
  const { call, dispatcher, handle, pes, raise } = dispatcherWith();
  handle(0, 0n);
  handle(0, 804n);
  call(0, 'SDEI_PE_UNMASK');
  raise(0);
  raise(804);
  dispatcher.editInterruptedContext(0, 0, 'x17', 0x77n);
  dispatcher.editInterruptedContext(0, 0, 'pc', 0x4000n);
  dispatcher.editInterruptedContext(0, 0, 'pstate', 0x8000_0005n);
  dispatcher.editInterruptedContext(0, 1, 'x0', -1n);
  call(0, 'SDEI_EVENT_COMPLETE', 0n);
  assert.equal(pes[0].x(0), 0xffff_ffff_ffff_ffffn);
  call(0, 'SDEI_EVENT_COMPLETE', 0n);
  const { pc, pstate } = pes[0];
  assert.deepEqual([pes[0].x(17), pc, pstate], [0x77n, 0x4000n, 0x8000_0005n]);
  assert.throws(() => dispatcher.editInterruptedContext(0, 0, 'pc', 0n), /PE0 runs no handler at depth 0/);
});

test('only X0 to X17, PC and PSTATE of a context can be edited', () => {
  const { call, dispatcher, handle, raise } = dispatcherWith();
  handle(0, 0n);
  call(0, 'SDEI_PE_UNMASK');
  raise(0);
  for (const field of ['x18', 'x1.5', 'x-1', 'xyz'] as `x${number}`[]) {
    assert.throws(
      () => dispatcher.editInterruptedContext(0, 0, field, 0n),
      /is not saved: an interrupted context has x0 to x17, pc and pstate/,
    );
  }
});

test('deliveries tell when, what was interrupted and how it ended', () => {
  const { call, dispatcher, handle, host, pes, raise } = dispatcherWith();
  handle(0, 0n);
  handle(0, 804n);
  call(0, 'SDEI_PE_UNMASK');
  pes[0].exceptionLevel = 0;
  host.time = 100;
  raise(0);
  pes[0].exceptionLevel = 1;
  host.time = 110;
  raise(804);
  host.time = 120;
  call(0, 'SDEI_EVENT_COMPLETE', 0n);
  host.time = 130;
  call(0, 'SDEI_EVENT_COMPLETE_AND_RESUME', 0x4020_0000n);
  assert.deepEqual(dispatcher.deliveries(), [
    { event: 0, priority: 'normal', pe: 0, at: 100, interrupted: { pc: 0x4008_0000n, el: 0 }, ended: 'resume', endedAt: 130 },
    { event: 804, priority: 'critical', pe: 0, at: 110, interrupted: { pc: 0x4010_0000n, el: 1 }, ended: 'complete', endedAt: 120 },
  ]);
});

test('a PE that is switched off or reset ends its handlers there', () => {
  const { call, depth, dispatcher, handle, raise } = dispatcherWith();
  handle(1, 807n);
  call(1, 'SDEI_PE_UNMASK');
  raise(807, 1);
  dispatcher.peStopped(1);
  assert.equal(depth(1), 0);
  assert.equal(dispatcher.deliveries()[0].ended, 'reset');
  const shared = dispatcher.events().find(({ number }) => number === 807);
  assert.deepEqual([shared?.state, shared?.pe], ['enabled', undefined]);
});

test('a system reset leaves nothing registered, every PE masked and the deliveries of before', () => {
  const { call, dispatcher, handle, raise } = dispatcherWith();
  const fresh = { events: dispatcher.events(), pes: dispatcher.pes() };
  handle(0, 0n);
  call(0, 'SDEI_PE_UNMASK');
  raise(0);
  dispatcher.systemReset();
  assert.deepEqual({ events: dispatcher.events(), pes: dispatcher.pes() }, fresh);
  assert.deepEqual([dispatcher.deliveries().length, dispatcher.deliveries()[0].ended], [1, 'reset']);
});

test('many triggers add up, and only the latest deliveries are kept', () => {
  const { call, counts, dispatcher, handle, raise } = dispatcherWith();
  const rounds = 3 * DELIVERY_HISTORY;
  raise(0);
  handle(0, 0n);
  call(0, 'SDEI_PE_UNMASK');
  for (let n = 0; n < rounds; n++) {
    raise(0);
    if (n % 2 === 0) {
      raise(0);
      raise(0);
    }
    call(0, 'SDEI_EVENT_COMPLETE', 0n);
    if (n % 2 === 0) call(0, 'SDEI_EVENT_COMPLETE', 0n);
  }
  call(0, 'SDEI_PE_MASK');
  raise(0);
  call(0, 'SDEI_EVENT_UNREGISTER', 0n);
  const all = counts(0);
  assert.deepEqual(all, {
    triggered: 2 * rounds + 2,
    delivered: 1.5 * rounds,
    completed: 1.5 * rounds,
    collapsed: rounds / 2,
    refused: 1,
    discarded: 1,
  });
  assert.equal(all.triggered, all.delivered + all.collapsed + all.refused + all.discarded);
  assert.equal(dispatcher.deliveryCount(), 1.5 * rounds);
  assert.equal(dispatcher.deliveries().length, DELIVERY_HISTORY);
  assert.ok(dispatcher.deliveries().every(({ ended }) => ended === 'complete'));
});

test('a snapshot is plain data that later calls do not touch, and restores everything', () => {
  const { call, dispatcher, handle, pes, raise } = dispatcherWith();
  handle(0, 0n);
  handle(0, 804n);
  call(0, 'SDEI_PE_UNMASK');
  raise(0);
  const view = () => ({
    events: dispatcher.events(),
    pes: dispatcher.pes(),
    deliveries: dispatcher.deliveries(),
    count: dispatcher.deliveryCount(),
  });
  const before = structuredClone(view());
  const snapshot = structuredClone(dispatcher.snapshotState());
  const alive = dispatcher.snapshotState();
  raise(804);
  call(0, 'SDEI_EVENT_COMPLETE', 0n);
  call(0, 'SDEI_EVENT_COMPLETE', 0n);
  call(0, 'SDEI_PRIVATE_RESET');
  call(0, 'SDEI_PE_MASK');
  assert.notDeepEqual(view(), before);
  for (const state of [snapshot, alive, snapshot]) {
    dispatcher.restoreState(state);
    assert.deepEqual(view(), before);
    pes[0].pc = 0n;
    call(0, 'SDEI_EVENT_COMPLETE', 0n);
    assert.equal(pes[0].pc, 0x4008_0000n);
  }
});

test('reading the views changes nothing', () => {
  const { dispatcher, handle, raise } = dispatcherWith();
  handle(0, 0n);
  raise(0);
  const before = dispatcher.snapshotState();
  dispatcher.events();
  dispatcher.pes();
  dispatcher.deliveries();
  assert.deepEqual(dispatcher.snapshotState(), before);
});
