import type { InlineRegister } from '../a64/instruction.ts';
import {
  type Expression,
  type F32,
  type F64,
  type I32,
  type I64,
  type Int,
  type V128,
  type ValueType,
  constant,
  isZero,
} from './expression.ts';

/** Register operand of an instruction; which register it is, `decode` says. */
export type Slot = 'd' | 'n' | 'm' | 'a';
/** log2 of an access size in bytes: 0 byte … 3 doubleword, 4 quadword. */
export type Size = 0 | 1 | 2 | 3 | 4;

/**
 * What makes an access special.
 * `aligned`: must be naturally aligned whatever SCTLR says (acquire/release, exclusives, atomics);
 * `unprivileged`: LDTR/STTR.
 */
export interface AccessKind {
  readonly aligned?: boolean;
  readonly unprivileged?: boolean;
}

/** A WebAssembly operator on integers, by their width. */
interface Operator {
  readonly i32: string;
  readonly i64: string;
  /** `a op 0` is `a`; `0 op b` is `b`. */
  readonly zeroRight: boolean;
  readonly zeroLeft: boolean;
}
const operator = (name: string, zeroRight = false, zeroLeft = false): Operator => ({
  i32: `i32.${name}`,
  i64: `i64.${name}`,
  zeroRight,
  zeroLeft,
});
const ADD = operator('add', true, true);
const SUB = operator('sub', true);
const MUL = operator('mul');
const DIV_S = operator('div_s');
const DIV_U = operator('div_u');
const AND = operator('and');
const OR = operator('or', true, true);
const XOR = operator('xor', true, true);
const SHL = operator('shl', true);
const SHR_U = operator('shr_u', true);
const SHR_S = operator('shr_s', true);
const ROTR = operator('rotr', true);
const NE = operator('ne');
const EQ = operator('eq');
const LT_U = operator('lt_u');
const LT_S = operator('lt_s');
const LE_U = operator('le_u');
const GE_U = operator('ge_u');
const GE_S = operator('ge_s');
const GT_U = operator('gt_u');
const GT_S = operator('gt_s');

const NONE: readonly Expression[] = [];

const needsInterpreter = (what: string): never => {
  throw new Error(`${what}: this engine has no vector registers; the instruction needs the interpreter`);
};

/**
 * The surface that instruction semantics are written against. An instruction's `execute` is called once per form and per engine; it may
 * branch in JavaScript on its form, never on an {@link Expression}.
 *
 * Rules for semantics:
 * - Expressions are pure and evaluated where they are emitted: use {@link let} for anything used twice, or needed after a register it
 *   depends on has been written.
 * - Whatever may leave the instruction (loads, stores, {@link stackPointerBase}) comes before the first `setX`/`setW`/flag write, so that
 *   the state at a fault is the state before the instruction.
 * - W results are written with `setW` (zero-extends).
 */
export abstract class Builder {
  // --- constants and pure operators -----------------------------------------------------------------------------------------------

  i64(value: bigint | number): I64 {
    return {
      type: 'i64',
      op: 'i64.const',
      operands: NONE,
      immediate: typeof value === 'number' && Number.isSafeInteger(value) ? value : BigInt.asIntN(64, BigInt(value)),
    };
  }
  i32(value: number): I32 {
    return { type: 'i32', op: 'i32.const', operands: NONE, immediate: value | 0 };
  }
  /** A constant of the width of a register operand. */
  int(sf: number, value: bigint | number): Int {
    if (sf) return this.i64(value);
    return this.i32(typeof value === 'number' ? value : Number(BigInt.asIntN(32, value)));
  }

