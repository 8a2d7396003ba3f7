/**
 * Where code finds thread-local variables: by a register that holds the thread pointer, and constants that linkers put behind it
 * (AAELF64, "Thread Local Storage", local exec; what other models are relaxed to is of the same kind).
 */
import type { Address } from './addresses.ts';

export interface ThreadLocalAccess {
  readonly pc: Address;
  /** Its address is made: maybe of something near it, which is found from there. Else it is read or written. */
  readonly isAddressOnly: boolean;
  /** The register's DWARF number. */
  readonly register: number;
  /** Bytes from the thread pointer. */
  readonly offset: number;
  /** The constants are in the form that linkers fill in: other data of a thread may be found by a register too, in short offsets. */
  readonly isRelocated: boolean;
}

/** MRS of the thread ID registers, but for Rt, with their DWARF numbers (AADWARF64). */
const threadRegisters: ReadonlyMap<number, number> = new Map([
  [0xd53bd060, 35], // TPIDRRO_EL0
  [0xd53bd040, 36], // TPIDR_EL0
  [0xd538d080, 37], // TPIDR_EL1
  [0xd53cd040, 38], // TPIDR_EL2
  [0xd53ed040, 39], // TPIDR_EL3
]);

/** The thread pointer and a constant, or (without a register) a constant. */
interface Known {
  readonly register: number | undefined;
  readonly offset: number;
  readonly isRelocated: boolean;
}

const Rd = (word: number): number => word & 31;
const Rn = (word: number): number => (word >>> 5) & 31;
const Rm = (word: number): number => (word >>> 16) & 31;
const imm12 = (word: number): number => (word >>> 10) & 0xfff;

/**
 * Follows code from one instruction to the next: what holds on that path is a fact, whatever else may lead to its end.
 * @param visit called for each access. @returns registers that are read as a thread pointer, also where no access is seen
 */
export function followThreadPointers(code: Uint8Array, start: Address, visit: (access: ThreadLocalAccess) => void): ReadonlySet<number> {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const read = new Set<number>();
  const known = new Map<number, Known>();
  const sum = (a: Known | undefined, b: Known | undefined): Known | undefined => {
    if (a === undefined || b === undefined || (a.register !== undefined && b.register !== undefined)) return undefined;
    return { register: a.register ?? b.register, offset: a.offset + b.offset, isRelocated: a.isRelocated || b.isRelocated };
  };
  for (let at = 0; at + 4 <= code.length; at += 4) {
    const word = view.getUint32(at, true);
    const set = (register: number, value: Known | undefined): void => {
      if (value === undefined || register === 31) known.delete(register);
      else known.set(register, value);
    };
    const note = (place: Known | undefined, isAddressOnly: boolean, more = 0): void => {
      if (place?.register === undefined) return;
      const { register, offset, isRelocated } = place;
      visit({ pc: start + at, isAddressOnly, register, offset: offset + more, isRelocated });
    };
    const thread = threadRegisters.get((word & 0xffffffe0) >>> 0);
    if (thread !== undefined) {
      read.add(thread);
      known.set(Rd(word), { register: thread, offset: 0, isRelocated: false });
    } else if ((word & 0xff800000) >>> 0 === 0x91000000) {
      // ADD (immediate): the high part comes first, shifted.
      const isHigh = (word & 0x00400000) !== 0;
      const constant = { register: undefined, offset: imm12(word) << (isHigh ? 12 : 0), isRelocated: isHigh };
      const result = sum(known.get(Rn(word)), constant);
      set(Rd(word), result);
      if (!isHigh) note(result, true);
    } else if ((word & 0xffe0fc00) >>> 0 === 0x8b000000) {
      // ADD (shifted register), not shifted.
      const result = sum(known.get(Rn(word)), known.get(Rm(word)));
      set(Rd(word), result);
      note(result, true);
    } else if ((word & 0xffe0ffe0) >>> 0 === 0xaa0003e0) set(Rd(word), known.get(Rm(word)));
    else if ((word & 0xff800000) >>> 0 === 0xd2800000) {
      // MOVZ, 64-bit
      set(Rd(word), { register: undefined, offset: half(word), isRelocated: true });
    } else if ((word & 0xff800000) >>> 0 === 0xf2800000) {
      // MOVK, 64-bit
      const old = known.get(Rd(word));
      set(Rd(word), old?.register === undefined && old ? { ...old, offset: old.offset + half(word) } : undefined);
    } else if (word !== NOP) {
      if ((word & 0x3b000000) >>> 0 === 0x39000000) {
        // Load/store register (unsigned immediate), scaled by its size.
        const scale = (word & 0x04800000) >>> 0 === 0x04800000 && word >>> 30 === 0 ? 4 : word >>> 30;
        note(known.get(Rn(word)), false, imm12(word) << scale);
      } else if ((word & 0x3b200c00) >>> 0 === 0x38200800) {
        // Load/store register (register offset)
        note(sum(known.get(Rn(word)), known.get(Rm(word))), false);
      } else if (isPair(word)) {
        const size = ((word & 0x04000000) !== 0 ? 4 << (word >>> 30) : word >>> 31 === 1 ? 8 : 4) as number;
        const offset = isPostIndexed(word) ? 0 : signed(word >>> 15, 7) * size;
        for (const each of [offset, offset + size]) note(known.get(Rn(word)), false, each);
        known.delete((word >>> 10) & 31);
      } else if (isLoadOrStore(word)) {
        const isUnscaled = (word & 0x3b200000) >>> 0 === 0x38000000;
        note(known.get(Rn(word)), false, isUnscaled && !isPostIndexed(word) ? signed(word >>> 12, 9) : 0);
      }
      // Pre- and post-indexed forms move the base.
      if (writesBack(word)) known.delete(Rn(word));
      const isBranchOrSystem = (word & 0x1c000000) >>> 0 === 0x14000000;
      if (isBranchOrSystem ? isSystemRead(word) : !isStore(word)) known.delete(Rd(word));
      if (!isBranchOrSystem) continue;
      if (isCall(word)) for (let register = 0; register < 19; register++) known.delete(register);
      else if (leavesForGood(word)) known.clear();
    }
  }
  return read;
}

