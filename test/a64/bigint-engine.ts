import { type Decoded, type Form, VECTOR } from '../../emulator/a64/instruction.ts';
import { decode } from '../../emulator/a64/decode.ts';
import { type AccessKind, Builder, type Size, type Slot } from '../../emulator/engine/builder.ts';
import type { VectorState } from '../../emulator/a64/vector/lanes.ts';
import type { Expression, I32, I64, Int, V128, ValueType } from '../../emulator/engine/expression.ts';
import type { CpuState, Ending, Engine, Outcome, Region } from './engines.ts';

const ZERO = 31;
const SP = 32;
const DISCARD = 33;

class Fault extends Error {}

/** Bytes in a few regions, with the writes since {@link restore} kept apart. */
class TestMemory {
  private readonly regions: readonly Region[];
  private readonly originals = new Map<bigint, number>();

  constructor(regions: readonly Region[]) {
    this.regions = regions.map(({ address, bytes }) => ({ address, bytes: bytes.slice() }));
  }
  private locate(address: bigint): [Uint8Array, number] {
    const found = this.regions.find((region) => address >= region.address && address < region.address + BigInt(region.bytes.length));
    if (!found) throw new Fault(`no memory at 0x${address.toString(16)}`);
    return [found.bytes, Number(address - found.address)];
  }
  read(address: bigint, size: number): bigint {
    let value = 0n;
    for (let i = 0; i < size; i++) {
      const [bytes, at] = this.locate(BigInt.asUintN(64, address + BigInt(i)));
      value |= BigInt(bytes[at]) << BigInt(8 * i);
    }
    return value;
  }
  write(address: bigint, size: number, value: bigint): void {
    for (let i = 0; i < size; i++) this.locate(BigInt.asUintN(64, address + BigInt(i)));
    for (let i = 0; i < size; i++) {
      const where = BigInt.asUintN(64, address + BigInt(i));
      const [bytes, at] = this.locate(where);
      if (!this.originals.has(where)) this.originals.set(where, bytes[at]);
      bytes[at] = Number((value >> BigInt(8 * i)) & 0xffn);
    }
  }
  /** Puts words in place, not counted as written. @returns what undoes it */
  place(address: bigint, words: readonly number[]): () => void {
    const [bytes, at] = this.locate(address);
    const original = bytes.slice(at, at + 4 * words.length);
    words.forEach((word, index) => new DataView(bytes.buffer).setUint32(at + 4 * index, word, true));
    return () => bytes.set(original, at);
  }
  /** Undoes every write. @returns the bytes that had changed. */
  restore(): [bigint, number][] {
    const changed: [bigint, number][] = [];
    for (const [address, original] of this.originals) {
      const [bytes, at] = this.locate(address);
      if (bytes[at] !== original) changed.push([address, bytes[at]]);
      bytes[at] = original;
    }
    this.originals.clear();
    return changed.sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

interface Monitor {
  readonly address: bigint;
  readonly bytes: number;
  readonly value: bigint;
}

type BinaryOperator = (a: bigint, b: bigint, bits: number) => bigint | boolean;
const signed = (value: bigint, bits: number): bigint => BigInt.asIntN(bits, value);
const rotateRight = (a: bigint, b: bigint, bits: number): bigint => {
  const amount = b % BigInt(bits);
  return (a >> amount) | (a << (BigInt(bits) - amount));
};
const divide = (a: bigint, b: bigint): bigint => {
  if (b === 0n) throw new Error('WebAssembly traps: division by zero');
  return a / b;
};
/** Operands are unsigned; results are reduced to the width. */
const binaryOperators: Readonly<Record<string, BinaryOperator>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div_u: divide,
  div_s: (a, b, bits) => {
    const quotient = divide(signed(a, bits), signed(b, bits));
    if (quotient !== signed(quotient, bits)) throw new Error('WebAssembly traps: integer overflow');
    return quotient;
  },
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b, bits) => a << (b % BigInt(bits)),
  shr_u: (a, b, bits) => a >> (b % BigInt(bits)),
  shr_s: (a, b, bits) => signed(a, bits) >> (b % BigInt(bits)),
  rotr: rotateRight,
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt_u: (a, b) => a < b,
  lt_s: (a, b, bits) => signed(a, bits) < signed(b, bits),
  le_u: (a, b) => a <= b,
  ge_u: (a, b) => a >= b,
  ge_s: (a, b, bits) => signed(a, bits) >= signed(b, bits),
  gt_u: (a, b) => a > b,
  gt_s: (a, b, bits) => signed(a, bits) > signed(b, bits),
};
const countLeadingZeros = (a: bigint, bits: number): bigint => BigInt(a === 0n ? bits : bits - a.toString(2).length);
const unaryOperators: Readonly<Record<string, (a: bigint, bits: number) => bigint | boolean>> = {
  eqz: (a) => a === 0n,
  clz: countLeadingZeros,
  ctz: (a, bits) => (a === 0n ? BigInt(bits) : BigInt((a & -a).toString(2).length - 1)),
  wrap_i64: (a) => a,
  extend_i32_u: (a) => a,
  extend_i32_s: (a) => signed(a, 32),
  extend8_s: (a) => signed(a, 8),
  extend16_s: (a) => signed(a, 16),
  extend32_s: (a) => signed(a, 32),
};

