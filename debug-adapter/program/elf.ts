import { decompressGnuSection, decompressSection } from './compressed-section.ts';
import { type Address, bigintFromAddress } from './addresses.ts';
import { createBoundedCache } from './bounded-cache.ts';
import { type FileBytes, type PartOfFile, partOf } from './file-bytes.ts';
import { ProgramError } from './program.ts';
import { decodeString } from './strings.ts';
import { readSymbolTable, type SymbolTable } from './symbol-table.ts';

/** An AArch64 ELF image as its headers describe it. Source: System V ABI, "Object Files"; ELF for the Arm 64-bit Architecture (AAELF64). */
export interface ElfImage {
  readonly entry: bigint;
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
  /** What each thread has of its own (PT_TLS); absent: nothing. */
  readonly threadLocal?: ThreadLocalSegment;
  /** ET_DYN. */
  readonly isPositionIndependent: boolean;
  /** ET_DYN that is no executable: other modules may have thread-local variables before its own. */
  readonly isSharedObject: boolean;
  /** Bytes of a section, decompressed; `undefined` if there is none of that name, or (after a note to `warn`) if it is damaged. */
  contents(name: string): SectionContents | undefined;
  /** As {@link contents}, of every section of that name: objects have one for each group that a linker keeps one of (COMDAT). */
  allContents(name: string): readonly SectionContents[];
  /** `.symtab`, else `.dynsym`. */
  symbols(): SymbolTable;
}

export type SectionContents = PartOfFile & { readonly address: Address };

export interface ElfSegment {
  readonly physicalAddress: bigint;
  readonly virtualAddress: bigint;
  readonly bytes: Uint8Array;
  /** Of `bytes`. */
  readonly fileSize: number;
  /** Some of `bytes`, without reading the others. */
  part(offset: number, length: number): Uint8Array;
  readonly memorySize: number;
  /** PF_X 1, PF_W 2, PF_R 4. */
  readonly flags: number;
}

export interface ThreadLocalSegment {
  readonly address: Address;
  /** A power of two. */
  readonly alignment: number;
  readonly memorySize: number;
}

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: Address;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly entrySize: number;
}

export const SHF_ALLOC = 2;
export const SHF_EXECINSTR = 4;
const SHF_COMPRESSED = 0x800;
/** `.zdebug_info` is `.debug_info`. */
const GNU_COMPRESSED = '.zdebug';
const SHT_SYMTAB = 2;
const SHT_NOBITS = 8;
const SHT_DYNSYM = 11;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const PT_TLS = 7;
const DT_FLAGS_1 = 0x6ffffffb;
const DF_1_PIE = 0x0800_0000;
const PN_XNUM = 0xffff;
const EM_AARCH64 = 183;

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const SECTION_HEADER_SIZE = 64;
const MAXIMUM_NAME_LENGTH = 16384;

const machineNames: Readonly<Record<number, string>> = {
  3: 'Intel 80386',
  8: 'MIPS',
  20: 'PowerPC',
  21: '64-bit PowerPC',
  22: 'IBM S/390',
  40: '32-bit Arm',
  62: 'x86-64',
  243: 'RISC-V',
  247: 'eBPF',
  258: 'LoongArch',
};

const typeNames: Readonly<Record<number, string>> = {
  0: 'ET_NONE',
  1: 'ET_REL, a relocatable object file',
  4: 'ET_CORE, a core dump',
};

const ET_EXEC = 2;
const ET_DYN = 3;

/**
 * @param warn takes notes on damage that leaves the image loadable
 * @param kind `any`: one that is looked into and not run, such as a part of a program
 * @param cache where bytes of its sections are kept
 * @throws ProgramError if `bytes` is not a complete little-endian AArch64 ELF64 image that can be loaded
 */
