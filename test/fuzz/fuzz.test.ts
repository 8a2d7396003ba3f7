/** A short run of what `npm run test:fuzz` does at length. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzElves } from './elves.ts';
import { fuzzMessages } from './messages.ts';
import { fuzzPackets } from './packets.ts';
import { fuzzTraces } from './traces.ts';

test('3,000 messages with wrong values, in any order, in damaged frames', async () => {
  const { failures, unanswered, requests, succeeded } = await fuzzMessages(3000, 20_000_000);
  assert.deepEqual([failures, unanswered], [[], 0]);
  assert.ok(requests > 2000 && succeeded > 500);
});

test('100 mutated programs', async () => {
  const { failures, unanswered, launched, refused } = await fuzzElves(100, 20_000_000);
  assert.deepEqual([failures, unanswered], [[], 0]);
  assert.ok(launched > 30 && refused > 5);
});

test('100 damaged traces', async () => {
  const { failures, opened, refused } = await fuzzTraces(100, 20_000_000);
  assert.deepEqual(failures, []);
  assert.ok(opened > 2 && refused > 30, `${opened} opened, ${refused} refused`);
});

test('3,000 packets of gdb and LLDB, mutated', async () => {
  const { failures, unanswered, answered, refused, damagedFrames, interrupts } = await fuzzPackets(3000, 20_000_000);
  assert.deepEqual([failures, unanswered], [[], 0]);
  assert.ok(
    answered > 2500 && answered - refused > 500 && damagedFrames > 100 && interrupts > 5,
    `${answered} ${refused} ${damagedFrames} ${interrupts}`,
  );
});
