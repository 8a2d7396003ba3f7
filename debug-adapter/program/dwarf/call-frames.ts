import { type Address, createRangeIndex } from '../addresses.ts';
import type { Expression } from './entries.ts';
import { DwarfError, Reader, readInitialLength, type Section } from './reader.ts';
import { REGISTER_ELR } from './registers.ts';

/** Call frame information (§6.4): how to find the caller's registers at any address. From .debug_frame and .eh_frame alike. */
export interface CallFrames {
  /** The frame description entry that covers `pc`. */
  descriptionAt(pc: Address): FrameDescription | undefined;
  readonly descriptions: readonly FrameDescription[];
}

/** A frame description entry. */
export interface FrameDescription {
  readonly low: Address;
  readonly high: Address;
  readonly common: CommonInformation;
  readonly section: Section;
  readonly instructions: number;
  readonly end: number;
}

/** A common information entry. */
interface CommonInformation {
  readonly codeAlignment: number;
  readonly dataAlignment: number;
  readonly returnAddressRegister: number;
  readonly pointerEncoding: number;
  readonly hasAugmentationData: boolean;
  /** Augmentation `S`: the frame of an interrupted function, not of a call. */
  readonly isSignalFrame: boolean;
  readonly instructions: number;
  readonly end: number;
}

export type CfaRule =
  | { readonly kind: 'register'; readonly register: number; readonly offset: number }
  | { readonly kind: 'expression'; readonly expression: Expression };

/** §6.4.1 */
export type RegisterRule =
  | { readonly kind: 'undefined' | 'same-value' }
  | { readonly kind: 'offset' | 'value-offset'; readonly offset: number }
  | { readonly kind: 'register'; readonly register: number }
  | { readonly kind: 'expression' | 'value-expression'; readonly expression: Expression };

/** One row of the table that the instructions describe; holds for [low, high). */
export interface FrameRow {
  readonly low: Address;
  readonly high: Address;
  readonly cfa: CfaRule | undefined;
  readonly rules: ReadonlyMap<number, RegisterRule>;
  /** AADWARF64 RA_SIGN_STATE: the return address carries a pointer authentication code. */
  readonly isReturnAddressSigned: boolean;
}

const DW_CFA_advance_loc = 0x40;
const DW_CFA_offset = 0x80;
const DW_CFA_restore = 0xc0;
const DW_CFA_nop = 0x00;
const DW_CFA_set_loc = 0x01;
const DW_CFA_advance_loc1 = 0x02;
const DW_CFA_advance_loc2 = 0x03;
const DW_CFA_advance_loc4 = 0x04;
const DW_CFA_offset_extended = 0x05;
const DW_CFA_restore_extended = 0x06;
const DW_CFA_undefined = 0x07;
const DW_CFA_same_value = 0x08;
const DW_CFA_register = 0x09;
const DW_CFA_remember_state = 0x0a;
const DW_CFA_restore_state = 0x0b;
const DW_CFA_def_cfa = 0x0c;
const DW_CFA_def_cfa_register = 0x0d;
const DW_CFA_def_cfa_offset = 0x0e;
const DW_CFA_def_cfa_expression = 0x0f;
const DW_CFA_expression = 0x10;
const DW_CFA_offset_extended_sf = 0x11;
const DW_CFA_def_cfa_sf = 0x12;
const DW_CFA_def_cfa_offset_sf = 0x13;
const DW_CFA_val_offset = 0x14;
const DW_CFA_val_offset_sf = 0x15;
const DW_CFA_val_expression = 0x16;
const DW_CFA_AARCH64_negate_ra_state_with_pc = 0x2c;
const DW_CFA_AARCH64_negate_ra_state = 0x2d;
const DW_CFA_GNU_args_size = 0x2e;
const DW_CFA_GNU_negative_offset_extended = 0x2f;

const DW_EH_PE_omit = 0xff;
const DW_EH_PE_absptr = 0x00;

