import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Emulator, MachineWatchpoint, StopReason } from '../../emulator/emulator.ts';
import { machineWithGuest } from '../support/machine.ts';

const INTERPRETED = 0;
const HOT_AT_ONCE = 2;
const tiers = [INTERPRETED, HOT_AT_ONCE, undefined];
const END = 100_000_000;

const machineOf = (name: string, hotThreshold: number | undefined, cpus = 1): Emulator =>
  machineWithGuest(new URL(`../guests/${name}.elf`, import.meta.url).pathname, {
    memoryBytes: 2 << 20,
    cpus,
    ...(hotThreshold === undefined ? {} : { hotThreshold }),
  });

type Seen = readonly [instruction: number, ...values: (bigint | undefined)[]];

/** What a machine without watchpoints shows, looked at after every instruction. */
function changesByLooking(emulator: Emulator, look: () => bigint | undefined): Seen[] {
  const seen: Seen[] = [];
  for (let last = look(); emulator.run(1).kind === 'budget'; ) {
    const now = look();
    if (now !== last) seen.push([emulator.instructions, last, now]);
    last = now;
  }
  return seen;
}

/** The stops of a run, until the guest switches off. */
function watched(
  emulator: Emulator,
  watchpoint: MachineWatchpoint,
  visit: (stop: Extract<StopReason, { kind: 'watchpoint' }>) => void,
): void {
  emulator.setWatchpoints([watchpoint]);
  for (;;) {
    const stop = emulator.run(END);
    if (stop.kind === 'system-off') return;
    assert.equal(stop.kind, 'watchpoint');
    if (stop.kind === 'watchpoint') visit(stop);
  }
}

const little = (bytes: Uint8Array): bigint => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

/** Data and stack that each guest writes. */
const places: readonly [guest: string, cpus: number, address: number, length: number][] = [
  ['nested-critical', 1, 0x4010_3000, 64],
  ['nested-critical', 1, 0x4010_6fe0, 24],
  ['unaligned', 1, 0x4010_5f30, 224],
  ['first-event', 1, 0x4010_3000, 4],
  ['two-pes', 2, 0x4010_3000, 16],
];

for (const [guest, cpus, address, length] of places) {
  for (const hotThreshold of tiers) {
    test(`${guest}, ${length} bytes at 0x${address.toString(16)}, hot after ${hotThreshold}: stops at each change, and nowhere else`, () => {
      const looked = machineOf(guest, hotThreshold, cpus);
      const expected = changesByLooking(looked, () => little(looked.readPhysical(BigInt(address), length)));
      assert.notEqual(expected.length, 0);
      const emulator = machineOf(guest, hotThreshold, cpus);
      const read = (): bigint => little(emulator.readPhysical(BigInt(address), length));
      const seen: Seen[] = [];
      let last = read();
      watched(emulator, { kind: 'memory', ranges: [{ address, length }], access: 'change' }, (stop) => {
        seen.push([emulator.instructions, last, read()]);
        last = read();
        assert.equal(stop.isDone, true);
        assert.equal(stop.access?.kind, 'write');
      });
      assert.deepEqual(seen, expected);
      assert.equal(emulator.stateHash(), looked.stateHash());
    });
  }
}

const registers: readonly [guest: string, register: string, mask?: bigint][] = [
  ['nested-critical', 'x19'],
  ['nested-critical', 'sp'],
  ['nested-critical', 'x30'],
  ['nested-critical', 'w3'],
  ['two-pes', 'x2'],
  ['hyp-stub', 'SP_EL1'],
  ['unaligned', 'x1'],
  ['first-event', 'x0'],
  ['first-event', 'pstate', 0xf000_0000n],
  ['hyp-stub', 'VBAR_EL2'],
  ['hyp-stub', 'VBAR_EL1'],
  ['unaligned', 'ELR_EL1'],
];
for (const [guest, register, mask = -1n] of registers) {
  for (const hotThreshold of tiers) {
    test(`${guest}, ${register}, hot after ${hotThreshold}: stops where it changes`, () => {
      const looked = machineOf(guest, hotThreshold);
      const expected = changesByLooking(looked, () => (looked.readRegister(0, register) as bigint) & mask).map(([, ...values]) => values);
      assert.notEqual(expected.length, 0);
      const emulator = machineOf(guest, hotThreshold);
      const seen: unknown[] = [];
      watched(emulator, { kind: 'value', pe: 0, what: { register }, ...(mask === -1n ? {} : { mask }) }, (stop) =>
        seen.push([stop.change?.before, stop.change?.after]),
      );
      assert.deepEqual(seen, expected);
      assert.equal(emulator.stateHash(), looked.stateHash());
    });
  }
}

