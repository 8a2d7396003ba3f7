/** A guest as gdb drives it: one machine with its breakpoints, which stands still or is in the middle of one run. */
import { createExceptionBreakpoints, type ExceptionBreakpoints } from '../breakpoints/exception-filters.ts';
import { createInjections } from '../breakpoints/injections.ts';
import { createImages, type Images } from '../images.ts';
import type { LaunchArguments } from '../launch-arguments.ts';
import type { LoadedGuest } from '../load-guest.ts';
import { createRunControl, type Drive, type Ended } from '../target/run-control.ts';
import { planStep } from '../target/stepping.ts';
import type { Target } from '../target/target.ts';

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
  /** Addresses of Z0 and Z1. */
  readonly breakpoints: { readonly software: Set<bigint>; readonly hardware: Set<bigint> };
  readonly exceptions: ExceptionBreakpoints;
  /** A step that a dispatch interrupts ends in the handler. */
  stepsIntoHandlers: boolean;
  /** How it came to stand where it stands. */
  readonly ended: Ended;
  /** @throws UserError if it cannot begin */
  continue(onlyPe?: number): Promise<Ended>;
  /** @throws UserError if it cannot begin */
  step(request: StepRequest): Promise<Ended>;
  /** Ends the present run; nothing if there is none. */
  pause(pe: number): void;
}

export interface GdbGuestListener {
  /** The guest has written on its console. */
  console(bytes: Uint8Array): void;
  /** A line for the person in front of the server. */
  note(text: string): void;
}

const CONSOLE_MILLISECONDS = 20;
/** Other PEs get as many instructions each after this many of a range step. */
const FAIR_SHARE = 256;

/** Starts the machine, which stands at its first instruction. @throws UserError for an impossible injection */
export function createGdbGuest(launch: LaunchArguments, loaded: LoadedGuest, listener: GdbGuestListener): GdbGuest {
  const { target } = loaded;
  const images = createImages(loaded.images);
  const exceptions = createExceptionBreakpoints();
  const breakpoints = { software: new Set<bigint>(), hardware: new Set<bigint>() };
  target.start(loaded.entry, loaded.x0);
  const injections = createInjections(launch.inject, target, images);
  let last: Ended = { kind: 'stop', stop: { kind: 'entry', pe: 0 } };
  let settle: (ended: Ended) => void = () => {};
  let timer: ReturnType<typeof setInterval> | undefined;

  const flush = () => {
    const bytes = target.takeConsoleOutput();
    if (bytes.length > 0) listener.console(bytes);
  };
  const run = createRunControl(target, exceptions, {
    breakpoints: () => [...breakpoints.software, ...breakpoints.hardware, ...injections.addresses()],
    arrived(pe, pc) {
      for (const text of injections.hit(pe, pc)) listener.note(text);
      const isWanted = breakpoints.software.has(pc) || breakpoints.hardware.has(pc);
      return isWanted ? { kind: 'breakpoint', pe, ids: [], sort: 'instruction' } : undefined;
    },
    resumed() {
      timer = setInterval(flush, CONSOLE_MILLISECONDS);
    },
    ended(how) {
      clearInterval(timer);
      flush();
      last = how;
      settle(how);
    },
    tick: flush,
  });
  const place = { target, images, client: launch.machine.client };

  function begin(action: () => void): Promise<Ended> {
    return new Promise((resolve, reject) => {
      settle = resolve;
      try {
        action();
      } catch (error) {
        reject(error);
      }
    });
  }

  function stepMoves({ pe, onlyPe, range }: StepRequest, isInto: boolean): (drive: Drive) => Promise<Ended> {
    const stepped: Ended = { kind: 'stop', stop: { kind: 'step', pe } };
    const one = (drive: Drive): Promise<Ended> | Ended =>
      isInto ? (drive.single(pe) ?? stepped) : planStep(place, { pe, kind: 'in', granularity: 'instruction', onlyPe })(drive);
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
    for (const { index, power, waiting } of target.pes) {
      if (index === pe || power !== 'on' || waiting) continue;
      const ended = await drive.run({ onlyPe: index, maxInstructions: FAIR_SHARE });
      if (ended !== undefined) return ended;
    }
    return undefined;
  }

  return {
    target,
    images,
    breakpoints,
    exceptions,
    stepsIntoHandlers: false,
    get ended() {
      return last;
    },
    continue: (onlyPe) => begin(() => run.continue(onlyPe)),
    step(request) {
      return begin(() => {
        // Whether it can begin is known before anything moves.
        planStep(place, { pe: request.pe, kind: 'in', granularity: 'instruction', onlyPe: request.onlyPe });
        run.start(request.pe, stepMoves(request, this.stepsIntoHandlers));
      });
    },
    pause: (pe) => run.pause(pe),
  };
}
