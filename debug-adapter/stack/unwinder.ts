import type { Images } from '../images.ts';
import type { FrameRegisters, MemoryReader } from '../program/program.ts';

/** DWARF register numbers (AADWARF64). */
export const X18 = 18;
export const FP = 29;
export const LR = 30;
export const SP = 31;
export const PC = 32;
/** ELR of the current exception level: the return address of code that an exception entered. */
export const ELR = 33;

/** One activation of code: what its registers hold while it waits, or now if it is the innermost. */
export interface CodeFrame {
  readonly registers: FrameRegisters;
  readonly pc: bigint;
  /** Inside the instruction that is being executed: `pc` if it is about to be executed, else in the call before the return address. */
  readonly lookupPc: bigint;
}

export interface CallerFrame extends CodeFrame {
  /** CFA of the frame whose caller this is. */
  readonly frameCfa?: bigint;
  /** The frame below was not called but interrupted this one. */
  readonly interrupted?: boolean;
}

/** The frame of a PE that is about to execute `pc`. */
export const frameAt = (registers: FrameRegisters, pc: bigint): CodeFrame => ({ registers, pc, lookupPc: pc });

/**
 * The caller's frame: by call frame information, else by the frame record X29 points at, else, in code that is about to be executed
 * and has neither, by the link register. `undefined`: the stack ends here.
 */
export function callerOf(frame: CodeFrame, images: Images, memory: MemoryReader): CallerFrame | undefined {
  const program = images.at(frame.lookupPc)?.program;
  const caller = program?.hasCallFrameInformation(frame.lookupPc)
    ? callerByCfi(frame, images, memory)
    : callerByFrameRecord(frame, images, memory);
  return caller?.pc === 0n ? undefined : caller;
}

/** By call frame information alone: `undefined` where there is none or where it says that the stack ends. */
export function callerByCfi(frame: CodeFrame, images: Images, memory: MemoryReader): CallerFrame | undefined {
  const unwound = images.at(frame.lookupPc)?.program.unwind({ registers: frame.registers, memory, pc: frame.lookupPc });
  if (unwound === undefined) return undefined;
  const { pc, cfa, interrupted = false } = unwound;
  const registers = interrupted ? unwound.registers : keepElr(frame, unwound.registers);
  return { registers, pc, lookupPc: interrupted ? pc : pc - 1n, frameCfa: cfa, interrupted };
}

/** Calls leave ELR alone, which no procedure call standard speaks of. */
function keepElr(frame: CodeFrame, registers: FrameRegisters): FrameRegisters {
  const elr = frame.registers.get(ELR);
  return elr === undefined ? registers : new Map(registers).set(ELR, elr);
}

/** The registers outside of `frame`, which nobody called: what its entry found. Without call frame information, those it has now. */
export function registersOutside(frame: CodeFrame, images: Images, memory: MemoryReader): FrameRegisters {
  const program = images.at(frame.lookupPc)?.program;
  return program?.callerRegisters({ registers: frame.registers, memory, pc: frame.lookupPc }) ?? frame.registers;
}

function callerByFrameRecord(frame: CodeFrame, images: Images, memory: MemoryReader): CallerFrame | undefined {
  const { registers } = frame;
  const sp = registers.get(SP);
  const fp = registers.get(FP);
  const lr = registers.get(LR);
  const isExecuting = frame.pc === frame.lookupPc;
  const record = fp !== undefined && fp !== 0n && fp % 8n === 0n && (sp === undefined || fp >= sp) ? readPair(memory, fp) : undefined;

  // A function that has no frame record of its own yet (or never): LR still holds the return address, X29 is the caller's.
  if (isExecuting && lr !== undefined && lr !== record?.[1] && isCodeElsewhere(lr, frame, images)) {
    return { registers: new Map(registers).set(PC, lr), pc: lr, lookupPc: lr - 1n, ...(sp === undefined ? {} : { frameCfa: sp }) };
  }
  if (record === undefined || fp === undefined) return undefined;
  const [callerFp, returnAddress] = record;
  if (returnAddress === 0n || (callerFp !== 0n && callerFp <= fp) || images.at(returnAddress) === undefined) return undefined;
  const caller = new Map(registers);
  for (let register = 0; register <= 18; register++) caller.delete(register);
  caller
    .set(FP, callerFp)
    .set(LR, returnAddress)
    .set(SP, fp + 16n)
    .set(PC, returnAddress);
  return { registers: caller, pc: returnAddress, lookupPc: returnAddress - 1n, frameCfa: fp + 16n };
}

/** The link register is a return address only if it leads to another function: within its own, a call has already used it. */
function isCodeElsewhere(lr: bigint, frame: CodeFrame, images: Images): boolean {
  const there = images.symbolAt(lr - 1n);
  const here = images.symbolAt(frame.lookupPc);
  return there !== undefined && lr % 4n === 0n && (here === undefined || there.name !== here.name);
}

function readPair(memory: MemoryReader, address: bigint): [bigint, bigint] | undefined {
  const bytes = memory(address, 16);
  if (bytes.length < 16) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  return [view.getBigUint64(0, true), view.getBigUint64(8, true)];
}
