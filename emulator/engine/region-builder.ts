import { DISCARD, type InlineRegister, ZERO } from '../a64/instruction.ts';
import { EXIT, OFFSET, TLB, TLB_BANK_BYTES } from '../cpu-state.ts';
import type { FunctionBody } from '../wasm/module.ts';
import { INLINE_ZEROING, inlineReadBit } from '../system/inline-access.ts';
import { ZERO_BLOCK_BYTES } from '../system/features.ts';
import type { AccessKind, Size, Slot } from './builder.ts';
import { type I32, type I64, type V128, constant } from './expression.ts';
import type { RegionInstruction } from './region-formation.ts';
import { GO_ON } from './slow-access.ts';
import { RegionVectors } from './region-vectors.ts';

/** Parameters of a region's function. */
export const REGION_BUDGET = 0;
export const REGION_ENTRY = 1;

/** Indices of the imported functions. */
export const REGION_IMPORT_HOST = 0;
export const REGION_IMPORT_SETTLE = 1;

/** Indices of its globals: the mapping that it was made under, which its owner writes, and {@link RegionBuilder.followPointer}'s addend. */
export const REGION_GLOBAL_GENERATION = 0;
const REGION_GLOBAL_ADDEND = 1;
/** How often it was entered, if that is counted. */
export const REGION_GLOBAL_CALLS = 2;

const LOAD_UNSIGNED = ['i64.load8_u', 'i64.load16_u', 'i64.load32_u', 'i64.load'];
const LOAD_SIGNED = ['i64.load8_s', 'i64.load16_s', 'i64.load32_s', 'i64.load'];
const STORE = ['i64.store8', 'i64.store16', 'i64.store32', 'i64.store'];

/** How a region accesses memory. */
export interface RegionAccess {
  /** No access may be unaligned (OFFSET.STRICT_ALIGNMENT); else any may, on the pages that the TLB knows. */
  readonly isStrict: boolean;
  /** The one address of the TLB bank that it runs with (OFFSET.TLB_READ); absent: any. */
  readonly tlb: number | undefined;
}

/** Registers of a loop that are written to the register block where it is left only; `pointers`: those that pointers may be loaded into. */
export interface Kept {
  readonly general: readonly number[];
  readonly vectors: readonly number[];
  readonly pointers: ReadonlySet<number>;
}

/**
 * Semantics → code of a region. General registers live in WebAssembly locals and are written through to the register block before anything
 * that can leave, so that leaving only stores the PC; V registers stay in the block.
 */
export class RegionBuilder extends RegionVectors {
  protected override readonly settleFunction: number = REGION_IMPORT_SETTLE;
  private readonly registers = new Map<number, I64>();
  private readonly registerLocals = new Set<number>();
  private readonly dirty = new Set<number>();
  /** Address of the bank for reads; the one for writes follows it. */
  private readonly tlb: I32;
  /** Instructions of this block that have been charged and not been executed, the present one included. */
  private charged = 0;
  /** Set by `branch` and `jumpIndirect` for the translator, which ends the block. */
  branchCondition: I32 | undefined;
  indirectTarget: I64 | undefined;

  private readonly isStrict: boolean;
  /** The addend that a followed pointer's page will have, see {@link followPointer}. */
  private readonly expectedAddend: I32;

  constructor(body: FunctionBody, registers: readonly number[], vectors: Iterable<number>, access: RegionAccess) {
    super(body, vectors);
    this.isStrict = access.isStrict;
    this.expectedAddend = this.local('i32', body.local('i32'));
    for (const register of registers) {
      const local = body.local('i64');
      this.registers.set(register, this.local('i64', local));
      this.registerLocals.add(local);
    }
    this.tlb = access.tlb === undefined ? this.local('i32', body.local('i32')) : this.i32(access.tlb);
  }

  /** At the region's start: everything that it uses comes into locals. `withTlb`: it accesses memory; `withPointers`: it follows pointers. */
  loadState(withTlb: boolean, withPointers: boolean): void {
    for (const [register, local] of this.registers) this.assign(local, this.field64(OFFSET.X + register * 8));
    this.loadVectors();
    if (withPointers) this.assign(this.expectedAddend, this.global(REGION_GLOBAL_ADDEND));
    if (withTlb && constant(this.tlb) === undefined) this.assign(this.tlb, this.field32(OFFSET.TLB_READ));
  }

