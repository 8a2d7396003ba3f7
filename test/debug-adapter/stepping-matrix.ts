/**
 * Every kind of step, in code at EL0, EL1 and EL2, inside a handler and outside, with an event on its way and without, masked and not, going
 * into handlers and not; and from where it ended, a step back.
 * Where a step must end is read off the instruction trace of a plain run, in which no event comes: a handler belongs to no step, unless
 * steps go into handlers.
 */
import path from 'node:path';
import { createImages, type Images } from '../../debug-adapter/images.ts';
import { parseLaunchArguments } from '../../debug-adapter/launch-arguments.ts';
import { loadGuest } from '../../debug-adapter/load-guest.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { randomNumbers } from '../sdei/migrations.ts';
import { guests, SessionClient } from './support/session-client.ts';

export type Level = 'EL0' | 'EL1' | 'EL2';
export interface Cell {
  readonly kind: 'over' | 'in' | 'out';
  readonly granularity: 'line' | 'instruction';
  /** An event is raised during the step, or, where it cannot be dispatched, waits already when the step begins. */
  readonly pending: boolean;
  /** PE_MASK holds: an event that is raised stays pending. */
  readonly masked: boolean;
  /** At EL1 and EL2: the step is one of a handler, and the event is critical. At EL0: a critical event comes in the event's handler. */
  readonly nested: boolean;
  readonly level: Level;
  /** With "stepIntoHandlers". */
  readonly enters: boolean;
}

const levels: readonly Level[] = ['EL0', 'EL1', 'EL2'];
const both = [false, true];

export const cells: readonly Cell[] = levels.flatMap((level) =>
  both.flatMap((nested) =>
    both.flatMap((masked) =>
      both.flatMap((pending) =>
        (['line', 'instruction'] as const).flatMap((granularity) =>
          both.flatMap((enters) =>
            (['over', 'in', 'out'] as const).map((kind) => ({ kind, granularity, pending, masked, nested, level, enters })),
          ),
        ),
      ),
    ),
  ),
);

const CRITICAL_EVENT = 804;
const NORMAL_EVENT = 806;

const launchOf = (level: Level) => ({
  program: path.join(guests, level === 'EL2' ? 'steps-el2.elf' : 'steps.elf'),
  client: level === 'EL2' ? 'EL2' : 'EL1',
  memory: '2M',
  sdei: {
    events: [
      { number: CRITICAL_EVENT, type: 'private', priority: 'critical' },
      { number: NORMAL_EVENT, type: 'private', priority: 'normal' },
    ],
  },
});

/** The PE before an instruction. */
interface Moment {
  readonly pc: bigint;
  readonly sp: bigint;
  readonly el: number;
  /** Which activation: of a function, a handler, or an exception. */
  readonly frame: number;
  /** Running handlers. */
  readonly depth: number;
}

export interface Trace {
  readonly images: Images;
  readonly moments: readonly Moment[];
  /** By frame: the one it came from. */
  readonly parents: readonly (number | undefined)[];
}

const isCall = (word: number): boolean => (word & 0xfc00_0000) >>> 0 === 0x9400_0000 || (word & 0xffff_fc1f) >>> 0 === 0xd63f_0000;
const isReturn = (word: number): boolean => (word & 0xffff_fc1f) >>> 0 === 0xd65f_0000;
const isSupervisorCall = (word: number): boolean => (word & 0xffe0_001f) >>> 0 === 0xd400_0001;
const ERET = 0xd69f_03e0;

