/**
 * Step plans. A step belongs to the code it began in: what interrupts that code meanwhile (an SDEI dispatch, an interrupt) runs to its end
 * unseen, unless a breakpoint or a filter stops it. Recursion is told apart by SP and by the number of running handlers.
 */
import { noCaller, peNotRunnable } from '../errors.ts';
import type { Images } from '../images.ts';
import { type StackEntry, stackOf } from '../stack/crossings.ts';
import { SP } from '../stack/registers.ts';
import { type InstructionKind, instructionKind } from './instruction-kind.ts';
import { depthOf, type Drive, type Ended, type RunPlan } from './run-control.ts';
import { longJumpExits } from './long-jumps.ts';
import type { StepInto } from './step-in-targets.ts';
import type { Target, TargetDelivery } from './target.ts';

export interface StepPlan {
  readonly pe: number;
  readonly kind: 'over' | 'in' | 'out';
  readonly granularity: 'line' | 'instruction';
  /** The other PEs stand still meanwhile. */
  readonly onlyPe: boolean;
  /** Of a step in: nothing else is entered. Absent: the first call that has lines. */
  readonly into?: StepInto;
}

export interface SteppingPlace {
  readonly target: Target;
  readonly images: Images;
  readonly client: 'EL1' | 'EL2';
  /** Steps backwards go into handlers that have run. Absent: they pass them over. */
  readonly entersHandlers?: boolean;
}

/** @returns the moves of the step. @throws UserError if it cannot begin */
export function planStep(place: SteppingPlace, plan: StepPlan): (drive: Drive) => Promise<Ended> {
  const pe = place.target.pes[plan.pe];
  if (pe.power !== 'on') throw peNotRunnable(plan.pe, pe.power);
  if (plan.kind === 'out' && !isInInlined(place, pe.pc)) {
    const stack = stackOf(place.target, place.images, place.client, plan.pe);
    if (stack.length < 2) throw noCaller();
    return async (drive) => {
      const ended = await stepOut(place, plan, drive, stack);
      const isDone = ended.kind === 'stop' && ended.stop.kind === 'step';
      return isDone ? createStepper(place, { ...plan, kind: 'over' }, drive).reachLine() : ended;
    };
  }
  return (drive) => createStepper(place, plan, drive).step();
}

const isInInlined = ({ images }: SteppingPlace, pc: bigint) => images.inlineChainAt(pc)[0]?.inlined === true;

const stepped = (pe: number): Ended => ({ kind: 'stop', stop: { kind: 'step', pe } });

/**
 * To a place outside of the code at hand.
 * @param isOutside whether the place that a function such as longjmp jumps to is outside as well: the run is over there
 */
async function runOutside(
  { target, images }: SteppingPlace,
  drive: Drive,
  { until, ...more }: RunPlan & { readonly until: NonNullable<RunPlan['until']> },
  isOutside: () => boolean,
): Promise<Ended | 'arrived' | 'jumped'> {
  const { pe, addresses, accept } = until;
  const exits = longJumpExits(images, target, pe);
  const isArrived = () => addresses.includes(target.pes[pe].pc) && accept();
  const isExit = () => exits.includes(target.pes[pe].pc) && isOutside();
  const either = { pe, addresses: [...addresses, ...exits], accept: () => isArrived() || isExit() };
  const ended = await drive.run({ ...more, until: exits.length === 0 ? until : either });
  if (ended !== undefined) return ended;
  return exits.length === 0 || isArrived() ? 'arrived' : ((await drive.single(pe)) ?? 'jumped');
}

