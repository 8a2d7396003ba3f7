import type { Pe } from '../pe.ts';
import type { SdeiCallOutcome, SdeiDispatcher } from '../sdei/dispatcher.ts';
import type { TriggerResult } from '../sdei/sdei-view.ts';
import { type ConduitOutcome, type ConduitServices, handleConduitCall, sdeiFunctionId } from '../smccc/conduit-call.ts';
import type { Stops } from './stops.ts';

/** Calls of the level above the client, and what it delivers; with the stops that somebody asked for on the way. */
export class CallsUpwards {
  private readonly services: ConduitServices;
  private readonly sdei: SdeiDispatcher;
  private readonly stops: Stops;

  constructor(services: ConduitServices, stops: Stops) {
    this.services = services;
    this.sdei = services.sdei;
    this.stops = stops;
  }

  /** The PC is past the instruction already. */
  conduitCall(pe: Pe): void {
    const caller = this.services.pes[pe.index];
    const { sdeiCompletion, sdeiCallFailed } = this.stops.conditions;
    const sdei = sdeiCompletion || sdeiCallFailed ? undefined : sdeiFunctionId(caller.w(0));
    if (sdei === undefined) this.reportCall(pe, handleConduitCall(this.services, caller));
    else this.sdei.callUntold(caller, sdei);
    this.deliver(pe.index);
  }

  /** The PE goes on behind the call, or where a completion led it; nothing has been delivered yet. */
  private reportCall(pe: Pe, outcome: ConduitOutcome): void {
    if (outcome.service !== 'sdei') return;
    const { conditions } = this.stops;
    const { name, arguments: args, status, result, reason, completion } = outcome.call;
    if (completion && matches(conditions.sdeiCompletion, completion.event)) {
      this.stops.push({ kind: 'sdei-completion', pe: pe.index, event: completion.event, how: completion.how, pc: pe.pc });
    }
    if (conditions.sdeiCallFailed && status !== undefined && status !== 'SUCCESS' && result !== undefined) {
      this.stops.push({
        kind: 'sdei-call-failed',
        pe: pe.index,
        pc: addressOfCall(pe),
        call: name,
        arguments: args,
        status,
        result,
        ...(reason !== undefined && { reason }),
      });
    }
  }

  /** Delivers what can be delivered; called after everything that may make an event deliverable. */
  deliver(preferredPe: number): void {
    const made = this.sdei.deliverPending(preferredPe);
    if (made === 0 || !this.stops.conditions.sdeiDispatch) return;
    for (const { event, priority, pe, interrupted } of this.sdei.deliveries(made)) {
      if (!matches(this.stops.conditions.sdeiDispatch, event)) continue;
      this.stops.push({ kind: 'sdei-dispatch', pe, event, priority, interruptedPc: interrupted.pc, interruptedEl: interrupted.el });
    }
  }
  /** Raises an event as its source would, from outside the guest. */
  trigger(event: number, pe: number): TriggerResult {
    const result = this.sdei.trigger(event, pe);
    this.deliver(pe);
    return result;
  }
  /** Makes an SDEI call on behalf of the guest. */
  sdeiCall(pe: number, name: GuestCall, ...x: readonly bigint[]): SdeiCallOutcome {
    const outcome = this.sdei.callFor(pe, name, ...x);
    this.deliver(pe);
    return outcome;
  }
}

/** Calls that a debugger can make for the guest. */
export type GuestCall = 'SDEI_EVENT_ENABLE' | 'SDEI_EVENT_DISABLE' | 'SDEI_PE_MASK' | 'SDEI_PE_UNMASK';

const addressOfCall = (pe: Pe): bigint => BigInt.asUintN(64, pe.pc - 4n);

const matches = (condition: boolean | readonly number[] | undefined, event: number): boolean =>
  Array.isArray(condition) ? condition.includes(event) : condition === true;
