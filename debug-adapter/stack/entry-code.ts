/** What a handler's entry code has done with the registers it must preserve, where it goes to a stack of its own and no call frame information tells. */
import type { FrameRegisters, MemoryReader } from '../program/program.ts';
import { LR, SP } from './registers.ts';

/** Longer entry code is not read to its end. */
const mostInstructions = 128;
/** X18-X30 and SP are the handler's to preserve (DEN0054, "Context of event handlers"). */
const firstPreserved = 18;

/** A value as the code has made it: what register `base` held at the entry, or (from 32 on) something it found elsewhere, and what has been added. */
interface Value {
  readonly base: number;
  readonly added: number;
}

interface Store {
  readonly to: Value;
  readonly value: Value;
}

/**
 * Of X18-X30 and SP at `entry`, those that the code up to `pc` has kept in a register or in memory that its registers still point to.
 * @param now the registers of the frame that stands at `pc`
 */
export function registersKeptByEntryCode(entry: bigint, pc: bigint, now: FrameRegisters, memory: MemoryReader): FrameRegisters {
  const count = Math.min(mostInstructions, Number((pc - entry) / 4n));
  const code = memory(entry, Math.max(0, count) * 4);
  const words = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const followed = follow(Array.from({ length: code.length >> 2 }, (_, index) => words.getUint32(index * 4, true)));
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
    const bytes = memory(base + BigInt(to.added), 8);
    if (bytes.length < 8) continue;
    const found = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
    kept.set(value.base, BigInt.asUintN(64, found - BigInt(value.added)));
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

  const access = (registers: readonly number[], base: number, offset: number, mode: Mode, isLoad: boolean): void => {
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
    const isLoad = ((word >>> 22) & 1) === 1;
    const pairMode = pairModes[(word >>> 23) & 3];
    if ((word & 0xfc000000) >>> 0 === 0x94000000 || (word & 0xfffffc1f) >>> 0 === 0xd63f0000) {
      for (let register = 0; register < firstPreserved; register++) values[register] = unknown();
      values[LR] = unknown();
    } else if ((word & 0x7c000000) === 0x14000000 || (word & 0xfe000000) >>> 0 === 0xd6000000) return undefined;
    else if ((word & 0xfe000000) >>> 0 === 0xa8000000 && pairMode !== undefined)
      access([Rd, Rt2], Rn, ((((word >>> 15) & 0x7f) << 25) >> 25) * 8, pairMode, isLoad);
    else if ((word & 0xff800000) >>> 0 === 0xf9000000) access([Rd], Rn, ((word >>> 10) & 0xfff) * 8, 'offset', isLoad);
    else if ((word & 0xffa00400) >>> 0 === 0xf8000400)
      access([Rd], Rn, (((word >>> 12) & 0x1ff) << 23) >> 23, ((word >>> 11) & 1) === 1 ? 'pre' : 'post', isLoad);
    else if ((word & 0xbf800000) >>> 0 === 0x91000000) {
      const immediate = ((word >>> 10) & 0xfff) << (((word >>> 22) & 1) * 12);
      values[Rd] = plus(values[Rn], (word >>> 30) & 1 ? -immediate : immediate);
    } else if ((word & 0xffe0ffe0) >>> 0 === 0xaa0003e0) {
      if (Rd <= LR) values[Rd] = (word >>> 16) % 32 === SP ? unknown() : values[(word >>> 16) & 31];
    } else if (!isConditionalBranch(word)) {
      // Whatever it is, it writes at most these.
      for (const register of [Rd, Rt2]) if (register <= LR) values[register] = unknown();
      const mayWriteSp = (word & 0x1f000000) === 0x12000000 || (word & 0x1fe00000) === 0x0b200000;
      if (Rd === SP && mayWriteSp) values[SP] = unknown();
    }
  }
  return { values, stores };
}

type Mode = 'post' | 'offset' | 'pre';
const pairModes = [undefined, 'post', 'offset', 'pre'] as const;

/** B.cond, CBZ, CBNZ, TBZ and TBNZ: both ways are taken to have done the same to what is kept. */
const isConditionalBranch = (word: number): boolean =>
  (word & 0xff000010) >>> 0 === 0x54000000 || (word & 0x7e000000) === 0x34000000 || (word & 0x7e000000) === 0x36000000;
