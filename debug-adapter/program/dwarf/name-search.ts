import type { Kept } from '../bounded-cache.ts';
import { type Finder, finderOf } from '../find-bytes.ts';
import type { Abbreviation } from './abbreviations.ts';
import * as c from './constants.ts';
import { type EntryFilter, walk } from './entries.ts';
import { DwarfError, type Reader, type Section } from './reader.ts';
import type { DebugSections, Unit, Units } from './units.ts';

/** More strings that a name may be than this are looked for together, byte by byte. */
const MOST_STRINGS = 12;
/** So many places are looked at that may only look as if a name stood there. */
const MOST_LOOKS = 64;

/** Which entries a name is looked for in. @param completing tags of the unit's entries that complete others (DW_AT_specification), whose names they have */
export type Wanted = (abbreviation: Abbreviation, completing: ReadonlySet<number>) => boolean;

export interface NameSearch {
  /** The units in which an entry that is wanted has a name. */
  units(name: string, isWanted: Wanted): Iterable<Unit>;
  /** What cannot have a name is passed over without a look at it; what is left may have it. */
  mayBeCalled(name: string, unit: Unit): EntryFilter;
}

/**
 * Names are found in the bytes of .debug_info: units in which none stands need not be understood, and of those in which it does only what
 * shapes their entries have, so that a common name of members and parameters costs little.
 * A unit too many is no harm. They are looked for while they are asked for, in the order of the section.
 * `undefined`: names cannot be found so, for they are indices (DW_FORM_strx), or stand elsewhere too (.debug_types, split units).
 */
export function createNameSearch({ info, str, strOffsets }: DebugSections, units: Units): NameSearch | undefined {
  if (strOffsets.bytes.length > 0 || units.list.some(({ sections }) => sections.info !== info)) return undefined;
  const bytesOf = units.cache.keep(
    (name: string): NameBytes => {
      const text = new TextEncoder().encode(`${name}\0`);
      const strings = wholeSection(str);
      const { whole, tails } = stringsThatAre(strings, text);
      const likely = likeliest(strings, tails);
      const isKnown = whole.length === 0 && likely !== undefined && (tails.length === 1 || isUsed(likely));
      return { text, strings: new Set(isKnown ? [likely] : whole.length > 0 ? whole : tails) };
    },
    ({ text, strings }) => 200 + text.length + strings.size * 30,
  );
  const heads = new Map<Wanted, Kept<Unit, readonly Head[] | undefined>>();
  const headsOf = (isWanted: Wanted): Kept<Unit, readonly Head[] | undefined> => {
    const known =
      heads.get(isWanted) ??
      units.cache.keep(
        (unit: Unit) => headsIn(unit, isWanted),
        (found) => 50 + (found?.length ?? 0) * BYTES_OF_HEAD,
      );
    heads.set(isWanted, known);
    return known;
  };
  let memory = new Uint8Array();
  /** What is read for a search is looked at before the next one goes on. */
  const memoryOf = (size: number): Uint8Array => {
    if (memory.length < size) memory = new Uint8Array(size);
    return memory.subarray(0, size);
  };
  return {
    units(name, isWanted) {
      const { text, strings } = bytesOf.get(name);
      const byText = finderOf(text);
      const finders =
        strings.size > MOST_STRINGS
          ? [finderOfAny(strings)]
          : [...strings].map((offset) => finderOf(new Uint8Array(Uint32Array.of(offset).buffer)));
      return unitsWith([byText, ...finders], text.length, headsOf(isWanted));
    },
    mayBeCalled(name, { offsetSize }) {
      const { text, strings } = bytesOf.get(name);
      return ({ attributes, forms, beforeName }, reader) => {
        const form = forms[attributes.indexOf(c.DW_AT_name)];
        // It may be that of what it completes.
        if (form === undefined) return attributes.includes(c.DW_AT_specification) || attributes.includes(c.DW_AT_abstract_origin);
        const isText = form === c.DW_FORM_string;
        if (beforeName === undefined || !(isText || form === c.DW_FORM_strp)) return true;
        const { offset } = reader;
        reader.skip(beforeName[offsetSize]);
        const isIt = isText ? begins(reader, text) : strings.has(reader.sectionOffset(offsetSize));
        reader.offset = offset;
        return isIt;
      };
    },
  };

  /** Whether an entry has the string at this offset as its name. Then none has another one that says the same, since linkers keep one of them. */
  function isUsed(string: number): boolean {
    const find = finderOf(new Uint8Array(Uint32Array.of(string).buffer));
    let left = MOST_LOOKS;
    for (const { at: start, bytes } of windowsOf(info, 3, memoryOf)) {
      for (let at = find(bytes, 0); at >= 0; at = find(bytes, at + 1)) {
        const unit = unitAround(units, start + at);
        if (left-- === 0) return false;
        if (unit !== undefined && isNameAt(unit, start + at)) return true;
      }
    }
    return false;
  }

  /** @param overlap what windows must share so that nothing is between them */
  function* unitsWith(finders: readonly Finder[], overlap: number, headsOf: Kept<Unit, readonly Head[] | undefined>): Generator<Unit> {
    // Units come in the order of the section, and one that goes on in the next window is the last.
    let last: Unit | undefined;
    const isHere = (unit: Unit, bytes: Uint8Array, at: number): boolean => {
      const heads = headsOf.get(unit);
      return heads === undefined || heads.some((head) => standsBefore(head, bytes, at));
    };
    // Where each is to be looked for from: once in a unit is enough.
    const from = finders.map(() => 0);
    for (const { at: start, bytes } of windowsOf(info, Math.max(overlap, 4) - 1, memoryOf)) {
      const inWindow = new Set<Unit>();
      for (const [index, find] of finders.entries()) {
        for (let at = Math.max(from[index] - start, 0); at < bytes.length; at = from[index] - start) {
          at = find(bytes, at);
          if (at < 0) break;
          const unit = unitAround(units, start + at);
          from[index] = start + at + 1;
          if (unit === undefined || !(inWindow.has(unit) || unit === last || isHere(unit, bytes, at))) continue;
          if (unit !== last) inWindow.add(unit);
          from[index] = unit.end;
        }
      }
      const found = [...inWindow].sort((a, b) => a.offset - b.offset);
      last = found.at(-1) ?? last;
      yield* found;
    }
  }
}

