import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Emulator } from '../../emulator/emulator.ts';
import { CODE } from '../support/machine.ts';
import { DEVICE, NORMAL, VECTORS, newAddressSpace, translatedMachine, writeWords } from '../support/translated-machine.ts';
import { sys } from '../system/support.ts';
import { D, PageTables } from '../system/translation-oracle/page-tables.ts';

const SPIN = 0x1400_0000;
const DSB = 0xd503_3f9f;
const ISB = 0xd503_3fdf;
const PAGE = 0x1000_0000n;
const FRAMES = [0x4040_0000n, 0x4040_1000n, 0x4040_2000n];
const TABLES = 0x4020_0000n;

/** Instruction words from an address on. */
function write(emulator: Emulator, address: bigint, ...words: number[]): void {
  emulator.writePhysical(address, new Uint8Array(Uint32Array.from(words).buffer));
}
const registers = (emulator: Emulator, ...names: string[]): string[] =>
  names.map((name) => (emulator.readRegister(0, name) as bigint).toString(16));

/** Data aborts of single instructions: word, X0 → ESR_EL1, FAR_EL1. X1 = 1. Pages: 0 Normal, 1 Device, 2 not mapped, 3 read-only, 4 Normal. */
const aborts: Readonly<Record<string, readonly [word: number, x0: bigint, expected: string, sctlr?: bigint]>> = {
  'an unaligned load from Normal memory': [0xf940_0001, PAGE + 3n, 'none'],
  'an unaligned load with SCTLR_EL1.A': [0xf940_0001, PAGE + 3n, '96000021 10000003', 2n],
  'an unaligned load across pages with SCTLR_EL1.A': [0xf940_0001, PAGE + 0xfffn, '96000021 10000fff', 2n],
  'an aligned load from Device memory': [0xf940_0001, PAGE + 0x1008n, 'none'],
  'an unaligned load from Device memory': [0xf940_0001, PAGE + 0x1004n, '96000021 10001004'],
  'an unaligned store to Device memory': [0xf900_0001, PAGE + 0x1004n, '96000061 10001004'],
  'a load that ends in Device memory': [0xf940_0001, PAGE + 0xffcn, '96000021 10001000'],
  'a load that ends where nothing is mapped': [0xb940_0001, PAGE + 0x1ffen, '96000021 10001ffe'],
  'a store that ends in a read-only page': [0xf900_0001, PAGE + 0x2ffcn, '96000047 10002ffc'],
  'a store that begins in a read-only page': [0xf900_0001, PAGE + 0x3ffcn, '9600004f 10003ffc'],
  'a load whose second page is missing': [0xf940_0001, PAGE + 0x4ffcn, '96000007 10005000'],
  'a pair whose second half is missing': [0xa940_0801, PAGE + 0x4ff8n, '96000007 10005000'],
  'an unaligned exclusive': [0xc85f_7c01, PAGE + 4n, '96000021 10000004'],
  'an unaligned atomic': [0xf821_8001, PAGE + 4n, '96000021 10000004'],
  'an unaligned store-exclusive': [0xc802_7c01, PAGE + 4n, '96000061 10000004'],
  'an atomic where nothing is mapped': [0xf821_8001, PAGE + 0x2000n, '96000007 10002000'],
  'an atomic on a read-only page': [0xf821_8001, PAGE + 0x3000n, '9600004f 10003000'],
  'a store-exclusive where nothing is mapped': [0xc802_7c01, PAGE + 0x2000n, '96000047 10002000'],
  'DC ZVA to Device memory': [sys(3, 7, 4, 1, 0), PAGE + 0x1047n, '96000061 10001047'],
  'DC ZVA to a read-only page': [sys(3, 7, 4, 1, 0), PAGE + 0x3047n, '9600004f 10003047'],
  'DC CVAC where nothing is mapped': [sys(3, 7, 10, 1, 0), PAGE + 0x2047n, '96000147 10002047'],
  'DC CIVAC to a read-only page': [sys(3, 7, 14, 1, 0), PAGE + 0x3047n, 'none'],
  'DC IVAC to a read-only page': [sys(0, 7, 6, 1, 0), PAGE + 0x3047n, '9600014f 10003047'],
  'IC IVAU where nothing is mapped': [sys(3, 7, 5, 1, 0), PAGE + 0x2047n, '96000147 10002047'],
  'PRFM where nothing is mapped': [0xf980_0001, PAGE + 0x2000n, 'none'],
};
for (const [name, [word, x0, expected, sctlr = 0n]] of Object.entries(aborts)) {
  for (const hotThreshold of [0, 1]) {
    test(`${name}${hotThreshold ? ', translated' : ''}: ${expected}`, () => {
      const tables = new PageTables(TABLES);
      const space = newAddressSpace(tables);
      const attributes = [NORMAL, DEVICE, undefined, NORMAL | D.READ_ONLY, NORMAL];
      attributes.forEach((leaf, n) => {
        if (leaf !== undefined) tables.set(space, PAGE + BigInt(n) * 0x1000n, 3, (FRAMES[0] + BigInt(n) * 0x1000n) | leaf | D.PAGE);
      });
      const emulator = translatedMachine([SPIN + 1, word, SPIN], tables, space, { hotThreshold });
      emulator.writeRegister(0, 'SCTLR_EL1', 0x30d5_0999n | (1n << 2n) | sctlr);
      emulator.writeRegister(0, 'x0', x0);
      emulator.writeRegister(0, 'x1', 1n);
      emulator.run(1000);
      const [esr, far, elr] = registers(emulator, 'ESR_EL1', 'FAR_EL1', 'ELR_EL1');
      assert.equal(esr === '0' ? 'none' : `${esr} ${far}`, expected);
      if (esr !== '0') assert.equal(elr, (CODE + 4n).toString(16));
    });
  }
}

