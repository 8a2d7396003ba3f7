import { OFFSET, STATE } from '../cpu-state.ts';
import type { CodePage } from '../engine/engine.ts';
import { formulaModule } from '../engine/formula-module.ts';
import type { Records } from '../engine/records.ts';
import type { WrittenState } from '../engine/writers.ts';
import type { Formula } from '../formula.ts';
import type { MemoryRange, PhysicalMemory } from '../memory/physical-memory.ts';
import type { Pe } from '../pe.ts';
import { type Translation, isTopByteIgnored, translateAddress } from '../system/mmu.ts';
import { regimesOf } from '../system/translation-regimes.ts';
import { high, low } from './words.ts';

export interface MachineBreakpoint {
  readonly address: bigint;
  /** Only this PE; absent: any. */
  readonly pe?: number;
  /** Reached by whatever virtual address. Absent: the address is virtual. */
  readonly isPhysical?: boolean;
  /** Where this is 0 there is no breakpoint. Absent: always one. */
  readonly condition?: Formula;
}

/** Where a page of RAM or ROM is in the machine's memory. */
export const hostAddress = ({ host, base }: MemoryRange, physicalAddress: number): number => host + (physicalAddress - base);

/** Code as PEs see it: the page that an instruction address leads to, and the breakpoints there. */
export class CodePages {
  private readonly pes: readonly Pe[];
  private readonly memory: PhysicalMemory;
  private readonly words: DataView;
  private readonly records: Records;
  /** Virtual addresses are meant whatever maps them. */
  breakpoints: readonly MachineBreakpoint[] = [];
  private conditions = new Map<MachineBreakpoint['condition'], () => number>();
  private readonly machineMemory: WebAssembly.Memory;
  private readonly runningPe: () => Pe;
  /** The data page that conditions have looked at last. */
  private readonly lastPage = { low: -1, high: 0, pe: 0, el: 0, generation: 0, host: -1 };

  constructor(
    pes: readonly Pe[],
    memory: PhysicalMemory,
    machineMemory: WebAssembly.Memory,
    view: DataView,
    records: Records,
    runningPe: () => Pe,
  ) {
    this.runningPe = runningPe;
    this.machineMemory = machineMemory;
    this.pes = pes;
    this.memory = memory;
    this.words = view;
    this.records = records;
  }

  translate(pe: Pe, address: bigint, access: 'execute' | 'any', el: number): Translation {
    return translateAddress(regimesOf(pe), this.memory, high(address), low(address), access, el, 0);
  }
  /** `undefined`: nothing can be fetched from there. */
  at(pe: Pe, pc: bigint, el: number = pe.state.exceptionLevel): CodePage | undefined {
    const translation = this.translate(pe, pc, 'execute', el);
    if (translation.kind === 'fault') return undefined;
    const { physicalPage, nonGlobal, size } = translation;
    const range = this.memory.rangeAt(physicalPage);
    if (!range) return undefined;
    const isLocal = nonGlobal || (pc >> 55n) % 2n === 0n;
    return { physicalPage, hostPage: hostAddress(range, physicalPage), isLocal, size };
  }
  /** The instruction at an address; `undefined`: it cannot be fetched. */
  instruction(pe: Pe, pc: bigint = pe.pc, el: number = pe.state.exceptionLevel): number | undefined {
    const code = this.at(pe, pc, el);
    return code && this.words.getUint32(code.hostPage + Number(pc & 0xffcn), true);
  }

