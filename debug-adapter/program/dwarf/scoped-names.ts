/** What can follow `::`, by what stands before it. */
import type { ScopedName } from '../program.ts';
import * as c from './constants.ts';
import { children, type Entry, nameOf, readFlag } from './entries.ts';
import { joined, scopeOf } from './qualified-names.ts';

const kinds: Readonly<Record<number, ScopedName['kind']>> = {
  [c.DW_TAG_namespace]: 'scope',
  [c.DW_TAG_class_type]: 'type',
  [c.DW_TAG_structure_type]: 'type',
  [c.DW_TAG_union_type]: 'type',
  [c.DW_TAG_enumeration_type]: 'type',
  [c.DW_TAG_typedef]: 'type',
  [c.DW_TAG_subprogram]: 'function',
  [c.DW_TAG_variable]: 'variable',
  [c.DW_TAG_member]: 'variable',
};

/** Members that each object has are there too: `Base::b` is one in a method. */
export function namesByScope(declarations: Iterable<Entry>): ReadonlyMap<string, ReadonlyMap<string, ScopedName>> {
  const found = new Map<string, Map<string, ScopedName>>();
  function add(scope: string, name: string, kind: ScopedName['kind']): void {
    let names = found.get(scope);
    if (names === undefined) found.set(scope, (names = new Map()));
    if (!names.has(name)) names.set(name, { name, kind });
  }
  for (const entry of declarations) {
    const kind = kinds[entry.tag];
    if (kind === undefined || readFlag(entry, c.DW_AT_artificial)) continue;
    const scope = scopeOf(entry);
    const name = nameOf(entry);
    if (name !== undefined) add(scope, name, kind);
    if (entry.tag !== c.DW_TAG_enumeration_type) continue;
    for (const enumerator of children(entry)) {
      const constant = nameOf(enumerator);
      if (constant === undefined) continue;
      if (!readFlag(entry, c.DW_AT_enum_class)) add(scope, constant, 'enumerator');
      if (name !== undefined) add(joined(scope, name), constant, 'enumerator');
    }
  }
  return found;
}