test("an atomic that stage 1 lets only read is a write's fault there, whatever stage 2 says of reading", () => {
  const tables = new PageTables(TABLES);
  const space = newAddressSpace(tables);
  tables.set(space, PAGE, 3, FRAMES[0] | NORMAL | D.READ_ONLY | D.PAGE);
  const stage2 = { root: tables.allocate(12, 2n), granule: 12, inputSize: 40, startLevel: 1 };
  const attributes = D.s2Attr(15) | D.INNER_SHAREABLE | D.AF | D.S2_WRITE;
  for (const block of [0x4000_0000n, 0x4020_0000n]) tables.set(stage2, block, 2, block | attributes | D.S2_READ | D.BLOCK);
  tables.set(stage2, FRAMES[0], 3, FRAMES[0] | attributes | D.PAGE);
  const emulator = translatedMachine([0xf821_8001 /* swp x1, x1, [x0] */, SPIN], tables, space);
  for (const [name, value] of [
    ['VTTBR_EL2', stage2.root],
    ['VTCR_EL2', 0x8002_0058n],
    ['HCR_EL2', 0x8000_0001n],
    ['x0', PAGE],
  ] as const)
    emulator.writeRegister(0, name, value);
  emulator.run(2);
  assert.deepEqual(registers(emulator, 'ESR_EL1', 'FAR_EL1'), ['9600004f', PAGE.toString(16)]);
});

