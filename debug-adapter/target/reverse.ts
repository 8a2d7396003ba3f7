/**
 * Going backwards: the place to go to is found by repeating a piece of the past and remembering the last moment that fits, in ever longer
 * pieces. As forwards, an SDEI handler that ran meanwhile is passed over as a whole, unless steps enter handlers.
 */
import { type CodeEntry, stackOf } from '../stack/crossings.ts';
import { depthOf, type Drive, type Ended } from './run-control.ts';
import { type InstructionKind, instructionKind } from './instruction-kind.ts';
import type { SteppingPlace } from './stepping.ts';
import type { Stop } from './stop-reason.ts';
import {
  isBefore,
  type MarkedMoment,
  type Moment,
  type Target,
  type TargetStop,
  type TargetWatchpoint,
  type TimeTravel,
} from './target.ts';

const LENGTHS = [64, 4096, 65_536, 1 << 20];

/** A part of the past. */
interface Piece {
  readonly begin: Moment;
  readonly end: Moment;
}

/** What one looks for, if that is less than everything: it does not come where this has not changed between two moments. */
export type Sought =
  /** What a PE executes. Its instructions so far, at the end of what is looked through. */
  | { readonly pe: number; readonly retired: number }
  /** What becomes of core registers of these PEs, or what these execute. */
  | { readonly registersOf: readonly number[] };

/** The present view of what a PE has executed. */
export const executedBy = ({ target }: SteppingPlace, pe: number) => ({ pe, retired: target.pes[pe].retired });

/** From `now` backwards: a few short pieces, then from checkpoint to checkpoint, at last from the beginning of history. */
export function* pieces({ target: { timeTravel } }: SteppingPlace, now: Moment, sought?: Sought): Generator<Piece> {
  const checkpoints = timeTravel.history?.checkpoints.filter((one) => isBefore(one, now)) ?? [];
  if (checkpoints.length === 0) return;
  const [first] = checkpoints;
  const isIdle = (index: number): boolean => sought !== undefined && doesNotCome(sought, checkpoints[index], checkpoints[index + 1]);
  let end = now;
  for (const length of isIdle(checkpoints.length - 1) ? [] : LENGTHS) {
    const instruction = now.instruction - length;
    if (instruction <= first.instruction) break;
    const begin = { instruction, ticks: 0, inputs: timeTravel.inputsAt(instruction) };
    yield { begin, end };
    end = begin;
  }
  for (let index = checkpoints.length - 1; index >= 0; index--) {
    const [begin, next = now] = checkpoints.slice(index, index + 2);
    if (isBefore(begin, end) && !isIdle(index)) yield { begin, end: isBefore(next, end) ? next : end };
  }
}
/** @param end absent: of what is looked through */
function doesNotCome(sought: Sought, begin: MarkedMoment, end: MarkedMoment | undefined): boolean {
  if ('pe' in sought) return begin.retired[sought.pe] === (end?.retired[sought.pe] ?? sought.retired);
  return sought.registersOf.every((pe) => begin.touched[pe] === end?.touched[pe]);
}

/** What watchpoints can meet. @returns absent: anything may be such; they are not all of core registers */
export function soughtBy({ coreRegisters }: Target, watchpoints: readonly TargetWatchpoint[]): Sought | undefined {
  const registersOf: number[] = [];
  for (const one of watchpoints) {
    if (one.kind !== 'value') return undefined;
    const { pe, what } = one;
    if (typeof what !== 'object' || !('register' in what) || !coreRegisters.some(({ name }) => name === what.register)) return undefined;
    if (!registersOf.includes(pe)) registersOf.push(pe);
  }
  return { registersOf };
}

export type Moves = (drive: Drive) => Promise<Ended>;

export interface Found {
  /** Of the stop; what a watchpoint met is gone to from the other side: before the instruction that did it. */
  readonly moment: Moment;
  readonly isDone: boolean;
  readonly stop: Stop;
}

