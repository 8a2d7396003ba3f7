import { type Address, addressFromBigint } from './addresses.ts';
import { type CallFrames, type CfaRule, type FrameDescription, type FrameRow, frameRowAt, type RegisterRule } from './dwarf/call-frames.ts';
import { bigintFromBytes, evaluateValue, type ExpressionContext, NotAvailable, readMemory } from './dwarf/expressions.ts';
import { isCalleeSaved, REGISTER_ELR, REGISTER_PC, REGISTER_SP } from './dwarf/registers.ts';
import { type FrameByInstructions, frameInEpilogue, frameInPrologue, type InstructionReader } from './frame-instructions.ts';
import type { FrameContext, FrameRegisters, UnwoundFrame } from './program.ts';

/** The canonical frame address of a frame. @throws NotAvailable, DwarfError */
export function computeCfa(frame: FrameContext, callFrames: CallFrames): bigint {
  const row = rowOf(frame, callFrames)?.row;
  if (row?.cfa === undefined) throw new NotAvailable();
  return cfaOf(row.cfa, frame);
}

/** What unwinding knows of the image. */
export interface Code {
  readonly callFrames: CallFrames;
  readonly isCode: (address: Address) => boolean;
  readonly instructionAt: InstructionReader;
}

/**
 * The caller's state, by call frame information (§6.4.4).
 * @returns `undefined` where none covers the frame, or the frame is the outermost
 * @throws NotAvailable if what it needs cannot be read, DwarfError
 */
export function unwindFrame(frame: FrameContext, code: Code): UnwoundFrame | undefined {
  const outside = stateOutside(frame, code);
  if (outside === undefined) return undefined;
  const { isCode } = code;
  const { registers, cfa, isReturnAddressSigned, returnAddressRegister, isSignalFrame, low } = outside;
  const returnAddress = registers.get(returnAddressRegister);
  if (returnAddress === undefined) return undefined;
  const pc = isReturnAddressSigned ? withoutPointerAuthentication(returnAddress, isCode) : returnAddress;
  // A function called by the last instruction of the one before it, which returns no more, has its own entry for a return address.
  const isCalledFromBefore = pc === frame.pc && !isSignalFrame && addressFromBigint(pc - 1n) < low;
  const isStuck = (pc === frame.pc || pc === frame.pc + 1n) && cfa === frame.registers.get(REGISTER_SP) && !isCalledFromBefore;
  if (isStuck || (pc === 0n && !isCode(0))) return undefined;
  registers.set(returnAddressRegister, pc);
  registers.set(REGISTER_PC, pc);
  return { registers, pc, cfa, interrupted: isSignalFrame };
}

/** The registers outside of the frame, whether or not there is a caller to return to. */
export function registersOutside(frame: FrameContext, code: Code): FrameRegisters | undefined {
  return stateOutside(frame, code)?.registers;
}

/** All that a frame's registers may have; they are asked for one by one, since they need not be a list. */
const allRegisters: readonly number[] = [...Array(REGISTER_ELR + 1).keys(), ...Array.from({ length: 32 }, (_, n) => 64 + n)];
const calleeSaved = allRegisters.filter(isCalleeSaved);

interface StateOutside {
  readonly registers: Map<number, bigint>;
  readonly cfa: bigint;
  readonly isReturnAddressSigned: boolean;
  readonly returnAddressRegister: number;
  readonly isSignalFrame: boolean;
  /** Where the code begins that is described. */
  readonly low: Address;
}

function stateOutside(frame: FrameContext, code: Code): StateOutside | undefined {
  const found = rowOf(frame, code.callFrames);
  if (found?.row.cfa === undefined) return undefined;
  const { row, description } = found;
  const { returnAddressRegister, isSignalFrame } = description.common;
  const exact = isSignalFrame ? undefined : byInstructions(frame, row, description, code);
  const cfa = exact?.cfa ?? cfaOf(found.row.cfa, frame);
  const rules: ReadonlyMap<number, RegisterRule> = exact === undefined ? row.rules : new Map();

  const registers = new Map<number, bigint>();
  for (const register of isSignalFrame ? allRegisters : calleeSaved) {
    const value = rules.has(register) ? undefined : frame.registers.get(register);
    if (value !== undefined) registers.set(register, value);
  }
  registers.set(REGISTER_SP, cfa);
  for (const [register, rule] of rules) {
    const value = recover(rule, register, cfa, frame);
    if (value !== undefined) registers.set(register, value);
  }
  for (const [register, address] of exact?.savedAt ?? []) {
    if (isCalleeSaved(register)) registers.set(register, bigintFromBytes(readMemory(frame.memory, address, 8)));
  }
  const { isReturnAddressSigned } = exact ?? row;
  return { registers, cfa, isReturnAddressSigned, returnAddressRegister, isSignalFrame, low: description.low };
}

