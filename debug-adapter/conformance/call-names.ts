import { callOf } from '../../emulator/sdei/calls.ts';
import { architectureCallOf } from '../../emulator/smccc/architecture-calls.ts';
import { decodeFunctionId } from '../../emulator/smccc/function-id.ts';
import { psciCallOf } from '../../emulator/smccc/psci-calls.ts';
import { sipCallOf } from '../../emulator/smccc/sip-calls.ts';

/** What a conduit call with this X0 is called, and how many arguments it has; unknown ones by their number. */
export function describeCall(x0: bigint): { readonly name: string; readonly parameters: number } {
  const { id } = decodeFunctionId(Number(BigInt.asUintN(32, x0)));
  const row = callOf(id) ?? psciCallOf(id) ?? sipCallOf(id) ?? architectureCallOf(id);
  return row === undefined ? { name: `0x${x0.toString(16)}`, parameters: 0 } : { name: row.name, parameters: row.parameters.length };
}
