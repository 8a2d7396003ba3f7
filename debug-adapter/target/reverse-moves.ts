/** Going backwards in ways that DAP has no request for: out of a function, into calls, to the last write, to a moment. */
import { lineKey, lineRunStart } from './line-run.ts';
import { depthOf, type Drive } from './run-control.ts';
import {
  activationOf,
  go,
  goToFound,
  executedBy,
  instructionBefore,
  lastExecuted,
  lastStop,
  momentBefore,
  type Moves,
  pieces,
  quiet,
  type Result,
  soughtBy,
  throughHandlers,
} from './reverse.ts';
import type { SteppingPlace } from './stepping.ts';
import type { Stop } from './stop-reason.ts';
import { isBefore, type Moment, type TargetStop, type TargetWatchpoint } from './target.ts';

/** To the call of the function that runs, or, in the outermost function of a handler, to where the event was dispatched. */
export function planStepBackOut(place: SteppingPlace, pe: number): Moves {
  return async (drive) => {
    const { target, images } = place;
    const { timeTravel } = target;
    const now = timeTravel.moment;
    quiet(place);
    const depth = depthOf(target, pe);
    const executed = executedBy(place, pe);
    const activation = activationOf(place, pe);
    const isAtEntry = images.functionAt(target.pes[pe].pc)?.ranges.some(({ low }) => low === target.pes[pe].pc) ?? false;
    let result: Result = { moment: now };
    if (!isAtEntry) {
      target.setBreakpoints(activation === undefined ? [] : [{ address: activation.entry, pe }]);
      target.setStopConditions({ sdeiDispatch: depth > 0 });
      const isEntry = (stop: TargetStop): boolean => {
        if (!('pe' in stop) || stop.pe !== pe || depthOf(target, pe) !== depth) return false;
        if (stop.kind === 'sdei-dispatch') return true;
        const isThis = activation?.cfa === undefined || target.readRegister(pe, 'sp') === activation.cfa;
        return stop.kind === 'breakpoint' && activation?.depth === depth && isThis;
      };
      const meet = (stop: TargetStop): Stop | undefined => (isEntry(stop) ? { kind: 'step', pe } : undefined);
      // A dispatch to this PE can be what another one has done.
      const found = await lastStop(place, now, drive, depth > 0 ? { meet } : { meet, sought: executed });
      quiet(place);
      result = found !== undefined && 'moment' in found ? { moment: found.moment } : found;
    }
    if (result === undefined || 'ended' in result) return go(place, pe, now, result, 'step', drive);
    const entry = result.moment;
    const ended = await drive.travel(entry);
    if (ended !== undefined) return go(place, pe, now, { ended }, 'step', drive);
    const before = await instructionBefore(place, pe, entry, drive);
    const back = place.entersHandlers ? await drive.travel(now) : undefined;
    if (back !== undefined) return go(place, pe, now, { ended: back }, 'step', drive);
    return go(place, pe, now, await throughHandlers(place, pe, now, drive, () => Promise.resolve(before)), 'step', drive);
  };
}

/** To the beginning of the line that this PE executed before, in whichever function that was; handlers that ran meanwhile are passed over. */
export function planStepBackInto(place: SteppingPlace, pe: number): Moves {
  return async (drive) => {
    const { target } = place;
    const { timeTravel } = target;
    const now = timeTravel.moment;
    quiet(place);
    const depth = place.entersHandlers ? Number.POSITIVE_INFINITY : depthOf(target, pe);
    const until = await lastExecuted(place, executedBy(place, pe), now, drive);
    if (until === undefined || 'ended' in until) return go(place, pe, now, until, 'step', drive);
    return go(place, pe, now, await lineInto(place, pe, until, depth, drive), 'step', drive);
  };
}

/** Instructions; in so many a line that nobody goes round in is over. */
const LOOKED_AT_SINGLY = 4096;

/**
 * The beginning of the line that this PE was in right before `until`, where the guest stands.
 * @param known that line, if it is what it is from `until` on as well: another one before it ends there
 */
