import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { BeginningWithRam, Emulator, StopConditions } from '../../emulator/emulator.ts';
import { createRandom } from '../fuzz/random.ts';
import { guestsOfEachKind as guests, machineWith, machineWithGuest } from '../support/machine.ts';

type Changes = Parameters<typeof machineWithGuest>[1];

const END = 100_000_000;
const INTERVAL = 1000;

function machineOf(name: string, changes: Changes = {}, history: { interval?: number; memoryBytes?: number } = {}): Emulator {
  const emulator = machineWithGuest(new URL(`../guests/${name}.elf`, import.meta.url).pathname, { memoryBytes: 2 << 20, ...changes });
  emulator.keepHistory({ interval: INTERVAL, memoryBytes: 1 << 20, ...history, notesBeginning: true });
  return emulator;
}
/** As it comes back from a file. */
function stored({ ram, ...beginning }: BeginningWithRam): Parameters<Emulator['takeOver']> {
  const contents = new Uint8Array(Buffer.concat([...ram.contents()]));
  assert.equal(contents.length, ram.pages.length * 4096);
  return [structuredClone(beginning), ram.pages, () => contents];
}
function beginningOf(emulator: Emulator): BeginningWithRam {
  const { beginning } = emulator;
  assert.ok(beginning);
  return beginning;
}
const lengthOf = (name: string, changes?: Changes): number => {
  const emulator = machineOf(name, changes);
  assert.equal(emulator.run(END).kind, 'system-off');
  return emulator.instructions;
};

for (const [name, changes] of guests) {
  test(`${name}: who takes over a beginning is where the other was, goes on as it did, and back to where it began`, () => {
    const length = lengthOf(name, changes);
    const straight = machineOf(name, changes);
    for (const share of [0.2, 0.5, 0.8]) {
      const other = machineOf(name, changes);
      other.run(Math.floor(length * share));
      const beginning = beginningOf(other);
      const { instruction } = beginning.at;
      assert.ok(instruction > 0 && instruction <= other.instructions);
      const emulator = machineOf(name, changes);
      const start = emulator.stateHash();
      assert.equal(emulator.takeOver(...stored(beginning)), true);
      assert.deepEqual(emulator.moment, beginning.at);

      straight.runTo(0);
      straight.run(instruction);
      assert.equal(emulator.stateHash(), straight.stateHash());
      const taken = Buffer.from(emulator.takeConsoleOutput());

      const before = Math.floor(instruction / 2);
      emulator.runTo(before);
      straight.runTo(before);
      assert.equal(emulator.stateHash(), straight.stateHash());
      emulator.runTo(0);
      assert.equal(emulator.stateHash(), start);

      const whole = machineOf(name, changes);
      assert.equal(whole.run(END).kind, 'system-off');
      assert.equal(emulator.run(END).kind, 'system-off');
      assert.equal(emulator.stateHash(), whole.stateHash());
      assert.equal(Buffer.concat([taken, emulator.takeConsoleOutput()]).toString(), Buffer.from(whole.takeConsoleOutput()).toString());
    }
  });
}

test('on its way there a machine can still take over, if nothing has come from outside', () => {
  for (const [name, changes] of guests) {
    const length = lengthOf(name, changes);
    const whole = machineOf(name, changes);
    const beginning = stored(beginningOf((whole.run(Math.floor(length * 0.8)), whole)));
    whole.run(END);
    const output = Buffer.from(whole.takeConsoleOutput()).toString();
    for (const share of [0.01, 0.3, 0.6]) {
      const emulator = machineOf(name, changes);
      emulator.run(Math.floor(length * share));
      const isHeard = share === 0.3;
      const heard = isHeard ? Buffer.from(emulator.takeConsoleOutput()) : Buffer.alloc(0);
      const before = emulator.stateHash();
      const at = emulator.moment;
      assert.equal(emulator.takeOver(...beginning), true);
      assert.equal(emulator.takeOver(...beginning), false, 'it is there already');
      emulator.runTo(at);
      assert.equal(emulator.stateHash(), before);
      assert.equal(emulator.run(END).kind, 'system-off');
      assert.equal(emulator.stateHash(), whole.stateHash());
      assert.equal(Buffer.concat([heard, emulator.takeConsoleOutput()]).toString(), output);
    }
    const typed = machineOf(name, changes);
    typed.sendConsoleInput(new Uint8Array([65]));
    assert.equal(typed.takeOver(...beginning), false);
    const stopped = machineOf(name, changes);
    stopped.setStopConditions({ conduitCall: true });
    stopped.run(END);
    stopped.setStopConditions({});
    assert.equal(stopped.takeOver(...beginning), false);
  }
});

