import { sectionFromBytes } from '../../../debug-adapter/program/dwarf/reader.ts';
import type { DebugSections } from '../../../debug-adapter/program/dwarf/units.ts';
import { type Bytes, concatenate } from '../bytes.ts';

type Contents = { readonly [name in keyof DebugSections]?: readonly Bytes[] };

/** Debug sections with the given contents, the others empty. */
export function debugSectionsOf(contents: Contents): DebugSections {
  const section = (name: keyof DebugSections, elfName: string) => sectionFromBytes(elfName, concatenate(...(contents[name] ?? [])));
  return {
    info: section('info', '.debug_info'),
    types: section('types', '.debug_types'),
    abbrev: section('abbrev', '.debug_abbrev'),
    str: section('str', '.debug_str'),
    line: section('line', '.debug_line'),
    lineStr: section('lineStr', '.debug_line_str'),
    strOffsets: section('strOffsets', '.debug_str_offsets'),
    addr: section('addr', '.debug_addr'),
    aranges: section('aranges', '.debug_aranges'),
    ranges: section('ranges', '.debug_ranges'),
    rnglists: section('rnglists', '.debug_rnglists'),
    loc: section('loc', '.debug_loc'),
    loclists: section('loclists', '.debug_loclists'),
  };
}
