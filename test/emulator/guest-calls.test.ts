import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MachineConfiguration, StopReason } from '../../emulator/emulator.ts';
import { CODE, machineWith } from '../support/machine.ts';

const HVC = 0xd4000002;
const NOP = 0xd503201f;

/** Own EL2 vectors at 0x800 that change X1 and X18, and with X0 = 0x20 X19 and X30 too. */
function program(call: number): number[] {
  const words = [
    0x10004001, // adr x1, vectors
    0xd2800000, // mov x0, #0: HVC_SET_VECTORS
    HVC,
    0xd2800333, // mov x19, #0x19
    0xd280061e, // mov x30, #0x30
    0xd2800200, // mov x0, #0x10
    call,
    0xd2800400, // mov x0, #0x20
    call,
    0x14000000, // b .
  ];
  const vector = 0xc00 / 4;
  while (words.length < vector) words.push(NOP);
  words.push(
    0xd2800021, // mov x1, #1
    0xd2800252, // mov x18, #18
    0xf100801f, // cmp x0, #0x20
    0x54000061, // b.ne out
    0xd28175b3, // mov x19, #0xbad
    0xaa1f03fe, // mov x30, xzr
    0xd69f03e0, // out: eret
  );
  return words;
}

const clobbered: StopReason = {
  kind: 'clobbered-call',
  pe: 0,
  pc: CODE + 0x20n,
  el: 1,
  conduit: 'hvc',
  x0: 0x20n,
  changed: [
    { name: 'x19', before: 0x19n, after: 0xbadn },
    { name: 'x30', before: 0x30n, after: 0n },
  ],
};
const tiers: readonly Partial<MachineConfiguration>[] = [{ hotThreshold: 0 }, {}];
for (const tier of tiers) {
  test(`a call that changes X19 or X30 is told when it has returned ${JSON.stringify(tier)}`, () => {
    const emulator = machineWith(program(HVC), tier);
    emulator.setStopConditions({ clobberedCall: 'always' });
    assert.deepEqual(emulator.run(1000), clobbered);
    assert.equal(emulator.readRegister(0, 'pc'), CODE + 0x24n);
    assert.deepEqual(emulator.run(1000), { kind: 'budget' });
  });
}

test('HVC with another immediate is no call, and nobody is told who did not ask', () => {
  const other = machineWith(program(0xd4000022 /* hvc #1 */));
  other.setStopConditions({ clobberedCall: 'always' });
  assert.deepEqual(other.run(1000), { kind: 'budget' });
  assert.deepEqual(machineWith(program(HVC)).run(1000), { kind: 'budget' });
});

test('every HVC is announced, also those that the guest’s own EL2 code answers', () => {
  const emulator = machineWith(program(HVC));
  emulator.setStopConditions({ conduitCall: true });
  const calls: [bigint, string | undefined][] = [];
  for (let stop = emulator.run(1000); stop.kind === 'conduit-call'; stop = emulator.run(1000)) {
    assert.equal(stop.pc, emulator.readRegister(0, 'pc'));
    calls.push([stop.x0, stop.call]);
  }
  assert.deepEqual(calls, [
    [0n, 'HVC_SET_VECTORS'],
    [0x10n, undefined],
    [0x20n, undefined],
  ]);
});
