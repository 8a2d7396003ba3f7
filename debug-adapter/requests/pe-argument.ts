import { unknownPe } from '../errors.ts';
import type { Guest } from '../session/guest.ts';

/** The argument `pe` of a custom request. @throws UserError */
export function peOfGuest({ target }: Guest, pe: number): number {
  if (pe >= target.pes.length) throw unknownPe(pe, target.pes.length);
  return pe;
}
