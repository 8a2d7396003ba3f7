/** Why an event that became pending waits, as the dispatcher tells it to whoever asks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Plain, dispatcherWith } from './support.ts';

interface Row {
  readonly reason: string;
  /** Of the PE that it waits for. */
  readonly pe?: number;
  readonly event: number;
  /** All handlers are registered on PE 0 and enabled, and PE 0 is unmasked. */
  readonly prepare: (plain: Plain) => void;
}

const rows: readonly Row[] = [
  { reason: 'masked', event: 804, prepare: ({ call }) => call(0, 'SDEI_PE_MASK') },
  { reason: 'masked', event: 807, prepare: ({ call }) => call(0, 'SDEI_PE_MASK') },
  { reason: 'normalRuns', event: 806, prepare: ({ raise }) => raise(0) },
  { reason: 'criticalRuns', event: 806, prepare: ({ raise }) => raise(804) },
  { reason: 'running', event: 804, prepare: ({ raise }) => raise(804) },
  { reason: 'disabled', event: 806, prepare: ({ call }) => call(0, 'SDEI_EVENT_DISABLE', 806n) },
  { reason: 'off', event: 806, prepare: ({ pes }) => (pes[0].power = 'off') },
  { reason: 'suspended', event: 806, prepare: ({ pes }) => (pes[0].power = 'suspended') },
  {
    reason: 'masked',
    pe: 1,
    event: 807,
    prepare({ call }) {
      call(0, 'SDEI_EVENT_DISABLE', 807n);
      call(0, 'SDEI_EVENT_ROUTING_SET', 807n, 1n, 1n);
      call(0, 'SDEI_EVENT_ENABLE', 807n);
    },
  },
];

for (const { reason, pe = 0, event, prepare } of rows) {
  test(`event ${event} waits for PE${pe}: ${reason}`, () => {
    const plain = dispatcherWith();
    for (const number of [0n, 804n, 806n, 807n]) plain.handle(0, number);
    plain.call(0, 'SDEI_PE_UNMASK');
    prepare(plain);
    const { dispatcher } = plain;
    dispatcher.tell({ pended: true, clobbered: false });
    const { message } = plain.raise(event);
    const [pended, ...others] = dispatcher.takePended();
    assert.deepEqual(others, []);
    const { text, ...rest } = pended;
    assert.deepEqual(rest, { event, priority: event === 804 ? 'critical' : 'normal', pe, reason });
    // What the debugger answers to a trigger says the same.
    assert.ok(message.includes(text), `${message} / ${text}`);
    assert.deepEqual(dispatcher.takePended(), []);
    plain.raise(event);
    assert.deepEqual(dispatcher.takePended(), [], 'it was pending already');
  });
}

test('an event that is dispatched, and one that nobody asked about, are not told', () => {
  const plain = dispatcherWith();
  plain.handle(0, 806n);
  plain.call(0, 'SDEI_PE_UNMASK');
  plain.dispatcher.tell({ pended: true, clobbered: false });
  plain.raise(806);
  assert.deepEqual(plain.dispatcher.takePended(), []);
  plain.dispatcher.tell({ pended: false, clobbered: false });
  plain.raise(806);
  assert.deepEqual(plain.dispatcher.takePended(), []);
});