/** Reads the index of all frame descriptions. A damaged entry is passed over with a note. */
export function readCallFrames(
  sections: readonly Section[],
  isCode: (address: Address) => boolean,
  warn: (note: string) => void,
): CallFrames {
  const descriptions: FrameDescription[] = [];
  for (const section of sections) readSection(section, descriptions, isCode, warn);
  const index = createRangeIndex(descriptions.map((value) => ({ low: value.low, high: value.high, value })));
  return { descriptions, descriptionAt: index.at };
}

/** Bytes of memory. */
export const sizeOfCallFrames = ({ descriptions }: CallFrames): number => descriptions.length * BYTES_OF_DESCRIPTION;
/** With its place in the index. */
const BYTES_OF_DESCRIPTION = 180;

function readSection(
  section: Section,
  descriptions: FrameDescription[],
  isCode: (address: Address) => boolean,
  warn: (note: string) => void,
): void {
  const isEhFrame = section.name === '.eh_frame';
  const commons = new Map<number, CommonInformation>();
  const reader = new Reader(section);
  while (reader.remaining >= 4) {
    const start = reader.offset;
    try {
      const { length, offsetSize } = readInitialLength(reader);
      if (length === 0) continue;
      const idOffset = reader.offset;
      const entry = new Reader(section, idOffset, idOffset + length);
      reader.skip(length);
      const id = entry.sectionOffset(offsetSize);
      const isCommon = isEhFrame ? id === 0 : id === (offsetSize === 4 ? 0xffffffff : Number(0xffffffffffffffffn));
      if (isCommon) continue;
      const commonOffset = isEhFrame ? idOffset - id : id;
      let common = commons.get(commonOffset);
      if (common === undefined) commons.set(commonOffset, (common = readCommon(section, commonOffset)));
      const low = readPointer(entry, common.pointerEncoding, true);
      const size = readPointer(entry, common.pointerEncoding, false);
      if (common.hasAugmentationData) entry.skip(entry.uleb());
      if (size > 0 && isCode(low))
        descriptions.push({ low, high: low + size, common, section, instructions: entry.offset, end: entry.end });
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      warn(`The call frame entry at ${start} of ${section.name} is left out: ${error.message}.`);
      if (reader.offset <= start + 4) return;
    }
  }
}

function readCommon(section: Section, offset: number): CommonInformation {
  const start = new Reader(section, offset);
  const { length, offsetSize } = readInitialLength(start);
  const reader = new Reader(section, start.offset, start.offset + length);
  const id = reader.sectionOffset(offsetSize);
  const expected = section.name === '.eh_frame' ? 0 : offsetSize === 4 ? 0xffffffff : Number(0xffffffffffffffffn);
  if (id !== expected) throw new DwarfError(`its common information at ${offset} is none`);
  const version = reader.u8();
  if (version !== 1 && version !== 3 && version !== 4) throw new DwarfError(`its common information has version ${version}`);
  const augmentation = reader.string();
  if (version >= 4) {
    const addressSize = reader.u8();
    const segmentSelectorSize = reader.u8();
    if (addressSize !== 8 || segmentSelectorSize !== 0)
      throw new DwarfError(`it has addresses of ${addressSize}+${segmentSelectorSize} bytes`);
  }
  const codeAlignment = reader.uleb();
  const dataAlignment = reader.sleb();
  const returnAddressRegister = version === 1 ? reader.u8() : reader.uleb();
  let pointerEncoding = DW_EH_PE_absptr;
  // GNU as writes `S` without `z` into .debug_frame, LLVM's nothing at all; but who returns to ELR was entered by an exception.
  let isSignalFrame = augmentation === 'S' || returnAddressRegister === REGISTER_ELR;
  const hasAugmentationData = augmentation.startsWith('z');
  if (augmentation !== '' && augmentation !== 'S' && !hasAugmentationData)
    throw new DwarfError(`its augmentation "${augmentation}" is unknown`);
  if (hasAugmentationData) {
    const dataEnd = reader.uleb() + reader.offset;
    for (const letter of augmentation.slice(1)) {
      if (letter === 'R') pointerEncoding = reader.u8();
      else if (letter === 'L') reader.u8();
      else if (letter === 'P') readPointer(reader, reader.u8(), true);
      else if (letter === 'S') isSignalFrame = true;
      else if (letter !== 'B' && letter !== 'G') break;
    }
    reader.skip(dataEnd - reader.offset);
  }
  return {
    codeAlignment,
    dataAlignment,
    returnAddressRegister,
    pointerEncoding,
    hasAugmentationData,
    isSignalFrame,
    instructions: reader.offset,
    end: reader.end,
  };
}

