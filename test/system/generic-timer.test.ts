import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  TIMERS,
  type TimerName,
  nextDeadline,
  nextEventStreamTime,
  physicalCount,
  timerLevel,
} from '../../emulator/system/generic-timer.ts';
import { type RegisterName, store, stored } from '../../emulator/system/storage.ts';
import { type Given, type Mode, fakeServices, mrs, msr, outcome, peAt } from './support.ts';

const RW = 1n << 31n;
const E2H_TGE = (1n << 34n) | (1n << 27n);

test('the counter advances once in 16 instructions: 62.5 MHz at 1 ns each', () => {
  assert.deepEqual([0, 15, 16, 31, 1_000_000_000].map(physicalCount), [0n, 0n, 1n, 1n, 62_500_000n]);
});

/** What MRS gives at a machine time. */
const reads: readonly (readonly [string, RegisterName | 'CNTP_CTL_EL02', Mode, number, Given, bigint])[] = [
  ['physical count', 'CNTPCT_EL0', 'EL1h', 1600, {}, 100n],
  ['virtual count', 'CNTVCT_EL0', 'EL1h', 1600, { CNTVOFF_EL2: 40n }, 60n],
  ['virtual count wraps', 'CNTVCT_EL0', 'EL1h', 0, { CNTVOFF_EL2: 1n }, 0xffff_ffff_ffff_ffffn],
  ['virtual count at EL2 without E2H', 'CNTVCT_EL0', 'EL2h', 1600, { CNTVOFF_EL2: 40n }, 60n],
  ['virtual count of a host has no offset', 'CNTVCT_EL0', 'EL2h', 1600, { CNTVOFF_EL2: 40n, HCR_EL2: RW | E2H_TGE }, 100n],
  ["virtual count of a host's EL0 has no offset", 'CNTVCT_EL0', 'EL0t', 1600, { CNTVOFF_EL2: 40n, HCR_EL2: RW | E2H_TGE }, 100n],
  ['ISTATUS before', 'CNTP_CTL_EL0', 'EL1h', 1599, { CNTP_CTL_EL0: 1n, CNTP_CVAL_EL0: 100n }, 1n],
  ['ISTATUS when the count reaches CVAL', 'CNTP_CTL_EL0', 'EL1h', 1600, { CNTP_CTL_EL0: 1n, CNTP_CVAL_EL0: 100n }, 5n],
  ['ISTATUS does not depend on IMASK', 'CNTP_CTL_EL0', 'EL1h', 1600, { CNTP_CTL_EL0: 3n, CNTP_CVAL_EL0: 100n }, 7n],
  ['ISTATUS is 0 while disabled', 'CNTP_CTL_EL0', 'EL1h', 1600, { CNTP_CTL_EL0: 2n, CNTP_CVAL_EL0: 0n }, 2n],
  [
    'ISTATUS of the virtual timer has the offset',
    'CNTV_CTL_EL0',
    'EL1h',
    1600,
    { CNTV_CTL_EL0: 1n, CNTV_CVAL_EL0: 100n, CNTVOFF_EL2: 1n },
    1n,
  ],
  ['CVAL is compared unsigned', 'CNTP_CTL_EL0', 'EL1h', 1600, { CNTP_CTL_EL0: 1n, CNTP_CVAL_EL0: 0xffff_ffff_ffff_ffffn }, 1n],
  ['TVAL counts down', 'CNTP_TVAL_EL0', 'EL1h', 1600, { CNTP_CVAL_EL0: 150n }, 50n],
  ['TVAL below zero', 'CNTP_TVAL_EL0', 'EL1h', 1600, { CNTP_CVAL_EL0: 99n }, 0xffff_ffffn],
  ['TVAL has 32 bits', 'CNTP_TVAL_EL0', 'EL1h', 1600, { CNTP_CVAL_EL0: 0x7_0000_0064n }, 0n],
  ['EL2 physical timer', 'CNTHP_CTL_EL2', 'EL2h', 1600, { CNTHP_CTL_EL2: 1n, CNTHP_CVAL_EL2: 100n }, 5n],
  ['a host means the EL2 timer', 'CNTP_CTL_EL0', 'EL2h', 1600, { CNTHP_CTL_EL2: 1n, CNTHP_CVAL_EL2: 100n, HCR_EL2: RW | E2H_TGE }, 5n],
  [
    'and reaches the EL1 timer by _EL02',
    'CNTP_CTL_EL02',
    'EL2h',
    1600,
    { CNTP_CTL_EL0: 3n, CNTHP_CTL_EL2: 1n, CNTP_CVAL_EL0: 200n, HCR_EL2: RW | E2H_TGE },
    3n,
  ],
];
for (const [name, register, mode, time, given, expected] of reads) {
  test(`${name}: ${register} = 0x${expected.toString(16)}`, () => {
    const pe = peAt(mode, given);
    assert.equal(outcome(pe, mrs(register, 1), fakeServices({ time })), 'next');
    assert.equal(pe.x(1), expected);
  });
}

