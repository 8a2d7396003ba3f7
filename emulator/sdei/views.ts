/** What debuggers and traces see of the dispatcher. Reading changes nothing. */

import type { DispatcherCore, EventInstance, SdeiEvent } from './dispatcher-state.ts';
import { isRegistered } from './handler-state.ts';
import { CONTEXT, SAVED_REGISTERS, valuesOf } from './saved-context.ts';
import type { SdeiEventView, SdeiPeView } from './sdei-view.ts';

export function eventViews({ state }: DispatcherCore): SdeiEventView[] {
  return state.events.flatMap((event) =>
    event.instances.map((instance, n) => eventView(event, instance, event.type === 'private' ? n : instance.runningOn)),
  );
}

function eventView(event: SdeiEvent, instance: EventInstance, pe: number | undefined): SdeiEventView {
  const known = isRegistered(instance.state) || instance.state === 'unregisterPending';
  return {
    number: event.number,
    type: event.type,
    priority: event.priority,
    signalable: event.number === 0,
    source: event.origin === 'slot' || event.intid !== undefined ? 'interrupt' : event.origin,
    ...(event.intid !== undefined && { intid: event.intid }),
    ...(pe !== undefined && { pe }),
    state: instance.state,
    pending: instance.pending,
    ...(known && { entryPoint: instance.entryPoint, argument: instance.argument }),
    ...(known && event.type === 'shared' && { routing: instance.routing }),
    counts: { ...instance.counts },
  };
}

export function peViews({ state }: DispatcherCore): SdeiPeView[] {
  return state.pes.map(({ masked, running }, pe) => ({
    pe,
    masked,
    running: running.map(({ event, priority, at, context }) => ({ event, priority, at, ...valuesOf(context) })),
  }));
}

/** A part of an interrupted context: `x0`-`x17`, `pc`, `pstate`. */
export type ContextField = 'pc' | 'pstate' | `x${number}`;

export function editContext({ state }: DispatcherCore, pe: number, depth: number, field: ContextField, value: bigint): void {
  const handler = state.pes[pe]?.running[depth];
  if (!handler) throw new RangeError(`PE${pe} runs no handler at depth ${depth}.`);
  const place = field === 'pc' ? CONTEXT.PC : field === 'pstate' ? CONTEXT.PSTATE : Number(field.slice(1));
  if (field.startsWith('x') && !(Number.isInteger(place) && place >= 0 && place < SAVED_REGISTERS))
    throw new RangeError(`"${field}" is not saved: an interrupted context has x0 to x17, pc and pstate.`);
  handler.context[place] = value;
}
