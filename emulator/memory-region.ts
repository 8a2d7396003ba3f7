/** What a PE would find around a virtual address: where its translation and the physical map stay the same. For debuggers; nothing is touched. */
import type { PhysicalMemory } from './memory/physical-memory.ts';
import type { Pe } from './pe.ts';
import { PHYSICAL_ADDRESS_BITS } from './system/features.ts';
import { type AccessType, HOW, rangeOf, secondStageWalk, translateAddress, type TranslationFault } from './system/mmu.ts';
import { type AddressRange, regimesOf, type StageTwo, type TranslationRegimes } from './system/translation-regimes.ts';
import { LEVEL_FAULT, translationTableWalk, type WalkParameters } from './system/translation-table-walk.ts';

export interface MemoryRegion {
  /** Virtual addresses, half-open; `end` may be 2^64. A region of very many pages is cut off. */
  readonly start: bigint;
  readonly end: bigint;
  /** Absent: it is not mapped, or there is neither memory nor a device. */
  readonly mapped?: Mapped;
}

export interface Mapped {
  /** Where the address that was asked for is. */
  readonly physical: number;
  readonly kind: 'memory' | 'device';
  /** `RAM`, `hyp-stub ROM`, or the device's. */
  readonly name: string;
  /** What the translation lets the exception level do (PSTATE.PAN left aside), as far as the other side can: ROM is not written, devices are not executed. */
  readonly read: boolean;
  readonly write: boolean;
  readonly execute: boolean;
}

const END = 1n << 64n;
const FLAT = 1n << BigInt(PHYSICAL_ADDRESS_BITS);
/** Descriptors that are looked at in each direction: 16 MB of pages, some milliseconds. */
const MOST_PIECES = 4096;

interface View {
  readonly memory: PhysicalMemory;
  readonly regimes: TranslationRegimes;
  readonly el: number;
}

/** @param el whose translation counts */
export function memoryRegion(memory: PhysicalMemory, pe: Pe, address: bigint, el: number): MemoryRegion {
  const view: View = { memory, regimes: regimesOf(pe), el };
  const asked = pieceAt(view, address);
  let { start, end } = asked;
  for (let count = 0; count < MOST_PIECES && end < END; count++) {
    const next = pieceAt(view, end);
    if (!isSame(asked.mapped, next.mapped)) break;
    ({ end } = next);
  }
  for (let count = 0; count < MOST_PIECES && start > 0n; count++) {
    const before = pieceAt(view, start - 1n);
    if (!isSame(asked.mapped, before.mapped)) break;
    ({ start } = before);
  }
  return { ...asked, start, end };
}

const isSame = (one: Mapped | undefined, other: Mapped | undefined): boolean =>
  one?.name === other?.name && one?.read === other?.read && one?.write === other?.write && one?.execute === other?.execute;

/** What one descriptor, or none, says of an address, cut at the edges of what is there physically. */
function pieceAt(view: View, address: bigint): MemoryRegion {
  const { start, end, page } = extentAt(view, address);
  if (page === undefined) return { start, end };
  const physical = page + Number(address & 0xfffn);
  const there = occupantAt(view.memory, physical);
  const piece = {
    start: greater(start, address - BigInt(physical - there.base)),
    end: less(end, address + BigInt(there.end - physical)),
  };
  if (there.name === undefined) return piece;
  const may = (access: AccessType) => translate(view, address, access, 0).kind === 'page';
  const { name, kind } = there;
  const write = there.writable && may('write');
  return { ...piece, mapped: { physical, kind, name, read: may('read'), write, execute: kind === 'memory' && may('execute') } };
}

