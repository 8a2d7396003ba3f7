import { type Address, bigintFromAddress } from './addresses.ts';
import type { BoundedCache } from './bounded-cache.ts';
import type { CompilationUnit, CompilationUnits } from './dwarf/compilation-units.ts';
import { createFileNameSearch, type FileNameSearch } from './dwarf/file-name-search.ts';
import { END_SEQUENCE, IS_STATEMENT, type LineTable, PROLOGUE_END, rowAt } from './dwarf/lines.ts';
import type { SourceLocation } from './program.ts';
import { matchPath } from './source-paths.ts';

/** Address ↔ source line, over all units. */
export interface SourceLines {
  sources(): readonly string[];
  /** MD5 of a source as it was compiled; `undefined` where the compiler has not noted it. */
  digestOf(source: string): string | undefined;
  locationAt(pc: Address): SourceLocation | undefined;
  lineRangeAt(pc: Address): { readonly low: bigint; readonly high: bigint } | undefined;
  isStatementStart(pc: Address): boolean;
  /** Those of {@link sources} of a file name. */
  sourcesNamed(name: string): readonly string[];
  /** The source that a path of the user's means. */
  matchSource(path: string): string | undefined;
  /** Addresses of the rows of a source that begin a statement, by line, ascending. */
  statementsOf(source: string): ReadonlyMap<number, readonly Address[]>;
  /** The first row after the prologue, as far as line tables tell; `undefined` if they say nothing. */
  prologueEnd(low: Address, high: Address): { readonly address: Address; readonly isMarked: boolean } | undefined;
}

export function createSourceLines(units: CompilationUnits, answers: BoundedCache): SourceLines {
  const tableAt = (pc: Address): { table: LineTable; row: number; last: number; first: number } | undefined => {
    const table = units.at(pc)?.lines();
    const found = table && rowAt(table, pc);
    return table && found && { table, row: found.row, first: found.sequence.first, last: found.sequence.last };
  };

  /** The units that speak of files of a name, by their paths. */
  const { get: filesNamed } = answers.keep(
    (name: string) => findFiles(units, name),
    (files) => [...files].reduce((sum, [path, list]) => sum + 100 + path.length + list.length * 8, 0),
  );
  const unitsOf = (source: string): readonly CompilationUnit[] => filesNamed(fileName(source)).get(source) ?? [];

  const { get: statementsOf } = answers.keep(
    (source: string) => collectStatements(unitsOf(source), source),
    (byLine) => [...byLine.values()].reduce((sum, { length }) => sum + 100 + length * 8, 0),
  );

  let sourcesWithCode: readonly string[] | undefined;
  return {
    sources() {
      sourcesWithCode ??= collectSources(units);
      return sourcesWithCode;
    },
    sourcesNamed: (name) => [...filesNamed(name)].filter(([path, list]) => list.some((unit) => hasRows(unit, path))).map(([path]) => path),
    digestOf(source) {
      for (const unit of unitsOf(source)) {
        const files = unit.passing.lineHeader()?.files;
        for (let file = 0; files !== undefined && file < files.count; file++) {
          const digest = files.digest(file);
          if (digest !== undefined && files.path(file) === source) return digest;
        }
      }
      return undefined;
    },
    locationAt(pc) {
      const found = tableAt(pc);
      return found && locationOfRow(found.table, found.row);
    },
    lineRangeAt(pc) {
      const found = tableAt(pc);
      if (found === undefined || found.table.lines[found.row] === 0) return undefined;
      const { table, row, last } = found;
      const belongs = (other: number) =>
        isHiddenRow(table, other, last) ||
        table.lines[other] === 0 ||
        (table.lines[other] === table.lines[row] && table.file(table.fileNumbers[other]) === table.file(table.fileNumbers[row]));
      let low = row;
      while (low > found.first && belongs(low - 1)) low--;
      while (low < row && table.lines[low] === 0) low++;
      let high = row + 1;
      while (high < last && belongs(high)) high++;
      return { low: bigintFromAddress(table.addresses[low]), high: bigintFromAddress(table.addresses[high]) };
    },
    isStatementStart(pc) {
      const found = tableAt(pc);
      if (found === undefined) return false;
      const { table } = found;
      for (let row = found.row; row >= found.first && table.addresses[row] === pc; row--) {
        if ((table.flags[row] & IS_STATEMENT) !== 0 && table.lines[row] !== 0) return true;
      }
      return false;
    },
    matchSource: (path) => matchPath(path, filesNamed(fileName(path)).keys()),
    statementsOf,
    prologueEnd(low, high) {
      const found = tableAt(low);
      if (found === undefined) return undefined;
      const { table } = found;
      for (let row = found.row; row < found.last && table.addresses[row] < high; row++) {
        if ((table.flags[row] & PROLOGUE_END) !== 0) return { address: table.addresses[row], isMarked: true };
      }
      for (let row = found.row; row < found.last && table.addresses[row] < high; row++) {
        const isStatement = (table.flags[row] & IS_STATEMENT) !== 0 && table.lines[row] !== 0;
        if (isStatement && table.addresses[row] > low) return { address: table.addresses[row], isMarked: false };
      }
      return undefined;
    },
  };
}

