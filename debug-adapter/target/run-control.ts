import { now } from './clock.ts';
import type { WantedStops } from '../breakpoints/exception-filters.ts';
import { internalFault, notStopped } from '../errors.ts';
import { isNoticed, type Noticed } from './notices.ts';
import { isGuestEnd, type RunEnd, type Stop } from './stop-reason.ts';
import {
  type Formula,
  isBefore,
  type Moment,
  type Target,
  type TargetBreakpoint,
  TargetError,
  type TargetStop,
  type TargetStopConditions,
  type TargetWatchpoint,
} from './target.ts';
import type { WatchpointStop } from '../breakpoints/data-breakpoints.ts';

/** How a run ended: standing still, or for good. */
export type Ended =
  | { readonly kind: 'stop'; readonly stop: Stop }
  /** isFinal: nothing is to be told or asked any more. */
  | { readonly kind: 'off'; readonly end: RunEnd; readonly isFinal?: boolean };

export interface RunPlan {
  readonly onlyPe?: number;
  /** Run until this PE is about to execute one of these, and `accept` agrees. */
  readonly until?: { readonly pe: number; readonly addresses: readonly bigint[]; readonly accept: () => boolean };
  /** Run until this PE has `depth` running handlers or fewer. */
  readonly untilCompletion?: { readonly pe: number; readonly depth: number };
  /** A share of instructions, after which the run counts as arrived; so it does where there is nothing to do but wait. */
  readonly maxInstructions?: number;
}

/** How step plans move the machine. Whatever a person asked to stop at ends the step. */
export interface Drive {
  /** `undefined`: arrived where the plan says. */
  run(plan: RunPlan): Promise<Ended | undefined>;
  /** One instruction of one PE. `undefined`: nothing to report. */
  single(pe: number): Promise<Ended | undefined>;
  /** In the past the others run as they did before this PE's next instruction, which may be for long. */
  turnOf(pe: number): Promise<Ended | undefined>;
  /** Call now and then in a loop of `single`: lets the client be heard. @returns how a pause ended the step; it is told once */
  breathe(): Promise<Ended | undefined>;
  /** What stops the machine is what is asked for now; {@link run} begins with that. */
  arm(): void;
  /** To a moment on record. @returns how a pause ended that, on the way */
  travel(to: Moment): Promise<Ended | undefined>;
}

/** Whether a step goes into the handler that a PE is at the first instruction of. */
export type Enters = (dispatch: Extract<TargetStop, { kind: 'sdei-dispatch' }>) => boolean;

export interface RunControl {
  readonly isRunning: boolean;
  /** Runs until something stops it. */
  continue(onlyPe?: number): void;
  /**
   * Runs a plan made of several moves.
   * @param enters the dispatches that end the run, as a step; absent: none
   * @param isUndisturbed {@link whileStopped} is refused: what repeats the past must not be changed on the way
   */
  start(pe: number, moves: (drive: Drive) => Promise<Ended>, how?: { readonly enters?: Enters; readonly isUndisturbed?: boolean }): void;
  /** The client has been told that `pe` stands where it is: going on executes that instruction. */
  told(pe: number): void;
  /** Ends the present run with a stop of `pe`; nothing if it has ended. */
  pause(pe: number): void;
  /** Does `action` now if the guest stands still, else between two slices of its run. @throws StateError while it goes backwards */
  whileStopped<Result>(action: () => Result): Promise<Result>;
  /** Breakpoints or filters have changed: takes effect now, also in a run. */
  breakpointsChanged(): void;
  /** Stops running for good, without telling. */
  end(): Promise<void>;
}

