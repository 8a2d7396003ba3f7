/** A line that a PE goes round in for long: back to where it came there, without each of its instructions being looked at. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planStepBackInto } from '../../debug-adapter/target/reverse-moves.ts';
import type { Moment } from '../../debug-adapter/target/target.ts';
import { Emulator } from '../../emulator/emulator.ts';
import { type Traveller, traveller } from './traveller.ts';

const LONG = 40_000_000;
const SHORT = 1000;

/** Instructions of the past that were repeated one by one, since it was asked last. */
let singles = 0;
const { settle } = Emulator.prototype;
Emulator.prototype.settle = function () {
  singles++;
  settle.call(this);
};

const words = (...list: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(list).buffer);
const B_HERE = 0x1400_0000;
const NOP = 0xd503_201f;
const RET = 0xd65f_03c0;
/** adr x9, . ; br x9 would be a round of its own: where it leads is not known before it is executed. */
const BR_ROUND = [0x1000_0009 /* adr x9, . */, 0xd61f_0120 /* br x9 */] as const;

/** `code` instead of the guest's own, from its first function on or when it has come there. */
async function guest(code: readonly number[], isEdit: boolean): Promise<Traveller> {
  const one = traveller('test/guests/first-event.elf', { memoryBytes: 2 << 20 });
  const { target, images } = one;
  const address = images.symbol('on_event')?.address ?? assert.fail();
  const place = () => target.writeMemory(address, words(...code), { kind: 'physical' });
  if (!isEdit) place();
  target.setBreakpoints([{ address }]);
  assert.equal((await target.resume({})).kind, 'breakpoint');
  target.setBreakpoints([]);
  if (isEdit) place();
  return one;
}
async function backAfter(one: Traveller, instructions: number): Promise<{ moment: Moment; pc: bigint; hash: string }> {
  const { target } = one;
  await target.resume({ maxInstructions: instructions });
  singles = 0;
  const how = await one.go(0, planStepBackInto(one, 0));
  assert.ok(how.kind === 'stop' && how.stop.kind === 'step', JSON.stringify(how));
  return { moment: target.timeTravel.moment, pc: target.pes[0].pc, hash: target.stateHash() };
}

for (const [what, code, isEdit] of [
  ['a branch to itself', [B_HERE], false],
  ['that an edit has put there', [B_HERE], true],
  ['a few instructions round', [NOP, NOP, 0x17ff_fffe /* b to the first */], false],
] as const) {
  test(`${what}: the beginning of a long run is found as that of a short one, and at once`, async () => {
    const short = await backAfter(await guest(code, isEdit), SHORT);
    const long = await backAfter(await guest(code, isEdit), LONG);
    assert.deepEqual(long, short);
    assert.ok(singles < 20_000, `${singles} instructions were looked at`);
  });
}

test('a line that what came from outside has led away from begins where it was come back to', async () => {
  for (const length of [SHORT, LONG / 4]) {
    const one = await guest([B_HERE, B_HERE], false);
    const { target } = one;
    await target.resume({ maxInstructions: length });
    const { pc } = target.pes[0];
    // To another line and back: this one has been come to since.
    const elsewhere = one.images.symbol('main')?.address ?? assert.fail();
    target.writeMemory(elsewhere, words(NOP, RET), { kind: 'physical' });
    target.writeRegister(0, 'x30', pc);
    target.writeRegister(0, 'pc', elsewhere);
    const { time } = target;
    const { moment } = await backAfter(one, length);
    assert.equal(moment.instruction, time + 2);
  }
});

test('a round that only executing it tells of is looked at one by one', async () => {
  const short = await backAfter(await guest(BR_ROUND, false), SHORT);
  const long = await backAfter(await guest(BR_ROUND, false), 20_000);
  assert.deepEqual(long, short);
  assert.ok(singles > 20_000, `${singles}`);
});

test('where history begins in the line, one goes to its beginning', async () => {
  const one = await guest([B_HERE], false);
  const { target } = one;
  await target.resume({ maxInstructions: SHORT });
  target.timeTravel.keepHistory(1 << 24);
  const { time } = target;
  const { moment } = await backAfter(one, LONG);
  assert.equal(moment.instruction, time);
});
