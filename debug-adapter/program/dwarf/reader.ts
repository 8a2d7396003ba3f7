import type { Address } from '../addresses.ts';
import type { PartOfFile } from '../file-bytes.ts';
import { decodeString } from '../strings.ts';

/** Debug information that contradicts itself or the standard. Never leaves `program/`: the unit is skipped with a note. */
export class DwarfError extends Error {}

/** One debug section of an image. */
export interface Section {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where it is loaded; 0 for those that are not. */
  readonly address: Address;
  /** Absent: all bytes are there; else {@link Reader} asks for them, see {@link PartOfFile}. */
  readonly load?: PartOfFile['load'];
  readonly peek?: PartOfFile['peek'];
}

export const sectionFromBytes = (
  name: string,
  bytes: Uint8Array,
  address: Address = 0,
  { load, peek }: Pick<PartOfFile, 'load' | 'peek'> = {},
): Section => ({
  name,
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  address,
  ...(load === undefined ? {} : { load }),
  ...(peek === undefined ? {} : { peek }),
});

/** Little-endian cursor over a part of a section. @throws DwarfError where the part ends too early. */
export class Reader {
  readonly section: Section;
  readonly end: number;
  private at: number;
  /** Up to here bytes are there. */
  private ready: number;

  constructor(section: Section, offset = 0, end: number = section.bytes.length) {
    if (!(offset >= 0 && offset <= end && end <= section.bytes.length)) {
      throw new DwarfError(`${section.name} has no bytes ${offset} to ${end} (it has ${section.bytes.length})`);
    }
    this.section = section;
    this.at = offset;
    this.end = end;
    this.ready = section.load === undefined ? end : 0;
  }

  get offset(): number {
    return this.at;
  }
  set offset(offset: number) {
    this.at = offset;
    if (this.section.load !== undefined) this.ready = 0;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  /** Advances and returns where it was. What is skipped is not read. */
  skip(length: number): number {
    const { at } = this;
    if (!(length >= 0 && length <= this.end - at)) {
      throw new DwarfError(`${this.section.name} ends at ${this.end}, inside the ${length} bytes at ${at}`);
    }
    this.at = at + length;
    return at;
  }

  /** As {@link skip}, over bytes that are about to be read. */
  private take(length: number): number {
    const { at } = this;
    if (at + length > this.ready) this.need(length);
    this.at = at + length;
    return at;
  }

  private need(length: number, what = `the ${length} bytes at ${this.at}`): void {
    const { at, end, section } = this;
    if (at + length > end) throw new DwarfError(`${section.name} ends at ${end}, inside ${what}`);
    this.ready = Math.min(end, section.load?.(at, at + length) ?? end);
  }

  u8(): number {
    return this.section.bytes[this.take(1)];
  }
  i8(): number {
    return this.section.view.getInt8(this.take(1));
  }
  u16(): number {
    return this.section.view.getUint16(this.take(2), true);
  }
  i16(): number {
    return this.section.view.getInt16(this.take(2), true);
  }
  u24(): number {
    const at = this.take(3);
    return this.section.view.getUint16(at, true) + this.section.bytes[at + 2] * 0x10000;
  }
  u32(): number {
    return this.section.view.getUint32(this.take(4), true);
  }
  i32(): number {
    return this.section.view.getInt32(this.take(4), true);
  }
  u64(): bigint {
    return this.section.view.getBigUint64(this.take(8), true);
  }
  i64(): bigint {
    return this.section.view.getBigInt64(this.take(8), true);
  }
  /** A 64-bit address as a signed number. */
  address(): Address {
    const at = this.take(8);
    return this.section.view.getInt32(at + 4, true) * 2 ** 32 + this.section.view.getUint32(at, true);
  }
  /** A section offset or length: 4 bytes in 32-bit DWARF, 8 in 64-bit DWARF. */
  sectionOffset(offsetSize: 4 | 8): number {
    return offsetSize === 4 ? this.u32() : Number(this.u64());
  }

  /** Exact up to 2^53; beyond that only for what is then out of every bound anyway. */
  uleb(): number {
    const { bytes } = this.section;
    let result = 0;
    let scale = 1;
    for (;;) {
      if (this.at >= this.ready) this.need(1, 'a LEB128 number');
      const byte = bytes[this.at++];
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
    const start = this.at;
    this.skipString();
    return decodeString(this.section.bytes, start, this.at - 1);
  }
  skipString(): void {
    const { bytes } = this.section;
    const start = this.at;
    for (;;) {
      while (this.at < this.ready) if (bytes[this.at++] === 0) return;
      this.need(1, `the string at ${start}`);
    }
  }
  bytes(length: number): Uint8Array {
    this.skip(length);
    this.at -= length;
    const at = this.take(length);
    return this.section.bytes.subarray(at, at + length);
  }
}

/** The initial length field of a unit: its size, and with it whether this is 32- or 64-bit DWARF (§7.4). */
export function readInitialLength(reader: Reader): { readonly length: number; readonly offsetSize: 4 | 8 } {
  const first = reader.u32();
  if (first < 0xfffffff0) return { length: first, offsetSize: 4 };
  if (first !== 0xffffffff) throw new DwarfError(`${reader.section.name} has the reserved unit length 0x${first.toString(16)}`);
  return { length: Number(reader.u64()), offsetSize: 8 };
}
