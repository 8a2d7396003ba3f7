/** How a run began, so far as another machine with the same beginning need not repeat it: it takes over what this one came to. */
import type { ChangedRam, CheckpointMark } from './checkpoints.ts';
import type { Transcript } from './devices/pl011.ts';
import { Coverage, type CoverageState, mayHaveExecuted } from './engine/coverage.ts';
import type { Moment } from './input-log.ts';
import type { Machine, MachineWatchpoint } from './machine.ts';
import type { MachineBreakpoint } from './machine/code-pages.ts';
import type { GuestCallsState } from './machine/guest-calls.ts';
import type { StateBesidesRam } from './machine-state.ts';
import type { StopConditions, StopReason } from './stop-reason.ts';
import { VIRT } from './virt.ts';

/** What is known of the run up to a moment. Plain data. */
export interface BeginningNote {
  readonly at: Moment;
  readonly transcript: Transcript;
  readonly coverage: CoverageState;
  /** Addresses that have had breakpoints since nothing was decoded there, and where none was met: not executed by them, though perhaps decoded. */
  readonly unmet: readonly bigint[];
  /** What the machine was to stop for all the time; it never had to. */
  readonly watchedFor: StopConditions;
  readonly guestCalls: GuestCallsState;
}
/** Plain data, but for RAM. */
export interface Beginning extends BeginningNote {
  readonly state: StateBesidesRam;
}
export interface BeginningWithRam extends Beginning {
  readonly ram: ChangedRam;
}

/**
 * Checkpoints may be given up later, the latest ones together where a guest begins to write much: notes are kept of the latest, and of earlier
 * ones that are on record, each not before this share of the one after it.
 */
const SPACING = 0.75;

const PAGE = 4096;

/** Console output in bytes: a guest that has written more than this is past its beginning, and what it goes on to write would fill memory. */
const LONGEST_TRANSCRIPT = 1 << 20;

/** Takes notes along a run from its first instruction on, until something comes from outside or stops the machine that is no breakpoint. */
export class BeginningNotes {
  private readonly machine: Machine;
  private readonly coverage = new Coverage();
  private watchedFor: StopConditions;
  /** Absent: others may have been meant since. */
  private lastConditions: StopConditions | undefined;
  private readonly list: BeginningNote[] = [];
  private hasRun = false;
  private unmet: readonly bigint[] = [];
  private lastBreakpoints: Machine['breakpoints'] | undefined;
  /** Something has come from outside or stopped the machine. */
  isOver = false;

  constructor(machine: Machine) {
    this.machine = machine;
    this.lastConditions = this.watchedFor = machine.stopConditions;
    machine.coverage = this.coverage;
    machine.uart.keepTranscript(true);
  }
  /** Newest first. */
  get notes(): readonly BeginningNote[] {
    return this.list;
  }
  /** Nothing is noted any more; what was noted stays good. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.machine.coverage = undefined;
    this.machine.uart.keepTranscript(false);
  }

  /** The machine is about to run. */
  runs(): void {
    const { stopConditions } = this.machine;
    if (stopConditions !== this.lastConditions) this.watchedFor = this.hasRun ? common(this.watchedFor, stopConditions) : stopConditions;
    this.lastConditions = stopConditions;
    this.noteUnmet();
    this.hasRun = true;
  }
  /** A PE is about to execute an instruction, breakpoints or not, perhaps elsewhere: an interrupt may come first. */
  steps(): void {
    this.runs();
    this.unmet = [];
  }
  private noteUnmet(): void {
    const { breakpoints, pes } = this.machine;
    if (breakpoints !== this.lastBreakpoints) {
      const present = addressesOf(breakpoints);
      const { unmet, coverage } = this;
      this.unmet = this.hasRun ? present.filter((address) => unmet.includes(address) || !coverage.has(address)) : present;
      this.lastBreakpoints = breakpoints;
    }
    // Whoever has been told of a breakpoint goes on by executing what is there.
    if (this.unmet.length > 0) this.unmet = this.unmet.filter((address) => pes.every(({ pc }) => pc !== address));
  }
  stopped(stop: StopReason | undefined): void {
    if (stop !== undefined && stop.kind !== 'budget' && stop.kind !== 'breakpoint') this.end();
  }
  /**
   * A checkpoint was taken.
   * @param isOnRecord whether an earlier one has not been given up. @param since it is not noted if one was less than that many instructions ago
   */
  note({ instruction, ticks, inputs }: CheckpointMark, isOnRecord: (at: Moment) => boolean, since = 0): void {
    if (this.isOver || instruction === 0) return;
    const { uart } = this.machine;
    if (uart.transcriptLength > LONGEST_TRANSCRIPT) return this.end();
    const known = this.list.filter(({ at }) => isOnRecord(at));
    if (instruction - (known.at(0)?.at.instruction ?? Number.NEGATIVE_INFINITY) < since) return;
    this.list.length = 0;
    for (const [index, one] of known.entries()) {
      const [after, before] = [this.list.at(-1), known.at(index + 1)];
      const isMissed = after === undefined || before === undefined || before.at.instruction < after.at.instruction * SPACING;
      if (isMissed) this.list.push(one);
    }
    this.list.unshift({
      at: { instruction, ticks, inputs },
      transcript: uart.transcript,
      coverage: this.coverage.snapshotState(),
      unmet: this.unmet,
      watchedFor: this.watchedFor,
      guestCalls: this.machine.guestCalls.snapshotState(),
    });
  }
  /** The machine has taken over a beginning: what it has not said of that yet it says now, and what is noted goes on from there. */
  tookOver({ coverage, watchedFor, guestCalls, transcript }: Beginning): void {
    this.coverage.add(coverage);
    this.watchedFor = this.hasRun ? common(watchedFor, this.watchedFor) : watchedFor;
    this.hasRun = true;
    this.lastConditions = undefined;
    // As mightStop() has found.
    this.unmet = addressesOf(this.machine.breakpoints);
    this.lastBreakpoints = this.machine.breakpoints;
    this.machine.guestCalls.restoreState(guestCalls);
    this.machine.uart.repeat(transcript);
  }
}