/** How far around an address the same descriptors hold, and its physical page; without one it is not mapped. */
function extentAt(view: View, address: bigint): { start: bigint; end: bigint; page?: number } {
  const stage = view.regimes.stageOne(view.el);
  const range = stage.enabled ? rangeOf(stage, highOf(address), lowOf(address)) : undefined;
  if (stage.enabled && range === undefined) return gapBetween(stage.lower, stage.upper);
  const found = translate(view, address, 'any', 0);
  if (range === undefined && found.kind === 'fault' && !found.secondStage) return { start: FLAT, end: END };
  const first = translate(view, address, 'any', HOW.STAGE_1_ONLY);
  let bits = PHYSICAL_ADDRESS_BITS;
  if (range !== undefined) bits = first.kind === 'page' ? first.size : bitsOfEntry(range, levelOf(view, first, range, address));
  if (first.kind === 'page' && stage.stage2 !== undefined) {
    bits = Math.min(bits, bitsOfSecondStage(stage.stage2, first.physicalPage, view.memory));
  }
  const size = 1n << BigInt(bits);
  const start = address & -size;
  return { start, end: start + size, ...(found.kind === 'page' && { page: found.physicalPage }) };
}

/** Between what TTBR0 and TTBR1 are for; addresses with a tag, where it is ignored, are left out. */
function gapBetween(lower: AddressRange, upper: AddressRange | undefined): { start: bigint; end: bigint } {
  const sizeOf = (range: AddressRange | undefined) =>
    range === undefined || range.inputSize === 0 || range.walksDisabled ? 0n : 1n << BigInt(range.inputSize);
  return { start: sizeOf(lower), end: END - sizeOf(upper) };
}

/** log2 of what an entry of a level stands for. */
const bitsOfEntry = ({ granule, inputSize }: WalkParameters, level: number): number =>
  Math.min(granule + (3 - level) * (granule - 3), inputSize);
/** At which stage 1 came to its end; where stage 2 refuses a table, the fault says the level of stage 2. */
function levelOf({ regimes, memory, el }: View, { status, secondStage }: TranslationFault, range: AddressRange, address: bigint): number {
  const { stage2 } = regimes.stageOne(el);
  if (!secondStage || stage2 === undefined) return status & 3;
  const through = (descriptor: number): number => {
    const walk = secondStageWalk(stage2, descriptor, memory, 'any');
    return typeof walk === 'number' ? -1 : walk.page + (descriptor % 4096);
  };
  return translationTableWalk(range, highOf(address), lowOf(address), memory, through, true).level;
}

function bitsOfSecondStage(stage: StageTwo, address: number, memory: PhysicalMemory): number {
  const walk = secondStageWalk(stage, address, memory, 'any');
  if (typeof walk !== 'number') return walk.size;
  // Also an address beyond those that stage 2 translates, which are no entry's: all of them are from a power of two on.
  return walk === LEVEL_FAULT.TRANSLATION ? Math.max(12, stage.inputSize) : bitsOfEntry(stage, walk & 3);
}

interface Occupant {
  readonly base: number;
  readonly end: number;
  readonly kind: Mapped['kind'];
  /** Absent: nothing is there. */
  readonly name?: string;
  readonly writable: boolean;
}

/** What is at a physical address, and from where to where. */
function occupantAt({ ranges, devices }: PhysicalMemory, physical: number): Occupant {
  const all: readonly Occupant[] = [
    ...ranges.map(({ base, size, name, writable }): Occupant => ({ base, end: base + size, kind: 'memory', name, writable })),
    ...devices.map(({ base, size, device }): Occupant => ({ base, end: base + size, kind: 'device', name: device.name, writable: true })),
  ];
  const found = all.find(({ base, end }) => base <= physical && physical < end);
  if (found !== undefined) return found;
  const base = Math.max(0, ...all.filter(({ end }) => end <= physical).map(({ end }) => end));
  const end = Math.min(Number(FLAT), ...all.filter((one) => one.base > physical).map((one) => one.base));
  return { base, end, kind: 'memory', writable: false };
}

const translate = ({ regimes, memory, el }: View, address: bigint, access: AccessType, how: number) =>
  translateAddress(regimes, memory, highOf(address), lowOf(address), access, el, how);
const highOf = (address: bigint): number => Number(address >> 32n) | 0;
const lowOf = (address: bigint): number => Number(address & 0xffff_ffffn) | 0;
const less = (one: bigint, other: bigint): bigint => (one < other ? one : other);
const greater = (one: bigint, other: bigint): bigint => (one > other ? one : other);
