/** Sections that are kept compressed: SHF_COMPRESSED (System V gABI, "Section Compression"), and .zdebug_* as GNU tools wrote them before. */
import { unzlibSync } from 'fflate';
import { decompress as unzstd } from 'fzstd';

/** ch_type, ch_reserved, ch_size, ch_addralign. */
const COMPRESSION_HEADER_SIZE = 24;
const GNU_HEADER_SIZE = 12;
const GNU_MAGIC = 0x5a4c_4942;

/** No zlib stream expands more, and no debug information would under zstd, whose streams do not say how much they hold. */
const MAXIMUM_RATIO = 1032;

interface Format {
  readonly name: string;
  decompress(stream: Uint8Array, into: Uint8Array): Uint8Array;
}
const zlib: Format = { name: 'zlib', decompress: (stream, out) => unzlibSync(stream, { out }) };
/** By ELFCOMPRESS_*. */
const formats: Readonly<Record<number, Format>> = { 1: zlib, 2: { name: 'zstd', decompress: unzstd } };

/** @returns the contents, or what is wrong in words that follow the section's name */
export function decompressSection(section: Uint8Array): Uint8Array | { readonly problem: string } {
  if (section.length < COMPRESSION_HEADER_SIZE)
    return { problem: `its compression header needs ${COMPRESSION_HEADER_SIZE} bytes, it has ${section.length}` };
  const header = viewOf(section);
  const type = header.getUint32(0, true);
  const format = formats[type];
  if (format === undefined)
    return { problem: `its compression is ${type}, zlib (1) and zstd (2) can be read; link with --compress-debug-sections=zlib or none` };
  return decompress(format, section, COMPRESSION_HEADER_SIZE, header.getBigUint64(8, true));
}

/** As {@link decompressSection}. */
export function decompressGnuSection(section: Uint8Array): Uint8Array | { readonly problem: string } {
  const header = viewOf(section);
  if (section.length < GNU_HEADER_SIZE || header.getUint32(0) !== GNU_MAGIC) return { problem: 'it does not begin with ZLIB and its size' };
  return decompress(zlib, section, GNU_HEADER_SIZE, header.getBigUint64(4));
}

function decompress(format: Format, section: Uint8Array, headerSize: number, size: bigint): Uint8Array | { readonly problem: string } {
  if (size > BigInt(section.length * MAXIMUM_RATIO))
    return { problem: `${section.length} compressed bytes cannot become 0x${size.toString(16)}` };
  try {
    const contents = format.decompress(section.subarray(headerSize), new Uint8Array(Number(size)));
    if (contents.length === Number(size)) return contents;
    return { problem: `it decompresses to ${contents.length} bytes instead of ${size}` };
  } catch {
    return { problem: `its ${format.name} stream is damaged` };
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView => new DataView(buffer, byteOffset, byteLength);
