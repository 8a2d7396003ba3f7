/** What one looks for on a PE is not looked for where that PE has done nothing: how many instructions are repeated on the way back. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { planReverseContinue, planStepBack, soughtBy } from '../../debug-adapter/target/reverse.ts';
import { planLastAccess, planStepBackInto, planStepBackOut } from '../../debug-adapter/target/reverse-moves.ts';
import type { Moves } from '../../debug-adapter/target/reverse.ts';
import { Machine } from '../../emulator/machine.ts';
import { ValueWatch } from '../../emulator/machine/value-watch.ts';
import { type Traveller, traveller } from './traveller.ts';

/** Of all machines, since it was set. */
let executed = 0;
const { run, step } = Machine.prototype;
function counting<Arguments extends unknown[], Result>(action: (this: Machine, ...args: Arguments) => Result) {
  return function (this: Machine, ...args: Arguments): Result {
    const before = this.instructions;
    const result = action.apply(this, args);
    executed += this.instructions - before;
    return result;
  };
}
Machine.prototype.run = counting(run);
Machine.prototype.step = counting(step);
afterEach(() => {
  executed = 0;
});

const TOGETHER = 200_000;
const ALONE = 150_000_000;
/** The distance of checkpoints, twice, and some times what both have executed. */
const MOST = 25_000_000;
const SEND_EVENT = [0x9f, 0x20, 0x03, 0xd5];
const SPIN = [0, 0, 0, 0x14];

/** Both PEs spin, for a while in turns, then only the first one: the other could run all the time. */
async function oneAlone(alone = ALONE): Promise<Traveller> {
  const one = traveller('test/guests/two-pes.elf', { memoryBytes: 2 << 20, cpus: 2 });
  const { target, images } = one;
  const address = images.symbol('secondary_main')?.address ?? 0n;
  target.setBreakpoints([{ address }]);
  assert.equal((await target.resume({})).kind, 'breakpoint');
  target.setBreakpoints([]);
  const [first, second] = target.pes;
  target.writeMemory(first.pc, Uint8Array.from(SPIN), { kind: 'physical' });
  target.writeMemory(second.pc, Uint8Array.from([...SEND_EVENT, ...SPIN]), { kind: 'physical' });
  await target.resume({ maxInstructions: TOGETHER });
  await target.resume({ maxInstructions: alone, onlyPe: 0 });
  assert.ok(target.pes.every(({ power, waiting }) => power === 'on' && !waiting));
  return one;
}

const nothing = { look: () => undefined, tell: () => 'found' };
const x30 = (pe: number) => ({ kind: 'value', pe, what: { register: 'x30' } }) as const;

/** To the instruction where PE1 was last, and its beginning. */
const rows: readonly (readonly [what: string, moves: (one: Traveller) => Moves, at: 'spins' | 'begins'])[] = [
  ['one instruction', (one) => planStepBack(one, 1, 'instruction'), 'spins'],
  ['one line', (one) => planStepBack(one, 1, 'line'), 'begins'],
  ['into functions', (one) => planStepBackInto(one, 1), 'begins'],
  ['out', (one) => planStepBackOut(one, 1), 'begins'],
  ['the last write to a register', (one) => planLastAccess(one, 1, x30(1), nothing, () => 'nothing'), 'begins'],
];
const paused = { kind: 'pause', pe: 1 } as const;
const meet = ({ kind }: { readonly kind: string }) => (kind === 'watchpoint' ? paused : undefined);

