/** C++: what an object is in the end, by its virtual table, and where its parts are (Itanium C++ ABI §2.4, §2.9). */
import type { MemoryReader, Program } from '../program/program.ts';
import { stripped, isStruct, type StructType } from './c-types.ts';
import { addressIn, basesOf } from './members.ts';
import { integerFrom } from './place.ts';

/** The whole that an object is a part of. */
export interface Whole {
  readonly type: StructType;
  readonly address: bigint;
}

/** Deeper than any class hierarchy; damaged debug information has classes that are bases of themselves. */
const MAXIMUM_DEPTH = 16;

/** Whether objects of the class have a virtual table. */
export function isPolymorphic(type: StructType, depth = 0): boolean {
  if (depth > MAXIMUM_DEPTH) return false;
  const hasVirtual = type.methods?.().some(({ virtualIndex }) => virtualIndex !== undefined) ?? false;
  return hasVirtual || basesOf(type).some((base) => base.path[0].locate !== undefined || isPolymorphic(base.type, depth + 1));
}

/**
 * The object that begins with a pointer to a virtual table has, before what that points at, its type_info and the way to the start of the whole.
 * @returns the name of its class where debug information has none of that name; `undefined`: there is no such table
 */
export function wholeOf(
  address: bigint,
  memory: MemoryReader,
  programs: readonly Program[],
  classNamed: (name: string) => StructType | undefined,
): Whole | string | undefined {
  const word = (at: bigint): bigint | undefined => {
    const bytes = memory(BigInt.asUintN(64, at), 8);
    return bytes.length === 8 ? integerFrom(bytes) : undefined;
  };
  const table = word(address);
  const toTop = table === undefined ? undefined : word(table - 16n);
  const info = table === undefined ? undefined : word(table - 8n);
  if (table === undefined || toTop === undefined) return undefined;
  const name = nameBehind('typeinfo for ', info, programs) ?? nameBehind('vtable for ', table, programs);
  if (name === undefined) return undefined;
  const type = classNamed(name);
  return type === undefined ? name : { type, address: BigInt.asUintN(64, address + toTop) };
}

function nameBehind(prefix: string, address: bigint | undefined, programs: readonly Program[]): string | undefined {
  for (const program of address === undefined || address === 0n ? [] : programs) {
    const name = program.symbolAt(address as bigint)?.name;
    if (name?.startsWith(prefix)) return name.slice(prefix.length);
  }
  return undefined;
}

/** Addresses of all parts of an object that are of a class, itself too; a virtual base that is shared is one. */
export function partsOf({ type, address }: Whole, wanted: StructType, memory: MemoryReader, depth = 0): ReadonlySet<bigint> {
  if (type.name === wanted.name) return new Set([address]);
  const found = new Set<bigint>();
  for (const base of depth > MAXIMUM_DEPTH ? [] : basesOf(type)) {
    const there = addressIn(base, address, memory);
    const part = stripped(base.type);
    if (there !== undefined && isStruct(part))
      for (const at of partsOf({ type: part, address: there }, wanted, memory, depth + 1)) found.add(at);
  }
  return found;
}

/**
 * C++ [expr.dynamic.cast]: where in `whole` the class `to` is that an object of class `from` at `address` is meant to be a part of; whether
 * bases are public is not looked at. `undefined`: nowhere, or in more than one place.
 */
export function dynamicCast(whole: Whole, from: StructType, address: bigint, to: StructType, memory: MemoryReader): bigint | undefined {
  const all = [...partsOf(whole, to, memory)];
  const around = all.filter((at) => partsOf({ type: to, address: at }, from, memory).has(address));
  const [only] = around.length > 0 ? around : all;
  return (around.length > 0 ? around : all).length === 1 ? only : undefined;
}