for (const hotThreshold of tiers) {
  test(`the pseudo registers, hot after ${hotThreshold}: stop at the calls that change them`, () => {
    const enabled = 0x6030_0000_0015_0006n;
    const probe = machineOf('first-event', hotThreshold);
    for (const { id } of probe.kvmRegisters) {
      const looked = machineOf('first-event', hotThreshold);
      const look = (): bigint | undefined => {
        const bytes = looked.getKvmRegister(0, id);
        return bytes instanceof Uint8Array ? little(bytes) : undefined;
      };
      const expected = changesByLooking(looked, look).map(([, ...values]) => values);
      const emulator = machineOf('first-event', hotThreshold);
      const seen: unknown[] = [];
      watched(emulator, { kind: 'value', pe: 0, what: { kvmRegister: id } }, ({ change }) => seen.push([change?.before, change?.after]));
      assert.deepEqual(seen, expected, id.toString(16));
      if (id === enabled) assert.notEqual(seen.length, 0);
    }
  });
}

test('"before" stops at the instruction, and goes on behind it', () => {
  const emulator = machineOf('nested-critical', undefined);
  const read = (): bigint => little(emulator.readPhysical(0x4010_3000n, 64));
  let before = read();
  let changes = 0;
  watched(emulator, { kind: 'memory', ranges: [{ address: 0x4010_3000, length: 64 }], access: 'write', stops: 'before' }, (stop) => {
    assert.equal(read(), before);
    assert.equal(stop.isDone, false);
    assert.equal(stop.pc, emulator.pes[0].pc);
    emulator.step(0);
    assert.notEqual(emulator.pes[0].pc, stop.pc);
    if (read() !== before) changes++;
    before = read();
  });
  assert.notEqual(changes, 0);
});

test('"before" stops single steps at the same instructions, also where somebody has been told of the step before', () => {
  const place: MachineWatchpoint = { kind: 'memory', ranges: [{ address: 0x4010_3000, length: 64 }], access: 'write', stops: 'before' };
  const seenBy = (run: (emulator: Emulator) => StopReason | undefined): number[] => {
    const emulator = machineOf('nested-critical', INTERPRETED);
    emulator.setWatchpoints([place]);
    const seen: number[] = [];
    for (;;) {
      const stop = run(emulator);
      if (stop?.kind === 'system-off') return seen;
      if (stop?.kind === 'watchpoint') seen.push(emulator.instructions);
    }
  };
  const byRunning = seenBy((emulator) => emulator.run(END));
  assert.notEqual(byRunning.length, 0);
  assert.deepEqual(
    seenBy((emulator) => emulator.step(0)),
    byRunning,
  );
  assert.deepEqual(
    seenBy((emulator) => {
      const stop = emulator.step(0);
      emulator.told(0);
      return stop;
    }),
    byRunning,
  );
});

test('of two watchpoints of one instruction, the one before it comes first, whichever access it is', () => {
  const emulator = machineOf('first-event', INTERPRETED);
  // stp of the handler's entry: two words of its stack, the second one watched before, the first one after.
  const [first, second] = [0x4010_6fb0, 0x4010_6fb8];
  emulator.setWatchpoints([
    { kind: 'memory', ranges: [{ address: first, length: 8 }], access: 'write' },
    { kind: 'memory', ranges: [{ address: second, length: 8 }], access: 'write', stops: 'before' },
  ]);
  const stops: [number, boolean][] = [];
  for (let stop = emulator.run(END); stop.kind === 'watchpoint'; stop = emulator.run(END))
    if (stop.pc === 0x4010_02e8n) stops.push([stop.watchpoint, stop.isDone]);
  // Two events.
  assert.deepEqual(stops, [[1, false], [0, true], [1, false], [0, true]]); // biome-ignore format: a list
});

test('a dispatch that a timer leads to is told of where it happens, however far one runs', () => {
  const dispatches: number[][] = [];
  for (const budget of [1, 7, 1_000_000]) {
    const emulator = machineWithGuest(new URL('../guests/watchdog.elf', import.meta.url).pathname, { memoryBytes: 2 << 20 });
    emulator.setWatchpoints([{ kind: 'value', pe: 0, what: 'sdei_depth' }]);
    const met: number[] = [];
    for (let stop = emulator.run(budget); stop.kind !== 'system-off'; stop = emulator.run(budget))
      if (stop.kind === 'watchpoint' && (stop.change?.after ?? 0n) > 0n) met.push(emulator.instructions);
    assert.deepEqual(
      met,
      emulator.sdei.deliveries().map(({ at }) => at),
    );
    dispatches.push(met);
  }
  assert.equal(dispatches[0].length, 4);
});
