/** States of a machine along its run. RAM is kept as what pages held before they were first written after each of them. */
import type { Moment } from './input-log.ts';
import type { Machine } from './machine.ts';
import { type StateBesidesRam, isUntouched, registersOf, restoreBesidesRam, saveBesidesRam, sharedState } from './machine-state.ts';
import { COPIED_LOG_BYTES } from './sdei/delivery-log.ts';
import { VIRT } from './virt.ts';

export interface CheckpointOptions {
  /** Instructions between two of them; more where the guest writes so much memory that copying it would slow it down. */
  readonly interval: number;
  /**
   * What all of them may use. Beyond it older ones are thinned out, and the oldest go; the last goes too, where the guest writes more than this
   * before the next one is worth taking.
   */
  readonly memoryBytes: number;
  /** Notes are taken of how the run begins, so that another machine can take it over. Absent: none. */
  readonly notesBeginning?: boolean;
  /** The host's clock, for what copying costs; absent: a guest of 1000 million instructions a second. */
  readonly milliseconds?: () => number;
}

/** Where a checkpoint stands in the recording. */
export interface CheckpointMark extends Moment {
  /** Only this PE runs at present. */
  readonly onlyPe: number | undefined;
  /** Instructions that each PE has retired: one that has not gone on since another checkpoint has executed nothing in between. */
  readonly retired: readonly number[];
  /** Of each PE: the same as at another checkpoint if its registers have never been others in between. */
  readonly touched: readonly number[];
}

/** RAM at a checkpoint: at least what has been written since the first one. */
export interface ChangedRam {
  /** Numbers of pages in RAM, ascending. */
  readonly pages: Int32Array;
  /** Their contents, each 4096 bytes, in the same order; to be read before the machine runs on. */
  contents(): Generator<Uint8Array>;
}

interface Checkpoint {
  readonly mark: CheckpointMark;
  /** Registers that are the same are shared with neighbours. */
  readonly state: StateBesidesRam;
  /** Bytes that {@link state} is counted as, besides registers. */
  readonly size: number;
  /** Contents at this moment, of pages written before the next checkpoint. */
  readonly pages: PageCopies;
  /** How many of them are copies. */
  copied: number;
  /** How many copies are not too many, as far as known. */
  allowed: number;
  /** By the clock of {@link CheckpointOptions}. */
  readonly takenAt: number;
}
/** Where its bytes are in the {@link PagePool}, or {@link ZEROS}. */
type PageCopy = number;
/** A page that had never been written. */
const ZEROS: PageCopy = -1;

/** What copying a page takes at most, in milliseconds: most of it is the host giving new memory. */
const COPYING = 0.003;
/** How much of the run it may take. */
const SHARE = 0.03;
/** Always allowed. */
const FEW_PAGES = 64;
/** A checkpoint that was not worth its copies is tried again when so many times as much has been run since the one before. */
const RETRY = 4;
/** What taking one costs besides copying, in milliseconds. */
const TAKING = 0.3;
/** How much of the run those may take that are taken early, since memory is short. */
const EARLY_SHARE = 0.15;
/** One that has this share of all memory is followed by another early: when it has to go, that one is left. */
const LARGE_SHARE = 0.25;
/** In milliseconds: rather than that going back takes longer, the run may. */
const LONGEST_WAY_BACK = 1000;

const PAGE = 4096;
/** Schedule, devices and the dispatcher, roughly; and of a PE, besides its registers. */
const STATE_BYTES = 16 << 10;
const PE_BYTES = 1 << 10;

/** Of what was typed at the console and is not read yet: of a large file that is pasted, each checkpoint has the rest. */
const TYPED_BYTES = 8;

/** What a checkpoint is counted as besides its registers and pages. */
const bytesOfState = ({ pes, uart, sdei }: Machine): number =>
  STATE_BYTES + pes.length * PE_BYTES + (sdei.deliveryCount() > 0 ? COPIED_LOG_BYTES : 0) + uart.typed * TYPED_BYTES;
const bytesOfRegisters = (state: StateBesidesRam): number => registersOf(state).reduce((sum, { byteLength }) => sum + byteLength, 0);

/** Arrays that several checkpoints may have: how many do. */
class SharedArrays {
  private readonly owners = new Map<ArrayBufferView, number>();

  /** @returns bytes that are new */
  add(arrays: readonly ArrayBufferView[]): number {
    let bytes = 0;
    for (const array of arrays) {
      const count = this.owners.get(array) ?? 0;
      if (count === 0) bytes += array.byteLength;
      this.owners.set(array, count + 1);
    }
    return bytes;
  }
  /** @returns bytes that nobody has any more */
  remove(arrays: readonly ArrayBufferView[]): number {
    let bytes = 0;
    for (const array of arrays) {
      const count = (this.owners.get(array) as number) - 1;
      if (count > 0) this.owners.set(array, count);
      else {
        this.owners.delete(array);
        bytes += array.byteLength;
      }
    }
    return bytes;
  }
}

