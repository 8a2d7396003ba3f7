/**
 * What a run of the cases has looked at: each call in each state with each class of its arguments. A state is that of the handler that the
 * call names, or which handlers run on the calling PE.
 */

import type { CallName } from '../../emulator/sdei/call.ts';
import { callNamed } from '../../emulator/sdei/calls.ts';
import type { SdeiEventView } from '../../emulator/sdei/sdei-view.ts';
import type { Harness, ProfileName } from './sdei-harness.ts';

export interface Coverage {
  readonly covered: number;
  readonly total: number;
  readonly calls: readonly {
    readonly call: string;
    readonly covered: number;
    readonly total: number;
    readonly missing: readonly string[];
  }[];
}

export interface CoverageRecorder {
  /** To be called before the call is made; arguments as the dispatcher will see them. */
  note(harness: Harness, pe: number, functionId: number, args: readonly bigint[]): void;
  result(): Coverage;
}

const handlerStates = ['unregistered', 'registered', 'enabled', 'registeredRunning', 'enabledRunning', 'unregisterPending'] as const;
const situations = ['no handler', 'normal handler', 'critical handler', 'critical on normal handler'] as const;
const NO_EVENT = 'no such event';
const NO_PE = 'no such PE';

/** One call as it is about to be made. */
interface Made {
  readonly harness: Harness;
  readonly pe: number;
  readonly args: readonly bigint[];
}

interface ArgumentClasses {
  readonly name: string;
  readonly classes: readonly string[];
  /** `undefined`: the argument is not looked at. */
  classOf(made: Made): string | undefined;
}

interface CallCoverage {
  readonly call: CallName;
  readonly states: readonly string[];
  stateOf(made: Made): string;
  /** Every combination of state and class of one argument is a cell; without arguments each state is one. */
  readonly arguments: readonly ArgumentClasses[];
  /** Cells that the event itself decides: `class` in `state`. */
  readonly events?: boolean;
  readonly absentIn?: readonly ProfileName[];
}

const number32 = (value: bigint): number => Number(BigInt.asIntN(32, value));
const unsigned32 = (value: bigint): number => Number(BigInt.asUintN(32, value));

function eventOf({ harness, pe, args }: Made, target = pe): SdeiEventView | undefined {
  const number = number32(args[0] ?? 0n);
  const instances = harness.dispatcher.events().filter((event) => event.number === number);
  return instances.find((event) => event.type === 'shared' || event.pe === target);
}

function classOfEvent(made: Made): string {
  const event = eventOf(made);
  if (event === undefined) return number32(made.args[0] ?? 0n) < 0 ? 'negative number' : 'unknown number';
  if (event.number === 0) return 'event 0';
  if (event.source === 'interrupt') return event.type === 'private' ? 'bound PPI' : 'bound SPI';
  return `${event.type} ${event.priority}`;
}

const knownEvents = (profile: ProfileName): readonly string[] =>
  profile === 'kvm' ? ['event 0', 'private normal'] : ['event 0', 'private normal', 'private critical', 'bound PPI', 'bound SPI'];

function situationOf({ harness, pe }: Made): string {
  const priorities = harness.dispatcher.pes()[pe].running.map(({ priority }) => priority);
  if (priorities.length === 0) return situations[0];
  if (priorities.length === 2) return situations[3];
  return priorities[0] === 'normal' ? situations[1] : situations[2];
}

const argument = (
  name: string,
  classes: readonly string[],
  classOf: (value: bigint, made: Made) => string,
  n: number,
): ArgumentClasses => ({
  name,
  classes,
  classOf: (made) => classOf(made.args[n] ?? 0n, made),
});

const addresses = (name: string, n: number): ArgumentClasses =>
  argument(
    name,
    ['0', 'not a multiple of 4', 'outside memory', 'in memory'],
    (value, { harness, pe }) => {
      if (value === 0n) return '0';
      if ((value & 3n) !== 0n) return 'not a multiple of 4';
      return harness.canFetch(pe, value) ? 'in memory' : 'outside memory';
    },
    n,
  );

const affinityOf = (value: bigint, { harness, pe }: Made): string => {
  const target = harness.pes.find(({ affinity }) => affinity === value);
  return target === undefined ? 'no PE' : target.index === pe ? 'this PE' : 'another PE';
};
const affinities = (n: number): ArgumentClasses => argument('affinity', ['this PE', 'another PE', 'no PE'], affinityOf, n);
const values = (name: string, known: readonly number[], n: number): ArgumentClasses =>
  argument(name, [...known.map(String), 'other'], (value) => (known.includes(Number(value)) ? String(value) : 'other'), n);

const ofEvent = (call: CallName, ...args: readonly ArgumentClasses[]): CallCoverage => ({
  call,
  states: [...handlerStates, NO_EVENT],
  stateOf: (made) => eventOf(made)?.state ?? NO_EVENT,
  arguments: args,
  events: true,
});
const ofPe = (call: CallName, ...args: readonly ArgumentClasses[]): CallCoverage => ({
  call,
  states: situations,
  stateOf: situationOf,
  arguments: args,
});
const maskOfPe: ArgumentClasses = {
  name: 'PE',
  classes: ['masked', 'unmasked'],
  classOf: ({ harness, pe }) => (harness.dispatcher.pes()[pe].masked ? 'masked' : 'unmasked'),
};

