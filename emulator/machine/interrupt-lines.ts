import { interruptLines } from '../devices/gic-cpu-interface.ts';
import type { Gic } from '../devices/gic.ts';
import { OFFSET } from '../cpu-state.ts';
import type { Pe } from '../pe.ts';
import type { AsynchronousException } from '../system/exceptions.ts';
import { TIMERS, TIMER_NAMES, type TimerName, timerLevel } from '../system/generic-timer.ts';
import { overflowLevel } from '../system/performance-monitors.ts';
import { isVirtualPending, pendingInterrupt, wakesFromWfi } from '../system/interrupts.ts';
import { type KvmRun, type UserIrqchip, deviceIrqBits } from '../user-irqchip.ts';
import { VIRT } from '../virt.ts';

interface Lines {
  readonly irq: boolean;
  readonly fiq: boolean;
}
/** Plain data. */
export interface InterruptLinesState {
  readonly lines: readonly Lines[];
  readonly linesChanged: boolean;
  /** With a user interrupt controller: of each vCPU. */
  readonly kvmRuns?: readonly KvmRun[];
}

/** Timers whose output a user interrupt controller learns from `device_irq_level`. */
const USER_TIMERS: ReadonlySet<TimerName> = new Set(deviceIrqBits.flatMap((row) => ('timer' in row ? [row.timer] : [])));

/** A device's output that is wired to the interrupt controller. */
export interface InterruptSource {
  readonly intid: number;
  readonly device: { readonly interruptLevel: boolean };
}

/** The interrupt inputs of all PEs: from timers and devices through the interrupt controller. */
export class InterruptLines {
  private readonly pes: readonly Pe[];
  private readonly gic: Gic;
  private readonly sources: readonly InterruptSource[];
  private readonly userIrqchip: UserIrqchip | undefined;
  private readonly onLevelExit: (pe: Pe, before: number) => void;
  /** As of the last {@link update}. */
  private lines: Lines[];
  private changed = false;

  /**
   * @param userIrqchip absent: the interrupt controller sees the timers itself
   * @param onLevelExit a vCPU exits to tell user space of `device_irq_level`; called with the level before
   */
  constructor(
    pes: readonly Pe[],
    gic: Gic,
    sources: readonly InterruptSource[],
    userIrqchip: UserIrqchip | undefined,
    onLevelExit: (pe: Pe, before: number) => void,
  ) {
    this.pes = pes;
    this.gic = gic;
    this.sources = sources;
    this.userIrqchip = userIrqchip;
    this.onLevelExit = onLevelExit;
    this.lines = pes.map(() => ({ irq: false, fiq: false }));
  }

  /** Something that the lines depend on changed within the present stay in the engine. */
  get haveChanged(): boolean {
    return this.changed;
  }
  set haveChanged(changed: boolean) {
    this.changed = changed;
    this.tellAll();
  }
  private tellAll(): void {
    for (const pe of this.pes) this.tell(pe);
  }
  /** Generated code is to know where interrupts have to be looked at: the lines changed, or HCR_EL2 did. */
  tell(pe: Pe): void {
    const { irq, fiq } = this.lines[pe.index];
    pe.setField(OFFSET.INTERRUPTS, this.changed || irq || fiq || isVirtualPending(pe) ? 1 : 0);
  }

  /** Time has passed, or a device or the interrupt controller was written: what do they signal now? */
  update(clock: number): void {
    this.changed = false;
    const { userIrqchip } = this;
    for (const pe of this.pes) {
      for (const timer of TIMER_NAMES) {
        if (!userIrqchip || !USER_TIMERS.has(timer)) this.gic.setLine(TIMERS[timer].intid, timerLevel(pe, timer, clock), pe.index);
      }
      if (!userIrqchip) this.gic.setLine(VIRT.PMU.intid, overflowLevel(pe), pe.index);
      if (!userIrqchip || pe.power === 'off') continue;
      const before = userIrqchip.exitIfChanged(pe, clock, (intid, level) => this.gic.setLine(intid, level, pe.index));
      if (before !== undefined) this.onLevelExit(pe, before);
    }
    for (const { intid, device } of this.sources) this.gic.setLine(intid, device.interruptLevel);
    for (const { index } of this.pes) this.lines[index] = interruptLines(this.gic, index);
    this.tellAll();
  }
  of(pe: Pe): Lines {
    return this.lines[pe.index];
  }
  /** The interrupt to be taken before the PE's next instruction. */
  pending(pe: Pe): AsynchronousException | undefined {
    const { irq, fiq } = this.lines[pe.index];
    return pendingInterrupt(pe, irq, fiq);
  }
  /** Whether the PE's waiting is over. */
  wake(pe: Pe): boolean {
    const { irq, fiq } = this.lines[pe.index];
    return wakesFromWfi(pe, irq, fiq);
  }

  snapshotState(): InterruptLinesState {
    return {
      lines: this.lines.map((line) => ({ ...line })),
      linesChanged: this.haveChanged,
      ...(this.userIrqchip && { kvmRuns: this.userIrqchip.snapshotState() }),
    };
  }
  restoreState({ lines, linesChanged, kvmRuns }: InterruptLinesState): void {
    this.lines = lines.map((line) => ({ ...line }));
    this.haveChanged = linesChanged;
    if (kvmRuns) this.userIrqchip?.restoreState(kvmRuns);
  }
}