async function stepOut(place: SteppingPlace, plan: StepPlan, drive: Drive, stack: readonly StackEntry[]): Promise<Ended> {
  const { target } = place;
  const { pe } = plan;
  const run = (more: RunPlan) => drive.run({ ...(plan.onlyPe ? { onlyPe: pe } : {}), ...more });
  const [innermost, outer, beyond] = stack;
  const depth = depthOf(target, pe);
  if (outer.kind === 'label' && outer.boundary === 'sdei-dispatch') {
    return (await run({ untilCompletion: { pe, depth: depth - 1 } })) ?? stepped(pe);
  }
  const destination = outer.kind === 'label' ? beyond : outer;
  if (destination?.kind !== 'code' || innermost.kind !== 'code') return stepped(pe);
  const level = destination.exceptionLevel;
  const outerSp = outer.kind === 'label' ? undefined : destination.frame.registers.get(SP);
  const accept = () =>
    depthOf(target, pe) <= depth &&
    target.pes[pe].exceptionLevel === level &&
    (outerSp === undefined || target.readRegister(pe, 'sp') >= outerSp);
  const until = { pe, addresses: [destination.frame.pc], accept };
  const ended = await runOutside(place, drive, { ...(plan.onlyPe ? { onlyPe: pe } : {}), until }, () => outerSp !== undefined && accept());
  return typeof ended === 'string' ? stepped(pe) : ended;
}

interface Moment {
  readonly pc: bigint;
  readonly sp: bigint;
  readonly depth: number;
  readonly level: number;
  readonly kind: InstructionKind;
}

/** Other PEs get as many instructions each after this many of a line that takes long. */
const fairShare = 256;