const interruptClasses = ['SGI', 'PPI', 'SPI', 'bound', 'active', "not the client's", 'no PPI or SPI'];
function classOfInterrupt({ harness, pe, args }: Made): string {
  const intid = unsigned32(args[0] ?? 0n);
  if (intid < 16) return 'SGI';
  if (intid > 5119 || (intid > 1019 && intid < 1056) || (intid > 1119 && intid < 4096)) return 'no PPI or SPI';
  if (harness.dispatcher.events().some((event) => event.intid === intid)) return 'bound';
  if (!harness.interrupts.isClientOwned(intid)) return "not the client's";
  if (harness.interrupts.isActive(intid, pe)) return 'active';
  return intid < 32 || (intid >= 1056 && intid <= 1119) ? 'PPI' : 'SPI';
}

const rows: readonly CallCoverage[] = [
  ofPe('SDEI_VERSION'),
  ofEvent(
    'SDEI_EVENT_REGISTER',
    addresses('entry point', 1),
    argument(
      'flags',
      ['RM_ANY', 'RM_PE', 'relative', 'reserved'],
      (flags) => ['RM_ANY', 'RM_PE', 'relative'][Number(flags)] ?? 'reserved',
      3,
    ),
    { ...affinities(4), classOf: (made) => ((made.args[3] ?? 0n) & 1n ? affinityOf(made.args[4] ?? 0n, made) : undefined) },
  ),
  ofEvent('SDEI_EVENT_ENABLE'),
  ofEvent('SDEI_EVENT_DISABLE'),
  ofPe(
    'SDEI_EVENT_CONTEXT',
    argument(
      'parameter',
      ['X0 to X3', 'X4 to X17', 'beyond'],
      (n) => (unsigned32(n) < 4 ? 'X0 to X3' : unsigned32(n) < 18 ? 'X4 to X17' : 'beyond'),
      0,
    ),
  ),
  ofPe('SDEI_EVENT_COMPLETE', values('status', [0, 1], 0)),
  ofPe('SDEI_EVENT_COMPLETE_AND_RESUME', addresses('resume address', 0)),
  ofEvent('SDEI_EVENT_UNREGISTER'),
  ofEvent('SDEI_EVENT_STATUS'),
  ofEvent('SDEI_EVENT_GET_INFO', values('information', [0, 1, 2, 3, 4], 1)),
  { ...ofEvent('SDEI_EVENT_ROUTING_SET', values('mode', [0, 1], 1), affinities(2)), absentIn: ['kvm'] },
  ofPe('SDEI_PE_MASK', maskOfPe),
  ofPe('SDEI_PE_UNMASK', maskOfPe),
  {
    ...ofPe('SDEI_INTERRUPT_BIND', { name: 'INTID', classes: interruptClasses, classOf: classOfInterrupt }),
    absentIn: ['kvm'],
  },
  { ...ofEvent('SDEI_INTERRUPT_RELEASE'), absentIn: ['kvm'] },
  {
    call: 'SDEI_EVENT_SIGNAL',
    states: [...handlerStates, NO_EVENT, NO_PE],
    stateOf(made) {
      if (number32(made.args[0] ?? 0n) !== 0) return NO_EVENT;
      const target = made.harness.pes.find(({ affinity }) => affinity === (made.args[1] ?? 0n));
      return target === undefined ? NO_PE : (eventOf(made, target.index)?.state ?? NO_EVENT);
    },
    arguments: [affinities(1)],
  },
  ofPe('SDEI_FEATURES', values('feature', [0, 1], 0)),
  ofPe('SDEI_PRIVATE_RESET'),
  ofPe('SDEI_SHARED_RESET'),
];

/** Combinations that there are: a state of an event needs the event, and so on. */
function cellsOf(row: CallCoverage, profile: ProfileName): string[] {
  if (row.absentIn?.includes(profile)) return [];
  const cells = row.events
    ? [
        ...knownEvents(profile).flatMap((event) => handlerStates.map((state) => `${event}, ${state}`)),
        `unknown number, ${NO_EVENT}`,
        `negative number, ${NO_EVENT}`,
      ]
    : [];
  if (row.call === 'SDEI_EVENT_SIGNAL') {
    const known = handlerStates.flatMap((state) => ['this PE', 'another PE'].map((target) => `affinity ${target}, ${state}`));
    return [...known, `affinity no PE, ${NO_PE}`, `affinity this PE, ${NO_EVENT}`];
  }
  const states = row.events ? handlerStates : profile === 'kvm' ? situations.slice(0, 2) : situations;
  for (const { name, classes } of row.arguments)
    for (const one of classes) for (const state of states) cells.push(`${name} ${one}, ${state}`);
  return cells.length > 0 ? cells : states.map((state) => state);
}

export function recordCoverage(profile: ProfileName): CoverageRecorder {
  const seen = new Map(rows.map(({ call }) => [call, new Set<string>()]));
  return {
    note(harness, pe, functionId, args) {
      const row = rows.find(({ call }) => callNamed(call).functionId === functionId);
      if (row === undefined) return;
      const made = { harness, pe, args };
      const state = row.stateOf(made);
      const cells = seen.get(row.call);
      if (row.events) cells?.add(`${classOfEvent(made)}, ${state}`);
      for (const { name, classOf } of row.arguments) cells?.add(`${name} ${classOf(made)}, ${state}`);
      cells?.add(state);
    },
    result() {
      const calls = rows.flatMap((row) => {
        const cells = cellsOf(row, profile);
        const missing = cells.filter((cell) => !seen.get(row.call)?.has(cell));
        return cells.length === 0 ? [] : [{ call: row.call, covered: cells.length - missing.length, total: cells.length, missing }];
      });
      const sum = (key: 'covered' | 'total'): number => calls.reduce((total, call) => total + call[key], 0);
      return { covered: sum('covered'), total: sum('total'), calls };
    },
  };
}