for (const [register, isThere] of [
  ['x30', true],
  ['pc', true],
  ['v31', false],
] as const) {
  test(`a data breakpoint on ${register} of a PE that has done nothing since: back to it at once, as everything repeated finds it`, async () => {
    const watched = [{ kind: 'value', pe: 1, what: { register } }] as const;
    /** From where PE0 has gone on so long alone. */
    async function backTo(alone: number, isSkipping: boolean): Promise<number> {
      const one = await oneAlone(alone);
      const { target } = one;
      const sought = isSkipping ? soughtBy(target, watched) : undefined;
      executed = 0;
      await one.go(1, async (drive) => {
        target.setWatchpoints(watched);
        return planReverseContinue(one, 1, { meet, ...(sought && { sought }) })(drive);
      });
      if (isSkipping) assert.ok(executed < MOST, `${executed.toLocaleString('en')} instructions were repeated`);
      return target.time;
    }
    const found = await backTo(ALONE, true);
    assert.equal(found > 0, isThere);
    assert.equal(await backTo(1_000_000, false), found);
  });
}

test('what may change without an instruction of that PE, or anywhere, is looked for everywhere', () => {
  const { target } = traveller('test/guests/two-pes.elf', { memoryBytes: 2 << 20, cpus: 2 });
  const core = (pe: number) => ({ kind: 'value', pe, what: { register: 'x0' } }) as const;
  const other = { kind: 'value', pe: 1, what: { register: 'ICC_RPR_EL1' } } as const;
  const memory = { kind: 'memory', ranges: [{ address: 0x4010_0000, length: 4 }], access: 'write' } as const;
  assert.deepEqual(soughtBy(target, []), { registersOf: [] });
  assert.deepEqual(soughtBy(target, [core(1), core(0), core(1)]), { registersOf: [1, 0] });
  assert.equal(soughtBy(target, [core(1), other]), undefined);
  assert.equal(soughtBy(target, [memory, core(1)]), undefined);
});

for (const [what, moves, at] of rows) {
  test(`back from where another PE has gone on alone: ${what}`, async () => {
    const one = await oneAlone();
    const { target } = one;
    const { pc, retired } = target.pes[1];
    executed = 0;
    const how = await one.go(1, moves(one));
    assert.ok(how.kind === 'stop' && how.stop.kind !== 'pause', JSON.stringify(how));
    if (at === 'spins') assert.deepEqual([target.pes[1].pc, target.pes[1].retired], [pc, retired - 1]);
    else assert.ok(target.time < 10_000, `${target.time}`);
    assert.ok(executed < MOST, `${executed.toLocaleString('en')} instructions were repeated`);
  });
}

test('a PE that has never been on: to the beginning of history at once', async () => {
  const one = traveller('test/guests/spin.elf', { memoryBytes: 2 << 20, cpus: 2 });
  await one.target.resume({ maxInstructions: ALONE });
  executed = 0;
  const how = await one.go(1, planStepBack(one, 1, 'instruction'));
  assert.deepEqual([how.kind === 'stop' && how.stop.kind, one.target.time, executed], ['history-start', 0, 0]);
});

test('a register of a PE that executes nothing is looked at only where others may have changed it, and there at once', async () => {
  const alone = await oneAlone();
  const { changes } = ValueWatch.prototype;
  let looks = 0;
  ValueWatch.prototype.changes = function () {
    looks++;
    return changes.apply(this);
  };
  alone.target.setWatchpoints([{ kind: 'value', pe: 1, what: { register: 'v31' } }]);
  await alone.target.resume({ maxInstructions: 5_000_000, onlyPe: 0 });
  assert.ok(looks > 0 && looks < 1000, `${looks} looks`);
  ValueWatch.prototype.changes = changes;

  // PE0 signals an event to PE1, which sleeps.
  const { target, images } = traveller('test/guests/two-pes.elf', { memoryBytes: 2 << 20, cpus: 2 });
  target.setBreakpoints([{ address: images.symbol('sdei_event_signal')?.address ?? 0n }]);
  assert.equal((await target.resume({})).kind, 'breakpoint');
  assert.ok(target.pes[1].waiting);
  target.setBreakpoints([]);
  target.setWatchpoints([{ kind: 'value', pe: 1, what: { register: 'pc' } }]);
  assert.equal((await target.resume({})).kind, 'watchpoint');
  assert.deepEqual([target.sdei.deliveries.length, target.sdei.deliveries[0].at], [1, target.time - 1]);
});
