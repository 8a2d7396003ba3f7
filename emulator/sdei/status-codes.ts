/** Return codes of SDEI calls (DEN0054, "Return codes"). */
export const statusCodes = {
  SUCCESS: 0n,
  NOT_SUPPORTED: -1n,
  INVALID_PARAMETERS: -2n,
  DENIED: -3n,
  PENDING: -5n,
  OUT_OF_RESOURCE: -10n,
} as const;

export type StatusName = keyof typeof statusCodes;

/** The 64-bit value in X0. */
export function x0FromStatus(name: StatusName): bigint {
  return BigInt.asUintN(64, statusCodes[name]);
}
