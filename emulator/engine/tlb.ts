import { FETCH, FETCH_BANK_BYTES, OFFSET, TLB, TLB_BANK_BYTES, TLB_CONTEXTS, fetchBank, fetchLog, tlbBank, tlbLog } from '../cpu-state.ts';
import type { Pe } from '../pe.ts';
import { type RegimeIndex, regimesOf } from '../system/translation-regimes.ts';
import { Bank } from './tlb-bank.ts';
import { FillParameters, type FillableRam } from './tlb-fill-parameters.ts';

/** Index in {@link TLB_CONTEXTS} for an access of an exception level; PSTATE.PAN does not bind EL0. */
export const contextOf = (el: number, pan: number): number => (el === 0 ? 0 : el * 2 - 1 + pan);
const levelOf = (context: number): number => (context + 1) >> 1;

const PAGES_OF_A_BANK = TLB.ENTRIES;

/** What is cached of one PE's translations. */
interface PeBanks {
  /** By context: for reads, for writes. */
  readonly data: readonly { readonly read: Bank; readonly write: Bank }[];
  /** By exception level. */
  readonly fetch: readonly Bank[];
  /** Of each exception level: the regime whose translations its banks hold, and which versions of it. */
  readonly filledFor: { regime: RegimeIndex; all: number; local: number }[];
  /** Blocks that entries come from: by log2 of the size, the bases (VA[47:12] * 2 + VA[55]). */
  readonly blocks: Map<number, Set<number>>;
  /** By regime: numbers of the mappings in force, and what they were found for. */
  readonly mapping: Readonly<Record<RegimeIndex, { epoch: number; all: number; local: number; whole: number; upper: number }>>;
}

const UPPER_HALF = 1 << 23;
const NOT_FOUND = { epoch: -1, all: 0, local: 0, whole: 0, upper: 0 };

/**
 * Translations as generated code uses them, 4 KB pages each: direct-mapped banks in the machine's memory, for each PE, exception level,
 * PSTATE.PAN and kind of access. They are a cache of translation table walks: they may forget at any time, and must when the guest says so
 * or when the registers change that they were made under.
 */
export class Tlb {
  private readonly banks: readonly PeBanks[];
  /** By page of RAM: 1 where a read entry, and where a write entry may exist. Generated code goes by these. */
  private readonly mayBeRead: Uint8Array;
  private readonly mayBeWritten: Uint8Array;
  private readonly ram: FillableRam;
  private readonly fill: FillParameters;
  /** Numbers of the mappings that translated code may have been made under, by {@link TranslationRegimes.mappingKey}. */
  private readonly mappings = new Map<string, number>();
  private nextMapping = 1;
  /** What {@link select} found for other modes of the PEs does not hold any more. */
  onMappingChange: () => void = () => {};
  /** Counts changes of the tables that code is mapped by. */
  private epoch = 0;
  /** Virtual pages that were executed: VA[47:12] * 2 + VA[55]. */
  private readonly codePages = new Set<number>();
  /** Whether code in the upper range was mapped by a non-global entry. */
  private hasLocalUpperCode = false;

  private readonly pes: readonly Pe[];
  /** For taking a 64-bit value apart. */
  private readonly wide = new BigUint64Array(1);
  private readonly halves = new Int32Array(this.wide.buffer);

  constructor(memory: ArrayBuffer, pes: readonly Pe[], ram: FillableRam) {
    const words = new Int32Array(memory);
    this.pes = pes;
    this.ram = ram;
    this.mayBeRead = new Uint8Array(memory, ram.readablePages, ram.size / 4096);
    this.mayBeWritten = new Uint8Array(memory, ram.writablePages, ram.size / 4096);
    this.fill = new FillParameters(memory, pes.length, ram);
    this.banks = pes.map((_, pe) => ({
      data: TLB_CONTEXTS.map((_name, context) => ({
        read: new Bank(words, tlbBank(pe, context, false), TLB_BANK_BYTES, tlbLog(pes.length, pe, context, false)),
        write: new Bank(words, tlbBank(pe, context, true), TLB_BANK_BYTES, tlbLog(pes.length, pe, context, true)),
      })),
      fetch: [0, 1, 2].map((el) => new Bank(words, fetchBank(pe, el), FETCH_BANK_BYTES, fetchLog(pes.length, pe, el))),
      filledFor: [0, 1, 2].map(() => ({ regime: 1, all: -1, local: -1 })),
      blocks: new Map(),
      mapping: { 1: { ...NOT_FOUND }, 2: { ...NOT_FOUND } },
    }));
  }

