/** A system register taken apart, and put into words. */
import type { SystemRegister, SystemRegisterField } from '../../debug-adapter/custom-requests.ts';

export interface BitRange {
  readonly msb: number;
  readonly lsb: number;
}

export const bitsOf = ({ msb, lsb }: BitRange): number => msb - lsb + 1;
export const extract = (value: bigint, { msb, lsb }: BitRange): bigint => BigInt.asUintN(msb - lsb + 1, value >> BigInt(lsb));
export const maskOf = ({ msb, lsb }: BitRange): bigint => ((1n << BigInt(msb - lsb + 1)) - 1n) << BigInt(lsb);
export const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** `31:26`, `0` */
const range = ({ msb, lsb }: BitRange): string => (msb === lsb ? `${msb}` : `${msb}:${lsb}`);
/** `bit 0`; `bits 63:27, 24` */
export const bitsText = (ranges: readonly BitRange[]): string =>
  `${ranges.length === 1 && bitsOf(ranges[0]) === 1 ? 'bit' : 'bits'} ${ranges.map(range).join(', ')}`;

/** `1 (MMU on)`, `0x15 (SVC)`: as the Variables view says it. */
export function fieldText({ values, ...bits }: BitRange & { readonly values?: SystemRegisterField['values'] }, value: bigint): string {
  const number = value < 10n && bitsOf(bits) < 32 ? String(value) : hex(value);
  const meaning = values?.[String(value)];
  return meaning === undefined ? number : `${number} (${meaning})`;
}

export interface RegisterParts {
  /** Highest first; a part without a name is written, and means nothing to this table. */
  readonly parts: readonly (BitRange & { readonly name?: string; readonly values?: SystemRegisterField['values'] })[];
  /** Bits outside of them, which keep their value. */
  readonly res0: readonly BitRange[];
  readonly res1: readonly BitRange[];
}

/** Highest first. */
const rangesOf = (mask: bigint): BitRange[] =>
  [...BigInt.asUintN(64, mask).toString(2).padStart(64, '0').matchAll(/1+/g)].map(({ 0: ones, index }) => ({
    msb: 63 - index,
    lsb: 64 - index - ones.length,
  }));

/** All bits of a register, of which `value` says what those are that are none of a field. */
export function partsOf({ fields, writableBits }: SystemRegister, value: bigint): RegisterParts {
  const writable = BigInt(writableBits);
  const rest = ~fields.reduce((mask, field) => mask | maskOf(field), 0n);
  const parts = [...fields, ...rangesOf(rest & writable)].sort((one, other) => other.msb - one.msb);
  return { parts, res0: rangesOf(rest & ~writable & ~value), res1: rangesOf(rest & ~writable & value) };
}

/** Whether a write changes any bit of the field. */
export const isWritable = ({ access, writableBits }: SystemRegister, field?: BitRange): boolean =>
  access !== 'RO' && (field === undefined ? BigInt(writableBits) !== 0n : access === 'RW' && (BigInt(writableBits) & maskOf(field)) !== 0n);

/** What a person typed for a register or field: a number (`0x…`, `0b…` or decimal), or the name of a value. */
export function parseFieldValue(
  text: string,
  field: BitRange & { readonly values?: SystemRegisterField['values'] },
): { readonly value: bigint } | { readonly problem: string } {
  const typed = text.trim();
  const named = Object.entries(field.values ?? {}).find(([, meaning]) => meaning.toLowerCase() === typed.toLowerCase());
  const digits = named?.[0] ?? typed.replace(/\s+\(.*\)$/, '').replace(/[\s_]/g, '');
  if (!/^(?:0x[0-9a-f]+|0b[01]+|\d+)$/i.test(digits))
    return { problem: `Write a number (0x…, 0b… or decimal)${field.values === undefined ? '' : ', or the name of a value'}.` };
  const value = BigInt(digits);
  const bits = bitsOf(field);
  if (value >> BigInt(bits) !== 0n)
    return { problem: `Too large: ${bits === 1 ? '1 bit is 0 or 1' : `${bits} bits hold up to ${hex((1n << BigInt(bits)) - 1n)}`}.` };
  return { value };
}

/** The bits that writing `value` over `present` would leave as they are though they differ. */
export const keptBits = ({ writableBits }: SystemRegister, present: bigint, value: bigint): BitRange[] =>
  rangesOf((present ^ value) & ~BigInt(writableBits));
