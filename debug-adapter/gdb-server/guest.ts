/** A guest as gdb drives it: a machine with gdb's breakpoints, which stands still or is in the middle of one run. */
import type { ExceptionBreakpoints } from '../breakpoints/exception-filters.ts';
import type { Images } from '../images.ts';
import { planReverseContinue, planStepBack, quiet } from '../target/reverse.ts';
import type { Drive, Ended, RunControl } from '../target/run-control.ts';
import { planStep, type SteppingPlace } from '../target/stepping.ts';
import type { Stop } from '../target/stop-reason.ts';
import { isBefore, type Moment, type Target, type TargetStop } from '../target/target.ts';
import type { GdbBreakpoints } from './breakpoints.ts';

export interface StepRequest {
  readonly pe: number;
  /** The other PEs stand still meanwhile. */
  readonly onlyPe: boolean;
  /** Go on while PC is in this half-open range. */
  readonly range?: { readonly low: bigint; readonly high: bigint };
}

export interface GdbGuest {
  readonly target: Target;
  readonly images: Images;
  readonly breakpoints: GdbBreakpoints;
  readonly exceptions: ExceptionBreakpoints;
  /** A step that a dispatch interrupts ends in the handler. */
  stepsIntoHandlers: boolean;
  /** How it came to stand where it stands. */
  readonly ended: Ended;
  /** @throws UserError if it cannot begin */
  continue(onlyPe?: number): Promise<Ended>;
  /** @throws UserError if it cannot begin */
  step(request: StepRequest): Promise<Ended>;
  /** To the instruction before. @throws UserError without a history */
  stepBack(pe: number): Promise<Ended>;
  /** To the last stop before. @throws UserError without a history */
  reverseContinue(pe: number): Promise<Ended>;
  /** Ends the present run; nothing if there is none. */
  pause(pe: number): void;
  /** Ends the present run, and waits for its end. */
  halt(): Promise<void>;
  /** gdb has written to registers or to `memory`. */
  edited(memory?: { readonly address: bigint; readonly count: number }): void;
}

/** Whose machine it is. */
export interface GdbPlace extends SteppingPlace {
  readonly run: RunControl;
  readonly breakpoints: GdbBreakpoints;
  readonly exceptions: ExceptionBreakpoints;
  /** Whether this stop, on the way through the past, is one to go back to. */
  metAgain(stop: TargetStop): Stop | undefined;
  /** A piece of the past is about to be repeated. */
  looksAgain(): void;
  /** gdb is about to let it run. */
  begins(): void;
  /** Lets it run until something stops it. Absent: as the run control does. */
  readonly continue?: RunControl['continue'];
  edited: GdbGuest['edited'];
}

export interface GdbGuestOver {
  readonly guest: GdbGuest;
  /** To be called when any run has ended. */
  ended(how: Ended): void;
}

/** Other PEs get as many instructions each after this many of a range step. */
const FAIR_SHARE = 256;