test('console lines keep their times, also one that has only begun', () => {
  const other = machineOf('nested-critical');
  const whole = machineOf('nested-critical');
  other.run(lengthOf('nested-critical') - 1);
  whole.run(END);
  const emulator = machineOf('nested-critical');
  emulator.takeOver(...stored(beginningOf(other)));
  emulator.run(END);
  const output = whole.takeConsoleOutput();
  assert.ok(output.length > 0);
  assert.deepEqual(emulator.takeConsoleOutput(), output);
  assert.deepEqual(emulator.consoleLines, whole.consoleLines);
});

/** What has executed which instructions, by breakpoints: each address once. */
function executed(name: string, until: number): Set<bigint> {
  const emulator = machineOf(name);
  const seen = new Set<bigint>();
  while (emulator.instructions < until) {
    seen.add(emulator.pes[0].pc);
    emulator.step(0);
  }
  return seen;
}

/** Where a PE is after so many instructions of the machine. */
function pcAt(instruction: number, pe: number, name: string, changes?: Changes): bigint {
  const emulator = machineOf(name, changes);
  emulator.run(instruction);
  return emulator.pes[pe].pc;
}

/** Every seventh. */
const some = (addresses: ReadonlySet<bigint>): bigint[] => [...addresses].filter((_, n) => n % 7 === 0);

test('no beginning is taken over in which a breakpoint would have been met; one that comes later is met', () => {
  const other = machineOf('nested-critical');
  other.run(5000);
  const beginning = beginningOf(other);
  const before = executed('nested-critical', beginning.at.instruction);
  const all = executed('nested-critical', lengthOf('nested-critical'));
  for (const address of some(before)) {
    for (const isPhysical of [false, true]) {
      const emulator = machineOf('nested-critical');
      emulator.setBreakpoints([{ address, isPhysical }]);
      assert.equal(emulator.takeOver(...stored(beginning)), false, `0x${address.toString(16)}`);
      assert.equal(emulator.instructions, 0);
    }
  }
  let met = 0;
  for (const address of some(all)) {
    if (before.has(address)) continue;
    const emulator = machineOf('nested-critical');
    emulator.setBreakpoints([{ address }]);
    if (!emulator.takeOver(...stored(beginning))) continue;
    const stop = emulator.run(END);
    assert.deepEqual([stop.kind, 'pc' in stop && stop.pc], ['breakpoint', address]);
    met += 1;
  }
  assert.ok(met > 10, `${met}`);
});

test('what is known may end at a breakpoint: it is met by who takes that over and has one there', () => {
  for (const [name, changes] of guests) {
    const whole = machineOf(name, changes);
    whole.run(END);
    for (let share = 1; share < 10; share++) {
      const { pes, instructions: length } = whole;
      const pe = share % pes.length;
      const address = pcAt(Math.floor((length * share) / 10), pe, name, changes);
      const other = machineOf(name, changes);
      if (other.pes.some(({ pc }) => pc === address)) continue;
      other.setBreakpoints([{ address }]);
      const stop = other.run(END);
      other.noteHere();
      const beginning = beginningOf(other);
      assert.deepEqual(beginning.at, other.moment);
      const emulator = machineOf(name, changes);
      emulator.setBreakpoints([{ address, pe: 0 }]);
      assert.equal(emulator.takeOver(...stored(beginning)), true);
      assert.deepEqual([emulator.stateHash(), emulator.moment], [other.stateHash(), other.moment]);
      const { instructions } = emulator;
      if (stop.kind === 'breakpoint' && stop.pe === 0) {
        assert.deepEqual(emulator.run(END), stop);
        assert.equal(emulator.instructions, instructions, 'it has stopped before its instruction');
      }
      emulator.setBreakpoints([]);
      emulator.run(END);
      assert.equal(emulator.stateHash(), whole.stateHash());
    }
  }
});