function createStepper(place: SteppingPlace, plan: StepPlan, drive: Drive) {
  const { target, images, client } = place;
  const { pe } = plan;

  function moment(): Moment {
    const { pc, exceptionLevel } = target.pes[pe];
    const word = target.readMemory(pc, 4, { kind: 'virtual', pe });
    const kind = word.length < 4 ? 'other' : instructionKind(new DataView(word.buffer, word.byteOffset, 4).getUint32(0, true));
    return { pc, sp: target.readRegister(pe, 'sp'), depth: depthOf(target, pe), level: exceptionLevel, kind };
  }
  const run = (more: RunPlan) => drive.run({ ...(plan.onlyPe ? { onlyPe: pe } : {}), ...more });

  /** Runs to `address` in the very activation that `at` belongs to. */
  const runTo = (address: bigint, at: Moment) =>
    run({
      until: {
        pe,
        addresses: [address],
        accept: () =>
          depthOf(target, pe) === at.depth && target.pes[pe].exceptionLevel === at.level && target.readRegister(pe, 'sp') === at.sp,
      },
    });

  /** Over a call: to the address behind it, or to where something that it called has jumped out of it to. */
  async function runOver(behind: readonly bigint[], at: Moment): Promise<Ended | 'left' | undefined> {
    const isHere = () => depthOf(target, pe) === at.depth && target.pes[pe].exceptionLevel === at.level;
    const until = { pe, addresses: behind, accept: () => isHere() && target.readRegister(pe, 'sp') === at.sp };
    const isOutside = () => isHere() && target.readRegister(pe, 'sp') >= at.sp;
    const ended = await runOutside(place, drive, { ...(plan.onlyPe ? { onlyPe: pe } : {}), until }, isOutside);
    return ended === 'arrived' ? undefined : ended === 'jumped' ? 'left' : ended;
  }

  /** Executes the instruction at hand. Whatever interrupts the PE before or after it has run to its end. */
  async function execute(before: Moment): Promise<Ended | undefined> {
    const asleep = await letOthersWake();
    if (asleep !== undefined) return asleep;
    const ended = before.kind === 'wait' && !plan.onlyPe ? await runTo(before.pc + 4n, before) : await drive.single(pe);
    return ended ?? (await finishHandlers(before)) ?? (await finishInterrupt(before));
  }

  async function finishHandlers(before: Moment): Promise<Ended | undefined> {
    while (depthOf(target, pe) > before.depth) {
      const interrupted = target.sdei.pes[pe].running[before.depth];
      const ended = await run({ untilCompletion: { pe, depth: before.depth } });
      if (ended !== undefined) return ended;
      if (target.pes[pe].pc !== interrupted.pc && depthOf(target, pe) === before.depth) {
        const resumed = await runTo(interrupted.pc, before);
        if (resumed !== undefined) return resumed;
      }
    }
    return undefined;
  }

  async function finishInterrupt(before: Moment): Promise<Ended | undefined> {
    const { pc, exceptionLevel } = target.pes[pe];
    if (exceptionLevel === 0) return undefined;
    const offset = pc - target.readRegister(pe, `VBAR_EL${exceptionLevel}`);
    const isInterrupt = offset >= 0n && offset < 0x800n && offset % 0x80n < 8n && [1n, 2n].includes((offset / 0x80n) % 4n);
    if (!isInterrupt || (pc === before.pc && exceptionLevel === before.level)) return undefined;
    return runTo(target.readRegister(pe, `ELR_EL${exceptionLevel}`), before);
  }

  const hasLineAt = (pc: bigint) => images.lineRangeAt(pc) !== undefined;
  /** Code that belongs to no line of the source (line 0), in a function that otherwise does: nobody wants to stop there. */
  const isBetweenLines = (pc: bigint) => !hasLineAt(pc) && images.functionAt(pc)?.type !== undefined;

  /** What a compiler puts between a virtual call and the function that is meant (Itanium C++ ABI, "Virtual Override Thunks"). */
  const isThunk = (pc: bigint) => /^(?:non-)?virtual thunk to /.test(images.functionAt(pc)?.name ?? '');

  /** Into the function at hand, past its prologue. */
  async function enter(): Promise<Ended> {
    while (isThunk(target.pes[pe].pc)) {
      const ended = await drive.single(pe);
      if (ended !== undefined) return ended;
    }
    const here = target.pes[pe].pc;
    const inside = images.functionAt(here)?.breakpointAddress;
    if (inside === undefined || inside === here) return stepped(pe);
    const depth = depthOf(target, pe);
    return (await run({ until: { pe, addresses: [inside], accept: () => depthOf(target, pe) === depth } })) ?? stepped(pe);
  }

  /** What happened to control flow between two moments of a step, acted upon: `undefined` means the step goes on here. */
  async function follow(before: Moment): Promise<Ended | 'left' | undefined> {
    const { pc } = target.pes[pe];
    const after = moment();
    const next = before.pc + 4n;
    if (after.depth < before.depth) return stepped(pe);
    const chosen = plan.into?.kind === 'call' && plan.into.address === before.pc;
    const isIn = plan.kind === 'in' && (plan.into === undefined || chosen);
    const hasLine = (pc: bigint) => chosen || hasLineAt(pc) || isThunk(pc);
    if (before.kind === 'exception-call' && pc !== next) {
      if (after.level < before.level) return 'left';
      return isIn && (plan.granularity === 'instruction' || hasLine(pc)) ? stepped(pe) : runTo(next, before);
    }
    const code = images.functionAt(before.pc);
    const isOutside = code !== undefined && code.ranges.every(({ low, high }) => pc < low || pc >= high);
    // Behind the last instruction of a function is another one: a call there does not return.
    if (before.kind === 'call' && (pc !== next || isOutside)) {
      if (isIn && plan.granularity === 'instruction') return stepped(pe);
      return isIn && hasLine(pc) ? enter() : runOver(pc === next ? [] : [next], before);
    }
    if (before.kind === 'return' || before.kind === 'exception-return' || after.level !== before.level) return 'left';
    if (!isOutside || plan.granularity === 'instruction') return undefined;
    // Nobody called the code at hand: an exception's handler goes on elsewhere.
    if (stackOf(target, images, client, pe)[1]?.kind !== 'code') return undefined;
    // A jump out of the function: a tail call, which returns to our caller.
    if (isIn && hasLine(pc)) return enter();
    const outside = target.readRegister(pe, 'x30');
    const accept = () =>
      depthOf(target, pe) === before.depth && target.pes[pe].exceptionLevel === before.level && target.readRegister(pe, 'sp') >= before.sp;
    const ended = await runOutside(
      place,
      drive,
      { ...(plan.onlyPe ? { onlyPe: pe } : {}), until: { pe, addresses: [outside], accept } },
      accept,
    );
    return typeof ended === 'string' ? 'left' : ended;
  }

  async function step(): Promise<Ended> {
    const start = target.pes[pe].pc;
    const range = images.lineRangeAt(start);
    if (plan.kind === 'out') return stepLine(range ?? { low: start, high: start + 4n });
    if (plan.granularity === 'instruction') return stepInstruction();
    if (range !== undefined) return stepLine(range);
    return isBetweenLines(start) ? reachLine() : stepInstruction();
  }

  /** On to the next statement, if the code at hand belongs to none. */
  async function reachLine(): Promise<Ended> {
    const { pc } = target.pes[pe];
    return plan.granularity === 'line' && isBetweenLines(pc) ? stepLine({ low: pc, high: pc + 4n }) : stepped(pe);
  }

  async function stepLine(first: { readonly low: bigint; readonly high: bigint }): Promise<Ended> {
    const start = target.pes[pe].pc;
    const startInline = images.inlineChainAt(start).length;
    let range = first;
    const line = images.sourceAt(start);
    const isOutOfInlined = plan.kind === 'out';
    for (let count = 1; ; count++) {
      const before = moment();
      const ended = (await drive.breathe()) ?? (await execute(before)) ?? (count % fairShare === 0 ? await letOthersRun() : undefined);
      if (ended !== undefined) return ended;
      if (target.pes[pe].pc === before.pc) continue;
      const followed = await follow(before);
      if (followed === 'left') return isOutOfInlined ? stepped(pe) : reachLine();
      if (followed !== undefined) return followed;

      const { pc } = target.pes[pe];
      const inline = images.inlineChainAt(pc).length;
      if (isOutOfInlined) {
        if (inline < startInline) return stepped(pe);
        continue;
      }
      if (pc >= range.low && pc < range.high) continue;
      if (plan.kind === 'over' && inline > startInline) continue;
      const here = images.sourceAt(pc);
      const newRange = images.lineRangeAt(pc);
      if (newRange === undefined || here === undefined) {
        if (images.functionAt(pc) === undefined) return stepped(pe);
        continue;
      }
      if ((here.line !== line?.line || here.path !== line.path) && images.isStatementStart(pc)) return stepped(pe);
      range = newRange;
    }
  }

  async function stepInstruction(): Promise<Ended> {
    for (;;) {
      const before = moment();
      const time = target.time;
      const ended = (await drive.breathe()) ?? (await execute(before));
      if (ended !== undefined) return ended;
      // A handler came first: the instruction itself is still to be executed.
      const isStill = target.pes[pe].pc === before.pc && depthOf(target, pe) === before.depth;
      if (isStill && target.time - time > 1) continue;
      const followed = await follow(before);
      return followed === undefined || followed === 'left' ? stepped(pe) : followed;
    }
  }

  const others = () => (plan.onlyPe ? [] : target.pes.filter(({ index, power, waiting }) => index !== pe && power === 'on' && !waiting));
  async function letOthersRun(): Promise<Ended | undefined> {
    for (const { index } of others()) {
      const ended = await drive.run({ onlyPe: index, maxInstructions: fairShare });
      if (ended !== undefined) return ended;
    }
    return undefined;
  }
  /** A PE that has executed its WFI already sleeps at the next instruction, until another one does what it waits for. */
  async function letOthersWake(): Promise<Ended | undefined> {
    if (target.timeTravel.isInPast && target.pes[pe].waiting) {
      const ended = await drive.turnOf(pe);
      if (ended !== undefined) return ended;
    }
    while (target.pes[pe].waiting && others().length > 0) {
      // Nothing may ever wake it.
      const ended = (await drive.breathe()) ?? (await letOthersRun());
      if (ended !== undefined) return ended;
    }
    return undefined;
  }

  return { step, reachLine };
}

/** Deliveries in words, `1 event handled during the step: #0, 212 instructions`, and the first of them. */
export interface Handled {
  readonly text: string;
  readonly first: TargetDelivery;
}

/** What a step has not shown. */
export function handledMeanwhile({ sdei }: Target, pe: number, countBefore: number): Handled | undefined {
  const { deliveryCount } = sdei;
  if (deliveryCount === countBefore) return undefined;
  const { deliveries } = sdei;
  const latest = deliveries.slice(Math.max(0, deliveries.length - (deliveryCount - countBefore)));
  const handled = latest.filter((delivery) => delivery.pe === pe && delivery.endedAt !== undefined);
  if (handled.length === 0) return undefined;
  const parts = handled.slice(0, 5).map(({ event, at, endedAt = at }) => `#${event}, ${endedAt - at} instructions`);
  if (handled.length > parts.length) parts.push('…');
  const text = `${handled.length} ${handled.length === 1 ? 'event' : 'events'} handled during the step: ${parts.join('; ')}`;
  return { text, first: handled[0] };
}
