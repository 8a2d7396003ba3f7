import { DISCARD, type Decoded, type Flow, type Instruction, SP, ZERO, vectorRegister } from '../a64/instruction.ts';
import { decode } from '../a64/decode.ts';
import { type FormEffects, effectsOf } from './scan.ts';

/** One instruction of a region. */
export interface RegionInstruction {
  /** Where it is, in bytes from the region's {@link Region.base} on. */
  readonly place: number;
  readonly instruction: Instruction;
  readonly decoded: Decoded;
  readonly effects: FormEffects;
  readonly word: number;
}

/** How a block ends. Targets are block numbers, or addresses outside the region. */
export type BlockEnd =
  | { readonly kind: 'jump'; readonly to: Target }
  | { readonly kind: 'branch'; readonly taken: Target; readonly next: Target }
  /** `targets`: where it has led. `mayReturn`: it is no call, so it may lead to where calls return to. */
  | { readonly kind: 'indirect'; readonly targets: readonly Target[]; readonly mayReturn: boolean }
  /** The instruction at `pc` is the interpreter's. */
  | { readonly kind: 'cold'; readonly pc: bigint };
export type Target = number | bigint;

export interface Block {
  readonly start: bigint;
  readonly instructions: readonly RegionInstruction[];
  readonly end: BlockEnd;
}

export interface Region {
  /** Address that places count from. */
  readonly base: bigint;
  readonly blocks: readonly Block[];
  /** Blocks where control can come in from outside, the hot one first. */
  readonly entries: readonly number[];
  /** Blocks behind calls: where an indirect jump of this region is likely to lead. */
  readonly returnSites: readonly number[];
  /** 4 KB virtual pages that the region's code lies on. */
  readonly pages: readonly bigint[];
  /** All instructions. */
  readonly length: number;
}

/** What formation asks about the code around it; places are in bytes from the hot address on. */
export interface CodeView {
  /** The word at a place if it has been executed before, may be translated, and has no breakpoint. */
  wordAt(place: number): number | undefined;
  /** How often branches came to a place that has been executed, as a share of how often they came to the hot one: 0 to 1. */
  heat(place: number): number;
  /** Addresses where the BLR at an address has led, as far as they are to be part of the region. */
  targetsOf(pc: bigint): readonly bigint[];
}

const MAXIMUM_BLOCKS = 48;
const MAXIMUM_INSTRUCTIONS = 400;
const MAXIMUM_BLOCK = 64;
/** Code that is this much colder than the hot address stays outside. */
const COLD = 1 / 256;

/**
 * The region of a hot address: what can be reached from it by direct branches, calls and returns behind calls, as far as it is executed
 * often, the hottest first. `undefined`: not even the first instruction can be translated.
 */
export function formRegion(base: bigint, code: CodeView): Region | undefined {
  const starts = new Set<number>([0]);
  const entryStarts = new Set<number>([0]);
  const queue = new Map<number, number>([[0, 1]]);
  const straight = new Map<number, Straight>();
  const decoded = decodedCode(code);
  let length = 0;

  /** `least`: how hot it is at least, for control comes there from somewhere as hot without a branch. */
  const reach = (place: number, least: number): void => {
    if (starts.has(place) || !Number.isSafeInteger(place)) return;
    const heat = Math.max(code.heat(place), least);
    if (heat < COLD) return;
    starts.add(place);
    queue.set(place, heat);
  };
  while (queue.size > 0 && straight.size < MAXIMUM_BLOCKS && length < MAXIMUM_INSTRUCTIONS) {
    let start = 0;
    let heat = -1;
    for (const [place, ofPlace] of queue) {
      if (ofPlace <= heat) continue;
      start = place;
      heat = ofPlace;
    }
    queue.delete(start);
    const instructions: RegionInstruction[] = [];
    let flow: Straight['flow'] = 'cut';
    for (let place = start; instructions.length < MAXIMUM_BLOCK; place += 4) {
      const found = decoded(place);
      if (!found) {
        flow = 'cold';
        if (code.wordAt(place + 4) !== undefined && code.wordAt(place) !== undefined) {
          entryStarts.add(place + 4);
          reach(place + 4, heat);
        }
        break;
      }
      instructions.push(found);
      const leads = found.instruction.flow;
      if (leads === undefined || leads === 'host') continue;
      flow = leads;
      if (flow === 'jump' || flow === 'branch') reach(targetOf(found), 0);
      if (flow === 'branch') reach(place + 4, 0);
      if (found.effects.writesLink) {
        const targets = flow === 'indirect' ? code.targetsOf(base + BigInt(place)) : [];
        for (const target of targets) reach(distance(base, target), heat);
        // What comes back from calls inside the region mostly does so inside.
        if (targets.length === 0) entryStarts.add(place + 4);
        reach(place + 4, targets.length === 0 ? 0 : heat);
      }
      break;
    }
    if (flow === 'cut') reach(start + instructions.length * 4, heat);
    length += instructions.length;
    straight.set(start, { instructions, flow });
  }
  return cutIntoBlocks(base, straight, entryStarts, code, decoded);
}