const NOP = 0xd503201f;

const signed = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits);

const half = (word: number): number => ((word >>> 5) & 0xffff) * 2 ** (16 * ((word >>> 21) & 3));

const isPair = (word: number): boolean => (word & 0x3a000000) >>> 0 === 0x28000000;
/** But for LDR (literal), which has no base. */
const isLoadOrStore = (word: number): boolean => (word & 0x0a000000) >>> 0 === 0x08000000 && (word & 0x3b000000) >>> 0 !== 0x18000000;

/** STR, STP and their kin, and what loads a vector register: no general register has another value then. */
function isStore(word: number): boolean {
  if (!isLoadOrStore(word)) return false;
  if ((word & 0x04000000) !== 0) return true;
  if (isPair(word)) return (word & 0x00400000) === 0;
  const isAtomic = (word & 0x3b200c00) >>> 0 === 0x38200000;
  return (word & 0x00c00000) === 0 && !isAtomic;
}

const isPostIndexed = (word: number): boolean =>
  isPair(word) ? (word & 0x01800000) === 0x00800000 : (word & 0x3b200c00) >>> 0 === 0x38000400;

/** Pre- and post-indexed forms of LDR, STR, LDP and STP. */
function writesBack(word: number): boolean {
  if (isPair(word)) return (word & 0x00800000) !== 0;
  return (word & 0x3b200400) >>> 0 === 0x38000400;
}

/** MRS and SYSL. */
const isSystemRead = (word: number): boolean => (word & 0xffe00000) >>> 0 === 0xd5200000;
const isCall = (word: number): boolean => (word & 0xfc000000) >>> 0 === 0x94000000 || (word & 0xfffffc1f) >>> 0 === 0xd63f0000;
/** B, BR and RET: what follows is reached from elsewhere. */
const leavesForGood = (word: number): boolean => (word & 0xfc000000) >>> 0 === 0x14000000 || (word & 0xff9ffc1f) >>> 0 === 0xd61f0000;
