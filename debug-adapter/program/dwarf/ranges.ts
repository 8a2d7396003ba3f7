import type { Address, AddressRange } from '../addresses.ts';
import * as c from './constants.ts';
import { basesOf, type Entry, indexedAddress, readAddress, readListIndex, readNumber, readSectionOffset } from './entries.ts';
import { DwarfError, Reader } from './reader.ts';
import type { Unit } from './units.ts';

/** The addresses an entry covers: DW_AT_low_pc/high_pc or DW_AT_ranges (§2.17); none if it has no code. */
export function rangesOf(entry: Entry): readonly AddressRange[] {
  const index = readListIndex(entry, c.DW_AT_ranges);
  if (index !== undefined) return readRangeListV5(entry.unit, indexedListOffset(entry.unit, 'rnglists', index));
  const offset = readSectionOffset(entry, c.DW_AT_ranges);
  if (offset !== undefined)
    return entry.unit.version >= 5 ? readRangeListV5(entry.unit, offset) : readRangeListV4(entry.unit, offset + basesOf(entry.unit).ranges);
  const low = readAddress(entry, c.DW_AT_low_pc);
  if (low === undefined) return [];
  const length = readNumber(entry, c.DW_AT_high_pc);
  const high = length === undefined ? readAddress(entry, c.DW_AT_high_pc) : low + length;
  return high === undefined || high <= low ? [] : [{ low, high }];
}

/** DW_FORM_rnglistx and DW_FORM_loclistx: an index into the offsets after the list section's header (§7.28, §7.29). */
export function indexedListOffset(unit: Unit, kind: 'rnglists' | 'loclists', index: number): number {
  const base = basesOf(unit)[kind];
  return base + new Reader(unit.sections[kind], base + index * unit.offsetSize).sectionOffset(unit.offsetSize);
}

/** .debug_ranges (DWARF 4 §2.17.3). */
function readRangeListV4(unit: Unit, offset: number): readonly AddressRange[] {
  const reader = new Reader(unit.sections.ranges, offset);
  const ranges: AddressRange[] = [];
  let base = unit.root.lowPc;
  for (;;) {
    const low = reader.address();
    const high = reader.address();
    if (low === 0 && high === 0) return ranges;
    if (low === BASE_ADDRESS_SELECTION) base = high;
    else pushRange(ranges, base + low, base + high);
  }
}

/** The largest address, which marks a base address selection entry. */
export const BASE_ADDRESS_SELECTION: Address = -1;

/** .debug_rnglists (§7.25). */
function readRangeListV5(unit: Unit, offset: number): readonly AddressRange[] {
  const reader = new Reader(unit.sections.rnglists, offset);
  const ranges: AddressRange[] = [];
  const indexed = () => indexedAddress(unit, reader.uleb());
  let base: Address | undefined;
  for (;;) {
    const kind = reader.u8();
    switch (kind) {
      case c.DW_RLE_end_of_list:
        return ranges;
      case c.DW_RLE_base_addressx:
        base = indexed();
        break;
      case c.DW_RLE_base_address:
        base = reader.address();
        break;
      case c.DW_RLE_offset_pair:
        base ??= unit.root.lowPc;
        pushRange(ranges, base + reader.uleb(), base + reader.uleb());
        break;
      case c.DW_RLE_startx_endx:
        pushRange(ranges, indexed(), indexed());
        break;
      case c.DW_RLE_startx_length: {
        const low = indexed();
        pushRange(ranges, low, low + reader.uleb());
        break;
      }
      case c.DW_RLE_start_end:
        pushRange(ranges, reader.address(), reader.address());
        break;
      case c.DW_RLE_start_length: {
        const low = reader.address();
        pushRange(ranges, low, low + reader.uleb());
        break;
      }
      default:
        throw new DwarfError(`.debug_rnglists has the unknown entry kind ${kind} at ${reader.offset - 1}`);
    }
  }
}

function pushRange(ranges: AddressRange[], low: Address, high: Address): void {
  if (low < high) ranges.push({ low, high });
}
