import type { InlineRegister } from '../a64/instruction.ts';
import { OFFSET, STATE } from '../cpu-state.ts';
import type { FunctionBody } from '../wasm/module.ts';
import { INLINE_MASKING, INLINE_REGISTER_SLOT } from '../system/inline-access.ts';
import { ZERO_BLOCK_BYTES } from '../system/features.ts';
import { Builder, type Slot } from './builder.ts';
import { type Expression, type I32, type I64, type Int, type ValueType, isConstant } from './expression.ts';

/** The parts of a {@link Builder} that every engine generating WebAssembly shares: expressions, temporaries, flags in their memory cells. */
export abstract class WasmBuilder extends Builder {
  readonly body: FunctionBody;
  private readonly pools: Record<ValueType, Expression[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  private readonly used: Record<ValueType, number> = { i32: 0, i64: 0, f32: 0, f64: 0, v128: 0 };

  constructor(body: FunctionBody) {
    super();
    this.body = body;
  }

  // --- emission ---------------------------------------------------------------------------------------------------------------------

  emit(expression: Expression): void {
    const { op, operands, immediate } = expression;
    const { body } = this;
    if (op === 'local.get') return body.localGet(immediate as number);
    if (op === 'i32.const') return body.i32Const(immediate as number);
    if (op === 'lazy') {
      const [condition, whenTrue, whenFalse] = operands;
      this.emit(condition);
      body.block('if', expression.type);
      this.emit(whenTrue);
      body.op('else');
      this.emit(whenFalse);
      body.op('end');
      return;
    }
    for (let index = 0; index < operands.length; index++) this.emit(operands[index]);
    body.instruction(op, immediate, expression.bytes);
  }

  /** A fresh temporary, free again at the next instruction ({@link releaseTemporaries}). */
  temporary<T extends ValueType>(type: T): Expression<T> {
    const pool = this.pools[type];
    const index = this.used[type]++;
    if (index === pool.length) pool.push(this.local(type, this.body.local(type)));
    return pool[index] as Expression<T>;
  }
  releaseTemporaries(): void {
    const { used } = this;
    used.i32 = used.i64 = used.f32 = used.f64 = used.v128 = 0;
  }
  local<T extends ValueType>(type: T, index: number): Expression<T> {
    return { type, op: 'local.get', operands: [], immediate: index };
  }
  assign(local: Expression, value: Expression): void {
    this.emit(value);
    this.body.localSet(local.immediate as number);
  }
  override let<T extends ValueType>(value: Expression<T>): Expression<T> {
    if (isConstant(value)) return value;
    const temporary = this.temporary(value.type);
    this.assign(temporary, value);
    return temporary;
  }

  /** Value in memory at `address` + `offset`; `op` is a WebAssembly load. */
  loadFrom<T extends ValueType>(type: T, op: string, address: I32, offset = 0): Expression<T> {
    return { type, op, operands: [address], immediate: offset };
  }
  storeTo(op: string, address: I32, value: Expression, offset = 0): void {
    this.emit(address);
    this.emit(value);
    this.body.access(op, offset);
  }
  /** A field of the running PE's register block. */
  field32(offset: number): I32 {
    return this.loadFrom('i32', 'i32.load', this.i32(0), STATE + offset);
  }
  field64(offset: number): I64 {
    return this.loadFrom('i64', 'i64.load', this.i32(0), STATE + offset);
  }
  setField32(offset: number, value: I32): void {
    this.storeField('i32.store', offset, value);
  }
  setField64(offset: number, value: I64): void {
    this.storeField('i64.store', offset, value);
  }
  private storeField(op: string, offset: number, value: Expression): void {
    this.body.i32Const(0);
    this.emit(value);
    this.body.access(op, STATE + offset);
  }
  /** `then` runs when the condition holds. */
  when(condition: I32, then: () => void, otherwise?: () => void): void {
    this.emit(condition);
    this.body.block('if');
    then();
    if (otherwise) {
      this.body.op('else');
      otherwise();
    }
    this.body.op('end');
  }

  // --- flags ------------------------------------------------------------------------------------------------------------------------

  private setFlags(n: I64, z: I64, c: I32, v: I64): void {
    this.setField64(OFFSET.N, n);
    this.setField64(OFFSET.Z, z);
    this.setField32(OFFSET.C, c);
    this.setField64(OFFSET.V_FLAG, v);
  }
  private additionFlags(a: Int, b: Int): [I64, I64, I32, I64] {
    const result = this.let(this.add(a, b));
    const n = this.let(this.signExtend(result));
    return [n, n, this.ltU(result, a), this.signExtend(this.and(this.xor(result, a), this.xor(result, b)))];
  }
  private subtractionFlags(a: Int, b: Int): [I64, I64, I32, I64] {
    const result = this.let(this.sub(a, b));
    const n = this.let(this.signExtend(result));
    return [n, n, this.geU(a, b), this.signExtend(this.and(this.xor(a, b), this.xor(a, result)))];
  }
  override flagsAdd(a: Int, b: Int): void {
    this.setFlags(...this.additionFlags(this.let(a), this.let(b)));
  }
  override flagsSub(a: Int, b: Int): void {
    this.setFlags(...this.subtractionFlags(this.let(a), this.let(b)));
  }
  override flagsLogic(result: Int): void {
    const n = this.let(this.signExtend(result));
    this.setFlags(n, n, this.i32(0), this.i64(0));
  }
  override flagsAddWithCarry(a: Int, b: Int, carry: I32, result: Int): void {
    const r = this.let(result);
    const [x, y] = [this.let(a), this.let(b)];
    const carryOut = this.let(this.select(carry, this.leU(r, x), this.ltU(r, x)));
    const n = this.let(this.signExtend(r));
    this.setFlags(n, n, carryOut, this.signExtend(this.and(this.xor(r, x), this.xor(r, y))));
  }
  override flagsConditional(condition: I32, subtract: boolean, a: Int, b: Int, nzcv: I32): void {
    const holds = this.let(condition);
    const [x, y] = [this.let(a), this.let(b)];
    this.when(
      holds,
      () => this.setFlags(...(subtract ? this.subtractionFlags(x, y) : this.additionFlags(x, y))),
      () => this.setNzcv(nzcv),
    );
  }
  override setNzcv(nzcv: I32): void {
    const bits = this.let(nzcv);
    const bit = (n: number): I32 => this.and(this.shrU(bits, this.i32(n)), this.i32(1));
    this.setFlags(
      this.neg(this.zeroExtend(bit(3))),
      this.zeroExtend(this.xor(bit(2), this.i32(1))),
      bit(1),
      this.neg(this.zeroExtend(bit(0))),
    );
  }
  override nzcv(): I32 {
    const n = this.shl(this.ltS(this.field64(OFFSET.N), this.i64(0)), this.i32(3));
    const z = this.shl(this.eqz(this.field64(OFFSET.Z)), this.i32(2));
    const c = this.shl(this.carry(), this.i32(1));
    const v = this.ltS(this.field64(OFFSET.V_FLAG), this.i64(0));
    return this.or(this.or(n, z), this.or(c, v));
  }
  override carry(): I32 {
    return this.field32(OFFSET.C);
  }
  override condition(cond: number): I32 {
    const n = (): I64 => this.field64(OFFSET.N);
    const z = (): I64 => this.field64(OFFSET.Z);
    const v = (): I64 => this.field64(OFFSET.V_FLAG);
    const negative = (value: I64): I32 => this.ltS(value, this.i64(0));
    const notNegative = (value: I64): I32 => this.geS(value, this.i64(0));
    const differ = (): I64 => this.xor(n(), v());
    const clear = cond & 1;
    switch (cond >> 1) {
      case 0:
        return clear ? this.nez(z()) : this.eqz(z());
      case 1:
        return clear ? this.eqz(this.carry()) : this.carry();
      case 2:
        return clear ? notNegative(n()) : negative(n());
      case 3:
        return clear ? notNegative(v()) : negative(v());
      case 4:
        return clear ? this.or(this.eqz(this.carry()), this.eqz(z())) : this.and(this.carry(), this.nez(z()));
      case 5:
        return clear ? negative(differ()) : notNegative(differ());
      case 6:
        return clear ? this.or(negative(differ()), this.eqz(z())) : this.and(notNegative(differ()), this.nez(z()));
      default:
        return this.i32(1);
    }
  }

  /** Whether generated code may do what has this bit of OFFSET.INLINE_ACCESS. */
  protected allows(bit: number): I32 {
    return this.and(this.field32(OFFSET.INLINE_ACCESS), this.i32(bit));
  }
  protected storedSystemRegister(name: InlineRegister): I64 {
    return this.loadFrom('i64', 'i64.load', this.field32(OFFSET.SYSTEM_REGISTERS), INLINE_REGISTER_SLOT[name] * 8);
  }
  protected storeSystemRegister(name: InlineRegister, value: I64): void {
    this.storeTo('i64.store', this.field32(OFFSET.SYSTEM_REGISTERS), value, INLINE_REGISTER_SLOT[name] * 8);
  }
  /** Where the host has to change PSTATE.DAIF. */
  protected masksAreHosts(clears: boolean): I32 {
    const refused = this.eqz(this.allows(INLINE_MASKING));
    return clears ? this.or(refused, this.field32(OFFSET.INTERRUPTS)) : refused;
  }
  /** Zeros at an address in this memory. */
  protected storeZeroBlock(host: I32): void {
    for (let offset = 0; offset < ZERO_BLOCK_BYTES; offset += 16) this.storeTo('v128.store', host, this.v128(0n), offset);
  }

  override base(slot: Slot, isStackPointer: boolean): I64 {
    const value = this.let(this.x(slot));
    if (isStackPointer) {
      this.when(this.and(this.wrap(value), this.field32(OFFSET.SP_ALIGNMENT)), () => this.leaveForSpAlignment());
    }
    return value;
  }
  /** Leaves before the instruction: SP is not aligned. */
  protected abstract leaveForSpAlignment(): void;

  override clearExclusive(): void {
    this.setField32(OFFSET.MONITOR_SIZE, this.i32(0));
  }
}
