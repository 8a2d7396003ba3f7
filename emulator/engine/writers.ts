import { decode } from '../a64/decode.ts';
import { effectsOf } from './scan.ts';

/** Registers, by slot, and whether the flags are among what is looked for. */
export interface WrittenState {
  readonly slots: ReadonlySet<number>;
  readonly flags: boolean;
}
const LINK = 30;

/** Whether an instruction may write any of these. What the host executes, and what is not known of, may. */
export function mayWrite(word: number, { slots, flags }: WrittenState): boolean {
  const result = decode(word);
  if (result.kind !== 'instruction') return true;
  const { instruction, decoded, formIndex } = result;
  const effects = instruction.flow === 'host' ? undefined : effectsOf(formIndex);
  if (effects === undefined || (flags && effects.writesFlags) || (effects.writesLink && slots.has(LINK))) return true;
  for (const slot of effects.writtenSlots) {
    const register = decoded[slot];
    if (register !== undefined && (slots.has(register) || (effects.pairs && slots.has(register + 1)))) return true;
  }
  return false;
}
