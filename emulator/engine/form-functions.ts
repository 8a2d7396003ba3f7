import { EXIT, OFFSET } from '../cpu-state.ts';
import { FunctionBody, ModuleBuilder, type Signature } from '../wasm/module.ts';
import { type Case, FIRST_FORM, caseAt, caseCount } from './cases.ts';
import type { I32, I64 } from './expression.ts';
import { InterpreterBuilder } from './interpreter-builder.ts';
import { GO_ON, IMPORT, LEAVE, addSlowFunctions, hostImports } from './slow-access.ts';

/** `(record)` → 0, LEAVE or GO_ON. */
export const formSignature: Signature = { parameters: ['i32'], results: ['i32'] };

/** A form's own function; run-time state is in the register block. */
class FormBuilder extends InterpreterBuilder {
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
  /** Leaves before the instruction. */
  leaveHere(exit: number): void {
    this.leave(this.pc(), exit);
  }
  protected override leaveAsIs(): void {
    this.body.i32Const(LEAVE);
    this.body.op('return');
  }
  override host(): void {
    this.setField64(OFFSET.PC, this.pc());
    this.emit(this.word());
    this.body.opU32('call', IMPORT.hostInstruction);
    this.body.op('return');
  }
  override jumpIndirect(target: I64): void {
    this.setField64(OFFSET.PC, target);
    this.setField32(OFFSET.BUDGET, this.sub(this.budget(), this.i32(1)));
    this.body.i32Const(GO_ON);
    this.body.op('return');
  }
  override jump(): void {
    this.jumpIndirect(this.add(this.pc(), this.imm()));
  }
  override branch(condition: I32): void {
    this.when(condition, () => this.jump());
  }
}

/** Adds the function that stands for all forms which have none yet: it asks for one. @returns its index */
export function addMissingForm(module: ModuleBuilder): number {
  const body = new FunctionBody(formSignature);
  new FormBuilder(body, { load: 0, store: 0 }).leaveHere(EXIT.FORM);
  body.op('unreachable');
  return module.add(body);
}

/**
 * Functions are made for so many forms at a time, as they are numbered: a guest that has one mostly has its neighbours as well, and a module
 * takes longer to compile than a function.
 */
const AT_A_TIME = 16;

/** Exports the function of each form, in their order. */
function buildForms(memoryPages: number, list: readonly Case[]): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder(memoryPages, hostImports);
  const slow = addSlowFunctions(module);
  list.forEach(({ instruction, form }, position) => {
    const body = new FunctionBody(formSignature);
    instruction.execute(new FormBuilder(body, slow), form);
    body.i32Const(0);
    module.export(`form${position}`, module.add(body));
  });
  return module.encode();
}

/** Compiled modules, for the machines that come after the first. */
const modules = new Map<string, WebAssembly.Module>();

export type Imports = Record<string, WebAssembly.Memory | ((...values: never[]) => unknown)>;

/** A table of forms' functions, and what they import. */
export interface FormTable {
  readonly table: WebAssembly.Table;
  readonly imports: Imports;
}

const casesFrom = (first: number): Case[] =>
  Array.from({ length: Math.min(AT_A_TIME, caseCount - first) }, (_, position) => caseAt(first + position));

/** Makes the function of a form, and those of its neighbours, and enters them into a table: most never occur in a guest, and all would take long. */
export function provideForm(memoryPages: number, number: number, { table, imports }: FormTable): void {
  const wanted = number - FIRST_FORM;
  const first = wanted - (wanted % AT_A_TIME);
  const key = `${memoryPages} ${first}`;
  let module = modules.get(key);
  if (!module) modules.set(key, (module = new WebAssembly.Module(buildForms(memoryPages, casesFrom(first)))));
  const functions = Object.values(new WebAssembly.Instance(module, { env: imports }).exports);
  functions.forEach((execute, position) => {
    table.set(first + position, execute);
  });
}
