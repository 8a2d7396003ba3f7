import { differentBanners, isKernel, type KernelMark, kernelMark } from './linux/kernel-symbols.ts';
import { type KernelModule, moduleNameOf } from './linux/kernel-modules.ts';
import { KernelError, bootPlaces, readLinuxImage } from './boot/linux-image.ts';
import { virtDeviceTreeBlob } from './boot/virt-device-tree.ts';
import {
  bootArgumentsTooLong,
  cannotBootKernel,
  cannotLoadImage,
  cannotReadFile,
  entryOutsideRam,
  kernelOutsideRam,
  misalignedEntry,
  noFoldersHere,
  nothingToLoad,
  otherKernel,
  segmentOutsideRam,
  unknownEntry,
} from './errors.ts';
import type { Host } from './host.ts';
import { type Image, imageOf, movableImage, objectImage } from './images.ts';
import type { KernelSettings, LaunchArguments, MachineSettings } from './launch-arguments.ts';
import { nearest } from './nearest.ts';
import { baseName, folderOf, join } from './paths.ts';
import type { FileBytes } from './program/file-bytes.ts';
import { loadedAt, placedAt } from './program/loaded-at.ts';
import { placeSections } from './program/place-sections.ts';
import { type Program, ProgramError, type SplitBytes } from './program/program.ts';
import type { Target } from './target/target.ts';

/** What a session is made of besides its own code. */
export interface Makers {
  createTarget(machine: MachineSettings): Target;
  /** @throws ProgramError */
  openProgram(path: string, bytes: Uint8Array | FileBytes, splitFiles?: readonly SplitBytes[]): Program;
  /** The vectors that a client at EL1 finds at EL2. */
  readonly hypStub: { readonly elf: Uint8Array; readonly sourcePath: string; readonly source: string };
}

/** A machine with the guest in its memory, not started yet. */
export interface LoadedGuest {
  readonly target: Target;
  readonly images: readonly Image[];
  readonly entry: bigint;
  /** X0 at the entry: a kernel's device tree. */
  readonly x0: bigint;
  /** A kernel that chooses its addresses itself, and where it is then found. */
  readonly movingKernel?: { readonly image: Image; readonly mark: KernelMark };
  /** Files of modules that the kernel may load, by the modules' names. */
  readonly modules: ReadonlyMap<string, string>;
  /** What a person should know before it runs. */
  readonly notes: readonly string[];
  /** Files that the run depends on, by their paths, as they were: they may be others when they are asked for again. */
  readonly loadedFiles: ReadonlyMap<string, LoadedFile>;
}

/** Reads a file once more as it was. Rejects where it has been written over since, and was too large to be kept. */
export type LoadedFile = () => Promise<Uint8Array>;

/** Bytes: what is larger, a kernel, takes no memory for the case that somebody asks for it again. */
const LARGEST_KEPT = 8 << 20;

