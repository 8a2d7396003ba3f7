import { type Address, createRangeIndex, lastAtOrBelow } from '../addresses.ts';
import { joinPath } from '../source-paths.ts';
import * as c from './constants.ts';
import { readStringForm } from './entries.ts';
import { skipForm } from './forms.ts';
import { DwarfError, Reader, readInitialLength } from './reader.ts';
import type { DebugSections } from './units.ts';

/** Header of a line number program (§6.2.4): which files it speaks of and how to run it. */
export interface LineHeader {
  readonly sections: DebugSections;
  /** Paths by the program's file numbers; from 0 in version 5, from 1 before. */
  readonly files: readonly (string | undefined)[];
  /** MD5 digests in hexadecimal of what was compiled, by path, where the compiler has noted them. */
  readonly digests: ReadonlyMap<string, string>;
  readonly programOffset: number;
  readonly end: number;
  readonly minimumInstructionLength: number;
  readonly defaultIsStatement: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly standardOpcodeLengths: readonly number[];
}

/** The rows of a line number program, as columns. */
export interface LineTable {
  readonly files: readonly (string | undefined)[];
  readonly addresses: Float64Array;
  readonly fileNumbers: Uint32Array;
  readonly lines: Uint32Array;
  readonly columns: Uint32Array;
  readonly flags: Uint8Array;
  readonly sequences: readonly LineSequence[];
  sequenceAt(pc: Address): LineSequence | undefined;
}

/** Rows [first, last] cover [low, high) without a gap; row `last` is the end_sequence row at `high`. */
export interface LineSequence {
  readonly low: Address;
  readonly high: Address;
  readonly first: number;
  readonly last: number;
}

export const IS_STATEMENT = 1;
export const PROLOGUE_END = 2;
export const END_SEQUENCE = 4;

/** @throws DwarfError */
export function readLineHeader(sections: DebugSections, offset: number, compilationDirectory: string, unitName: string): LineHeader {
  const reader = new Reader(sections.line, offset);
  const { length, offsetSize } = readInitialLength(reader);
  const body = new Reader(sections.line, reader.offset, reader.offset + length);
  const version = body.u16();
  if (version < 2 || version > 5) throw new DwarfError(`the line table at ${offset} has version ${version}, versions 2 to 5 can be read`);
  if (version >= 5) {
    const addressSize = body.u8();
    if (addressSize !== 8) throw new DwarfError(`the line table at ${offset} has addresses of ${addressSize} bytes`);
    body.u8();
  }
  const headerLength = body.sectionOffset(offsetSize);
  const programOffset = body.offset + headerLength;
  const minimumInstructionLength = body.u8();
  if (version >= 4) body.u8();
  const defaultIsStatement = body.u8() !== 0;
  const lineBase = body.i8();
  const lineRange = body.u8();
  if (lineRange === 0) throw new DwarfError(`the line table at ${offset} has a line_range of 0`);
  const opcodeBase = body.u8();
  const standardOpcodeLengths = Array.from({ length: Math.max(opcodeBase - 1, 0) }, () => body.u8());
  if (programOffset > body.end) throw new DwarfError(`the line table at ${offset} has the header_length ${headerLength}, beyond its end`);
  const names = new Reader(sections.line, body.offset, programOffset);
  const digests = new Map<string, string>();
  const files = version >= 5 ? readFilesV5(names) : readFilesV4(names);
  return {
    sections,
    files,
    digests,
    programOffset,
    end: body.end,
    minimumInstructionLength,
    defaultIsStatement,
    lineBase,
    lineRange,
    opcodeBase,
    standardOpcodeLengths,
  };

  function readFilesV4(names: Reader): (string | undefined)[] {
    const directories = [compilationDirectory];
    for (let directory = names.string(); directory !== ''; directory = names.string())
      directories.push(joinPath(compilationDirectory, directory));
    const paths: (string | undefined)[] = [unitName === '' ? undefined : joinPath(compilationDirectory, unitName)];
    for (let name = names.string(); name !== ''; name = names.string()) {
      paths.push(joinPath(directories[names.uleb()] ?? '', name));
      names.skipLeb();
      names.skipLeb();
    }
    return paths;
  }

  function readFilesV5(names: Reader): string[] {
    const directories = readEntriesV5(names).map(({ path }) => joinPath(compilationDirectory, path));
    return readEntriesV5(names).map(({ path, directory, digest }) => {
      const file = joinPath(directories[directory] ?? compilationDirectory, path);
      if (digest !== undefined) digests.set(file, digest);
      return file;
    });
  }

  /** directories or file_names: a list of formats, then entries in that format. */
  function readEntriesV5(names: Reader): { readonly path: string; readonly directory: number; readonly digest?: string }[] {
    const formats = Array.from({ length: names.u8() }, () => ({ content: names.uleb(), form: names.uleb() }));
    const count = names.uleb();
    if (count > names.remaining) throw new DwarfError(`the line table at ${offset} announces ${count} names in ${names.remaining} bytes`);
    const entries = [];
    for (let index = 0; index < count; index++) {
      let path = '';
      let directory = 0;
      let digest: string | undefined;
      for (const { content, form } of formats) {
        if (content === c.DW_LNCT_path) path = readStringForm(names, form, sections, offsetSize, () => undefined) ?? '';
        else if (content === c.DW_LNCT_directory_index) directory = readIndex(names, form);
        else if (content === c.DW_LNCT_MD5 && form === c.DW_FORM_data16) digest = hexadecimal(names.bytes(16));
        else skipForm(names, form, { version, offsetSize });
      }
      entries.push({ path, directory, ...(digest === undefined ? {} : { digest }) });
    }
    return entries;
  }
}

