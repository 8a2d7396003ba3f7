import { OFFSET, STATE } from '../cpu-state.ts';
import type { Formula } from '../formula.ts';
import { FunctionBody, ModuleBuilder, type Signature } from '../wasm/module.ts';

/** `find(low, high, size)`: where in the machine's memory a virtual range of the running PE is; -1: it cannot be read in one piece. */
const findSignature: Signature = { parameters: ['i32', 'i32', 'i32'], results: ['i32'] };
const FIND = 0;
const SP_INDEX = 32;

/** A module with the one function `holds`: 0 if the formula is 0 for the running PE, 1 if it is not, or if memory it needs cannot be read. */
export function formulaModule(formula: Formula, memoryPages: number): Uint8Array<ArrayBuffer> {
  const body = new FunctionBody({ parameters: [], results: ['i32'] });
  write(body, formula, body.local('i64'), body.local('i32'));
  body.op('i64.eqz');
  body.op('i32.eqz');
  const module = new ModuleBuilder(memoryPages, [{ name: 'find', signature: findSignature }]);
  module.export('holds', module.add(body));
  return module.encode();
}

/** Leaves the value on the stack, an i64. */
function write(body: FunctionBody, formula: Formula, wide: number, narrow: number): void {
  switch (formula.kind) {
    case 'constant':
      return body.i64Const(formula.value);
    case 'register':
      body.i32Const(0);
      return body.access('i64.load', STATE + OFFSET.X + 8 * (formula.index === 31 ? SP_INDEX : formula.index));
    case 'load': {
      const { address, size, signed } = formula;
      write(body, address, wide, narrow);
      body.opU32('local.tee', wide);
      body.op('i32.wrap_i64');
      body.opU32('local.get', wide);
      body.i64Const(32n);
      body.op('i64.shr_u');
      body.op('i32.wrap_i64');
      body.i32Const(size);
      body.opU32('call', FIND);
      body.opU32('local.tee', narrow);
      body.i32Const(0);
      body.op('i32.lt_s');
      body.block('if');
      body.i32Const(1);
      body.op('return');
      body.op('end');
      body.opU32('local.get', narrow);
      return body.access(size === 8 ? 'i64.load' : `i64.load${size * 8}_${signed ? 's' : 'u'}`, 0);
    }
    case 'extend': {
      const { operand, size, signed } = formula;
      write(body, operand, wide, narrow);
      if (signed) return body.op(`i64.extend${size * 8}_s`);
      body.i64Const((1n << BigInt(size * 8)) - 1n);
      return body.op('i64.and');
    }
    case 'binary': {
      const { operator, left, right } = formula;
      write(body, left, wide, narrow);
      write(body, right, wide, narrow);
      body.op(`i64.${operator}`);
      if (/^(?:eq|ne|[lg][te]_[su])$/.test(operator)) body.op('i64.extend_i32_u');
      return;
    }
    default: {
      const { kind, left, right } = formula;
      write(body, left, wide, narrow);
      body.op('i64.eqz');
      body.block('if', 'i64');
      if (kind === 'both') body.i64Const(0n);
      else truth(body, right, wide, narrow);
      body.op('else');
      if (kind === 'both') truth(body, right, wide, narrow);
      else body.i64Const(1n);
      body.op('end');
    }
  }
}

function truth(body: FunctionBody, formula: Formula, wide: number, narrow: number): void {
  write(body, formula, wide, narrow);
  body.i64Const(0n);
  body.op('i64.ne');
  body.op('i64.extend_i32_u');
}