export function readElf(
  path: string,
  file: Uint8Array | FileBytes,
  warn: (note: string) => void,
  kind: 'program' | 'any' = 'program',
  cache = createBoundedCache(),
): ElfImage {
  const fail = (what: string): never => {
    throw new ProgramError(`Cannot load "${path}": ${what}`);
  };
  const { bytes, load, peek, window } = partOf(file, cache);
  load?.(0, Math.min(HEADER_SIZE, bytes.length));
  checkIdentification(bytes, fail);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u16 = (offset: number) => view.getUint16(offset, true);
  const u32 = (offset: number) => view.getUint32(offset, true);
  const u64 = (offset: number) => Number(view.getBigUint64(offset, true));
  const address = (offset: number) => view.getInt32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);
  const mustLieInFile = (what: string, offset: number, size: number) => {
    if (size > 0 && offset + size > bytes.length) {
      fail(
        `the file is truncated: ${what} ends at offset ${hexadecimal(offset + size)}, the file at ${hexadecimal(bytes.length)}. Copy or build it again.`,
      );
    }
  };
  /** For what is read now. */
  const mustBeThere = (what: string, offset: number, size: number) => {
    mustLieInFile(what, offset, size);
    load?.(offset, offset + size);
  };

  const machine = u16(18);
  if (machine !== EM_AARCH64) {
    const name = machineNames[machine];
    fail(`e_machine is ${machine}${name ? ` (${name})` : ''}, expected 183 (AArch64). Set "program" to an ELF built for AArch64.`);
  }
  const type = u16(16);
  if (kind === 'program' && type !== ET_EXEC && type !== ET_DYN) {
    fail(
      `e_type is ${type} (${typeNames[type] ?? 'unknown'}), expected 2 (ET_EXEC) or 3 (ET_DYN). Set "program" to a linked image, not one of its parts.`,
    );
  }

  const sectionTable = u64(40);
  const hasSections = sectionTable !== 0;
  if (hasSections) {
    if (u16(58) !== SECTION_HEADER_SIZE)
      fail(`e_shentsize is ${u16(58)}, expected ${SECTION_HEADER_SIZE}. The file is damaged; build it again.`);
    mustBeThere('the section header table', sectionTable, SECTION_HEADER_SIZE);
  }
  const segmentTable = u64(32);
  const segmentCount = u16(56) === PN_XNUM && hasSections ? u32(sectionTable + 44) : u16(56);
  if (segmentCount > 0) {
    if (u16(54) !== PROGRAM_HEADER_SIZE)
      fail(`e_phentsize is ${u16(54)}, expected ${PROGRAM_HEADER_SIZE}. The file is damaged; build it again.`);
    mustBeThere('the program header table', segmentTable, segmentCount * PROGRAM_HEADER_SIZE);
  }

  const segments: ElfSegment[] = [];
  let threadLocal: ThreadLocalSegment | undefined;
  let isExecutable = type === ET_EXEC;
  for (let index = 0; index < segmentCount; index++) {
    const header = segmentTable + index * PROGRAM_HEADER_SIZE;
    const kindOfSegment = u32(header);
    if (kindOfSegment === PT_TLS)
      threadLocal = { address: address(header + 16), alignment: Math.max(1, u64(header + 48)), memorySize: u64(header + 40) };
    if (kindOfSegment === PT_INTERP || (kindOfSegment === PT_DYNAMIC && isMarkedExecutable(u64(header + 8), u64(header + 32))))
      isExecutable = true;
    if (kindOfSegment !== PT_LOAD) continue;
    const offset = u64(header + 8);
    const fileSize = u64(header + 32);
    const memorySize = u64(header + 40);
    const virtualAddress = view.getBigUint64(header + 16, true);
    const physicalAddress = view.getBigUint64(header + 24, true);
    mustLieInFile(`segment ${index}`, offset, fileSize);
    if (memorySize < fileSize) {
      fail(
        `segment ${index} has p_memsz ${hexadecimal(memorySize)}, less than its p_filesz ${hexadecimal(fileSize)}. The file is damaged; build it again.`,
      );
    }
    const highest = virtualAddress > physicalAddress ? virtualAddress : physicalAddress;
    if (highest + view.getBigUint64(header + 40, true) > 1n << 64n) {
      fail(
        `segment ${index} at 0x${highest.toString(16)} with p_memsz ${hexadecimal(memorySize)} reaches beyond the 64-bit address space. Check the linker script.`,
      );
    }
    segments.push({
      physicalAddress,
      virtualAddress,
      get bytes() {
        load?.(offset, offset + fileSize);
        return bytes.subarray(offset, offset + fileSize);
      },
      fileSize,
      part(at, length) {
        load?.(offset + at, offset + at + length);
        return bytes.subarray(offset + at, offset + at + length);
      },
      memorySize,
      flags: u32(header + 4),
    });
  }
  if (kind === 'program' && segments.length === 0) {
    fail(`it has no PT_LOAD segment (${segmentCount} program headers), so there is nothing to run. Set "program" to a linked image.`);
  }

  /** Of a position-independent one linkers say so in the dynamic section. */
  function isMarkedExecutable(offset: number, size: number): boolean {
    const end = Math.min(offset + size, bytes.length - 15);
    load?.(offset, Math.min(offset + size, bytes.length));
    for (let at = offset; at < end; at += 16) if (u64(at) === DT_FLAGS_1) return (u64(at + 8) & DF_1_PIE) !== 0;
    return false;
  }

  const sections: ElfSection[] = hasSections ? readSections() : [];

  function readSections(): ElfSection[] {
    const count = u16(60) || u64(sectionTable + 32);
    mustBeThere('the section header table', sectionTable, count * SECTION_HEADER_SIZE);
    const header = (index: number) => sectionTable + index * SECTION_HEADER_SIZE;
    const unnamed = Array.from({ length: count }, (_, index) => ({
      nameOffset: u32(header(index)),
      type: u32(header(index) + 4),
      flags: u64(header(index) + 8),
      address: address(header(index) + 16),
      offset: u64(header(index) + 24),
      size: u64(header(index) + 32),
      link: u32(header(index) + 40),
      entrySize: u64(header(index) + 56),
    }));
    const namesIndex = u16(62) === 0xffff ? unnamed[0].link : u16(62);
    const names = unnamed[namesIndex];
    if (names === undefined) return [];
    mustBeThere(`section ${namesIndex} (section names)`, names.offset, names.size);
    const strings = bytes.subarray(names.offset, names.offset + names.size);
    return unnamed.map(({ nameOffset, ...rest }, index) => {
      const section = { name: stringAt(strings, nameOffset), ...rest };
      const isDebug = section.name.startsWith('.debug') || section.name.startsWith(GNU_COMPRESSED);
      if (section.type !== SHT_NOBITS && section.type !== 0 && !isDebug) {
        mustLieInFile(`section ${index} ("${section.name}")`, section.offset, section.size);
      }
      return section;
    });
  }

  const partOfSection = ({ offset, size }: ElfSection): PartOfFile => {
    const part = bytes.subarray(offset, offset + size);
    if (load === undefined || peek === undefined || window === undefined || size === 0) return { bytes: part };
    return {
      bytes: part,
      load: (start, end) => load(offset + start, offset + end),
      peek: (start, into) => peek(offset + start, into),
      window(start, end) {
        const around = window(offset + start, offset + end);
        return { bytes: around.bytes, view: around.view, start: around.start - offset };
      },
    };
  };
  const uncompressed = (section: ElfSection): PartOfFile | undefined => {
    const note = (what: string) => warn(`Section "${section.name}" of "${path}" is left out: ${what}.`);
    if (section.offset + section.size > bytes.length) {
      note(`it ends at offset ${hexadecimal(section.offset + section.size)}, the file at ${hexadecimal(bytes.length)}`);
      return undefined;
    }
    const isCompressed = Math.floor(section.flags / SHF_COMPRESSED) % 2 !== 0;
    if (!isCompressed && !section.name.startsWith(GNU_COMPRESSED)) return partOfSection(section);
    load?.(section.offset, section.offset + section.size);
    const raw = bytes.subarray(section.offset, section.offset + section.size);
    const contents = isCompressed ? decompressSection(raw) : decompressGnuSection(raw);
    if (contents instanceof Uint8Array) return { bytes: contents };
    note(contents.problem);
    return undefined;
  };

  const contentsCache = new Map<string, readonly SectionContents[]>();
  const allContents = (name: string): readonly SectionContents[] => {
    let found = contentsCache.get(name);
    if (found === undefined) {
      const isIt = (other: string) => other === name || (other.startsWith(GNU_COMPRESSED) && other === `.z${name.slice(1)}`);
      found = sections.flatMap((section) => {
        if (!isIt(section.name) || section.type === SHT_NOBITS) return [];
        const part = uncompressed(section);
        return part === undefined ? [] : [{ ...part, address: section.address }];
      });
      contentsCache.set(name, found);
    }
    return found;
  };

  let symbolCache: SymbolTable | undefined;
  const symbols = () => {
    symbolCache ??= readSymbols();
    return symbolCache;
  };

  function readSymbols(): SymbolTable {
    const table = sections.find(({ type }) => type === SHT_SYMTAB) ?? sections.find((section) => section.type === SHT_DYNSYM);
    const names = table && sections[table.link];
    const none = new Uint8Array();
    if (!table || !names) return readSymbolTable(none, none);
    if (names.type === SHT_NOBITS || names.offset + names.size > bytes.length || table.offset + table.size > bytes.length) {
      warn(`The symbol table of "${path}" is left out: its names are not in the file.`);
      return readSymbolTable(none, none);
    }
    const [entries, strings] = [table, names].map(({ offset, size }) => {
      load?.(offset, offset + size);
      return bytes.subarray(offset, offset + size);
    });
    return readSymbolTable(entries, strings);
  }

  return {
    entry: bigintFromAddress(address(24)),
    segments,
    sections,
    ...(threadLocal && { threadLocal }),
    isPositionIndependent: type === ET_DYN,
    isSharedObject: type === ET_DYN && !isExecutable,
    contents: (name) => allContents(name).at(0),
    allContents,
    symbols,
  };
}

