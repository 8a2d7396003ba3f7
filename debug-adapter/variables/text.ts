/** Characters and strings of the guest as C writes them. */
import { stripped } from '../evaluate/c-types.ts';
import { ValueUnavailable } from '../evaluate/place.ts';
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

/** One-byte types that hold characters: `char` in all its signs, but not what is named as an 8-bit number (`uint8_t`, `u8`). */
export function isText(type: Type): boolean {
  // Damaged debug information may name a type by itself.
  for (let current = type, names = 0; names < longestChain; names++) {
    switch (current.kind) {
      case 'typedef':
        if (numberNames.test(current.name)) return false;
        current = current.to();
        break;
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'atomic':
        current = current.to();
        break;
      default: {
        const plain = stripped(current);
        return plain.kind === 'base' && plain.size === 1 && plain.encoding.endsWith('-char');
      }
    }
  }
  return false;
}

export type ArrayType = Extract<Type, { kind: 'array' }>;

/** An array that holds a string. */
export const isTextArray = ({ element, isVector }: ArrayType): boolean => !isVector && isText(element());

const octal = (byte: number) => `\\${byte.toString(8).padStart(3, '0')}`;

/** `'a'`, `'\n'`, `'\033'` */
export function characterText(value: bigint): string {
  const byte = Number(value & 0xffn);
  if (byte === 0x27) return "'\\''";
  const text = escapes.get(byte) ?? (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : octal(byte));
  return `'${text}'`;
}

const literalPrefixes: Readonly<Record<string, string>> = { char16_t: 'u', char32_t: 'U' };

/** `'é'`, in C++ `u'é'` and `U'é'`: a character of Unicode in a type of its own. */
export function codePointText(type: string, value: bigint): string {
  const prefix = literalPrefixes[type] ?? '';
  const isCharacter = value >= 0x80n && value <= 0x10ffffn && !(value >= 0xd800n && value < 0xe000n);
  if (value >= 0x80n && !isCharacter) return `${prefix}'\\u{${value.toString(16)}}'`;
  return prefix + (isCharacter ? `'${String.fromCodePoint(Number(value))}'` : characterText(value));
}

/**
 * `"text"`, up to the NUL; an ellipsis after the quotation mark says that there is more.
 * @param longest bytes shown at most
 * @param size bytes of the array; absent: only the NUL ends it
 * @throws ValueUnavailable if not even the first byte can be read
 */
export function stringText(read: (offset: number, length: number) => Uint8Array, longest: number, size?: number): string {
  const bytes: number[] = [];
  const limit = Math.min(size ?? longest, longest);
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
    const end = chunk.indexOf(0);
    bytes.push(...(end >= 0 ? chunk.subarray(0, end) : chunk));
    ended = end >= 0;
  }
  if (broken && bytes.length === 0 && !ended) throw broken;
  const more = broken && !ended ? ` ${broken.display}` : ended || bytes.length === size ? '' : '…';
  return `"${quotedBytes(Uint8Array.from(bytes))}"${more}`;
}

/**
 * `"text"` of so many bytes, whatever is in them; cut off like {@link stringText}.
 * @throws ValueUnavailable if one of the bytes shown cannot be read
 */
export function countedText(read: (offset: number, length: number) => Uint8Array, longest: number, size: number): string {
  const bytes = size === 0 ? new Uint8Array() : read(0, Math.min(size, longest));
  return `"${quotedBytes(bytes)}"${size > longest ? '…' : ''}`;
}

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
    else if (byte < 0x80) text += escapes.get(byte) ?? (byte >= 0x20 && byte !== 0x7f ? String.fromCharCode(byte) : octal(byte));
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
