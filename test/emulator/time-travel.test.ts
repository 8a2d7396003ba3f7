import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Emulator, isBefore } from '../../emulator/emulator.ts';
import { filledIn, guestsOfEachKind as guests, machineWith, machineWithGuest } from '../support/machine.ts';

type Changes = Parameters<typeof machineWithGuest>[1];

const INTERPRETED = 0;
const END = 100_000_000;

const guestPath = (name: string): string => new URL(`../guests/${name}.elf`, import.meta.url).pathname;
const benchPath = (name: string): string => new URL(`../../bench/${name}.elf`, import.meta.url).pathname;
const machineOf = (name: string, changes: Changes): Emulator => machineWithGuest(guestPath(name), { memoryBytes: 2 << 20, ...changes });

/** Repeatable numbers from 0 to `below` - 1. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** State hashes of a run that never goes back, at these instruction counts. */
function straightRun(emulator: Emulator, points: readonly number[]): Map<number, string> {
  const hashes = new Map<number, string>();
  for (const point of [...points].sort((a, b) => a - b)) {
    emulator.run(point - emulator.instructions);
    hashes.set(point, emulator.stateHash());
  }
  return hashes;
}

/** Goes to all points in their order and compares. */
function checkPoints(emulator: Emulator, points: readonly number[], hashes: ReadonlyMap<number, string>): void {
  for (const point of points) {
    emulator.runTo(point);
    assert.equal(emulator.instructions, point);
    assert.equal(emulator.stateHash(), hashes.get(point), `at instruction ${point}`);
  }
}

for (const [name, changes] of guests) {
  test(`${name}: what is filled in when it is loaded is there on the way back, and is what a run depends on`, () => {
    const all = { memoryBytes: 2 << 20, ...changes };
    const emulator = machineWithGuest(guestPath(name), all, filledIn);
    emulator.keepHistory({ interval: 500, memoryBytes: 1 << 24 });
    const copied = machineOf(name, changes);
    copied.keepHistory({ interval: 500, memoryBytes: 1 << 24 });
    assert.deepEqual([...emulator.contents()], [...copied.contents()]);
    const start = emulator.stateHash();
    assert.equal(emulator.run(END).kind, 'system-off');
    const length = emulator.instructions;
    const points = [0.8, 0.5, 0.2].map((share) => Math.floor(length * share));
    checkPoints(emulator, points, straightRun(machineOf(name, changes), points));
    emulator.runTo(0);
    assert.equal(emulator.stateHash(), start);
  });
  for (const hotThreshold of [INTERPRETED, undefined]) {
    const tier = hotThreshold === INTERPRETED ? 'interpreted' : 'tiered';
    test(`${name}, ${tier}: wherever one goes in time, the state is that of the straight run`, () => {
      const all = { ...changes, ...(hotThreshold === undefined ? {} : { hotThreshold }) };
      const probe = machineOf(name, all);
      assert.equal(probe.run(END).kind, 'system-off');
      const length = probe.instructions;
      const output = probe.takeConsoleOutput();
      const random = randomNumbers(length);
      const points = Array.from({ length: 25 }, () => random(length));
      const hashes = straightRun(machineOf(name, all), points);
      for (const interval of [500, 10_000]) {
        const emulator = machineOf(name, all);
        emulator.keepHistory({ interval, memoryBytes: 1 << 20 });
        assert.equal(emulator.run(END).kind, 'system-off');
        const end = emulator.stateHash();
        const oldest = emulator.history?.from.instruction ?? 0;
        checkPoints(
          emulator,
          points.filter((point) => point >= oldest),
          hashes,
        );
        assert.equal(emulator.run(END).kind, 'system-off');
        assert.equal(emulator.stateHash(), end);
        assert.deepEqual(emulator.takeConsoleOutput(), output);
      }
    });
  }
}

const LONG = 30_000_000;
for (const [name, hotThreshold, interval] of [
  ['integer-mix', undefined, 1_000_000],
  ['memory', undefined, 1_000_000],
  ['integer-mix', undefined, 10_000],
  ['calls', INTERPRETED, 1_000_000],
] as const) {
  test(`${name}, ${hotThreshold === INTERPRETED ? 'interpreted' : 'tiered'}, checkpoints every ${interval}: random places of 30 M instructions`, () => {
    const changes = { memoryBytes: 128 << 20, ...(hotThreshold === undefined ? {} : { hotThreshold }) };
    const random = randomNumbers(interval);
    const points = Array.from({ length: 12 }, () => LONG - random(random(2) ? LONG : 2_000_000));
    const hashes = straightRun(machineWithGuest(benchPath(name), changes), points);
    const emulator = machineWithGuest(benchPath(name), changes);
    emulator.keepHistory({ interval, memoryBytes: 24 << 20 });
    emulator.run(LONG);
    const { from, memoryBytes = 0 } = emulator.history ?? {};
    assert.ok(memoryBytes <= 24 << 20, `${memoryBytes} bytes`);
    checkPoints(
      emulator,
      points.filter((point) => point >= (from?.instruction ?? 0)),
      hashes,
    );
  });
}

