import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { badFilterCondition, unknownExceptionFilter } from '../errors.ts';
import { type Condition, parseCondition, unknownFieldOf } from '../conditions.ts';
import { nearest } from '../nearest.ts';
import { completingCalls, isGuestEnd, type MachineStop, type Stop } from '../target/stop-reason.ts';
import type { TargetStop, TargetStopConditions } from '../target/target.ts';

interface Filter extends Dap.ExceptionBreakpointsFilter {
  /** The values that a condition may name, in the order in which a message lists them. */
  readonly fields: readonly string[];
}

/** Words of `reason` for an event that has just become pending. */
const waitReasons = ['masked', 'off', 'suspended', 'criticalRuns', 'normalRuns', 'running', 'disabled'];

const filters: readonly Filter[] = [
  {
    filter: 'sdei.dispatch',
    label: 'SDEI Dispatch',
    description: 'Stops at the first instruction of an event handler.',
    supportsCondition: true,
    conditionDescription: 'Event numbers, for example: 0, 804; or depth > 1 for a handler that interrupts another',
    fields: ['event', 'pe', 'priority', 'pc', 'el', 'depth'],
  },
  {
    filter: 'sdei.completion',
    label: 'SDEI Completion',
    description: 'Stops when a handler has ended, at the instruction the PE goes on with.',
    supportsCondition: true,
    conditionDescription: 'Event numbers, for example: 0, 804; or how == resume for SDEI_EVENT_COMPLETE_AND_RESUME',
    fields: ['event', 'pe', 'priority', 'how', 'call', 'fid', 'pc', 'el', 'depth'],
  },
  {
    filter: 'sdei.pended',
    label: 'SDEI Events That Wait',
    description: 'Stops when an event has become pending and cannot be dispatched, with the reason.',
    supportsCondition: true,
    conditionDescription: `Event numbers or reasons, for example: 804, masked; reasons are ${waitReasons.join(', ')}`,
    fields: ['event', 'pe', 'priority', 'reason', 'pc', 'el'],
  },
  {
    filter: 'sdei.error',
    label: 'Failed SDEI Calls',
    description: 'Stops after an SDEI call has returned an error.',
    supportsCondition: true,
    conditionDescription: 'Status or call names, for example: DENIED, SDEI_EVENT_ENABLE',
    fields: ['ret', 'status', 'call', 'fid', 'event', 'pe', 'pc', 'el'],
  },
  {
    filter: 'sdei.exception',
    label: 'Exceptions in SDEI Handlers',
    description: 'Stops at the vector of an exception that was taken while an event handler runs.',
    supportsCondition: true,
    conditionDescription: 'Event numbers, classes or types, for example: 804, dataAbort, irq; or type == synchronous and class != svc',
    fields: ['event', 'pe', 'class', 'type', 'ec', 'esr', 'far', 'pc', 'el', 'to', 'depth'],
  },
  {
    filter: 'sdei.clobbered',
    label: 'Handlers That Change the Interrupted Code’s Registers',
    description:
      'Stops when an event handler has ended with X18 to X30, a stack pointer, or ELR or SPSR of the client changed. The Debug Console tells it in any case.',
    supportsCondition: true,
    conditionDescription: 'Event numbers or registers, for example: 804, x19, SP_EL0',
    fields: ['event', 'pe', 'register', 'how', 'pc', 'el'],
  },
  {
    filter: 'conduit',
    label: 'HVC and SMC',
    description: 'Stops at each HVC and SMC before it is executed.',
    supportsCondition: true,
    conditionDescription: 'Function identifiers or names of calls, for example: 0xC4000020, HVC_SOFT_RESTART',
    fields: ['fid', 'imm', 'conduit', 'call', 'pe', 'pc', 'el'],
  },
  {
    filter: 'call.clobbered',
    label: 'Calls That Change the Caller’s Registers',
    description:
      'Stops when the guest’s own EL2 code returns from HVC #0 or SMC #0 with X19 to X30 changed. The Debug Console tells it in any case.',
    supportsCondition: true,
    conditionDescription: 'Values of X0 at the call, for example: 0x1',
    fields: ['fid', 'conduit', 'register', 'pe', 'pc', 'el'],
  },
  {
    filter: 'exceptionLevel',
    label: 'Exception Level Changes',
    description: 'Stops when a PE has come to another exception level: by an exception, by ERET, by a dispatch or a completion.',
    supportsCondition: true,
    conditionDescription: 'Exception levels it came to, or how, for example: 2, svc, eret; or from == 0 and to == 1 and how != irq',
    fields: ['to', 'from', 'how', 'pe', 'pc'],
  },
  {
    filter: 'kvm.deviceIrqLevel',
    label: 'Device Interrupt Levels',
    description: 'With "irqchip": "user": stops when device_irq_level of a PE has changed, before the guest runs on.',
    supportsCondition: true,
    conditionDescription: 'Levels, for example: 0x1; or pe == 1',
    fields: ['level', 'before', 'pe', 'pc'],
  },
];

