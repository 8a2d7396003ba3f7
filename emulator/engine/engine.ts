import { EXIT, FETCH, MAXIMUM_PES, OFFSET, RECORD, STATE, fetchBank } from '../cpu-state.ts';
import { FAST_RESERVE, HOT_THRESHOLD } from './cases.ts';
import { type FormTable, type Imports, provideForm } from './form-functions.ts';
import { type RunFunction, type Variant, buildInterpreter } from './interpreter.ts';
import { fillBytes, interpreterBytes } from './prepared-modules.ts';
import type { Records } from './records.ts';
import { buildFill } from './tlb-fill.ts';
import { vectorHost } from './vector-host.ts';
import { Regions } from './regions.ts';

/** Where an instruction comes from: physical page, and its bytes in the machine's memory. */
export interface CodePage {
  readonly physicalPage: number;
  readonly hostPage: number;
  /** Valid in one address space only. */
  readonly isLocal?: boolean;
  /** log2 of the size of the block that it is part of; absent: 12. */
  readonly size?: number;
}

/** Exits that the engine does not settle itself. */
export type EngineExit = 'budget' | 'breakpoint' | 'watched' | 'host' | 'fault' | 'sp-alignment' | 'pc-alignment' | 'fetch-fault';

const exits: Readonly<Record<number, EngineExit>> = {
  [EXIT.BREAKPOINT]: 'breakpoint',
  [EXIT.WATCHED]: 'watched',
  [EXIT.HOST]: 'host',
  [EXIT.FAULT]: 'fault',
  [EXIT.SP_ALIGNMENT]: 'sp-alignment',
  [EXIT.PC_ALIGNMENT]: 'pc-alignment',
};

/** Where the PC is, in 32-bit words. */
const PC_WORD = (STATE + OFFSET.PC) >> 2;

/** Compiled modules by threshold, for the machines that come after the first. */
const modules = new Map<number, WebAssembly.Module>();

interface Interpreter extends Readonly<Record<Variant, RunFunction>> {
  readonly table: WebAssembly.Table;
}

/** @returns the module, and whether it is compiled for the first time */
function interpreterModule(hotThreshold: number): [WebAssembly.Module, boolean] {
  const known = modules.get(hotThreshold);
  if (known) return [known, false];
  const prepared = hotThreshold === HOT_THRESHOLD ? interpreterBytes : undefined;
  const module = new WebAssembly.Module(prepared ?? buildInterpreter(hotThreshold));
  modules.set(hotThreshold, module);
  return [module, true];
}

let fillModule: WebAssembly.Module | undefined;

/** Runs the PE whose registers are in the current block, through both variants of the interpreter. */
export class Engine {
  private readonly fast: RunFunction;
  private readonly exact: RunFunction;
  /** The exact variant over the imports that leave devices alone, for the end of a budget: devices are only touched by single steps. */
  private readonly tail: RunFunction;
  private readonly fastForms: FormTable;
  private readonly exactForms: FormTable;
  private readonly view: DataView;
  private readonly words: Int32Array;
  private readonly pes: number;
  private readonly records: Records;
  readonly regions: Regions;
  private readonly codePageAt: (pc: bigint) => CodePage | undefined;
  /** A page is about to have decoded code: called so that the owner can revoke write permission of that page. */
  private readonly onCodePage: (physicalPage: number) => void;

  /**
   * @param codePageAt translation of an instruction address; `undefined`: it cannot be fetched from
   * @param imports host functions of each variant
   * @param hotThreshold branches to an instruction before the code there is translated; 0: never
   * @param pes how many there are; translated code may rely on being executed by one
   */
  constructor(
    memory: WebAssembly.Memory,
    records: Records,
    imports: Record<Variant, Record<string, (...values: never[]) => number>>,
    codePageAt: (pc: bigint) => CodePage | undefined,
    onCodePage: (physicalPage: number) => void,
    hotThreshold = HOT_THRESHOLD,
    pes = MAXIMUM_PES,
  ) {
    this.view = new DataView(memory.buffer);
    this.words = new Int32Array(memory.buffer);
    this.pes = pes;
    this.records = records;
    this.codePageAt = codePageAt;
    this.onCodePage = onCodePage;
    const [module, isNew] = interpreterModule(hotThreshold);
    const compute = vectorHost(memory.buffer);
    const { fill } = new WebAssembly.Instance((fillModule ??= new WebAssembly.Module(fillBytes ?? buildFill())), { env: { memory } })
      .exports as Record<'fill', () => number>;
    const environment = (variant: Variant): Imports => ({ memory, compute, fill, ...imports[variant] });
    const instantiate = (variant: Variant): Interpreter =>
      new WebAssembly.Instance(module, { env: environment(variant) }).exports as unknown as Interpreter;
    const fast = instantiate('fast');
    const exact = instantiate('exact');
    this.fast = fast.fast;
    this.tail = fast.exact;
    this.exact = exact.exact;
    this.fastForms = { table: fast.table, imports: environment('fast') };
    this.exactForms = { table: exact.table, imports: environment('exact') };
    this.regions = new Regions(memory, fast.table, records, codePageAt, imports.fast.hostInstruction, hotThreshold, pes === 1);
    this.flushFetch();
    if (isNew) this.warmUp();
  }

