import { type Address, type AddressRange, createRangeIndex } from '../addresses.ts';
import type { Kept } from '../bounded-cache.ts';
import type { SourceLocation } from '../program.ts';
import { readAddressRanges } from './address-ranges.ts';
import * as c from './constants.ts';
import { type Entry, inherited, readNumber, readString } from './entries.ts';
import { type FunctionEntry, readFunctions } from './functions.ts';
import { type LineHeader, readLineHeader } from './line-header.ts';
import { type LineTable, runLineProgram } from './lines.ts';
import { rangesOf } from './ranges.ts';
import { DwarfError, pieceByPiece, type Section } from './reader.ts';
import type { SplitFile } from './split-units.ts';
import { type DebugSections, isSkeleton, type Unit, type Units } from './units.ts';

/** A unit with what is read from it on demand. Where that is damaged it is empty, after a note. */
export interface CompilationUnit {
  readonly unit: Unit;
  readonly ranges: readonly AddressRange[];
  lineHeader(): LineHeader | undefined;
  lines(): LineTable | undefined;
  /** For who goes through all units, and keeps neither where there is more of them than memory. */
  readonly passing: { lineHeader(): LineHeader | undefined; lines(): LineTable | undefined };
  functions(): readonly FunctionEntry[];
  functionAt(pc: Address): FunctionEntry | undefined;
}

export interface CompilationUnits {
  readonly list: readonly CompilationUnit[];
  at(pc: Address): CompilationUnit | undefined;
  of(entry: Entry): CompilationUnit | undefined;
}

/** Calls `read`; where debug information is damaged notes that and gives `fallback`. */
export type Guard = <Value>(what: string, read: () => Value, fallback: Value) => Value;

export function createGuard(warn: (note: string) => void): Guard {
  return (what, read, fallback) => {
    try {
      return read();
    } catch (error) {
      // RangeError: numbers or nesting that no real program has.
      if (!(error instanceof DwarfError || error instanceof RangeError)) throw error;
      warn(`Debug information of ${what} cannot be used: ${error.message}.`);
      return fallback;
    }
  };
}

export function createCompilationUnits(
  units: Units,
  isCode: (address: Address) => boolean,
  guard: Guard,
  warn: (note: string) => void,
): CompilationUnits {
  const first = units.list.at(0);
  const listed = first === undefined ? new Map<number, readonly AddressRange[]>() : readAddressRanges(first.sections.aranges);
  const { cache } = units;
  const kept: ReadOfUnits = {
    headers: cache.keep(
      (unit) => unit.readHeader(),
      (header) => 100 + (header?.files.count ?? 0) * BYTES_OF_FILE,
    ),
    lines: cache.keep(
      (unit) => unit.readLines(unit.lineHeader()),
      (table) => 300 + (table?.lines.length ?? 0) * BYTES_OF_ROW + (table?.sequences.length ?? 0) * BYTES_OF_SEQUENCE,
    ),
    functions: cache.keep(
      (unit) => unit.readFunctions(),
      ({ all }) => 100 + all.reduce((sum, { ranges }) => sum + BYTES_OF_FUNCTION + ranges.length * BYTES_OF_RANGE, 0),
    ),
  };
  const list = units.list.map(
    (unit) => new LazyCompilationUnit(unit, listed.get((unit.skeleton ?? unit).offset), isCode, guard, warn, kept),
  );
  const byOffset = new Map(list.map((compilationUnit) => [compilationUnit.unit.offset, compilationUnit]));
  const index = createRangeIndex(list.flatMap((value) => value.ranges.map(({ low, high }) => ({ low, high, value }))));
  return { list, at: index.at, of: (entry) => byOffset.get(entry.unit.offset) };
}

/** The file that a skeleton unit stands for. */
export function splitFileOf(unit: Unit): SplitFile | undefined {
  if (!isSkeleton(unit)) return undefined;
  const { entry, compilationDirectory } = unit.root;
  const name = readString(entry, c.DW_AT_dwo_name) ?? readString(entry, c.DW_AT_GNU_dwo_name);
  return name === undefined ? undefined : { name, directory: compilationDirectory };
}

function noteSplitUnit(unit: Unit, warn: (note: string) => void): void {
  const file = splitFileOf(unit);
  if (file === undefined) return;
  warn(
    `Functions and variables of "${file.name}" are missing: it is neither in "${file.directory}" nor beside the program. Put it there, make a package of it (dwp), or compile without -gsplit-dwarf.`,
  );
}

/** A program's line tables of so many bytes are kept whoever reads them: each takes some ten times as much. */
const FEW_BYTES = 1 << 16;

/** Bytes of most units' lines. */
const PIECE = 1 << 13;
const passingSections = new WeakMap<Section, DebugSections>();

/** For line tables that nobody keeps. */
function passingOf(sections: DebugSections): DebugSections {
  let passing = passingSections.get(sections.line);
  if (passing === undefined) passingSections.set(sections.line, (passing = { ...sections, line: pieceByPiece(sections.line, PIECE) }));
  return passing;
}

/** Functions of a unit, and which of them is around an address. */
interface FunctionsOfUnit {
  readonly all: readonly FunctionEntry[];
  at(pc: Address): FunctionEntry | undefined;
}

