import { bigintFromAddress } from '../addresses.ts';
import type { FrameRegisters, Location, MemoryReader, Piece, Unplaced } from '../program.ts';
import * as c from './constants.ts';
import { type Entry, entryAt, type Expression, indexedAddress, readExpression, readNumber } from './entries.ts';
import { ops } from './operations.ts';
import { DwarfError, Reader } from './reader.ts';
import { bitsFromReal, realFromBits } from './reals.ts';
import type { Unit } from './units.ts';

/** What an expression may ask of the frame it is evaluated in. Each may throw {@link NotAvailable}. */
export interface ExpressionContext {
  readonly registers: FrameRegisters;
  readonly memory: MemoryReader;
  /** Added to addresses of the image. */
  readonly loadOffset?: bigint;
  frameBase(): bigint;
  cfa(): bigint;
  /** The value that `expression` (a register, or memory it points to) had when the function was entered. */
  entryValue(expression: Expression): bigint;
  /** The value that the caller passed for a parameter which this copy of the function does not take. */
  passedValue(parameter: Entry): bigint;
  /** Where the object is that `entry` describes. */
  /** @param find what is located; that it cannot be found counts as optimized out */
  located(find: () => Entry): Location;
  /** Where the current thread has what is `offset` bytes into the block of its thread-local variables. */
  threadLocal(offset: bigint): bigint;
}

/** The value exists no more, or nobody can tell it. Becomes `optimized-out`, or `unplaced` where there is a reason to tell. */
export class NotAvailable extends Error {
  readonly why: Unplaced | undefined;

  constructor(why?: Unplaced) {
    super();
    this.why = why;
  }
}

export const locationOfLost = (why: Unplaced | undefined): Location =>
  why === undefined ? { kind: 'optimized-out' } : { kind: 'unplaced', why };

/** Base type of a stack entry; `undefined` is the generic type: 64 bits, unspecified sign. */
interface StackType {
  readonly size: number;
  readonly isSigned: boolean;
  /** Its bits are passed on, nothing is computed with them. */
  readonly isReal: boolean;
}

interface StackEntry {
  readonly value: bigint;
  readonly type: StackType | undefined;
}

const MAXIMUM_OPERATIONS = 10_000;
const MAXIMUM_CALLS = 32;

/** The place an expression describes (§2.6). @throws DwarfError, NotAvailable */
export function evaluateLocation(expression: Expression, context: ExpressionContext, initial: readonly bigint[] = []): Location {
  if (expression.length === 0) return { kind: 'optimized-out' };
  return new Evaluation(expression, context, initial).location();
}

/** The register that an expression names, with a type or without (`DW_OP_regval_type`): what an entry value asks for. */
export function registerNamedBy({ section, offset, length }: Expression): number | undefined {
  const reader = new Reader(section, offset, offset + length);
  if (reader.remaining === 0) return undefined;
  const op = reader.u8();
  const isTyped = op === ops.regval_type || op === ops.GNU_regval_type;
  const register = op >= ops.reg0 && op < ops.breg0 ? op - ops.reg0 : op === ops.regx || isTyped ? reader.uleb() : undefined;
  if (isTyped) reader.skipLeb();
  return reader.remaining === 0 ? register : undefined;
}

/** The top of the stack, for expressions that compute a value or an address (§2.5). @throws DwarfError, NotAvailable */
export function evaluateValue(expression: Expression, context: ExpressionContext, initial: readonly bigint[] = []): bigint {
  const described = evaluateLocation(expression, context, initial);
  const location = described.kind === 'pieces' && described.pieces.length === 1 ? described.pieces[0].location : described;
  if (location.kind === 'memory') return location.address;
  if (location.kind === 'register') return registerValue(context, location.register);
  if (location.kind === 'value') return bigintFromBytes(location.bytes.subarray(0, 8));
  throw new NotAvailable();
}

function registerValue({ registers }: ExpressionContext, register: number): bigint {
  const value = registers.get(register);
  if (value === undefined) throw new NotAvailable();
  return value;
}

export function readMemory(memory: MemoryReader, address: bigint, size: number): Uint8Array {
  const bytes = memory(BigInt.asUintN(64, address), size);
  if (bytes.length < size) throw new NotAvailable();
  return bytes;
}

export function bigintFromBytes(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index]);
  return value;
}