  /**
   * Runs NOPs, until WebAssembly's optimising compiler begins with the fast variant: in the background, while the host gets the guest
   * ready. It leaves no trace.
   */
  private warmUp(): void {
    const count = 256;
    const first = this.records.placeNops(count);
    for (let round = 0; round < 16; round++) this.fast(first, FAST_RESERVE + count, first);
    this.view.setBigUint64(STATE + OFFSET.PC, 0n, true);
    this.view.setInt32(STATE + OFFSET.EXIT, 0, true);
  }

  /** What an address whose bits 63:55 differ becomes as PC. */
  branchAddress: (pc: bigint) => bigint = (pc) => pc;
  /** Called when the records of a virtual page were entered into the fetch bank in use. */
  onFetch: (pageHigh: number, pageLow: number, records: number, code: CodePage) => void = () => {};

  /** Budget left after the last {@link run}. */
  left = 0;
  /** While the exact variant executes a single instruction for {@link run}: budget kept back from it. */
  reserved = 0;

  /**
   * Executes up to `budget` instructions of the current PE, fewer when something needs the machine. Breakpoints stop before their
   * instruction, also at the first one: step over it with {@link runExact}.
   */
  run(budget: number): EngineExit {
    this.left = budget;
    for (;;) {
      const isTail = this.left < FAST_RESERVE;
      if (isTail && this.records.hasBreakpoints) {
        if (this.left <= 0) return 'budget';
        if (this.isAtBreakpoint()) return 'breakpoint';
      } else {
        const exit = this.enter(isTail ? this.tail : this.fast, this.left);
        if (exit === undefined) continue;
        if (exit !== 'budget' || this.left <= 0) return exit;
        if (this.lastExit !== EXIT.SLOW) continue;
      }
      this.reserved = this.left - 1;
      const slow = this.runExact(1);
      this.left += this.reserved;
      this.reserved = 0;
      if (slow !== 'budget') return slow;
      if (this.left === 0 || this.yieldRequested) {
        this.yieldRequested = false;
        return 'budget';
      }
    }
  }
  /** Set by what a device access led to: {@link run} comes back after that instruction. */
  yieldRequested = false;

  private isAtBreakpoint(): boolean {
    const low = this.words[PC_WORD];
    const entry = this.fetchEntry(low);
    if (this.words[entry] === (low & ~0xfff) && this.words[entry + 1] === this.words[PC_WORD + 1] && (low & 3) === 0) {
      const stops = this.records.stopsAt(this.words[entry + FETCH.RECORDS / 4] + (low & 0xfff) * 8);
      if (stops !== undefined) return stops;
    }
    const pc = this.view.getBigUint64(STATE + OFFSET.PC, true);
    const code = this.codePageAt(pc & ~0xfffn);
    if (code === undefined) return false;
    const offset = Number(pc & 0xfffn);
    return this.records.stopsBefore(code.physicalPage + offset, this.view.getUint32(code.hostPage + offset, true));
  }

  /** The same, ignoring breakpoints, one instruction after the other. */
  runExact(budget: number): EngineExit {
    this.left = budget;
    for (;;) {
      const exit = this.enter(this.exact, this.left);
      if (exit !== undefined && (exit !== 'budget' || this.left <= 0)) return exit;
    }
  }

  private lastExit = 0;