test('so it is where the breakpoint was set on the way, before anything was decoded there', () => {
  const name = 'nested-critical';
  const address = pcAt(Math.floor(lengthOf(name) / 2), 0, name);
  const first = [...executed(name, lengthOf(name))].indexOf(address);
  for (const share of [0, 0.1, 0.5, 0.9, 1]) {
    const other = machineOf(name);
    other.setBreakpoints([]);
    other.run(Math.floor(first * share));
    other.setBreakpoints([{ address }]);
    assert.equal(other.run(END).kind, 'breakpoint');
    other.noteHere();
    const emulator = machineOf(name);
    emulator.setBreakpoints([{ address }]);
    const isTaken = emulator.takeOver(...stored(beginningOf(other)));
    assert.equal(isTaken, beginningOf(other).unmet.includes(address));
    if (share <= 0.1) assert.ok(isTaken, `${share}`);
  }
});

test('whatever breakpoints there were and who passed them: of no instruction that was executed is it said that it was not', () => {
  const all = [...executed('nested-critical', lengthOf('nested-critical'))];
  for (let seed = 1; seed <= 12; seed++) {
    const next = createRandom(seed);
    const other = machineOf('nested-critical');
    const choice = (): { address: bigint }[] => all.filter(() => next(12) === 0).map((address) => ({ address }));
    const seen = new Set<bigint>();
    let breakpoints = choice();
    other.setBreakpoints(breakpoints);
    for (let turn = 0; turn < 10; turn++) {
      if (seed % 2 === 0 && next(3) === 0) for (let n = next(30); n > 0; n--) other.step(0);
      other.run(next(500));
      if (next(4) === 0) other.setBreakpoints((breakpoints = next(2) === 0 ? choice() : breakpoints.filter(() => next(4) > 0)));
    }
    const { instructions } = other;
    other.noteHere();
    const beginning = stored(beginningOf(other));
    assert.equal(beginning[0].at.instruction, instructions);
    for (const address of executed('nested-critical', instructions)) seen.add(address);
    const emulator = machineOf('nested-critical');
    for (const address of seen) {
      emulator.setBreakpoints([{ address }]);
      assert.equal(emulator.takeOver(...beginning), false, `seed ${seed}, 0x${address.toString(16)} of ${instructions}`);
    }
    emulator.setBreakpoints([]);
    assert.equal(emulator.takeOver(...beginning), true);
  }
});

test('what may stop the machine must have been watched for all the time', () => {
  const watching = (conditions: StopConditions): Emulator => {
    const emulator = machineOf('first-event');
    emulator.setStopConditions(conditions);
    return emulator;
  };
  const rows: readonly [then: StopConditions, now: StopConditions, isTaken: boolean][] = [
    [{}, {}, true],
    [{}, { sdeiDispatch: false }, true],
    [{}, { sdeiDispatch: true }, false],
    [{}, { sdeiDispatch: [805] }, false],
    [{ sdeiDispatch: [805, 806] }, { sdeiDispatch: [805] }, true],
    [{ sdeiDispatch: [805] }, { sdeiDispatch: [805, 806] }, false],
    [{ sdeiDispatch: [805] }, { sdeiDispatch: true }, false],
    [{ handlerException: true }, {}, true],
    [{ handlerException: true }, { handlerException: true }, true],
    [{ handlerException: true }, { handlerException: true, exceptionLevel: true }, false],
    [{ clobberedCall: 'always' }, { clobberedCall: 'sampled' }, true],
    [{ clobberedCall: 'sampled' }, { clobberedCall: 'always' }, false],
  ];
  for (const [then, now, isTaken] of rows) {
    const other = watching(then);
    other.run(3000);
    assert.equal(watching(now).takeOver(...stored(beginningOf(other))), isTaken, JSON.stringify([then, now]));
  }
  const changing = watching({ handlerException: true, exceptionLevel: true });
  changing.run(1500);
  changing.setStopConditions({ exceptionLevel: true });
  changing.run(3000);
  const beginning = beginningOf(changing);
  assert.deepEqual(beginning.watchedFor, { exceptionLevel: true });
});