const widthOf = (type: ValueType): number => {
  if (type === 'i32') return 32;
  if (type === 'i64') return 64;
  if (type === 'v128') return 128;
  throw new Error(`the oracle engine has no ${type}`);
};
const conditionHolds = (cond: number, nzcv: number): boolean => {
  const [n, z, c, v] = [8, 4, 2, 1].map((bit) => (nzcv & bit) !== 0);
  const base = [z, c, n, v, c && !z, n === v, n === v && !z, true][cond >> 1];
  return cond & 1 && cond !== 15 ? !base : base;
};

/** Executes one instruction at a time, and complains where semantics break the rules of {@link Builder}. */
class BigIntBuilder extends Builder {
  state: CpuState;
  memory: TestMemory;
  monitor: Monitor | undefined;
  decoded: Decoded<Form> = { form: {} };
  nextPc = 0n;
  isHost = false;
  private hasWritten = false;

  constructor(memory: TestMemory) {
    super();
    this.memory = memory;
    this.state = { x: new Array<bigint>(31).fill(0n), sp: 0n, pc: 0n, nzcv: 0, v: new Array<bigint>(32).fill(0n), fpcr: 0, fpsr: 0 };
  }

  begin(decoded: Decoded): void {
    this.decoded = decoded;
    this.nextPc = BigInt.asUintN(64, this.state.pc + 4n);
    this.isHost = false;
    this.hasWritten = false;
  }

  private readSlot(slot: number): bigint {
    if (slot === ZERO) return 0n;
    if (slot === SP) return this.state.sp;
    if (slot < 31) return this.state.x[slot];
    throw new Error(`slot ${slot} is not readable`);
  }
  private slotNumber(slot: Slot, next: number): number {
    const base = this.decoded[slot];
    if (base === undefined) throw new Error(`the instruction reads or writes slot ${slot}, which decode has not set`);
    return base + next;
  }

