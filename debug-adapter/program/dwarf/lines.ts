import { type Address, createRangeIndex, lastAtOrBelow } from '../addresses.ts';
import * as c from './constants.ts';
import type { LineHeader } from './line-header.ts';
import { DwarfError, Reader } from './reader.ts';

/** The rows of a line number program, as columns. */
export interface LineTable {
  /** Path of a file by the program's number. */
  file(number: number): string | undefined;
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

type Rows = Pick<LineTable, 'addresses' | 'fileNumbers' | 'lines' | 'columns' | 'flags'>;

const emptyRows = (count: number): Rows => ({
  addresses: new Float64Array(count),
  fileNumbers: new Uint32Array(count),
  lines: new Uint32Array(count),
  columns: new Uint32Array(count),
  flags: new Uint8Array(count),
});

function grown(small: Rows): Rows {
  const large = emptyRows(small.lines.length * 2);
  large.addresses.set(small.addresses);
  large.fileNumbers.set(small.fileNumbers);
  large.lines.set(small.lines);
  large.columns.set(small.columns);
  large.flags.set(small.flags);
  return large;
}

/** Where rows are collected, one program after the other: how many there will be is only known at the end. */
let rows = emptyRows(1 << 12);

/**
 * Runs the program (§6.2.5).
 * @param isCode drops sequences of functions that the linker has removed, which it leaves at an address outside of the code
 * @throws DwarfError
 */
export function runLineProgram(header: LineHeader, isCode: (address: Address) => boolean): LineTable {
  const { minimumInstructionLength, lineBase, lineRange, opcodeBase } = header;
  const reader = new Reader(header.sections.line, header.programOffset, header.end);
  /** DW_LNE_define_file */
  const defined: string[] = [];
  let { addresses, fileNumbers, lines, columns, flags } = rows;
  let count = 0;
  const sequences: LineSequence[] = [];
  let first = 0;
  let isAscending = true;

  let address: Address = 0;
  let file = 1;
  let line = 1;
  let column = 0;
  let flag = header.defaultIsStatement ? IS_STATEMENT : 0;

  const emitRow = () => {
    if (count > first && address < addresses[count - 1]) isAscending = false;
    if (count === addresses.length) ({ addresses, fileNumbers, lines, columns, flags } = rows = grown(rows));
    addresses[count] = address;
    fileNumbers[count] = file;
    lines[count] = line;
    columns[count] = column;
    flags[count] = flag;
    count++;
    flag &= IS_STATEMENT;
  };
  const endSequence = () => {
    flag |= END_SEQUENCE;
    emitRow();
    const last = count - 1;
    if (isAscending && address > addresses[first] && isCode(addresses[first])) {
      sequences.push({ low: addresses[first], high: address, first, last });
    } else if (!isAscending && isCode(addresses[first])) {
      sortRows(first, last);
      if (addresses[last] > addresses[first]) sequences.push({ low: addresses[first], high: addresses[last], first, last });
    }
    first = count;
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
        const end = reader.offset + length;
        if (length === 0) break;
        switch (reader.u8()) {
          case c.DW_LNE_end_sequence:
            endSequence();
            break;
          case c.DW_LNE_set_address:
            address = reader.address();
            break;
          case c.DW_LNE_define_file:
            defined.push(reader.string());
            break;
          case c.DW_LNE_set_discriminator:
            break;
        }
        if (reader.offset > end)
          throw new DwarfError(`.debug_line has an extended opcode of ${length} bytes at ${end - length} that needs more`);
        reader.skip(end - reader.offset);
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
    file: fileOf(header, defined),
    addresses: addresses.slice(0, count),
    fileNumbers: fileNumbers.slice(0, count),
    lines: lines.slice(0, count),
    columns: columns.slice(0, count),
    flags: flags.slice(0, count),
    sequences,
    sequenceAt: createRangeIndex(sequences.map((value) => ({ low: value.low, high: value.high, value }))).at,
  };
}

/** A function of its own, which does not hold what the table was made from. */
const fileOf =
  ({ files }: LineHeader, defined: readonly string[]): LineTable['file'] =>
  (number) =>
    files.path(number) ?? defined[number - files.count];

/** The row that holds for `pc`: of several at one address the last. */
export function rowAt(table: LineTable, pc: Address): { readonly row: number; readonly sequence: LineSequence } | undefined {
  const sequence = table.sequenceAt(pc);
  if (sequence === undefined) return undefined;
  const { first, last } = sequence;
  return { row: first + lastAtOrBelow(last - first, (index) => table.addresses[first + index], pc), sequence };
}
