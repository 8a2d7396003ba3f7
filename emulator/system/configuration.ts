import type { Pe } from '../pe.ts';
import { mask, stored } from './storage.ts';

/** What the control registers say about the present state: the small questions of the manual's pseudocode. */

const HCR = {
  E2H: mask('HCR_EL2.E2H'),
  TGE: mask('HCR_EL2.TGE'),
};
const SCTLR = {
  M: mask('SCTLR_EL1.M'),
  A: mask('SCTLR_EL1.A'),
  SA: mask('SCTLR_EL1.SA'),
  SA0: mask('SCTLR_EL1.SA0'),
  SPAN: mask('SCTLR_EL1.SPAN'),
};

export const e2h = (pe: Pe): boolean => (stored(pe, 'HCR_EL2') & HCR.E2H) !== 0n;
export const tge = (pe: Pe): boolean => (stored(pe, 'HCR_EL2') & HCR.TGE) !== 0n;
/** HCR_EL2.{E2H,TGE} = {1,1}: EL2 hosts an operating system whose applications are at EL0. */
export const isHost = (pe: Pe): boolean => {
  const both = HCR.E2H | HCR.TGE;
  return (stored(pe, 'HCR_EL2') & both) === both;
};
/** ELIsInHost(el) */
export const elIsInHost = (pe: Pe, el: number): boolean => (el === 2 ? e2h(pe) : el === 0 && isHost(pe));

/** S1TranslationRegime(el): whose SCTLR, TCR, TTBRs and MAIR hold for `el`. */
export const translationRegime = (pe: Pe, el: number): 1 | 2 => (el === 2 || elIsInHost(pe, el) ? 2 : 1);

/** SCTLR_ELx of the translation regime of `el` (default: the current exception level). */
export const sctlr = (pe: Pe, el: number = pe.state.exceptionLevel): bigint =>
  stored(pe, translationRegime(pe, el) === 2 ? 'SCTLR_EL2' : 'SCTLR_EL1');

/** SCTLR_ELx.A: unaligned accesses fault everywhere. */
export const isAlignmentChecked = (pe: Pe, el: number = pe.state.exceptionLevel): boolean => (sctlr(pe, el) & SCTLR.A) !== 0n;

/** SCTLR_ELx.SA, at EL0 SA0: SP as a base must be 16-byte aligned. */
export const isStackAlignmentChecked = (pe: Pe, el: number = pe.state.exceptionLevel): boolean =>
  (sctlr(pe, el) & (el === 0 ? SCTLR.SA0 : SCTLR.SA)) !== 0n;

/** Whether an exception taken to `target` sets PSTATE.PAN. */
export const setsPan = (pe: Pe, target: 1 | 2): boolean =>
  (target === 1 || isHost(pe)) && (stored(pe, target === 1 ? 'SCTLR_EL1' : 'SCTLR_EL2') & SCTLR.SPAN) === 0n;

/**
 * Where CPACR_EL1 and CPTR_EL2 trap a floating-point access from the current exception level (CheckFPAdvSIMDEnabled64).
 * `undefined-instruction`: CPACR_EL1 traps it, but HCR_EL2.TGE takes it to EL2, as an undefined instruction.
 */
export function floatingPointTrap(pe: Pe): 'EL1' | 'EL2' | 'undefined-instruction' | undefined {
  const el = pe.state.exceptionLevel;
  const fpen = (value: bigint): number => Number((value >> 20n) & 3n);
  const cptr = stored(pe, 'CPTR_EL2');
  if (el < 2 && !elIsInHost(pe, el)) {
    const enabled = fpen(stored(pe, 'CPACR_EL1'));
    if (!(enabled === 3 || (enabled === 1 && el === 1))) return el === 0 && tge(pe) ? 'undefined-instruction' : 'EL1';
  }
  if (e2h(pe)) {
    const enabled = fpen(cptr);
    if (enabled === 3) return undefined;
    if (enabled !== 1) return 'EL2';
    return el === 0 && tge(pe) ? 'EL2' : undefined;
  }
  return cptr & mask('CPTR_EL2.TFP') ? 'EL2' : undefined;
}