const [RAM, PAGE] = [0x4000_0000, 4096];

test('a watchpoint that would have been met takes over nothing; memory on pages that nothing has written may be watched for writes', () => {
  for (const memoryBytes of [1 << 20, 64 << 10]) {
    // With so little memory for them the first checkpoint is given up.
    const other = machineOf('nested-critical', {}, { memoryBytes });
    other.run(5000);
    const beginning = stored(beginningOf(other));
    const { instruction } = beginning[0].at;
    const outcomes = { met: 0, neighbour: 0, takenOver: 0 };
    const numbers = [...beginning[1]].flatMap((number) => [number - 1, number, number + 1]);
    for (let number = 0; number < (2 << 20) / PAGE; number += 64) numbers.push(number);
    for (const number of new Set(numbers)) {
      const page = RAM + number * PAGE;
      for (const [offset, length] of [
        [0, PAGE],
        [PAGE - 8, 8],
      ]) {
        const access = number % 2 === 0 ? ('write' as const) : ('change' as const);
        const watched = [{ kind: 'memory' as const, ranges: [{ address: page + offset, length }], access }];
        const straight = machineOf('nested-critical');
        straight.setWatchpoints(watched);
        const isMet = straight.run(instruction).kind === 'watchpoint';
        const emulator = machineOf('nested-critical');
        emulator.setWatchpoints(watched);
        const isTaken = emulator.takeOver(...beginning);
        assert.ok(!(isMet && isTaken), `0x${(page + offset).toString(16)}`);
        outcomes[isMet ? 'met' : isTaken ? 'takenOver' : 'neighbour'] += 1;
      }
    }
    assert.ok(outcomes.met >= 4 && outcomes.takenOver >= 10 && outcomes.neighbour < outcomes.takenOver, JSON.stringify(outcomes));
  }
});

test('what is read, what is not RAM, what goes over the end of a page that was written, and values: what becomes of them is not known', () => {
  const other = machineOf('first-event');
  other.run(3000);
  const beginning = stored(beginningOf(other));
  const quiet = RAM + (1 << 20) - PAGE;
  const [, written] = beginning;
  assert.ok(written.length > 0 && !written.includes((quiet - RAM) / PAGE));
  const edge = [...written].find((number) => !written.includes(number + 1)) as number;
  const memory = (address: number, length: number, access: 'read' | 'write' | 'readWrite') => ({
    kind: 'memory' as const,
    ranges: [{ address, length }],
    access,
  });
  const rows: readonly [watchpoint: Parameters<Emulator['setWatchpoints']>[0][number], isTaken: boolean][] = [
    [memory(quiet, 8, 'write'), true],
    [memory(quiet, 8, 'read'), false],
    [memory(quiet, 8, 'readWrite'), false],
    [memory(RAM + (edge + 1) * PAGE - 1, 2, 'write'), false],
    [memory(RAM + (edge + 1) * PAGE, 2, 'write'), true],
    [memory(0x0900_0000, 4, 'write'), false],
    [memory(RAM + (2 << 20) - 1, 2, 'write'), false],
    [{ kind: 'memory', ranges: [], access: 'readWrite' }, true],
    [{ kind: 'value', pe: 0, what: { register: 'x19' } }, false],
    [{ kind: 'value', pe: 0, what: 'sdei_depth' }, false],
  ];
  for (const [watchpoint, isTaken] of rows) {
    const emulator = machineOf('first-event');
    emulator.setWatchpoints([watchpoint]);
    assert.equal(emulator.takeOver(...beginning), isTaken, JSON.stringify(watchpoint));
  }
});

