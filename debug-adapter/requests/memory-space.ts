/** Whose memory a reference means: `0x40100000` as the PE that has stopped sees it, `PA:` physical, `EL2:` or `EL1@PE1:` as that PE would there. */
import { addressInSpace, unknownPe } from '../errors.ts';
import type { Session } from '../session.ts';
import type { AddressSpace } from '../target/target.ts';
import { addressFrom } from './address.ts';

export interface MemoryPlace {
  readonly address: bigint;
  readonly space: AddressSpace;
}

/** @throws UserError */
export function memoryPlace(session: Session, what: string, reference: string, offset = 0): MemoryPlace {
  const { target } = session.theGuest();
  const [, prefix, text = reference] = /^\s*([^:]*):(.*)$/.exec(reference) ?? [];
  const stopped = session.lastStop?.pe ?? 0;
  if (prefix === undefined) return { address: addressFrom(what, text, offset), space: { kind: 'virtual', pe: stopped } };
  const [, name, number] = /^(PA|EL[0-2])(?:@PE(\d+))?$/i.exec(prefix) ?? [];
  const isPhysical = name?.toUpperCase() === 'PA';
  if (name === undefined || (isPhysical && number !== undefined)) throw addressInSpace(what, reference);
  const pe = number === undefined ? stopped : Number(number);
  if (target.pes[pe] === undefined) throw unknownPe(pe, target.pes.length);
  return {
    address: addressFrom(what, text, offset),
    space: isPhysical ? { kind: 'physical' } : { kind: 'virtual', pe, el: Number(name.at(-1)) },
  };
}
