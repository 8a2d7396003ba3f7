/**
 * The one definition of launch.json's keys: types, defaults, checks. package.json's schema is tested against {@link launchKeys};
 * the command line derives its flags from it.
 */
import { launchKeyConflict, missingLaunchKey, unknownLaunchKey, wrongLaunchType } from './errors.ts';
import { nearest } from './nearest.ts';

export interface LaunchKey {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'integer' | 'object' | 'array';
  /** Types accepted besides `type`. */
  readonly also?: 'string' | 'integer' | 'boolean' | 'object' | 'array';
  readonly values?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description: string;
  /** Keys of an `object`, or of the objects of an `array`. */
  readonly keys?: readonly LaunchKey[];
}

const eventKeys: readonly LaunchKey[] = [
  {
    name: 'number',
    type: 'integer',
    minimum: 1,
    maximum: 0x7fffffff,
    description: 'Event number. Event 0 always exists and is not declared.',
  },
  {
    name: 'type',
    type: 'string',
    values: ['private', 'shared'],
    default: 'private',
    description: 'private: one instance per PE; shared: one for the machine.',
  },
  {
    name: 'priority',
    type: 'string',
    values: ['normal', 'critical'],
    default: 'normal',
    description: 'A critical handler interrupts a normal one.',
  },
  {
    name: 'interrupt',
    type: 'integer',
    minimum: 16,
    maximum: 1019,
    description:
      'INTID that raises the event: a PPI (16-31) a private one, an SPI (32-1019) a shared one. Absent: raised from the Events view, with "inject", or by the guest.',
  },
];