  global(index: number): I32 {
    return { type: 'i32', op: 'global.get', operands: [], immediate: index };
  }
  budget(): I32 {
    return this.local('i32', REGION_BUDGET);
  }
  /** Signed: value < limit. */
  binaryLess(value: I32, limit: number): I32 {
    return this.ltS(value, this.i32(limit));
  }

  /** @param charged see {@link RegionBuilder.charged} */
  begin(instruction: RegionInstruction, charged: number): void {
    this.current = instruction;
    this.charged = charged;
    this.releaseTemporaries();
  }

  /** Where the region's places count from. */
  regionBase = 0n;
  private address(): bigint {
    return this.regionBase + BigInt(this.current.place);
  }

  // --- registers --------------------------------------------------------------------------------------------------------------------

  private register(slot: Slot, next: number): number {
    return (this.current.decoded[slot] ?? ZERO) + next;
  }
  override x(slot: Slot, next = 0): I64 {
    const register = this.register(slot, next);
    return register === ZERO ? this.i64(0) : (this.registers.get(register) as I64);
  }
  override w(slot: Slot, next = 0): I32 {
    return this.wrap(this.x(slot, next));
  }
  protected override isRegister(local: number): boolean {
    return this.registerLocals.has(local);
  }
  private setRegister(register: number, value: I64): void {
    const local = this.registers.get(register) as I64;
    this.registerChanges(Number(local.immediate));
    this.assign(local, value);
    this.dirty.add(register);
  }
  override setX(slot: Slot, value: I64, next = 0): void {
    const register = (this.current.decoded[slot] ?? DISCARD) + next;
    if (register !== DISCARD && register !== ZERO) this.setRegister(register, value);
  }
  override setLink(): void {
    this.setRegister(30, this.i64(this.address() + 4n));
  }
  override imm(): I64 {
    return this.i64(this.current.decoded.imm ?? 0n);
  }
  override imm32(): I32 {
    return this.i32(Number(BigInt.asIntN(32, this.current.decoded.imm ?? 0n)));
  }
  override imm2(): I32 {
    return this.i32(this.current.decoded.imm2 ?? 0);
  }
  override pc(): I64 {
    return this.i64(this.address());
  }
  override pcPage(): I64 {
    return this.i64(this.address() & ~0xfffn);
  }
  kept: Kept | undefined;
  private toBlock(register: number): void {
    this.setField64(OFFSET.X + register * 8, this.registers.get(register) as I64);
  }
  /** Where a loop ends: its registers go to the register block. */
  writeKept(): void {
    for (const register of this.kept?.general ?? []) this.toBlock(register);
    for (const register of this.kept?.vectors ?? []) this.vectorToBlock(register);
  }
  /** Registers written since the last time go to the register block. */
  writeThrough(): void {
    this.writeVectorsThrough(this.kept !== undefined);
    if (this.dirty.size === 0) return;
    if (!this.kept) for (const register of this.dirty) this.toBlock(register);
    this.dirty.clear();
  }

  // --- leaving ----------------------------------------------------------------------------------------------------------------------

  /** Returns from the region; registers are written through already. @param unexecuted charged instructions that were not executed */
  leave(pc: I64, exit: number, unexecuted = 0): void {
    this.writeKept();
    if (this.flags.kind !== 'cells') this.callSettle();
    this.setField64(OFFSET.PC, pc);
    this.setField32(OFFSET.EXIT, this.i32(exit));
    this.body.localGet(REGION_BUDGET);
    if (unexecuted !== 0) {
      this.body.i32Const(unexecuted);
      this.body.op('i32.add');
    }
    this.body.op('return');
  }
  /** Leaves before the present instruction, for the interpreter to execute it. */
  private leaveForInterpreter(): void {
    this.leave(this.pc(), EXIT.REGION_COLD, this.charged);
  }
  protected override leaveForSpAlignment(): void {
    this.leaveForInterpreter();
  }
  override base(slot: Slot, isStackPointer: boolean): I64 {
    if (isStackPointer) this.writeThrough();
    return super.base(slot, isStackPointer);
  }

  // --- memory -----------------------------------------------------------------------------------------------------------------------