/** For what people have instead of an ELF file; `undefined`: not known, or not like either. */
function mendOfOther(bytes: Uint8Array): string | undefined {
  if (isLinuxImage(bytes)) return 'It is a Linux kernel: set "kernel" to it instead of "program".';
  // Sources and scripts are text; code is not.
  if (bytes.length < 4 || bytes.subarray(0, 4).every((byte) => byte >= 0x09 && byte < 0x7f)) return undefined;
  return 'Set "program" to an ELF built for AArch64. One of a flat binary: aarch64-linux-gnu-ld -b binary -Tdata=0x40080000 -e 0x40080000 guest.bin -o guest.elf, with the address it is built for.';
}

/** Its magic number (Linux, Documentation/arch/arm64/booting.rst), of which a compressed one shows nothing. */
const isLinuxImage = (bytes: Uint8Array): boolean =>
  bytes.length >= 60 && [0x41, 0x52, 0x4d, 0x64].every((byte, index) => bytes[56 + index] === byte);

function checkIdentification(bytes: Uint8Array, fail: (what: string) => never): void {
  const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const mend = 'Set "program" to an ELF built for AArch64.';
  if (start !== '7f 45 4c 46')
    fail(`not an ELF file (${bytes.length === 0 ? 'it is empty' : `it starts with ${start}`}). ${mendOfOther(bytes) ?? mend}`);
  if (bytes.length < HEADER_SIZE) {
    fail(
      `the file is truncated: the ELF header ends at offset ${hexadecimal(HEADER_SIZE)}, the file at ${hexadecimal(bytes.length)}. Copy or build it again.`,
    );
  }
  const [fileClass, data, version] = [bytes[4], bytes[5], bytes[6]];
  if (fileClass !== 2) fail(`EI_CLASS is ${fileClass}${fileClass === 1 ? ' (32-bit ELF)' : ''}, expected 2 (64-bit ELF). ${mend}`);
  if (data !== 1) fail(`EI_DATA is ${data}${data === 2 ? ' (big-endian)' : ''}, expected 1 (little-endian). ${mend}`);
  if (version !== 1) fail(`EI_VERSION is ${version}, expected 1. ${mend}`);
}

function stringAt(strings: Uint8Array, offset: number): string {
  if (offset >= strings.length) return '';
  const limit = Math.min(strings.length, offset + MAXIMUM_NAME_LENGTH);
  let end = offset;
  while (end < limit && strings[end] !== 0) end++;
  return decodeString(strings, offset, end);
}

const hexadecimal = (value: number): string => `0x${value.toString(16)}`;
