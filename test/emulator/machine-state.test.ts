import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Emulator } from '../../emulator/emulator.ts';
import { fingerprint, machineWithGuest } from '../support/machine.ts';

const guests: readonly [string, { cpus?: number; client?: 'EL1' | 'EL2'; conduit?: 'hvc' | 'smc' }][] = [
  ['first-event', {}],
  ['nested-critical', {}],
  ['hyp-stub', {}],
  ['two-pes', { cpus: 2 }],
  ['el2-client', { client: 'EL2', conduit: 'smc' }],
];
const POINTS = 200;

function machineOf(name: string, changes: object): Emulator {
  const path = new URL(`../guests/${name}.elf`, import.meta.url).pathname;
  return machineWithGuest(path, { memoryBytes: 2 << 20, ...changes });
}

for (const [name, changes] of guests) {
  test(`${name}: saved and restored at ${POINTS} points, the run is the straight one`, () => {
    const straight = machineOf(name, changes);
    assert.equal(straight.run(100_000_000).kind, 'system-off');
    const length = straight.instructions;
    const end = straight.stateHash();
    const deliveries = straight.sdei.deliveries();

    const source = machineOf(name, changes);
    const restored = machineOf(name, changes);
    for (let point = 0; point < POINTS; point++) {
      source.run(Math.floor((length * (point + 1)) / (POINTS + 1)) - source.instructions);
      restored.restoreState(structuredClone(source.saveState()));
      if (point % 5 !== 0) continue;
      assert.equal(restored.stateHash(), source.stateHash(), `after ${source.instructions} instructions`);
      if (point % 20 !== 0) continue;
      assert.equal(fingerprint(restored), fingerprint(source));
      assert.equal(restored.run(100_000_000).kind, 'system-off');
      assert.equal(restored.stateHash(), end);
      assert.deepEqual(restored.sdei.deliveries(), deliveries);
    }
    assert.equal(source.run(100_000_000).kind, 'system-off');
    assert.equal(source.stateHash(), end);
  });
}

test('a machine goes back to where it was', () => {
  const emulator = machineOf('nested-critical', {});
  emulator.run(3000);
  const state = emulator.saveState();
  const hash = emulator.stateHash();
  emulator.run(100_000_000);
  assert.notEqual(emulator.stateHash(), hash);
  emulator.restoreState(state);
  assert.equal(emulator.stateHash(), hash);
});

test('what happens in memory is seen by the hash, wherever it is', () => {
  const emulator = machineOf('first-event', {});
  const hashes = new Set([emulator.stateHash()]);
  for (const address of [0x4000_0000n, 0x4000_0007n, 0x401f_fffcn, 0x401f_ffffn]) {
    emulator.writePhysical(address, Uint8Array.of(0x80));
    hashes.add(emulator.stateHash());
  }
  emulator.writeRegister(0, 'x30', 1n);
  hashes.add(emulator.stateHash());
  emulator.writeRegister(0, 'VBAR_EL2', 0x800n);
  hashes.add(emulator.stateHash());
  emulator.sdeiCall(0, 'SDEI_PE_UNMASK');
  hashes.add(emulator.stateHash());
  assert.equal(hashes.size, 8);
});

test('a breakpoint that was reported is not reported again by a restored machine', () => {
  const emulator = machineOf('first-event', {});
  emulator.run(100);
  const { pc } = emulator.pes[0];
  emulator.setBreakpoints([{ address: pc }]);
  emulator.step(0);
  const state = emulator.saveState();
  const other = machineOf('first-event', {});
  other.restoreState(state);
  assert.equal(other.stateHash(), emulator.stateHash());
});

test('a machine of another size is refused', () => {
  const state = machineOf('first-event', {}).saveState();
  const two = machineOf('first-event', { cpus: 2 });
  assert.throws(() => two.restoreState(state), /The saved machine has 1 PEs and 2097152 bytes of RAM, this one 2 and 2097152/);
});