/** @returns the moves of `stepBack`; they end where history begins if there is nothing to go back to */
export function planStepBack(place: SteppingPlace, pe: number, granularity: 'line' | 'instruction'): Moves {
  return async (drive) => {
    const now = place.target.timeTravel.moment;
    quiet(place);
    const result =
      granularity === 'instruction'
        ? await instructionBefore(place, pe, now, drive)
        : await throughHandlers(place, pe, now, drive, () => lineBefore(place, pe, now, drive));
    return go(place, pe, now, result, 'step', drive);
  };
}

/**
 * When this PE had just executed its last instruction before `now`: since then others may have gone on alone for billions of instructions,
 * which need not be looked through. The guest then stands there. `undefined`: it has executed nothing that is on record.
 * @param executed before `now`
 */
export async function lastExecuted(
  place: SteppingPlace,
  executed: ReturnType<typeof executedBy>,
  now: Moment,
  drive: Drive,
): Promise<Moment | { readonly ended: Ended } | undefined> {
  const { target } = place;
  const { timeTravel } = target;
  if (target.pes.length === 1) return now;
  const { pe, retired } = executed;
  for (const { begin } of pieces(place, now, executed)) {
    const onTheWay = await drive.travel(begin);
    if (onTheWay !== undefined) return { ended: onTheWay };
    if (target.pes[pe].retired === retired) continue;
    while (!timeTravel.repeatUntilRetired(pe, retired)) {
      const ended = await drive.breathe();
      if (ended !== undefined) return { ended };
    }
    return timeTravel.moment;
  }
  return undefined;
}

/** `undefined`: there is none on record. */
export type Result =
  /** isSettled: nothing happens there any more before the next instruction. */
  { readonly moment: Moment; readonly isSettled?: boolean } | { readonly ended: Ended } | undefined;

/** To what was found; to `now` again if a pause has ended the search, and if one ends the way back, too, there one stays. */
export async function go(
  { target: { timeTravel } }: SteppingPlace,
  pe: number,
  now: Moment,
  result: Result,
  kind: 'step' | 'pause',
  drive: Drive,
): Promise<Ended> {
  if (result !== undefined && 'ended' in result) return (await drive.travel(now)) ?? result.ended;
  const begin = timeTravel.history?.checkpoints[0] ?? now;
  const ended = await drive.travel(result?.moment ?? begin);
  if (ended !== undefined) return (await drive.travel(now)) ?? ended;
  if (result?.isSettled) timeTravel.settle();
  return { kind: 'stop', stop: result === undefined ? { kind: 'history-start', pe } : { kind, pe } };
}

export function quiet({ target }: SteppingPlace): void {
  target.setWatchpoints([]);
  target.setBreakpoints([]);
  target.setStopConditions({});
}

/**
 * What a step backwards by line finds where steps enter handlers: the last line of a handler that ended right before `now`; else where the
 * last handler since what it finds otherwise ended; else that. The guest stands at `now`.
 */
export async function throughHandlers(
  place: SteppingPlace,
  pe: number,
  now: Moment,
  drive: Drive,
  findOtherwise: () => Promise<Result>,
): Promise<Result> {
  const { target, images } = place;
  const handlers = (): readonly number[] => target.sdei.pes[pe].running.map(({ at }) => at);
  const running = handlers();
  const executed = executedBy(place, pe);
  const result = await findOtherwise();
  if (!place.entersHandlers || (result !== undefined && 'ended' in result)) return result;
  quiet(place);
  const last = await instructionBefore(place, pe, now, drive, executed);
  if (last === undefined) return result;
  if ('ended' in last) return last;
  const there = await drive.travel(last.moment);
  if (there !== undefined) return { ended: there };
  if (handlers().some((at, level) => at !== running[level])) {
    const { pc } = target.pes[pe];
    const isLineStart = (images.lineRangeAt(pc)?.low ?? pc) === pc;
    return isLineStart ? last : ((await lineBefore(place, pe, last.moment, drive)) ?? last);
  }
  target.setStopConditions({ sdeiCompletion: true });
  const isEnd = (stop: TargetStop) => stop.kind === 'sdei-completion' && stop.pe === pe;
  const meet = (stop: TargetStop): Stop | undefined => (isEnd(stop) ? { kind: 'step', pe } : undefined);
  const found = await lastStop(place, now, drive, { meet, sought: executed }, result?.moment);
  quiet(place);
  return found === undefined || 'ended' in found ? (found ?? result) : { moment: found.moment };
}

