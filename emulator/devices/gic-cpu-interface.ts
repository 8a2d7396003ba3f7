import {
  type CpuInterface,
  type Gic,
  type Interrupt,
  MINIMUM_BINARY_POINT,
  PRIORITY_MASK,
  type PendingInterrupt,
  SPURIOUS,
} from './gic.ts';

type Group = 0 | 1;

/** Bits of a priority that decide preemption. */
function groupPriorityMask(cpu: CpuInterface, group: Group): number {
  const usesGroup0 = group === 0 || cpu.commonBinaryPoint;
  return (0xff << (usesGroup0 ? cpu.binaryPoint[0] + 1 : cpu.binaryPoint[1])) & 0xff;
}

/** ICC_RPR_EL1: 0xFF when nothing is active. */
export function runningPriority(cpu: CpuInterface): number {
  const active = (cpu.activePriorities[0] | cpu.activePriorities[1]) >>> 0;
  return active === 0 ? 0xff : (31 - Math.clz32(active & -active)) << 3;
}

/** The interrupt that the CPU interface signals now. */
export function signalledInterrupt(gic: Gic, pe: number): PendingInterrupt | undefined {
  const pending = gic.highestPending(pe);
  const cpu = gic.cpuInterface(pe);
  if (!pending || pending.priority >= cpu.priorityMask) return undefined;
  return (pending.priority & groupPriorityMask(cpu, pending.group)) < runningPriority(cpu) ? pending : undefined;
}

/** Levels of the PE's interrupt inputs. */
export function interruptLines(gic: Gic, pe: number): { irq: boolean; fiq: boolean } {
  const signalled = signalledInterrupt(gic, pe);
  return { irq: signalled?.group === 1, fiq: signalled?.group === 0 };
}

/** ICC_IAR<group>_EL1: the interrupt becomes active. @returns its INTID, or {@link SPURIOUS} */
export function acknowledge(gic: Gic, pe: number, group: Group): number {
  const signalled = signalledInterrupt(gic, pe);
  if (!signalled || signalled.group !== group) return SPURIOUS;
  const cpu = gic.cpuInterface(pe);
  const interrupt = gic.interrupt(signalled.intid, pe) as Interrupt;
  interrupt.active = true;
  interrupt.latched = false;
  cpu.activePriorities[group] |= 1 << ((signalled.priority & groupPriorityMask(cpu, group)) >> 3);
  gic.changed();
  return signalled.intid;
}

/** ICC_DIR_EL1 */
function deactivate(gic: Gic, pe: number, intid: number): void {
  const interrupt = gic.interrupt(intid, pe);
  if (interrupt) interrupt.active = false;
  gic.changed();
}

/** ICC_EOIR<group>_EL1: priority drop and, with EOImode = 0, deactivation. The running priority must be of that group. */
function endOfInterrupt(gic: Gic, pe: number, group: Group, intid: number): void {
  const cpu = gic.cpuInterface(pe);
  const interrupt = gic.interrupt(intid, pe);
  const [own, other] = [cpu.activePriorities[group], cpu.activePriorities[1 - group]];
  const isRunning = own !== 0 && (other === 0 || (own & -own) >>> 0 <= (other & -other) >>> 0);
  if (!interrupt || !isRunning) return;
  cpu.activePriorities[group] &= cpu.activePriorities[group] - 1;
  if (!cpu.separateDeactivation) interrupt.active = false;
  gic.changed();
}

/** ICC_SGI<group>R_EL1: SGIs are for PEs of Aff3.Aff2.Aff1 = 0.0.0, or for all others. */
function generateSgi(gic: Gic, pe: number, group: Group, value: bigint): void {
  const intid = Number((value >> 24n) & 15n);
  const toAllOthers = (value >> 40n) & 1n;
  const affinity = ((value >> 16n) & 0xffn) | ((value >> 32n) & 0xffn) | ((value >> 48n) & 0xffn);
  for (let target = 0; target < gic.pes; target++) {
    const isMeant = toAllOthers ? target !== pe : affinity === 0n && (value >> 44n) % 16n === 0n && ((value >> BigInt(target)) & 1n) !== 0n;
    if (isMeant && gic.interrupt(intid, target)?.group === group) gic.setPending(intid, target);
  }
}

const presentedIntid = (gic: Gic, pe: number, group: Group): number => {
  const pending = gic.highestPending(pe);
  return pending?.group === group ? pending.intid : SPURIOUS;
};
/** PRIbits = 5, IDbits = 16, A3V. */
const ICC_CTLR_FIXED = (4 << 8) | (1 << 15);