  /** The same as {@link at}; an address with a breakpoint, wherever it turns out to be, is marked there. */
  atMarked(pe: Pe, pc: bigint): CodePage | undefined {
    const code = this.at(pe, pc);
    if (code === undefined) return undefined;
    this.records.coverage?.fetched(pc & ~0xfffn, code.physicalPage);
    if (this.breakpoints.length > 0) this.mark(pc & ~0xfffn, code.physicalPage);
    return code;
  }
  private mark(page: bigint, physicalPage: number): void {
    for (const { address, isPhysical } of this.breakpoints) {
      if (!isPhysical && (address & ~0xfffn) === page) this.records.addBreakpoint(physicalPage + Number(address & 0xfffn));
    }
  }
  /** Replaces all. Pages that are mapped later are marked when they are fetched from: fetch translations must be forgotten. */
  setBreakpoints(breakpoints: readonly MachineBreakpoint[]): void {
    this.breakpoints = breakpoints;
    const conditions = new Map<MachineBreakpoint['condition'], () => number>();
    for (const { condition } of breakpoints)
      if (condition) conditions.set(condition, this.conditions.get(condition) ?? this.compiled(condition));
    this.conditions = conditions;
    this.forgetDataPage();
    const physical = new Set<number>();
    for (const { address, isPhysical } of breakpoints) {
      if (isPhysical) {
        physical.add(Number(address));
        continue;
      }
      for (const pe of this.pes) {
        for (const el of [0, 1, 2]) {
          const translation = this.translate(pe, address, 'any', el);
          if (translation.kind === 'page') physical.add(translation.physicalPage + Number(address & 0xfffn));
        }
      }
    }
    this.records.setBreakpoints(physical, breakpoints.length > 0);
  }
  /** Instructions that may write such state come to the machine one by one. */
  watchWrites(state: WrittenState | undefined): void {
    this.records.watchWrites(state);
  }
  hasBreakpointAt(pe: Pe): boolean {
    return this.breakpoints.some(
      ({ address, pe: only, isPhysical }) =>
        (only === undefined || only === pe.index) && address === (isPhysical ? this.physicalAddress(pe, pe.pc) : pe.pc),
    );
  }
  /** At a breakpoint of the running PE: all are meant for others, or have a condition that says that there is none. */
  passes(pe: Pe): boolean {
    const { pc } = pe;
    for (const { address, pe: only, isPhysical, condition } of this.breakpoints) {
      if (only !== undefined && only !== pe.index) continue;
      if (address !== (isPhysical ? this.physicalAddress(pe, pc) : pc)) continue;
      if (condition === undefined || this.conditions.get(condition)?.() !== 0) return false;
    }
    return true;
  }
  /** Whether the instruction at hand may write what is watched: what it has changed must be looked at. */
  mayWriteWatched(pe: Pe): boolean {
    return this.records.isWatchingWrites && this.records.mayWriteWatched(this.instruction(pe) ?? 0);
  }
  /** Translations may have changed. */
  forgetDataPage(): void {
    this.lastPage.low = -1;
  }
  private compiled(condition: Formula): () => number {
    const module = new WebAssembly.Module(formulaModule(condition, this.machineMemory.buffer.byteLength >> 16));
    const find = (low: number, high: number, size: number): number => this.find(low, high, size);
    return new WebAssembly.Instance(module, { env: { memory: this.machineMemory, find } }).exports.holds as () => number;
  }
  /** Where in the machine's memory a virtual range of the running PE is; -1: not in one page of RAM or ROM. */
  private find(low: number, high: number, size: number): number {
    const offset = low & 0xfff;
    if (offset + size > 4096) return -1;
    const { lastPage, words } = this;
    const page = low - offset;
    const generation = words.getInt32(STATE + OFFSET.TRANSLATION_GENERATION, true);
    const { index, state } = this.runningPe();
    const isSame = lastPage.low === page && lastPage.high === high && lastPage.generation === generation;
    if (!isSame || lastPage.pe !== index || lastPage.el !== state.exceptionLevel) {
      const { exceptionLevel: el } = state;
      const translation = translateAddress(regimesOf(this.pes[index]), this.memory, high, page, 'any', el, 0);
      const range = translation.kind === 'page' ? this.memory.rangeAt(translation.physicalPage) : undefined;
      if (translation.kind !== 'page' || !range) return -1;
      Object.assign(lastPage, { low: page, high, generation, pe: index, el, host: hostAddress(range, translation.physicalPage) });
    }
    return lastPage.host + offset;
  }
  /** Where a PE would fetch the instruction at a virtual address from; `undefined`: it could not. */
  physicalAddress(pe: Pe, address: bigint): bigint | undefined {
    const code = this.at(pe, address);
    return code && BigInt(code.physicalPage) + (address & 0xfffn);
  }
}

/** AArch64.BranchAddr: where top bytes are ignored, the PC has none. */
export function branchAddress(pe: Pe, pc: bigint): bigint {
  const stage = regimesOf(pe).stageOne(pe.state.exceptionLevel);
  if (!isTopByteIgnored(stage, high(pc))) return pc;
  return stage.upper ? BigInt.asUintN(64, BigInt.asIntN(56, pc)) : pc & 0xff_ffff_ffff_ffffn;
}
