import { type Address, addressFromBigint, createRangeIndex, lastAtOrBelow } from './addresses.ts';
import { once } from './dwarf/compilation-units.ts';
import { type ElfImage, SHF_ALLOC, SHF_EXECINSTR } from './elf.ts';
import { type SymbolKind, symbolKinds } from './symbol-table.ts';

export interface ProgramSymbol {
  readonly name: string;
  readonly address: Address;
  readonly size: number;
  readonly kind: SymbolKind;
}

/** The ELF symbols of an image by address and by name. */
export interface SymbolIndex {
  all(): readonly ProgramSymbol[];
  /** The nearest at or below, within its size; without one up to the next symbol or the end of its section. */
  at(address: Address): ProgramSymbol | undefined;
  /** Global before local ones. */
  named(name: string): readonly ProgramSymbol[];
  /** The functions and labels of that name. */
  codeNamed(name: string): readonly CodeSymbol[];
  /** The function around an address: STT_FUNC, else a label of assembly. */
  functionAt(address: Address): CodeSymbol | undefined;
}

export interface CodeSymbol {
  readonly name: string;
  readonly low: Address;
  readonly high: Address;
}

const [, OBJECT, FUNCTION] = symbolKinds.keys();
const preference = [0, 2, 4];
/** How many there are, for global and local symbols. */
const PREFERENCES = 6;

export function createSymbolIndex(elf: ElfImage): SymbolIndex {
  const table = elf.symbols();
  const { count, addresses, sizes, kinds, isGlobal, sections } = table;
  const flagsOf = (symbol: number): number => elf.sections[sections[symbol]]?.flags ?? 0;
  const isCode = (symbol: number): boolean =>
    kinds[symbol] !== OBJECT && (flagsOf(symbol) & (SHF_ALLOC | SHF_EXECINSTR)) === (SHF_ALLOC | SHF_EXECINSTR);

  /** By address, of those at one address the preferred last. */
  const placed = once(() => sorted(filtered(count, (symbol) => (flagsOf(symbol) & SHF_ALLOC) !== 0)));
  const codeSymbols = once(() => placed().filter(isCode));
  function sorted(symbols: Uint32Array): Uint32Array {
    const preferences = (symbol: number): number => preference[kinds[symbol]] + isGlobal[symbol];
    let lowest = Number.POSITIVE_INFINITY;
    let highest = Number.NEGATIVE_INFINITY;
    for (const symbol of symbols) {
      lowest = Math.min(lowest, addresses[symbol]);
      highest = Math.max(highest, addresses[symbol]);
    }
    if ((highest - lowest + 1) * PREFERENCES * count > Number.MAX_SAFE_INTEGER)
      return symbols.sort((a, b) => addresses[a] - addresses[b] || preferences(a) - preferences(b) || a - b);
    // All that is compared in one number: sorting those is ten times faster.
    const keys = new Float64Array(symbols.length);
    for (let index = 0; index < symbols.length; index++) {
      const symbol = symbols[index];
      keys[index] = ((addresses[symbol] - lowest) * PREFERENCES + preferences(symbol)) * count + symbol;
    }
    keys.sort();
    for (let index = 0; index < keys.length; index++) symbols[index] = keys[index] % count;
    return symbols;
  }

  const endOf = (symbol: number, neighbours: () => Uint32Array): Address => {
    const address = addresses[symbol];
    if (sizes[symbol] > 0) return address + sizes[symbol];
    const section = elf.sections[sections[symbol]];
    const sectionEnd = section === undefined ? address : section.address + section.size;
    const all = neighbours();
    const next = all[lastAtOrBelow(all.length, (index) => addresses[all[index]], address) + 1];
    return next === undefined ? sectionEnd : Math.min(addresses[next], sectionEnd);
  };
  const codeRange = (symbol: number): CodeSymbol => ({
    name: table.name(symbol),
    low: addresses[symbol],
    high: endOf(symbol, codeSymbols),
  });
  const symbolOf = (symbol: number): ProgramSymbol => ({
    name: table.name(symbol),
    address: addresses[symbol],
    size: sizes[symbol],
    kind: symbolKinds[kinds[symbol]],
  });
  /** @returns the innermost of these symbols around an address */
  const around = (symbols: Uint32Array, neighbours: () => Uint32Array): ((address: Address) => number | undefined) => {
    const highest = new Float64Array(symbols.length);
    for (let index = 0, most = Number.NEGATIVE_INFINITY; index < symbols.length; index++)
      highest[index] = most = Math.max(most, endOf(symbols[index], neighbours));
    return (address) => {
      for (let index = lastAtOrBelow(symbols.length, (at) => addresses[symbols[at]], address); index >= 0; index--) {
        if (address < endOf(symbols[index], neighbours)) return symbols[index];
        if (highest[index] <= address) return undefined;
      }
      return undefined;
    };
  };
  const byAddress = once(() => around(placed(), placed));
  const isFunction = (symbol: number): boolean => kinds[symbol] === FUNCTION && sizes[symbol] > 0;
  const functions = once(() => around(codeSymbols().filter(isFunction), codeSymbols));
  const labels = once(() =>
    around(
      codeSymbols().filter((symbol) => !isFunction(symbol)),
      codeSymbols,
    ),
  );

  const known = new Map<string, readonly number[]>();
  const indicesNamed = (name: string): readonly number[] => {
    let found = known.get(name);
    if (found === undefined) {
      const all = table.named(name);
      found = [...all.filter((symbol) => isGlobal[symbol] === 1).reverse(), ...all.filter((symbol) => isGlobal[symbol] === 0)];
      known.set(name, found);
    }
    return found;
  };
  return {
    all: () => Array.from({ length: count }, (_, symbol) => symbolOf(symbol)),
    at(address) {
      const symbol = byAddress()(address);
      return symbol === undefined ? undefined : symbolOf(symbol);
    },
    named: (name) => indicesNamed(name).map(symbolOf),
    codeNamed: (name) => indicesNamed(name).filter(isCode).map(codeRange),
    functionAt(address) {
      const symbol = functions()(address) ?? labels()(address);
      return symbol === undefined ? undefined : codeRange(symbol);
    },
  };
}

function filtered(count: number, holds: (index: number) => boolean): Uint32Array {
  const found = new Uint32Array(count);
  let length = 0;
  for (let index = 0; index < count; index++) if (holds(index)) found[length++] = index;
  return found.slice(0, length);
}

const PF_X = 1;

/** Tells addresses of code from the leftovers of removed functions. By sections, or by segments where those are stripped. */
export function codeRegions(elf: ElfImage): (address: Address) => boolean {
  const fromSections = elf.sections
    .filter(({ flags }) => (flags & SHF_EXECINSTR) !== 0 && (flags & SHF_ALLOC) !== 0)
    .map(({ address, size }) => ({ low: address, high: address + size, value: true }));
  const executable = elf.segments.filter(({ flags }) => (flags & PF_X) !== 0);
  const fromSegments = executable.map(({ virtualAddress, memorySize }) => {
    const low = addressFromBigint(virtualAddress);
    return { low, high: low + memorySize, value: true };
  });
  const index = createRangeIndex(fromSections.length > 0 ? fromSections : fromSegments);
  return (address) => index.at(address) === true;
}
