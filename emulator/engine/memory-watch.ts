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

/** A range of a watchpoint, ready to be compared with accesses. */
interface Piece {
  readonly begin: number;
  readonly end: number;
  readonly watchpoint: number;
  readonly access: MemoryWatchpoint['access'];
  readonly stopsBefore: boolean;
}

const PAGE = 4096;
const NOTHING: readonly WatchedAccess[] = [];

/**
 * Watched pages are not entered into the TLB, so every access to them comes to the host and is looked at there. An instruction that meets a
 * watchpoint has not begun then; the machine executes it once more, taking notes, and compares.
 */
export class MemoryWatch {
  private readonly memory: PhysicalMemory;
  private watchpoints: readonly (MemoryWatchpoint | undefined)[] = [];
  private pieces: readonly Piece[] = [];
  private readonly pagesRead = new Set<number>();
  private readonly pagesWritten = new Set<number>();
  private notes: Note[] = [];
  private met: WatchedAccess | undefined;
  isActive = false;
  /** Whether some stop before their instruction. */
  stopsBefore = false;
  /** While true, accesses are noted, and only those have to wait that a watchpoint stops before. */
  isNoting = false;
  /** While true, these have been told of and do not wait any more. */
  isPassing = false;

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
    this.pieces = watchpoints.flatMap((one, watchpoint) =>
      (one?.ranges ?? []).map(({ address, length }) => ({
        begin: address,
        end: address + length,
        watchpoint,
        access: one?.access ?? 'change',
        stopsBefore: one?.stops === 'before',
      })),
    );
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
    for (let index = 0; index < this.pieces.length; index++) {
      const { begin, end, watchpoint, access, stopsBefore } = this.pieces[index];
      if (address >= end || address + size <= begin || !(access === 'readWrite' || (access === 'read' ? isRead : isWrite))) continue;
      if (stopsBefore && this.isPassing) continue;
      const kind = access === 'read' || !isWrite ? 'read' : 'write';
      if (this.isNoting && !stopsBefore)
        this.notes.push({ watchpoint, access: kind, address, size, before: this.memory.read(address, size) });
      else if (this.met === undefined || stopsBefore) this.met = { watchpoint, access: kind, address, size };
    }
    return this.met !== undefined;
  }
  /** Notes an access that cannot wait any more. */
  noteAnyway(address: number, size: number, access: 'read' | 'write' = 'write'): void {
    const { isNoting } = this;
    this.isNoting = true;
    this.meets(address, size, access === 'read', access === 'write');
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
    this.isNoting = false;
    if (this.notes.length === 0) return NOTHING;
    const { notes } = this;
    this.notes = [];
    if (!isDone) return NOTHING;
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
