import { forms } from '../a64/decode.ts';
import { type AccessKind, Builder, type Slot } from './builder.ts';
import type { Expression, F32, F64, I32, I64, V128, ValueType } from './expression.ts';

/** What an instruction form does, as far as translation needs to know before it emits code. */
export interface FormEffects {
  readonly readsFlags: boolean;
  readonly writesFlags: boolean;
  /** It may leave before it is done: an access or an alignment check. */
  readonly mayLeave: boolean;
  /** Slots that are read or written; `link`: X30. */
  readonly slots: readonly Slot[];
  readonly writtenSlots: readonly Slot[];
  readonly pairs: boolean;
  /** V registers that are read or written: how many, from that of the slot on. */
  readonly vectors: readonly (readonly [Slot, number])[];
  readonly writtenVectors: readonly (readonly [Slot, number])[];
  readonly writesLink: boolean;
  /** Slots that receive a doubleword from memory, such as a pointer. */
  readonly loadedSlots: readonly Slot[];
}

/** Ends the scan of a form that regions leave to the interpreter. */
function interpreted(): never {
  throw new Error('only interpreted');
}

/** A builder that only takes notes. */
class Scan extends Builder {
  readsFlags = false;
  writesFlags = false;
  mayLeave = false;
  pairs = false;
  writesLink = false;
  readonly slots = new Set<Slot>();
  readonly writtenSlots = new Set<Slot>();
  readonly loadedSlots = new Set<Slot>();
  /** What came from memory, 8 bytes each. */
  private readonly loaded = new Set<Expression>();
  readonly vectors = new Map<Slot, number>();
  readonly writtenVectors = new Map<Slot, number>();

