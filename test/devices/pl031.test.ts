import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EPOCH_SECONDS, Pl031 } from '../../emulator/devices/pl031.ts';

const [DR, MR, LR, CR, IMSC, RIS, MIS, ICR] = [0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c];
const SECOND = 1_000_000_000;

function clock(): { rtc: Pl031; at: (seconds: number) => void } {
  let time = 0;
  return { rtc: new Pl031(() => time), at: (seconds) => (time = seconds * SECOND) };
}

test('it counts seconds of machine time from a fixed date', () => {
  const { rtc, at } = clock();
  assert.equal(rtc.read(DR, 4), BigInt(EPOCH_SECONDS));
  at(1.999999999);
  assert.equal(rtc.read(DR, 4), BigInt(EPOCH_SECONDS + 1));
  assert.equal(new Date(EPOCH_SECONDS * 1000).toISOString(), '2026-01-01T00:00:00.000Z');
});

test('RTCLR sets the time, RTCCR is always on', () => {
  const { rtc, at } = clock();
  at(5);
  rtc.write(LR, 4, 100n);
  at(7);
  assert.equal(rtc.read(DR, 4), 102n);
  assert.equal(rtc.read(LR, 4), 100n);
  rtc.write(CR, 4, 0n);
  assert.equal(rtc.read(CR, 4), 1n);
});

test('the match interrupt', () => {
  const { rtc, at } = clock();
  rtc.write(LR, 4, 10n);
  rtc.write(MR, 4, 12n);
  assert.equal(rtc.nextDeadline, Number.POSITIVE_INFINITY);
  rtc.write(IMSC, 4, 1n);
  assert.equal(rtc.nextDeadline, 2 * SECOND);
  assert.equal(rtc.interruptLevel, false);
  at(2);
  assert.deepEqual([rtc.interruptLevel, rtc.read(RIS, 4), rtc.read(MIS, 4)], [true, 1n, 1n]);
  rtc.write(IMSC, 4, 0n);
  assert.deepEqual([rtc.interruptLevel, rtc.read(RIS, 4), rtc.read(MIS, 4)], [false, 1n, 0n]);
  rtc.write(ICR, 4, 1n);
  rtc.write(IMSC, 4, 1n);
  assert.deepEqual([rtc.interruptLevel, rtc.read(RIS, 4)], [false, 0n]);
});

test('a clock that is set to its match, or before it again, interrupts again', () => {
  let now = 0;
  const rtc = new Pl031(() => now);
  rtc.write(MR, 4, 12n);
  rtc.write(LR, 4, 10n);
  now = 2e9;
  assert.equal(rtc.read(RIS, 4), 1n);
  rtc.write(ICR, 4, 1n);
  assert.equal(rtc.read(RIS, 4), 0n);
  rtc.write(LR, 4, 12n);
  assert.equal(rtc.read(RIS, 4), 1n);
});

test('a match in the past does not interrupt', () => {
  const { rtc, at } = clock();
  rtc.write(LR, 4, 10n);
  rtc.write(IMSC, 4, 1n);
  rtc.write(MR, 4, 9n);
  at(3);
  assert.equal(rtc.interruptLevel, false);
});

test('identification, and what is refused', () => {
  const { rtc } = clock();
  assert.deepEqual(
    [0xfe0, 0xfe4, 0xfe8, 0xffc].map((offset) => rtc.read(offset, 4)),
    [0x31n, 0x10n, 0x04n, 0xb1n],
  );
  assert.throws(() => rtc.write(DR, 4, 0n), { message: 'PL031 register RTCDR (offset 0x0000) is read-only' });
  assert.throws(() => rtc.read(0x20, 4), { message: 'PL031 offset 0x0020 is reserved' });
});

test('a restored clock goes on as the saved one', () => {
  const { rtc, at } = clock();
  rtc.write(LR, 4, 10n);
  rtc.write(MR, 4, 12n);
  rtc.write(IMSC, 4, 1n);
  const state = structuredClone(rtc.snapshotState());
  rtc.write(LR, 4, 1000n);
  rtc.restoreState(state);
  at(2);
  assert.deepEqual([rtc.read(DR, 4), rtc.interruptLevel], [12n, true]);
});
