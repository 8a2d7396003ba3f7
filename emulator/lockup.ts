import { describeSyndrome } from './system/describe-syndrome.ts';

/** An exception whose vector cannot be executed. */
export interface Lockup {
  readonly pc: bigint;
  readonly from: number;
  readonly word: number | undefined;
  readonly esr: bigint;
  readonly vector: bigint;
  readonly target: number;
}

/** `Undefined instruction 0x00000000 at 0x40001000 (EL1). … VBAR_EL1 leads to 0x200, where there is no memory: …` */
export function lockupMessage({ pc, from, word, esr, vector, target }: Lockup): string {
  const hex = (value: bigint): string => `0x${value.toString(16)}`;
  const isUndefined = esr >> 26n === 0n && word !== undefined;
  const first = isUndefined
    ? `Undefined instruction 0x${(word as number).toString(16).padStart(8, '0')} at ${hex(pc)} (EL${from}). The guest jumped to data, or this encoding is not implemented.`
    : `Exception at ${hex(pc)} (EL${from}): ${describeSyndrome(esr)}.`;
  return `${first} Its vector ${hex(vector)} (VBAR_EL${target}) has no memory: set VBAR_EL${target} to the guest's exception vectors before it can happen.`;
}
