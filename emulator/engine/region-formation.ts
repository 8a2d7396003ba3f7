import { DISCARD, type Decoded, type Flow, type Instruction, SP, ZERO, vectorRegister } from '../a64/instruction.ts';
import { decode, forms } from '../a64/decode.ts';
import { type FormEffects, effectsOf } from './scan.ts';

/** One instruction of a region. */
export interface RegionInstruction {
  readonly pc: bigint;
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

/** What formation asks about the code around it. */
export interface CodeView {
  /** The word at an address if it has been executed before, may be translated, and has no breakpoint. */
  wordAt(pc: bigint): number | undefined;
  /** How often branches came to an address that has been executed, as a share of how often they came to the hot one: 0 to 1. */
  heat(pc: bigint): number;
  /** Where the BLR at an address has led, as far as it is to be part of the region. */
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
export function formRegion(entry: bigint, code: CodeView): Region | undefined {
  const starts = new Set<bigint>([entry]);
  const entryStarts = new Set<bigint>([entry]);
  const queue = new Map<bigint, number>([[entry, 1]]);
  const straight = new Map<bigint, { instructions: RegionInstruction[]; flow: Flow | undefined | 'cold' | 'cut' }>();
  let length = 0;

  /** `least`: how hot it is at least, for control comes there from somewhere as hot without a branch. */
  const reach = (pc: bigint, least = 0): void => {
    if (starts.has(pc)) return;
    const heat = Math.max(code.heat(pc), least);
    if (heat < COLD) return;
    starts.add(pc);
    queue.set(pc, heat);
  };
  while (queue.size > 0 && straight.size < MAXIMUM_BLOCKS && length < MAXIMUM_INSTRUCTIONS) {
    const [start, heat] = [...queue].reduce((hottest, other) => (other[1] > hottest[1] ? other : hottest));
    queue.delete(start);
    const instructions: RegionInstruction[] = [];
    let flow: Flow | undefined | 'cold' | 'cut' = 'cut';
    for (let pc = start; instructions.length < MAXIMUM_BLOCK; pc += 4n) {
      const found = instructionAt(pc, code);
      if (!found) {
        flow = 'cold';
        if (code.wordAt(pc + 4n) !== undefined && code.wordAt(pc) !== undefined) {
          entryStarts.add(pc + 4n);
          reach(pc + 4n, heat);
        }
        break;
      }
      instructions.push(found);
      flow = found.instruction.flow === 'host' ? undefined : found.instruction.flow;
      if (flow === undefined) {
        flow = 'cut';
        continue;
      }
      const target = BigInt.asUintN(64, pc + (found.decoded.imm ?? 0n));
      if (flow === 'jump' || flow === 'branch') reach(target);
      if (flow === 'branch') reach(pc + 4n);
      if (found.effects.writesLink) {
        const targets = flow === 'indirect' ? code.targetsOf(pc) : [];
        for (const target of targets) reach(target, heat);
        // What comes back from calls inside the region mostly does so inside.
        if (targets.length === 0) entryStarts.add(pc + 4n);
        reach(pc + 4n, targets.length === 0 ? 0 : heat);
      }
      break;
    }
    if (flow === 'cut' && instructions.length > 0) reach(instructions[instructions.length - 1].pc + 4n, heat);
    length += instructions.length;
    straight.set(start, { instructions, flow });
  }
  return cutIntoBlocks(entry, straight, entryStarts, code);
}

function instructionAt(pc: bigint, code: CodeView): RegionInstruction | undefined {
  const word = code.wordAt(pc);
  if (word === undefined) return undefined;
  const result = decode(word);
  if (result.kind !== 'instruction' || (result.instruction.flow === 'host' && !mostlyGoesOn(word))) return undefined;
  const { instruction, decoded, formIndex } = result;
  const effects = effectsOf(instruction, decoded.form, forms.at(formIndex).key);
  return effects && { pc, instruction, decoded, effects, word };
}

const DC_ZVA = 0xd50b_7420;
/** MRS, MSR (register), MSR (immediate) and DC ZVA: what the host may have to execute, and mostly goes straight on from. */
const mostlyGoesOn = (word: number): boolean =>
  (word & ~31) >>> 0 === DC_ZVA ||
  (word >>> 22 === 0b1101010100 && ((word >>> 20) & 1 ? true : ((word >>> 12) & 0x7f) === 0b0000100 || ((word >>> 19) & 3) >= 2));

/** Straight runs overlap where a branch leads into the middle of one: each is cut at the starts of others. */
function cutIntoBlocks(
  entry: bigint,
  straight: ReadonlyMap<bigint, { instructions: RegionInstruction[]; flow: Flow | undefined | 'cold' | 'cut' }>,
  entryStarts: ReadonlySet<bigint>,
  code: CodeView,
): Region | undefined {
  const isBehindCall = (pc: bigint): boolean => instructionAt(pc - 4n, code)?.effects.writesLink === true;
  const starts = [...straight.keys()].filter((start) => (straight.get(start)?.instructions.length ?? 0) > 0);
  if (!starts.includes(entry)) return undefined;
  const numbers = new Map<bigint, number>();
  for (const start of [entry, ...starts.filter((other) => other !== entry)]) numbers.set(start, numbers.size);
  const target = (pc: bigint): Target => numbers.get(BigInt.asUintN(64, pc)) ?? BigInt.asUintN(64, pc);

  const blocks = [...numbers.keys()].map((start): Block => {
    const { instructions, flow } = straight.get(start) as { instructions: RegionInstruction[]; flow: Flow | undefined | 'cold' | 'cut' };
    const cut = instructions.findIndex(({ pc }, index) => index > 0 && numbers.has(pc));
    if (cut > 0) return { start, instructions: instructions.slice(0, cut), end: { kind: 'jump', to: target(instructions[cut].pc) } };
    const last = instructions[instructions.length - 1];
    const next = last.pc + 4n;
    const taken = last.pc + (last.decoded.imm ?? 0n);
    switch (flow) {
      case 'jump':
        return { start, instructions, end: { kind: 'jump', to: target(taken) } };
      case 'branch':
        return { start, instructions, end: { kind: 'branch', taken: target(taken), next: target(next) } };
      case 'indirect':
        return { start, instructions, end: indirectEnd(last, code.targetsOf(last.pc).map(target)) };
      case 'cold':
        return { start, instructions, end: { kind: 'cold', pc: next } };
      default:
        return { start, instructions, end: { kind: 'jump', to: target(next) } };
    }
  });
  const entries = [...entryStarts].filter((start) => numbers.has(start)).map((start) => numbers.get(start) as number);
  const returnSites = blocks.flatMap(({ start }, number) => (isBehindCall(start) ? [number] : []));
  const pages = [...new Set(blocks.flatMap(({ instructions }) => instructions.map(({ pc }) => pc & ~0xfffn)))];
  return {
    blocks,
    entries: [0, ...entries.filter((number) => number !== 0)],
    returnSites,
    pages,
    length: blocks.reduce((sum, block) => sum + block.instructions.length, 0),
  };
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
