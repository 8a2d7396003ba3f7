import type { Address, AddressRange } from './addresses.ts';
import { REGISTER_LR, REGISTER_SP } from './dwarf/registers.ts';

/**
 * What the instructions of a prologue or epilogue say about a frame, for compilers whose call frame information
 * holds at calls only (clang without asynchronous unwind tables).
 */
export interface FrameByInstructions {
  readonly cfa: bigint;
  /** Where registers of the caller are stored. The others are still in place. */
  readonly savedAt: ReadonlyMap<number, bigint>;
  readonly isReturnAddressSigned: boolean;
}

/** The instruction at an address of the image; `undefined` outside of its code. */
export type InstructionReader = (address: Address) => number | undefined;

const REGISTER_FP = 29;
const isFrameRegister = (register: number): boolean => register === REGISTER_SP || register === REGISTER_FP || register === REGISTER_LR;
const MAXIMUM_INSTRUCTIONS = 32;

/** One instruction as far as frames are concerned. */
type FrameInstruction =
  | {
      readonly kind: 'store' | 'load';
      readonly registers: readonly number[];
      readonly offset: number;
      readonly spBefore: number;
      readonly spAfter: number;
    }
  | { readonly kind: 'add'; readonly to: number; readonly from: number; readonly addend: number }
  | { readonly kind: 'sign' | 'authenticate' }
  /** Leaves SP, X29 and X30 alone, and goes on to the next instruction. */
  | { readonly kind: 'other' }
  | { readonly kind: 'return'; readonly authenticates: boolean }
  | { readonly kind: 'branch'; readonly distance: number };

/**
 * From the function's entry, or from the last branch before the prologue where the compiler has moved it behind what needs no frame, to `pc`;
 * `undefined` if anything but a prologue lies between, or none of it that changes the frame.
 */
export function frameInPrologue(
  entry: Address,
  pc: Address,
  sp: bigint,
  instructionAt: InstructionReader,
): FrameByInstructions | undefined {
  const start = prologueStart(entry, pc, instructionAt);
  if (start === undefined) return undefined;
  let depth = 0;
  let isReturnAddressSigned = false;
  const savedAtDepth = new Map<number, number>();
  for (let at = start; at < pc; at += 4) {
    const instruction = decode(instructionAt(at));
    if (instruction?.kind === 'store') {
      depth -= instruction.spBefore;
      instruction.registers.forEach((register, index) => {
        if (!savedAtDepth.has(register)) savedAtDepth.set(register, depth - instruction.offset - index * 8);
      });
      depth -= instruction.spAfter;
    } else if (instruction?.kind === 'add' && instruction.from === REGISTER_SP && isFrameRegister(instruction.to)) {
      // Room is given back in epilogues only.
      if (instruction.to === REGISTER_SP && instruction.addend > 0) return undefined;
      if (instruction.to === REGISTER_SP) depth -= instruction.addend;
    } else if (instruction?.kind === 'add') {
      if (isFrameRegister(instruction.to)) return undefined;
    } else if (instruction?.kind === 'sign') isReturnAddressSigned = true;
    else if (instruction?.kind !== 'other') return undefined;
  }
  if (depth === 0) return undefined;
  const cfa = sp + BigInt(depth);
  const savedAt = new Map([...savedAtDepth].map(([register, at]) => [register, cfa - BigInt(at)]));
  return { cfa, savedAt, isReturnAddressSigned };
}

/** Behind the last branch before `pc`, else the entry: a prologue has none in it. `undefined`: too far away. */
function prologueStart(entry: Address, pc: Address, instructionAt: InstructionReader): Address | undefined {
  for (let at = pc; pc - at <= MAXIMUM_INSTRUCTIONS * 4; at -= 4) if (at <= entry || isBranch(instructionAt(at - 4))) return at;
  return undefined;
}

/** B, B.cond, CBZ, CBNZ, TBZ, TBNZ, BR and the returns; not BL and BLR, which need a frame. */
function isBranch(word: number | undefined): boolean {
  if (word === undefined) return false;
  const matches = (mask: number, value: number) => (word & mask) >>> 0 === value;
  return (
    matches(0xfc000000, 0x14000000) ||
    matches(0xff000010, 0x54000000) ||
    matches(0x7c000000, 0x34000000) ||
    matches(0xfffffc1f, 0xd61f0000) ||
    ['return', 'branch'].includes(decode(word)?.kind ?? '')
  );
}