  /** Where the TLB entry of an address is: an address and a constant offset from it. */
  private tlbEntry(address: I64, write: boolean): [entry: I32, offset: number] {
    const index = this.and(this.shrU(this.wrap(address), this.i32(8)), this.i32((TLB.ENTRIES - 1) * TLB.BYTES));
    const bank = write ? TLB_BANK_BYTES : 0;
    const known = constant(this.tlb);
    return known === undefined ? [this.let(this.add(index, this.tlb)), bank] : [this.let(index), Number(known) + bank];
  }
  /**
   * Address in this memory of `total` bytes on one page, or leaves. They are aligned to 2^alignment, or may be unaligned unless `mustAlign`.
   */
  private hostAddress(address: I64, alignment: number, write: boolean, total = 2 ** alignment, mustAlign = false): I32 {
    this.writeThrough();
    const [entry, offset] = this.tlbEntry(address, write);
    const difference = this.let(this.xor(address, this.loadFrom('i64', 'i64.load', entry, offset + TLB.TAG)));
    let misses: I32;
    if (this.isStrict || mustAlign) {
      // Low bits that must be zero are rotated to the top, where they make any number too large.
      if (total > 2 ** alignment) misses = this.gtU(this.rotr(difference, this.i64(alignment)), this.i64((4096 - total) / 2 ** alignment));
      else misses = this.nez(this.and(difference, this.i64(~BigInt(0xfff & ~(2 ** alignment - 1)))));
    } else misses = this.gtU(difference, this.i64(4096 - total));
    this.when(misses, () => this.leaveForInterpreter());
    const addend = this.loadFrom('i32', 'i32.load', entry, offset + TLB.ADDEND);
    const isPointer = !write && this.kept?.pointers.has(this.current.decoded.n ?? DISCARD) === true;
    return isPointer ? this.followPointer(address, addend) : this.add(addend, this.wrap(address));
  }
  /**
   * A loop over linked data waits for one load after the other. So that the TLB entry is not one of them, the addend is taken to be that of
   * other pages, as it is where memory is mapped in one piece, and only compared with the entry's. The expected one stays the same until the
   * region is entered anew: where pages lie scattered the host's processor gets used to it that it is wrong.
   */
  private followPointer(address: I64, entryAddend: I32): I32 {
    const addend = this.let(entryAddend);
    const host = this.let(this.add(this.wrap(address), this.expectedAddend));
    this.when(this.ne(addend, this.expectedAddend), () => {
      this.emit(addend);
      this.body.opU32('global.set', REGION_GLOBAL_ADDEND);
      this.assign(host, this.add(this.wrap(address), addend));
    });
    return host;
  }
  override load(size: 0 | 1 | 2 | 3, signed: boolean, address: I64, kind?: AccessKind): I64 {
    this.refuseUnprivileged(kind);
    const host = this.hostAddress(this.let(address), size, false, 2 ** size, kind?.aligned);
    return this.let(this.loadFrom('i64', (signed ? LOAD_SIGNED : LOAD_UNSIGNED)[size], host));
  }
  override store(size: 0 | 1 | 2 | 3, address: I64, value: I64, kind?: AccessKind): void {
    this.refuseUnprivileged(kind);
    this.storeTo(STORE[size], this.hostAddress(this.let(address), size, true, 2 ** size, kind?.aligned), value);
  }
  override loadPair(size: 2 | 3, signed: boolean, address: I64, kind?: AccessKind): [I64, I64] {
    this.refuseUnprivileged(kind);
    const host = this.let(this.hostAddress(this.let(address), size, false, 2 ** (size + 1), kind?.aligned));
    const op = (signed ? LOAD_SIGNED : LOAD_UNSIGNED)[size];
    return [this.let(this.loadFrom('i64', op, host)), this.let(this.loadFrom('i64', op, host, 2 ** size))];
  }
  override storePair(size: 2 | 3, address: I64, first: I64, second: I64, kind?: AccessKind): void {
    this.refuseUnprivileged(kind);
    const host = this.let(this.hostAddress(this.let(address), size, true, 2 ** (size + 1), kind?.aligned));
    this.storeTo(STORE[size], host, first);
    this.storeTo(STORE[size], host, second, 2 ** size);
  }
  override atomic(size: 0 | 1 | 2 | 3, address: I64, update: (old: I64) => I64): I64 {
    const host = this.let(this.hostAddress(this.let(address), size, true, 2 ** size, true));
    const old = this.let(this.loadFrom('i64', LOAD_UNSIGNED[size], host));
    this.storeTo(STORE[size], host, update(old));
    return old;
  }
  override compareAndSwapPair(size: 2 | 3, address: I64, expected: readonly [I64, I64], replacement: readonly [I64, I64]): [I64, I64] {
    const host = this.let(this.hostAddress(this.let(address), size + 1, true, 2 ** (size + 1), true));
    const first = this.let(this.loadFrom('i64', LOAD_UNSIGNED[size], host));
    const second = this.let(this.loadFrom('i64', LOAD_UNSIGNED[size], host, 2 ** size));
    this.when(this.and(this.eq(first, expected[0]), this.eq(second, expected[1])), () => {
      this.storeTo(STORE[size], host, replacement[0]);
      this.storeTo(STORE[size], host, replacement[1], 2 ** size);
    });
    return [first, second];
  }
  /** The local monitor is the interpreter's business. */
  override loadExclusive(): I64[] {
    throw new Error(ONLY_INTERPRETED);
  }
  override storeExclusive(): I32 {
    throw new Error(ONLY_INTERPRETED);
  }
  private refuseUnprivileged(kind: AccessKind | undefined): void {
    if (kind?.unprivileged) throw new Error(ONLY_INTERPRETED);
  }