test('what is known ends before something that comes from outside, and before a stop that is no breakpoint', () => {
  const typed = machineOf('first-event');
  typed.run(2500);
  typed.sendConsoleInput(new Uint8Array([65]));
  typed.run(2500);
  assert.equal(beginningOf(typed).at.instruction, 2000);
  const stopped = machineOf('first-event');
  stopped.setStopConditions({ sdeiDispatch: true });
  assert.equal(stopped.run(END).kind, 'sdei-dispatch');
  const { instructions } = stopped;
  stopped.run(END);
  assert.ok((stopped.beginning?.at.instruction ?? 0) <= instructions);
});

test('of a guest that writes without end what is known ends, and memory is not filled with what it writes', () => {
  const endless = machineWithGuest(new URL('../guests/first-event.elf', import.meta.url).pathname, { memoryBytes: 2 << 20 });
  // movz x1, #0x900, lsl #16; strb w1, [x1]; b .-4
  const code = new Uint8Array(new Uint32Array([0xd2a1_2001, 0x3900_0021, 0x17ff_ffff]).buffer);
  endless.load(endless.pes[0].pc, code);
  endless.keepHistory({ interval: 200_000, memoryBytes: 1 << 20, notesBeginning: true });
  endless.run(2_000_000);
  assert.equal(beginningOf(endless).at.instruction, 2_000_000);
  endless.run(1_000_000);
  assert.equal(beginningOf(endless).at.instruction, 2_000_000);
});

test('where the latest checkpoints are given up, for what copying costs, an earlier one is what is known', () => {
  const [PAGES, CALM] = [300, 20_000];
  const movz = (register: number, value: number, half = 0): number => 0xd280_0000 | (half << 21) | (value << 5) | register;
  const writeAll = [
    movz(0, PAGES),
    movz(1, 0x4020, 1),
    0xf900_0020, // str x0, [x1]
    0x9140_0421, // add x1, x1, #4096
    0xf100_0400, // subs x0, x0, #1
    0x54ff_ffa1, // b.ne the store
  ];
  const wait = [movz(0, CALM), 0xf100_0400, 0x54ff_ffe1];
  const emulator = machineWith([...writeAll, ...wait, ...writeAll, 0x1400_0000]);
  // So slow that copying 300 pages is worth it every 25,000 instructions.
  const milliseconds = (): number => emulator.instructions / 1000;
  emulator.keepHistory({ interval: INTERVAL, memoryBytes: 64 << 20, notesBeginning: true, milliseconds });
  const calmEnds = PAGES * 4 + 2 + CALM * 2;
  emulator.run(calmEnds);
  const { at } = beginningOf(emulator);
  assert.ok(calmEnds - at.instruction <= INTERVAL, `${at.instruction}`);
  emulator.run(PAGES * 4);
  const earlier = beginningOf(emulator).at.instruction;
  assert.ok(earlier > 0.75 * (at.instruction - 30_000) && earlier < at.instruction - 20_000, `${earlier} of ${at.instruction}`);
});

test('a beginning that was taken over can be made longer', () => {
  const first = machineOf('nested-critical');
  first.run(3000);
  const second = machineOf('nested-critical');
  assert.ok(second.takeOver(...stored(beginningOf(first))));
  second.run(5000);
  const longer = beginningOf(second);
  assert.equal(longer.at.instruction, 8000);
  const third = machineOf('nested-critical');
  assert.ok(third.takeOver(...stored(longer)));
  const straight = machineOf('nested-critical');
  straight.run(8000);
  assert.equal(third.stateHash(), straight.stateHash());
  for (const address of some(executed('nested-critical', 8000))) {
    const emulator = machineOf('nested-critical');
    emulator.setBreakpoints([{ address }]);
    assert.equal(emulator.takeOver(...stored(longer)), false);
  }
});

