/** What a handler has to leave as it was: no completion restores it, and the interrupted context goes on with it. */

import type { ChangedRegister } from '../stop-reason.ts';

/** X18-X30, SP_EL0-SP_EL2, ELR_ELc, SPSR_ELc as words, low half first. It belongs to one handler, whose end makes it free for the next. */
export type KeptRegisters = Int32Array;

export const FIRST_KEPT = 18;
const X_COUNT = 31 - FIRST_KEPT;
/** Places of 64-bit values. */
export const KEPT = { SP: X_COUNT, ELR: X_COUNT + 3, SPSR: X_COUNT + 4, COUNT: X_COUNT + 5 } as const;

export const newKeptRegisters = (): KeptRegisters => new Int32Array(2 * KEPT.COUNT);

/** By place; absent: not the handler's to keep. A client at EL1 has nothing to do with SP_EL2. */
const names: Readonly<Record<'EL1' | 'EL2', readonly (string | undefined)[]>> = { EL1: namesFor('EL1'), EL2: namesFor('EL2') };

function namesFor(client: 'EL1' | 'EL2'): (string | undefined)[] {
  const general = Array.from({ length: X_COUNT }, (_, n) => `x${FIRST_KEPT + n}`);
  return [...general, 'SP_EL0', 'SP_EL1', client === 'EL2' ? 'SP_EL2' : undefined, `ELR_${client}`, `SPSR_${client}`];
}

/** A register that the end of a handler has left otherwise than that handler found it, in another one that goes on. */
export interface LeftRegister {
  readonly place: number;
  readonly value: bigint;
  readonly by: NonNullable<ChangedRegister['by']>;
}

/**
 * What a handler that goes on is not to blame for, now that another one which had interrupted it has ended.
 * @param outer as the handler that goes on found the registers, and `left` what this was of it before
 * @param inner as the other one found them, and `after` as they are behind its end
 */
export function leftRegisters(
  { kept: outer, left = [] }: { readonly kept: KeptRegisters; readonly left?: readonly LeftRegister[] },
  inner: KeptRegisters,
  after: KeptRegisters,
  by: LeftRegister['by'],
): readonly LeftRegister[] {
  return Array.from({ length: KEPT.COUNT }, (_, place) => place).flatMap((place): readonly LeftRegister[] => {
    const [was, is] = [valueAt(inner, place), valueAt(after, place)];
    const before = left.find((one) => one.place === place);
    // What the handler that goes on has changed itself stays its own.
    if (was !== (before?.value ?? valueAt(outer, place))) return [];
    if (was === is) return before === undefined ? [] : [before];
    return [{ place, value: is, by }];
  });
}

/**
 * @param how SDEI_EVENT_COMPLETE_AND_RESUME writes ELR_ELc and SPSR_ELc itself
 * @returns absent: nothing that matters
 */
export function changedRegisters(
  { kept: before, left = [] }: { readonly kept: KeptRegisters; readonly left?: readonly LeftRegister[] },
  after: KeptRegisters,
  client: 'EL1' | 'EL2',
  how: 'complete' | 'resume',
): readonly ChangedRegister[] | undefined {
  const count = how === 'complete' ? KEPT.COUNT : KEPT.ELR;
  const changed: ChangedRegister[] = [];
  for (let n = 0; n < count; n++) {
    const name = names[client][n];
    const was = valueAt(before, n);
    const is = valueAt(after, n);
    if (name === undefined || was === is) continue;
    const by = left.find(({ place, value }) => place === n && value === is)?.by;
    changed.push({ name, before: was, after: is, ...(by && { by }) });
  }
  return changed.length === 0 ? undefined : changed;
}

const valueAt = (kept: KeptRegisters, n: number): bigint =>
  BigInt.asUintN(64, (BigInt(kept[2 * n + 1]) << 32n) | BigInt(kept[2 * n] >>> 0));
