/** Everything the dispatcher remembers, as plain structured-cloneable data, and how it begins. */

import { slotNumbersOf } from './bind-slots.ts';
import type { Priority } from '../stop-reason.ts';
import type { KeptRegisters, LeftRegister } from './kept-registers.ts';
import { type SavedContext, newContext } from './saved-context.ts';
import type { InterruptPort, SdeiHost } from './sdei-host.ts';
import { type DeliveryLog, copyDeliveryLog, newDeliveryLog } from './delivery-log.ts';
import type { HandlerState, SdeiConfiguration, SdeiEventCounts } from './sdei-view.ts';
import type { Behaviour } from './behaviour.ts';

/** What is registered: of one PE for a private event, of the system for a shared one. */
export interface EventInstance {
  state: HandlerState;
  pending: boolean;
  entryPoint: bigint;
  argument: bigint;
  /** `entryPoint` is an offset from VBAR_ELc. */
  relative: boolean;
  routing: { readonly mode: 'RM_ANY' | 'RM_PE'; readonly affinity: bigint };
  /** Where a shared event was registered. */
  registeredBy: number;
  /** PE that runs the handler. */
  runningOn: number | undefined;
  /** The enabled bit was written through a KVM register while unregistered; it waits for the registered bit. */
  strayEnabled: boolean;
  readonly counts: { -readonly [Name in keyof SdeiEventCounts]: number };
}

export interface SdeiEvent {
  readonly number: number;
  readonly type: 'private' | 'shared';
  readonly priority: Priority;
  /** `slot`: a number that SDEI_INTERRUPT_BIND gives out. */
  readonly origin: 'software' | 'platform' | 'slot';
  /** The interrupt that raises it; absent for a slot that is not bound. */
  intid: number | undefined;
  /** One per PE (private) or one (shared). */
  readonly instances: EventInstance[];
}

export interface RunningHandler {
  readonly event: number;
  readonly priority: Priority;
  /** Machine time of the dispatch. */
  readonly at: number;
  /** What it interrupted. */
  readonly context: SavedContext;
  /** What it must not change. Absent: it was not dispatched here, but came by a KVM register. */
  readonly kept?: KeptRegisters;
  /** What of that handlers which interrupted it have changed, and not it. Replaced, never changed in place. */
  left?: readonly LeftRegister[];
  /** Number of its delivery since reset. */
  readonly delivery: number;
}

export interface PeState {
  masked: boolean;
  /** Outermost first. */
  running: RunningHandler[];
  /** Defect of the KVM series: a completion does not ask for the next delivery; something else must. */
  deliveryForgotten: boolean;
  /** KVM's context register while no handler runs. */
  idleContext: SavedContext;
}

export interface DispatcherState {
  /** KVM_REG_ARM_STD_BMAP can take the whole interface away. */
  available: boolean;
  /** By ascending number. */
  events: SdeiEvent[];
  pes: PeState[];
  deliveries: DeliveryLog;
}

/** What the parts of the dispatcher share. */
export interface DispatcherCore {
  readonly host: SdeiHost;
  readonly configuration: SdeiConfiguration;
  readonly behaviour: Behaviour;
  readonly interrupts: InterruptPort;
  state: DispatcherState;
  /** Of handlers that have ended, for the next ones. */
  readonly spareContexts: SavedContext[];
  readonly spareKept: KeptRegisters[];
  /** What somebody wants to be told of. Nothing that a run depends on. */
  tells: { readonly pended: boolean; readonly clobbered: boolean };
  /** What has become pending since somebody asked. */
  raised: { readonly event: SdeiEvent; readonly pe: number }[];
}

function newInstance(): EventInstance {
  return {
    state: 'unregistered',
    pending: false,
    entryPoint: 0n,
    argument: 0n,
    relative: false,
    routing: { mode: 'RM_ANY', affinity: 0n },
    registeredBy: 0,
    runningOn: undefined,
    strayEnabled: false,
    counts: { triggered: 0, delivered: 0, completed: 0, collapsed: 0, refused: 0, discarded: 0 },
  };
}

export function newEvent(peCount: number, event: Omit<SdeiEvent, 'instances'>): SdeiEvent {
  const count = event.type === 'private' ? peCount : 1;
  return { ...event, instances: Array.from({ length: count }, newInstance) };
}

/** Cold reset: nothing registered or bound, every PE masked. */
export function initialState(core: Pick<DispatcherCore, 'host' | 'configuration' | 'behaviour'>): DispatcherState {
  const { host, configuration, behaviour } = core;
  const events: Omit<SdeiEvent, 'instances'>[] = [
    { number: 0, type: 'private', priority: 'normal', origin: 'software', intid: undefined } as const,
    ...behaviour.events.map((event) => ({ ...event, origin: 'platform', intid: undefined }) as const),
    ...configuration.events.map(
      ({ number, type, priority, interrupt }) => ({ number, type, priority, origin: 'platform', intid: interrupt }) as const,
    ),
  ];
  if (behaviour.slotNumbersArePermanent) {
    for (const type of ['private', 'shared'] as const) {
      for (const number of slotNumbersOf(core, type)) events.push({ number, type, priority: 'normal', origin: 'slot', intid: undefined });
    }
  }
  return {
    available: true,
    events: events.map((event) => newEvent(host.pes.length, event)).sort((a, b) => a.number - b.number),
    pes: host.pes.map(() => ({ masked: true, running: [], deliveryForgotten: false, idleContext: newContext() })),
    deliveries: newDeliveryLog(),
  };
}

/** A copy that shares only what is never changed in place. */
export function copyState(state: DispatcherState): DispatcherState {
  return {
    ...state,
    events: state.events.map((event) => ({
      ...event,
      instances: event.instances.map((instance) => ({ ...instance, counts: { ...instance.counts } })),
    })),
    pes: state.pes.map((pe) => ({ ...pe, running: pe.running.map(copyHandler) })),
    deliveries: copyDeliveryLog(
      state.deliveries,
      state.pes.flatMap(({ running }) => running.map(({ delivery }) => delivery)),
    ),
  };
}

function copyHandler(handler: RunningHandler): RunningHandler {
  const { context, kept } = handler;
  return { ...handler, context: context.slice(), ...(kept && { kept: kept.slice() }) };
}

export function findEvent(core: DispatcherCore, number: number): SdeiEvent | undefined {
  for (const event of core.state.events) if (event.number === number) return event;
  return undefined;
}

/** The instance that a call made on `pe` means. */
export function instanceOn(event: SdeiEvent, pe: number): EventInstance {
  return event.instances[event.type === 'private' ? pe : 0];
}
