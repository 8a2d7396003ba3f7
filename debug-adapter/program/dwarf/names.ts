import { canonicalBaseName } from './base-type-names.ts';
import * as c from './constants.ts';
import { children, type Entry, entryAt, hasAttribute, nameOf, readFlag } from './entries.ts';
import type { CompilationUnits, Guard } from './compilation-units.ts';
import type { Unit, Units } from './units.ts';

/** Names at file scope. Built when first asked for, from the top level of every unit. */
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

export function createNameIndex(units: CompilationUnits, guard: Guard): NameIndex {
  const all = units.list[0]?.unit.units;
  let built: { variables: Map<string, number[]>; types: Map<string, number[]>; functions: Map<string, number[]> } | undefined;

  const build = () => {
    const index = { variables: new Map<string, number[]>(), types: new Map<string, number[]>(), functions: new Map<string, number[]>() };
    for (const { unit } of units.list) {
      guard(`the unit at offset ${unit.offset}`, () => addUnit(unit), undefined);
    }
    return index;

    function addUnit(unit: Unit): void {
      addChildren(unit.root.entry, 0);
    }
    function addChildren(parent: Entry, depth: number): void {
      for (const entry of children(parent)) {
        switch (entry.tag) {
          case c.DW_TAG_variable:
            if (hasAttribute(entry, c.DW_AT_location) || hasAttribute(entry, c.DW_AT_const_value))
              add(index.variables, nameOf(entry), entry);
            break;
          case c.DW_TAG_subprogram:
            add(index.functions, nameOf(entry), entry);
            break;
          case c.DW_TAG_namespace:
            if (depth < MAXIMUM_NAMESPACES) addChildren(entry, depth + 1);
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
  };
  let enumerators: Map<string, number[]> | undefined;
  const buildEnumerators = () => {
    const index = new Map<string, number[]>();
    for (const { unit } of units.list) {
      const addUnit = () => {
        for (const entry of children(unit.root.entry)) {
          if (entry.tag !== c.DW_TAG_enumeration_type) continue;
          for (const enumerator of children(entry)) add(index, nameOf(enumerator), entry);
        }
      };
      guard(`the unit at offset ${unit.offset}`, addUnit, undefined);
    }
    return index;
  };
  const entries = (kind: 'variables' | 'types' | 'functions', name: string): readonly Entry[] => {
    built ??= build();
    return (built[kind].get(name) ?? []).map((offset) => entryInAnyUnit(all, offset));
  };
  return {
    variables: (name) => entries('variables', name),
    allVariables() {
      built ??= build();
      return [...built.variables.values()].flat().map((offset) => entryInAnyUnit(all, offset));
    },
    types: (key) => entries('types', key),
    functions: (name) => entries('functions', name),
    enumerationsWith(name) {
      enumerators ??= buildEnumerators();
      return (enumerators.get(name) ?? []).map((offset) => entryInAnyUnit(all, offset));
    },
  };
}

const MAXIMUM_NAMESPACES = 32;

function add(index: Map<string, number[]>, name: string | undefined, entry: Entry): void {
  if (name === undefined) return;
  const known = index.get(name);
  if (known === undefined) index.set(name, [entry.offset]);
  else known.push(entry.offset);
}

const entryInAnyUnit = (units: Units, offset: number): Entry => entryAt(units.containing(offset), offset);
