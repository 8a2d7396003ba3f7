/** A Program and a Target of plain objects: types, variables and memory laid out by the test. */
import type { FrameView } from '../../debug-adapter/evaluate/frame-view.ts';
import type { Location, Program, Variable } from '../../debug-adapter/program/program.ts';
import type { Member, Type } from '../../debug-adapter/program/types.ts';
import type { Moment, RegisterInfo, Target, TargetPseudoRegister, TargetSdei, TargetSdeiEvent } from '../../debug-adapter/target/target.ts';
import { TargetError } from '../../debug-adapter/target/target.ts';

type BaseType = Extract<Type, { kind: 'base' }>;
const base = (name: string, size: number, encoding: BaseType['encoding']): BaseType => ({ kind: 'base', name, size, encoding });

export const types = {
  char: base('char', 1, 'unsigned-char'),
  signedChar: base('signed char', 1, 'signed-char'),
  unsignedChar: base('unsigned char', 1, 'unsigned-char'),
  bool: base('_Bool', 1, 'boolean'),
  short: base('short int', 2, 'signed'),
  unsignedShort: base('short unsigned int', 2, 'unsigned'),
  int: base('int', 4, 'signed'),
  unsigned: base('unsigned int', 4, 'unsigned'),
  long: base('long int', 8, 'signed'),
  unsignedLong: base('long unsigned int', 8, 'unsigned'),
  int128: base('__int128', 16, 'signed'),
  half: base('_Float16', 2, 'float'),
  float: base('float', 4, 'float'),
  double: base('double', 8, 'float'),
  longDouble: base('long double', 16, 'float'),
  complex: base('complex double', 16, 'complex'),
  void: { kind: 'void' },
} as const satisfies Record<string, Type>;

export const pointer = (to: Type): Type => ({ kind: 'pointer', size: 8, to: () => to });
export const array = (element: Type, count?: number): Type => ({ kind: 'array', element: () => element, count });
export const typedef = (name: string, to: Type): Type => ({ kind: 'typedef', name, to: () => to });
export const constant = (to: Type): Type => ({ kind: 'const', to: () => to });
export const enumeration = (name: string | undefined, values: Record<string, number>, signed = false): Type => ({
  kind: 'enum',
  name,
  size: 4,
  signed,
  enumerators: () => Object.entries(values).map(([key, value]) => ({ name: key, value: BigInt(value) })),
});
export const struct = (name: string | undefined, size: number, members: () => Member[]): Type => ({ kind: 'struct', name, size, members });
export const union = (name: string | undefined, size: number, members: () => Member[]): Type => ({ kind: 'union', name, size, members });
export const member = (name: string | undefined, offset: number, type: Type, bit?: Member['bit']): Member => ({
  name,
  offset,
  type: () => type,
  bit,
});

export interface FakeVariable {
  name: string;
  type: Type;
  at: Location | bigint | ((frame: Parameters<Variable['locate']>[0]) => Location);
  kind?: Variable['kind'];
  depth?: number;
  path?: string;
  line?: number;
}

export interface FakeWorld {
  memory: Map<bigint, Uint8Array>;
  locals?: FakeVariable[];
  globals?: FakeVariable[];
  types?: Record<string, Type>;
  functions?: Record<string, bigint>;
  /** Symbols without debug information: address and size. */
  labels?: Record<string, readonly [address: bigint, size: number]>;
  registers?: Record<string, bigint>;
  systemRegisters?: RegisterInfo[];
  sdei?: Partial<TargetSdei>;
}

const variableOf = ({ name, type, at, kind = 'local', depth = 0, path, line = 1 }: FakeVariable): Variable => ({
  name,
  type,
  kind,
  depth,
  declaration: path === undefined ? undefined : { path, line },
  typeIn: () => type,
  locate: typeof at === 'function' ? at : () => (typeof at === 'bigint' ? { kind: 'memory', address: at } : at),
});

