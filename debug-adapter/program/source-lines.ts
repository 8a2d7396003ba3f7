import { type Address, bigintFromAddress } from './addresses.ts';
import type { CompilationUnit, CompilationUnits } from './dwarf/compilation-units.ts';
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
  /** The source that a path of the user's means. */
  matchSource(path: string): string | undefined;
  /** Addresses of the rows of a source that begin a statement, by line, ascending. */
  statementsOf(source: string): ReadonlyMap<number, readonly Address[]>;
  /** The first row after the prologue, as far as line tables tell; `undefined` if they say nothing. */
  prologueEnd(low: Address, high: Address): { readonly address: Address; readonly isMarked: boolean } | undefined;
}

export function createSourceLines(units: CompilationUnits): SourceLines {
  const tableAt = (pc: Address): { table: LineTable; row: number; last: number; first: number } | undefined => {
    const table = units.at(pc)?.lines();
    const found = table && rowAt(table, pc);
    return table && found && { table, row: found.row, first: found.sequence.first, last: found.sequence.last };
  };

  let unitsBySource: Map<string, CompilationUnit[]> | undefined;
  const sourceIndex = (): Map<string, CompilationUnit[]> => {
    if (unitsBySource !== undefined) return unitsBySource;
    unitsBySource = new Map();
    for (const unit of units.list) {
      if (unit.ranges.length === 0) continue;
      for (const path of new Set(unit.lineHeader()?.files)) {
        if (path === undefined) continue;
        const known = unitsBySource.get(path);
        if (known === undefined) unitsBySource.set(path, [unit]);
        else known.push(unit);
      }
    }
    return unitsBySource;
  };

  const statements = new Map<string, ReadonlyMap<number, readonly Address[]>>();
  const statementsOf = (source: string): ReadonlyMap<number, readonly Address[]> => {
    let byLine = statements.get(source);
    if (byLine === undefined) statements.set(source, (byLine = collectStatements(sourceIndex().get(source) ?? [], source)));
    return byLine;
  };

  let sourcesWithCode: readonly string[] | undefined;
  return {
    sources() {
      sourcesWithCode ??= collectSources(units);
      return sourcesWithCode;
    },
    digestOf(source) {
      for (const unit of sourceIndex().get(source) ?? []) {
        const digest = unit.lineHeader()?.digests.get(source);
        if (digest !== undefined) return digest;
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
        (table.lines[other] === table.lines[row] && table.files[table.fileNumbers[other]] === table.files[table.fileNumbers[row]]);
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
    matchSource: (path) => matchPath(path, sourceIndex().keys()),
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
  const path = table.files[table.fileNumbers[row]];
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
    const table = unit.ranges.length === 0 ? undefined : unit.lines();
    if (table === undefined) continue;
    const fileNumbers = new Set<number>();
    for (const { first, last } of table.sequences) {
      for (let row = first; row < last; row++) if (table.lines[row] !== 0) fileNumbers.add(table.fileNumbers[row]);
    }
    for (const file of fileNumbers) {
      const path = table.files[file];
      if (path !== undefined) sources.add(path);
    }
  }
  return [...sources].sort();
}

function collectStatements(units: readonly CompilationUnit[], source: string): ReadonlyMap<number, readonly Address[]> {
  const byLine = new Map<number, Address[]>();
  for (const unit of units) {
    const table = unit.lines();
    if (table === undefined) continue;
    const isSource = table.files.map((path) => path === source);
    for (const { first, last } of table.sequences) {
      for (let row = first; row < last; row++) {
        const line = table.lines[row];
        const isStatement = (table.flags[row] & (IS_STATEMENT | END_SEQUENCE)) === IS_STATEMENT;
        if (!isStatement || line === 0 || !isSource[table.fileNumbers[row]]) continue;
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
