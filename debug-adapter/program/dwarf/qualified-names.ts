import type { Kept } from '../bounded-cache.ts';
import { readEncodedName } from '../encoded-name.ts';
import { canonicalArguments } from './base-type-names.ts';
import * as c from './constants.ts';
import {
  children,
  type Entry,
  type EntryFilter,
  nameOf,
  visitOpen,
  readFlag,
  readNumber,
  readReference,
  readString,
  walk,
  withOrigins,
} from './entries.ts';
import type { Section } from './reader.ts';
import type { Unit, Units } from './units.ts';

/** C++ in its years, and Objective-C++. */
const cPlusPlus: ReadonlySet<number> = new Set([
  c.DW_LANG_C_plus_plus,
  c.DW_LANG_C_plus_plus_03,
  c.DW_LANG_C_plus_plus_11,
  c.DW_LANG_C_plus_plus_14,
  c.DW_LANG_C_plus_plus_17,
  c.DW_LANG_C_plus_plus_20,
  c.DW_LANG_C_plus_plus_23,
  c.DW_LANG_ObjC_plus_plus,
]);
/** Other languages whose names stand in namespaces and classes. */
const otherScopedLanguages: ReadonlySet<number> = new Set([c.DW_LANG_D, c.DW_LANG_Rust]);

/** What gdb and demanglers call what has no name. */
const unnamed: Readonly<Record<number, string>> = {
  [c.DW_TAG_namespace]: '(anonymous namespace)',
  [c.DW_TAG_structure_type]: '(anonymous struct)',
  [c.DW_TAG_class_type]: '(anonymous class)',
  [c.DW_TAG_union_type]: '(anonymous union)',
};

type ScopesOfUnits = Kept<Unit, ReadonlyMap<number, string>>;
const scopesOf = new WeakMap<Units, ScopesOfUnits>();
const languages = new WeakMap<Unit, number>();

function languageOf(unit: Unit): number {
  let known = languages.get(unit);
  if (known === undefined) languages.set(unit, (known = readNumber(unit.root.entry, c.DW_AT_language) ?? 0));
  return known;
}

export const isCPlusPlus = (unit: Unit): boolean => cPlusPlus.has(languageOf(unit));

/** Whether the unit's language has namespaces. In C a name is all there is, and types are named with their keyword. */
export const hasScopes = (unit: Unit): boolean => isCPlusPlus(unit) || otherScopedLanguages.has(languageOf(unit));

/** The namespaces and classes around an entry, `hw::uart`; those of its declaration, if it completes one (§3.3.9). '' at file scope. */
export function scopeOf(entry: Entry): string {
  const declaration = withOrigins(entry).at(-1) ?? entry;
  const { unit } = declaration;
  if (!hasScopes(unit)) return '';
  let scopes = scopesOf.get(unit.units);
  if (scopes === undefined) scopesOf.set(unit.units, (scopes = unit.units.cache.keep(readScopes, ({ size }) => size * BYTES_OF_SCOPE)));
  return scopes.get(unit).get(declaration.offset) ?? '';
}

/** `hw::uart::Port` of a type, variable or function, without parameters; `undefined` where it has no name. */
export function qualifiedName(entry: Entry): string | undefined {
  const name = nameOf(entry);
  if (name !== undefined) return joined(scopeOf(entry), name);
  const type = signedType(entry);
  return type && qualifiedName(type);
}

/** A variable's name with the arguments of the template that it is made of, which debug information leaves out: `pi<double>`. */
export function variableName(entry: Entry): string | undefined {
  const name = nameOf(entry);
  if (name === undefined || !isCPlusPlus(entry.unit)) return name;
  return name + (readEncodedName(linkageName(entry)?.replace(/^_Z/, '') ?? '')?.arguments ?? '');
}

/** What stands for a type that has a unit of its own may leave everything else to that (§4.1.3). */
const signedType = (entry: Entry): Entry | undefined => readReference(entry, c.DW_AT_signature);

export const joined = (scope: string, name: string): string => {
  const plain = canonicalArguments(name);
  return scope === '' ? plain : `${scope}::${plain}`;
};

