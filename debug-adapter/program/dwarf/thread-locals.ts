/**
 * Which thread-local symbol a variable is. Compilers for AArch64 describe no place of such variables (AAELF64 has no relocation for an offset
 * in a thread's block), but linkers have symbols for them.
 */
import { once } from './compilation-units.ts';
import type { ThreadLocalSymbol } from '../symbol-table.ts';
import type { ThreadLocalStorage } from '../thread-local-storage.ts';
import { type Entry, isExternal, nameOf, withOrigins } from './entries.ts';
import type { FunctionEntry } from './functions.ts';
import { isCPlusPlus, linkageName, scopeOf } from './qualified-names.ts';

export interface ThreadLocals {
  /** Of a variable that has no place described; with `function_`, that is declared in it or in what is inlined there. */
  symbolOf(entry: Entry, function_: FunctionEntry | undefined, size: number | undefined): ThreadLocalSymbol | undefined;
  /** Its control object, if the variable is in memory that a library allocates for each thread. */
  emulatedBy(entry: Entry, function_?: FunctionEntry): string | undefined;
  /** Of what stands at file scope: one of the two. */
  isThreadLocal(entry: Entry): boolean;
}

export function createThreadLocals(storage: ThreadLocalStorage, isSymbol: (name: string) => boolean): ThreadLocals {
  const byName = once(() => {
    const found = new Map<string, ThreadLocalSymbol[]>();
    for (const symbol of storage.symbols) found.set(symbol.name, [...(found.get(symbol.name) ?? []), symbol]);
    return found;
  });
  const isOfUnit = (entry: Entry, { file }: ThreadLocalSymbol): boolean => file === undefined || file === fileOf(entry);

  const threadLocals: ThreadLocals = {
    symbolOf(entry, function_, size) {
      if (storage.symbols.length === 0) return undefined;
      const fits = (symbol: ThreadLocalSymbol): boolean => size === undefined || symbol.size === 0 || symbol.size === size;
      if (function_ === undefined) {
        const named = fileScopeNames(entry).flatMap((name) => byName().get(name) ?? []);
        const own = named.filter((symbol) => fits(symbol) && (symbol.file === undefined) === isExternal(entry));
        return own.length > 1
          ? own.find((symbol) => isOfUnit(entry, symbol))
          : (own[0] ?? (named.length === 1 ? named.find(fits) : undefined));
      }
      const isMeant = isLocalName(entry);
      const named = storage.symbols.filter((symbol) => isMeant(symbol.name) && fits(symbol) && isOfUnit(entry, symbol));
      // Of one name in several functions of a file, their code knows the linker's.
      return named.length === 0 ? undefined : storage.usedIn(function_.ranges, named);
    },
    emulatedBy(entry, function_) {
      if (!storage.isEmulated()) return undefined;
      const names = function_ === undefined ? fileScopeNames(entry) : [`${nameOf(function_.entry)}.${nameOf(entry)}`];
      return names.map((name) => `__emutls_v.${name}`).find(isSymbol);
    },
    isThreadLocal: (entry) =>
      threadLocals.symbolOf(entry, undefined, undefined) !== undefined || threadLocals.emulatedBy(entry) !== undefined,
  };
  return threadLocals;
}

const fileOf = (entry: Entry): string => (withOrigins(entry).at(-1) ?? entry).unit.root.name.replace(/^.*[/\\]/s, '');

/** Itanium C++ ABI §5.1.2: what is of one file only has an L before its name, or not; names without a linkage name are that. */
function fileScopeNames(entry: Entry): readonly string[] {
  const linkage = linkageName(entry);
  const name = nameOf(entry);
  if (linkage !== undefined) return [linkage];
  if (name === undefined) return [];
  if (!isCPlusPlus(entry.unit)) return [name];
  const scopes = scopeOf(entry);
  const last = `${name.length}${name}`;
  if (scopes === '') return [name, `_ZL${last}`];
  const around = scopes
    .split('::')
    .map((scope) => (scope === '(anonymous namespace)' ? '12_GLOBAL__N_1' : `${scope.length}${scope}`))
    .join('');
  return [`_ZN${around}${last}E`, `_ZN${around}L${last}E`];
}

/** `calls.0` of gcc, `work.calls` of clang, `_ZZ4workiE5calls` of C++. */
function isLocalName(entry: Entry): (symbol: string) => boolean {
  const linkage = linkageName(entry);
  const name = nameOf(entry) ?? '';
  const pattern = new RegExp(
    `^(?:${literally(name)}\\.\\d+|[\\w.$]+\\.${literally(name)}(?:\\.\\d+)?|_ZZ.*E${name.length}${literally(name)}(?:_\\d+)?)$`,
  );
  return (symbol) => (linkage === undefined ? name !== '' && pattern.test(symbol) : symbol === linkage);
}

const literally = (text: string): string => text.replace(/[$.*+?^{}()|[\]\\]/g, '\\$&');
