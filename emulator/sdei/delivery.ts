/** How an event gets to its handler and back: triggers, which event runs next, entry, nesting, completion. */

import type { WaitReason } from '../stop-reason.ts';
import type { Completion } from './call.ts';
import { addDelivery, endDelivery } from './delivery-log.ts';
import {
  type DispatcherCore,
  type DispatcherState,
  type EventInstance,
  type RunningHandler,
  type SdeiEvent,
  findEvent,
  instanceOn,
} from './dispatcher-state.ts';
import { enterHandler, resumeAt, resumeInterrupted } from './handler-entry.ts';
import { isEnabled, isRegistered, isRunning, stateInWords } from './handler-state.ts';
import { bindingOf } from './interrupt-binding.ts';
import { changedRegisters, leftRegisters, newKeptRegisters } from './kept-registers.ts';
import { CONTEXT, newContext } from './saved-context.ts';
import type { SdeiPe } from './sdei-host.ts';
import type { DeliveryRecord } from './sdei-view.ts';

/** What a trigger became. Several triggers of a pending event are one. */
export type Raised = 'pending' | 'collapsed' | 'refused';

/** Marks the event pending, as its source does; an unregistered handler refuses it. `pe` is whose instance a private event means. */
export function raise(core: DispatcherCore, event: SdeiEvent, pe: number): Raised {
  const instance = instanceOn(event, pe);
  const { counts } = instance;
  counts.triggered++;
  if (!isRegistered(instance.state)) {
    counts.refused++;
    return 'refused';
  }
  if (event.type === 'private') allowDelivery(core, pe);
  else for (const state of core.state.pes) state.deliveryForgotten = false;
  if (instance.pending) {
    counts.collapsed++;
    return 'collapsed';
  }
  instance.pending = true;
  if (core.tells.pended) core.raised.push({ event, pe });
  return 'pending';
}

export function discardPending(instance: EventInstance): void {
  if (!instance.pending) return;
  instance.pending = false;
  instance.counts.discarded++;
}

export function allowDelivery(core: DispatcherCore, pe: number): void {
  core.state.pes[pe].deliveryForgotten = false;
}

export interface Obstacle {
  readonly reason: WaitReason;
  /** The same in words. */
  readonly text: string;
}