/** Beyond this piece an exception return is taken for what it looks like. */
const LONGEST_EXCURSION = 65_536;

/**
 * The last moment before `now` at which this PE was about to execute an instruction, neither in a handler that has ended since (unless steps
 * enter handlers), nor in what an interrupt led to. As forwards, those belong to the instruction that they came between. The guest stands at
 * `now`, or steps enter handlers.
 */
export async function instructionBefore(
  place: SteppingPlace,
  pe: number,
  now: Moment,
  drive: Drive,
  executed = executedBy(place, pe),
): Promise<Result> {
  const { target } = place;
  const { timeTravel } = target;
  const depth = place.entersHandlers ? Number.POSITIVE_INFINITY : depthOf(target, pe);
  const until = await lastExecuted(place, executed, now, drive);
  if (until === undefined || 'ended' in until) return until;
  let fallback: Moment | undefined;
  for (const { begin } of pieces(place, until, executed)) {
    const excursions = followExcursions(place, pe);
    /** By how many excursions were under way: the last moment. */
    const last: (Moment & { readonly kind: InstructionKind })[] = [];
    const onTheWay = await drive.travel(begin);
    if (onTheWay !== undefined) return { ended: onTheWay };
    excursions.look();
    while (isBefore(timeTravel.moment, until)) {
      const next = timeTravel.settle();
      if (next === pe) excursions.look();
      const { moment } = timeTravel;
      if (!isBefore(moment, until)) break;
      if (next === pe && depthOf(target, pe) <= depth) {
        last.length = Math.min(last.length, excursions.count + 1);
        last[excursions.count] = { ...moment, kind: kindAt(place, pe) };
      }
      if (next === pe) timeTravel.repeatOne();
      else timeTravel.repeatUntilTurnOf(pe);
      if (next === pe) excursions.look();
      else excursions.pass();
      if (timeTravel.moment.instruction === moment.instruction) break;
      const ended = await drive.breathe();
      if (ended !== undefined) return { ended };
    }
    const found = last.slice(0, excursions.count + 1).findLast((one) => one !== undefined);
    if (found === undefined) continue;
    const isSure = found.kind !== 'exception-return' && !excursions.endedOneThatBeganBefore;
    if (isSure || until.instruction - begin.instruction >= LONGEST_EXCURSION) return { moment: withoutKind(found), isSettled: true };
    fallback = found;
  }
  return fallback && { moment: withoutKind(fallback), isSettled: true };
}
const withoutKind = ({ instruction, ticks, inputs }: Moment): Moment => ({ instruction, ticks, inputs });

function kindAt({ target }: SteppingPlace, pe: number): InstructionKind {
  const word = target.readMemory(target.pes[pe].pc, 4, { kind: 'virtual', pe });
  return word.length < 4 ? 'other' : instructionKind(new DataView(word.buffer, word.byteOffset, 4).getUint32(0, true));
}

/** Notices when a PE is interrupted, by an event or by an exception that no instruction asked for, and when it is back. */
function followExcursions({ target, entersHandlers = false }: SteppingPlace, pe: number) {
  interface Point {
    readonly pc: bigint;
    readonly sp: bigint;
    readonly level: number;
    readonly depth: number;
    readonly instruction: number;
  }
  const underWay: Point[] = [];
  let before: Point | undefined;
  const self = { count: 0, endedOneThatBeganBefore: false, look, pass };
  return self;

  /** Another PE has executed an instruction: what that has led to here is seen before this PE's next one. */
  function pass(): void {
    if (before !== undefined) before = { ...before, instruction: target.time };
  }

  function look(): void {
    const { pc, exceptionLevel: level } = target.pes[pe];
    const now = { pc, sp: target.readRegister(pe, 'sp'), level, depth: depthOf(target, pe), instruction: target.time };
    if (before !== undefined && !(entersHandlers && now.depth !== before.depth)) {
      if (now.depth > before.depth) {
        const interrupted = target.sdei.pes[pe].running[before.depth];
        underWay.push({ ...before, pc: interrupted.pc, level: Number((interrupted.pstate >> 2n) & 3n) });
      } else if (now.instruction === before.instruction && (now.pc !== before.pc || now.level !== before.level)) underWay.push(before);
      else if (now.depth < before.depth && underWay.length === 0) self.endedOneThatBeganBefore = true;
    }
    before = now;
    const back = underWay.findIndex(
      (point) => point.pc === now.pc && point.level === now.level && point.depth === now.depth && point.sp === now.sp,
    );
    if (back >= 0) underWay.length = back;
    self.count = underWay.length;
  }
}