/** @throws UserError naming the key, the file and the mend */
export async function loadGuest(launch: LaunchArguments, on: Host, makers: Makers): Promise<LoadedGuest> {
  const loadedFiles = new Map<string, LoadedFile>();
  const { image: kernelPath, initrd } = launch.kernel ?? {};
  const host: Host = {
    ...on,
    async readFile(path) {
      const bytes = await on.readFile(path);
      if (![launch.program, kernelPath, initrd].includes(path)) return bytes;
      const file = bytes.length > LARGEST_KEPT ? await on.openFile?.(path) : undefined;
      loadedFiles.set(path, file === undefined ? kept(bytes) : readAgain(file));
      return bytes;
    },
    ...(on.openFile && {
      async openFile(path) {
        const file = await (on.openFile as NonNullable<Host['openFile']>)(path);
        if (path === kernelPath) loadedFiles.set(path, readAgain(file));
        return file;
      },
    }),
  };
  const { programOffset = 0n } = launch;
  const program =
    launch.program === undefined ? undefined : placedAt(await openImage('program', launch.program, host, makers), programOffset);
  const images = program === undefined ? [] : [withOffset(imageOf('guest', baseName(program.path), program.path, program), programOffset)];
  if (launch.machine.client === 'EL1') {
    const stub = makers.openProgram(makers.hypStub.sourcePath, makers.hypStub.elf);
    images.push(imageOf('hyp-stub', 'hyp-stub', makers.hypStub.sourcePath, stub));
  }
  const modules = new Map<string, string>();
  for (const [index, { path, offset, sections }] of launch.symbols.entries()) {
    const key = `symbols[${index}]`;
    if (sections !== undefined) {
      images.push(await loadObject(key, path, sections, host, makers));
      continue;
    }
    const files = await moduleFiles(key, path, host);
    for (const file of files ?? []) modules.set(moduleNameOf(baseName(file)), file);
    if (files !== undefined) continue;
    const symbols = loadedAt(await openAs(key, path, await openFile(key, path, host), host, makers), offset);
    const chooses = launch.kernel?.kaslrSeed !== undefined && offset === 0n && isKernel(symbols);
    images.push(
      chooses
        ? movableImage('symbols', baseName(path), path, symbols)
        : withOffset(imageOf('symbols', baseName(path), path, symbols), offset),
    );
  }
  const target = makers.createTarget({ ...launch.machine, ...semihostingOf(launch, program) });
  if (program === undefined) {
    const { image, ...places } = await placeKernel(launch.kernel as KernelSettings, launch.machine, target, host);
    return { target, images, modules, loadedFiles, ...places, ...aboutKernel(images, image, places.entry) };
  }
  place(program, programOffset, target);
  return { target, images, modules, loadedFiles, entry: entryOf(launch.entry, program, target), x0: 0n, notes: [] };
}

const withOffset = (image: Image, offset: bigint): Image => (offset === 0n ? image : { ...image, offset });

const kept =
  (bytes: Uint8Array): LoadedFile =>
  async () =>
    bytes;
const readAgain =
  (file: FileBytes): LoadedFile =>
  async () => {
    const bytes = new Uint8Array(file.size);
    file.read(0, bytes);
    return bytes;
  };

/** The command line names no folder: the run would depend on it. */
function semihostingOf(
  { program: path, kernel, semihostingArguments }: LaunchArguments,
  program: Program | undefined,
): Pick<MachineSettings, 'semihosting'> {
  if (semihostingArguments === undefined) return {};
  const words = [baseName(path ?? kernel?.image ?? ''), ...(semihostingArguments === '' ? [] : [semihostingArguments])];
  const commandLine = new TextEncoder().encode(words.join(' '));
  if (program === undefined) return { semihosting: { commandLine } };
  const ends = program.segments.map(({ physicalAddress, memorySize }) => Number(physicalAddress) + memorySize);
  const heapBase = Math.ceil(Math.max(...ends) / HEAP_ALIGNMENT) * HEAP_ALIGNMENT;
  return { semihosting: { commandLine, heapBase } };
}
const HEAP_ALIGNMENT = 16;

/** @returns `undefined` if the path is neither a module nor a folder of modules */
async function moduleFiles(key: string, path: string, host: Host): Promise<readonly string[] | undefined> {
  if (/[/\\]$/.test(path)) {
    if (host.filesBelow === undefined) throw noFoldersHere(key, path);
    try {
      return (await host.filesBelow(path)).filter(isModule);
    } catch (error) {
      throw cannotReadFile(key, path, error instanceof Error ? error.message : String(error));
    }
  }
  if (!isModule(path)) return undefined;
  if (!(await host.exists(path))) throw cannotReadFile(key, path, 'not found');
  return [path];
}
const isModule = (path: string): boolean => /\.ko(\.debug)?$/.test(path);

/** A module that a kernel has loaded. @throws UserError */
export const loadModule = async ({ name, sections }: KernelModule, path: string, host: Host, makers: Makers): Promise<Image> => ({
  ...(await loadObject('symbols', path, sections, host, makers)),
  module: name,
});

