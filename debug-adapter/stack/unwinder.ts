import type { Images } from '../images.ts';
import type { FrameRegisters, MemoryReader } from '../program/program.ts';
import { calls, entryBefore, registersAtEntry } from './prologue.ts';
import { ELR, FP, LR, PC, SP } from './registers.ts';

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
 * The caller's frame: by call frame information, else by what the instructions since the function's entry have done, else by the frame
 * record X29 points at. `undefined`: the stack ends here.
 */
export function callerOf(frame: CodeFrame, images: Images, memory: MemoryReader): CallerFrame | undefined {
  const program = images.at(frame.lookupPc)?.program;
  const caller = program?.hasCallFrameInformation(frame.lookupPc)
    ? callerByCfi(frame, images, memory)
    : (callerByPrologue(frame, images, memory) ?? callerByFrameRecord(frame, images, memory));
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

/** The registers outside of `frame`, which nobody called: what its entry found. */
export function registersOutside(frame: CodeFrame, images: Images, memory: MemoryReader): FrameRegisters {
  const program = images.at(frame.lookupPc)?.program;
  const byCfi = program?.callerRegisters({ registers: frame.registers, memory, pc: frame.lookupPc });
  return byCfi ?? withoutCfi(frame, images, memory) ?? frame.registers;
}

function withoutCfi(frame: CodeFrame, images: Images, memory: MemoryReader): FrameRegisters | undefined {
  const entry = codeStart(frame.lookupPc, images);
  return entry === undefined ? undefined : registersAtEntry(entry, frame.pc, frame.registers, memory);
}

/** Where the function around an address begins, else the label before it: labels inside of a function are none of its beginnings. */
export function codeStart(address: bigint, images: Images): bigint | undefined {
  const range = images.functionAt(address)?.ranges.find(({ low, high }) => low <= address && address < high);
  if (range !== undefined) return range.low;
  const symbol = images.symbolAt(address);
  return symbol && address - symbol.offset;
}

function callerByPrologue(frame: CodeFrame, images: Images, memory: MemoryReader): CallerFrame | undefined {
  const isNamed = images.symbolAt(frame.lookupPc) !== undefined;
  const found = isNamed ? withoutCfi(frame, images, memory) : (outsideUnnamed(frame, memory) ?? frame.registers);
  const returnAddress = found?.get(LR);
  if (found === undefined || returnAddress === undefined) return undefined;
  const isKnown = isNamed || found !== frame.registers;
  const isCaller = isCodeElsewhere(returnAddress, frame, images) || (isKnown && followsCall(returnAddress, memory));
  return isCaller ? calledFrom(returnAddress, found) : undefined;
}

/** Code that no symbol names (a module): the nearest frame record made before `pc` is its own if X30 is still what it holds, or comes from a call since. */
function outsideUnnamed({ pc, registers }: CodeFrame, memory: MemoryReader): FrameRegisters | undefined {
  const entry = entryBefore(pc, memory);
  const found = entry === undefined ? undefined : registersAtEntry(entry, pc, registers, memory);
  const lr = registers.get(LR);
  if (entry === undefined || found === undefined || lr === undefined) return undefined;
  return lr === found.get(LR) || (lr > entry && lr <= pc + LONGEST_FUNCTION) ? found : undefined;
}
const LONGEST_FUNCTION = 0x1000n;

function callerByFrameRecord({ registers }: CodeFrame, images: Images, memory: MemoryReader): CallerFrame | undefined {
  const fp = registers.get(FP);
  const sp = registers.get(SP);
  if (fp === undefined || fp === 0n || fp % 8n !== 0n || (sp !== undefined && fp < sp)) return undefined;
  const bytes = memory(fp, 16);
  if (bytes.length < 16) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const [callerFp, returnAddress] = [view.getBigUint64(0, true), view.getBigUint64(8, true)];
  if (returnAddress === 0n || (callerFp !== 0n && callerFp <= fp) || images.at(returnAddress) === undefined) return undefined;
  const found = new Map(registers).set(FP, callerFp).set(LR, returnAddress);
  return calledFrom(returnAddress, found.set(SP, fp + 16n));
}

/** The caller's registers: those that a call may change are not known any more. */
function calledFrom(returnAddress: bigint, found: FrameRegisters): CallerFrame {
  const registers = new Map(found).set(PC, returnAddress);
  for (let register = 0; register < 18; register++) registers.delete(register);
  const frameCfa = found.get(SP);
  return { registers, pc: returnAddress, lookupPc: returnAddress - 1n, ...(frameCfa === undefined ? {} : { frameCfa }) };
}

/** Before the address is BL or BLR. */
function followsCall(address: bigint, memory: MemoryReader): boolean {
  const bytes = memory(address - 4n, 4);
  if (bytes.length < 4) return false;
  const word = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  return calls(word);
}

/** A return address leads to another function: one that leads into its own function is left from a call it has made. */
function isCodeElsewhere(address: bigint, frame: CodeFrame, images: Images): boolean {
  const there = codeStart(address - 1n, images);
  return there !== undefined && address % 4n === 0n && there !== codeStart(frame.lookupPc, images);
}
