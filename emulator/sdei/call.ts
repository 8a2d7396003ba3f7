/** The shape of an SDEI call: what a row of `calls.ts` states and what its handler gets. */

import type { ChangedRegister, Priority } from '../stop-reason.ts';
import type { DispatcherCore, EventInstance, SdeiEvent } from './dispatcher-state.ts';
import type { HandlerTransition } from './handler-state.ts';
import type { ConditionName } from './requirements.ts';
import type { SdeiPe } from './sdei-host.ts';
import type { StatusName } from './status-codes.ts';

export type CallName =
  | 'SDEI_VERSION'
  | 'SDEI_EVENT_REGISTER'
  | 'SDEI_EVENT_ENABLE'
  | 'SDEI_EVENT_DISABLE'
  | 'SDEI_EVENT_CONTEXT'
  | 'SDEI_EVENT_COMPLETE'
  | 'SDEI_EVENT_COMPLETE_AND_RESUME'
  | 'SDEI_EVENT_UNREGISTER'
  | 'SDEI_EVENT_STATUS'
  | 'SDEI_EVENT_GET_INFO'
  | 'SDEI_EVENT_ROUTING_SET'
  | 'SDEI_PE_MASK'
  | 'SDEI_PE_UNMASK'
  | 'SDEI_INTERRUPT_BIND'
  | 'SDEI_INTERRUPT_RELEASE'
  | 'SDEI_EVENT_SIGNAL'
  | 'SDEI_FEATURES'
  | 'SDEI_PRIVATE_RESET'
  | 'SDEI_SHARED_RESET';

export interface Parameter {
  /** An `event` in X1 is looked up before the requirements are checked. */
  readonly name: string;
  /** Of `int32` and `uint32` only bits 31:0 of the register count. */
  readonly type: 'int32' | 'uint32' | 'uint64';
}

/** A condition and what the call answers when it does not hold. `X0_UNCHANGED`: nothing at all. */
export type Requirement = readonly [condition: ConditionName, otherwise: Exclude<StatusName, 'SUCCESS'> | 'X0_UNCHANGED'];

/** One call being made. */
export interface Call {
  readonly core: DispatcherCore;
  readonly pe: SdeiPe;
  /** X1, X2, … by the row's parameters; of the types given there. */
  readonly arguments: readonly bigint[];
  /** The event that the first parameter names, and its instance for this PE. */
  readonly event?: SdeiEvent;
  readonly instance?: EventInstance;
}

/** A handler that has just been ended. */
export interface Completion {
  readonly event: number;
  readonly priority: Priority;
  readonly how: 'complete' | 'resume';
  /** Where the PE goes on. */
  readonly pc: bigint;
  /** What is left to the interrupted context otherwise than it was; absent: nothing, or nobody asked. */
  readonly clobbered?: readonly ChangedRegister[];
}

/** A value for X0, a status with the reason in words, or the completion of a call that does not return. */
export type CallResult = bigint | 'SUCCESS' | { readonly status: StatusName; readonly reason: string } | Completion;

export interface CallRow {
  readonly functionId: number;
  readonly name: CallName;
  readonly parameters: readonly Parameter[];
  /** Checked in this order; the first breach decides. Profiles may replace the list. */
  readonly requirements: readonly Requirement[];
  /** What `handlerStateAllows` asks the state table for. */
  readonly transition?: HandlerTransition;
  readonly run: (call: Call) => CallResult;
}
