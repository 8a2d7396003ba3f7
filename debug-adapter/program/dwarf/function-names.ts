import { canonicalTypeName } from '../types-of.ts';
import * as c from './constants.ts';
import { type Entry, isExternal, nameOf, readFlag, readNumber, withOrigins, withPacks } from './entries.ts';
import { hasScopes, linkageName, qualifiedName, scopeOf } from './qualified-names.ts';
import type { TypeReader } from './types.ts';
import type { Unit } from './units.ts';

/**
 * The name of a function as gdb and demanglers write it: `hw::uart::Port::write(int)`, in C and for `extern "C"` the bare one.
 */
export function functionName(entry: Entry, types: TypeReader): string | undefined {
  const name = nameOf(entry);
  if (name === undefined) return undefined;
  const full = qualifiedName(entry) ?? name;
  const declaration = withOrigins(entry).at(-1) ?? entry;
  if (!hasOverloads(declaration.unit)) return full;
  // What C++ declares `extern "C"` is visible to the linker, under its own name.
  const hasParameters = linkageName(entry) !== undefined || scopeOf(entry) !== '' || !isExternal(entry);
  return hasParameters ? `${full}${parametersOf(entry, types)}` : full;
}

/** Elsewhere a linkage name says no parameters: C gives one by `asm("…")`, Fortran one with the module, and generic functions of Rust have their arguments in the name. */
const hasOverloads = (unit: Unit): boolean => hasScopes(unit) && readNumber(unit.root.entry, c.DW_AT_language) !== c.DW_LANG_Rust;

const isParameter = ({ tag }: Entry): boolean => tag === c.DW_TAG_formal_parameter || tag === c.DW_TAG_unspecified_parameters;

/**
 * What tells the parameters of a function: the declaration, which has all of them whatever became of its copies. Where the class is in a unit
 * of its own, what is left of it here may have none.
 */
export function withParameters(entry: Entry): Entry {
  const origins = withOrigins(entry);
  return origins.findLast((origin) => [...withPacks(origin)].some(({ child }) => isParameter(child))) ?? origins.at(-1) ?? entry;
}

/** `(int, char const*) const` */
function parametersOf(entry: Entry, types: TypeReader): string {
  const inside = [...withPacks(withParameters(entry))].map(({ child }) => child).filter(isParameter);
  const list = inside.filter(({ tag }) => tag === c.DW_TAG_formal_parameter);
  const isVariadic = inside.some(({ tag }) => tag === c.DW_TAG_unspecified_parameters);
  const [object] = list.filter((parameter) => readFlag(parameter, c.DW_AT_artificial));
  const names = list
    .filter((parameter) => !readFlag(parameter, c.DW_AT_artificial))
    .map((parameter) => canonicalTypeName(types.typeOf(parameter)));
  const self = object && types.typeOf(object);
  // Some compilers make the pointer itself constant too.
  const pointer = self?.kind === 'const' ? self.to() : self;
  const isConst = pointer?.kind === 'pointer' && pointer.to().kind === 'const';
  return `(${[...names, ...(isVariadic ? ['...'] : [])].join(', ')})${isConst ? ' const' : ''}`;
}
