import { Reader, type Section } from './reader.ts';
import type { DebugSections } from './units.ts';

/** Tells paths that end in a file's name, mostly by where they stand: they need not be read. Letters count as the same in either case. */
export interface FileNameSearch {
  /** Whether the path at this place of a section does. */
  matchesAt(section: Section, offset: number): boolean;
  matches(path: string): boolean;
}

/** Places of which each is the begin of a path that ends in the name: from `first` to `last`. */
interface Places {
  readonly first: number;
  readonly last: number;
}

export function createFileNameSearch(sections: DebugSections, name: string): FileNameSearch {
  const wanted = new TextEncoder().encode(name);
  const known = new Map<Section, readonly Places[]>();
  const placesIn = (section: Section): readonly Places[] => {
    let places = known.get(section);
    if (places === undefined) {
      section.load?.(0, section.bytes.length);
      known.set(section, (places = placesOf(section.bytes, wanted)));
    }
    return places;
  };
  return {
    matchesAt(section, offset) {
      if (offset < 0) return false;
      // Tables that hold nothing but strings are searched once; a line table's own strings one by one.
      if (section.name !== sections.line.name) return placesIn(section).some(({ first, last }) => first <= offset && offset <= last);
      const reader = new Reader(section, offset);
      reader.skipString();
      const begin = reader.offset - 1 - wanted.length - offset;
      if (begin < 0) return false;
      reader.offset = offset;
      const path = reader.bytes(begin + wanted.length);
      return isSame(path, begin, wanted) && (begin === 0 || isSeparator(path[begin - 1]));
    },
    matches: (path) => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).toLowerCase() === name.toLowerCase(),
  };
}

const isSeparator = (byte: number): boolean => byte === 0x2f || byte === 0x5c;
const lower = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte);

function isSame(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index++) if (lower(bytes[at + index]) !== lower(wanted[index])) return false;
  return true;
}

function placesOf(bytes: Uint8Array, wanted: Uint8Array): readonly Places[] {
  const places: Places[] = [];
  for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, end + 1)) {
    const begin = end - wanted.length;
    if (begin < 0 || !isSame(bytes, begin, wanted)) continue;
    // Linkers let a string be the end of a longer one, so any begin of a longer path will do.
    const first = begin > 0 && isSeparator(bytes[begin - 1]) ? bytes.lastIndexOf(0, begin - 1) + 1 : begin;
    places.push({ first, last: begin });
  }
  return places;
}
