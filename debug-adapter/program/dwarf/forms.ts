import * as c from './constants.ts';
import { DwarfError, type Reader } from './reader.ts';

/** What the size of some forms depends on. */
export interface UnitEncoding {
  readonly version: number;
  readonly offsetSize: 4 | 8;
}

/** Bytes of the forms that have a fixed size; -4 stands for the size of a section offset. Source: §7.5.6. */
const fixedSizes = new Int8Array(0x30).fill(-1);
const OFFSET_SIZED = -4;
for (const [size, forms] of [
  [0, [c.DW_FORM_flag_present, c.DW_FORM_implicit_const]],
  [1, [c.DW_FORM_data1, c.DW_FORM_flag, c.DW_FORM_ref1, c.DW_FORM_strx1, c.DW_FORM_addrx1]],
  [2, [c.DW_FORM_data2, c.DW_FORM_ref2, c.DW_FORM_strx2, c.DW_FORM_addrx2]],
  [3, [c.DW_FORM_strx3, c.DW_FORM_addrx3]],
  [4, [c.DW_FORM_data4, c.DW_FORM_ref4, c.DW_FORM_strx4, c.DW_FORM_addrx4, c.DW_FORM_ref_sup4]],
  [8, [c.DW_FORM_addr, c.DW_FORM_data8, c.DW_FORM_ref8, c.DW_FORM_ref_sig8, c.DW_FORM_ref_sup8]],
  [16, [c.DW_FORM_data16]],
  [OFFSET_SIZED, [c.DW_FORM_strp, c.DW_FORM_sec_offset, c.DW_FORM_line_strp, c.DW_FORM_ref_addr, c.DW_FORM_strp_sup]],
] as const) {
  for (const form of forms) fixedSizes[form] = size;
}

/** Bytes of a value of `form`; `undefined` where the value itself says how many. */
export function sizeOfForm(form: number, { offsetSize }: Pick<UnitEncoding, 'offsetSize'>): number | undefined {
  const size = form < fixedSizes.length ? fixedSizes[form] : -1;
  if (size >= 0) return size;
  return size === OFFSET_SIZED ? offsetSize : undefined;
}

/** Moves `reader` behind a value of `form`. */
export function skipForm(reader: Reader, form: number, encoding: UnitEncoding): void {
  const size = form < fixedSizes.length ? fixedSizes[form] : -1;
  if (size >= 0) reader.skip(size);
  else if (size === OFFSET_SIZED) reader.skip(encoding.offsetSize);
  else skipVariableForm(reader, form, encoding);
}

function skipVariableForm(reader: Reader, form: number, encoding: UnitEncoding): void {
  switch (form) {
    case c.DW_FORM_sdata:
    case c.DW_FORM_udata:
    case c.DW_FORM_ref_udata:
    case c.DW_FORM_strx:
    case c.DW_FORM_addrx:
    case c.DW_FORM_loclistx:
    case c.DW_FORM_rnglistx:
    case c.DW_FORM_GNU_addr_index:
    case c.DW_FORM_GNU_str_index:
      return reader.skipLeb();
    case c.DW_FORM_string:
      return reader.skipString();
    case c.DW_FORM_block1:
      return void reader.skip(reader.u8());
    case c.DW_FORM_block2:
      return void reader.skip(reader.u16());
    case c.DW_FORM_block4:
      return void reader.skip(reader.u32());
    case c.DW_FORM_block:
    case c.DW_FORM_exprloc:
      return void reader.skip(reader.uleb());
    case c.DW_FORM_GNU_ref_alt:
    case c.DW_FORM_GNU_strp_alt:
      return void reader.skip(encoding.offsetSize);
    case c.DW_FORM_indirect: {
      const actual = reader.uleb();
      if (actual === c.DW_FORM_indirect || actual === c.DW_FORM_implicit_const) {
        throw new DwarfError(`${reader.section.name} has form 0x${actual.toString(16)} inside DW_FORM_indirect at ${reader.offset}`);
      }
      return skipForm(reader, actual, encoding);
    }
    default:
      throw new DwarfError(`${reader.section.name} uses the unknown form 0x${form.toString(16)} at ${reader.offset}`);
  }
}
