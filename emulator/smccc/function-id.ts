/** SMCCC function identifiers (DEN0028, "Function Identifiers"). */

/** Bits 29:24 of a function identifier. */
const owners: Readonly<Record<number, string>> = {
  0: 'Arm architecture',
  1: 'CPU',
  2: 'SiP',
  3: 'OEM',
  4: 'standard secure',
  5: 'standard hypervisor',
  6: 'vendor hypervisor',
};

export interface FunctionId {
  /** W0 without the SVE hint: what calls are known by. */
  readonly id: number;
  readonly fast: boolean;
  readonly bits: 32 | 64;
  /** 0-63; 48 on are trusted applications and trusted operating systems. */
  readonly owner: number;
  /** Bit 16: the caller has no live SVE state. No part of the identifier. */
  readonly sveHint: boolean;
  readonly number: number;
}

const FAST = 0x8000_0000;
export const SVE_HINT = 0x0001_0000;

/** @param w0 unsigned */
export function decodeFunctionId(w0: number): FunctionId {
  const fast = w0 >= FAST;
  const sveHint = fast && (w0 & SVE_HINT) !== 0;
  return {
    id: sveHint ? w0 - SVE_HINT : w0,
    fast,
    bits: (w0 & 0x4000_0000) !== 0 ? 64 : 32,
    owner: (w0 >>> 24) & 0x3f,
    sveHint,
    number: w0 & 0xffff,
  };
}

/**
 * Whether an HVC #0 at EL1 with this W0 calls the played level. SMCCC identifiers do: all fast calls, and yielding calls of a known owner.
 * Anything else (the hyp-stub's 0 to 4, addresses, small numbers) goes to the guest's own EL2 vectors.
 */
export function isPlayedCall(w0: number): boolean {
  if (w0 >= FAST) return true;
  const { owner, id } = decodeFunctionId(w0);
  return owner !== 0 && (owner in owners || owner >= 48) && (id & 0x00ff_0000) === 0;
}
