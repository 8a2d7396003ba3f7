/** Halves of a 64-bit address, as the TLB and the table walk take them. */
export const high = (address: bigint): number => Number(address >> 32n) | 0;
export const low = (address: bigint): number => Number(address & 0xffff_ffffn) | 0;
/** Unsigned. */
export const joined = (highHalf: number, lowHalf: number): bigint => (BigInt(highHalf >>> 0) << 32n) | BigInt(lowHalf >>> 0);
