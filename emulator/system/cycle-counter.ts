import type { Pe } from '../pe.ts';
import { store, stored } from './storage.ts';

const CYCLE = 1n << 31n;

/**
 * PMCCNTR_EL0. While it counts, its storage holds the distance to machine time, so that nothing is done per instruction.
 * Not modelled: the exception level filters of PMCCFILTR_EL0 and PMCR_EL0.DP.
 */
const isCounting = (pe: Pe): boolean => (stored(pe, 'PMCR_EL0') & 1n) !== 0n && (stored(pe, 'PMCNTENSET_EL0') & CYCLE) !== 0n;

export const cycleCount = (pe: Pe, time: number): bigint =>
  BigInt.asUintN(64, stored(pe, 'PMCCNTR_EL0') + (isCounting(pe) ? BigInt(time) : 0n));

export function setCycleCount(pe: Pe, value: bigint, time: number): void {
  store(pe, 'PMCCNTR_EL0', BigInt.asUintN(64, value - (isCounting(pe) ? BigInt(time) : 0n)));
}

/** Makes a change that may start or stop the counter. */
export function changeCounting(pe: Pe, time: number, change: () => void): void {
  const value = cycleCount(pe, time);
  change();
  setCycleCount(pe, value, time);
}