async function loadObject(key: string, path: string, sections: ReadonlyMap<string, bigint>, host: Host, makers: Makers): Promise<Image> {
  const bytes = placed(key, path, await readFile(key, path, host), sections);
  return objectImage(path, await openAs(key, path, bytes, host, makers), sections);
}

function placed(key: string, path: string, bytes: Uint8Array, sections: ReadonlyMap<string, bigint>): Uint8Array {
  try {
    return placeSections(path, bytes, sections);
  } catch (error) {
    throw error instanceof ProgramError ? cannotLoadImage(key, error.message) : error;
  }
}

function aboutKernel(images: readonly Image[], bytes: Uint8Array, start: bigint): Pick<LoadedGuest, 'movingKernel' | 'notes'> {
  const notes: string[] = [];
  let movingKernel: LoadedGuest['movingKernel'];
  for (const image of images.filter(({ kind, program }) => kind === 'symbols' && isKernel(program))) {
    const banners = differentBanners(image.program, bytes);
    if (banners !== undefined) notes.push(otherKernel(image.path, banners));
    const mark = image.move === undefined ? undefined : kernelMark(image.program, start);
    if (mark !== undefined) movingKernel = { image, mark };
  }
  return { ...(movingKernel && { movingKernel }), notes };
}

async function readFile(key: string, path: string, host: Host): Promise<Uint8Array> {
  try {
    return await host.readFile(path);
  } catch (error) {
    throw cannotReadFile(key, path, error instanceof Error ? error.message : String(error));
  }
}

/** COMMAND_LINE_SIZE of arm64, without the zero at the end: a kernel cuts off what is longer. */
const LONGEST_COMMAND_LINE = 2047;

/** The kernel, its device tree and its initial RAM disk, as its boot protocol wants them. */
async function placeKernel(
  { image: path, initrd: initrdPath, bootArguments, kaslrSeed }: KernelSettings,
  { cpus, memoryBytes, conduit }: MachineSettings,
  target: Target,
  host: Host,
): Promise<Pick<LoadedGuest, 'entry' | 'x0'> & { readonly image: Uint8Array }> {
  if (bootArguments.length > LONGEST_COMMAND_LINE) throw bootArgumentsTooLong(bootArguments.length, LONGEST_COMMAND_LINE);
  const file = await openFile('kernel', path, host);
  // A small one is read as a whole, and kept for who wants to save it.
  const image = kernelOf(path, 'read' in file && file.size > LARGEST_KEPT ? file : await readFile('kernel', path, host));
  const initrdBytes = initrdPath === undefined ? undefined : await readFile('initrd', initrdPath, host);
  const { ram } = target;
  const places = bootPlaces(ram.base, image, initrdBytes?.length ?? 0);
  if (places.end > ram.base + ram.size) throw kernelOutsideRam(places.end - ram.base, ram);
  const initrd = initrdBytes && { start: places.initrd, end: places.initrd + BigInt(initrdBytes.length) };
  let loaded: Uint8Array = new Uint8Array();
  target.loadBy(places.kernel, image.size, (into) => {
    image.read(into);
    loaded = into;
  });
  target.load(
    places.deviceTree,
    virtDeviceTreeBlob({ cpus, memoryBytes, conduit, bootArguments, initrd, ...(kaslrSeed === undefined ? {} : { kaslrSeed }) }),
  );
  if (initrdBytes) target.load(places.initrd, initrdBytes);
  return { entry: places.kernel, x0: places.deviceTree, image: loaded };
}

function kernelOf(path: string, file: Uint8Array | FileBytes): ReturnType<typeof readLinuxImage> {
  try {
    return readLinuxImage(path, file);
  } catch (error) {
    throw error instanceof KernelError ? cannotBootKernel(error.message) : error;
  }
}

