/** Function, inlined calls and lines of every instruction, as llvm-symbolizer has them. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { InlineFrame, Program } from '../../debug-adapter/program/program.ts';
import { openProgram } from '../../debug-adapter/program/open-program.ts';

export interface LineDifference {
  readonly address: string;
  readonly ours: string;
  readonly llvm: string;
}

const hex = (address: bigint) => `0x${address.toString(16)}`;
const fileOf = (path: string) => path.split('/').at(-1);

/** Every instruction of every function that debug information or the symbol table knows. */
export function codeOf(elf: string): { readonly program: Program; readonly addresses: readonly bigint[] } {
  const split = elf.replace(/\.elf$/, '.dwo');
  const program = openProgram(elf, readFileSync(elf), existsSync(split) ? [{ path: split, bytes: readFileSync(split) }] : []);
  const addresses = new Set<bigint>();
  for (const { kind, address, size } of program.symbols()) {
    if (kind !== 'function' || size === 0) continue;
    const info = program.functionAt(address);
    const ranges = info?.ranges ?? [{ low: address, high: address + BigInt(size) }];
    for (const { low, high } of ranges) for (let at = low; at < high; at += 4n) addresses.add(at);
  }
  return { program, addresses: [...addresses].sort((one, other) => Number(one - other)) };
}

/** Per address `function file:line`, innermost first; line 0 is code that belongs to none. */
export function llvmChains(elf: string, addresses: readonly bigint[]): ReadonlyMap<bigint, readonly string[]> {
  const input = `${addresses.map(hex).join('\n')}\n`;
  const text = execFileSync('llvm-symbolizer', ['--inlines', '--functions=linkage', '--output-style=GNU', '--addresses', '-e', elf], {
    input,
    // Files of split debug information stand beside the program.
    cwd: path.dirname(elf),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const chains = new Map<bigint, string[]>();
  let chain: string[] = [];
  let name: string | undefined;
  for (const line of text.split('\n')) {
    if (/^0x[0-9a-f]+$/.test(line)) chains.set(BigInt(line), (chain = []));
    else if (name === undefined) name = line;
    else {
      chain.push(spell(name, line));
      name = undefined;
    }
  }
  return chains;
}

/** The outermost name comes from the symbol table, with gcc's mark for a specialized copy. */
function spell(name: string, place: string): string {
  const [, file, line] = /^(.*?):(\d+|\?)/.exec(place) ?? [];
  const hasLine = line !== undefined && line !== '0' && line !== '?';
  return `${name.replace(/(?:\.(?:constprop|isra|part)\.\d+)+$/, '')} ${hasLine ? `${fileOf(file)}:${line}` : 'no line'}`;
}

const spellFrame = ({ name, location }: InlineFrame) => `${name} ${location ? `${fileOf(location.path)}:${location.line}` : 'no line'}`;

/** As {@link llvmChains} spells it. */
export function ownChain(program: Program, address: bigint): readonly string[] {
  const chain = program.inlineChainAt(address).map(spellFrame);
  if (chain.length > 0) return chain;
  // Assembly has lines, but its functions are symbols only.
  const location = program.sourceAt(address);
  return [spellFrame({ name: program.symbolAt(address)?.name ?? '?', inlined: false, ...(location && { location }) })];
}

export function compareLines(elf: string): { readonly addresses: number; readonly differences: readonly LineDifference[] } {
  const { program, addresses } = codeOf(elf);
  const chains = llvmChains(elf, addresses);
  const differences = addresses.flatMap((address) => {
    const [ours, llvm] = [ownChain(program, address), chains.get(address) ?? []].map((chain) => chain.join(' < '));
    return ours === llvm ? [] : [{ address: hex(address), ours, llvm }];
  });
  return { addresses: addresses.length, differences };
}
