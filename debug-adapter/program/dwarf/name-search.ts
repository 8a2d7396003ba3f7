import { type Finder, finderOf } from '../find-bytes.ts';
import type { Abbreviation } from './abbreviations.ts';
import * as c from './constants.ts';
import { sizeOfForm } from './forms.ts';
import { DwarfError, type Section } from './reader.ts';
import type { DebugSections, Unit, Units } from './units.ts';

/** More strings that a name may be than this are looked for together, byte by byte. */
const MOST_STRINGS = 4;

/** Which entries a name is looked for in. @param completing tags of the unit's entries that complete others (DW_AT_specification), whose names they have */
export type Wanted = (abbreviation: Abbreviation, completing: ReadonlySet<number>) => boolean;

/** The units in which an entry that is wanted has a name. */
export type NameSearch = (name: string, isWanted: Wanted) => Iterable<Unit>;

/**
 * Names are found in the bytes of .debug_info: units in which none stands need not be understood, and of those in which it does only what
 * shapes their entries have, so that a common name of members and parameters costs little.
 * A unit too many is no harm. They are looked for while they are asked for, in the order of the section.
 * `undefined`: names cannot be found so, for they are indices (DW_FORM_strx), or stand elsewhere too (.debug_types, split units).
 */
export function createNameSearch({ info, str, strOffsets }: DebugSections, units: Units): NameSearch | undefined {
  if (strOffsets.bytes.length > 0 || units.list.some(({ sections }) => sections.info !== info)) return undefined;
  return (name, isWanted) => {
    const text = new TextEncoder().encode(`${name}\0`);
    const strings = stringsThatAre(wholeSection(str), text);
    const byText = finderOf(text);
    const finders =
      strings.length > MOST_STRINGS
        ? [finderOfAny(strings)]
        : strings.map((offset) => finderOf(new Uint8Array(Uint32Array.of(offset).buffer)));
    return unitsWith([byText, ...finders], text.length, isWanted);
  };

  /** @param overlap what windows must share so that nothing is between them */
  function* unitsWith(finders: readonly Finder[], overlap: number, isWanted: Wanted): Generator<Unit> {
    const found = new Set<Unit>();
    const headsOf = new Map<Unit, readonly Head[] | undefined>();
    const isHere = (unit: Unit, bytes: Uint8Array, at: number): boolean => {
      let heads = headsOf.get(unit);
      if (!headsOf.has(unit)) headsOf.set(unit, (heads = headsIn(unit, isWanted)));
      return heads === undefined || heads.some((head) => standsBefore(head, bytes, at));
    };
    // Where each is to be looked for from: once in a unit is enough.
    const from = finders.map(() => 0);
    for (const { at: start, bytes } of windowsOf(info, Math.max(overlap, 4) - 1)) {
      const inWindow: Unit[] = [];
      for (const [index, find] of finders.entries()) {
        for (let at = Math.max(from[index] - start, 0); at < bytes.length; at = from[index] - start) {
          at = find(bytes, at);
          if (at < 0) break;
          const unit = unitAround(units, start + at);
          from[index] = start + at + 1;
          if (unit === undefined || !(found.has(unit) || isHere(unit, bytes, at))) continue;
          if (!found.has(unit)) inWindow.push(unit);
          found.add(unit);
          from[index] = unit.end;
        }
      }
      yield* inWindow.sort((a, b) => a.offset - b.offset);
    }
  }
}

/** What stands before an entry's name: the code of its abbreviation, and the attributes before. */
interface Head {
  readonly code: readonly number[];
  readonly attributeBytes: number;
}

/** Of all entries of the unit that are wanted and have a name. `undefined`: their names may be anywhere. */
function headsIn(unit: Unit, isWanted: Wanted): readonly Head[] | undefined {
  try {
    const abbreviations = [...unit.abbreviations];
    const completing = new Set(
      abbreviations.flatMap(([, { tag, attributes }]) => (attributes.includes(c.DW_AT_specification) ? [tag] : [])),
    );
    const heads: Head[] = [];
    for (const [code, abbreviation] of abbreviations) {
      const name = abbreviation.attributes.indexOf(c.DW_AT_name);
      if (name < 0 || !isWanted(abbreviation, completing)) continue;
      const sizes = abbreviation.forms.slice(0, name).map((form) => sizeOfForm(form, unit));
      const attributeBytes = sizes.reduce<number | undefined>(
        (sum, size) => (sum === undefined || size === undefined ? undefined : sum + size),
        0,
      );
      if (attributeBytes === undefined) return undefined;
      heads.push({ code: ulebOf(code), attributeBytes });
    }
    return heads;
  } catch (error) {
    // Who reads the unit says what is wrong with it.
    if (error instanceof DwarfError) return undefined;
    throw error;
  }
}

function ulebOf(value: number): readonly number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return [...bytes, left];
}

/** What a window does not show is taken to be so. */
function standsBefore({ code, attributeBytes }: Head, bytes: Uint8Array, at: number): boolean {
  const begin = at - attributeBytes - code.length;
  return begin < 0 || code.every((byte, index) => bytes[begin + index] === byte);
}

/** Of the four bytes of any of these offsets. */
function finderOfAny(offsets: readonly number[]): Finder {
  const isWanted = new Set(offsets);
  // Few pairs of bytes begin one: a table of them stays in the processor's cache, and most places are passed by it alone.
  const begins = new Uint8Array(1 << 16);
  for (const offset of offsets) begins[offset & 0xffff] = 1;
  return (bytes, from) => {
    const last = bytes.length - 4;
    for (let at = from; at <= last; at++) {
      if (begins[bytes[at] | (bytes[at + 1] << 8)] === 0) continue;
      const word = (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
      if (isWanted.has(word)) return at;
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