/** What the linker calls it; absent in C, and for what C++ declares `extern "C"`. */
export function linkageName(entry: Entry): string | undefined {
  for (const origin of withOrigins(entry)) {
    const name = readString(origin, c.DW_AT_linkage_name) ?? readString(origin, c.DW_AT_MIPS_linkage_name);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** Scopes of the entries that stand in one, by offset. Functions are none: a type of a function is named like those around the function. */
function readScopes(unit: Unit): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  const around: string[] = [''];
  walk(unit.root.entry, (entry, depth) => {
    // A class may be completed outside of its namespace, behind its declaration there: g++ does so in units of types.
    const declaration = isScope(entry) ? readReference(entry, c.DW_AT_specification) : undefined;
    const scope = (declaration && found.get(declaration.offset)) ?? around[depth];
    if (scope !== '') found.set(entry.offset, scope);
    around[depth + 1] = isScope(entry) ? joined(scope, scopeName(entry)) : scope;
  });
  return found;
}

const isScope = ({ tag }: Pick<Entry, 'tag'>): boolean => tag in unnamed;

function scopeName(entry: Entry): string {
  const type = signedType(entry);
  return nameOf(entry) ?? (type && nameOf(type)) ?? unnamed[entry.tag];
}

/** What file scope goes on in: namespaces, and in C++ types. */
const isOpenIn = (unit: Unit): ((entry: Pick<Entry, 'tag'>) => boolean) => {
  const isOfTypes = hasScopes(unit);
  return (entry) => entry.tag === c.DW_TAG_namespace || (isOfTypes && isScope(entry));
};

/** Entries at file scope, and in C++ those in namespaces and types, with what they stand in before them. */
export function* declaredIn(parent: Entry, depth = 0, isOpen = isOpenIn(parent.unit)): Generator<Entry> {
  for (const entry of children(parent)) {
    yield entry;
    if (isOpen(entry) && depth < MAXIMUM_SCOPES) yield* declaredIn(entry, depth + 1, isOpen);
  }
}

/** Calls `visit` for those of {@link declaredIn} that are wanted, without a look at the others. @param info as of {@link visitOpen} */
export const visitDeclared = (unit: Unit, info: Section, isWanted: EntryFilter, visit: (entry: Entry) => void): void =>
  visitOpen(unit, info, { isOpen: isOpenIn(unit), most: MAXIMUM_SCOPES, isWanted }, visit);

/** DW_TAG_template_type_parameter and DW_TAG_template_value_parameter of a function or class (§2.23). */
export const templateParameters = (entry: Entry): readonly Entry[] =>
  [...children(entry)].filter(({ tag }) => tag === c.DW_TAG_template_type_parameter || tag === c.DW_TAG_template_value_parameter);

/** Full names of the inline namespaces of a unit: DW_AT_export_symbols (§3.2.2), before version 5 a using-directive beside them. */
export function* inlineNamespaces(parent: Entry, depth = 0): Generator<string> {
  const inside = [...children(parent)];
  const imported = new Set(
    inside.flatMap((entry) => (entry.tag === c.DW_TAG_imported_module ? (readReference(entry, c.DW_AT_import)?.offset ?? []) : [])),
  );
  for (const entry of inside) {
    if (entry.tag !== c.DW_TAG_namespace) continue;
    const name = nameOf(entry);
    if (name !== undefined && (imported.has(entry.offset) || readFlag(entry, c.DW_AT_export_symbols))) yield joined(scopeOf(entry), name);
    if (depth < MAXIMUM_SCOPES) yield* inlineNamespaces(entry, depth + 1);
  }
}

/** `namespace alias = outer::old;` of a unit (§3.2.3): full names, of the alias and of what it means. */
export function* namespaceAliases(parent: Entry, depth = 0): Generator<readonly [alias: string, meaning: string]> {
  for (const entry of children(parent)) {
    if (entry.tag === c.DW_TAG_namespace && depth < MAXIMUM_SCOPES) yield* namespaceAliases(entry, depth + 1);
    if (entry.tag !== c.DW_TAG_imported_declaration) continue;
    const name = nameOf(entry);
    const imported = readReference(entry, c.DW_AT_import);
    const meaning = imported?.tag === c.DW_TAG_namespace ? qualifiedName(imported) : undefined;
    if (name !== undefined && meaning !== undefined) yield [joined(scopeOf(entry), name), meaning];
  }
}

const MAXIMUM_SCOPES = 32;
/** An offset; the text is that of many. */
const BYTES_OF_SCOPE = 50;
