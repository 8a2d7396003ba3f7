import { type Beginning, BeginningNotes, type BeginningWithRam, mightStop } from './beginning.ts';
import { type CheckpointMark, type CheckpointOptions, Checkpoints } from './checkpoints.ts';
import {
  type Input,
  type InputKind,
  type InputResult,
  type Moment,
  type Turn,
  isBefore,
  isSame,
  performInput,
  wasRefused,
} from './input-log.ts';
import type { Machine } from './machine.ts';
import type { Awaited } from './machine/run-loop.ts';
import { restoreBesidesRam } from './machine-state.ts';
import type { StopReason } from './stop-reason.ts';
import { VIRT } from './virt.ts';

/** A moment that is quick to go to. */
export type MarkedMoment = Omit<CheckpointMark, 'onlyPe'>;

/** How far back one can go. */
export interface History {
  readonly from: Moment;
  /** Where the recording ends: the present. */
  readonly to: Moment;
  /** Oldest first: going to these is quickest. */
  readonly checkpoints: readonly MarkedMoment[];
  /** What checkpoints use, roughly. */
  readonly memoryBytes: number;
  /** Memory was once too short for what the guest wrote within the interval of checkpoints: one can go back less than that, or not at all. */
  readonly isTooSmall: boolean;
}

/** What came from outside, and when. */
export interface Recorded {
  readonly at: Moment;
  readonly what: Input | Turn;
}
/** All that a run from the same beginning depends on, and how far it is known. Plain data. */
export interface Recording {
  readonly inputs: readonly Recorded[];
  readonly end: Moment;
}

/** A future that another one has taken the place of. */
export interface LeftFuture {
  readonly recording: Recording;
  /** Up to where the one that has begun is the same. */
  readonly parting: Moment;
}

/** A recording of another machine's run, or one that has been edited. */
export class RecordingError extends Error {}

/** Going back so far leaves a checkpoint behind on the way, so that going back a little more is quick. */
const LONG_WAY = 400_000;
const SHORT_WAY = 100_000;

const PAGE = 4096;

/**
 * A machine's run as a recording: checkpoints, and everything that came from outside with the moment at which it came. In the past the
 * machine does what is recorded, whatever it is asked to run; an input there begins another future.
 */
export class TimeTravel {
  private readonly machine: Machine;
  private readonly checkpoints: Checkpoints;
  private readonly log: Recorded[] = [];
  /** Inputs that have come: where in the log the present moment is. */
  private inputs = 0;
  private onlyPe: number | undefined;
  /** The end of the recording, while the machine is before it. */
  private end: Moment | undefined;
  /** Console output up to here has been heard. */
  private heard: Moment;
  /** What another future has taken the place of. */
  private left: LeftFuture | undefined;
  /** Absent: nobody wants them, or the recording does not begin with the run. */
  private readonly beginnings: BeginningNotes | undefined;

  /** Recording begins here. */
  constructor(machine: Machine, options: CheckpointOptions) {
    this.machine = machine;
    this.beginnings = options.notesBeginning && machine.instructions === 0 ? new BeginningNotes(machine) : undefined;
    this.checkpoints = new Checkpoints(machine, options);
    this.heard = this.moment;
    this.takeCheckpoint();
  }

  /** The same for a machine that has been brought into another state. */
  startedAnew(): TimeTravel {
    this.beginnings?.end();
    return new TimeTravel(this.machine, { ...this.checkpoints.options, notesBeginning: false });
  }

  get moment(): Moment {
    return { instruction: this.machine.instructions, ticks: this.machine.ticks, inputs: this.inputs };
  }
  get isInPast(): boolean {
    return this.end !== undefined;
  }
  /** Where memory was too short for any, it begins here. */
  get history(): History {
    this.keepPresent();
    const { marks, memoryBytes, isTooSmall } = this.checkpoints;
    const checkpoints = marks.map(({ onlyPe: _, ...marked }) => marked);
    return { from: checkpoints[0], to: this.end ?? this.moment, checkpoints, memoryBytes, isTooSmall };
  }

