import { MANY_UNITS } from '../program.ts';
import { canonicalBaseName, isBaseName } from './base-type-names.ts';
import * as c from './constants.ts';
import type { Abbreviation } from './abbreviations.ts';
import { children, type Entry, entryAt, hasAttribute, nameOf, readFlag } from './entries.ts';
import { type CompilationUnits, type Guard, once } from './compilation-units.ts';
import { placesOtherUnits } from './functions.ts';
import { createNameSearch, type Wanted } from './name-search.ts';
import { declaredIn, hasScopes } from './qualified-names.ts';
import type { Unit, Units } from './units.ts';

/** Names at file scope, from the top level of the units that have them. Units are read until what is asked for has been found. */
export interface NameIndex {
  /** Variables with a place or value, thread-local ones too. */
  variables(name: string): Iterable<Entry>;
  /** Declarations of variables that may be defined in a language without types: assembly, a linker script. */
  declaredVariables(name: string): Iterable<Entry>;
  allVariables(): readonly Entry[];
  /** A complete type under its {@link typeKey}, of this unit if it has one. */
  type(key: string, unit?: Unit): Entry | undefined;
  /** Subprograms, abstract and concrete ones; such as are only declared may be missing. */
  functions(name: string): Iterable<Entry>;
  /** Types of a language with namespaces whose name without scopes and template arguments is this one. */
  scopedTypes(name: string): Iterable<Entry>;
  /** What is declared in namespaces and classes of languages that have them, and at file scope there; enumerators are not told one by one. */
  declarations(): Iterable<Entry>;
  /** Enumeration types, named or not, that have an enumerator of this name. */
  enumerationsWith(name: string): Iterable<Entry>;
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

/** @param isPlaced of a variable without a place: whether it has one that debug information does not describe */
export function createNameIndex(units: CompilationUnits, guard: Guard, isPlaced: (entry: Entry) => boolean): NameIndex {
  const first = units.list.at(0)?.unit;
  const all = first?.units;
  const search = first && createNameSearch(first.sections, first.units);
  const everyUnit = (): readonly Unit[] => units.list.map(({ unit }) => unit);
  const guarded = (unit: Unit, action: () => void): void => guard(`the unit at offset ${unit.offset}`, action, undefined);

  const growing = (list: Iterable<Unit>, isWanted: (kind: Kind, key: string) => boolean = () => true): Growing =>
    growingBy(list, (index, unit) => addNames(index, unit.root.entry, isWanted, isPlaced));
  /** An index that {@link Growing.grow} adds what is found in one more unit to. */
  function growingBy(list: Iterable<Unit>, addUnit: (index: Index, unit: Unit) => void): Growing {
    const index: Index = { variables: new Map(), types: new Map(), functions: new Map() };
    const left = list[Symbol.iterator]();
    return {
      index,
      grow() {
        const { value: unit, done } = left.next();
        if (done) return false;
        guarded(unit, () => addUnit(index, unit));
        return true;
      },
    };
  }
  const wholeIndex = once((): Growing => {
    const whole = growing(everyUnit());
    while (whole.grow());
    return whole;
  });
  /** Where a name is meant without its text. Of very many units not all are opened to look. */
  const placingUnits = once(() =>
    units.list.length > MANY_UNITS ? [] : everyUnit().filter((unit) => guard('a unit', () => placesOtherUnits(unit), false)),
  );
  function* withPlacing(found: Iterable<Unit>): Generator<Unit> {
    const placing = new Set(placingUnits());
    yield* placing;
    for (const unit of found) if (!placing.has(unit)) yield unit;
  }
  const searched = new Map<string, Growing>();
  const remembered = (name: string, create: () => Growing): Growing => {
    let found = searched.get(name);
    if (found === undefined) searched.set(name, (found = create()));
    return found;
  };
  /** An index that gets all that a name means of a kind. */
  const indexWith = (kind: Kind, name: string): Growing =>
    remembered(`${kind} ${name}`, () => {
      const found = search?.(name, wanted[kind]);
      if (found === undefined) return wholeIndex();
      return growing(withPlacing(found), (other, key) => other === kind && withoutKeyword(key) === name);
    });
  const indexWithType = (key: string): Growing => {
    // A base type has more than one spelling; every unit that uses it has it.
    if (!isBaseName(key)) return indexWith('types', withoutKeyword(key));
    return search === undefined
      ? wholeIndex()
      : remembered(`base ${key}`, () => growing(everyUnit(), (kind, other) => kind === 'types' && other === key));
  };
  const indexWithDeclared = (name: string): Growing =>
    remembered(`declared ${name}`, () =>
      growingBy(search?.(name, isDeclaredVariable) ?? everyUnit(), ({ variables }, unit) => {
        for (const entry of declaredIn(unit.root.entry))
          if (isDeclaredVariable(entry.abbreviation) && nameOf(entry) === name) add(variables, name, entry);
      }),
    );

  const entryInAnyUnit = (offset: number): Entry => entryAt((all as Units).containing(offset), offset);
  function* entries({ index, grow }: Growing, kind: Kind, name: string): Generator<Entry> {
    for (let next = 0; ; ) {
      const known = index[kind].get(name) ?? [];
      if (next < known.length) yield entryInAnyUnit(known[next++]);
      else if (!grow()) return;
    }
  }

  const wholeEnumerators = once(() => {
    const index = new Map<string, number[]>();
    for (const unit of everyUnit())
      guarded(unit, () => {
        for (const [entry, enumerator] of enumerators(unit)) add(index, nameOf(enumerator), entry);
      });
    return index;
  });
  const enumerations = new Map<string, Growing>();
  /** Those whose units have been asked so far, under the name of the enumerator. */
  const enumerationsInUnits = (name: string, list: Iterable<Unit>): Growing =>
    growingBy(list, ({ types }, unit) => {
      for (const [entry, enumerator] of enumerators(unit)) if (nameOf(enumerator) === name) add(types, name, entry);
    });
  function* enumerationsWith(name: string): Generator<Entry> {
    const list = search?.(name, ({ tag }) => tag === c.DW_TAG_enumerator);
    if (list === undefined) {
      for (const offset of wholeEnumerators().get(name) ?? []) yield entryInAnyUnit(offset);
      return;
    }
    let found = enumerations.get(name);
    if (found === undefined) enumerations.set(name, (found = enumerationsInUnits(name, list)));
    yield* entries(found, 'types', name);
  }

  const scopedTypes = once(() => {
    const index = new Map<string, number[]>();
    for (const unit of everyUnit())
      guarded(unit, () => {
        if (!hasScopes(unit)) return;
        for (const entry of declaredIn(unit.root.entry))
          if (isType(entry) && !readFlag(entry, c.DW_AT_declaration)) add(index, withoutArguments(nameOf(entry)), entry);
      });
    return index;
  });

  return {
    variables: (name) => entries(indexWith('variables', name), 'variables', name),
    declaredVariables: (name) => entries(indexWithDeclared(name), 'variables', name),
    allVariables: () => [...wholeIndex().index.variables.values()].flat().map(entryInAnyUnit),
    type(key, unit) {
      if (unit !== undefined) {
        const own = growing([unit], (kind, other) => kind === 'types' && other === key);
        for (const entry of entries(own, 'types', key)) return entry;
      }
      for (const entry of entries(indexWithType(key), 'types', key)) return entry;
      return undefined;
    },
    functions: (name) => entries(indexWith('functions', name), 'functions', name),
    scopedTypes: (name) => (scopedTypes().get(name) ?? []).map(entryInAnyUnit),
    *declarations() {
      for (const unit of everyUnit()) if (hasScopes(unit)) yield* declaredIn(unit.root.entry);
    },
    enumerationsWith,
  };
}

const withoutKeyword = (key: string): string => key.replace(/^(struct|union|enum) /, '');

const withoutArguments = (name: string | undefined): string | undefined => name?.replace(/<.*>$/s, '');

/** Each enumerator of an enumeration that functions share, with its type. */
function* enumerators(unit: Unit): Generator<readonly [type: Entry, enumerator: Entry]> {
  for (const entry of declaredIn(unit.root.entry)) {
    if (entry.tag !== c.DW_TAG_enumeration_type) continue;
    for (const enumerator of children(entry)) yield [entry, enumerator];
  }
}

const typeTags: ReadonlySet<number> = new Set([
  c.DW_TAG_base_type,
  c.DW_TAG_typedef,
  c.DW_TAG_structure_type,
  c.DW_TAG_class_type,
  c.DW_TAG_union_type,
  c.DW_TAG_enumeration_type,
]);
const isType = ({ tag }: Entry): boolean => typeTags.has(tag);

/** Static members of classes are members with a value where version 5 has variables. */
const isVariable = (entry: Entry): boolean =>
  entry.tag === c.DW_TAG_variable
    ? hasAttribute(entry, c.DW_AT_location) || hasAttribute(entry, c.DW_AT_const_value)
    : entry.tag === c.DW_TAG_member && hasAttribute(entry, c.DW_AT_const_value);

const isUndescribed = (entry: Entry): boolean => entry.tag === c.DW_TAG_variable && !readFlag(entry, c.DW_AT_declaration);

const isDeclared = ({ attributes }: Abbreviation): boolean => attributes.includes(c.DW_AT_declaration);
const isDeclaredVariable = (abbreviation: Abbreviation): boolean => abbreviation.tag === c.DW_TAG_variable && isDeclared(abbreviation);

/** Entries that are of a kind, or whose names those have that complete them. */
const wanted: Readonly<Record<Kind, Wanted>> = {
  // Static members of classes are completed by variables.
  variables: (abbreviation, completing) =>
    abbreviation.tag === c.DW_TAG_variable
      ? !isDeclared(abbreviation) || completing.has(c.DW_TAG_variable)
      : abbreviation.tag === c.DW_TAG_member &&
        (abbreviation.attributes.includes(c.DW_AT_const_value) || completing.has(c.DW_TAG_variable)),
  // What is declared as a class may be completed as a struct.
  types: (abbreviation, completing) =>
    typeTags.has(abbreviation.tag) && (!isDeclared(abbreviation) || [...completing].some((tag) => typeTags.has(tag))),
  functions: (abbreviation, completing) =>
    abbreviation.tag === c.DW_TAG_subprogram && (!isDeclared(abbreviation) || completing.has(c.DW_TAG_subprogram)),
};

function addNames(index: Index, root: Entry, isWanted: (kind: Kind, key: string) => boolean, isPlaced: (entry: Entry) => boolean): void {
  const addNamed = (kind: Kind, key: string | undefined, entry: Entry): void => {
    if (key !== undefined && isWanted(kind, key)) add(index[kind], key, entry);
  };
  for (const entry of declaredIn(root)) {
    if (entry.tag === c.DW_TAG_subprogram) addNamed('functions', nameOf(entry), entry);
    else if (isVariable(entry) || (isUndescribed(entry) && isPlaced(entry))) addNamed('variables', nameOf(entry), entry);
    else if (isType(entry)) {
      const name = readFlag(entry, c.DW_AT_declaration) ? undefined : nameOf(entry);
      if (name !== undefined) addNamed('types', typeKey(entry.tag, name), entry);
    }
  }
}

function add(index: Map<string, number[]>, name: string | undefined, entry: Entry): void {
  if (name === undefined) return;
  const known = index.get(name);
  if (known === undefined) index.set(name, [entry.offset]);
  else known.push(entry.offset);
}
