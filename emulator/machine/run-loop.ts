import { EXIT, OFFSET, STATE } from '../cpu-state.ts';
import type { Engine, EngineExit } from '../engine/engine.ts';
import type { MemoryAccess } from '../engine/memory-access.ts';
import type { MemoryWatch, WatchedAccess } from '../engine/memory-watch.ts';
import { GO_ON, LEAVE } from '../engine/slow-access.ts';
import type { Pe } from '../pe.ts';
import type { StopReason } from '../stop-reason.ts';
import type { Exception } from '../system/exceptions.ts';
import { executeHostInstruction } from '../system/host-instructions.ts';
import { conduitOutcome } from '../system/conduits.ts';
import type { Conduit, SystemServices } from '../system/services.ts';
import { isStepping, softwareStepException } from '../system/software-step.ts';
import type { CodePages } from './code-pages.ts';
import { type GuestExceptions, isFaulting } from './guest-exceptions.ts';
import type { ExceptionStops } from './exception-stops.ts';
import type { GuestCalls } from './guest-calls.ts';
import type { InterruptLines } from './interrupt-lines.ts';
import type { Stops } from './stops.ts';
import type { Turns } from './turns.ts';
import type { ValueWatch } from './value-watch.ts';
import type { Waits } from './waits.ts';
import { joined } from './words.ts';

/** Generated code is left at least this often, so that newly optimised code is entered. */
const SLICE = 250_000;

/** What the run loop puts together. */
export interface RunLoopParts {
  readonly pes: readonly Pe[];
  readonly view: DataView;
  readonly engine: Engine;
  readonly access: MemoryAccess;
  readonly services: SystemServices;
  readonly turns: Turns;
  readonly stops: Stops;
  readonly lines: InterruptLines;
  readonly waits: Waits;
  readonly code: CodePages;
  readonly exceptions: GuestExceptions;
  readonly exceptionStops: ExceptionStops;
  readonly memoryWatch: MemoryWatch;
  readonly values: ValueWatch;
  readonly guestCalls: GuestCalls;
  /** Of an HVC #0 or SMC #0 about to be executed; `undefined`: nothing that has a name. */
  nameOfCall(pe: Pe): string | undefined;
}

/** Bits 31:5 of HVC #0 and SMC #0. */
const CONDUIT_ZERO = 0xd400_0000 >>> 5;
const ERET = 0xd69f_03e0;

/** Nothing of the guest is done there: what stops at the instruction that a PE is about to execute still does. */
const news: ReadonlySet<StopReason['kind']> = new Set([
  'device-irq-level',
  'clobbered-call',
  'semihosting-off',
  'nothing-there',
  'sdei-dispatch',
  'sdei-completion',
  'sdei-call-failed',
  'sdei-pended',
  'sdei-clobbered',
  'handler-exception',
  'exception-level',
]);
const isNews = (stop: StopReason): boolean => news.has(stop.kind) || (stop.kind === 'watchpoint' && stop.isDone);

/** Where a run is over besides its budget's end: at a turn of this PE; or, if `retired` is there, where this PE has retired so many. */
export interface Awaited {
  readonly pe: number;
  readonly retired?: number;
}

/** HVC and SMC, with any immediate. */
function conduitOf(word: number): Conduit | undefined {
  const operation = (word & 0xffe0_001f) >>> 0;
  return operation === 0xd400_0002 ? 'hvc' : operation === 0xd400_0003 ? 'smc' : undefined;
}

/** Gives PEs their turns in the engine, and does what comes of it, until something stops the machine. */
export class RunLoop {
  private readonly parts: RunLoopParts;

  constructor(parts: RunLoopParts) {
    this.parts = parts;
  }

  /**
   * Runs until something stops the machine, at most exactly `budget` instructions.
   * @param wantedPe the others stay where they are
   * @param keepsTime it is halted where time would pass only since others that could run do not
   * @param awaited there the budget counts as used
   */
  run(budget: number, wantedPe?: number, keepsTime = false, awaited?: Awaited): StopReason {
    const { pes, turns, stops, waits, values } = this.parts;
    const onlyPe = this.only(wantedPe);
    const end = turns.retired + budget;
    if (values.isActive) values.begin();
    if (onlyPe !== undefined) turns.switchTo(onlyPe);
    for (;;) {
      const stop = stops.shift();
      if (stop) return this.report(stop);
      const share = Math.min(end - turns.retired, this.untilRetired(awaited));
      if (share <= 0) return this.report({ kind: 'budget' });
      waits.wakeDue();
      if (!turns.schedule(onlyPe)) {
        const mayPass = !keepsTime || !pes.some((pe) => turns.isRunnable(pe));
        if (mayPass && waits.skipToWakeUp()) continue;
        return this.report({ kind: 'halted', why: this.whyHalted(onlyPe) });
      }
      const longest = values.isEverywhereOn(turns.current) ? 1 : SLICE;
      const isTurn = turns.current === awaited?.pe;
      if (isTurn && awaited?.retired === undefined) return this.report({ kind: 'budget' });
      this.execute(Math.min(isTurn ? share : end - turns.retired, turns.turnLeft(onlyPe), longest, waits.untilDeadline()));
    }
  }
  private untilRetired(awaited: Awaited | undefined): number {
    return awaited?.retired === undefined ? Number.POSITIVE_INFINITY : awaited.retired - this.parts.pes[awaited.pe].retired;
  }

