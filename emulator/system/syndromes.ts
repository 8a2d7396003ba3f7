import type { Pe } from '../pe.ts';
import { EC, FAULT_STATUS } from './exception-classes.ts';
import type { SynchronousException } from './exceptions.ts';
import { loadStoreSyndrome } from './load-store-syndrome.ts';
import type { RegisterEncoding } from './register.ts';

/**
 * One function per synchronous exception: what happened and where it returns. Each is for the instruction at the PC, which has not
 * been changed yet.
 */

/** ISS of a conditional instruction in AArch64 state: CV = 1, COND = always. */
const ALWAYS = (1 << 24) | (0xe << 20);

const exception = (
  ec: number,
  iss: number,
  { faultAddress, intermediateAddress, returnsToNext, target, isDebug }: Partial<SynchronousException> = {},
): SynchronousException => ({ kind: 'synchronous', ec, iss, faultAddress, intermediateAddress, returnsToNext, target, isDebug });

/** UNDEFINED, including an access that the current exception level does not have. */
export const undefinedInstruction = (): SynchronousException => exception(EC.UNKNOWN, 0);
export const illegalExecutionState = (): SynchronousException => exception(EC.ILLEGAL_STATE, 0);

export const supervisorCall = (immediate: number): SynchronousException => exception(EC.SVC, immediate, { returnsToNext: true });
export const hypervisorCall = (immediate: number): SynchronousException => exception(EC.HVC, immediate, { target: 2, returnsToNext: true });
/** SMC trapped by HCR_EL2.TSC: returns to the SMC itself. */
export const trappedSmc = (immediate: number): SynchronousException => exception(EC.SMC, immediate, { target: 2 });
export const softwareBreakpoint = (immediate: number): SynchronousException => exception(EC.BRK, immediate, { isDebug: true });
export const trappedWaitFor = (what: 'wfi' | 'wfe', target: 1 | 2): SynchronousException =>
  exception(EC.WFX, ALWAYS | (what === 'wfe' ? 1 : 0), { target });
export const trappedFloatingPoint = (target: 1 | 2): SynchronousException => exception(EC.FP_ACCESS, ALWAYS, { target });

/** MRS, MSR, SYS or SYSL that traps. `rt` is the general register. */
export const trappedSystemAccess = (
  { op0, op1, crn, crm, op2 }: RegisterEncoding,
  rt: number,
  isRead: boolean,
  target: 1 | 2,
): SynchronousException =>
  exception(EC.SYSTEM_REGISTER, (op0 << 20) | (op2 << 17) | (op1 << 14) | (crn << 10) | (rt << 5) | (crm << 1) | (isRead ? 1 : 0), {
    target,
  });

export const pcAlignmentFault = (pe: Pe): SynchronousException => exception(EC.PC_ALIGNMENT, 0, { faultAddress: pe.pc });
export const spAlignmentFault = (): SynchronousException => exception(EC.SP_ALIGNMENT, 0);

/** What a stage 2 fault adds: it goes to EL2 with the intermediate physical address. */
export interface SecondStageDetails {
  readonly secondStage?: boolean;
  /** It faulted on the address of a stage 1 descriptor. */
  readonly s2fs1walk?: boolean;
  readonly ipa?: number;
}
const S1PTW = 1 << 7;
const ofStage2 = ({ secondStage, ipa }: SecondStageDetails): Partial<SynchronousException> =>
  secondStage ? { target: 2, intermediateAddress: ipa } : {};

/** Instruction fetch at the PC. `faultStatus`: IFSC. */
export const instructionAbort = (pe: Pe, faultStatus: number, stage2: SecondStageDetails = {}): SynchronousException =>
  exception(EC.INSTRUCTION_ABORT, (stage2.s2fs1walk ? S1PTW : 0) | faultStatus, { faultAddress: pe.pc, ...ofStage2(stage2) });

export interface DataAbortDetails extends SecondStageDetails {
  readonly address: bigint;
  /** DFSC */
  readonly faultStatus: number;
  readonly isWrite: boolean;
  /** DC and IC by address, and address translation instructions. */
  readonly isCacheMaintenance?: boolean;
  /** The instruction word of a load or store; absent: something else. */
  readonly instruction?: number;
}
/** ISV and what goes with it are given for stage 2 aborts only, and not for those on a translation table walk. */
export function dataAbort(details: DataAbortDetails): SynchronousException {
  const { address, faultStatus, isWrite, isCacheMaintenance = false, secondStage, s2fs1walk, instruction } = details;
  const instructionSyndrome = secondStage && !s2fs1walk && instruction !== undefined ? loadStoreSyndrome(instruction) : 0;
  const kind = (isCacheMaintenance ? 1 << 8 : 0) | (s2fs1walk ? S1PTW : 0) | (isWrite || isCacheMaintenance ? 1 << 6 : 0);
  return exception(EC.DATA_ABORT, instructionSyndrome | kind | faultStatus, { faultAddress: address, ...ofStage2(details) });
}
export const alignmentFault = (address: bigint, isWrite: boolean): SynchronousException =>
  dataAbort({ address, faultStatus: FAULT_STATUS.ALIGNMENT, isWrite });
/** Nothing answers at the physical address. */
export const externalAbort = (address: bigint, isWrite: boolean): SynchronousException =>
  dataAbort({ address, faultStatus: FAULT_STATUS.EXTERNAL, isWrite });
