/**
 * What known dispatchers do differently, as data: `specBehaviour` is DEN0054 as far as it decides (our choice where it does not),
 * `profiles` lists every deviation of a known implementation with its reason.
 */

import type { Priority } from '../stop-reason.ts';
import type { CallName, Requirement } from './call.ts';
import { handlerStates, type HandlerStateTable } from './handler-state.ts';
import type { SdeiConfiguration } from './sdei-view.ts';

export interface Behaviour {
  /** Calls that the implementation does not have: NOT_SUPPORTED. */
  readonly absentCalls: readonly CallName[];
  /** What a call checks and in which order, where it differs from the row of `calls.ts`. */
  readonly requirements: Readonly<Partial<Record<CallName, readonly Requirement[]>>>;
  readonly handlerStates: HandlerStateTable;
  /** Bits 31:0 of SDEI_VERSION. */
  readonly vendorVersion: bigint;
  /** Events that exist besides event 0 and those of the configuration. */
  readonly events: readonly { readonly number: number; readonly type: 'private' | 'shared'; readonly priority: Priority }[];
  /** Event numbers that SDEI_INTERRUPT_BIND gives out: `limit` of them from `first`. */
  readonly slotNumbers: {
    readonly private: { readonly first: number; readonly limit: number };
    readonly shared: { readonly first: number; readonly limit: number };
  };
  /** Slot numbers are known events before BIND and after RELEASE. */
  readonly slotNumbersArePermanent: boolean;
  /** Bits of an affinity argument that are not compared. */
  readonly ignoredAffinityBits: bigint;
  /** Which PE takes a shared event in RM_ANY. */
  readonly routeAnyTo: 'eligible' | 'registering';
  /** SDEI_EVENT_GET_INFO(EV_SIGNALED) for an event that can be signalled, and for one that cannot. */
  readonly signaledInfo: { readonly signalable: bigint; readonly other: bigint };
  /** SDEI_EVENT_STATUS gives numbers of bits instead of bits, and sees registered handlers only. */
  readonly statusGivesBitNumbers: boolean;
  readonly pendingSurvivesRegistration: boolean;
  /** SDEI_PE_MASK answers whether it changed something. */
  readonly maskAnswersChange: boolean;
  readonly signalTarget: 'argument' | 'caller';
  /**
   * `atomic`: checks, then acts. `best-effort`: acts on all it can; a running handler becomes unregister-pending and the call answers
   * DENIED. `ignore-running`: the same, and answers SUCCESS.
   */
  readonly privateReset: 'atomic' | 'best-effort' | 'ignore-running';
  readonly sharedReset: 'atomic' | 'best-effort' | 'no-effect';
  /** X4-X17 at handler entry. */
  readonly scratchAtEntry: 'unchanged' | 'zero';
  /** `exception`: as an exception entry gives it. `kept`: the interrupted PSTATE with DAIF set and the client's EL and SP. */
  readonly pstateAtEntry: 'exception' | 'kept';
  /** PSTATE after SDEI_EVENT_COMPLETE_AND_RESUME: only EL, SP and DAIF, or the interrupted PSTATE with these. */
  readonly pstateAtResume: 'cleared' | 'kept';
  /** Whether CPU_OFF ends the handlers that run on the PE; if not, they stay in its way, also after CPU_ON. */
  readonly powerOffEndsHandlers: boolean;
  /** Whether a completion looks at pending events again. */
  readonly completionDeliversPending: boolean;
}

const specBehaviour: Behaviour = {
  absentCalls: [],
  requirements: {},
  handlerStates,
  vendorVersion: 0n,
  events: [],
  slotNumbers: { private: { first: 0x4000_0001, limit: 80 }, shared: { first: 0x4000_1000, limit: 2012 } },
  slotNumbersArePermanent: false,
  ignoredAffinityBits: 0n,
  routeAnyTo: 'eligible',
  signaledInfo: { signalable: 0n, other: 1n },
  statusGivesBitNumbers: false,
  pendingSurvivesRegistration: false,
  maskAnswersChange: true,
  signalTarget: 'argument',
  privateReset: 'atomic',
  sharedReset: 'atomic',
  scratchAtEntry: 'unchanged',
  pstateAtEntry: 'exception',
  pstateAtResume: 'cleared',
  powerOffEndsHandlers: true,
  completionDeliversPending: true,
};

export interface Deviation {
  readonly change: Partial<Behaviour>;
  /** What the implementation does, in words. */
  readonly reason: string;
  /** A defect: reproduced only with `bugCompatible`. */
  readonly bug?: true;
}

