import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SdeiConfiguration } from '../../emulator/sdei/sdei-view.ts';
import { type Plain, dispatcherWith } from './support.ts';

/** Before; event and PE; what the trigger says. */
const triggers: readonly [
  before: (machine: Plain) => void,
  event: number,
  pe: number,
  'dispatches' | 'pending' | 'refused',
  message: string,
  SdeiConfiguration['profile']?,
][] = [
  [
    (m) => {
      m.handle(0, 804n);
      m.call(0, 'SDEI_PE_UNMASK');
    },
    804,
    0,
    'dispatches',
    'Event 804 is dispatched to PE0 before its next instruction.',
  ],
  [(m) => m.handle(0, 804n), 804, 0, 'pending', 'Event 804 is pending: PE0 is masked (SDEI_PE_MASK).'],
  [
    (m) => {
      m.call(0, 'SDEI_EVENT_REGISTER', 804n, 0n);
      m.call(0, 'SDEI_PE_UNMASK');
    },
    804,
    0,
    'pending',
    'Event 804 is pending: its handler is registered but disabled (SDEI_EVENT_ENABLE).',
  ],
  [
    (m) => {
      m.handle(0, 804n);
      m.raise(804);
    },
    804,
    0,
    'pending',
    'Event 804 was pending already and stays so (one trigger): PE0 is masked (SDEI_PE_MASK).',
  ],
  [
    (m) => {
      m.handle(0, 0n);
      m.handle(0, 806n);
      m.call(0, 'SDEI_PE_UNMASK');
      m.raise(806);
    },
    0,
    0,
    'pending',
    'Event 0 is pending: PE0 runs the normal handler of event 806, which a normal event does not preempt.',
  ],
  [
    (m) => {
      m.handle(0, 0n);
      m.call(0, 'SDEI_PE_UNMASK');
      m.raise(0);
    },
    0,
    0,
    'pending',
    'Event 0 is pending: its handler is running on PE0.',
  ],
  [
    (m) => {
      m.handle(1, 804n);
      m.call(1, 'SDEI_PE_UNMASK');
      m.pes[1].power = 'off';
    },
    804,
    1,
    'pending',
    'Event 804 is pending: PE1 is off.',
  ],
  [
    (m) => {
      m.call(0, 'SDEI_EVENT_REGISTER', 807n, 0n, 0n, 1n, 1n);
      m.call(0, 'SDEI_EVENT_ENABLE', 807n);
      m.call(0, 'SDEI_PE_UNMASK');
    },
    807,
    0,
    'pending',
    'Event 807 is pending: it is routed to the PE with affinity 0x1; PE1 is masked (SDEI_PE_MASK).',
  ],
  [
    (m) => {
      m.handle(0, 807n);
      m.call(1, 'SDEI_PE_UNMASK');
    },
    807,
    0,
    'dispatches',
    'Event 807 is dispatched to PE1 before its next instruction.',
  ],
  [
    (m) => {
      m.handle(0, 0n);
      m.handle(0, 804n);
      m.call(0, 'SDEI_PE_UNMASK');
      m.dispatcher.trigger(804, 0);
    },
    0,
    0,
    'pending',
    'Event 0 is pending: event 804 goes to PE0 first.',
  ],
  [() => undefined, 804, 1, 'refused', 'Event 804 is refused: its handler on PE1 is not registered (SDEI_EVENT_REGISTER).'],
  [
    (m) => {
      m.handle(0, 0n);
      m.call(0, 'SDEI_PE_UNMASK');
      m.raise(0);
      m.call(0, 'SDEI_EVENT_UNREGISTER', 0n);
    },
    0,
    0,
    'refused',
    'Event 0 is refused: its handler on PE0 is running and being unregistered (SDEI_EVENT_REGISTER).',
  ],
  [
    () => undefined,
    805,
    0,
    'refused',
    'Event 805 is not known: this machine has events 0, 804, 806 and 807. Declare others under "events" of the launch key "sdei".',
  ],
  [
    () => undefined,
    -1,
    0,
    'refused',
    'Event -1 is out of range: event numbers are 0 to 0x7fffffff, and this machine has events 0, 804, 806 and 807.',
  ],
  [
    () => undefined,
    2 ** 31,
    0,
    'refused',
    'Event 2147483648 is out of range: event numbers are 0 to 0x7fffffff, and this machine has events 0, 804, 806 and 807.',
  ],
  [() => undefined, 0, 2, 'refused', 'PE2 does not exist: this machine has PE0 to PE1.'],
  [
    (m) => m.handle(0, 0n),
    0,
    0,
    'refused',
    'Event 0 is refused: PE0 is masked; SDEI_EVENT_SIGNAL answers INVALID_PARAMETERS here (profile tfa).',
    'tfa',
  ],
  [(m) => m.handle(0, 804n), 804, 0, 'pending', 'Event 804 is pending: PE0 is masked (SDEI_PE_MASK).', 'tfa'],
];

for (const [before, event, pe, outcome, message, profile = 'spec'] of triggers) {
  test(`trigger, profile ${profile}: ${message}`, () => {
    const machine = dispatcherWith({ profile });
    before(machine);
    const result = machine.dispatcher.trigger(event, pe);
    assert.equal(result.message, message);
    assert.equal(result.accepted ? result.outcome : 'refused', outcome);
    const { dispatcher } = machine;
    const delivered = dispatcher.deliveries(dispatcher.deliverPending(pe)).filter((record) => record.event === event);
    assert.equal(delivered.length, outcome === 'dispatches' ? 1 : 0);
  });
}