/** A name as it stands in sections: with its end, and where that is in .debug_str. */
interface NameBytes {
  readonly text: Uint8Array;
  readonly strings: ReadonlySet<number>;
}

/** Whether the name of an entry of the unit stands at an offset of .debug_info. */
function isNameAt(unit: Unit, offset: number): boolean {
  let isIt = false;
  const look: EntryFilter = ({ attributes, forms, beforeName }, reader) => {
    if (beforeName !== undefined && reader.offset + beforeName[unit.offsetSize] === offset)
      isIt = forms[attributes.indexOf(c.DW_AT_name)] === c.DW_FORM_strp;
    return false;
  };
  try {
    walk(unit.root.entry, () => {}, look);
  } catch (error) {
    if (!(error instanceof DwarfError)) throw error;
  }
  return isIt;
}

function begins(reader: Reader, text: Uint8Array): boolean {
  if (reader.remaining < text.length) return false;
  for (const byte of text) if (reader.u8() !== byte) return false;
  return true;
}

/** What stands before an entry's name: the code of its abbreviation, and the attributes before. */
interface Head {
  readonly code: readonly number[];
  readonly attributeBytes: number;
}

/** With its code and its place. */
const BYTES_OF_HEAD = 120;

/** Of all entries of the unit that are wanted and have a name. `undefined`: their names may be anywhere. */
function headsIn(unit: Unit, isWanted: Wanted): readonly Head[] | undefined {
  try {
    const abbreviations = [...unit.abbreviations];
    const completing = new Set(
      abbreviations.flatMap(([, { tag, attributes }]) => (attributes.includes(c.DW_AT_specification) ? [tag] : [])),
    );
    const heads: Head[] = [];
    for (const [code, abbreviation] of abbreviations) {
      if (!abbreviation.attributes.includes(c.DW_AT_name) || !isWanted(abbreviation, completing)) continue;
      if (abbreviation.beforeName === undefined) return undefined;
      heads.push({ code: ulebOf(code), attributeBytes: abbreviation.beforeName[unit.offsetSize] });
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
function finderOfAny(offsets: ReadonlySet<number>): Finder {
  // Few pairs of bytes begin one: a table of them stays in the processor's cache, and most places are passed by it alone.
  const begins = new Uint8Array(1 << 16);
  for (const offset of offsets) begins[offset & 0xffff] = 1;
  return (bytes, from) => {
    const last = bytes.length - 4;
    for (let at = from; at <= last; at++) {
      if (begins[bytes[at] | (bytes[at + 1] << 8)] === 0) continue;
      const word = (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
      if (offsets.has(word)) return at;
    }
    return -1;
  };
}

const WINDOW = 1 << 20;

/**
 * The bytes of a section from its begin to its end, in pieces that overlap by so many bytes. What is read for them is forgotten:
 * a piece holds until the next one is asked for.
 */
function* windowsOf(
  { bytes, peek }: Section,
  overlap: number,
  memoryOf: (size: number) => Uint8Array,
): Generator<{ readonly at: number; readonly bytes: Uint8Array }> {
  if (peek === undefined) {
    yield { at: 0, bytes };
    return;
  }
  for (let at = 0; at < bytes.length; at += WINDOW) {
    const piece = memoryOf(Math.min(WINDOW + overlap, bytes.length - at));
    peek(at, piece);
    yield { at, bytes: piece };
  }
}

function wholeSection({ bytes, load }: Section): Uint8Array {
  load?.(0, bytes.length);
  return bytes;
}

/** Where in .debug_str the text stands as a string, and as the end of a longer one, which linkers let stand for both. */
function stringsThatAre(bytes: Uint8Array, text: Uint8Array): { readonly whole: readonly number[]; readonly tails: readonly number[] } {
  const whole: number[] = [];
  const tails: number[] = [];
  const find = finderOf(text);
  for (let at = find(bytes, 0); at >= 0; at = find(bytes, at + 1)) (at === 0 || bytes[at - 1] === 0 ? whole : tails).push(at);
  return { whole, tails };
}

/**
 * Which of several longer strings a linker has let stand for their common end: they sort strings by their letters from the last to the first,
 * and take the neighbour (GNU ld, LLVM's lld, dwz).
 */
function likeliest(bytes: Uint8Array, tails: readonly number[]): number | undefined {
  const isBefore = (a: number, b: number): boolean => {
    for (let index = 1; ; index++) {
      const [one, other] = [a - index, b - index].map((at) => (at < 0 ? 0 : bytes[at]));
      if (one !== other || one === 0) return one < other;
    }
  };
  return tails.reduce<number | undefined>((best, at) => (best === undefined || isBefore(at, best) ? at : best), undefined);
}

function unitAround(units: Units, offset: number): Unit | undefined {
  try {
    return units.containing(offset);
  } catch {
    return undefined;
  }
}
