import type { Address } from '../addresses.ts';
import type { PartOfFile, Window } from '../file-bytes.ts';
import { decodeString } from '../strings.ts';

/** Debug information that contradicts itself or the standard. Never leaves `program/`: the unit is skipped with a note. */
export class DwarfError extends Error {}

/** One debug section of an image. */
export interface Section extends PartOfFile {
  readonly name: string;
  readonly view: DataView;
  /** Where it is loaded; 0 for those that are not. */
  readonly address: Address;
}

export const sectionFromBytes = (
  name: string,
  bytes: Uint8Array,
  address: Address = 0,
  { load, peek, window }: Omit<PartOfFile, 'bytes'> = {},
): Section => ({
  name,
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  address,
  ...(load !== undefined && peek !== undefined && window !== undefined && { load, peek, window }),
});

/** The section for who looks at `length` bytes here and there: they are read by themselves, and not kept. */
export function inPassing(section: Section, length: number): Section {
  const { bytes, peek } = section;
  if (peek === undefined) return section;
  let last: Window | undefined;
  return {
    ...section,
    window(start, end) {
      if (last === undefined || start < last.start || end > last.start + last.bytes.length) {
        const found = new Uint8Array(Math.max(end - start, Math.min(length, bytes.length - start)));
        peek(start, found);
        last = { bytes: found, view: new DataView(found.buffer), start };
      }
      return last;
    },
  };
}

/** The section for who goes through it by one {@link Reader} at a time, piece by piece: all are read into the same memory. */
export function pieceByPiece(section: Section, length = 1 << 15): Section {
  const { bytes, peek } = section;
  if (peek === undefined) return section;
  let memory = new Uint8Array(length);
  return {
    ...section,
    window(start, end) {
      if (end - start > memory.length) memory = new Uint8Array(end - start);
      const found = memory.subarray(0, Math.min(memory.length, bytes.length - start));
      peek(start, found);
      return { bytes: found, view: new DataView(memory.buffer, 0, found.length), start };
    },
  };
}

const NOTHING = new DataView(new ArrayBuffer());
const NO_BYTES = new Uint8Array();

/** Little-endian cursor over a part of a section. @throws DwarfError where the part ends too early. */
export class Reader {
  readonly section: Section;
  readonly end: number;
  /** Some of the section's, from `base` on. */
  private read: Uint8Array;
  private view: DataView;
  private base: number;
  /** In `read`, as is `ready`: up to there bytes may be taken. */
  private at: number;
  private ready: number;

  constructor(section: Section, offset = 0, end: number = section.bytes.length) {
    if (!(offset >= 0 && offset <= end && end <= section.bytes.length)) {
      throw new DwarfError(`${section.name} has no bytes ${offset} to ${end} (it has ${section.bytes.length})`);
    }
    this.section = section;
    this.end = end;
    if (section.window === undefined) {
      this.read = section.bytes;
      this.view = section.view;
      this.base = 0;
      this.at = offset;
      this.ready = end;
    } else {
      this.read = NO_BYTES;
      this.view = NOTHING;
      this.base = offset;
      this.at = 0;
      this.ready = 0;
    }
  }