export interface RunListener {
  /** Addresses that must stop the machine. */
  breakpoints(): readonly bigint[];
  /** Where this is 0, the machine need not stop at the address; absent: it always must. */
  conditionAt?(address: bigint): Formula | undefined;
  /** Physical addresses that must; absent: none. */
  physicalBreakpoints?(): readonly bigint[];
  /**
   * A PE is about to execute `pc`, which is one of these: something about the guest is learned there, which may change them. The guest
   * waits for it. `undefined`: nothing more.
   */
  learn?(pe: number, pc: bigint): Promise<void> | undefined;
  /** A run goes on after that. @param arm sets breakpoints where they are now */
  learnt?(arm: () => void): Promise<void>;
  /** A PE is about to execute `pc`, which is one of these. */
  arrived(pe: number, pc: bigint): Stop | undefined;
  /** The same where something else has stopped it already: no stop, but what happens there in any case. */
  passed?(pe: number, pc: bigint): void;
  /** What must stop the machine by being accessed or changing. Absent: nothing. */
  watchpoints?(): readonly TargetWatchpoint[];
  /** One of these has. `undefined`: that is no reason to stop. */
  watched?(stop: WatchpointStop): Stop | undefined;
  resumed(): void;
  ended(how: Ended): void;
  /** The guest has come to its end here already: going on forwards does nothing more. Absent: it never has. */
  over?(): Ended | undefined;
  /** Something that is told even if nobody wants to stop for it. */
  noticed?(stop: Noticed): void;
  /** Between slices. */
  tick(): void;
}

const longestSilence = 10;

/** `last` if it has the same: steps ask again and again. */
const setOf = (addresses: readonly bigint[], last: ReadonlySet<bigint>): ReadonlySet<bigint> =>
  addresses.length === last.size && addresses.every((address) => last.has(address)) ? last : new Set(addresses);