export function fakeProgram(world: FakeWorld): Program {
  const locals = (world.locals ?? []).map(variableOf);
  const globals = (world.globals ?? []).map((variable) => variableOf({ kind: 'global', ...variable }));
  const functions = Object.entries(world.functions ?? {});
  const symbols = [
    ...Object.entries(world.labels ?? {}).map(([name, [address, size]]) => ({ name, address, size, kind: 'other' as const })),
    ...functions.map(([name, address]) => ({ name, address, size: 0x40, kind: 'function' as const })),
    ...globals.flatMap((variable, i) => {
      const at = world.globals?.[i].at;
      return typeof at === 'bigint' ? [{ name: variable.name, address: at, size: 8, kind: 'object' as const }] : [];
    }),
  ];
  const sources = [...new Set([...locals, ...globals].flatMap(({ declaration }) => (declaration ? [declaration.path] : [])))];
  return {
    path: '/guest.elf',
    entry: 0n,
    segments: [],
    isPositionIndependent: false,
    splitFiles: () => [],
    hasDebugInformation: true,
    unitCount: 1,
    warnings: [],
    digestOf: () => undefined,
    sources: () => sources,
    scopeAt: () => '',
    isCPlusPlusAt: () => false,
    templateArgumentAt: () => undefined,
    globalsNamed: (name) => globals.filter((variable) => variable.name === name),
    contentsAt: () => undefined,
    sourcesNamed: (name) => sources.filter((path) => path.endsWith(`/${name}`)),
    sourceAt: (pc) => {
      const found = functions.find(([, address]) => pc >= address && pc < address + 0x40n);
      return found && { path: `/src/${found[0]}.c`, line: 10 };
    },
    lineRangeAt: () => undefined,
    isStatementStart: () => false,
    resolveLine: () => undefined,
    linesWithCode: () => [],
    functionAt: () => undefined,
    functionsNamed: (name) =>
      functions
        .filter(([known]) => known === name)
        .map(([known, low]) => ({ name: known, ranges: [{ low, high: low + 0x40n }], breakpointAddress: low + 8n })),
    inlineChainAt: () => [],
    symbolAt(address) {
      const found = symbols.find((symbol) => address >= symbol.address && address < symbol.address + BigInt(symbol.size || 0x20));
      return found && { name: found.name, offset: address - found.address };
    },
    symbol: (name) => symbols.find((symbol) => symbol.name === name),
    symbols: () => symbols,
    variablesAt: () => locals,
    global: (name) => globals.find((variable) => variable.name === name),
    globals: () => globals,
    namesIn: () => [],
    typeNamed: (name) => world.types?.[name],
    enumerator(name) {
      for (const type of Object.values(world.types ?? {})) {
        const found = type.kind === 'enum' ? type.enumerators().find((enumerator) => enumerator.name === name) : undefined;
        if (found) return { type, value: found.value };
      }
      return undefined;
    },
    unwind: ({ registers }) => ({ registers: new Map(), pc: 0n, cfa: (registers.get(31) ?? 0n) + 0x40n }),
    hasCallFrameInformation: () => true,
    callerRegisters: () => undefined,
  };
}

export interface FakeTarget extends Target {
  readonly registers: Map<string, bigint>;
  readonly reads: string[];
}

