/**
 * Addresses as plain numbers: the 64-bit address taken as a signed integer. Every canonical AArch64 address, lower or upper half,
 * is exact that way, and comparisons within one half keep their order. Bigints appear only at the edges of `program/`.
 */
export type Address = number;

export const addressFromBigint = (address: bigint): Address => Number(BigInt.asIntN(64, address));

export const bigintFromAddress = (address: Address): bigint => BigInt.asUintN(64, BigInt(address));

/** Half-open. */
export interface AddressRange {
  readonly low: Address;
  readonly high: Address;
}

/** The first that contains the address. */
export const rangeAround = (ranges: readonly AddressRange[], address: Address): AddressRange | undefined =>
  ranges.find(({ low, high }) => low <= address && address < high);

/** The position of the last item whose key is at or below `key` in ascending `count` items, or -1. */
export function lastAtOrBelow(count: number, keyAt: (index: number) => number, key: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyAt(middle) <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Finds which of many ranges contains an address. */
export interface RangeIndex<Value> {
  /** Of nested ranges the one that begins last; of equal ones the last given. */
  at(address: Address): Value | undefined;
}

export function createRangeIndex<Value>(items: readonly (AddressRange & { readonly value: Value })[]): RangeIndex<Value> {
  const sorted = items.toSorted((a, b) => a.low - b.low);
  const highestSoFar = new Float64Array(sorted.length);
  let highest = Number.NEGATIVE_INFINITY;
  sorted.forEach(({ high }, index) => {
    highest = Math.max(highest, high);
    highestSoFar[index] = highest;
  });
  return {
    at(address) {
      for (let index = lastAtOrBelow(sorted.length, (at) => sorted[at].low, address); index >= 0; index--) {
        if (address < sorted[index].high) return sorted[index].value;
        if (highestSoFar[index] <= address) return undefined;
      }
      return undefined;
    },
  };
}
