import { RECORD_PAGE_BYTES, recordArea } from './cpu-state.ts';
import { hypStubAddress } from './hyp-stub/hyp-stub.generated.ts';
import type { MemoryRange } from './memory/physical-memory.ts';

/** The memory map of QEMU's `virt` board: the same ELF runs in both. */
export const VIRT = {
  /** Second flash bank: here a ROM with the hyp-stub. */
  ROM: { base: Number(hypStubAddress), size: 0x1_0000 },
  GIC_DISTRIBUTOR: { base: 0x0800_0000, size: 0x1_0000 },
  GIC_REDISTRIBUTORS: { base: 0x080a_0000, size: 0x00f6_0000 },
  UART: { base: 0x0900_0000, size: 0x1000, intid: 33 },
  RTC: { base: 0x0901_0000, size: 0x1000, intid: 34 },
  /** Private, of each PE's performance monitors. */
  PMU: { intid: 23 },
  RAM: 0x4000_0000,
} as const;

/** Room for predecoded code: 4 K pages of guest code. */
const RECORD_BYTES = 4096 * RECORD_PAGE_BYTES;
const WASM_PAGE = 0x1_0000;

export interface MemoryLayout {
  /** In 64 KiB pages. */
  readonly totalPages: number;
  readonly records: { readonly area: number; readonly bytes: number };
  /** Addresses of a byte for each page of RAM. */
  readonly pages: { readonly readablePages: number; readonly writablePages: number };
  /** RAM first. */
  readonly ranges: readonly MemoryRange[];
}

const alignUp = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment;

/** Where records, ROM and RAM go in the machine's WebAssembly memory. */
export function layOutMemory(pes: number, ramBytes: number): MemoryLayout {
  const area = recordArea(pes);
  const readablePages = area + RECORD_BYTES;
  const writablePages = readablePages + ramBytes / 4096;
  const rom = alignUp(writablePages + ramBytes / 4096, WASM_PAGE);
  const ram = alignUp(rom + VIRT.ROM.size, WASM_PAGE);
  return {
    totalPages: (ram + ramBytes) / WASM_PAGE,
    records: { area, bytes: RECORD_BYTES },
    pages: { readablePages, writablePages },
    ranges: [
      { name: 'RAM', base: VIRT.RAM, size: ramBytes, host: ram, writable: true },
      { name: 'hyp-stub ROM', base: VIRT.ROM.base, size: VIRT.ROM.size, host: rom, writable: false },
    ],
  };
}