  // --- forwards ---------------------------------------------------------------------------------------------------------------------

  /** @param keepsTime as of the machine; what is recorded is when the next one has its turn, and so the past is followed without it */
  run(budget: number, onlyPe?: number, keepsTime?: boolean): StopReason {
    const target = this.machine.instructions + budget;
    if (this.isInPast) {
      const stop = this.followUntil(target);
      if (this.isInPast || stop.kind !== 'budget') return stop;
    }
    this.takeTurns(onlyPe);
    this.beginnings?.runs();
    this.takeDue();
    for (;;) {
      const look = this.machine.instructions + this.checkpoints.options.interval;
      const stop = this.machine.run(Math.min(target, this.due, look) - this.machine.instructions, this.onlyPe, keepsTime);
      this.beginnings?.stopped(stop);
      if (stop.kind !== 'budget') return stop;
      this.takeDue();
      if (this.machine.instructions >= target) return stop;
    }
  }

  /** In the past the others run as they did, until this PE has executed its next instruction. */
  step(pe: number): StopReason | undefined {
    const { machine } = this;
    const onTheWay = this.followUntilTurnOf(pe, Number.POSITIVE_INFINITY);
    if (onTheWay !== undefined) return onTheWay;
    if (this.isInPast) return this.stepInPast(pe);
    this.takeTurns(pe);
    this.beginnings?.steps();
    this.takeDue();
    const stop = machine.step(pe);
    this.beginnings?.stopped(stop);
    return stop;
  }
  /**
   * In the past: the others run as they did, about so many instructions at most.
   * @returns `undefined`: this PE executes the next instruction, or the past is over
   */
  followUntilTurnOf(pe: number, budget: number): StopReason | undefined {
    const { machine } = this;
    const end = machine.instructions + budget;
    while (this.isInPast) {
      if (this.applyDue()) continue;
      if (machine.pes.length === 1) return undefined;
      const { ticks } = machine;
      const isNext = machine.isTurnOf(pe, this.onlyPe);
      this.arriveAtEnd();
      if (machine.ticks !== ticks) continue;
      if (isNext) return undefined;
      if (machine.instructions >= end) return { kind: 'budget' };
      const stop = this.followUntil(end, { pe });
      if (stop.kind !== 'budget') return stop;
    }
    return undefined;
  }
  /**
   * In the past: everything happens as it did, about so many instructions at most; nothing stops on the way.
   * @returns whether this PE has retired so many instructions now, this very moment, or the past is over
   */
  followUntilRetired(pe: number, retired: number, budget: number): boolean {
    const { machine } = this;
    const end = machine.instructions + budget;
    const isThere = (): boolean => !this.isInPast || machine.pes[pe].retired >= retired;
    const loud = this.quieten();
    try {
      while (!isThere() && machine.instructions < end) {
        const before = this.moment;
        this.followUntil(end, { pe, retired });
        if (!isThere() && !isBefore(before, this.moment)) this.tickTowards(this.nextRecorded);
      }
    } finally {
      loud();
    }
    return isThere();
  }
  private stepInPast(pe: number): StopReason | undefined {
    const stop = this.machine.step(pe);
    this.hear();
    this.arriveAtEnd();
    return stop;
  }
  private takeTurns(wanted: number | undefined): void {
    const onlyPe = this.machine.pes.length === 1 ? undefined : wanted;
    if (onlyPe === this.onlyPe) return;
    this.record(onlyPe === undefined ? { kind: 'turn' } : { kind: 'turn', onlyPe });
    this.onlyPe = onlyPe;
  }

