import { type Bytes, concatenate, string, u8, u16, u32, u64 } from './bytes.ts';

/** Fields of the ELF header and of its one program header; defaults make a loadable image. */
export interface ImageFields {
  readonly magic?: Bytes;
  readonly fileClass?: number;
  readonly data?: number;
  readonly version?: number;
  readonly type?: number;
  readonly machine?: number;
  readonly programHeaderOffset?: number;
  readonly programHeaderSize?: number;
  readonly programHeaderCount?: number;
  readonly sectionHeaderOffset?: number;
  readonly sectionHeaderSize?: number;
  readonly sectionHeaderCount?: number;
  readonly segmentType?: number;
  readonly segmentOffset?: number;
  readonly segmentAddress?: bigint;
  readonly segmentFileSize?: number;
  readonly segmentMemorySize?: bigint;
  readonly sections?: readonly ImageSection[];
}

export interface ImageSection {
  readonly name: string;
  readonly type?: number;
  readonly flags?: number;
  readonly address?: number;
  readonly bytes: Bytes | Uint8Array;
  readonly link?: number;
  /** If not where the bytes are. */
  readonly offset?: number;
}

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const CODE: Bytes = [0x1f, 0x20, 0x03, 0xd5, 0xc0, 0x03, 0x5f, 0xd6];

/** A file of one segment with two instructions, NOP and RET, and the given sections. */
export function elfImage(fields: ImageFields = {}): Uint8Array {
  const codeOffset = HEADER_SIZE + PROGRAM_HEADER_SIZE;
  const all: ImageSection[] = fields.sections === undefined ? [] : [{ name: '', type: 0, bytes: [] }, ...fields.sections];
  const names = [...all.flatMap(({ name }) => string(name)), ...string('.shstrtab')];
  if (all.length > 0) all.push({ name: '.shstrtab', type: 3, bytes: names });
  let offset = codeOffset + CODE.length;
  const contents: number[] = [];
  const headers: number[] = [];
  let nameOffset = 0;
  for (const section of all) {
    headers.push(
      ...u32(nameOffset), // sh_name
      ...u32(section.type ?? 1), // sh_type: SHT_PROGBITS
      ...u64(section.flags ?? 0), // sh_flags
      ...u64(section.address ?? 0), // sh_addr
      ...u64(section.offset ?? offset), // sh_offset
      ...u64(section.bytes.length), // sh_size
      ...u32(section.link ?? 0), // sh_link
      ...u32(0), // sh_info
      ...u64(1), // sh_addralign
      ...u64(0), // sh_entsize
    );
    contents.push(...section.bytes);
    offset += section.bytes.length;
    nameOffset += string(section.name).length;
  }
  return concatenate(
    fields.magic ?? [0x7f, 0x45, 0x4c, 0x46], // EI_MAG0..3
    u8(fields.fileClass ?? 2), // EI_CLASS: ELFCLASS64
    u8(fields.data ?? 1), // EI_DATA: ELFDATA2LSB
    u8(fields.version ?? 1), // EI_VERSION
    u8(0), // EI_OSABI
    u64(0), // EI_ABIVERSION and padding
    u16(fields.type ?? 2), // e_type: ET_EXEC
    u16(fields.machine ?? 183), // e_machine: EM_AARCH64
    u32(1), // e_version
    u64(0x40000000), // e_entry
    u64(fields.programHeaderOffset ?? HEADER_SIZE), // e_phoff
    u64(fields.sectionHeaderOffset ?? (all.length > 0 ? offset : 0)), // e_shoff
    u32(0), // e_flags
    u16(HEADER_SIZE), // e_ehsize
    u16(fields.programHeaderSize ?? PROGRAM_HEADER_SIZE), // e_phentsize
    u16(fields.programHeaderCount ?? 1), // e_phnum
    u16(fields.sectionHeaderSize ?? 64), // e_shentsize
    u16(fields.sectionHeaderCount ?? all.length), // e_shnum
    u16(Math.max(all.length - 1, 0)), // e_shstrndx
    u32(fields.segmentType ?? 1), // p_type: PT_LOAD
    u32(5), // p_flags: R X
    u64(fields.segmentOffset ?? codeOffset), // p_offset
    u64(fields.segmentAddress ?? 0x40000000), // p_vaddr
    u64(fields.segmentAddress ?? 0x40000000), // p_paddr
    u64(fields.segmentFileSize ?? CODE.length), // p_filesz
    u64(fields.segmentMemorySize ?? 0x1000), // p_memsz
    u64(4), // p_align
    CODE,
    contents,
    headers,
  );
}
