/**
 * Accesses that the inline TLB check does not settle. Generated code calls {@link slowFunctions} (WebAssembly: unaligned accesses inside a
 * page, and pages that the usual table walk finds), which call the host for the rest.
 */
import { FILL, OFFSET, STATE, TLB, TLB_AREA, TLB_BANK_BYTES } from '../cpu-state.ts';
import { FunctionBody, type ImportedFunction, type ModuleBuilder, type Signature } from '../wasm/module.ts';

/**
 * Describes an access to the host: log2 of the size in bits 2:0, then flags. ALIGNED: natural alignment whatever SCTLR says;
 * PAIR with it: the alignment asked for is twice the size (first half of an exclusive pair). ATOMIC: a write that reads as well.
 * PART: one of several writes that the instruction makes.
 */
export const ACCESS = { SIZE: 7, ALIGNED: 8, UNPRIVILEGED: 16, PAIR: 32, ATOMIC: 64, PART: 128 } as const;

/** What a host function answers besides 0 (done, go on behind the instruction). LEAVE: PC and EXIT are set. */
export const LEAVE = 1;
/** Of `hostInstruction`: it is done and counted, and control goes on at OFFSET.PC. */
export const GO_ON = 2;

/**
 * `fill(address, context, isWrite)` of `tlb-fill.ts` → 1: the TLB has an entry for the page now; 0: it is for the host to say. `context`: an
 * address, see {@link FILL}.
 */
export const fillSignature: Signature = { parameters: ['i64', 'i32', 'i32'], results: ['i32'] };

/** Functions that every module of the interpreter imports, in this order. */
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
  { name: 'fill', signature: fillSignature },
];
export const IMPORT = { loadSlow: 0, storeSlow: 1, writeAddress: 2, hostInstruction: 3, compute: 4, fill: 5 } as const;

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
  const bank = body.local('i32');
  const entry = body.local('i32');
  const size = body.local('i32');
  const get = (local: number): void => body.opU32('local.get', local);
  const field = (offset: number): void => {
    body.i32Const(0);
    body.access('i32.load', STATE + offset);
  };
  /** How long the access is; `withPair`: both of a pair. */
  const bytes = (withPair: boolean): void => {
    body.i32Const(1);
    get(size);
    body.op('i32.shl');
    if (!withPair) return;
    get(access);
    body.i32Const(ACCESS.PAIR);
    body.op('i32.and');
    body.op('i32.eqz');
    body.op('i32.eqz');
    body.op('i32.shl');
  };

  body.i32Const(0);
  get(pc);
  body.access('i64.store', STATE + OFFSET.PC);
  body.i32Const(0);
  get(budget);
  body.access('i32.store', STATE + OFFSET.BUDGET);

  get(access);
  body.i32Const(ACCESS.SIZE);
  body.op('i32.and');
  body.opU32('local.set', size);

  body.block('block');
  // On one page?
  get(address);
  body.op('i32.wrap_i64');
  body.i32Const(0xfff);
  body.op('i32.and');
  body.i32Const(4096);
  bytes(false);
  body.op('i32.sub');
  body.op('i32.gt_u');
  body.opU32('br_if', 0);

  const banks = isStore ? [OFFSET.TLB_WRITE_UNPRIVILEGED, OFFSET.TLB_WRITE] : [OFFSET.TLB_READ_UNPRIVILEGED, OFFSET.TLB_READ];
  for (const offset of banks) field(offset);
  get(access);
  body.i32Const(ACCESS.UNPRIVILEGED);
  body.op('i32.and');
  body.op('select');
  body.opU32('local.tee', bank);
  get(address);
  body.op('i32.wrap_i64');
  body.i32Const(8);
  body.op('i32.shr_u');
  body.i32Const((TLB.ENTRIES - 1) * TLB.BYTES);
  body.op('i32.and');
  body.op('i32.add');
  body.opU32('local.set', entry);

  get(address);
  get(entry);
  body.access('i64.load', TLB.TAG);
  body.op('i64.xor');
  body.i64Const(0xfffn);
  body.op('i64.gt_u');
  body.block('if');
  get(address);
  // Contexts are in the order of their banks.
  get(bank);
  body.i32Const(TLB_AREA);
  body.op('i32.sub');
  body.i32Const(Math.log2(2 * TLB_BANK_BYTES));
  body.op('i32.shr_u');
  body.i32Const(FILL.BYTES);
  body.op('i32.mul');
  body.i32Const(FILL.AREA);
  body.op('i32.add');
  body.i32Const(isStore ? 1 : 0);
  body.opU32('call', IMPORT.fill);
  body.op('i32.eqz');
  body.opU32('br_if', 1);
  body.op('end');

  // Unaligned where it must not be?
  get(address);
  body.op('i32.wrap_i64');
  bytes(true);
  body.i32Const(1);
  body.op('i32.sub');
  body.op('i32.and');
  body.block('if');
  get(access);
  body.i32Const(ACCESS.ALIGNED);
  body.op('i32.and');
  field(OFFSET.STRICT_ALIGNMENT);
  body.op('i32.or');
  body.opU32('br_if', 1);
  body.op('end');

  get(address);
  body.op('i32.wrap_i64');
  get(entry);
  body.access('i32.load', TLB.ADDEND);
  body.op('i32.add');
  body.opU32('local.set', entry);
  for (let log2 = 0; log2 < 4; log2++) {
    get(size);
    body.i32Const(log2);
    body.op('i32.eq');
    body.block('if');
    if (!isStore) body.i32Const(0);
    get(entry);
    if (isStore) {
      get(value);
      unaligned(body, STORES[log2]);
    } else {
      unaligned(body, LOADS[log2]);
      body.access('i64.store', STATE + OFFSET.SLOW_VALUE);
    }
    body.i32Const(0);
    body.op('return');
    body.op('end');
  }
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
