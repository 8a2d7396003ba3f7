import type { Pe } from './pe.ts';
import { type TimerName, timerLevel } from './system/generic-timer.ts';
import { stored } from './system/storage.ts';
import { VIRT } from './virt.ts';

/**
 * KVM_CAP_ARM_USER_IRQ: the interrupt controller is user space's, so a vCPU's own devices reach it through `device_irq_level` of kvm_run.
 * Every exit to user space updates that field, and a changed level is an exit before the guest runs on (KVM_EXIT_INTR if no other is due).
 */

/** One row per bit of `device_irq_level`. `timer`: the timer whose output it is; absent: the PMU's. */
export const deviceIrqBits = [
  { name: 'KVM_ARM_DEV_EL1_VTIMER', mask: 1, intid: 27, timer: 'EL1 virtual' },
  { name: 'KVM_ARM_DEV_EL1_PTIMER', mask: 2, intid: 30, timer: 'EL1 physical' },
  { name: 'KVM_ARM_DEV_PMU', mask: 4, intid: VIRT.PMU.intid },
] as const satisfies readonly { name: string; mask: number; intid: number; timer?: TimerName }[];

/** The PMU's interrupt output: PMCR_EL0.E, and a counter that has overflowed, is enabled, and interrupts. */
export const performanceMonitorsLevel = (pe: Pe): boolean =>
  (stored(pe, 'PMCR_EL0') & 1n) !== 0n && (stored(pe, 'PMOVSSET_EL0') & stored(pe, 'PMCNTENSET_EL0') & stored(pe, 'PMINTENSET_EL1')) !== 0n;

function levelNow(pe: Pe, time: number): number {
  let level = 0;
  for (const row of deviceIrqBits) {
    if ('timer' in row ? timerLevel(pe, row.timer, time) : performanceMonitorsLevel(pe)) level |= row.mask;
  }
  return level;
}

/** What kvm_run of a vCPU tells user space. Plain data. */
export interface KvmRun {
  /** As of the last exit. */
  readonly deviceIrqLevel: number;
  /** Exits that a changed level made. */
  readonly levelExits: number;
}

export class UserIrqchip {
  private runs: KvmRun[];

  constructor(vcpus: number) {
    this.runs = Array.from({ length: vcpus }, () => ({ deviceIrqLevel: 0, levelExits: 0 }));
  }

  kvmRun(vcpu: number): KvmRun {
    return this.runs[vcpu];
  }

  /**
   * To be called before the vCPU runs on. If a level differs from what user space was told, the vCPU exits: user space compares the field
   * with the one before, and gives the changed levels to its interrupt controller.
   * @param setLine the interrupt controller's input. @returns the level before, if there was an exit
   */
  exitIfChanged(pe: Pe, time: number, setLine: (intid: number, level: boolean) => void): number | undefined {
    const { deviceIrqLevel: before, levelExits } = this.runs[pe.index];
    const level = levelNow(pe, time);
    if (level === before) return undefined;
    this.runs[pe.index] = { deviceIrqLevel: level, levelExits: levelExits + 1 };
    for (const { mask, intid } of deviceIrqBits) if ((level ^ before) & mask) setLine(intid, (level & mask) !== 0);
    return before;
  }

  snapshotState(): readonly KvmRun[] {
    return [...this.runs];
  }
  restoreState(runs: readonly KvmRun[]): void {
    this.runs = [...runs];
  }
}