  /** Executes one instruction of a PE, breakpoints or not. `undefined`: nothing special. */
  step(index: number): StopReason | undefined {
    const { turns, stops, waits, values } = this.parts;
    const pending = stops.shift();
    if (pending) return this.report(pending);
    if (values.isActive) values.begin();
    const onlyPe = this.only(index);
    if (onlyPe !== undefined) turns.switchTo(index);
    waits.wakeDue();
    while (!turns.schedule(onlyPe)) {
      if (!waits.skipToWakeUp()) return this.report({ kind: 'halted', why: this.whyHalted(onlyPe) });
    }
    this.execute(1, true);
    const stop = stops.shift();
    return stop && this.report(stop);
  }

  /** Does the next thing that happens before another instruction retires. @returns false: there is none */
  tick(wantedPe?: number): boolean {
    const { turns, waits } = this.parts;
    const onlyPe = this.only(wantedPe);
    const before = turns.ticks;
    if (onlyPe !== undefined) turns.switchTo(onlyPe);
    if (turns.ticks > before) return true;
    waits.wakeDue();
    if (!turns.schedule(onlyPe)) waits.skipToWakeUp();
    else if (turns.ticks === before) this.execute(0);
    return turns.ticks > before;
  }
  /** Settles whose turn it is. @returns whether this PE executes the next instruction */
  isTurnOf(index: number, onlyPe?: number): boolean {
    const { turns, waits } = this.parts;
    if (onlyPe !== undefined) turns.switchTo(onlyPe);
    waits.wakeDue();
    return turns.schedule(onlyPe) && turns.current === index;
  }

  private whyHalted(onlyPe: number | undefined): Extract<StopReason, { kind: 'halted' }>['why'] {
    const { pes, turns } = this.parts;
    if (onlyPe !== undefined && pes.some((pe) => turns.isRunnable(pe))) return 'others-stand-still';
    if (pes.every(({ power }) => power === 'off')) return 'all-pes-off';
    return pes.some(({ waiting }) => waiting === 'input') ? 'awaits-input' : 'nothing-can-wake';
  }
  /** A machine of one PE makes no difference between that one and all. */
  private only(wantedPe: number | undefined): number | undefined {
    return this.parts.pes.length === 1 ? undefined : wantedPe;
  }
  private report(stop: StopReason): StopReason {
    const { pes, stops, turns } = this.parts;
    if (isNews(stop)) return stop;
    if (stop.kind === 'budget') stops.goOn();
    else stops.reportAt('pe' in stop ? pes[stop.pe] : turns.pe, stop);
    return stop;
  }

  /** {@link executeUnwatched}, and what watched values say of it. */
  private execute(budget: number, exactly = false): void {
    const { values, turns, lines, stops } = this.parts;
    if (!values.isActive) return this.executeUnwatched(budget, exactly);
    const { pe } = turns;
    const begin = pe.pc;
    // A timer's event is dispatched before the next instruction, which has nothing to do with it.
    lines.update(turns.clock);
    this.noteChanges(pe, begin);
    if (stops.arePending) return;
    this.executeUnwatched(budget, exactly);
    this.noteChanges(pe, budget === 1 ? begin : pe.pc);
  }
  private noteChanges(pe: Pe, pc: bigint): void {
    const { values, stops } = this.parts;
    if (!values.isActive) return;
    for (const { watchpoint, before, after } of values.changes()) {
      stops.push({ kind: 'watchpoint', pe: pe.index, pc, watchpoint, isDone: true, change: { before, after } });
    }
  }
  private stopAt(pe: Pe, pc: bigint, { watchpoint, access, address, size }: WatchedAccess, isDone: boolean): void {
    this.parts.stops.push({ kind: 'watchpoint', pe: pe.index, pc, watchpoint, isDone, access: { kind: access, address, size } });
  }

