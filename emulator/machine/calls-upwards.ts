import type { Pe } from '../pe.ts';
import type { Completion } from '../sdei/call.ts';
import { callOf } from '../sdei/calls.ts';
import type { SdeiCallOutcome, SdeiDispatcher } from '../sdei/dispatcher.ts';
import type { TriggerResult } from '../sdei/sdei-view.ts';
import { type ConduitOutcome, type ConduitServices, handleConduitCall, sdeiFunctionId } from '../smccc/conduit-call.ts';
import type { ExceptionStops } from './exception-stops.ts';
import type { Stops } from './stops.ts';

/** Calls of the level above the client, and what it delivers; with the stops that somebody asked for on the way. */
export class CallsUpwards {
  private readonly services: ConduitServices;
  private readonly sdei: SdeiDispatcher;
  private readonly pes: readonly Pe[];
  private readonly stops: Stops;
  private readonly exceptionStops: ExceptionStops;

  constructor(services: ConduitServices, pes: readonly Pe[], stops: Stops, exceptionStops: ExceptionStops) {
    this.services = services;
    this.sdei = services.sdei;
    this.pes = pes;
    this.stops = stops;
    this.exceptionStops = exceptionStops;
  }

  /** The PC is past the instruction already. */
  conduitCall(pe: Pe): void {
    const caller = this.services.pes[pe.index];
    const { sdeiCompletion, sdeiCallFailed, exceptionLevel } = this.stops.conditions;
    const sdei = sdeiCompletion || sdeiCallFailed || exceptionLevel ? undefined : sdeiFunctionId(caller.w(0));
    if (sdei === undefined) {
      const call = { address: BigInt.asUintN(64, pe.pc - 4n), el: pe.state.exceptionLevel };
      this.reportCall(pe, call, handleConduitCall(this.services, caller));
    } else {
      const completion = this.sdei.callUntold(caller, sdei);
      if (completion?.clobbered) this.reportClobbered(pe, completion);
    }
    this.deliver(pe.index);
  }

  /** The PE goes on behind the call, or where a completion led it; nothing has been delivered yet. @param call where it was made */
  private reportCall(pe: Pe, { address: pc, el }: { readonly address: bigint; readonly el: number }, outcome: ConduitOutcome): void {
    if (outcome.service !== 'sdei') return;
    const { conditions } = this.stops;
    const { name, functionId, arguments: args, status, result, reason, completion } = outcome.call;
    if (completion) this.reportCompletion(pe, pc, el, completion);
    if (conditions.sdeiCallFailed && status !== undefined && status !== 'SUCCESS' && result !== undefined) {
      const namesEvent = callOf(functionId)?.parameters[0]?.name === 'event';
      this.stops.push({
        kind: 'sdei-call-failed',
        pe: pe.index,
        pc,
        el,
        functionId,
        call: name,
        ...(namesEvent && args.length > 0 && { event: Number(args[0]) }),
        arguments: args,
        status,
        result,
        ...(reason !== undefined && { reason }),
      });
    }
  }
  private reportCompletion(pe: Pe, pc: bigint, el: number, completion: Completion): void {
    const { event, priority, how, clobbered } = completion;
    if (clobbered) this.reportClobbered(pe, completion);
    if (matches(this.stops.conditions.sdeiCompletion, event)) {
      const depth = (this.sdei.innermost(pe.index)?.depth ?? 0) + 1;
      this.stops.push({ kind: 'sdei-completion', pe: pe.index, event, priority, how, pc: pe.pc, el: pe.state.exceptionLevel, depth });
    }
    this.exceptionStops.changed(pe, pc, el, 'completion');
  }
  private reportClobbered(pe: Pe, { event, how, clobbered = [] }: Completion): void {
    this.stops.push({ kind: 'sdei-clobbered', pe: pe.index, pc: pe.pc, el: pe.state.exceptionLevel, event, how, changed: clobbered });
  }

  /** Delivers what can be delivered; called after everything that may make an event deliverable. */
  deliver(preferredPe: number): void {
    const made = this.sdei.deliverPending(preferredPe);
    const { sdeiDispatch, sdeiPended, exceptionLevel } = this.stops.conditions;
    if (made > 0 && (sdeiDispatch || exceptionLevel)) this.reportDeliveries(made);
    if (sdeiPended) this.reportPended();
  }
  private reportDeliveries(made: number): void {
    const deliveries = this.sdei.deliveries(made);
    for (const [n, { event, priority, pe, interrupted }] of deliveries.entries()) {
      const { pc: interruptedPc, el: interruptedEl } = interrupted;
      const later = deliveries.slice(n + 1).filter((other) => other.pe === pe).length;
      const depth = (this.sdei.innermost(pe)?.depth ?? 0) - later;
      if (matches(this.stops.conditions.sdeiDispatch, event))
        this.stops.push({ kind: 'sdei-dispatch', pe, event, priority, interruptedPc, interruptedEl, depth });
      this.exceptionStops.changed(this.pes[pe], interruptedPc, interruptedEl, 'dispatch');
    }
  }
  private reportPended(): void {
    for (const pended of this.sdei.takePended()) {
      const { pc, state } = this.pes[pended.pe];
      this.stops.push({ kind: 'sdei-pended', pc, el: state.exceptionLevel, ...pended });
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

const matches = (condition: boolean | readonly number[] | undefined, event: number): boolean =>
  Array.isArray(condition) ? condition.includes(event) : condition === true;
