/** What happened in a run, as tables: found by repeating it once. */
import type { ConditionFields, ConditionValue } from '../conditions.ts';
import type { Images } from '../images.ts';
import { isBefore, type Moment, type Target, type TargetDelivery, type TargetStop } from '../target/target.ts';
import { createTimeline } from '../timeline.ts';

export type TraceRecord = Readonly<Record<string, ConditionValue>>;
export interface TraceTable {
  readonly description: string;
  readonly fields: readonly string[];
}

/** What one can ask for; `at` counts instructions since the start. */
export const traceTables = {
  deliveries: {
    description: 'Events delivered; latency: instructions from pending to dispatch, duration: of the handler.',
    fields: ['event', 'pe', 'priority', 'at', 'latency', 'duration', 'ended', 'interrupted.pc', 'interrupted.el', 'interrupted.function'],
  },
  calls: {
    description: 'HVC and SMC that the level above answers, or the guest at EL2.',
    fields: ['fid', 'pe', 'call', 'conduit', 'imm', 'at', 'pc', 'el', 'function'],
  },
  errors: { description: 'SDEI calls that returned an error.', fields: ['ret', 'pe', 'status', 'call', 'at', 'pc', 'function'] },
  console: { description: "Lines of the guest's console.", fields: ['at', 'text'] },
  inputs: { description: 'What came from outside.', fields: ['at', 'pe', 'kind', 'event'] },
} as const satisfies Readonly<Record<string, TraceTable>>;
export type TraceTableName = keyof typeof traceTables;

const words = ['priority', 'ended', 'call', 'conduit', 'status', 'kind', 'interrupted.function', 'function', 'text'];
export const conditionFieldsOf = (name: TraceTableName): ConditionFields => {
  const all: readonly string[] = traceTables[name].fields;
  return { all, number: all.find((field) => !words.includes(field)), words: all.filter((field) => words.includes(field)) };
};

/**
 * Repeats what is on record from its beginning, and leaves the machine at its end.
 * @param onTheWay called where the machine is at a moment between them
 */
export async function recordsOf(
  target: Target,
  images: Images,
  onTheWay?: { readonly at: Moment; readonly look: () => void },
): Promise<Readonly<Record<TraceTableName, readonly TraceRecord[]>>> {
  const { timeTravel, sdei } = target;
  const { recording, history } = timeTravel;
  const deliveries: Record<string, ConditionValue>[] = [];
  const calls: TraceRecord[] = [];
  const errors: TraceRecord[] = [];
  const begin = history?.checkpoints[0] ?? { instruction: 0, ticks: 0, inputs: 0 };
  const functionAt = (pc: bigint): string | undefined => images.functionAt(pc)?.name ?? images.symbolAt(pc)?.name;
  /** How many deliveries are in the table, and by their number those whose handlers run. */
  let known = sdei.deliveryCount;
  const open = new Map<number, Record<string, ConditionValue>>();
  const pendingSince = new Map<string, number>();
  const keyOf = (event: number, pe: number, type: 'private' | 'shared') => (type === 'shared' ? `${event}` : `${event} ${pe}`);

  const timeline = createTimeline(target, images);
  const hear = (): void => {
    const bytes = target.takeConsoleOutput();
    if (bytes.length > 0) timeline.console(bytes, target.consoleLines);
  };
  function look(): void {
    const { deliveryCount } = sdei;
    if (deliveryCount !== known || open.size > 0) {
      // New ones, and those whose end is not known: a run has hundreds of thousands, and each is told of at two stops or more.
      const latest = sdei.latestDeliveries(deliveryCount - Math.min(known, ...open.keys()));
      for (const [index, delivery] of latest.entries()) take(deliveryCount - latest.length + index, delivery);
      known = deliveryCount;
    }
    for (const { number, type, pe = 0, pending } of sdei.events) {
      const key = keyOf(number, pe, type);
      if (!pending) pendingSince.delete(key);
      else if (!pendingSince.has(key)) pendingSince.set(key, target.time);
    }
  }
  function take(number: number, { event, pe, priority, at, interrupted, ended, endedAt = at }: TargetDelivery): void {
    const end = ended === undefined ? {} : { ended, duration: BigInt(endedAt - at) };
    if (number < known) {
      const before = open.get(number);
      if (before === undefined || ended === undefined) return;
      Object.assign(before, end);
      open.delete(number);
      return;
    }
    const type = sdei.events.find((one) => one.number === event)?.type ?? 'private';
    const since = pendingSince.get(keyOf(event, pe, type)) ?? at;
    const delivery: Record<string, ConditionValue> = {
      event: BigInt(event),
      pe: BigInt(pe),
      priority,
      at: BigInt(at),
      latency: BigInt(Math.max(0, at - since)),
      'interrupted.pc': interrupted.pc,
      'interrupted.el': BigInt(interrupted.el),
      'interrupted.function': functionAt(interrupted.pc),
      ...end,
    };
    deliveries.push(delivery);
    if (ended === undefined) open.set(number, delivery);
  }
  function visit(stop: TargetStop): void {
    const at = BigInt(target.time);
    if (stop.kind === 'watchpoint' || stop.kind === 'sdei-dispatch' || stop.kind === 'sdei-completion') look();
    else if (stop.kind === 'sdei-call-failed') {
      const { pe, pc, call, status, result } = stop;
      errors.push({ ret: BigInt.asIntN(64, result), pe: BigInt(pe), status, call, at, pc, function: functionAt(pc) });
    } else if (stop.kind === 'conduit-call') {
      const { pe, pc, conduit, immediate, x0, call } = stop;
      const el = BigInt(target.pes[pe].exceptionLevel);
      calls.push({ fid: x0, pe: BigInt(pe), call, conduit, imm: BigInt(immediate), at, pc, el, function: functionAt(pc) });
    }
  }

  await timeTravel.travel(begin);
  hear();
  target.setBreakpoints([]);
  target.setStopConditions({ sdeiDispatch: true, sdeiCompletion: true, sdeiCallFailed: true, conduitCall: true });
  target.setWatchpoints(target.pes.map(({ index: pe }) => ({ kind: 'value', pe, what: 'sdei_pending' })));
  known = sdei.deliveryCount;
  async function repeatTo(at: Moment): Promise<void> {
    await timeTravel.repeat(at, visit, async () => hear());
    await timeTravel.travel(at);
  }
  let isBehind = onTheWay === undefined;
  for (const { at } of [...recording.inputs, { at: recording.end }]) {
    if (!isBehind && onTheWay !== undefined && !isBefore(at, onTheWay.at)) {
      isBehind = true;
      await repeatTo(onTheWay.at);
      onTheWay.look();
    }
    await repeatTo(at);
    // What comes from outside stops nothing: it is looked at behind it.
    if (at.inputs < recording.inputs.length) await timeTravel.travel({ ...at, inputs: at.inputs + 1 });
    look();
  }
  target.setStopConditions({});
  target.setWatchpoints([]);
  hear();

  const inputs = recording.inputs
    .filter(({ what }) => what.kind !== 'turn')
    .map(({ at, what }): TraceRecord => {
      const { kind, pe, event } = what as { kind: string; pe?: number; event?: number };
      const big = (value: number | undefined) => (value === undefined ? undefined : BigInt(value));
      return { at: BigInt(at.instruction), pe: big(pe), kind, event: big(event) };
    });
  const lines = timeline.all.map(({ moment, text }): TraceRecord => ({ at: BigInt(moment.instruction), text }));
  return { deliveries, calls, errors, console: lines, inputs };
}
