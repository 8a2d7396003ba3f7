/**
 * A relocatable object (ET_REL), such as a Linux kernel module, as if it had been linked where somebody has loaded its sections: so much of
 * linking as its symbols and debug information need (AAELF64, "Relocation"). Code and data stay as they are in the file.
 */
import { decompressSection } from './compressed-section.ts';
import { ProgramError } from './program.ts';

const HEADER_SIZE = 64;
const SECTION_HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const SYMBOL_SIZE = 24;
const RELOCATION_SIZE = 24;

const ET_REL = 1;
const ET_EXEC = 2;
const EM_AARCH64 = 183;
const SHT_SYMTAB = 2;
const SHT_RELA = 4;
const SHT_NOBITS = 8;
const SHF_WRITE = 1n;
const SHF_ALLOC = 2n;
const SHF_EXECINSTR = 4n;
const SHF_COMPRESSED = 0x800n;
const SHN_UNDEF = 0;
const SHN_LORESERVE = 0xff00;

/** R_AARCH64_* of data: how many bits, and whether from the place itself. */
const relocations: Readonly<Record<number, { readonly bits: 16 | 32 | 64; readonly isRelative: boolean }>> = {
  257: { bits: 64, isRelative: false },
  258: { bits: 32, isRelative: false },
  259: { bits: 16, isRelative: false },
  260: { bits: 64, isRelative: true },
  261: { bits: 32, isRelative: true },
  262: { bits: 16, isRelative: true },
};

interface SectionHeader {
  readonly at: number;
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
}

export function isRelocatable(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_SIZE && bytes[0] === 0x7f && bytes[16] === ET_REL && bytes[17] === 0;
}

/**
 * @param path for messages
 * @param addresses of sections by their names; what is not loaded (any more) is absent, and has no code and no data then
 * @returns an executable (ET_EXEC) with one segment for each section that is loaded
 * @throws ProgramError
 */
