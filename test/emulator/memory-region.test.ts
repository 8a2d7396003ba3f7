/** What is around an address, beside what the same PE's accesses meet there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Emulator } from '../../emulator/emulator.ts';
import { machineWith } from '../support/machine.ts';
import { DEVICE, newAddressSpace, NORMAL, translatedMachine, writeWords } from '../support/translated-machine.ts';
import { D, PageTables } from '../system/translation-oracle/page-tables.ts';

const SPIN = 0x1400_0000;
const TABLES = 0x4020_0000n;
const PAGE = 0x1000_0000n;

/** `start-end rwx name`; `-`: not mapped. */
function regionOf(emulator: Emulator, address: bigint): string {
  const { start, end, mapped } = emulator.memoryRegion(0, address);
  assert.ok(start <= address && address < end);
  const { read, write, execute, name } = mapped ?? {};
  const what = mapped === undefined ? '-' : `${read ? 'r' : '-'}${write ? 'w' : '-'}${execute ? 'x' : '-'} ${name}`;
  return `${start.toString(16)}-${end.toString(16)} ${what}`;
}
/** All of them, from 0 to the end of the address space. */
function regionsOf(emulator: Emulator, most = 100): string[] {
  const all: string[] = [];
  for (let address = 0n; address < 1n << 64n; address = emulator.memoryRegion(0, address).end) {
    all.push(regionOf(emulator, address));
    assert.ok(all.length < most, all.join('\n'));
  }
  return all;
}

/** QEMU's `virt` board. */
const physicalMap = [
  '0-4000000 -',
  '4000000-4010000 r-x hyp-stub ROM',
  '4010000-8000000 -',
  '8000000-8010000 rw- GICv3 distributor',
  '8010000-80a0000 -',
  '80a0000-80c0000 rw- GICv3 redistributors',
  '80c0000-9000000 -',
  '9000000-9001000 rw- PL011',
  '9001000-9010000 -',
  '9010000-9011000 rw- PL031',
  '9011000-40000000 -',
  '40000000-41000000 rwx RAM',
  '41000000-10000000000000000 -',
];

test('without translation it is the physical map', () => {
  assert.deepEqual(regionsOf(machineWith([SPIN])), physicalMap);
});

test('an address within a region is told the same bounds, and where it is physically', () => {
  const emulator = machineWith([SPIN]);
  for (const address of [0x4000_0000n, 0x4012_3457n, 0x40ff_ffffn]) {
    const { start, end, mapped } = emulator.memoryRegion(0, address);
    assert.deepEqual([start, end, mapped?.physical], [0x4000_0000n, 0x4100_0000n, Number(address)]);
  }
});

/** Pages from {@link PAGE} on, which are memory from 0x40400000 on in another order. */
const pages: readonly (bigint | undefined)[] = [
  0x4040_0000n | NORMAL,
  0x4040_5000n | NORMAL,
  0x4040_2000n | NORMAL | D.READ_ONLY,
  0x4040_3000n | NORMAL | D.READ_ONLY | D.PXN,
  undefined,
  0x4040_4000n | NORMAL | D.USER,
  0x0900_0000n | DEVICE | D.PXN | D.UXN,
  0x0a00_0000n | DEVICE,
];
function tablesWith(more: (tables: PageTables, space: ReturnType<typeof newAddressSpace>) => void = () => {}) {
  const tables = new PageTables(TABLES);
  const space = newAddressSpace(tables);
  for (const [index, page] of pages.entries()) {
    if (page !== undefined) tables.set(space, PAGE + BigInt(index) * 0x1000n, 3, page | D.PAGE);
  }
  more(tables, space);
  return { tables, space };
}
const code = ['40100000-40102000 rwx RAM', '40102000-40180000 -', '40180000-40181000 rwx RAM'];
const lower = [
  '0-10000000 -',
  '10000000-10002000 rwx RAM',
  '10002000-10003000 r-x RAM',
  '10003000-10004000 r-- RAM',
  '10004000-10005000 -',
  '10005000-10006000 rw- RAM',
  '10006000-10007000 rw- PL011',
  '10007000-40100000 -',
  ...code,
];

