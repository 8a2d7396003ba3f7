import { readdirSync, readFileSync } from 'node:fs';
import { addressFromBigint, bigintFromAddress } from '../../debug-adapter/program/addresses.ts';
import { type ElfImage, readElf, SHF_EXECINSTR } from '../../debug-adapter/program/elf.ts';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import type { FrameContext, Program } from '../../debug-adapter/program/program.ts';

const directory = new URL('fixtures/', import.meta.url);

/** The committed programs, without `.elf`; fixtures/build.sh says how each was built. */
export const fixtureNames: readonly string[] = readdirSync(directory)
  .filter((name) => name.endsWith('.elf'))
  .map((name) => name.slice(0, -'.elf'.length))
  .sort();

export const fixtureBytes = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`${name}.elf`, directory)));

export const openFixture = (name: string): Program => openProgram(`${name}.elf`, fixtureBytes(name));

export const elfOfFixture = (name: string): ElfImage =>
  readElf(`${name}.elf`, fixtureBytes(name), (note) => {
    throw new Error(note);
  });

/** What other readers said of a program when build.sh ran. Chains and scopes hold until the next row's address. */
export interface Oracle {
  readonly 'llvm-addr2line': readonly ChainRow[];
  readonly 'aarch64-linux-gnu-addr2line': readonly ChainRow[];
  readonly 'llvm-dwarfdump --debug-line': readonly string[];
  readonly 'readelf --debug-dump=frames-interp': Readonly<Record<string, readonly string[]>>;
  readonly gdb: {
    readonly scopes: readonly (readonly [string, ...(readonly string[])[]])[];
    readonly globals: Readonly<Record<string, readonly [type: string, size: number, address: string]>>;
    readonly breakpoints: {
      /** Line, then addresses; holds until the next row's line. */
      readonly lines: Readonly<Record<string, readonly (readonly [line: number, ...addresses: string[]])[]>>;
      readonly functions: Readonly<Record<string, readonly string[]>>;
    };
    readonly layouts: Readonly<Record<string, readonly [size: number, ...members: (readonly [string, string, number, number])[]]>>;
  };
}
/** Address, then "function path:line" from the innermost frame outwards. */
export type ChainRow = readonly [string, ...string[]];

export const oracleOf = (name: string): Oracle => JSON.parse(readFileSync(new URL(`oracle/${name}.json`, directory), 'utf8'));

/** Every instruction address of a program. */
export function codeAddresses(elf: ElfImage): readonly bigint[] {
  const addresses: bigint[] = [];
  for (const { address, size, flags } of elf.sections) {
    if ((flags & SHF_EXECINSTR) === 0) continue;
    for (let offset = 0; offset < size; offset += 4) addresses.push(bigintFromAddress(address + offset));
  }
  return addresses;
}

/** The row that holds at `address`. */
export function rowAt<Row extends readonly [string, ...unknown[]]>(rows: readonly Row[], address: bigint): Row | undefined {
  return rows.findLast(([start]) => addressFromBigint(BigInt(start)) <= addressFromBigint(address));
}

/** A run of a program, followed instruction by instruction: what unwinding has to find. Numbers are hexadecimal. */
export interface Trace {
  /** The caller's call, the return address, then what SP and X19 to X29 were when the call was made. */
  readonly calls: readonly (readonly [caller: number | null, returnAddress: string, sp: string, ...calleeSaved: string[]])[];
  /**
   * PC, the call being served, registers that changed since the stop before (31 is SP), words of the stack that changed, and
   * gdb's view of the scalar variables: `@address`, a value, or `?` for optimized out.
   */
  readonly stops: readonly (readonly [pc: string, call: number, registers: HexByKey, words: HexByKey, variables: HexByKey])[];
}

type HexByKey = Readonly<Record<string, string>>;

/** Goes through the stops of a run, with the frame of each as it was. */
export function* stopsOf({
  stops,
}: Trace): Generator<{ readonly frame: FrameContext; readonly call: number; readonly variables: HexByKey }> {
  const words = new Map<bigint, bigint>();
  const registers = new Map(Array.from({ length: 32 }, (_, register) => [register, 0n]));
  for (const [pc, call, changedRegisters, changedWords, variables] of stops) {
    for (const [register, value] of Object.entries(changedRegisters)) registers.set(Number(register), BigInt(value));
    for (const [address, value] of Object.entries(changedWords)) words.set(BigInt(address), BigInt(value));
    yield { frame: { registers: new Map(registers), memory: wordsAsMemory(words), pc: BigInt(pc) }, call, variables };
  }
}

/** Memory of 8-byte words, 0 where nothing is known. */
const wordsAsMemory =
  (words: ReadonlyMap<bigint, bigint>) =>
  (address: bigint, length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let offset = 0; offset < length; offset++) {
      const at = address + BigInt(offset);
      const word = words.get(at - (at % 8n)) ?? 0n;
      bytes[offset] = Number((word >> (8n * (at % 8n))) & 0xffn);
    }
    return bytes;
  };

export const traceOf = (name: string): Trace => JSON.parse(readFileSync(new URL(`oracle/${name}.trace.json`, directory), 'utf8'));