  private evaluate(expression: Expression): bigint {
    const bits = widthOf(expression.type);
    return BigInt.asUintN(bits, this.calculate(expression));
  }
  private calculate({ op, operands, immediate, type, bytes }: Expression): bigint {
    if (op === 'i32.const' || op === 'i64.const' || op === 'v128.const' || op === 'value') return BigInt(immediate as bigint | number);
    if (op === 'register') return this.readSlot(Number(immediate));
    if (op === 'select') {
      const [whenTrue, whenFalse, condition] = operands.map((operand) => this.evaluate(operand));
      return condition !== 0n ? whenTrue : whenFalse;
    }
    if (op === 'lazy') return this.evaluate(this.evaluate(operands[0]) !== 0n ? operands[1] : operands[2]);
    if (type === 'v128' || op.startsWith('i64x2.')) return this.calculateVector(op, operands, Number(immediate), bytes);
    const name = op.slice(4);
    const operandBits = widthOf(operands[0].type);
    const values = operands.map((operand) => this.evaluate(operand));
    if (operands.length === 2 && binaryOperators[name]) {
      if (operands[0].type !== operands[1].type) throw new Error(`${op} of ${operands[0].type} and ${operands[1].type}`);
      return BigInt(binaryOperators[name](values[0], values[1], operandBits));
    }
    if (operands.length === 1 && unaryOperators[name]) return BigInt(unaryOperators[name](values[0], operandBits));
    throw new Error(`the oracle engine has no ${op} (${type})`);
  }
  private calculateVector(op: string, operands: readonly Expression[], lane: number, bytes: readonly number[] = []): bigint {
    const [a, b = 0n] = operands.map((operand) => this.evaluate(operand));
    const element = (value: bigint, bits: number, index: number): bigint => BigInt.asUintN(bits, value >> BigInt(bits * index));
    if (op === 'i8x16.shuffle') {
      return bytes.reduce((result, byte, index) => result | (element(byte < 16 ? a : b, 8, byte & 15) << BigInt(8 * index)), 0n);
    }
    if (op === 'i64x2.extract_lane') return element(a, 64, lane);
    if (op === 'i64x2.replace_lane') return lane ? element(a, 64, 0) | (b << 64n) : (element(a, 64, 1) << 64n) | b;
    const splat = /^i(8|16|32|64)x[0-9]+\.splat$/.exec(op);
    if (!splat) throw new Error(`the oracle engine has no ${op}`);
    const bits = Number(splat[1]);
    return Array.from({ length: 128 / bits }, (_, index) => element(a, bits, 0) << BigInt(bits * index)).reduce((x, y) => x | y);
  }
  private value<T extends ValueType>(type: T, value: bigint): Expression<T> {
    return { type, op: 'value', operands: [], immediate: value };
  }

  let<T extends ValueType>(value: Expression<T>): Expression<T> {
    return this.value(value.type, this.evaluate(value));
  }
  x(slot: Slot, next = 0): I64 {
    return { type: 'i64', op: 'register', operands: [], immediate: this.slotNumber(slot, next) };
  }
  w(slot: Slot, next = 0): I32 {
    return this.wrap(this.x(slot, next));
  }
  setX(slot: Slot, value: I64, next = 0): void {
    if (value.type !== 'i64') throw new Error(`setX of ${value.type}`);
    const number = this.slotNumber(slot, next);
    const result = this.evaluate(value);
    this.hasWritten = true;
    if (number === SP) this.state.sp = result;
    else if (number < 31) this.state.x[number] = result;
    else if (number !== DISCARD) throw new Error(`slot ${number} is not writable`);
  }
  setLink(): void {
    this.hasWritten = true;
    this.state.x[30] = BigInt.asUintN(64, this.state.pc + 4n);
  }

  imm(): I64 {
    if (this.decoded.imm === undefined) throw new Error('the instruction uses imm, which decode has not set');
    return this.value('i64', BigInt.asUintN(64, this.decoded.imm));
  }
  imm32(): I32 {
    return this.value('i32', BigInt.asUintN(32, this.evaluate(this.imm())));
  }
  imm2(): I32 {
    if (this.decoded.imm2 === undefined) throw new Error('the instruction uses imm2, which decode has not set');
    return this.value('i32', BigInt.asUintN(32, BigInt(this.decoded.imm2)));
  }
  pc(): I64 {
    return this.value('i64', this.state.pc);
  }
  pcPage(): I64 {
    return this.value('i64', this.state.pc & ~0xfffn);
  }

