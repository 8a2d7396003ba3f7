import { OFFSET, STATE, recordArea } from '../cpu-state.ts';
import { FunctionBody, ModuleBuilder, type Signature } from '../wasm/module.ts';
import { RegionBuilder } from './region-builder.ts';
import { PENDING, WHAT_WAITS } from './region-flags.ts';

/** `settle(a, b, pending)`: computes NZCV's cells of that operation (`PENDING`); afterwards nothing is pending. */
export const settleSignature: Signature = { parameters: ['i64', 'i64', 'i32'], results: [] };

/** A module with the one function `settle`, which all regions share; for machines of all sizes. */
export function buildSettle(): Uint8Array<ArrayBuffer> {
  const body = new FunctionBody(settleSignature);
  const builder = new RegionBuilder(body, [], [], { isStrict: false, tlb: undefined });
  const [a, b, pending] = [builder.local('i64', 0), builder.local('i64', 1), builder.local('i32', 2)];
  builder.when(builder.eq(pending, builder.i32(WHAT_WAITS)), () => {
    builder.assign(a, builder.field64(OFFSET.PENDING_A));
    builder.assign(b, builder.field64(OFFSET.PENDING_B));
    builder.assign(pending, builder.field32(OFFSET.PENDING));
  });
  const rows = [
    [PENDING.ADD64, PENDING.ADD32, 'add'],
    [PENDING.SUBTRACT64, PENDING.SUBTRACT32, 'subtract'],
    [PENDING.LOGIC64, PENDING.LOGIC32, 'logic'],
  ] as const;
  for (const [wide, narrow, operation] of rows) {
    builder.when(builder.eq(pending, builder.i32(wide)), () => builder.computeCells(operation, a, b));
    builder.when(builder.eq(pending, builder.i32(narrow)), () => builder.computeCells(operation, builder.wrap(a), builder.wrap(b)));
  }
  builder.when(builder.eq(pending, builder.i32(PENDING.BITS)), () => builder.computeCells('bits', a, b));
  builder.storeTo('i32.store', builder.i32(0), builder.i32(PENDING.NONE), STATE + OFFSET.PENDING);
  const module = new ModuleBuilder(recordArea(1) / 65_536, []);
  module.export('settle', module.add(body));
  return module.encode();
}
