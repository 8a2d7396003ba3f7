/** Bytes of a file that {@link isA64Program} looks at. */
export const headerBytes = 20;

const ET_EXEC = 2;
const ET_DYN = 3;
const EM_AARCH64 = 183;

/** Whether a file that starts with `header` can be started: a 64-bit little-endian AArch64 ELF that is linked (not an object file). */
export function isA64Program(header: Uint8Array): boolean {
  if (header.length < headerBytes) return false;
  const half = (at: number) => header[at] | (header[at + 1] << 8);
  const magic = header[0] === 0x7f && header[1] === 0x45 && header[2] === 0x4c && header[3] === 0x46;
  return magic && header[4] === 2 && header[5] === 1 && [ET_EXEC, ET_DYN].includes(half(16)) && half(18) === EM_AARCH64;
}

/** Whether a file of this name is worth looking into. */
export function mayBeProgram(path: string): boolean {
  const name = path.replace(/^.*\//, '');
  return /^[^.]+$|\.(elf|axf|out|bin|debug)$/i.test(name);
}

/** The program that belongs to an open source file: the same name with another extension. */
export function programOf(source: string, programs: readonly string[]): string | undefined {
  const stem = (path: string) => path.replace(/^.*\//, '').replace(/\.[^.]*$/, '');
  const matching = programs.filter((program) => stem(program) === stem(source));
  return matching.length === 1 ? matching[0] : undefined;
}