export function placeSections(path: string, file: Uint8Array, addresses: ReadonlyMap<string, bigint>): Uint8Array {
  const fail = (what: string): never => {
    throw new ProgramError(`Cannot load "${path}": ${what}. Copy or build it again.`);
  };
  if (!isRelocatable(file))
    throw new ProgramError(
      `Cannot load "${path}": it is no relocatable object file (e_type 1, ET_REL). Give it without addresses of sections.`,
    );
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint16(18, true) !== EM_AARCH64) fail(`e_machine is ${view.getUint16(18, true)}, expected 183 (AArch64)`);
  const number = (offset: number) => Number(view.getBigUint64(offset, true));
  const table = number(40);
  const count = view.getUint16(60, true);
  if (count === 0 || table + count * SECTION_HEADER_SIZE > file.length) fail('its section header table is not in the file');
  const headers = Array.from({ length: count }, (_, index) => {
    const at = table + index * SECTION_HEADER_SIZE;
    const type = view.getUint32(at + 4, true);
    const [offset, size] = [number(at + 24), number(at + 32)];
    if (type !== SHT_NOBITS && offset + size > file.length)
      fail(`section ${index} ends at offset 0x${(offset + size).toString(16)}, the file at 0x${file.length.toString(16)}`);
    return {
      at,
      nameOffset: view.getUint32(at, true),
      type,
      flags: view.getBigUint64(at + 8, true),
      offset,
      size,
      link: view.getUint32(at + 40, true),
      info: view.getUint32(at + 44, true),
    };
  });
  const names = headers[view.getUint16(62, true)] ?? fail('it has no section names');
  const sections: SectionHeader[] = headers.map(({ nameOffset, ...rest }) => ({ ...rest, name: textAt(file, names.offset + nameOffset) }));
  const placeOf = ({ name, flags }: SectionHeader): bigint | undefined => ((flags & SHF_ALLOC) === 0n ? undefined : addresses.get(name));

  const placed = sections.filter((section) => placeOf(section) !== undefined && section.size > 0);
  if (placed.length === 0)
    throw new ProgramError(
      `Cannot load "${path}": none of its sections has an address (given: ${[...addresses.keys()].join(', ') || 'none'}). Name those it has, such as ".text".`,
    );

  // Behind the file: what is decompressed, then the program headers.
  const unpacked = new Map<SectionHeader, { readonly offset: number; readonly bytes: Uint8Array }>();
  let end = Math.ceil(file.length / 8) * 8;
  for (const section of sections) {
    if ((section.flags & SHF_COMPRESSED) === 0n) continue;
    const bytes = decompressSection(file.subarray(section.offset, section.offset + section.size));
    // Left compressed: whoever reads the section says what is wrong.
    if (!(bytes instanceof Uint8Array)) continue;
    unpacked.set(section, { offset: end, bytes });
    end = Math.ceil((end + bytes.length) / 8) * 8;
  }
  const programHeaders = end;
  const linked = new Uint8Array(programHeaders + placed.length * PROGRAM_HEADER_SIZE);
  linked.set(file);
  const out = new DataView(linked.buffer);
  for (const [{ at }, { offset, bytes }] of unpacked) {
    linked.set(bytes, offset);
    out.setBigUint64(at + 8, view.getBigUint64(at + 8, true) & ~SHF_COMPRESSED, true);
    out.setBigUint64(at + 24, BigInt(offset), true);
    out.setBigUint64(at + 32, BigInt(bytes.length), true);
  }

  out.setUint16(16, ET_EXEC, true);
  out.setBigUint64(32, BigInt(programHeaders), true);
  out.setUint16(54, PROGRAM_HEADER_SIZE, true);
  out.setUint16(56, placed.length, true);
  for (const section of sections) {
    const address = placeOf(section);
    if (address !== undefined) out.setBigUint64(section.at + 16, address, true);
    // What is not loaded must not be taken for code at its offsets.
    else if ((section.flags & SHF_ALLOC) !== 0n) out.setBigUint64(section.at + 8, section.flags & ~(SHF_ALLOC | SHF_EXECINSTR), true);
  }
  for (const [index, section] of placed.entries()) {
    const at = programHeaders + index * PROGRAM_HEADER_SIZE;
    const address = placeOf(section) ?? 0n;
    const isCode = (section.flags & SHF_EXECINSTR) !== 0n;
    out.setUint32(at, 1, true); // PT_LOAD
    out.setUint32(at + 4, 4 | ((section.flags & SHF_WRITE) !== 0n ? 2 : 0) | (isCode ? 1 : 0), true);
    out.setBigUint64(at + 8, BigInt(section.offset), true);
    out.setBigUint64(at + 16, address, true);
    out.setBigUint64(at + 24, address, true);
    out.setBigUint64(at + 32, section.type === SHT_NOBITS ? 0n : BigInt(section.size), true);
    out.setBigUint64(at + 40, BigInt(section.size), true);
  }
  for (const section of sections) if (section.type === SHT_SYMTAB) moveSymbols(section);
  for (const section of sections) if (section.type === SHT_RELA) relocate(section);
  return linked;

  /** st_value is an offset in the section until it is an address. */
  function moveSymbols({ offset, size }: SectionHeader): void {
    for (let at = offset; at + SYMBOL_SIZE <= offset + size; at += SYMBOL_SIZE) {
      const address = addressOfSection(out.getUint16(at + 6, true));
      if (address !== undefined) out.setBigUint64(at + 8, BigInt.asUintN(64, address + out.getBigUint64(at + 8, true)), true);
    }
  }
  function addressOfSection(index: number): bigint | undefined {
    if (index === SHN_UNDEF || index >= SHN_LORESERVE) return undefined;
    const section = sections[index];
    return section && placeOf(section);
  }

  function relocate({ offset, size, link, info }: SectionHeader): void {
    const [symbols, target] = [sections[link], sections[info]];
    if (symbols === undefined || target === undefined || !isDebugInformation(target.name)) return;
    const { offset: start, size: length } = unpacked.has(target)
      ? { offset: unpacked.get(target)?.offset ?? 0, size: unpacked.get(target)?.bytes.length ?? 0 }
      : target;
    const base = placeOf(target) ?? 0n;
    for (let at = offset; at + RELOCATION_SIZE <= offset + size; at += RELOCATION_SIZE) {
      const how = relocations[view.getUint32(at + 8, true)];
      const symbol = symbols.offset + view.getUint32(at + 12, true) * SYMBOL_SIZE;
      const place = number(at);
      if (how === undefined || symbol + SYMBOL_SIZE > symbols.offset + symbols.size || place + how.bits / 8 > length) continue;
      const value = valueOf(symbol) + view.getBigInt64(at + 16, true) - (how.isRelative ? base + BigInt(place) : 0n);
      if (how.bits === 64) out.setBigUint64(start + place, BigInt.asUintN(64, value), true);
      else if (how.bits === 32) out.setUint32(start + place, Number(BigInt.asUintN(32, value)), true);
      else out.setUint16(start + place, Number(BigInt.asUintN(16, value)), true);
    }
  }
  /** As moved. Of a section that is not loaded: 0, where no code is. */
  function valueOf(symbol: number): bigint {
    const index = out.getUint16(symbol + 6, true);
    const section = index < SHN_LORESERVE ? sections[index] : undefined;
    const isGone = section !== undefined && (section.flags & SHF_ALLOC) !== 0n && placeOf(section) === undefined;
    return isGone ? 0n : out.getBigUint64(symbol + 8, true);
  }
}

const isDebugInformation = (name: string): boolean => name.startsWith('.debug_') || name === '.eh_frame';

function textAt(bytes: Uint8Array, start: number): string {
  const end = bytes.indexOf(0, start);
  return new TextDecoder().decode(bytes.subarray(start, end < 0 ? bytes.length : end));
}
