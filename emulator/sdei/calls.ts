/** The nineteen SDEI calls (DEN0054, "SDEI interfaces"): one row each. */

import { slotNumbersOf } from './bind-slots.ts';
import type { Call, CallName, CallRow, Parameter } from './call.ts';
import { allowDelivery, claim, complete, discardPending, raise, unregister } from './delivery.ts';
import { type DispatcherCore, type EventInstance, type SdeiEvent, instanceOn } from './dispatcher-state.ts';
import { type HandlerTransition, isEnabled, isRegistered, statusBits } from './handler-state.ts';
import { bind, release } from './interrupt-binding.ts';
import { REGISTER_RELATIVE_MODE, REGISTER_ROUTING_MODE_PE, conditions, peWithAffinity, relativeModeOffered } from './requirements.ts';
import type { SdeiPe } from './sdei-host.ts';

const event: Parameter = { name: 'event', type: 'int32' };
const uint32 = (name: string): Parameter => ({ name, type: 'uint32' });
const uint64 = (name: string): Parameter => ({ name, type: 'uint64' });

/** By function identifier, without a gap. */
export const calls: readonly CallRow[] = [
  {
    functionId: 0xc400_0020,
    name: 'SDEI_VERSION',
    parameters: [],
    requirements: [],
    run({ core }) {
      const [major, minor] = core.configuration.version;
      return (BigInt(major) << 48n) | (BigInt(minor) << 32n) | core.behaviour.vendorVersion;
    },
  },
  {
    functionId: 0xc400_0021,
    name: 'SDEI_EVENT_REGISTER',
    parameters: [event, uint64('entryPoint'), uint64('argument'), uint64('flags'), uint64('affinity')],
    requirements: [
      ['eventKnown', 'INVALID_PARAMETERS'],
      ['entryPointAligned', 'INVALID_PARAMETERS'],
      ['flagsKnown', 'INVALID_PARAMETERS'],
      ['sharedRegistrationAffinityKnown', 'INVALID_PARAMETERS'],
      ['handlerStateAllows', 'DENIED'],
    ],
    transition: 'register',
    run(call) {
      const { core, pe, arguments: x } = call;
      const { event, instance } = named(call);
      const [, entryPoint, argument, flags, affinity] = x;
      if (!core.behaviour.pendingSurvivesRegistration) discardPending(instance);
      move(call, 'register');
      instance.strayEnabled = false;
      instance.entryPoint = entryPoint;
      instance.argument = argument;
      instance.relative = relativeModeOffered(core) && (flags & REGISTER_RELATIVE_MODE) !== 0n;
      instance.routing = event.type === 'shared' && (flags & REGISTER_ROUTING_MODE_PE) !== 0n ? routingTo(core, affinity) : routingToAny;
      instance.registeredBy = pe.index;
      claim(core, event, pe.index);
      if (event.intid !== undefined && !core.interrupts.isEdge(event.intid) && core.interrupts.level(event.intid, pe.index))
        raise(core, event, pe.index);
      return 'SUCCESS';
    },
  },
  {
    functionId: 0xc400_0022,
    name: 'SDEI_EVENT_ENABLE',
    parameters: [event],
    requirements: [
      ['eventKnown', 'INVALID_PARAMETERS'],
      ['handlerStateAllows', 'DENIED'],
    ],
    transition: 'enable',
    run(call) {
      move(call, 'enable');
      tellEnabled(call);
      allowDelivery(call.core, call.pe.index);
      return 'SUCCESS';
    },
  },
  {
    functionId: 0xc400_0023,
    name: 'SDEI_EVENT_DISABLE',
    parameters: [event],
    requirements: [
      ['eventKnown', 'INVALID_PARAMETERS'],
      ['handlerStateAllows', 'DENIED'],
    ],
    transition: 'disable',
    run(call) {
      move(call, 'disable');
      tellEnabled(call);
      return 'SUCCESS';
    },
  },
  {
    functionId: 0xc400_0024,
    name: 'SDEI_EVENT_CONTEXT',
    parameters: [uint32('parameter')],
    requirements: [
      ['contextParameterKnown', 'INVALID_PARAMETERS'],
      ['handlerRuns', 'DENIED'],
    ],
    run({ core, pe, arguments: [parameter] }) {
      const innermost = core.state.pes[pe.index].running.at(-1);
      return innermost ? innermost.context[Number(parameter)] : 0n;
    },
  },
  {
    functionId: 0xc400_0025,
    name: 'SDEI_EVENT_COMPLETE',
    parameters: [uint64('status')],
    requirements: [['handlerRuns', 'DENIED']],
    run: ({ core, pe }) => complete(core, pe),
  },
  {
    functionId: 0xc400_0026,
    name: 'SDEI_EVENT_COMPLETE_AND_RESUME',
    parameters: [uint64('resumeAddress')],
    requirements: [
      ['resumeAddressAligned', 'INVALID_PARAMETERS'],
      ['handlerRuns', 'DENIED'],
    ],
    run: ({ core, pe, arguments: [resumeAddress] }) => complete(core, pe, resumeAddress),
  },
  {
    functionId: 0xc400_0027,
    name: 'SDEI_EVENT_UNREGISTER',
    parameters: [event],
    requirements: [
      ['eventKnown', 'INVALID_PARAMETERS'],
      ['handlerNotUnregisterPending', 'PENDING'],
      ['handlerStateAllows', 'DENIED'],
    ],
    transition: 'unregister',
    run(call) {
      if (!unregister(call.core, named(call).event, call.pe.index)) return 'SUCCESS';
      return { status: 'PENDING', reason: 'the handler runs; it is unregistered when it completes' };
    },
  },
  {
    functionId: 0xc400_0028,
    name: 'SDEI_EVENT_STATUS',
    parameters: [event],
    requirements: [['eventKnown', 'INVALID_PARAMETERS']],
    run(call) {
      const bits = statusBits[named(call).instance.state];
      if (!call.core.behaviour.statusGivesBitNumbers) return BigInt(bits);
      return isRegistered(named(call).instance.state) ? BigInt((bits & 2 ? 1 : 0) | (bits & 4 ? 2 : 0)) : 0n;
    },
  },
  {
    functionId: 0xc400_0029,
    name: 'SDEI_EVENT_GET_INFO',
    parameters: [event, uint32('information')],
    requirements: [
      ['eventKnown', 'INVALID_PARAMETERS'],
      ['infoKnown', 'INVALID_PARAMETERS'],
      ['routingInfoOfSharedEvent', 'INVALID_PARAMETERS'],
      ['routingInfoOfRegisteredEvent', 'DENIED'],
      ['affinityInfoInPeMode', 'INVALID_PARAMETERS'],
    ],
    run(call) {
      const { event, instance } = named(call);
      const { signaledInfo } = call.core.behaviour;
      const information = [
        event.type === 'shared' ? 1n : 0n,
        event.number === 0 ? signaledInfo.signalable : signaledInfo.other,
        event.priority === 'critical' ? 1n : 0n,
        instance.routing.mode === 'RM_PE' ? 1n : 0n,
        instance.routing.affinity,
      ];
      return information[Number(call.arguments[1])];
    },
  },
  {
    functionId: 0xc400_002a,
    name: 'SDEI_EVENT_ROUTING_SET',
    parameters: [event, uint64('mode'), uint64('affinity')],
    requirements: [
      ['eventKnown', 'INVALID_PARAMETERS'],
      ['routingModeKnown', 'INVALID_PARAMETERS'],
      ['routingAffinityKnown', 'INVALID_PARAMETERS'],
      ['eventShared', 'INVALID_PARAMETERS'],
      ['handlerStateAllows', 'DENIED'],
    ],
    transition: 'setRouting',
    run(call) {
      const [, mode, affinity] = call.arguments;
      move(call, 'setRouting');
      named(call).instance.routing = mode === 1n ? routingTo(call.core, affinity) : routingToAny;
      return 'SUCCESS';
    },
  },
  {
    functionId: 0xc400_002b,
    name: 'SDEI_PE_MASK',
    parameters: [],
    requirements: [],
    run({ core, pe }) {
      const state = core.state.pes[pe.index];
      const changed = !state.masked;
      state.masked = true;
      return changed && core.behaviour.maskAnswersChange ? 1n : 0n;
    },
  },
  {
    functionId: 0xc400_002c,
    name: 'SDEI_PE_UNMASK',
    parameters: [],
    requirements: [],
    run({ core, pe }) {
      core.state.pes[pe.index].masked = false;
      allowDelivery(core, pe.index);
      return 'SUCCESS';
    },
  },
  {
    functionId: 0xc400_002d,
    name: 'SDEI_INTERRUPT_BIND',
    parameters: [uint32('intid')],
    requirements: [
      ['interruptIsPpiOrSpi', 'INVALID_PARAMETERS'],
      ['interruptNotPlatform', 'INVALID_PARAMETERS'],
      ['slotFree', 'OUT_OF_RESOURCE'],
      ['interruptClientOwned', 'INVALID_PARAMETERS'],
      ['interruptInactive', 'DENIED'],
    ],
    run: ({ core, arguments: [intid] }) => BigInt(bind(core, Number(intid)).number),
  },
  {
    functionId: 0xc400_002e,
    name: 'SDEI_INTERRUPT_RELEASE',
    parameters: [event],
    requirements: [
      ['eventKnown', 'INVALID_PARAMETERS'],
      ['eventIsSlot', 'INVALID_PARAMETERS'],
      ['noHandlerRegistered', 'DENIED'],
    ],
    transition: 'release',
    run(call) {
      release(call.core, named(call).event);
      return 'SUCCESS';
    },
  },
  {
    functionId: 0xc400_002f,
    name: 'SDEI_EVENT_SIGNAL',
    parameters: [event, uint64('target')],
    requirements: [
      ['eventSignalable', 'INVALID_PARAMETERS'],
      ['targetKnown', 'INVALID_PARAMETERS'],
    ],
    run(call) {
      const target = call.core.behaviour.signalTarget === 'caller' ? call.pe : peWithAffinity(call.core, call.arguments[1]);
      raise(call.core, named(call).event, (target ?? call.pe).index);
      return 'SUCCESS';
    },
  },
  {
    functionId: 0xc400_0030,
    name: 'SDEI_FEATURES',
    parameters: [uint32('feature')],
    requirements: [['featureKnown', 'INVALID_PARAMETERS']],
    run({ core, arguments: [feature] }) {
      if (feature === 0n) return BigInt(slotNumbersOf(core, 'shared').length * 0x1_0000 + slotNumbersOf(core, 'private').length);
      return relativeModeOffered(core) ? 1n : 0n;
    },
  },
  {
    functionId: 0xc400_0031,
    name: 'SDEI_PRIVATE_RESET',
    parameters: [],
    requirements: [['noPrivateHandlerRuns', 'DENIED']],
    run({ core, pe }) {
      const running = unregisterAll(core, 'private', pe.index);
      if (!running || core.behaviour.privateReset === 'ignore-running') return 'SUCCESS';
      return { status: 'DENIED', reason: `the handler of event ${running.number} runs; it is unregistered when it completes` };
    },
  },
  {
    functionId: 0xc400_0032,
    name: 'SDEI_SHARED_RESET',
    parameters: [],
    requirements: [
      ['noSharedHandlerRuns', 'DENIED'],
      ['noPrivateBindingRegistered', 'DENIED'],
    ],
    run({ core, pe }) {
      if (core.behaviour.sharedReset === 'no-effect') return 'SUCCESS';
      const running = unregisterAll(core, 'shared', pe.index);
      if (running) return { status: 'DENIED', reason: `the handler of event ${running.number} runs; it is unregistered when it completes` };
      const bound = core.state.events.filter(({ origin, intid }) => origin === 'slot' && intid !== undefined);
      const kept = bound.filter((event) => !canRelease(core, event, pe));
      for (const event of bound) if (!kept.includes(event)) release(core, event);
      return kept.length === 0
        ? 'SUCCESS'
        : { status: 'DENIED', reason: `event ${kept[0].number} (INTID ${kept[0].intid}) still has a handler, or is active` };
    },
  },
];