/** What a write of TVAL makes of CVAL at count 100. */
for (const [register, value, given, cval, expected] of [
  ['CNTP_TVAL_EL0', 50n, {}, 'CNTP_CVAL_EL0', 150n],
  ['CNTP_TVAL_EL0', 0xffff_ffffn, {}, 'CNTP_CVAL_EL0', 99n],
  ['CNTP_TVAL_EL0', 0x1_0000_0001n, {}, 'CNTP_CVAL_EL0', 101n],
  ['CNTV_TVAL_EL0', 50n, { CNTVOFF_EL2: 40n }, 'CNTV_CVAL_EL0', 110n],
  ['CNTV_TVAL_EL0', 0x8000_0000n, {}, 'CNTV_CVAL_EL0', 0xffff_ffff_8000_0064n],
] as const) {
  test(`${register} := 0x${value.toString(16)} sets ${cval} to 0x${expected.toString(16)}`, () => {
    const services = fakeServices({ time: 1600 });
    const pe = peAt('EL1h', given);
    pe.setX(0, value);
    assert.equal(outcome(pe, msr(register), services), 'control');
    assert.equal(stored(pe, cval), expected);
    assert.deepEqual(services.log, ['timers']);
  });
}

/** Level of each timer's output, and the time of the next rise, at machine time 1605 (count 100). */
const levels: readonly (readonly [string, TimerName, bigint, bigint, boolean, number])[] = [
  ['met', 'EL1 virtual', 1n, 100n, true, Number.POSITIVE_INFINITY],
  ['met but masked', 'EL1 virtual', 3n, 100n, false, Number.POSITIVE_INFINITY],
  ['met but disabled', 'EL1 virtual', 0n, 100n, false, Number.POSITIVE_INFINITY],
  ['one count away', 'EL1 physical', 1n, 101n, false, 1616],
  ['to come but masked', 'EL1 physical', 3n, 101n, false, Number.POSITIVE_INFINITY],
  ['a second away', 'EL2 physical', 1n, 62_500_100n, false, 1_000_001_600],
  ['EL2 virtual', 'EL2 virtual', 1n, 102n, false, 1632],
];
for (const [name, timer, ctl, cval, level, deadline] of levels) {
  test(`${timer}, ${name}: output ${level ? 'high' : 'low'}, next rise at ${deadline}`, () => {
    const pe = peAt('EL1h');
    store(pe, TIMERS[timer].ctl, ctl);
    store(pe, TIMERS[timer].cval, cval);
    assert.equal(timerLevel(pe, timer, 1605), level);
    assert.equal(nextDeadline(pe, 1605), deadline);
    if (deadline !== Number.POSITIVE_INFINITY) {
      assert.equal(timerLevel(pe, timer, deadline - 1), false);
      assert.equal(timerLevel(pe, timer, deadline), true);
    }
  });
}

test('the next deadline is the nearest of all timers', () => {
  const pe = peAt('EL1h', { CNTP_CTL_EL0: 1n, CNTP_CVAL_EL0: 300n, CNTV_CTL_EL0: 1n, CNTV_CVAL_EL0: 200n });
  assert.equal(nextDeadline(pe, 0), 3200);
  store(pe, 'CNTVOFF_EL2', 200n);
  assert.equal(nextDeadline(pe, 3200), 4800);
});

/** CNTKCTL_EL1 with bit EVNTI: events at transitions of that bit of the virtual count. */
for (const [name, given, time, expected] of [
  ['off', {}, 0, Number.POSITIVE_INFINITY],
  ['bit 2 rises', { CNTKCTL_EL1: 0x24n }, 0, 4 * 16],
  ['bit 2 falls', { CNTKCTL_EL1: 0x2cn }, 0, 8 * 16],
  ['after the rise, the next one', { CNTKCTL_EL1: 0x24n }, 4 * 16, 12 * 16],
  ['the offset counts', { CNTKCTL_EL1: 0x24n, CNTVOFF_EL2: 1n }, 0, 5 * 16],
  ['of EL2, on the physical count', { CNTHCTL_EL2: 0x14n, CNTVOFF_EL2: 1n }, 0, 2 * 16],
] as const) {
  test(`event stream, ${name}: next event at ${expected}`, () => {
    assert.equal(nextEventStreamTime(peAt('EL1h', given), time), expected);
  });
}
