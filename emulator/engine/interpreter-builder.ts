import type { InlineRegister } from '../a64/instruction.ts';
import { EXIT, OFFSET, RECORD, STATE, TLB } from '../cpu-state.ts';
import type { FunctionBody } from '../wasm/module.ts';
import { INLINE_MAINTENANCE, INLINE_ZEROING, inlineReadBit, isRefusedWithException } from '../system/inline-access.ts';
import { ZERO_BLOCK_BYTES } from '../system/features.ts';
import type { AccessKind, Size, Slot } from './builder.ts';
import type { I32, I64, V128 } from './expression.ts';
import { ACCESS, IMPORT } from './slow-access.ts';
import { VectorBuilder, type VectorPlace } from './vector-builder.ts';

/** Parameter of every generated function: the address of the record being executed. */
export const R = 0;

const slotOffset: Record<Slot, number> = { d: RECORD.D, n: RECORD.N, m: RECORD.M, a: RECORD.A };

const LOAD_UNSIGNED = ['i64.load8_u', 'i64.load16_u', 'i64.load32_u', 'i64.load'];
const LOAD_SIGNED = ['i64.load8_s', 'i64.load16_s', 'i64.load32_s', 'i64.load'];
const STORE = ['i64.store8', 'i64.store16', 'i64.store32', 'i64.store'];

/** Semantics → interpreter code. The same class serves the main switch and the rare functions; they differ in where run-time state is. */
export abstract class InterpreterBuilder extends VectorBuilder {
  protected readonly slow: { load: number; store: number };
  /** The case being generated is a far variant. */
  far = false;
  /** Control has left the instruction: no `next` is needed. */
  ended = false;

  constructor(body: FunctionBody, slow: { load: number; store: number }) {
    super(body);
    this.slow = slow;
  }

  protected abstract budget(): I32;
  protected abstract recordPage(): I32;
  /** Emits what ends generated code: the instruction at `pc` comes next. */
  protected abstract leave(pc: I64, exit: number): void;
  /** Emits a return after a host function said so; OFFSET.PC, EXIT and BUDGET are set. */
  protected abstract leaveAsIs(): void;

  protected record(): I32 {
    return this.local('i32', R);
  }
  private register(slot: Slot): I32 {
    return this.loadFrom('i32', 'i32.load16_u', this.record(), slotOffset[slot]);
  }
  override x(slot: Slot, next = 0): I64 {
    return this.loadFrom('i64', 'i64.load', this.register(slot), STATE + OFFSET.X + next * 8);
  }
  override w(slot: Slot, next = 0): I32 {
    return this.loadFrom('i32', 'i32.load', this.register(slot), STATE + OFFSET.X + next * 8);
  }
  override setX(slot: Slot, value: I64, next = 0): void {
    this.storeTo('i64.store', this.register(slot), value, STATE + OFFSET.X + next * 8);
  }
  override setLink(): void {
    this.setField64(OFFSET.X + 30 * 8, this.add(this.pc(), this.i64(4)));
  }
  override imm(): I64 {
    return this.loadFrom('i64', 'i64.load', this.record(), RECORD.IMM);
  }
  override imm32(): I32 {
    return this.loadFrom('i32', 'i32.load', this.record(), RECORD.IMM);
  }
  override imm2(): I32 {
    return this.loadFrom('i32', 'i32.load', this.record(), RECORD.IMM2);
  }
  override pc(): I64 {
    return this.add(this.pcPage(), this.zeroExtend(this.shrU(this.sub(this.record(), this.recordPage()), this.i32(3))));
  }

  // --- memory -----------------------------------------------------------------------------------------------------------------------

