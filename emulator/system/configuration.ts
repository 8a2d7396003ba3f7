import type { Pe } from '../pe.ts';
import { anyOf, mask, stored } from './storage.ts';

/** What the control registers say about the present state: the small questions of the manual's pseudocode. */

export const e2h = anyOf('HCR_EL2', mask('HCR_EL2.E2H'));
export const tge = anyOf('HCR_EL2', mask('HCR_EL2.TGE'));
/** HCR_EL2.{E2H,TGE} = {1,1}: EL2 hosts an operating system whose applications are at EL0. */
export const isHost = (pe: Pe): boolean => tge(pe) && e2h(pe);
/** ELIsInHost(el) */
export const elIsInHost = (pe: Pe, el: number): boolean => (el === 2 ? e2h(pe) : el === 0 && isHost(pe));

/** S1TranslationRegime(el): whose SCTLR, TCR, TTBRs and MAIR hold for `el`. */
export const translationRegime = (pe: Pe, el: number): 1 | 2 => (el === 2 || elIsInHost(pe, el) ? 2 : 1);

/** SCTLR_ELx of the translation regime of `el` (default: the current exception level). */
export const sctlr = (pe: Pe, el: number = pe.state.exceptionLevel): bigint =>
  stored(pe, translationRegime(pe, el) === 2 ? 'SCTLR_EL2' : 'SCTLR_EL1');

/** A bit of SCTLR_EL1 and SCTLR_EL2 alike, by translation regime. */
const sctlrBit = (field: 'SA' | 'SA0' | 'SPAN'): Readonly<Record<1 | 2, (pe: Pe) => boolean>> => {
  const bit = mask(`SCTLR_EL1.${field}`);
  return { 1: anyOf('SCTLR_EL1', bit), 2: anyOf('SCTLR_EL2', bit) };
};
const [SA, SA0, SPAN] = [sctlrBit('SA'), sctlrBit('SA0'), sctlrBit('SPAN')];

/** SCTLR_ELx.SA, at EL0 SA0: SP as a base must be 16-byte aligned. */
export const isStackAlignmentChecked = (pe: Pe, el: number = pe.state.exceptionLevel): boolean =>
  (el === 0 ? SA0 : SA)[translationRegime(pe, el)](pe);

/** Whether an exception taken to `target` sets PSTATE.PAN. */
export const setsPan = (pe: Pe, target: 1 | 2): boolean => (target === 1 || isHost(pe)) && !SPAN[target](pe);

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
