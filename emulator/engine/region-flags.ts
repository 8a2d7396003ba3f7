import { OFFSET } from '../cpu-state.ts';
import type { FunctionBody } from '../wasm/module.ts';
import { conditionHolds } from '../a64/shared-pseudocode.ts';
import { type Expression, type I32, type I64, type Int, type ValueType, constant, isConstant } from './expression.ts';
import { VectorBuilder } from './vector-builder.ts';

/** What OFFSET.PENDING says: which operation's flags wait, of which width. BITS: operand A is NZCV itself. */
export const PENDING = { NONE: 0, ADD32: 1, ADD64: 2, SUBTRACT32: 3, SUBTRACT64: 4, LOGIC32: 5, LOGIC64: 6, BITS: 7 } as const;
/** In place of a pending operation: the one that the register block names. */
export const WHAT_WAITS = -1;

type Sum = { readonly kind: 'add' | 'subtract'; readonly a: Int; readonly b: Int; readonly result: Int };

/**
 * What NZCV is at a point of a region's code.
 * `waiting`: in its cells, unless OFFSET.PENDING says otherwise; `cells`: in its cells; else of an operation whose operands are in locals.
 */
export type FlagState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'cells' }
  | Sum
  | { readonly kind: 'logic'; readonly result: Int }
  | { readonly kind: 'bits'; readonly bits: I32 }
  /** Of the sum if `holds`, which is 0 or 1, else the constant `nzcv`. */
  | { readonly kind: 'conditional'; readonly holds: I32; readonly sum: Sum; readonly nzcv: number };

type Where = 'a' | 'b' | 'result';

/**
 * NZCV in regions: operations only note their operands, and conditions compare these. Where code goes on with flags from several places the
 * operands are put into the register block (OFFSET.PENDING), and the cells are computed when a region is left.
 */
export abstract class RegionFlags extends VectorBuilder {
  flags: FlagState = { kind: 'waiting' };
  private readonly flagLocals: Record<'i32' | 'i64', Record<Where, Int>>;
  private readonly holds: I32;
  /** Which temporary is a copy of which guest register's local, as it was at that version. */
  private readonly copies = new Map<Expression, { readonly of: Int; readonly version: number }>();
  private readonly versions = new Map<number, number>();
  /** Results of {@link let} in this instruction. */
  private readonly evaluated = new Set<Expression>();

  constructor(body: FunctionBody) {
    super(body);
    const some = (type: 'i32' | 'i64'): Int => this.local(type, body.local(type));
    const three = (type: 'i32' | 'i64'): Record<Where, Int> => ({ a: some(type), b: some(type), result: some(type) });
    this.flagLocals = { i32: three('i32'), i64: three('i64') };
    this.holds = this.local('i32', body.local('i32'));
  }

  /** Index of the function that computes the cells, with what `settleSignature` says. */
  protected abstract readonly settleFunction: number;
  /** Whether a local holds a guest register. */
  protected abstract isRegister(local: number): boolean;

  /** The local of a guest register that is the whole value, or whose low half is. */
  private registerOf(value: Expression): number | undefined {
    const local = value.op === 'i32.wrap_i64' ? value.operands[0] : value;
    return local.op === 'local.get' && this.isRegister(Number(local.immediate)) ? Number(local.immediate) : undefined;
  }
  private version(local: number): number {
    return this.versions.get(local) ?? 0;
  }
  override releaseTemporaries(): void {
    super.releaseTemporaries();
    if (this.copies.size > 0) this.copies.clear();
    if (this.evaluated.size > 0) this.evaluated.clear();
  }
  override let<T extends ValueType>(value: Expression<T>): Expression<T> {
    if (this.evaluated.has(value)) return value;
    const result = super.let(value);
    this.evaluated.add(result);
    const register = this.registerOf(value);
    if (register !== undefined) this.copies.set(result, { of: value as Expression as Int, version: this.version(register) });
    return result;
  }
  /** Before a guest register's local changes: flags that are made of it keep what it was. */
  protected registerChanges(local: number): void {
    this.versions.set(local, this.version(local) + 1);
    const { flags } = this;
    if (flags.kind === 'conditional') this.flags = { ...flags, sum: this.withoutRegister(flags.sum, local) };
    else if (flags.kind === 'add' || flags.kind === 'subtract') this.flags = this.withoutRegister(flags, local);
  }
  private withoutRegister(sum: Sum, local: number): Sum {
    const kept = (where: 'a' | 'b'): Int => (this.registerOf(sum[where]) === local ? this.keepIn(where, sum[where]) : sum[where]);
    return { ...sum, a: kept('a'), b: kept('b') };
  }

  // --- operations -------------------------------------------------------------------------------------------------------------------

