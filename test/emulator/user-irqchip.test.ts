import assert from 'node:assert/strict';
import { test } from 'node:test';
import { join } from 'node:path';
import { deviceIrqBits as bitsForPeople } from '../../debug-adapter/target/device-irq-level.ts';
import type { Emulator } from '../../emulator/emulator.ts';
import { deviceIrqBits } from '../../emulator/user-irqchip.ts';
import { CODE, machineWith, machineWithGuest } from '../support/machine.ts';

/** Raises and lowers all three outputs. */
const allThree = [
  0xd2800021, // mov x1, #1
  0xd51b9c01, // msr pmcr_el0, x1
  0xd2b00002, // mov x2, #0x80000000
  0xd51b9c22, // msr pmcntenset_el0, x2
  0xd5189e22, // msr pmintenset_el1, x2
  0xd51b9e62, // msr pmovsset_el0, x2
  0xd5189e42, // msr pmintenclr_el1, x2
  0xd5189e22, // msr pmintenset_el1, x2
  0xd53be043, // mrs x3, cntvct_el0
  0x91001063, // add x3, x3, #4
  0xd51be343, // msr cntv_cval_el0, x3
  0xd51be243, // msr cntp_cval_el0, x3
  0xd51be321, // msr cntv_ctl_el0, x1
  0xd2801904, // mov x4, #200
  0xf1000484, // loop: subs x4, x4, #1
  0x54ffffe1, // b.ne loop
  0xd51be221, // msr cntp_ctl_el0, x1
  0xd2800065, // mov x5, #3
  0xd51be325, // msr cntv_ctl_el0, x5
  0xd51b9c62, // msr pmovsclr_el0, x2
  0xd51b9c1f, // msr pmcr_el0, xzr
  0xd51be23f, // msr cntp_ctl_el0, xzr
  0x14000000, // b .
];
const userIrqchip = { irqchip: 'user' } as const;
const LOOP = CODE + 14n * 4n;

test('each change of a level is an exit, once, before the next instruction', () => {
  const emulator = machineWith(allThree, userIrqchip);
  emulator.setStopConditions({ deviceIrqLevel: true });
  const exits: [level: number, after: string][] = [];
  for (;;) {
    const stop = emulator.run(100_000);
    if (stop.kind !== 'device-irq-level') {
      assert.equal(stop.kind, 'budget');
      break;
    }
    assert.equal(emulator.pes[0].deviceIrqLevel, stop.level);
    assert.equal(stop.before, exits.at(-1)?.[0] ?? 0);
    exits.push([stop.level, stop.pc === LOOP || stop.pc === LOOP + 4n ? 'loop' : `instruction ${(stop.pc - CODE) / 4n - 1n}`]);
  }
  assert.deepEqual(exits, [
    [4, 'instruction 5'],
    [0, 'instruction 6'],
    [4, 'instruction 7'],
    [5, 'loop'],
    [7, 'instruction 16'],
    [6, 'instruction 18'],
    [2, 'instruction 19'],
    [0, 'instruction 21'],
  ]);
  assert.equal(emulator.pes[0].levelExits, exits.length);
});

/** What the architecture's registers say of the three outputs. */
function outputs(emulator: Emulator, pe: number): number {
  const read = (name: string) => emulator.readRegister(pe, name) as bigint;
  const timer = (name: string) => (read(name) & 7n) === 5n;
  const overflow = (read('PMCR_EL0') & 1n) !== 0n && (read('PMOVSSET_EL0') & read('PMCNTENSET_EL0') & read('PMINTENSET_EL1')) !== 0n;
  return (timer('CNTV_CTL_EL0') ? 1 : 0) | (timer('CNTP_CTL_EL0') ? 2 : 0) | (overflow ? 4 : 0);
}

const guests: readonly (readonly [string, () => Emulator])[] = [
  ['three devices', () => machineWith(allThree, userIrqchip)],
  ['watchdog', () => machineWithGuest(join(import.meta.dirname, '../guests/watchdog.elf'), userIrqchip)],
];
for (const [name, make] of guests) {
  test(`${name}: no instruction runs while user space knows another level than the devices have`, () => {
    const emulator = make();
    emulator.setStopConditions({ deviceIrqLevel: true });
    let instructions = 0;
    let levels = 0;
    for (let steps = 0; steps < 8000; steps++) {
      const known = emulator.pes[0].deviceIrqLevel;
      const actual = outputs(emulator, 0);
      const stop = emulator.step(0);
      if (stop && stop.kind !== 'device-irq-level') break;
      if (emulator.instructions > instructions) assert.equal(known, actual, `instruction ${instructions}`);
      else levels += 1;
      instructions = emulator.instructions;
    }
    assert.ok(levels >= 8, `${levels} exits`);
    assert.ok(instructions > 400);
  });
}

test('a guest does the same whoever has its interrupt controller', () => {
  const [kernel, user] = [{}, userIrqchip].map((changes) => {
    const emulator = machineWithGuest(join(import.meta.dirname, '../guests/watchdog.elf'), changes);
    assert.deepEqual(emulator.run(100_000), { kind: 'system-off' });
    return { console: new TextDecoder().decode(emulator.takeConsoleOutput()), deliveries: emulator.sdei.deliveries() };
  });
  assert.deepEqual(user, kernel);
  assert.equal(machineWith(allThree).pes[0].deviceIrqLevel, undefined);
});

test('what user space knows is part of the machine', () => {
  const one = machineWith(allThree, userIrqchip);
  one.run(8);
  const other = machineWith(allThree, userIrqchip);
  other.restoreState(one.saveState());
  assert.deepEqual([other.pes[0].deviceIrqLevel, other.pes[0].levelExits], [one.pes[0].deviceIrqLevel, one.pes[0].levelExits]);
  assert.equal(other.stateHash(), one.stateHash());
  one.run(1000);
  other.run(1000);
  assert.equal(other.stateHash(), one.stateHash());
});

test('people are told the bits that the machine has', () => {
  assert.deepEqual(
    bitsForPeople,
    deviceIrqBits.map(({ name, mask, intid }) => ({ name, mask, intid })),
  );
});