/** A pointer in the DW_EH_PE encodings (LSB, "DWARF Exception Header Encoding"). A size ignores what it is relative to. */
function readPointer(reader: Reader, encoding: number, isRelocated: boolean): Address {
  if (encoding === DW_EH_PE_omit) return 0;
  const at = reader.section.address + reader.offset;
  const value = readEncoded(reader, encoding & 0x0f);
  if (!isRelocated) return value;
  if ((encoding & 0x80) !== 0) throw new DwarfError(`pointer encoding 0x${encoding.toString(16)} needs the running program`);
  const relativeTo = encoding & 0x70;
  if (relativeTo === 0x00) return value;
  if (relativeTo === 0x10) return at + value;
  throw new DwarfError(`pointer encoding 0x${encoding.toString(16)} is not used on AArch64`);
}

function readEncoded(reader: Reader, format: number): number {
  switch (format) {
    case 0x00:
    case 0x04:
    case 0x0c:
      return reader.address();
    case 0x01:
      return reader.uleb();
    case 0x02:
      return reader.u16();
    case 0x03:
      return reader.u32();
    case 0x09:
      return reader.sleb();
    case 0x0a:
      return reader.i16();
    case 0x0b:
      return reader.i32();
    default:
      throw new DwarfError(`pointer format 0x${format.toString(16)} is unknown`);
  }
}

/** The row that holds at `pc`. @throws DwarfError */
export function frameRowAt(description: FrameDescription, pc: Address): FrameRow | undefined {
  for (const row of frameRows(description)) if (row.low <= pc && pc < row.high) return row;
  return undefined;
}