async function lineInto(place: SteppingPlace, pe: number, until: Moment, depth: number, drive: Drive, known?: string): Promise<Result> {
  const { target } = place;
  const { timeTravel } = target;
  const executed = executedBy(place, pe);
  let isClosed = true;
  for (const { begin } of pieces(place, until, executed)) {
    const lines: { moment: Moment; line: string; isWhole: boolean }[] = [];
    const onTheWay = await drive.travel(begin);
    if (onTheWay !== undefined) return { ended: onTheWay };
    while (isBefore(timeTravel.moment, until)) {
      const next = timeTravel.settle();
      const { moment } = timeTravel;
      if (!isBefore(moment, until)) break;
      if (next === pe && depthOf(target, pe) <= depth) {
        const line = lineKey(place, target.pes[pe].pc);
        if (lines.at(-1)?.line !== line) lines.push({ moment, line, isWhole: lines.length > 0 });
      }
      if (next === pe) timeTravel.repeatOne();
      else timeTravel.repeatUntilTurnOf(pe);
      if (timeTravel.moment.instruction === moment.instruction) break;
      const ended = await drive.breathe();
      if (ended !== undefined) return { ended };
    }
    const last = lines.at(-1);
    if (last === undefined) continue;
    if (known !== undefined && last.line !== known) return { moment: until, isSettled: true };
    // In the middle of a line its beginning comes first.
    if (last.isWhole || beginsHistory(place, last.moment)) return { moment: last.moment, isSettled: true };
    if (!isClosed || until.instruction - begin.instruction < LOOKED_AT_SINGLY) continue;
    // All of it in one line: going round there may take billions of instructions.
    const there = await drive.travel(last.moment);
    if (there !== undefined) return { ended: there };
    const start = await lineRunStart(place, pe, last.moment, depth, executedBy(place, pe), drive);
    if (start === undefined) isClosed = false;
    else if (!('knownFrom' in start)) return 'ended' in start ? start : { ...start, isSettled: true };
    else {
      const back = await drive.travel(start.knownFrom);
      return back === undefined ? lineInto(place, pe, start.knownFrom, depth, drive, last.line) : { ended: back };
    }
  }
  return undefined;
}
function beginsHistory({ target: { timeTravel } }: SteppingPlace, moment: Moment): boolean {
  const first = timeTravel.history?.checkpoints[0];
  return first !== undefined && !isBefore(first, moment);
}

/**
 * Before the last access that `watchpoint` tells of.
 * @param teller what to say of it; `undefined`: it is no such access. @param nothing what to say if there is none: one stays where one is
 */
export function planLastAccess(
  place: SteppingPlace,
  pe: number,
  watchpoint: TargetWatchpoint,
  { look, tell }: { look(): void; tell(stop: Extract<TargetStop, { kind: 'watchpoint' }>): string | undefined },
  nothing: (since: number) => string,
): Moves {
  return async (drive) => {
    const { timeTravel } = place.target;
    const now = timeTravel.moment;
    const since = timeTravel.history?.checkpoints[0].instruction ?? now.instruction;
    quiet(place);
    place.target.setWatchpoints([watchpoint]);
    const meet = (stop: TargetStop): Stop | undefined => {
      const text = stop.kind === 'watchpoint' ? tell(stop) : undefined;
      return text === undefined ? undefined : { kind: 'data', pe: 'pe' in stop ? stop.pe : pe, ids: [], text };
    };
    const sought = soughtBy(place.target, [watchpoint]);
    const found = await lastStop(place, now, drive, { begins: look, meet, ...(sought && { sought }) });
    place.target.setWatchpoints([]);
    if (found !== undefined && 'moment' in found) return goToFound(place, now, found, drive);
    const ended = await drive.travel(now);
    if (ended !== undefined) return ended;
    if (found !== undefined) return found.ended;
    const stop: Stop = { kind: 'data', pe, ids: [], text: nothing(since) };
    return { kind: 'stop', stop };
  };
}

/**
 * Visits everything on record before now that a watchpoint meets, in the order of time, and comes back.
 * @param look the target stands where history begins
 * @param visit told of a stop and of the moment before the instruction; the target stands behind it
 * @param done told when all was visited; not if a pause has ended it
 */
export function planEveryAccess(
  place: SteppingPlace,
  pe: number,
  watchpoint: TargetWatchpoint,
  look: () => void,
  visit: (stop: Extract<TargetStop, { kind: 'watchpoint' }>, before: Moment) => void,
  done: (since: number) => void,
): Moves {
  return async (drive) => {
    const { target } = place;
    const { timeTravel } = target;
    const now = timeTravel.moment;
    const begin = timeTravel.history?.checkpoints[0] ?? now;
    quiet(place);
    let ended = await drive.travel(begin);
    if (ended === undefined) {
      look();
      target.setWatchpoints([watchpoint]);
      const meet = (stop: TargetStop): void => {
        const { moment } = timeTravel;
        if (stop.kind === 'watchpoint') visit(stop, stop.isDone ? momentBefore(timeTravel, moment) : moment);
      };
      ended = await timeTravel.repeat(now, meet, () => drive.breathe());
      target.setWatchpoints([]);
    }
    const onTheWay = await drive.travel(now);
    if (onTheWay !== undefined) return onTheWay;
    if (ended === undefined) done(begin.instruction);
    return ended ?? { kind: 'stop', stop: { kind: 'goto', pe } };
  };
}

/** To a moment that is on record; a pause ends that on the way. @param isDelivery to the first instruction of the handler that was dispatched then */
export function planGoTo(place: SteppingPlace, pe: number, moment: Moment, isDelivery = false): Moves {
  const { timeTravel, sdei } = place.target;
  return async (drive) => {
    quiet(place);
    const ended = await drive.travel(moment);
    if (ended !== undefined) return ended;
    if (isDelivery) timeTravel.settle();
    // The instruction that asked for it comes first.
    if (isDelivery && !sdei.deliveries.some((one) => one.at === moment.instruction && one.pe === pe)) {
      timeTravel.repeatOne();
      timeTravel.settle();
    }
    return { kind: 'stop', stop: { kind: 'goto', pe } };
  };
}
