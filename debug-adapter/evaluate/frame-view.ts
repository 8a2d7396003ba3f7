import type { FrameRegisters, Program } from '../program/program.ts';
import type { Target } from '../target/target.ts';

/** One frame of a stopped PE: everything expressions and the Variables view need to know of it. The stack builds one per frame. */
export interface FrameView {
  readonly target: Target;
  /** Every loaded image; names are looked up in the one that covers the frame's address first, then in this order. */
  readonly programs: readonly Program[];
  readonly pe: number;
  /** 0 is the innermost frame of the PE; inline frames share one. Part of the identity of variables: the same level of the same PE keeps its ids across stops. */
  readonly level: number;
  /** The next instruction of this frame; in an outer frame the return address. */
  readonly pc: bigint;
  /** Where scopes and locations are looked up; absent: `pc`. A frame that is in the middle of a call gives `pc - 1n`. */
  readonly lookupPc?: bigint;
  /** 0 is the innermost inline frame at the address. */
  readonly inlineDepth: number;
  /** DWARF number → value, as unwound; in a live frame the PE's are read instead. Absent register: not saved. */
  readonly registers: FrameRegisters;
  /** In SPSR format. Absent: in a live frame the PE's, in others not known. */
  readonly pstate?: bigint;
  readonly cfa?: bigint;
  /** The registers of this frame are those of the PE (level 0 and its inline callers): they can be written. */
  readonly live: boolean;
  /** Index into `target.sdei.pes[pe].running` of the handler that this frame is part of; absent: not in a handler. */
  readonly handler?: number;
  /**
   * Index into `running` of the handler that interrupted exactly this frame: X0-X17, PC and PSTATE are those of its saved context
   * and can be written there. Absent for callers of that frame and for frames that nothing interrupted.
   */
  readonly interruptedBy?: number;
  /** Whose translation addresses of this frame go through; absent: the PE's current exception level. */
  readonly exceptionLevel?: number;
}

/** A code address before any frame exists: what a condition or a log message is compiled for. */
export interface CodePlace {
  readonly target: Target;
  readonly programs: readonly Program[];
  readonly pc: bigint;
  /** 0, the innermost inline frame, when absent. */
  readonly inlineDepth?: number;
}

/** What the ids of a frame's variables start with: the same at every stop. */
export const framePath = ({ pe, level, inlineDepth }: FrameView): string => `${pe}/${level}.${inlineDepth}`;
