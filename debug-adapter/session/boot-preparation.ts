/** The boot cache is filled without a session: for a guest that somebody is about to debug. */
import { bootNotKept } from '../errors.ts';
import type { HostCache, Host } from '../host.ts';
import { createImages } from '../images.ts';
import { parseLaunchArguments } from '../launch-arguments.ts';
import { learnImages } from '../learned-images.ts';
import { learningTarget } from '../linux/learning-target.ts';
import { loadGuest, type Makers } from '../load-guest.ts';
import type { Target, TargetStop, TargetStopConditions } from '../target/target.ts';
import { type BootCache, createBootCache, LEAST_INSTRUCTIONS } from './boot-cache.ts';

export interface Preparation {
  /** `kept`: sessions find how the guest begins. `known`: they would have. `short`: it has stopped too soon for that to be worth it. */
  readonly outcome: 'kept' | 'known' | 'short';
  /** Which come before the stop. */
  readonly instructions: number;
  /** What the guest was executed up to. */
  readonly stop: TargetStop['kind'];
}

interface How {
  readonly host: Host;
  readonly makers: Makers;
  note(text: string): void;
  /** Instructions that are worth it; absent: as for sessions. */
  readonly least?: number;
  /** Instructions; absent: ten thousand million, for a guest without events that never waits for a person either. */
  readonly most?: number;
}

/** Stops for which sessions may ask, and which the first event is the first of. What else is here sessions ask for in any case. */
const conditions: TargetStopConditions = {
  sdeiDispatch: true,
  sdeiCompletion: true,
  handlerException: true,
  sdeiClobbered: true,
  semihostingOff: true,
  nothingThere: true,
  clobberedCall: 'sampled',
};

const MOST_INSTRUCTIONS = 10_000_000_000;

/**
 * Executes a guest up to its first event, or to where it waits for somebody or ends, and keeps how it began.
 * @param asked launch arguments; what debuggers do with the guest is left out of them
 * @returns `undefined`: nothing is kept here, or not of this guest
 * @throws UserError for arguments that are wrong, and where what is to be kept cannot be written
 */
export async function prepareBoot(asked: Readonly<Record<string, unknown>>, how: How): Promise<Preparation | undefined> {
  const { host, makers, note, least = LEAST_INSTRUCTIONS, most = MOST_INSTRUCTIONS } = how;
  const launch = parseLaunchArguments({ ...asked, inject: [] });
  const { cache, historyBytes } = { ...launch, ...host };
  if (cache === undefined || historyBytes === undefined || !launch.bootCache) return undefined;
  let problem: unknown;
  let isKept = false;
  const told: HostCache = {
    ...cache,
    async write(...what) {
      isKept = await cache.write(...what).catch((error) => {
        problem = error;
        return false;
      });
      return isKept;
    },
  };

  /** A machine that has taken over what is known, and has run on. */
  async function execute(until: number): Promise<Executed> {
    const loaded = await loadGuest(launch, host, makers);
    const { entry, x0, notes } = loaded;
    loaded.target.start(entry, x0);
    loaded.target.timeTravel.keepHistory(historyBytes as number, true);
    const learned = learnImages({ ...loaded, images: createImages(loaded.images) }, { host, makers, note() {}, changed() {} });
    const target = learningTarget(loaded.target, learned);
    const bootCache = createBootCache(told, target, () => {}, learned, least);
    target.setStopConditions(conditions);
    await bootCache.takeOver(target.arm);
    const known = target.time;
    const { kind: stop } = known < until ? await target.resume({ maxInstructions: until - known }) : { kind: 'budget' as const };
    return { target, bootCache, notes, stop };
  }

  const { target, notes, stop } = await execute(most);
  for (const text of notes) note(text);
  // How long it runs is known now: another one runs as long, but for what has stopped the first.
  const instructions = Math.max(0, target.time - 1);
  const { bootCache } = await execute(instructions);
  bootCache.stopped(true);
  await bootCache.close();
  if (problem !== undefined) throw bootNotKept(problem);
  return { outcome: isKept ? 'kept' : instructions < least ? 'short' : 'known', instructions, stop };
}

interface Executed {
  readonly target: Target;
  readonly bootCache: BootCache;
  readonly notes: readonly string[];
  readonly stop: TargetStop['kind'];
}
