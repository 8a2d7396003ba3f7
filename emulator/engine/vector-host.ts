import { decode } from '../a64/decode.ts';
import type { Compute, VectorState } from '../a64/vector/lanes.ts';
import { OFFSET, STATE } from '../cpu-state.ts';

/** The registers of the PE that runs, in the machine's memory. */
class RegisterBlock implements VectorState {
  private readonly view: DataView;

  constructor(memory: ArrayBuffer) {
    this.view = new DataView(memory);
  }
  v(n: number): bigint {
    const at = STATE + OFFSET.V + n * 16;
    return this.view.getBigUint64(at, true) | (this.view.getBigUint64(at + 8, true) << 64n);
  }
  setV(n: number, value: bigint): void {
    const at = STATE + OFFSET.V + n * 16;
    this.view.setBigUint64(at, value & 0xffff_ffff_ffff_ffffn, true);
    this.view.setBigUint64(at + 8, value >> 64n, true);
  }
  x(n: number): bigint {
    return n === 31 ? 0n : this.view.getBigUint64(STATE + OFFSET.X + n * 8, true);
  }
  setX(n: number, value: bigint): void {
    if (n !== 31) this.view.setBigUint64(STATE + OFFSET.X + n * 8, value, true);
  }
  get nzcv(): number {
    const n = this.view.getBigInt64(STATE + OFFSET.N, true) < 0n ? 8 : 0;
    const z = this.view.getBigInt64(STATE + OFFSET.Z, true) === 0n ? 4 : 0;
    const c = this.view.getInt32(STATE + OFFSET.C, true) ? 2 : 0;
    return n | z | c | (this.view.getBigInt64(STATE + OFFSET.V_FLAG, true) < 0n ? 1 : 0);
  }
  set nzcv(value: number) {
    this.view.setBigInt64(STATE + OFFSET.N, value & 8 ? -1n : 0n, true);
    this.view.setBigInt64(STATE + OFFSET.Z, value & 4 ? 0n : 1n, true);
    this.view.setInt32(STATE + OFFSET.C, value & 2 ? 1 : 0, true);
    this.view.setBigInt64(STATE + OFFSET.V_FLAG, value & 1 ? -1n : 0n, true);
  }
  get fpcr(): number {
    return this.view.getInt32(STATE + OFFSET.FPCR, true);
  }
  get fpsr(): number {
    return this.view.getInt32(STATE + OFFSET.FPSR, true);
  }
  set fpsr(value: number) {
    this.view.setInt32(STATE + OFFSET.FPSR, value, true);
  }
}

/** What the generated code's `compute` calls: floating-point and Advanced SIMD that it has no code for, by instruction word. */
export function vectorHost(memory: ArrayBuffer): (word: number) => void {
  const state = new RegisterBlock(memory);
  return (word) => computeOf(word)(state);
}

/** By word: programs repeat few of them. */
const known = new Map<number, Compute>();
const KNOWN_LIMIT = 65_536;
function computeOf(word: number): Compute {
  let compute = known.get(word);
  if (compute) return compute;
  const result = decode(word >>> 0);
  if (result.kind === 'instruction') compute = result.decoded.compute;
  if (!compute) throw new Error(`0x${(word >>> 0).toString(16)} is not a vector instruction`);
  if (known.size >= KNOWN_LIMIT) known.clear();
  known.set(word, compute);
  return compute;
}