export function fakeTarget(world: FakeWorld): FakeTarget {
  const registers = new Map<string, bigint>([
    ['pc', 0x4008_0000n],
    ['sp', 0x4100_0000n],
    ['pstate', 0x6000_03c5n],
  ]);
  for (let n = 0; n <= 30; n++) registers.set(`x${n}`, BigInt(n));
  for (const [name, value] of Object.entries(world.registers ?? {})) registers.set(name, value);
  const reads: string[] = [];
  const find = (address: bigint) => {
    for (const [start, bytes] of world.memory) {
      const offset = Number(address - start);
      if (address >= start && offset < bytes.length) return { bytes, offset };
    }
    return undefined;
  };
  return {
    registers,
    reads,
    pes: [{ index: 0, power: 'on', waiting: false, retired: 1234, exceptionLevel: 1, pc: 0n, mpidr: 0n }],
    told() {},
    time: 1234,
    ram: { base: 0x4000_0000n, size: 0x1000_0000n },
    timeTravel: noTimeTravel,
    coreRegisters: registers.has('v0') ? [{ name: 'v0', bits: 128, writable: true, group: 'SIMD and floating-point' }] : [],
    systemRegisters: (world.systemRegisters ?? []).map((register) => ({
      encoding: 'S3_0_C1_C0_0',
      access: register.writable ? 'RW' : 'RO',
      level: 1,
      writableBits: register.writable ? 2n ** 64n - 1n : 0n,
      ...register,
    })),
    registerNote: () => ({}),
    load: () => 0,
    loadBy: () => undefined,
    start: () => undefined,
    readRegister(_pe, name) {
      reads.push(name);
      const value = registers.get(name.toLowerCase()) ?? registers.get(name);
      if (value === undefined) throw new TargetError(`No register ${name}.`);
      return value;
    },
    writeRegister: (_pe, name, value) => void registers.set(registers.has(name) ? name : name.toLowerCase(), value),
    readMemory(address, length) {
      const place = find(address);
      return place ? place.bytes.slice(place.offset, place.offset + length) : new Uint8Array(0);
    },
    writeMemory(address, bytes) {
      const place = find(address);
      if (!place) return 0;
      const count = Math.min(bytes.length, place.bytes.length - place.offset);
      place.bytes.set(bytes.subarray(0, count), place.offset);
      return count;
    },
    callName: () => undefined,
    physicalAddress: (_pe, address) => address,
    setBreakpoints: () => undefined,
    setStopConditions: () => undefined,
    setWatchpoints: () => undefined,
    physicalRanges: () => [],
    memoryRegion: () => ({ start: 0n, end: 1n << 64n }),
    resume: () => Promise.reject(new Error('a fake does not run')),
    pause: () => undefined,
    step: () => undefined,
    saveState: () => undefined,
    restoreState: () => {},
    stateHash: () => '',
    consoleLines: [],
    takeConsoleOutput: () => new Uint8Array(0),
    sendConsoleInput: () => undefined,
    endConsoleInput: () => undefined,
    sdei: {
      events: [],
      pes: [{ pe: 0, masked: false, running: [] }],
      deliveries: [],
      deliveryCount: 0,
      latestDeliveries: () => [],
      trigger: () => ({ accepted: false, message: '' }),
      call: () => ({ result: 0n }),
      pseudoRegisters: () => [],
      writePseudoRegister: () => undefined,
      ...world.sdei,
    },
  };
}

export function frameOf(world: FakeWorld, more: Partial<FrameView> = {}): FrameView & { readonly target: FakeTarget } {
  const target = fakeTarget(world);
  const registers = new Map<number, bigint>();
  for (let n = 0; n <= 30; n++) registers.set(n, target.registers.get(`x${n}`) ?? 0n);
  registers.set(31, target.registers.get('sp') ?? 0n);
  const pc = target.registers.get('pc') ?? 0n;
  return { programs: [fakeProgram(world)], pe: 0, level: 0, pc, inlineDepth: 0, registers, live: true, ...more, target };
}

/** Little-endian bytes: each item is [value, size], a string (without NUL), or bytes. */
export function bytes(...items: (readonly [value: bigint | number, size: number] | string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    items.flatMap((item) => {
      if (typeof item === 'string') return [...new TextEncoder().encode(item)];
      if (item instanceof Uint8Array) return [...item];
      const [value, size] = item;
      return Array.from({ length: size }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn));
    }),
  );
}

export const sdeiEvent = (number: number, more: Partial<TargetSdeiEvent> = {}): TargetSdeiEvent => ({
  number,
  type: 'private',
  priority: 'normal',
  signalable: number === 0,
  source: 'software',
  pe: 0,
  state: 'enabledRunning',
  pending: false,
  counts: { triggered: 1, delivered: 1, completed: 0, collapsed: 0, refused: 0 },
  ...more,
});

export const pseudoRegister = (id: bigint, name: string, value: Uint8Array): TargetPseudoRegister => ({
  id,
  name,
  bytes: value.length,
  value,
  writable: true,
});

const NOW: Moment = { instruction: 1234, ticks: 0, inputs: 0 };
const noTimeTravel: Target['timeTravel'] = {
  keepHistory: () => undefined,
  history: undefined,
  moment: NOW,
  isInPast: false,
  recording: { inputs: [], end: NOW },
  takeLeft: () => undefined,
  follow: () => undefined,
  inputsAt: () => 0,
  partingFrom: () => NOW,
  travel: async () => undefined,
  settle: () => 0,
  repeat: async () => undefined,
  repeatOne: () => undefined,
  repeatUntilTurnOf: () => undefined,
  repeatUntilRetired: () => true,
  contents: () => [],
  beginning: undefined,
  noteHere: () => undefined,
  takeOver: () => false,
};
