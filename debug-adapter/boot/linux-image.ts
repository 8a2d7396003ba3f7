import { gunzipSync } from 'fflate';
import { decompress as unzstd } from 'fzstd';
import type { FileBytes } from '../program/file-bytes.ts';

/** A kernel that cannot be booted; the message names the file and the mend. */
export class KernelError extends Error {}

/** An arm64 kernel (Linux, Documentation/arm64/booting.rst). */
export interface LinuxImage {
  /** Bytes of its file, decompressed. */
  readonly size: number;
  /** Fills `into`, of {@link size}, with them. @throws Error where they cannot be had any more */
  read(into: Uint8Array): void;
  /** Where the image goes, from an address aligned to 2 MB. */
  readonly textOffset: number;
  /** Bytes of memory that the image needs from its start, .bss included. */
  readonly imageSize: number;
}

const HEADER_BYTES = 64;
/** So much tells what else a file is. */
const HEAD_BYTES = 4096;
const HEADER = { TEXT_OFFSET: 8, IMAGE_SIZE: 16, FLAGS: 24, MAGIC: 56 } as const;
const MAGIC = 0x644d_5241; // "ARM\x64"
const FLAG_BIG_ENDIAN = 1n;
/** Kernels before 3.17 leave image_size 0; their offset is this. */
const OLD_TEXT_OFFSET = 0x8_0000;
const PAGE_BYTES = 4096;
const LARGEST = 1n << 32n;
/** The most that such a kernel is taken to need behind its image. */
const OLD_BSS_BYTES = 1 << 20;

const WHAT = 'an arm64 kernel: the file "Image" or "Image.gz" of arch/arm64/boot, or a distribution\'s vmlinuz';
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean =>
  [...text].every((letter, index) => bytes[at + index] === letter.charCodeAt(0));

/** Kernels that are no Image, by what their files begin with. */
function mistake(bytes: Uint8Array): string {
  if (startsWith(bytes, '\x7fELF'))
    return 'is an ELF file. Set "program" to it if it is a bare-metal guest, or "kernel" to the Image beside it';
  if (startsWith(bytes, 'HdrS', 0x202)) return `is an x86 kernel. Give ${WHAT}`;
  return `is not an arm64 kernel: "ARM\\x64" is missing at offset 56. Give ${WHAT}`;
}

/**
 * Reads an Image, a gzip-compressed one, or one in an EFI zboot image.
 * @throws KernelError
 */
export function readLinuxImage(path: string, file: Uint8Array | FileBytes): LinuxImage {
  const contents = inMemory(path, file);
  const { size } = contents;
  const bytes = new Uint8Array(Math.min(size, HEAD_BYTES));
  contents.read(0, bytes);
  const view = new DataView(bytes.buffer);
  if (size < HEADER_BYTES || view.getUint32(HEADER.MAGIC, true) !== MAGIC) throw new KernelError(`"${path}" ${mistake(bytes)}.`);
  if ((view.getBigUint64(HEADER.FLAGS, true) & FLAG_BIG_ENDIAN) !== 0n)
    throw new KernelError(`"${path}" is a big-endian kernel, which this machine does not run. Build it without CONFIG_CPU_BIG_ENDIAN.`);
  const readAll = (into: Uint8Array): void => contents.read(0, into);
  const imageSize = sizeOf(path, view, 'image_size', HEADER.IMAGE_SIZE);
  if (imageSize === 0) return { size, read: readAll, textOffset: OLD_TEXT_OFFSET, imageSize: size + OLD_BSS_BYTES };
  const textOffset = sizeOf(path, view, 'text_offset', HEADER.TEXT_OFFSET);
  if (textOffset % PAGE_BYTES !== 0) throw damaged(path, 'text_offset', BigInt(textOffset), 'which is no multiple of 4096');
  return { size, read: readAll, textOffset, imageSize: Math.max(imageSize, size) };
}

