import { forms as allForms } from '../a64/decode.ts';
import type { Form, Instruction } from '../a64/instruction.ts';
import { EXIT, FETCH, OFFSET, RECORD, RECORDS_PER_PAGE, STATE, TLB } from '../cpu-state.ts';
import { FunctionBody, ModuleBuilder, type Signature } from '../wasm/module.ts';
import type { AccessKind, Slot } from './builder.ts';
import type { I32, I64 } from './expression.ts';
import { ACCESS, IMPORT, addSlowFunctions, hostImports } from './slow-access.ts';
import { WasmBuilder } from './wasm-builder.ts';

/**
 * The cold tier: one WebAssembly function that switches over predecoded records (`RECORD`), and one small function per rare form.
 * Two variants come from the same semantics: `fast` dispatches on RECORD.FAST and looks at the budget only where control is taken elsewhere;
 * `exact` dispatches on RECORD.ORIGINAL and stops at exactly the budget.
 */

/** Record forms that are not instructions; instruction forms follow. */
export const SPECIAL = { UNDECODED: 0, BREAKPOINT: 1, CHECK: 2, PAGE_END: 3, HOST: 4 } as const;
const FIRST_FORM = 5;

/** The fast variant returns when fewer instructions than this are left; at most this many run between two looks at the budget. */
export const FAST_RESERVE = 160;
/** Every so many records of a page the fast variant looks at the budget, so that straight-line code cannot outrun the reserve. */
export const CHECK_INTERVAL = 128;

/** Case numbers of each form: `near` = `far` except for direct branches, whose far variant leaves the page. */
export interface FormCase {
  readonly near: number;
  readonly far: number;
}

interface Case {
  readonly instruction: Instruction;
  readonly form: Form;
  readonly far: boolean;
}

/** Cases of the main switch, then the rare forms reached by `call_indirect`. */
function numberCases(): { cases: Case[]; formCases: FormCase[] } {
  const cases: Case[] = [];
  const formCases = allForms.map(({ instruction, form }): FormCase => {
    const direct = instruction.flow === 'jump' || instruction.flow === 'branch';
    const near = FIRST_FORM + cases.length;
    cases.push({ instruction, form, far: false });
    if (direct) cases.push({ instruction, form, far: true });
    return { near, far: direct ? near + 1 : near };
  });
  return { cases, formCases };
}
const { cases, formCases } = numberCases();
/** By form index of `a64/decode.ts`. */
export { formCases };
const firstRare = cases.findIndex(({ instruction }) => instruction.rare);
const hotCases = firstRare < 0 ? cases.length : firstRare;

export type Variant = 'fast' | 'exact';
/** `run(record, budget, recordPage, pcPage)` → budget left; OFFSET.PC and OFFSET.EXIT tell where and why it stopped. */
export type RunFunction = (record: number, budget: number, recordPage: number, pcPage: bigint) => number;

const runSignature: Signature = { parameters: ['i32', 'i32', 'i32', 'i64'], results: ['i32'] };
const rareSignature: Signature = { parameters: ['i32'], results: ['i32'] };

const R = 0;
const BUDGET = 1;
const RECORD_PAGE = 2;
const PC_PAGE = 3;

const slotOffset: Record<Slot, number> = { d: RECORD.D, n: RECORD.N, m: RECORD.M, a: RECORD.A };

const LOAD_UNSIGNED = ['i64.load8_u', 'i64.load16_u', 'i64.load32_u', 'i64.load'];
const LOAD_SIGNED = ['i64.load8_s', 'i64.load16_s', 'i64.load32_s', 'i64.load'];
const STORE = ['i64.store8', 'i64.store16', 'i64.store32', 'i64.store'];