/** All rows of a description, ascending (§6.4.2). @throws DwarfError */
export function* frameRows(description: FrameDescription): Generator<FrameRow> {
  const { common, section } = description;
  let cfa: CfaRule | undefined;
  let rules = new Map<number, RegisterRule>();
  let isReturnAddressSigned = false;
  let location = description.low;
  const remembered: { cfa: CfaRule | undefined; rules: Map<number, RegisterRule>; isReturnAddressSigned: boolean }[] = [];
  let initialRules: ReadonlyMap<number, RegisterRule> = new Map();

  const factored = (value: number) => value * common.dataAlignment;
  const cfaRegister = (): { register: number; offset: number } => {
    if (cfa?.kind !== 'register') throw new DwarfError(`${section.name} changes a CFA rule that is not a register and offset`);
    return cfa;
  };
  const restore = (register: number) => {
    const rule = initialRules.get(register);
    if (rule === undefined) rules.delete(register);
    else rules.set(register, rule);
  };

  /** Executes one instruction. @returns where the next row begins, if it ends this one */
  const execute = (reader: Reader): Address | undefined => {
    const readExpression = (): Expression => {
      const length = reader.uleb();
      return { unit: undefined, section, offset: reader.skip(length), length };
    };
    const opcode = reader.u8();
    const operand = opcode & 0x3f;
    switch (opcode & 0xc0) {
      case DW_CFA_advance_loc:
        return location + operand * common.codeAlignment;
      case DW_CFA_offset:
        rules.set(operand, { kind: 'offset', offset: factored(reader.uleb()) });
        return undefined;
      case DW_CFA_restore:
        restore(operand);
        return undefined;
    }
    switch (opcode) {
      case DW_CFA_nop:
        break;
      case DW_CFA_set_loc:
        return readPointer(reader, common.pointerEncoding, true);
      case DW_CFA_advance_loc1:
        return location + reader.u8() * common.codeAlignment;
      case DW_CFA_advance_loc2:
        return location + reader.u16() * common.codeAlignment;
      case DW_CFA_advance_loc4:
        return location + reader.u32() * common.codeAlignment;
      case DW_CFA_offset_extended:
        rules.set(reader.uleb(), { kind: 'offset', offset: factored(reader.uleb()) });
        break;
      case DW_CFA_restore_extended:
        restore(reader.uleb());
        break;
      case DW_CFA_undefined:
        rules.set(reader.uleb(), { kind: 'undefined' });
        break;
      case DW_CFA_same_value:
        rules.set(reader.uleb(), { kind: 'same-value' });
        break;
      case DW_CFA_register:
        rules.set(reader.uleb(), { kind: 'register', register: reader.uleb() });
        break;
      case DW_CFA_remember_state:
        remembered.push({ cfa, rules: new Map(rules), isReturnAddressSigned });
        break;
      case DW_CFA_restore_state: {
        const state = remembered.pop();
        if (state === undefined) throw new DwarfError(`${section.name} restores a state that was never remembered`);
        ({ cfa, rules, isReturnAddressSigned } = state);
        break;
      }
      case DW_CFA_def_cfa:
        cfa = { kind: 'register', register: reader.uleb(), offset: reader.uleb() };
        break;
      case DW_CFA_def_cfa_sf:
        cfa = { kind: 'register', register: reader.uleb(), offset: factored(reader.sleb()) };
        break;
      case DW_CFA_def_cfa_register:
        cfa = { kind: 'register', register: reader.uleb(), offset: cfaRegister().offset };
        break;
      case DW_CFA_def_cfa_offset:
        cfa = { kind: 'register', register: cfaRegister().register, offset: reader.uleb() };
        break;
      case DW_CFA_def_cfa_offset_sf:
        cfa = { kind: 'register', register: cfaRegister().register, offset: factored(reader.sleb()) };
        break;
      case DW_CFA_def_cfa_expression:
        cfa = { kind: 'expression', expression: readExpression() };
        break;
      case DW_CFA_expression:
        rules.set(reader.uleb(), { kind: 'expression', expression: readExpression() });
        break;
      case DW_CFA_val_expression:
        rules.set(reader.uleb(), { kind: 'value-expression', expression: readExpression() });
        break;
      case DW_CFA_offset_extended_sf:
        rules.set(reader.uleb(), { kind: 'offset', offset: factored(reader.sleb()) });
        break;
      case DW_CFA_val_offset:
        rules.set(reader.uleb(), { kind: 'value-offset', offset: factored(reader.uleb()) });
        break;
      case DW_CFA_val_offset_sf:
        rules.set(reader.uleb(), { kind: 'value-offset', offset: factored(reader.sleb()) });
        break;
      case DW_CFA_AARCH64_negate_ra_state:
      case DW_CFA_AARCH64_negate_ra_state_with_pc:
        isReturnAddressSigned = !isReturnAddressSigned;
        break;
      case DW_CFA_GNU_args_size:
        reader.skipLeb();
        break;
      case DW_CFA_GNU_negative_offset_extended:
        rules.set(reader.uleb(), { kind: 'offset', offset: -factored(reader.uleb()) });
        break;
      default:
        throw new DwarfError(`${section.name} has the unknown call frame instruction 0x${opcode.toString(16)} at ${reader.offset - 1}`);
    }
    return undefined;
  };

  const initial = new Reader(section, common.instructions, common.end);
  while (initial.remaining > 0) execute(initial);
  initialRules = new Map(rules);

  const reader = new Reader(section, description.instructions, description.end);
  while (reader.remaining > 0) {
    const next = execute(reader);
    if (next === undefined) continue;
    if (next > location) yield { low: location, high: next, cfa, rules: new Map(rules), isReturnAddressSigned };
    location = next;
  }
  if (description.high > location) yield { low: location, high: description.high, cfa, rules, isReturnAddressSigned };
}
