/** Members of structs, unions and classes by the names that `.` and `->` accept. */
import type { MemoryReader } from '../program/program.ts';
import type { Member, Method, Type } from '../program/types.ts';
import { isNamed, lastName, namePath } from '../program/qualified-name.ts';
import { isStruct, type StructType, stripped } from './c-types.ts';
import { type BitRange, integerFrom } from './place.ts';

/** What stands in a class, or in what that is made of. */
interface Found {
  /** Bases and anonymous structs that lead there, from the outside in. */
  readonly path: readonly Member[];
  /** In the last of them. */
  readonly offset: number;
}

export interface FoundMember extends Found {
  readonly type: Type;
  readonly bit?: BitRange;
}

/** In bytes from the start of the object that was asked; `undefined`: it depends on the object, for a base is a virtual one. */
export const fixedOffset = ({ path, offset }: Found): number | undefined =>
  path.some(({ locate }) => locate) ? undefined : path.reduce((sum, member) => sum + member.offset, offset);

/** Where it is in the object at an address; `undefined`: its virtual table cannot be read. */
export function addressIn({ path, offset }: Found, object: bigint, memory: MemoryReader): bigint | undefined {
  let address: bigint | undefined = object;
  for (const { offset: inside, locate } of path) {
    if (address === undefined) return undefined;
    address = locate ? locate(address, memory) : address + BigInt(inside);
  }
  return address === undefined ? undefined : BigInt.asUintN(64, address + BigInt(offset));
}

/**
 * A member with the offsets of what it stands in added up: anonymous structs and unions, then C++'s bases, whose members an own one of the
 * same name hides. `Base::b` is that of a base.
 */
export function findMember(type: StructType, name: string): FoundMember | undefined {
  const scope = name.lastIndexOf('::');
  if (scope >= 0) {
    const owner = baseNamed(type, name.slice(0, scope));
    return owner && within(owner.path, findMember(owner.type, name.slice(scope + 2)));
  }
  for (const member of type.members()) {
    if (member.base === undefined && member.name === name) return { type: member.type(), path: [], offset: member.offset, bit: member.bit };
    const inner = member.base === undefined ? anonymous(member) : undefined;
    const found = inner && within([member], findMember(inner, name));
    if (found) return found;
  }
  for (const base of basesOf(type)) {
    const found = within(base.path, findMember(base.type, name));
    if (found) return found;
  }
  return undefined;
}

const within = <Thing extends Found>(around: readonly Member[], found: Thing | undefined): Thing | undefined =>
  found && { ...found, path: [...around, ...found.path] };

export interface FoundBase extends Found {
  readonly type: StructType;
}

/** The direct bases of a class. */
export function basesOf(type: StructType): readonly FoundBase[] {
  return type.members().flatMap((member) => {
    const base = member.base === undefined ? undefined : stripped(member.type());
    return base !== undefined && isStruct(base) ? [{ type: base, path: [member], offset: 0 }] : [];
  });
}

/** The class itself or a base of it, near ones first, by a name that may leave out scopes. */
export function baseNamed(type: StructType, name: string): FoundBase | undefined {
  if (type.name !== undefined && isNamed(namePath(name), namePath(type.name))) return { type, path: [], offset: 0 };
  const found = baseThat(type, (candidate) => candidate.name !== undefined && isNamed(namePath(name), namePath(candidate.name)));
  if (found) return found;
  // Of a base of a base, on the way that is said: `L::Root`.
  const last = name.lastIndexOf('::');
  const outer = last < 0 ? undefined : baseNamed(type, name.slice(0, last));
  const inner = outer && baseNamed(outer.type, name.slice(last + 2));
  return inner && within(outer.path, inner);
}

/** The first base at any depth that fits. */
export function baseThat(type: StructType, fits: (candidate: StructType) => boolean): FoundBase | undefined {
  const bases = basesOf(type);
  const direct = bases.find((base) => fits(base.type));
  if (direct) return direct;
  for (const base of bases) {
    const found = within(base.path, baseThat(base.type, fits));
    if (found) return found;
  }
  return undefined;
}

/**
 * Whether a member of a variant record is there.
 * @param read bytes of the record from an offset on
 */
export function isPresent({ variant }: Member, read: (offset: number, size: number) => Uint8Array): boolean {
  if (variant === undefined) return true;
  const value = integerFrom(read(variant.discriminant.offset, variant.size));
  return variant.value === undefined ? !variant.others.includes(value) : variant.value === value;
}

/** Functions of a class, or of the nearest base that has some of the name, which may have parameters. */
export function methodsNamed(
  type: StructType,
  name: string,
): { readonly owner: StructType; readonly methods: readonly Method[] } | undefined {
  const scope = name.replace(/\(.*$/s, '').lastIndexOf('::');
  if (scope >= 0) {
    const owner = baseNamed(type, name.slice(0, scope));
    return owner && methodsNamed(owner.type, name.slice(scope + 2));
  }
  const wanted = namePath(name);
  const methods = (type.methods?.() ?? []).filter(
    (method) => lastName(wanted) === lastName(namePath(method.name)) && isNamed(wanted, namePath(method.fullName)),
  );
  if (methods.length > 0) return { owner: type, methods };
  for (const base of basesOf(type)) {
    const found = methodsNamed(base.type, name);
    if (found) return found;
  }
  return undefined;
}

/** The struct or union behind a member without a name. */
export function anonymous(member: Member): StructType | undefined {
  if (member.name !== undefined) return undefined;
  const type = stripped(member.type());
  return isStruct(type) ? type : undefined;
}

/** Every name that `.` accepts. */
export function memberNames(type: StructType): string[] {
  const statics = type.statics?.().map(({ name }) => name) ?? [];
  const ofObjects = type.members().flatMap((member) => {
    const plain = stripped(member.type());
    const inner = member.base === undefined ? anonymous(member) : isStruct(plain) ? plain : undefined;
    return inner ? memberNames(inner) : member.name === undefined ? [] : [member.name];
  });
  return [...ofObjects, ...statics];
}
