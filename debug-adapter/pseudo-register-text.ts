/** Values of pseudo firmware registers as people read and write them. */
import { badRegisterValue } from './errors.ts';

/** Up to 8 bytes as one number `0x…`, more as hexadecimal digits, first byte first. */
export function textOfRegister(value: Uint8Array): string {
  const digits = (bytes: Iterable<number>) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return value.length <= 8 ? `0x${digits([...value].reverse())}` : digits(value);
}

/** The reverse; a number may be decimal too. @throws UserError */
export function bytesOfText(text: string, length: number): Uint8Array {
  const plain = text.trim();
  if (length <= 8 && /^(?:0x[0-9a-f]+|\d+)$/i.test(plain)) {
    const number = BigInt(plain);
    if (number >= 1n << BigInt(length * 8)) throw badRegisterValue(text, length);
    return Uint8Array.from({ length }, (_, index) => Number((number >> BigInt(index * 8)) & 0xffn));
  }
  const digits = plain.replace(/[\s_]/g, '');
  if (digits.length !== length * 2 || !/^[0-9a-f]*$/i.test(digits)) throw badRegisterValue(text, length);
  return Uint8Array.from({ length }, (_, index) => Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16));
}