export function bytesFromBigint(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = BigInt.asUintN(size * 8, value);
  for (let index = 0; index < size; index++) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

function indexed(unit: Expression['unit'], reader: Reader): bigint {
  if (unit === undefined) throw new DwarfError('an indexed address has no unit');
  return bigintFromAddress(indexedAddress(unit, reader.uleb()));
}

class Evaluation {
  private readonly expression: Expression;
  private readonly context: ExpressionContext;
  private readonly stack: StackEntry[];
  private readonly pieces: Piece[] = [];
  private operations = 0;
  private calls = 0;
  /** What the operations since the last piece say, if not an address on the stack. */
  private described: Location | undefined;
  /** They have asked for what nobody can tell; the pieces before and behind are there all the same. */
  private isLost = false;
  private why: Unplaced | undefined;

  constructor(expression: Expression, context: ExpressionContext, initial: readonly bigint[]) {
    this.expression = expression;
    this.context = context;
    this.stack = initial.map((value) => ({ value, type: undefined }));
  }

  location(): Location {
    this.run(this.expression);
    return this.pieces.length > 0 ? { kind: 'pieces', pieces: this.pieces } : this.simpleLocation();
  }

  private simpleLocation(): Location {
    if (this.isLost) return locationOfLost(this.why);
    if (this.described !== undefined) return this.described;
    const top = this.stack.at(-1);
    if (top === undefined || (top.type !== undefined && top.type.size > 8)) return { kind: 'optimized-out' };
    return { kind: 'memory', address: BigInt.asUintN(64, top.value) };
  }

  private run(expression: Expression): void {
    const { section, offset, length, unit } = expression;
    const reader = new Reader(section, offset, offset + length);
    while (reader.remaining > 0) {
      if (++this.operations > MAXIMUM_OPERATIONS) throw new DwarfError(`the expression at ${offset} of ${section.name} does not end`);
      this.execute(reader, unit, offset);
    }
  }

  private execute(reader: Reader, unit: Expression['unit'], start: number): void {
    const op = reader.u8();
    if (op >= ops.lit0 && op < ops.reg0) return this.push(BigInt(op - ops.lit0));
    if (op >= ops.reg0 && op < ops.breg0) return this.describeRegister(op - ops.reg0);
    if (op >= ops.breg0 && op < ops.regx) return this.pushRegister(op - ops.breg0, reader.slebBig());
    switch (op) {
      case ops.addr:
        return this.push(reader.u64() + (this.context.loadOffset ?? 0n));
      case ops.const8u:
        return this.push(reader.u64());
      case ops.const1u:
        return this.push(BigInt(reader.u8()));
      case ops.const1s:
        return this.push(BigInt(reader.i8()));
      case ops.const2u:
        return this.push(BigInt(reader.u16()));
      case ops.const2s:
        return this.push(BigInt(reader.i16()));
      case ops.const4u:
        return this.push(BigInt(reader.u32()));
      case ops.const4s:
        return this.push(BigInt(reader.i32()));
      case ops.const8s:
        return this.push(reader.i64());
      case ops.constu:
        return this.push(reader.ulebBig());
      case ops.consts:
        return this.push(reader.slebBig());
      case ops.addrx:
      case ops.GNU_addr_index:
        return this.push(indexed(unit, reader) + (this.context.loadOffset ?? 0n));
      case ops.constx:
      case ops.GNU_const_index:
        return this.push(indexed(unit, reader));
      case ops.dup:
        return this.pushEntry(this.peek(0));
      case ops.drop:
        return void this.pop();
      case ops.over:
        return this.pushEntry(this.peek(1));
      case ops.pick:
        return this.pushEntry(this.peek(reader.u8()));
      case ops.swap: {
        const [second, first] = [this.pop(), this.pop()];
        this.stack.push(second, first);
        return;
      }
      case ops.rot: {
        const [third, second, first] = [this.pop(), this.pop(), this.pop()];
        this.stack.push(third, first, second);
        return;
      }
      case ops.deref:
        return this.load(this.pop().value, 8, undefined);
      case ops.deref_size:
        return this.load(this.pop().value, reader.u8(), undefined);
      case ops.abs:
        return this.unary((value) => (value < 0n ? -value : value), true, Math.abs);
      case ops.neg:
        return this.unary(
          (value) => -value,
          false,
          (real) => -real,
        );
      case ops.not:
        return this.unary((value) => ~value);
      case ops.plus_uconst: {
        const addend = reader.ulebBig();
        return this.unary((value) => value + addend);
      }
      case ops.and:
        return this.binary((a, b) => a & b);
      case ops.or:
        return this.binary((a, b) => a | b);
      case ops.xor:
        return this.binary((a, b) => a ^ b);
      case ops.plus:
        return this.binary(
          (a, b) => a + b,
          'unsigned',
          (a, b) => a + b,
        );
      case ops.minus:
        return this.binary(
          (a, b) => a - b,
          'unsigned',
          (a, b) => a - b,
        );
      case ops.mul:
        return this.binary(
          (a, b) => a * b,
          'unsigned',
          (a, b) => a * b,
        );
      case ops.div:
        return this.binary(
          (a, b) => (this.isLost ? 0n : a / nonZero(b)),
          'signed',
          (a, b) => a / b,
        );
      case ops.mod:
        return this.binary((a, b) => (this.isLost ? 0n : a % nonZero(b)), 'unsigned');
      case ops.shl:
        return this.binary((a, b) => (b >= 64n || b < 0n ? 0n : a << b), 'unsigned');
      case ops.shr:
        return this.binary((a, b) => (b >= 64n || b < 0n ? 0n : a >> b), 'as-unsigned');
      case ops.shra:
        return this.binary((a, b) => a >> (b > 63n || b < 0n ? 63n : b), 'as-signed');
      case ops.eq:
        return this.compare((a, b) => a === b);
      case ops.ne:
        return this.compare((a, b) => a !== b);
      case ops.ge:
        return this.compare((a, b) => a >= b);
      case ops.gt:
        return this.compare((a, b) => a > b);
      case ops.le:
        return this.compare((a, b) => a <= b);
      case ops.lt:
        return this.compare((a, b) => a < b);
      case ops.bra: {
        const distance = reader.i16();
        const isTaken = this.pop().value !== 0n;
        if (this.isLost) throw new NotAvailable();
        return isTaken ? jump(reader, distance, start) : undefined;
      }
      case ops.skip:
        return jump(reader, reader.i16(), start);
      case ops.regx:
        return this.describeRegister(reader.uleb());
      case ops.bregx: {
        const register = reader.uleb();
        return this.pushRegister(register, reader.slebBig());
      }
      case ops.fbreg: {
        const offset = reader.slebBig();
        return this.pushAvailable(() => this.context.frameBase() + offset);
      }
      case ops.call_frame_cfa:
        return this.pushAvailable(() => this.context.cfa());
      case ops.form_tls_address:
      case ops.GNU_push_tls_address: {
        const { value } = this.pop();
        return this.pushAvailable(() => this.context.threadLocal(value));
      }
      case ops.nop:
      // What may not have been written yet: its bytes are shown as they are.
      case ops.GNU_uninit:
        return;
      case ops.piece:
        return this.endPiece(reader.uleb() * 8, 0);
      case ops.bit_piece: {
        const bits = reader.uleb();
        return this.endPiece(bits, reader.uleb());
      }
      case ops.implicit_value:
        this.described = { kind: 'value', bytes: reader.bytes(reader.uleb()).slice() };
        return;
      case ops.stack_value: {
        const { value, type } = this.pop();
        this.described = { kind: 'value', bytes: bytesFromBigint(value, type?.size ?? 8) };
        return;
      }
      case ops.implicit_pointer:
      case ops.GNU_implicit_pointer:
        if (unit === undefined) throw new DwarfError('DW_OP_implicit_pointer has no unit');
        this.described = this.implicitPointer(
          unit,
          unit.version <= 2 ? Number(reader.u64()) : reader.sectionOffset(unit.offsetSize),
          reader.sleb(),
        );
        return;
      case ops.entry_value:
      case ops.GNU_entry_value: {
        const length = reader.uleb();
        const expression = { unit, section: reader.section, offset: reader.skip(length), length };
        return this.pushAvailable(() => this.context.entryValue(expression));
      }
      case ops.GNU_parameter_ref: {
        const offset = reader.u32();
        if (unit === undefined) throw new DwarfError('DW_OP_GNU_parameter_ref has no unit');
        return this.pushAvailable(() => this.context.passedValue(entryAt(unit, unit.offset + offset)));
      }
      case ops.call2:
      case ops.call4: {
        const offset = op === ops.call2 ? reader.u16() : reader.u32();
        if (unit === undefined) throw new DwarfError('DW_OP_call has no unit');
        return this.call(entryAt(unit, unit.offset + offset));
      }
      case ops.call_ref: {
        if (unit === undefined) throw new DwarfError('DW_OP_call_ref has no unit');
        const offset = reader.sectionOffset(unit.offsetSize);
        return this.call(entryAt(unit.units.containing(offset), offset));
      }
      case ops.const_type:
      case ops.GNU_const_type: {
        const type = readStackType(unit, reader.uleb());
        const size = reader.u8();
        return this.pushEntry({ value: asType(bigintFromBytes(reader.bytes(size)), type), type });
      }
      case ops.regval_type:
      case ops.GNU_regval_type: {
        const register = reader.uleb();
        const type = readStackType(unit, reader.uleb());
        return this.pushEntry({
          value: asType(
            this.available(() => registerValue(this.context, register)),
            type,
          ),
          type,
        });
      }
      case ops.deref_type:
      case ops.GNU_deref_type: {
        const size = reader.u8();
        const type = readStackType(unit, reader.uleb());
        return this.load(this.pop().value, size, type);
      }
      case ops.convert:
      case ops.GNU_convert:
      case ops.reinterpret:
      case ops.GNU_reinterpret: {
        const type = readStackType(unit, reader.uleb());
        const entry = this.pop();
        const isReinterpreted = op === ops.reinterpret || op === ops.GNU_reinterpret;
        return this.pushEntry({ value: asType(isReinterpreted ? entry.value : converted(entry, type), type), type });
      }
      default:
        // DW_OP_push_object_address, address spaces …: nothing here can answer them.
        throw new NotAvailable();
    }
  }

  private implicitPointer({ units, skeleton }: Unit, entry: number, offset: number): Location {
    const { context } = this;
    // In a file of split units gcc leaves a 0, since nothing is relocated there.
    const target = (): Location =>
      skeleton === undefined ? context.located(() => entryAt(units.containing(entry), entry)) : { kind: 'optimized-out' };
    return { kind: 'implicit-pointer', target, offset };
  }
  private push(value: bigint): void {
    this.stack.push({ value: BigInt.asUintN(64, value), type: undefined });
  }
  private pushEntry(entry: StackEntry): void {
    this.stack.push(entry);
  }
  private pop(): StackEntry {
    const entry = this.stack.pop();
    if (entry === undefined)
      throw new DwarfError(`the expression at ${this.expression.offset} takes more from its stack than it has put there`);
    return entry;
  }
  private peek(depth: number): StackEntry {
    const entry = this.stack.at(-1 - depth);
    if (entry === undefined) throw new DwarfError(`the expression at ${this.expression.offset} looks below its stack`);
    return entry;
  }

  private load(address: bigint, size: number, type: StackType | undefined): void {
    if (size > 16) throw new DwarfError(`the expression at ${this.expression.offset} loads ${size} bytes`);
    const value = this.available(() => bigintFromBytes(readMemory(this.context.memory, address, size)));
    if (type === undefined) this.push(value);
    else this.pushEntry({ value: asType(value, type), type });
  }
  /** 0 for what nobody can tell. */
  private available(compute: () => bigint): bigint {
    if (this.isLost) return 0n;
    try {
      return compute();
    } catch (error) {
      if (!(error instanceof NotAvailable)) throw error;
      this.isLost = true;
      this.why = error.why;
      return 0n;
    }
  }
  private pushAvailable(compute: () => bigint): void {
    this.push(this.available(compute));
  }
  private pushRegister(register: number, offset: bigint): void {
    this.pushAvailable(() => registerValue(this.context, register) + offset);
  }

  private unary(operate: (value: bigint) => bigint, isSigned = false, operateReal?: (value: number) => number): void {
    const { value, type } = this.pop();
    if (type?.isReal) return this.pushReal(type, operateReal, value);
    this.pushEntry({ value: asType(operate(isSigned && type === undefined ? BigInt.asIntN(64, value) : value), type), type });
  }

  /** `signed`, `unsigned`: how the generic type is taken; `as-…`: how every type is taken. */
  private binary(
    operate: (a: bigint, b: bigint) => bigint,
    generic: 'signed' | 'unsigned' | 'as-signed' | 'as-unsigned' = 'unsigned',
    operateReal?: (a: number, b: number) => number,
  ): void {
    const second = this.pop();
    const { value, type } = this.pop();
    if (type?.isReal || second.type?.isReal) return this.pushReal(type, operateReal, value, second.value);
    const bits = (type?.size ?? 8) * 8;
    const operand = (operandValue: bigint) => {
      if (generic === 'as-signed' || (generic === 'signed' && type === undefined)) return BigInt.asIntN(bits, operandValue);
      if (generic === 'as-unsigned' || type === undefined) return BigInt.asUintN(bits, operandValue);
      return operandValue;
    };
    const isShift = generic === 'as-signed' || generic === 'as-unsigned';
    this.pushEntry({ value: asType(operate(operand(value), isShift ? second.value : operand(second.value)), type), type });
  }

  /** Operands of one type (§2.5.1.4). @throws NotAvailable for operations on bits, and for formats that are not computed with here */
  private pushReal(type: StackType | undefined, operate: ((...operands: number[]) => number) | undefined, ...operands: bigint[]): void {
    if (operate === undefined || !type?.isReal) throw new NotAvailable();
    const result = operate(...operands.map((operand) => available(realFromBits(operand, type.size))));
    this.pushEntry({ value: available(bitsFromReal(result, type.size)), type });
  }

  private compare(holds: (a: bigint | number, b: bigint | number) => boolean): void {
    const second = this.pop();
    const first = this.pop();
    const operand = ({ value, type }: StackEntry) =>
      type === undefined ? BigInt.asIntN(64, value) : type.isReal ? available(realFromBits(value, type.size)) : value;
    this.push(holds(operand(first), operand(second)) ? 1n : 0n);
  }

  private describeRegister(register: number): void {
    this.described = this.context.registers.has(register) ? { kind: 'register', register } : { kind: 'optimized-out' };
  }

  private endPiece(bits: number, skip: number): void {
    const isEmpty = this.described === undefined && this.stack.length === 0;
    const location: Location = isEmpty ? { kind: 'optimized-out' } : this.simpleLocation();
    this.pieces.push({ bits, skip, location });
    if (this.described === undefined) this.stack.pop();
    this.described = undefined;
    this.isLost = false;
    this.why = undefined;
  }

  private call(entry: Entry): void {
    if (++this.calls > MAXIMUM_CALLS) throw new DwarfError(`the expression at ${this.expression.offset} calls itself`);
    const expression = readExpression(entry, c.DW_AT_location);
    if (expression !== undefined) this.run(expression);
  }
}

function available<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new NotAvailable();
  return value;
}

