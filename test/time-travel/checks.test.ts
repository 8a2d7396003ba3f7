import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planReverseContinue } from '../../debug-adapter/target/reverse.ts';
import type { Ended } from '../../debug-adapter/target/run-control.ts';
import type { MachineConfiguration } from '../../emulator/emulator.ts';
import { farBack, lastOfMany, thereAndBack } from './checks.ts';
import { guests, bench } from './guests.ts';
import { traveller } from './traveller.ts';

for (const [name, changes] of Object.entries(guests) as [string, Partial<MachineConfiguration>][]) {
  test(`${name}: n instructions forward and n back lead to the same state, anywhere`, async () => {
    const { steps } = await thereAndBack(traveller(`test/guests/${name}.elf`, changes), 30, 7);
    assert.ok(steps >= 30);
  });
}

test('the last of 2,000 hits, and the first', async () => {
  const one = traveller(bench.path, bench.changes);
  const { hits } = await lastOfMany(one, one.images.symbol(bench.often)?.address ?? 0n, 2000);
  assert.equal(hits, 2000);
});

test('a million instructions back, and forwards again', async () => {
  const { instructions } = await farBack(traveller(bench.path, bench.changes), traveller(bench.path, bench.changes), 50_000, 1_000_000);
  assert.equal(instructions, 1_000_000);
});

for (const [title, pauses, isBack] of [
  ['a pause ends a search where it began', [30], true],
  ['a second one where it is on the way there', [30, 31], false],
] as const) {
  test(title, async () => {
    const one = traveller('test/guests/spin.elf');
    const { target } = one;
    const { timeTravel } = target;
    await target.resume({ maxInstructions: 60_000_000 });
    const now = timeTravel.moment;
    let breaths = 0;
    const breathe = async (): Promise<Ended | undefined> =>
      (pauses as readonly number[]).includes(++breaths) ? { kind: 'stop', stop: { kind: 'pause', pe: 0 } } : undefined;
    const search = planReverseContinue(one, 0, { meet: () => undefined });
    const how = await one.go(0, (drive) => search({ ...drive, breathe, travel: (to) => timeTravel.travel(to, breathe) }));
    assert.deepEqual([how.kind === 'stop' && how.stop.kind, timeTravel.isInPast], ['pause', !isBack]);
    if (isBack) assert.deepEqual(timeTravel.moment, now);
  });
}
