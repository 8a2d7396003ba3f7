/**
 * VS Code shows the words of the first stop since it has last seen the guest run. It does not see that where a request of ours moves the guest
 * (a jump to another moment), nor where an edit in the past has begun another future and "In the past" is true no more. So VS Code, and only
 * it, is told before such a stop that the guest runs, and of an edit as of another stop; other clients count stops.
 */
import type { TimeState } from '../debug-adapter/custom-requests.ts';

interface Message {
  readonly type?: string;
  readonly event?: string;
  readonly command?: string;
  readonly body?: Partial<TimeState> & ToldAgain & { readonly threadId?: number };
}

/** In the body of an event that only VS Code is told: nothing has moved, and nothing has to be read again. */
export interface ToldAgain {
  readonly isToldAgain?: true;
}

/** VS Code forgets the stop before while it is about something else, and would forget the one that comes at once with it. */
const FORGETTING_MILLISECONDS = 50;

/** Requests whose answers VS Code takes for the guest running. */
const resuming = new Set(['continue', 'next', 'stepIn', 'stepOut', 'stepBack', 'reverseContinue', 'restart']);

/**
 * Takes every message of the adapter, and passes it on.
 * @param tell VS Code. @param later what is to be done after so many milliseconds
 */
export function createToldAgain(
  tell: (message: object) => void,
  later: (action: () => void, milliseconds: number) => void,
): (message: object) => void {
  /** Body of the stop that VS Code shows; absent: none, it takes the guest for running. */
  let shown: Message['body'];
  /** Events that wait until VS Code has forgotten the stop before, the stop first. */
  let held: Message[] | undefined;

  function release(): void {
    const events = held ?? [];
    held = undefined;
    for (const event of events) tell(event);
  }
  function tellBehindContinued(stop: Message, threadId: number | undefined): void {
    release();
    tell({ type: 'event', seq: 0, event: 'continued', body: { threadId, allThreadsContinued: true, isToldAgain: true } });
    const waiting = (held = [stop]);
    later(() => {
      if (held === waiting) release();
    }, FORGETTING_MILLISECONDS);
  }
  function runs(): void {
    shown = undefined;
    held = held?.filter(({ body }) => body?.isToldAgain !== true);
    release();
  }

  return (message) => {
    const { type, event = '', command = '', body = {} } = message as Message;
    const isEvent = type === 'event';
    if (isEvent ? event === 'continued' || event === 'terminated' : resuming.has(command)) runs();
    if (isEvent && event === 'stopped') {
      const isSeen = shown === undefined;
      shown = body;
      if (!isSeen) return tellBehindContinued(message, body.threadId);
    }
    if (isEvent && held !== undefined) held.push(message);
    else tell(message);
    if (isEvent && event === 'sdei/time' && body.begins !== undefined && shown !== undefined) {
      const { threadId } = shown;
      const again = { reason: 'goto', description: 'Another future begins here', threadId, allThreadsStopped: true, isToldAgain: true };
      tellBehindContinued({ type: 'event', event: 'stopped', body: again } as Message, threadId);
    }
  };
}