  private setFlags(n: boolean, z: boolean, c: boolean, v: boolean): void {
    this.hasWritten = true;
    this.state.nzcv = (n ? 8 : 0) | (z ? 4 : 0) | (c ? 2 : 0) | (v ? 1 : 0);
  }
  /** AddWithCarry() as the Arm ARM writes it: by unlimited integers. */
  private addWithCarryFlags(a: bigint, b: bigint, carry: bigint, bits: number): void {
    const unsignedSum = a + b + carry;
    const signedSum = signed(a, bits) + signed(b, bits) + carry;
    const result = BigInt.asUintN(bits, unsignedSum);
    this.setFlags(signed(result, bits) < 0n, result === 0n, result !== unsignedSum, signed(result, bits) !== signedSum);
  }
  flagsAdd(a: Int, b: Int): void {
    if (a.type !== b.type) throw new Error('flagsAdd of different widths');
    this.addWithCarryFlags(this.evaluate(a), this.evaluate(b), 0n, widthOf(a.type));
  }
  flagsSub(a: Int, b: Int): void {
    if (a.type !== b.type) throw new Error('flagsSub of different widths');
    const bits = widthOf(a.type);
    this.addWithCarryFlags(this.evaluate(a), BigInt.asUintN(bits, ~this.evaluate(b)), 1n, bits);
  }
  flagsLogic(result: Int): void {
    const value = this.evaluate(result);
    this.setFlags(signed(value, widthOf(result.type)) < 0n, value === 0n, false, false);
  }
  flagsAddWithCarry(a: Int, b: Int, carry: I32, result: Int): void {
    const bits = widthOf(a.type);
    const [left, right, carryIn] = [this.evaluate(a), this.evaluate(b), this.evaluate(carry)];
    if (BigInt.asUintN(bits, left + right + carryIn) !== this.evaluate(result)) throw new Error('flagsAddWithCarry: wrong result given');
    this.addWithCarryFlags(left, right, carryIn, bits);
  }
  flagsConditional(condition: I32, subtract: boolean, a: Int, b: Int, nzcv: I32): void {
    if (this.evaluate(condition) === 0n) this.setNzcv(nzcv);
    else if (subtract) this.flagsSub(a, b);
    else this.flagsAdd(a, b);
  }
  setNzcv(nzcv: I32): void {
    this.hasWritten = true;
    this.state.nzcv = Number(this.evaluate(nzcv) & 15n);
  }
  nzcv(): I32 {
    return this.value('i32', BigInt(this.state.nzcv));
  }
  carry(): I32 {
    return this.value('i32', BigInt((this.state.nzcv >> 1) & 1));
  }
  condition(cond: number): I32 {
    return this.value('i32', BigInt(conditionHolds(cond, this.state.nzcv)));
  }

