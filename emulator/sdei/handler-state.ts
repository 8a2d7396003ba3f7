import type { HandlerState } from './sdei-view.ts';

/** What moves a handler from state to state: the calls of that name, plus the dispatcher's own `dispatch`. */
export type HandlerTransition = 'register' | 'enable' | 'disable' | 'unregister' | 'setRouting' | 'release' | 'dispatch' | 'complete';

export type HandlerStateTable = Readonly<Record<HandlerState, Readonly<Partial<Record<HandlerTransition, HandlerState>>>>>;

/**
 * Next state of an event handler (DEN0054, "Event handler states"); a transition absent from a row is refused.
 *
 * Not pictured: calls that are allowed in every state (STATUS, SIGNAL, the masks, the resets, VERSION, FEATURES, INTERRUPT_BIND).
 * `complete` stands for EVENT_COMPLETE and EVENT_COMPLETE_AND_RESUME. The table gives states only; the status code is the call's:
 * UNREGISTER of a running handler is allowed and answers PENDING. Registered-less "enabled" (status 2 and 6) cannot be written.
 */
export const handlerStates: HandlerStateTable = {
  unregistered: { register: 'registered', release: 'unregistered' },
  registered: { enable: 'enabled', disable: 'registered', unregister: 'unregistered', setRouting: 'registered' },
  enabled: { enable: 'enabled', disable: 'registered', unregister: 'unregistered', dispatch: 'enabledRunning' },
  registeredRunning: { enable: 'enabledRunning', disable: 'registeredRunning', unregister: 'unregisterPending', complete: 'registered' },
  enabledRunning: { enable: 'enabledRunning', disable: 'registeredRunning', unregister: 'unregisterPending', complete: 'enabled' },
  unregisterPending: { complete: 'unregistered' },
};

/** SDEI_EVENT_STATUS: bit 0 registered, bit 1 enabled, bit 2 running. */
export const statusBits: Readonly<Record<HandlerState, number>> = {
  unregistered: 0b000,
  registered: 0b001,
  enabled: 0b011,
  registeredRunning: 0b101,
  enabledRunning: 0b111,
  unregisterPending: 0b100,
};

export const isRegistered = (state: HandlerState): boolean => (statusBits[state] & 1) !== 0;
export const isEnabled = (state: HandlerState): boolean => (statusBits[state] & 2) !== 0;
export const isRunning = (state: HandlerState): boolean => (statusBits[state] & 4) !== 0;

/** A state in words, for messages. */
export const stateInWords: Readonly<Record<HandlerState, string>> = {
  unregistered: 'not registered',
  registered: 'registered but disabled',
  enabled: 'enabled',
  registeredRunning: 'running and disabled',
  enabledRunning: 'running',
  unregisterPending: 'running and being unregistered',
};
