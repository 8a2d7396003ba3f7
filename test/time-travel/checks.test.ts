import assert from 'node:assert/strict';
import { test } from 'node:test';
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
