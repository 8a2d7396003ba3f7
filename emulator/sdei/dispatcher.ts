/** The SDEI dispatcher: the level above the client, as DEN0054 describes it, over a {@link SdeiHost}. */

import { behaviourOf } from './behaviour.ts';
import type { Call, CallName, CallResult, CallRow, Completion, Parameter, Requirement } from './call.ts';
import { callNamed, calls } from './calls.ts';
import { validateSdeiConfiguration } from './configuration.ts';
import { deliverPending, discardPending, dropHandlers, interruptFell, interruptRose, unregister } from './delivery.ts';
import { latestDeliveries } from './delivery-log.ts';
import {
  type DispatcherCore,
  type DispatcherState,
  type EventInstance,
  type SdeiEvent,
  copyState,
  findEvent,
  initialState,
  instanceOn,
} from './dispatcher-state.ts';
import { noInterrupts } from './interrupt-binding.ts';
import { type PendedEvent, takePended } from './pended.ts';
import { type ConditionName, conditions } from './requirements.ts';
import type { Priority } from '../stop-reason.ts';
import type { SdeiHost, SdeiPe } from './sdei-host.ts';
import type { DeliveryRecord, SdeiConfiguration, SdeiEventView, SdeiPeView, TriggerResult } from './sdei-view.ts';
import { type StatusName, x0FromStatus } from './status-codes.ts';
import { trigger } from './trigger.ts';
import { type ContextField, editContext, eventViews, peViews } from './views.ts';

/** What an SDEI call did. */
export interface SdeiCallOutcome {
  readonly pe: number;
  readonly functionId: number;
  /** `SDEI_EVENT_ENABLE`; for an unassigned identifier `SDEI call 0xc4000033`. */
  readonly name: string;
  /** The call's arguments (X1, X2, …), as it understands them. */
  readonly arguments: readonly bigint[];
  /** What X0 holds on return, unsigned; absent: the call did not return (see `completion`) or left X0 alone. */
  readonly result?: bigint;
  /** `SUCCESS` also for a call that returns a value; absent: as for `result`. */
  readonly status?: StatusName;
  /** Why the call was refused, in words: `the handler is not registered`. */
  readonly reason?: string;
  /** The handler that the call has ended. */
  readonly completion?: Completion;
}

/** Plain structured-cloneable data. */
export type SdeiSnapshot = DispatcherState;

export interface SdeiDispatcher {
  /**
   * Makes the call that `pe` asks for: arguments from X1 on, the result into X0. The PE's PC is already past the conduit instruction.
   * Nothing is delivered yet: {@link deliverPending} comes next.
   * @param functionId W0 without the SVE hint, in 0xC400_0020 to 0xC400_003F
   */
  call(pe: SdeiPe, functionId: number): SdeiCallOutcome;
  /** The same where nobody asks what the call did. @returns a handler's end that {@link tell} was asked for; absent: none */
  callUntold(pe: SdeiPe, functionId: number): Completion | undefined;
  /**
   * Makes a call on behalf of the guest; its registers stay as they are.
   * @throws RangeError for the two completing calls, which only the handler itself can make
   */
  callFor(pe: number, name: CallName, ...x: readonly bigint[]): SdeiCallOutcome;
  /**
   * Delivers what can be delivered now; to be called before the next instruction after a call, a trigger, a change of an interrupt, a power
   * change, and an edit through a KVM register. Nothing else makes an event deliverable.
   * @param preferredPe takes a shared event in RM_ANY if it can (the PE that caused the change)
   * @returns how many deliveries were made, the latest of {@link deliveries}; a critical handler may follow a normal one on the same PE
   */
  deliverPending(preferredPe?: number): number;
  /** What is told from now on, besides what always is: {@link takePended}, and {@link Completion.clobbered} of completions. */
  tell(what: { readonly pended: boolean; readonly clobbered: boolean }): void;
  /** Events that became pending since this was asked last and wait; to be asked after {@link deliverPending}. */
  takePended(): readonly PendedEvent[];
  /** Raises an event as its source would: event 0 as SDEI_EVENT_SIGNAL does, a platform's or an interrupt's event as these do. */
  trigger(event: number, pe: number): TriggerResult;