function locationOfRow(table: LineTable, row: number): SourceLocation | undefined {
  const path = table.file(table.fileNumbers[row]);
  const line = table.lines[row];
  if (path === undefined || line === 0) return undefined;
  const column = table.columns[row];
  return column === 0 ? { path, line } : { path, line, column };
}

const isHiddenRow = (table: LineTable, row: number, last: number): boolean =>
  row < last && table.addresses[row + 1] === table.addresses[row];

function collectSources(units: CompilationUnits): readonly string[] {
  const sources = new Set<string>();
  for (const unit of units.list) {
    const table = unit.ranges.length === 0 ? undefined : unit.passing.lines();
    if (table === undefined) continue;
    const fileNumbers = new Set<number>();
    for (const { first, last } of table.sequences) {
      for (let row = first; row < last; row++) if (table.lines[row] !== 0) fileNumbers.add(table.fileNumbers[row]);
    }
    for (const file of fileNumbers) {
      const path = table.file(file);
      if (path !== undefined) sources.add(path);
    }
  }
  return [...sources].sort();
}

const fileName = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

function findFiles(units: CompilationUnits, name: string): ReadonlyMap<string, readonly CompilationUnit[]> {
  const files = new Map<string, CompilationUnit[]>();
  let search: FileNameSearch | undefined;
  for (const unit of units.list) {
    if (unit.ranges.length === 0) continue;
    const header = unit.passing.lineHeader();
    if (header === undefined) continue;
    search ??= createFileNameSearch(header.sections, name);
    for (const path of new Set(header.files.named(search).map((file) => header.files.path(file)))) {
      if (path === undefined) continue;
      const known = files.get(path);
      if (known === undefined) files.set(path, [unit]);
      else known.push(unit);
    }
  }
  return files;
}

/** Whether a file of the line number program is this source. */
function filesThatAre(table: LineTable, source: string): (file: number) => boolean {
  const known: boolean[] = [];
  return (file) => (known[file] ??= table.file(file) === source);
}

function hasRows(unit: CompilationUnit, source: string): boolean {
  const table = unit.passing.lines();
  if (table === undefined) return false;
  const isSource = filesThatAre(table, source);
  return table.sequences.some(({ first, last }) => {
    for (let row = first; row < last; row++) if (table.lines[row] !== 0 && isSource(table.fileNumbers[row])) return true;
    return false;
  });
}

function collectStatements(units: readonly CompilationUnit[], source: string): ReadonlyMap<number, readonly Address[]> {
  const byLine = new Map<number, Address[]>();
  for (const unit of units) {
    const table = unit.passing.lines();
    if (table === undefined) continue;
    const isSource = filesThatAre(table, source);
    for (const { first, last } of table.sequences) {
      for (let row = first; row < last; row++) {
        const line = table.lines[row];
        const isStatement = (table.flags[row] & (IS_STATEMENT | END_SEQUENCE)) === IS_STATEMENT;
        if (!isStatement || line === 0 || !isSource(table.fileNumbers[row])) continue;
        const statement = table.addresses[row];
        const known = byLine.get(line);
        if (known === undefined) byLine.set(line, [statement]);
        else known.push(statement);
      }
    }
  }
  for (const list of byLine.values()) list.sort((a, b) => a - b);
  return byLine;
}
