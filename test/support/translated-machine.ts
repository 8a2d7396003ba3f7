import type { Emulator, MachineConfiguration } from '../../emulator/emulator.ts';
import { D, type AddressSpace, PageTables } from '../system/translation-oracle/page-tables.ts';
import { CODE, machineWith } from './machine.ts';

export const NORMAL = D.attr(0) | D.INNER_SHAREABLE | D.AF;
/** MAIR index 1. */
export const DEVICE = D.attr(1) | D.AF;
/** Where exceptions to EL1 lead: X1 = -1 in a loop. */
export const VECTORS = 0x4018_0000n;

/** A 4 KB, 48-bit address space for TTBR0_EL1, in which the code at {@link CODE} and the vectors are where they are without translation. */
export function newAddressSpace(tables: PageTables): AddressSpace {
  const space: AddressSpace = { root: tables.allocate(12), granule: 12, inputSize: 48, startLevel: 0 };
  for (const page of [CODE, CODE + 0x1000n, VECTORS]) tables.set(space, page, 3, page | NORMAL | D.PAGE);
  return space;
}

export function writeWords(emulator: Emulator, words: ReadonlyMap<bigint, bigint>): void {
  const bytes = new DataView(new ArrayBuffer(8));
  for (const [address, word] of words) {
    bytes.setBigUint64(0, word, true);
    emulator.writePhysical(address, new Uint8Array(bytes.buffer));
  }
}

/** A machine at EL1 with the words at {@link CODE}, translation on, T0SZ = T1SZ = 16, 16-bit ASIDs. */
export function translatedMachine(
  words: readonly number[],
  tables: PageTables,
  space: AddressSpace,
  changes: Partial<MachineConfiguration> = {},
): Emulator {
  const emulator = machineWith(words, changes);
  writeWords(emulator, tables.words);
  const vector = new Uint32Array([0x9280_0001 /* mov x1, #-1 */, 0x1400_0000 /* b . */]);
  for (const offset of [0x200n, 0x400n]) emulator.writePhysical(VECTORS + offset, new Uint8Array(vector.buffer));
  for (const [name, value] of [
    ['VBAR_EL1', VECTORS],
    ['MAIR_EL1', 0x04ffn],
    ['TCR_EL1', 16n | (16n << 16n) | (2n << 30n) | (2n << 32n) | (1n << 36n)],
    ['TTBR0_EL1', space.root],
    ['SCTLR_EL1', 0x30d5_0999n | (1n << 2n)],
  ] as const)
    emulator.writeRegister(0, name, value);
  return emulator;
}