  /** One stay of the current PE in the engine, and what came of it. `exactly`: breakpoints do not count. */
  private executeUnwatched(budget: number, exactly: boolean): void {
    const { turns, stops, lines } = this.parts;
    const { pe } = turns;
    pe.waiting = undefined;
    lines.update(turns.clock);
    if (stops.arePending) return;
    const interrupt = lines.pending(pe);
    if (interrupt) {
      turns.ticks += 1;
      this.take(pe, interrupt);
      return;
    }
    if (budget === 0) return;
    if (pe.state.illegal) {
      turns.count(1);
      this.take(pe, this.parts.exceptions.ofIllegalState(pe));
      return;
    }
    if (isStepping(pe)) return this.executeStepped(pe, exactly);
    this.stay(pe, budget, exactly);
  }
  /** The guest steps its own code: one instruction, and the exception after it, or at once with PSTATE.SS = 0. */
  private executeStepped(pe: Pe, exactly: boolean): void {
    const { turns, code } = this.parts;
    if (!pe.state.softwareStep) {
      turns.count(1);
      return this.take(pe, softwareStepException());
    }
    const word = code.instruction(pe) ?? 0;
    const before = turns.retired;
    pe.state.softwareStep = 0;
    pe.isStepped = true;
    this.stay(pe, 1, exactly);
    // It has led to an exception itself.
    if (!pe.isStepped) return;
    pe.isStepped = false;
    if (turns.retired === before) pe.state.softwareStep = 1;
    else if (isStepping(pe) && !pe.state.softwareStep) this.take(pe, softwareStepException(word));
  }
  /** One stay in the engine, of a PE that nothing keeps from executing. */
  private stay(pe: Pe, budget: number, exactly: boolean): void {
    const { view, engine, turns, stops, code, memoryWatch } = this.parts;
    const mayStopHere = code.hasBreakpointAt(pe) || stops.conditions.conduitCall === true || memoryWatch.stopsBefore;
    const isSingle = exactly || (stops.wasReportedAt(pe) && mayStopHere);
    const { pc } = pe;
    memoryWatch.isNoting = isSingle;
    memoryWatch.isPassing = stops.wasWatchReportedAt(pe);
    code.forgetDataPage();
    let exit: EngineExit;
    let done = 0;
    for (let isNext = isSingle; ; ) {
      turns.granted = isNext ? 1 : budget - done;
      view.setInt32(STATE + OFFSET.BUDGET, turns.granted, true);
      exit = isNext ? engine.runExact(1) : engine.run(turns.granted);
      const retired = turns.granted - engine.left;
      turns.granted = 0;
      turns.count(retired);
      done += retired;
      if (done >= budget || isSingle) break;
      // A breakpoint whose condition does not hold is none: its instruction is executed, and the stay goes on.
      if (exit === 'breakpoint' && code.passes(pe) && !code.mayWriteWatched(pe)) isNext = true;
      else if (exit === 'budget' && isNext) isNext = false;
      else break;
    }
    if (done > 0) stops.goOn(pe);
    memoryWatch.isPassing = false;
    if (isSingle || memoryWatch.hasNotes) for (const access of memoryWatch.takeNotes(done > 0)) this.stopAt(pe, pc, access, true);
    if (exit === 'breakpoint') {
      if (code.passes(pe)) this.executeNoting(pe);
      else stops.push({ kind: 'breakpoint', pe: pe.index, pc: pe.pc });
    } else if (exit === 'watched') {
      if (!this.stopsBefore(pe)) this.executeNoting(pe);
    } else this.finish(pe, exit);
  }
  /** After an access that made its instruction wait. */
  private stopsBefore(pe: Pe): boolean {
    const { metBefore } = this.parts.memoryWatch;
    if (metBefore) this.stopAt(pe, pe.pc, metBefore, false);
    return metBefore !== undefined;
  }
  /** Executes the instruction that a stay was left before, since it may do what is watched. No interrupt comes between. */
  private executeNoting(pe: Pe): void {
    const { view, engine, turns, stops, memoryWatch } = this.parts;
    const { pc } = pe;
    memoryWatch.isNoting = true;
    turns.granted = 1;
    view.setInt32(STATE + OFFSET.BUDGET, 1, true);
    const exit = engine.runExact(1);
    const done = 1 - engine.left;
    turns.granted = 0;
    turns.count(done);
    if (done > 0) stops.goOn(pe);
    for (const access of memoryWatch.takeNotes(done > 0)) this.stopAt(pe, pc, access, true);
    // Its second access may be one that another watchpoint stops before.
    if (exit === 'watched' && this.stopsBefore(pe)) return;
    this.finish(pe, exit);
    this.noteChanges(pe, pc);
  }
  /** What a stay leads to that is no place to stop at. */
  private finish(pe: Pe, exit: EngineExit): void {
    if (isFaulting(exit)) {
      this.parts.turns.count(1);
      this.take(pe, this.parts.exceptions.of(pe, exit));
    } else if (exit === 'host') this.afterHost(pe);
  }
  private take(pe: Pe, exception: Exception): void {
    const { pc } = pe;
    this.parts.exceptions.take(pe, exception);
    this.noteChanges(pe, pc);
  }
  private afterHost(pe: Pe): void {
    const { access, stops, code } = this.parts;
    const what = access.unimplemented?.what;
    if (what === undefined) return;
    access.unimplemented = undefined;
    stops.push({ kind: 'unimplemented', pe: pe.index, pc: pe.pc, encoding: code.instruction(pe) ?? 0, what });
  }

