/** Frames of code without call frame information: what the instructions since its entry have done to SP and to saved registers. */
import type { FrameRegisters, MemoryReader } from '../program/program.ts';
import { addedImmediate, doublewordAt, signed, type Transfer, transferOf, wordsAt } from './instruction-words.ts';
import { FP, LR, SP } from './registers.ts';

/** How to undo what a function has done to its frame so far. */
interface FrameState {
  /** SP at entry minus SP now. */
  readonly sp: number;
  /** SP at entry minus X29, while X29 points into the frame. */
  readonly fp?: number;
  /** Register → its place, as SP at entry minus the address. */
  readonly saved: ReadonlyMap<number, number>;
  /** A call has been made since X30 was last what it was at entry. */
  readonly hasCalled?: boolean;
}

/** Longer functions are not read from their beginning. */
const mostInstructions = 512;

/**
 * The registers that the code found when it was entered at `entry`, if the straight line from there to `pc` shows how its frame is made.
 * X0-X17 stay what they are now. `undefined`: SP was set to something else, or there is nothing to read.
 */
export function registersAtEntry(entry: bigint, pc: bigint, registers: FrameRegisters, memory: MemoryReader): FrameRegisters | undefined {
  const count = Number((pc - entry) / 4n);
  if (pc < entry || count > mostInstructions) return undefined;
  const words = wordsAt(memory, entry, count);
  if (words.length < count) return undefined;
  const state = stateAfter(words);
  const sp = registers.get(SP);
  if (state === undefined || sp === undefined) return undefined;
  const fp = registers.get(FP);
  const entrySp = state.fp !== undefined && fp !== undefined ? fp + BigInt(state.fp) : sp + BigInt(state.sp);
  const found = new Map(registers).set(SP, BigInt.asUintN(64, entrySp));
  if (state.hasCalled) found.delete(LR);
  for (const [register, place] of state.saved) {
    const value = doublewordAt(memory, entrySp - BigInt(place));
    if (value === undefined) found.delete(register);
    else found.set(register, value);
  }
  return found;
}

/** STP X29, X30, [SP, #-n]! */
const pushesRecord = (word: number): boolean => (word & 0xffe07fff) >>> 0 === 0xa9a07bfd;
/** SUB SP, SP, #n */
const makesRoom = (word: number): boolean => (word & 0xff8003ff) >>> 0 === 0xd10003ff;
/** STP X29, X30, [SP, #n] */
const storesRecord = (word: number): boolean => (word & 0xffe07fff) >>> 0 === 0xa9007bfd;
/** Compilers put other instructions between, but not many. */
const RECORD_FOLLOWS = 16;

/** Where the function around `pc` begins to make its frame record, for code that no symbol names. `undefined`: none is found nearby. */
export function entryBefore(pc: bigint, memory: MemoryReader): bigint | undefined {
  // The page before may not be mapped.
  for (const length of [mostInstructions * 4, Number(pc % 4096n)]) {
    const words = wordsAt(memory, pc - BigInt(length), length / 4);
    if (words.length < Math.floor(length / 4)) continue;
    const entry = words.findLastIndex(
      (word, index) => pushesRecord(word) || (makesRoom(word) && words.slice(index + 1, index + RECORD_FOLLOWS).some(storesRecord)),
    );
    return entry < 0 ? undefined : pc - BigInt(length - entry * 4);
  }
  return undefined;
}

/** Follows the instructions from the entry on: straight ahead, and behind what leaves, from where a branch leads there. */
function stateAfter(words: readonly number[]): FrameState | undefined {
  const entered = new Map<number, FrameState | undefined>();
  let state: FrameState | undefined = { sp: 0, saved: new Map() };
  let complete = state;
  for (const [index, word] of words.entries()) {
    if (entered.has(index)) state = entered.get(index);
    const target = index + branchDistance(word);
    if (target > index && !entered.has(target)) entered.set(target, state);
    if (leaves(word)) {
      // Reached from somewhere behind, then: most likely with the whole frame made.
      state = complete;
      continue;
    }
    const next: FrameState | undefined = state && effectOf(word, state);
    if (next !== undefined && next !== state && next.sp >= complete.sp && next.saved.size >= complete.saved.size) complete = next;
    state = next;
  }
  return entered.has(words.length) ? entered.get(words.length) : state;
}

/** In instructions, for direct branches other than BL; else 0. */
function branchDistance(word: number): number {
  if (word >>> 26 === 0b000101) return signed(word & 0x3ffffff, 26);
  if ((word & 0xff000010) >>> 0 === 0x54000000 || (word & 0x7e000000) === 0x34000000) return signed((word >>> 5) & 0x7ffff, 19);
  return (word & 0x7e000000) === 0x36000000 ? signed((word >>> 5) & 0x3fff, 14) : 0;
}

const isPreserved = (register: number) => register >= 18 && register <= LR;

/** RET, ERET and B: the next instruction is not reached from here. */
const leaves = (word: number): boolean => (word & 0xfffffc1f) >>> 0 === 0xd65f0000 || word === 0xd69f03e0 || word >>> 26 === 0b000101;

/** BL and BLR. */
export const calls = (word: number): boolean => word >>> 26 === 0b100101 || (word & 0xfffffc1f) >>> 0 === 0xd63f0000;

/** `undefined`: SP is no longer known. */
function effectOf(word: number, state: FrameState): FrameState | undefined {
  const Rd = word & 31;
  const Rn = (word >>> 5) & 31;
  if (calls(word)) return { ...state, hasCalled: true };
  const transfer = transferOf(word);
  if (transfer?.base === SP) return access(state, transfer);
  const added = addedImmediate(word);
  if (added !== undefined) {
    const change = -added;
    if (Rd === SP && Rn === SP) return { ...state, sp: state.sp + change };
    if (Rd === FP && Rn === SP) return { ...state, fp: state.sp + change };
    if (Rd === SP && Rn === FP && state.fp !== undefined) return { ...state, sp: state.fp + change };
    if (Rd === SP) return undefined;
  }
  return state;
}

function access(state: FrameState, { registers, isVector, isLoad, offset, mode }: Transfer): FrameState {
  const base = mode === 'pre' ? state.sp - offset : state.sp;
  const first = mode === 'offset' ? base - offset : base;
  const saved = new Map(state.saved);
  let fp = state.fp;
  for (const [index, register] of registers.entries()) {
    if (isVector || !isPreserved(register)) continue;
    if (isLoad) saved.delete(register);
    else if (!saved.has(register)) saved.set(register, first - index * 8);
    if (isLoad && register === FP) fp = undefined;
  }
  const sp = mode === 'post' ? base - offset : base;
  const hasCalled = state.hasCalled === true && !(isLoad && !isVector && registers.includes(LR));
  return { sp, saved, ...(fp === undefined ? {} : { fp }), ...(hasCalled && { hasCalled }) };
}