export function createRunControl(target: Target, exceptions: WantedStops, listener: RunListener): RunControl {
  let run: Promise<void> | undefined;
  let pauseRequest: number | undefined;
  let hasEnded = false;
  let waiting: (() => void)[] = [];
  let breakpoints: ReadonlySet<bigint> = new Set();
  let physical: ReadonlySet<bigint> = new Set();
  let armed:
    | {
        readonly wanted: TargetStopConditions;
        readonly atDispatch: boolean;
        readonly atCompletion: boolean;
        readonly conditions: TargetStopConditions;
      }
    | undefined;
  let lastBreath = 0;
  let enters: Enters | undefined;
  let isUndisturbed = false;
  /** Whom the present run is about: a stop that is no PE's own is told of this one. */
  let ownPe = 0;
  /** Nothing has happened since {@link arm}(false). */
  let isArmed = false;
  /** What single steps have come by. */
  let learnt: Promise<unknown> | undefined;
  /** Where the client knows each PE to stand: a breakpoint there is no news before the PE has moved. */
  const known = new Map<number, bigint>();
  /** Where the listener was told last that each PE has arrived. */
  const arrivals = new Map<number, { readonly pc: bigint; readonly time: number }>();

  function arm(untilCompletion: boolean): void {
    target.setWatchpoints(listener.watchpoints?.() ?? []);
    breakpoints = setOf(listener.breakpoints(), breakpoints);
    physical = setOf(listener.physicalBreakpoints?.() ?? [], physical);
    target.setBreakpoints([
      ...[...breakpoints].map((address) => {
        const condition = listener.conditionAt?.(address);
        return condition === undefined ? { address } : { address, condition };
      }),
      ...[...physical].map((address) => ({ address, isPhysical: true })),
    ]);
    target.setStopConditions(stopConditions(enters !== undefined, untilCompletion));
  }
  /** The same object as before if they are the same: most steps set them for nothing. */
  function stopConditions(atDispatch: boolean, atCompletion: boolean): TargetStopConditions {
    const { conditions } = exceptions;
    if (armed?.wanted === conditions && armed.atDispatch === atDispatch && armed.atCompletion === atCompletion) return armed.conditions;
    const sdeiDispatch = atDispatch || (conditions.sdeiDispatch ?? false);
    const sdeiCompletion = atCompletion || (conditions.sdeiCompletion ?? false);
    armed = { wanted: conditions, atDispatch, atCompletion, conditions: { ...conditions, sdeiDispatch, sdeiCompletion } };
    return armed.conditions;
  }
  /** Nothing has been executed since the listener was told that this PE is there. */
  const hasArrived = (pe: number, pc: bigint): boolean => {
    const last = arrivals.get(pe);
    return last?.pc === pc && last.time === target.time;
  };
  function arrive(pe: number, pc: bigint): Ended | undefined {
    arrivals.set(pe, { pc, time: target.time });
    const isBreakpoint = breakpoints.has(pc) || (physical.size > 0 && physical.has(target.physicalAddress(pe, pc) ?? -1n));
    const stop = isBreakpoint ? listener.arrived(pe, pc) : undefined;
    return stop === undefined ? undefined : { kind: 'stop', stop };
  }
  function serveWaiting(): void {
    const actions = waiting;
    waiting = [];
    for (const action of actions) action();
    listener.tick();
  }
  /** Once: what the pause has ended may have a way back to go, which another one ends. */
  function paused(): Ended | undefined {
    if (pauseRequest === undefined) return undefined;
    const pe = pauseRequest;
    if (!hasEnded) pauseRequest = undefined;
    return { kind: 'stop', stop: { kind: 'pause', pe } };
  }

  const drive: Drive = {
    async run(plan) {
      const { until, untilCompletion } = plan;
      const extra: TargetBreakpoint[] = until?.addresses.map((address) => ({ address, pe: until.pe })) ?? [];
      const endsHandler = (stop: TargetStop): boolean =>
        stop.kind === 'sdei-completion' && untilCompletion?.pe === stop.pe && depthOf(target, stop.pe) <= untilCompletion.depth;
      for (;;) {
        if (!isArmed || untilCompletion !== undefined) arm(untilCompletion !== undefined);
        isArmed = false;
        const already = paused();
        if (already !== undefined) return already;
        // Somebody has come while something was waited for, and nothing ran that could be stopped for him.
        if (waiting.length > 0) {
          serveWaiting();
          continue;
        }
        const time = target.time;
        let ended: Ended | undefined;
        let isThere = false;
        let learning: Promise<void> | undefined;
        // What does not end the run is decided without leaving it: that happens hundreds of thousands of times a second.
        const passes = (stop: TargetStop): boolean => {
          if (stop.kind === 'breakpoint') {
            learning = listener.learn?.(stop.pe, stop.pc);
            if (learning !== undefined) return false;
            if (target.time === time && known.get(stop.pe) === stop.pc) {
              if (!hasArrived(stop.pe, stop.pc)) listener.passed?.(stop.pe, stop.pc);
              return true;
            }
            // The machine takes no notice of single steps: the listener knows of a place that the last one came to.
            ended = hasArrived(stop.pe, stop.pc) ? undefined : arrive(stop.pe, stop.pc);
            isThere = ended === undefined && until?.pe === stop.pe && until.addresses.includes(stop.pc) && until.accept();
          } else if (stop.kind === 'budget' || stop.kind === 'pause') return false;
          // It has no use for the rest of its share.
          else if (stop.kind === 'halted' && plan.maxInstructions !== undefined) isThere = true;
          else {
            ended = endedBy(stop);
            isThere = ended === undefined && endsHandler(stop);
          }
          return ended === undefined && !isThere;
        };
        const stop = await target.resume({
          until: extra,
          passes,
          waitsForInput: true,
          ...(plan.onlyPe === undefined ? {} : { onlyPe: plan.onlyPe }),
          ...(plan.maxInstructions === undefined ? {} : { maxInstructions: plan.maxInstructions, keepsTime: true }),
        });
        serveWaiting();
        if (learning !== undefined) {
          await learning;
          await listener.learnt?.(() => arm(untilCompletion !== undefined));
          continue;
        }
        if (ended !== undefined || isThere || stop.kind === 'budget') return ended;
      }
    },
    async single(pe) {
      if (target.timeTravel.isInPast) {
        const ended = await drive.turnOf(pe);
        if (ended !== undefined) return ended;
      }
      isArmed = false;
      for (;;) {
        const { moment } = target.timeTravel;
        const stop = target.step(pe);
        if (stop === undefined || stop.kind === 'budget' || stop.kind === 'pause' || stop.kind === 'breakpoint') break;
        const ended = endedBy(stop);
        if (ended !== undefined) return ended;
        // A call that nobody wants to see has only been announced; a second stop of the step before has only been told.
        if (isBefore(moment, target.timeTravel.moment)) break;
      }
      const { pc } = target.pes[pe];
      const learning = listener.learn?.(pe, pc);
      if (learning !== undefined) learnt = Promise.all([learnt, learning]);
      return arrive(pe, pc);
    },
    async turnOf(pe) {
      isArmed = false;
      const { time } = target;
      while (target.timeTravel.isInPast) {
        const stop = target.timeTravel.repeatUntilTurnOf(pe);
        if (stop === undefined) break;
        let ended: Ended | undefined;
        if (stop.kind === 'breakpoint') {
          const isNews = target.time !== time || known.get(stop.pe) !== stop.pc;
          if (isNews && !hasArrived(stop.pe, stop.pc)) ended = arrive(stop.pe, stop.pc);
        } else if (stop.kind !== 'budget' && stop.kind !== 'pause') ended = endedBy(stop);
        ended ??= await drive.breathe();
        if (ended !== undefined) return ended;
      }
      return undefined;
    },
    async breathe() {
      isArmed = false;
      if (learnt !== undefined) await learnt;
      if (now() - lastBreath < longestSilence) return undefined;
      await new Promise((resolve) => setTimeout(resolve));
      lastBreath = now();
      serveWaiting();
      return paused();
    },
    arm: () => arm(false),
    travel(to) {
      isArmed = false;
      arrivals.clear();
      return target.timeTravel.travel(to, () => drive.breathe());
    },
  };

  function endedBy(stop: Exclude<TargetStop, { kind: 'budget' | 'pause' | 'breakpoint' }>): Ended | undefined {
    if (stop.kind === 'watchpoint') {
      const watched = listener.watched?.(stop);
      return watched && { kind: 'stop', stop: watched };
    }
    if (isGuestEnd(stop)) return { kind: 'off', end: stop };
    if (stop.kind === 'sdei-dispatch' && enters?.(stop)) return { kind: 'stop', stop: { kind: 'step', pe: stop.pe } };
    if (isNoticed(stop)) listener.noticed?.(stop);
    if (!exceptions.wants(stop)) return undefined;
    return { kind: 'stop', stop: { kind: 'machine', pe: 'pe' in stop ? stop.pe : ownPe, stop } };
  }

  async function perform(pe: number, moves: (drive: Drive) => Promise<Ended>): Promise<void> {
    let ended: Ended;
    lastBreath = now();
    try {
      arm(false);
      isArmed = true;
      ended = await moves(drive);
      await learnt;
    } catch (error) {
      const fault =
        error instanceof TargetError
          ? { id: 'recording' as const, text: error.message }
          : { id: 'internal-error' as const, text: internalFault('a run', error).message };
      ended = { kind: 'stop', stop: { kind: 'fault', pe, ...fault } };
    }
    pauseRequest = undefined;
    enters = undefined;
    isUndisturbed = false;
    run = undefined;
    serveWaiting();
    if (hasEnded) return;
    if (ended.kind === 'stop') {
      const { kind, pe: stopped } = ended.stop;
      known.set(stopped, target.pes[stopped].pc);
      // Its last move may have been a single step, of which the machine takes no notice.
      if (kind === 'step' || kind === 'breakpoint') target.told(stopped);
    }
    listener.ended(ended);
  }
  function begin(pe: number, moves: (drive: Drive) => Promise<Ended>): void {
    // Through the past: the same moment comes again.
    if (isUndisturbed) arrivals.clear();
    ownPe = pe;
    const over = isUndisturbed ? undefined : listener.over?.();
    listener.resumed();
    run = perform(pe, over === undefined ? moves : () => Promise.resolve(over));
  }

  return {
    get isRunning() {
      return run !== undefined;
    },
    continue(onlyPe) {
      begin(onlyPe ?? 0, async (moves) => (await moves.run(onlyPe === undefined ? {} : { onlyPe })) as Ended);
    },
    start(pe, moves, how = {}) {
      enters = how.enters;
      isUndisturbed = how.isUndisturbed ?? false;
      begin(pe, moves);
    },
    told(pe) {
      known.set(pe, target.pes[pe].pc);
    },
    pause(pe) {
      if (run === undefined) return;
      pauseRequest = pe;
      target.pause();
    },
    whileStopped(action) {
      if (run === undefined) return Promise.resolve().then(action);
      if (isUndisturbed) return Promise.reject(notStopped());
      return new Promise((resolve, reject) => {
        waiting.push(() => {
          try {
            resolve(action());
          } catch (error) {
            reject(error);
          }
        });
        target.pause();
      });
    },
    breakpointsChanged() {
      if (run === undefined) return;
      waiting.push(() => {});
      target.pause();
    },
    async end() {
      hasEnded = true;
      pauseRequest ??= 0;
      target.pause();
      await run;
    },
  };
}

export const depthOf = (target: Target, pe: number): number => target.sdei.pes[pe]?.running.length ?? 0;