  private accessDescriptor(size: number, kind: AccessKind | undefined): I32 {
    return this.i32(size | (kind?.aligned ? ACCESS.ALIGNED : 0) | (kind?.unprivileged ? ACCESS.UNPRIVILEGED : 0));
  }
  /** The TLB entry that a virtual address maps to. */
  private tlbEntry(address: I64, write: boolean, unprivileged = false): I32 {
    const index = this.and(this.shrU(this.wrap(address), this.i32(8)), this.i32((TLB.ENTRIES - 1) * TLB.BYTES));
    const banks = unprivileged ? [OFFSET.TLB_READ_UNPRIVILEGED, OFFSET.TLB_WRITE_UNPRIVILEGED] : [OFFSET.TLB_READ, OFFSET.TLB_WRITE];
    return this.let(this.add(index, this.field32(banks[write ? 1 : 0])));
  }
  /** Address ^ tag: below 4096 on a hit, then the offset in the page. */
  private tlbDifference(address: I64, entry: I32): I64 {
    return this.let(this.xor(address, this.loadFrom('i64', 'i64.load', entry, TLB.TAG)));
  }
  /** Not a hit, or not aligned to 2^alignment. */
  private misses(difference: I64, alignment: number): I32 {
    return this.nez(this.and(difference, this.i64(~BigInt(0xfff & ~(2 ** alignment - 1)))));
  }
  private hostAddress(entry: I32, difference: I64): I32 {
    return this.add(this.loadFrom('i32', 'i32.load', entry, TLB.HOST), this.wrap(difference));
  }
  private slowLoad(address: I64, access: I32): void {
    for (const argument of [address, access, this.pc(), this.budget()]) this.emit(argument);
    this.body.opU32('call', this.slow.load);
    this.body.block('if');
    this.leaveAsIs();
    this.body.op('end');
  }
  private slowStore(address: I64, value: I64, access: I32): void {
    for (const argument of [address, value, access, this.pc(), this.budget()]) this.emit(argument);
    this.body.opU32('call', this.slow.store);
    this.body.block('if');
    this.leaveAsIs();
    this.body.op('end');
  }
  private slowValue(size: number, signed: boolean): I64 {
    const value = this.field64(OFFSET.SLOW_VALUE);
    return signed && size < 3 ? this.signExtendLow((8 << size) as 8 | 16 | 32, value) : value;
  }

  override load(size: 0 | 1 | 2 | 3, signed: boolean, address: I64, kind?: AccessKind): I64 {
    const va = this.let(address);
    const result = this.temporary('i64');
    const entry = this.tlbEntry(va, false, kind?.unprivileged);
    const difference = this.tlbDifference(va, entry);
    this.when(
      this.misses(difference, size),
      () => {
        this.slowLoad(va, this.accessDescriptor(size, kind));
        this.assign(result, this.slowValue(size, signed));
      },
      () => this.assign(result, this.loadFrom('i64', (signed ? LOAD_SIGNED : LOAD_UNSIGNED)[size], this.hostAddress(entry, difference))),
    );
    return result;
  }
  override store(size: 0 | 1 | 2 | 3, address: I64, value: I64, kind?: AccessKind): void {
    const va = this.let(address);
    const entry = this.tlbEntry(va, true, kind?.unprivileged);
    const difference = this.tlbDifference(va, entry);
    this.when(
      this.misses(difference, size),
      () => this.slowStore(va, value, this.accessDescriptor(size, kind)),
      () => this.storeTo(STORE[size], this.hostAddress(entry, difference), value),
    );
  }
  /** Two elements are on one page and aligned each: one check serves both. */
  private pairMisses(difference: I64, size: number): I32 {
    return this.or(this.misses(difference, size), this.gtU(this.wrap(difference), this.i32(4096 - 2 ** (size + 1))));
  }
  override loadPair(size: 2 | 3, signed: boolean, address: I64, kind?: AccessKind): [I64, I64] {
    const va = this.let(address);
    const access = this.accessDescriptor(size, kind);
    const [first, second] = [this.temporary('i64'), this.temporary('i64')];
    const entry = this.tlbEntry(va, false);
    const difference = this.tlbDifference(va, entry);
    this.when(
      this.pairMisses(difference, size),
      () => {
        this.slowLoad(va, access);
        this.assign(first, this.slowValue(size, signed));
        this.slowLoad(this.add(va, this.i64(2 ** size)), access);
        this.assign(second, this.slowValue(size, signed));
      },
      () => {
        const host = this.let(this.hostAddress(entry, difference));
        const op = (signed ? LOAD_SIGNED : LOAD_UNSIGNED)[size];
        this.assign(first, this.loadFrom('i64', op, host));
        this.assign(second, this.loadFrom('i64', op, host, 2 ** size));
      },
    );
    return [first, second];
  }
  override storePair(size: 2 | 3, address: I64, first: I64, second: I64, kind?: AccessKind): void {
    const va = this.let(address);
    const access = this.accessDescriptor(size, kind);
    const entry = this.tlbEntry(va, true);
    const difference = this.tlbDifference(va, entry);
    this.when(
      this.pairMisses(difference, size),
      () => {
        const part = this.or(access, this.i32(ACCESS.PART));
        this.slowStore(va, first, part);
        this.slowStore(this.add(va, this.i64(2 ** size)), second, part);
      },
      () => {
        const host = this.let(this.hostAddress(entry, difference));
        this.storeTo(STORE[size], host, first);
        this.storeTo(STORE[size], host, second, 2 ** size);
      },
    );
  }

