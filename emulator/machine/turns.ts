import { OFFSET } from '../cpu-state.ts';
import type { Pe } from '../pe.ts';
import { type Progress, mayCount, settleCounters } from '../system/performance-monitors.ts';

/** A PE runs this many instructions before the next one has its turn. */
export const QUANTUM = 20_000;

/** Plain data. */
export interface TurnsState {
  readonly current: number;
  readonly quantumLeft: number;
  readonly retired: number;
  /** See {@link Turns.ticks}. */
  readonly ticks: number;
  readonly skipped: number;
}

/** How far the machine has come, and whose turn it is. */
export class Turns {
  private readonly pes: readonly Pe[];
  private readonly budgetLeft: () => number;
  /** Index of the PE whose turn it is. */
  current = 0;
  /** Instructions that the current PE may still run before another one has its turn. */
  private quantumLeft = QUANTUM;
  /** Instructions retired by all PEs up to the present stay in the engine. */
  retired = 0;
  /**
   * What the machine has done since the last instruction retired: interrupts taken, turns given to a PE, waits skipped. With
   * {@link instructions} it names a moment of a run.
   */
  ticks = 0;
  /** Time that passed while every PE waited, in instructions. */
  private skipped = 0;
  /** Instructions granted to the engine at present, 0 outside it. */
  granted = 0;

  /** @param budgetLeft what the engine has left of {@link granted} */
  constructor(pes: readonly Pe[], budgetLeft: () => number) {
    this.pes = pes;
    this.budgetLeft = budgetLeft;
  }

  /** The PE whose turn it is. */
  get pe(): Pe {
    return this.pes[this.current];
  }
  /** Instructions retired by all PEs. One that takes an exception counts. */
  get instructions(): number {
    return this.granted === 0 ? this.retired : this.retired + this.granted - this.budgetLeft();
  }
  /** Machine time: instructions, and the time that passed while every PE waited. 1 = 1 ns. */
  get clock(): number {
    return this.instructions + this.skipped;
  }

  /** How far a PE has come. @param executing the instruction being executed counts, too */
  progress(pe: Pe, executing: 0 | 1 = 0): Progress {
    const present = pe === this.pe && this.granted > 0 ? this.instructions - this.retired + executing : 0;
    return { time: this.clock + executing, retired: pe.retired + present };
  }
  /** Brings the performance monitors' counters up to date. */
  settleCounters(): void {
    for (const pe of this.pes) if (mayCount(pe)) settleCounters(pe, this.progress(pe));
  }

  count(instructions: number): void {
    if (instructions > 0) this.ticks = 0;
    this.retired += instructions;
    this.pe.retired += instructions;
    this.settleCounters();
    if (this.pes.length > 1) this.quantumLeft -= instructions;
  }
  /** Time passes while every PE waits. */
  skipTo(time: number): void {
    this.skipped += Math.max(0, time - this.clock);
    this.settleCounters();
    this.ticks += 1;
  }

  /** WFE after a load-exclusive may end at any time: the store it waits for is noticed by looking again. */
  isRunnable(pe: Pe): boolean {
    return pe.power === 'on' && (pe.waiting === undefined || (pe.waiting === 'wfe' && pe.field(OFFSET.MONITOR_SIZE) !== 0));
  }
  switchTo(index: number): void {
    if (index === this.current) return;
    this.pe.makeWaiting();
    this.pes[index].makeCurrent();
    this.current = index;
    this.quantumLeft = QUANTUM;
    this.ticks += 1;
  }
  /** Makes the PE whose turn it is the current one. @returns whether any can run */
  schedule(onlyPe: number | undefined): boolean {
    if (onlyPe !== undefined || this.pes.length === 1) return this.isRunnable(this.pes[onlyPe ?? 0]);
    if (this.quantumLeft > 0 && this.isRunnable(this.pe)) return true;
    for (let n = 1; n <= this.pes.length; n++) {
      const index = (this.current + n) % this.pes.length;
      if (!this.isRunnable(this.pes[index])) continue;
      if (index === this.current) this.ticks += 1;
      this.switchTo(index);
      this.quantumLeft = QUANTUM;
      return true;
    }
    return false;
  }
  /** Instructions until another PE has its turn; without limit for one that runs alone. */
  turnLeft(onlyPe: number | undefined): number {
    return onlyPe === undefined && this.pes.length > 1 ? this.quantumLeft : Number.POSITIVE_INFINITY;
  }

  snapshotState(): TurnsState {
    const { current, quantumLeft, retired, ticks, skipped } = this;
    return { current, quantumLeft, retired, ticks, skipped };
  }
  restoreState({ current, quantumLeft, retired, ticks, skipped }: TurnsState): void {
    this.switchTo(current);
    Object.assign(this, { quantumLeft, retired, ticks, skipped });
  }
}
