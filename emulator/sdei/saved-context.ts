/** What a completion restores: X0-X17, PC and PSTATE (DEN0054, "SDEI_EVENT_COMPLETE"). */

import type { InterruptedContext } from './sdei-view.ts';

/** X0-X17: what SDEI_EVENT_CONTEXT shows. */
export const SAVED_REGISTERS = 18;

/**
 * X0-X17, PC, PSTATE as 32-bit words, low half first: making twenty BigInts would take longer than the rest of a dispatch. Belongs to one
 * handler, whose end makes it free for the next.
 */
export type ContextWords = Int32Array;

/** Places behind X17. */
export const CONTEXT = { PC: 18, PSTATE: 19, COUNT: 20 } as const;

export const newContextWords = (): ContextWords => new Int32Array(2 * CONTEXT.COUNT);

/** @param n a register's number, or one of {@link CONTEXT}. Unsigned */
export function registerOf(words: ContextWords, n: number): bigint {
  return (BigInt(words[2 * n + 1] >>> 0) << 32n) | BigInt(words[2 * n] >>> 0);
}
export function setRegister(words: ContextWords, n: number, value: bigint): void {
  words[2 * n] = Number(BigInt.asIntN(32, value));
  words[2 * n + 1] = Number(BigInt.asIntN(32, value >> 32n));
}

type ContextValues = Pick<InterruptedContext, 'x' | 'pc' | 'pstate'>;

export const valuesOf = (words: ContextWords): ContextValues => ({
  x: Array.from({ length: SAVED_REGISTERS }, (_, n) => registerOf(words, n)),
  pc: registerOf(words, CONTEXT.PC),
  pstate: registerOf(words, CONTEXT.PSTATE),
});
export function wordsOf({ x, pc, pstate }: ContextValues): ContextWords {
  const words = newContextWords();
  for (const [n, value] of [...x.slice(0, SAVED_REGISTERS), pc, pstate].entries()) setRegister(words, n, value);
  return words;
}
