import type { Address } from '../addresses.ts';
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
}

export const sectionFromBytes = (name: string, bytes: Uint8Array, address: Address = 0): Section => ({
  name,
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  address,
});

/** Little-endian cursor over a part of a section. @throws DwarfError where the part ends too early. */
export class Reader {
  readonly section: Section;
  readonly end: number;
  offset: number;

  constructor(section: Section, offset = 0, end: number = section.bytes.length) {
    if (!(offset >= 0 && offset <= end && end <= section.bytes.length)) {
      throw new DwarfError(`${section.name} has no bytes ${offset} to ${end} (it has ${section.bytes.length})`);
    }
    this.section = section;
    this.offset = offset;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  /** Advances and returns where it was. */
  skip(length: number): number {
    const at = this.offset;
    if (!(length >= 0 && length <= this.end - at)) {
      throw new DwarfError(`${this.section.name} ends at ${this.end}, inside the ${length} bytes at ${at}`);
    }
    this.offset = at + length;
    return at;
  }

  u8(): number {
    return this.section.bytes[this.skip(1)];
  }
  i8(): number {
    return this.section.view.getInt8(this.skip(1));
  }
  u16(): number {
    return this.section.view.getUint16(this.skip(2), true);
  }
  i16(): number {
    return this.section.view.getInt16(this.skip(2), true);
  }
  u24(): number {
    const at = this.skip(3);
    return this.section.view.getUint16(at, true) + this.section.bytes[at + 2] * 0x10000;
  }
  u32(): number {
    return this.section.view.getUint32(this.skip(4), true);
  }
  i32(): number {
    return this.section.view.getInt32(this.skip(4), true);
  }
  u64(): bigint {
    return this.section.view.getBigUint64(this.skip(8), true);
  }
  i64(): bigint {
    return this.section.view.getBigInt64(this.skip(8), true);
  }
  /** A 64-bit address as a signed number. */
  address(): Address {
    const at = this.skip(8);
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
      if (this.offset >= this.end) throw new DwarfError(`${this.section.name} ends at ${this.end}, inside a LEB128 number`);
      const byte = bytes[this.offset++];
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
    const { bytes } = this.section;
    const start = this.offset;
    let end = start;
    while (end < this.end && bytes[end] !== 0) end++;
    if (end >= this.end) throw new DwarfError(`${this.section.name} ends at ${this.end}, inside the string at ${start}`);
    this.offset = end + 1;
    return decodeString(bytes, start, end);
  }
  skipString(): void {
    const end = this.section.bytes.indexOf(0, this.offset);
    if (end < 0 || end >= this.end) throw new DwarfError(`${this.section.name} ends at ${this.end}, inside the string at ${this.offset}`);
    this.offset = end + 1;
  }
  bytes(length: number): Uint8Array {
    const at = this.skip(length);
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