  /** Where 2^size aligned bytes can be read and written. */
  private exclusiveAccessAddress(size: number, address: I64, atomic: boolean): I32 {
    const entry = this.tlbEntry(address, true);
    const difference = this.tlbDifference(address, entry);
    const host = this.temporary('i32');
    this.when(
      this.misses(difference, size),
      () => {
        this.setField64(OFFSET.PC, this.pc());
        this.setField32(OFFSET.BUDGET, this.budget());
        this.emit(address);
        this.emit(this.i32(size | ACCESS.ALIGNED | (atomic ? ACCESS.ATOMIC : 0)));
        this.body.opU32('call', IMPORT.writeAddress);
        this.body.opU32('local.tee', Number(host.immediate));
        this.body.op('i32.eqz');
        this.body.block('if');
        this.leaveAsIs();
        this.body.op('end');
      },
      () => this.assign(host, this.hostAddress(entry, difference)),
    );
    return host;
  }
  override atomic(size: 0 | 1 | 2 | 3, address: I64, update: (old: I64) => I64): I64 {
    const host = this.exclusiveAccessAddress(size, this.let(address), true);
    const old = this.let(this.loadFrom('i64', LOAD_UNSIGNED[size], host));
    this.storeTo(STORE[size], host, update(old));
    return old;
  }
  override compareAndSwapPair(size: 2 | 3, address: I64, expected: readonly [I64, I64], replacement: readonly [I64, I64]): [I64, I64] {
    const host = this.exclusiveAccessAddress(size + 1, this.let(address), true);
    const first = this.let(this.loadFrom('i64', LOAD_UNSIGNED[size], host));
    const second = this.let(this.loadFrom('i64', LOAD_UNSIGNED[size], host, 2 ** size));
    this.when(this.and(this.eq(first, expected[0]), this.eq(second, expected[1])), () => {
      this.storeTo(STORE[size], host, replacement[0]);
      this.storeTo(STORE[size], host, replacement[1], 2 ** size);
    });
    return [first, second];
  }
  override loadExclusive(size: 0 | 1 | 2 | 3, pair: boolean, address: I64): I64[] {
    const va = this.let(address);
    const total = pair ? size + 1 : size;
    const entry = this.tlbEntry(va, false);
    const difference = this.tlbDifference(va, entry);
    const values = pair ? [this.temporary('i64'), this.temporary('i64')] : [this.temporary('i64')];
    // Aligned to the whole, so both halves are on one page; the slow path checks that alignment with the first access's descriptor.
    this.when(
      this.misses(difference, total),
      () => {
        values.forEach((value, index) => {
          this.slowLoad(
            this.add(va, this.i64(index * 2 ** size)),
            this.i32(size | ACCESS.ALIGNED | (index === 0 && pair ? ACCESS.PAIR : 0)),
          );
          this.assign(value, this.slowValue(size, false));
        });
      },
      () => {
        const host = this.let(this.hostAddress(entry, difference));
        values.forEach((value, index) => this.assign(value, this.loadFrom('i64', LOAD_UNSIGNED[size], host, index * 2 ** size)));
      },
    );
    this.setField64(OFFSET.MONITOR_ADDRESS, va);
    this.setField64(OFFSET.MONITOR_VALUE, values[0]);
    if (pair) this.setField64(OFFSET.MONITOR_VALUE_HIGH, values[1]);
    this.setField32(OFFSET.MONITOR_SIZE, this.i32(2 ** total));
    return values;
  }
  override storeExclusive(size: 0 | 1 | 2 | 3, address: I64, values: readonly I64[]): I32 {
    const va = this.let(address);
    const total = values.length === 2 ? size + 1 : size;
    const host = this.exclusiveAccessAddress(total, va, false);
    const status = this.temporary('i32');
    this.assign(status, this.i32(1));
    const sameAddress = this.and(
      this.eq(this.field32(OFFSET.MONITOR_SIZE), this.i32(2 ** total)),
      this.eq(this.field64(OFFSET.MONITOR_ADDRESS), va),
    );
    const cells = [OFFSET.MONITOR_VALUE, OFFSET.MONITOR_VALUE_HIGH];
    const unchanged = values
      .map((_, index) => this.eq(this.loadFrom('i64', LOAD_UNSIGNED[size], host, index * 2 ** size), this.field64(cells[index])))
      .reduce((a, b) => this.and(a, b));
    this.when(this.and(sameAddress, unchanged), () => {
      values.forEach((value, index) => this.storeTo(STORE[size], host, value, index * 2 ** size));
      this.assign(status, this.i32(0));
    });
    this.clearExclusive();
    return status;
  }