  /** A claimed interrupt's edge or rising level. @returns whether the dispatcher takes it; if not it is the client's */
  interruptRose(intid: number, pe: number): boolean;
  /** A level-sensitive interrupt's line went low. */
  interruptFell(intid: number, pe: number): void;

  /** CPU_ON, or a reset of that PE: its private events are unregistered and it is masked. */
  peStarted(pe: number): void;
  /** CPU_OFF: a running handler of that PE ends here, unless the profile forgets it. */
  peStopped(pe: number): void;
  /** The PE wakes from a power-down suspend: registrations stay, it is masked. */
  peWokeFromPowerDown(pe: number): void;
  /** Everything as at the start. */
  systemReset(): void;

  /** Private events once per PE, by number, then PE. */
  events(): readonly SdeiEventView[];
  pes(): readonly SdeiPeView[];
  /** The handler that a PE runs, and how many it runs. */
  innermost(pe: number): { readonly event: number; readonly priority: Priority; readonly depth: number } | undefined;
  /** The latest deliveries, oldest first: at most `most`, absent: all up to {@link DELIVERY_HISTORY}. */
  deliveries(most?: number): readonly DeliveryRecord[];
  /** Deliveries since the start, remembered or not. */
  deliveryCount(): number;
  /**
   * Changes what the completion of a running handler will restore.
   * @param depth 0 is the outermost handler of `pe`
   * @throws RangeError if no handler runs there
   */
  editInterruptedContext(pe: number, depth: number, field: ContextField, value: bigint): void;

  snapshotState(): SdeiSnapshot;
  restoreState(snapshot: SdeiSnapshot): void;

  /** For the other parts of `sdei/`. */
  readonly core: DispatcherCore;
}

