/** The conditions a call may require before it acts, by name; `calls.ts` and the profiles list them with the status that a breach answers. */

import { slotNumbersOf } from './bind-slots.ts';
import type { Call } from './call.ts';
import { bindingOf, interruptKind, slotsInUse } from './interrupt-binding.ts';
import { type DispatcherCore, findEvent, instanceOn } from './dispatcher-state.ts';
import { type HandlerTransition, isEnabled, isRegistered, isRunning, stateInWords } from './handler-state.ts';
import type { SdeiPe } from './sdei-host.ts';

export const REGISTER_ROUTING_MODE_PE = 1n;
export const REGISTER_RELATIVE_MODE = 2n;

/** @returns what is wrong, in words; `undefined`: holds. */
type Condition = (call: Call, transition: HandlerTransition | undefined) => string | undefined;

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** The PE with that affinity, by its MPIDR layout; bits outside the affinity fields match no PE unless the profile drops them. */
export function peWithAffinity({ host, behaviour }: DispatcherCore, affinity: bigint): SdeiPe | undefined {
  const compared = behaviour.ignoredAffinityBits === 0n ? affinity : affinity & ~behaviour.ignoredAffinityBits;
  for (const pe of host.pes) if (pe.affinity === compared) return pe;
  return undefined;
}

export function relativeModeOffered({ configuration }: DispatcherCore): boolean {
  return configuration.relativeMode === true;
}

function affinityProblem({ core }: Call, affinity: bigint): string | undefined {
  return peWithAffinity(core, affinity) ? undefined : `no PE has affinity ${hex(affinity)}`;
}

function signalTarget(call: Call): SdeiPe | undefined {
  return call.core.behaviour.signalTarget === 'caller' ? call.pe : peWithAffinity(call.core, call.arguments[1]);
}

function signalTargetState(call: Call) {
  const target = signalTarget(call);
  const event = findEvent(call.core, 0);
  return target && event
    ? { target, instance: instanceOn(event, target.index), masked: call.core.state.pes[target.index].masked }
    : undefined;
}

function registrationAffinityProblem(call: Call): string | undefined {
  return call.arguments[X4] & REGISTER_ROUTING_MODE_PE ? affinityProblem(call, call.arguments[X5]) : undefined;
}

const [X1, X2, X3, X4, X5] = [0, 1, 2, 3, 4];

