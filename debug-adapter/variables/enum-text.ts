/** Values of enumerations as text. */
import { hex } from '../evaluate/place.ts';
import type { Type } from '../program/types.ts';

type EnumType = Extract<Type, { kind: 'enum' }>;

/** A name, or for flags the names of the bits; `undefined` when the enumeration says nothing about the value. */
export function enumText(type: EnumType, value: bigint): string | undefined {
  const enumerators = type.enumerators();
  const named = (name: string) => (type.enumeratorScope === undefined ? name : `${type.enumeratorScope}::${name}`);
  const exact = enumerators.find((enumerator) => enumerator.value === value);
  if (exact) return named(exact.name);
  if (!isFlags(enumerators.map((enumerator) => enumerator.value))) return undefined;
  let rest = BigInt.asUintN(type.size * 8, value);
  const names: string[] = [];
  for (const { name, value: bits } of enumerators) {
    if (!isSingleBit(bits) || (rest & bits) === 0n) continue;
    names.push(named(name));
    rest &= ~bits;
  }
  if (names.length === 0) return undefined;
  return [...names, ...(rest ? [hex(rest)] : [])].join(' | ');
}

const isSingleBit = (value: bigint) => value > 0n && (value & (value - 1n)) === 0n;

/** Single bits and unions of them, and not simply counted through. */
function isFlags(values: readonly bigint[]): boolean {
  const distinct = [...new Set(values)];
  const bits = distinct.filter(isSingleBit).reduce((all, value) => all | value, 0n);
  if (bits === 0n || distinct.some((value) => value < 0n || (value & ~bits) !== 0n)) return false;
  const highest = distinct.reduce((a, b) => (a > b ? a : b));
  const lowest = distinct.reduce((a, b) => (a < b ? a : b));
  return BigInt(distinct.length) !== highest - lowest + 1n;
}
