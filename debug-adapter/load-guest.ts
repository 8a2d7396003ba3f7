import { cannotLoadImage, cannotReadFile, entryOutsideRam, nothingToLoad, segmentOutsideRam, unknownEntry } from './errors.ts';
import type { Host } from './host.ts';
import { type Image, imageOf } from './images.ts';
import type { LaunchArguments, MachineSettings } from './launch-arguments.ts';
import { nearest } from './nearest.ts';
import { baseName } from './paths.ts';
import { type Program, ProgramError } from './program/program.ts';
import type { Target } from './target/target.ts';

/** What a session is made of besides its own code. */
export interface Makers {
  createTarget(machine: MachineSettings): Target;
  /** @throws ProgramError */
  openProgram(path: string, bytes: Uint8Array): Program;
  /** The vectors that a client at EL1 finds at EL2. */
  readonly hypStub: { readonly elf: Uint8Array; readonly sourcePath: string; readonly source: string };
}

/** A machine with the guest in its memory, not started yet. */
export interface LoadedGuest {
  readonly target: Target;
  readonly images: readonly Image[];
  readonly entry: bigint;
}

/** @throws UserError naming the key, the file and the mend */
export async function loadGuest(launch: LaunchArguments, host: Host, makers: Makers): Promise<LoadedGuest> {
  const program = await openImage('program', launch.program, host, makers);
  const images = [imageOf('guest', baseName(launch.program), launch.program, program)];
  if (launch.machine.client === 'EL1') {
    const stub = makers.openProgram(makers.hypStub.sourcePath, makers.hypStub.elf);
    images.push(imageOf('hyp-stub', 'hyp-stub', makers.hypStub.sourcePath, stub));
  }
  for (const [index, path] of launch.symbols.entries()) {
    images.push(imageOf('symbols', baseName(path), path, await openImage(`symbols[${index}]`, path, host, makers)));
  }
  const target = makers.createTarget(launch.machine);
  place(program, launch.program, target);
  return { target, images, entry: entryOf(launch.entry, program, target) };
}

async function openImage(key: string, path: string, host: Host, makers: Makers): Promise<Program> {
  let bytes: Uint8Array;
  try {
    bytes = await host.readFile(path);
  } catch (error) {
    throw cannotReadFile(key, path, error instanceof Error ? error.message : String(error));
  }
  try {
    return makers.openProgram(path, bytes);
  } catch (error) {
    if (error instanceof ProgramError) throw cannotLoadImage(key, error.message);
    throw error;
  }
}

function place(program: Program, path: string, target: Target): void {
  const { ram } = target;
  const segments = program.segments.filter((segment) => segment.memorySize > 0);
  if (segments.length === 0) throw nothingToLoad(path);
  for (const { physicalAddress, bytes, memorySize } of segments) {
    const end = physicalAddress + BigInt(memorySize);
    const isInside = physicalAddress >= ram.base && end <= ram.base + ram.size;
    if (!isInside || target.load(physicalAddress, bytes) < bytes.length) throw segmentOutsideRam(path, physicalAddress, end, ram);
  }
}

function entryOf(wanted: string | undefined, program: Program, target: Target): bigint {
  const address = wanted === undefined ? program.entry : addressOf(wanted, program);
  const { base, size } = target.ram;
  if (address < base || address >= base + size || address % 4n !== 0n) {
    throw entryOutsideRam(address, wanted === undefined ? "the ELF's e_entry" : `"entry": "${wanted}"`);
  }
  return address;
}

function addressOf(text: string, program: Program): bigint {
  if (/^(?:0x[0-9a-f]+|\d+)$/i.test(text)) return BigInt(text);
  const symbol = program.symbol(text);
  if (symbol !== undefined) return symbol.address;
  const names = program.symbols().map(({ name }) => name);
  throw unknownEntry(text, nearest(text, names));
}
