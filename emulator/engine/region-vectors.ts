import { vectorRegister } from '../a64/instruction.ts';
import { OFFSET, STATE } from '../cpu-state.ts';
import type { FunctionBody } from '../wasm/module.ts';
import type { Slot } from './builder.ts';
import { type Expression, type F32, type F64, type I32, type I64, type V128, constant } from './expression.ts';
import type { RegionInstruction } from './region-formation.ts';
import { RegionFlags } from './region-flags.ts';
import type { VectorPlace } from './vector-builder.ts';

const VIEWS = { i32: 'i32x4', i64: 'i64x2', f32: 'f32x4', f64: 'f64x2' } as const;
const EXTRACT = ['i8x16.extract_lane_u', 'i16x8.extract_lane_u', 'i32x4.extract_lane', 'i64x2.extract_lane'];
const REPLACE = ['i8x16.replace_lane', 'i16x8.replace_lane', 'i32x4.replace_lane', 'i64x2.replace_lane'];

/** V registers in regions: in locals, and written through to the register block like the general ones. */
export abstract class RegionVectors extends RegionFlags {
  private readonly vectors = new Map<number, V128>();
  private readonly dirtyVectors = new Set<number>();
  protected current!: RegionInstruction;

  constructor(body: FunctionBody, vectors: Iterable<number>) {
    super(body);
    for (const register of vectors) this.vectors.set(register, this.local('v128', body.local('v128')));
  }
  protected loadVectors(): void {
    for (const [register, local] of this.vectors) this.assign(local, this.loadFrom('v128', 'v128.load', this.i32(0), placeOf(register)));
  }
  protected vectorToBlock(register: number): void {
    this.storeTo('v128.store', this.i32(0), this.vectors.get(register) as V128, placeOf(register));
  }
  /** Those written since the last time go to the register block, unless that is done elsewhere. */
  protected writeVectorsThrough(isDoneElsewhere: boolean): void {
    if (this.dirtyVectors.size === 0) return;
    if (!isDoneElsewhere) for (const register of this.dirtyVectors) this.vectorToBlock(register);
    this.dirtyVectors.clear();
  }

  private number(slot: Slot, next: number): number {
    return (vectorRegister(this.current.decoded[slot] ?? 0) + next) % 32;
  }
  protected override vectorPlace(slot: Slot, next: number): VectorPlace {
    return { address: this.i32(0), offset: placeOf(this.number(slot, next)) };
  }
  override v(slot: Slot, next = 0): V128 {
    return this.vectors.get(this.number(slot, next)) as V128;
  }
  override setV(slot: Slot, value: V128, next = 0): void {
    const register = this.number(slot, next);
    this.assign(this.vectors.get(register) as V128, value);
    this.dirtyVectors.add(register);
  }
  override vLow(slot: Slot, next = 0): I64 {
    return this.lowHalf(this.v(slot, next));
  }
  override f64(slot: Slot): F64 {
    return this.laneOperator('f64', 'f64x2.extract_lane', 0, this.v(slot));
  }
  override f32(slot: Slot): F32 {
    return this.laneOperator('f32', 'f32x4.extract_lane', 0, this.v(slot));
  }
  override setScalar(slot: Slot, value: Expression, next = 0): void {
    if (value.type === 'v128') throw new Error('a vector is no scalar');
    this.setV(slot, this.laneOperator('v128', `${VIEWS[value.type]}.replace_lane`, 0, this.v128(0n), value), next);
  }
  override element(size: 0 | 1 | 2 | 3, slot: Slot, index: I32, next = 0): I64 {
    const value = this.laneOperator<'i32' | 'i64'>(size === 3 ? 'i64' : 'i32', EXTRACT[size], laneOf(index), this.v(slot, next));
    return this.zeroExtend(value);
  }
  override setElement(size: 0 | 1 | 2 | 3, slot: Slot, index: I32, value: I64, next = 0): void {
    const element = size === 3 ? value : this.wrap(value);
    this.setV(slot, this.laneOperator('v128', REPLACE[size], laneOf(index), this.v(slot, next), element), next);
  }
}

const placeOf = (register: number): number => STATE + OFFSET.V + 16 * register;

/** Indices of elements are part of the instruction. */
function laneOf(index: I32): number {
  const lane = constant(index);
  if (lane === undefined) throw new Error(`${index.op}: the index of an element is not constant`);
  return Number(lane);
}
