/** Interrupts of QEMU's `virt` board: 32 private to each PE (SGIs 0-15, PPIs 16-31), 256 shared (SPIs from 32). */
export const INTERRUPTS = 288;
export const PRIVATE_INTERRUPTS = 32;
/** What ICC_IAR and ICC_HPPIR give when there is nothing. */
export const SPURIOUS = 1023;
/** Implemented bits of a priority: 32 levels. */
export const PRIORITY_MASK = 0xf8;

/** Configuration and state of one interrupt; private ones have one per PE. */
export interface Interrupt {
  enabled: boolean;
  group: 0 | 1;
  /** Lower is more urgent. */
  priority: number;
  edge: boolean;
  /** Pending by an edge, by software, or as an SGI; a level-sensitive one is pending as well while its line is high. */
  latched: boolean;
  active: boolean;
  line: boolean;
  /** Taken from the client by the level above (SDEI_INTERRUPT_BIND): reported there, and not to the CPU interface. */
  claimed: boolean;
}

/** Registers of one PE's CPU interface, and the part of its redistributor that concerns the PE as a whole. */
export interface CpuInterface {
  priorityMask: number;
  /** By group. */
  binaryPoint: [number, number];
  groupEnabled: [boolean, boolean];
  /** Active priority groups, bit n for priority n << 3. */
  activePriorities: [number, number];
  /** ICC_CTLR_EL1.CBPR: the binary point of group 0 is that of both. */
  commonBinaryPoint: boolean;
  /** ICC_CTLR_EL1.EOImode: EOIR drops the priority, DIR deactivates. */
  separateDeactivation: boolean;
  /** GICR_WAKER.ProcessorSleep: nothing is forwarded. */
  asleep: boolean;
}

/** What the CPU interface would present: the most urgent interrupt that is pending, enabled and not active. */
export interface PendingInterrupt {
  readonly intid: number;
  readonly group: 0 | 1;
  readonly priority: number;
}

interface GicState {
  readonly groupEnabled: [boolean, boolean];
  readonly privateInterrupts: Interrupt[][];
  readonly sharedInterrupts: Interrupt[];
  /** GICD_IROUTER: the PE's index (Aff0); other affinities reach nobody. */
  readonly routes: bigint[];
  readonly cpuInterfaces: CpuInterface[];
}

/** Lowest values of ICC_BPR0_EL1 and ICC_BPR1_EL1 with five priority bits. */
export const MINIMUM_BINARY_POINT = [2, 3] as const;

const newInterrupt = (intid: number): Interrupt => ({
  enabled: false,
  group: 0,
  priority: 0,
  edge: intid < 16,
  latched: false,
  active: false,
  line: false,
  claimed: false,
});
const newCpuInterface = (): CpuInterface => ({
  priorityMask: 0,
  binaryPoint: [...MINIMUM_BINARY_POINT],
  groupEnabled: [false, false],
  activePriorities: [0, 0],
  commonBinaryPoint: false,
  separateDeactivation: false,
  asleep: true,
});

const copyState = (state: GicState): GicState => ({
  groupEnabled: [...state.groupEnabled],
  privateInterrupts: state.privateInterrupts.map((interrupts) => interrupts.map((interrupt) => ({ ...interrupt }))),
  sharedInterrupts: state.sharedInterrupts.map((interrupt) => ({ ...interrupt })),
  routes: [...state.routes],
  cpuInterfaces: state.cpuInterfaces.map((cpu) => ({
    ...cpu,
    binaryPoint: [...cpu.binaryPoint],
    groupEnabled: [...cpu.groupEnabled],
    activePriorities: [...cpu.activePriorities],
  })),
});

/** Every interrupt that the level above has claimed and whose level or pending state changed. */
export type ClaimListener = (intid: number, pe: number, level: boolean) => void;

/**
 * GICv3 (IHI 0069) with affinity routing and a single security state: group 0 is signalled as FIQ, group 1 as IRQ. This holds the state and
 * says what is pending; the frames and the ICC registers are in the files beside.
 * Not modelled: LPIs, 1-of-N distribution (GICD_TYPER.No1N = 1), virtual interrupts (ICH_*).
 */
export class Gic {
  readonly pes: number;
  /** Called for interrupts that are claimed. */
  onClaimed: ClaimListener = () => {};
  private state: GicState;
  /** Most urgent candidate per PE; absent: to be found again. */
  private readonly found = new Map<number, PendingInterrupt | undefined>();

