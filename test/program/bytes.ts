/** Little-endian pieces of a binary file, to be written with a comment per field. */
export type Bytes = readonly number[];

const littleEndian = (value: number | bigint, size: number): Bytes =>
  Array.from({ length: size }, (_, index) => Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(index * 8)) & 0xffn));

export const u8 = (value: number): Bytes => littleEndian(value, 1);
export const u16 = (value: number): Bytes => littleEndian(value, 2);
export const u32 = (value: number): Bytes => littleEndian(value, 4);
export const u64 = (value: number | bigint): Bytes => littleEndian(value, 8);

export function uleb(value: number | bigint): Bytes {
  const result: number[] = [];
  let rest = BigInt(value);
  do {
    const group = Number(rest & 0x7fn);
    rest >>= 7n;
    result.push(rest === 0n ? group : group | 0x80);
  } while (rest !== 0n);
  return result;
}

export function sleb(value: number | bigint): Bytes {
  const result: number[] = [];
  let rest = BigInt(value);
  for (;;) {
    const group = Number(rest & 0x7fn);
    rest >>= 7n;
    const isLast = (rest === 0n && (group & 0x40) === 0) || (rest === -1n && (group & 0x40) !== 0);
    result.push(isLast ? group : group | 0x80);
    if (isLast) return result;
  }
}

/** NUL-terminated. */
export const string = (text: string): Bytes => [...new TextEncoder().encode(text), 0];

export const padding = (size: number): Bytes => new Array<number>(size).fill(0);

export const concatenate = (...parts: readonly Bytes[]): Uint8Array => Uint8Array.from(parts.flat());

/** `parts` with their length in front, as units have it in 32-bit DWARF. */
export const counted = (...parts: readonly Bytes[]): Bytes => {
  const contents = parts.flat();
  return [...u32(contents.length), ...contents];
};