/** Runs the guest one instruction after the other, without any debugger's means, and keeps a stack of its own. */
export async function traceOf(level: Level): Promise<Trace> {
  const launch = parseLaunchArguments(launchOf(level));
  const { target, entry, x0, images } = await loadGuest(launch, nodeHost, makers);
  target.start(entry, x0);
  target.setStopConditions({});
  const moments: Moment[] = [];
  const parents: (number | undefined)[] = [undefined];
  const stack: { readonly frame: number; readonly goesOnAt: bigint }[] = [];
  let frame = 0;
  const enter = (goesOnAt: bigint): void => {
    stack.push({ frame, goesOnAt });
    parents.push(frame);
    frame = parents.length - 1;
  };
  const leave = (): void => {
    frame = stack.pop()?.frame ?? 0;
  };
  for (;;) {
    const [{ pc, exceptionLevel: el }] = target.pes;
    const depth = target.sdei.pes[0].running.length;
    moments.push({ pc, sp: target.readRegister(0, 'sp'), el, frame, depth });
    const bytes = target.readMemory(pc, 4, { kind: 'virtual', pe: 0 });
    const word = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
    const stop = target.step(0);
    if (stop !== undefined && stop.kind === 'system-off') break;
    const after = target.sdei.pes[0].running.length;
    const [next] = target.pes;
    if (after !== depth) {
      if (after > depth) enter(pc + 4n);
      else leave();
    } else if (isCall(word) || (isSupervisorCall(word) && next.exceptionLevel > el)) enter(pc + 4n);
    else if ((isReturn(word) || word === ERET) && stack.at(-1)?.goesOnAt === next.pc) leave();
  }
  return { images: createImages(images), moments, parents };
}

/** @returns the index of the moment at which the step begun at `start` ends; `undefined`: it has no place to end */
export function expectedEnd({ images, moments, parents }: Trace, start: number, { kind, granularity }: Cell): number | undefined {
  const { frame, pc: startPc, depth } = moments[start];
  const parent = parents[frame];
  const find = (from: number, holds: (moment: Moment) => boolean): number | undefined => {
    const index = moments.findIndex((moment, n) => n >= from && holds(moment));
    return index < 0 ? undefined : index;
  };
  const isSameFrame = (moment: Moment): boolean => moment.frame === frame;
  const hasReturned = (moment: Moment): boolean => moment.frame === parent;
  const inlineDepth = (pc: bigint): number => images.inlineChainAt(pc).length;
  const isInlined = images.inlineChainAt(startPc)[0]?.inlined === true;

  if (kind === 'out') {
    const end = find(
      start + 1,
      (moment) => hasReturned(moment) || (isInlined && isSameFrame(moment) && inlineDepth(moment.pc) < inlineDepth(startPc)),
    );
    // Out of a handler ends at the very instruction that it interrupted.
    return parent === undefined ? undefined : end;
  }
  const range = images.lineRangeAt(startPc);
  if (granularity === 'instruction' || range === undefined) {
    const next = moments[start + 1];
    const isEntered = next !== undefined && parents[next.frame] === frame && next.frame !== frame;
    const isDispatch = isEntered && next.depth > depth;
    if (!isEntered || (kind === 'in' && !isDispatch)) return next === undefined ? undefined : start + 1;
    return find(start + 1, isSameFrame);
  }
  const line = images.sourceAt(startPc);
  let { low, high } = range;
  for (let n = start + 1; n < moments.length; n++) {
    const { pc, frame: here, depth: handlers } = moments[n];
    if (here !== frame) {
      if (here === parent) return n;
      const isEntry = parents[here] === frame && moments[n - 1].frame === frame;
      if (kind === 'in' && isEntry && handlers === depth && images.lineRangeAt(pc) !== undefined) {
        const inside = images.functionAt(pc)?.breakpointAddress ?? pc;
        return moments[n].el === moments[n - 1].el ? find(n, (moment) => moment.frame === here && moment.pc === inside) : n;
      }
      continue;
    }
    if (pc >= low && pc < high) continue;
    if (kind === 'over' && inlineDepth(pc) > inlineDepth(startPc)) continue;
    const source = images.sourceAt(pc);
    const newRange = images.lineRangeAt(pc);
    if (source === undefined || newRange === undefined) continue;
    if ((source.line !== line?.line || source.path !== line.path) && images.isStatementStart(pc)) return n;
    ({ low, high } = newRange);
  }
  return undefined;
}

/**
 * @param end where a step has ended, the next instruction to be executed; in a handler that has been entered: the interrupted one
 * @returns the index of the moment at which a step back from there ends; `undefined`: no line begins before
 */
