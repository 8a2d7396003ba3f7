/** How an event gets to its handler and back: triggers, which event runs next, entry, nesting, completion. */

import type { Completion } from './call.ts';
import {
  type DispatcherCore,
  type EventInstance,
  type RunningHandler,
  type SdeiEvent,
  count,
  findEvent,
  instanceOn,
} from './dispatcher-state.ts';
import { contextOf, enterHandler, resumeAt, resumeInterrupted } from './handler-entry.ts';
import { isEnabled, isRegistered, isRunning, stateInWords } from './handler-state.ts';
import { bindingOf } from './interrupt-binding.ts';
import type { SdeiPe } from './sdei-host.ts';
import type { DeliveryRecord } from './sdei-view.ts';

/** How many deliveries are remembered one by one; counters are exact for ever. */
export const DELIVERY_HISTORY = 4096;

/** What a trigger became. Several triggers of a pending event are one. */
export type Raised = 'pending' | 'collapsed' | 'refused';

/** Marks the event pending, as its source does; an unregistered handler refuses it. `pe` is whose instance a private event means. */
export function raise(core: DispatcherCore, event: SdeiEvent, pe: number): Raised {
  const instance = instanceOn(event, pe);
  const raised = !isRegistered(instance.state) ? 'refused' : instance.pending ? 'collapsed' : 'pending';
  if (raised === 'pending') {
    count(instance, 'triggered');
    instance.pending = true;
  } else {
    count(instance, 'triggered', raised);
  }
  if (raised !== 'refused') allowDelivery(core, event.type === 'private' ? [pe] : core.state.pes.keys());
  return raised;
}

export function discardPending(instance: EventInstance): void {
  if (!instance.pending) return;
  instance.pending = false;
  count(instance, 'discarded');
}

export function allowDelivery(core: DispatcherCore, pes: Iterable<number>): void {
  for (const pe of pes) core.state.pes[pe].deliveryForgotten = false;
}

/** Why a pending event does not go to that PE now, in words; `undefined`: it does. (DEN0054, "Event dispatch") */
export function obstacle(core: DispatcherCore, event: SdeiEvent, pe: SdeiPe): string | undefined {
  const instance = instanceOn(event, pe.index);
  const { masked, running, deliveryForgotten } = core.state.pes[pe.index];
  if (isRunning(instance.state)) return `its handler is running on PE${instance.runningOn ?? pe.index}`;
  if (!isEnabled(instance.state)) return `its handler is ${stateInWords[instance.state]} (SDEI_EVENT_ENABLE)`;
  if (event.type === 'shared') {
    if (instance.routing.mode === 'RM_PE' && instance.routing.affinity !== pe.affinity)
      return `it is routed to the PE with affinity 0x${instance.routing.affinity.toString(16)}`;
    if (instance.routing.mode === 'RM_ANY' && core.behaviour.routeAnyTo === 'registering' && instance.registeredBy !== pe.index)
      return `it goes to PE${instance.registeredBy}, which registered it`;
  }
  if (pe.power !== 'on') return `PE${pe.index} is ${pe.power}`;
  if (masked) return `PE${pe.index} is masked (SDEI_PE_MASK)`;
  const innermost = running.at(-1)?.context;
  if (innermost && !(event.priority === 'critical' && innermost.priority === 'normal')) {
    return `PE${pe.index} runs the ${innermost.priority} handler of event ${innermost.event}, which a ${event.priority} event does not preempt`;
  }
  if (deliveryForgotten) return `nothing has asked PE${pe.index} for a delivery since its last completion`;
  return undefined;
}

/** The event that goes to `pe` next: critical before normal, private before shared, then by number. */
export function nextEventOn(core: DispatcherCore, pe: SdeiPe): SdeiEvent | undefined {
  let next: SdeiEvent | undefined;
  for (const event of core.state.events) {
    if (!instanceOn(event, pe.index).pending || obstacle(core, event, pe)) continue;
    if (!next || rank(event) < rank(next)) next = event;
  }
  return next;
}

function rank(event: SdeiEvent): number {
  return (event.priority === 'critical' ? 0 : 2) + (event.type === 'private' ? 0 : 1);
}

/**
 * Delivers everything that can be delivered now. `first` is the PE that a shared event in RM_ANY prefers; then the lowest index.
 * @returns the deliveries made, in order
 */
export function deliverPending(core: DispatcherCore, first: number): DeliveryRecord[] {
  const delivered: DeliveryRecord[] = [];
  if (!core.state.events.some(({ instances }) => instances.some(({ pending }) => pending))) return delivered;
  const order = core.host.pes.toSorted((a, b) => Number(b.index === first) - Number(a.index === first));
  for (const pe of order) {
    for (let event = nextEventOn(core, pe); event; event = nextEventOn(core, pe)) delivered.push(deliver(core, event, pe));
  }
  return delivered;
}