/** What is read of units, as long as there is room for it. */
interface ReadOfUnits {
  readonly headers: Kept<LazyCompilationUnit, LineHeader | undefined>;
  readonly lines: Kept<LazyCompilationUnit, LineTable | undefined>;
  readonly functions: Kept<LazyCompilationUnit, FunctionsOfUnit>;
}

/** Its place, and half of them their path. */
const BYTES_OF_FILE = 90;
/** Of all columns of a {@link LineTable}. */
const BYTES_OF_ROW = 21;
const BYTES_OF_SEQUENCE = 150;
const BYTES_OF_FUNCTION = 250;
/** With its place in the index. */
const BYTES_OF_RANGE = 110;

/** Reads what is asked for; a class, since there are thousands. */
class LazyCompilationUnit implements CompilationUnit {
  readonly unit: Unit;
  readonly ranges: readonly AddressRange[];
  readonly passing: CompilationUnit['passing'];
  private readonly isCode: (address: Address) => boolean;
  private readonly guard: Guard;
  private readonly warn: (note: string) => void;
  private readonly kept: ReadOfUnits;

  /** @param listed its code as .debug_aranges has it: then nothing is read now */
  constructor(
    unit: Unit,
    listed: readonly AddressRange[] | undefined,
    isCode: (address: Address) => boolean,
    guard: Guard,
    warn: (note: string) => void,
    kept: ReadOfUnits,
  ) {
    this.unit = unit;
    this.isCode = isCode;
    this.guard = guard;
    this.warn = warn;
    this.kept = kept;
    this.passing = unit.sections.line.bytes.length <= FEW_BYTES ? this : new PassingLines(this, passingOf(unit.sections));
    const known = (listed ?? []).filter(({ low }) => isCode(low));
    this.ranges = known.length > 0 ? known : this.readRanges();
  }

  private get what(): string {
    const place = `the unit at offset ${this.unit.offset}`;
    return this.guard(place, () => `"${this.unit.root.name}"`, place);
  }
  readHeader({ sections }: Pick<Unit, 'sections'> = this.unit): LineHeader | undefined {
    const { unit } = this;
    const read = (): LineHeader | undefined => {
      const { lineProgram, compilationDirectory, name } = unit.root;
      return lineProgram === undefined ? undefined : readLineHeader(sections, lineProgram, compilationDirectory, name);
    };
    return this.guard(this.what, read, undefined);
  }
  readLines(header: LineHeader | undefined): LineTable | undefined {
    return this.guard(this.what, () => header && runLineProgram(header, this.isCode), undefined);
  }
  readFunctions(): FunctionsOfUnit {
    const { unit, guard } = this;
    guard('a unit', () => noteSplitUnit(unit, this.warn), undefined);
    const all = guard(this.what, () => readFunctions(unit, this.isCode), []);
    const { at } = createRangeIndex(all.flatMap((value) => value.ranges.map(({ low, high }) => ({ low, high, value }))));
    return { all, at };
  }
  // Type and partial units name the line table of others, for their declarations.
  private readRanges(): readonly AddressRange[] {
    const { unit, guard, isCode } = this;
    guard('a unit', () => noteSplitUnit(unit, this.warn), undefined);
    const isCompileUnit = guard(this.what, () => unit.kind === c.DW_UT_compile && unit.root.entry.tag === c.DW_TAG_compile_unit, false);
    const ranges = guard(this.what, () => rangesOf(unit.root.code), []).filter(({ low }) => isCode(low));
    return ranges.length > 0 || !isCompileUnit ? ranges : (this.lines()?.sequences ?? []);
  }

  get knownHeader(): LineHeader | undefined {
    return this.kept.headers.known(this);
  }
  get knownLines(): LineTable | undefined {
    return this.kept.lines.known(this);
  }
  lineHeader(): LineHeader | undefined {
    return this.kept.headers.get(this);
  }
  lines(): LineTable | undefined {
    return this.kept.lines.get(this);
  }
  functions(): readonly FunctionEntry[] {
    return this.kept.functions.get(this).all;
  }
  functionAt(pc: Address): FunctionEntry | undefined {
    return this.kept.functions.get(this).at(pc);
  }
}

/** Keeps nothing that is not kept already, not even bytes. */
class PassingLines {
  private readonly unit: LazyCompilationUnit;
  readonly sections: DebugSections;

  constructor(unit: LazyCompilationUnit, sections: DebugSections) {
    this.unit = unit;
    this.sections = sections;
  }
  lineHeader(): LineHeader | undefined {
    return this.unit.knownHeader ?? this.unit.readHeader(this);
  }
  lines(): LineTable | undefined {
    return this.unit.knownLines ?? this.unit.readLines(this.lineHeader());
  }
}

export function once<Value>(compute: () => Value): () => Value {
  let value: { readonly is: Value } | undefined;
  return () => (value ??= { is: compute() }).is;
}

/** DW_AT_decl_file and decl_line, of the entry or what it completes. */
export function declarationOf(entry: Entry, units: CompilationUnits): SourceLocation | undefined {
  return inherited(entry, (origin) => {
    const line = readNumber(origin, c.DW_AT_decl_line);
    const file = readNumber(origin, c.DW_AT_decl_file);
    const path = file === undefined ? undefined : units.of(origin)?.lineHeader()?.files.path(file);
    if (line === undefined || path === undefined) return undefined;
    const column = readNumber(origin, c.DW_AT_decl_column);
    return column === undefined ? { path, line } : { path, line, column };
  });
}
