/** What must hold of going backwards, at any size: unit tests do it small, `npm run test:time` on record. */
import assert from 'node:assert/strict';
import { lastStop, planReverseContinue, planStepBack } from '../../debug-adapter/target/reverse.ts';
import type { Drive, Ended } from '../../debug-adapter/target/run-control.ts';
import { type InstructionKind, instructionKind } from '../../debug-adapter/target/instruction-kind.ts';
import { planStep } from '../../debug-adapter/target/stepping.ts';
import type { Moment, TargetWatchpoint } from '../../debug-adapter/target/target.ts';
import type { Traveller } from './traveller.ts';

/** Repeatable numbers from 0 to `below` - 1. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const arrived: Ended = { kind: 'stop', stop: { kind: 'pause', pe: 0 } };

/** Runs to the end of the guest, or so many instructions. @returns instructions on record */
export async function recordAll(one: Traveller, most = Number.POSITIVE_INFINITY): Promise<number> {
  await one.go(0, async (drive) => (await drive.run({ maxInstructions: most })) ?? arrived);
  return one.target.time;
}

export interface ThereAndBack {
  readonly points: number;
  /** Forward, and as many back. */
  readonly steps: number;
  /** Points in a handler, in a handler over a handler, and the exception levels of all points. */
  readonly inHandlers: number;
  readonly nested: number;
  readonly levels: readonly number[];
  /** Steps that an event or an exception level changed in. */
  readonly crossings: number;
}

const COMPLETE = 0xc400_0025n;
const COMPLETE_AND_RESUME = 0xc400_0026n;

function kindAt({ target }: Traveller, pe: number, pc: bigint): InstructionKind {
  const word = target.readMemory(pc, 4, { kind: 'virtual', pe });
  return word.length < 4 ? 'other' : instructionKind(new DataView(word.buffer, word.byteOffset, 4).getUint32(0, true));
}

/**
 * Whether the next instruction leaves what has interrupted the PE: a handler, or an exception that no instruction asked for. From outside, a
 * step back passes over all of that, so that it does not lead back in.
 */
function leavesInterruption(one: Traveller, pe: number): boolean {
  const { target } = one;
  const { pc, exceptionLevel: el } = target.pes[pe];
  const kind = kindAt(one, pe, pc);
  if (kind === 'exception-call') {
    const x0 = target.readRegister(pe, 'x0');
    return target.sdei.pes[pe].running.length > 0 && (x0 === COMPLETE || x0 === COMPLETE_AND_RESUME);
  }
  if (kind !== 'exception-return') return false;
  const returnsTo = target.readRegister(pe, `ELR_EL${el}`);
  const level = Number((target.readRegister(pe, `SPSR_EL${el}`) >> 2n) & 3n);
  return level === el || kindAt(one, pe, returnsTo - 4n) !== 'exception-call';
}

/** At random points: n instructions forward, n back, and the hash of the whole state is the same. */
export async function thereAndBack(one: Traveller, points: number, seed: number): Promise<ThereAndBack> {
  const length = await recordAll(one);
  const { target } = one;
  const { timeTravel } = target;
  const random = randomNumbers(seed);
  const levels = new Set<number>();
  let [steps, inHandlers, nested, crossings] = [0, 0, 0, 0];
  for (let point = 0; point < points; point++) {
    const instruction = random(length - 1);
    await timeTravel.travel({ instruction, ticks: 0, inputs: timeTravel.inputsAt(instruction) });
    const pe = timeTravel.settle();
    if (target.pes[pe].power !== 'on') continue;
    const depth = target.sdei.pes[pe].running.length;
    if (depth > 0) inHandlers++;
    if (depth > 1) nested++;
    levels.add(target.pes[pe].exceptionLevel);
    const before = target.stateHash();
    let forward = 0;
    for (const count = 1 + random(8); forward < count && !leavesInterruption(one, pe); forward++) {
      const el = target.pes[pe].exceptionLevel;
      const { time } = target;
      const how = await one.go(pe, planStep(one, { pe, kind: 'in', granularity: 'instruction', onlyPe: false }));
      if (how.kind === 'off' || !timeTravel.isInPast || target.pes[pe].power !== 'on') break;
      if (target.pes[pe].exceptionLevel !== el || target.time > time + 1) crossings++;
    }
    steps += forward;
    if (!timeTravel.isInPast) continue;
    for (let back = 0; back < forward; back++) await one.go(pe, planStepBack(one, pe, 'instruction'));
    assert.equal(target.time, instruction, `PE${pe}, ${forward} steps from instruction ${instruction}`);
    assert.equal(target.stateHash(), before, `PE${pe}, ${forward} steps from instruction ${instruction} and back`);
  }
  return { points, steps, inHandlers, nested, levels: [...levels].sort(), crossings };
}

