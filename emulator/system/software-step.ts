import type { Pe } from '../pe.ts';
import { tge } from './configuration.ts';
import { EC } from './exception-classes.ts';
import type { SynchronousException } from './exceptions.ts';
import { anyOf, mask, stored } from './storage.ts';

/** Software step (Arm ARM, "Software Step exceptions"): PSTATE.SS = 1 is one instruction yet to go, 0 the exception. */

const SPSR_D = 1 << 9;
const SPSR_SS = 1 << 21;
const DAIF_D = 8;
/** MDSCR_EL1.SS */
export const isStepSet = anyOf('MDSCR_EL1', mask('MDSCR_EL1.SS'));
const isKernelDebug = anyOf('MDSCR_EL1', mask('MDSCR_EL1.KDE'));
const routesDebug = anyOf('MDCR_EL2', mask('MDCR_EL2.TDE'));
const isLocked = anyOf('OSLSR_EL1', mask('OSLSR_EL1.OSLK'));
const isDoubleLocked = (pe: Pe): boolean =>
  (stored(pe, 'OSDLR_EL1') & mask('OSDLR_EL1.DLK')) !== 0n && (stored(pe, 'DBGPRCR_EL1') & mask('DBGPRCR_EL1.CORENPDRQ')) === 0n;

/** AArch64.GenerateDebugExceptionsFrom(from, …, mask) */
function generatesDebugExceptions(pe: Pe, from: number, isMasked: boolean): boolean {
  if (isLocked(pe) || isDoubleLocked(pe)) return false;
  const target = tge(pe) || routesDebug(pe) ? 2 : 1;
  return from === target ? isKernelDebug(pe) && !isMasked : target > from;
}

/** Whether what the PE executes next is stepped. */
export const isStepping = (pe: Pe): boolean =>
  isStepSet(pe) && generatesDebugExceptions(pe, pe.state.exceptionLevel, (pe.state.daif & DAIF_D) !== 0);

/** DebugExceptionReturnSS(spsr): PSTATE.SS after a return to `el`. */
export function stepAfterReturn(pe: Pe, spsr: number, el: number): 0 | 1 {
  if (!isStepSet(pe) || isStepping(pe)) return 0;
  return generatesDebugExceptions(pe, el, (spsr & SPSR_D) !== 0) && spsr & SPSR_SS ? 1 : 0;
}

/** LDXR, LDAXR, LDXP, LDAXP and sizes. */
const isLoadExclusive = (word: number): boolean => (word & 0x3fc0_0000) === 0x0840_0000;
const ISV = 1 << 24;
const EX = 1 << 6;
const DEBUG_STATUS = 0x22;

/** @param stepped the instruction that has been executed; absent: none, the PE came here with PSTATE.SS = 0 */
export const softwareStepException = (stepped?: number): SynchronousException => ({
  kind: 'synchronous',
  ec: EC.SOFTWARE_STEP,
  iss: DEBUG_STATUS | (stepped === undefined ? 0 : ISV | (isLoadExclusive(stepped) ? EX : 0)),
  isDebug: true,
});