  /**
   * Something from outside. In the past it ends the recording there, unless it is refused: what is counted of a refusal is undone then.
   * @throws Error saying why it is refused; nothing has changed then
   */
  input<Kind extends InputKind>(input: Input<Kind>): InputResult<Kind> {
    const { moment, end } = this;
    const result = performInput(this.machine, input);
    if (end === undefined || !wasRefused(input.kind, result)) this.record(input as unknown as Input);
    else {
      this.goBack(moment, end);
      for (const _ of this.arriving(moment, Number.POSITIVE_INFINITY));
    }
    return result;
  }
  private record(what: Input | Turn): void {
    if (this.isInPast) {
      this.left ??= { recording: this.recording, parting: this.moment };
      this.log.length = this.inputs;
      this.end = undefined;
      this.heard = this.moment;
    }
    this.beginnings?.end();
    this.log.push({ at: this.moment, what });
    this.inputs = this.log.length;
  }

  // --- recordings -------------------------------------------------------------------------------------------------------------------

  get recording(): Recording {
    return { inputs: [...this.log], end: this.end ?? this.moment };
  }
  /** What the last input in the past took the place of; given once. */
  takeLeft(): LeftFuture | undefined {
    const { left } = this;
    this.left = undefined;
    return left;
  }
  /**
   * From here on `other` is what happened: of the same machine and the same beginning. Goes back to where they part, if the machine is beyond.
   * @param isHeard its console output is known
   * @throws RangeError if that is not on record any more
   */
  follow(other: Recording, isHeard = false): void {
    this.keepPresent();
    const own = this.recording;
    const parting = partingOf(own, other);
    if (isBefore(parting, this.moment)) this.travel(parting);
    if (isHeard) this.heard = other.end;
    else if (isBefore(parting, this.heard)) this.heard = parting;
    this.beginnings?.end();
    this.log.splice(0, Number.POSITIVE_INFINITY, ...other.inputs);
    this.end = other.end;
    this.arriveAtEnd();
  }

  // --- checkpoints ------------------------------------------------------------------------------------------------------------------

  /** Where memory was too short for any, there is one from now on: somebody asks how far one can go back. */
  private keepPresent(): void {
    if (this.checkpoints.isEmpty) this.takeCheckpoint();
  }
  private get due(): number {
    return this.checkpoints.nextDue(this.isInPast);
  }
  private takeDue(): void {
    if (this.machine.instructions >= this.due) this.takeCheckpoint(this.checkpoints.options.interval);
    else this.checkpoints.trim(this.isInPast);
  }
  /** @param sinceNote instructions since the last note of the beginning that is on record, from which on another is taken */
  private takeCheckpoint(sinceNote = 0): void {
    const mark = this.checkpoints.take(this.moment, this.onlyPe, this.isInPast);
    this.beginnings?.note(mark, (at) => this.checkpoints.has((one) => isSame(one, at)), sinceNote);
  }

  // --- beginnings -------------------------------------------------------------------------------------------------------------------

  /** A note is taken of the run up to here, if it is still in its beginning. */
  noteHere(): void {
    if (this.beginnings === undefined || this.beginnings.isOver || this.isInPast || this.machine.hasUntoldStops) return;
    const isNoted = this.beginnings.notes.some(({ at }) => isSame(at, this.moment));
    if (!isNoted) this.takeCheckpoint();
  }
  /** The longest that is known of this run and on record, if nothing came from outside in it and nothing but breakpoints stopped it. */
  get beginning(): BeginningWithRam | undefined {
    for (const note of this.beginnings?.notes ?? []) {
      const image = this.checkpoints.imageOf((mark) => isSame(mark, note.at));
      if (image) return { ...note, ...image };
    }
    return undefined;
  }
  /**
   * Comes to the end of the beginning of another run of the same machine from the same state, as if it had run there. So far this run is the
   * same: nothing has come from outside.
   * @param pages numbers of pages of RAM, ascending: all that were written
   * @param read what is in them, one after the other; asked for if it is wanted
   * @returns false: it might have been stopped on the way, or contents are missing; nothing has changed
   */
  takeOver(beginning: Beginning, pages: Int32Array, read: () => Uint8Array | undefined): boolean {
    const { machine, beginnings } = this;
    if (beginnings === undefined || beginnings.isOver || !isBefore(this.moment, beginning.at) || mightStop(beginning, machine, pages))
      return false;
    const contents = read();
    if (contents?.length !== pages.length * PAGE) return false;
    for (const [index, number] of pages.entries()) {
      const page = VIRT.RAM + number * PAGE;
      machine.memory.willWrite(page);
      machine.restorePage(page, contents.subarray(index * PAGE, (index + 1) * PAGE));
    }
    restoreBesidesRam(machine, beginning.state);
    // The other has told its client of a breakpoint there, and not ours.
    machine.forgetStops();
    beginnings.tookOver(beginning);
    this.heard = this.moment;
    this.takeCheckpoint();
    return true;
  }