/** X1 after calling the page at PAGE, which maps FRAMES[0] and then FRAMES[1], with something in between. */
function callBeforeAndAfter(
  between: readonly number[],
  x: Readonly<Record<string, bigint>>,
  hotThreshold: number,
  attributes = 0n,
): string[] {
  const tables = new PageTables(TABLES);
  const [first, second] = [newAddressSpace(tables), newAddressSpace(tables)];
  tables.set(first, PAGE, 3, FRAMES[0] | NORMAL | attributes | D.PAGE);
  tables.set(second, PAGE, 3, FRAMES[1] | NORMAL | attributes | D.PAGE);
  for (const space of [first, second]) tables.set(space, PAGE + 0x10_0000n, 3, FRAMES[0] | NORMAL | D.PAGE);
  const callOften = [
    0xd280_0c82, // mov x2, #100
    0xd63f_0000, // loop: blr x0
    0xf100_0442, // subs x2, x2, #1
    0x54ff_ffc1, // b.ne loop
  ];
  const emulator = translatedMachine([...callOften, 0xaa01_03f3 /* mov x19, x1 */, ...between, ...callOften, SPIN], tables, first, {
    hotThreshold,
  });
  // Each page goes on with the next instructions of itself, so that its code is translated.
  FRAMES.forEach((frame, n) => write(emulator, frame, 0xd280_0001 | (n << 5), 0x1400_0002, 0xd503_201f, 0xd65f_03c0));
  emulator.writeRegister(0, 'x0', PAGE);
  emulator.writeRegister(0, 'x3', second.root | (1n << 48n));
  for (const [name, value] of Object.entries(x)) emulator.writeRegister(0, name, value);
  emulator.run(5000);
  return registers(emulator, 'x19', 'x1');
}
for (const hotThreshold of [0, 2]) {
  const how = hotThreshold ? 'translated' : 'interpreted';
  test(`another TTBR0_EL1 and ASID show other code, ${how}`, () => {
    assert.deepEqual(callBeforeAndAfter([0xd518_2003 /* msr ttbr0_el1, x3 */, ISB], {}, hotThreshold, D.NON_GLOBAL), ['0', '1']);
  });
  const remap = 0xf900_0085; // str x5, [x4]
  const descriptor = FRAMES[1] | NORMAL | D.NON_GLOBAL | D.PAGE;
  for (const [name, tlbi, operand] of [
    ['VAE1', sys(0, 8, 7, 1, 6), PAGE >> 12n],
    ['VAE1IS', sys(0, 8, 3, 1, 6), PAGE >> 12n],
    ['VALE1', sys(0, 8, 7, 5, 6), PAGE >> 12n],
    ['VAAE1', sys(0, 8, 7, 3, 6), PAGE >> 12n],
    ['ASIDE1', sys(0, 8, 7, 2, 6), 0n],
    ['VMALLE1', sys(0, 8, 7, 0), 0n],
  ] as const) {
    test(`a page that is remapped shows other code after TLBI ${name}, ${how}`, () => {
      // The tables themselves are mapped, to be changed by the guest.
      const tables = new PageTables(TABLES);
      const space = newAddressSpace(tables);
      tables.set(space, PAGE, 3, FRAMES[0] | NORMAL | D.NON_GLOBAL | D.PAGE);
      const entry = [...tables.words].find(([, word]) => word === (FRAMES[0] | NORMAL | D.NON_GLOBAL | D.PAGE)) as [bigint, bigint];
      tables.set(space, PAGE + 0x10_0000n, 3, (entry[0] & ~0xfffn) | NORMAL | D.PAGE);
      const callOften = [0xd280_0c82, 0xd63f_0000, 0xf100_0442, 0x54ff_ffc1];
      const words = [...callOften, 0xaa01_03f3, remap, DSB, tlbi, DSB, ISB, ...callOften, SPIN];
      const emulator = translatedMachine(words, tables, space, { hotThreshold });
      FRAMES.forEach((frame, n) => write(emulator, frame, 0xd280_0001 | (n << 5), 0x1400_0002, 0xd503_201f, 0xd65f_03c0));
      emulator.writeRegister(0, 'x0', PAGE);
      emulator.writeRegister(0, 'x4', PAGE + 0x10_0000n + (entry[0] & 0xfffn));
      emulator.writeRegister(0, 'x5', descriptor);
      emulator.writeRegister(0, 'x6', operand);
      emulator.run(5000);
      assert.deepEqual(registers(emulator, 'x19', 'x1'), ['0', '1']);
    });
  }
  test(`code that is written through another address is executed anew, ${how}`, () => {
    const store = 0xb900_00a6; // str w6, [x5]
    const addresses = { x5: PAGE + 0x10_0000n, x6: 0xd280_00e1n /* mov x1, #7 */ };
    // The first store makes the page known as writable at its other address before its code is executed anew.
    assert.deepEqual(callBeforeAndAfter([store], addresses, hotThreshold), ['0', '7']);
  });
  test(`a page that was written before it was executed is watched at every address, ${how}`, () => {
    const tables = new PageTables(TABLES);
    const space = newAddressSpace(tables);
    for (const address of [PAGE, PAGE + 0x10_0000n]) tables.set(space, address, 3, FRAMES[0] | NORMAL | D.PAGE);
    const callOften = [0xd280_0c82, 0xd63f_0000, 0xf100_0442, 0x54ff_ffc1];
    const store = 0xb900_00a6;
    const words = [store, ...callOften, 0xaa01_03f3, 0xaa07_03e6 /* mov x6, x7 */, store, ...callOften, SPIN];
    const emulator = translatedMachine(words, tables, space, { hotThreshold });
    write(emulator, FRAMES[0], 0, 0xd65f_03c0);
    for (const [name, value] of Object.entries({ x0: PAGE, x5: PAGE + 0x10_0000n, x6: 0xd280_0061n, x7: 0xd280_00a1n })) {
      emulator.writeRegister(0, name, value);
    }
    emulator.run(5000);
    assert.deepEqual(registers(emulator, 'x19', 'x1'), ['3', '5']);
  });
  test(`code that runs on into a page that is remapped, ${how}`, () => {
    const tables = new PageTables(TABLES);
    const space = newAddressSpace(tables);
    tables.set(space, PAGE, 3, FRAMES[0] | NORMAL | D.PAGE);
    tables.set(space, PAGE + 0x1000n, 3, FRAMES[1] | NORMAL | D.PAGE);
    const callOften = [0xd280_0c82, 0xd63f_0000, 0xf100_0442, 0x54ff_ffc1];
    const words = [...callOften, 0xaa01_03f3, SPIN, sys(0, 8, 7, 1, 6), DSB, ISB, ...callOften, SPIN];
    const emulator = translatedMachine(words, tables, space, { hotThreshold });
    // A branch to the next page, and back.
    write(emulator, FRAMES[0] + 0xff8n, 0x1400_0003, 0xd65f_03c0);
    FRAMES.slice(1).forEach((frame, n) => write(emulator, frame, 0, 0xd280_0001 | (n << 5), 0x17ff_fffd));
    emulator.writeRegister(0, 'x0', PAGE + 0xff8n);
    emulator.run(3000);
    tables.set(space, PAGE + 0x1000n, 3, FRAMES[2] | NORMAL | D.PAGE);
    writeWords(emulator, tables.words);
    emulator.writeRegister(0, 'x6', (PAGE + 0x1000n) >> 12n);
    emulator.writeRegister(0, 'pc', CODE + 24n);
    emulator.run(3000);
    assert.deepEqual(registers(emulator, 'x19', 'x1'), ['0', '1']);
  });
}

