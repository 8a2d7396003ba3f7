import type { DebugSections, Unit, Units } from './units.ts';

/** More strings that a name may be than this are not looked for one by one. */
const MOST_STRINGS = 8;

/**
 * The units in which a name stands, found in the bytes of .debug_info: units in which it does not need not be understood.
 * A unit too many is no harm. `undefined`: names cannot be found so, for they are indices (DW_FORM_strx).
 */
export function createNameSearch(
  { info, str, strOffsets }: DebugSections,
  units: Units,
): ((name: string) => readonly Unit[] | undefined) | undefined {
  if (strOffsets.bytes.length > 0) return undefined;
  return (name) => {
    const text = new TextEncoder().encode(`${name}\0`);
    const strings = stringsThatAre(str.bytes, text);
    if (strings === undefined) return undefined;
    const found = new Set<Unit>();
    const patterns = [text, ...strings.map((offset) => new Uint8Array(Uint32Array.of(offset).buffer))];
    for (const pattern of patterns) {
      for (let at = find(info.bytes, pattern, 0); at >= 0; at = find(info.bytes, pattern, at)) {
        const unit = unitAround(units, at);
        if (unit !== undefined) found.add(unit);
        // Once is enough.
        at = unit?.end ?? at + 1;
      }
    }
    return [...found].sort((a, b) => a.offset - b.offset);
  };
}

/** Where in .debug_str the text stands as a string; linkers let it be the end of a longer one. `undefined`: in too many places. */
function stringsThatAre(bytes: Uint8Array, text: Uint8Array): readonly number[] | undefined {
  const all: number[] = [];
  const whole: number[] = [];
  for (let at = find(bytes, text, 0); at >= 0; at = find(bytes, text, at + 1)) {
    all.push(at);
    if (at === 0 || bytes[at - 1] === 0) whole.push(at);
  }
  const strings = whole.length > 0 ? whole : all;
  return strings.length > MOST_STRINGS ? undefined : strings;
}

function unitAround(units: Units, offset: number): Unit | undefined {
  try {
    return units.containing(offset);
  } catch {
    return undefined;
  }
}

/** @returns the first place from `from` on, or -1 */
function find(bytes: Uint8Array, pattern: Uint8Array, from: number): number {
  const anchor = rarest(bytes, pattern);
  for (let at = bytes.indexOf(pattern[anchor], from + anchor); at >= 0; at = bytes.indexOf(pattern[anchor], at + 1)) {
    const begin = at - anchor;
    let same = 0;
    while (same < pattern.length && bytes[begin + same] === pattern[same]) same++;
    if (same === pattern.length) return begin;
  }
  return -1;
}

const SAMPLES = 16384;
const counts = new WeakMap<Uint8Array, Uint32Array>();

/** Which byte of the pattern is the least frequent one. */
function rarest(bytes: Uint8Array, pattern: Uint8Array): number {
  let count = counts.get(bytes);
  if (count === undefined) {
    count = new Uint32Array(256);
    const step = Math.max(1, Math.floor(bytes.length / SAMPLES));
    for (let at = 0; at < bytes.length; at += step) count[bytes[at]]++;
    counts.set(bytes, count);
  }
  let best = 0;
  for (let index = 1; index < pattern.length; index++) if (count[pattern[index]] < count[pattern[best]]) best = index;
  return best;
}