/** One row per register of the CPU interface. `read` has no effect; IAR is read by {@link acknowledge}. */
interface CpuInterfaceRow {
  read?(gic: Gic, pe: number): number;
  write?(gic: Gic, pe: number, value: bigint): void;
}
const forGroup = (group: Group) =>
  ({
    [`ICC_IAR${group}_EL1`]: { read: (gic, pe) => presentedIntid(gic, pe, group) },
    [`ICC_HPPIR${group}_EL1`]: { read: (gic, pe) => presentedIntid(gic, pe, group) },
    [`ICC_EOIR${group}_EL1`]: { write: (gic, pe, value) => endOfInterrupt(gic, pe, group, Number(value & 0xff_ffffn)) },
    [`ICC_AP${group}R0_EL1`]: {
      read: (gic, pe) => gic.cpuInterface(pe).activePriorities[group] >>> 0,
      write: (gic, pe, value) => {
        gic.cpuInterface(pe).activePriorities[group] = Number(value & 0xffff_ffffn) | 0;
      },
    },
    [`ICC_IGRPEN${group}_EL1`]: {
      read: (gic, pe) => (gic.cpuInterface(pe).groupEnabled[group] ? 1 : 0),
      write: (gic, pe, value) => {
        gic.cpuInterface(pe).groupEnabled[group] = (value & 1n) !== 0n;
      },
    },
    [`ICC_SGI${group}R_EL1`]: { write: (gic, pe, value) => generateSgi(gic, pe, group, value) },
  }) satisfies Record<string, CpuInterfaceRow>;

export const cpuInterfaceRegisters: Readonly<Record<string, CpuInterfaceRow>> = {
  ...forGroup(0),
  ...forGroup(1),
  ICC_PMR_EL1: {
    read: (gic, pe) => gic.cpuInterface(pe).priorityMask,
    write: (gic, pe, value) => {
      gic.cpuInterface(pe).priorityMask = Number(value) & PRIORITY_MASK;
    },
  },
  ICC_BPR0_EL1: {
    read: (gic, pe) => gic.cpuInterface(pe).binaryPoint[0],
    write: (gic, pe, value) => {
      gic.cpuInterface(pe).binaryPoint[0] = Math.max(MINIMUM_BINARY_POINT[0], Number(value & 7n));
    },
  },
  ICC_BPR1_EL1: {
    read: (gic, pe) => {
      const { commonBinaryPoint, binaryPoint } = gic.cpuInterface(pe);
      return commonBinaryPoint ? Math.min(binaryPoint[0] + 1, 7) : binaryPoint[1];
    },
    write: (gic, pe, value) => {
      const cpu = gic.cpuInterface(pe);
      if (!cpu.commonBinaryPoint) cpu.binaryPoint[1] = Math.max(MINIMUM_BINARY_POINT[1], Number(value & 7n));
    },
  },
  ICC_CTLR_EL1: {
    read: (gic, pe) => {
      const { commonBinaryPoint, separateDeactivation } = gic.cpuInterface(pe);
      return ICC_CTLR_FIXED | (commonBinaryPoint ? 1 : 0) | (separateDeactivation ? 2 : 0);
    },
    write: (gic, pe, value) => {
      const cpu = gic.cpuInterface(pe);
      cpu.commonBinaryPoint = (value & 1n) !== 0n;
      cpu.separateDeactivation = (value & 2n) !== 0n;
    },
  },
  /** The system register interface is the only one: SRE, DFB and DIB are fixed. */
  ICC_SRE_EL1: { read: () => 7, write: () => {} },
  ICC_SRE_EL2: { read: () => 15, write: () => {} },
  ICC_RPR_EL1: { read: (gic, pe) => runningPriority(gic.cpuInterface(pe)) },
  ICC_DIR_EL1: { write: (gic, pe, value) => gic.cpuInterface(pe).separateDeactivation && deactivate(gic, pe, Number(value & 0xff_ffffn)) },
  /** SGIs of the other security state, which does not exist. */
  ICC_ASGI1R_EL1: { write: () => {} },
};

export function readCpuInterface(gic: Gic, pe: number, register: string): bigint {
  return BigInt(cpuInterfaceRegisters[register]?.read?.(gic, pe) ?? 0);
}
export function writeCpuInterface(gic: Gic, pe: number, register: string, value: bigint): void {
  cpuInterfaceRegisters[register]?.write?.(gic, pe, value);
  gic.changed();
}

/** The CPU interfaces of all PEs, as system registers reach them. */
export const interruptController = (gic: Gic) => ({
  readRegister: (pe: number, register: string): bigint => readCpuInterface(gic, pe, register),
  writeRegister: (pe: number, register: string, value: bigint): void => writeCpuInterface(gic, pe, register, value),
  acknowledge: (pe: number, group: Group): number => acknowledge(gic, pe, group),
});
