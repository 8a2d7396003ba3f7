import type { InlineRegister } from '../a64/instruction.ts';
import type { Pe } from '../pe.ts';
import { BANKED_SP_SLOT, DAIF_SLOT } from '../cpu-state.ts';
import { isStepSet } from './software-step.ts';
import { isZeroingProhibited } from './register-behaviour.ts';
import { SLOT } from './storage.ts';
import { isMaintenanceTrapped } from './system-instructions.ts';
import { isAccessedDirectly } from './system-registers.ts';

/**
 * Where the value of each is, among the system registers of a PE. SP_EL0 is another one's while it is the stack pointer; MPIDR_EL1 is what EL1
 * reads.
 */
export const INLINE_REGISTER_SLOT: Readonly<Record<InlineRegister, number>> = {
  SP_EL0: BANKED_SP_SLOT,
  TPIDR_EL0: SLOT.TPIDR_EL0,
  TPIDRRO_EL0: SLOT.TPIDRRO_EL0,
  TPIDR_EL1: SLOT.TPIDR_EL1,
  TPIDR_EL2: SLOT.TPIDR_EL2,
  DAIF: DAIF_SLOT,
  CTR_EL0: SLOT.CTR_EL0,
  DCZID_EL0: SLOT.DCZID_EL0,
  MPIDR_EL1: SLOT.VMPIDR_EL2,
};
const names = Object.keys(INLINE_REGISTER_SLOT) as InlineRegister[];

/** The register's bit of OFFSET.INLINE_ACCESS. */
export const inlineReadBit = (name: InlineRegister): number => 1 << names.indexOf(name);
/** DC ZVA's. */
export const INLINE_ZEROING = 1 << names.length;
/** That of writing PSTATE.DAIF. */
export const INLINE_MASKING = 2 << names.length;
/** That of IC and DC by address. */
export const INLINE_MAINTENANCE = 4 << names.length;

/** Where the stored value may not be read, that is an exception; else the host may give another value. */
export const isRefusedWithException = (name: InlineRegister): boolean => name !== 'DCZID_EL0' && name !== 'MPIDR_EL1';

/** What generated code may do by itself in the PE's present mode: nothing traps it. Anything else is an exception, or the host's. */
export function inlineAccess(pe: Pe): number {
  const isZeroing = !isZeroingProhibited(pe);
  let bits = 0;
  if (isZeroing) bits |= INLINE_ZEROING;
  // PSTATE.D decides whether a guest that steps itself goes on.
  if (isAccessedDirectly(pe, 'DAIF', false) && !isStepSet(pe)) bits |= INLINE_MASKING;
  if (!isMaintenanceTrapped(pe)) bits |= INLINE_MAINTENANCE;
  for (const name of names) {
    // DCZID_EL0.DZP says the same.
    const isOther = (name === 'DCZID_EL0' && !isZeroing) || (name === 'MPIDR_EL1' && pe.state.exceptionLevel === 2);
    if (!isOther && isAccessedDirectly(pe, name, true)) bits |= inlineReadBit(name);
  }
  return bits;
}
