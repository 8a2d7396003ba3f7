import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Emulator, StopReason } from '../../emulator/emulator.ts';
import { fingerprint, machineWithGuest } from '../support/machine.ts';

const guests: [string, { cpus?: number; client?: 'EL1' | 'EL2'; conduit?: 'hvc' | 'smc' }][] = [
  ['first-event', {}],
  ['nested-critical', {}],
  ['hyp-stub', {}],
  ['two-pes', { cpus: 2 }],
  ['el2-client', { client: 'EL2', conduit: 'smc' }],
];

/** Runs to the end in portions of instructions. Portions below the fast engine's reserve run in the exact one only. */
function runIn(emulator: Emulator, portion: number): { stop: StopReason; console: string; fingerprint: string } {
  for (let rounds = 0; rounds < 1_000_000; rounds++) {
    const stop = emulator.run(portion);
    if (stop.kind === 'budget') continue;
    return { stop, console: new TextDecoder().decode(emulator.takeConsoleOutput()), fingerprint: fingerprint(emulator) };
  }
  throw new Error('the guest does not end');
}

for (const [name, changes] of guests) {
  test(`${name}: the same run in any portions, by the fast and by the exact engine`, () => {
    const path = new URL(`../guests/${name}.elf`, import.meta.url).pathname;
    const whole = runIn(machineWithGuest(path, changes), 100_000_000);
    assert.equal(whole.stop.kind, 'system-off');
    assert.ok(whole.console.length > 0);
    for (const portion of [1, 7, 100, 997, 20_000])
      assert.deepEqual(runIn(machineWithGuest(path, changes), portion), whole, `portions of ${portion}`);
  });
}

test('single steps of the one PE are the same run', () => {
  const path = new URL('../guests/nested-critical.elf', import.meta.url).pathname;
  const whole = machineWithGuest(path);
  whole.run(5000);
  const stepped = machineWithGuest(path);
  for (let n = 0; n < 5000; n++) assert.equal(stepped.step(0), undefined);
  assert.equal(fingerprint(stepped), fingerprint(whole));
});
