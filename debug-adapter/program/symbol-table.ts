import { finderOf } from './find-bytes.ts';
import { decodeString } from './strings.ts';

/**
 * `.symtab` or `.dynsym` without section, file and mapping symbols, in file order, as columns: a kernel has 150,000 of them, and hardly
 * any is ever named.
 */
export interface SymbolTable {
  readonly count: number;
  readonly addresses: Float64Array;
  readonly sizes: Float64Array;
  /** Index into {@link symbolKinds}. */
  readonly kinds: Uint8Array;
  /** 1: global or weak. */
  readonly isGlobal: Uint8Array;
  /** Index into the image's sections; -1: absolute or common. */
  readonly sections: Int32Array;
  name(index: number): string;
  /** In file order. */
  named(name: string): readonly number[];
  /** STT_TLS, whose values are no addresses: they are none of those above. */
  readonly threadLocals: readonly ThreadLocalSymbol[];
}

export interface ThreadLocalSymbol {
  readonly name: string;
  /** In what PT_TLS describes. */
  readonly offset: number;
  readonly size: number;
  readonly isGlobal: boolean;
  /** The STT_FILE symbol before a local one; absent: global, or no source is known, as behind link-time optimization. */
  readonly file?: string;
}

export const symbolKinds = ['other', 'object', 'function'] as const;
export type SymbolKind = (typeof symbolKinds)[number];

/** STT_* → index of its kind; STT_SECTION and STT_FILE are no symbols of the program. */
const kindOfType: Readonly<Record<number, number>> = { 0: 0, 1: 1, 2: 2, 10: 2 };
const STT_FILE = 4;
const STT_TLS = 6;
const SYMBOL_SIZE = 24;
const SHN_LORESERVE = 0xff00;
const MAXIMUM_NAME_LENGTH = 16384;

/** @param entries,strings the contents of the table, and of the section that its link names */
export function readSymbolTable(entries: Uint8Array, strings: Uint8Array): SymbolTable {
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  const most = Math.floor(entries.length / SYMBOL_SIZE);
  const names = new Uint32Array(most);
  const addresses = new Float64Array(most);
  const sizes = new Float64Array(most);
  const kinds = new Uint8Array(most);
  const isGlobal = new Uint8Array(most);
  const sections = new Int32Array(most);
  const threadLocals: ThreadLocalSymbol[] = [];
  let file: number | undefined;
  const text = (at: number): string => decodeString(strings, at, at + length(at));
  let count = 0;
  for (let entry = 0; entry < most; entry++) {
    const at = entry * SYMBOL_SIZE;
    const info = entries[at + 4];
    const kind = kindOfType[info & 15];
    const section = view.getUint16(at + 6, true);
    const name = view.getUint32(at, true);
    if ((info & 15) === STT_FILE) file = name;
    if ((info & 15) === STT_TLS && section !== 0 && hasName(strings, name))
      threadLocals.push({
        name: text(name),
        offset: view.getUint32(at + 8, true),
        size: view.getUint32(at + 16, true),
        isGlobal: info >> 4 !== 0,
        ...(info >> 4 === 0 && file !== undefined && !/^(?:<artificial>|.*\.o)?$/.test(text(file)) && { file: text(file) }),
      });
    if (kind === undefined || section === 0 || !hasName(strings, name)) continue;
    names[count] = name;
    addresses[count] = view.getInt32(at + 12, true) * 2 ** 32 + view.getUint32(at + 8, true);
    sizes[count] = view.getUint32(at + 20, true) * 2 ** 32 + view.getUint32(at + 16, true);
    kinds[count] = kind;
    isGlobal[count] = info >> 4 === 0 ? 0 : 1;
    sections[count] = section < SHN_LORESERVE ? section : -1;
    count++;
  }
  function length(start: number): number {
    const limit = Math.min(strings.length, start + MAXIMUM_NAME_LENGTH);
    let end = start;
    while (end < limit && strings[end] !== 0) end++;
    return end - start;
  }
  return {
    count,
    addresses: addresses.slice(0, count),
    sizes: sizes.slice(0, count),
    kinds: kinds.slice(0, count),
    isGlobal: isGlobal.slice(0, count),
    sections: sections.slice(0, count),
    threadLocals,
    name: (index) => text(names[index]),
    named(name) {
      const places = placesOf(strings, new TextEncoder().encode(name));
      const found: number[] = [];
      if (places.size > 0) for (let index = 0; index < count; index++) if (places.has(names[index])) found.push(index);
      return found;
    },
  };
}

const DOLLAR = 0x24;

/** AAELF64, "Mapping symbols": `$x` and `$d`, also with a suffix behind a dot, are none of the program's. */
function hasName(strings: Uint8Array, start: number): boolean {
  if (start >= strings.length || strings[start] === 0) return false;
  if (strings[start] !== DOLLAR) return true;
  const [letter, next] = [strings[start + 1], strings[start + 2]];
  return !((letter === 0x78 || letter === 0x64) && (next === 0 || next === 0x2e || start + 2 >= strings.length));
}

/** Where the name stands, also as the end of a longer one: linkers share those. */
function placesOf(strings: Uint8Array, name: Uint8Array): ReadonlySet<number> {
  const places = new Set<number>();
  if (name.length === 0) return places;
  const find = finderOf(name);
  for (let at = find(strings, 0); at >= 0; at = find(strings, at + 1)) {
    if ((strings[at + name.length] ?? 0) === 0) places.add(at);
  }
  return places;
}