  private keepIn(where: Where, value: Int): Int {
    const local = this.flagLocals[value.type][where];
    this.assign(local, value);
    return local;
  }
  /** Something that stays the value of an operand until the next operation: the register itself as long as it does not change. */
  private keep(where: 'a' | 'b', value: Int): Int {
    if (isConstant(value)) return value;
    const copy = this.copies.get(value);
    if (copy && this.version(this.registerOf(copy.of) as number) === copy.version) return copy.of;
    return this.keepIn(where, value);
  }
  private sum(kind: 'add' | 'subtract', a: Int, b: Int): Sum {
    const [x, y] = [this.let(a), this.let(b)];
    const result = this.keepIn('result', kind === 'add' ? this.add(x, y) : this.sub(x, y));
    return { kind, a: this.keep('a', x), b: this.keep('b', y), result };
  }
  override flagsAdd(a: Int, b: Int): void {
    this.flags = this.sum('add', a, b);
  }
  override flagsSub(a: Int, b: Int): void {
    this.flags = this.sum('subtract', a, b);
  }
  override flagsLogic(result: Int): void {
    this.flags = { kind: 'logic', result: this.keepIn('result', result) };
  }
  override flagsAddWithCarry(a: Int, b: Int, carry: I32, result: Int): void {
    super.flagsAddWithCarry(a, b, carry, result);
    this.setField32(OFFSET.PENDING, this.i32(PENDING.NONE));
    this.flags = { kind: 'cells' };
  }
  override flagsConditional(condition: I32, subtract: boolean, a: Int, b: Int, nzcv: I32): void {
    this.assign(this.holds, condition);
    this.flags = {
      kind: 'conditional',
      holds: this.holds,
      sum: this.sum(subtract ? 'subtract' : 'add', a, b),
      nzcv: Number(constant(nzcv)),
    };
  }
  override setNzcv(nzcv: I32): void {
    const bits = this.flagLocals.i32.a as I32;
    this.assign(bits, nzcv);
    this.flags = { kind: 'bits', bits };
  }

  // --- the cells --------------------------------------------------------------------------------------------------------------------

  /** What `settle` is to be told, on its parameters. */
  private pending(): [a: I64, b: I64, pending: I32] {
    const { flags } = this;
    const zero = this.i64(0);
    const wide = (value: Int): I64 => (value.op === 'i32.wrap_i64' ? (value.operands[0] as I64) : this.zeroExtend(value));
    const by = (value: Int, for32: number, for64: number): I32 => this.i32(value.type === 'i32' ? for32 : for64);
    const ofSum = ({ kind, a, b }: Sum): [I64, I64, I32] => [
      wide(a),
      wide(b),
      kind === 'add' ? by(a, PENDING.ADD32, PENDING.ADD64) : by(a, PENDING.SUBTRACT32, PENDING.SUBTRACT64),
    ];
    switch (flags.kind) {
      case 'waiting':
      case 'cells':
        return [zero, zero, this.i32(WHAT_WAITS)];
      case 'logic':
        return [wide(flags.result), zero, by(flags.result, PENDING.LOGIC32, PENDING.LOGIC64)];
      case 'bits':
        return [wide(flags.bits), zero, this.i32(PENDING.BITS)];
      case 'conditional': {
        const [a, b, pending] = ofSum(flags.sum);
        const { holds } = flags;
        return [this.select(holds, a, this.i64(flags.nzcv)), b, this.select(holds, pending, this.i32(PENDING.BITS))];
      }
      default:
        return ofSum(flags);
    }
  }
  /** The operands go to the register block: afterwards the flags are the same from wherever control comes. */
  deferFlags(): void {
    if (this.flags.kind === 'waiting' || this.flags.kind === 'cells') return;
    const [a, b, pending] = this.pending();
    this.setField64(OFFSET.PENDING_A, a);
    this.setField64(OFFSET.PENDING_B, b);
    this.setField32(OFFSET.PENDING, pending);
    this.flags = { kind: 'waiting' };
  }
  /** NZCV goes to its cells. */
  settleFlags(): void {
    if (this.flags.kind === 'cells') return;
    if (this.flags.kind === 'waiting') this.when(this.field32(OFFSET.PENDING), () => this.callSettle());
    else this.callSettle();
    this.flags = { kind: 'cells' };
  }
  protected callSettle(): void {
    if (this.flags.kind === 'waiting') {
      this.body.i64Const(0);
      this.body.i64Const(0);
      this.body.i32Const(WHAT_WAITS);
    } else for (const operand of this.pending()) this.emit(operand);
    this.body.opU32('call', this.settleFunction);
  }
  /** The cells of an operation, here and now. */
  computeCells(operation: 'add' | 'subtract' | 'logic' | 'bits', a: Int, b: Int): void {
    if (operation === 'add') super.flagsAdd(a, b);
    else if (operation === 'subtract') super.flagsSub(a, b);
    else if (operation === 'logic') super.flagsLogic(a);
    else super.setNzcv(this.wrap(a));
  }

  // --- what they say ----------------------------------------------------------------------------------------------------------------