/** `passing`: milliseconds from one look at the clock to the next. */
for (const [passing, about, isExpected] of [
  [0, 'are given up while copying would slow the guest down', (count: number) => count <= 5],
  [10_000, 'are kept where going back would take long without', (count: number) => count >= 25],
] as const) {
  test(`checkpoints of a guest that writes much memory ${about}`, () => {
    const points = [1_500_000, 12_345_678, LONG - 1];
    const changes = { memoryBytes: 128 << 20 };
    const hashes = straightRun(machineWithGuest(benchPath('memory'), changes), points);
    const emulator = machineWithGuest(benchPath('memory'), changes);
    let now = 0;
    emulator.keepHistory({ interval: 1_000_000, memoryBytes: 256 << 20, milliseconds: () => (now += passing) });
    emulator.run(LONG);
    const count = emulator.history?.checkpoints.length ?? 0;
    assert.ok(isExpected(count), `${count} checkpoints`);
    checkPoints(emulator, points, hashes);
  });
}

test('checkpoints that are given up leave whole instructions between the next ones', () => {
  const movX0 = 0xd2a8_0800; // mov x0, #0x40400000
  const writeEachPage = [0xd281_0002 /* mov x2, #2048 */, 0xf900_0002 /* str x2, [x0] */, 0x9140_0400 /* add x0, x0, #4096 */];
  const countDown = [0xf100_0442 /* subs x2, x2, #1 */, 0x54ff_ffa1 /* b.ne back to str */];
  const fill = [movX0, ...writeEachPage, ...countDown];
  for (const interval of [1001, 1002, 1003]) {
    const emulator = machineWith([0xd503_201f /* nop */, ...fill, ...fill, 0x1400_0000 /* b . */]);
    emulator.keepHistory({ interval, memoryBytes: 256 << 20 });
    let longest = 0;
    for (let step = 0; step < 100; step++) {
      emulator.run(1000);
      const taken = (emulator.history?.checkpoints ?? []).map(({ instruction }) => instruction);
      taken.forEach((instruction, n) => (longest = Math.max(longest, instruction - (taken[n - 1] ?? 0))));
      assert.deepEqual(
        taken.filter((instruction) => !Number.isInteger(instruction)),
        [],
      );
    }
    assert.ok(longest > 4 * interval, 'some are given up');
    assert.equal(emulator.instructions, 100_000);
  }
});

/** Runs a guest with inputs at odd moments, and remembers where it was. */
function recordedRun(emulator: Emulator, seed: number): { moment: Emulator['moment']; hash: string }[] {
  const random = randomNumbers(seed);
  const seen: { moment: Emulator['moment']; hash: string }[] = [];
  const pes = emulator.pes.length;
  for (let round = 0; round < 80; round++) {
    const pe = random(pes);
    const isOn = emulator.pes[pe].power === 'on';
    switch (random(7)) {
      case 0:
        emulator.trigger(random(2) ? 804 : 0, pe);
        break;
      case 1:
        emulator.sendConsoleInput(Uint8Array.of(65 + random(26)));
        break;
      case 2:
        emulator.writeRegister(pe, `x${20 + random(9)}`, emulator.readRegister(pe, 'x28') as bigint);
        break;
      case 3:
        emulator.writePhysical(0x401f_f000n + BigInt(random(4096)), Uint8Array.of(random(256)));
        break;
      case 4:
        if (isOn) for (let count = random(20); count > 0; count--) emulator.step(pe);
        break;
      case 5:
        if (isOn) emulator.run(1 + random(300), pe);
        break;
      default:
        emulator.run(1 + random(400));
    }
    seen.push({ moment: emulator.moment, hash: emulator.stateHash() });
  }
  return seen;
}

for (const [name, changes] of guests) {
  test(`${name}: what came from outside comes again at the same moment`, () => {
    for (const seed of [1, 2]) {
      const emulator = machineOf(name, changes);
      emulator.keepHistory({ interval: 700, memoryBytes: 8 << 20 });
      emulator.run(1500);
      const seen = recordedRun(emulator, seed);
      const random = randomNumbers(seed);
      for (let count = 0; count < 30; count++) {
        const { moment, hash } = seen[random(seen.length)];
        emulator.runTo(moment);
        assert.deepEqual(emulator.moment, moment);
        assert.equal(emulator.stateHash(), hash, `at instruction ${moment.instruction}, tick ${moment.ticks}, input ${moment.inputs}`);
      }
      const last = seen[seen.length - 1];
      emulator.runTo(0);
      while (emulator.isInPast && emulator.instructions < last.moment.instruction) emulator.step(0);
      emulator.runTo(last.moment);
      assert.equal(emulator.stateHash(), last.hash);
    }
  });
}