/** What is not compressed is left where it is. */
function inMemory(path: string, file: Uint8Array | FileBytes): FileBytes {
  const contents = 'read' in file ? file : fileOf(file);
  const head = new Uint8Array(Math.min(contents.size, HEADER_BYTES));
  contents.read(0, head);
  if (startsWith(head, 'MZ') && startsWith(head, ZBOOT.MAGIC, ZBOOT.TYPE)) return fileOf(zbootPayload(path, contents, head));
  return isGzip(head) ? fileOf(unpacked(path, 'gzip', read(contents, 0, contents.size))) : contents;
}

/** The header of an image that unpacks the kernel as an EFI application (Linux, drivers/firmware/efi/libstub/zboot-header.S). */
const ZBOOT = { TYPE: 4, MAGIC: 'zimg', PAYLOAD_OFFSET: 8, PAYLOAD_SIZE: 12, COMPRESSION: 24, COMPRESSION_BYTES: 32 } as const;

function zbootPayload(path: string, contents: FileBytes, head: Uint8Array): Uint8Array {
  if (head.length < HEADER_BYTES) throw new KernelError(`"${path}" is an EFI zboot image without its header. Copy or build it again.`);
  const view = new DataView(head.buffer);
  const offset = view.getUint32(ZBOOT.PAYLOAD_OFFSET, true);
  const size = view.getUint32(ZBOOT.PAYLOAD_SIZE, true);
  if (offset + size > contents.size)
    throw new KernelError(
      `"${path}" is an EFI zboot image whose kernel ends at ${offset + size}, but the file at ${contents.size}. Copy or download it again.`,
    );
  const name = new TextDecoder().decode(head.subarray(ZBOOT.COMPRESSION, ZBOOT.COMPRESSION + ZBOOT.COMPRESSION_BYTES)).split('\0')[0];
  if (name !== 'gzip' && name !== 'zstd')
    throw new KernelError(
      `"${path}" is an EFI zboot image compressed with "${name}"; gzip and zstd can be unpacked. Take the "Image" it was made from.`,
    );
  return unpacked(path, name, read(contents, offset, size));
}

function read(contents: FileBytes, offset: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  contents.read(offset, bytes);
  return bytes;
}
const fileOf = (bytes: Uint8Array): FileBytes => ({
  size: bytes.length,
  read: (offset, into) => into.set(bytes.subarray(offset, offset + into.length)),
});

function sizeOf(path: string, view: DataView, field: string, offset: number): number {
  const size = view.getBigUint64(offset, true);
  if (size > LARGEST) throw damaged(path, field, size, 'more than any RAM here');
  return Number(size);
}
const damaged = (path: string, field: string, value: bigint, what: string): KernelError =>
  new KernelError(`"${path}" has ${field} 0x${value.toString(16)} in its header, ${what}. Copy or build it again.`);

const formats = { gzip: gunzipSync, zstd: unzstd };

function unpacked(path: string, format: keyof typeof formats, bytes: Uint8Array): Uint8Array {
  try {
    return formats[format](bytes);
  } catch (error) {
    throw new KernelError(
      `"${path}" cannot be decompressed (${format}: ${error instanceof Error ? error.message : String(error)}). Copy or download it again.`,
    );
  }
}

/** Where the parts go: physical addresses. */
export interface BootPlaces {
  readonly kernel: bigint;
  readonly deviceTree: bigint;
  readonly initrd: bigint;
  /** The first address behind everything. */
  readonly end: bigint;
}

const BLOCK = 0x20_0000n;
const PAGE = 0x1000n;
const alignUp = (value: bigint, alignment: bigint): bigint => ((value + alignment - 1n) / alignment) * alignment;

/**
 * Places a kernel in RAM: the second 2 MB block, as QEMU's `virt` does, so that physical addresses are the same in both. Behind what it
 * needs come the device tree, which may not cross a 2 MB boundary, and the initial RAM disk.
 */
export function bootPlaces(ramBase: bigint, image: LinuxImage, initrdBytes: number): BootPlaces {
  const kernel = alignUp(ramBase, BLOCK) + BLOCK + BigInt(image.textOffset);
  const deviceTree = alignUp(kernel + BigInt(image.imageSize), BLOCK);
  const initrd = deviceTree + BLOCK;
  return { kernel, deviceTree, initrd, end: alignUp(initrd + BigInt(initrdBytes), PAGE) };
}
