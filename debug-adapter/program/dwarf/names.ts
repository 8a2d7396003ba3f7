import type { BoundedCache } from '../bounded-cache.ts';
import { MANY_UNITS } from '../program.ts';
import { canonicalBaseName, isBaseName } from './base-type-names.ts';
import * as c from './constants.ts';
import type { Abbreviation } from './abbreviations.ts';
import { children, type Entry, entryAt, type EntryFilter, nameOf, readFlag } from './entries.ts';
import { type CompilationUnits, type Guard, once } from './compilation-units.ts';
import { placesOtherUnits } from './functions.ts';
import { createNameSearch, type Wanted } from './name-search.ts';
import { declaredIn, visitDeclared, hasScopes } from './qualified-names.ts';
import { pieceByPiece, type Section } from './reader.ts';
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

/** What entries of a name may be: of {@link NameIndex}, a type by its {@link typeKey}, an enumeration by the name of an enumerator. */
type Kind = 'variables' | 'declared' | 'types' | 'functions' | 'enumerations';
type Index = Readonly<Record<(typeof indexedKinds)[number], Map<string, number[]>>>;

/** Entries of a kind and name, by their offsets, of the units that have been asked so far. */
interface Growing {
  readonly found: readonly number[];
  /** Asks one more unit. False: there are no more. */
  grow(): boolean;
}