const hexadecimal = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

function readIndex(reader: Reader, form: number): number {
  if (form === c.DW_FORM_udata) return reader.uleb();
  if (form === c.DW_FORM_data1) return reader.u8();
  if (form === c.DW_FORM_data2) return reader.u16();
  throw new DwarfError(`a line table has a directory index in form 0x${form.toString(16)}`);
}

/**
 * Runs the program (§6.2.5).
 * @param isCode drops sequences of functions that the linker has removed, which it leaves at an address outside of the code
 * @throws DwarfError
 */
export function runLineProgram(header: LineHeader, isCode: (address: Address) => boolean): LineTable {
  const { minimumInstructionLength, lineBase, lineRange, opcodeBase } = header;
  const reader = new Reader(header.sections.line, header.programOffset, header.end);
  const files = [...header.files];
  const addresses: number[] = [];
  const fileNumbers: number[] = [];
  const lines: number[] = [];
  const columns: number[] = [];
  const flags: number[] = [];
  const sequences: LineSequence[] = [];
  let first = 0;
  let isAscending = true;

  let address: Address = 0;
  let file = 1;
  let line = 1;
  let column = 0;
  let flag = header.defaultIsStatement ? IS_STATEMENT : 0;

  const emitRow = () => {
    if (addresses.length > first && address < addresses[addresses.length - 1]) isAscending = false;
    addresses.push(address);
    fileNumbers.push(file);
    lines.push(line);
    columns.push(column);
    flags.push(flag);
    flag &= IS_STATEMENT;
  };
  const endSequence = () => {
    flag |= END_SEQUENCE;
    emitRow();
    const last = addresses.length - 1;
    if (isAscending && address > addresses[first] && isCode(addresses[first])) {
      sequences.push({ low: addresses[first], high: address, first, last });
    } else if (!isAscending && isCode(addresses[first])) {
      sortRows(first, last);
      if (addresses[last] > addresses[first]) sequences.push({ low: addresses[first], high: addresses[last], first, last });
    }
    first = addresses.length;
    isAscending = true;
    address = 0;
    file = 1;
    line = 1;
    column = 0;
    flag = header.defaultIsStatement ? IS_STATEMENT : 0;
  };
  const sortRows = (from: number, endRow: number) => {
    const order = Array.from({ length: endRow - from }, (_, index) => from + index).sort((a, b) => addresses[a] - addresses[b] || a - b);
    for (const values of [addresses, fileNumbers, lines, columns, flags]) {
      const sorted = order.map((index) => values[index]);
      for (let index = 0; index < sorted.length; index++) values[from + index] = sorted[index];
    }
  };

  while (reader.remaining > 0) {
    const opcode = reader.u8();
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      address += Math.floor(adjusted / lineRange) * minimumInstructionLength;
      line += lineBase + (adjusted % lineRange);
      emitRow();
      continue;
    }
    switch (opcode) {
      case 0: {
        const length = reader.uleb();
        const extended = new Reader(reader.section, reader.offset, reader.offset + length);
        reader.skip(length);
        if (length === 0) break;
        switch (extended.u8()) {
          case c.DW_LNE_end_sequence:
            endSequence();
            break;
          case c.DW_LNE_set_address:
            address = extended.address();
            break;
          case c.DW_LNE_define_file:
            files.push(extended.string());
            break;
          case c.DW_LNE_set_discriminator:
            break;
        }
        break;
      }
      case c.DW_LNS_copy:
        emitRow();
        break;
      case c.DW_LNS_advance_pc:
        address += reader.uleb() * minimumInstructionLength;
        break;
      case c.DW_LNS_advance_line:
        line += reader.sleb();
        break;
      case c.DW_LNS_set_file:
        file = reader.uleb();
        break;
      case c.DW_LNS_set_column:
        column = reader.uleb();
        break;
      case c.DW_LNS_negate_stmt:
        flag ^= IS_STATEMENT;
        break;
      case c.DW_LNS_set_basic_block:
      case c.DW_LNS_set_epilogue_begin:
        break;
      case c.DW_LNS_const_add_pc:
        address += Math.floor((255 - opcodeBase) / lineRange) * minimumInstructionLength;
        break;
      case c.DW_LNS_fixed_advance_pc:
        address += reader.u16();
        break;
      case c.DW_LNS_set_prologue_end:
        flag |= PROLOGUE_END;
        break;
      case c.DW_LNS_set_isa:
        reader.skipLeb();
        break;
      default:
        for (let count = header.standardOpcodeLengths[opcode - 1]; count > 0; count--) reader.skipLeb();
    }
  }
  return {
    files,
    addresses: Float64Array.from(addresses),
    fileNumbers: Uint32Array.from(fileNumbers),
    lines: Uint32Array.from(lines),
    columns: Uint32Array.from(columns),
    flags: Uint8Array.from(flags),
    sequences,
    sequenceAt: createRangeIndex(sequences.map((value) => ({ low: value.low, high: value.high, value }))).at,
  };
}

/** The row that holds for `pc`: of several at one address the last. */
export function rowAt(table: LineTable, pc: Address): { readonly row: number; readonly sequence: LineSequence } | undefined {
  const sequence = table.sequenceAt(pc);
  if (sequence === undefined) return undefined;
  const { first, last } = sequence;
  return { row: first + lastAtOrBelow(last - first, (index) => table.addresses[first + index], pc), sequence };
}
