/**
 * VS Code shows the words of a stop until the next one, whatever is said to be invalid since. Where an edit in the past has begun another
 * future, its "In the past" would stay. So VS Code, and only it, is told of the stop once more, with other words; other clients count stops.
 */
import type { TimeState } from '../debug-adapter/custom-requests.ts';

interface Message {
  readonly type?: string;
  readonly event?: string;
  readonly command?: string;
  readonly body?: Partial<TimeState> & { readonly threadId?: number };
}

/** In the body of such an event: nothing has moved, and nothing has to be read again. */
export interface ToldAgain {
  readonly isToldAgain?: true;
}

/** VS Code forgets the stop before while it is about something else, and would forget the one that comes at once with it. */
const FORGETTING_MILLISECONDS = 50;

const resuming = new Set(['continue', 'next', 'stepIn', 'stepOut', 'stepBack', 'reverseContinue', 'restart']);

/**
 * Takes every message of the adapter.
 * @param tell VS Code. @param later what is to be done after so many milliseconds
 */
export function createToldAgain(
  tell: (message: object) => void,
  later: (action: () => void, milliseconds: number) => void,
): (message: unknown) => void {
  let threadId: number | undefined;
  return (message) => {
    const { type, event, command = '', body = {} } = (message ?? {}) as Message;
    const moves = type === 'event' ? ['continued', 'stopped', 'terminated'].includes(event ?? '') : resuming.has(command);
    if (moves) threadId = event === 'stopped' ? body.threadId : undefined;
    if (type !== 'event' || event !== 'sdei/time' || body.begins === undefined || threadId === undefined) return;
    const again = { type: 'event', seq: 0 };
    const of = threadId;
    tell({ ...again, event: 'continued', body: { threadId, allThreadsContinued: true, isToldAgain: true } });
    const description = 'Another future begins here';
    later(() => {
      if (threadId !== of) return;
      tell({ ...again, event: 'stopped', body: { reason: 'goto', description, threadId, allThreadsStopped: true, isToldAgain: true } });
    }, FORGETTING_MILLISECONDS);
  };
}
