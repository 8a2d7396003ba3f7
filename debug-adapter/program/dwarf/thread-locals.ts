/**
 * Which thread-local symbol a variable is. Compilers for AArch64 describe no place of such variables (AAELF64 has no relocation for an offset
 * in a thread's block), but linkers have symbols for them.
 */
import { once } from './compilation-units.ts';
import type { AddressRange } from '../addresses.ts';
import type { FrameContext } from '../program.ts';
import type { ThreadLocalSymbol } from '../symbol-table.ts';
import type { ThreadLocalStorage } from '../thread-local-storage.ts';
import { type Entry, isExternal, nameOf, withOrigins } from './entries.ts';
import type { FunctionEntry } from './functions.ts';
import { isCPlusPlus, linkageName, scopeOf } from './qualified-names.ts';

export interface ThreadLocals {
  /**
   * Of a variable that has no place described; more than one: nobody can tell which.
   * @param code where a variable of a function is around: what it uses tells. Absent: the variable is none of a function
   */
  symbolsOf(
    entry: Entry,
    size: number | undefined,
    code?: { readonly ranges: readonly AddressRange[]; readonly frame: FrameContext },
  ): readonly ThreadLocalSymbol[];
  /** Its control object, if the variable is in memory that a library allocates for each thread. */
  emulatedBy(entry: Entry, function_?: FunctionEntry): string | undefined;
  /** Of what stands at file scope: one of the two. */
  isThreadLocal(entry: Entry): boolean;
}

export function createThreadLocals(storage: ThreadLocalStorage, isSymbol: (name: string) => boolean): ThreadLocals {
  const byName = once(() => {
    const found = new Map<string, ThreadLocalSymbol[]>();
    for (const symbol of storage.symbols) {
      const name = symbol.name.replace(/\.lto_priv\.\d+$/, '');
      found.set(name, [...(found.get(name) ?? []), symbol]);
    }
    return found;
  });
  const ofUnit = (entry: Entry, symbols: readonly ThreadLocalSymbol[]): readonly ThreadLocalSymbol[] => {
    const own = symbols.filter(({ file }) => file === fileOf(entry));
    return own.length > 0 ? own : symbols.filter(({ file }) => file === undefined);
  };

  const threadLocals: ThreadLocals = {
    symbolsOf(entry, size, code) {
      if (storage.symbols.length === 0) return [];
      const fits = (symbol: ThreadLocalSymbol): boolean => size === undefined || symbol.size === 0 || symbol.size === size;
      if (code === undefined) {
        const named = fileScopeNames(entry).flatMap((name) => (byName().get(name) ?? []).filter(fits));
        const visible = isExternal(entry) ? named.filter(({ isGlobal }) => isGlobal) : [];
        return visible.length > 0 ? visible : ofUnit(entry, named);
      }
      const isMeant = isLocalName(entry);
      const named = ofUnit(
        entry,
        storage.symbols.filter((symbol) => isMeant(symbol.name) && fits(symbol)),
      );
      return named.length === 0 ? [] : storage.usedIn(code.ranges, named, code.frame);
    },
    emulatedBy(entry, function_) {
      if (!storage.isEmulated()) return undefined;
      const names = function_ === undefined ? fileScopeNames(entry) : [`${nameOf(function_.entry)}.${nameOf(entry)}`];
      return names.map((name) => `__emutls_v.${name}`).find(isSymbol);
    },
    isThreadLocal: (entry) => threadLocals.symbolsOf(entry, undefined).length > 0 || threadLocals.emulatedBy(entry) !== undefined,
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
    `^(?:${literally(name)}(?:\\.\\d+)?(?:\\.lto_priv)?\\.\\d+|[\\w.$]+\\.${literally(name)}(?:\\.\\d+)?|_ZZ.*E${name.length}${literally(name)}(?:_\\d+)?)$`,
  );
  return (symbol) => (linkage === undefined ? name !== '' && pattern.test(symbol) : symbol === linkage);
}

const literally = (text: string): string => text.replace(/[$.*+?^{}()|[\]\\]/g, '\\$&');
