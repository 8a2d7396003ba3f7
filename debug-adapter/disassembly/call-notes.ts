/** Which call an HVC or SMC is, where X0 is known: from the instructions before it in a straight line. */

/** Keeps X0 as far as constants make it. */
export interface CallNotes {
  /** A place that code may come to from elsewhere: nothing is known there. */
  forget(): void;
  /** @param x0 its value before this instruction, where that is known otherwise. @returns X0 at an HVC or SMC with immediate 0 */
  next(text: string, x0?: bigint): bigint | undefined;
}

const branches = /^(?:b|bl|br|blr|ret|eret|b\.\w+|cbn?z|tbn?z|svc)(?:\t|$)/;
/** Instructions whose first operand is not what they write. */
const readers = /^(?:st\w*|cmp|cmn|tst|ccm[pn]|msr|prfm|nop|hint|dsb|dmb|isb|dc|ic|at|tlbi)(?:\t|$)/;

export function createCallNotes(): CallNotes {
  let known: bigint | undefined;
  return {
    forget() {
      known = undefined;
    },
    next(text, x0) {
      if (x0 !== undefined) known = x0;
      if (/^(?:hvc|smc)\t#0$/.test(text)) {
        const call = known;
        known = undefined;
        return call;
      }
      const [, operation, bits, immediate, shift = '0'] =
        /^(mov|movz|movn|movk)\t([xw])0, #(-?(?:0x)?[\da-f]+)(?:, lsl #(\d+))?$/.exec(text) ?? [];
      if (operation !== undefined) known = moved(operation, bits, immediate, Number(shift), known);
      else if (branches.test(text)) known = undefined;
      else if (!readers.test(text) && /^\S+\t[xw]0\b/.test(text)) known = undefined;
      else if (/^ldp\w*\t[xw]\d+, [xw]0,/.test(text)) known = undefined;
      return undefined;
    },
  };
}

function moved(operation: string, bits: string, immediate: string, shift: number, before: bigint | undefined): bigint | undefined {
  const value = (immediate.startsWith('-') ? -BigInt(immediate.slice(1)) : BigInt(immediate)) << BigInt(shift);
  const width = bits === 'w' ? 32 : 64;
  if (operation === 'movn') return BigInt.asUintN(width, ~value);
  if (operation !== 'movk') return BigInt.asUintN(width, value);
  return before === undefined ? undefined : BigInt.asUintN(width, (before & ~(0xffffn << BigInt(shift))) | value);
}
