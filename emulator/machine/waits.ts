import type { Pe } from '../pe.ts';
import { nextDeadline, nextEventStreamTime } from '../system/generic-timer.ts';
import { mayCount, timeToInterrupt } from '../system/performance-monitors.ts';
import type { InterruptLines } from './interrupt-lines.ts';
import type { Turns } from './turns.ts';

/** Where a PE in power-down suspend goes on. */
export interface WakeUp {
  readonly entry: bigint;
  readonly contextId: bigint;
}
/** Plain data. */
export interface WaitsState {
  readonly wakeUps: readonly (readonly [pe: number, how: WakeUp])[];
}

/** PEs that wait (WFI, WFE, CPU_SUSPEND), and the time at which something happens by itself. */
export class Waits {
  private readonly pes: readonly Pe[];
  private readonly turns: Turns;
  private readonly lines: InterruptLines;
  private readonly deviceDeadline: () => number;
  private readonly hasInput: () => boolean;
  private readonly onPowerUp: (pe: Pe, how: WakeUp) => void;
  private readonly wakeUps = new Map<number, WakeUp>();

  /**
   * @param deviceDeadline machine time at which a device does something by itself
   * @param hasInput whether what waits for input has some
   * @param onPowerUp brings a PE out of power-down
   */
  constructor(
    pes: readonly Pe[],
    turns: Turns,
    lines: InterruptLines,
    deviceDeadline: () => number,
    hasInput: () => boolean,
    onPowerUp: (pe: Pe, how: WakeUp) => void,
  ) {
    this.pes = pes;
    this.turns = turns;
    this.lines = lines;
    this.deviceDeadline = deviceDeadline;
    this.hasInput = hasInput;
    this.onPowerUp = onPowerUp;
  }

  /** CPU_SUSPEND to power-down. */
  powerDown(pe: Pe, how: WakeUp): void {
    pe.power = 'suspended';
    this.wakeUps.set(pe.index, how);
  }

  /** Machine time of the next thing that a timer or a counter does, seen from now, in instructions; at least 1. */
  untilDeadline(): number {
    return Math.max(1, this.nextDeadline(this.turns.pe) - this.turns.clock);
  }
  /** @param runs the PE that retires instructions until then; absent: none */
  private nextDeadline(runs?: Pe): number {
    const { clock } = this.turns;
    let deadline = this.deviceDeadline();
    for (const pe of this.pes) {
      if (pe.power === 'off') continue;
      deadline = Math.min(deadline, nextDeadline(pe, clock));
      if (mayCount(pe)) deadline = Math.min(deadline, clock + timeToInterrupt(pe, pe === runs));
      if (pe.waiting === 'wfe') deadline = Math.min(deadline, nextEventStreamTime(pe, clock));
    }
    return deadline;
  }
  /** Every PE waits: lets time pass until a timer can wake one. @returns whether there is such a time */
  skipToWakeUp(): boolean {
    const deadline = this.nextDeadline();
    if (deadline === Number.POSITIVE_INFINITY) return false;
    this.turns.skipTo(deadline);
    this.wakeDue();
    return true;
  }
  /** Wakes the PEs whose timer or event stream has come to it. */
  wakeDue(): void {
    if (this.pes.every((pe) => pe.waiting === undefined && pe.power !== 'suspended')) return;
    const { clock } = this.turns;
    this.lines.update(clock);
    for (const pe of this.pes) {
      if (pe.power === 'off' || (pe.waiting === undefined && pe.power === 'on')) continue;
      if (pe.waiting === 'input') {
        // A masked interrupt ends WFI, and is no input.
        if (this.hasInput() || this.lines.pending(pe)) pe.waiting = undefined;
        continue;
      }
      const streamed = pe.waiting === 'wfe' && nextEventStreamTime(pe, clock - 1) <= clock;
      if (streamed || this.lines.wake(pe)) this.wake(pe);
    }
  }
  private wake(pe: Pe): void {
    pe.waiting = undefined;
    const how = this.wakeUps.get(pe.index);
    if (!how) return;
    this.wakeUps.delete(pe.index);
    this.onPowerUp(pe, how);
  }

  snapshotState(): WaitsState {
    return { wakeUps: [...this.wakeUps] };
  }
  restoreState({ wakeUps }: WaitsState): void {
    this.wakeUps.clear();
    for (const [pe, how] of wakeUps) this.wakeUps.set(pe, how);
  }
}
