import type { PhysicalMemory } from '../memory/physical-memory.ts';

/** Memory whose accesses stop a run. */
export interface MemoryWatchpoint {
  readonly kind: 'memory';
  /** Physical, whatever addresses they are accessed by. */
  readonly ranges: readonly { readonly address: number; readonly length: number }[];
  /** change: a write that leaves other bytes there than before. */
  readonly access: 'read' | 'write' | 'readWrite' | 'change';
  /** before: the instruction has not been executed, as with the architecture's watchpoints; absent: it has. */
  readonly stops?: 'before';
}

/** An access to what a watchpoint watches. */
export interface WatchedAccess {
  /** Index of the watchpoint. */
  readonly watchpoint: number;
  readonly access: 'read' | 'write';
  /** Physical. */
  readonly address: number;
  readonly size: number;
}
interface Note extends WatchedAccess {
  readonly before: Uint8Array;
}

const PAGE = 4096;

/**
 * Watched pages are not entered into the TLB, so every access to them comes to the host and is looked at there. An instruction that meets a
 * watchpoint has not begun then; the machine executes it once more, taking notes, and compares.
 */
export class MemoryWatch {
  private readonly memory: PhysicalMemory;
  private watchpoints: readonly (MemoryWatchpoint | undefined)[] = [];
  private readonly pagesRead = new Set<number>();
  private readonly pagesWritten = new Set<number>();
  private notes: Note[] = [];
  private met: WatchedAccess | undefined;
  isActive = false;
  /** Whether some stop before their instruction. */
  stopsBefore = false;
  /** While true, accesses are noted and nothing has to wait. */
  isNoting = false;

  constructor(memory: PhysicalMemory) {
    this.memory = memory;
  }

  /** @param watchpoints absent ones only keep their index. The TLB is to be flushed after this */
  set(watchpoints: readonly (MemoryWatchpoint | undefined)[]): void {
    this.watchpoints = watchpoints;
    const present = watchpoints.filter((one) => one !== undefined);
    this.isActive = present.length > 0;
    this.stopsBefore = present.some(({ stops }) => stops === 'before');
    this.notes = [];
    this.pagesRead.clear();
    this.pagesWritten.clear();
    for (const { ranges, access } of present) {
      for (const { address, length } of ranges) {
        for (let page = address - (address % PAGE); page < address + length; page += PAGE) {
          this.pagesWritten.add(page);
          if (access === 'read' || access === 'readWrite') this.pagesRead.add(page);
        }
      }
    }
  }

  /** Whether generated code may not do such accesses to a page by itself. */
  forbids(page: number, isWrite: boolean): boolean {
    return (isWrite ? this.pagesWritten : this.pagesRead).has(page);
  }

  /** An access is about to be made. @returns whether its instruction has to wait */
  meets(address: number, size: number, isRead: boolean, isWrite: boolean): boolean {
    this.met = undefined;
    for (const [index, watchpoint] of this.watchpoints.entries()) {
      if (!watchpoint?.ranges.some((range) => address < range.address + range.length && address + size > range.address)) continue;
      const { access } = watchpoint;
      const counts = access === 'readWrite' || (access === 'read' ? isRead : isWrite);
      if (!counts) continue;
      const found: WatchedAccess = { watchpoint: index, access: access === 'read' || !isWrite ? 'read' : 'write', address, size };
      if (this.isNoting) this.notes.push({ ...found, before: this.memory.read(address, size).slice() });
      else if (this.met === undefined || watchpoint.stops === 'before') this.met = found;
    }
    return this.met !== undefined;
  }
  /** Notes a write that cannot wait any more. */
  noteAnyway(address: number, size: number): void {
    const { isNoting } = this;
    this.isNoting = true;
    this.meets(address, size, false, true);
    this.isNoting = isNoting;
  }
  /** Of the instruction that has to wait: the access of a watchpoint that stops before it. */
  get metBefore(): WatchedAccess | undefined {
    return this.met !== undefined && this.watchpoints[this.met.watchpoint]?.stops === 'before' ? this.met : undefined;
  }

  get hasNotes(): boolean {
    return this.notes.length > 0;
  }
  /** Ends taking notes. @param isDone whether the instruction was executed. @returns what it did, once for each watchpoint that stops after it */
  takeNotes(isDone: boolean): readonly WatchedAccess[] {
    const { notes } = this;
    this.isNoting = false;
    this.notes = [];
    if (!isDone) return [];
    const seen = new Set<number>();
    return notes.filter((note) => {
      const watchpoint = this.watchpoints[note.watchpoint];
      if (watchpoint === undefined || watchpoint.stops === 'before' || seen.has(note.watchpoint)) return false;
      if (watchpoint.access === 'change' && !this.hasChanged(note)) return false;
      seen.add(note.watchpoint);
      return true;
    });
  }
  private hasChanged({ address, size, before }: Note): boolean {
    const after = this.memory.read(address, size);
    return before.length === 0 || before.some((byte, index) => byte !== after[index]);
  }
}
