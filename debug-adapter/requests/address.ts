import { abbreviated, addressOutOfRange, badAddress } from '../errors.ts';

/** Characters: some more than 64 bits have. */
const LONGEST = 40;

/** A memory or instruction reference plus an offset. @throws UserError */
export function addressFrom(what: string, reference: string, offset = 0): bigint {
  const text = reference.trim();
  if (!/^(?:0x[0-9a-f]+|\d+)$/i.test(text) || text.length > LONGEST) throw badAddress(what, abbreviated(reference));
  const address = BigInt(text) + BigInt(offset);
  if (address < 0n || address >= 1n << 64n) throw addressOutOfRange(address);
  return address;
}
