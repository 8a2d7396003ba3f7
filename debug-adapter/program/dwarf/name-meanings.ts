/** Which entries a name means that a person writes: scopes may be left out, namespaces have aliases, and files their own of one name. */
import type { BoundedCache } from '../bounded-cache.ts';
import { isNamed, lastName, type NamePath, namePath } from '../qualified-name.ts';
import { isBaseName } from './base-type-names.ts';
import { type CompilationUnit, type Guard, once } from './compilation-units.ts';
import * as c from './constants.ts';
import { type Entry, nameOf, readFlag } from './entries.ts';
import type { NameIndex } from './names.ts';
import { declaredIn, inlineNamespaces, joined, namespaceAliases, qualifiedName, scopeOf, variableName } from './qualified-names.ts';
import type { Unit } from './units.ts';

export interface NameMeanings {
  /** Full names of inline namespaces. */
  inline(): ReadonlySet<string>;
  /** With what an alias of a namespace means in its stead. */
  pathOf(name: string): NamePath;
  /** @param unit its own is meant before others */
  scopedType(name: string, unit?: Unit): Entry | undefined;
  /** Of several that one template has made, a name without arguments means none, and what stands in a class is not meant without that. */
  variableEntries(name: string): Iterable<Entry>;
  /** What a unit defines, with a place or without. `undefined`: nothing of that name, or more than one thing. */
  ownVariable(name: string, unit: Unit | undefined): Entry | undefined;
  ownType(key: string, unit: Unit | undefined): Entry | undefined;
}

/** @param scopedUnits units in languages with namespaces and classes */
export function createNameMeanings(
  scopedUnits: () => readonly CompilationUnit[],
  names: () => NameIndex,
  guard: Guard,
  cache: BoundedCache,
): NameMeanings {
  const inline = once(
    () => new Set(scopedUnits().flatMap(({ unit }) => guard('namespaces', () => [...inlineNamespaces(unit.root.entry)], []))),
  );
  const aliases = once(
    () => new Map(scopedUnits().flatMap(({ unit }) => guard('namespaces', () => [...namespaceAliases(unit.root.entry)], []))),
  );
  function pathOf(name: string): NamePath {
    const path = namePath(name);
    // The last part may be the alias itself, where names in it are asked for.
    for (let count = name.includes('::') || aliases().has(name) ? path.parts.length : 0; count > 0; count--) {
      const meaning = aliases().get(path.parts.slice(0, count).join('::'));
      if (meaning !== undefined) return { ...path, parts: [...namePath(meaning).parts, ...path.parts.slice(count)] };
    }
    return path;
  }
  /** Scopes may be left out: where some of the entries stand in fewer than others, these are meant. */
  function nearest(entries: readonly Entry[]): readonly Entry[] {
    if (entries.length < 2) return entries;
    const depths = entries.map(
      (entry) => namePath(scopeOf(entry)).parts.filter((part) => part !== '' && part !== '(anonymous namespace)').length,
    );
    return entries.filter((_, index) => depths[index] === Math.min(...depths));
  }
  /** The entries that a name with scopes means. */
  function meant(path: NamePath, entries: Iterable<Entry>): readonly Entry[] {
    return [...entries].filter((entry) => isNamed(path, namePath(qualifiedName(entry) ?? ''), inline()));
  }
  function scopedType(name: string, unit?: Unit): Entry | undefined {
    if (scopedUnits().length === 0) return undefined;
    const path = pathOf(name);
    const found = nearest(meant(path, names().scopedTypes(lastName(path))));
    return found.find((entry) => entry.unit === unit) ?? found.at(0);
  }
  function isOfClass(entry: Entry): boolean {
    const scope = scopeOf(entry);
    return scope !== '' && scopedType(`::${scope}`) !== undefined;
  }
  function variableEntries(name: string): Iterable<Entry> {
    const plain = name.includes('<') || name.includes('::') ? lastName(pathOf(name)) : name;
    const entries = names().variables(plain);
    if (name === plain && scopedUnits().length === 0) return entries;
    const path = pathOf(name);
    const found = [...entries].filter(
      (entry) => name === plain || isNamed(path, namePath(joined(scopeOf(entry), variableName(entry) ?? '')), inline()),
    );
    const made = new Set(found.map(variableName));
    const chosen = path.parts.at(-1) === plain && made.size > 1 ? found.filter((entry) => variableName(entry) === plain) : found;
    return nearest(name === plain ? chosen.filter((entry) => !isOfClass(entry)) : chosen);
  }

  const ownVariables = cache.keep(definedVariables, (found) =>
    [...found.values()].reduce((sum, { length }) => sum + 100 + length * 100, 0),
  );
  function ownVariable(name: string, unit: Unit | undefined): Entry | undefined {
    if (unit === undefined) return undefined;
    const path = pathOf(name);
    const found = nearest(
      (ownVariables.get(unit).get(lastName(path)) ?? []).filter((entry) =>
        isNamed(path, namePath(joined(scopeOf(entry), variableName(entry) ?? '')), inline()),
      ),
    );
    const [first, ...others] = name.includes('::') ? found : found.filter((entry) => !isOfClass(entry));
    return others.length === 0 ? first : undefined;
  }
  const ownTypes = cache.keepOf<Unit, string, Entry | undefined>(() => 200);
  const ownType = (key: string, unit: Unit | undefined): Entry | undefined =>
    unit === undefined || isBaseName(key) ? undefined : ownTypes(unit, key, () => names().type(key, unit));
  return { inline, pathOf, scopedType, variableEntries, ownVariable, ownType };
}

function definedVariables(unit: Unit): ReadonlyMap<string, readonly Entry[]> {
  const found = new Map<string, Entry[]>();
  for (const entry of declaredIn(unit.root.entry)) {
    const name = entry.tag === c.DW_TAG_variable && !readFlag(entry, c.DW_AT_declaration) ? nameOf(entry) : undefined;
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), entry]);
  }
  return found;
}
