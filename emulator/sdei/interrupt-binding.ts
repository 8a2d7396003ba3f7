/** Interrupts as the source of events: what SDEI_INTERRUPT_BIND and RELEASE do, and what the interrupt controller is told. */

import { type DispatcherCore, type SdeiEvent, newEvent } from './dispatcher-state.ts';
import { slotNumbersOf } from './bind-slots.ts';
import type { InterruptPort } from './sdei-host.ts';

/** A machine without an interrupt controller: no interrupt is the client's, so none can be bound. */
export const noInterrupts: InterruptPort = {
  isActive: () => false,
  isPending: () => false,
  exists: () => false,
  isClientOwned: () => false,
  isEdge: () => true,
  level: () => false,
  claim: () => undefined,
  unclaim: () => undefined,
  setActive: () => undefined,
  setEnabled: () => undefined,
};

/** The type of event that an interrupt gives: PPI private, SPI shared; `undefined`: SGI, LPI or special. */
export function interruptKind(intid: number): 'private' | 'shared' | undefined {
  if ((intid >= 16 && intid <= 31) || (intid >= 1056 && intid <= 1119)) return 'private';
  if ((intid >= 32 && intid <= 1019) || (intid >= 4096 && intid <= 5119)) return 'shared';
  return undefined;
}

export function bindingOf({ state }: DispatcherCore, intid: number): SdeiEvent | undefined {
  return state.events.find((event) => event.intid === intid);
}

export function slotsInUse({ state }: DispatcherCore, type: 'private' | 'shared'): number {
  return state.events.filter((event) => event.origin === 'slot' && event.type === type && event.intid !== undefined).length;
}

/** The event of `intid`, made in the lowest free slot if there is none yet. A free slot is the caller's promise. */
export function bind(core: DispatcherCore, intid: number): SdeiEvent {
  const bound = bindingOf(core, intid);
  if (bound) return bound;
  const type = interruptKind(intid) ?? 'shared';
  const isFree = (number: number): boolean => !core.state.events.some((event) => event.number === number && event.intid !== undefined);
  const number = slotNumbersOf(core, type).find(isFree) as number;
  const slot = core.state.events.find((event) => event.number === number);
  if (slot) {
    slot.intid = intid;
    return slot;
  }
  const event = newEvent(core.host.pes.length, { number, type, priority: 'normal', origin: 'slot', intid });
  core.state.events.push(event);
  core.state.events.sort((a, b) => a.number - b.number);
  return event;
}

export function release(core: DispatcherCore, event: SdeiEvent): void {
  if (core.behaviour.slotNumbersArePermanent) event.intid = undefined;
  else core.state.events = core.state.events.filter((other) => other !== event);
}