/**
 * Whether something that a machine is to stop for now might have come before the end of a beginning.
 * @param pages numbers of pages of RAM, ascending: no other was written
 */
export function mightStop({ coverage, unmet, watchedFor }: BeginningNote, machine: Machine, pages: Int32Array): boolean {
  const { breakpoints, watchpoints, stopConditions, ram } = machine;
  if (watchpoints.some((one) => mayHaveMet(one, ram.length, pages))) return true;
  const isUnmet = ({ address, isPhysical }: MachineBreakpoint): boolean => !isPhysical && unmet.includes(address);
  const isMet = (one: MachineBreakpoint): boolean => !isUnmet(one) && mayHaveExecuted(coverage, one.address, one.isPhysical);
  if (breakpoints.some(isMet)) return true;
  return names(stopConditions).some((name) => !covers(watchedFor[name], stopConditions[name]));
}

/** What was read is not known, nor what values registers and the dispatcher had on the way. What watches nothing at present was not met. */
function mayHaveMet(watchpoint: MachineWatchpoint, ramBytes: number, pages: Int32Array): boolean {
  if (watchpoint.kind === 'value') return true;
  const { ranges, access } = watchpoint;
  const areWrites = access === 'write' || access === 'change';
  return ranges.some(({ address, length }) => {
    const [begin, end] = [address - VIRT.RAM, address - VIRT.RAM + length];
    if (!areWrites || begin < 0 || end > ramBytes) return true;
    return pages.some((number) => number * PAGE < end && (number + 1) * PAGE > begin);
  });
}

/** Of those that stop every PE that comes there by this address. */
const addressesOf = (breakpoints: readonly MachineBreakpoint[]): readonly bigint[] =>
  breakpoints.flatMap(({ address, pe, isPhysical, condition }) => (isPhysical || pe !== undefined || condition ? [] : [address]));

type Condition = StopConditions[keyof StopConditions];
const names = (conditions: StopConditions): (keyof StopConditions)[] => Object.keys(conditions) as (keyof StopConditions)[];

/** Whether who watches for `one` sees all that `other` is about. */
function covers(one: Condition, other: Condition): boolean {
  if (!other || one === other || one === true) return true;
  if (Array.isArray(other)) return Array.isArray(one) && other.every((event) => one.includes(event));
  return one === 'always' && other === 'sampled';
}
function common(one: StopConditions, other: StopConditions): StopConditions {
  const both: Partial<Record<keyof StopConditions, Condition>> = {};
  for (const name of names(one)) {
    const weaker = covers(one[name], other[name]) ? other[name] : covers(other[name], one[name]) ? one[name] : undefined;
    if (weaker) both[name] = weaker;
  }
  return both as StopConditions;
}
