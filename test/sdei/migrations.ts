/** Migrations of a guest at random instructions into a fresh machine of the same profile, through KVM's pseudo firmware registers only. */

import { firstDifference, traceToEnd } from '../../debug-adapter/cli/event-trace.ts';
import { arrive, type MigrationStream, streamOf } from '../../debug-adapter/cli/migration.ts';
import { idText } from '../../debug-adapter/cli/pseudo-register-id.ts';
import { type LaunchArguments, parseLaunchArguments } from '../../debug-adapter/launch-arguments.ts';
import { loadGuest } from '../../debug-adapter/load-guest.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { guest } from '../cli/sdei-debug.ts';
import type { Profile } from './model.ts';

const EVENT_CONTEXT = '0x608000000014000C';
const LONGEST = 10_000_000;

export interface Migrations {
  /** Both machines did the same to the end. */
  readonly equal: number;
  readonly refused: number;
  /** How often each part of the state had no place in a register. */
  readonly reasons: ReadonlyMap<string, number>;
  /** Anything else: where, and what differed. */
  readonly wrong: readonly string[];
}

/** mulberry32 */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below) | 0;
  };
}

/** Event numbers and times are not what a reason is about. */
const kindOf = (reason: string): string =>
  reason
    .replace(/^PE\d+: /, '')
    .replace(/\bevent (?:0x[0-9a-f]+|\d+)/gi, 'event N')
    .replace(/PE\d+/g, 'PE');

export async function migrateAtRandom(name: string, profile: Profile, count: number, seed: number): Promise<Migrations> {
  const launch = parseLaunchArguments({
    program: guest(name),
    memory: '2M',
    sdei: {
      profile,
      events: [
        { number: 804, type: 'private', priority: 'critical' },
        { number: 806, type: 'private', priority: 'normal' },
      ],
    },
  });
  const declared = new Set(launch.machine.sdei.events.map(({ number }) => number));
  const start = async (): Promise<Target> => {
    const { target, entry, x0 } = await loadGuest(launch, nodeHost, makers);
    target.start(entry, x0);
    target.setStopConditions({});
    return target;
  };
  const { instructions } = await traceToEnd(await start(), LONGEST);
  const random = randomNumbers(seed);
  const moments = Array.from({ length: count }, () => random(instructions)).toSorted((a, b) => a - b);

  const source = await start();
  const straight = await start();
  const destination = makers.createTarget(launch.machine);
  /** A machine in which nothing has happened: the next one starts as fresh as the first. */
  const untouched = destination.saveState();
  const reasons = new Map<string, number>();
  const wrong: string[] = [];
  let equal = 0;
  let refused = 0;
  for (const moment of moments) {
    while (source.time < moment) {
      const stop = await source.resume({ maxInstructions: moment - source.time });
      if (stop.kind !== 'budget' && stop.kind !== 'sdei-dispatch' && stop.kind !== 'sdei-completion')
        throw new Error(`the guest ended with ${stop.kind} at ${source.time}`);
    }
    const stream = streamOf(source, declared);
    if (!('machine' in stream)) {
      refused++;
      for (const reason of new Set(stream.map(kindOf))) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      continue;
    }
    destination.restoreState(untouched, true);
    const { missing, unexpected, differing } = arrive(destination, stream);
    straight.restoreState(source.saveState(), true);
    destination.takeConsoleOutput();
    straight.takeConsoleOutput();
    const difference = firstDifference(await traceToEnd(straight, LONGEST), await traceToEnd(destination, LONGEST));
    const problems = [...missing, ...unexpected, ...differing, ...(difference === undefined ? [] : [JSON.stringify(difference)])];
    if (problems.length === 0) equal++;
    else wrong.push(`${name}, ${profile}, after ${moment} instructions: ${problems.join(' ')}`);
    const dropped = missedWithoutContext(launch, stream);
    if (dropped !== undefined) wrong.push(`${name}, ${profile}, after ${moment} instructions: ${dropped}`);
  }
  return { equal, refused, reasons, wrong };
}

let scratch: { launch: LaunchArguments; target: Target } | undefined;
/** A stream without EVENT_CONTEXT is noticed by its name. */
function missedWithoutContext(launch: LaunchArguments, stream: MigrationStream): string | undefined {
  if (scratch?.launch !== launch) scratch = { launch, target: makers.createTarget(launch.machine) };
  const { missing } = arrive(scratch.target, { ...stream, registers: stream.registers.filter(({ id }) => idText(id) !== EVENT_CONTEXT) });
  return missing.length === 1 && missing[0].includes(EVENT_CONTEXT)
    ? undefined
    : `without ${EVENT_CONTEXT} the destination misses ${JSON.stringify(missing)}`;
}
