/** A launch configuration as the session takes it, from what a person has written. */
import { launchKeyConflict, missingLaunchKey, wrongLaunchType } from './errors.ts';
import { launchKeys } from './launch-keys.ts';
import { type SdeiSettings, sdeiSettings } from './launch-sdei.ts';
import { checkKeys, listOf } from './launch-values.ts';

/** Keys that editors have in a configuration for themselves: VS Code; `host` of dap-mode, where the adapter listens; `command` of Kate, `launch`. */
const editorKeys = new Set([
  'type', 'request', 'name', 'noDebug', 'preLaunchTask', 'postDebugTask', 'internalConsoleOptions', 'debugServer', 'serverReadyAction',
  'presentation', 'windows', 'linux', 'osx', 'suppressMultipleSessionWarning',
  'host', 'command',
]); // biome-ignore format: a list

/** What the machine is made of; structurally what the emulator takes. */
export interface MachineSettings {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly client: 'EL1' | 'EL2';
  readonly conduit: 'hvc' | 'smc';
  readonly sdei: SdeiSettings;
  readonly irqchip: 'kernel' | 'user';
  /** Absent: the stub of today's kernels. */
  readonly hypStub?: '4.11' | '4.12' | '5.12' | '6.0' | '6.19';
  /** Absent: off. */
  readonly semihosting?: {
    /** In UTF-8. */
    readonly commandLine: Uint8Array;
    /** Where RAM behind the program begins. Absent: not known. */
    readonly heapBase?: number;
  };
}

/** A Linux kernel to boot, by the paths of its files. */
export interface KernelSettings {
  readonly image: string;
  readonly initrd?: string;
  readonly bootArguments: string;
  /** Absent: none. */
  readonly kaslrSeed?: bigint;
}

/** An ELF that describes code which something else loads. */
export interface SymbolFile {
  readonly path: string;
  /** Where it runs, less where it is linked. */
  readonly offset: bigint;
  /** Of a relocatable object: where its sections are. Absent: it is linked, or a module whose place the kernel says. */
  readonly sections?: ReadonlyMap<string, bigint>;
}

/** A launch configuration with every default filled in. */
export interface LaunchArguments {
  /** A bare-metal guest; absent: `kernel` is there. */
  readonly program?: string;
  /** Where `program` is loaded, less where it is linked. Absent: 0. */
  readonly programOffset?: bigint;
  readonly kernel?: KernelSettings;
  readonly symbols: readonly SymbolFile[];
  readonly machine: MachineSettings;
  /** What stands behind the guest's name in its command line, for semihosting. Absent: that is off. */
  readonly semihostingArguments?: string;
  /** An address or a symbol; absent: the ELF's entry point. */
  readonly entry?: string;
  readonly stopOnEntry: boolean;
  readonly stepIntoHandlers: boolean;
  /** Whether the guest's end is a stop, from which one can go back. */
  readonly stopAtEnd: 'never' | 'afterStop' | 'always';
  readonly inject: readonly string[];
  readonly sourceMap: Readonly<Record<string, string>>;
  readonly console: 'both' | 'terminal' | 'debugConsole';
  readonly noDebug: boolean;
  /** What checkpoints may use; absent: no history is kept. */
  readonly historyBytes?: number;
  /** What is known of how the guest begins is not repeated, and is kept. */
  readonly bootCache: boolean;
  /** Port of the gdb server; absent: there is none. */
  readonly gdbServer?: number;
}