/** Code from a place on up to where control goes elsewhere. `cold`: what follows is not translated; `cut`: it is another piece. */
interface Straight {
  readonly instructions: readonly RegionInstruction[];
  readonly flow: Exclude<Flow, 'host'> | 'cold' | 'cut';
}

/** In bytes, as a place is counted. Calls may lead so far that numbers cannot tell: no code that is near is meant then. */
const distance = (base: bigint, address: bigint): number => Number(BigInt.asIntN(64, address - base));

/** Of a direct branch. */
const targetOf = ({ place, decoded }: RegionInstruction): number => place + Number(decoded.imm ?? 0n);

/** Instructions by their places; each is decoded once. `undefined`: the interpreter's. */
function decodedCode(code: CodeView): (place: number) => RegionInstruction | undefined {
  const known = new Map<number, RegionInstruction | undefined>();
  return (place) => {
    let found = known.get(place);
    if (found === undefined && !known.has(place)) known.set(place, (found = instructionAt(place, code.wordAt(place))));
    return found;
  };
}
function instructionAt(place: number, word: number | undefined): RegionInstruction | undefined {
  if (word === undefined) return undefined;
  const result = decode(word);
  if (result.kind !== 'instruction' || (result.instruction.flow === 'host' && !mostlyGoesOn(word))) return undefined;
  const { instruction, decoded, formIndex } = result;
  const effects = effectsOf(formIndex);
  return effects && { place, instruction, decoded, effects, word };
}

const DC_ZVA = 0xd50b_7420;
/** MRS, MSR (register), MSR (immediate) and DC ZVA: what the host may have to execute, and mostly goes straight on from. */
const mostlyGoesOn = (word: number): boolean =>
  (word & ~31) >>> 0 === DC_ZVA ||
  (word >>> 22 === 0b1101010100 && ((word >>> 20) & 1 ? true : ((word >>> 12) & 0x7f) === 0b0000100 || ((word >>> 19) & 3) >= 2));

