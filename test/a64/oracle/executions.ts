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
export type OperandKind = 'data' | 'memory' | 'aligned memory' | 'branch' | 'literal' | VectorKind;
/** `vector`: V registers hold edge values of all element sizes, FPCR every mode. The others as without `vector`. */
type VectorKind = 'vector' | 'vector memory' | 'vector literal';
const vectorKinds: readonly string[] = ['vector', 'vector memory', 'vector literal'] satisfies VectorKind[];

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
    new DataView(code.buffer).setUint32(i, kind.endsWith('literal') ? random() : BRK, true);
  }
  return [
    { address: CODE, bytes: code },
    { address: DATA, bytes: data },
  ];
}

const edges = [0n, 1n, 2n, 31n, 32n, 63n, 64n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn];
const edges64 = [0x1_0000_0000n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn, 0xffff_ffff_8000_0000n, 0xffff_ffff_ffff_fffen];
const allEdges = [...edges, ...edges64];

const integerEdges = [0n, 1n, 2n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn];
/** Signed zeros, denormals, around one, halves, limits of integers, the largest, infinity, NaNs quiet and signalling. */
const edgesHalf = [0, 1, 0x3ff, 0x400, 0x3bff, 0x3c00, 0x3c01, 0x3800, 0x3e00, 0x7bff, 0x7c00, 0x7c01, 0x7e00, 0x7fff];
const edgesSingle = [
  0, 1, 0x007fffff, 0x00800000, 0x00800001, 0x00ffffff, 0x33000000, 0x33800000, 0x387fc000, 0x38800000, 0x3effffff, 0x3f000000, 0x3f7fffff,
  0x3f800000, 0x3f800001, 0x3fc00000, 0x40000000, 0x40200000, 0x40600000, 0x477fe000, 0x477fefff, 0x477ff000, 0x4effffff, 0x4f000000,
  0x4f7fffff, 0x4f800000, 0x5effffff, 0x5f000000, 0x5f7fffff, 0x5f800000, 0x7e800000, 0x7f000000, 0x7f7fffff, 0x7f800000, 0x7f800001,
  0x7fc00000, 0x7fffffff,
].map(BigInt);
const edgesDouble = [
  0n, 1n, 0x000fffffffffffffn, 0x0010000000000000n, 0x001fffffffffffffn, 0x369fffffffffffffn, 0x36a0000000000000n, 0x380fffffffffffffn, 0x3810000000000000n,
  0x3fdfffffffffffffn, 0x3fe0000000000000n, 0x3fefffffffffffffn, 0x3ff0000000000000n, 0x3ff0000000000001n, 0x3ff8000000000000n, 0x4000000000000000n,
  0x4004000000000000n, 0x400c000000000000n, 0x41dfffffffc00000n, 0x41e0000000000000n, 0x41efffffffe00000n, 0x41f0000000000000n,
  0x43dfffffffffffffn, 0x43e0000000000000n, 0x43efffffffffffffn, 0x43f0000000000000n, 0x47efffffe0000000n, 0x47efffffefffffffn, 0x47effffff0000000n,
  0x7fd0000000000000n, 0x7fefffffffffffffn, 0x7ff0000000000000n, 0x7ff0000000000001n, 0x7ff8000000000000n, 0x7fffffffffffffffn,
];
/** V registers, FPCR and FPSR. */
function vectorState(seed: number, index: number): Pick<CpuState, 'v' | 'fpcr' | 'fpsr'> {
  const random = randomNumbers(seed ^ 0x76ec7042 ^ Math.imul(index, 0x2545f491));
  const pick = (list: readonly bigint[]): bigint => list[random() % list.length];
  const signed = (bits: number, value: bigint): bigint => value | (BigInt(random() & 1) << BigInt(bits - 1));
  const lanes = (bits: number, lane: () => bigint): bigint => {
    let value = 0n;
    for (let at = 0; at < 128; at += bits) value |= BigInt.asUintN(bits, lane()) << BigInt(at);
    return value;
  };
  const random64 = (): bigint => (BigInt(random()) << 32n) | BigInt(random());
  /** Near one, so that sums and products stay in range. */
  const moderate = (bits: 32 | 64): bigint =>
    bits === 32
      ? signed(32, BigInt(((127 - 14 + (random() % 28)) << 23) | (random() & 0x7fffff)))
      : signed(64, (BigInt(1023 - 30 + (random() % 60)) << 52n) | (random64() >> 12n));
  // One kind for all registers of an execution, so that operands meet their like; three halves of them within floating-point.
  const kind = random() % 10;
  const register = (): bigint => {
    switch (kind) {
      case 0:
        return lanes([8, 16, 32, 64][random() % 4], () => pick(integerEdges) * (random() & 1 ? 1n : -1n));
      case 1:
        return lanes(64, random64);
      case 2:
      case 3:
        return lanes(32, () => (random() % 3 ? signed(32, pick(edgesSingle)) : moderate(32)));
      case 4:
      case 5:
        return lanes(64, () => (random() % 3 ? signed(64, pick(edgesDouble)) : moderate(64)));
      case 6:
        return lanes(16, () => signed(16, BigInt(random() % 2 ? edgesHalf[random() % edgesHalf.length] : random() & 0x7fff)));
      case 7:
        return lanes(32, () => moderate(32));
      case 8:
        return lanes(64, () => moderate(64));
      default:
        return lanes([8, 16, 32, 64][random() % 4], () => pick(integerEdges) + BigInt(random() % 3) - 1n);
    }
  };
  const v = Array.from({ length: 32 }, register);
  // Half of all with FPCR = 0, where generated code is used; else every mode.
  const fpcr = random() & 1 ? 0 : ((random() & 0x1f) << 22) >>> 0;
  const fpsr = random() & 1 ? 0x10 : random() % 4 === 0 ? 0x0800_009f & random() : 0;
  return { v, fpcr, fpsr };
}
const noVectors: Pick<CpuState, 'v' | 'fpcr' | 'fpsr'> = { v: new Array<bigint>(32).fill(0n), fpcr: 0, fpsr: 0 };

