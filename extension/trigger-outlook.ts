import type { EventState, SdeiState } from '../debug-adapter/custom-requests.ts';

export interface Outlook {
  readonly outcome: 'dispatches' | 'pending' | 'refused';
  /** A whole sentence without the full stop. */
  readonly reason: string;
}

/** What triggering an event now is expected to do, for choosing one; what it does is decided, and said, by the dispatcher. */
export function triggerOutlook(state: SdeiState, event: EventState, onPe: number): Outlook {
  const pe = state.pes.find((one) => one.pe === (event.pe ?? onPe));
  const name = pe?.name ?? `PE${onPe}`;
  if (event.state === 'unregistered') return { outcome: 'refused', reason: 'No handler is registered' };
  if (event.state === 'unregisterPending') return { outcome: 'refused', reason: 'The handler is being unregistered' };
  if (event.pending) return { outcome: 'pending', reason: 'Already pending: the two become one' };
  if (event.state === 'registered') return { outcome: 'pending', reason: 'Stays pending: the event is not enabled' };
  if (event.state !== 'enabled') return { outcome: 'pending', reason: 'Stays pending: its handler is running' };
  if (pe === undefined) return { outcome: 'dispatches', reason: 'Dispatches now' };
  if (pe.power !== 'on') return { outcome: 'pending', reason: `Stays pending: ${name} is ${pe.power}` };
  if (pe.masked) return { outcome: 'pending', reason: `Stays pending: ${name} is masked` };
  const blocking = pe.running.find(({ priority }) => priority === 'critical' || event.priority === 'normal');
  if (blocking !== undefined)
    return { outcome: 'pending', reason: `Stays pending: ${name} runs the ${blocking.priority} event ${blocking.event}` };
  return { outcome: 'dispatches', reason: `Dispatches now on ${name}` };
}

/** `enabledRunning` as people say it. */
export const stateWords: Readonly<Record<EventState['state'], string>> = {
  unregistered: 'not registered',
  registered: 'disabled',
  enabled: 'enabled',
  registeredRunning: 'running, disabled',
  enabledRunning: 'running',
  unregisterPending: 'running, unregister pending',
};
