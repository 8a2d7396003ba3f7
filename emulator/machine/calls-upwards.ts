import type { Pe } from '../pe.ts';
import type { SdeiCallOutcome, SdeiDispatcher } from '../sdei/dispatcher.ts';
import type { SdeiPe } from '../sdei/sdei-host.ts';
import type { TriggerResult } from '../sdei/sdei-view.ts';
import { type ConduitOutcome, handleConduitCall } from '../smccc/conduit-call.ts';
import type { PsciHost } from '../smccc/psci-host.ts';
import type { Conduit } from '../system/services.ts';
import type { Stops } from './stops.ts';

/** Calls of the level above the client, and what it delivers; with the stops that somebody asked for on the way. */
export class CallsUpwards {
  private readonly pes: readonly SdeiPe[];
  private readonly sdei: SdeiDispatcher;
  private readonly psci: PsciHost;
  private readonly stops: Stops;
  /** A conduit call was not made since a stop condition asks for the state before it. */
  private refused = false;

  constructor(pes: readonly SdeiPe[], sdei: SdeiDispatcher, psci: PsciHost, stops: Stops) {
    this.pes = pes;
    this.sdei = sdei;
    this.psci = psci;
    this.stops = stops;
  }

  /** The PC is past the instruction already. */
  conduitCall(pe: Pe, conduit: Conduit, immediate: number): void {
    const pc = pe.pc - 4n;
    if (this.stops.conditions.conduitCall && !this.stops.wasReportedAt(pe, pc)) {
      this.stops.push({ kind: 'conduit-call', pe: pe.index, pc, conduit, immediate, x0: pe.x(0) });
      this.refused = true;
      return;
    }
    const outcome = handleConduitCall({ pes: this.pes, sdei: this.sdei, psci: this.psci }, this.pes[pe.index]);
    this.reportCall(pe, pc, outcome);
    this.deliver(pe.index);
  }
  /** @returns whether the last conduit call was not made: it is to be made again */
  takeRefusal(): boolean {
    const { refused } = this;
    this.refused = false;
    return refused;
  }

  private reportCall(pe: Pe, pc: bigint, outcome: ConduitOutcome): void {
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
        pc,
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
    for (const { event, priority, pe, interrupted } of this.sdei.deliverPending(preferredPe)) {
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

const matches = (condition: boolean | readonly number[] | undefined, event: number): boolean =>
  Array.isArray(condition) ? condition.includes(event) : condition === true;
