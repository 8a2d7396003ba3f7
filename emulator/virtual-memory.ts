import type { PhysicalMemory } from './memory/physical-memory.ts';
import type { Pe } from './pe.ts';
import { translateAddress } from './system/mmu.ts';
import { regimesOf } from './system/translation-regimes.ts';

const PAGE = 4096;

export interface PhysicalRange {
  readonly address: number;
  readonly length: number;
}

/**
 * Walks [address, address + length) page by page, as a debugger sees virtual memory: permissions do not count, devices are not touched.
 * @param onChunk gets a physical address and how many bytes are left on its page; @returns how many of them it took
 * @returns bytes taken; the walk ends at the first page that takes less
 */
function walk(
  memory: PhysicalMemory,
  pe: Pe,
  address: bigint,
  length: number,
  el: number,
  onChunk: (physical: number, done: number, count: number) => number,
): number {
  let done = 0;
  while (done < length) {
    const at = BigInt.asUintN(64, address + BigInt(done));
    const translation = translateAddress(regimesOf(pe), memory, Number(at >> 32n) | 0, Number(at & 0xffff_ffffn) | 0, 'any', el, 0);
    if (translation.kind === 'fault') break;
    const offset = Number(at & 0xfffn);
    const count = Math.min(length - done, PAGE - offset);
    const taken = onChunk(translation.physicalPage + offset, done, count);
    done += taken;
    if (taken < count) break;
  }
  return done;
}

/** Bytes of a PE's virtual memory as it would translate at exception level `el`; fewer where memory ends. */
export function readVirtual(memory: PhysicalMemory, pe: Pe, address: bigint, length: number, el: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const done = walk(memory, pe, address, length, el, (physical, at, count) => {
    const chunk = memory.read(physical, count);
    bytes.set(chunk, at);
    return chunk.length;
  });
  return done === length ? bytes : bytes.subarray(0, done);
}

/** Where a virtual range is, in order; what is not mapped is left out. */
export function physicalRanges(memory: PhysicalMemory, pe: Pe, address: bigint, length: number, el: number): readonly PhysicalRange[] {
  const ranges: PhysicalRange[] = [];
  for (let done = 0; done < length; ) {
    const begin = address + BigInt(done);
    const onPage = Math.min(length - done, PAGE - Number(begin & 0xfffn));
    walk(memory, pe, begin, onPage, el, (physical, _at, count) => {
      const last = ranges.at(-1);
      if (last !== undefined && last.address + last.length === physical)
        ranges[ranges.length - 1] = { ...last, length: last.length + count };
      else ranges.push({ address: physical, length: count });
      return count;
    });
    done += onPage;
  }
  return ranges;
}

/** @param write stores bytes at a physical address. @returns bytes written */
export function writeVirtual(
  memory: PhysicalMemory,
  write: (physical: number, bytes: Uint8Array) => number,
  pe: Pe,
  address: bigint,
  bytes: Uint8Array,
  el: number,
): number {
  return walk(memory, pe, address, bytes.length, el, (physical, at, count) => write(physical, bytes.subarray(at, at + count)));
}