/** Where a description says nothing of the prologue or epilogue that `pc` is in, their instructions do. */
function byInstructions(
  frame: FrameContext,
  row: FrameRow,
  description: FrameDescription,
  { instructionAt }: Code,
): FrameByInstructions | undefined {
  const pc = addressFromBigint(frame.pc);
  const sp = frame.registers.get(REGISTER_SP);
  const isOutermost = row.rules.get(description.common.returnAddressRegister)?.kind === 'undefined';
  if (sp === undefined || isOutermost || pc % 4 !== 0) return undefined;
  if (isAsAtEntry(row)) return frameInPrologue(description.low, pc, sp, instructionAt);
  const epilogue = frameInEpilogue(description, pc, frame.registers, instructionAt);
  const rowAtReturn = epilogue && frameRowAt(description, epilogue.end);
  return rowAtReturn === undefined || isAsAtEntry(rowAtReturn) ? undefined : epilogue;
}

/** The row of a function that has not built a frame yet, or has taken it down. */
const isAsAtEntry = ({ cfa, rules }: FrameRow): boolean =>
  cfa?.kind === 'register' && cfa.register === REGISTER_SP && cfa.offset === 0 && rules.size === 0;

function rowOf(
  frame: FrameContext,
  callFrames: CallFrames,
): { readonly row: FrameRow; readonly description: FrameDescription } | undefined {
  const pc = addressFromBigint(frame.pc);
  const description = callFrames.descriptionAt(pc);
  const row = description && frameRowAt(description, pc);
  return row && description && { row, description };
}

function cfaOf(rule: CfaRule, frame: FrameContext): bigint {
  if (rule.kind === 'expression') return evaluateValue(rule.expression, contextOf(frame));
  const base = frame.registers.get(rule.register);
  if (base === undefined) throw new NotAvailable();
  return BigInt.asUintN(64, base + BigInt(rule.offset));
}

function recover(rule: RegisterRule, register: number, cfa: bigint, frame: FrameContext): bigint | undefined {
  const load = (address: bigint) => bigintFromBytes(readMemory(frame.memory, address, 8));
  switch (rule.kind) {
    case 'undefined':
      return undefined;
    case 'same-value':
      return frame.registers.get(register);
    case 'offset':
      return load(cfa + BigInt(rule.offset));
    case 'value-offset':
      return BigInt.asUintN(64, cfa + BigInt(rule.offset));
    case 'register':
      return frame.registers.get(rule.register);
    case 'expression':
      return load(evaluateValue(rule.expression, contextOf(frame), [cfa]));
    case 'value-expression':
      return evaluateValue(rule.expression, contextOf(frame), [cfa]);
  }
}

const notAvailable = (): never => {
  throw new NotAvailable();
};

/** Call frame information may use registers and memory, nothing that depends on itself. */
const contextOf = ({ registers, memory }: FrameContext): ExpressionContext => ({
  registers,
  memory,
  frameBase: notAvailable,
  cfa: notAvailable,
  entryValue: notAvailable,
  passedValue: notAvailable,
  located: notAvailable,
  threadLocal: notAvailable,
});

/** Widths of virtual addresses, the usual first: the pointer authentication code takes the bits above. */
const VIRTUAL_ADDRESS_BITS = [48, 52, 47, 42, 39, 36];

/** Bit 55 tells the half of the address space, as in the Arm ARM's `Strip`. The width that leads to code is the one in use. */
function withoutPointerAuthentication(address: bigint, isCode: (address: Address) => boolean): bigint {
  const isUpperHalf = ((address >> 55n) & 1n) === 1n;
  const strip = (bits: number): bigint => {
    const low = BigInt.asUintN(bits, address);
    return isUpperHalf ? BigInt.asUintN(64, low | (-1n << BigInt(bits))) : low;
  };
  const bits = VIRTUAL_ADDRESS_BITS.find((width) => isCode(addressFromBigint(strip(width)) - 4));
  return strip(bits ?? VIRTUAL_ADDRESS_BITS[0]);
}
