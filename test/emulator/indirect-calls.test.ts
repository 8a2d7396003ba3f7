import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODE, machineWith } from '../support/machine.ts';

const loop = [
  0x9240_0661, // loop: and x1, x19, #3
  0xf861_7a81, // ldr x1, [x20, x1, lsl #3]
  0xd63f_0020, // blr x1
  0x9100_0673, // add x19, x19, #1
  0xf100_0442, // subs x2, x2, #1
  0x54ff_ff61, // b.ne loop
  0x1400_0000, // b .
];
const RET = 0xd65f_03c0;
/** What each function does with X0, as a word and as a function of X0 and X19. */
const functions: readonly (readonly [word: number, effect: (x0: bigint, x19: bigint) => bigint])[] = [
  [0x9100_1c00 /* add x0, x0, #7 */, (x0) => x0 + 7n],
  [0x93c0_2400 /* ror x0, x0, #9 */, (x0) => (x0 >> 9n) | (x0 << 55n)],
  [0xaa20_03e0 /* mvn x0, x0 */, (x0) => ~x0],
  [0x8b13_0000 /* add x0, x0, x19 */, (x0, x19) => x0 + x19],
  [0xd100_1400 /* sub x0, x0, #5 */, (x0) => x0 - 5n],
];
const place = (index: number): bigint => CODE + BigInt(loop.length + index * 2) * 4n;
const TABLE = CODE + 0x800n;
/** So often that the functions become a part of the loop where they are translated. */
const OFTEN = 600_000;

for (const hotThreshold of [0, 20, 20_000]) {
  test(`calls through a table that changes, translated after ${hotThreshold || 'no'} branches`, () => {
    const emulator = machineWith([...loop, ...functions.flatMap(([word]) => [word, RET])], { hotThreshold });
    let [x0, x19] = [1n, 0n];
    const call = (table: readonly number[], count: number): void => {
      const entries = table.map(place);
      emulator.writePhysical(TABLE, new Uint8Array(BigUint64Array.from(entries).buffer));
      emulator.writeRegister(0, 'pc', CODE);
      emulator.writeRegister(0, 'x2', BigInt(count));
      for (let slice = 0; slice < 12; slice++) emulator.run(count);
      for (let n = 0; n < count; n++, x19++) x0 = BigInt.asUintN(64, functions[table[Number(x19 & 3n)]][1](x0, x19));
      assert.deepEqual(
        ['x0', 'x19', 'x2', 'pc'].map((name) => emulator.readRegister(0, name)),
        [x0, x19, 0n, CODE + 24n],
      );
    };
    emulator.writeRegister(0, 'x20', TABLE);
    emulator.writeRegister(0, 'x19', 0n);
    emulator.writeRegister(0, 'x0', 1n);
    call([0, 1, 2, 3], OFTEN);
    call([4, 1, 0, 3], 1003);
  });
}