/** @throws RangeError if the configuration is impossible, with the first problem that `validateSdeiConfiguration` finds */
export function createSdeiDispatcher(host: SdeiHost, configuration: SdeiConfiguration): SdeiDispatcher {
  const [problem] = validateSdeiConfiguration(configuration);
  if (problem !== undefined) throw new RangeError(problem);
  const fixed = {
    host,
    configuration,
    behaviour: behaviourOf(configuration.profile, configuration.bugCompatible),
    interrupts: host.interrupts ?? noInterrupts,
  };
  const core: DispatcherCore = {
    ...fixed,
    state: initialState(fixed),
    spareContexts: [],
    spareKept: [],
    tells: { pended: false, clobbered: false },
    raised: [],
  };
  claimPlatformInterrupts(core);
  const clientLevel = host.client === 'EL2' ? 2 : 1;
  const prepared = calls.map((row) => prepare(row, core));
  const preparedCall = (functionId: number): PreparedCall | undefined => prepared[(functionId - FIRST_CALL) | 0];

  return {
    core,
    call(pe, functionId) {
      const call = preparedCall(functionId);
      const outcome =
        pe.exceptionLevel === clientLevel
          ? perform(core, call, functionId, pe, pe)
          : notSupported(call?.row, functionId, pe, `the caller is at EL${pe.exceptionLevel}, the client at ${host.client}`);
      if (outcome.result !== undefined) pe.setX(0, outcome.result);
      return outcome;
    },
    callUntold(pe, functionId) {
      const call = preparedCall(functionId);
      if (!call || call.isAbsent || !core.state.available || pe.exceptionLevel !== clientLevel) return this.call(pe, functionId).completion;
      return answer(pe, makeCall(call, new MadeCall(core, call, pe, pe)));
    },
    callFor(pe, name, ...x) {
      if (name === 'SDEI_EVENT_COMPLETE' || name === 'SDEI_EVENT_COMPLETE_AND_RESUME') {
        throw new RangeError(`${name} does not return to its caller: only the handler itself can make it.`);
      }
      const { functionId } = callNamed(name);
      const call = preparedCall(functionId);
      return perform(core, call, functionId, host.pes[pe], {
        x: (n) => BigInt.asUintN(64, x[n - 1] ?? 0n),
        w: (n) => Number(BigInt.asUintN(32, x[n - 1] ?? 0n)),
      });
    },
    deliverPending: (preferredPe = 0) => deliverPending(core, preferredPe),
    tell(what) {
      core.tells = what;
      core.raised = [];
    },
    takePended: () => (core.raised.length === 0 ? NONE_PENDED : takePended(core)),
    trigger: (event, pe) => trigger(core, event, pe),
    interruptRose: (intid, pe) => interruptRose(core, intid, pe),
    interruptFell: (intid, pe) => interruptFell(core, intid, pe),
    peStarted(pe) {
      if (core.behaviour.powerOffEndsHandlers) dropHandlers(core, pe);
      for (const event of core.state.events) {
        if (event.type !== 'private') continue;
        const instance = instanceOn(event, pe);
        unregister(core, event, pe);
        discardPending(instance);
        instance.state = 'unregistered';
        instance.runningOn = undefined;
      }
      core.state.pes[pe].masked = true;
    },
    peStopped(pe) {
      if (core.behaviour.powerOffEndsHandlers) dropHandlers(core, pe);
    },
    peWokeFromPowerDown(pe) {
      core.state.pes[pe].masked = true;
    },
    systemReset() {
      for (const pe of host.pes) dropHandlers(core, pe.index);
      for (const event of core.state.events) event.instances.forEach((_, pe) => unregister(core, event, pe));
      const { deliveries } = core.state;
      core.state = { ...initialState(core), deliveries };
    },
    events: () => eventViews(core),
    pes: () => peViews(core),
    innermost(pe) {
      const { running } = core.state.pes[pe];
      const last = running.at(-1);
      return last && { event: last.event, priority: last.priority, depth: running.length };
    },
    deliveries: (most) => latestDeliveries(core.state.deliveries, most),
    deliveryCount: () => core.state.deliveries.count,
    editInterruptedContext: (pe, depth, field, value) => editContext(core, pe, depth, field, value),
    snapshotState: () => copyState(core.state),
    restoreState(snapshot) {
      core.state = copyState(snapshot);
    },
  };
}

function claimPlatformInterrupts({ host, state, interrupts }: DispatcherCore): void {
  for (const { origin, type, intid } of state.events) {
    if (origin !== 'platform' || intid === undefined) continue;
    for (const pe of type === 'private' ? host.pes : host.pes.slice(0, 1)) {
      interrupts.claim(intid, pe.index);
      interrupts.setEnabled(intid, pe.index, true);
    }
  }
}

const FIRST_CALL = calls[0].functionId;
const NONE_PENDED: readonly PendedEvent[] = [];

/** A call's row, with what the profile makes of it. */
interface PreparedCall {
  readonly row: CallRow;
  readonly isAbsent: boolean;
  readonly namesEvent: boolean;
  readonly requirements: readonly { readonly holds: (typeof conditions)[ConditionName]; readonly otherwise: Requirement[1] }[];
}

function prepare(row: CallRow, { behaviour }: DispatcherCore): PreparedCall {
  const requirements = (behaviour.requirements[row.name] ?? row.requirements).map(([condition, otherwise]) => ({
    holds: conditions[condition],
    otherwise,
  }));
  return { row, isAbsent: behaviour.absentCalls.includes(row.name), namesEvent: row.parameters[0]?.name === 'event', requirements };
}

