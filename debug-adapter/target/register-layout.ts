/** Which fields a system register has at present, where that depends on a bit. */
import type { RegisterLayout, Target } from './target.ts';

/** Place in `layouts` of the one that holds; `undefined`: none, the register has its usual fields. */
export function layoutOf(target: Target, pe: number, layouts: readonly RegisterLayout[]): number | undefined {
  const found = layouts.findIndex(({ register, bit }) => {
    if (target.registerNote(pe, register).unread !== undefined) return false;
    return (target.readRegister(pe, register) >> BigInt(bit)) % 2n === 1n;
  });
  return found < 0 ? undefined : found;
}

/** `HCR_EL2.E2H = 1`, of the layout in that place; without one what holds then. */
export const layoutText = (layouts: readonly RegisterLayout[], index: number | undefined): string =>
  index === undefined ? layouts.map(({ where }) => `${where} = 0`).join(', ') : `${layouts[index].where} = 1`;
