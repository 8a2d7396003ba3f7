import { EXIT, FETCH, OFFSET, RECORD, RECORDS_PER_PAGE, recordArea } from '../cpu-state.ts';
import { FunctionBody, ModuleBuilder, type Signature } from '../wasm/module.ts';
import { FAST_RESERVE, FIRST_FORM, SPECIAL, caseAt, caseCount, hotCases } from './cases.ts';
import type { I32, I64 } from './expression.ts';
import { addMissingForm, formSignature } from './form-functions.ts';
import { InterpreterBuilder, R } from './interpreter-builder.ts';
import { regionSignature } from './region-translator.ts';
import { IMPORT, LEAVE, type SlowFunctions, addSlowFunctions, hostImports } from './slow-access.ts';

/**
 * The cold tier: two ways through predecoded records (`RECORD`), and a table of functions, one per form (`form-functions.ts`):
 * `fast` dispatches on RECORD.FAST, has the hot forms inline in one big switch, and looks at the budget only where control is taken
 * elsewhere; `exact` dispatches on RECORD.ORIGINAL, calls the function of every form, and stops at exactly the budget. It is a small
 * function on purpose: WebAssembly compilers take long over a big one, and the fast variant's code is wanted first.
 */

export type Variant = 'fast' | 'exact';
/** `(record, budget, recordPage)`, and OFFSET.PC_PAGE → budget left; OFFSET.PC and OFFSET.EXIT tell where and why it stopped. */
export type RunFunction = (record: number, budget: number, recordPage: number) => number;

const runSignature: Signature = { parameters: ['i32', 'i32', 'i32'], results: ['i32'] };

const BUDGET = 1;
const RECORD_PAGE = 2;

/** The two loops over records: the case being generated is a part of one function. */
class LoopBuilder extends InterpreterBuilder {
  private readonly variant: Variant;
  private readonly hotThreshold: number;
  /** Labels of the enclosing dispatch loops, counted from the case being generated, at nesting depth 0. */
  outerLoop = 0;
  private depth = 0;

  /** Local that holds the case to dispatch to. */
  readonly index: number;
  private readonly page: I64;