  protected unary<T extends ValueType>(type: T, op: string, a: Expression): Expression<T> {
    return { type, op, operands: [a] };
  }
  protected binary<T extends ValueType>(type: T, op: string, a: Expression, b: Expression): Expression<T> {
    return { type, op, operands: [a, b] };
  }
  private arithmetic<T extends 'i32' | 'i64'>(operator: Operator, a: Expression<T>, b: Expression<T>): Expression<T> {
    if (a.type !== b.type) throw new Error(`${operator.i64}: operand types ${a.type} and ${b.type} differ`);
    if (operator.zeroRight && isZero(b)) return a;
    if (operator.zeroLeft && isZero(a)) return b;
    return { type: a.type, op: operator[a.type], operands: [a, b] };
  }
  add<T extends 'i32' | 'i64'>(a: Expression<T>, b: Expression<T>): Expression<T> {
    return this.arithmetic(ADD, a, b);
  }
  sub<T extends 'i32' | 'i64'>(a: Expression<T>, b: Expression<T>): Expression<T> {
    return this.arithmetic(SUB, a, b);
  }
  mul<T extends 'i32' | 'i64'>(a: Expression<T>, b: Expression<T>): Expression<T> {
    return this.arithmetic(MUL, a, b);
  }
  /** Traps in WebAssembly on a zero divisor and on overflow: guard with {@link lazy}. */
  divS<T extends 'i32' | 'i64'>(a: Expression<T>, b: Expression<T>): Expression<T> {
    return this.arithmetic(DIV_S, a, b);
  }
  /** Traps in WebAssembly on a zero divisor: guard with {@link lazy}. */
  divU<T extends 'i32' | 'i64'>(a: Expression<T>, b: Expression<T>): Expression<T> {
    return this.arithmetic(DIV_U, a, b);
  }
  and<T extends 'i32' | 'i64'>(a: Expression<T>, b: Expression<T>): Expression<T> {
    return this.arithmetic(AND, a, b);
  }
  or<T extends 'i32' | 'i64'>(a: Expression<T>, b: Expression<T>): Expression<T> {
    return this.arithmetic(OR, a, b);
  }
  xor<T extends 'i32' | 'i64'>(a: Expression<T>, b: Expression<T>): Expression<T> {
    return this.arithmetic(XOR, a, b);
  }
  /** Shift and rotate amounts are taken modulo the width, as A64's LSLV/LSRV/ASRV/RORV do. */
  shl<T extends 'i32' | 'i64'>(a: Expression<T>, b: Expression<T>): Expression<T> {
    return this.arithmetic(SHL, a, b);
  }
  shrU<T extends 'i32' | 'i64'>(a: Expression<T>, b: Expression<T>): Expression<T> {
    return this.arithmetic(SHR_U, a, b);
  }
  shrS<T extends 'i32' | 'i64'>(a: Expression<T>, b: Expression<T>): Expression<T> {
    return this.arithmetic(SHR_S, a, b);
  }
  rotr<T extends 'i32' | 'i64'>(a: Expression<T>, b: Expression<T>): Expression<T> {
    return this.arithmetic(ROTR, a, b);
  }
  not<T extends 'i32' | 'i64'>(a: Expression<T>): Expression<T> {
    return this.binary(a.type, `${a.type}.xor`, a, this.int(a.type === 'i64' ? 1 : 0, -1));
  }
  neg<T extends 'i32' | 'i64'>(a: Expression<T>): Expression<T> {
    return this.binary(a.type, `${a.type}.sub`, this.int(a.type === 'i64' ? 1 : 0, 0), a);
  }
  clz<T extends 'i32' | 'i64'>(a: Expression<T>): Expression<T> {
    return this.unary(a.type, `${a.type}.clz`, a);
  }
  ctz<T extends 'i32' | 'i64'>(a: Expression<T>): Expression<T> {
    return this.unary(a.type, `${a.type}.ctz`, a);
  }

  private compare(operator: Operator, a: Int, b: Int): I32 {
    if (a.type !== b.type) throw new Error(`${operator.i64}: operand types ${a.type} and ${b.type} differ`);
    return { type: 'i32', op: operator[a.type], operands: [a, b] };
  }
  eqz(a: Int): I32 {
    return this.unary('i32', a.type === 'i64' ? 'i64.eqz' : 'i32.eqz', a);
  }
  /** 1 if not zero. */
  nez(a: Int): I32 {
    return this.compare(NE, a, this.int(a.type === 'i64' ? 1 : 0, 0));
  }
  eq(a: Int, b: Int): I32 {
    return isZero(b) ? this.eqz(a) : this.compare(EQ, a, b);
  }
  ne(a: Int, b: Int): I32 {
    return this.compare(NE, a, b);
  }
  ltU(a: Int, b: Int): I32 {
    return this.compare(LT_U, a, b);
  }
  ltS(a: Int, b: Int): I32 {
    return this.compare(LT_S, a, b);
  }
  leU(a: Int, b: Int): I32 {
    return this.compare(LE_U, a, b);
  }
  geU(a: Int, b: Int): I32 {
    return this.compare(GE_U, a, b);
  }
  geS(a: Int, b: Int): I32 {
    return this.compare(GE_S, a, b);
  }
  gtU(a: Int, b: Int): I32 {
    return this.compare(GT_U, a, b);
  }
  gtS(a: Int, b: Int): I32 {
    return this.compare(GT_S, a, b);
  }