for (const hotThreshold of [0, 2]) {
  for (const frames of [FRAMES, [FRAMES[2], FRAMES[0], FRAMES[1]]]) {
    test(`a list over pages of ${frames === FRAMES ? 'one piece' : 'scattered'} memory, ${hotThreshold ? 'translated' : 'interpreted'}`, () => {
      const tables = new PageTables(TABLES);
      const space = newAddressSpace(tables);
      const pages = frames.map((_, n) => PAGE + BigInt(n) * 0x1000n);
      pages.forEach((page, n) => tables.set(space, page, 3, frames[n] | NORMAL | D.PAGE));
      const follow = [
        0xa940_0c00, // loop: ldp x0, x3, [x0]
        0x8b03_0021, // add x1, x1, x3
        0xf100_0442, // subs x2, x2, #1
        0x54ff_ffa1, // b.ne loop
      ];
      const emulator = translatedMachine([...follow, SPIN], tables, space, { hotThreshold });
      writeWords(
        emulator,
        new Map(frames.flatMap((frame, n) => [[frame, pages[(n + 1) % 3]] as const, [frame + 8n, 1n << BigInt(16 * n)] as const])),
      );
      emulator.writeRegister(0, 'x0', PAGE);
      emulator.writeRegister(0, 'x2', 3000n);
      // The loop is left and entered again with what it has seen of the pages.
      for (let slice = 0; slice < 20; slice++) emulator.run(1000);
      assert.deepEqual(registers(emulator, 'x0', 'x1', 'x2'), [PAGE.toString(16), '3e803e803e8', '0']);
    });
  }
}

