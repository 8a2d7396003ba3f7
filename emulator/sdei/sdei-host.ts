/**
 * What the level above the client (SDEI dispatcher, PSCI, SMCCC) needs of the machine. The machine implements it; tests implement it with
 * plain objects. `sdei/` and `smccc/` import nothing else of the emulator but the view types.
 */

import type { KeptRegisters } from './kept-registers.ts';
import type { SavedContext } from './saved-context.ts';

/** One PE as seen from the level above. Values are the architectural 64-bit registers, unsigned. */
export interface SdeiPe {
  readonly index: number;
  /** Affinity fields of MPIDR_EL1 only (no bit 31). */
  readonly affinity: bigint;
  /** `suspended`: powered down by CPU_SUSPEND. A PE in standby or WFI is `on`. */
  readonly power: 'on' | 'off' | 'suspended';
  readonly exceptionLevel: number;
  /** X0-X30. */
  x(n: number): bigint;
  setX(n: number, value: bigint): void;
  /** W0-W30, unsigned. */
  w(n: number): number;
  /** Puts X0-X17, PC and PSTATE there. */
  saveContext(context: SavedContext): void;
  restoreContext(context: SavedContext): void;
  /** Puts there what a handler must not change. */
  saveKept(kept: KeptRegisters): void;
  /** Whether that is still there. */
  hasKept(kept: KeptRegisters): boolean;
  /** X<first> to X<last> become 0. */
  clearX(first: number, last: number): void;
  /** Address of the next instruction: after a conduit instruction it is already past it. */
  pc: bigint;
  /** In SPSR format: what an exception taken now would put into SPSR_ELx. Setting it selects EL and SP. */
  pstate: bigint;
  /** The same from bits 31:0. */
  setPstate(bits: number): void;
  /** ELR_ELc and SPSR_ELc of the client exception level. */
  elrClient: bigint;
  spsrClient: bigint;
  /** SCTLR_ELc. */
  readonly sctlrClient: bigint;
  /** VBAR_ELc: what a relative entry point (SDEI 1.1) is added to. */
  readonly vbarClient: bigint;
  /** Effective HCR_EL2, 0 when the client is EL1. */
  readonly hcrEl2: bigint;
  /** An exception return does this: clears the local exclusive monitor and sets the event register. */
  clearExclusiveMonitor(): void;
  /** Ends WFI/WFE waiting, as an interrupt would. */
  wake(): void;
}

export interface SdeiHost {
  readonly pes: readonly SdeiPe[];
  /** `EL1` or `EL2`. */
  readonly client: 'EL1' | 'EL2';
  /** Optional PSTATE features of the PEs, deciding the PSTATE at handler entry. */
  readonly features: {
    readonly pan: boolean;
    readonly uao: boolean;
    readonly ssbs: boolean;
    readonly bti: boolean;
    readonly mte: boolean;
    readonly nmi: boolean;
    readonly dit: boolean;
    readonly vhe: boolean;
  };
  /** Instructions retired by all PEs. */
  readonly time: number;
  /** Interrupts, where the machine has a controller; absent: binding is not available yet. */
  readonly interrupts?: InterruptPort;
  /**
   * Whether `address` leads, by the client's own translation, to memory the client may execute; profile `tfa` asks it of entry points and
   * resume addresses as Arm's boards do. Absent: every address passes, as on TF-A's qemu platform.
   */
  clientCanFetch?(pe: number, address: bigint): boolean;
}

/**
 * What interrupt-bound events need of the interrupt controller. INTIDs as in GICv3; `pe` matters for PPIs only (an SPI has one state).
 * The controller reports claimed interrupts to the dispatcher: `interruptRose`, `interruptFell`.
 */
export interface InterruptPort {
  isActive(intid: number, pe: number): boolean;
  isPending(intid: number, pe: number): boolean;
  /** The controller has an interrupt of that number. */
  exists(intid: number): boolean;
  /** Non-secure: the client may own it. */
  isClientOwned(intid: number): boolean;
  isEdge(intid: number): boolean;
  level(intid: number, pe: number): boolean;
  /** Drops the interrupt's pending state. While claimed, it is withheld from the client's CPU interface and reported to the dispatcher. */
  claim(intid: number, pe: number): void;
  unclaim(intid: number, pe: number): void;
  setActive(intid: number, pe: number, active: boolean): void;
  setEnabled(intid: number, pe: number, enabled: boolean): void;
}
