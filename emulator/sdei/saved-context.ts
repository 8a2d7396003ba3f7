/** What a completion restores: X0-X17, PC and PSTATE (DEN0054, "SDEI_EVENT_COMPLETE"). */

import type { InterruptedContext } from './sdei-view.ts';

/** X0-X17: what SDEI_EVENT_CONTEXT shows. */
export const SAVED_REGISTERS = 18;

/**
 * X0-X17, then PC and PSTATE: an array that is used again, since making twenty BigInts would take longer than the rest of a dispatch. It
 * belongs to one handler, whose end makes it free for the next.
 */
export type SavedContext = BigUint64Array;

/** Places behind X17. */
export const CONTEXT = { PC: 18, PSTATE: 19, COUNT: 20 } as const;

export const newContext = (): SavedContext => new BigUint64Array(CONTEXT.COUNT);

type ContextValues = Pick<InterruptedContext, 'x' | 'pc' | 'pstate'>;

export const valuesOf = (context: SavedContext): ContextValues => ({
  x: Array.from(context.subarray(0, SAVED_REGISTERS)),
  pc: context[CONTEXT.PC],
  pstate: context[CONTEXT.PSTATE],
});
export const contextFrom = ({ x, pc, pstate }: ContextValues): SavedContext =>
  BigUint64Array.from([...x.slice(0, SAVED_REGISTERS), pc, pstate]);
