/** The sign that one is in the past: in the console, to the editor's views, and in the words of a stop. */
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Branches } from './branches.ts';
import type { Bookmarks } from './bookmarks.ts';
import type { Connection } from './connection.ts';
import type { TimeState } from './custom-requests.ts';
import { branchesForgotten, historyIsFull, historyIsTooSmall } from './errors.ts';
import type { Target } from './target/target.ts';
import type { Timeline } from './timeline.ts';

export interface TimeSign {
  /** After a stop, or an edit. */
  tell(guest: TimeTraveller): void;
  /** Before anything happens in another future than the one on record, and is noted there. */
  parted(guest: TimeTraveller): void;
  /** What a `stopped` event says, with the sign if it is needed. */
  signed<Body extends Partial<Dap.StoppedEvent['body']>>(target: Target, body: Body): Body;
  /** Another guest: in its present, where its history begins. */
  startAnew(target: Target): void;
}

interface TimeTraveller {
  readonly target: Target;
  readonly bookmarks: Bookmarks;
  readonly timeline: Timeline;
  readonly branches: Branches;
}

/** Absent: no history is kept. */
export function timeStateOf({ timeTravel: { history, moment, isInPast } }: Target): TimeState | undefined {
  if (history === undefined) return undefined;
  return { from: history.checkpoints[0].instruction, now: moment.instruction, to: history.end.instruction, isInPast };
}

export function createTimeSign(event: Connection['event']): TimeSign {
  let canGoBack = false;
  let wasInPast = false;
  let first = 0;
  let isFull = false;
  let isTooSmall = false;
  const say = (text: string): void => event('output', { category: 'console', output: `${text}\n` });

  function parted({ target, bookmarks, timeline, branches }: TimeTraveller): void {
    const future = target.timeTravel.takeLeft();
    if (future === undefined) return;
    const { recording, parting } = future;
    wasInPast = false;
    const left = branches.begin({ recording, bookmarks: bookmarks.all, timeline: timeline.save() });
    bookmarks.dropAfter(parting);
    timeline.dropAfter(parting);
    event('sdei/time', { ...(timeStateOf(target) as TimeState), begins: branches.current });
    say(
      `Another future begins at instruction ${parting.instruction}, "${branches.current}": what came after it is kept as branch "${left}".`,
    );
  }

  return {
    parted,
    tell(guest) {
      parted(guest);
      const { target } = guest;
      const forgotten = guest.branches.takeForgotten();
      if (forgotten.length > 0) say(branchesForgotten(forgotten));
      const time = timeStateOf(target);
      if (time === undefined) return;
      const { from, now, to, isInPast } = time;
      if (!canGoBack && now > from) {
        canGoBack = true;
        event('capabilities', { capabilities: { supportsStepBack: true } });
      }
      if (!isTooSmall && target.timeTravel.history?.isTooSmall === true) {
        isFull = isTooSmall = true;
        say(historyIsTooSmall(from));
      }
      if (!isFull && from > first) {
        isFull = true;
        say(historyIsFull(from));
      }
      if (isInPast || wasInPast) event('sdei/time', time);
      if (isInPast === wasInPast) return;
      wasInPast = isInPast;
      if (isInPast) say(`In the past, at instruction ${now} of ${to}. Going on repeats what happened; an edit begins another future.`);
      else say(`In the present again, at instruction ${now}.`);
    },
    signed(target, body) {
      if (!target.timeTravel.isInPast) return body;
      return { ...body, description: `In the past: ${body.description ?? `paused on ${body.reason}`}` };
    },
    startAnew(target) {
      wasInPast = false;
      first = timeStateOf(target)?.from ?? 0;
      isFull = isTooSmall = false;
    },
  };
}
