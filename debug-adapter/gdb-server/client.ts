/** One gdb that is attached, and what it has said about itself. */
import type { Ended } from '../target/run-control.ts';
import type { GdbGuest } from './guest.ts';
import type { GdbRegister } from './registers.ts';

export interface StopKnowledge {
  swbreak: boolean;
  hwbreak: boolean;
  threads: boolean;
}

export interface GdbClient {
  readonly guest: GdbGuest;
  readonly registers: readonly GdbRegister[];
  readonly targetXml: string;
  /** What it understands in a stop reply: reasons (qSupported), and LLDB the list of all threads with their PCs (QListThreadsInStopReply). */
  readonly knows: StopKnowledge;
  /**
   * LLDB, since QEnableErrorStrings: an error is `E01;` and its text in hexadecimal, where gdb has `E.text`; a register without a value is such an
   * error, since LLDB takes the `x` of gdb's for digits; `k` is answered; and a register that is written as it is stays as it is.
   */
  dialect: 'gdb' | 'lldb';
  /** PE of registers and memory (Hg). */
  selected: number;
  /** Addresses of m, M and X are physical (Qqemu.PhyMemMode). */
  isPhysical: boolean;
  /** PE of s and c (Hc). Absent: any, or all. */
  resumed: number | undefined;
  /** After the answer to QStartNoAckMode. */
  isAcknowledging: boolean;
  /** Text on gdb's own console, while it waits for a stop or for a monitor command. */
  write(text: string): void;
  /** The answer to a run: says what a signal number cannot, then how it stopped. */
  stopped(ended: Ended): string;
  /** `!` (target extended-remote): after D and vKill it stays connected, to run it again. */
  isExtended: boolean;
  /** It has let go of the guest by D or vKill: there is no process and no thread until vRun. */
  hasLetGo: boolean;
  /** The guest is gdb's alone. */
  readonly isOwner: boolean;
  /** The guest from its first instruction. @throws GdbError if it is not gdb's */
  restart(): Promise<void>;
  /** After the answer. */
  close(): void;
}

/** A packet that cannot be done; the message is what gdb shows. */
export class GdbError extends Error {}