/** @param registers X1 to X5 are the arguments */
function perform(
  core: DispatcherCore,
  prepared: PreparedCall | undefined,
  functionId: number,
  pe: SdeiPe,
  registers: Pick<SdeiPe, 'x' | 'w'>,
): SdeiCallOutcome {
  if (!prepared) return notSupported(undefined, functionId, pe, 'no SDEI call has this function identifier');
  const { row } = prepared;
  if (!core.state.available) return notSupported(row, functionId, pe, 'the SDEI interface is switched off (KVM_REG_ARM_STD_BMAP)');
  if (prepared.isAbsent) return notSupported(row, functionId, pe, `profile ${core.configuration.profile} does not have this call`);
  const call = new MadeCall(core, prepared, pe, registers);
  const { arguments: args } = call;
  return outcomeOf(row.name, functionId, pe.index, args, makeCall(prepared, call));
}

function notSupported(row: CallRow | undefined, functionId: number, pe: SdeiPe, reason: string): SdeiCallOutcome {
  const name = row?.name ?? `SDEI call 0x${functionId.toString(16)}`;
  return outcomeOf(name, functionId, pe.index, [], { status: 'NOT_SUPPORTED', reason });
}

function outcomeOf(
  name: string,
  functionId: number,
  pe: number,
  args: readonly bigint[],
  result: CallResult | Unanswered,
): SdeiCallOutcome {
  if (result === 'SUCCESS') return { pe, functionId, name, arguments: args, result: 0n, status: 'SUCCESS' };
  if (typeof result === 'bigint') return { pe, functionId, name, arguments: args, result, status: 'SUCCESS' };
  if ('how' in result) return { pe, functionId, name, arguments: args, completion: result };
  const { status, reason } = result;
  if (status === 'X0_UNCHANGED') return { pe, functionId, name, arguments: args, reason };
  return { pe, functionId, name, arguments: args, result: x0FromStatus(status), status, reason };
}

/** The result goes to X0, unless the call has ended a handler. */
function answer(pe: SdeiPe, result: CallResult | Unanswered): Completion | undefined {
  if (typeof result === 'string') pe.setX(0, 0n);
  else if (typeof result === 'bigint') pe.setX(0, result);
  else if ('how' in result) return result;
  else if (result.status !== 'X0_UNCHANGED') pe.setX(0, x0FromStatus(result.status));
  return undefined;
}

class MadeCall implements Call {
  readonly core: DispatcherCore;
  readonly pe: SdeiPe;
  readonly event: SdeiEvent | undefined;
  readonly instance: EventInstance | undefined;
  private readonly parameters: readonly Parameter[];
  private readonly registers: Pick<SdeiPe, 'x' | 'w'>;
  private known: readonly bigint[] | undefined;

  constructor(core: DispatcherCore, { row, namesEvent }: PreparedCall, pe: SdeiPe, registers: Pick<SdeiPe, 'x' | 'w'>) {
    this.core = core;
    this.pe = pe;
    this.event = namesEvent ? findEvent(core, registers.w(1) | 0) : undefined;
    this.instance = this.event && instanceOn(this.event, pe.index);
    this.parameters = row.parameters;
    this.registers = registers;
    this.known = undefined;
  }
  /** Looked at when somebody asks first: most calls have no use for all of them. */
  get arguments(): readonly bigint[] {
    return (this.known ??= this.parameters.map(({ type }, n) => argumentFrom(type, this.registers.x(n + 1))));
  }
}

function argumentFrom(type: Parameter['type'], x: bigint): bigint {
  if (type === 'uint64') return x;
  return type === 'int32' ? BigInt.asIntN(32, x) : BigInt.asUintN(32, x);
}

interface Unanswered {
  readonly status: 'X0_UNCHANGED';
  readonly reason: string;
}

function makeCall({ row, requirements }: PreparedCall, call: Call): CallResult | Unanswered {
  for (const { holds, otherwise } of requirements) {
    const reason = holds(call, row.transition);
    if (reason !== undefined) return { status: otherwise, reason } as CallResult | Unanswered;
  }
  return row.run(call);
}