function deliver(core: DispatcherCore, event: SdeiEvent, pe: SdeiPe): DeliveryRecord {
  const { host, behaviour, interrupts, state } = core;
  const instance = instanceOn(event, pe.index);
  const record: DeliveryRecord = {
    event: event.number,
    priority: event.priority,
    pe: pe.index,
    at: host.time,
    interrupted: { pc: pe.pc, el: pe.exceptionLevel },
  };
  instance.pending = false;
  instance.state = behaviour.handlerStates[instance.state].dispatch ?? instance.state;
  instance.runningOn = pe.index;
  count(instance, 'delivered');
  state.pes[pe.index].running.push({
    context: { event: event.number, priority: event.priority, ...contextOf(pe), at: host.time },
    delivery: state.forgottenDeliveries + state.deliveries.length,
  });
  rememberDelivery(core, record);
  if (event.intid !== undefined) interrupts.setActive(event.intid, pe.index, true);
  enterHandler(
    host,
    behaviour,
    pe,
    event.number,
    instance.relative ? BigInt.asUintN(64, pe.vbarClient + instance.entryPoint) : instance.entryPoint,
    instance.argument,
  );
  return record;
}

function rememberDelivery({ state }: DispatcherCore, record: DeliveryRecord): void {
  state.deliveries.push(record);
  if (state.deliveries.length < 2 * DELIVERY_HISTORY) return;
  state.forgottenDeliveries += DELIVERY_HISTORY;
  state.deliveries = state.deliveries.slice(DELIVERY_HISTORY);
}

/** Ends the innermost handler of `pe`, which must run one; `resumeAddress`: SDEI_EVENT_COMPLETE_AND_RESUME. */
export function complete(core: DispatcherCore, pe: SdeiPe, resumeAddress?: bigint): Completion {
  const ended = endInnermost(core, pe.index, resumeAddress === undefined ? 'complete' : 'resume');
  if (resumeAddress === undefined) resumeInterrupted(pe, ended);
  else resumeAt(core.host, core.behaviour, pe, ended, resumeAddress);
  core.state.pes[pe.index].deliveryForgotten = !core.behaviour.completionDeliversPending;
  return { event: ended.event, priority: ended.priority, how: resumeAddress === undefined ? 'complete' : 'resume', pc: pe.pc };
}

function endInnermost(core: DispatcherCore, pe: number, how: NonNullable<DeliveryRecord['ended']>) {
  const { behaviour, interrupts, state } = core;
  const handler = state.pes[pe].running.pop();
  if (!handler) throw new Error(`Internal error: no handler runs on PE${pe}.`);
  recordEnd(core, handler, how);
  const event = findEvent(core, handler.context.event);
  if (!event) return handler.context;
  const instance = instanceOn(event, pe);
  instance.state = behaviour.handlerStates[instance.state].complete ?? instance.state;
  instance.runningOn = undefined;
  if (how !== 'reset') count(instance, 'completed');
  if (event.intid !== undefined) {
    interrupts.setActive(event.intid, pe, false);
    if (instance.state === 'unregistered') unclaim(core, event, pe);
    else if (!interrupts.isEdge(event.intid) && interrupts.level(event.intid, pe)) raise(core, event, pe);
  }
  return handler.context;
}

export function recordEnd({ host, state }: DispatcherCore, { delivery }: RunningHandler, how: NonNullable<DeliveryRecord['ended']>): void {
  const n = delivery - state.forgottenDeliveries;
  if (n >= 0) state.deliveries[n] = { ...state.deliveries[n], ended: how, endedAt: host.time };
}

/** Ends the handlers of a PE that loses its state (reset, CPU_OFF), without going on anywhere. */
export function dropHandlers(core: DispatcherCore, pe: number): void {
  while (core.state.pes[pe].running.length > 0) endInnermost(core, pe, 'reset');
}

/**
 * SDEI_EVENT_UNREGISTER of a registered handler: also disables it. A running one becomes unregister-pending.
 * @returns whether it runs
 */
export function unregister(core: DispatcherCore, event: SdeiEvent, pe: number): boolean {
  const { behaviour, interrupts } = core;
  const instance = instanceOn(event, pe);
  instance.strayEnabled = false;
  const next = behaviour.handlerStates[instance.state].unregister;
  if (next === undefined) return isRunning(instance.state);
  if (event.intid !== undefined && isEnabled(instance.state)) interrupts.setEnabled(event.intid, pe, false);
  instance.state = next;
  if (!behaviour.pendingSurvivesRegistration) discardPending(instance);
  if (next !== 'unregistered') return true;
  unclaim(core, event, pe);
  return false;
}

/** A bound interrupt belongs to the dispatcher while its event is registered; a platform event's always does. */
export function claim(core: DispatcherCore, event: SdeiEvent, pe: number): void {
  if (event.origin === 'slot' && event.intid !== undefined) core.interrupts.claim(event.intid, pe);
}
function unclaim(core: DispatcherCore, event: SdeiEvent, pe: number): void {
  if (event.origin === 'slot' && event.intid !== undefined) core.interrupts.unclaim(event.intid, pe);
}

/** @returns whether the interrupt was the dispatcher's */
export function interruptRose(core: DispatcherCore, intid: number, pe: number): boolean {
  const event = bindingOf(core, intid);
  if (!event || (event.origin === 'slot' && !isRegistered(instanceOn(event, pe).state))) return false;
  raise(core, event, pe);
  return true;
}

/** A level-sensitive interrupt is pending only as long as its line is high. */
export function interruptFell(core: DispatcherCore, intid: number, pe: number): void {
  const event = bindingOf(core, intid);
  if (event && !core.interrupts.isEdge(intid)) discardPending(instanceOn(event, pe));
}
