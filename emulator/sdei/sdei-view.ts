import type { BindSlots } from './bind-slots.ts';
import type { Priority } from '../stop-reason.ts';

/** Event handler states (DEN0054, "Event handler states"); a word per reachable value of SDEI_EVENT_STATUS. */
export type HandlerState = 'unregistered' | 'registered' | 'enabled' | 'registeredRunning' | 'enabledRunning' | 'unregisterPending';

/** One event as a client can see it, plus what no call shows (pending, counters). For private events: of one PE. */
export interface SdeiEventView {
  readonly number: number;
  readonly type: 'private' | 'shared';
  readonly priority: Priority;
  /** Event 0 only: can be raised by SDEI_EVENT_SIGNAL. */
  readonly signalable: boolean;
  readonly source: 'software' | 'platform' | 'interrupt';
  /** Only for `source: 'interrupt'`. */
  readonly intid?: number;
  /** PE whose instance this is (private), or the PE that runs the handler (shared); absent: none. */
  readonly pe?: number;
  readonly state: HandlerState;
  readonly pending: boolean;
  /** Absent while the handler is unregistered. */
  readonly entryPoint?: bigint;
  readonly argument?: bigint;
  /** Shared events only. */
  readonly routing?: { readonly mode: 'RM_ANY' | 'RM_PE'; readonly affinity: bigint };
  readonly counts: SdeiEventCounts;
}

/** Since reset. `triggered` = `delivered` + `collapsed` + `refused` + `discarded` + 1 if pending. */
export interface SdeiEventCounts {
  readonly triggered: number;
  readonly delivered: number;
  readonly completed: number;
  /** Triggers while already pending: the two became one. */
  readonly collapsed: number;
  /** Triggers of an unregistered event, and those that the profile refuses. */
  readonly refused: number;
  /** Pending triggers lost to a registration, an unregistration, a reset, or a level that fell before the dispatch. */
  readonly discarded: number;
}

/** The context that a running handler interrupted: what SDEI_EVENT_COMPLETE restores. */
export interface InterruptedContext {
  readonly event: number;
  readonly priority: Priority;
  /** X0-X17. */
  readonly x: readonly bigint[];
  readonly pc: bigint;
  /** In SPSR format. */
  readonly pstate: bigint;
  /** Machine time (instructions retired by all PEs) of the dispatch. */
  readonly at: number;
}

export interface SdeiPeView {
  readonly pe: number;
  readonly masked: boolean;
  /** Running handlers, outermost first; at most two: normal, then critical on top. */
  readonly running: readonly InterruptedContext[];
}

/** One delivery, for traces. */
export interface DeliveryRecord {
  readonly event: number;
  readonly priority: Priority;
  readonly pe: number;
  /** Machine time of the dispatch, in instructions retired by all PEs. */
  readonly at: number;
  readonly interrupted: { readonly pc: bigint; readonly el: number };
  /** How the handler ended; absent while it runs. `reset`: its PE was reset or switched off, or a KVM register ended it. */
  ended?: 'complete' | 'resume' | 'reset';
  endedAt?: number;
}

/** What a trigger from outside (the debugger) did. */
export type TriggerResult =
  /** Dispatched before the next instruction of `pe`, or pending with the reason in words. */
  | { readonly accepted: true; readonly outcome: 'dispatches' | 'pending'; readonly message: string }
  | { readonly accepted: false; readonly message: string };

/** Launch key `sdei`. */
export interface SdeiConfiguration {
  readonly profile: 'spec' | 'tfa' | 'kvm' | 'qemu';
  /** `[major, minor]` of SDEI_VERSION. */
  readonly version: readonly [number, number];
  readonly bindSlots: { readonly private: BindSlots; readonly shared: BindSlots };
  /** Platform events besides event 0. `interrupt`: the INTID that raises it; absent: raised by the platform (the debugger). */
  readonly events: readonly {
    readonly number: number;
    readonly type: 'private' | 'shared';
    readonly priority: Priority;
    readonly interrupt?: number;
  }[];
  readonly bugCompatible: boolean;
  /** SDEI 1.1: entry points may be offsets from VBAR_ELc (REGISTER flag bit 1). Absent: not offered. */
  readonly relativeMode?: boolean;
}
