/** A kernel's ELF (vmlinux) beside the image of it that boots. */
import type { Program } from '../program/program.ts';

/** A place that every boot comes by as the first of, or soon after, those at the addresses where the kernel then stays. */
export interface KernelMark {
  readonly physical: bigint;
  readonly linked: bigint;
}

/** Where arm64 kernels go on at their own addresses, with the MMU on (arch/arm64/kernel/head.S), and what that calls (init/main.c). */
const MARKS = ['__primary_switched', 'start_kernel'];
/** The image of a kernel begins here. */
const FIRST = '_text';
const BANNER = 'linux_banner';
const LONGEST_BANNER = 256;

export const isKernel = (program: Program): boolean => program.symbol(FIRST) !== undefined && program.symbol(BANNER) !== undefined;

/** @param start physical address of the kernel's image. @returns `undefined` if the ELF has no such symbol */
export function kernelMark(program: Program, start: bigint): KernelMark | undefined {
  const first = program.symbol(FIRST);
  const mark = MARKS.map((name) => program.symbol(name)).find((symbol) => symbol !== undefined);
  return first && mark && { physical: start + mark.address - first.address, linked: mark.address };
}

const text = new TextDecoder();
const line = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && text.decode(bytes.subarray(0, bytes.includes(0) ? bytes.indexOf(0) : 0)).trim();

/**
 * The banners, "Linux version …", of the ELF and of an image, where they differ: the ELF is another kernel's.
 * @param image from its first byte on
 */
export function differentBanners(program: Program, image: Uint8Array): { readonly elf: string; readonly image: string } | undefined {
  const [first, banner] = [program.symbol(FIRST), program.symbol(BANNER)];
  if (first === undefined || banner === undefined) return undefined;
  const offset = Number(banner.address - first.address);
  const its = {
    elf: line(program.contentsAt(banner.address, LONGEST_BANNER)),
    image: line(image.subarray(offset, offset + LONGEST_BANNER)),
  };
  // Without contents (symbols only) there is nothing to compare.
  return its.elf === undefined || its.image === undefined || its.elf === its.image ? undefined : { elf: its.elf, image: its.image };
}
