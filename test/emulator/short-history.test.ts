/** A history whose memory is too short for what the guest writes: it costs no more than a large one, and keeps what it can. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Checkpoints } from '../../emulator/checkpoints.ts';
import type { Emulator } from '../../emulator/emulator.ts';
import { CODE, machineWith, machineWithGuest } from '../support/machine.ts';

const MB = 1 << 20;
/** As a session runs a guest. */
const SLICE = 500_000;
const INTERVAL = 10_000_000;
const LENGTH = 100_000_000;
const benchPath = (name: string): string => new URL(`../../bench/${name}.elf`, import.meta.url).pathname;

/** Of a guest of 1000 million instructions a second: what is taken depends on no host. */
function guest(name: string, memoryBytes: number, cpus = 1): Emulator {
  const emulator = machineWithGuest(benchPath(name), { memoryBytes: 128 * MB, cpus });
  emulator.keepHistory({ interval: INTERVAL, memoryBytes });
  return emulator;
}
const slices = function* (emulator: Emulator): Generator<void> {
  while (emulator.instructions < LENGTH && emulator.run(SLICE).kind === 'budget') yield;
};
/** Checkpoints that are taken while `run` does. */
function taken(t: TestContext, run: () => void): number {
  const take = t.mock.method(Checkpoints.prototype, 'take');
  run();
  take.mock.restore();
  return take.mock.callCount();
}

for (const megabytes of [1, 4, 16]) {
  test(`${megabytes} MB for a guest that writes much: hardly more checkpoints than with room for all`, (t) => {
    const run = (memory: number) => taken(t, () => [...slices(guest('memory', memory * MB))]);
    const [enough, few] = [run(1024), run(megabytes)];
    // Of 100 ms of run 15 more may go to them; one takes 1 ms with copies of all the pages that 1 MB has room for.
    assert.ok(few <= enough + 15, `${few} instead of ${enough}`);
  });
}

test('a run that stops again and again takes no checkpoint at each stop because memory is short', (t) => {
  const writeEachPage = [
    0xd2a8_0800 /* mov x0, #0x40400000 */, 0xd284_0002 /* mov x2, #8192 */, 0xf900_0002 /* str x2, [x0] */,
    0x9140_0400 /* add x0, x0, #4096 */, 0xf100_0442 /* subs x2, x2, #1 */, 0x54ff_ffa1 /* b.ne back to str */,
    0x17ff_fffa /* b back to mov */,
  ];
  const emulator = machineWith(writeEachPage, { memoryBytes: 64 * MB });
  // Of pages that nobody has written nothing is kept.
  emulator.writePhysical(0x4040_0000n, new Uint8Array(32 * MB).fill(0x5a));
  emulator.keepHistory({ interval: INTERVAL, memoryBytes: MB });
  emulator.run(SLICE);
  emulator.setBreakpoints([{ address: CODE + 8n }]);
  let stops = 0;
  const count = taken(t, () => {
    for (; stops < 2000; stops++) assert.equal(emulator.run(SLICE).kind, 'breakpoint');
  });
  assert.ok(count <= 2, `${count} checkpoints`);
});

for (const [cpus, megabytes] of [
  [1, 1],
  [1, 4],
  [8, 1],
] as const) {
  test(`${cpus} PEs, ${megabytes} MB: memory is held to between two slices, and from wherever one stops the way back is the same`, () => {
    const straight = guest('memory', 1024 * MB, cpus);
    const emulator = guest('memory', megabytes * MB, cpus);
    let [ways, slice] = [0, 0];
    for (const _ of slices(emulator)) {
      straight.run(SLICE);
      slice += 1;
      if (slice % 40 !== 21) continue;
      const { from, to, memoryBytes, isTooSmall } = emulator.history ?? assert.fail();
      assert.ok(memoryBytes <= megabytes * MB, `${memoryBytes} bytes`);
      if (from.instruction > 0) assert.ok(isTooSmall);
      assert.ok(from.instruction <= to.instruction);
      if (from.instruction < to.instruction) ways += 1;
      emulator.runTo(from);
      straight.runTo(from.instruction);
      assert.equal(emulator.stateHash(), straight.stateHash(), `at instruction ${from.instruction}`);
      emulator.runTo(to);
      straight.runTo(to.instruction);
      assert.equal(emulator.stateHash(), straight.stateHash(), `at instruction ${to.instruction}`);
    }
    assert.ok(ways > 0);
  });
}

test('PEs that do nothing take no memory for their registers', () => {
  const emulator = guest('integer-mix', MB, 8);
  for (const _ of slices(emulator));
  const { from, checkpoints } = emulator.history ?? assert.fail();
  assert.equal(from.instruction, 0);
  assert.equal(checkpoints.length, 1 + LENGTH / INTERVAL);
});

test('memory that is enough is never said to be too small', () => {
  for (const [name, megabytes] of [
    ['integer-mix', 1],
    ['memory', 1024],
  ] as const) {
    const emulator = guest(name, megabytes * MB);
    for (const _ of slices(emulator));
    assert.equal(emulator.history?.isTooSmall, false, name);
  }
});

test('a future of another machine is followed where nothing was on record any more', () => {
  const one = guest('memory', 1024 * MB);
  const other = guest('memory', MB);
  let isLost = false;
  for (const _ of slices(other)) if ((isLost = (other.history?.from.instruction ?? 0) === other.instructions)) break;
  assert.ok(isLost, 'there is a moment from which there is no way back');
  one.run(other.instructions + SLICE);
  other.run(1000);
  other.follow(one.recording);
  assert.ok(other.isInPast);
  other.runTo(one.instructions);
  assert.equal(other.stateHash(), one.stateHash());
});