/** An activation of a function, and where lines begin in it. */
interface Activation {
  readonly entry: bigint;
  readonly starts: readonly bigint[];
  readonly depth: number;
  readonly lowestSp: bigint;
  readonly cfa: bigint | undefined;
  /** The line that is being executed there. */
  readonly line: string | undefined;
}

export function activationOf(place: SteppingPlace, pe: number): Activation | undefined {
  const { target, images, client } = place;
  const { pc } = target.pes[pe];
  const entries = stackOf(target, images, client, pe);
  const here = entries[0] as CodeEntry;
  const isAtEntry = images.functionAt(pc)?.ranges.some(({ low }) => low === pc) ?? false;
  const outer = isAtEntry ? entries.slice(1).find((entry) => entry.kind === 'code') : undefined;
  const entry = outer ?? here;
  const code = images.functionAt(entry.frame.lookupPc);
  if (code === undefined) return undefined;
  const starts = code.ranges.flatMap(({ low, high }) => {
    const count = Number((high - low) / 4n);
    return Array.from({ length: count }, (_, index) => low + BigInt(index) * 4n).filter((at) => images.isStatementStart(at));
  });
  const depth = (entry.handler ?? -1) + 1;
  const sp = entry.frame.registers.get(SP) ?? 0n;
  const isOnAnotherStack = outer === undefined || depth !== depthOf(target, pe) || entry.exceptionLevel !== target.pes[pe].exceptionLevel;
  return {
    entry: code.ranges[0].low,
    starts,
    depth,
    // Where the frame has been given back, SP says nothing of where it was; code that nobody called is not called again.
    lowestSp:
      sp === entry.cfa || entries[entries.indexOf(entry) + 1]?.kind === 'label'
        ? 0n
        : isOnAnotherStack
          ? sp
          : target.readRegister(pe, 'sp'),
    cfa: entry.cfa,
    line: lineAt(place, entry.frame.lookupPc),
  };
}
const SP = 31;

function lineAt({ images }: SteppingPlace, pc: bigint): string | undefined {
  const source = images.sourceAt(pc);
  return source && `${source.path}:${source.line}`;
}

/**
 * The start of the line at hand, or, from there, of the one executed before it in this activation or, from its entry, in its caller. The guest
 * stands at `now`.
 */
async function lineBefore(place: SteppingPlace, pe: number, now: Moment, drive: Drive): Promise<Result> {
  const { target } = place;
  const { timeTravel } = target;
  const activation = activationOf(place, pe);
  if (activation === undefined || activation.starts.length === 0) return instructionBefore(place, pe, now, drive);
  const { entry, starts, depth, lowestSp, cfa } = activation;
  const { pc: pcNow } = target.pes[pe];
  const first = timeTravel.history?.checkpoints[0];
  const executed = executedBy(place, pe);
  const until = await lastExecuted(place, executed, now, drive);
  if (until === undefined || 'ended' in until) return until;
  for (const { begin } of pieces(place, until, executed)) {
    let passed: { moment: Moment; line: string | undefined }[] = [];
    let isWhole = false;
    /** SP at the entries of activations that this one has called. */
    const inner: bigint[] = [];
    const onTheWay = await drive.travel(begin);
    if (onTheWay !== undefined) return { ended: onTheWay };
    target.setBreakpoints(starts.map((address) => ({ address, pe })));
    const pass = (pc: bigint): void => {
      const { moment } = timeTravel;
      const sp = target.readRegister(pe, 'sp');
      if (depthOf(target, pe) !== depth || !isBefore(moment, now) || sp < lowestSp || (cfa !== undefined && sp > cfa)) return;
      if (pc === entry) {
        if (cfa !== undefined && sp !== cfa) return void inner.push(sp);
        inner.length = 0;
        passed = [];
        isWhole = true;
      }
      while (inner.length > 0 && sp >= inner[inner.length - 1]) inner.pop();
      if (inner.length > 0) return;
      const line = lineAt(place, pc);
      if (passed.at(-1)?.line !== line) passed.push({ moment, line });
    };
    const ended = await timeTravel.repeat(
      until,
      (stop) => {
        if (stop.kind === 'breakpoint' && stop.pe === pe) pass(stop.pc);
      },
      () => drive.breathe(),
    );
    target.setBreakpoints([]);
    if (ended !== undefined) return { ended };
    // What interrupted the PE here came before the instruction at hand was executed.
    const { pc } = target.pes[pe];
    if (pc !== pcNow && starts.includes(pc)) pass(pc);
    // The first of a piece may have begun before it.
    if (passed.length > (isWhole || (first !== undefined && !isBefore(first, begin)) ? 0 : 1))
      return { moment: passed[passed.length - 1].moment };
  }
  return undefined;
}