test('by translation tables at EL1: pages of the same permissions, gaps as large as their tables, and the hole between the two ranges', () => {
  const { tables, space } = tablesWith((tables, space) => {
    // 2 MB and 1 GB at once.
    tables.set(space, 0x8000_0000n, 1, 0x4000_0000n | NORMAL | D.READ_ONLY | D.BLOCK);
  });
  const emulator = translatedMachine([SPIN], tables, space);
  assert.deepEqual(regionsOf(emulator), [
    ...lower,
    '40181000-80000000 -',
    // The block is larger than the RAM behind it.
    '80000000-81000000 r-x RAM',
    '81000000-10000000000000000 -',
  ]);
});

test('addresses of TTBR1_EL1, at the end of the address space', () => {
  const { tables, space } = tablesWith();
  const upper = { root: tables.allocate(12), granule: 12, inputSize: 48, startLevel: 0 };
  tables.set(upper, 0xffff_ffff_ffff_f000n, 3, 0x4040_6000n | NORMAL | D.UXN | D.PAGE);
  const emulator = translatedMachine([SPIN], tables, space);
  emulator.writeRegister(0, 'TTBR1_EL1', upper.root);
  writeWords(emulator, tables.words);
  assert.deepEqual(regionsOf(emulator), [...lower, '40181000-fffffffffffff000 -', 'fffffffffffff000-10000000000000000 rwx RAM']);
  // TCR_EL1.EPD1: nothing is walked there.
  emulator.writeRegister(0, 'TCR_EL1', (emulator.readRegister(0, 'TCR_EL1') as bigint) | (1n << 23n));
  assert.equal(regionsOf(emulator).at(-1), '40181000-10000000000000000 -');
});

test('EL0 has what it may do', () => {
  const { tables, space } = tablesWith();
  const emulator = translatedMachine([SPIN], tables, space);
  emulator.writeRegister(0, 'pstate', 0x3c0n);
  assert.equal(regionOf(emulator, PAGE), '10000000-10004000 --x RAM');
  assert.equal(regionOf(emulator, PAGE + 0x5000n), '10005000-10006000 rwx RAM');
});

test('stage 2 takes permissions and pages away', () => {
  const { tables, space } = tablesWith();
  const stage2 = { root: tables.allocate(12, 2n), granule: 12, inputSize: 40, startLevel: 1 };
  const attributes = D.s2Attr(15) | D.INNER_SHAREABLE | D.AF | D.S2_READ;
  tables.set(stage2, 0x4000_0000n, 2, 0x4000_0000n | attributes | D.S2_WRITE | D.BLOCK);
  tables.set(stage2, 0x4020_0000n, 2, 0x4020_0000n | attributes | D.S2_WRITE | D.BLOCK);
  tables.set(stage2, 0x4040_0000n, 3, 0x4040_0000n | attributes | D.UXN | D.PAGE);
  const emulator = translatedMachine([SPIN], tables, space);
  writeWords(emulator, tables.words);
  for (const [name, value] of [
    ['VTTBR_EL2', stage2.root],
    ['VTCR_EL2', (2n << 16n) | (3n << 12n) | (1n << 6n) | 24n],
    ['HCR_EL2', 0x8000_0001n],
  ] as const)
    emulator.writeRegister(0, name, value);
  assert.deepEqual(regionsOf(emulator), [
    '0-10000000 -',
    '10000000-10001000 r-- RAM',
    '10001000-40100000 -',
    ...code,
    '40181000-10000000000000000 -',
  ]);
});

test('a region of very many pages is cut off, and goes on where it was', () => {
  const { tables, space } = tablesWith((tables, space) => {
    for (let at = 0n; at < 0x300_0000n; at += 0x1000n) tables.set(space, 0x2000_0000n + at, 3, 0x4050_0000n | NORMAL | D.PAGE);
  });
  const emulator = translatedMachine([SPIN], tables, space);
  const { start, end } = emulator.memoryRegion(0, 0x2100_0000n);
  assert.deepEqual([start, end], [0x2000_0000n, 0x2200_1000n]);
  assert.equal(regionOf(emulator, end), '21001000-23000000 rwx RAM');
});
