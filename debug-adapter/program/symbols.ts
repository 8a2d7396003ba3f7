import { type Address, addressFromBigint, createRangeIndex, lastAtOrBelow } from './addresses.ts';
import { once } from './dwarf/compilation-units.ts';
import { type ElfImage, type ElfSymbol, SHF_ALLOC, SHF_EXECINSTR } from './elf.ts';

/** The ELF symbols of an image by address and by name. */
export interface SymbolIndex {
  readonly all: readonly ElfSymbol[];
  /** The nearest at or below, within its size; without one up to the next symbol or the end of its section. */
  at(address: Address): ElfSymbol | undefined;
  /** Global before local ones. */
  named(name: string): readonly ElfSymbol[];
  /** The function around an address: STT_FUNC, else a label of assembly. */
  functionAt(address: Address): CodeSymbol | undefined;
  /** Where a function or label begins and ends. */
  code(symbol: ElfSymbol): CodeSymbol | undefined;
}

export interface CodeSymbol {
  readonly name: string;
  readonly low: Address;
  readonly high: Address;
}

const preference = (symbol: ElfSymbol): number => ({ function: 4, object: 2, other: 0 })[symbol.kind] + (symbol.isGlobal ? 1 : 0);

export function createSymbolIndex(elf: ElfImage): SymbolIndex {
  const sectionOf = (symbol: ElfSymbol) => (symbol.section === undefined ? undefined : elf.sections[symbol.section]);
  const flagsOf = (symbol: ElfSymbol): number => sectionOf(symbol)?.flags ?? 0;
  const all = elf.symbols();
  const placed = once(() =>
    all.filter((symbol) => (flagsOf(symbol) & SHF_ALLOC) !== 0).toSorted((a, b) => a.address - b.address || preference(a) - preference(b)),
  );
  const endOf = (symbol: ElfSymbol, neighbours: readonly ElfSymbol[]): Address => {
    if (symbol.size > 0) return symbol.address + symbol.size;
    const section = sectionOf(symbol);
    const sectionEnd = section === undefined ? symbol.address : section.address + section.size;
    const next = neighbours[lastAtOrBelow(neighbours.length, (index) => neighbours[index].address, symbol.address) + 1];
    return next === undefined ? sectionEnd : Math.min(next.address, sectionEnd);
  };
  const byAddress = once(() =>
    createRangeIndex(placed().map((symbol) => ({ low: symbol.address, high: endOf(symbol, placed()), value: symbol }))),
  );

  const isCode = (symbol: ElfSymbol): boolean =>
    symbol.kind !== 'object' && (flagsOf(symbol) & SHF_EXECINSTR) !== 0 && (flagsOf(symbol) & SHF_ALLOC) !== 0;
  const codeSymbols = once(() => placed().filter(isCode));
  const codeRange = (symbol: ElfSymbol): CodeSymbol => ({ name: symbol.name, low: symbol.address, high: endOf(symbol, codeSymbols()) });
  const indexed = (symbols: readonly ElfSymbol[]) =>
    createRangeIndex(symbols.map(codeRange).map((value) => ({ low: value.low, high: value.high, value })));
  const functions = once(() => indexed(codeSymbols().filter(({ kind, size }) => kind === 'function' && size > 0)));
  const labels = once(() => indexed(codeSymbols().filter(({ kind, size }) => kind !== 'function' || size === 0)));

  const named = once(() => {
    // Hardly any name is there twice, and a list for each of them costs more than the rest.
    const byName = new Map<string, ElfSymbol | ElfSymbol[]>();
    for (const symbol of all) {
      const known = byName.get(symbol.name);
      if (known === undefined) byName.set(symbol.name, symbol);
      else {
        const others = Array.isArray(known) ? known : [known];
        byName.set(symbol.name, symbol.isGlobal ? [symbol, ...others] : [...others, symbol]);
      }
    }
    return byName;
  });
  return {
    all,
    at: (address) => byAddress().at(address),
    named(name) {
      const found = named().get(name) ?? [];
      return Array.isArray(found) ? found : [found];
    },
    functionAt: (address) => functions().at(address) ?? labels().at(address),
    code: (symbol) => (isCode(symbol) ? codeRange(symbol) : undefined),
  };
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
