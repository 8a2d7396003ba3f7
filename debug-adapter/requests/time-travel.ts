import { base64FromBytes } from '../base64.ts';
import type { RequestContext } from '../connection.ts';
import { tellAhead, tellEach, watchpointOf } from '../breakpoints/data-breakpoints.ts';
import type { Bookmark } from '../custom-requests.ts';
import type { NamedMoment } from '../bookmarks.ts';
import { nextTurn } from '../target/next-turn.ts';
import { badBookmark, cancelled, noHistory, noMoment, notOnRecord, noWriteSince, unknownBookmark, writesFound } from '../errors.ts';
import type { Guest } from '../session/guest.ts';
import type { Session } from '../session.ts';
import type { Instant } from '../timeline.ts';
import { type Journey, startJourney } from '../session/journey.ts';
import { planReverseContinue, planStepBack } from '../target/reverse.ts';
import { planEveryAccess, planGoTo, planLastAccess, planStepBackInto, planStepBackOut } from '../target/reverse-moves.ts';
import type { SteppingPlace } from '../target/stepping.ts';
import { where } from '../target/stop-reason.ts';
import { isBefore, type Moment } from '../target/target.ts';
import { saveTrace as save } from '../trace/save-trace.ts';
import { request } from './request.ts';
import { watchedOf } from './watched-argument.ts';

// `supportsStepBack` is announced by a `capabilities` event once there is something to go back to.

export function back(
  session: Session,
  threadId: number,
  { afterResponse }: RequestContext,
  plan: (place: SteppingPlace, pe: number, guest: Guest) => Journey,
): Record<string, never> {
  const guest = session.theGuest();
  const { target, images, launch } = guest;
  const pe = session.peOf(threadId);
  if (target.timeTravel.history === undefined) throw noHistory();
  const journey = plan({ target, images, client: launch.machine.client, entersHandlers: session.stepIntoHandlers }, pe, guest);
  guest.timeline.takeDeliveries();
  afterResponse(() => startJourney(session.progress, guest, pe, journey));
  return {};
}

/** It is about one PE already, as it would be with `singleThread`: whatever that says, time goes back for all, and the others are where they were. */
export const stepBack = request('stepBack', {
  needs: 'control',
  errorsShown: true,
  arguments: { threadId: 'integer', 'singleThread?': 'boolean', 'granularity?': 'granularity' },
  run: (session, { threadId, granularity }, context) =>
    back(session, threadId, context, (place, pe) => ({
      title: 'Stepping back',
      moves: planStepBack(place, pe, granularity === 'instruction' ? 'instruction' : 'line'),
    })),
});

/**
 * SingleThreadExecutionRequests: time has one direction for all PEs, so `singleThread` does not hold the others; it says whose breakpoints,
 * data breakpoints and other stops count.
 */
export const reverseContinue = request('reverseContinue', {
  needs: 'control',
  errorsShown: true,
  arguments: { threadId: 'integer', 'singleThread?': 'boolean' },
  run: (session, { threadId, singleThread = false }, context) =>
    back(session, threadId, context, (place, pe) => {
      const sought = session.soughtAgain(singleThread ? pe : undefined);
      return {
        title: 'Going back to the last stop',
        moves: planReverseContinue(place, pe, {
          begins: () => session.looksAgain(),
          meet(stop) {
            // Those of others are looked at as well: what they have changed is the value before the next change.
            const met = session.metAgain(stop);
            return singleThread && 'pe' in stop && stop.pe !== pe ? undefined : met;
          },
          ...(sought && { sought }),
        }),
      };
    }),
});

export const stepBackOut = request('sdei/stepBackOut', {
  needs: 'control',
  errorsShown: true,
  arguments: { threadId: 'integer' },
  run: (session, { threadId }, context) =>
    back(session, threadId, context, (place, pe) => ({ title: 'Stepping back out', moves: planStepBackOut(place, pe) })),
});

export const stepBackInto = request('sdei/stepBackInto', {
  needs: 'control',
  errorsShown: true,
  arguments: { threadId: 'integer' },
  run: (session, { threadId }, context) =>
    back(session, threadId, context, (place, pe) => ({ title: 'Stepping back into', moves: planStepBackInto(place, pe) })),
});

