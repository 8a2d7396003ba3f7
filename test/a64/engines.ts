import { BigIntEngine } from './bigint-engine.ts';
import { InterpreterEngine } from './interpreter-engine.ts';

/** What instruction tests can set and see of a PE. */
export interface CpuState {
  /** X0-X30, unsigned. */
  x: bigint[];
  sp: bigint;
  pc: bigint;
  /** PSTATE.NZCV in bits 3:0. */
  nzcv: number;
  /** V0-V31, unsigned. */
  v: bigint[];
  fpcr: number;
  fpsr: number;
}

export interface Region {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/**
 * How a short run ended: `executed`: the PC left its words; else at an instruction that was not executed:
 * the machine's (`host`), UNDEFINED, not implemented, or a faulting access.
 */
export type Ending = 'executed' | 'host' | 'undefined' | 'unimplemented' | 'fault';

export interface Outcome {
  readonly ending: Ending;
  readonly state: CpuState;
  /** Bytes that differ from before, by ascending address. */
  readonly written: readonly (readonly [address: bigint, byte: number])[];
}

/** One way to execute A64 instructions. Every run starts from the regions as loaded. */
export interface Engine {
  readonly name: string;
  load(regions: readonly Region[]): void;
  /** Places the words at `before.pc` (in a loaded region) and executes until the PC leaves them. */
  run(words: readonly number[], before: CpuState): Outcome;
}

export const engines: readonly (() => Engine)[] = [
  () => new BigIntEngine(),
  () => new InterpreterEngine('fast'),
  () => new InterpreterEngine('exact'),
  () => new InterpreterEngine('translated'),
];