/** @throws UserError naming the first key that is wrong, its value and the mend */
export function parseLaunchArguments(given: Readonly<Record<string, unknown>>): LaunchArguments {
  const values = checkKeys(given, launchKeys, '', editorKeys);
  const guest = guestOf(values);
  const client = values.client as 'EL1' | 'EL2';
  const conduit = (values.conduit ?? (client === 'EL1' ? 'hvc' : 'smc')) as 'hvc' | 'smc';
  if (client === 'EL2' && conduit === 'hvc') {
    throw launchKeyConflict(
      'conduit',
      conduit,
      '"client" is "EL2", whose HVC goes to the guest itself',
      'Set "conduit" to "smc" or leave it out.',
    );
  }
  const entry = values.entry as string | number | undefined;
  return {
    ...guest,
    symbols: listOf('symbols', values.symbols).map(symbolFile),
    machine: {
      cpus: values.cpus as number,
      memoryBytes: memoryBytes(values.memory as string | number),
      client,
      conduit,
      sdei: sdeiSettings(values.sdei as Record<string, unknown>),
      irqchip: irqchipOf(values.irqchip as 'kernel' | 'user', client),
      ...hypStubOf(values.hypStub as MachineSettings['hypStub'], client),
    },
    ...(entry === undefined ? {} : { entry: String(entry) }),
    stopOnEntry: values.stopOnEntry as boolean,
    stepIntoHandlers: values.stepIntoHandlers as boolean,
    stopAtEnd: values.stopAtEnd as LaunchArguments['stopAtEnd'],
    inject: listOf('inject', values.inject),
    sourceMap: sourceMap(values.sourceMap as Record<string, unknown>),
    console: values.console as LaunchArguments['console'],
    noDebug: given.noDebug === true,
    bootCache: values.bootCache as boolean,
    ...(values.semihosting === true && { semihostingArguments: (values.bootArguments as string | undefined) ?? '' }),
    ...(values.history === false ? {} : { historyBytes: historyBytes(values.history as string | true) }),
    ...(values.gdbServer === undefined ? {} : { gdbServer: values.gdbServer as number }),
  };
}

function irqchipOf(irqchip: 'kernel' | 'user', client: 'EL1' | 'EL2'): 'kernel' | 'user' {
  if (irqchip === 'user' && client === 'EL2') {
    throw launchKeyConflict(
      'irqchip',
      irqchip,
      '"client" is "EL2", which no hypervisor is above: device_irq_level is for guests at EL1',
      'Set "client" to "EL1" or leave "irqchip" out.',
    );
  }
  return irqchip;
}

function hypStubOf(hypStub: MachineSettings['hypStub'], client: 'EL1' | 'EL2'): Pick<MachineSettings, 'hypStub'> {
  if (hypStub === undefined) return {};
  if (client === 'EL2') {
    throw launchKeyConflict(
      'hypStub',
      hypStub,
      '"client" is "EL2": the guest starts at EL2, and brings a stub of its own',
      'Set "client" to "EL1" or leave "hypStub" out.',
    );
  }
  return { hypStub };
}

/** `program`, or `kernel` with what belongs to it. */
function guestOf(values: Readonly<Record<string, unknown>>): Pick<LaunchArguments, 'program' | 'programOffset' | 'kernel'> {
  const { program, kernel: image, initrd, bootArguments, kaslrSeed, entry } = values as Record<string, string | undefined>;
  if (image === undefined) {
    if (bootArguments !== undefined && values.semihosting !== true)
      throw launchKeyConflict(
        'bootArguments',
        bootArguments,
        'there is no "kernel" that it is for, and a program is given its command line by semihosting only',
        'Set "kernel" to an arm64 kernel image, set "semihosting" to true, or remove it.',
      );
    for (const [key, value] of Object.entries({ initrd, kaslrSeed })) {
      if (value !== undefined)
        throw launchKeyConflict(key, value, 'there is no "kernel" that it is for', 'Set "kernel" to an arm64 kernel image, or remove it.');
    }
    if (program === undefined) throw missingLaunchKey('program', 'Set it to the path of an AArch64 ELF file.');
    if (program === '') throw wrongLaunchType('program', '', 'the path of an AArch64 ELF file');
    const { path, offset } = movedFile('program', program);
    return { program: path, ...(offset !== 0n && { programOffset: offset }) };
  }
  if (image === '') throw wrongLaunchType('kernel', '', 'the path of an arm64 kernel image');
  if (initrd === '') throw wrongLaunchType('initrd', '', 'the path of an initial RAM disk');
  if (program !== undefined)
    throw launchKeyConflict(
      'kernel',
      image,
      '"program" is given too',
      'Keep one of them; name a vmlinux in "symbols" to debug the kernel.',
    );
  if (entry !== undefined)
    throw launchKeyConflict('entry', entry, '"kernel" is given, which starts at its first instruction', 'Remove "entry".');
  return { kernel: { image, ...(initrd !== undefined && { initrd }), bootArguments: bootArguments ?? '', ...seedOf(kaslrSeed) } };
}