  /** Address of an access, once it is known that the instruction may still leave here. */
  private accessAddress(address: I64, bytes: number, aligned: boolean): bigint {
    if (this.hasWritten) throw new Error('a memory access after a register or flag was written');
    const at = this.evaluate(address);
    if (aligned && at % BigInt(bytes) !== 0n) throw new Fault('alignment');
    return at;
  }
  base(slot: Slot, isStackPointer: boolean): I64 {
    if (this.hasWritten) throw new Error('base() after a register or flag was written');
    const number = this.slotNumber(slot, 0);
    if (isStackPointer !== (number === SP)) throw new Error(`base(): slot ${number}, isStackPointer ${isStackPointer}`);
    if (isStackPointer && this.state.sp % 16n !== 0n) throw new Fault('SP alignment');
    return this.x(slot);
  }
  load(size: 0 | 1 | 2 | 3, isSigned: boolean, address: I64, kind: AccessKind = {}): I64 {
    const bytes = 1 << size;
    const value = this.memory.read(this.accessAddress(address, bytes, kind.aligned ?? false), bytes);
    return this.value('i64', BigInt.asUintN(64, isSigned ? signed(value, 8 * bytes) : value));
  }
  store(size: 0 | 1 | 2 | 3, address: I64, value: I64, kind: AccessKind = {}): void {
    const bytes = 1 << size;
    this.memory.write(this.accessAddress(address, bytes, kind.aligned ?? false), bytes, this.evaluate(value));
  }
  loadPair(size: 2 | 3, isSigned: boolean, address: I64, kind: AccessKind = {}): [I64, I64] {
    const bytes = 1 << size;
    const at = this.accessAddress(address, bytes, kind.aligned ?? false);
    const element = (offset: number): I64 => {
      const value = this.memory.read(at + BigInt(offset), bytes);
      return this.value('i64', BigInt.asUintN(64, isSigned ? signed(value, 8 * bytes) : value));
    };
    return [element(0), element(bytes)];
  }
  private joined(size: number, [first, second]: readonly bigint[]): bigint {
    const bits = 8 << size;
    return BigInt.asUintN(bits, first) | (second === undefined ? 0n : BigInt.asUintN(bits, second) << BigInt(bits));
  }
  private split(size: number, value: bigint): [I64, I64] {
    const bits = 8 << size;
    return [this.value('i64', BigInt.asUintN(bits, value)), this.value('i64', value >> BigInt(bits))];
  }
  storePair(size: 2 | 3, address: I64, first: I64, second: I64, kind: AccessKind = {}): void {
    const at = this.accessAddress(address, 1 << size, kind.aligned ?? false);
    this.memory.write(at, 2 << size, this.joined(size, [this.evaluate(first), this.evaluate(second)]));
  }
  atomic(size: 0 | 1 | 2 | 3, address: I64, update: (old: I64) => I64): I64 {
    const bytes = 1 << size;
    const at = this.accessAddress(address, bytes, true);
    const old = this.value('i64', this.memory.read(at, bytes));
    this.memory.write(at, bytes, this.evaluate(update(old)));
    return old;
  }
  compareAndSwapPair(size: 2 | 3, address: I64, expected: readonly [I64, I64], replacement: readonly [I64, I64]): [I64, I64] {
    const at = this.accessAddress(address, 2 << size, true);
    const old = this.memory.read(at, 2 << size);
    const values = (pair: readonly I64[]): bigint =>
      this.joined(
        size,
        pair.map((element) => this.evaluate(element)),
      );
    this.memory.write(at, 2 << size, old === values(expected) ? values(replacement) : old);
    return this.split(size, old);
  }
  loadExclusive(size: 0 | 1 | 2 | 3, pair: boolean, address: I64): I64[] {
    const bytes = (pair ? 2 : 1) << size;
    const at = this.accessAddress(address, bytes, true);
    const value = this.memory.read(at, bytes);
    this.monitor = { address: at, bytes, value };
    return pair ? this.split(size, value) : [this.value('i64', value)];
  }
  storeExclusive(size: 0 | 1 | 2 | 3, address: I64, values: readonly I64[]): I32 {
    const bytes = values.length << size;
    const at = this.accessAddress(address, bytes, true);
    const { monitor } = this;
    this.monitor = undefined;
    const passes = monitor?.address === at && monitor.bytes === bytes && this.memory.read(at, bytes) === monitor.value;
    if (passes) {
      this.memory.write(
        at,
        bytes,
        this.joined(
          size,
          values.map((value) => this.evaluate(value)),
        ),
      );
    }
    return this.value('i32', passes ? 0n : 1n);
  }
  clearExclusive(): void {
    this.monitor = undefined;
  }