/** @param isPlaced of a variable without a place: whether it has one that debug information does not describe */
export function createNameIndex(
  units: CompilationUnits,
  guard: Guard,
  answers: BoundedCache,
  isPlaced: (entry: Entry) => boolean,
): NameIndex {
  const first = units.list.at(0)?.unit;
  const all = first?.units;
  const search = first && createNameSearch(first.sections, first.units);
  const everyUnit = (): readonly Unit[] => units.list.map(({ unit }) => unit);
  const guarded = (unit: Unit, action: () => void): void => guard(`the unit at offset ${unit.offset}`, action, undefined);
  const passing = first && pieceByPiece(first.sections.info);
  const infoOf = (unit: Unit): Section =>
    passing !== undefined && unit.sections.info === first?.sections.info ? passing : unit.sections.info;

  const hasPlace = (entry: Entry): boolean => isVariable(entry.abbreviation) || (isUndescribed(entry.abbreviation) && isPlaced(entry));
  /** Calls `visit` for all that a unit has of a name, up to where it is damaged. */
  function visitUnit(unit: Unit, kind: Kind, name: string, visit: (entry: Entry) => void): void {
    // A base type has more than one spelling.
    const mayBeCalled = search === undefined || isBaseType(kind, name) ? () => true : search.mayBeCalled(textOf(kind, name), unit);
    const isIt = (entry: Entry): boolean =>
      kind === 'enumerations'
        ? [...children(entry, mayBeCalled)].some((enumerator) => nameOf(enumerator) === name)
        : keyOf(kind, entry) === name && (kind !== 'variables' || hasPlace(entry));
    const isWanted: EntryFilter = (abbreviation, reader) =>
      isOfKind(kind, name, abbreviation) && (kind === 'enumerations' || mayBeCalled(abbreviation, reader));
    guarded(unit, () =>
      visitDeclared(unit, infoOf(unit), isWanted, (entry) => {
        if (isIt(entry)) visit(entry);
      }),
    );
  }
  // Of a program whose names cannot be searched for: all that its units have.
  const wholeIndex = once((): Index => {
    const index: Index = { variables: new Map(), types: new Map(), functions: new Map() };
    for (const unit of everyUnit()) guarded(unit, () => addNames(index, unit.root.entry, hasPlace));
    return index;
  });
  const wholeEnumerators = once(() => {
    const index = new Map<string, number[]>();
    for (const unit of everyUnit())
      guarded(unit, () => {
        visitDeclared(
          unit,
          infoOf(unit),
          ({ tag }) => tag === c.DW_TAG_enumeration_type,
          (entry) => {
            for (const enumerator of children(entry)) add(index, nameOf(enumerator), entry);
          },
        );
      });
    return index;
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
  function unitsFor(kind: Kind, name: string): Iterable<Unit> {
    // Every unit that uses a base type has it.
    if (search === undefined || isBaseType(kind, name)) return everyUnit();
    const found = search.units(textOf(kind, name), wantedFor(kind, name));
    return kind === 'declared' || kind === 'enumerations' ? found : withPlacing(found);
  }
  function indexed(kind: Kind): ReadonlyMap<string, readonly number[]> | undefined {
    if (search !== undefined || kind === 'declared') return undefined;
    return kind === 'enumerations' ? wholeEnumerators() : wholeIndex()[kind];
  }
  const searched = answers.keep(
    (question: string): Growing => {
      const space = question.indexOf(' ');
      const [kind, name] = [question.slice(0, space) as Kind, question.slice(space + 1)];
      const whole = indexed(kind);
      if (whole !== undefined) return { found: whole.get(name) ?? [], grow: () => false };
      const found: number[] = [];
      const left = unitsFor(kind, name)[Symbol.iterator]();
      return {
        found,
        grow() {
          const { value: unit, done } = left.next();
          if (done) return false;
          visitUnit(unit, kind, name, ({ offset }) => {
            found.push(offset);
            searched.grew(question, 8);
          });
          return true;
        },
      };
    },
    () => BYTES_OF_SEARCH,
  );

  const entryInAnyUnit = (offset: number): Entry => entryAt((all as Units).containing(offset), offset);
  function* entries(kind: Kind, name: string): Generator<Entry> {
    const { found, grow } = searched.get(`${kind} ${name}`);
    for (let next = 0; ; ) {
      if (next < found.length) yield entryInAnyUnit(found[next++]);
      else if (!grow()) return;
    }
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
    variables: (name) => entries('variables', name),
    declaredVariables: (name) => entries('declared', name),
    allVariables: () => [...wholeIndex().variables.values()].flat().map(entryInAnyUnit),
    type(key, unit) {
      let own: Entry | undefined;
      if (unit !== undefined) visitUnit(unit, 'types', key, (entry) => void (own ??= entry));
      if (own !== undefined) return own;
      for (const entry of entries('types', key)) return entry;
      return undefined;
    },
    functions: (name) => entries('functions', name),
    scopedTypes: (name) => (scopedTypes().get(name) ?? []).map(entryInAnyUnit),
    *declarations() {
      for (const unit of everyUnit()) if (hasScopes(unit)) yield* declaredIn(unit.root.entry);
    },
    enumerationsWith: (name) => entries('enumerations', name),
  };
}

/** What is remembered of a search that has found nothing yet. */
const BYTES_OF_SEARCH = 2000;

const isBaseType = (kind: Kind, name: string): boolean => kind === 'types' && isBaseName(name);

const keywordOf = (key: string): string => /^(struct|union|enum) /.exec(key)?.[1] ?? '';

/** The name itself. */
const textOf = (kind: Kind, name: string): string => (kind === 'types' ? name.slice(keywordOf(name).length).trimStart() : name);

const withoutArguments = (name: string | undefined): string | undefined => name?.replace(/<.*>$/s, '');

const typeTags: ReadonlySet<number> = new Set([
  c.DW_TAG_base_type,
  c.DW_TAG_typedef,
  c.DW_TAG_structure_type,
  c.DW_TAG_class_type,
  c.DW_TAG_union_type,
  c.DW_TAG_enumeration_type,
]);
const isType = ({ tag }: Entry): boolean => typeTags.has(tag);

type Shape = Pick<Abbreviation, 'tag' | 'attributes'>;

/** Static members of classes are members with a value where version 5 has variables. */
const isVariable = ({ tag, attributes }: Shape): boolean =>
  tag === c.DW_TAG_variable
    ? attributes.includes(c.DW_AT_location) || attributes.includes(c.DW_AT_const_value)
    : tag === c.DW_TAG_member && attributes.includes(c.DW_AT_const_value);

/** Whether it has a place is not told. */
const isUndescribed = (shape: Shape): boolean => shape.tag === c.DW_TAG_variable && !isVariable(shape) && !isDeclared(shape);

const isDeclared = ({ attributes }: Shape): boolean => attributes.includes(c.DW_AT_declaration);
const isDeclaredVariable = (shape: Shape): boolean => shape.tag === c.DW_TAG_variable && isDeclared(shape);
/** @param keyword '': of what is called without one */
const isTypeOf = (keyword: string, tag: number): boolean => typeTags.has(tag) && (tagKeywords[tag] ?? '') === keyword;

function isOfKind(kind: Kind, name: string, shape: Shape): boolean {
  switch (kind) {
    case 'variables':
      return isVariable(shape) || isUndescribed(shape);
    case 'declared':
      return isDeclaredVariable(shape);
    case 'types':
      return isTypeOf(keywordOf(name), shape.tag);
    case 'functions':
      return shape.tag === c.DW_TAG_subprogram;
    case 'enumerations':
      return shape.tag === c.DW_TAG_enumeration_type;
  }
}

/** What an entry of a kind is found by, if that is not what stands in it. */
function keyOf(kind: Kind, entry: Entry): string | undefined {
  if (kind !== 'types') return nameOf(entry);
  const name = readFlag(entry, c.DW_AT_declaration) ? undefined : nameOf(entry);
  return name === undefined ? undefined : typeKey(entry.tag, name);
}

/** Entries that are of a kind, or whose names those have that complete them. */
const wanted: Readonly<Record<Exclude<Kind, 'types'>, Wanted>> = {
  // Static members of classes are completed by variables.
  variables: (abbreviation, completing) =>
    abbreviation.tag === c.DW_TAG_variable
      ? !isDeclared(abbreviation) || completing.has(c.DW_TAG_variable)
      : abbreviation.tag === c.DW_TAG_member &&
        (abbreviation.attributes.includes(c.DW_AT_const_value) || completing.has(c.DW_TAG_variable)),
  declared: isDeclaredVariable,
  functions: (abbreviation, completing) =>
    abbreviation.tag === c.DW_TAG_subprogram && (!isDeclared(abbreviation) || completing.has(c.DW_TAG_subprogram)),
  enumerations: ({ tag }) => tag === c.DW_TAG_enumerator,
};
/** What is declared as a class may be completed as a struct. */
const wantedTypes: Readonly<Record<string, Wanted>> = Object.fromEntries(
  ['', ...Object.values(tagKeywords)].map((keyword): [string, Wanted] => [
    keyword,
    (abbreviation, completing) =>
      isTypeOf(keyword, abbreviation.tag) && (!isDeclared(abbreviation) || [...completing].some((tag) => typeTags.has(tag))),
  ]),
);
const wantedFor = (kind: Kind, name: string): Wanted => (kind === 'types' ? wantedTypes[keywordOf(name)] : wanted[kind]);

const indexedKinds = ['functions', 'variables', 'types'] as const;

function addNames(index: Index, root: Entry, hasPlace: (entry: Entry) => boolean): void {
  for (const entry of declaredIn(root)) {
    const kind = entry.tag === c.DW_TAG_subprogram ? 'functions' : hasPlace(entry) ? 'variables' : isType(entry) ? 'types' : undefined;
    if (kind !== undefined) add(index[kind], keyOf(kind, entry), entry);
  }
}

function add(index: Map<string, number[]>, name: string | undefined, entry: Entry): void {
  if (name === undefined) return;
  const known = index.get(name);
  if (known === undefined) index.set(name, [entry.offset]);
  else known.push(entry.offset);
}
