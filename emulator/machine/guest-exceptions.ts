import type { EngineExit } from '../engine/engine.ts';
import type { DataFault, MemoryAccess } from '../engine/memory-access.ts';
import type { Tlb } from '../engine/tlb.ts';
import { lockupMessage } from '../lockup.ts';
import type { Pe } from '../pe.ts';
import { EC, FAULT_STATUS } from '../system/exception-classes.ts';
import { type Exception, type SynchronousException, type TakenException, takeException } from '../system/exceptions.ts';
import { stored } from '../system/storage.ts';
import { dataAbort, illegalExecutionState, instructionAbort, pcAlignmentFault, spAlignmentFault } from '../system/syndromes.ts';
import type { CodePages } from './code-pages.ts';
import type { ExceptionStops } from './exception-stops.ts';
import type { Stops } from './stops.ts';
import { high, joined, low } from './words.ts';

/** ESR_ELx.ISS of a data abort: by a write. */
const WNR = 1 << 6;

type Faulting = Extract<EngineExit, 'fault' | 'fetch-fault' | 'sp-alignment' | 'pc-alignment'>;

export const isFaulting = (exit: EngineExit): exit is Faulting =>
  exit === 'fault' || exit === 'fetch-fault' || exit === 'sp-alignment' || exit === 'pc-alignment';

/** Exceptions that the machine takes for a PE. A vector that cannot be executed is where the guest ends. */
export class GuestExceptions {
  private readonly code: CodePages;
  private readonly access: MemoryAccess;
  private readonly tlb: Tlb;
  private readonly stops: Stops;
  private readonly wanted: ExceptionStops;

  constructor(code: CodePages, access: MemoryAccess, tlb: Tlb, stops: Stops, wanted: ExceptionStops) {
    this.code = code;
    this.access = access;
    this.tlb = tlb;
    this.stops = stops;
    this.wanted = wanted;
  }

  /** What the instruction at the PC leads to. */
  of(pe: Pe, exit: Faulting): Exception {
    switch (exit) {
      case 'sp-alignment':
        return spAlignmentFault();
      case 'pc-alignment':
        return pcAlignmentFault(pe);
      case 'fetch-fault': {
        const translation = this.code.translate(pe, pe.pc, 'execute', pe.state.exceptionLevel);
        return translation.kind === 'fault'
          ? instructionAbort(pe, translation.status, translation)
          : instructionAbort(pe, FAULT_STATUS.EXTERNAL);
      }
      default: {
        const fault = this.access.fault as DataFault;
        return dataAbort({ ...fault, faultStatus: fault.status, instruction: fault.secondStage ? this.code.instruction(pe) : undefined });
      }
    }
  }
  /** What the instruction at the PC leads to while PSTATE.IL is 1: what is wrong with its address goes first. */
  ofIllegalState(pe: Pe): Exception {
    if (pe.pcLow & 3) return pcAlignmentFault(pe);
    return this.code.instruction(pe) === undefined ? this.of(pe, 'fetch-fault') : illegalExecutionState();
  }
  take(pe: Pe, exception: Exception): void {
    const pc = pe.pc;
    const from = pe.state.exceptionLevel;
    const isAtVector = this.taken(pe, high(pc), low(pc), from, exception.kind, takeException(pe, exception));
    if (isAtVector && this.stops.conditions.nothingThere && exception.kind === 'synchronous')
      this.tellNothingThere(pe, pc, from, exception);
  }
  /** Also of a guest that takes it for a device which is not there, and goes on: it may have expected one. */
  private tellNothingThere(pe: Pe, pc: bigint, from: number, { ec, iss, faultAddress: address }: SynchronousException): void {
    const isAbort = ec === EC.DATA_ABORT || ec === EC.INSTRUCTION_ABORT;
    if (!isAbort || (iss & 0x3f) !== FAULT_STATUS.EXTERNAL || address === undefined) return;
    const found = this.code.translate(pe, address, 'any', from);
    if (found.kind === 'fault') return;
    const access = ec === EC.INSTRUCTION_ABORT ? 'execute' : iss & WNR ? 'write' : 'read';
    const physical = BigInt(found.physicalPage) + (address & 0xfffn);
    this.stops.tellNothingThere({ kind: 'nothing-there', pe: pe.index, pc, access, address, physical });
  }
  /**
   * The PE is at the vector. @param from at which exception level the exception was taken, at the PC of these halves
   * @returns whether the vector can be executed
   */
  taken(pe: Pe, pcHigh: number, pcLow: number, from: number, type: Exception['kind'], taken: TakenException): boolean {
    if (this.wanted.areWanted) this.wanted.taken(pe, joined(pcHigh, pcLow), from, type, taken.target);
    return this.checkVector(pe, pcHigh, pcLow, from, taken);
  }
  private checkVector(pe: Pe, pcHigh: number, pcLow: number, from: number, { target, vectorHigh, vectorLow }: TakenException): boolean {
    if (this.tlb.findFetch(pe.index, target, vectorHigh, vectorLow)) return true;
    const vector = joined(vectorHigh, vectorLow);
    if (this.code.at(pe, vector)) return true;
    const pc = joined(pcHigh, pcLow);
    const esr = stored(pe, target === 2 ? 'ESR_EL2' : 'ESR_EL1');
    const word = this.code.instruction(pe, pc, from);
    const message = lockupMessage({ pc, from, word, esr, vector, target });
    this.stops.push({ kind: 'lockup', pe: pe.index, pc, vector, esr, message });
    return false;
  }
}
