import { readEncodedName } from './encoded-name.ts';
import { readRustName } from './rust-name.ts';

/** Itanium C++ ABI §5.1.4, "Virtual Tables and RTTI", "Virtual Override Thunks": names of what a compiler makes besides what is declared. */
const special: Readonly<Record<string, string>> = {
  TV: 'vtable for ',
  TT: 'VTT for ',
  TI: 'typeinfo for ',
  TS: 'typeinfo name for ',
  GV: 'guard variable for ',
};

/**
 * What stands in the source for a name that the linker knows: other than C's begin with `_Z`, or in Rust with `_R`.
 * @param declared the name of what debug information has under a linkage name
 */
export function readLinkageName(name: string, declared: (linkageName: string) => string | undefined): string {
  if (!/^_[ZR]/.test(name)) return name;
  const thunk = /^_ZT(h|v)n?\d+_(?:n?\d+_)?(.*)$/.exec(name);
  if (thunk) {
    const target = declared(`_Z${thunk[2]}`);
    return target === undefined ? name : `${thunk[1] === 'h' ? 'non-virtual' : 'virtual'} thunk to ${target}`;
  }
  const prefix = special[name.slice(2, 4)];
  if (prefix === undefined) return declared(name) ?? readRustName(name) ?? name;
  const object = readEncodedName(name.slice(4))?.full ?? declared(`_Z${name.slice(4)}`);
  return object === undefined ? name : prefix + object;
}