export const exceptionFilters: readonly Dap.ExceptionBreakpointsFilter[] = filters.map(({ fields: _, ...filter }) => filter);

/** Which stops somebody asked for. */
export interface WantedStops {
  /** The same object as long as they are the same. */
  readonly conditions: TargetStopConditions;
  wants(stop: MachineStop): boolean;
}

export interface ExceptionBreakpoints extends WantedStops {
  /** Somebody asked for some. */
  readonly areAny: boolean;
  /** @throws UserError on an unknown filter */
  set(args: Dap.SetExceptionBreakpointsArguments): { verified: boolean; message?: string }[];
}

/** What one or another of them wants. */
export function either(one: WantedStops, other: WantedStops): WantedStops {
  let last: { readonly of: readonly TargetStopConditions[]; readonly both: TargetStopConditions } | undefined;
  return {
    // Asked for at each step.
    get conditions() {
      const [a, b] = [one.conditions, other.conditions];
      if (last?.of[0] !== a || last.of[1] !== b) last = { of: [a, b], both: bothOf(a, b) };
      return last.both;
    },
    wants: (stop) => one.wants(stop) || other.wants(stop),
  };
}
function bothOf(a: TargetStopConditions, b: TargetStopConditions): TargetStopConditions {
  const names = Object.keys({ ...a, ...b }) as (keyof TargetStopConditions)[];
  const most = (name: keyof TargetStopConditions) => (b[name] === 'always' ? b[name] : a[name] || b[name]);
  return Object.fromEntries(names.map((name) => [name, most(name)]));
}

/** The stop that somebody asked for, if it is no breakpoint. */
export function wantedStop({ wants }: WantedStops, stop: TargetStop): Stop | undefined {
  const { kind } = stop;
  if (kind === 'budget' || kind === 'pause' || kind === 'breakpoint' || isGuestEnd(stop)) return undefined;
  return wants(stop) ? { kind: 'machine', pe: 'pe' in stop ? stop.pe : 0, stop } : undefined;
}

function badCondition(filter: string, condition: string, fields: readonly string[]): string {
  const stranger = unknownFieldOf(condition, { all: fields });
  return badFilterCondition(filter, condition, fields, stranger && nearest(stranger, fields));
}

function conditionsOf(active: ReadonlyMap<string, Condition>): TargetStopConditions {
  return {
    sdeiDispatch: active.has('sdei.dispatch'),
    sdeiCompletion: active.has('sdei.completion'),
    sdeiCallFailed: active.has('sdei.error'),
    sdeiPended: active.has('sdei.pended'),
    // Told in any case.
    sdeiClobbered: true,
    handlerException: active.has('sdei.exception'),
    exceptionLevel: active.has('exceptionLevel'),
    conduitCall: active.has('conduit'),
    deviceIrqLevel: active.has('kvm.deviceIrqLevel'),
    semihostingOff: true,
    nothingThere: true,
    clobberedCall: active.has('call.clobbered') ? ('always' as const) : ('sampled' as const),
  };
}

export function createExceptionBreakpoints(): ExceptionBreakpoints {
  let active = new Map<string, Condition>();
  let conditions = conditionsOf(active);
  return {
    set(args) {
      const wanted: { filter: string; condition?: string }[] = [
        ...args.filters.map((filter) => ({ filter })),
        ...(args.filterOptions ?? []).map(({ filterId, condition }) => ({ filter: filterId, condition })),
      ];
      const next = new Map<string, Condition>();
      const answers = wanted.map(({ filter, condition }) => {
        const known = filters.find((candidate) => candidate.filter === filter);
        if (known === undefined) {
          const names = filters.map((candidate) => candidate.filter);
          return { verified: false, message: unknownExceptionFilter(filter, names) };
        }
        const holds = condition === undefined || condition.trim() === '' ? () => true : conditionOf(condition, known.fields);
        if (holds === undefined) return { verified: false, message: badCondition(filter, condition ?? '', known.fields) };
        next.set(filter, holds);
        return { verified: true };
      });
      active = next;
      conditions = conditionsOf(active);
      return answers;
    },
    get areAny() {
      return active.size > 0;
    },
    get conditions() {
      return conditions;
    },
    wants(stop) {
      if (stop.kind === 'semihosting-off' || stop.kind === 'nothing-there') return false;
      const fields = fieldsOf(stop);
      if (fields === undefined) return true;
      return active.get(fields.filter)?.((field) => fields.values[field]) ?? false;
    },
  };
}