export const conditions = {
  eventKnown: ({ core, event, arguments: x }) => (event ? undefined : `event ${x[X1]} is not known; ${knownEvents(core)}`),

  handlerStateAllows({ core, instance }, transition) {
    if (!instance || !transition || core.behaviour.handlerStates[instance.state][transition]) return undefined;
    return `the handler is ${stateInWords[instance.state]}`;
  },
  handlerNotUnregisterPending: ({ instance }) =>
    instance?.state === 'unregisterPending' ? `the handler is ${stateInWords.unregisterPending}` : undefined,

  entryPointAligned: ({ arguments: x }) => ((x[X2] & 3n) === 0n ? undefined : `entry point ${hex(x[X2])} is not a multiple of 4`),
  entryPointNotZero: ({ arguments: x }) => (x[X2] === 0n ? 'the entry point is 0' : undefined),
  entryPointFetchable: ({ core, pe, arguments: x }) =>
    core.host.clientCanFetch?.(pe.index, x[X2]) === false ? `entry point ${hex(x[X2])} is outside the client's memory` : undefined,
  flagsKnown({ core, arguments: x }) {
    const known = REGISTER_ROUTING_MODE_PE | (relativeModeOffered(core) ? REGISTER_RELATIVE_MODE : 0n);
    return (x[X4] & ~known) === 0n ? undefined : `flags ${hex(x[X4])} have bits that this version does not define`;
  },
  registrationAffinityKnown: registrationAffinityProblem,
  sharedRegistrationAffinityKnown: (call) => (call.event?.type === 'shared' ? registrationAffinityProblem(call) : undefined),

  handlerRuns: ({ core, pe }) => (core.state.pes[pe.index].running.length > 0 ? undefined : `no handler runs on PE${pe.index}`),
  contextParameterKnown: ({ arguments: x }) => (x[X1] < 18n ? undefined : `parameter ${x[X1]} is not 0 to 17`),
  resumeAddressAligned: ({ arguments: x }) => ((x[X1] & 3n) === 0n ? undefined : `resume address ${hex(x[X1])} is not a multiple of 4`),
  resumeAddressFetchable: ({ core, pe, arguments: x }) =>
    core.host.clientCanFetch?.(pe.index, x[X1]) === false ? `resume address ${hex(x[X1])} is outside the client's memory` : undefined,

  infoKnown: ({ arguments: x }) => (x[X2] <= 4n ? undefined : `information ${x[X2]} is not 0 to 4`),
  routingInfoOfSharedEvent: ({ event, arguments: x }) =>
    x[X2] >= 3n && event?.type === 'private' ? `event ${event.number} is private: it has no routing` : undefined,
  routingInfoOfRegisteredEvent: ({ instance, arguments: x }) =>
    x[X2] >= 3n && instance && !isRegistered(instance.state) ? `the handler is ${stateInWords[instance.state]}` : undefined,
  affinityInfoInPeMode: ({ instance, arguments: x }) =>
    x[X2] === 4n && instance && isRegistered(instance.state) && instance.routing.mode === 'RM_ANY'
      ? 'the routing mode is RM_ANY'
      : undefined,

  routingModeKnown: ({ arguments: x }) => (x[X2] <= 1n ? undefined : `routing mode ${hex(x[X2])} is neither RM_ANY (0) nor RM_PE (1)`),
  routingAffinityKnown: (call) => (call.arguments[X2] === 1n ? affinityProblem(call, call.arguments[X3]) : undefined),
  eventShared: ({ event }) => (event?.type === 'private' ? `event ${event.number} is private: it has no routing` : undefined),
  eventNotPending: ({ event, instance }) => (event && instance?.pending ? `event ${event.number} is pending` : undefined),

  eventSignalable: (call) => (call.event?.number === 0 ? undefined : `event ${call.arguments[X1]} cannot be signalled: only event 0 can`),
  targetKnown: (call) => (signalTarget(call) ? undefined : `no PE has affinity ${hex(call.arguments[X2])}`),
  targetUnmasked(call) {
    const target = signalTargetState(call);
    return target?.masked ? `PE${target.target.index} is masked` : undefined;
  },
  targetRegistered(call) {
    const target = signalTargetState(call);
    return target && !isRegistered(target.instance.state)
      ? `on PE${target.target.index} the handler is ${stateInWords[target.instance.state]}`
      : undefined;
  },
  targetEnabled(call) {
    const target = signalTargetState(call);
    return target && !isEnabled(target.instance.state)
      ? `on PE${target.target.index} the handler is ${stateInWords[target.instance.state]}`
      : undefined;
  },

  featureKnown({ core, arguments: x }) {
    const [major, minor] = core.configuration.version;
    const known = major > 1 || minor > 0 ? 2n : 1n;
    return x[X1] < known ? undefined : `feature ${x[X1]} is not known to version ${major}.${minor}`;
  },

  interruptIsPpiOrSpi: ({ arguments: x }) => (interruptKind(Number(x[X1])) ? undefined : `INTID ${x[X1]} is neither a PPI nor an SPI`),
  interruptExists: ({ core, arguments: x }) => (core.interrupts.exists(Number(x[X1])) ? undefined : `there is no INTID ${x[X1]}`),
  interruptNotPlatform({ core, arguments: x }) {
    const owner = bindingOf(core, Number(x[X1]));
    return owner?.origin === 'platform' ? `INTID ${x[X1]} raises the platform's event ${owner.number}` : undefined;
  },
  slotFree({ core, arguments: x }) {
    const kind = interruptKind(Number(x[X1]));
    if (!kind || bindingOf(core, Number(x[X1]))) return undefined;
    const slots = slotNumbersOf(core, kind).length;
    return slotsInUse(core, kind) < slots ? undefined : `all ${slots} ${kind} slots are bound`;
  },
  interruptClientOwned: ({ core, arguments: x }) =>
    bindingOf(core, Number(x[X1])) || core.interrupts.isClientOwned(Number(x[X1])) ? undefined : `INTID ${x[X1]} is not the client's`,
  interruptInactive({ core, pe, arguments: x }) {
    const intid = Number(x[X1]);
    if (bindingOf(core, intid)) return undefined;
    if (core.interrupts.isActive(intid, pe.index)) return `INTID ${intid} is active`;
    return core.interrupts.isPending(intid, pe.index) ? `INTID ${intid} is pending` : undefined;
  },

  eventIsSlot: ({ event }) => (event && event.origin !== 'slot' ? `event ${event.number} was not made by SDEI_INTERRUPT_BIND` : undefined),
  slotBound: ({ event }) =>
    event?.origin === 'slot' && event.intid === undefined ? `no interrupt is bound to event ${event.number}` : undefined,
  noHandlerRegistered({ event }) {
    const pe = event?.instances.findIndex(({ state }) => state !== 'unregistered') ?? -1;
    if (!event || pe < 0) return undefined;
    return `the handler is ${stateInWords[event.instances[pe].state]}${event.type === 'private' ? ` on PE${pe}` : ''}`;
  },
  boundInterruptInactive: ({ core, pe, event }) =>
    event?.intid !== undefined && core.interrupts.isActive(event.intid, pe.index) ? `INTID ${event.intid} is active` : undefined,
  boundInterruptClientOwned: ({ core, event }) =>
    event?.origin === 'slot' && event.intid !== undefined && !core.interrupts.isClientOwned(event.intid)
      ? `INTID ${event.intid} is not the client's`
      : undefined,

  noPrivateHandlerRuns({ core, pe }) {
    if (core.behaviour.privateReset !== 'atomic') return undefined;
    const busy = core.state.events.find((event) => event.type === 'private' && isRunning(instanceOn(event, pe.index).state));
    return busy && `the handler of event ${busy.number} is ${stateInWords[instanceOn(busy, pe.index).state]}`;
  },
  noSharedHandlerRuns({ core }) {
    if (core.behaviour.sharedReset !== 'atomic') return undefined;
    const busy = core.state.events.find((event) => event.type === 'shared' && isRunning(event.instances[0].state));
    return busy && `the handler of event ${busy.number} is ${stateInWords[busy.instances[0].state]}`;
  },
  noPrivateBindingRegistered({ core }) {
    if (core.behaviour.sharedReset !== 'atomic') return undefined;
    for (const event of core.state.events) {
      if (event.type !== 'private' || event.origin !== 'slot') continue;
      const pe = event.instances.findIndex(({ state }) => state !== 'unregistered');
      if (pe >= 0) return `event ${event.number} (INTID ${event.intid}) still has a handler on PE${pe}`;
    }
    return undefined;
  },
} satisfies Record<string, Condition>;

export type ConditionName = keyof typeof conditions;

/** `this machine has events 0, 804 and 806`. */
export function knownEvents({ state }: DispatcherCore): string {
  const numbers = state.events.map(({ number }) => (number >= 0x4000_0000 ? `0x${number.toString(16)}` : `${number}`));
  if (numbers.length === 1) return `this machine has only event ${numbers[0]}`;
  return `this machine has events ${numbers.slice(0, -1).join(', ')} and ${numbers.at(-1)}`;
}