export interface LastOfMany {
  readonly hits: number;
  readonly forwardSeconds: number;
  /** To the last one. */
  readonly backSeconds: number;
  /** To the first one, past all others, each of which was looked at and refused. */
  readonly backToFirstSeconds: number;
  readonly instructions: number;
}

async function timed<Result>(action: () => Promise<Result>): Promise<[Result, seconds: number]> {
  const begin = performance.now();
  const result = await action();
  return [result, (performance.now() - begin) / 1000];
}

/** Of so many hits of a breakpoint, reverseContinue finds the last; and the first, if no other will do. */
export async function lastOfMany(one: Traveller, address: bigint, hits: number): Promise<LastOfMany> {
  const { target } = one;
  const { timeTravel } = target;
  const moments: Moment[] = [];
  one.breakpoints = [address];
  const [, forwardSeconds] = await timed(async () => {
    target.setBreakpoints([{ address }]);
    while (moments.length <= hits) {
      const stop = await target.resume({});
      assert.equal(stop.kind, 'breakpoint');
      moments.push(timeTravel.moment);
    }
  });
  // One stands at the next hit, which is not before now.
  const now = timeTravel.moment;
  const [how, backSeconds] = await timed(() =>
    one.go(0, planReverseContinue(one, 0, { meet: ({ kind }) => (kind === 'breakpoint' ? paused : undefined) })),
  );
  assert.equal(how.kind, 'stop');
  assert.deepEqual(timeTravel.moment, moments[hits - 1]);
  await timeTravel.travel(now);
  const [first] = moments;
  const isFirst = (): boolean => timeTravel.moment.instruction === first.instruction;
  const [, backToFirstSeconds] = await timed(() =>
    one.go(0, planReverseContinue(one, 0, { meet: () => (isFirst() ? paused : undefined) })),
  );
  assert.deepEqual(timeTravel.moment, first);
  return { hits, forwardSeconds, backSeconds, backToFirstSeconds, instructions: now.instruction - first.instruction };
}
const paused = { kind: 'pause', pe: 0 } as const;

/** The last change of memory before now, and what a watched run costs. */
export async function lastChange(
  one: Traveller,
  watchpoint: TargetWatchpoint,
): Promise<{ readonly seconds: number; readonly moment: Moment }> {
  const { target } = one;
  const now = target.timeTravel.moment;
  const [found, seconds] = await timed(async () => {
    let result: Awaited<ReturnType<typeof lastStop>>;
    await one.go(0, async (drive: Drive) => {
      target.setWatchpoints([watchpoint]);
      result = await lastStop(one, now, drive, { meet: ({ kind }) => (kind === 'watchpoint' ? paused : undefined) });
      target.setWatchpoints([]);
      return arrived;
    });
    return result;
  });
  assert.ok(found !== undefined && 'moment' in found);
  await target.timeTravel.travel(now);
  return { seconds, moment: found.moment };
}

export interface FarBack {
  readonly instructions: number;
  /** From the end to the moment so far back. */
  readonly backSeconds: number;
  /** From there to the instruction before the end. */
  readonly forwardSeconds: number;
  /** One instruction back from the end. */
  readonly oneBackSeconds: number;
  /** The slowest of several instructions back, one after the other. */
  readonly slowestBackSeconds: number;
  readonly checkpoints: number;
}

/** Back so many instructions, and forwards to the one before the end: the state is that of a machine that never went back. */
export async function farBack(one: Traveller, straight: Traveller, start: number, far: number): Promise<FarBack> {
  const { target } = one;
  const { timeTravel } = target;
  const end = start + far;
  await recordAll(straight, end - 1);
  await recordAll(one, end);
  const at = (instruction: number): Moment => ({ instruction, ticks: 0, inputs: 0 });
  const [, oneBackSeconds] = await timed(() => one.go(0, planStepBack(one, 0, 'instruction')));
  assert.equal(target.stateHash(), straight.target.stateHash());
  const [, backSeconds] = await timed(async () => timeTravel.travel(at(start)));
  assert.equal(target.time, start);
  const [, forwardSeconds] = await timed(async () => timeTravel.travel(at(end - 1)));
  assert.equal(target.stateHash(), straight.target.stateHash());
  let slowestBackSeconds = 0;
  for (let count = 0; count < 20; count++) {
    const [, seconds] = await timed(() => one.go(0, planStepBack(one, 0, 'instruction')));
    slowestBackSeconds = Math.max(slowestBackSeconds, seconds);
  }
  assert.equal(target.time, end - 21);
  return {
    instructions: far,
    backSeconds,
    forwardSeconds,
    oneBackSeconds,
    slowestBackSeconds,
    checkpoints: timeTravel.history?.checkpoints.length ?? 0,
  };
}