  // --- following the recording ------------------------------------------------------------------------------------------------------

  /**
   * Runs in the past to the first moment of an instruction count or to the end of the recording, whichever comes first.
   * @param awaited that may be earlier
   */
  private followUntil(target: number, awaited?: Awaited): StopReason {
    const { machine } = this;
    while (this.isInPast && machine.instructions < target) {
      if (this.applyDue()) continue;
      this.takeDue();
      const unheard = this.heard.instruction > machine.instructions ? this.heard.instruction : target;
      const limit = Math.min(target, this.due, this.nextRecorded.instruction, unheard);
      if (limit > machine.instructions) {
        const before = machine.instructions;
        const stop = machine.run(limit - before, this.onlyPe, false, awaited);
        this.hear();
        this.arriveAtEnd();
        if (stop.kind !== 'budget' || awaited !== undefined) return stop;
      } else this.tickTowards(this.nextRecorded);
    }
    return { kind: 'budget' };
  }
  /** The moment of the next input, or the end of the recording. */
  private get nextRecorded(): Moment {
    return this.log[this.inputs]?.at ?? (this.end as Moment);
  }
  private tickTowards({ instruction, ticks }: Moment): void {
    const { machine } = this;
    if (machine.instructions === instruction && machine.ticks < ticks && machine.tick(this.onlyPe)) {
      this.hear();
      this.arriveAtEnd();
      return;
    }
    throw new RecordingError(
      `The recording cannot be followed at instruction ${machine.instructions}, tick ${machine.ticks}: the next it knows is instruction ${instruction}, tick ${ticks}.`,
    );
  }
  /** Does what is recorded for this very moment. @returns whether that was anything */
  private applyDue(): boolean {
    const next = this.log[this.inputs];
    if (!next || next.at.instruction !== this.machine.instructions || next.at.ticks > this.machine.ticks) return false;
    const { what } = next;
    if (what.kind === 'turn') this.onlyPe = what.onlyPe;
    else performInput(this.machine, what);
    this.inputs += 1;
    this.arriveAtEnd();
    return true;
  }
  /** Drops console output that repeats itself. */
  private hear(): void {
    if (isBefore(this.heard, this.moment)) this.heard = this.moment;
    else this.machine.uart.dropOutput();
  }
  private arriveAtEnd(): void {
    if (this.end !== undefined && !isBefore(this.moment, this.end)) this.end = undefined;
  }

  // --- going elsewhere --------------------------------------------------------------------------------------------------------------

