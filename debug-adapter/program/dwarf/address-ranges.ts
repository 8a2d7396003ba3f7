import type { AddressRange } from '../addresses.ts';
import { DwarfError, Reader, readInitialLength, type Section } from './reader.ts';

/**
 * .debug_aranges (DWARF 5 §6.1.2): the code of units by their offset in .debug_info, without a look into them.
 * @returns only what stands before the first damage
 */
export function readAddressRanges(section: Section): ReadonlyMap<number, readonly AddressRange[]> {
  const byUnit = new Map<number, AddressRange[]>();
  const reader = new Reader(section);
  try {
    while (reader.remaining > 0) {
      const begin = reader.offset;
      const { length, offsetSize } = readInitialLength(reader);
      const set = new Reader(section, reader.offset, reader.offset + length);
      reader.skip(length);
      const version = set.u16();
      const unit = set.sectionOffset(offsetSize);
      const [addressSize, segmentSize] = [set.u8(), set.u8()];
      if (version !== 2 || addressSize !== 8 || segmentSize !== 0) continue;
      set.skip((16 - ((set.offset - begin) % 16)) % 16);
      const ranges = byUnit.get(unit) ?? [];
      byUnit.set(unit, ranges);
      while (set.remaining >= 16) {
        const low = set.address();
        const size = Number(set.u64());
        if (low === 0 && size === 0) break;
        ranges.push({ low, high: low + size });
      }
    }
  } catch (error) {
    if (!(error instanceof DwarfError)) throw error;
  }
  return byUnit;
}