/** Straight runs overlap where a branch leads into the middle of one: each is cut at the starts of others. */
function cutIntoBlocks(
  base: bigint,
  straight: ReadonlyMap<number, Straight>,
  entryStarts: ReadonlySet<number>,
  code: CodeView,
  decoded: (place: number) => RegionInstruction | undefined,
): Region | undefined {
  const numbers = new Map<number, number>();
  for (const [start, { instructions }] of straight) if (instructions.length > 0) numbers.set(start, numbers.size);
  if (numbers.get(0) !== 0) return undefined;
  const address = (place: number): bigint => BigInt.asUintN(64, base + BigInt(place));
  const target = (place: number): Target => numbers.get(place) ?? address(place);
  const ofAddress = (pc: bigint): Target => target(distance(base, pc));

  const blocks: Block[] = [];
  const returnSites: number[] = [];
  const pages = new Set<bigint>();
  let length = 0;
  for (const [first, number] of numbers) {
    const { instructions: all, flow } = straight.get(first) as Straight;
    let count = 1;
    while (count < all.length && !numbers.has(first + count * 4)) count += 1;
    const instructions = count < all.length ? all.slice(0, count) : all;
    const last = instructions[count - 1];
    const end =
      count < all.length
        ? ({ kind: 'jump', to: target(last.place + 4) } as const)
        : endOf(flow, last, target, address, () => code.targetsOf(address(last.place)).map(ofAddress));
    const start = address(first);
    blocks.push({ start, instructions, end });
    // A block is shorter than a page.
    pages.add(start & ~0xfffn);
    pages.add(address(last.place) & ~0xfffn);
    length += count;
    if (decoded(first - 4)?.effects.writesLink) returnSites.push(number);
  }
  const entries: number[] = [];
  for (const start of entryStarts) {
    const number = numbers.get(start);
    if (number !== undefined) entries.push(number);
  }
  return { base, blocks, entries, returnSites, pages: [...pages], length };
}

function endOf(
  flow: Straight['flow'],
  last: RegionInstruction,
  target: (place: number) => Target,
  address: (place: number) => bigint,
  indirectTargets: () => readonly Target[],
): BlockEnd {
  const next = last.place + 4;
  switch (flow) {
    case 'jump':
      return { kind: 'jump', to: target(targetOf(last)) };
    case 'branch':
      return { kind: 'branch', taken: target(targetOf(last)), next: target(next) };
    case 'indirect':
      return indirectEnd(last, indirectTargets());
    case 'cold':
      return { kind: 'cold', pc: address(next) };
    default:
      return { kind: 'jump', to: target(next) };
  }
}

const indirectEnd = ({ effects }: RegionInstruction, targets: readonly Target[]): BlockEnd => ({
  kind: 'indirect',
  targets: targets.filter((target) => typeof target === 'number'),
  mayReturn: !effects.writesLink,
});

/** Registers that instructions write, as slot numbers: 0-30 and SP. None of them may be the host's. */
export function registersWrittenBy(instructions: readonly RegionInstruction[]): Set<number> {
  const registers = new Set<number>();
  for (const { decoded, effects } of instructions) {
    for (const slot of effects.writtenSlots) {
      const register = decoded[slot];
      if (register === undefined || register === ZERO || register === DISCARD) continue;
      registers.add(register);
      if (effects.pairs) registers.add(register + 1);
    }
    if (effects.writesLink) registers.add(30);
  }
  return registers;
}

/** General registers that pointers may be loaded into: those that instructions load doublewords into. */
export function registersLoadedBy(instructions: readonly RegionInstruction[]): Set<number> {
  const registers = new Set<number>();
  for (const { decoded, effects } of instructions) for (const slot of effects.loadedSlots) registers.add(decoded[slot] ?? DISCARD);
  return registers;
}

/** V registers that instructions read or write; `written`: that they write. */
export function vectorRegistersOf(instructions: readonly RegionInstruction[], written = false): Set<number> {
  const registers = new Set<number>();
  for (const { decoded, effects } of instructions) {
    for (const [slot, count] of written ? effects.writtenVectors : effects.vectors) {
      for (let next = 0; next < count; next++) registers.add((vectorRegister(decoded[slot] ?? 0) + next) % 32);
    }
  }
  return registers;
}

/** Registers that a region's code reads or writes, as slot numbers: 0-30 and SP. */
export function registersOf(region: Region): number[] {
  const registers = new Set<number>();
  for (const { instructions } of region.blocks) {
    for (const { instruction, decoded, effects, word } of instructions) {
      if (instruction.flow === 'host') registers.add(word & 31);
      for (const slot of effects.slots) {
        const register = decoded[slot];
        if (register === undefined) continue;
        registers.add(register);
        if (effects.pairs) registers.add(register + 1);
      }
      if (effects.writesLink) registers.add(30);
    }
  }
  return [...registers].filter((register) => register <= 30 || register === SP).sort((a, b) => a - b);
}
