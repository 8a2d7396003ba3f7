/** Characters and strings of the guest as C writes them. */
import { integerFrom, ValueUnavailable } from '../evaluate/place.ts';
import type { Type } from '../program/types.ts';

const escapes = new Map([
  [0x0a, '\\n'],
  [0x09, '\\t'],
  [0x0d, '\\r'],
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x0c, '\\f'],
  [0x0b, '\\v'],
  [0x5c, '\\\\'],
]);
const longestChain = 100;
const numberNames = /^(_*(u?int|[us])_?8(_t)?|byte|BYTE|uchar)$/;

/** What a type holds text in: bytes of UTF-8, or units of 2 or 4 bytes, which C marks with a prefix. */
export interface Characters {
  readonly size: 1 | 2 | 4;
  readonly prefix: '' | 'L' | 'u' | 'U';
}

const bytes: Characters = { size: 1, prefix: '' };
/** In C these are typedefs, in C++ types of their own. */
const named: ReadonlyMap<string, Characters> = new Map(
  Object.entries({
    wchar_t: { size: 4, prefix: 'L' },
    char8_t: bytes,
    char16_t: { size: 2, prefix: 'u' },
    char32_t: { size: 4, prefix: 'U' },
  }),
);

/**
 * Of types that hold characters: `char` in all its signs, but not what is named as an 8-bit number (`uint8_t`, `u8`), and the wide ones of C and C++.
 * `undefined`: the type holds none.
 */
export function charactersOf(type: Type): Characters | undefined {
  // Damaged debug information may name a type by itself.
  for (let current = type, names = 0; names < longestChain; names++) {
    switch (current.kind) {
      case 'typedef': {
        if (numberNames.test(current.name)) return undefined;
        const wide = named.get(current.name);
        if (wide) return wide;
        current = current.to();
        break;
      }
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'atomic':
        current = current.to();
        break;
      default:
        if (current.kind !== 'base') return undefined;
        return current.size === 1 && current.encoding.endsWith('-char') ? bytes : named.get(current.name);
    }
  }
  return undefined;
}

export type ArrayType = Extract<Type, { kind: 'array' }>;

/** Of an array that holds a string. */
export const stringOf = ({ element, isVector }: ArrayType): Characters | undefined => (isVector ? undefined : charactersOf(element()));

const octal = (byte: number) => `\\${byte.toString(8).padStart(3, '0')}`;

/** `'a'`, `'\n'`, `'\033'` */
export function characterText(value: bigint): string {
  const byte = Number(value & 0xffn);
  if (byte === 0x27) return "'\\''";
  return `'${asciiText(byte)}'`;
}

/** `'é'`, in C and C++ `L'é'`, `u'é'` and `U'é'`: a character of Unicode in a type of its own. */
export const codePointText = (prefix: string, value: bigint): string =>
  prefix + (value < 0x80n ? characterText(value) : `'${escapedCodePoint(Number(value)) ?? String.fromCodePoint(Number(value))}'`);

/** Of what is no character; `undefined`: it is one. */
const escapedCodePoint = (point: number): string | undefined =>
  point > 0x10ffff || (point >= 0xd800 && point < 0xe000) ? `\\u{${point.toString(16)}}` : undefined;

/**
 * `"text"`, up to the NUL; an ellipsis after the quotation mark says that there is more.
 * @param longest characters shown at most
 * @param size bytes of the array; absent: only the NUL ends it
 * @throws ValueUnavailable if not even the first byte can be read
 */
export function stringText(
  read: (offset: number, length: number) => Uint8Array,
  longest: number,
  size?: number,
  { size: unit, prefix }: Characters = bytes,
): string {
  const bytes: number[] = [];
  const limit = Math.min(size ?? longest * unit, longest * unit);
  let broken: ValueUnavailable | undefined;
  let ended = false;
  while (bytes.length < limit && !ended && !broken) {
    const length = Math.min(64, limit - bytes.length);
    let chunk: Uint8Array;
    try {
      chunk = read(bytes.length, length);
    } catch (error) {
      if (!(error instanceof ValueUnavailable)) throw error;
      [chunk, broken] = readable(read, bytes.length, length, error);
    }
    const end = endOf(chunk, unit);
    bytes.push(...(end >= 0 ? chunk.subarray(0, end) : chunk));
    ended = end >= 0;
  }
  if (broken && bytes.length === 0 && !ended) throw broken;
  const more = broken && !ended ? ` ${broken.display}` : ended || bytes.length === size ? '' : '…';
  const quoted = unit === 1 ? quotedBytes(Uint8Array.from(bytes)) : quotedUnits(Uint8Array.from(bytes), unit);
  return `${prefix}"${quoted}"${more}`;
}

/**
 * `"text"` of so many bytes, whatever is in them; cut off like {@link stringText}.
 * @throws ValueUnavailable if one of the bytes shown cannot be read
 */
export function countedText(read: (offset: number, length: number) => Uint8Array, longest: number, size: number): string {
  const bytes = size === 0 ? new Uint8Array() : read(0, Math.min(size, longest));
  return `"${quotedBytes(bytes)}"${size > longest ? '…' : ''}`;
}

/** Where the first character stands that is 0; -1: none is. */
function endOf(bytes: Uint8Array, unit: number): number {
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at + 1))
    if (at % unit === 0 && bytes.subarray(at, at + unit).every((byte) => byte === 0)) return at;
  return -1;
}

/** UTF-16 or UTF-32. */
function quotedUnits(bytes: Uint8Array, unit: 2 | 4): string {
  const units = Array.from({ length: Math.floor(bytes.length / unit) }, (_, at) =>
    Number(integerFrom(bytes.subarray(at * unit, (at + 1) * unit))),
  );
  const points = unit === 4 ? units : Array.from(String.fromCharCode(...units), (point) => point.codePointAt(0) ?? 0);
  return points
    .map((point) => {
      if (point === 0x22) return '\\"';
      return point < 0x80 ? asciiText(point) : (escapedCodePoint(point) ?? String.fromCodePoint(point));
    })
    .join('');
}

const asciiText = (byte: number): string => escapes.get(byte) ?? (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : octal(byte));

/** The part of a chunk before the first byte that cannot be read. */
function readable(
  read: (offset: number, length: number) => Uint8Array,
  offset: number,
  length: number,
  error: ValueUnavailable,
): [Uint8Array, ValueUnavailable | undefined] {
  const bytes: number[] = [];
  for (let i = 0; i < length; i++) {
    try {
      bytes.push(read(offset + i, 1)[0]);
    } catch (failure) {
      if (!(failure instanceof ValueUnavailable)) throw failure;
      return [Uint8Array.from(bytes), failure];
    }
  }
  return [Uint8Array.from(bytes), error];
}

/** UTF-8 where it is, octal escapes where it is not. */
function quotedBytes(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const byte = bytes[i];
    const length =
      byte < 0x80 ? 1 : byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
    const character = length > 1 ? decode(bytes.subarray(i, i + length)) : undefined;
    if (byte === 0x22) text += '\\"';
    else if (byte < 0x80) text += asciiText(byte);
    else text += character ?? octal(byte);
    i += character === undefined ? 1 : length;
  }
  return text;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
