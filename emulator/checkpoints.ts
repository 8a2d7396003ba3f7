/** States of a machine along its run. RAM is kept as what pages held before they were first written after each of them. */
import type { Moment } from './input-log.ts';
import type { Machine } from './machine.ts';
import { type StateBesidesRam, restoreBesidesRam, saveBesidesRam } from './machine-state.ts';
import { COPIED_LOG_BYTES } from './sdei/delivery-log.ts';
import { VIRT } from './virt.ts';

export interface CheckpointOptions {
  /** Instructions between two of them; more where the guest writes so much memory that copying it would take long. */
  readonly interval: number;
  /** What all of them may use. Beyond it older ones are thinned out, and the oldest go. */
  readonly memoryBytes: number;
}

/** Where a checkpoint stands in the recording. */
export interface CheckpointMark extends Moment {
  /** Only this PE runs at present. */
  readonly onlyPe: number | undefined;
}

interface Checkpoint {
  readonly mark: CheckpointMark;
  readonly state: StateBesidesRam;
  /** Bytes that {@link state} is counted as. */
  readonly size: number;
  /** By number of the page in RAM: contents at this moment, of pages written before the next checkpoint. */
  readonly pages: Map<number, PageCopy>;
}
/** Where its bytes are in the {@link PagePool}. */
type PageCopy = number;

/** Copying a page takes about as long as a hundred to a thousand instructions: it may not take more than a small part of the run. */
const INSTRUCTIONS_PER_PAGE = 10_000;
const MANY_PAGES = 64;

const PAGE = 4096;
/** Schedule, devices and the dispatcher, roughly; a PE has 9 KB of registers. */
const STATE_BYTES = 16 << 10;
const PE_BYTES = 10 << 10;

/** Room for copies of pages, in large pieces: an array for each would cost more than the copying. */
class PagePool {
  private readonly pieces: Uint8Array[] = [];
  private readonly free: PageCopy[] = [];
  private used = 0;

  private static readonly PIECE = 256;

  keep(contents: Uint8Array): PageCopy {
    const copy = this.free.pop() ?? this.used++;
    const piece = Math.floor(copy / PagePool.PIECE);
    this.pieces[piece] ??= new Uint8Array(PagePool.PIECE * PAGE);
    this.pieces[piece].set(contents, (copy % PagePool.PIECE) * PAGE);
    return copy;
  }
  at(copy: PageCopy): Uint8Array {
    const start = (copy % PagePool.PIECE) * PAGE;
    return this.pieces[Math.floor(copy / PagePool.PIECE)].subarray(start, start + PAGE);
  }
  release(copy: PageCopy): void {
    this.free.push(copy);
  }
}

export class Checkpoints {
  private readonly machine: Machine;
  readonly options: CheckpointOptions;
  private readonly list: Checkpoint[] = [];
  /** Of each page of RAM: whether the newest checkpoint has its contents. */
  private readonly isKept: Uint8Array;
  private readonly pool = new PagePool();
  private bytes = 0;

  constructor(machine: Machine, options: CheckpointOptions) {
    this.machine = machine;
    this.options = options;
    this.isKept = new Uint8Array(machine.ram.length / PAGE);
  }

  /** Oldest first. */
  get marks(): readonly CheckpointMark[] {
    return this.list.map(({ mark }) => mark);
  }
  /** Instructions at which the next one is to be taken. */
  get nextDue(): number {
    const { mark, pages } = this.list[this.list.length - 1];
    if (this.bytes > this.options.memoryBytes) return mark.instruction;
    return mark.instruction + Math.max(this.options.interval, (pages.size - MANY_PAGES) * INSTRUCTIONS_PER_PAGE);
  }
  /** What they use, roughly. */
  get memoryBytes(): number {
    return this.bytes;
  }

  take(mark: CheckpointMark): void {
    const { machine } = this;
    const state = saveBesidesRam(machine);
    const size = STATE_BYTES + machine.pes.length * PE_BYTES + COPIED_LOG_BYTES;
    this.list.push({ mark, state, size, pages: new Map() });
    this.bytes += size;
    this.watch();
    this.thin();
  }
  private watch(): void {
    this.isKept.fill(0);
    this.machine.watchWrites((page) => this.willWrite(page));
  }
  private willWrite(physicalPage: number): void {
    const number = (physicalPage - VIRT.RAM) / PAGE;
    if (this.isKept[number] !== 0 || number < 0 || number >= this.isKept.length) return;
    this.isKept[number] = 1;
    const contents = this.machine.ram.subarray(number * PAGE, (number + 1) * PAGE);
    this.list[this.list.length - 1].pages.set(number, this.pool.keep(contents));
    this.bytes += PAGE;
  }

  /** Brings the machine back to a checkpoint, the last that `isWanted`. Later ones are forgotten. @returns its mark; absent: there is none */
  restore(isWanted: (mark: CheckpointMark) => boolean): CheckpointMark | undefined {
    const index = this.list.findLastIndex(({ mark }) => isWanted(mark));
    if (index < 0) return undefined;
    const oldest = new Map<number, PageCopy>();
    for (const { pages } of this.list.slice(index).reverse()) for (const [number, copy] of pages) oldest.set(number, copy);
    for (const [number, copy] of oldest) this.machine.restorePage(VIRT.RAM + number * PAGE, this.pool.at(copy));
    for (const later of this.list.splice(index + 1)) this.forget(later);
    const { mark, state, pages } = this.list[index];
    this.forgetPages(pages);
    restoreBesidesRam(this.machine, state);
    this.watch();
    return mark;
  }

  private thin(): void {
    while (this.bytes > this.options.memoryBytes && this.list.length > 1) {
      const index = this.leastMissed();
      if (index === undefined) this.dropOldest();
      else this.mergeIntoPrevious(index);
    }
  }
  /** The checkpoint without which the gap is smallest for its age; gaps grow no faster than in proportion to age. */
  private leastMissed(): number | undefined {
    const at = (index: number): number => this.list[index].mark.instruction;
    const now = at(this.list.length - 1);
    let best: number | undefined;
    let least = 0.5;
    for (let index = 1; index < this.list.length - 1; index++) {
      const share = (at(index + 1) - at(index - 1)) / (now - at(index - 1));
      if (share <= least) {
        least = share;
        best = index;
      }
    }
    return best;
  }
  private mergeIntoPrevious(index: number): void {
    const [{ pages, size }] = this.list.splice(index, 1);
    const previous = this.list[index - 1].pages;
    this.bytes -= size + pages.size * PAGE;
    for (const [number, copy] of pages) {
      if (previous.has(number)) this.pool.release(copy);
      else {
        previous.set(number, copy);
        this.bytes += PAGE;
      }
    }
  }
  private dropOldest(): void {
    for (const oldest of this.list.splice(0, 1)) this.forget(oldest);
  }
  private forget({ size, pages }: Checkpoint): void {
    this.bytes -= size;
    this.forgetPages(pages);
  }
  private forgetPages(pages: Map<number, PageCopy>): void {
    this.bytes -= pages.size * PAGE;
    for (const copy of pages.values()) this.pool.release(copy);
    pages.clear();
  }
}
