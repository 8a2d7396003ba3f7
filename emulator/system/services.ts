import type { Pe } from '../pe.ts';
import type { Exception } from './exceptions.ts';
import type { SemihostingOutcome } from '../semihosting/semihosting.ts';
import type { DescriptorMemory } from './translation-table-walk.ts';

export type Conduit = 'hvc' | 'smc';

/** What a TLBI instruction asks for; the machine may always invalidate more. */
export interface TlbInvalidation {
  /** `EL1`: the EL1&0 regime; `EL2`: EL2, or EL2&0 with HCR_EL2.E2H = 1. */
  readonly regime: 'EL1' | 'EL2';
  /** `all`: the whole regime; `asid`: one ASID; `address`: one page, `stage2`: one intermediate physical address. */
  readonly scope: 'all' | 'asid' | 'address' | 'stage2';
  /** The instruction's register: ASID in bits 63:48, VA[55:12] in bits 43:0. */
  readonly operand: bigint;
  /** The forms ending in IS: every PE. */
  readonly innerShareable: boolean;
}

/** The GIC as the ICC_* registers reach it. Registers are named in full; `pe` is the PE's index. */
export interface InterruptController {
  /** Without effect: of ICC_IAR<n>_EL1 what acknowledging would give. */
  readRegister(pe: number, register: string): bigint;
  writeRegister(pe: number, register: string, value: bigint): void;
  /** A read of ICC_IAR0_EL1 or ICC_IAR1_EL1. @returns the INTID */
  acknowledge(pe: number, group: 0 | 1): number;
}

/** What system registers and system instructions need of the machine. */
export interface SystemServices {
  /** Machine time now: retired instructions = nanoseconds. Exact for the instruction being executed. */
  readonly time: number;
  /** Instructions that a PE has retired, without the one being executed. */
  retired(pe: Pe): number;
  /** Which level the client is; the level above it is played. */
  readonly client: 'EL1' | 'EL2';
  /** How the client calls the played level. */
  readonly conduit: Conduit;

  /** A call of the played level. The PC is past the conduit instruction already; the callee may change every register. */
  conduitCall(pe: Pe, conduit: Conduit, immediate: number): void;

  /** Makes the semihosting call of the HLT that the PE is at. `off`: this machine has none. */
  semihostingCall(pe: Pe): SemihostingOutcome | 'off';

  /** Where translation tables are. */
  readonly descriptors: DescriptorMemory;

  /** DC ZVA: writes `bytes` zeros to the block of that size that contains a virtual address, or writes nothing. @returns the exception to take. */
  /** The guest has to do with an address and may soon have to do with its neighbours. */
  noteReadable(high: number, low: number): void;
  zeroBlock(pe: Pe, address: bigint, bytes: number): Exception | undefined;
  /** IC: code may have changed; `address` is virtual, absent = everywhere. Where code is tracked exactly there is nothing to do. */
  invalidateInstructions(pe: Pe, address?: bigint): void;
  /** TLBI */
  invalidateTranslations(pe: Pe, what: TlbInvalidation): void;

  /** SEV: sets the event register of every PE and ends WFE waiting. */
  sendEvent(pe: Pe): void;
  /** Whether WFI would be over at once: an interrupt is pending for the PE, masked or not ({@link wakesFromWfi} in interrupts.ts). */
  wakeupPending(pe: Pe): boolean;
  /** A write to a register of a timer or of the PMU moved a deadline or an output level. */
  outputsChanged(pe: Pe): void;
  /** Absent: accesses to ICC_* registers stop the run, and ID_AA64PFR0_EL1.GIC is 0. */
  readonly interruptController?: InterruptController;
  /** Levels of the PE's physical interrupt inputs, for ISR_EL1. */
  interruptLines(pe: Pe): { readonly irq: boolean; readonly fiq: boolean };
}