  /** Remembers where the data of a virtual page is. `size`: log2 of the block that it is part of. */
  insertData(
    pe: number,
    context: number,
    isWrite: boolean,
    high: number,
    low: number,
    hostPage: number,
    isLocal: boolean,
    size: number,
  ): void {
    const banks = this.banks[pe];
    if (size > 12) {
      this.noteBlock(banks, high, low, size);
      this.fill.noteBlock(pe, high, low, size);
    }
    const { read, write } = banks.data[context];
    // A page of ROM is outside of the array.
    this.allow(hostPage, isWrite);
    const pageLow = low & ~0xfff;
    (isWrite ? write : read).insert(high, pageLow, hostPage, (hostPage - pageLow) | 0, isLocal);
  }
  insertFetch(pe: number, el: number, high: number, low: number, records: number, isLocal: boolean, size: number): void {
    const banks = this.banks[pe];
    if (size > 12) this.noteBlock(banks, high, low, size);
    banks.fetch[el].insert(high, low & ~0xfff, records, 0, isLocal);
    this.codePages.add(blockBase(high, low, 12));
    if (isLocal && (high & UPPER_HALF) !== 0 && !this.hasLocalUpperCode) {
      this.hasLocalUpperCode = true;
      this.codeMappingChanged();
    }
  }
  /** Address of the records of a code page; 0: not known. */
  findFetch(pe: number, el: number, high: number, low: number): number {
    return this.banks[pe].fetch[el].find(high, low & ~0xfff);
  }
  private noteBlock({ blocks }: PeBanks, high: number, low: number, size: number): void {
    let bases = blocks.get(size);
    if (!bases) blocks.set(size, (bases = new Set()));
    bases.add(blockBase(high, low, size));
  }

  /** The register block's pointers follow exception level, PAN and UAO; what other registers made stale goes. */
  select(pe: Pe): void {
    const { exceptionLevel: el, pan, uao } = pe.state;
    this.bringUpToDate(pe, el);
    const context = contextOf(el, pan);
    pe.setField(OFFSET.TLB_READ, tlbBank(pe.index, context, false));
    pe.setField(OFFSET.TLB_WRITE, tlbBank(pe.index, context, true));
    const isLikeEl0 = uao === 0 && (el === 1 || (el === 2 && regimesOf(pe).isHost));
    if (isLikeEl0) this.bringUpToDate(pe, 0);
    const unprivileged = isLikeEl0 ? 0 : context;
    pe.setField(OFFSET.TLB_READ_UNPRIVILEGED, tlbBank(pe.index, unprivileged, false));
    pe.setField(OFFSET.TLB_WRITE_UNPRIVILEGED, tlbBank(pe.index, unprivileged, true));
    pe.setField(OFFSET.FETCH_BANK, fetchBank(pe.index, el));
    this.showMapping(pe);
  }
  /** Tells generated code under which mapping it runs. */
  private showMapping(pe: Pe): void {
    const regimes = regimesOf(pe);
    const regime = regimes.indexFor(pe.state.exceptionLevel);
    // A state that was restored may be at a level where this machine has never been.
    const { isStrict } = regimes.stageOne(pe.state.exceptionLevel);
    const { all, local } = regimes.versions[regime];
    const shown = this.banks[pe.index].mapping[regime];
    if (shown.epoch !== this.epoch || shown.all !== all || shown.local !== local) {
      shown.epoch = this.epoch;
      shown.all = all;
      shown.local = local;
      shown.whole = this.mappingNumber(regimes.mappingKey(regime, false));
      shown.upper = this.hasLocalUpperCode ? shown.whole : this.mappingNumber(regimes.mappingKey(regime, true));
    }
    pe.setField(OFFSET.TRANSLATION_GENERATION, shown.whole);
    pe.setField(OFFSET.UPPER_TRANSLATION_GENERATION, shown.upper);
    pe.setField(OFFSET.STRICT_ALIGNMENT, isStrict ? 1 : 0);
  }
  private mappingNumber(key: string): number {
    if (key === '') return 0;
    let number = this.mappings.get(key);
    if (number === undefined) {
      number = this.nextMapping++;
      this.mappings.set(key, number);
    }
    return number;
  }
  /** Code may be mapped differently from now on. */
  private codeMappingChanged(): void {
    this.mappings.clear();
    this.epoch += 1;
    for (const pe of this.pes) this.showMapping(pe);
    this.onMappingChange();
  }
  private bringUpToDate(pe: Pe, el: number): void {
    const regimes = regimesOf(pe);
    const regime = regimes.indexFor(el);
    regimes.refresh(regime);
    const { all, local } = regimes.versions[regime];
    const banks = this.banks[pe.index];
    const filled = banks.filledFor[el];
    if (filled.regime !== regime || filled.all !== all) this.emptyLevel(banks, el, false);
    else if (filled.local !== local) this.emptyLevel(banks, el, true);
    else return;
    filled.regime = regime;
    filled.all = all;
    filled.local = local;
    TLB_CONTEXTS.forEach((_name, context) => {
      if (levelOf(context) === el) this.fill.describe(pe.index, context, regimes.stageOne(el));
    });
  }
  private emptyLevel(banks: PeBanks, el: number, isLocal: boolean): void {
    banks.data.forEach(({ read, write }, context) => {
      if (levelOf(context) !== el) return;
      for (const bank of [read, write]) {
        if (isLocal) bank.emptyLocal();
        else bank.empty();
      }
    });
    if (isLocal) banks.fetch[el].emptyLocal();
    else banks.fetch[el].empty();
  }

