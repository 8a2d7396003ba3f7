/** One event at every instruction of a range that a run executes, each in a run of its own from there on: what breaks, and where. */
import { compileExpression } from '../evaluate/evaluate.ts';
import { ExpressionError } from '../evaluate/expression-error.ts';
import type { Images } from '../images.ts';
import { isNoticed } from '../target/notices.ts';
import { isGuestEnd, type MachineStop, where, wordsOf } from '../target/stop-reason.ts';
import type { Moment, Target, TargetStop } from '../target/target.ts';
import { UsageError } from './options.ts';

export interface SweepPlan {
  readonly event: number;
  /** Half-open; looked up again where a kernel is found to be elsewhere. */
  readonly range: () => { readonly low: bigint; readonly high: bigint };
  /** C expressions that must not be 0 where the handler begins and behind its end. */
  readonly invariants: readonly string[];
  readonly maxPoints: number;
  /** Of the run without the event. */
  readonly maxInstructions: number;
  /** How many instructions later than without the event a run may end. */
  readonly late: number;
  readonly shard?: { readonly index: number; readonly count: number };
}

/** A moment at which a PE is about to execute an instruction of the range. */
interface Point {
  readonly moment: Moment;
  readonly pe: number;
  readonly pc: bigint;
  /** How often the address has been reached, this time included. */
  readonly hit: number;
}

export interface SweepFinding {
  /** Raises the event there: value of `--inject` and of the launch key. */
  readonly inject: string;
  readonly place: string;
  readonly pe: number;
  readonly what: 'invariant' | 'clobbered' | 'exception' | 'end';
  readonly message: string;
}
export interface SweepReport {
  /** How the run without the event ends. */
  readonly undisturbed: TargetStop['kind'];
  /** Instructions of the range that the run without the event executes, of all parts. */
  readonly executed: number;
  /** Of them, those of this part: there the event was raised. */
  readonly points: number;
  /** Of them, where it was not accepted: there is no handler. */
  readonly refused: number;
  /** It was accepted somewhere in the range, perhaps in another part. */
  readonly isHandled: boolean;
  /** The range has more of them than {@link SweepPlan.maxPoints}. */
  readonly isCut: boolean;
  readonly findings: readonly SweepFinding[];
}

/** @param guest at its first instruction, with a history. @throws UsageError */
export async function sweep(guest: { target: Target; images: Images; moved: () => void }, plan: SweepPlan): Promise<SweepReport> {
  const { target, images } = guest;
  const undisturbed = await runUndisturbed(guest, plan);
  const { recording } = target.timeTravel;
  const holds = invariantsOf(target, images, plan);
  const { index, count } = plan.shard ?? { index: 1, count: 1 };
  const isOurs = (_: Point, n: number): boolean => n % count === index - 1;
  const points = undisturbed.points.filter(isOurs);
  const findings: SweepFinding[] = [];
  const raise = async (point: Point): Promise<boolean> => {
    target.timeTravel.follow(recording, true);
    await target.timeTravel.travel(point.moment);
    return target.sdei.trigger(plan.event, point.pe).accepted;
  };
  let refused = 0;
  for (const point of points) {
    if (!(await raise(point))) {
      refused++;
      continue;
    }
    const broken = await runFrom(guest, plan, holds, undisturbed, recording.end.instruction + plan.late);
    // Nobody hears it, and it would grow with each run.
    target.takeConsoleOutput();
    const place = images.describe(point.pc);
    for (const one of broken)
      findings.push({ inject: `${plan.event}@${place}#${point.hit}`, place: where(images, point.pc), pe: point.pe, ...one });
  }
  const isHandled =
    refused < points.length ||
    (await isSome(
      undisturbed.points.filter((point, n) => !isOurs(point, n)),
      raise,
    ));
  const { end, isCut } = undisturbed;
  return { undisturbed: end.kind, executed: undisturbed.points.length, points: points.length, refused, isHandled, isCut, findings };
}

/** The last first: a guest registers its handlers early, and frees them late. */
async function isSome(points: readonly Point[], holds: (point: Point) => Promise<boolean>): Promise<boolean> {
  for (const point of points.toReversed()) if (await holds(point)) return true;
  return false;
}

interface Undisturbed {
  readonly points: readonly Point[];
  readonly isCut: boolean;
  readonly end: TargetStop;
  /** What is told of the run without the event, too. */
  readonly told: ReadonlySet<string>;
}