/** Why a pending event does not go to that PE now; `undefined`: it does. (DEN0054, "Event dispatch") */
export function obstacle(core: DispatcherCore, event: SdeiEvent, pe: SdeiPe): Obstacle | undefined {
  const instance = instanceOn(event, pe.index);
  const { masked, running, deliveryForgotten } = core.state.pes[pe.index];
  if (isRunning(instance.state)) return { reason: 'running', text: `its handler is running on PE${instance.runningOn ?? pe.index}` };
  if (!isEnabled(instance.state)) return { reason: 'disabled', text: `its handler is ${stateInWords[instance.state]} (SDEI_EVENT_ENABLE)` };
  if (event.type === 'shared') {
    if (instance.routing.mode === 'RM_PE' && instance.routing.affinity !== pe.affinity)
      return { reason: 'routed', text: `it is routed to the PE with affinity 0x${instance.routing.affinity.toString(16)}` };
    if (instance.routing.mode === 'RM_ANY' && core.behaviour.routeAnyTo === 'registering' && instance.registeredBy !== pe.index)
      return { reason: 'routed', text: `it goes to PE${instance.registeredBy}, which registered it` };
  }
  if (pe.power !== 'on') return { reason: pe.power, text: `PE${pe.index} is ${pe.power}` };
  if (masked) return { reason: 'masked', text: `PE${pe.index} is masked (SDEI_PE_MASK)` };
  const innermost = running.at(-1);
  if (innermost && !(event.priority === 'critical' && innermost.priority === 'normal')) {
    return {
      reason: innermost.priority === 'critical' ? 'criticalRuns' : 'normalRuns',
      text: `PE${pe.index} runs the ${innermost.priority} handler of event ${innermost.event}, which a ${event.priority} event does not preempt`,
    };
  }
  if (deliveryForgotten) return { reason: 'forgotten', text: `nothing has asked PE${pe.index} for a delivery since its last completion` };
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
 * @returns how many deliveries were made
 */
export function deliverPending(core: DispatcherCore, first: number): number {
  if (!isAnythingPending(core.state)) return 0;
  const { pes } = core.host;
  const before = core.state.deliveries.count;
  for (let n = 0; n < pes.length; n++) {
    const pe = pes[n === 0 ? first : n <= first ? n - 1 : n];
    for (let event = nextEventOn(core, pe); event; event = nextEventOn(core, pe)) deliver(core, event, pe);
  }
  return core.state.deliveries.count - before;
}

function isAnythingPending({ events }: DispatcherState): boolean {
  for (const { instances } of events) for (const { pending } of instances) if (pending) return true;
  return false;
}

function deliver({ host, behaviour, interrupts, state, spareContexts, spareKept }: DispatcherCore, event: SdeiEvent, pe: SdeiPe): void {
  const instance = instanceOn(event, pe.index);
  const { number, priority } = event;
  const at = host.time;
  const context = spareContexts.pop() ?? newContext();
  pe.saveContext(context);
  const kept = spareKept.pop() ?? newKeptRegisters();
  pe.saveKept(kept);
  instance.pending = false;
  instance.state = behaviour.handlerStates[instance.state].dispatch ?? instance.state;
  instance.runningOn = pe.index;
  instance.counts.delivered++;
  const delivery = addDelivery(state.deliveries, number, priority, pe.index, at, context[CONTEXT.PC], pe.exceptionLevel);
  state.pes[pe.index].running.push({ event: number, priority, at, context, kept, delivery });
  if (event.intid !== undefined) interrupts.setActive(event.intid, pe.index, true);
  const entryPoint = instance.relative ? BigInt.asUintN(64, pe.vbarClient + instance.entryPoint) : instance.entryPoint;
  enterHandler(host, behaviour, pe, context, number, entryPoint, instance.argument);
}

/** Ends the innermost handler of `pe`, which must run one; `resumeAddress`: SDEI_EVENT_COMPLETE_AND_RESUME. */
export function complete(core: DispatcherCore, pe: SdeiPe, resumeAddress?: bigint): Completion {
  const how = resumeAddress === undefined ? 'complete' : 'resume';
  const ended = endInnermost(core, pe.index, how);
  const clobbered = core.tells.clobbered ? clobberedBy(core, ended, pe, how) : undefined;
  if (resumeAddress === undefined) resumeInterrupted(pe, ended.context);
  else resumeAt(core.host, core.behaviour, pe, ended.context, resumeAddress);
  blame(core, ended, pe, how);
  core.spareContexts.push(ended.context);
  if (ended.kept) core.spareKept.push(ended.kept);
  core.state.pes[pe.index].deliveryForgotten = !core.behaviour.completionDeliversPending;
  const completion = { event: ended.event, priority: ended.priority, how, pc: pe.pc } as const;
  return clobbered ? { ...completion, clobbered } : completion;
}

/** What the handler leaves to the interrupted context otherwise than it found it. */
function clobberedBy({ host }: DispatcherCore, { kept, left }: RunningHandler, pe: SdeiPe, how: 'complete' | 'resume') {
  if (!kept || pe.hasKept(kept)) return undefined;
  const present = newKeptRegisters();
  pe.saveKept(present);
  return changedRegisters({ kept, ...(left && { left }) }, present, host.client, how);
}

/** Behind the end of a handler: what it has changed, the one that it had interrupted has not. */
function blame({ state }: DispatcherCore, ended: RunningHandler, pe: SdeiPe, how: 'complete' | 'resume'): void {
  const outer = state.pes[pe.index].running.at(-1);
  if (!outer?.kept || !ended.kept || (outer.left === undefined && pe.hasKept(ended.kept))) return;
  const { kept, left } = outer;
  const present = newKeptRegisters();
  pe.saveKept(present);
  outer.left = leftRegisters({ kept, ...(left && { left }) }, ended.kept, present, { event: ended.event, how });
}

function endInnermost(core: DispatcherCore, pe: number, how: NonNullable<DeliveryRecord['ended']>) {
  const { behaviour, interrupts, state } = core;
  const handler = state.pes[pe].running.pop();
  if (!handler) throw new Error(`Internal error: no handler runs on PE${pe}.`);
  recordEnd(core, handler, how);
  const event = findEvent(core, handler.event);
  if (!event) return handler;
  const instance = instanceOn(event, pe);
  instance.state = behaviour.handlerStates[instance.state].complete ?? instance.state;
  instance.runningOn = undefined;
  if (how !== 'reset') instance.counts.completed++;
  if (event.intid !== undefined) {
    interrupts.setActive(event.intid, pe, false);
    if (instance.state === 'unregistered') unclaim(core, event, pe);
    else if (!interrupts.isEdge(event.intid) && interrupts.level(event.intid, pe)) raise(core, event, pe);
  }
  return handler;
}

export function recordEnd({ host, state }: DispatcherCore, { delivery }: RunningHandler, how: NonNullable<DeliveryRecord['ended']>): void {
  endDelivery(state.deliveries, delivery, how, host.time);
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
