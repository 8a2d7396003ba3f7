import { joinPath } from '../source-paths.ts';
import * as c from './constants.ts';
import type { FileNameSearch } from './file-name-search.ts';
import { skipForm } from './forms.ts';
import { DwarfError, Reader, readInitialLength, type Section } from './reader.ts';
import type { DebugSections } from './units.ts';

/** Header of a line number program (§6.2.4): which files it speaks of and how to run it. */
export interface LineHeader {
  readonly sections: DebugSections;
  readonly files: LineFiles;
  readonly programOffset: number;
  readonly end: number;
  readonly minimumInstructionLength: number;
  readonly defaultIsStatement: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly standardOpcodeLengths: readonly number[];
}

/** The files of a line number program by its numbers, from 0 in version 5, from 1 before. Paths are put together when asked for. */
export interface LineFiles {
  readonly count: number;
  /** `undefined`: there is no file of that number. */
  path(file: number): string | undefined;
  /** MD5 of what was compiled, in hexadecimal, where the compiler has noted it. */
  digest(file: number): string | undefined;
  /** Those whose path ends in a name. */
  named(search: FileNameSearch): readonly number[];
}

/** A string where it stands; absent section: one of a form that needs a unit, which is empty here. */
interface FileName {
  readonly section: Section | undefined;
  readonly offset: number;
}

/** Entries as the header lists them, each in all columns. */
interface FileColumns {
  /** Where all names stand. */
  section: Section | undefined;
  readonly names: number[];
  readonly directories: number[];
  /** Offsets in .debug_line; empty: there are none. */
  readonly digests: number[];
}

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
  return {
    sections,
    files: version >= 5 ? readFilesV5() : readFilesV4(),
    programOffset,
    end: body.end,
    minimumInstructionLength,
    defaultIsStatement,
    lineBase,
    lineRange,
    opcodeBase,
    standardOpcodeLengths,
  };

  /** `directories` begins with the compilation directory, and file 0 is the unit itself. */
  function readFilesV4(): LineFiles {
    const columns: FileColumns = { section: sections.line, names: [-1], directories: [0], digests: [] };
    const directories = [-1];
    for (let at = inlineString(); at !== undefined; at = inlineString()) directories.push(at);
    for (let at = inlineString(); at !== undefined; at = inlineString()) {
      columns.names.push(at);
      columns.directories.push(names.uleb());
      names.skipLeb();
      names.skipLeb();
    }
    return filesOf(columns, sections.line, directories, '');
  }
  /** `undefined`: the empty string that ends a list. */
  function inlineString(): number | undefined {
    const at = names.offset;
    names.skipString();
    return names.offset === at + 1 ? undefined : at;
  }

  function readFilesV5(): LineFiles {
    const directories = readEntriesV5();
    return filesOf(readEntriesV5(), directories.section, directories.names, compilationDirectory);
  }

  /** directories or file_names: a list of formats, then entries in that format. */
  function readEntriesV5(): FileColumns {
    const formats = Array.from({ length: names.u8() }, () => ({ content: names.uleb(), form: names.uleb() }));
    const count = names.uleb();
    if (count > names.remaining) throw new DwarfError(`the line table at ${offset} announces ${count} names in ${names.remaining} bytes`);
    const columns: FileColumns = { section: undefined, names: [], directories: [], digests: [] };
    for (let index = 0; index < count; index++) {
      let directory = 0;
      columns.names.push(-1);
      for (const { content, form } of formats) {
        if (content === c.DW_LNCT_path) {
          const name = readName(form);
          columns.section = name.section;
          columns.names[index] = name.offset;
        } else if (content === c.DW_LNCT_directory_index) directory = readIndex(names, form);
        else if (content === c.DW_LNCT_MD5 && form === c.DW_FORM_data16) columns.digests[index] = names.skip(16);
        else skipForm(names, form, { version, offsetSize });
      }
      columns.directories.push(directory);
    }
    return columns;
  }
  function readName(form: number): FileName {
    switch (form) {
      case c.DW_FORM_line_strp:
        return inTable(sections.lineStr, names.sectionOffset(offsetSize));
      case c.DW_FORM_strp:
        return inTable(sections.str, names.sectionOffset(offsetSize));
      case c.DW_FORM_string: {
        const at = names.offset;
        names.skipString();
        return { section: sections.line, offset: at };
      }
      default:
        skipForm(names, form, { version, offsetSize });
        return { section: undefined, offset: -1 };
    }
  }

  function inTable(section: Section, at: number): FileName {
    if (at >= section.bytes.length)
      throw new DwarfError(`the line table at ${offset} has a name at ${at} of ${section.name}, beyond its end`);
    return { section, offset: at };
  }

  /** @param noDirectory of a directory that there is none of */
  function filesOf(
    { section, names: nameOffsets, directories: directoryOf, digests }: FileColumns,
    directorySection: Section | undefined,
    directoryOffsets: readonly number[],
    noDirectory: string,
  ): LineFiles {
    const paths: (string | undefined)[] = [];
    const directories: string[] = [];
    const textAt = (from: Section | undefined, at: number) => (from === undefined || at < 0 ? '' : stringAt(from, at));
    const directory = (index: number): string => {
      if (index >= directoryOffsets.length) return noDirectory;
      directories[index] ??= joinPath(compilationDirectory, textAt(directorySection, directoryOffsets[index]));
      return directories[index];
    };
    const isUnit = (file: number) => version < 5 && file === 0;
    const path = (file: number): string | undefined => {
      if (!(file >= 0 && file < nameOffsets.length)) return undefined;
      if (isUnit(file)) return unitName === '' ? undefined : joinPath(compilationDirectory, unitName);
      paths[file] ??= joinPath(directory(directoryOf[file]), textAt(section, nameOffsets[file]));
      return paths[file];
    };
    return {
      count: nameOffsets.length,
      path,
      digest(file) {
        const at = digests[file];
        return at === undefined ? undefined : hexadecimal(new Reader(sections.line, at).bytes(16));
      },
      named(search) {
        const found: number[] = [];
        for (let file = 0; file < nameOffsets.length; file++) {
          if (isUnit(file) ? search.matches(unitName) : section !== undefined && search.matchesAt(section, nameOffsets[file]))
            found.push(file);
        }
        return found;
      },
    };
  }
}

/** The last string of a damaged table has no end: that is one without letters. */
function stringAt(section: Section, offset: number): string {
  try {
    return new Reader(section, offset).string();
  } catch (error) {
    if (error instanceof DwarfError) return '';
    throw error;
  }
}

const hexadecimal = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

function readIndex(reader: Reader, form: number): number {
  if (form === c.DW_FORM_udata) return reader.uleb();
  if (form === c.DW_FORM_data1) return reader.u8();
  if (form === c.DW_FORM_data2) return reader.u16();
  throw new DwarfError(`a line table has a directory index in form 0x${form.toString(16)}`);
}