export const launchKeys: readonly LaunchKey[] = [
  { name: 'program', type: 'string', description: 'The guest: an AArch64 ELF executable. Relative paths start at the workspace folder.' },
  {
    name: 'symbols',
    type: 'array',
    also: 'string',
    default: [],
    description:
      'More ELF files whose symbols and lines are used; as FILE@OFFSET where one runs so many bytes from the addresses it is linked at.',
  },
  {
    name: 'client',
    type: 'string',
    values: ['EL1', 'EL2'],
    default: 'EL1',
    description:
      'Where the guest starts. EL1: EL2 is played by the debugger (a KVM guest). EL2: EL3 is played (a client of Trusted Firmware).',
  },
  {
    name: 'conduit',
    type: 'string',
    values: ['hvc', 'smc'],
    description: 'Instruction of SMCCC calls. Default: hvc for a client at EL1, smc for a client at EL2.',
  },
  {
    name: 'sdei',
    type: 'object',
    default: {},
    description: 'The SDEI dispatcher above the client.',
    keys: [
      {
        name: 'profile',
        type: 'string',
        values: ['spec', 'tfa', 'kvm', 'qemu'],
        default: 'spec',
        description: 'Whose behaviour: the specification, Trusted Firmware-A, KVM, or QEMU.',
      },
      {
        name: 'events',
        type: 'array',
        description:
          'Platform events besides event 0. Default: 804 private critical, 805 shared critical, 806 private normal, 807 shared normal.',
        keys: eventKeys,
      },
      {
        name: 'bindSlots',
        type: 'object',
        description:
          'How many interrupts the guest can bind to events. Default: 3 of each kind; profile kvm 0, qemu 8 private and 16 shared.',
        keys: [
          {
            name: 'private',
            type: 'integer',
            also: 'array',
            minimum: 0,
            maximum: 80,
            description: 'For private interrupts (PPIs): how many, or the numbers of their events.',
          },
          {
            name: 'shared',
            type: 'integer',
            also: 'array',
            minimum: 0,
            maximum: 2012,
            description: 'For shared interrupts (SPIs): how many, or the numbers of their events.',
          },
        ],
      },
      {
        name: 'version',
        type: 'string',
        values: ['1.0', '1.1'],
        description: 'What SDEI_VERSION answers. Default: 1.0; profile kvm 1.1.',
      },
      {
        name: 'relativeMode',
        type: 'boolean',
        default: false,
        description: 'Entry points may be offsets from VBAR (flag bit 1 of SDEI_EVENT_REGISTER). Needs version 1.1.',
      },
      {
        name: 'bugCompatible',
        type: 'boolean',
        default: false,
        description: "Reproduce the known defects of the profile's implementation.",
      },
    ],
  },
  { name: 'cpus', type: 'integer', minimum: 1, maximum: 8, default: 1, description: 'Number of PEs. All but PE0 wait for PSCI CPU_ON.' },
  {
    name: 'memory',
    type: 'string',
    also: 'integer',
    default: '128M',
    description: 'RAM from 0x40000000: a number of bytes, or with a suffix K, M or G.',
  },
  {
    name: 'entry',
    type: 'string',
    also: 'integer',
    description: "Where the guest starts: an address or a symbol. Default: the program's entry point.",
  },
  { name: 'stopOnEntry', type: 'boolean', default: false, description: "Stop before the guest's first instruction." },
  {
    name: 'inject',
    type: 'array',
    also: 'string',
    default: [],
    description: 'Events raised at exact places, as EVENT@SYMBOL+OFFSET#N: when the address is reached the Nth time.',
  },
  {
    name: 'sourceMap',
    type: 'object',
    default: {},
    description: 'Path prefixes recorded in the debug information, each with the folder where the sources are now.',
  },
  {
    name: 'console',
    type: 'string',
    values: ['both', 'terminal', 'debugConsole'],
    default: 'both',
    description: "Where the guest's console (PL011) appears.",
  },
  {
    name: 'kernel',
    type: 'string',
    description:
      'Instead of "program": an arm64 Linux kernel to boot, as Image, Image.gz or vmlinuz. It gets a device tree of this machine.',
  },
  { name: 'initrd', type: 'string', description: 'Initial RAM disk of "kernel".' },
  { name: 'bootArguments', type: 'string', description: 'Command line of "kernel".' },
  {
    name: 'irqchip',
    type: 'string',
    values: ['kernel', 'user'],
    default: 'kernel',
    description:
      "Whose the interrupt controller is. user: user space's (KVM_CAP_ARM_USER_IRQ), which learns of timer and PMU interrupts from each PE's device_irq_level.",
  },
  {
    name: 'hypStub',
    type: 'string',
    values: ['4.11', '4.12', '5.12', '6.0', '6.19'],
    description: "Which Linux kernels' calls the hyp-stub answers: those up to 4.11, or from that version on. Default: 6.0.",
  },
  {
    name: 'history',
    type: 'string',
    also: 'boolean',
    default: '256M',
    description: 'Memory for checkpoints, from which one can go back in time: such as "256M". false: keep none, there is no way back.',
  },
  {
    name: 'gdbServer',
    type: 'integer',
    minimum: 0,
    maximum: 65535,
    description: 'Port on 127.0.0.1 where gdb can attach to the guest of this session; 0: a free one, told in the Debug Console.',
  },
];

/** Keys that VS Code itself puts into a configuration. */
const editorKeys = new Set([
  'type', 'request', 'name', 'noDebug', 'preLaunchTask', 'postDebugTask', 'internalConsoleOptions', 'debugServer', 'serverReadyAction',
  'presentation', 'windows', 'linux', 'osx', 'suppressMultipleSessionWarning',
]); // biome-ignore format: a list

export interface SdeiEventDeclaration {
  readonly number: number;
  readonly type: 'private' | 'shared';
  readonly priority: 'normal' | 'critical';
  readonly interrupt?: number;
}

/** What the machine is made of; structurally what the emulator takes. */
export interface MachineSettings {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly client: 'EL1' | 'EL2';
  readonly conduit: 'hvc' | 'smc';
  readonly sdei: {
    readonly profile: 'spec' | 'tfa' | 'kvm' | 'qemu';
    readonly version: readonly [number, number];
    readonly bindSlots: { readonly private: number | readonly number[]; readonly shared: number | readonly number[] };
    readonly events: readonly SdeiEventDeclaration[];
    readonly bugCompatible: boolean;
    readonly relativeMode?: boolean;
  };
  readonly irqchip: 'kernel' | 'user';
  /** Absent: the stub of today's kernels. */
  readonly hypStub?: '4.11' | '4.12' | '5.12' | '6.0' | '6.19';
}