/** Room for copies of pages, in large pieces: an array for each would cost more than the copying. */
class PagePool {
  private readonly pieces: Uint8Array[] = [];
  private readonly free: PageCopy[] = [];
  private used = 0;
  private readonly zeros = new Uint8Array(PAGE);

  private static readonly PIECE = 256;

  keep(contents: Uint8Array): PageCopy {
    const copy = this.free.pop() ?? this.used++;
    const piece = Math.floor(copy / PagePool.PIECE);
    this.pieces[piece] ??= new Uint8Array(PagePool.PIECE * PAGE);
    this.pieces[piece].set(contents, (copy % PagePool.PIECE) * PAGE);
    return copy;
  }
  at(copy: PageCopy): Uint8Array {
    if (copy === ZEROS) return this.zeros;
    const start = (copy % PagePool.PIECE) * PAGE;
    return this.pieces[Math.floor(copy / PagePool.PIECE)].subarray(start, start + PAGE);
  }
  release(copy: PageCopy): void {
    if (copy !== ZEROS) this.free.push(copy);
  }
}

/** Copies by number of the page in RAM, each page once. Arrays, since a guest may write ten thousand pages in a millisecond. */
class PageCopies {
  private numbers = new Int32Array(64);
  private copies = new Int32Array(64);
  private count = 0;

  add(number: number, copy: PageCopy): void {
    if (this.count === this.numbers.length) {
      this.numbers = grown(this.numbers);
      this.copies = grown(this.copies);
    }
    this.numbers[this.count] = number;
    this.copies[this.count++] = copy;
  }
  forEach(visit: (number: number, copy: PageCopy) => void): void {
    for (let n = 0; n < this.count; n++) visit(this.numbers[n], this.copies[n]);
  }
  /** Puts 1 at the place of each page. */
  mark(marks: Uint8Array): void {
    for (let n = 0; n < this.count; n++) marks[this.numbers[n]] = 1;
  }
  clear(): void {
    this.numbers = new Int32Array(64);
    this.copies = new Int32Array(64);
    this.count = 0;
  }
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

export class Checkpoints {
  private readonly machine: Machine;
  readonly options: CheckpointOptions;
  private readonly list: Checkpoint[] = [];
  /** Of each page of RAM: whether the newest checkpoint has its contents. */
  private readonly isKept: Uint8Array;
  /** Room for notes on pages of RAM. */
  private readonly noted: Uint8Array;
  private readonly pool = new PagePool();
  private readonly registers = new SharedArrays();
  private bytes = 0;
  /** The first one is gone: what was written before the oldest that is left is not on record. */
  private isFirstGone = false;
  private readonly milliseconds: () => number;
  /** Instructions from the newest one to the next. */
  private spacing: number;
  /** The last one that was taken, whatever has become of it. */
  private last = { instruction: 0, takenAt: 0, copied: 0 };
  /** Memory was once too short for the changes of one interval. */
  isTooSmall = false;

  /** @throws RangeError if the options leave no room or no instruction between two checkpoints, so that a run would only take them */
  constructor(machine: Machine, options: CheckpointOptions) {
    // Events may have been delivered by the time of a later one.
    const least =
      bytesOfState(machine) + bytesOfRegisters(saveBesidesRam(machine)) + (machine.sdei.deliveryCount() > 0 ? 0 : COPIED_LOG_BYTES);
    if (!(options.memoryBytes >= least))
      throw new RangeError(`"memoryBytes" is ${options.memoryBytes}, and one checkpoint of this machine takes ${least}. Give more.`);
    if (!(options.interval >= 1)) throw new RangeError(`"interval" is ${options.interval}, expected 1 instruction or more.`);
    this.machine = machine;
    this.options = options;
    this.spacing = options.interval;
    this.milliseconds = options.milliseconds ?? (() => machine.instructions / 1e6);
    this.isKept = new Uint8Array(machine.ram.length / PAGE);
    this.noted = new Uint8Array(machine.ram.length / PAGE);
  }