  // --- system -----------------------------------------------------------------------------------------------------------------------

  override systemRegister(name: InlineRegister): I64 {
    const refused = this.eqz(this.allows(inlineReadBit(name)));
    if (isRefusedWithException(name)) this.takeExceptionIf(refused);
    else this.hostIf(refused);
    return this.storedSystemRegister(name);
  }
  override setInterruptMasks(change: (old: I64) => I64, clears: boolean): void {
    this.hostIf(this.masksAreHosts(clears));
    this.storeSystemRegister('DAIF', change(this.storedSystemRegister('DAIF')));
  }
  override maintainCache(address: I64): void {
    const va = this.let(address);
    const difference = this.tlbDifference(va, this.tlbEntry(va, false));
    this.hostIf(this.or(this.eqz(this.allows(INLINE_MAINTENANCE)), this.geU(difference, this.i64(4096))));
  }
  /** The host executes the instruction where the condition holds; else it goes on here. */
  private hostIf(condition: I32): void {
    this.when(condition, () => this.host());
    this.ended = false;
  }
  override zeroBlock(address: I64): void {
    const va = this.let(this.and(address, this.i64(-ZERO_BLOCK_BYTES)));
    const entry = this.tlbEntry(va, true);
    const difference = this.tlbDifference(va, entry);
    const hit = this.and(this.ltU(difference, this.i64(4096)), this.eqz(this.field32(OFFSET.STRICT_ALIGNMENT)));
    this.when(
      this.lazy(this.allows(INLINE_ZEROING), hit, this.i32(0)),
      () => this.storeZeroBlock(this.let(this.hostAddress(entry, difference))),
      () => this.host(),
    );
    this.ended = false;
  }

  // --- floating-point and Advanced SIMD ---------------------------------------------------------------------------------------------

  protected override vectorPlace(slot: Slot, next: number): VectorPlace {
    const register = this.register(slot);
    if (next === 0) return { address: register, offset: STATE };
    const fromV0 = this.add(register, this.i32(16 * next - OFFSET.V));
    return { address: this.and(fromV0, this.i32(31 * 16)), offset: STATE + OFFSET.V };
  }
  override checkFloatingPoint(): void {
    this.takeExceptionIf(this.field32(OFFSET.FP_TRAP));
  }
  /** The host takes the exception that the instruction is where the condition holds. */
  private takeExceptionIf(condition: I32): void {
    this.when(condition, () => {
      this.setField64(OFFSET.PC, this.pc());
      this.setField32(OFFSET.BUDGET, this.budget());
      this.emit(this.word());
      this.body.opU32('call', IMPORT.hostInstruction);
      this.body.op('drop');
      this.leaveAsIs();
    });
  }
  /** Of any instruction but a direct branch. */
  protected word(): I32 {
    return this.loadFrom('i32', 'i32.load', this.record(), RECORD.TARGET);
  }
  override compute(): void {
    this.emit(this.word());
    this.body.opU32('call', IMPORT.compute);
  }