  // --- V registers ------------------------------------------------------------------------------------------------------------------

  override systemRegister(name: InlineRegister): I64 {
    this.writeThrough();
    this.when(this.eqz(this.allows(inlineReadBit(name))), () => this.leaveForInterpreter());
    return this.let(this.storedSystemRegister(name));
  }
  override setInterruptMasks(change: (old: I64) => I64, clears: boolean): void {
    this.writeThrough();
    this.when(this.masksAreHosts(clears), () => this.leaveForInterpreter());
    this.storeSystemRegister('DAIF', change(this.storedSystemRegister('DAIF')));
  }
  override maintainCache(): void {
    throw new Error(ONLY_INTERPRETED);
  }
  override zeroBlock(address: I64): void {
    const host = this.hostAddress(this.let(this.and(address, this.i64(-ZERO_BLOCK_BYTES))), 4, true, ZERO_BLOCK_BYTES);
    this.when(this.isStrict ? this.i32(1) : this.eqz(this.allows(INLINE_ZEROING)), () => this.leaveForInterpreter());
    this.storeZeroBlock(this.let(host));
  }
  override checkFloatingPoint(): void {
    this.writeThrough();
    this.when(this.field32(OFFSET.FP_TRAP), () => this.leaveForInterpreter());
  }
  /** Leaves where there is something to compute: that is the interpreter's. */
  override orCompute(condition: I32, fast: () => void): void {
    this.writeThrough();
    this.when(this.eqz(condition), () => this.leaveForInterpreter());
    fast();
  }
  override compute(): void {
    throw new Error(ONLY_INTERPRETED);
  }
  override loadVector(bytes: 8 | 16, size: Size, address: I64): V128 {
    const host = this.hostAddress(this.let(address), size, false, bytes);
    return this.let(this.loadFrom('v128', bytes === 16 ? 'v128.load' : 'v128.load64_zero', host));
  }
  override storeVector(bytes: 8 | 16, size: Size, address: I64, value: V128): void {
    const host = this.hostAddress(this.let(address), size, true, bytes);
    if (bytes === 16) this.storeTo('v128.store', host, value);
    else this.storeTo('i64.store', host, this.lowHalf(value));
  }

  // --- control: the translator ends blocks ------------------------------------------------------------------------------------------

  override jump(): void {}
  override branch(condition: I32): void {
    this.branchCondition = condition;
  }
  override jumpIndirect(target: I64): void {
    this.indirectTarget = target;
  }
  /** The host may take control elsewhere; else only the instruction's general register may have changed. */
  override host(): void {
    this.writeThrough();
    this.settleFlags();
    this.setField64(OFFSET.PC, this.pc());
    this.setField32(OFFSET.BUDGET, this.add(this.budget(), this.i32(this.charged)));
    this.body.i32Const(this.current.word);
    this.body.opU32('call', REGION_IMPORT_HOST);
    const status = this.temporary('i32');
    this.body.opU32('local.set', Number(status.immediate));
    this.when(status, () => {
      this.when(this.eq(status, this.i32(GO_ON)), () => this.setField32(OFFSET.EXIT, this.i32(EXIT.REGION)));
      this.emit(this.field32(OFFSET.BUDGET));
      this.body.op('return');
    });
    const register = this.current.word & 31;
    if (register !== ZERO) this.assign(this.registers.get(register) as I64, this.field64(OFFSET.X + register * 8));
  }
}

const ONLY_INTERPRETED = 'this instruction is only interpreted';