const isRegisterOffset = (word: number): boolean => ((word & 0x3b200c00) >>> 0) === 0x38200800;

const isStructurePostIndexed = (word: number): boolean => ((word & 0xbe800000) >>> 0) === 0x0c800000;

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
  if (kind.endsWith('memory') && kind !== 'aligned memory') {
    if (Rm < 31 && (isRegisterOffset(word) || isStructurePostIndexed(word))) x[Rm] = BigInt.asUintN(random() % 2 ? 64 : 32, BigInt((random() % 1000) - 500));
    if (Rn < 31) x[Rn] = within();
  }
  if (kind === 'branch' && Rn < 31) x[Rn] = CODE + BigInt(WORD_OFFSET) + 16n + BigInt((random() % 7000) * 4);
  return { x, sp, pc: CODE + BigInt(WORD_OFFSET), nzcv, ...(vectorKinds.includes(kind) ? vectorState(seed, index) : noVectors) };
}

export interface Result {
  readonly ending: Ending;
  readonly state: CpuState;
  readonly written: readonly (readonly [address: bigint, byte: number])[];
}

const endings: readonly Ending[] = ['executed', 'undefined', 'fault'];
const SP_INDEX = 31;

/** Results take few bytes: only what changed. UNDEFINED is the ending alone. */
export function encodeResult(kind: OperandKind, before: CpuState, after: Result): Uint8Array {
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
  if (vectorKinds.includes(kind)) {
    number(BigInt(after.state.fpsr >>> 0), 4);
    const changedVectors = after.state.v.flatMap((value, index) => (value === before.v[index] ? [] : [index]));
    bytes.push(changedVectors.length);
    for (const index of changedVectors) {
      bytes.push(index);
      number(after.state.v[index], 16);
    }
  }
  bytes.push(after.written.length);
  for (const [address, byte] of after.written) {
    number(address - DATA, 2);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** The inverse of {@link encodeResult}, of one result after another. */
function resultReader(kind: OperandKind, bytes: Uint8Array): (before: CpuState) => Result {
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
    const v = [...before.v];
    let fpsr = before.fpsr;
    if (vectorKinds.includes(kind)) {
      fpsr = view.getUint32(advance(4), true);
      for (let count = byte(); count > 0; count--) {
        const index = byte();
        const low = view.getBigUint64(advance(8), true);
        v[index] = low | (view.getBigUint64(advance(8), true) << 64n);
      }
    }
    const written: [bigint, number][] = [];
    for (let count = byte(); count > 0; count--) written.push([DATA + BigInt(view.getUint16(advance(2), true)), byte()]);
    const sp = registers[SP_INDEX];
    return { ending, state: { x: registers.slice(0, 31), sp, pc, nzcv, v, fpcr: before.fpcr, fpsr }, written };
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
  const next = resultReader(recording.kind, unpack(recording.results));
  let index = 0;
  for (let at = 0; at < words.length; at += PROGRAM_WORDS) {
    const program = [...words.subarray(at, at + PROGRAM_WORDS)].filter((word) => word !== BRK);
    for (let set = 0; set < recording.operandSets; set++) {
      const before = initialState(recording.kind, program, recording.seed, index++);
      yield { program, before, after: next(before) };
    }
  }
}