function seedOf(value: string | number | undefined): Pick<KernelSettings, 'kaslrSeed'> {
  if (value === undefined) return {};
  const seed = /^(0x[0-9a-f]+|\d+)$/i.test(String(value)) ? BigInt(value) : 0n;
  // Kernels take 0 for no seed.
  if (seed === 0n || seed >= 1n << 64n)
    throw wrongLaunchType('kaslrSeed', value, 'a number such as "0x123456789abcdef", from 1 to 2^64 - 1');
  return { kaslrSeed: seed };
}

/**
 * No linked program can be moved by less than an instruction. ADRP counts pages of 4 KiB, but what has no ADRP, or is relocated by its loader, runs
 * at any multiple of an instruction's size.
 */
const INSTRUCTION_BYTES = 4n;

/** `FILE`, `FILE@OFFSET` or `FILE@SECTION=ADDRESS,…` */
function symbolFile(text: string, index: number): SymbolFile {
  const [, object, places] = /^(.+?)@([^@=,/\\]+=(?:0x[0-9a-f]+|\d+)(?:,[^@=,/\\]+=(?:0x[0-9a-f]+|\d+))*)$/i.exec(text) ?? [];
  if (object !== undefined) {
    const sections = places.split(',').map((place) => place.split('='));
    return { path: object, offset: 0n, sections: new Map(sections.map(([name, address]) => [name, BigInt(address)])) };
  }
  return movedFile(`symbols[${index}]`, text);
}

/** `FILE` or `FILE@OFFSET` */
function movedFile(key: string, text: string): SymbolFile {
  const [, path, sign, digits] = /^(.+)@([-+]?)(0x[0-9a-f]+|\d+)$/i.exec(text) ?? [];
  if (path === undefined) return { path: text, offset: 0n };
  const offset = BigInt(digits);
  if (offset % INSTRUCTION_BYTES !== 0n || offset >= 1n << 64n)
    throw wrongLaunchType(key, text, 'after the @ an offset of less than 2^64 that is a multiple of 4, the size of an instruction');
  return { path, offset: sign === '-' ? -offset : offset };
}

function sourceMap(value: Record<string, unknown>): Record<string, string> {
  for (const [from, to] of Object.entries(value))
    if (typeof to !== 'string') throw wrongLaunchType(`sourceMap["${from}"]`, to, 'the path of a folder');
  return value as Record<string, string>;
}

const unit = 64 * 1024;
const largestMemory = 3 * 1024 ** 3;

/** NaN if it is no size. */
function bytesOf(value: string | number): number {
  const match = /^(\d+)\s*([KMG]?)(?:i?B)?$/i.exec(String(value).trim());
  return match === null ? Number.NaN : Number(match[1]) * 1024 ** ['', 'K', 'M', 'G'].indexOf(match[2].toUpperCase());
}

function memoryBytes(value: string | number): number {
  const bytes = bytesOf(value);
  if (!(bytes >= unit && bytes <= largestMemory && bytes % unit === 0)) {
    throw wrongLaunchType('memory', value, 'a size such as "512M", from "64K" to "3G", a multiple of 64K');
  }
  return bytes;
}

function historyBytes(value: string | true): number {
  const bytes = value === true ? 256 << 20 : bytesOf(value);
  if (!(bytes >= 1 << 20)) throw wrongLaunchType('history', value, 'a size such as "256M", at least "1M", or false');
  return bytes;
}
