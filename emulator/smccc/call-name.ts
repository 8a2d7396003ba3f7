import { callOf } from '../sdei/calls.ts';
import { architectureCallOf } from './architecture-calls.ts';
import { decodeFunctionId } from './function-id.ts';
import { psciCallOf } from './psci-calls.ts';
import { sipCallOf } from './sip-calls.ts';

/** A call of the played level, by X0: its name, and how many arguments it has. `undefined`: there is no such call. */
export function playedCall(x0: bigint): { readonly name: string; readonly parameters: number } | undefined {
  const { id } = decodeFunctionId(Number(BigInt.asUintN(32, x0)));
  const row = callOf(id) ?? psciCallOf(id) ?? sipCallOf(id) ?? architectureCallOf(id);
  return row && { name: row.name, parameters: row.parameters.length };
}
