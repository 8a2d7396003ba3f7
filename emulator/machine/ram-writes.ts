import type { Records } from '../engine/records.ts';
import type { Tlb } from '../engine/tlb.ts';
import type { MemoryRange, PhysicalMemory } from '../memory/physical-memory.ts';
import { hostAddress } from './code-pages.ts';

/** Writes to RAM from outside the guest, and being told of those from inside: what was made of the old bytes goes. */
export class RamWrites {
  private readonly buffer: ArrayBuffer;
  private readonly memory: PhysicalMemory;
  private readonly records: Records;
  private readonly tlb: Tlb;

  constructor(buffer: ArrayBuffer, memory: PhysicalMemory, records: Records, tlb: Tlb) {
    this.buffer = buffer;
    this.memory = memory;
    this.records = records;
    this.tlb = tlb;
  }

  /** @returns how many bytes could be placed */
  write(address: number, bytes: Uint8Array): number {
    return this.fill(address, bytes.length, () => this.memory.write(address, bytes));
  }
  /** @param place writes there, and says how many bytes it has placed */
  fill(address: number, length: number, place: () => number): number {
    for (let page = address - (address % 4096); page < address + length; page += 4096) this.memory.willWrite(page);
    const written = place();
    for (let done = 0; done < written; done += 4096 - ((address + done) % 4096)) {
      this.records.invalidate(address + done, Math.min(written - done, 4096 - ((address + done) % 4096)));
    }
    return written;
  }
  /** From now on the first write to each page of RAM is told to `onWrite` before it happens. */
  watch(onWrite: (page: number) => void): void {
    this.memory.onWrite = onWrite;
    this.tlb.revokeAllWrites();
  }
  /** These need not be told of again. `pages`: 1 for each, by its number in RAM. */
  allow(pages: Uint8Array): void {
    this.tlb.allowWrites(pages);
    for (const page of this.records.pages) this.revoke(page);
  }
  /** A page has predecoded code now: whoever writes to it has to say so. */
  revoke(physicalPage: number): void {
    const range = this.memory.rangeAt(physicalPage);
    if (range) this.tlb.revokeWrites(hostAddress(range, physicalPage));
  }
  /** Brings a page of RAM back to earlier contents. Code that stays the same on it stays translated. */
  restorePage(page: number, contents: Uint8Array): void {
    const range = this.memory.rangeAt(page) as MemoryRange;
    const now = new Int32Array(this.buffer, hostAddress(range, page), 1024);
    const then = new Int32Array(contents.buffer, contents.byteOffset, 1024);
    for (let word = 0; word < 1024; word++) {
      if (now[word] === then[word]) continue;
      const first = word;
      while (word < 1024 && now[word] !== then[word]) {
        now[word] = then[word];
        word++;
      }
      this.records.invalidate(page + first * 4, (word - first) * 4);
    }
  }
}