  /** Oldest first. */
  get marks(): readonly CheckpointMark[] {
    return this.list.map(({ mark }) => mark);
  }
  /** The guest has written too much: there is no way back. */
  get isEmpty(): boolean {
    return this.list.length === 0;
  }
  /**
   * Instructions at which the next one is to be taken; not after now: at once.
   * @param isRepeated what happens has happened before: it is no reason for the oldest to go
   */
  nextDue(isRepeated: boolean): number {
    const { instruction } = this.list.at(-1)?.mark ?? this.last;
    return !isRepeated && this.isMissed && this.isAffordable ? instruction : instruction + this.spacing;
  }
  /** Memory is short for what has been written since the newest, and no other reason speaks against another one. */
  private get isMissed(): boolean {
    const { interval, memoryBytes } = this.options;
    const newest = this.list.at(-1);
    return newest === undefined || (this.spacing <= interval && newest.copied * PAGE > memoryBytes * LARGE_SHARE);
  }
  /** Another one now, for which as much will be copied as for the last, takes no more than its share of the run. */
  private get isAffordable(): boolean {
    const { takenAt, copied } = this.last;
    return (this.milliseconds() - takenAt) * EARLY_SHARE >= TAKING + copied * COPYING;
  }
  /** To be called now and then while no other is taken: they use no more than they may. @param isRepeated as of {@link nextDue} */
  trim(isRepeated: boolean): void {
    if (isRepeated) return;
    this.thin(false);
    // While nothing has been copied for it, this would not let any memory go.
    if (this.isFull && this.list.length === 1 && this.list[0].copied > 0) this.dropOldest();
  }
  private get isFull(): boolean {
    return this.bytes > this.options.memoryBytes;
  }
  /** What they use, roughly. */
  get memoryBytes(): number {
    return this.bytes;
  }

  /** @param isRepeated as of {@link nextDue}: rather than the oldest, this one goes */
  take(at: Moment, onlyPe: number | undefined, isRepeated: boolean): CheckpointMark {
    const { machine } = this;
    const newest = this.list.at(-1);
    const saved = saveBesidesRam(machine);
    const state = newest === undefined ? saved : sharedState(newest.state, saved);
    const mark = { ...at, onlyPe, retired: state.pes.map(({ retired }) => retired), touched: this.touchedBy(state, at) };
    const size = bytesOfState(machine);
    this.list.push({ mark, state, size, pages: new PageCopies(), copied: 0, allowed: FEW_PAGES, takenAt: this.milliseconds() });
    this.last = { instruction: at.instruction, takenAt: this.milliseconds(), copied: 0 };
    this.spacing = Math.max(this.options.interval, Math.ceil(this.spacing / RETRY));
    this.bytes += size + this.registers.add(registersOf(state));
    this.watch();
    this.thin(isRepeated);
    return mark;
  }
  /**
   * What has executed nothing since the newest checkpoint, and is as it was then, has been so all the time: what others can do to a PE's
   * registers (a dispatch, a reset) only its own instructions or an input undo.
   */
  private touchedBy({ pes }: StateBesidesRam, { inputs }: Moment): number[] {
    const newest = this.list.at(-1);
    return pes.map((pe, n) => {
      if (newest === undefined) return 0;
      const isSame = inputs === newest.mark.inputs && isUntouched(newest.state.pes[n], pe);
      return newest.mark.touched[n] + (isSame ? 0 : 1);
    });
  }
  private watch(): void {
    this.isKept.fill(0);
    this.machine.watchWrites((page) => this.willWrite(page));
  }
  private willWrite(physicalPage: number): void {
    const number = (physicalPage - VIRT.RAM) / PAGE;
    const newest = this.list.at(-1);
    if (newest === undefined || this.isKept[number] !== 0 || number < 0 || number >= this.isKept.length) return;
    this.isKept[number] = 1;
    if (!this.machine.memory.wasWritten(physicalPage)) {
      newest.pages.add(number, ZEROS);
      return;
    }
    const contents = this.machine.ram.subarray(number * PAGE, (number + 1) * PAGE);
    newest.pages.add(number, this.pool.keep(contents));
    newest.copied += 1;
    this.last.copied += 1;
    this.bytes += PAGE;
    if (newest.copied > newest.allowed) this.reconsider(newest);
  }
  /** Many pages have been copied for a checkpoint: is it worth that? */
  private reconsider(newest: Checkpoint): void {
    const index = this.list.length - 1;
    const elapsed = index === 0 ? Number.POSITIVE_INFINITY : this.milliseconds() - this.list[index - 1].takenAt;
    newest.allowed = elapsed > LONGEST_WAY_BACK ? Number.POSITIVE_INFINITY : FEW_PAGES + (elapsed * SHARE) / COPYING;
    if (newest.copied > newest.allowed) this.giveUpNewest();
  }
  private giveUpNewest(): void {
    const index = this.list.length - 1;
    this.mergeIntoPrevious(index);
    const previous = this.list[index - 1];
    this.isKept.fill(0);
    previous.pages.mark(this.isKept);
    this.machine.allowWrites(this.isKept);
    this.spacing = RETRY * (this.machine.instructions - previous.mark.instruction);
  }

