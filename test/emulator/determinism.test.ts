import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Emulator, StopReason } from '../../emulator/emulator.ts';
import { CODE, fingerprint, machineWith, machineWithGuest } from '../support/machine.ts';

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

const threshold = (hotThreshold: number): { hotThreshold: number } => ({ hotThreshold });

for (const [name, changes] of guests) {
  test(`${name}: the same run interpreted, and translated at once`, () => {
    const path = new URL(`../guests/${name}.elf`, import.meta.url).pathname;
    const interpreted = runIn(machineWithGuest(path, { ...changes, ...threshold(0) }), 100_000_000);
    for (const portion of [1009, 100_000_000]) {
      assert.deepEqual(runIn(machineWithGuest(path, { ...changes, ...threshold(1) }), portion), interpreted, `portions of ${portion}`);
    }
  });
}

for (const name of ['integer-mix', 'calls', 'memory', 'cold-code']) {
  test(`${name}: interpreted and translated code agree every so many instructions`, () => {
    const path = new URL(`../../bench/${name}.elf`, import.meta.url).pathname;
    const memory = { memoryBytes: 256 << 20 };
    const interpreted = machineWithGuest(path, { ...memory, ...threshold(0) });
    const tiered = machineWithGuest(path, { ...memory, ...threshold(20) });
    for (const portion of [100_003, 1_000_003, 333_337, 2_000_003, 7, 3_000_017]) {
      interpreted.run(portion);
      tiered.run(portion);
      assert.equal(fingerprint(tiered), fingerprint(interpreted), `after ${interpreted.instructions} instructions`);
    }
  });
}

test('translated code that is overwritten is translated anew', () => {
  // Counts with an instruction that the program changes every 64 rounds, between add x0, x0, #1 and add x0, x0, #2.
  const words = [
    0xd2800000, // mov x0, #0
    0xd2802003, // mov x3, #256
    0x100000c4, // adr x4, patch (+24)
    0x18000185, // ldr w5, one (+48)
    0x18000186, // ldr w6, two (+48)
    0xd2800801, // outer: mov x1, #64
    0x14000002, // b loop
    0xd503201f, // nop
    0x91000400, // loop, patch: add x0, x0, #1
    0xf1000421, // subs x1, x1, #1
    0x54ffffc1, // b.ne loop
    0xb9000086, // str w6, [x4]
    0xaa0503e7, // mov x7, x5
    0xaa0603e5, // mov x5, x6
    0x14000003, // b swap
    0x91000400, // one: add x0, x0, #1
    0x91000800, // two: add x0, x0, #2
    0xaa0703e6, // swap: mov x6, x7
    0xf1000463, // subs x3, x3, #1
    0x54fffe41, // b.ne outer
    0x14000000, // b .
  ];
  const interpreted = machineWith(words, threshold(0));
  const translated = machineWith(words, threshold(3));
  interpreted.run(200_000);
  translated.run(200_000);
  assert.equal(translated.readRegister(0, 'x0'), BigInt(64 * (128 * 1 + 128 * 2)));
  assert.equal(fingerprint(translated), fingerprint(interpreted));
});

test('a breakpoint set in translated code is hit each time, and removed again', () => {
  const words = [0x91000400 /* loop: add x0, x0, #1 */, 0xf1000421 /* subs x1, x1, #1 */, 0x54ffffc1 /* b.ne loop */, 0x14000000 /* b . */];
  const emulator = machineWith(words, threshold(3));
  emulator.writeRegister(0, 'x1', 1000n);
  emulator.run(300);
  const before = emulator.readRegister(0, 'x0') as bigint;
  emulator.setBreakpoints([{ address: CODE + 4n }]);
  for (let hit = 1n; hit <= 5n; hit++) {
    assert.equal(emulator.run(1000).kind, 'breakpoint');
    assert.equal(emulator.readRegister(0, 'x0'), before + hit);
  }
  emulator.setBreakpoints([]);
  assert.equal(emulator.run(10_000).kind, 'budget');
  assert.equal(emulator.readRegister(0, 'x0'), 1000n);
});
