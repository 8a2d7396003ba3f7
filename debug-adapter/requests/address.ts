import { addressOutOfRange, badAddress } from '../errors.ts';

/** A memory or instruction reference plus an offset. @throws UserError */
export function addressFrom(what: string, reference: string, offset = 0): bigint {
  const text = reference.trim();
  if (!/^(?:0x[0-9a-f]+|\d+)$/i.test(text)) throw badAddress(what, reference);
  const address = BigInt(text) + BigInt(offset);
  if (address < 0n || address >= 1n << 64n) throw addressOutOfRange(address);
  return address;
}
