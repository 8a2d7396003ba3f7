import { OFFSET, RECORD, STATE } from '../cpu-state.ts';
import type { CodePage } from './engine.ts';
import { CallTargets } from './call-targets.ts';
import { FIRST_REGION } from './interpreter.ts';
import type { Records } from './records.ts';
import { formRegion } from './region-formation.ts';
import { generationOffset, translateRegion } from './region-translator.ts';
import { settleBytes } from './prepared-modules.ts';
import { buildSettle } from './settle-flags.ts';

/** A translated region that is in place. */
interface PlacedRegion {
  readonly tableIndex: number;
  /** Virtual pages with the physical pages they were on. */
  readonly pages: readonly { readonly virtual: bigint; readonly physical: number }[];
  readonly records: readonly { readonly record: number; readonly entry: number }[];
  /** The translation generation that it was last checked under. */
  readonly generation: { value: number };
  readonly isStrict: boolean;
  /** The TLB bank that it runs with; absent: any. */
  readonly tlb: number | undefined;
  readonly start: bigint;
  /** Its BLR instructions. */
  readonly callSites: readonly bigint[];
  /** Where its blocks start, and how often each has become hot since: it waits to be an entry of a region of its own. */
  readonly waits: Map<bigint, number>;
}

/** After a page's code has changed this often it is only interpreted. */
const CHANGES_BEFORE_INTERPRETING = 4;

const PAGE = 4096;

/** Code that is part of a region is hot so often, half as many branches apart, before it becomes the entry of another. */
const MOST_WAITS = 2;

/** So many calls by BLR, each through the interpreter, cost more than translating the caller once more with what it calls. */
const CALLS_BEFORE_GROWING = 100_000;

/** Regions that can exist at a time. */
const REGION_SLOTS = 1 << 15;
/** So many the table of functions has room for with the first of them. */
const FIRST_SLOTS = 64;

let settleModule: WebAssembly.Module | undefined;

/** The hot tier: which regions exist, where they are entered, and when they have to go. */
export class Regions {
  private readonly memory: WebAssembly.Memory;
  private readonly table: WebAssembly.Table;
  private readonly hostInstruction: (word: never) => number;
  private readonly hotThreshold: number;
  private readonly hasOnePe: boolean;
  private readonly records: Records;
  private readonly codePageAt: (pc: bigint) => CodePage | undefined;
  private readonly view: DataView;
  private readonly settle: () => void;
  private readonly placed = new Map<number, PlacedRegion>();
  private readonly regionsOnPage = new Map<number, Set<PlacedRegion>>();
  private readonly changesOfPage = new Map<number, number>();
  /** Code that more than one exception level or PSTATE.PAN executes: it takes its TLB bank from the register block. */
  private readonly pagesOfManyBanks = new Set<number>();
  private readonly freeSlots: number[] = [];
  private nextSlot = 0;
  private readonly callTargets: CallTargets;
  /** Stands for the mapping of these pages that holds now. */
  private generation(pages: readonly bigint[]): number {
    return this.view.getInt32(STATE + generationOffset(pages), true);
  }

  constructor(
    memory: WebAssembly.Memory,
    table: WebAssembly.Table,
    records: Records,
    codePageAt: (pc: bigint) => CodePage | undefined,
    hostInstruction: (word: never) => number,
    hotThreshold: number,
    hasOnePe: boolean,
  ) {
    this.hotThreshold = hotThreshold;
    this.hasOnePe = hasOnePe;
    this.hostInstruction = hostInstruction;
    this.memory = memory;
    this.table = table;
    this.records = records;
    this.codePageAt = codePageAt;
    this.view = new DataView(memory.buffer);
    settleModule ??= new WebAssembly.Module(settleBytes ?? buildSettle());
    this.settle = new WebAssembly.Instance(settleModule, { env: { memory } }).exports.settle as () => void;
    this.callTargets = new CallTargets(this.view, (address) =>
      this.executedWord(this.codePageAt(address & ~0xfffn), Number(address & 0xfffn)),
    );
    records.onCodeChanged = (page, why) => this.codeChanged(page, why);
  }