test('an edit in the past begins another future', () => {
  const emulator = machineOf('first-event', {});
  emulator.keepHistory({ interval: 1000, memoryBytes: 8 << 20 });
  emulator.run(3000);
  const { moment } = emulator;
  emulator.runTo(2000);
  assert.ok(emulator.isInPast);
  assert.deepEqual(emulator.history?.to, moment);
  emulator.writeRegister(0, 'x28', 0x1234n);
  assert.ok(!emulator.isInPast);
  assert.equal(emulator.history?.to.instruction, 2000);
  assert.throws(() => emulator.runTo(2001), /Instruction 2001 is not on record. One can go to instructions 0 to 2000\./);
  emulator.run(500);
  const hash = emulator.stateHash();
  emulator.runTo(1);
  emulator.run(2499);
  assert.equal(emulator.stateHash(), hash);
});

test('breakpoints and stops are met again on the way forward, and going elsewhere meets none', () => {
  const emulator = machineOf('nested-critical', {});
  emulator.keepHistory({ interval: 1000, memoryBytes: 8 << 20 });
  emulator.setStopConditions({ sdeiDispatch: true, sdeiCompletion: true });
  const stops = [];
  for (let stop = emulator.run(END); stop.kind !== 'system-off'; stop = emulator.run(END)) {
    emulator.setBreakpoints([{ address: emulator.pes[0].pc + 4n }]);
    stops.push({ stop, moment: emulator.moment });
  }
  assert.ok(stops.length >= 4);
  emulator.setBreakpoints([]);
  emulator.runTo(0);
  for (const { stop, moment } of stops) {
    if (stop.kind === 'breakpoint') continue;
    assert.deepEqual([emulator.run(END), emulator.moment], [stop, moment]);
  }
  emulator.runTo(1);
  assert.equal(emulator.instructions, 1);
});

const impossible: readonly (readonly [options: { interval: number; memoryBytes: number }, cpus: number, message: RegExp])[] = [
  [{ interval: 1000, memoryBytes: 0 }, 1, /^"memoryBytes" is 0, and one checkpoint of this machine takes \d+\. Give more\.$/],
  [{ interval: 1000, memoryBytes: Number.NaN }, 8, /^"memoryBytes" is NaN, /],
  [{ interval: 0, memoryBytes: 1 << 20 }, 1, /^"interval" is 0, expected 1 instruction or more\.$/],
  [{ interval: -5, memoryBytes: 1 << 20 }, 1, /^"interval" is -5, /],
];
for (const [options, cpus, message] of impossible) {
  test(`${JSON.stringify(options)} leaves no room between two checkpoints, which is said`, () => {
    const emulator = machineOf('first-event', { cpus });
    assert.throws(() => emulator.keepHistory(options), { name: 'RangeError', message });
    assert.equal(emulator.history, undefined);
  });
}

test('the least history that is not refused leads to the end, and back as far as it says', () => {
  const emulator = machineOf('first-event', { cpus: 8 });
  const [least] = /\d+(?=\. Give)/.exec(String(caught(() => emulator.keepHistory({ interval: 100, memoryBytes: 1 })))) ?? assert.fail();
  emulator.keepHistory({ interval: 100, memoryBytes: Number(least) });
  assert.equal(emulator.run(END).kind, 'system-off');
  const { history, instructions } = emulator;
  assert.ok(history && history.from.instruction <= instructions);
  emulator.runTo(history.from);
  assert.equal(emulator.run(END).kind, 'system-off');
  assert.equal(emulator.instructions, instructions);
});
function caught(act: () => void): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

test('older history is thinned out and goes at last when memory is short; it is said how far one can go', () => {
  const emulator = machineWithGuest(benchPath('integer-mix'), { memoryBytes: 16 << 20 });
  emulator.keepHistory({ interval: 10_000, memoryBytes: 1 << 20 });
  emulator.run(5_000_000);
  const { from, to, checkpoints = [], memoryBytes = 0 } = emulator.history ?? {};
  assert.ok(memoryBytes <= 1 << 20);
  assert.equal(to?.instruction, 5_000_000);
  assert.equal(from?.instruction, checkpoints[0].instruction);
  assert.ok(checkpoints.length > 1 && checkpoints.length < 50);
  assert.ok(checkpoints.every((moment, index) => index === 0 || isBefore(checkpoints[index - 1], moment)));
  if ((from?.instruction ?? 0) > 0) assert.throws(() => emulator.runTo(0), /is not on record/);
});

