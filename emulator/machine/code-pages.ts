import type { CodePage } from '../engine/engine.ts';
import type { Records } from '../engine/records.ts';
import type { WrittenState } from '../engine/writers.ts';
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

  constructor(pes: readonly Pe[], memory: PhysicalMemory, view: DataView, records: Records) {
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
    if (code && this.breakpoints.length > 0) this.mark(pc & ~0xfffn, code.physicalPage);
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