  // Floating-point and Advanced SIMD.
  override checkFloatingPoint(): void {
    if (this.hasWritten) throw new Error('checkFloatingPoint() after a register or flag was written');
  }
  override compute(): void {
    const { compute } = this.decoded;
    if (!compute) throw new Error('compute() of an instruction that decode gives none');
    this.hasWritten = true;
    compute(this.vectorState());
  }
  vectorState(): VectorState {
    const state = this.state;
    return {
      v: (n) => state.v[n],
      setV: (n, value) => {
        if (value !== BigInt.asUintN(128, value)) throw new Error(`V${n} := more than 128 bits`);
        state.v[n] = value;
      },
      x: (n) => (n === 31 ? 0n : state.x[n]),
      setX: (n, value) => {
        if (value !== BigInt.asUintN(64, value)) throw new Error(`X${n} := more than 64 bits`);
        if (n < 31) state.x[n] = value;
      },
      fpcr: state.fpcr,
      get nzcv() {
        return state.nzcv;
      },
      set nzcv(value) {
        state.nzcv = value;
      },
      get fpsr() {
        return state.fpsr;
      },
      set fpsr(value) {
        state.fpsr = value;
      },
    };
  }
  private vectorNumber(slot: Slot, next: number): number {
    const number = (this.slotNumber(slot, 0) - VECTOR) / 2;
    if (!Number.isInteger(number) || number < 0 || number > 31) throw new Error(`slot ${slot} is not a V register`);
    return (number + next) % 32;
  }
  override v(slot: Slot, next = 0): V128 {
    return this.value('v128', this.state.v[this.vectorNumber(slot, next)]);
  }
  override vLow(slot: Slot, next = 0): I64 {
    return this.lowHalf(this.v(slot, next));
  }
  override setV(slot: Slot, value: V128, next = 0): void {
    this.hasWritten = true;
    this.state.v[this.vectorNumber(slot, next)] = this.evaluate(value);
  }
  override setScalar(slot: Slot, value: Expression, next = 0): void {
    this.hasWritten = true;
    this.state.v[this.vectorNumber(slot, next)] = this.evaluate(value);
  }
  override element(size: 0 | 1 | 2 | 3, slot: Slot, index: I32, next = 0): I64 {
    const bits = BigInt(8 << size);
    const value = this.state.v[this.vectorNumber(slot, next)] >> (this.evaluate(index) * bits);
    return this.value('i64', BigInt.asUintN(Number(bits), value));
  }
  override setElement(size: 0 | 1 | 2 | 3, slot: Slot, index: I32, value: I64, next = 0): void {
    this.hasWritten = true;
    const bits = 8 << size;
    const shift = this.evaluate(index) * BigInt(bits);
    const number = this.vectorNumber(slot, next);
    const mask = ((1n << BigInt(bits)) - 1n) << shift;
    this.state.v[number] = (this.state.v[number] & ~mask) | (BigInt.asUintN(bits, this.evaluate(value)) << shift);
  }
  override loadVector(bytes: 8 | 16, _size: Size, address: I64): V128 {
    return this.value('v128', this.memory.read(this.accessAddress(address, bytes, false), bytes));
  }
  override storeVector(bytes: 8 | 16, _size: Size, address: I64, value: V128): void {
    this.memory.write(this.accessAddress(address, bytes, false), bytes, this.evaluate(value));
  }

  jump(): void {
    this.nextPc = BigInt.asUintN(64, this.state.pc + this.evaluate(this.imm()));
  }
  branch(condition: I32): void {
    if (this.evaluate(condition) !== 0n) this.jump();
  }
  jumpIndirect(target: I64): void {
    this.nextPc = this.evaluate(target);
  }
  host(): void {
    this.isHost = true;
  }
  systemRegister(): I64 {
    throw new LeftToHost();
  }
  setInterruptMasks(): void {
    this.host();
  }
  maintainCache(): void {
    this.host();
  }
  zeroBlock(): void {
    this.host();
  }
}

/** Nothing is allowed without the host, in these engines. */
class LeftToHost extends Error {}

/** The instruction semantics evaluated with BigInt: slow and plain, to hold the WebAssembly engines against. */
export class BigIntEngine implements Engine {
  readonly name = 'BigInt';
  private memory = new TestMemory([]);

  load(regions: readonly Region[]): void {
    this.memory = new TestMemory(regions);
  }

  run(words: readonly number[], before: CpuState): Outcome {
    const builder = new BigIntBuilder(this.memory);
    const { state } = builder;
    const remove = this.memory.place(before.pc, words);
    Object.assign(state, { ...before, x: [...before.x], v: [...before.v] });
    let ending: Ending = 'executed';
    while (ending === 'executed') {
      const word = words[Number(state.pc - before.pc) / 4];
      if (word === undefined) break;
      ending = this.step(builder, word);
    }
    const written = this.memory.restore();
    remove();
    return { ending, state, written };
  }

  private step(builder: BigIntBuilder, word: number): Ending {
    const result = decode(word);
    if (result.kind !== 'instruction') return result.kind;
    builder.begin(result.decoded);
    try {
      if (result.decoded.compute) builder.compute();
      else result.instruction.execute(builder, result.decoded.form);
    } catch (error) {
      if (error instanceof Fault) return 'fault';
      if (error instanceof LeftToHost) return 'host';
      throw error;
    }
    if (builder.isHost) return 'host';
    builder.state.pc = builder.nextPc;
    return 'executed';
  }
}