const rows: ReadonlyMap<number, CallRow> = new Map(calls.map((row) => [row.functionId, row]));
const rowsByName: ReadonlyMap<string, CallRow> = new Map(calls.map((row) => [row.name, row]));

/** `undefined`: no SDEI call has that identifier. */
export function callOf(functionId: number): CallRow | undefined {
  return rows.get(functionId);
}

export function callNamed(name: CallName): CallRow {
  const row = rowsByName.get(name);
  if (!row) throw new Error(`Internal error: no SDEI call ${name}.`);
  return row;
}

const routingToAny: EventInstance['routing'] = { mode: 'RM_ANY', affinity: 0n };

function routingTo(core: DispatcherCore, affinity: bigint): EventInstance['routing'] {
  return { mode: 'RM_PE', affinity: peWithAffinity(core, affinity)?.affinity ?? affinity };
}

/** The event that the call names; its requirements have made sure that there is one. */
function named(call: Call): { event: SdeiEvent; instance: EventInstance } {
  if (!call.event || !call.instance) throw new Error('Internal error: the call has no event.');
  return { event: call.event, instance: call.instance };
}

function move(call: Call, transition: HandlerTransition): void {
  const { instance } = named(call);
  instance.state = call.core.behaviour.handlerStates[instance.state][transition] ?? instance.state;
}

function tellEnabled(call: Call): void {
  const { event, instance } = named(call);
  if (event.intid !== undefined) call.core.interrupts.setEnabled(event.intid, call.pe.index, isEnabled(instance.state));
}

/** As SDEI_INTERRUPT_RELEASE says of the event. */
function canRelease(core: DispatcherCore, event: SdeiEvent, pe: SdeiPe): boolean {
  const row = callNamed('SDEI_INTERRUPT_RELEASE');
  const call: Call = { core, pe, arguments: [BigInt(event.number)], event, instance: instanceOn(event, pe.index) };
  return (core.behaviour.requirements[row.name] ?? row.requirements).every(([condition]) => !conditions[condition](call, row.transition));
}

/** Unregisters every event of that type (private: of that PE). @returns the first whose handler runs */
function unregisterAll(core: DispatcherCore, type: 'private' | 'shared', pe: number): SdeiEvent | undefined {
  const all = core.state.events.filter((event) => event.type === type);
  return all.filter((event) => unregister(core, event, pe))[0];
}