export type ProfileName = SdeiConfiguration['profile'];

interface Profile {
  readonly title: string;
  readonly version: readonly [number, number];
  readonly bindSlots: { readonly private: number; readonly shared: number };
  readonly deviations: readonly Deviation[];
}

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  spec: { title: 'DEN0054', version: [1, 0], bindSlots: { private: 3, shared: 3 }, deviations: [] },

  tfa: {
    title: 'Trusted Firmware-A',
    version: [1, 0],
    bindSlots: { private: 3, shared: 3 },
    deviations: [
      {
        reason: 'REGISTER looks at the entry point, then at flags and affinity (even of a private event), and only then at the event.',
        change: {
          requirements: {
            SDEI_EVENT_REGISTER: [
              ['entryPointNotZero', 'INVALID_PARAMETERS'],
              ['entryPointFetchable', 'INVALID_PARAMETERS'],
              ['flagsKnown', 'INVALID_PARAMETERS'],
              ['registrationAffinityKnown', 'INVALID_PARAMETERS'],
              ['eventKnown', 'INVALID_PARAMETERS'],
              ['handlerStateAllows', 'DENIED'],
              ['slotBound', 'DENIED'],
              ['boundInterruptInactive', 'DENIED'],
              ['boundInterruptClientOwned', 'DENIED'],
            ],
          },
        },
      },
      {
        reason: 'SIGNAL is refused for a PE that is masked, or where event 0 is not registered or not enabled.',
        change: {
          requirements: {
            SDEI_EVENT_SIGNAL: [
              ['eventSignalable', 'INVALID_PARAMETERS'],
              ['targetKnown', 'INVALID_PARAMETERS'],
              ['targetUnmasked', 'INVALID_PARAMETERS'],
              ['targetRegistered', 'INVALID_PARAMETERS'],
              ['targetEnabled', 'INVALID_PARAMETERS'],
            ],
          },
        },
      },
      {
        reason:
          'COMPLETE_AND_RESUME checks that a handler runs, then that the address lies in memory of the client; alignment is not checked.',
        change: {
          requirements: {
            SDEI_EVENT_COMPLETE_AND_RESUME: [
              ['handlerRuns', 'DENIED'],
              ['resumeAddressFetchable', 'DENIED'],
            ],
          },
        },
      },
      {
        reason:
          'INTERRUPT_BIND refuses an interrupt that is not Non-secure with DENIED, after the slots; active interrupts are refused at REGISTER.',
        change: {
          requirements: {
            SDEI_INTERRUPT_BIND: [
              ['interruptIsPpiOrSpi', 'INVALID_PARAMETERS'],
              ['interruptNotPlatform', 'INVALID_PARAMETERS'],
              ['slotFree', 'OUT_OF_RESOURCE'],
              ['interruptClientOwned', 'DENIED'],
            ],
          },
        },
      },
      {
        reason: 'Slots are permanent event numbers (Arm boards: 1000 and 2000 on), known before BIND and after RELEASE.',
        change: {
          slotNumbersArePermanent: true,
          slotNumbers: { private: { first: 1000, limit: 80 }, shared: { first: 2000, limit: 2012 } },
          requirements: {
            SDEI_INTERRUPT_RELEASE: [
              ['eventKnown', 'INVALID_PARAMETERS'],
              ['eventIsSlot', 'INVALID_PARAMETERS'],
              ['noHandlerRegistered', 'DENIED'],
              ['handlerStateAllows', 'DENIED'],
              ['boundInterruptInactive', 'DENIED'],
              ['slotBound', 'INVALID_PARAMETERS'],
            ],
            SDEI_EVENT_ROUTING_SET: [
              ['routingModeKnown', 'INVALID_PARAMETERS'],
              ['routingAffinityKnown', 'INVALID_PARAMETERS'],
              ['eventKnown', 'INVALID_PARAMETERS'],
              ['eventShared', 'INVALID_PARAMETERS'],
              ['slotBound', 'INVALID_PARAMETERS'],
              ['handlerStateAllows', 'DENIED'],
            ],
          },
        },
      },
      {
        reason: 'PRIVATE_RESET unregisters what it can: a running handler becomes unregister-pending and the answer is DENIED.',
        change: { privateReset: 'best-effort' },
      },
      {
        reason: 'SHARED_RESET unregisters what it can, stops with DENIED at a running handler, and releases what it can.',
        change: { sharedReset: 'best-effort' },
      },
      {
        reason: 'An affinity argument may carry the flags of MPIDR_EL1 (bits 31:24); the platform drops them.',
        change: { ignoredAffinityBits: 0xff00_0000n },
      },
      {
        reason:
          'CPU_OFF is not noticed: a handler that runs stays in the stack of dispatches and its interrupt active. CPU_ON unregisters the private events and masks the PE, but empties no stack.',
        change: { powerOffEndsHandlers: false },
      },
    ],
  },

  kvm: {
    title: 'KVM SDEI virtualization, v7',
    version: [1, 1],
    bindSlots: { private: 0, shared: 0 },
    deviations: [
      {
        reason: 'A second private normal event, 1 (asynchronous page fault). KVM has no others; the configuration may add them.',
        change: { events: [{ number: 1, type: 'private', priority: 'normal' }] },
      },
      {
        reason: 'No routing and no binding.',
        change: { absentCalls: ['SDEI_EVENT_ROUTING_SET', 'SDEI_INTERRUPT_BIND', 'SDEI_INTERRUPT_RELEASE'] },
      },
      { reason: "The vendor word is the third word of KVM's SMCCC UID.", change: { vendorVersion: 0x564b_caa9n } },
      {
        reason: 'REGISTER does not look at the entry point or at the affinity.',
        change: {
          requirements: {
            SDEI_EVENT_REGISTER: [
              ['eventKnown', 'INVALID_PARAMETERS'],
              ['flagsKnown', 'INVALID_PARAMETERS'],
              ['handlerStateAllows', 'DENIED'],
            ],
          },
        },
      },
      { reason: 'A pending trigger survives UNREGISTER, the resets and REGISTER.', change: { pendingSurvivesRegistration: true } },
      {
        reason: 'CONTEXT checks that a handler runs before it checks the parameter.',
        change: {
          requirements: {
            SDEI_EVENT_CONTEXT: [
              ['handlerRuns', 'DENIED'],
              ['contextParameterKnown', 'INVALID_PARAMETERS'],
            ],
          },
        },
      },
      {
        reason: 'COMPLETE and COMPLETE_AND_RESUME outside a handler leave X0 alone; the resume address is not checked.',
        change: {
          requirements: {
            SDEI_EVENT_COMPLETE: [['handlerRuns', 'X0_UNCHANGED']],
            SDEI_EVENT_COMPLETE_AND_RESUME: [['handlerRuns', 'X0_UNCHANGED']],
          },
        },
      },
      { reason: 'PE_MASK always answers 0.', change: { maskAnswersChange: false } },
      {
        reason: 'PRIVATE_RESET answers SUCCESS while a handler runs; the handler becomes unregister-pending.',
        change: { privateReset: 'ignore-running' },
      },
      { reason: 'SHARED_RESET has nothing to do.', change: { sharedReset: 'no-effect' } },
      { reason: 'X4-X17 are zero at handler entry.', change: { scratchAtEntry: 'zero' } },
      {
        reason: 'PSTATE at entry and after a resume keeps the interrupted flags.',
        change: { pstateAtEntry: 'kept', pstateAtResume: 'kept' },
      },
      {
        reason: 'SIGNAL is refused where event 0 is not registered.',
        change: {
          requirements: {
            SDEI_EVENT_SIGNAL: [
              ['eventSignalable', 'INVALID_PARAMETERS'],
              ['targetKnown', 'INVALID_PARAMETERS'],
              ['targetRegistered', 'INVALID_PARAMETERS'],
            ],
          },
        },
      },
      {
        bug: true,
        reason: 'SIGNAL ignores its target and signals the caller.',
        change: {
          signalTarget: 'caller',
          requirements: {
            SDEI_EVENT_SIGNAL: [
              ['eventSignalable', 'INVALID_PARAMETERS'],
              ['targetRegistered', 'INVALID_PARAMETERS'],
            ],
          },
        },
      },
      { bug: true, reason: 'EV_SIGNALED is inverted, and 1 for both events.', change: { signaledInfo: { signalable: 1n, other: 1n } } },
      {
        bug: true,
        reason: 'A completion forgets pending events until something else asks for a delivery.',
        change: { completionDeliversPending: false },
      },
    ],
  },

  qemu: {
    title: 'QEMU SDEI support, RFC v2',
    version: [1, 0],
    bindSlots: { private: 8, shared: 16 },
    deviations: [
      {
        reason: 'REGISTER looks at flag bit 0 only and not at the entry point, and at routing after the state.',
        change: {
          requirements: {
            SDEI_EVENT_REGISTER: [
              ['eventKnown', 'INVALID_PARAMETERS'],
              ['handlerStateAllows', 'DENIED'],
              ['sharedRegistrationAffinityKnown', 'INVALID_PARAMETERS'],
            ],
          },
        },
      },
      {
        reason: 'ENABLE and DISABLE of an unregistered handler answer INVALID_PARAMETERS; of an unregister-pending one they are accepted.',
        change: {
          requirements: {
            SDEI_EVENT_ENABLE: [
              ['eventKnown', 'INVALID_PARAMETERS'],
              ['handlerStateAllows', 'INVALID_PARAMETERS'],
            ],
            SDEI_EVENT_DISABLE: [
              ['eventKnown', 'INVALID_PARAMETERS'],
              ['handlerStateAllows', 'INVALID_PARAMETERS'],
            ],
          },
          handlerStates: {
            ...handlerStates,
            unregisterPending: { ...handlerStates.unregisterPending, enable: 'unregisterPending', disable: 'unregisterPending' },
          },
        },
      },
      {
        reason: 'COMPLETE_AND_RESUME does not check the address.',
        change: { requirements: { SDEI_EVENT_COMPLETE_AND_RESUME: [['handlerRuns', 'DENIED']] } },
      },
      {
        reason: 'ROUTING_SET looks at mode and affinity first, and refuses a pending event.',
        change: {
          requirements: {
            SDEI_EVENT_ROUTING_SET: [
              ['routingModeKnown', 'INVALID_PARAMETERS'],
              ['routingAffinityKnown', 'INVALID_PARAMETERS'],
              ['eventKnown', 'INVALID_PARAMETERS'],
              ['eventShared', 'INVALID_PARAMETERS'],
              ['handlerStateAllows', 'DENIED'],
              ['eventNotPending', 'DENIED'],
            ],
          },
        },
      },
      {
        reason: 'INTERRUPT_BIND takes any PPI or SPI that there is, active or not, whoever owns it.',
        change: {
          slotNumbers: { private: { first: 0x4000_0001, limit: 15 }, shared: { first: 0x4000_0010, limit: 32 } },
          requirements: {
            SDEI_INTERRUPT_BIND: [
              ['interruptIsPpiOrSpi', 'INVALID_PARAMETERS'],
              ['interruptExists', 'INVALID_PARAMETERS'],
              ['slotFree', 'OUT_OF_RESOURCE'],
            ],
          },
        },
      },
      {
        reason: 'SIGNAL is refused where event 0 is not registered.',
        change: {
          requirements: {
            SDEI_EVENT_SIGNAL: [
              ['eventSignalable', 'INVALID_PARAMETERS'],
              ['targetKnown', 'INVALID_PARAMETERS'],
              ['targetRegistered', 'INVALID_PARAMETERS'],
            ],
          },
        },
      },
      { reason: 'PRIVATE_RESET unregisters what it can.', change: { privateReset: 'best-effort' } },
      { reason: 'SHARED_RESET unregisters what it can.', change: { sharedReset: 'best-effort' } },
      { reason: 'A shared event in RM_ANY goes to the PE that registered it.', change: { routeAnyTo: 'registering' } },
      {
        reason: 'PSTATE at entry and after a resume keeps the interrupted flags.',
        change: { pstateAtEntry: 'kept', pstateAtResume: 'kept' },
      },
      { bug: true, reason: 'EV_SIGNALED is inverted.', change: { signaledInfo: { signalable: 1n, other: 0n } } },
      { bug: true, reason: 'STATUS ors bit numbers, of registered handlers only.', change: { statusGivesBitNumbers: true } },
      {
        bug: true,
        reason: 'INTERRUPT_RELEASE takes any event, event 0 included.',
        change: {
          requirements: {
            SDEI_INTERRUPT_RELEASE: [
              ['eventKnown', 'INVALID_PARAMETERS'],
              ['noHandlerRegistered', 'DENIED'],
            ],
          },
        },
      },
    ],
  },
};

/** The behaviour of a profile: what DEN0054 says with the profile's deviations, in order, on top. */
export function behaviourOf(profile: ProfileName, bugCompatible: boolean): Behaviour {
  return profiles[profile].deviations
    .filter(({ bug }) => !bug || bugCompatible)
    .reduce<Behaviour>(
      (behaviour, { change }) => ({ ...behaviour, ...change, requirements: { ...behaviour.requirements, ...change.requirements } }),
      specBehaviour,
    );
}