  /** Forgets everything of a PE, or of every PE. */
  flush(pe?: number): void {
    this.each(pe, (banks, index) => {
      for (let el = 0; el < 3; el++) this.emptyLevel(banks, el, false);
      banks.blocks.clear();
      this.fill.forgetBlocks(index);
    });
    this.codeMappingChanged();
  }
  /** As {@link flush}, since other pages may be entered from now on. */
  forgetPermissions(): void {
    this.mayBeRead.fill(0);
    this.mayBeWritten.fill(0);
    this.flush();
  }
  /** Forgets what belongs to address spaces. */
  flushLocal(pe?: number): void {
    this.each(pe, (banks) => {
      for (let el = 0; el < 3; el++) this.emptyLevel(banks, el, true);
    });
    this.codeMappingChanged();
  }
  /** Forgets one page or the block that it is part of, in every regime. `page`: VA[55:12] in bits 43:0 */
  flushPage(page: bigint, pe?: number): void {
    this.wide[0] = page;
    const { 0: pageLow, 1: pageHigh } = this.halves;
    const low = pageLow << 12;
    const high = ((pageHigh << 12) | (pageLow >>> 20)) & 0xff_ffff;
    let mayBeCode = this.codePages.has(blockBase(high, low, 12));
    this.each(pe, (banks, index) => {
      forget(banks, low, 1);
      banks.blocks.forEach((bases, size) => {
        if (!bases.delete(blockBase(high, low, size))) return;
        this.fill.forgetBlocks(index);
        forget(banks, low & -(2 ** size), Math.min(2 ** (size - 12), PAGES_OF_A_BANK));
        mayBeCode = true;
      });
    });
    if (mayBeCode) this.codeMappingChanged();
  }
  /** A page holds code now, or is to be watched: writes to it ask the host, whatever address they use. */
  revokeWrites(hostPage: number): void {
    const page = (hostPage - this.ram.host) / 4096;
    if (!this.mayBeWritten[page]) return;
    this.mayBeWritten[page] = 0;
    for (const { data } of this.banks) for (const { write } of data) write.forgetValue(hostPage);
  }

  /** Entries may be made for a page of RAM from now on, by generated code, too. */
  allow(hostPage: number, isWrite: boolean): void {
    (isWrite ? this.mayBeWritten : this.mayBeRead)[(hostPage - this.ram.host) / 4096] = 1;
  }
  /** The same for writes to many pages. `pages`: 1 for each of them, by its number in RAM. */
  allowWrites(pages: Uint8Array): void {
    this.mayBeWritten.set(pages);
  }

  /** As {@link revokeWrites}, for every page. */
  revokeAllWrites(): void {
    this.mayBeWritten.fill(0);
    for (const { data } of this.banks) for (const { write } of data) if (!write.isEmpty) write.empty();
  }

  private each(pe: number | undefined, visit: (banks: PeBanks, index: number) => void): void {
    this.banks.forEach((banks, index) => {
      if (pe === undefined || pe === index) visit(banks, index);
    });
  }
}

function forget(banks: PeBanks, low: number, count: number): void {
  for (const { read, write } of banks.data) {
    read.forget(low, count);
    write.forget(low, count);
  }
  for (const bank of banks.fetch) bank.forget(low, count);
}

/** Identifies the block of a virtual address: VA[47:size] and VA[55]. */
function blockBase(high: number, low: number, size: number): number {
  const page = (high & 0xffff) * 2 ** 20 + ((low & -(2 ** size)) >>> 12);
  return page * 2 + ((high & UPPER_HALF) !== 0 ? 1 : 0);
}

/** Fetch banks have the same shape as data banks. */
if (FETCH.BYTES !== TLB.BYTES || FETCH.RECORDS !== TLB.HOST) throw new Error('fetch banks and data banks differ in shape');
