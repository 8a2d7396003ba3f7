/** Structures of a kernel in its memory, by the layout that its debug information gives them. */
import type { Program } from '../program/program.ts';
import type { Type } from '../program/types.ts';
import { stripTypedefsAndQualifiers, typeSize } from '../program/types-of.ts';

/** Bytes at an address, fewer where memory ends. */
export type Memory = (address: bigint, length: number) => Uint8Array;

/** A piece of the kernel's data. */
export interface Datum {
  readonly address: bigint;
  readonly type: Type;
}

/** @returns `undefined` if the kernel has no such complete type */
export function structAt(program: Program, name: string, address: bigint): Datum | undefined {
  const type = program.typeNamed(name);
  return type && { address, type };
}

/** `a.b.c`, through anonymous members; `undefined`: there is no such member. */
export function member(datum: Datum | undefined, path: string): Datum | undefined {
  let found = datum;
  for (const name of path.split('.')) found = found && memberNamed(found, name);
  return found;
}

function memberNamed({ address, type }: Datum, name: string): Datum | undefined {
  const plain = stripTypedefsAndQualifiers(type);
  if (!('members' in plain)) return undefined;
  for (const candidate of plain.members()) {
    const datum = { address: address + BigInt(candidate.offset), type: candidate.type() };
    if (candidate.name === name) return datum;
    const inside = candidate.name === undefined ? memberNamed(datum, name) : undefined;
    if (inside !== undefined) return inside;
  }
  return undefined;
}

export function element(datum: Datum | undefined, index: number): Datum | undefined {
  const plain = datum && stripTypedefsAndQualifiers(datum.type);
  if (datum === undefined || plain?.kind !== 'array') return undefined;
  const type = plain.element();
  const size = typeSize(type);
  return size === undefined ? undefined : { address: datum.address + BigInt(index * size), type };
}

/** An unsigned number or an address. */
export function numberIn(datum: Datum | undefined, memory: Memory): bigint | undefined {
  const size = datum && typeSize(datum.type);
  if (datum === undefined || size === undefined || size > 8) return undefined;
  const bytes = memory(datum.address, size);
  return bytes.length < size ? undefined : bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** What a pointer points at. */
export function behind(datum: Datum | undefined, memory: Memory): Datum | undefined {
  const plain = datum && stripTypedefsAndQualifiers(datum.type);
  const address = plain?.kind === 'pointer' ? numberIn(datum, memory) : undefined;
  return plain?.kind !== 'pointer' || address === undefined || address === 0n ? undefined : { address, type: plain.to() };
}

const LONGEST_TEXT = 256;

export function textAt(address: bigint | undefined, memory: Memory): string | undefined {
  if (address === undefined) return undefined;
  const bytes = memory(address, LONGEST_TEXT);
  const end = bytes.indexOf(0);
  return end < 0 ? undefined : new TextDecoder().decode(bytes.subarray(0, end));
}
