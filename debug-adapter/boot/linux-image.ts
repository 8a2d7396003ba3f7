import { gunzipSync } from 'fflate';
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
  if (startsWith(bytes, 'zimg', 4)) return 'is an EFI zboot image. Take the "Image" it was made from';
  if (startsWith(bytes, 'HdrS', 0x202)) return `is an x86 kernel. Give ${WHAT}`;
  return `is not an arm64 kernel: "ARM\\x64" is missing at offset 56. Give ${WHAT}`;
}

/**
 * Reads an Image or a gzip-compressed one.
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
  const read = (into: Uint8Array): void => contents.read(0, into);
  const imageSize = sizeOf(path, view, 'image_size', HEADER.IMAGE_SIZE);
  if (imageSize === 0) return { size, read, textOffset: OLD_TEXT_OFFSET, imageSize: size + OLD_BSS_BYTES };
  const textOffset = sizeOf(path, view, 'text_offset', HEADER.TEXT_OFFSET);
  if (textOffset % PAGE_BYTES !== 0) throw damaged(path, 'text_offset', BigInt(textOffset), 'which is no multiple of 4096');
  return { size, read, textOffset, imageSize: Math.max(imageSize, size) };
}

/** What is not compressed is left where it is. */
function inMemory(path: string, file: Uint8Array | FileBytes): FileBytes {
  const first = new Uint8Array(2);
  const contents = 'read' in file ? file : fileOf(file);
  contents.read(0, first.subarray(0, contents.size));
  if (!isGzip(first)) return contents;
  const packed = new Uint8Array(contents.size);
  contents.read(0, packed);
  return fileOf(unpacked(path, packed));
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

function unpacked(path: string, file: Uint8Array): Uint8Array {
  try {
    return gunzipSync(file);
  } catch (error) {
    throw new KernelError(
      `"${path}" cannot be decompressed (gzip: ${error instanceof Error ? error.message : String(error)}). Copy or download it again.`,
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