async function runUndisturbed(guest: { target: Target; moved: () => void }, plan: SweepPlan): Promise<Undisturbed> {
  const { target } = guest;
  const points: Point[] = [];
  const hits = new Map<bigint, number>();
  const told = new Set<string>();
  let isCut = false;
  const arm = (): void => {
    const { low, high } = plan.range();
    target.setBreakpoints(
      isCut ? [] : Array.from({ length: Math.ceil(Number(high - low) / 4) }, (_, n) => ({ address: low + 4n * BigInt(n) })),
    );
  };
  guest.moved = arm;
  arm();
  target.setStopConditions({ sdeiClobbered: true, handlerException: true });
  for (;;) {
    const stop = await target.resume({ maxInstructions: plan.maxInstructions - target.time });
    if (stop.kind === 'breakpoint') {
      const hit = (hits.get(stop.pc) ?? 0) + 1;
      hits.set(stop.pc, hit);
      isCut = points.length === plan.maxPoints;
      if (isCut) arm();
      else points.push({ moment: target.timeTravel.moment, pe: stop.pe, pc: stop.pc, hit });
    } else if (isNoticed(stop) || stop.kind === 'handler-exception') told.add(keyOf(stop));
    else {
      target.setBreakpoints([]);
      guest.moved = () => {};
      return { points, isCut, end: stop, told };
    }
  }
}

/** Of the same handler, with the same registers or class. */
function keyOf(stop: TargetStop): string {
  if (stop.kind === 'sdei-clobbered') return [stop.kind, stop.event, ...stop.changed.map(({ name }) => name)].join(' ');
  return stop.kind === 'handler-exception' ? [stop.kind, stop.event, stop.class, stop.pc].join(' ') : stop.kind;
}

type Broken = Pick<SweepFinding, 'what' | 'message'>;
/** What does not hold on the PE, as a sentence. */
type Invariants = (pe: number, when: string) => readonly Broken[];

async function runFrom(
  { target, images }: { target: Target; images: Images },
  { event, late }: SweepPlan,
  holds: Invariants,
  { end, told }: Undisturbed,
  latest: number,
): Promise<readonly Broken[]> {
  const broken = new Map<string, Broken>();
  const add = (one: Broken): void => void (broken.has(one.message) || broken.set(one.message, one));
  target.setStopConditions({ sdeiDispatch: [event], sdeiCompletion: [event], sdeiClobbered: true, handlerException: true });
  for (;;) {
    const stop = await target.resume({ maxInstructions: latest - target.time });
    const text = (): string => wordsOf(stop as MachineStop, images).text;
    if (stop.kind === 'sdei-dispatch') for (const one of holds(stop.pe, 'where the handler begins')) add(one);
    else if (stop.kind === 'sdei-completion') for (const one of holds(stop.pe, 'behind the end of the handler')) add(one);
    else if (stop.kind === 'sdei-clobbered' || stop.kind === 'handler-exception') {
      if (!told.has(keyOf(stop))) add({ what: stop.kind === 'sdei-clobbered' ? 'clobbered' : 'exception', message: text() });
    } else {
      const isOther = stop.kind !== end.kind || (stop.kind === 'exit' && end.kind === 'exit' && stop.status !== end.status);
      if (isOther) add({ what: 'end', message: endText(stop, end, late, text) });
      return [...broken.values()];
    }
  }
}

function endText(stop: TargetStop, { kind }: TargetStop, late: number, text: () => string): string {
  if (stop.kind === 'budget') return `The run does not come to its end (${kind}), not even ${late} instructions later.`;
  return isGuestEnd(stop) ? `The run ends with ${stop.kind} instead of ${kind}.` : text();
}

/** @throws UsageError */
function invariantsOf(target: Target, images: Images, { invariants, range }: SweepPlan): Invariants {
  const compiled = invariants.map((text) => {
    try {
      return { text, holds: compileExpression(text, { target, programs: images.programs, pc: range().low }).holds };
    } catch (error) {
      throw error instanceof ExpressionError ? new UsageError(`Option "--invariant" is "${text}": ${error.message}`) : error;
    }
  });
  return (pe, when) =>
    compiled.flatMap(({ text, holds }): Broken[] => {
      try {
        return holds(pe) ? [] : [{ what: 'invariant', message: `${text} does not hold ${when}.` }];
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        return [{ what: 'invariant', message: `${text} cannot be computed ${when}: ${error.message}` }];
      }
    });
}
