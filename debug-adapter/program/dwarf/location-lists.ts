import type { Address } from '../addresses.ts';
import * as c from './constants.ts';
import { type Entry, type Expression, indexedAddress, readExpression, readListIndex, readSectionOffset } from './entries.ts';
import { BASE_ADDRESS_SELECTION, indexedListOffset } from './ranges.ts';
import { DwarfError, Reader, type Section } from './reader.ts';
import type { Unit } from './units.ts';

/** One entry of a location list (§2.6.2): `expression` holds for [low, high). */
export interface LocationListEntry {
  readonly low: Address;
  readonly high: Address;
  readonly expression: Expression;
}

export type LocationAttribute =
  | { readonly kind: 'always'; readonly expression: Expression }
  | { readonly kind: 'list'; readonly entries: readonly LocationListEntry[] };

/** A location attribute such as DW_AT_location or DW_AT_frame_base; `undefined` if absent. A default location comes last. */
export function readLocationAttribute(entry: Entry, attribute: number): LocationAttribute | undefined {
  const { unit } = entry;
  const index = readListIndex(entry, attribute);
  if (index !== undefined) return { kind: 'list', entries: readLocationListV5(unit, indexedListOffset(unit, 'loclists', index)) };
  const offset = readSectionOffset(entry, attribute);
  if (offset !== undefined) return { kind: 'list', entries: listReaderOf(unit)(unit, offset) };
  const expression = readExpression(entry, attribute);
  return expression && { kind: 'always', expression };
}

const listReaderOf = ({ version, skeleton }: Unit) =>
  version >= 5 ? readLocationListV5 : skeleton === undefined ? readLocationListV4 : readSplitLocationListV4;

const variableTags: ReadonlySet<number> = new Set([c.DW_TAG_variable, c.DW_TAG_formal_parameter]);

/** Whether any variable of the unit has a place that changes: the sign of optimized code. In version 3 offsets are constants. */
export const hasLocationLists = ({ abbreviations, version }: Unit): boolean =>
  [...abbreviations.values()].some(({ tag, attributes, forms }) => {
    const form = variableTags.has(tag) ? forms[attributes.indexOf(c.DW_AT_location)] : undefined;
    const isOffset = form === c.DW_FORM_data4 || form === c.DW_FORM_data8;
    return form === c.DW_FORM_sec_offset || form === c.DW_FORM_loclistx || (version < 4 && isOffset);
  });

/** `undefined`: the object has no place at this address. */
export function expressionAt(location: LocationAttribute, pc: Address): Expression | undefined {
  if (location.kind === 'always') return location.expression;
  return location.entries.find(({ low, high }) => low <= pc && pc < high)?.expression;
}

/** .debug_loc (DWARF 4 §2.6.2). */
function readLocationListV4(unit: Unit, offset: number): readonly LocationListEntry[] {
  const section = unit.sections.loc;
  const reader = new Reader(section, offset);
  const entries: LocationListEntry[] = [];
  let base = unit.root.lowPc;
  for (;;) {
    const low = reader.address();
    const high = reader.address();
    if (low === 0 && high === 0) return entries;
    if (low === BASE_ADDRESS_SELECTION) base = high;
    else entries.push({ low: base + low, high: base + high, expression: readCounted(unit, section, reader, reader.u16()) });
  }
}

/** .debug_loc.dwo: GNU's extension of version 4, "DebugFission". */
function readSplitLocationListV4(unit: Unit, offset: number): readonly LocationListEntry[] {
  const section = unit.sections.loc;
  const reader = new Reader(section, offset);
  const entries: LocationListEntry[] = [];
  const indexed = () => indexedAddress(unit, reader.uleb());
  const push = (low: Address, high: Address) => entries.push({ low, high, expression: readCounted(unit, section, reader, reader.u16()) });
  let base = unit.root.lowPc;
  for (;;) {
    const kind = reader.u8();
    switch (kind) {
      case c.DW_LLE_GNU_end_of_list_entry:
        return entries;
      case c.DW_LLE_GNU_base_address_selection_entry:
        base = indexed();
        break;
      case c.DW_LLE_GNU_start_end_entry:
        push(indexed(), indexed());
        break;
      case c.DW_LLE_GNU_start_length_entry: {
        const low = indexed();
        push(low, low + reader.u32());
        break;
      }
      case c.DW_LLE_GNU_offset_pair_entry:
        push(base + reader.u32(), base + reader.u32());
        break;
      default:
        throw new DwarfError(`.debug_loc.dwo has the unknown entry kind ${kind} at ${reader.offset - 1}`);
    }
  }
}

/** .debug_loclists (§7.7.3). */
function readLocationListV5(unit: Unit, offset: number): readonly LocationListEntry[] {
  const section = unit.sections.loclists;
  const reader = new Reader(section, offset);
  const entries: LocationListEntry[] = [];
  const indexed = () => indexedAddress(unit, reader.uleb());
  const push = (low: Address, high: Address) => entries.push({ low, high, expression: readCounted(unit, section, reader, reader.uleb()) });
  let base: Address | undefined;
  let otherwise: LocationListEntry | undefined;
  for (;;) {
    const kind = reader.u8();
    switch (kind) {
      case c.DW_LLE_end_of_list:
        return otherwise ? [...entries, otherwise] : entries;
      case c.DW_LLE_base_addressx:
        base = indexed();
        break;
      case c.DW_LLE_base_address:
        base = reader.address();
        break;
      case c.DW_LLE_offset_pair:
        base ??= unit.root.lowPc;
        push(base + reader.uleb(), base + reader.uleb());
        break;
      case c.DW_LLE_startx_endx:
        push(indexed(), indexed());
        break;
      case c.DW_LLE_startx_length: {
        const low = indexed();
        push(low, low + reader.uleb());
        break;
      }
      case c.DW_LLE_start_end:
        push(reader.address(), reader.address());
        break;
      case c.DW_LLE_start_length: {
        const low = reader.address();
        push(low, low + reader.uleb());
        break;
      }
      case c.DW_LLE_default_location:
        otherwise = {
          low: Number.NEGATIVE_INFINITY,
          high: Number.POSITIVE_INFINITY,
          expression: readCounted(unit, section, reader, reader.uleb()),
        };
        break;
      case c.DW_LLE_GNU_view_pair:
        reader.skipLeb();
        reader.skipLeb();
        break;
      default:
        throw new DwarfError(`.debug_loclists has the unknown entry kind ${kind} at ${reader.offset - 1}`);
    }
  }
}

const readCounted = (unit: Unit, section: Section, reader: Reader, length: number): Expression => ({
  unit,
  section,
  offset: reader.skip(length),
  length,
});
