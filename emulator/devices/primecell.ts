/** PeriphID0-3 and PCellID0-3 at 0xFE0-0xFFC, one byte each. */
export type PrimeCellIdentification = readonly [number, number, number, number, number, number, number, number];

export const PRIMECELL_IDENTIFICATION = 0xfe0;

/** @returns undefined if `offset` is not that of an identification register */
export function identificationByte(identification: PrimeCellIdentification, offset: number): bigint | undefined {
  const byte = identification[(offset - PRIMECELL_IDENTIFICATION) / 4];
  return byte === undefined ? undefined : BigInt(byte);
}
