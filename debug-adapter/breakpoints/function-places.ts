/** What the name of a function breakpoint means. People write there whatever gdb's `break` takes. */
import { noCodeOnLine, noSuchFunction, noSuchSource, unalignedInstruction } from '../errors.ts';
import type { Images } from '../images.ts';
import { addressNamed, splitPlace } from '../named-place.ts';
import { nearest } from '../nearest.ts';
import { baseName } from '../paths.ts';
import { isLarge, type Program } from '../program/program.ts';
import { namePath } from '../program/qualified-name.ts';

export type Places = { readonly addresses: readonly bigint[] } | { readonly problem: string };

/** `write`, `Port::write(int)`, `uart.cc:write`, `'uart.cc'::write`, `uart.cc:17`, `*0x40080000`, `*vectors+0x200`. */
export function functionPlaces(text: string, images: Images): Places {
  if (text.startsWith('*')) return exactPlace(text.slice(1), images);
  const line = /^(.+[^:]):(\d+)$/.exec(text);
  if (line) return placesOnLine(line[1], Number(line[2]), images);
  const inFile = /^(?:'([^']+)'::|([^:']+\.\w+):(?!:))(.+)$/.exec(text);
  return inFile ? placesOf(inFile[3], images, inFile[1] ?? inFile[2]) : placesOf(text, images);
}

function exactPlace(text: string, images: Images): Places {
  const { name, offset } = splitPlace(text);
  const found = addressNamed(name, images);
  if (found === undefined) return { problem: noSuchFunction(name, suggestion(name, images)) };
  const address = found.address + offset;
  return address % 4n === 0n ? { addresses: [address] } : { problem: unalignedInstruction(address) };
}

function placesOnLine(file: string, line: number, images: Images): Places {
  const sources = images.programs.flatMap((program) => sourcesOf(program, file).map((path) => ({ program, path })));
  if (sources.length === 0) return { problem: noSuchSource(file) };
  const resolved = sources.flatMap(({ program, path }) => program.resolveLine(path, line) ?? []);
  const first = Math.min(...resolved.map((one) => one.line));
  const addresses = new Set(resolved.filter((one) => one.line === first).flatMap((one) => one.addresses));
  return addresses.size > 0 ? { addresses: [...addresses] } : { problem: noCodeOnLine(line) };
}

const isFile = (path: string | undefined, file: string): boolean => path !== undefined && (path === file || path.endsWith(`/${file}`));
const sourcesOf = (program: Program, file: string) => program.sourcesNamed(baseName(file)).filter((path) => isFile(path, file));

function placesOf(name: string, images: Images, file?: string): Places {
  if (file !== undefined && images.programs.every((program) => sourcesOf(program, file).length === 0))
    return { problem: noSuchSource(file) };
  const functions = images.programs.flatMap((program) => program.functionsNamed(name));
  const meant = functions.filter(({ declaration }) => file === undefined || isFile(declaration?.path, file));
  // Several images may know the same code, such as a program and its unstripped copy in `symbols`: being there is one hit.
  const addresses = new Set(meant.map(({ breakpointAddress }) => breakpointAddress));
  if (addresses.size > 0) return { addresses: [...addresses] };
  const symbol = file === undefined ? images.symbol(name) : undefined;
  return symbol === undefined
    ? { problem: noSuchFunction(name, file === undefined ? suggestion(name, images) : undefined, file) }
    : { addresses: [symbol.address] };
}

/** The function whose name is most like this one, with as many scopes as this one has. */
function suggestion(name: string, images: Images): string | undefined {
  const { parts } = namePath(name);
  const names = images.programs.flatMap((program) =>
    program.symbols().flatMap((symbol) => (symbol.kind === 'function' ? namesOf(program, symbol) : [])),
  );
  return nearest(
    parts.join('::'),
    names.map((known) => (known.includes('::') ? namePath(known).parts.slice(-parts.length).join('::') : known.replace(/\(.*$/, ''))),
  );
}

/** In C++ a symbol is not what anybody would write. */
const namesOf = (program: Program, { name, address }: { readonly name: string; readonly address: bigint }): readonly string[] =>
  isLarge(program) || !name.startsWith('_Z') ? [name] : [program.symbolAt(address)?.name ?? name];
