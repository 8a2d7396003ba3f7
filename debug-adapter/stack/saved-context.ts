/** What the entry code of an SDEI handler has stored of the interrupted registers where its argument points, as Linux' does. */
import type { FrameRegisters, MemoryReader } from '../program/program.ts';
import { LR, SP } from './registers.ts';

/** Longer entry code is not read to its end. */
const mostInstructions = 128;
/** The event's argument is in X1 (DEN0054, "Entry state"). */
const ARGUMENT = 1;

/** A register's contents, as an entry value and what has been added. */
interface Contents {
  readonly register: number;
  readonly added: number;
}

/**
 * X18-X30 and SP as the handler found them at `entry`, as far as its code before `pc` has stored them at the event's argument.
 * Nothing where it stores them elsewhere, or not yet.
 */
export function registersSavedAtArgument(entry: bigint, pc: bigint, argument: bigint, memory: MemoryReader): FrameRegisters {
  const count = Math.min(mostInstructions, Number((pc - entry) / 4n));
  const code = memory(entry, Math.max(0, count) * 4);
  const words = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const saved = new Map<number, bigint>();
  for (const [register, offset] of placesAfter(Array.from({ length: code.length >> 2 }, (_, index) => words.getUint32(index * 4, true)))) {
    const bytes = memory(argument + BigInt(offset), 8);
    if (bytes.length === 8) saved.set(register, new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  }
  return saved;
}

/** Register → offset from the argument, for what straight-line code has stored. */
function placesAfter(words: readonly number[]): ReadonlyMap<number, number> {
  const contents: (Contents | undefined)[] = Array.from({ length: SP + 1 }, (_, register) => ({ register, added: 0 }));
  const places = new Map<number, number>();
  const store = (base: number, offset: number, registers: readonly number[]): void => {
    const pointer = contents[base];
    if (pointer?.register !== ARGUMENT) return;
    for (const [index, register] of registers.entries()) {
      const value = register === SP ? undefined : contents[register];
      const isPreserved = value !== undefined && value.added === 0 && value.register >= 18 && value.register <= SP;
      if (isPreserved && !places.has(value.register)) places.set(value.register, pointer.added + offset + index * 8);
    }
  };
  for (const word of words) {
    const Rd = word & 31;
    const Rn = (word >>> 5) & 31;
    if (endsStraightLine(word)) break;
    if ((word & 0xffc00000) >>> 0 === 0xa9000000) store(Rn, ((((word >>> 15) & 0x7f) << 25) >> 25) * 8, [Rd, (word >>> 10) & 31]);
    else if ((word & 0xffc00000) >>> 0 === 0xf9000000) store(Rn, ((word >>> 10) & 0xfff) * 8, [Rd]);
    else if ((word & 0xbf800000) >>> 0 === 0x91000000) {
      const immediate = ((word >>> 10) & 0xfff) << (((word >>> 22) & 1) * 12);
      const from = contents[Rn];
      contents[Rd] = from && { ...from, added: from.added + ((word >>> 30) & 1 ? -immediate : immediate) };
    } else if ((word & 0xffe0ffe0) >>> 0 === 0xaa0003e0 && Rd !== SP) contents[Rd] = contents[(word >>> 16) & 31];
    else {
      // Whatever it is, it writes at most these; of SP only what is understood above.
      for (const register of [Rd, (word >>> 10) & 31]) if (register <= LR) contents[register] = undefined;
    }
  }
  return places;
}

/** B, BL, BR, BLR, RET, ERET. */
const endsStraightLine = (word: number): boolean => (word & 0x7c000000) === 0x14000000 || (word & 0xfe000000) >>> 0 === 0xd6000000;
