import type { Pe } from '../pe.ts';
import type { StopConditions, StopReason } from '../stop-reason.ts';

/** Plain data. */
export interface StopsState {
  readonly stops: readonly StopReason[];
  readonly reported: Reported | undefined;
}

interface Reported {
  readonly pe: number;
  readonly pc: bigint;
  /** A watchpoint that stops before its instruction. */
  readonly isWatched: boolean;
}

const MOST_TOLD = 16;

/** Why the machine is to stop, and where it has said so already. */
export class Stops {
  /** Set by the debugger. */
  conditions: StopConditions = {};
  /** Stops that happened and have not been reported yet. */
  private readonly waiting: StopReason[] = [];
  /** Where a stop has been reported: going on from there does not stop again for the same reason. */
  private reported: Reported | undefined;

  private hasToldSemihostingOff = false;
  /** Kinds of access and pages. */
  private readonly toldOfNothing = new Set<string>();

  get arePending(): boolean {
    return this.waiting.length > 0;
  }
  push(stop: StopReason): void {
    this.waiting.push(stop);
  }
  shift(): StopReason | undefined {
    return this.waiting.length === 0 ? undefined : this.waiting.shift();
  }

  /** Nobody who has forgotten a launch key wants to hear it at each call. */
  tellSemihostingOff({ index, pc }: Pe): void {
    if (!this.conditions.semihostingOff || this.hasToldSemihostingOff) return;
    this.hasToldSemihostingOff = true;
    this.push({ kind: 'semihosting-off', pe: index, pc });
  }

  /** A guest that does so in a loop is not told of again, and one that looks everywhere only of the first pages. */
  tellNothingThere(stop: Extract<StopReason, { kind: 'nothing-there' }>): void {
    const page = `${stop.access} ${stop.physical >> 12n}`;
    if (!this.conditions.nothingThere || this.toldOfNothing.has(page) || this.toldOfNothing.size >= MOST_TOLD) return;
    this.toldOfNothing.add(page);
    this.push(stop);
  }

  reportAt({ index, pc }: Pe, stop: StopReason): void {
    this.reported = { pe: index, pc, isWatched: stop.kind === 'watchpoint' };
  }
  /** The debugger's user has seen the PE stand here: nothing that can be seen before its instruction is executed is news. A watched access cannot. */
  told(pe: Pe): void {
    if (!this.wasReportedAt(pe)) this.reported = { pe: pe.index, pc: pe.pc, isWatched: false };
  }
  wasReportedAt({ index, pc }: Pe): boolean {
    return this.reported?.pe === index && this.reported.pc === pc;
  }
  wasWatchReportedAt(pe: Pe): boolean {
    return this.wasReportedAt(pe) && this.reported?.isWatched === true;
  }
  /** Instructions of this PE retired since; absent: whichever it was. */
  goOn(pe?: Pe): void {
    if (pe === undefined || this.reported?.pe === pe.index) this.reported = undefined;
  }
  /** Stops that nobody has been told of are forgotten, too: somebody went elsewhere in time. */
  forget(): void {
    this.waiting.length = 0;
    this.reported = undefined;
  }

  snapshotState(): StopsState {
    return { stops: [...this.waiting], reported: this.reported };
  }
  restoreState({ stops, reported }: StopsState): void {
    this.waiting.splice(0, Number.POSITIVE_INFINITY, ...stops);
    this.reported = reported;
  }
}
