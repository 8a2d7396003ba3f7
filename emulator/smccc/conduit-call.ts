/** HVC and SMC to the played level: function identifier → service → answer. */

import type { SdeiCallOutcome, SdeiDispatcher } from '../sdei/dispatcher.ts';
import type { SdeiPe } from '../sdei/sdei-host.ts';
import { statusCodes } from '../sdei/status-codes.ts';
import { architectureCallOf } from './architecture-calls.ts';
import { type FunctionId, SVE_HINT, decodeFunctionId } from './function-id.ts';
import { psciCallOf, psciStatusCodes } from './psci-calls.ts';
import type { PsciHost } from './psci-host.ts';
import { sipCallOf } from './sip-calls.ts';

/** Who answers. */
export interface ConduitServices {
  readonly pes: readonly SdeiPe[];
  readonly sdei: SdeiDispatcher;
  readonly psci: PsciHost;
}

/** What a conduit call did. */
export type ConduitOutcome =
  | { readonly service: 'sdei'; readonly call: SdeiCallOutcome }
  | {
      /** `none`: no service has this function identifier; NOT_SUPPORTED. */
      readonly service: 'psci' | 'architecture' | 'sip' | 'none';
      readonly functionId: number;
      /** `CPU_ON`; for an unknown identifier `SMCCC call 0x86000000`. */
      readonly name: string;
      readonly arguments: readonly bigint[];
      /** What X0 holds, unsigned; absent: the PE does not go on behind the call. */
      readonly result?: bigint;
      /** Name of an error in `result`: `ALREADY_ON`. */
      readonly error?: string;
    };

/**
 * Makes the call whose identifier is in W0 and writes the result to X0. The PE's PC is already past the instruction, whose immediate was 0.
 * Deliveries come next ({@link SdeiDispatcher.deliverPending}): the call's result is part of what an event interrupts.
 */
export function handleConduitCall(services: ConduitServices, pe: SdeiPe): ConduitOutcome {
  const sdei = sdeiFunctionId(pe.w(0));
  if (sdei !== undefined) return { service: 'sdei', call: services.sdei.call(pe, sdei) };
  const functionId = decodeFunctionId(pe.w(0));
  const { id } = functionId;

  const psci = psciCallOf(id);
  if (psci) {
    const args = argumentsOf(pe, functionId, psci.parameters.length);
    const result = psci.run({ host: services.psci, pes: services.pes, pe, arguments: args });
    const identity = { service: 'psci', functionId: id, name: psci.name, arguments: args } as const;
    if (result === 'gone') return identity;
    if (typeof result === 'bigint') return { ...identity, result: answer(pe, result) };
    const value = answer(pe, psciStatusCodes[result]);
    return { ...identity, result: value, ...(result !== 'SUCCESS' && { error: result }) };
  }

  const sip = sipCallOf(id);
  if (sip) {
    const args = argumentsOf(pe, functionId, sip.parameters.length);
    const status = sip.run({ sdei: services.sdei, pe, arguments: args });
    const identity = { service: 'sip', functionId: id, name: sip.name, arguments: args } as const;
    return { ...identity, result: answer(pe, statusCodes[status]), ...(status !== 'SUCCESS' && { error: status }) };
  }

  const architecture = architectureCallOf(id);
  const args = argumentsOf(pe, functionId, architecture?.parameters.length ?? 0);
  const result = architecture ? architecture.run(args) : psciStatusCodes.NOT_SUPPORTED;
  return {
    service: architecture ? 'architecture' : 'none',
    functionId: id,
    name: architecture?.name ?? `SMCCC call 0x${id.toString(16)}`,
    arguments: args,
    result: answer(pe, result),
    ...(result < 0n && { error: 'NOT_SUPPORTED' }),
  };
}

/** An SDEI call's identifier without the SVE hint; `undefined`: it is none. @param w0 unsigned */
export function sdeiFunctionId(w0: number): number | undefined {
  const offset = ((w0 & ~SVE_HINT) - FIRST_SDEI_CALL) | 0;
  return offset >= 0 && offset < SDEI_CALLS ? FIRST_SDEI_CALL + offset : undefined;
}
const FIRST_SDEI_CALL = 0xc400_0020;
const SDEI_CALLS = 0x20;

/** A 32-bit call reads W registers. */
function argumentsOf(pe: SdeiPe, { bits }: FunctionId, count: number): bigint[] {
  return Array.from({ length: count }, (_, n) => BigInt.asUintN(bits, pe.x(n + 1)));
}

/** Results are signed; errors of 32-bit calls are sign-extended too, so that W0 and X0 tell the same. */
function answer(pe: SdeiPe, result: bigint): bigint {
  const x0 = BigInt.asUintN(64, result);
  pe.setX(0, x0);
  return x0;
}
