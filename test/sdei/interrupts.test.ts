/** What the dispatcher tells the interrupt controller, and when. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InterruptPort } from '../../emulator/sdei/sdei-host.ts';
import { type Plain, dispatcherWith } from './support.ts';

const SHARED_SLOT = 0x4000_1000n;
const PRIVATE_SLOT = 0x4000_0001n;

/** A controller that only remembers what it was told. */
function recordedController(change: Partial<InterruptPort> = {}) {
  const log: string[] = [];
  const port: InterruptPort = {
    isActive: () => false,
    isPending: () => false,
    exists: () => true,
    isClientOwned: () => true,
    isEdge: () => true,
    level: () => false,
    claim: (intid, pe) => void log.push(`claim ${intid} PE${pe}`),
    unclaim: (intid, pe) => void log.push(`unclaim ${intid} PE${pe}`),
    setActive: (intid, pe, active) => void log.push(`${active ? 'active' : 'inactive'} ${intid} PE${pe}`),
    setEnabled: (intid, pe, enabled) => void log.push(`${enabled ? 'enable' : 'disable'} ${intid} PE${pe}`),
    ...change,
  };
  return { port, taken: () => log.splice(0) };
}

const lives: readonly [title: string, (machine: Plain) => void, log: string[]][] = [
  ['a binding alone claims nothing', (m) => m.call(0, 'SDEI_INTERRUPT_BIND', 40n), []],
  [
    'registered, enabled, disabled, unregistered',
    ({ call }) => {
      call(0, 'SDEI_INTERRUPT_BIND', 40n);
      call(0, 'SDEI_EVENT_REGISTER', SHARED_SLOT);
      call(0, 'SDEI_EVENT_ENABLE', SHARED_SLOT);
      call(0, 'SDEI_EVENT_DISABLE', SHARED_SLOT);
      call(0, 'SDEI_EVENT_UNREGISTER', SHARED_SLOT);
    },
    ['claim 40 PE0', 'enable 40 PE0', 'disable 40 PE0', 'unclaim 40 PE0'],
  ],
  [
    'unregistered while enabled',
    ({ call }) => {
      call(0, 'SDEI_INTERRUPT_BIND', 40n);
      call(0, 'SDEI_EVENT_REGISTER', SHARED_SLOT);
      call(0, 'SDEI_EVENT_ENABLE', SHARED_SLOT);
      call(0, 'SDEI_EVENT_UNREGISTER', SHARED_SLOT);
    },
    ['claim 40 PE0', 'enable 40 PE0', 'disable 40 PE0', 'unclaim 40 PE0'],
  ],
  [
    'active from delivery to completion',
    ({ call, dispatcher, handle }) => {
      call(0, 'SDEI_PE_UNMASK');
      call(0, 'SDEI_INTERRUPT_BIND', 23n);
      handle(0, PRIVATE_SLOT);
      assert.equal(dispatcher.interruptRose(23, 0), true);
      dispatcher.deliverPending();
      call(0, 'SDEI_EVENT_COMPLETE');
    },
    ['claim 23 PE0', 'enable 23 PE0', 'active 23 PE0', 'inactive 23 PE0'],
  ],
  [
    'given back when the handler that was unregistered ends',
    ({ call, dispatcher, handle }) => {
      call(0, 'SDEI_PE_UNMASK');
      call(0, 'SDEI_INTERRUPT_BIND', 23n);
      handle(0, PRIVATE_SLOT);
      dispatcher.interruptRose(23, 0);
      dispatcher.deliverPending();
      call(0, 'SDEI_EVENT_UNREGISTER', PRIVATE_SLOT);
      call(0, 'SDEI_EVENT_COMPLETE');
    },
    ['claim 23 PE0', 'enable 23 PE0', 'active 23 PE0', 'disable 23 PE0', 'inactive 23 PE0', 'unclaim 23 PE0'],
  ],
  [
    'a private reset gives back the PPI of its PE',
    ({ call, handle }) => {
      call(0, 'SDEI_INTERRUPT_BIND', 23n);
      handle(0, PRIVATE_SLOT);
      handle(1, PRIVATE_SLOT);
      call(1, 'SDEI_PRIVATE_RESET');
    },
    ['claim 23 PE0', 'enable 23 PE0', 'claim 23 PE1', 'enable 23 PE1', 'disable 23 PE1', 'unclaim 23 PE1'],
  ],
];
for (const [title, live, log] of lives) {
  test(`interrupt controller: ${title}`, () => {
    const { port, taken } = recordedController();
    const machine = dispatcherWith({}, { interrupts: port });
    live(machine);
    assert.deepEqual(taken(), log);
  });
}

const platform = {
  events: [
    { number: 900, type: 'private', priority: 'normal', interrupt: 23 },
    { number: 901, type: 'shared', priority: 'normal', interrupt: 40 },
  ],
} as const;

test("interrupt controller: a platform event's interrupt is the dispatcher's from the start, on every PE", () => {
  const { port, taken } = recordedController();
  const { dispatcher, handle } = dispatcherWith(platform, { interrupts: port });
  assert.deepEqual(taken(), ['claim 23 PE0', 'enable 23 PE0', 'claim 23 PE1', 'enable 23 PE1', 'claim 40 PE0', 'enable 40 PE0']);
  assert.equal(dispatcher.interruptRose(40, 0), true);
  assert.equal(dispatcher.interruptRose(41, 0), false);
  handle(0, 901n);
  assert.deepEqual(taken(), ['enable 40 PE0']);
});