  /**
   * Goes to a moment of the recording: backwards from the nearest checkpoint, forwards as recorded. Nothing stops on the way. A number is the
   * first moment with so many instructions.
   * @throws RangeError if it is not part of the recording
   */
  travel(place: Moment | number): void {
    const way = this.travelling(place, Number.POSITIVE_INFINITY);
    while (!way.next().done);
  }
  /** The same in pieces of about so many instructions. Who ends it between two of them is on the way, in the past. */
  *travelling(place: Moment | number, piece: number): Generator<void, void, void> {
    const to = typeof place === 'number' ? this.firstMomentOf(place) : place;
    const { from, to: end } = this.history;
    if (isBefore(to, from) || isBefore(end, to)) {
      throw new RangeError(
        `Instruction ${to.instruction} is not on record. One can go to instructions ${from.instruction} to ${end.instruction}.`,
      );
    }
    if (isBefore(this.heard, this.moment)) this.heard = this.moment;
    if (isBefore(to, this.moment)) this.goBack(to, end);
    yield* this.arriving(to, piece);
  }
  /** To a moment that is not before this one. */
  private *arriving(to: Moment, piece: number): Generator<void, void, void> {
    const { machine } = this;
    const loud = this.quieten();
    try {
      if (to.instruction - machine.instructions > LONG_WAY) {
        yield* this.followingQuietly(to.instruction - SHORT_WAY, piece);
        if (this.isInPast) this.takeCheckpoint();
      }
      yield* this.followingQuietly(to.instruction, piece);
      while (isBefore(this.moment, to) && this.isInPast) {
        const isInputDue = this.inputs < to.inputs && this.applyDue();
        if (!isInputDue) this.tickTowards(this.inputs < to.inputs ? this.nextRecorded : to);
      }
    } finally {
      loud();
    }
  }
  firstMomentOf(instruction: number): Moment {
    // Asked for each line of the console, beside a log that may have as many entries.
    let [inputs, end] = [0, this.log.length];
    while (inputs < end) {
      const middle = (inputs + end) >> 1;
      if (this.log[middle].at.instruction < instruction) inputs = middle + 1;
      else end = middle;
    }
    return { instruction, ticks: 0, inputs };
  }
  private goBack(to: Moment, end: Moment): void {
    this.beginnings?.end();
    const mark = this.checkpoints.restore((one) => !isBefore(to, one)) as CheckpointMark;
    this.inputs = mark.inputs;
    this.onlyPe = mark.onlyPe;
    this.end = end;
    this.arriveAtEnd();
  }
  private *followingQuietly(instruction: number, piece: number): Generator<void, void, void> {
    const { machine } = this;
    while (machine.instructions < instruction && this.isInPast) {
      const before = this.moment;
      this.followUntil(Math.min(instruction, machine.instructions + piece));
      if (!isBefore(before, this.moment)) this.tickTowards(this.nextRecorded);
      if (machine.instructions < instruction) yield;
    }
  }
  /** Nothing stops the machine any more. @returns what undoes that */
  private quieten(): () => void {
    const { machine } = this;
    const { stopConditions } = machine;
    const { breakpoints, watchpoints } = machine;
    machine.stopConditions = {};
    if (breakpoints.length > 0) machine.setBreakpoints([]);
    if (watchpoints.length > 0) machine.setWatchpoints([]);
    // One of several stops of this moment may be waiting to be told.
    machine.forgetStops();
    return () => {
      machine.stopConditions = stopConditions;
      if (breakpoints.length > 0) machine.setBreakpoints(breakpoints);
      if (watchpoints.length > 0) machine.setWatchpoints(watchpoints);
      machine.forgetStops();
    };
  }

  /** Goes on within the same instruction count as far as the recording does: the next thing is that an instruction retires. */
  settle(): void {
    const loud = this.quieten();
    try {
      while (this.isInPast) if (!this.applyDue() && !this.machine.tick(this.onlyPe)) break;
    } finally {
      loud();
    }
  }
}

/** Up to where two recordings are the same. */
export function partingOf(one: Recording, other: Recording): Moment {
  const text = (recorded: Recorded) => JSON.stringify(recorded, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  let common = 0;
  const isCommon = (n: number) =>
    n < Math.min(one.inputs.length, other.inputs.length) &&
    (one.inputs[n] === other.inputs[n] || text(one.inputs[n]) === text(other.inputs[n]));
  while (isCommon(common)) common++;
  const ends = [one.end, other.end, one.inputs[common]?.at, other.inputs[common]?.at].filter((moment) => moment !== undefined);
  return ends.reduce((first, moment) => (isBefore(moment, first) ? moment : first));
}
