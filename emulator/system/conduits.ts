import type { Pe } from '../pe.ts';
import { isPlayedCall } from '../smccc/function-id.ts';
import type { Conduit, SystemServices } from './services.ts';
import { anyOf, mask } from './storage.ts';

const hcd = anyOf('HCR_EL2', mask('HCR_EL2.HCD'));
const tsc = anyOf('HCR_EL2', mask('HCR_EL2.TSC'));

export type ConduitOutcome = 'played' | 'to-EL2' | 'trapped-to-EL2' | 'undefined';

/**
 * Who answers an HVC or SMC: the played level above the client, or the guest's own EL2 code.
 *
 * | instruction | at  | client EL1                                              | client EL2                     |
 * |-------------|-----|---------------------------------------------------------|--------------------------------|
 * | either      | EL0 | UNDEFINED                                               | UNDEFINED                      |
 * | HVC         | EL1 | #0 with an SMCCC call, conduit hvc: played; else EL2    | EL2                          |
 * | HVC         | EL2 | EL2                                                     | EL2                            |
 * | SMC         | EL1 | HCR_EL2.TSC: trapped; conduit smc: played; else UNDEFINED | HCR_EL2.TSC: trapped; else played |
 * | SMC         | EL2 | conduit smc: played; else UNDEFINED                     | played                         |
 *
 * HCR_EL2.HCD = 1 makes HVC UNDEFINED.
 */
export function conduitOutcome(
  pe: Pe,
  conduit: Conduit,
  immediate: number,
  services: Pick<SystemServices, 'client' | 'conduit'>,
): ConduitOutcome {
  const el = pe.state.exceptionLevel;
  if (el === 0) return 'undefined';
  if (conduit === 'hvc') {
    if (hcd(pe)) return 'undefined';
    const isForPlayedLevel =
      el === 1 && services.client === 'EL1' && services.conduit === 'hvc' && immediate === 0 && isPlayedCall(pe.w(0));
    return isForPlayedLevel ? 'played' : 'to-EL2';
  }
  if (el === 1 && tsc(pe)) return 'trapped-to-EL2';
  return services.client === 'EL2' || services.conduit === 'smc' ? 'played' : 'undefined';
}