export const lastWrite = request('sdei/lastWrite', {
  needs: 'control',
  errorsShown: true,
  arguments: { threadId: 'integer', name: 'string', 'variablesReference?': 'reference', 'frameId?': 'integer' },
  run(session, { threadId, ...argument }, context) {
    const watched = watchedOf(session, argument);
    return back(session, threadId, context, (place, pe) => ({
      title: `Looking for the last write to ${watched.label}`,
      moves: planLastAccess(place, pe, watchpointOf(place.target, watched, 'write'), tellAhead(watched, place), (since) =>
        noWriteSince(watched.label, since),
      ),
    }));
  },
});

/** More than a person reads through; earlier ones are counted only. */
const MOST_WRITES = 200;

export const allWrites = request('sdei/allWrites', {
  needs: 'control',
  errorsShown: true,
  arguments: { threadId: 'integer', name: 'string', 'variablesReference?': 'reference', 'frameId?': 'integer' },
  run(session, { threadId, ...argument }, context) {
    const watched = watchedOf(session, argument);
    const { label } = watched;
    return back(session, threadId, context, (place, pe, { timeline }) => {
      const { look, tell } = tellEach(watched, place);
      const latest: Omit<Instant, 'id' | 'text'>[] = [];
      const texts: (() => string)[] = [];
      let count = 0;
      return {
        title: `Looking for all writes to ${label}`,
        moves: planEveryAccess(
          place,
          pe,
          watchpointOf(place.target, watched, 'write'),
          look,
          (stop, moment) => {
            const text = tell(stop);
            if (text === undefined) return;
            latest[count % MOST_WRITES] = { kind: 'log', moment, pe: stop.pe, pc: stop.pc };
            texts[count % MOST_WRITES] = text;
            count += 1;
          },
          (since) => {
            if (count === 0) return session.note(noWriteSince(label, since));
            session.note(writesFound(label, count, latest.length, since));
            for (let n = count - latest.length; n < count; n++) {
              const instant = latest[n % MOST_WRITES];
              const text = `@${instant.moment.instruction.toLocaleString('en')} ${texts[n % MOST_WRITES]()}`;
              session.noteOf(timeline.add({ ...instant, text }), text);
            }
          },
        ),
      };
    });
  },
});

export const goTo = request('sdei/goTo', {
  needs: 'control',
  errorsShown: true,
  arguments: { threadId: 'integer', 'instruction?': 'count', 'bookmark?': 'string', 'instant?': 'count' },
  run: (session, { threadId, instant, ...to }, context) =>
    instant === undefined
      ? back(session, threadId, context, (place, pe, guest) => journeyTo(place, pe, momentOf(guest, to)))
      : goToInstant(session, session.instant(instant), threadId, context),
});

/** @param threadId which stops where no PE is known */
export function goToInstant(session: Session, instant: Instant, threadId: number, context: RequestContext): Record<string, never> {
  const { kind, pe, moment } = instant;
  return back(session, pe === undefined ? threadId : pe + 1, context, (place, stopped, guest) =>
    journeyTo(place, stopped, onRecord(guest, moment), kind === 'delivery'),
  );
}
const journeyTo = (place: SteppingPlace, pe: number, to: Moment, isDelivery = false): Journey => ({
  title: `Going to instruction ${to.instruction.toLocaleString('en')}`,
  to,
  moves: planGoTo(place, pe, to, isDelivery),
});

export const timeline = request('sdei/timeline', {
  arguments: { 'count?': 'count', 'text?': 'string' },
  run(session, { count = 500, text }) {
    const guest = session.theGuest();
    guest.timeline.takeDeliveries();
    const found = text === undefined ? guest.timeline.all : guest.timeline.all.filter((one) => one.text.includes(text));
    const instants = found.slice(Math.max(found.length - count, 0)).map(({ id, kind, moment, text: says, pe }) => ({
      id,
      kind,
      instruction: moment.instruction,
      text: says,
      ...(pe === undefined ? {} : { pe }),
    }));
    const time = session.timeState();
    return { instants, bookmarks: guest.bookmarks.all.map(shown), ...(time === undefined ? {} : { time }) };
  },
});

