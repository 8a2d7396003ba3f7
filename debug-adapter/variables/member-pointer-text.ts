/** Pointers to members of classes as text. */
import { isStruct, type StructType, stripped } from '../evaluate/c-types.ts';
import { basesOf, fixedOffset } from '../evaluate/members.ts';
import type { Scene } from '../evaluate/scene.ts';
import { typeName } from '../program/types-of.ts';
import type { Method, Type } from '../program/types.ts';
import { addressText } from './address-text.ts';

/** `&Vec::y`, `nullptr`; `undefined`: no member is there that such a pointer can point at. */
export function memberPointerText(
  { owner, to }: NonNullable<(Type & { kind: 'base' })['pointsToMember']>,
  offset: bigint,
): string | undefined {
  if (offset === -1n) return 'nullptr';
  const type = stripped(owner());
  const wanted = typeName(stripped(to()));
  const found = isStruct(type) ? memberAtOffset(type, Number(offset), wanted, 0) : undefined;
  return found && `&${found}`;
}

/** `&virtual Base::write(int)`, `0x40100120 <Vec::plus(int)>`, as gdb has it; `undefined`: no function is there in the virtual table. */
export function methodPointerText(
  scene: Scene,
  { owner }: NonNullable<(Type & { kind: 'base' })['pointsToMember']>,
  value: bigint,
): string | undefined {
  const [first, second] = [BigInt.asUintN(64, value), BigInt.asIntN(64, value >> 64n)];
  const adjustment = Number(second >> 1n);
  if ((second & 1n) === 0n) {
    if (first === 0n) return 'nullptr';
    return `${addressText(scene, first)}${adjustment === 0 ? '' : `, this adjustment ${adjustment}`}`;
  }
  const type = stripped(owner());
  const method = isStruct(type) ? virtualMethod(type, Number(first) / 8, adjustment, 0) : undefined;
  return method && `&virtual ${method.fullName}`;
}

/** By its place in the table of a base that stands at an offset, whose methods have been counted there. */
function virtualMethod(type: StructType, index: number, offset: number, depth: number): Method | undefined {
  const own = offset === 0 ? type.methods?.().find(({ virtualIndex }) => virtualIndex === index) : undefined;
  if (own || depth > MOST_BASES) return own;
  for (const base of basesOf(type)) {
    const start = fixedOffset(base);
    if (start === undefined || offset < start || offset >= start + base.type.size) continue;
    const found = virtualMethod(base.type, index, offset - start, depth + 1);
    if (found) return found;
  }
  return undefined;
}

/** Bases are looked into too, and what has no name. */
function memberAtOffset(type: StructType, offset: number, wanted: string, depth: number): string | undefined {
  for (const member of depth > MOST_BASES ? [] : type.members()) {
    if (member.locate || member.bit || member.variant) continue;
    if (member.base === undefined && member.name !== undefined) {
      if (member.offset === offset && typeName(stripped(member.type())) === wanted) return `${type.name ?? '?'}::${member.name}`;
      continue;
    }
    const inner = stripped(member.type());
    const found = isStruct(inner) ? memberAtOffset(inner, offset - member.offset, wanted, depth + 1) : undefined;
    if (found !== undefined) return member.base ? found : found.replace(/^.*::/s, `${type.name ?? '?'}::`);
  }
  return undefined;
}

/** Damaged debug information has classes that are bases of themselves. */
const MOST_BASES = 16;