  /** One stay in generated code. `undefined`: go on. 'budget' with budget left: the fast variant wants the exact one. */
  private enter(run: RunFunction, budget: number): EngineExit | undefined {
    const { view, words } = this;
    let low = words[PC_WORD];
    const high = words[PC_WORD + 1];
    if (low & 3) return budget > 0 ? 'pc-alignment' : 'budget';
    const top = high >> 23;
    if (top !== 0 && top !== -1) {
      const pc = view.getBigUint64(STATE + OFFSET.PC, true);
      const meant = this.branchAddress(pc);
      view.setBigUint64(STATE + OFFSET.PC, meant, true);
      if (meant !== pc) return undefined;
    }
    // What happens when the instruction here is fetched happens when it is executed.
    if (budget <= 0) return 'budget';
    const offset = low & 0xfff;
    low -= offset;
    const records = this.recordsAt(high, low);
    if (records === undefined) return 'fetch-fault';
    words[(STATE + OFFSET.RECORD_PAGE) >> 2] = records;
    words[(STATE + OFFSET.PC_PAGE) >> 2] = low;
    words[((STATE + OFFSET.PC_PAGE) >> 2) + 1] = high;
    this.left = run(records + offset * 8, budget, records);
    const exit = view.getInt32(STATE + OFFSET.EXIT, true);
    this.lastExit = exit;
    switch (exit) {
      case EXIT.BUDGET:
      case EXIT.SLOW:
        return 'budget';
      case EXIT.FETCH:
        return undefined;
      case EXIT.DECODE:
        this.decodeHere();
        return undefined;
      case EXIT.FORM:
        this.provideForm(run === this.exact ? this.exactForms : this.fastForms);
        return undefined;
      case EXIT.HOT:
        this.regions.translate(view.getBigUint64(STATE + OFFSET.PC, true));
        return undefined;
      case EXIT.REGION_CALLED:
        this.regions.growCaller(view.getBigUint64(STATE + OFFSET.PC, true));
        return undefined;
      case EXIT.REGION_STALE: {
        const at = view.getBigUint64(STATE + OFFSET.PC, true);
        this.regions.revalidate(at);
        // The page may be elsewhere without the guest having said so: it is looked up anew.
        words.fill(-1, this.fetchEntry(words[PC_WORD]), this.fetchEntry(words[PC_WORD]) + 2);
        return undefined;
      }
      case EXIT.PC_ALIGNMENT:
        return this.left > 0 ? 'pc-alignment' : 'budget';
      default:
        return exits[exit];
    }
  }

  /** Where, in 32-bit words, the fetch cache has the entry of a page. */
  private fetchEntry(pageLow: number): number {
    const { words } = this;
    return (words[(STATE + OFFSET.FETCH_BANK) >> 2] + ((pageLow >>> 12) & (FETCH.ENTRIES - 1)) * FETCH.BYTES) >> 2;
  }

  /** Address of the first record of the code page at a virtual page, through the fetch cache that generated code uses too. */
  private recordsAt(pageHigh: number, pageLow: number): number | undefined {
    const { words } = this;
    const entry = this.fetchEntry(pageLow);
    if (words[entry] === pageLow && words[entry + 1] === pageHigh) return words[entry + FETCH.RECORDS / 4];
    const code = this.codePageAt(this.view.getBigUint64(STATE + OFFSET.PC, true) & ~0xfffn);
    if (!code) return undefined;
    let records = this.records.pageRecords(code.physicalPage, code.hostPage);
    if (records === undefined) {
      this.regions.clear();
      this.records.clear();
      this.flushFetch();
      records = this.records.pageRecords(code.physicalPage, code.hostPage) as number;
    }
    words[entry] = pageLow;
    words[entry + 1] = pageHigh;
    words[entry + FETCH.RECORDS / 4] = records;
    this.onFetch(pageHigh, pageLow, records, code);
    return records;
  }

  private provideForm(forms: FormTable): void {
    const { view } = this;
    const record = view.getInt32(STATE + OFFSET.RECORD_PAGE, true) + (view.getInt32(STATE + OFFSET.PC, true) & 0xfff) * 8;
    provideForm(view.buffer.byteLength >> 16, view.getUint16(record + RECORD.ORIGINAL, true), forms);
  }

  private decodeHere(): void {
    const { words, records } = this;
    const pageRecords = words[(STATE + OFFSET.RECORD_PAGE) >> 2];
    const page = records.pageOf(pageRecords);
    if (!records.hasCode(page)) this.onCodePage(page);
    records.decodeFrom(pageRecords, words[PC_WORD] & 0xfff);
  }

  /** Forgets all instruction translations: their context changed. */
  flushFetch(): void {
    this.words.fill(-1, fetchBank(0, 0) >> 2, fetchBank(this.pes, 0) >> 2);
  }
}