export function expectedBack(
  { images, moments, parents }: Trace,
  end: number,
  { granularity, enters }: Pick<Cell, 'granularity' | 'enters'>,
  isInHandler: boolean,
): number | undefined {
  const { pc, depth, frame } = moments[end];
  if (granularity === 'instruction' || images.lineRangeAt(pc) === undefined) {
    const before = moments.slice(0, end).findLastIndex((moment) => enters || moment.depth <= depth);
    return before < 0 ? undefined : before;
  }
  const isAtEntry = !isInHandler && images.functionAt(pc)?.ranges.some(({ low }) => low === pc) === true;
  const activation = isAtEntry ? parents[frame] : frame;
  let line: string | undefined;
  let begun: number | undefined;
  for (let n = 0; n < end + (isInHandler ? 1 : 0); n++) {
    const { pc: at, frame: here } = moments[n];
    if (here !== activation || !images.isStatementStart(at)) continue;
    const source = images.sourceAt(at);
    const next = `${source?.path}:${source?.line}`;
    if (next !== line) begun = n;
    line = next;
  }
  // A handler that ended meanwhile comes first; its own lines are the concern of steps within it.
  const isHandled = moments.slice(begun ?? 0, end).some((moment) => moment.depth > depth);
  return enters && isHandled ? undefined : begun;
}

const sources = ['steps.c', 'sdei.c', 'smccc.S', 'steps-el0.S'];

/** Moments at which a step of that cell may begin. */
export function startsFor(trace: Trace, { level, nested, masked, pending }: Cell): number[] {
  const el = Number(level[2]);
  return trace.moments.flatMap(({ pc, el: at, depth }, n) => {
    if (at !== el) return [];
    const source = trace.images.sourceAt(pc);
    if (source === undefined || !sources.some((name) => source.path.endsWith(`/${name}`))) return [];
    if (level === 'EL0') return [n];
    if (depth !== (nested ? 1 : 0)) return [];
    // The guest's own dispatch and unmasking would be something else when masked, and before it an event is nobody's.
    return depth === 0 && (masked || pending) && !isAtWork(trace, n) ? [] : [n];
  });
}

/** In work() or what it calls. */
function isAtWork({ images, moments, parents }: Trace, n: number): boolean {
  for (let frame: number | undefined = moments[n].frame; frame !== undefined; frame = parents[frame]) {
    const first = moments.findIndex((moment) => moment.frame === frame);
    if (images.functionAt(moments[first].pc)?.name === 'work') return true;
  }
  return false;
}

export interface Outcome {
  readonly cell: Cell;
  readonly start: number;
  /** `undefined`: the step ended where it must. */
  readonly wrong?: string;
}

const occurrence = ({ moments }: Trace, index: number): number =>
  moments.slice(0, index + 1).filter(({ pc }) => pc === moments[index].pc).length;
const hex = (value: bigint): string => `0x${value.toString(16)}`;
const where = ({ images, moments }: Trace, n: number): string => `${images.describe(moments[n].pc)} after ${n} instructions`;

