import { type Address, type AddressRange, rangeAround } from '../addresses.ts';
import * as c from './constants.ts';
import { children, type Entry, readAddress, readFlag, readNumber, readReference, walk } from './entries.ts';
import { rangesOf } from './ranges.ts';
import { pieceByPiece } from './reader.ts';
import type { Unit } from './units.ts';

/** A subprogram that has code of its own. */
export interface FunctionEntry {
  readonly entry: Entry;
  readonly ranges: readonly AddressRange[];
  readonly low: Address;
}

/** A piece of code inside a function: the function itself, a lexical block or an inlined call. */
export interface Scope {
  readonly entry: Entry;
  /** Of an inlined call: where it was written. */
  readonly call: { readonly file: number; readonly line: number; readonly column: number | undefined } | undefined;
  readonly isInlined: boolean;
}

/** Functions of a unit with code, at any nesting, in the unit's order. */
export function readFunctions(unit: Unit, isCode: (address: Address) => boolean): readonly FunctionEntry[] {
  const functions: FunctionEntry[] = [];
  const add = (entry: Entry): void => {
    if (readFlag(entry, c.DW_AT_declaration)) return;
    const ranges = rangesOf(entry);
    if (ranges.length > 0 && isCode(ranges[0].low)) functions.push({ entry, ranges, low: entryAddress(entry, ranges) });
  };
  // All of the unit is passed, and little of it asked for again.
  walk(unit.root.entry, add, ({ tag }) => tag === c.DW_TAG_subprogram, pieceByPiece(unit.sections.info));
  return functions;
}

/** DW_AT_entry_pc as an address or an offset from the first range (§2.18); else the lowest address of the first range. */
function entryAddress(entry: Entry, ranges: readonly AddressRange[]): Address {
  const address = readAddress(entry, c.DW_AT_entry_pc);
  if (address !== undefined) return address;
  return ranges[0].low + (readNumber(entry, c.DW_AT_entry_pc) ?? 0);
}

/** The scopes around `pc`, from the function inwards. */
export function scopesAt(function_: FunctionEntry, pc: Address): readonly Scope[] {
  return [function_.entry, ...(innerScopes(function_.entry, pc)?.entries ?? [])].map((entry) => {
    const isInlined = entry.tag === c.DW_TAG_inlined_subroutine;
    return { entry, call: isInlined ? callOf(entry) : undefined, isInlined };
  });
}

function callOf(entry: Entry): Scope['call'] {
  return {
    file: readNumber(entry, c.DW_AT_call_file) ?? 0,
    line: readNumber(entry, c.DW_AT_call_line) ?? 0,
    column: readNumber(entry, c.DW_AT_call_column),
  };
}

interface ScopePath {
  /** From the outside in. */
  readonly entries: readonly Entry[];
  /** Where the part of the outermost begins that contains the address. */
  readonly low: Address;
  /** One of them is an inlined call. */
  readonly isInlined: boolean;
}

/**
 * A scope without addresses of its own (DWARF 2 has none for scattered code) is where the scopes inside of it are. Where optimization lets
 * neighbours overlap, code belongs to an inlined call rather than to none, since its lines are those of what is inlined; else to the one
 * that begins last.
 */
function innerScopes(scope: Entry, pc: Address): ScopePath | undefined {
  let found: ScopePath | undefined;
  for (const child of children(scope)) {
    if (child.tag !== c.DW_TAG_lexical_block && child.tag !== c.DW_TAG_inlined_subroutine) continue;
    const ranges = rangesOf(child);
    const around = rangeAround(ranges, pc);
    if (around === undefined && ranges.length > 0) continue;
    const inside = innerScopes(child, pc);
    const low = around?.low ?? inside?.low;
    if (low === undefined) continue;
    const isInlined = child.tag === c.DW_TAG_inlined_subroutine || inside?.isInlined === true;
    const isNearer = found === undefined || (isInlined === found.isInlined ? low > found.low : isInlined);
    if (isNearer) found = { entries: [child, ...(inside?.entries ?? [])], low, isInlined };
  }
  return found;
}

/** Calls `visit` for each inlined call below `function_` of what is meant, with its code and what it inlines. */
export function eachInlinedCall(
  function_: Entry,
  isMeant: (origin: Entry) => boolean,
  visit: (ranges: readonly AddressRange[], origin: Entry) => void,
): void {
  const visitCall = (entry: Entry, depth: number): void => {
    const origin = depth === 0 ? undefined : readReference(entry, c.DW_AT_abstract_origin);
    if (origin === undefined || !isMeant(origin)) return;
    const ranges = rangesOf(entry);
    if (ranges.length > 0) visit(ranges, origin);
  };
  walk(function_, visitCall, ({ tag }) => tag === c.DW_TAG_inlined_subroutine);
}

/** Whether variables are placed here whose names are in other units, as gcc's link-time optimization does. */
export const placesOtherUnits = (unit: Unit): boolean =>
  [...unit.abbreviations.values()].some(
    ({ tag, attributes, forms }) => tag === c.DW_TAG_variable && forms[attributes.indexOf(c.DW_AT_abstract_origin)] === c.DW_FORM_ref_addr,
  );

/** Whether functions of other units may have been inlined here, as link-time optimization does. */
export const inlinesOtherUnits = (unit: Unit): boolean =>
  [...unit.abbreviations.values()].some(
    ({ tag, attributes, forms }) =>
      tag === c.DW_TAG_inlined_subroutine && forms[attributes.indexOf(c.DW_AT_abstract_origin)] === c.DW_FORM_ref_addr,
  );