/** From where the next instruction, or the next thing that happens between two, leads to a moment. */
export function momentBefore(timeTravel: TimeTravel, { instruction, ticks, inputs }: Moment): Moment {
  if (ticks > 0) return { instruction, ticks: ticks - 1, inputs };
  return { instruction: instruction - 1, ticks: 0, inputs: timeTravel.inputsAt(instruction - 1) };
}

/** Told of the stops on the way through pieces of the past. */
export interface Meeting {
  /** A piece is about to be repeated from where the guest stands. */
  readonly begins?: () => void;
  /** @returns the stop that it is to be, if it is one */
  readonly meet: (stop: TargetStop) => Stop | undefined;
  /** Absent: anything may be one. */
  readonly sought?: Sought;
}

/** The last stop on the way from `since` (where history begins) to `now` that `meet` takes, looked for from `now` backwards. */
export async function lastStop(
  place: SteppingPlace,
  now: Moment,
  drive: Drive,
  { begins, meet, sought }: Meeting,
  since?: Moment,
): Promise<Found | { readonly ended: Ended } | undefined> {
  const { timeTravel } = place.target;
  for (const { begin: whole, end } of pieces(place, now, sought)) {
    if (since !== undefined && !isBefore(since, end)) return undefined;
    const begin = since !== undefined && isBefore(whole, since) ? since : whole;
    let last: Found | undefined;
    const onTheWay = await drive.travel(begin);
    if (onTheWay !== undefined) return { ended: onTheWay };
    begins?.();
    const ended = await timeTravel.repeat(
      end,
      (met) => {
        const { moment } = timeTravel;
        const isDone = met.kind === 'watchpoint' && met.isDone;
        const stop = isBefore(moment, end) || isDone ? meet(met) : undefined;
        if (stop !== undefined) last = { moment, isDone, stop };
      },
      () => drive.breathe(),
    );
    if (ended !== undefined) return { ended };
    if (last !== undefined) return last;
  }
  return undefined;
}

/** To what {@link lastStop} found, from `now`. */
export async function goToFound(
  { target: { timeTravel } }: SteppingPlace,
  now: Moment,
  { moment, isDone, stop }: Found,
  drive: Drive,
): Promise<Ended> {
  const ended = await drive.travel(isDone ? momentBefore(timeTravel, moment) : moment);
  if (ended !== undefined) return (await drive.travel(now)) ?? ended;
  if (isDone && moment.ticks === 0) timeTravel.settle();
  return { kind: 'stop', stop };
}

/**
 * @param meeting whether a stop on the way is one to go back to
 * @returns the moves of `reverseContinue`: to the last stop before now, else to where history begins
 */
export function planReverseContinue(place: SteppingPlace, pe: number, meeting: Meeting): Moves {
  return async (drive) => {
    const now = place.target.timeTravel.moment;
    const found = await lastStop(place, now, drive, meeting);
    return found !== undefined && 'moment' in found ? goToFound(place, now, found, drive) : go(place, pe, now, found, 'pause', drive);
  };
}
