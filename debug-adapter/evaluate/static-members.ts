/** Static data members of C++'s classes: variables with the class as their scope, which its objects show among their members. */
import type { Program } from '../program/program.ts';
import type { Member, StaticMember } from '../program/types.ts';
import type { StructType } from './c-types.ts';
import { basesOf, baseNamed } from './members.ts';
import { type Place, ValueUnavailable } from './place.ts';
import type { Scene } from './scene.ts';
import { variablePlace } from './variable-place.ts';

export interface FoundStatic {
  readonly owner: StructType;
  readonly member: StaticMember;
}

/** By the names that `.` and `->` accept: of the class, then of its bases; `Base::s` is that of a base. */
export function findStatic(type: StructType, name: string): FoundStatic | undefined {
  const scope = name.lastIndexOf('::');
  if (scope >= 0) {
    const owner = baseNamed(type, name.slice(0, scope));
    return owner && findStatic(owner.type, name.slice(scope + 2));
  }
  const member = type.statics?.().find((candidate) => candidate.name === name);
  if (member) return { owner: type, member };
  for (const base of basesOf(type)) {
    const found = findStatic(base.type, name);
    if (found) return found;
  }
  return undefined;
}

/** The place throws where nothing is left of the variable, or where it is defined in code without debug information. */
export function staticPlace({ owner, member }: FoundStatic, programs: readonly Program[]): (scene: Scene) => Place {
  for (const program of programs) {
    const variable = program.global(`::${owner.name}::${member.name}`);
    if (variable) return variablePlace(variable, program, undefined);
  }
  return () => {
    throw new ValueUnavailable('<optimized out>', `'${owner.name}::${member.name}' is optimized out here.`);
  };
}

/** Members of objects and static ones in the order of their declaration. */
export function membersInOrder(type: StructType): readonly (Member | FoundStatic)[] {
  const members: readonly Member[] = type.members();
  const statics = type.statics?.() ?? [];
  if (statics.length === 0) return members;
  const found = (place: number) => statics.filter(({ before }) => before === place).map((member) => ({ owner: type, member }));
  return [...members.flatMap((member, place) => [...found(place), member]), ...found(members.length)];
}
export const isStatic = (member: Member | FoundStatic): member is FoundStatic => 'owner' in member;