  /** Not a hit, not inside the page, or unaligned where that is not allowed. */
  private vectorMisses(difference: I64, bytes: number, size: Size): I32 {
    const outside = this.gtU(difference, this.i64(4096 - bytes));
    if (size === 0) return outside;
    const unaligned = this.nez(this.and(this.wrap(difference), this.i32(2 ** size - 1)));
    return this.or(outside, this.and(unaligned, this.field32(OFFSET.STRICT_ALIGNMENT)));
  }
  /** The accesses that a vector access consists of, lowest first, where one does not do. */
  private vectorPieces(bytes: number, size: Size, piece: (offset: I32, size: 0 | 1 | 2 | 3, access: I32) => void): void {
    if (size === 4) {
      piece(this.i32(0), 3, this.i32(3 | ACCESS.PAIR));
      piece(this.i32(8), 3, this.i32(3));
      return;
    }
    const offset = this.temporary('i32');
    this.assign(offset, this.i32(0));
    this.body.block('loop');
    piece(offset, size, this.i32(size));
    this.assign(offset, this.add(offset, this.i32(2 ** size)));
    this.emit(this.ltU(offset, this.i32(bytes)));
    this.body.opU32('br_if', 0);
    this.body.op('end');
  }
  override loadVector(bytes: 8 | 16, size: Size, address: I64): V128 {
    const va = this.let(address);
    const result = this.temporary('v128');
    const entry = this.tlbEntry(va, false);
    const difference = this.tlbDifference(va, entry);
    this.when(
      this.vectorMisses(difference, bytes, size),
      () => {
        this.vectorPieces(bytes, size, (offset, pieceSize, access) => {
          this.slowLoad(this.add(va, this.zeroExtend(offset)), access);
          this.storeTo(STORE[pieceSize], offset, this.field64(OFFSET.SLOW_VALUE), STATE + OFFSET.VECTOR_PIECES);
        });
        const op = bytes === 16 ? 'v128.load' : 'v128.load64_zero';
        this.assign(result, this.loadFrom('v128', op, this.i32(0), STATE + OFFSET.VECTOR_PIECES));
      },
      () =>
        this.assign(result, this.loadFrom('v128', bytes === 16 ? 'v128.load' : 'v128.load64_zero', this.hostAddress(entry, difference))),
    );
    return result;
  }
  override storeVector(bytes: 8 | 16, size: Size, address: I64, value: V128): void {
    const va = this.let(address);
    const entry = this.tlbEntry(va, true);
    const difference = this.tlbDifference(va, entry);
    this.when(
      this.vectorMisses(difference, bytes, size),
      () => {
        this.storeTo('v128.store', this.i32(0), value, STATE + OFFSET.VECTOR_PIECES);
        this.vectorPieces(bytes, size, (offset, pieceSize, access) => {
          const piece = this.loadFrom<'i64'>('i64', LOAD_UNSIGNED[pieceSize], offset, STATE + OFFSET.VECTOR_PIECES);
          this.slowStore(this.add(va, this.zeroExtend(offset)), piece, this.or(access, this.i32(ACCESS.PART)));
        });
      },
      () => {
        const host = this.hostAddress(entry, difference);
        if (bytes === 16) this.storeTo('v128.store', host, value);
        else this.storeTo('i64.store', host, this.lowHalf(value));
      },
    );
  }

  protected override leaveForSpAlignment(): void {
    this.leave(this.pc(), EXIT.SP_ALIGNMENT);
  }
}