  constructor(body: FunctionBody, slow: SlowFunctions, variant: Variant, hotThreshold: number) {
    super(body, slow);
    this.variant = variant;
    this.hotThreshold = hotThreshold;
    this.index = body.local('i32');
    this.page = this.local('i64', body.local('i64'));
    this.assign(this.page, this.field64(OFFSET.PC_PAGE));
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
    return this.page;
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
  /** The record is the one behind its page's last. */
  leavePage(): void {
    this.go(this.add(this.pcPage(), this.i64(RECORDS_PER_PAGE * 4)));
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
  /** Fast: counts that a branch came to the present record; often enough, and the host is told. */
  private countArrival(): void {
    if (this.variant !== 'fast') return;
    const counter = this.let(this.loadFrom('i32', 'i32.load', this.record(), RECORD.COUNTER));
    this.when(this.ltU(counter, this.i32(this.hotThreshold)), () => {
      this.storeTo('i32.store', this.record(), this.add(counter, this.i32(1)), RECORD.COUNTER);
      this.when(this.eq(counter, this.i32(this.hotThreshold - 1)), () => this.leaveHere(EXIT.HOT));
    });
  }
  /** Dispatches on RECORD.ORIGINAL: the instruction itself, whatever was put in its place. */
  dispatchOriginal(): void {
    this.emit(this.loadFrom('i32', 'i32.load16_u', this.record(), RECORD.ORIGINAL));
    this.body.opU32('local.set', this.index);
    this.body.opU32('br', this.outerLoop - 1 + this.depth);
  }
  /** Calls the region that starts at the present record, and goes on as it says. */
  enterRegion(typeIndex: number): void {
    this.setField64(OFFSET.PC, this.pc());
    const counter = this.let(this.loadFrom('i32', 'i32.load', this.record(), RECORD.COUNTER));
    this.emit(this.budget());
    this.emit(this.and(counter, this.i32(0xff)));
    this.emit(this.and(this.shrU(counter, this.i32(8)), this.i32(0x7f_ffff)));
    this.body.callIndirect(typeIndex);
    this.body.opU32('local.set', BUDGET);
    const exit = this.let(this.field32(OFFSET.EXIT));
    this.when(this.eq(exit, this.i32(EXIT.REGION)), () => this.go(this.field64(OFFSET.PC)));
    this.when(this.eq(exit, this.i32(EXIT.REGION_COLD)), () => this.go(this.field64(OFFSET.PC), true));
    this.emit(this.budget());
    this.body.op('return');
  }
  /** Continues at a virtual address whose code page may be another one. `original`: its record may start a region that is not wanted. */
  go(target: I64, original = false): void {
    const address = this.let(target);
    const low = this.let(this.wrap(address));
    this.checkBudget(address);
    this.when(this.and(low, this.i32(3)), () => this.leave(address, EXIT.PC_ALIGNMENT));
    const page = this.let(this.and(address, this.i64(~0xfffn)));
    const entry = this.let(
      this.add(this.and(this.shrU(low, this.i32(8)), this.i32((FETCH.ENTRIES - 1) * FETCH.BYTES)), this.field32(OFFSET.FETCH_BANK)),
    );
    this.when(this.ne(page, this.loadFrom('i64', 'i64.load', entry, FETCH.TAG)), () => this.leave(address, EXIT.FETCH));
    this.assign(this.recordPage(), this.loadFrom('i32', 'i32.load', entry, FETCH.RECORDS));
    this.assign(this.pcPage(), page);
    this.setField32(OFFSET.RECORD_PAGE, this.recordPage());
    this.setField64(OFFSET.PC_PAGE, page);
    this.setRecord(this.add(this.recordPage(), this.shl(this.and(low, this.i32(0xffc)), this.i32(3))));
    if (original) this.dispatchOriginal();
    else {
      this.countArrival();
      this.dispatch();
    }
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
    this.countArrival();
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
    this.countArrival();
    this.dispatch();
    this.ended = true;
  }
  override host(): void {
    this.setField64(OFFSET.PC, this.pc());
    this.setField32(OFFSET.BUDGET, this.budget());
    this.emit(this.word());
    this.body.opU32('call', IMPORT.hostInstruction);
    this.afterCall();
  }
  /** The function of the form whose case number is in `index`. */
  callForm(typeIndex: number): void {
    this.setField32(OFFSET.BUDGET, this.budget());
    this.emit(this.record());
    this.emit(this.sub(this.local('i32', this.index), this.i32(FIRST_FORM)));
    this.body.callIndirect(typeIndex);
    this.afterCall();
  }
  /** The call's result is on the stack: 0 next instruction, LEAVE return, GO_ON continue at OFFSET.PC. */
  private afterCall(): void {
    const status = this.temporary('i32');
    this.body.opU32('local.set', Number(status.immediate));
    this.when(status, () => {
      this.when(this.eq(status, this.i32(LEAVE)), () => this.leaveAsIs());
      this.assign(this.budget(), this.field32(OFFSET.BUDGET));
      this.go(this.field64(OFFSET.PC));
    });
    this.assign(this.budget(), this.field32(OFFSET.BUDGET));
    this.next();
    this.ended = true;
  }
}

/** Index in the exported `table` of the first region. */
export const FIRST_REGION = caseCount;

/**
 * Exports `fast`, `exact` and the `table` of functions that they call. The same for machines of all sizes.
 * @param hotThreshold arrivals at a record before the fast variant reports it as hot
 */
export function buildInterpreter(hotThreshold: number): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder(recordArea(1) / 65_536, hostImports);
  const slow = addSlowFunctions(module);
  const missing = addMissingForm(module);
  module.table(new Array(caseCount).fill(missing));
  module.export('fast', module.add(fastLoop(module, slow, hotThreshold)));
  module.export('exact', module.add(exactLoop(module, slow)));
  return module.encode();
}

function exactLoop(module: ModuleBuilder, slow: SlowFunctions): FunctionBody {
  const body = new FunctionBody(runSignature);
  const builder = new LoopBuilder(body, slow, 'exact', 0);
  const index = builder.local('i32', builder.index);
  body.block('loop');
  builder.when(builder.ltS(builder.local('i32', BUDGET), builder.i32(1)), () => builder.leaveHere(EXIT.BUDGET));
  builder.assign(index, builder.loadFrom('i32', 'i32.load16_u', builder.local('i32', R), RECORD.ORIGINAL));
  builder.when(builder.geU(index, builder.i32(FIRST_FORM)), () => builder.callForm(module.typeIndex(formSignature)));
  builder.when(builder.eq(index, builder.i32(SPECIAL.UNDECODED)), () => builder.leaveHere(EXIT.DECODE));
  builder.when(builder.eq(index, builder.i32(SPECIAL.PAGE_END)), () => builder.leavePage());
  builder.host();
  body.op('end');
  body.op('unreachable');
  return body;
}

function fastLoop(module: ModuleBuilder, slow: SlowFunctions, hotThreshold: number): FunctionBody {
  const body = new FunctionBody(runSignature);
  const builder = new LoopBuilder(body, slow, 'fast', hotThreshold);
  const { index } = builder;
  const count = FIRST_FORM + hotCases;

  body.block('loop');
  builder.emit(builder.loadFrom('i32', 'i32.load16_u', builder.local('i32', R), RECORD.FAST));
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
    else if (k === SPECIAL.PAGE_END) builder.leavePage();
    else if (k === SPECIAL.HOST) builder.host();
    else if (k === SPECIAL.ENTER) builder.enterRegion(module.typeIndex(regionSignature));
    else if (k === SPECIAL.CHECK) {
      builder.checkBudget(builder.pc());
      builder.dispatchOriginal();
    } else {
      const { instruction, form, far } = caseAt(k - FIRST_FORM);
      builder.far = far;
      instruction.execute(builder, form);
      if (!builder.ended) builder.next();
    }
  }
  body.op('end');
  builder.releaseTemporaries();
  builder.outerLoop = 1;
  builder.callForm(module.typeIndex(formSignature));
  body.op('end');
  body.op('end');
  body.op('unreachable');
  return body;
}
