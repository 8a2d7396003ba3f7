import type { MemoryWatch } from '../engine/memory-watch.ts';
import type { PhysicalMemory } from '../memory/physical-memory.ts';
import type { Pe } from '../pe.ts';
import { EPOCH_SECONDS } from '../devices/pl031.ts';
import type { Pl011 } from '../devices/pl011.ts';
import type { SemihostingHost } from '../semihosting/semihosting-host.ts';
import { physicalRanges, readVirtual, writeVirtual } from '../virtual-memory.ts';
import type { InterruptLines } from './interrupt-lines.ts';
import type { RamWrites } from './ram-writes.ts';
import type { Stops } from './stops.ts';
import type { Turns } from './turns.ts';

interface PortParts {
  readonly pes: readonly Pe[];
  readonly memory: PhysicalMemory;
  readonly memoryWatch: MemoryWatch;
  readonly ramWrites: RamWrites;
  readonly uart: Pl011;
  readonly turns: Turns;
  readonly lines: InterruptLines;
  readonly stops: Stops;
}

/** A class, since an accessor in an object literal makes the whole object slow. */
export class SemihostingPort implements SemihostingHost {
  private readonly parts: PortParts;

  constructor(parts: PortParts) {
    this.parts = parts;
  }

  get time(): number {
    return this.parts.turns.clock;
  }
  get seconds(): number {
    return EPOCH_SECONDS + Math.floor(this.time / 1e9);
  }
  get ram(): { readonly base: number; readonly size: number } {
    return this.parts.memory.ram;
  }
  private levelOf(pe: number): number {
    return this.parts.pes[pe].state.exceptionLevel;
  }
  private rangesOf(pe: number, address: bigint, length: number): ReturnType<typeof physicalRanges> {
    return physicalRanges(this.parts.memory, this.parts.pes[pe], address, length, this.levelOf(pe));
  }

  read(pe: number, address: bigint, length: number): Uint8Array {
    const { memory, pes } = this.parts;
    return readVirtual(memory, pes[pe], address, length, this.levelOf(pe));
  }
  isWritable(pe: number, address: bigint, length: number): boolean {
    const { memory } = this.parts;
    const inRam = this.rangesOf(pe, address, length).filter((range) => memory.rangeAt(range.address)?.writable);
    return inRam.reduce((sum, range) => sum + range.length, 0) === length;
  }
  write(pe: number, address: bigint, bytes: Uint8Array): void {
    const { memory, pes, ramWrites } = this.parts;
    this.note(pe, address, bytes.length, 'write');
    writeVirtual(memory, (physical, part) => ramWrites.write(physical, part), pes[pe], address, bytes, this.levelOf(pe));
  }
  noteRead(pe: number, address: bigint, length: number): void {
    this.note(pe, address, length, 'read');
  }
  /** What is watched is accessed as by an instruction that cannot wait. */
  private note(pe: number, address: bigint, length: number, access: 'read' | 'write'): void {
    const { memoryWatch } = this.parts;
    if (!memoryWatch.isActive) return;
    for (const range of this.rangesOf(pe, address, length)) memoryWatch.noteAnyway(range.address, range.length, access);
  }

  print(bytes: Uint8Array): void {
    this.parts.uart.print(bytes);
  }
  get typed(): number {
    return this.parts.uart.typed;
  }
  takeTyped(most: number): Uint8Array {
    this.parts.lines.haveChanged = true;
    return this.parts.uart.takeTyped(most);
  }
  exit(pe: number, status: number, operation: string, reason?: string): void {
    this.parts.stops.push({ kind: 'exit', pe, status, operation, ...(reason !== undefined && { reason }) });
  }
}
