import { canonicalBaseName, isBaseName } from './base-type-names.ts';
import * as c from './constants.ts';
import { children, type Entry, entryAt, hasAttribute, nameOf, readFlag } from './entries.ts';
import { type CompilationUnits, type Guard, once } from './compilation-units.ts';
import { createNameSearch } from './name-search.ts';
import type { Unit, Units } from './units.ts';

/** Names at file scope, from the top level of the units that have them. */
export interface NameIndex {
  /** Variables with a place or value. */
  variables(name: string): readonly Entry[];
  allVariables(): readonly Entry[];
  /** Complete types, under the keys of {@link typeKey}. */
  types(key: string): readonly Entry[];
  /** Subprograms: declared, abstract and concrete ones. */
  functions(name: string): readonly Entry[];
  /** The enumeration types, named or not, that have an enumerator of this name. */
  enumerationsWith(name: string): readonly Entry[];
}

/** `struct node`, `union u`, `enum e`; typedefs by their name, base types in the order of words of {@link canonicalBaseName}. */
export function typeKey(tag: number, name: string): string {
  const keyword = tagKeywords[tag];
  return keyword === undefined ? canonicalBaseName(name) : `${keyword} ${name}`;
}

const tagKeywords: Readonly<Record<number, string>> = {
  [c.DW_TAG_structure_type]: 'struct',
  [c.DW_TAG_class_type]: 'struct',
  [c.DW_TAG_union_type]: 'union',
  [c.DW_TAG_enumeration_type]: 'enum',
};

type Kind = 'variables' | 'types' | 'functions';
type Index = Readonly<Record<Kind, Map<string, number[]>>>;

export function createNameIndex(units: CompilationUnits, guard: Guard): NameIndex {
  const first = units.list.at(0)?.unit;
  const all = first?.units;
  const search = first && createNameSearch(first.sections, first.units);

  const indexOf = (list: readonly Unit[]): Index => {
    const index: Index = { variables: new Map(), types: new Map(), functions: new Map() };
    for (const unit of list) guard(`the unit at offset ${unit.offset}`, () => addNames(index, unit.root.entry, 0), undefined);
    return index;
  };
  const everyUnit = (): readonly Unit[] => units.list.map(({ unit }) => unit);
  const wholeIndex = once(() => indexOf(everyUnit()));
  const searched = new Map<string, Index>();
  /** An index that has all of a name. */
  const indexWith = (name: string): Index => {
    const known = searched.get(name);
    if (known !== undefined) return known;
    const found = search?.(name);
    if (found === undefined) return wholeIndex();
    const index = indexOf(found);
    searched.set(name, index);
    return index;
  };

  const enumerationsIn = (list: readonly Unit[], name: string): readonly Entry[] => {
    const found: Entry[] = [];
    const addUnit = (unit: Unit): void => {
      for (const entry of children(unit.root.entry)) {
        if (entry.tag !== c.DW_TAG_enumeration_type) continue;
        for (const enumerator of children(entry)) if (nameOf(enumerator) === name) found.push(entry);
      }
    };
    for (const unit of list) guard(`the unit at offset ${unit.offset}`, () => addUnit(unit), undefined);
    return found;
  };
  const enumerations = new Map<string, readonly Entry[]>();
  const wholeEnumerators = once(() => {
    const index = new Map<string, number[]>();
    const addUnit = (unit: Unit): void => {
      for (const entry of children(unit.root.entry)) {
        if (entry.tag !== c.DW_TAG_enumeration_type) continue;
        for (const enumerator of children(entry)) add(index, nameOf(enumerator), entry);
      }
    };
    for (const unit of everyUnit()) guard(`the unit at offset ${unit.offset}`, () => addUnit(unit), undefined);
    return index;
  });

  const entryInAnyUnit = (offset: number): Entry => entryAt((all as Units).containing(offset), offset);
  const entries = (index: Index, kind: Kind, name: string): readonly Entry[] => (index[kind].get(name) ?? []).map(entryInAnyUnit);
  return {
    variables: (name) => entries(indexWith(name), 'variables', name),
    allVariables: () => [...wholeIndex().variables.values()].flat().map(entryInAnyUnit),
    types(key) {
      // A base type has more than one spelling; every unit that uses it has it.
      if (isBaseName(key)) return entries(wholeIndexUntil(key), 'types', key);
      return entries(indexWith(key.replace(/^(struct|union|enum) /, '')), 'types', key);
    },
    functions: (name) => entries(indexWith(name), 'functions', name),
    enumerationsWith(name) {
      let found = enumerations.get(name);
      if (found === undefined) {
        const list = search?.(name);
        found = list === undefined ? (wholeEnumerators().get(name) ?? []).map(entryInAnyUnit) : enumerationsIn(list, name);
        enumerations.set(name, found);
      }
      return found;
    },
  };

  /** The index of the first unit that has a base type, or of all. */
  function wholeIndexUntil(key: string): Index {
    if (search === undefined) return wholeIndex();
    let index = searched.get(key);
    if (index !== undefined) return index;
    for (const unit of everyUnit()) {
      index = indexOf([unit]);
      if (index.types.has(key)) break;
    }
    searched.set(key, (index ??= indexOf([])));
    return index;
  }
}

function addNames(index: Index, parent: Entry, depth: number): void {
  for (const entry of children(parent)) {
    switch (entry.tag) {
      case c.DW_TAG_variable:
        if (hasAttribute(entry, c.DW_AT_location) || hasAttribute(entry, c.DW_AT_const_value)) add(index.variables, nameOf(entry), entry);
        break;
      case c.DW_TAG_subprogram:
        add(index.functions, nameOf(entry), entry);
        break;
      case c.DW_TAG_namespace:
        if (depth < MAXIMUM_NAMESPACES) addNames(index, entry, depth + 1);
        break;
      case c.DW_TAG_base_type:
      case c.DW_TAG_typedef:
      case c.DW_TAG_structure_type:
      case c.DW_TAG_class_type:
      case c.DW_TAG_union_type:
      case c.DW_TAG_enumeration_type: {
        const name = readFlag(entry, c.DW_AT_declaration) ? undefined : nameOf(entry);
        if (name !== undefined) add(index.types, typeKey(entry.tag, name), entry);
        break;
      }
    }
  }
}

const MAXIMUM_NAMESPACES = 32;

function add(index: Map<string, number[]>, name: string | undefined, entry: Entry): void {
  if (name === undefined) return;
  const known = index.get(name);
  if (known === undefined) index.set(name, [entry.offset]);
  else known.push(entry.offset);
}