test('a breakpoint stops at its virtual address, whatever is mapped there and when', () => {
  const tables = new PageTables(TABLES);
  const [first, second] = [newAddressSpace(tables), newAddressSpace(tables)];
  tables.set(second, PAGE, 3, FRAMES[0] | NORMAL | D.PAGE);
  tables.set(first, PAGE + 0x10_0000n, 3, FRAMES[0] | NORMAL | D.PAGE);
  const words = [0xd63f_0120 /* blr x9 */, 0xd518_2003 /* msr ttbr0_el1, x3 */, ISB, 0xd63f_0000 /* blr x0 */, SPIN];
  const emulator = translatedMachine(words, tables, first);
  write(emulator, FRAMES[0], 0xd503_201f, 0xd65f_03c0);
  emulator.writeRegister(0, 'x0', PAGE);
  emulator.writeRegister(0, 'x9', PAGE + 0x10_0000n);
  emulator.writeRegister(0, 'x3', second.root);
  emulator.setBreakpoints([{ address: PAGE + 4n }]);
  assert.deepEqual(emulator.run(1000), { kind: 'breakpoint', pe: 0, pc: PAGE + 4n });
  assert.deepEqual(emulator.run(1000), { kind: 'budget' });
});

test('a branch to an address with a tag goes to the address', () => {
  const tables = new PageTables(TABLES);
  const space = newAddressSpace(tables);
  const emulator = translatedMachine([0xd61f_0000 /* br x0 */, SPIN], tables, space);
  emulator.writeRegister(0, 'TCR_EL1', (emulator.readRegister(0, 'TCR_EL1') as bigint) | (1n << 37n));
  emulator.writeRegister(0, 'x0', (CODE + 4n) | (0x5an << 56n));
  emulator.run(10);
  assert.deepEqual(registers(emulator, 'pc', 'ESR_EL1'), [(CODE + 4n).toString(16), '0']);
});

test('the debugger sees virtual memory as each exception level does, whatever its permissions', () => {
  const tables = new PageTables(TABLES);
  const space = newAddressSpace(tables);
  tables.set(space, PAGE, 3, FRAMES[0] | (NORMAL & ~D.AF) | D.READ_ONLY | D.PAGE);
  const emulator = translatedMachine([SPIN], tables, space);
  write(emulator, FRAMES[0], 0x1234_5678);
  assert.deepEqual([...emulator.readVirtual(0, PAGE, 4)], [0x78, 0x56, 0x34, 0x12]);
  assert.deepEqual([...emulator.readVirtual(0, PAGE, 4, 0)], [0x78, 0x56, 0x34, 0x12]);
  assert.equal(emulator.readVirtual(0, PAGE + 0xffcn, 8).length, 4, 'the next page is not mapped');
  assert.equal(emulator.readVirtual(0, PAGE, 4, 2).length, 0, 'EL2 does not translate');
  assert.equal(emulator.readVirtual(0, FRAMES[0], 4, 2).length, 4);
  assert.equal(emulator.writeVirtual(0, PAGE, Uint8Array.of(1)), 1);
  assert.deepEqual([...emulator.readVirtual(0, PAGE, 1)], [1]);
});

test('a vector that cannot be fetched is a lock-up', () => {
  const tables = new PageTables(TABLES);
  const space = newAddressSpace(tables);
  const emulator = translatedMachine([0xd400_0001 /* svc #0 */], tables, space);
  emulator.writeRegister(0, 'VBAR_EL1', VECTORS + 0x10_0000n);
  const stop = emulator.run(100);
  assert.equal(stop.kind, 'lockup');
});