  override nzcv(): I32 {
    this.settleFlags();
    return super.nzcv();
  }
  override carry(): I32 {
    const { flags } = this;
    switch (flags.kind) {
      case 'waiting':
        this.settleFlags();
        return super.carry();
      case 'cells':
        return super.carry();
      case 'logic':
        return this.i32(0);
      case 'bits':
        return this.and(this.shrU(flags.bits, this.i32(1)), this.i32(1));
      case 'conditional':
        return this.select(flags.holds, this.carryOf(flags.sum), this.i32((flags.nzcv >> 1) & 1));
      default:
        return this.carryOf(flags);
    }
  }
  private carryOf({ kind, a, b, result }: Sum): I32 {
    return kind === 'add' ? this.ltU(result, a) : this.geU(a, b);
  }
  override condition(cond: number): I32 {
    const { flags } = this;
    if (cond >= 14) return super.condition(cond);
    switch (flags.kind) {
      case 'waiting':
        this.settleFlags();
        return super.condition(cond);
      case 'cells':
        return super.condition(cond);
      case 'logic':
        return this.conditionOfLogic(cond, flags.result);
      case 'bits':
        return this.conditionOfBits(cond, flags.bits);
      case 'conditional': {
        const ofSum = this.conditionOfSum(cond, flags.sum);
        return conditionHolds(cond, flags.nzcv) ? this.or(this.eqz(flags.holds), ofSum) : this.and(flags.holds, ofSum);
      }
      default:
        return this.conditionOfSum(cond, flags);
    }
  }
  private conditionOfBits(cond: number, bits: I32): I32 {
    const bit = (n: number): I32 => this.and(this.shrU(bits, this.i32(n)), this.i32(1));
    const differ = (): I32 => this.and(this.xor(this.shrU(bits, this.i32(3)), bits), this.i32(1));
    const zero = (): I32 => this.and(bits, this.i32(4));
    const inverted = cond & 1;
    switch (cond >> 1) {
      case 0:
        return inverted ? this.eqz(zero()) : bit(2);
      case 1:
        return inverted ? this.eqz(bit(1)) : bit(1);
      case 2:
        return inverted ? this.eqz(bit(3)) : bit(3);
      case 3:
        return inverted ? this.eqz(bit(0)) : bit(0);
      case 4:
        return inverted ? this.ne(this.and(bits, this.i32(6)), this.i32(2)) : this.eq(this.and(bits, this.i32(6)), this.i32(2));
      case 5:
        return inverted ? differ() : this.eqz(differ());
      default:
        return inverted ? this.nez(this.or(zero(), differ())) : this.eqz(this.or(zero(), differ()));
    }
  }
  /** C = V = 0 */
  private conditionOfLogic(cond: number, result: Int): I32 {
    const zero = this.int(result.type === 'i64' ? 1 : 0, 0);
    const inverted = cond & 1;
    switch (cond >> 1) {
      case 0:
        return inverted ? this.nez(result) : this.eqz(result);
      case 1:
      case 3:
      case 4:
        return this.i32(inverted);
      case 2:
        return inverted ? this.geS(result, zero) : this.ltS(result, zero);
      case 5:
        return inverted ? this.ltS(result, zero) : this.geS(result, zero);
      default:
        return inverted ? this.binary('i32', `${result.type}.le_s`, result, zero) : this.gtS(result, zero);
    }
  }
  private conditionOfSum(cond: number, { kind, a, b, result }: Sum): I32 {
    const zero = this.int(result.type === 'i64' ? 1 : 0, 0);
    const inverted = (condition: I32): I32 => (cond & 1 ? this.eqz(condition) : condition);
    const negative = (value: Int): I32 => this.ltS(value, zero);
    switch (cond >> 1) {
      case 0:
        return cond & 1 ? this.nez(result) : this.eqz(result);
      case 2:
        return cond & 1 ? this.geS(result, zero) : negative(result);
    }
    if (kind === 'subtract') {
      switch (cond >> 1) {
        case 1:
          return cond & 1 ? this.ltU(a, b) : this.geU(a, b);
        case 3:
          return inverted(negative(this.and(this.xor(a, b), this.xor(a, result))));
        case 4:
          return cond & 1 ? this.leU(a, b) : this.gtU(a, b);
        case 5:
          return cond & 1 ? this.ltS(a, b) : this.geS(a, b);
        default:
          return cond & 1 ? this.binary('i32', `${a.type}.le_s`, a, b) : this.gtS(a, b);
      }
    }
    const carry = (): I32 => this.ltU(result, a);
    const overflow = (): Int => this.and(this.xor(result, a), this.xor(result, b));
    switch (cond >> 1) {
      case 1:
        return inverted(carry());
      case 3:
        return inverted(negative(overflow()));
      case 4:
        return inverted(this.and(carry(), this.nez(result)));
      case 5:
        return cond & 1 ? negative(this.xor(overflow(), result)) : this.geS(this.xor(overflow(), result), zero);
      default:
        return inverted(this.and(this.geS(this.xor(overflow(), result), zero), this.nez(result)));
    }
  }
}