  get offset(): number {
    return this.base + this.at;
  }
  set offset(offset: number) {
    this.at = offset - this.base;
    // What stands before those that are there.
    if (this.at < 0) this.ready = this.at;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  /** Advances and returns where it was. What is skipped is not read. */
  skip(length: number): number {
    const { offset } = this;
    if (!(length >= 0 && length <= this.end - offset)) {
      throw new DwarfError(`${this.section.name} ends at ${this.end}, inside the ${length} bytes at ${offset}`);
    }
    this.at += length;
    return offset;
  }

  /** As {@link skip}, over bytes that are about to be read. @returns where they are in `read` and `view`, which may be others than before */
  private take(length: number): number {
    if (this.at + length > this.ready) this.need(length);
    const { at } = this;
    this.at = at + length;
    return at;
  }

  private need(length: number, what = `the ${length} bytes at ${this.offset}`): void {
    const { offset, end, section } = this;
    if (offset + length > end) throw new DwarfError(`${section.name} ends at ${end}, inside ${what}`);
    const window = section.window?.(offset, offset + length);
    if (window === undefined) return;
    this.read = window.bytes;
    this.view = window.view;
    this.base = window.start;
    this.at = offset - window.start;
    this.ready = Math.min(end - window.start, window.bytes.length);
  }

  u8(): number {
    const at = this.take(1);
    return this.read[at];
  }
  i8(): number {
    const at = this.take(1);
    return this.view.getInt8(at);
  }
  u16(): number {
    const at = this.take(2);
    return this.view.getUint16(at, true);
  }
  i16(): number {
    const at = this.take(2);
    return this.view.getInt16(at, true);
  }
  u24(): number {
    const at = this.take(3);
    return this.view.getUint16(at, true) + this.read[at + 2] * 0x10000;
  }
  u32(): number {
    const at = this.take(4);
    return this.view.getUint32(at, true);
  }
  i32(): number {
    const at = this.take(4);
    return this.view.getInt32(at, true);
  }
  u64(): bigint {
    const at = this.take(8);
    return this.view.getBigUint64(at, true);
  }
  i64(): bigint {
    const at = this.take(8);
    return this.view.getBigInt64(at, true);
  }
  /** A 64-bit address as a signed number. */
  address(): Address {
    const at = this.take(8);
    return this.view.getInt32(at + 4, true) * 2 ** 32 + this.view.getUint32(at, true);
  }
  /** A section offset or length: 4 bytes in 32-bit DWARF, 8 in 64-bit DWARF. */
  sectionOffset(offsetSize: 4 | 8): number {
    return offsetSize === 4 ? this.u32() : Number(this.u64());
  }

  /** Exact up to 2^53; beyond that only for what is then out of every bound anyway. */
  uleb(): number {
    let result = 0;
    let scale = 1;
    for (;;) {
      if (this.at >= this.ready) this.need(1, 'a LEB128 number');
      const byte = this.read[this.at++];
      result += (byte & 0x7f) * scale;
      if (byte < 0x80) return result;
      scale *= 128;
    }
  }
  ulebBig(): bigint {
    const { value } = this.lebGroups();
    return BigInt.asUintN(64, value);
  }
  slebBig(): bigint {
    const { value, bits } = this.lebGroups();
    return BigInt.asIntN(64, BigInt.asIntN(bits, value));
  }
  sleb(): number {
    const { offset } = this;
    let result = 0;
    // What is exact as a number has no more than eight bytes.
    for (let scale = 1; scale < 2 ** 56; scale *= 128) {
      const byte = this.u8();
      if (byte < 0x80) return result + (byte < 0x40 ? byte : byte - 0x80) * scale;
      result += (byte & 0x7f) * scale;
    }
    this.offset = offset;
    return Number(this.slebBig());
  }
  skipLeb(): void {
    while (this.u8() >= 0x80);
  }

  private lebGroups(): { value: bigint; bits: number } {
    let value = 0n;
    let bits = 0;
    for (;;) {
      const byte = this.u8();
      if (bits < 70) {
        value |= BigInt(byte & 0x7f) << BigInt(bits);
        bits += 7;
      }
      if (byte < 0x80) return { value, bits };
    }
  }

  /** NUL-terminated. */
  string(): string {
    const { offset } = this;
    this.skipString();
    const length = this.offset - 1 - offset;
    this.offset = offset;
    const at = this.take(length + 1);
    return decodeString(this.read, at, at + length);
  }
  skipString(): void {
    const { offset } = this;
    for (;;) {
      const { read } = this;
      while (this.at < this.ready) if (read[this.at++] === 0) return;
      this.need(1, `the string at ${offset}`);
    }
  }
  bytes(length: number): Uint8Array {
    this.skip(length);
    this.at -= length;
    const at = this.take(length);
    return this.read.subarray(at, at + length);
  }
}

/** The initial length field of a unit: its size, and with it whether this is 32- or 64-bit DWARF (§7.4). */
export function readInitialLength(reader: Reader): { readonly length: number; readonly offsetSize: 4 | 8 } {
  const first = reader.u32();
  if (first < 0xfffffff0) return { length: first, offsetSize: 4 };
  if (first !== 0xffffffff) throw new DwarfError(`${reader.section.name} has the reserved unit length 0x${first.toString(16)}`);
  return { length: Number(reader.u64()), offsetSize: 8 };
}