/** From `pc` to the return or tail call, and where that is; `undefined` if anything but an epilogue lies between. */
export function frameInEpilogue(
  function_: AddressRange,
  pc: Address,
  registers: ReadonlyMap<number, bigint>,
  instructionAt: InstructionReader,
): (FrameByInstructions & { readonly end: Address }) | undefined {
  let sp = registers.get(REGISTER_SP);
  let isReturnAddressSigned = false;
  const savedAt = new Map<number, bigint>();
  for (let at = pc; at < function_.high && at - pc < MAXIMUM_INSTRUCTIONS * 4; at += 4) {
    const instruction = decode(instructionAt(at));
    if (instruction === undefined || sp === undefined) return undefined;
    switch (instruction.kind) {
      case 'load': {
        sp += BigInt(instruction.spBefore);
        const base = sp + BigInt(instruction.offset);
        instruction.registers.forEach((register, index) => savedAt.set(register, base + BigInt(index * 8)));
        sp += BigInt(instruction.spAfter);
        break;
      }
      case 'store':
        sp += BigInt(instruction.spBefore + instruction.spAfter);
        break;
      case 'add': {
        if (!isFrameRegister(instruction.to)) break;
        if (instruction.to !== REGISTER_SP || savedAt.has(instruction.from)) return undefined;
        const from: bigint | undefined = instruction.from === REGISTER_SP ? sp : registers.get(instruction.from);
        if (from === undefined) return undefined;
        sp = from + BigInt(instruction.addend);
        break;
      }
      case 'authenticate':
        isReturnAddressSigned = true;
        break;
      case 'other':
        break;
      case 'return':
        return { cfa: sp, savedAt, isReturnAddressSigned: isReturnAddressSigned || instruction.authenticates, end: at };
      case 'branch': {
        const target = at + instruction.distance;
        const leaves = target < function_.low || target >= function_.high;
        return leaves ? { cfa: sp, savedAt, isReturnAddressSigned, end: at } : undefined;
      }
      default:
        return undefined;
    }
  }
  return undefined;
}

const signed = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits);

const FIRST_VECTOR_REGISTER = 64;

/** Only forms based on SP count for loads and stores; everything else is no frame instruction. */
function decode(word: number | undefined): FrameInstruction | undefined {
  if (word === undefined) return undefined;
  const matches = (mask: number, value: number) => (word & mask) >>> 0 === value;
  const Rt = word & 31;
  const Rn = (word >>> 5) & 31;

  // LDP and STP (and their SIMD&FP forms of 64 bits): post-index, signed offset, pre-index
  const isVectorPair = matches(0xfe000000, 0x6c000000);
  if ((matches(0xfe000000, 0xa8000000) || isVectorPair) && Rn === REGISTER_SP) {
    const mode = (word >>> 23) & 3;
    if (mode === 0) return undefined;
    const offset = signed((word >>> 15) & 0x7f, 7) * 8;
    const registers = [Rt, (word >>> 10) & 31].map((register) => (isVectorPair ? register + FIRST_VECTOR_REGISTER : register));
    return { kind: matches(0x00400000, 0x00400000) ? 'load' : 'store', registers, ...addressing(mode, offset) };
  }
  // LDR and STR (immediate) of X and D registers: unsigned offset; post-index, pre-index
  const isVector = matches(0x04000000, 0x04000000);
  const register = isVector ? Rt + FIRST_VECTOR_REGISTER : Rt;
  if (matches(0xfb800000, 0xf9000000) && Rn === REGISTER_SP) {
    const offset = ((word >>> 10) & 0xfff) * 8;
    return { kind: matches(0x00400000, 0x00400000) ? 'load' : 'store', registers: [register], ...addressing(2, offset) };
  }
  if (matches(0xfba00400, 0xf8000400) && Rn === REGISTER_SP) {
    const offset = signed((word >>> 12) & 0x1ff, 9);
    const mode = matches(0x00000800, 0x00000800) ? 3 : 1;
    return { kind: matches(0x00400000, 0x00400000) ? 'load' : 'store', registers: [register], ...addressing(mode, offset) };
  }
  // ADD and SUB (immediate), 64-bit
  if (matches(0xbf800000, 0x91000000)) {
    const immediate = ((word >>> 10) & 0xfff) * (matches(0x00400000, 0x00400000) ? 4096 : 1);
    return { kind: 'add', to: Rt, from: Rn, addend: matches(0x40000000, 0x40000000) ? -immediate : immediate };
  }
  if (word >>> 0 === 0xd503233f || word >>> 0 === 0xd503237f) return { kind: 'sign' }; // PACIASP, PACIBSP
  if (word >>> 0 === 0xd50323bf || word >>> 0 === 0xd50323ff) return { kind: 'authenticate' }; // AUTIASP, AUTIBSP
  if (matches(0xfffff01f, 0xd503201f)) return { kind: 'other' }; // hints
  if (matches(0xffffffff, (0xd65f0000 | (REGISTER_LR << 5)) >>> 0)) return { kind: 'return', authenticates: false }; // RET
  if (matches(0xfffffbff, 0xd65f0bff)) return { kind: 'return', authenticates: true }; // RETAA, RETAB
  if (matches(0xfc000000, 0x14000000)) return { kind: 'branch', distance: signed(word & 0x3ffffff, 26) * 4 }; // B
  return leavesFrameAlone(word) ? { kind: 'other' } : undefined;
}