  constructor(pes: number) {
    this.pes = pes;
    this.state = {
      groupEnabled: [false, false],
      privateInterrupts: Array.from({ length: pes }, () => Array.from({ length: PRIVATE_INTERRUPTS }, (_, intid) => newInterrupt(intid))),
      sharedInterrupts: Array.from({ length: INTERRUPTS - PRIVATE_INTERRUPTS }, (_, n) => newInterrupt(n + PRIVATE_INTERRUPTS)),
      routes: Array.from({ length: INTERRUPTS - PRIVATE_INTERRUPTS }, () => 0n),
      cpuInterfaces: Array.from({ length: pes }, newCpuInterface),
    };
  }

  /** GICD_CTLR.EnableGrp0 and EnableGrp1. */
  get groupEnabled(): readonly [boolean, boolean] {
    return this.state.groupEnabled;
  }
  set groupEnabled(enabled: readonly [boolean, boolean]) {
    [this.state.groupEnabled[0], this.state.groupEnabled[1]] = enabled;
    this.changed();
  }
  /** `undefined`: there is no such interrupt. `pe` matters for private ones. After changing it, call {@link changed}. */
  interrupt(intid: number, pe: number): Interrupt | undefined {
    return intid < PRIVATE_INTERRUPTS ? this.state.privateInterrupts[pe]?.[intid] : this.state.sharedInterrupts[intid - PRIVATE_INTERRUPTS];
  }
  cpuInterface(pe: number): CpuInterface {
    return this.state.cpuInterfaces[pe];
  }
  /** A PE has been reset: its CPU interface with it; its interrupts stay as they are. */
  resetCpuInterface(pe: number): void {
    this.state.cpuInterfaces[pe] = newCpuInterface();
    this.changed();
  }
  route(intid: number): bigint {
    return this.state.routes[intid - PRIVATE_INTERRUPTS];
  }
  setRoute(intid: number, affinity: bigint): void {
    this.state.routes[intid - PRIVATE_INTERRUPTS] = affinity;
    this.changed();
  }
  /** Something that decides what is pending has changed. */
  changed(): void {
    this.found.clear();
  }

  /** Level of an interrupt's input. `pe` matters for PPIs. */
  setLine(intid: number, level: boolean, pe = 0): void {
    const interrupt = this.interrupt(intid, pe);
    if (!interrupt || interrupt.line === level) return;
    interrupt.line = level;
    if (interrupt.claimed) this.onClaimed(intid, pe, level);
    else if (level && interrupt.edge) interrupt.latched = true;
    this.changed();
  }
  /** Makes an interrupt pending, as an SGI or a write of ISPENDR does. */
  setPending(intid: number, pe: number): void {
    const interrupt = this.interrupt(intid, pe);
    if (!interrupt) return;
    if (interrupt.claimed) this.onClaimed(intid, pe, true);
    else interrupt.latched = true;
    this.changed();
  }
  isPending(interrupt: Interrupt): boolean {
    return interrupt.latched || (interrupt.line && !interrupt.edge);
  }

  /** The most urgent interrupt for a PE, whatever its priority mask and running priority say. */
  highestPending(pe: number): PendingInterrupt | undefined {
    if (this.found.has(pe)) return this.found.get(pe);
    const { groupEnabled: forwarded, asleep } = this.state.cpuInterfaces[pe];
    let best: PendingInterrupt | undefined;
    const consider = (intid: number, interrupt: Interrupt): void => {
      const { enabled, active, claimed, group, priority } = interrupt;
      if (!enabled || active || claimed || !this.isPending(interrupt) || !this.state.groupEnabled[group] || !forwarded[group]) return;
      if (!best || priority < best.priority) best = { intid, group, priority };
    };
    if (!asleep) {
      this.state.privateInterrupts[pe].forEach((interrupt, intid) => consider(intid, interrupt));
      const here = BigInt(pe);
      this.state.sharedInterrupts.forEach((interrupt, n) => {
        if (interrupt.enabled && this.state.routes[n] === here) consider(n + PRIVATE_INTERRUPTS, interrupt);
      });
    }
    this.found.set(pe, best);
    return best;
  }

  snapshotState(): unknown {
    return copyState(this.state);
  }
  restoreState(state: unknown): void {
    this.state = copyState(state as GicState);
    this.changed();
  }
}