/** A bare number is compared with a filter's first field that has numbers, a bare word with each that has words. */
const wordFields = ['status', 'call', 'how', 'priority', 'conduit', 'reason', 'class', 'type', 'register'];
/** Other names of fields. */
const aliases: Readonly<Record<string, string>> = { prio: 'priority' };

function conditionOf(text: string, fields: readonly string[]): Condition | undefined {
  const others = Object.keys(aliases).filter((name) => fields.includes(aliases[name]));
  const condition = parseCondition(text, {
    all: [...fields, ...others],
    number: fields.find((field) => !wordFields.includes(field)) ?? fields[0],
    words: fields.filter((field) => wordFields.includes(field)),
  });
  return condition && ((valueOf) => condition((field) => valueOf(aliases[field] ?? field)));
}

type Values = Readonly<Record<string, string | bigint | readonly string[] | undefined>>;
/** The others stop in any case, or by what is watched. */
type Filtered = Exclude<
  MachineStop['kind'],
  'watchpoint' | 'halted' | 'unimplemented' | 'lockup' | 'bad-semihosting-call' | 'semihosting-off' | 'nothing-there'
>;

const numberOrNone = (value: number | undefined): bigint | undefined => (value === undefined ? undefined : BigInt(value));

/** Of each stop that a filter asks for: the filter, and the values of its fields besides the PE. */
const tables: { readonly [Kind in Filtered]: (stop: Extract<MachineStop, { kind: Kind }>) => readonly [filter: string, values: Values] } = {
  'sdei-dispatch': ({ event, priority, interruptedPc: pc, interruptedEl: el, depth }) => [
    'sdei.dispatch',
    { event: BigInt(event), priority, pc, el: BigInt(el), depth: BigInt(depth) },
  ],
  'sdei-completion': ({ event, priority, how, pc, el, depth }) => [
    'sdei.completion',
    {
      event: BigInt(event),
      priority,
      how,
      call: completingCalls[how].name,
      fid: completingCalls[how].functionId,
      pc,
      el: BigInt(el),
      depth: BigInt(depth),
    },
  ],
  'sdei-pended': ({ event, priority, reason, pc, el }) => ['sdei.pended', { event: BigInt(event), priority, reason, pc, el: BigInt(el) }],
  'sdei-clobbered': ({ event, how, pc, el, changed }) => [
    'sdei.clobbered',
    { event: BigInt(event), register: changed.map(({ name }) => name), how, pc, el: BigInt(el) },
  ],
  'sdei-call-failed': ({ result, status, call, functionId, event, pc, el }) => [
    'sdei.error',
    { ret: BigInt.asIntN(64, result), status, call, fid: BigInt(functionId), event: numberOrNone(event), pc, el: BigInt(el) },
  ],
  'conduit-call': ({ x0: fid, immediate, conduit, call = '', pc, el }) => [
    'conduit',
    { fid, imm: BigInt(immediate), conduit, call, pc, el: BigInt(el) },
  ],
  'clobbered-call': ({ x0: fid, conduit, changed, pc, el }) => [
    'call.clobbered',
    { fid, conduit, register: changed.map(({ name }) => name), pc, el: BigInt(el) },
  ],
  'handler-exception': ({ event, class: word, type, esr, far, pc, from, to, depth }) => [
    'sdei.exception',
    {
      event: BigInt(event),
      class: word,
      type,
      ec: esr === undefined ? undefined : (esr >> 26n) & 0x3fn,
      esr,
      far,
      pc,
      el: BigInt(from),
      to: BigInt(to),
      depth: BigInt(depth),
    },
  ],
  'exception-level': ({ from, to, how, pc }) => ['exceptionLevel', { to: BigInt(to), from: BigInt(from), how, pc }],
  'device-irq-level': ({ level, before, pc }) => ['kvm.deviceIrqLevel', { level: BigInt(level), before: BigInt(before), pc }],
};

const isFiltered = (stop: MachineStop): stop is Extract<MachineStop, { kind: Filtered }> => stop.kind in tables;

function fieldsOf(stop: MachineStop): { filter: string; values: Values } | undefined {
  if (!isFiltered(stop)) return undefined;
  const [filter, values] = (tables[stop.kind] as (stop: MachineStop) => readonly [string, Values])(stop);
  return { filter, values: { ...values, pe: BigInt(stop.pe) } };
}
