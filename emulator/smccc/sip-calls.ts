/** Calls in the range that SMCCC leaves to the silicon provider (SiP): services of this machine, for tests and samples. */

import type { SdeiDispatcher } from '../sdei/dispatcher.ts';
import type { SdeiPe } from '../sdei/sdei-host.ts';

export interface SipCall {
  readonly sdei: SdeiDispatcher;
  readonly pe: SdeiPe;
  readonly arguments: readonly bigint[];
}

export type SipStatusName = 'SUCCESS' | 'INVALID_PARAMETERS' | 'DENIED';

export interface SipCallRow {
  readonly functionId: number;
  readonly name: string;
  readonly parameters: readonly string[];
  run(call: SipCall): SipStatusName;
}

export const sipCalls: readonly SipCallRow[] = [
  {
    /** Lets a guest play the platform: raises a platform event on the calling PE. DENIED: no handler is registered. */
    functionId: 0xc200_0001,
    name: 'RAISE_EVENT',
    parameters: ['event'],
    run({ sdei, pe, arguments: [event] }) {
      const number = Number(BigInt.asUintN(32, event));
      if (!sdei.events().some((known) => known.number === number && known.source === 'platform')) return 'INVALID_PARAMETERS';
      return sdei.trigger(number, pe.index).accepted ? 'SUCCESS' : 'DENIED';
    },
  },
];

export function sipCallOf(functionId: number): SipCallRow | undefined {
  return sipCalls.find((row) => row.functionId === functionId);
}