test("a platform event's interrupt raises it, and cannot be bound", () => {
  const { call, counts, depth, dispatcher, handle } = dispatcherWith(platform, { interrupts: recordedController().port });
  assert.equal(call(0, 'SDEI_INTERRUPT_BIND', 23n).reason, "INTID 23 raises the platform's event 900");
  assert.equal(call(0, 'SDEI_INTERRUPT_RELEASE', 900n).reason, 'event 900 was not made by SDEI_INTERRUPT_BIND');
  dispatcher.interruptRose(23, 1);
  assert.equal(counts(900, 1).refused, 1);
  handle(1, 900n);
  call(1, 'SDEI_PE_UNMASK');
  dispatcher.interruptRose(23, 1);
  dispatcher.deliverPending();
  assert.deepEqual([depth(0), depth(1)], [0, 1]);
});

test('QEMU lets a handler be enabled that is being unregistered; its interrupt is not', () => {
  const { port, taken } = recordedController();
  const { call, dispatcher, handle } = dispatcherWith({ profile: 'qemu' }, { interrupts: port });
  call(0, 'SDEI_PE_UNMASK');
  call(0, 'SDEI_INTERRUPT_BIND', 23n);
  handle(0, PRIVATE_SLOT);
  dispatcher.interruptRose(23, 0);
  dispatcher.deliverPending();
  call(0, 'SDEI_EVENT_UNREGISTER', PRIVATE_SLOT);
  taken();
  assert.equal(call(0, 'SDEI_EVENT_ENABLE', PRIVATE_SLOT).status, 'SUCCESS');
  assert.deepEqual(taken(), ['disable 23 PE0']);
});

test('an interrupt of a bound event without handler stays with the client', () => {
  const { call, dispatcher, counts } = dispatcherWith({}, { interrupts: recordedController().port });
  call(0, 'SDEI_INTERRUPT_BIND', 40n);
  assert.equal(dispatcher.interruptRose(40, 0), false);
  assert.equal(counts(Number(SHARED_SLOT)).triggered, 0);
});

test('an edge stays pending when the line falls, a level does not', () => {
  for (const isEdge of [true, false]) {
    const { call, counts, dispatcher, handle } = dispatcherWith({}, { interrupts: recordedController({ isEdge: () => isEdge }).port });
    call(0, 'SDEI_INTERRUPT_BIND', 40n);
    handle(0, SHARED_SLOT);
    dispatcher.interruptRose(40, 0);
    dispatcher.interruptFell(40, 0);
    dispatcher.interruptFell(41, 0);
    assert.equal(dispatcher.events().find(({ intid }) => intid === 40)?.pending, isEdge);
    assert.equal(counts(Number(SHARED_SLOT)).discarded, isEdge ? 0 : 1);
  }
});

test('an active or pending interrupt cannot be bound, unless it is bound already', () => {
  for (const change of [{ isActive: () => true }, { isPending: () => true }]) {
    const { port } = recordedController();
    const { call } = dispatcherWith({}, { interrupts: port });
    assert.equal(call(0, 'SDEI_INTERRUPT_BIND', 40n).status, 'SUCCESS');
    Object.assign(port, change);
    assert.equal(call(0, 'SDEI_INTERRUPT_BIND', 41n).status, 'DENIED');
    assert.equal(call(0, 'SDEI_INTERRUPT_BIND', 40n).status, 'SUCCESS');
  }
});

test('TF-A refuses to register an interrupt that has become secure', () => {
  const { port } = recordedController();
  const { call } = dispatcherWith({ profile: 'tfa' }, { interrupts: port });
  call(0, 'SDEI_INTERRUPT_BIND', 40n);
  port.isClientOwned = () => false;
  assert.equal(call(0, 'SDEI_EVENT_REGISTER', 2000n, 4n).reason, "INTID 40 is not the client's");
  assert.equal(call(0, 'SDEI_EVENT_REGISTER', 807n, 4n).status, 'SUCCESS');
});

test('without an interrupt controller no interrupt is the client’s', () => {
  const { call } = dispatcherWith();
  assert.equal(call(0, 'SDEI_INTERRUPT_BIND', 40n).status, 'INVALID_PARAMETERS');
  assert.equal(call(0, 'SDEI_FEATURES', 0n).result, 0x0003_0003n);
});

test('named slots are given out in their order, and again when they are free', () => {
  for (const profile of ['spec', 'tfa', 'qemu'] as const) {
    const bindSlots = { private: [0x4000_0100], shared: [9, 8] };
    const { call } = dispatcherWith({ profile, bindSlots, events: [] }, { interrupts: recordedController().port });
    const bind = (intid: number) => BigInt.asIntN(64, call(0, 'SDEI_INTERRUPT_BIND', BigInt(intid)).result ?? 0n);
    assert.deepEqual([40, 41, 42, 23].map(bind), [9n, 8n, -10n, 0x4000_0100n], profile);
    assert.equal(call(0, 'SDEI_INTERRUPT_RELEASE', 9n).result, 0n);
    assert.equal(bind(42), 9n);
    if (profile !== 'qemu') assert.equal(call(0, 'SDEI_FEATURES', 0n).result, 0x0002_0001n);
  }
});
