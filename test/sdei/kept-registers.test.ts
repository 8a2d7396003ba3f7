/** Who has changed a register that no completion restores: the handler that ends, or one that had interrupted it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChangedRegister } from '../../emulator/stop-reason.ts';
import type { CallName } from '../../emulator/sdei/call.ts';
import { dispatcherWith, type Plain } from './support.ts';

const RESUME = 0x4020_0000n;
const x19 = (value: bigint) => (plain: Plain) => plain.pes[0].setX(19, value);
const elr = (value: bigint) => (plain: Plain) => {
  plain.pes[0].elrClient = value;
};
const nothing = () => {};
const COMPLETE: readonly [CallName, ...bigint[]] = ['SDEI_EVENT_COMPLETE', 0n];
const RESUMING: readonly [CallName, ...bigint[]] = ['SDEI_EVENT_COMPLETE_AND_RESUME', RESUME];

/** In the handler of 806; in that of 804, which ends by `ends`; in that of 806 again, before it completes. What is told of 806. */
const rows: readonly [
  title: string,
  first: (plain: Plain) => void,
  nested: (plain: Plain) => void,
  ends: typeof COMPLETE,
  last: (plain: Plain) => void,
  told: readonly string[],
][] = [
  ['nothing', nothing, nothing, COMPLETE, nothing, []],
  ['the handler itself', x19(9n), nothing, COMPLETE, nothing, ['x19 9']],
  ['the nested handler', nothing, x19(9n), COMPLETE, nothing, ['x19 9 by 804 complete']],
  ['the nested completion itself', nothing, nothing, RESUMING, nothing, ['ELR_EL1 entry by 804 resume', 'SPSR_EL1 3c5 by 804 resume']],
  [
    'who puts back what the nested completion wrote',
    nothing,
    nothing,
    RESUMING,
    (plain) => {
      elr(0n)(plain);
      plain.pes[0].spsrClient = 0n;
    },
    [],
  ],
  ['first the handler, then the nested one: its own', x19(9n), x19(10n), COMPLETE, nothing, ['x19 10']],
  ['first the nested one, then the handler: its own', nothing, x19(9n), COMPLETE, x19(10n), ['x19 10']],
  [
    'an exception of the handler before the nested completion',
    elr(0x10n),
    nothing,
    RESUMING,
    nothing,
    ['ELR_EL1 entry', 'SPSR_EL1 3c5 by 804 resume'],
  ],
];

const HANDLER = 0x4010_0000n;
const inWords = ({ name, after, by }: ChangedRegister): string =>
  `${name} ${after === HANDLER ? 'entry' : after.toString(16) === 'a' ? '10' : after.toString(16)}${by === undefined ? '' : ` by ${by.event} ${by.how}`}`;

for (const [title, first, nested, ends, last, told] of rows) {
  test(`changed by ${title}`, () => {
    const plain = dispatcherWith();
    const { call, dispatcher, handle, raise } = plain;
    dispatcher.tell({ pended: false, clobbered: true });
    handle(0, 804n, 0x4011_0000n);
    handle(0, 806n, HANDLER);
    call(0, 'SDEI_PE_UNMASK');
    raise(806);
    first(plain);
    raise(804);
    nested(plain);
    call(0, ...ends);
    last(plain);
    const { completion } = call(0, ...COMPLETE);
    assert.equal(completion?.event, 806);
    assert.deepEqual((completion?.clobbered ?? []).map(inWords), told);
  });
}

test('of several that have interrupted a handler the last one to change a register is named, and a copy of the state remembers it', () => {
  const plain = dispatcherWith();
  const { call, dispatcher, handle, raise, pes } = plain;
  handle(0, 804n);
  handle(0, 806n);
  call(0, 'SDEI_PE_UNMASK');
  raise(806);
  for (const value of [1n, 2n]) {
    raise(804);
    pes[0].setX(19, value);
    pes[0].setX(20, 1n);
    call(0, ...(value === 1n ? COMPLETE : RESUMING));
  }
  dispatcher.restoreState(dispatcher.snapshotState());
  dispatcher.tell({ pended: false, clobbered: true });
  const { completion } = call(0, ...COMPLETE);
  assert.deepEqual(
    completion?.clobbered?.filter(({ name }) => name.startsWith('x')),
    [
      { name: 'x19', before: 0n, after: 2n, by: { event: 804, how: 'resume' } },
      { name: 'x20', before: 0n, after: 1n, by: { event: 804, how: 'complete' } },
    ],
  );
});