  /** Low 32 bits. */
  wrap(a: Int): I32 {
    if (a.type === 'i32') return a as I32;
    if (a.op === 'i64.extend_i32_u' || a.op === 'i64.extend_i32_s') return a.operands[0] as I32;
    const value = constant(a);
    if (value !== undefined) return this.i32(Number(BigInt.asIntN(32, value)));
    return this.unary('i32', 'i32.wrap_i64', a);
  }
  /** To 64 bits; a 64-bit value stays as it is. */
  zeroExtend(a: Int): I64 {
    return a.type === 'i64' ? (a as I64) : this.unary('i64', 'i64.extend_i32_u', a);
  }
  signExtend(a: Int): I64 {
    return a.type === 'i64' ? (a as I64) : this.unary('i64', 'i64.extend_i32_s', a);
  }
  /** The low `bits` (8, 16 or 32) of a value, zero-extended in its own width. */
  zeroExtendLow<T extends 'i32' | 'i64'>(bits: 8 | 16 | 32, a: Expression<T>): Expression<T> {
    if (a.type === 'i32' && bits === 32) return a;
    if (bits === 32) return this.zeroExtend(this.wrap(a)) as Expression as Expression<T>;
    return this.and(a, this.int(a.type === 'i64' ? 1 : 0, 2 ** bits - 1) as Expression<T>);
  }
  signExtendLow<T extends 'i32' | 'i64'>(bits: 8 | 16 | 32, a: Expression<T>): Expression<T> {
    if (a.type === 'i32' && bits === 32) return a;
    return this.unary(a.type, `${a.type}.extend${bits}_s`, a);
  }

  /** Both sides are evaluated. */
  select<T extends ValueType>(condition: I32, whenTrue: Expression<T>, whenFalse: Expression<T>): Expression<T> {
    return { type: whenTrue.type, op: 'select', operands: [whenTrue, whenFalse, condition] };
  }
  /** Only the chosen side is evaluated. */
  lazy<T extends ValueType>(condition: I32, whenTrue: Expression<T>, whenFalse: Expression<T>): Expression<T> {
    return { type: whenTrue.type, op: 'lazy', operands: [condition, whenTrue, whenFalse] };
  }

  // Vectors: 128 bits, little-endian lanes.
  /** Any operator by its WebAssembly name, for code that is written for one. */
  operator<T extends ValueType>(type: T, op: string, ...operands: readonly Expression[]): Expression<T> {
    return { type, op, operands };
  }
  /** An operator on one lane, e.g. `i32x4.extract_lane`. */
  laneOperator<T extends ValueType>(type: T, op: string, lane: number, ...operands: readonly Expression[]): Expression<T> {
    return { type, op, operands, immediate: lane };
  }
  v128(value: bigint): V128 {
    return { type: 'v128', op: 'v128.const', operands: [], immediate: BigInt.asUintN(128, value) };
  }
  /** Bytes of two vectors, by number: 0-15 of `a`, 16-31 of `b`. */
  shuffle(a: V128, b: V128, bytes: readonly number[]): V128 {
    return { type: 'v128', op: 'i8x16.shuffle', operands: [a, b], bytes };
  }
  /** The low 8 << size bits in every lane of that width. */
  splat(size: 0 | 1 | 2 | 3, value: I64): V128 {
    const op = ['i8x16', 'i16x8', 'i32x4', 'i64x2'][size];
    return { type: 'v128', op: `${op}.splat`, operands: [size === 3 ? value : this.wrap(value)] };
  }
  /** Zero above the low 64 bits. */
  zeroExtendVector(low: I64): V128 {
    return this.laneOperator('v128', 'i64x2.replace_lane', 0, this.v128(0n), low);
  }
  lowHalf(value: V128): I64 {
    return this.laneOperator('i64', 'i64x2.extract_lane', 0, value);
  }