  private isStrict(): boolean {
    return this.view.getInt32(STATE + OFFSET.STRICT_ALIGNMENT, true) !== 0;
  }
  private tlbBank(): number {
    return this.view.getInt32(STATE + OFFSET.TLB_READ, true);
  }
  get count(): number {
    return this.placed.size;
  }

  /** Translates the region of a hot address, if there is anything to translate. */
  translate(pc: bigint): void {
    if (this.mayWait(pc)) return;
    const caller = this.callTargets.observe(pc);
    this.place(pc, caller === undefined ? 0 : CALLS_BEFORE_GROWING);
  }
  private executedWord(code: CodePage | undefined, offset: number): number | undefined {
    if (!code) return undefined;
    return this.records.decodedRecord(code.physicalPage + offset) === undefined
      ? undefined
      : this.view.getUint32(code.hostPage + offset, true);
  }
  private place(pc: bigint, callsToCount: number): void {
    const pages = new Map<number, CodePage | undefined>();
    const offset = Number(pc & 0xfffn);
    /** @param place in bytes from `pc` on */
    const pageOf = (place: number): CodePage | undefined => {
      const page = Math.floor((offset + place) / PAGE);
      let code = pages.get(page);
      if (code === undefined && !pages.has(page))
        pages.set(page, (code = this.codePageAt(BigInt.asUintN(64, (pc & ~0xfffn) + BigInt(page * PAGE)))));
      return code;
    };
    const inPage = (place: number): number => (offset + place) & (PAGE - 1);
    const region = formRegion(pc, {
      wordAt: (place) => {
        const code = pageOf(place);
        if (!code || (this.changesOfPage.get(code.physicalPage) ?? 0) >= CHANGES_BEFORE_INTERPRETING) return undefined;
        return this.executedWord(code, inPage(place));
      },
      heat: (place) => {
        const code = pageOf(place);
        const record = code && this.records.decodedRecord(code.physicalPage + inPage(place));
        if (record === undefined) return 0;
        const arrivals = this.view.getInt32(record + RECORD.COUNTER, true);
        return arrivals < 0 ? 1 : (arrivals + 1) / this.hotThreshold;
      },
      targetsOf: (site) => this.callTargets.of(site),
    });
    if (!region) return;
    const slot = this.freeSlots.pop() ?? (this.nextSlot < REGION_SLOTS ? this.nextSlot++ : undefined);
    if (slot === undefined) return;
    const tableIndex = FIRST_REGION + slot;
    // Doubled, since growing takes as long as there are functions.
    if (tableIndex === this.table.length) this.table.grow(Math.max(FIRST_SLOTS, slot));

    const isStrict = this.isStrict();
    const physicalPage = (address: bigint): number => (pageOf(Number(BigInt.asIntN(64, address - pc))) as CodePage).physicalPage;
    const isAnyBank = !this.hasOnePe || region.pages.some((page) => this.pagesOfManyBanks.has(physicalPage(page)));
    const tlb = isAnyBank ? undefined : this.tlbBank();
    const { module, entries } = translateRegion(region, this.memory.buffer.byteLength >> 16, { isStrict, tlb }, callsToCount);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), {
      env: { memory: this.memory, hostInstruction: this.hostInstruction, settle: this.settle },
    });
    const generation = exports.global as unknown as { value: number };
    generation.value = this.generation(region.pages);
    this.table.set(tableIndex, exports.region);

    const records = entries.flatMap((address, entry) => {
      const record = this.records.decodedRecord(physicalPage(address) + Number(address & 0xfffn));
      return record !== undefined && this.records.enterRegionAt(record, tableIndex, entry) ? [{ record, entry }] : [];
    });
    const placed: PlacedRegion = {
      tableIndex,
      pages: region.pages.map((virtual) => ({ virtual, physical: physicalPage(virtual) })),
      records,
      generation,
      isStrict,
      tlb,
      start: pc,
      callSites: region.blocks.flatMap(({ start, end, instructions }) =>
        end.kind === 'indirect' && !end.mayReturn ? [start + BigInt(instructions.length * 4 - 4)] : [],
      ),
      waits: new Map(region.blocks.map(({ start }) => [start, 0])),
    };
    this.placed.set(tableIndex, placed);
    for (const { physical } of placed.pages) {
      let regions = this.regionsOnPage.get(physical);
      if (!regions) this.regionsOnPage.set(physical, (regions = new Set()));
      regions.add(placed);
    }
  }

  /**
   * Whether code that became hot is part of a region already: control gets soon to where that is entered, as a rule, and what comes before is
   * cheaper interpreted than translated. It is counted on then, for a loop may be entered in its middle once and stay.
   */
  private mayWait(pc: bigint): boolean {
    const code = this.codePageAt(pc & ~0xfffn);
    const record = code && this.records.decodedRecord(code.physicalPage + Number(pc & 0xfffn));
    if (record === undefined) return false;
    for (const { waits } of this.regionsOnPage.get(code?.physicalPage as number) ?? []) {
      const waited = waits.get(pc);
      if (waited === undefined || waited === MOST_WAITS) continue;
      waits.set(pc, waited + 1);
      this.view.setInt32(record + RECORD.COUNTER, this.hotThreshold >> 1, true);
      return true;
    }
    return false;
  }

  /** Code at `pc` has been called often by BLR: becomes a part of the region that calls it. */
  growCaller(pc: bigint): void {
    const site = this.callTargets.observe(pc);
    if (site === undefined) return;
    this.callTargets.follow(site);
    const code = this.codePageAt(site & ~0xfffn);
    for (const region of this.regionsOnPage.get(code?.physicalPage ?? -1) ?? []) {
      if (!region.callSites.includes(site)) continue;
      this.drop(region);
      for (const { record } of region.records) this.view.setInt32(record + RECORD.COUNTER, this.hotThreshold >> 1, true);
      this.place(region.start, 0);
      return;
    }
  }

  /** The mapping of code may have changed since the region that stands at a record was checked: keeps it if its pages are where they were. */
  revalidate(pc: bigint): void {
    const code = this.codePageAt(pc & ~0xfffn);
    if (!code) return;
    const record = this.records.decodedRecord(code.physicalPage + Number(pc & 0xfffn));
    for (const region of this.regionsOnPage.get(code.physicalPage) ?? []) {
      if (region.tlb !== undefined && region.tlb !== this.tlbBank()) {
        if (!region.records.some((entry) => entry.record === record)) continue;
        for (const { physical } of region.pages) this.pagesOfManyBanks.add(physical);
        this.drop(region);
      } else if (
        region.isStrict === this.isStrict() &&
        region.pages.every(({ virtual, physical }) => this.codePageAt(virtual)?.physicalPage === physical)
      )
        region.generation.value = this.generation(region.pages.map(({ virtual }) => virtual));
      else this.drop(region);
    }
  }

  private codeChanged(page: number, why: 'written' | 'breakpoint'): void {
    const regions = this.regionsOnPage.get(page);
    if (!regions || regions.size === 0) return;
    if (why === 'written') this.changesOfPage.set(page, (this.changesOfPage.get(page) ?? 0) + 1);
    for (const region of regions) this.drop(region);
  }
  private drop(region: PlacedRegion): void {
    for (const { record, entry } of region.records) this.records.leaveRegionAt(record, region.tableIndex, entry);
    for (const { physical } of region.pages) this.regionsOnPage.get(physical)?.delete(region);
    this.placed.delete(region.tableIndex);
    this.table.set(region.tableIndex, null);
    this.freeSlots.push(region.tableIndex - FIRST_REGION);
  }
  /** All records are gone. */
  clear(): void {
    for (const region of [...this.placed.values()]) this.drop(region);
  }
}