function nonZero(divisor: bigint): bigint {
  if (divisor === 0n) throw new DwarfError('an expression divides by zero');
  return divisor;
}

function jump(reader: Reader, distance: number, start: number): void {
  const target = reader.offset + distance;
  if (target < start || target > reader.end) throw new DwarfError(`the expression at ${start} jumps to ${target}, outside of itself`);
  reader.offset = target;
}

/** The base type at `offset` of the unit; 0 is the generic type. */
function readStackType(unit: Expression['unit'], offset: number): StackType | undefined {
  if (offset === 0) return undefined;
  if (unit === undefined) throw new DwarfError('a typed operation has no unit');
  const entry = entryAt(unit, unit.offset + offset);
  const size = readNumber(entry, c.DW_AT_byte_size) ?? 8;
  const encoding = readNumber(entry, c.DW_AT_encoding);
  if (size > 16) throw new NotAvailable();
  return {
    size,
    isSigned: encoding === c.DW_ATE_signed || encoding === c.DW_ATE_signed_char,
    isReal: encoding === c.DW_ATE_float || encoding === c.DW_ATE_complex_float,
  };
}

/** DW_OP_convert: between integers the value is cut to the type afterwards. */
function converted({ value, type: from }: StackEntry, to: StackType | undefined): bigint {
  if (!from?.isReal && !to?.isReal) return value;
  const real = from?.isReal ? available(realFromBits(value, from.size)) : Number(from === undefined ? BigInt.asIntN(64, value) : value);
  if (to?.isReal) return available(bitsFromReal(real, to.size));
  if (!Number.isFinite(real)) throw new NotAvailable();
  return BigInt(Math.trunc(real));
}

function asType(value: bigint, type: StackType | undefined): bigint {
  if (type === undefined) return BigInt.asUintN(64, value);
  return type.isSigned ? BigInt.asIntN(type.size * 8, value) : BigInt.asUintN(type.size * 8, value);
}
