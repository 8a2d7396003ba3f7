import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODE } from '../support/machine.ts';
import { NORMAL, VECTORS, newAddressSpace, translatedMachine, writeWords } from '../support/translated-machine.ts';
import { sys } from '../system/support.ts';
import { D, PageTables } from '../system/translation-oracle/page-tables.ts';

const PAGE = 0x1000_0000n;
const FRAMES = [0x4040_0000n, 0x4040_1000n, 0x4040_2000n];
const SPIN = 0x1400_0000;
const START_PE_1 = 0xd400_0002; // hvc #0
const loop = [
  0xf940_0001, // loop: ldr x1, [x0]
  0xd63f_0040, // blr x2
  0x17ff_fffe, // b loop
];
const [LOOP, TLBI] = [CODE + 16n, CODE + 32n];

/** Two PEs in a loop that loads and calls at the same virtual addresses, each with tables of its own. */
function twoPes(hotThreshold: number): { emulator: ReturnType<typeof translatedMachine>; remap: (pe: number, frame: number) => void } {
  const tables = new PageTables(0x4020_0000n);
  const spaces = [newAddressSpace(tables), newAddressSpace(tables)];
  const map = (pe: number, frame: number): void => {
    for (const page of [PAGE, PAGE + 0x1000n]) tables.set(spaces[pe], page, 3, FRAMES[frame] | NORMAL | D.PAGE);
  };
  map(0, 0);
  map(1, 1);
  const words = [START_PE_1, SPIN, SPIN, SPIN, ...loop, SPIN, sys(0, 8, 3, 1, 6), 0xd503_3f9f, 0xd503_3fdf, SPIN];
  const emulator = translatedMachine(words, tables, spaces[0], { cpus: 2, hotThreshold });
  FRAMES.forEach((frame, n) => writeWords(emulator, new Map([[frame, BigInt((0xd280_0003 | (n << 5)) >>> 0) | (0xd65f_03c0n << 32n)]])));
  for (const [name, value] of Object.entries({ x0: 0xc400_0003n, x1: 1n, x2: LOOP })) emulator.writeRegister(0, name, value);
  emulator.run(2, 0);
  assert.equal(emulator.pes[1].power, 'on');
  for (const name of ['MAIR_EL1', 'TCR_EL1']) emulator.writeRegister(1, name, emulator.readRegister(0, name) as bigint);
  emulator.writeRegister(1, 'VBAR_EL1', VECTORS);
  emulator.writeRegister(1, 'TTBR0_EL1', spaces[1].root);
  emulator.writeRegister(1, 'SCTLR_EL1', emulator.readRegister(0, 'SCTLR_EL1') as bigint);
  emulator.writeRegister(0, 'pc', LOOP);
  for (const pe of [0, 1]) {
    emulator.writeRegister(pe, 'x0', PAGE);
    emulator.writeRegister(pe, 'x2', PAGE + 0x1000n);
  }
  return {
    emulator,
    remap(pe, frame) {
      map(pe, frame);
      writeWords(emulator, tables.words);
    },
  };
}

for (const hotThreshold of [0, 2]) {
  test(`each PE has its own translations, ${hotThreshold ? 'translated' : 'interpreted'}`, () => {
    const { emulator, remap } = twoPes(hotThreshold);
    const called = (): (bigint | undefined)[] => [0, 1].map((pe) => emulator.readRegister(pe, 'x3'));
    const loaded = (): number[] => [0, 1].map((pe) => Number(((emulator.readRegister(pe, 'x1') as bigint) >> 5n) & 0xffffn));
    emulator.run(200_000);
    assert.deepEqual(
      [called(), loaded()],
      [
        [0n, 1n],
        [0, 1],
      ],
    );

    remap(1, 2);
    for (const page of [PAGE, PAGE + 0x1000n]) {
      emulator.writeRegister(0, 'x6', page >> 12n);
      emulator.writeRegister(0, 'pc', TLBI);
      emulator.run(10, 0);
    }
    emulator.writeRegister(0, 'pc', LOOP);
    emulator.run(200_000);
    assert.deepEqual(
      [called(), loaded()],
      [
        [0n, 2n],
        [0, 2],
      ],
      'after TLBI VAE1IS by PE 0',
    );
  });
}
