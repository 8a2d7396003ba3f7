/** More translated loops than the table of functions has room for at first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Emulator } from '../../emulator/emulator.ts';
import { fingerprint, machineWith } from '../support/machine.ts';

const LOOPS = 300;
const WORDS_OF_PAGE = 1024;
const SPIN = 0x1400_0000;
/** A loop of 100 rounds that counts in X0, and a branch to the next page. */
const LOOP = [
  0xd280_0c81, // mov x1, #100
  0x9100_0400, // add x0, x0, #1
  0xf100_0421, // subs x1, x1, #1
  0x54ff_ffc1, // b.ne to the add
  SPIN + WORDS_OF_PAGE - 4, // b
];

const words = Array.from({ length: LOOPS * WORDS_OF_PAGE }, (_, index) => LOOP[index % WORDS_OF_PAGE] ?? 0);
words.push(SPIN);

function run(hotThreshold: number): Emulator {
  const emulator = machineWith(words, { hotThreshold });
  emulator.run(LOOPS * (LOOP.length + 3 * 99) + 100);
  return emulator;
}
const regionsOf = (emulator: Emulator): number =>
  (emulator as unknown as { machine: { engine: { regions: { count: number } } } }).machine.engine.regions.count;

test(`${LOOPS} regions at a time do what the interpreter does`, () => {
  const translated = run(10);
  assert.ok(regionsOf(translated) >= LOOPS, `only ${regionsOf(translated)} regions`);
  assert.equal(translated.readRegister(0, 'x0'), BigInt(LOOPS * 100));
  assert.equal(fingerprint(translated), fingerprint(run(0)));
});