/** Semantics → interpreter code. The same class serves the main switch and the rare functions; they differ in where run-time state is. */
abstract class InterpreterBuilder extends WasmBuilder {
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
  private tlbEntry(address: I64, write: boolean): I32 {
    const index = this.and(this.shrU(this.wrap(address), this.i32(8)), this.i32((TLB.ENTRIES - 1) * TLB.BYTES));
    return this.let(this.add(index, this.field32(write ? OFFSET.TLB_WRITE : OFFSET.TLB_READ)));
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
    const access = this.accessDescriptor(size, kind);
    const result = this.temporary('i64');
    const fast = (): void => {
      const entry = this.tlbEntry(va, false);
      const difference = this.tlbDifference(va, entry);
      this.when(
        this.misses(difference, size),
        () => {
          this.slowLoad(va, access);
          this.assign(result, this.slowValue(size, signed));
        },
        () => this.assign(result, this.loadFrom('i64', (signed ? LOAD_SIGNED : LOAD_UNSIGNED)[size], this.hostAddress(entry, difference))),
      );
    };
    if (kind?.unprivileged) {
      this.slowLoad(va, access);
      this.assign(result, this.slowValue(size, signed));
    } else fast();
    return result;
  }
  override store(size: 0 | 1 | 2 | 3, address: I64, value: I64, kind?: AccessKind): void {
    const va = this.let(address);
    const access = this.accessDescriptor(size, kind);
    if (kind?.unprivileged) {
      this.slowStore(va, value, access);
      return;
    }
    const entry = this.tlbEntry(va, true);
    const difference = this.tlbDifference(va, entry);
    this.when(
      this.misses(difference, size),
      () => this.slowStore(va, value, access),
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
        this.slowStore(va, first, access);
        this.slowStore(this.add(va, this.i64(2 ** size)), second, access);
      },
      () => {
        const host = this.let(this.hostAddress(entry, difference));
        this.storeTo(STORE[size], host, first);
        this.storeTo(STORE[size], host, second, 2 ** size);
      },
    );
  }

  /** Where 2^size aligned bytes can be read and written. */
  private exclusiveAccessAddress(size: number, address: I64): I32 {
    const entry = this.tlbEntry(address, true);
    const difference = this.tlbDifference(address, entry);
    const host = this.temporary('i32');
    this.when(
      this.misses(difference, size),
      () => {
        this.setField64(OFFSET.PC, this.pc());
        this.setField32(OFFSET.BUDGET, this.budget());
        this.emit(address);
        this.emit(this.accessDescriptor(size, { aligned: true }));
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
    const host = this.exclusiveAccessAddress(size, this.let(address));
    const old = this.let(this.loadFrom('i64', LOAD_UNSIGNED[size], host));
    this.storeTo(STORE[size], host, update(old));
    return old;
  }
  override compareAndSwapPair(size: 2 | 3, address: I64, expected: readonly [I64, I64], replacement: readonly [I64, I64]): [I64, I64] {
    const host = this.exclusiveAccessAddress(size + 1, this.let(address));
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
    const host = this.exclusiveAccessAddress(total, va);
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

  protected override leaveForSpAlignment(): void {
    this.leave(this.pc(), EXIT.SP_ALIGNMENT);
  }
}

/** A rare form: a function of its own, `(record) → leave?`; run-time state is in the register block. */
class RareBuilder extends InterpreterBuilder {
  protected override budget(): I32 {
    return this.field32(OFFSET.BUDGET);
  }
  protected override recordPage(): I32 {
    return this.field32(OFFSET.RECORD_PAGE);
  }
  override pcPage(): I64 {
    return this.field64(OFFSET.PC_PAGE);
  }
  protected override leave(pc: I64, exit: number): void {
    this.setField64(OFFSET.PC, pc);
    this.setField32(OFFSET.EXIT, this.i32(exit));
    this.leaveAsIs();
  }
  protected override leaveAsIs(): void {
    this.body.i32Const(1);
    this.body.op('return');
  }
  override host(): void {
    this.setField64(OFFSET.PC, this.pc());
    this.emit(this.loadFrom('i32', 'i32.load', this.record(), RECORD.WORD));
    this.body.opU32('call', IMPORT.hostInstruction);
    this.body.op('return');
  }
  override jump(): void {
    throw new Error('a rare instruction cannot jump');
  }
  override branch(): void {
    this.jump();
  }
  override jumpIndirect(): void {
    this.jump();
  }
}

/** The main switch. */
class SwitchBuilder extends InterpreterBuilder {
  private readonly variant: Variant;
  /** Labels of the enclosing dispatch loops, counted from the case being generated, at nesting depth 0. */
  outerLoop = 0;
  private depth = 0;

  constructor(body: FunctionBody, slow: { load: number; store: number }, variant: Variant) {
    super(body, slow);
    this.variant = variant;
  }
  override when(condition: I32, then: () => void, otherwise?: () => void): void {
    this.depth += 1;
    super.when(condition, then, otherwise);
    this.depth -= 1;
  }
  protected override budget(): I32 {
    return this.local('i32', BUDGET);
  }
  protected override recordPage(): I32 {
    return this.local('i32', RECORD_PAGE);
  }
  override pcPage(): I64 {
    return this.local('i64', PC_PAGE);
  }
  protected override leave(pc: I64, exit: number): void {
    this.setField64(OFFSET.PC, pc);
    this.setField32(OFFSET.EXIT, this.i32(exit));
    this.emit(this.budget());
    this.body.op('return');
  }
  protected override leaveAsIs(): void {
    this.emit(this.field32(OFFSET.BUDGET));
    this.body.op('return');
  }
  leaveHere(exit: number): void {
    this.leave(this.pc(), exit);
  }
  private setRecord(value: I32): void {
    this.assign(this.record(), value);
  }
  private count(): void {
    this.assign(this.budget(), this.sub(this.budget(), this.i32(1)));
  }
  private dispatch(): void {
    this.body.opU32('br', this.outerLoop + this.depth);
  }
  /** The instruction is done; go on with the following record. */
  next(): void {
    this.count();
    this.setRecord(this.add(this.record(), this.i32(RECORD.BYTES)));
    this.dispatch();
  }
  /** Fast: return when the reserve is reached. (Exact looks at every instruction.) */
  checkBudget(pc: I64): void {
    if (this.variant === 'fast') {
      this.emit(this.binary('i32', 'i32.lt_s', this.budget(), this.i32(FAST_RESERVE)));
      this.body.block('if');
      this.leave(pc, EXIT.BUDGET);
      this.body.op('end');
    }
  }
  /** Continues at a virtual address whose code page may be another one. */
  go(target: I64): void {
    const address = this.let(target);
    const low = this.let(this.wrap(address));
    this.checkBudget(address);
    this.when(this.and(low, this.i32(3)), () => this.leave(address, EXIT.PC_ALIGNMENT));
    const page = this.let(this.and(address, this.i64(~0xfffn)));
    const entry = this.let(
      this.add(this.and(this.shrU(low, this.i32(8)), this.i32((FETCH.ENTRIES - 1) * FETCH.BYTES)), this.i32(FETCH.AREA)),
    );
    this.when(this.ne(page, this.loadFrom('i64', 'i64.load', entry, FETCH.TAG)), () => this.leave(address, EXIT.FETCH));
    this.assign(this.recordPage(), this.loadFrom('i32', 'i32.load', entry, FETCH.RECORDS));
    this.assign(this.pcPage(), page);
    this.setField32(OFFSET.RECORD_PAGE, this.recordPage());
    this.setField64(OFFSET.PC_PAGE, page);
    this.setRecord(this.add(this.recordPage(), this.shl(this.and(low, this.i32(0xffc)), this.i32(3))));
    this.dispatch();
  }
  override jumpIndirect(target: I64): void {
    const address = this.let(target);
    this.count();
    this.go(address);
    this.ended = true;
  }
  private targetRecord(): I32 {
    return this.loadFrom('i32', 'i32.load', this.record(), RECORD.TARGET);
  }
  override jump(): void {
    if (this.far) {
      this.jumpIndirect(this.add(this.pc(), this.imm()));
      return;
    }
    this.count();
    this.setRecord(this.targetRecord());
    this.checkBudget(this.pc());
    this.dispatch();
    this.ended = true;
  }
  override branch(condition: I32): void {
    if (this.far) {
      this.when(condition, () => {
        const target = this.let(this.add(this.pc(), this.imm()));
        this.count();
        this.go(target);
      });
      return;
    }
    this.setRecord(this.select(condition, this.targetRecord(), this.add(this.record(), this.i32(RECORD.BYTES))));
    this.count();
    this.checkBudget(this.pc());
    this.dispatch();
    this.ended = true;
  }
  override host(): void {
    this.setField64(OFFSET.PC, this.pc());
    this.setField32(OFFSET.BUDGET, this.budget());
    this.emit(this.loadFrom('i32', 'i32.load', this.record(), RECORD.WORD));
    this.body.opU32('call', IMPORT.hostInstruction);
    this.afterCall();
  }
  /** A rare form's function, by the case number in `index`. */
  callRare(index: I32, typeIndex: number): void {
    this.setField32(OFFSET.BUDGET, this.budget());
    this.emit(this.record());
    this.emit(index);
    this.body.callIndirect(typeIndex);
    this.afterCall();
  }
  private afterCall(): void {
    this.body.block('if');
    this.leaveAsIs();
    this.body.op('end');
    this.assign(this.budget(), this.field32(OFFSET.BUDGET));
    this.next();
    this.ended = true;
  }
}

/** @param memoryPages size of the machine's memory in 64 KiB pages */
export function buildInterpreter(variant: Variant, memoryPages: number): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder(memoryPages, hostImports);
  const slow = addSlowFunctions(module);

  const rare = cases.slice(hotCases).map(({ instruction, form }) => {
    const body = new FunctionBody(rareSignature);
    const builder = new RareBuilder(body, slow);
    instruction.execute(builder, form);
    body.i32Const(0);
    return module.add(body);
  });
  module.table(rare.length ? rare : [slow.load]);

  const body = new FunctionBody(runSignature);
  const builder = new SwitchBuilder(body, slow, variant);
  const index = body.local('i32');
  const specials = [SPECIAL.UNDECODED, SPECIAL.BREAKPOINT, SPECIAL.CHECK, SPECIAL.PAGE_END, SPECIAL.HOST];
  const count = specials.length + hotCases;

  body.block('loop');
  if (variant === 'exact') {
    builder.emit(builder.local('i32', BUDGET));
    body.i32Const(0);
    body.op('i32.le_s');
    body.block('if');
    builder.leaveHere(EXIT.BUDGET);
    body.op('end');
  }
  builder.emit(builder.loadFrom('i32', 'i32.load16_u', builder.local('i32', R), variant === 'fast' ? RECORD.FAST : RECORD.ORIGINAL));
  body.opU32('local.set', index);
  body.block('loop');
  // Case k ends block k; the innermost block belongs to case 0, and the outermost to the rare forms.
  for (let k = 0; k <= count; k++) body.block('block');
  body.opU32('local.get', index);
  body.brTable(
    Array.from({ length: count }, (_, k) => k),
    count,
  );
  for (let k = 0; k < count; k++) {
    body.op('end');
    builder.releaseTemporaries();
    builder.outerLoop = count - k + 1;
    builder.ended = false;
    if (k === SPECIAL.UNDECODED) builder.leaveHere(EXIT.DECODE);
    else if (k === SPECIAL.BREAKPOINT) builder.leaveHere(EXIT.BREAKPOINT);
    else if (k === SPECIAL.PAGE_END) builder.go(builder.add(builder.pcPage(), builder.i64(RECORDS_PER_PAGE * 4)));
    else if (k === SPECIAL.HOST) builder.host();
    else if (k === SPECIAL.CHECK) {
      builder.checkBudget(builder.pc());
      builder.emit(builder.loadFrom('i32', 'i32.load16_u', builder.local('i32', R), RECORD.ORIGINAL));
      body.opU32('local.set', index);
      body.opU32('br', count - k);
    } else {
      const { instruction, form, far } = cases[k - FIRST_FORM];
      builder.far = far;
      instruction.execute(builder, form);
      if (!builder.ended) builder.next();
    }
  }
  body.op('end');
  builder.releaseTemporaries();
  builder.outerLoop = 1;
  builder.callRare(builder.sub(builder.local('i32', index), builder.i32(count)), module.typeIndex(rareSignature));
  body.op('end');
  body.op('end');
  body.op('unreachable');
  module.export('run', module.add(body));
  return module.encode();
}
