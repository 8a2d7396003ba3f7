import type { InlineRegister } from '../a64/instruction.ts';
import type { Pe } from '../pe.ts';
import { BANKED_SP_SLOT } from '../cpu-state.ts';
import { isZeroingProhibited } from './register-behaviour.ts';
import { SLOT } from './storage.ts';
import { isReadAsStored } from './system-registers.ts';

/** Where the value of each is, among the system registers of a PE. SP_EL0 is another one's while it is the stack pointer. */
export const INLINE_REGISTER_SLOT: Readonly<Record<InlineRegister, number>> = {
  SP_EL0: BANKED_SP_SLOT,
  TPIDR_EL0: SLOT.TPIDR_EL0,
  TPIDRRO_EL0: SLOT.TPIDRRO_EL0,
  TPIDR_EL1: SLOT.TPIDR_EL1,
  TPIDR_EL2: SLOT.TPIDR_EL2,
};
const names = Object.keys(INLINE_REGISTER_SLOT) as InlineRegister[];

/** The register's bit of OFFSET.INLINE_ACCESS. */
export const inlineReadBit = (name: InlineRegister): number => 1 << names.indexOf(name);
/** DC ZVA's. */
export const INLINE_ZEROING = 1 << names.length;

/** What generated code may do by itself in the PE's present mode: nothing traps it. Anything else is an exception, or the host's. */
export function inlineAccess(pe: Pe): number {
  let bits = isZeroingProhibited(pe) ? 0 : INLINE_ZEROING;
  for (const name of names) if (isReadAsStored(pe, name)) bits |= inlineReadBit(name);
  return bits;
}
