import type { PseudoRegister } from '../debug-adapter/custom-requests.ts';

export type Parsed = { readonly value: string } | { readonly problem: string };

/**
 * What a person typed for a register of `bytes` bytes, as `sdei/setPseudoRegister` takes it.
 * Up to 8 bytes: a number (`0x…`, `0b…` or decimal); more: the bytes in hexadecimal, first byte first.
 */
export function parseRegisterValue(text: string, bytes: number): Parsed {
  const typed = text.replace(/[\s_]/g, '');
  if (bytes > 8) {
    const digits = typed.replace(/^0x/i, '');
    if (!/^[0-9a-f]*$/i.test(digits)) return { problem: 'Write the bytes in hexadecimal, first byte first.' };
    if (digits.length !== bytes * 2) return { problem: `${digits.length} digits, expected ${bytes * 2}: two for each of ${bytes} bytes.` };
    return { value: digits.toLowerCase() };
  }
  if (!/^(0x[0-9a-f]+|0b[01]+|\d+)$/i.test(typed)) return { problem: 'Write a number: 0x…, 0b… or decimal.' };
  const value = BigInt(typed);
  if (value >> BigInt(bytes * 8) !== 0n) return { problem: `Too large: ${bytes} bytes hold up to 0x${'f'.repeat(bytes * 2)}.` };
  return { value: `0x${value.toString(16)}` };
}

/** The whole register with one bit of a bitmap changed. */
export function withBit(register: PseudoRegister, bit: number, set: boolean): string {
  const mask = 1n << BigInt(bit);
  const value = BigInt(register.value ?? 0);
  return `0x${(set ? value | mask : value & ~mask).toString(16)}`;
}

/**
 * The whole register with one of its fields changed. Fields are 64-bit words, least significant byte first, in the order of `fields`.
 * @returns undefined if the register has no such field
 */
export function withField(register: PseudoRegister, field: number, value: string): string | undefined {
  const { value: bytes, fields } = register;
  if (bytes === undefined || fields === undefined || register.bytes <= 8 || field >= fields.length) return undefined;
  const start = field * 16;
  if (littleEndian(BigInt(fields[field].value)) !== bytes.slice(start, start + 16).toLowerCase()) return undefined;
  return bytes.slice(0, start) + littleEndian(BigInt(value)) + bytes.slice(start + 16);
}

const littleEndian = (value: bigint) => (value.toString(16).padStart(16, '0').match(/../g) ?? []).reverse().join('');