test('without history there is no way back', () => {
  const emulator = machineOf('first-event', {});
  assert.equal(emulator.history, undefined);
  assert.throws(() => emulator.runTo(0), /No history is kept/);
});

test('what the others did before a PE’s next instruction is repeated in pieces, to the same moment', () => {
  const emulator = machineOf('two-pes', { cpus: 2 });
  emulator.keepHistory({ interval: 1000, memoryBytes: 1 << 20 });
  assert.equal(emulator.run(END).kind, 'system-off');
  const { instructions: end } = emulator;
  let pieces = 0;
  for (let from = 0; from < end; from += 97) {
    for (const pe of [0, 1]) {
      emulator.runTo(from);
      const expected = emulator.step(pe);
      const { moment } = emulator;
      const hash = emulator.stateHash();
      if (!emulator.isInPast) continue;
      emulator.runTo(from);
      let stop = emulator.followUntilTurnOf(pe, 7);
      for (; stop?.kind === 'budget'; stop = emulator.followUntilTurnOf(pe, 7)) pieces++;
      assert.equal(stop, undefined);
      assert.deepEqual(emulator.step(pe), expected);
      assert.deepEqual(emulator.moment, moment);
      assert.equal(emulator.stateHash(), hash);
    }
  }
  assert.ok(pieces > 100, `${pieces}`);
});

test('stops that nobody has been told of are no part of the state, and do not hold one up on the way elsewhere', () => {
  const emulator = machineOf('first-event', {});
  emulator.keepHistory({ interval: 500, memoryBytes: 1 << 24 });
  emulator.run(1000);
  const straight = emulator.stateHash();
  emulator.runTo(0);
  const x0 = { kind: 'value', pe: 0, what: { register: 'x0' } } as const;
  emulator.setWatchpoints([x0, x0]);
  assert.equal(emulator.run(1000).kind, 'watchpoint');
  // The other one of the same instruction waits.
  const there = emulator.instructions;
  const alone = machineOf('first-event', {});
  alone.run(there);
  assert.equal(emulator.stateHash(), alone.stateHash());
  emulator.runTo(1000);
  assert.equal(emulator.stateHash(), straight);
});

for (const memoryBytes of [1 << 20, 4 << 20]) {
  test(`going back costs no history that there was, with ${memoryBytes >> 20} MB for it`, () => {
    const changes = { memoryBytes: 64 << 20 };
    const emulator = machineWithGuest(benchPath('memory'), changes);
    emulator.keepHistory({ interval: 1_000_000, memoryBytes });
    emulator.run(END);
    const random = randomNumbers(memoryBytes);
    const { from, to } = emulator.history ?? assert.fail();
    const points = Array.from({ length: 12 }, () => from.instruction + random(to.instruction - from.instruction));
    const hashes = straightRun(machineWithGuest(benchPath('memory'), changes), points);
    for (let round = 0; round < 3; round++) {
      checkPoints(emulator, points, hashes);
      assert.deepEqual(emulator.history?.from, from);
      assert.ok((emulator.history?.memoryBytes ?? 0) <= memoryBytes);
    }
  });
}

test('what is typed and not read is counted, in however many pieces it comes', () => {
  const memoryBytes = 4 << 20;
  const emulator = machineOf('spin', {});
  emulator.keepHistory({ interval: 10_000, memoryBytes });
  const PIECES = 1000;
  for (let piece = 0; piece < PIECES; piece++) {
    emulator.run(1000);
    emulator.sendConsoleInput(new Uint8Array(500).fill(0x41 + (piece % 26)));
  }
  // Half a million bytes, of which each checkpoint at the end would have eight times as many.
  const { checkpoints, memoryBytes: used = 0, from, to } = emulator.history ?? assert.fail();
  assert.ok(checkpoints.length < 30, `${checkpoints.length} checkpoints`);
  assert.ok(used <= memoryBytes + 8 * PIECES * 500, `${used} bytes`);
  const end = emulator.stateHash();
  emulator.runTo(from);
  emulator.runTo(to);
  assert.equal(emulator.stateHash(), end);
  for (const instruction of [0, 1, 999, 1000, 1001, 500_000, 500_001, 1_000_000, 2_000_000])
    assert.equal(
      emulator.firstMomentOf(instruction).inputs,
      Math.min(PIECES, Math.max(0, Math.ceil(instruction / 1000) - 1)),
      `${instruction}`,
    );
});