/** A Linux kernel to boot, by the paths of its files. */
export interface KernelSettings {
  readonly image: string;
  readonly initrd?: string;
  readonly bootArguments: string;
}

/** An ELF that describes code which something else loads. */
export interface SymbolFile {
  readonly path: string;
  /** Where it runs, less where it is linked. */
  readonly offset: bigint;
}

/** A launch configuration with every default filled in. */
export interface LaunchArguments {
  /** A bare-metal guest; absent: `kernel` is there. */
  readonly program?: string;
  readonly kernel?: KernelSettings;
  readonly symbols: readonly SymbolFile[];
  readonly machine: MachineSettings;
  /** An address or a symbol; absent: the ELF's entry point. */
  readonly entry?: string;
  readonly stopOnEntry: boolean;
  readonly inject: readonly string[];
  readonly sourceMap: Readonly<Record<string, string>>;
  readonly console: 'both' | 'terminal' | 'debugConsole';
  readonly noDebug: boolean;
  /** What checkpoints may use; absent: no history is kept. */
  readonly historyBytes?: number;
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
    inject: listOf('inject', values.inject),
    sourceMap: sourceMap(values.sourceMap as Record<string, unknown>),
    console: values.console as LaunchArguments['console'],
    noDebug: given.noDebug === true,
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
function guestOf(values: Readonly<Record<string, unknown>>): Pick<LaunchArguments, 'program' | 'kernel'> {
  const { program, kernel: image, initrd, bootArguments, entry } = values as Record<string, string | undefined>;
  if (image === undefined) {
    for (const [key, value] of Object.entries({ initrd, bootArguments })) {
      if (value !== undefined)
        throw launchKeyConflict(key, value, 'there is no "kernel" that it is for', 'Set "kernel" to an arm64 kernel image, or remove it.');
    }
    if (program === undefined) throw missingLaunchKey('program', 'Set it to the path of an AArch64 ELF file.');
    if (program === '') throw wrongLaunchType('program', '', 'the path of an AArch64 ELF file');
    return { program };
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
  return { kernel: { image, ...(initrd !== undefined && { initrd }), bootArguments: bootArguments ?? '' } };
}

function checkKeys(
  given: Readonly<Record<string, unknown>>,
  keys: readonly LaunchKey[],
  prefix: string,
  ignored: ReadonlySet<string> = new Set(),
): Record<string, unknown> {
  const known = new Map(keys.map((key) => [key.name, key]));
  for (const name of Object.keys(given)) {
    if (ignored.has(name) || name.startsWith('__')) continue;
    const key = known.get(name);
    if (key === undefined) {
      const guess = nearest(name, known.keys());
      throw unknownLaunchKey(prefix + name, guess === undefined ? undefined : prefix + guess);
    }
    if (given[name] !== undefined && given[name] !== null) checkValue(key, given[name], prefix + name);
  }
  return Object.fromEntries(keys.map((key) => [key.name, given[key.name] ?? key.default]));
}

function checkValue(key: LaunchKey, value: unknown, path: string): void {
  const is = typeOf(value);
  if (is !== key.type && is !== key.also) throw wrongLaunchType(path, value, expectation(key));
  if (typeof value === 'number' && key.type === 'integer') {
    if (value < (key.minimum ?? -Infinity) || value > (key.maximum ?? Infinity)) throw wrongLaunchType(path, value, expectation(key));
  }
  if (key.values !== undefined && !key.values.includes(value as string)) {
    const guess = typeof value === 'string' ? nearest(value, key.values) : undefined;
    throw wrongLaunchType(path, value, expectation(key), guess);
  }
  if (key.keys !== undefined && is === 'object') checkKeys(value as Record<string, unknown>, key.keys, `${path}.`);
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number';
  return value === null ? 'null' : typeof value;
}

const typeWords = { string: 'a string', boolean: 'true or false', integer: 'a whole number', object: 'an object', array: 'a list' };

function expectation(key: LaunchKey): string {
  if (key.values !== undefined) return `one of ${key.values.map((value) => `"${value}"`).join(', ')}`;
  if (key.type === 'integer' && key.maximum !== undefined) {
    return `a whole number from ${key.minimum ?? 0} to ${key.maximum}${key.also === undefined ? '' : ` or ${typeWords[key.also]}`}`;
  }
  return key.also === undefined ? typeWords[key.type] : `${typeWords[key.type]} or ${typeWords[key.also]}`;
}

function listOf(path: string, value: unknown): string[] {
  const list = typeof value === 'string' ? [value] : (value as unknown[]);
  for (const [index, item] of list.entries()) if (typeof item !== 'string') throw wrongLaunchType(`${path}[${index}]`, item, 'a string');
  return list as string[];
}

/** `FILE` or `FILE@OFFSET` */
function symbolFile(text: string): SymbolFile {
  const [, path, sign, digits] = /^(.+)@([-+]?)(0x[0-9a-f]+|\d+)$/i.exec(text) ?? [];
  if (path === undefined) return { path: text, offset: 0n };
  const offset = BigInt(digits);
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

const platformEvents: readonly SdeiEventDeclaration[] = [
  { number: 804, type: 'private', priority: 'critical' },
  { number: 805, type: 'shared', priority: 'critical' },
  { number: 806, type: 'private', priority: 'normal' },
  { number: 807, type: 'shared', priority: 'normal' },
];

/** What each profile's implementation has; a test compares it with the dispatcher's own. */
const profileDefaults = {
  spec: { version: '1.0', bindSlots: { private: 3, shared: 3 } },
  tfa: { version: '1.0', bindSlots: { private: 3, shared: 3 } },
  kvm: { version: '1.1', bindSlots: { private: 0, shared: 0 } },
  qemu: { version: '1.0', bindSlots: { private: 8, shared: 16 } },
} as const;

function sdeiSettings(given: Record<string, unknown>): MachineSettings['sdei'] {
  const keys = launchKeys.find(({ name }) => name === 'sdei')?.keys ?? [];
  const values = checkKeys(given, keys, 'sdei.');
  const profile = values.profile as MachineSettings['sdei']['profile'];
  const usual = profileDefaults[profile];
  const [major, minor] = ((values.version as string | undefined) ?? usual.version).split('.').map(Number);
  return {
    profile,
    version: [major, minor],
    bindSlots: { ...usual.bindSlots, ...bindSlots(values.bindSlots as Readonly<Record<string, unknown>> | undefined) },
    events: values.events === undefined ? platformEvents : declaredEvents(values.events as unknown[]),
    bugCompatible: values.bugCompatible as boolean,
    ...(values.relativeMode === true ? { relativeMode: true } : {}),
  };
}

function bindSlots(given: Readonly<Record<string, unknown>> = {}): Partial<MachineSettings['sdei']['bindSlots']> {
  for (const [kind, slots] of Object.entries(given)) {
    if (!Array.isArray(slots)) continue;
    for (const [index, number] of slots.entries())
      if (typeOf(number) !== 'integer') throw wrongLaunchType(`sdei.bindSlots.${kind}[${index}]`, number, 'an event number');
  }
  return given as Partial<MachineSettings['sdei']['bindSlots']>;
}

function declaredEvents(list: unknown[]): SdeiEventDeclaration[] {
  const numbers = new Set<number>();
  return list.map((item, index) => {
    const path = `sdei.events[${index}]`;
    if (typeOf(item) !== 'object')
      throw wrongLaunchType(path, item, 'an object such as {"number": 804, "type": "shared", "priority": "critical"}');
    const values = checkKeys(item as Record<string, unknown>, eventKeys, `${path}.`);
    const number = values.number as number | undefined;
    if (number === undefined) throw missingLaunchKey(`${path}.number`, 'Set it to the event number, for example 804.');
    if (numbers.has(number))
      throw launchKeyConflict(`${path}.number`, number, 'another entry declares the same event', 'Give each event once.');
    numbers.add(number);
    return {
      number,
      type: values.type as 'private' | 'shared',
      priority: values.priority as 'normal' | 'critical',
      ...(values.interrupt === undefined ? {} : { interrupt: values.interrupt as number }),
    };
  });
}
