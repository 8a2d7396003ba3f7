import { TLB, TLB_LOG } from '../cpu-state.ts';

const ENTRY_WORDS = TLB.BYTES / 4;

/**
 * One direct-mapped array of TLB entries, with a log of what was filled since it was empty (`TLB_LOG`): slots that depend on the address
 * space, and the others. Generated code fills slots, too (`tlb-fill.ts`).
 */
export class Bank {
  private readonly words: Int32Array;
  private readonly start: number;
  private readonly entries: number;
  private readonly local: SlotLog;
  private readonly global: SlotLog;

  /** @param log address of its log */
  constructor(words: Int32Array, address: number, bytes: number, log: number) {
    this.words = words;
    this.start = address >> 2;
    this.entries = bytes / TLB.BYTES;
    this.local = new SlotLog(words, log + TLB_LOG.LOCALS, log + TLB_LOG.LOCAL);
    this.global = new SlotLog(words, log + TLB_LOG.GLOBALS, log + TLB_LOG.GLOBAL);
    // The memory is new: everything else in it is 0.
    this.clearSlot(0);
  }

  get isEmpty(): boolean {
    return this.local.count === 0 && this.global.count === 0;
  }
  /** @param pageLow, pageHigh virtual address of the page */
  insert(pageHigh: number, pageLow: number, value: number, addend: number, isLocal: boolean): void {
    const slot = (pageLow >>> 12) & (this.entries - 1);
    const at = this.start + slot * ENTRY_WORDS;
    const { words } = this;
    words[at] = pageLow;
    words[at + 1] = pageHigh;
    words[at + 2] = value;
    words[at + 3] = addend;
    (isLocal ? this.local : this.global).add(slot);
  }
  /** Third word of the entry of a page; 0: there is none. */
  find(pageHigh: number, pageLow: number): number {
    const at = this.start + ((pageLow >>> 12) & (this.entries - 1)) * ENTRY_WORDS;
    return this.words[at] === pageLow && this.words[at + 1] === pageHigh ? this.words[at + 2] : 0;
  }
  private clearSlot(slot: number): void {
    const at = this.start + slot * ENTRY_WORDS;
    // Page 0 belongs to slot 0 alone.
    const tag = slot === 0 ? -1 : 0;
    this.words[at] = tag;
    this.words[at + 1] = tag;
  }
  private clear(): void {
    this.words.fill(0, this.start, this.start + this.entries * ENTRY_WORDS);
    this.clearSlot(0);
    this.local.count = 0;
    this.global.count = 0;
  }
  private clearSlotsOf(log: SlotLog): void {
    const { count, slots } = log;
    for (let i = 0; i < count; i++) this.clearSlot(slots[i]);
    log.count = 0;
  }
  empty(): void {
    if (this.local.isIncomplete || this.global.isIncomplete) this.clear();
    else {
      this.clearSlotsOf(this.global);
      this.clearSlotsOf(this.local);
    }
  }
  emptyLocal(): void {
    if (this.local.isIncomplete) this.clear();
    else this.clearSlotsOf(this.local);
  }
  /** Forgets `count` consecutive pages, whatever the top bits of their addresses. */
  forget(pageLow: number, count: number): void {
    if (this.isEmpty) return;
    if (count >= this.entries) this.empty();
    else for (let i = 0; i < count; i++) this.clearSlot(((pageLow >>> 12) + i) & (this.entries - 1));
  }
  /** Forgets every page whose entry has this third word. */
  forgetValue(value: number): void {
    if (this.isEmpty) return;
    const { words, start, entries, local, global } = this;
    if (local.isIncomplete || global.isIncomplete) {
      for (let slot = 0; slot < entries; slot++) if (words[start + slot * ENTRY_WORDS + 2] === value) this.clearSlot(slot);
    } else {
      this.forgetValueIn(local, value);
      this.forgetValueIn(global, value);
    }
  }
  private forgetValueIn({ slots, count }: SlotLog, value: number): void {
    const { words, start } = this;
    for (let n = 0; n < count; n++) if (words[start + slots[n] * ENTRY_WORDS + 2] === value) this.clearSlot(slots[n]);
  }
}

/** Slots that were filled; beyond so many it is not known which. */
class SlotLog {
  readonly slots: Uint16Array;
  private readonly words: Int32Array;
  private readonly countAt: number;

  constructor(words: Int32Array, count: number, slots: number) {
    this.words = words;
    this.countAt = count >> 2;
    this.slots = new Uint16Array(words.buffer, slots, TLB_LOG.SLOTS);
  }
  get count(): number {
    return this.words[this.countAt];
  }
  set count(value: number) {
    this.words[this.countAt] = value;
  }
  get isIncomplete(): boolean {
    return this.count > TLB_LOG.SLOTS;
  }
  add(slot: number): void {
    const { count } = this;
    if (count < TLB_LOG.SLOTS) this.slots[count] = slot;
    if (count <= TLB_LOG.SLOTS) this.count = count + 1;
  }
}
