/** Members of structs, unions and classes by the names that `.` and `->` accept. */
import type { Member, Type } from '../program/types.ts';
import { isNamed, namePath } from '../program/qualified-name.ts';
import { isStruct, type StructType, stripped } from './c-types.ts';
import { type BitRange, integerFrom } from './place.ts';

export interface FoundMember {
  readonly type: Type;
  /** In bytes from the start of the object that was asked. */
  readonly offset: number;
  readonly bit?: BitRange;
}

/**
 * A member with the offsets of what it stands in added up: anonymous structs and unions, then C++'s bases, whose members an own one of the
 * same name hides. `Base::b` is that of a base.
 */
export function findMember(type: StructType, name: string): FoundMember | undefined {
  const scope = name.lastIndexOf('::');
  if (scope >= 0) {
    const owner = baseNamed(type, name.slice(0, scope));
    return owner && within(owner, findMember(owner.type, name.slice(scope + 2)));
  }
  for (const member of type.members()) {
    if (member.base === undefined && member.name === name) return { type: member.type(), offset: member.offset, bit: member.bit };
    const inner = member.base === undefined ? anonymous(member) : undefined;
    const found = inner && within({ offset: member.offset }, findMember(inner, name));
    if (found) return found;
  }
  for (const base of basesOf(type)) {
    const found = within(base, findMember(base.type, name));
    if (found) return found;
  }
  return undefined;
}

const within = (around: { readonly offset: number }, found: FoundMember | undefined): FoundMember | undefined =>
  found && { ...found, offset: found.offset + around.offset };

export interface FoundBase {
  readonly type: StructType;
  readonly offset: number;
}

/** The direct bases of a class. */
export function basesOf(type: StructType): readonly FoundBase[] {
  return type.members().flatMap((member) => {
    const base = member.base === undefined ? undefined : stripped(member.type());
    return base !== undefined && isStruct(base) ? [{ type: base, offset: member.offset }] : [];
  });
}

/** The class itself or a base of it, near ones first, by a name that may leave out scopes. */
export function baseNamed(type: StructType, name: string): FoundBase | undefined {
  if (type.name !== undefined && isNamed(namePath(name), namePath(type.name))) return { type, offset: 0 };
  return baseThat(type, (candidate) => candidate.name !== undefined && isNamed(namePath(name), namePath(candidate.name)));
}

/** The first base at any depth that fits. */
export function baseThat(type: StructType, fits: (candidate: StructType) => boolean): FoundBase | undefined {
  const bases = basesOf(type);
  const direct = bases.find((base) => fits(base.type));
  if (direct) return direct;
  for (const base of bases) {
    const found = baseThat(base.type, fits);
    if (found) return { type: found.type, offset: found.offset + base.offset };
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

/** The struct or union behind a member without a name. */
export function anonymous(member: Member): StructType | undefined {
  if (member.name !== undefined) return undefined;
  const type = stripped(member.type());
  return isStruct(type) ? type : undefined;
}

/** Every name that `.` accepts. */
export function memberNames(type: StructType): string[] {
  return type.members().flatMap((member) => {
    const plain = stripped(member.type());
    const inner = member.base === undefined ? anonymous(member) : isStruct(plain) ? plain : undefined;
    return inner ? memberNames(inner) : member.name === undefined ? [] : [member.name];
  });
}
