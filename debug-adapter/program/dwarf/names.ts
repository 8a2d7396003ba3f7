import { canonicalBaseName, isBaseName } from './base-type-names.ts';
import * as c from './constants.ts';
import { children, type Entry, entryAt, hasAttribute, nameOf, readFlag } from './entries.ts';
import { type CompilationUnits, type Guard, once } from './compilation-units.ts';
import { createNameSearch } from './name-search.ts';
import type { Unit, Units } from './units.ts';

/** Names at file scope, from the top level of the units that have them. Units are read until what is asked for has been found. */
export interface NameIndex {
  /** Variables with a place or value. */
  variables(name: string): Iterable<Entry>;
  allVariables(): readonly Entry[];
  /** A complete type under its {@link typeKey}, of this unit if it has one. */
  type(key: string, unit?: Unit): Entry | undefined;
  /** Subprograms: declared, abstract and concrete ones. */
  functions(name: string): Iterable<Entry>;
  /** An enumeration type, named or not, that has an enumerator of this name. */
  enumerationWith(name: string): Entry | undefined;
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

/** An index that grows unit by unit. */
interface Growing {
  readonly index: Index;
  /** False: there are no more units. */
  grow(): boolean;
}

export function createNameIndex(units: CompilationUnits, guard: Guard): NameIndex {
  const first = units.list.at(0)?.unit;
  const all = first?.units;
  const search = first && createNameSearch(first.sections, first.units);
  const everyUnit = (): readonly Unit[] => units.list.map(({ unit }) => unit);
  const guarded = (unit: Unit, action: () => void): void => guard(`the unit at offset ${unit.offset}`, action, undefined);

  /** @param key absent: all names */
  function growing(list: Iterable<Unit>, isWanted: (key: string) => boolean = () => true): Growing {
    const index: Index = { variables: new Map(), types: new Map(), functions: new Map() };
    const left = list[Symbol.iterator]();
    return {
      index,
      grow() {
        const { value: unit, done } = left.next();
        if (done) return false;
        guarded(unit, () => addNames(index, unit.root.entry, 0, isWanted));
        return true;
      },
    };
  }
  const wholeIndex = once((): Growing => {
    const whole = growing(everyUnit());
    while (whole.grow());
    return whole;
  });
  const searched = new Map<string, Growing>();
  const remembered = (name: string, create: () => Growing): Growing => {
    let found = searched.get(name);
    if (found === undefined) searched.set(name, (found = create()));
    return found;
  };
  /** An index that gets all of a name. */
  const indexWith = (name: string): Growing =>
    remembered(name, () => {
      const found = search?.(name);
      return found === undefined ? wholeIndex() : growing(found, (key) => withoutKeyword(key) === name);
    });
  const indexWithType = (key: string): Growing => {
    // A base type has more than one spelling; every unit that uses it has it.
    if (!isBaseName(key)) return indexWith(withoutKeyword(key));
    return search === undefined ? wholeIndex() : remembered(key, () => growing(everyUnit(), (other) => other === key));
  };

  const entryInAnyUnit = (offset: number): Entry => entryAt((all as Units).containing(offset), offset);
  function* entries({ index, grow }: Growing, kind: Kind, name: string): Generator<Entry> {
    for (let next = 0; ; ) {
      const known = index[kind].get(name) ?? [];
      if (next < known.length) yield entryInAnyUnit(known[next++]);
      else if (!grow()) return;
    }
  }

  const enumerations = new Map<string, Entry | undefined>();
  const wholeEnumerators = once(() => {
    const index = new Map<string, number[]>();
    for (const unit of everyUnit())
      guarded(unit, () => {
        for (const [entry, enumerator] of enumerators(unit)) add(index, nameOf(enumerator), entry);
      });
    return index;
  });
  function findEnumeration(name: string): Entry | undefined {
    const list = search?.(name);
    if (list === undefined) {
      const [offset] = wholeEnumerators().get(name) ?? [];
      return offset === undefined ? undefined : entryInAnyUnit(offset);
    }
    let found: Entry | undefined;
    for (const unit of list) {
      guarded(unit, () => {
        for (const [entry, enumerator] of enumerators(unit)) if (nameOf(enumerator) === name) found ??= entry;
      });
      if (found !== undefined) break;
    }
    return found;
  }

  return {
    variables: (name) => entries(indexWith(name), 'variables', name),
    allVariables: () => [...wholeIndex().index.variables.values()].flat().map(entryInAnyUnit),
    type(key, unit) {
      if (unit !== undefined) {
        const own = growing([unit], (other) => other === key);
        for (const entry of entries(own, 'types', key)) return entry;
      }
      for (const entry of entries(indexWithType(key), 'types', key)) return entry;
      return undefined;
    },
    functions: (name) => entries(indexWith(name), 'functions', name),
    enumerationWith(name) {
      if (!enumerations.has(name)) enumerations.set(name, findEnumeration(name));
      return enumerations.get(name);
    },
  };
}

const withoutKeyword = (key: string): string => key.replace(/^(struct|union|enum) /, '');

/** Each enumerator at the top level, with its type. */
function* enumerators(unit: Unit): Generator<readonly [type: Entry, enumerator: Entry]> {
  for (const entry of children(unit.root.entry)) {
    if (entry.tag !== c.DW_TAG_enumeration_type) continue;
    for (const enumerator of children(entry)) yield [entry, enumerator];
  }
}

function addNames(index: Index, parent: Entry, depth: number, isWanted: (key: string) => boolean): void {
  const addNamed = (kind: Kind, key: string | undefined, entry: Entry): void => {
    if (key !== undefined && isWanted(key)) add(index[kind], key, entry);
  };
  for (const entry of children(parent)) {
    switch (entry.tag) {
      case c.DW_TAG_variable:
        if (hasAttribute(entry, c.DW_AT_location) || hasAttribute(entry, c.DW_AT_const_value)) addNamed('variables', nameOf(entry), entry);
        break;
      case c.DW_TAG_subprogram:
        addNamed('functions', nameOf(entry), entry);
        break;
      case c.DW_TAG_namespace:
        if (depth < MAXIMUM_NAMESPACES) addNames(index, entry, depth + 1, isWanted);
        break;
      case c.DW_TAG_base_type:
      case c.DW_TAG_typedef:
      case c.DW_TAG_structure_type:
      case c.DW_TAG_class_type:
      case c.DW_TAG_union_type:
      case c.DW_TAG_enumeration_type: {
        const name = readFlag(entry, c.DW_AT_declaration) ? undefined : nameOf(entry);
        if (name !== undefined) addNamed('types', typeKey(entry.tag, name), entry);
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
