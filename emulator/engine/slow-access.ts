/**
 * Accesses that the inline TLB check does not settle. Generated code calls {@link slowFunctions} (WebAssembly: unaligned accesses inside a
 * page), which call the host for the rest.
 */
import { OFFSET, STATE, TLB } from '../cpu-state.ts';
import { FunctionBody, type ImportedFunction, type ModuleBuilder, type Signature } from '../wasm/module.ts';

/**
 * Describes an access to the host: log2 of the size in bits 2:0, then flags. ALIGNED: natural alignment whatever SCTLR says;
 * PAIR with it: the alignment asked for is twice the size (first half of an exclusive pair). ATOMIC: a write that reads as well.
 */
export const ACCESS = { SIZE: 7, ALIGNED: 8, UNPRIVILEGED: 16, PAIR: 32, ATOMIC: 64 } as const;

/** What a host function answers besides 0 (done, go on behind the instruction). LEAVE: PC and EXIT are set. */
export const LEAVE = 1;
/** Of `hostInstruction`: it is done and counted, and control goes on at OFFSET.PC. */
export const GO_ON = 2;

/** Functions of the host, in import order. */
export const hostImports: readonly ImportedFunction[] = [
  /** The loaded value, zero-extended, goes to OFFSET.SLOW_VALUE. */
  { name: 'loadSlow', signature: { parameters: ['i64', 'i32'], results: ['i32'] } },
  { name: 'storeSlow', signature: { parameters: ['i64', 'i64', 'i32'], results: ['i32'] } },
  /** For atomics: the address in this memory where 2^size bytes can be read and written now, or 0: leave. */
  { name: 'writeAddress', signature: { parameters: ['i64', 'i32'], results: ['i32'] } },
  /** Executes the instruction word. */
  { name: 'hostInstruction', signature: { parameters: ['i32'], results: ['i32'] } },
  /** Computes what the instruction word says, on vector registers: `vector-host.ts`. */
  { name: 'compute', signature: { parameters: ['i32'], results: [] } },
];
export const IMPORT = { loadSlow: 0, storeSlow: 1, writeAddress: 2, hostInstruction: 3, compute: 4 } as const;

const loadSignature: Signature = { parameters: ['i64', 'i32', 'i64', 'i32'], results: ['i32'] };
const storeSignature: Signature = { parameters: ['i64', 'i64', 'i32', 'i64', 'i32'], results: ['i32'] };

const LOADS = ['i64.load8_u', 'i64.load16_u', 'i64.load32_u', 'i64.load'];
const STORES = ['i64.store8', 'i64.store16', 'i64.store32', 'i64.store'];

/** Function indices in a module. */
export interface SlowFunctions {
  readonly load: number;
  readonly store: number;
}

/** Adds `slowLoad(address, access, pc, budget)` and `slowStore(address, value, access, pc, budget)`. */
export function addSlowFunctions(module: ModuleBuilder): SlowFunctions {
  return { load: module.add(slowFunction(false)), store: module.add(slowFunction(true)) };
}

function slowFunction(isStore: boolean): FunctionBody {
  const body = new FunctionBody(isStore ? storeSignature : loadSignature);
  const [address, value] = [0, 1];
  const access = isStore ? 2 : 1;
  const pc = access + 1;
  const budget = access + 2;
  const entry = body.local('i32');
  const difference = body.local('i64');
  const get = (local: number): void => body.opU32('local.get', local);

  body.i32Const(0);
  get(pc);
  body.access('i64.store', STATE + OFFSET.PC);
  body.i32Const(0);
  get(budget);
  body.access('i32.store', STATE + OFFSET.BUDGET);

  // Plain accesses that fail only by alignment: allowed inside a page where alignment is not strict.
  get(access);
  body.i32Const(~ACCESS.SIZE);
  body.op('i32.and');
  body.op('i32.eqz');
  body.block('if');
  get(address);
  body.op('i32.wrap_i64');
  body.i32Const(8);
  body.op('i32.shr_u');
  body.i32Const((TLB.ENTRIES - 1) * TLB.BYTES);
  body.op('i32.and');
  body.i32Const(0);
  body.access('i32.load', STATE + (isStore ? OFFSET.TLB_WRITE : OFFSET.TLB_READ));
  body.op('i32.add');
  body.opU32('local.set', entry);
  get(address);
  get(entry);
  body.access('i64.load', TLB.TAG);
  body.op('i64.xor');
  body.opU32('local.set', difference);
  // difference <= 4096 - size, and not strict
  get(difference);
  body.i64Const(4096n);
  body.i64Const(1n);
  get(access);
  body.op('i64.extend_i32_u');
  body.op('i64.shl');
  body.op('i64.sub');
  body.op('i64.le_u');
  body.i32Const(0);
  body.access('i32.load', STATE + OFFSET.STRICT_ALIGNMENT);
  body.op('i32.eqz');
  body.op('i32.and');
  body.block('if');
  for (let size = 0; size < 4; size++) {
    get(access);
    body.i32Const(size);
    body.op('i32.eq');
    body.block('if');
    if (!isStore) body.i32Const(0);
    get(entry);
    body.access('i32.load', TLB.HOST);
    get(difference);
    body.op('i32.wrap_i64');
    body.op('i32.add');
    if (isStore) {
      get(value);
      unaligned(body, STORES[size]);
    } else {
      unaligned(body, LOADS[size]);
      body.access('i64.store', STATE + OFFSET.SLOW_VALUE);
    }
    body.i32Const(0);
    body.op('return');
    body.op('end');
  }
  body.op('end');
  body.op('end');

  get(address);
  if (isStore) get(value);
  get(access);
  body.opU32('call', isStore ? IMPORT.storeSlow : IMPORT.loadSlow);
  return body;
}

/** Alignment hint 0: the address may be anything. */
function unaligned(body: FunctionBody, name: string): void {
  body.op(name);
  body.code.u32(0);
  body.code.u32(0);
}
