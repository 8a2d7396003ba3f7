/** What a handler's entry code has done with the registers it must preserve, where it goes to a stack of its own and no call frame information tells. */
import type { FrameRegisters, MemoryReader } from '../program/program.ts';
import { addedImmediate, doublewordAt, entryWords, movedRegister, type Transfer, transferOf, type Value } from './instruction-words.ts';
import { LR, SP } from './registers.ts';

/** X18-X30 and SP are the handler's to preserve (DEN0054, "Context of event handlers"). */
const firstPreserved = 18;

interface Store {
  readonly to: Value;
  readonly value: Value;
}

/**
 * Of X18-X30 and SP at `entry`, those that the code up to `pc` has kept in a register or in memory that its registers still point to.
 * @param now the registers of the frame that stands at `pc`
 */
export function registersKeptByEntryCode(entry: bigint, pc: bigint, now: FrameRegisters, memory: MemoryReader): FrameRegisters {
  const followed = follow(entryWords(memory, entry, pc));
  if (followed === undefined) return new Map();
  const { values, stores } = followed;

  const bases = new Map<number, bigint>();
  for (const [register, { base, added }] of values.entries()) {
    const value = now.get(register);
    if (value !== undefined) bases.set(base, BigInt.asUintN(64, value - BigInt(added)));
  }
  const kept = new Map<number, bigint>();
  for (const { to, value } of stores) {
    const base = bases.get(to.base);
    if (base === undefined || value.base < firstPreserved || value.base > SP || kept.has(value.base)) continue;
    const found = doublewordAt(memory, base + BigInt(to.added));
    if (found !== undefined) kept.set(value.base, BigInt.asUintN(64, found - BigInt(value.added)));
  }
  for (const [base, value] of bases) if (base >= firstPreserved && base <= SP) kept.set(base, value);
  return kept;
}

/** The values of X0-X30 and SP behind the last instruction, and what has been stored where; `undefined`: control does not come there from the entry. */
function follow(words: readonly number[]): { readonly values: readonly Value[]; readonly stores: readonly Store[] } | undefined {
  let unknowns = SP;
  const unknown = (): Value => ({ base: ++unknowns, added: 0 });
  const values: Value[] = Array.from({ length: SP + 1 }, (_, register) => ({ base: register, added: 0 }));
  const stores: Store[] = [];
  const plus = ({ base, added }: Value, more: number): Value => ({ base, added: added + more });

  const access = ({ registers, base, offset, mode, isLoad }: Transfer): void => {
    const before = values[base];
    const first = mode === 'post' ? before : plus(before, offset);
    for (const [index, register] of registers.entries()) {
      const to = plus(first, index * 8);
      const known = stores.findLast((store) => store.to.base === to.base && store.to.added === to.added);
      if (isLoad && register <= LR) values[register] = known?.value ?? unknown();
      // Register 31 is XZR here.
      if (!isLoad) stores.push({ to, value: register <= LR ? values[register] : unknown() });
    }
    if (mode !== 'offset') values[base] = plus(before, offset);
  };

  for (const word of words) {
    const Rd = word & 31;
    const Rn = (word >>> 5) & 31;
    const Rt2 = (word >>> 10) & 31;
    const transfer = transferOf(word);
    const added = addedImmediate(word);
    const moved = movedRegister(word);
    if ((word & 0xfc000000) >>> 0 === 0x94000000 || (word & 0xfffffc1f) >>> 0 === 0xd63f0000) {
      for (let register = 0; register < firstPreserved; register++) values[register] = unknown();
      values[LR] = unknown();
    } else if ((word & 0x7c000000) === 0x14000000 || (word & 0xfe000000) >>> 0 === 0xd6000000) return undefined;
    else if (transfer !== undefined && !transfer.isVector) access(transfer);
    else if (added !== undefined) values[Rd] = plus(values[Rn], added);
    else if (moved !== undefined) {
      if (Rd <= LR) values[Rd] = moved === SP ? unknown() : values[moved];
    } else if (!isConditionalBranch(word)) {
      // Whatever it is, it writes at most these.
      for (const register of [Rd, Rt2]) if (register <= LR) values[register] = unknown();
      const mayWriteSp = (word & 0x1f000000) === 0x12000000 || (word & 0x1fe00000) === 0x0b200000;
      if (Rd === SP && mayWriteSp) values[SP] = unknown();
    }
  }
  return { values, stores };
}

/** B.cond, CBZ, CBNZ, TBZ and TBNZ: both ways are taken to have done the same to what is kept. */
const isConditionalBranch = (word: number): boolean =>
  (word & 0xff000010) >>> 0 === 0x54000000 || (word & 0x7e000000) === 0x34000000 || (word & 0x7e000000) === 0x36000000;
