/** What the entry code of an SDEI handler has stored of the interrupted registers where its argument points, as Linux' does. */
import type { FrameRegisters, MemoryReader } from '../program/program.ts';
import { addedImmediate, doublewordAt, entryWords, movedRegister, transferOf, type Value } from './instruction-words.ts';
import { LR, SP } from './registers.ts';

/** The event's argument is in X1 (DEN0054, "Entry state"). */
const ARGUMENT = 1;

/**
 * X18-X30 and SP as the handler found them at `entry`, as far as its code before `pc` has stored them at the event's argument.
 * Nothing where it stores them elsewhere, or not yet.
 */
export function registersSavedAtArgument(entry: bigint, pc: bigint, argument: bigint, memory: MemoryReader): FrameRegisters {
  const saved = new Map<number, bigint>();
  for (const [register, offset] of placesAfter(entryWords(memory, entry, pc))) {
    const value = doublewordAt(memory, argument + BigInt(offset));
    if (value !== undefined) saved.set(register, value);
  }
  return saved;
}

/** Register → offset from the argument, for what straight-line code has stored. */
function placesAfter(words: readonly number[]): ReadonlyMap<number, number> {
  const contents: (Value | undefined)[] = Array.from({ length: SP + 1 }, (_, register) => ({ base: register, added: 0 }));
  const places = new Map<number, number>();
  const store = (base: number, offset: number, registers: readonly number[]): void => {
    const pointer = contents[base];
    if (pointer?.base !== ARGUMENT) return;
    for (const [index, register] of registers.entries()) {
      const value = register === SP ? undefined : contents[register];
      const isPreserved = value !== undefined && value.added === 0 && value.base >= 18 && value.base <= SP;
      if (isPreserved && !places.has(value.base)) places.set(value.base, pointer.added + offset + index * 8);
    }
  };
  for (const word of words) {
    const Rd = word & 31;
    const Rn = (word >>> 5) & 31;
    if (endsStraightLine(word)) break;
    const transfer = transferOf(word);
    const added = addedImmediate(word);
    const moved = movedRegister(word);
    if (transfer !== undefined) {
      const { base, offset, mode, registers, isLoad, isVector } = transfer;
      const pointer = contents[base];
      if (!isLoad && !isVector) store(base, mode === 'post' ? 0 : offset, registers);
      if (isLoad && !isVector) for (const register of registers) if (register !== SP) contents[register] = undefined;
      if (mode !== 'offset') contents[base] = pointer && { ...pointer, added: pointer.added + offset };
    } else if (added !== undefined) {
      const from = contents[Rn];
      contents[Rd] = from && { ...from, added: from.added + added };
    } else if (moved !== undefined && Rd !== SP) contents[Rd] = contents[moved];
    else {
      // Whatever it is, it writes at most these; of SP only what is understood above.
      for (const register of [Rd, (word >>> 10) & 31]) if (register <= LR) contents[register] = undefined;
      if (isLoadOrStore(word)) contents[Rn] = undefined;
    }
  }
  return places;
}

/** C4.1: loads and stores, whose base may be written back. */
const isLoadOrStore = (word: number): boolean => (word & 0x0a000000) === 0x08000000;

/** B, BL, BR, BLR, RET, ERET. */
const endsStraightLine = (word: number): boolean => (word & 0x7c000000) === 0x14000000 || (word & 0xfe000000) >>> 0 === 0xd6000000;
