import { OFFSET } from '../cpu-state.ts';
import { isMultiplyAddFused } from '../wasm/fused-multiply-add.ts';
import type { Slot } from './builder.ts';
import type { Expression, I32, I64, V128 } from './expression.ts';
import { WasmBuilder } from './wasm-builder.ts';

/** Where a V register is: an address and a constant offset from it. */
export interface VectorPlace {
  readonly address: I32;
  readonly offset: number;
}

const ELEMENT_LOAD = ['i64.load8_u', 'i64.load16_u', 'i64.load32_u', 'i64.load'];
const ELEMENT_STORE = ['i64.store8', 'i64.store16', 'i64.store32', 'i64.store'];

/** V registers as the register block has them: engines say where that is. */
export abstract class VectorBuilder extends WasmBuilder {
  /** Of the V register in a slot, or the `next` one after it, V0 after V31. */
  protected abstract vectorPlace(slot: Slot, next: number): VectorPlace;

  override orCompute(condition: I32, fast: () => void): void {
    this.when(condition, fast, () => this.compute());
  }
  override get fuses(): boolean {
    return isMultiplyAddFused();
  }
  override floatControls(): I64 {
    return this.field64(OFFSET.FPCR);
  }
  override saturated(condition: I32): void {
    this.setField32(OFFSET.FPSR, this.or(this.field32(OFFSET.FPSR), this.shl(condition, this.i32(27))));
  }
  override v(slot: Slot, next = 0): V128 {
    const { address, offset } = this.vectorPlace(slot, next);
    return this.loadFrom('v128', 'v128.load', address, offset);
  }
  override setV(slot: Slot, value: V128, next = 0): void {
    const { address, offset } = this.vectorPlace(slot, next);
    this.storeTo('v128.store', address, value, offset);
  }
  override vLow(slot: Slot, next = 0): I64 {
    const { address, offset } = this.vectorPlace(slot, next);
    return this.loadFrom('i64', 'i64.load', address, offset);
  }
  override f64(slot: Slot): Expression<'f64'> {
    const { address, offset } = this.vectorPlace(slot, 0);
    return this.loadFrom('f64', 'f64.load', address, offset);
  }
  override f32(slot: Slot): Expression<'f32'> {
    const { address, offset } = this.vectorPlace(slot, 0);
    return this.loadFrom('f32', 'f32.load', address, offset);
  }
  override setScalar(slot: Slot, value: Expression, next = 0): void {
    const { address, offset } = this.vectorPlace(slot, next);
    this.storeTo(`${value.type}.store`, address, value, offset);
    if (value.type === 'i32' || value.type === 'f32') this.storeTo('i32.store', address, this.i32(0), offset + 4);
    this.storeTo('i64.store', address, this.i64(0), offset + 8);
  }
  private elementPlace(size: number, slot: Slot, index: I32, next: number): VectorPlace {
    const { address, offset } = this.vectorPlace(slot, next);
    return { address: this.add(address, this.shl(index, this.i32(size))), offset };
  }
  override element(size: 0 | 1 | 2 | 3, slot: Slot, index: I32, next = 0): I64 {
    const { address, offset } = this.elementPlace(size, slot, index, next);
    return this.loadFrom('i64', ELEMENT_LOAD[size], address, offset);
  }
  override setElement(size: 0 | 1 | 2 | 3, slot: Slot, index: I32, value: I64, next = 0): void {
    const { address, offset } = this.elementPlace(size, slot, index, next);
    this.storeTo(ELEMENT_STORE[size], address, value, offset);
  }
}