/** @throws UserError if it is not on record */
function momentOf(guest: Guest, { instruction, bookmark }: { instruction?: number; bookmark?: string }): Moment {
  const { bookmarks } = guest;
  const { timeTravel } = guest.target;
  const { history, moment } = timeTravel;
  if (history === undefined) throw noHistory();
  const [from] = history.checkpoints;
  let to: Moment;
  if (bookmark !== undefined) {
    const named = bookmarks.named(bookmark);
    if (named === undefined)
      throw unknownBookmark(
        bookmark,
        bookmarks.all.map(({ name }) => name),
      );
    to = named.moment;
  } else if (instruction === undefined) throw noMoment();
  else if (instruction === from.instruction) to = from;
  else if (instruction === history.end.instruction) to = history.end;
  else if (instruction === moment.instruction) to = moment;
  else to = { instruction, ticks: 0, inputs: timeTravel.inputsAt(instruction) };
  return onRecord(guest, to);
}
function onRecord({ target: { timeTravel } }: Guest, to: Moment): Moment {
  if (timeTravel.history === undefined) throw noHistory();
  const { checkpoints, end } = timeTravel.history;
  const [from] = checkpoints;
  if (isBefore(to, from) || isBefore(end, to)) throw notOnRecord(to.instruction, from.instruction, end.instruction);
  return to;
}

const shown = ({ name, moment, place }: NamedMoment): Bookmark => ({ name, instruction: moment.instruction, place });

export const saveTrace = request('sdei/saveTrace', {
  isBeside: true,
  errorsShown: true,
  async run(session, _, { signal }) {
    const guest = session.theGuest();
    const { current, others } = guest.branches;
    const branches = { current, others: others.map(({ name, recording, bookmarks }) => ({ name, recording, bookmarks })) };
    const saved = { ...guest, ...(others.length === 0 ? { branches: undefined } : { branches }) };
    const bytes = await save(guest.host, saved, session.lastStop?.pe ?? 0, async () => {
      await nextTurn();
      if (signal.aborted) throw cancelled();
    });
    return { data: base64FromBytes(bytes) };
  },
});

const LONGEST_NAME = 80;

/** A name is written behind "goto". @returns the end of a sentence */
function nameProblem(name: string): string | undefined {
  if (name === '' || name.trim().replaceAll(/\s+/g, ' ') !== name) return 'it could not be written behind "goto"';
  if (name.length > LONGEST_NAME) return `${LONGEST_NAME} characters are the most`;
  if (/^@?\d[\d,]*$/.test(name)) return '"goto" takes that for an instruction';
  return name === 'start' || name === 'end' ? '"goto" has that word for itself' : undefined;
}

export const addBookmark = request('sdei/addBookmark', {
  errorsShown: true,
  arguments: { name: 'string' },
  run(session, { name }) {
    const { target, images, bookmarks } = session.theGuest();
    if (target.timeTravel.history === undefined) throw noHistory();
    const problem = nameProblem(name);
    if (problem !== undefined) throw badBookmark(name, problem);
    const added = { name, moment: target.timeTravel.moment, place: where(images, target.pes[session.lastStop?.pe ?? 0].pc) };
    bookmarks.add(added);
    return shown(added);
  },
});

export const removeBookmark = request('sdei/removeBookmark', {
  needs: 'launched',
  errorsShown: true,
  arguments: { name: 'string' },
  run(session, { name }) {
    const { bookmarks } = session.theGuest();
    if (!bookmarks.remove(name))
      throw unknownBookmark(
        name,
        bookmarks.all.map((one) => one.name),
      );
    return {};
  },
});

export const listBookmarks = request('sdei/bookmarks', {
  errorsShown: true,
  run(session) {
    const guest = session.theGuest();
    const time = session.timeState();
    if (time === undefined) throw noHistory();
    return { bookmarks: guest.bookmarks.all.map(shown), time };
  },
});