  // --- statements: each engine has its own ------------------------------------------------------------------------------------------

  /** Evaluates now, once; the result can be used any number of times in this instruction. */
  abstract let<T extends ValueType>(value: Expression<T>): Expression<T>;

  /** 64-bit register of a slot; `next` = 1 for the second register of a consecutive pair (CASP). */
  abstract x(slot: Slot, next?: number): I64;
  /** Its low 32 bits. */
  abstract w(slot: Slot, next?: number): I32;
  abstract setX(slot: Slot, value: I64, next?: number): void;
  read(sf: number, slot: Slot): Int {
    return sf ? this.x(slot) : this.w(slot);
  }
  write(slot: Slot, value: Int): void {
    this.setX(slot, this.zeroExtend(value));
  }
  /** Zero-extends. */
  setW(slot: Slot, value: I32): void {
    this.setX(slot, this.zeroExtend(value));
  }
  /** X30 := address of the next instruction. */
  abstract setLink(): void;

  /** The decoded `imm`. */
  abstract imm(): I64;
  /** The low half of `imm`. */
  abstract imm32(): I32;
  /** The decoded `imm2`. */
  abstract imm2(): I32;
  immediate(sf: number): Int {
    return sf ? this.imm() : this.imm32();
  }
  /** Address of this instruction. */
  abstract pc(): I64;
  /** Address of the 4 KB page of this instruction. */
  abstract pcPage(): I64;

  // Flags. Values have the width of the operation.
  /** Of a + b. */
  abstract flagsAdd(a: Int, b: Int): void;
  /** Of a - b. */
  abstract flagsSub(a: Int, b: Int): void;
  /** N and Z of a result; C = V = 0. */
  abstract flagsLogic(result: Int): void;
  /** Of AddWithCarry(a, b, carry) whose result is given. */
  abstract flagsAddWithCarry(a: Int, b: Int, carry: I32, result: Int): void;
  /** If `condition`: flags of a - b (`subtract`) or a + b; else NZCV := `nzcv` (bits 3:0). */
  abstract flagsConditional(condition: I32, subtract: boolean, a: Int, b: Int, nzcv: I32): void;
  /** NZCV := bits 3:0 of a value (SETF, RMIF, FCMP, MSR NZCV). */
  abstract setNzcv(nzcv: I32): void;
  /** NZCV in bits 3:0. */
  abstract nzcv(): I32;
  /** PSTATE.C, 0 or 1. */
  abstract carry(): I32;
  /** ConditionHolds(cond), 1 or 0. */
  abstract condition(cond: number): I32;

  // Memory. `address` is virtual; the result of a load is 64 bits wide, extended from the access size.
  /** Value of a base register. `isStackPointer` (structural) adds CheckSPAlignment. */
  abstract base(slot: Slot, isStackPointer: boolean): I64;
  abstract load(size: 0 | 1 | 2 | 3, signed: boolean, address: I64, kind?: AccessKind): I64;
  abstract store(size: 0 | 1 | 2 | 3, address: I64, value: I64, kind?: AccessKind): void;
  /** Two consecutive elements; faults leave no trace. */
  abstract loadPair(size: 2 | 3, signed: boolean, address: I64, kind?: AccessKind): [I64, I64];
  abstract storePair(size: 2 | 3, address: I64, first: I64, second: I64, kind?: AccessKind): void;
  /** Atomic read-modify-write; alignment is checked. @returns the old value, zero-extended. */
  abstract atomic(size: 0 | 1 | 2 | 3, address: I64, update: (old: I64) => I64): I64;
  /** CASP: 2 × `size` bytes compared and exchanged. @returns the old pair. */
  abstract compareAndSwapPair(size: 2 | 3, address: I64, expected: readonly [I64, I64], replacement: readonly [I64, I64]): [I64, I64];
  /** LDXR, LDAXR; `pair`: LDXP, LDAXP (two elements of `size`). Arms the local monitor. */
  abstract loadExclusive(size: 0 | 1 | 2 | 3, pair: boolean, address: I64): I64[];
  /** STXR, STLXR, STXP, STLXP. @returns the status: 0 stored, 1 not. */
  abstract storeExclusive(size: 0 | 1 | 2 | 3, address: I64, values: readonly I64[]): I32;
  /** CLREX */
  abstract clearExclusive(): void;