  /** What the engine calls for an instruction word. @returns whether it has to leave */
  hostInstruction(word: number): number {
    const { view, services, turns, stops, lines, code, exceptions, exceptionStops, guestCalls } = this.parts;
    const { pe } = turns;
    code.forgetDataPage();
    const el = pe.state.exceptionLevel;
    const { pcLow, pcHigh } = pe;
    const conduit = conduitOf(word);
    if (conduit && el > 0 && stops.conditions.conduitCall && !stops.wasReportedAt(pe)) {
      view.setInt32(STATE + OFFSET.EXIT, EXIT.HOST, true);
      const immediate = (word >>> 5) & 0xffff;
      const call = immediate === 0 ? this.parts.nameOfCall(pe) : undefined;
      const stop = { pe: pe.index, pc: pe.pc, el, conduit, immediate, x0: pe.x(0), ...(call !== undefined && { call }) };
      stops.push({ kind: 'conduit-call', ...stop });
      return LEAVE;
    }
    const { clobberedCall } = stops.conditions;
    if (clobberedCall !== undefined && conduit !== undefined && word >>> 5 === CONDUIT_ZERO) {
      // The played level changes nothing that it should not.
      const outcome = conduitOutcome(pe, conduit, 0, services);
      if (outcome === 'to-EL2' || outcome === 'trapped-to-EL2') guestCalls.begin(pe, conduit, clobberedCall);
    }
    const result = executeHostInstruction(pe, word, services);
    if (result.kind === 'next') {
      if (!this.isWatching || !this.hasHit(pe, joined(pcHigh, pcLow))) return 0;
      pe.pc = joined(pcHigh, pcLow) + 4n;
      view.setInt32(STATE + OFFSET.EXIT, EXIT.HOST, true);
      view.setInt32(STATE + OFFSET.BUDGET, view.getInt32(STATE + OFFSET.BUDGET, true) - 1, true);
      return LEAVE;
    }
    view.setInt32(STATE + OFFSET.EXIT, EXIT.HOST, true);
    if (result.kind === 'unimplemented') {
      stops.push({ kind: 'unimplemented', pe: pe.index, pc: pe.pc, encoding: word, what: result.what });
      return LEAVE;
    }
    if (result.kind === 'bad-call') {
      stops.push({ kind: 'bad-semihosting-call', pe: pe.index, pc: pe.pc, operation: result.operation, why: result.why });
      return LEAVE;
    }
    view.setInt32(STATE + OFFSET.BUDGET, view.getInt32(STATE + OFFSET.BUDGET, true) - 1, true);
    if (result.kind === 'exception') exceptions.taken(pe, pcHigh, pcLow, el, 'synchronous', result.taken);
    else if (word === ERET && pe.state.exceptionLevel !== el && exceptionStops.areWanted)
      exceptionStops.changed(pe, joined(pcHigh, pcLow), el, 'eret');
    if (clobberedCall !== undefined && word === ERET && el === 2) {
      const clobbered = guestCalls.end(pe);
      if (clobbered) stops.push({ kind: 'clobbered-call', pe: pe.index, el: pe.state.exceptionLevel, ...clobbered });
    }
    if (this.isWatching) this.hasHit(pe, joined(pcHigh, pcLow));
    const mustLook = lines.haveChanged || stops.arePending || !turns.isRunnable(pe) || pe.state.illegal || lines.pending(pe);
    return mustLook || isStepping(pe) ? LEAVE : GO_ON;
  }

  private get isWatching(): boolean {
    return this.parts.values.isActive || this.parts.memoryWatch.hasNotes;
  }
  /** An instruction that the host has executed: did it touch what is watched? */
  private hasHit(pe: Pe, pc: bigint): boolean {
    const { memoryWatch, stops } = this.parts;
    if (!memoryWatch.isNoting) for (const access of memoryWatch.takeNotes(true)) this.stopAt(pe, pc, access, true);
    this.noteChanges(pe, pc);
    return stops.arePending;
  }
}
