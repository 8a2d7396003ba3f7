import assert from 'node:assert/strict';
import type { CpuState, Ending, Engine, Outcome } from './engines.ts';
import { BRK, CODE as CODE_REGION, DATA as DATA_REGION, REGION_BYTES, WORD_OFFSET } from './oracle/executions.ts';

/** Where the instructions of a case are, and the page they are on. */
export const CODE = CODE_REGION + BigInt(WORD_OFFSET) + 0x100n;
export const PAGE = CODE & ~0xfffn;
/** 64 KB of zeros. */
export const DATA = DATA_REGION;

type Register = `x${number}` | `v${number}` | 'sp' | 'pc' | 'fpcr' | 'fpsr';

/**
 * Registers by name; `nzcv` with the flags that are set in capitals; bytes of memory in hexadecimal by their offset from {@link DATA}.
 * Registers not given hold what no instruction makes by chance.
 */
export type Values = { readonly [Name in Register]?: bigint } & {
  readonly nzcv?: string;
  readonly memory?: Readonly<Record<number, string>>;
};

/** What changes, apart from the PC going on; and how it ends if not by executing all. */
export type Expectation = Values & { readonly ending?: Ending };

/** Assembly, its words, what is before, what changes. */
export type Case = readonly [assembly: string, words: number | readonly number[], before: Values, after: Expectation];

const nzcvOf = (text: string): number => [...text].reduce((bits, flag, index) => bits | (flag === 'NZCV'[index] ? 8 >> index : 0), 0);
const nzcvText = (bits: number): string => [...'nzcv'].map((flag, index) => (bits & (8 >> index) ? flag.toUpperCase() : flag)).join('');

function withValues(state: CpuState, values: Values): CpuState {
  return {
    x: state.x.map((value, index) => values[`x${index}`] ?? value),
    sp: values.sp ?? state.sp,
    pc: values.pc ?? state.pc,
    nzcv: values.nzcv === undefined ? state.nzcv : nzcvOf(values.nzcv),
    v: state.v.map((value, index) => values[`v${index}`] ?? value),
    fpcr: Number(values.fpcr ?? state.fpcr),
    fpsr: Number(values.fpsr ?? state.fpsr),
  };
}
function bytesOf(memory: Values['memory'] = {}): [number, number][] {
  return Object.entries(memory).flatMap(([offset, text]) =>
    text.split(' ').map((byte, index): [number, number] => [Number(offset) + index, Number.parseInt(byte, 16)]),
  );
}

const unlikely: CpuState = {
  x: Array.from({ length: 31 }, (_, index) => 0xc0de_0000_dead_0000n + BigInt(index)),
  sp: DATA + 0x8000n,
  pc: CODE,
  nzcv: 0,
  v: Array.from({ length: 32 }, (_, index) => 0x7ec7_0000_c0de_0000_dead_0000_beef_0000n + BigInt(index)),
  fpcr: 0,
  fpsr: 0,
};

/** What differs from before, in words that can be compared and read. */
function describeChanges(before: CpuState, after: CpuState, ending: Ending, written: readonly [number, number][]): Record<string, string> {
  const hex = (value: bigint): string => `0x${value.toString(16)}`;
  const registers = after.x.flatMap((value, index): [string, string][] => (value === before.x[index] ? [] : [[`x${index}`, hex(value)]]));
  const vectors = after.v.flatMap((value, index): [string, string][] => (value === before.v[index] ? [] : [[`v${index}`, hex(value)]]));
  return {
    ending,
    ...Object.fromEntries([...registers, ...vectors]),
    fpsr: hex(BigInt(after.fpsr)),
    sp: hex(after.sp),
    pc: hex(after.pc),
    nzcv: nzcvText(after.nzcv),
    ...Object.fromEntries(written.map(([offset, byte]) => [`DATA+0x${offset.toString(16)}`, byte.toString(16)])),
  };
}

/** Runs a case; everything that it does not say to change must stay. */
export function check(engine: Engine, [assembly, words, before, after]: Case): void {
  const program = typeof words === 'number' ? [words] : words;
  const code = new Uint8Array(REGION_BYTES);
  new Uint32Array(code.buffer).fill(BRK);
  const data = new Uint8Array(REGION_BYTES);
  for (const [offset, byte] of bytesOf(before.memory)) data[offset] = byte;
  engine.load([
    { address: CODE_REGION, bytes: code },
    { address: DATA_REGION, bytes: data },
  ]);
  const initial = withValues(unlikely, before);
  const outcome: Outcome = engine.run(program, initial);

  const ending = after.ending ?? 'executed';
  const pc = ending === 'executed' ? CODE + BigInt(4 * program.length) : CODE;
  const expected = bytesOf(after.memory).filter(([offset, byte]) => data[offset] !== byte);
  const written = outcome.written.map(([address, byte]): [number, number] => [Number(address - DATA), byte]);
  assert.deepEqual(
    describeChanges(initial, outcome.state, outcome.ending, written),
    describeChanges(initial, withValues({ ...initial, pc }, after), ending, expected),
    `${engine.name}: ${assembly}`,
  );
}