/** One step by a client of the debug adapter, in a session of its own. */
export async function tryStep(trace: Trace, cell: Cell, start: number, choose: (below: number) => number): Promise<Outcome | undefined> {
  const end = expectedEnd(trace, start, cell);
  if (end === undefined) return undefined;
  const { moments } = trace;
  const { pending, masked, nested, level, kind, granularity, enters } = cell;
  const isOwnHandled = moments.slice(start + 1, end + 1).some(({ depth }) => depth > moments[start].depth);
  if (isOwnHandled && (pending || masked)) return undefined;
  const raisedAt = start + 1 + choose(end - start);
  const isInHandler = nested && level !== 'EL0';
  /** Held back by the mask, or by the handler that runs. */
  const waits = pending && (masked || isInHandler) && choose(2) === 1;
  const event = isInHandler && !(waits && !masked) ? CRITICAL_EVENT : 0;
  const inject = pending && !waits ? [`${event}@${hex(moments[raisedAt].pc)}#${occurrence(trace, raisedAt)}`] : [];
  // The handler of event 0 calls leaf, in which a critical event comes.
  const isCounted = (n: number): boolean => trace.images.functionAt(moments[n].pc)?.name === 'on_event';
  if (pending && !waits && nested && level === 'EL0') {
    const inHandler = moments.findIndex((_, n) => isCounted(n) && moments[n].depth === 1);
    const before = moments.slice(0, raisedAt).filter(({ pc }) => pc === moments[inHandler + 2].pc).length;
    inject.push(`${CRITICAL_EVENT}@${hex(moments[inHandler + 2].pc)}#${before + 1}`);
  }
  const client = new SessionClient();
  const failed = (wrong: string): Outcome => ({
    cell,
    start,
    wrong: `${wrong}; from ${where(trace, start)}${waits ? `, event ${event} waiting` : ''}${inject.length > 0 ? `, ${inject.join(' and ')}` : ''}`,
  });
  try {
    const { program, ...launch } = launchOf(level);
    await client.launch(path.basename(program), { ...launch, inject, stepIntoHandlers: enters });
    const at = { instructionReference: hex(moments[start].pc), hitCondition: `${occurrence(trace, start)}` };
    await client.request('setInstructionBreakpoints', { breakpoints: [at] });
    await client.start();
    await client.stop();
    await client.request('setInstructionBreakpoints', { breakpoints: [] });
    if (BigInt(await client.evaluate('$time')) !== BigInt(start))
      return failed(`the start was reached at ${await client.evaluate('$time')}`);
    if (masked) await client.request('sdei/setMasked', { pe: 0, masked: true });
    if (waits) await client.request('sdei/trigger', { event, pe: 0 });
    const command = { over: 'next', in: 'stepIn', out: 'stepOut' }[kind];
    const said = client.outputs('console').length;
    const { event: what, body } = await client.go(command, granularity === 'instruction' ? { granularity } : {});
    const firstOwn = moments.findIndex(({ depth }, n) => n > start && n <= end && depth > moments[start].depth);
    const isEntered = enters && (isOwnHandled || (pending && !masked && !waits));
    const entersAt = isOwnHandled ? firstOwn : raisedAt;
    const expected = isOwnHandled && isEntered ? moments[firstOwn] : moments[end];
    if (what !== 'stopped' || body.reason !== 'step')
      return failed(`it ended with ${what} (${body.reason}), must end at ${where(trace, end)}`);
    const read = async (name: string): Promise<bigint> => BigInt((await client.evaluate(name)).split(' ')[0]);
    const pc = await read('$pc');
    const sp = await read('$sp');
    const time = await read('$time');
    const notes = client.outputs('console').slice(said);
    const handled = [...notes.matchAll(/#(\d+), (\d+) instructions/g)];
    // A critical handler's instructions are part of the one that it interrupts; the call that completes is not counted in the note.
    const handlers = isOwnHandled
      ? 0
      : handled
          .filter(([, number]) => handled.length === 1 || Number(number) === event)
          .reduce((sum, [, , count]) => sum + Number(count), 0);
    const back = async (from: number, isInside: boolean): Promise<Outcome> => {
      const to = expectedBack(trace, from, cell, isInside);
      if (to === undefined || to < start - 2000) return { cell, start };
      const ended = await client.go('stepBack', granularity === 'instruction' ? { granularity } : {});
      const here = await read('$pc');
      const sp = await read('$sp');
      if (ended.body.reason === 'step' && here === moments[to].pc && sp === moments[to].sp) return { cell, start };
      return failed(`the step back ended at ${trace.images.describe(here)} (${ended.body.reason}), must end at ${where(trace, to)}`);
    };
    if (isEntered) {
      const entry = isOwnHandled ? expected.pc : trace.images.symbol('sdei_handler_entry')?.address;
      if (pc !== entry || time !== BigInt(entersAt))
        return failed(
          `it ended at ${trace.images.describe(pc)} after ${time} instructions, must end in the handler, entered from ${where(trace, entersAt)}`,
        );
      if (handled.length > 0) return failed(`nothing was passed over, but: ${notes.trim()}`);
      return await back(isOwnHandled && granularity === 'line' ? entersAt - 1 : entersAt, true);
    }
    const stopped = `it ended at ${trace.images.describe(pc)}, must end at ${where(trace, end)}`;
    if (pc !== expected.pc || sp !== expected.sp)
      return failed(`${stopped}${sp === expected.sp ? '' : ` (SP ${hex(sp)}, must be ${hex(expected.sp)})`}`);
    if (time - BigInt(handlers + (handlers === 0 ? 0 : 1)) !== BigInt(end))
      return failed(`${stopped}, but it did after ${time} instructions, ${handlers} of them of handlers`);
    const state = await client.request('sdei/state');
    const view = state.events.find((one: { number: number; pe?: number }) => one.number === event);
    const arrives = (pending && !masked && !waits) || isOwnHandled;
    if (arrives !== handled.length > 0) return failed(`the event was ${handled.length > 0 ? '' : 'not '}handled (${notes.trim()})`);
    if ((view.pending as boolean) !== (pending && (masked || waits))) return failed(`event ${event} pending is ${view.pending}`);
    if (pending && arrives && nested && level === 'EL0' && handled.length !== 2)
      return failed(`two events must be handled: ${notes.trim()}`);
    return await back(end, false);
  } finally {
    await client.end();
  }
}

export interface Matrix {
  readonly outcomes: readonly Outcome[];
}

/** `perCell` steps of each cell, at random moments. */
export async function runMatrix(chosen: readonly Cell[], perCell: number, seed: number): Promise<Matrix> {
  const traces = new Map<Level, Trace>();
  for (const level of new Set(chosen.map((cell) => cell.level))) traces.set(level, await traceOf(level));
  const random = randomNumbers(seed);
  const outcomes: Outcome[] = [];
  for (const cell of chosen) {
    const trace = traces.get(cell.level);
    if (trace === undefined) continue;
    const starts = startsFor(trace, cell);
    for (let done = 0, tries = 0; done < perCell && tries < 20 * perCell; tries++) {
      const outcome = await tryStep(trace, cell, starts[random(starts.length)], random);
      if (outcome === undefined) continue;
      outcomes.push(outcome);
      done++;
    }
  }
  return { outcomes };
}

/** A table for people: a row for what is around the step, a column for each kind of step; right/tried. */
export function textOf({ outcomes }: Matrix): string {
  const columns = (['line', 'instruction'] as const).flatMap((granularity) =>
    (['over', 'in', 'out'] as const).map((kind) => ({ granularity, kind })),
  );
  const rows = levels.flatMap((level) =>
    both.flatMap((nested) =>
      both.flatMap((masked) => both.flatMap((pending) => both.map((enters) => ({ level, nested, masked, pending, enters })))),
    ),
  );
  const lines = rows.flatMap((row) => {
    const of = outcomes.filter(
      ({ cell }) =>
        cell.level === row.level &&
        cell.nested === row.nested &&
        cell.masked === row.masked &&
        cell.pending === row.pending &&
        cell.enters === row.enters,
    );
    if (of.length === 0) return [];
    const counts = columns.map(({ granularity, kind }) => {
      const some = of.filter(({ cell }) => cell.granularity === granularity && cell.kind === kind);
      return `${some.filter(({ wrong }) => wrong === undefined).length}/${some.length}`.padStart(7);
    });
    const words = [
      row.level,
      row.nested ? 'nested' : '-',
      row.masked ? 'masked' : '-',
      row.pending ? 'event' : '-',
      row.enters ? 'enters' : '-',
    ];
    return [`${words.map((word) => word.padEnd(7)).join('')}${counts.join('')}`];
  });
  const wrong = outcomes.filter((outcome) => outcome.wrong !== undefined);
  const problems = wrong.map(
    ({ cell, wrong: what }) =>
      `  step ${cell.kind} (${cell.granularity}) at ${cell.level}${cell.nested ? ', nested' : ''}${cell.masked ? ', masked' : ''}${cell.pending ? ', event' : ''}${cell.enters ? ', into handlers' : ''}: ${what}`,
  );
  return [
    `${' '.repeat(35)}${' '.repeat(7)}by line${' '.repeat(10)}by instruction`,
    `${'EL     nested masked event  handlers'.padEnd(35)}${['over', 'in', 'out', 'over', 'in', 'out'].map((name) => name.padStart(7)).join('')}`,
    ...lines,
    `${outcomes.length} steps, ${wrong.length} wrong stops`,
    ...problems,
  ].join('\n');
}
