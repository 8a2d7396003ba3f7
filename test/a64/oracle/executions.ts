import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import type { CpuState, Ending, Region } from '../engines.ts';

/**
 * Executions recorded from qemu-aarch64: the words and what came out. What went in is made from the seed by {@link initialState}, here
 * and when recording: changing that function makes the recordings worthless.
 */
export interface Recording {
  readonly group: string;
  /** QEMU's -cpu. */
  readonly cpu: string;
  readonly kind: OperandKind;
  readonly seed: number;
  /** Executions of each program, with different operands. */
  readonly operandSets: number;
  /** Programs of one to four words: base64 of deflated u32s, each program padded with BRK to four. */
  readonly programs: string;
  /** Base64 of deflated results in order; see {@link encodeResult}. */
  readonly results: string;
}

/**
 * What registers hold. `data`: edge values and random ones. `memory`: bases point into the data region; `aligned memory`: and are
 * multiples of 16. `branch`: registers of indirect
 * branches point into the code region. `literal`: as `data`, and the code region is full of random bytes to load.
 */
export type OperandKind = 'data' | 'memory' | 'aligned memory' | 'branch' | 'literal';

export const CODE = 0x4000_0000n;
export const DATA = 0x5000_0000n;
export const REGION_BYTES = 0x1_0000;
export const WORD_OFFSET = 0x8000;
export const PROGRAM_WORDS = 4;
export const BRK = 0xd4200000;

/** splitmix32: random 32-bit numbers. */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}

export function initialRegions(kind: OperandKind): Region[] {
  const code = new Uint8Array(REGION_BYTES);
  const data = new Uint8Array(REGION_BYTES);
  const random = randomNumbers(0x5de1);
  for (let i = 0; i < REGION_BYTES; i += 4) {
    new DataView(data.buffer).setUint32(i, random(), true);
    new DataView(code.buffer).setUint32(i, kind === 'literal' ? random() : BRK, true);
  }
  return [
    { address: CODE, bytes: code },
    { address: DATA, bytes: data },
  ];
}

const edges = [0n, 1n, 2n, 31n, 32n, 63n, 64n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn];
const edges64 = [0x1_0000_0000n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn, 0xffff_ffff_8000_0000n, 0xffff_ffff_ffff_fffen];
const allEdges = [...edges, ...edges64];

const isRegisterOffset = (word: number): boolean => ((word & 0x3b200c00) >>> 0) === 0x38200800;

/** Registers and flags before execution `index`. */
export function initialState(kind: OperandKind, program: readonly number[], seed: number, index: number): CpuState {
  const random = randomNumbers(seed + Math.imul(index, 0x632be5ab));
  const value = (): bigint => {
    const choice = random() % 8;
    if (choice < 3) return allEdges[random() % allEdges.length];
    if (choice === 3) return BigInt(random());
    return (BigInt(random()) << 32n) | BigInt(random());
  };
  const x = Array.from({ length: 31 }, value);
  const within = (): bigint => DATA + 0x8000n + (random() % 3 ? BigInt(random() % 8) * 16n : BigInt(random() % 128));
  const sp = DATA + 0x8000n + BigInt(random() % 8) * 16n;
  const nzcv = random() & 15;
  const word = program[0];
  const Rn = (word >>> 5) & 31;
  const Rm = (word >>> 16) & 31;
  if (kind === 'aligned memory' && Rn < 31) x[Rn] = within() & ~15n;
  if (kind === 'memory') {
    if (Rm < 31 && isRegisterOffset(word)) x[Rm] = BigInt.asUintN(random() % 2 ? 64 : 32, BigInt((random() % 1000) - 500));
    if (Rn < 31) x[Rn] = within();
  }
  if (kind === 'branch' && Rn < 31) x[Rn] = CODE + BigInt(WORD_OFFSET) + 16n + BigInt((random() % 7000) * 4);
  return { x, sp, pc: CODE + BigInt(WORD_OFFSET), nzcv };
}

export interface Result {
  readonly ending: Ending;
  readonly state: CpuState;
  readonly written: readonly (readonly [address: bigint, byte: number])[];
}

const endings: readonly Ending[] = ['executed', 'undefined', 'fault'];
const SP_INDEX = 31;

/** Results take few bytes: only what changed. UNDEFINED is the ending alone. */
export function encodeResult(before: CpuState, after: Result): Uint8Array {
  const bytes: number[] = [endings.indexOf(after.ending)];
  if (bytes[0] < 0) throw new Error(`cannot record the ending ${after.ending}`);
  if (after.ending === 'undefined') return Uint8Array.from(bytes);
  const number = (value: bigint, size: number): void => {
    for (let i = 0; i < size; i++) bytes.push(Number((value >> BigInt(8 * i)) & 0xffn));
  };
  bytes.push(after.state.nzcv);
  number(BigInt.asUintN(64, after.state.pc - before.pc), 4);
  const registers = [...after.state.x, after.state.sp];
  const changed = registers.flatMap((value, index) => (value === [...before.x, before.sp][index] ? [] : [index]));
  bytes.push(changed.length);
  for (const index of changed) {
    bytes.push(index);
    number(registers[index], 8);
  }
  bytes.push(after.written.length);
  for (const [address, byte] of after.written) {
    number(address - DATA, 2);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** The inverse of {@link encodeResult}, of one result after another. */
function resultReader(bytes: Uint8Array): (before: CpuState) => Result {
  let at = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const byte = (): number => bytes[at++];
  const advance = (size: number): number => {
    at += size;
    return at - size;
  };
  return (before) => {
    const ending = endings[byte()];
    if (ending === 'undefined') return { ending, state: before, written: [] };
    const nzcv = byte();
    const pc = before.pc + BigInt(view.getInt32(advance(4), true));
    const registers = [...before.x, before.sp];
    for (let count = byte(); count > 0; count--) {
      const index = byte();
      registers[index] = view.getBigUint64(advance(8), true);
    }
    const written: [bigint, number][] = [];
    for (let count = byte(); count > 0; count--) written.push([DATA + BigInt(view.getUint16(advance(2), true)), byte()]);
    const sp = registers[SP_INDEX];
    return { ending, state: { x: registers.slice(0, 31), sp, pc, nzcv }, written };
  };
}

export interface Execution {
  readonly program: readonly number[];
  readonly before: CpuState;
  readonly after: Result;
}

export function loadRecording(url: URL): Recording {
  return JSON.parse(readFileSync(url, 'utf8')) as Recording;
}

export function* executionsOf(recording: Recording): Generator<Execution> {
  const unpack = (text: string): Uint8Array => new Uint8Array(inflateRawSync(Buffer.from(text, 'base64')));
  const packed = unpack(recording.programs);
  const words = new Uint32Array(packed.buffer, packed.byteOffset, packed.byteLength / 4);
  const next = resultReader(unpack(recording.results));
  let index = 0;
  for (let at = 0; at < words.length; at += PROGRAM_WORDS) {
    const program = [...words.subarray(at, at + PROGRAM_WORDS)].filter((word) => word !== BRK);
    for (let set = 0; set < recording.operandSets; set++) {
      const before = initialState(recording.kind, program, recording.seed, index++);
      yield { program, before, after: next(before) };
    }
  }
}
