import { sectionFromBytes } from './dwarf/reader.ts';
import type { DebugSections } from './dwarf/units.ts';
import type { ElfImage } from './elf.ts';

export function debugSections(elf: ElfImage): DebugSections {
  const section = (name: string) => {
    const contents = elf.contents(name);
    return sectionFromBytes(name, contents?.bytes ?? new Uint8Array(), 0, contents);
  };
  return {
    info: section('.debug_info'),
    types: section('.debug_types'),
    abbrev: section('.debug_abbrev'),
    str: section('.debug_str'),
    line: section('.debug_line'),
    lineStr: section('.debug_line_str'),
    strOffsets: section('.debug_str_offsets'),
    addr: section('.debug_addr'),
    aranges: section('.debug_aranges'),
    ranges: section('.debug_ranges'),
    rnglists: section('.debug_rnglists'),
    loc: section('.debug_loc'),
    loclists: section('.debug_loclists'),
  };
}

/** The file that this one shares debug information with: of DWARF 5 (§7.3.6), or as dwz has it for version 4. */
export function supplementOf(elf: ElfImage): string | undefined {
  const nameIn = (name: string, before: number): string | undefined => {
    const contents = elf.contents(name);
    if (contents === undefined || contents.bytes.length < before) return undefined;
    const { bytes, load } = contents;
    load?.(0, bytes.length);
    const text = bytes.subarray(before);
    const end = text.indexOf(0);
    return new TextDecoder().decode(end < 0 ? text : text.subarray(0, end));
  };
  // Its version and whether it is the supplement itself stand before, three bytes.
  return nameIn('.gnu_debugaltlink', 0) ?? nameIn('.debug_sup', 3);
}