/** For what is not read as a whole. */
async function openFile(key: string, path: string, host: Host): Promise<Uint8Array | FileBytes> {
  if (host.openFile === undefined) return readFile(key, path, host);
  try {
    return await host.openFile(path);
  } catch (error) {
    throw cannotReadFile(key, path, error instanceof Error ? error.message : String(error));
  }
}

const openImage = async (key: string, path: string, host: Host, makers: Makers): Promise<Program> =>
  openAs(key, path, await readFile(key, path, host), host, makers);

async function openAs(key: string, path: string, bytes: Uint8Array | FileBytes, host: Host, makers: Makers): Promise<Program> {
  try {
    const program = makers.openProgram(path, bytes);
    const files = program.splitFiles();
    return files.length === 0 ? program : makers.openProgram(path, bytes, await readSplitFiles(path, files, host));
  } catch (error) {
    if (error instanceof ProgramError) throw cannotLoadImage(key, error.message);
    throw error;
  }
}

/** A package beside the program, else each file where the compiler has written it or beside the program. What is missing the program tells. */
async function readSplitFiles(path: string, files: ReturnType<Program['splitFiles']>, host: Host): Promise<readonly SplitBytes[]> {
  const firstOf = async (candidates: readonly string[]): Promise<readonly SplitBytes[]> => {
    for (const candidate of candidates) {
      try {
        return [{ path: candidate, bytes: await host.readFile(candidate) }];
      } catch {
        // The next one.
      }
    }
    return [];
  };
  const [package_] = await firstOf([`${path}.dwp`]);
  if (package_ !== undefined) return [package_];
  const beside = folderOf(path);
  const found = files.map(({ name, directory }) =>
    firstOf([...new Set([join(directory, name), join(beside, name), join(beside, baseName(name))])]),
  );
  return (await Promise.all(found)).flat();
}

function place(program: Program, programOffset: bigint, target: Target): void {
  const { ram } = target;
  const { path } = program;
  const segments = program.segments.filter((segment) => segment.memorySize > 0);
  if (segments.length === 0) throw nothingToLoad(path);
  for (const { physicalAddress, bytes, memorySize } of segments) {
    const end = physicalAddress + BigInt(memorySize);
    const isInside = physicalAddress >= ram.base && end <= ram.base + ram.size;
    if (isInside && target.load(physicalAddress, bytes) === bytes.length) continue;
    const isBelow = program.isPositionIndependent && physicalAddress < ram.base;
    const better = isBelow ? ram.base + LEFT_TO_DEVICE_TREE - (physicalAddress - programOffset) : undefined;
    throw segmentOutsideRam(path, physicalAddress, end, ram, better);
  }
}

/** What guests leave free at the start of RAM, where QEMU's `virt` board has its device tree. */
const LEFT_TO_DEVICE_TREE = 0x10_0000n;

/** The MMU is off at the start: of a program linked to run elsewhere than it is loaded the load address is meant. */
function entryOf(wanted: string | undefined, program: Program, target: Target): bigint {
  const address = loadAddress(wanted === undefined ? program.entry : addressOf(wanted, program), program);
  const { base, size } = target.ram;
  const key = wanted === undefined ? "the ELF's e_entry" : `"entry": "${wanted}"`;
  if (address < base || address >= base + size) throw entryOutsideRam(address, key);
  if (address % 4n !== 0n) throw misalignedEntry(address, key);
  return address;
}

function loadAddress(address: bigint, { segments }: Program): bigint {
  const inside = ({ virtualAddress, memorySize }: Program['segments'][number]): boolean =>
    address >= virtualAddress && address < virtualAddress + BigInt(memorySize);
  const segment = segments.find(inside);
  return segment === undefined ? address : address - segment.virtualAddress + segment.physicalAddress;
}

function addressOf(text: string, program: Program): bigint {
  if (/^(?:0x[0-9a-f]+|\d+)$/i.test(text)) return BigInt(text);
  const symbol = program.symbol(text);
  if (symbol !== undefined) return symbol.address;
  const names = program.symbols().map(({ name }) => name);
  throw unknownEntry(text, nearest(text, names));
}