  private some<T extends ValueType>(type: T): Expression<T> {
    return { type, op: 'local.get', operands: [], immediate: 0 };
  }
  private use(slot: Slot, next = 0): void {
    this.slots.add(slot);
    if (next) this.pairs = true;
  }
  override let<T extends ValueType>(value: Expression<T>): Expression<T> {
    return value;
  }
  override x(slot: Slot, next?: number): I64 {
    this.use(slot, next);
    return this.some('i64');
  }
  override w(slot: Slot, next?: number): I32 {
    this.use(slot, next);
    return this.some('i32');
  }
  override setX(slot: Slot, value: I64, next?: number): void {
    this.writtenSlots.add(slot);
    if (this.loaded.has(value)) this.loadedSlots.add(slot);
    this.use(slot, next);
  }
  override setLink(): void {
    this.writesLink = true;
  }
  override imm(): I64 {
    return this.some('i64');
  }
  override imm32(): I32 {
    return this.some('i32');
  }
  override imm2(): I32 {
    return this.some('i32');
  }
  override pc(): I64 {
    return this.some('i64');
  }
  override pcPage(): I64 {
    return this.some('i64');
  }
  private writeFlags(): void {
    this.writesFlags = true;
  }
  override flagsAdd(): void {
    this.writeFlags();
  }
  override flagsSub(): void {
    this.writeFlags();
  }
  override flagsLogic(): void {
    this.writeFlags();
  }
  override flagsAddWithCarry(): void {
    this.writeFlags();
  }
  override flagsConditional(): void {
    this.writeFlags();
  }
  override setNzcv(): void {
    this.writeFlags();
  }
  private readFlags(): I32 {
    if (!this.writesFlags) this.readsFlags = true;
    return this.some('i32');
  }
  override nzcv(): I32 {
    return this.readFlags();
  }
  override carry(): I32 {
    return this.readFlags();
  }
  override condition(): I32 {
    return this.readFlags();
  }
  override base(slot: Slot, isStackPointer: boolean): I64 {
    if (isStackPointer) this.mayLeave = true;
    return this.x(slot);
  }
  private access(kind?: AccessKind): I64 {
    if (kind?.unprivileged) interpreted();
    this.mayLeave = true;
    return this.some('i64');
  }
  private loadOf(size: number, kind?: AccessKind): I64 {
    const value = this.access(kind);
    if (size === 3) this.loaded.add(value);
    return value;
  }
  override load(size: number, _signed: boolean, _address: I64, kind?: AccessKind): I64 {
    return this.loadOf(size, kind);
  }
  override store(_size: number, _address: I64, _value: I64, kind?: AccessKind): void {
    this.access(kind);
  }
  override loadPair(size: number): [I64, I64] {
    return [this.loadOf(size), this.loadOf(size)];
  }
  override storePair(): void {
    this.access();
  }
  override atomic(_size: number, _address: I64, update: (old: I64) => I64): I64 {
    update(this.access());
    return this.some('i64');
  }
  override compareAndSwapPair(): [I64, I64] {
    return [this.access(), this.access()];
  }
  override loadExclusive(): I64[] {
    return interpreted();
  }
  override storeExclusive(): I32 {
    return interpreted();
  }
  override clearExclusive(): void {
    interpreted();
  }
  override systemRegister(): I64 {
    return this.access();
  }
  override zeroBlock(): void {
    this.access();
  }
  override setInterruptMasks(change: (old: I64) => I64): void {
    change(this.access());
  }
  override maintainCache(): void {
    interpreted();
  }
  override checkFloatingPoint(): void {
    this.access();
  }
  override compute(): void {
    interpreted();
  }
  override orCompute(_condition: I32, fast: () => void): void {
    this.mayLeave = true;
    fast();
  }
  override floatControls(): I64 {
    return this.some('i64');
  }
  override saturated(): void {}
  private useVector<T extends ValueType>(type: T, slot: Slot, next = 0): Expression<T> {
    this.vectors.set(slot, Math.max(this.vectors.get(slot) ?? 0, next + 1));
    return this.some(type);
  }
  private writeVector(slot: Slot, next = 0): void {
    this.useVector('v128', slot, next);
    this.writtenVectors.set(slot, Math.max(this.writtenVectors.get(slot) ?? 0, next + 1));
  }
  override v(slot: Slot, next?: number): V128 {
    return this.useVector('v128', slot, next);
  }
  override setV(slot: Slot, _value: V128, next?: number): void {
    this.writeVector(slot, next);
  }
  override vLow(slot: Slot, next?: number): I64 {
    return this.useVector('i64', slot, next);
  }
  override f64(slot: Slot): F64 {
    return this.useVector('f64', slot);
  }
  override f32(slot: Slot): F32 {
    return this.useVector('f32', slot);
  }
  override setScalar(slot: Slot, _value: Expression, next?: number): void {
    this.writeVector(slot, next);
  }
  override element(_size: number, slot: Slot, _index: I32, next?: number): I64 {
    return this.useVector('i64', slot, next);
  }
  override setElement(_size: number, slot: Slot, _index: I32, _value: I64, next?: number): void {
    this.writeVector(slot, next);
  }
  override loadVector(): V128 {
    this.access();
    return this.some('v128');
  }
  override storeVector(): void {
    this.access();
  }
  override jump(): void {}
  override branch(): void {}
  override jumpIndirect(): void {}
  override host(): void {
    this.readsFlags = true;
    this.mayLeave = true;
  }
}

/** By form index; absent: not worked out yet. */
const known: (FormEffects | 'only interpreted')[] = [];

/** @param formIndex as `decode` numbers forms @returns `undefined` for forms that only the interpreter can execute */
export function effectsOf(formIndex: number): FormEffects | undefined {
  const effects = (known[formIndex] ??= scanned(formIndex) ?? 'only interpreted');
  return effects === 'only interpreted' ? undefined : effects;
}

function scanned(formIndex: number): FormEffects | undefined {
  const { instruction, form } = forms.at(formIndex);
  const scan = new Scan();
  try {
    instruction.execute(scan, form);
  } catch {
    return undefined;
  }
  const { readsFlags, writesFlags, mayLeave, pairs, writesLink } = scan;
  return {
    readsFlags,
    writesFlags,
    mayLeave,
    pairs,
    writesLink,
    slots: [...scan.slots],
    writtenSlots: [...scan.writtenSlots],
    loadedSlots: [...scan.loadedSlots],
    vectors: [...scan.vectors],
    writtenVectors: [...scan.writtenVectors],
  };
}
