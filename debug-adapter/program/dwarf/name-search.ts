import { type Finder, finderOf } from '../find-bytes.ts';
import type { Section } from './reader.ts';
import type { DebugSections, Unit, Units } from './units.ts';

/** More strings that a name may be than this are looked for together, byte by byte. */
const MOST_STRINGS = 4;

/**
 * The units in which a name stands, found in the bytes of .debug_info: units in which it does not need not be understood.
 * A unit too many is no harm. They are looked for while they are asked for, in the order of the section.
 * `undefined`: names cannot be found so, for they are indices (DW_FORM_strx), or stand elsewhere too (.debug_types, split units).
 */
export function createNameSearch(
  { info, str, strOffsets }: DebugSections,
  units: Units,
): ((name: string) => Iterable<Unit> | undefined) | undefined {
  if (strOffsets.bytes.length > 0 || units.list.some(({ sections }) => sections.info !== info)) return undefined;
  return (name) => {
    const text = new TextEncoder().encode(`${name}\0`);
    const strings = stringsThatAre(wholeSection(str), text);
    const byText = finderOf(text);
    if (strings.length > MOST_STRINGS) return unitsWith([byText, finderOfAny(strings, str.bytes.length)], text.length);
    return unitsWith([byText, ...strings.map((offset) => finderOf(new Uint8Array(Uint32Array.of(offset).buffer)))], text.length);
  };

  /** @param overlap what windows must share so that nothing is between them */
  function* unitsWith(finders: readonly Finder[], overlap: number): Generator<Unit> {
    const found = new Set<Unit>();
    // Where each is to be looked for from: once in a unit is enough.
    const from = finders.map(() => 0);
    for (const { at: start, bytes } of windowsOf(info, Math.max(overlap, 4) - 1)) {
      const inWindow: Unit[] = [];
      for (const [index, find] of finders.entries()) {
        for (let at = Math.max(from[index] - start, 0); at < bytes.length; at = from[index] - start) {
          at = find(bytes, at);
          if (at < 0) break;
          const unit = unitAround(units, start + at);
          if (unit !== undefined && !found.has(unit)) inWindow.push(unit);
          if (unit !== undefined) found.add(unit);
          from[index] = unit?.end ?? start + at + 1;
        }
      }
      yield* inWindow.sort((a, b) => a.offset - b.offset);
    }
  }
}

/** Of the four bytes of any of these offsets. */
function finderOfAny(offsets: readonly number[], limit: number): Finder {
  const isWanted = new Uint8Array(limit);
  for (const offset of offsets) isWanted[offset] = 1;
  return (bytes, from) => {
    let word = 0;
    for (let at = from; at < bytes.length; at++) {
      word = ((word >>> 8) | (bytes[at] << 24)) >>> 0;
      if (word < limit && isWanted[word] === 1 && at >= from + 3) return at - 3;
    }
    return -1;
  };
}

const WINDOW = 1 << 20;

/**
 * The bytes of a section from its begin to its end, in pieces that overlap by so many bytes. What is read for them is forgotten:
 * a piece holds until the next one is asked for.
 */
function* windowsOf({ bytes, peek }: Section, overlap: number): Generator<{ readonly at: number; readonly bytes: Uint8Array }> {
  if (peek === undefined) {
    yield { at: 0, bytes };
    return;
  }
  const window = new Uint8Array(Math.min(WINDOW + overlap, bytes.length));
  for (let at = 0; at < bytes.length; at += WINDOW) {
    const piece = window.subarray(0, Math.min(window.length, bytes.length - at));
    peek(at, piece);
    yield { at, bytes: piece };
  }
}

function wholeSection({ bytes, load }: Section): Uint8Array {
  load?.(0, bytes.length);
  return bytes;
}

/** Where in .debug_str the text stands as a string; linkers let it be the end of a longer one. */
function stringsThatAre(bytes: Uint8Array, text: Uint8Array): readonly number[] {
  const all: number[] = [];
  const whole: number[] = [];
  const find = finderOf(text);
  for (let at = find(bytes, 0); at >= 0; at = find(bytes, at + 1)) {
    all.push(at);
    if (at === 0 || bytes[at - 1] === 0) whole.push(at);
  }
  return whole.length > 0 ? whole : all;
}

function unitAround(units: Units, offset: number): Unit | undefined {
  try {
    return units.containing(offset);
  } catch {
    return undefined;
  }
}