test('where the first checkpoint is gone, a beginning has all that was written before the others', () => {
  for (const [name, changes] of guests) {
    const other = machineOf(name, changes, { interval: 100, memoryBytes: 256 << 10 });
    other.run(Math.floor(lengthOf(name, changes) * 0.9));
    assert.ok(other.history && other.history.from.instruction > 0);
    const beginning = beginningOf(other);
    const emulator = machineOf(name, changes);
    assert.ok(emulator.takeOver(...stored(beginning)));
    const straight = machineOf(name, changes);
    straight.run(beginning.at.instruction);
    assert.equal(emulator.stateHash(), straight.stateHash());
    // Who keeps as little goes on as well.
    const forgetful = machineOf(name, changes, { interval: 100, memoryBytes: 256 << 10 });
    assert.ok(forgetful.takeOver(...stored(beginning)));
    straight.run(END);
    forgetful.run(END);
    assert.equal(forgetful.stateHash(), straight.stateHash());
  }
});

test('a machine takes over what ends at an exception level where it has never been', () => {
  const rows: readonly [name: string, el: number][] = [
    ['hyp-stub', 2],
    ['steps', 0],
    ['clobbering-call', 2],
  ];
  for (const [name, el] of rows) {
    const straight = machineOf(name);
    while (straight.pes[0].exceptionLevel !== el) straight.step(0);
    const at = straight.instructions;
    const other = machineOf(name, {}, { interval: at });
    other.run(at + 1);
    const emulator = machineOf(name);
    assert.ok(emulator.takeOver(...stored(beginningOf(other))));
    assert.equal(emulator.pes[0].exceptionLevel, el);
    assert.equal(emulator.stateHash(), straight.stateHash());
    emulator.run(END);
    straight.run(END);
    assert.equal(emulator.stateHash(), straight.stateHash());
  }
});

test('what is watched for after a beginning was taken over says nothing of before', () => {
  const first = machineOf('nested-critical');
  first.run(3000);
  const second = machineOf('nested-critical');
  assert.ok(second.takeOver(...stored(beginningOf(first))));
  second.setStopConditions({ handlerException: true });
  second.run(3000);
  assert.deepEqual(beginningOf(second).watchedFor, {});
  const watching = machineOf('nested-critical');
  watching.setStopConditions({ handlerException: true });
  watching.run(3000);
  const third = machineOf('nested-critical');
  assert.ok(third.takeOver(...stored(beginningOf(watching))));
  third.run(3000);
  assert.deepEqual(beginningOf(third).watchedFor, {});
});

test('a call of the guest that was open where a beginning ends is compared where it returns', () => {
  const watching = (interval: number): Emulator => {
    const emulator = machineOf('clobbering-call', {}, { interval });
    emulator.setStopConditions({ clobberedCall: 'always' });
    return emulator;
  };
  const straight = watching(INTERVAL);
  const stop = straight.run(END);
  assert.equal(stop.kind, 'clobbered-call');
  const at = straight.instructions - 1;
  const other = watching(at);
  other.run(at + 1);
  const beginning = beginningOf(other);
  assert.equal(beginning.at.instruction, at);
  const emulator = watching(INTERVAL);
  assert.ok(emulator.takeOver(...stored(beginning)));
  assert.deepEqual([emulator.run(END), emulator.instructions], [stop, at + 1]);
});

test('what a run depends on is the same for the same guest in the same machine, and for no other', () => {
  const digest = (emulator: Emulator): string => {
    const hash = createHash('sha256');
    for (const piece of emulator.contents()) hash.update(piece);
    return hash.digest('hex');
  };
  const same = digest(machineOf('first-event'));
  assert.equal(digest(machineOf('first-event')), same);
  const other = machineOf('first-event');
  other.load(0x4018_0000n, new Uint8Array([1]));
  const others = [
    other,
    machineOf('first-event', { cpus: 2 }),
    machineOf('first-event', { memoryBytes: 4 << 20 }),
    machineOf('nested-critical'),
  ];
  for (const one of others) assert.notEqual(digest(one), same);
});