  // System
  /** MRS: the host does it where it is an exception, or gives another value than the stored one. */
  abstract systemRegister(name: InlineRegister): I64;
  /** PSTATE.DAIF := what `change` makes of it, as MRS and MSR have it. `clears`: it may clear some, so that an interrupt may be taken. */
  abstract setInterruptMasks(change: (old: I64) => I64, clears: boolean): void;
  /** IC or DC at an address. */
  abstract maintainCache(address: I64): void;
  /** DC ZVA at an address. */
  abstract zeroBlock(address: I64): void;

  // Floating-point and Advanced SIMD. Slots hold V registers; `next` counts on from there, V0 after V31.
  /** CheckFPAdvSIMDEnabled64(); before anything else. */
  checkFloatingPoint(): void {
    needsInterpreter('checkFloatingPoint');
  }
  /** The host does what `compute` of the decoded instruction says. It never leaves. */
  compute(): void {
    needsInterpreter('compute');
  }
  /** `fast` where the condition holds, else {@link compute}. */
  orCompute(_condition: I32, _fast: () => void): void {
    needsInterpreter('orCompute');
  }
  /** Whether `f64x2.relaxed_madd` and `f32x4.relaxed_madd` exist and round once. */
  get fuses(): boolean {
    return false;
  }
  /** FPCR, and above it FPSR. */
  floatControls(): I64 {
    return needsInterpreter('floatControls');
  }
  /** FPSR.QC is set where the condition holds. */
  saturated(_condition: I32): void {
    needsInterpreter('saturated');
  }
  v(slot: Slot, _next = 0): V128 {
    return needsInterpreter(`v(${slot})`);
  }
  setV(slot: Slot, _value: V128, _next = 0): void {
    needsInterpreter(`setV(${slot})`);
  }
  /** The low 64 bits. */
  vLow(slot: Slot, _next = 0): I64 {
    return needsInterpreter(`vLow(${slot})`);
  }
  f64(slot: Slot): F64 {
    return needsInterpreter(`f64(${slot})`);
  }
  f32(slot: Slot): F32 {
    return needsInterpreter(`f32(${slot})`);
  }
  /** The low 64 or 32 bits := value; zeros above. */
  setScalar(slot: Slot, _value: Expression, _next = 0): void {
    needsInterpreter(`setScalar(${slot})`);
  }
  /** An element of 2^size bytes, zero-extended. `index` must be in range. */
  element(_size: 0 | 1 | 2 | 3, slot: Slot, _index: I32, _next = 0): I64 {
    return needsInterpreter(`element(${slot})`);
  }
  setElement(_size: 0 | 1 | 2 | 3, slot: Slot, _index: I32, _value: I64, _next = 0): void {
    needsInterpreter(`setElement(${slot})`);
  }
  /** 8 bytes, zero-extended, or 16, as accesses to elements of 2^size bytes (4: one quadword). */
  loadVector(_bytes: 8 | 16, _size: Size, _address: I64): V128 {
    return needsInterpreter('loadVector');
  }
  storeVector(_bytes: 8 | 16, _size: Size, _address: I64, _value: V128): void {
    needsInterpreter('storeVector');
  }

  // Control.
  /** To pc + imm. */
  abstract jump(): void;
  /** To pc + imm if the condition holds. */
  abstract branch(condition: I32): void;
  abstract jumpIndirect(target: I64): void;
  /**
   * The rest is done by the machine (system registers, exceptions, barriers with effects, cache and TLB operations, WFI): it looks at the
   * instruction word. Must be the only statement of its instruction.
   */
  abstract host(): void;
}