export function gdbGuestOver(place: GdbPlace): GdbGuestOver {
  const { target, run } = place;
  let last: Ended = { kind: 'stop', stop: { kind: 'entry', pe: 0 } };
  let waiting: ((ended: Ended) => void)[] = [];

  const nextEnd = () => new Promise<Ended>((resolve) => void waiting.push(resolve));
  function begin(action: () => void): Promise<Ended> {
    const end = nextEnd();
    place.begins();
    action();
    return end;
  }

  function stepMoves({ pe, onlyPe, range }: StepRequest, isInto: boolean): (drive: Drive) => Promise<Ended> {
    const stepped: Ended = { kind: 'stop', stop: { kind: 'step', pe } };
    const one = async (drive: Drive): Promise<Ended> =>
      isInto ? ((await drive.single(pe)) ?? stepped) : planStep(place, { pe, kind: 'in', granularity: 'instruction', onlyPe })(drive);
    return async (drive) => {
      for (let count = 1; ; count++) {
        const ended = (await drive.breathe()) ?? (await one(drive));
        if (ended.kind !== 'stop' || ended.stop.kind !== 'step' || range === undefined) return ended;
        const { pc } = target.pes[pe];
        if (pc < range.low || pc >= range.high) return ended;
        const other = onlyPe || count % FAIR_SHARE !== 0 ? undefined : await letOthersRun(drive, pe);
        if (other !== undefined) return other;
      }
    };
  }
  async function letOthersRun(drive: Drive, pe: number): Promise<Ended | undefined> {
    for (const { index, power, waiting: isWaiting } of target.pes) {
      if (index === pe || power !== 'on' || isWaiting) continue;
      const ended = await drive.run({ onlyPe: index, maxInstructions: FAIR_SHARE });
      if (ended !== undefined) return ended;
    }
    return undefined;
  }

  /**
   * Where gdb was last told, on its way back, of a watchpoint: behind the access. As forwards before it, gdb then takes the watchpoint away
   * and steps over the access by itself; whoever leaves it there gets past it by going on.
   */
  let told: { readonly access: Moment; readonly behind: Moment } | undefined;
  const isTold = (moment: Moment): boolean =>
    told !== undefined && !isBefore(told.behind, moment) && !isBefore(moment, told.behind) && isWatched(last);
  const isWatched = (how: Ended): boolean => how.kind === 'stop' && place.breakpoints.reasonOf(how.stop) !== undefined;

  /** The instruction that is gone back over may have done what is watched: executed once more, it stops before that. */
  function backMoves(pe: number): (drive: Drive) => Promise<Ended> {
    const back = planStepBack(place, pe, 'instruction');
    return async (drive) => {
      const now = target.timeTravel.moment;
      const ended = await back(drive);
      const watchpoints = isTold(now) ? [] : place.breakpoints.watchpoints(target);
      if (ended.kind !== 'stop' || ended.stop.kind !== 'step' || watchpoints.length === 0) return ended;
      const { moment } = target.timeTravel;
      target.setWatchpoints(watchpoints);
      const met = target.step(pe);
      target.setWatchpoints([]);
      const stop = met?.kind === 'watchpoint' ? place.breakpoints.met(met, met.watchpoint) : undefined;
      if (stop === undefined) return (await drive.travel(moment)) ?? ended;
      told = { access: moment, behind: now };
      return (await drive.travel(now)) ?? { kind: 'stop', stop };
    };
  }

  function reverseMoves(pe: number): (drive: Drive) => Promise<Ended> {
    return async (drive) => {
      const { timeTravel } = target;
      const passed = isTold(timeTravel.moment) ? told?.access : undefined;
      const isPassed = ({ kind }: TargetStop) => kind === 'watchpoint' && passed !== undefined && !isBefore(timeTravel.moment, passed);
      const meet = (stop: TargetStop) => (isPassed(stop) ? undefined : place.metAgain(stop));
      const ended = await planReverseContinue(place, pe, { begins: place.looksAgain, meet })(drive);
      if (!isWatched(ended)) return ended;
      const access = timeTravel.moment;
      quiet(place);
      timeTravel.settle();
      timeTravel.repeatOne();
      told = { access, behind: timeTravel.moment };
      return ended;
    };
  }

  const guest: GdbGuest = {
    target,
    images: place.images,
    breakpoints: place.breakpoints,
    exceptions: place.exceptions,
    stepsIntoHandlers: false,
    get ended() {
      return last;
    },
    continue: (onlyPe) => begin(() => (place.continue ?? run.continue)(onlyPe)),
    async step(request) {
      // Whether it can begin is known before anything moves.
      planStep(place, { pe: request.pe, kind: 'in', granularity: 'instruction', onlyPe: request.onlyPe });
      return begin(() => run.start(request.pe, stepMoves(request, guest.stepsIntoHandlers)));
    },
    stepBack: (pe) => begin(() => run.start(pe, backMoves(pe), { isUndisturbed: true })),
    reverseContinue: (pe) => begin(() => run.start(pe, reverseMoves(pe), { isUndisturbed: true })),
    pause: (pe) => run.pause(pe),
    async halt() {
      if (!run.isRunning) return;
      const end = nextEnd();
      run.pause(0);
      await end;
    },
    edited: place.edited,
  };
  return {
    guest,
    ended(how) {
      last = how;
      const listeners = waiting;
      waiting = [];
      for (const listener of listeners) listener(how);
    },
  };
}
