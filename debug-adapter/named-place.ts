/** Where in a guest's code a text points that people write: SYMBOL, SYMBOL+OFFSET or an address. */
import { abbreviated } from './errors.ts';
import type { Images } from './images.ts';
import { nearest } from './nearest.ts';

export interface NamedPlace {
  readonly address: bigint;
  /** In bytes from there, of what is named without an offset. Absent: of an address nothing is known. */
  readonly size?: number;
}

/** @returns a problem as the end of a sentence, with what was meant perhaps */
export function namedPlace(text: string, images: Images): NamedPlace | { readonly problem: string } {
  const { name, offset } = splitPlace(text);
  const found = addressNamed(name, images);
  if (found === undefined) {
    const names = images.programs.flatMap((program) => program.symbols().map((symbol) => symbol.name));
    const guess = nearest(name, names);
    return {
      problem: `there is no symbol "${name}". ${guess === undefined ? 'A place is SYMBOL, SYMBOL+OFFSET or an address.' : `Did you mean "${guess}"?`}`,
    };
  }
  const address = found.address + offset;
  if (address >> 64n !== 0n) return { problem: `${abbreviated(text)} is outside the 64-bit address space.` };
  if (address % 4n !== 0n) return { problem: `0x${address.toString(16)} is not the address of an instruction.` };
  return offset === 0n ? { ...found, address } : { address };
}

/** No run comes that often to a place: a number beyond that is a slip of the finger. */
const MOST_TIMES = 1_000_000_000;

/** The N of PLACE#N: the Nth time that a PE comes there. @param digits absent: the first time. @returns a problem as above */
export function timesOf(digits: string | undefined): number | { readonly problem: string } {
  const times = digits === undefined ? 1 : Number(digits);
  if (times >= 1 && times <= MOST_TIMES) return times;
  return { problem: `N is ${abbreviated(digits ?? '')}, and counts from 1 to ${MOST_TIMES}.` };
}
export function splitPlace(text: string): { readonly name: string; readonly offset: bigint } {
  const [, name = '', offset = '0'] = /^\s*(.+?)(?:\s*\+\s*(0x[0-9a-f]+|\d+))?\s*$/i.exec(text) ?? [];
  return { name, offset: BigInt(offset) };
}

/** Of a number, a symbol, or a function as C++ writes it: `hw::uart::Port::write`. */
export function addressNamed(name: string, images: Images): NamedPlace | undefined {
  if (/^(?:0x[0-9a-f]+|\d+)$/i.test(name)) return { address: BigInt(name) };
  const symbol = images.symbol(name);
  if (symbol !== undefined) return symbol;
  const [range] = images.programs.flatMap((program) => program.functionsNamed(name).map(({ ranges }) => ranges[0]));
  return range && { address: range.low, size: Number(range.high - range.low) };
}
