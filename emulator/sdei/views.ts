/** What debuggers and traces see of the dispatcher. Reading changes nothing. */

import { DELIVERY_HISTORY } from './delivery.ts';
import type { DispatcherCore, EventInstance, SdeiEvent } from './dispatcher-state.ts';
import { SAVED_REGISTERS } from './handler-entry.ts';
import { isRegistered } from './handler-state.ts';
import type { DeliveryRecord, SdeiEventView, SdeiPeView } from './sdei-view.ts';

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
    counts: instance.counts,
  };
}

export function peViews({ state }: DispatcherCore): SdeiPeView[] {
  return state.pes.map(({ masked, running }, pe) => ({ pe, masked, running: running.map(({ context }) => context) }));
}

export function deliveryRecords({ state }: DispatcherCore): readonly DeliveryRecord[] {
  return state.deliveries.slice(-DELIVERY_HISTORY);
}

/** A part of an interrupted context: `x0`-`x17`, `pc`, `pstate`. */
export type ContextField = 'pc' | 'pstate' | `x${number}`;

export function editContext({ state }: DispatcherCore, pe: number, depth: number, field: ContextField, value: bigint): void {
  const handler = state.pes[pe]?.running[depth];
  if (!handler) throw new RangeError(`PE${pe} runs no handler at depth ${depth}.`);
  const unsigned = BigInt.asUintN(64, value);
  let { context } = handler;
  if (field === 'pc' || field === 'pstate') {
    context = { ...context, [field]: unsigned };
  } else {
    const n = Number(field.slice(1));
    if (!(Number.isInteger(n) && n >= 0 && n < SAVED_REGISTERS))
      throw new RangeError(`"${field}" is not saved: an interrupted context has x0 to x17, pc and pstate.`);
    context = { ...context, x: context.x.with(n, unsigned) };
  }
  state.pes[pe].running[depth] = { ...handler, context };
}
