/** Events that became pending and stay so: which PE they wait for, and why it does not take them. */

import type { Priority, WaitReason } from '../stop-reason.ts';
import { obstacle } from './delivery.ts';
import { type DispatcherCore, type SdeiEvent, instanceOn } from './dispatcher-state.ts';

export interface PendedEvent {
  readonly event: number;
  readonly priority: Priority;
  /** The PE that would take it, as far as that is known. */
  readonly pe: number;
  readonly reason: WaitReason;
  /** The same in words. */
  readonly text: string;
}

/** Of what was raised since this was asked last. To be called when everything has been delivered that can be. */
export function takePended(core: DispatcherCore): PendedEvent[] {
  const { raised } = core;
  core.raised = [];
  return raised.flatMap(({ event, pe }) => {
    if (!instanceOn(event, pe).pending) return [];
    const waitsFor = peOf(core, event, pe);
    const { reason, text } = obstacle(core, event, core.host.pes[waitsFor]) ?? {};
    if (reason === undefined || text === undefined) return [];
    return [{ event: event.number, priority: event.priority, pe: waitsFor, reason, text }];
  });
}

/** @param raisedOn where its source raised it */
function peOf({ host, behaviour }: DispatcherCore, event: SdeiEvent, raisedOn: number): number {
  const { routing, runningOn, registeredBy } = instanceOn(event, raisedOn);
  if (event.type === 'private') return raisedOn;
  if (routing.mode === 'RM_PE') return host.pes.find(({ affinity }) => affinity === routing.affinity)?.index ?? raisedOn;
  if (runningOn !== undefined) return runningOn;
  return behaviour.routeAnyTo === 'registering' ? registeredBy : raisedOn;
}