  has(isWanted: (mark: CheckpointMark) => boolean): boolean {
    return this.list.some(({ mark }) => isWanted(mark));
  }
  /** Of the last checkpoint that `isWanted`. @returns absent: there is none */
  imageOf(isWanted: (mark: CheckpointMark) => boolean): { readonly state: StateBesidesRam; readonly ram: ChangedRam } | undefined {
    const index = this.list.findLastIndex(({ mark }) => isWanted(mark));
    if (index < 0) return undefined;
    const changed = new Uint8Array(this.noted.length);
    if (this.isFirstGone) this.markEverWritten(changed);
    else for (const { pages } of this.list.slice(0, index)) pages.mark(changed);
    const copyOf = new Map<number, PageCopy>();
    for (const { pages } of this.list.slice(index)) pages.forEach((number, copy) => void (copyOf.has(number) || copyOf.set(number, copy)));
    const pages = Int32Array.from([...changed.keys()].filter((number) => changed[number] === 1));
    const { machine, pool } = this;
    const contents = function* (): Generator<Uint8Array> {
      for (const number of pages) {
        const copy = copyOf.get(number);
        yield copy === undefined ? machine.ram.subarray(number * PAGE, (number + 1) * PAGE) : pool.at(copy);
      }
    };
    return { state: this.list[index].state, ram: { pages, contents } };
  }

  private markEverWritten(marks: Uint8Array): void {
    for (let number = 0; number < marks.length; number++) if (this.machine.memory.wasWritten(VIRT.RAM + number * PAGE)) marks[number] = 1;
  }

  /** Brings the machine back to a checkpoint, the last that `isWanted`. Later ones are forgotten. @returns its mark; absent: there is none */
  restore(isWanted: (mark: CheckpointMark) => boolean): CheckpointMark | undefined {
    const index = this.list.findLastIndex(({ mark }) => isWanted(mark));
    if (index < 0) return undefined;
    const { noted: isRestored } = this;
    isRestored.fill(0);
    for (const { pages } of this.list.slice(index)) {
      pages.forEach((number, copy) => {
        if (isRestored[number] !== 0) return;
        isRestored[number] = 1;
        const page = VIRT.RAM + number * PAGE;
        this.machine.restorePage(page, this.pool.at(copy));
        if (copy === ZEROS) this.machine.memory.forgetWritten(page);
      });
    }
    for (const later of this.list.splice(index + 1)) this.forget(later);
    const { mark, state } = this.list[index];
    this.forgetPages(this.list[index]);
    restoreBesidesRam(this.machine, state);
    this.last = { instruction: mark.instruction, takenAt: this.milliseconds(), copied: 0 };
    this.watch();
    return mark;
  }

  private thin(isRepeated: boolean): void {
    while (this.isFull && this.list.length > 1) {
      const index = this.leastMissed();
      if (index !== undefined) this.mergeIntoPrevious(index);
      else if (isRepeated) return this.giveUpNewest();
      else this.dropOldest();
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
    const [{ pages, size, state, copied }] = this.list.splice(index, 1);
    const previous = this.list[index - 1];
    this.bytes -= size + this.registers.remove(registersOf(state)) + copied * PAGE;
    const { noted: isKept } = this;
    isKept.fill(0);
    previous.pages.mark(isKept);
    pages.forEach((number, copy) => {
      if (isKept[number] !== 0) {
        this.pool.release(copy);
        return;
      }
      previous.pages.add(number, copy);
      if (copy === ZEROS) return;
      previous.copied += 1;
      this.bytes += PAGE;
    });
  }
  private dropOldest(): void {
    this.isFirstGone = true;
    for (const oldest of this.list.splice(0, 1)) this.forget(oldest);
    const from = this.list.at(0)?.mark.instruction ?? Number.POSITIVE_INFINITY;
    if (this.machine.instructions - from < this.options.interval) this.isTooSmall = true;
  }
  private forget(checkpoint: Checkpoint): void {
    this.bytes -= checkpoint.size + this.registers.remove(registersOf(checkpoint.state));
    this.forgetPages(checkpoint);
  }
  private forgetPages(checkpoint: Checkpoint): void {
    this.bytes -= checkpoint.copied * PAGE;
    checkpoint.pages.forEach((_number, copy) => this.pool.release(copy));
    checkpoint.pages.clear();
    checkpoint.copied = 0;
  }
}
