import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { badFilterCondition, unknownExceptionFilter } from '../errors.ts';
import { type Condition, parseCondition } from '../conditions.ts';
import { isGuestEnd, type MachineStop, type Stop } from '../target/stop-reason.ts';
import type { TargetStop, TargetStopConditions } from '../target/target.ts';

interface Filter extends Dap.ExceptionBreakpointsFilter {
  /** The values that a condition may name, in the order in which a message lists them. */
  readonly fields: readonly string[];
}

const filters: readonly Filter[] = [
  {
    filter: 'sdei.dispatch',
    label: 'SDEI Dispatch',
    description: 'Stops at the first instruction of an event handler.',
    supportsCondition: true,
    conditionDescription: 'Event numbers, for example: 0, 804',
    fields: ['event', 'pe', 'priority', 'pc', 'el'],
  },
  {
    filter: 'sdei.completion',
    label: 'SDEI Completion',
    description: 'Stops when a handler has ended, at the instruction the PE goes on with.',
    supportsCondition: true,
    conditionDescription: 'Event numbers, for example: 0, 804',
    fields: ['event', 'pe', 'how', 'pc'],
  },
  {
    filter: 'sdei.error',
    label: 'Failed SDEI Calls',
    description: 'Stops after an SDEI call has returned an error.',
    supportsCondition: true,
    conditionDescription: 'Status or call names, for example: DENIED, SDEI_EVENT_ENABLE',
    fields: ['ret', 'status', 'call', 'pe', 'pc'],
  },
  {
    filter: 'conduit',
    label: 'HVC and SMC',
    description: 'Stops at each HVC and SMC before it is executed.',
    supportsCondition: true,
    conditionDescription: 'Function identifiers or names of calls, for example: 0xC4000020, HVC_SOFT_RESTART',
    fields: ['fid', 'imm', 'conduit', 'call', 'pe', 'pc'],
  },
  {
    filter: 'call.clobbered',
    label: 'Calls That Change the Caller’s Registers',
    description:
      'Stops when the guest’s own EL2 code returns from HVC #0 or SMC #0 with X19 to X30 changed. The Debug Console tells it in any case.',
    supportsCondition: true,
    conditionDescription: 'Values of X0 at the call, for example: 0x1',
    fields: ['fid', 'conduit', 'pe'],
  },
  {
    filter: 'kvm.deviceIrqLevel',
    label: 'Device Interrupt Levels',
    description: 'With "irqchip": "user": stops when device_irq_level of a PE has changed, before the guest runs on.',
    supportsCondition: true,
    conditionDescription: 'Levels, for example: 0x1; or pe == 1',
    fields: ['level', 'before', 'pe'],
  },
];

export const exceptionFilters: readonly Dap.ExceptionBreakpointsFilter[] = filters.map(({ fields: _, ...filter }) => filter);

/** Which stops somebody asked for. */
export interface WantedStops {
  readonly conditions: TargetStopConditions;
  wants(stop: MachineStop): boolean;
}

export interface ExceptionBreakpoints extends WantedStops {
  /** @throws UserError on an unknown filter */
  set(args: Dap.SetExceptionBreakpointsArguments): { verified: boolean; message?: string }[];
}

/** What one or another of them wants. */
export const either = (one: WantedStops, other: WantedStops): WantedStops => ({
  get conditions() {
    const names = Object.keys({ ...one.conditions, ...other.conditions }) as (keyof TargetStopConditions)[];
    return Object.fromEntries(names.map((name) => [name, one.conditions[name] || other.conditions[name]]));
  },
  wants: (stop) => one.wants(stop) || other.wants(stop),
});

/** The stop that somebody asked for, if it is no breakpoint. */
export function wantedStop({ wants }: WantedStops, stop: TargetStop): Stop | undefined {
  const { kind } = stop;
  if (kind === 'budget' || kind === 'pause' || kind === 'breakpoint' || isGuestEnd(stop)) return undefined;
  return wants(stop) ? { kind: 'machine', pe: 'pe' in stop ? stop.pe : 0, stop } : undefined;
}

export function createExceptionBreakpoints(): ExceptionBreakpoints {
  let active = new Map<string, Condition>();
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
        if (holds === undefined) return { verified: false, message: badFilterCondition(filter, condition ?? '', known.fields) };
        next.set(filter, holds);
        return { verified: true };
      });
      active = next;
      return answers;
    },
    get conditions() {
      return {
        sdeiDispatch: active.has('sdei.dispatch'),
        sdeiCompletion: active.has('sdei.completion'),
        sdeiCallFailed: active.has('sdei.error'),
        conduitCall: active.has('conduit'),
        deviceIrqLevel: active.has('kvm.deviceIrqLevel'),
        semihostingOff: true,
        clobberedCall: active.has('call.clobbered') ? ('always' as const) : ('sampled' as const),
      };
    },
    wants(stop) {
      if (stop.kind === 'semihosting-off') return false;
      const fields = fieldsOf(stop);
      if (fields === undefined) return true;
      return active.get(fields.filter)?.((field) => fields.values[field]) ?? false;
    },
  };
}

/** A bare number is compared with a filter's first field, a bare word with each that has words. */
const wordFields = ['status', 'call', 'how', 'priority', 'conduit'];
function conditionOf(text: string, fields: readonly string[]): Condition | undefined {
  return parseCondition(text, {
    all: fields,
    number: fields.find((field) => !wordFields.includes(field)) ?? fields[0],
    words: fields.filter((field) => wordFields.includes(field)),
  });
}

function fieldsOf(stop: MachineStop): { filter: string; values: Record<string, string | bigint> } | undefined {
  switch (stop.kind) {
    case 'sdei-dispatch':
      return {
        filter: 'sdei.dispatch',
        values: {
          event: BigInt(stop.event),
          pe: BigInt(stop.pe),
          priority: stop.priority,
          pc: stop.interruptedPc,
          el: BigInt(stop.interruptedEl),
        },
      };
    case 'sdei-completion':
      return { filter: 'sdei.completion', values: { event: BigInt(stop.event), pe: BigInt(stop.pe), how: stop.how, pc: stop.pc } };
    case 'sdei-call-failed':
      return {
        filter: 'sdei.error',
        values: { ret: BigInt.asIntN(64, stop.result), status: stop.status, call: stop.call, pe: BigInt(stop.pe), pc: stop.pc },
      };
    case 'conduit-call':
      return {
        filter: 'conduit',
        values: {
          fid: stop.x0,
          imm: BigInt(stop.immediate),
          conduit: stop.conduit,
          call: stop.call ?? '',
          pe: BigInt(stop.pe),
          pc: stop.pc,
        },
      };
    case 'clobbered-call':
      return { filter: 'call.clobbered', values: { fid: stop.x0, conduit: stop.conduit, pe: BigInt(stop.pe) } };
    case 'device-irq-level':
      return {
        filter: 'kvm.deviceIrqLevel',
        values: { level: BigInt(stop.level), before: BigInt(stop.before), pe: BigInt(stop.pe) },
      };
    default:
      return undefined;
  }
}
