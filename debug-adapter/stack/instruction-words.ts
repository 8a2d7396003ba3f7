/** Code as its words, and the fields of the instructions that make frames. */
import type { MemoryReader } from '../program/program.ts';

/** As many of `count` words as can be read. */
export function wordsAt(memory: MemoryReader, address: bigint, count: number): readonly number[] {
  const bytes = memory(address, count * 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, index) => view.getUint32(index * 4, true));
}

/** Longer entry code of a handler is not read to its end. */
const LONGEST_ENTRY_CODE = 128;

/** The words from a handler's `entry` up to `pc`. */
export const entryWords = (memory: MemoryReader, entry: bigint, pc: bigint): readonly number[] =>
  wordsAt(memory, entry, Math.max(0, Math.min(LONGEST_ENTRY_CODE, Number((pc - entry) / 4n))));

/** `undefined`: there is no memory. */
export function doublewordAt(memory: MemoryReader, address: bigint): bigint | undefined {
  const bytes = memory(address, 8);
  return bytes.length < 8 ? undefined : new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}

/** A register's value as code has made it: what it began as, and what has been added since. */
export interface Value {
  /** The register that held it at the entry; from 32 on, something found elsewhere. */
  readonly base: number;
  readonly added: number;
}

/** LDP, STP, LDR and STR (immediate) of 64-bit registers. */
export interface Transfer {
  readonly isLoad: boolean;
  /** Of D registers. */
  readonly isVector: boolean;
  readonly registers: readonly number[];
  readonly base: number;
  readonly offset: number;
  readonly mode: 'post' | 'offset' | 'pre';
}

const pairModes = [undefined, 'post', 'offset', 'pre'] as const;

export const signed = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits);

/** `undefined`: the word is something else; so is LDR or STR (unsigned offset) of a D register, which moves no base. */
export function transferOf(word: number): Transfer | undefined {
  const Rt = word & 31;
  const common = { isLoad: ((word >>> 22) & 1) === 1, isVector: ((word >>> 26) & 1) === 1, base: (word >>> 5) & 31 };
  const pairMode = pairModes[(word >>> 23) & 3];
  const pairOpcode = (word & 0xfe000000) >>> 0;
  if ((pairOpcode === 0xa8000000 || pairOpcode === 0x6c000000) && pairMode !== undefined)
    return { ...common, registers: [Rt, (word >>> 10) & 31], offset: signed((word >>> 15) & 0x7f, 7) * 8, mode: pairMode };
  if ((word & 0xff800000) >>> 0 === 0xf9000000) return { ...common, registers: [Rt], offset: ((word >>> 10) & 0xfff) * 8, mode: 'offset' };
  if ((word & 0xfba00400) >>> 0 === 0xf8000400)
    return { ...common, registers: [Rt], offset: signed((word >>> 12) & 0x1ff, 9), mode: ((word >>> 11) & 1) === 1 ? 'pre' : 'post' };
  return undefined;
}

/** What ADD or SUB (immediate, 64-bit) adds, of which MOV to and from SP is one; `undefined`: the word is something else. */
export function addedImmediate(word: number): number | undefined {
  if ((word & 0xbf800000) >>> 0 !== 0x91000000) return undefined;
  const immediate = ((word >>> 10) & 0xfff) << (((word >>> 22) & 1) * 12);
  return ((word >>> 30) & 1) === 1 ? -immediate : immediate;
}

/** The source of MOV (register, 64-bit); 31 is XZR. `undefined`: the word is something else. */
export const movedRegister = (word: number): number | undefined =>
  (word & 0xffe0ffe0) >>> 0 === 0xaa0003e0 ? (word >>> 16) & 31 : undefined;