/** Compilers schedule other instructions between those of a prologue or epilogue. Only what surely leaves SP, X29 and X30 alone counts. */
function leavesFrameAlone(word: number): boolean {
  const group = (word >>> 25) & 15;
  const destination = word & 31;
  const base = (word >>> 5) & 31;
  const isLinkOrFrame = destination === REGISTER_FP || destination === REGISTER_LR;
  switch (group) {
    // Data processing (immediate): register 31 is SP except where flags are set.
    case 0b1000:
    case 0b1001: {
      const setsFlags =
        (word & 0x1f800000) >>> 0 === 0x12000000 ? word >>> 29 === 3 || word >>> 29 === 7 : (word & 0x3f800000) >>> 0 === 0x31000000;
      return !isLinkOrFrame && (destination !== 31 || setsFlags);
    }
    // Data processing (register): ADD and SUB (extended register) may write SP.
    case 0b0101:
    case 0b1101:
      return !isLinkOrFrame && !(destination === 31 && (word & 0x3fe00000) >>> 0 === 0x0b200000);
    // Data processing (SIMD and floating point), of which some write a general register.
    case 0b0111:
    case 0b1111:
      return !isLinkOrFrame;
  }
  if ((group & 0b0101) !== 0b0100) return false;
  const isVector = ((word >>> 26) & 1) === 1;
  const isFrameRegisterLoaded = (register: number) => !isVector && (register === REGISTER_FP || register === REGISTER_LR);
  switch ((word >>> 28) & 3) {
    // Pairs, of which odd modes write the base back.
    case 0b10: {
      const writesBack = ((word >>> 23) & 1) === 1 && base >= REGISTER_FP;
      return !writesBack && !isFrameRegisterLoaded(destination) && !isFrameRegisterLoaded((word >>> 10) & 31);
    }
    // One register: unsigned offset; the others, of which pre- and post-index write the base back. Not the atomic ones.
    case 0b11: {
      const isUnsignedOffset = ((word >>> 24) & 1) === 1;
      const isAtomic = !isUnsignedOffset && ((word >>> 21) & 1) === 1 && ((word >>> 10) & 3) !== 2;
      const writesBack = !isUnsignedOffset && ((word >>> 21) & 1) === 0 && ((word >>> 10) & 1) === 1 && base >= REGISTER_FP;
      return !isAtomic && !writesBack && !isFrameRegisterLoaded(destination);
    }
    default:
      return false;
  }
}

/** 1 post-index, 2 offset, 3 pre-index. */
function addressing(mode: number, offset: number): { readonly offset: number; readonly spBefore: number; readonly spAfter: number } {
  if (mode === 1) return { offset: 0, spBefore: 0, spAfter: offset };
  if (mode === 3) return { offset: 0, spBefore: offset, spAfter: 0 };
  return { offset, spBefore: 0, spAfter: 0 };
}
