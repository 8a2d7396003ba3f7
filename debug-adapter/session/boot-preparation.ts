/** The boot cache is filled without a session: for a guest that somebody is about to debug. */
import { joinBytes } from '../program/join-bytes.ts';
import { createBreakpoints, type Wanted } from '../breakpoints/breakpoints.ts';
import { bootNotKept } from '../errors.ts';
import type { CachedData, HostCache, Host } from '../host.ts';
import { learnImages } from '../learned-images.ts';
import { type LearningTarget, learningTarget } from '../linux/learning-target.ts';
import type { Makers } from '../load-guest.ts';
import { isAbsolute } from '../paths.ts';
import type { TargetStop, TargetStopConditions } from '../target/target.ts';
import { type BootCache, createBootCache, LEAST_INSTRUCTIONS } from './boot-cache.ts';
import { loadParts } from './loaded-parts.ts';

export interface Preparation {
  /** `kept`: sessions find how the guest begins. `known`: they would have. `short`: it has stopped too soon for that to be worth it. */
  readonly outcome: 'kept' | 'known' | 'short';
  /** Which come before the stop. */
  readonly instructions: number;
  /** What the guest was executed up to; `pause`: it need not go on. */
  readonly stop: TargetStop['kind'];
}

interface How {
  readonly host: Host;
  readonly makers: Makers;
  note(text: string): void;
  /** Breakpoints that sessions will have, as those of functions are written; a FILE with its whole path is one of a source. Absent: none. */
  readonly breakpoints?: readonly string[];
  /** Aborted: what was executed by then is kept, and nothing more executed. Absent: it goes on to its end. */
  readonly signal?: AbortSignal;
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
 * Executes a guest up to its first event or breakpoint, or to where it waits for somebody or ends, and keeps how it began.
 * @param asked launch arguments; what debuggers do with the guest is left out of them
 * @returns `undefined`: nothing is kept here, or not of this guest
 * @throws UserError for arguments that are wrong, and where what is to be kept cannot be written
 */
export async function prepareBoot(asked: Readonly<Record<string, unknown>>, how: How): Promise<Preparation | undefined> {
  const { host, makers, signal, least = LEAST_INSTRUCTIONS, most = MOST_INSTRUCTIONS } = how;
  const { cache } = host;
  if (cache === undefined) return undefined;
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
  async function execute(from: HostCache, until: number, note: How['note']): Promise<Executed | undefined> {
    const parts = await loadParts({ ...asked, inject: [], stopOnEntry: false }, host, makers, note);
    if (!parts.usesBootCache || parts.launch.historyBytes === undefined) return undefined;
    const wanted = createBreakpoints(
      () => {},
      () => 0,
    );
    const learned = learnImages(parts, { host, makers, note() {}, changed: () => void (wanted.rebind(), arm()) });
    const target = learningTarget(parts.target, learned);
    const arm = (): void => target.setBreakpoints(wanted.addresses().map((address) => ({ address })));
    wanted.set('', (how.breakpoints ?? []).map(wantedAt));
    wanted.bind(parts);
    arm();
    const bootCache = createBootCache(from, target, () => {}, learned, least);
    target.setStopConditions(conditions);
    await bootCache.takeOver(target.arm);
    const known = target.time;
    if (signal?.aborted) return { target, bootCache, stop: 'pause' };
    const pause = (): void => target.pause();
    signal?.addEventListener('abort', pause);
    const { kind: stop } = known < until ? await target.resume({ maxInstructions: until - known }) : { kind: 'budget' as const };
    signal?.removeEventListener('abort', pause);
    return { target, bootCache, stop };
  }
  async function keep({ target, bootCache }: Executed): Promise<number> {
    bootCache.stopped(true);
    await bootCache.close();
    return target.time;
  }

  const onTheWay = createMemory(told);
  const first = await execute(onTheWay.cache, most, how.note);
  if (first === undefined) return undefined;
  const { stop } = first;
  let instructions: number;
  if (stop === 'breakpoint' || stop === 'budget' || stop === 'pause') {
    onTheWay.isOver = true;
    instructions = await keep(first);
  } else {
    // What has stopped it must not have come yet: another machine goes on from the last moment that is known of this one, not as far.
    await keep(first);
    onTheWay.isOver = true;
    const second = await execute(onTheWay.cache, Math.max(0, first.target.time - 1), () => {});
    instructions = second === undefined ? 0 : await keep(second);
  }
  if (problem !== undefined) throw bootNotKept(problem);
  return { outcome: isKept ? 'kept' : instructions < least ? 'short' : 'known', instructions, stop };
}

interface Executed {
  readonly target: LearningTarget;
  readonly bootCache: BootCache;
  readonly stop: TargetStop['kind'];
}

function wantedAt(text: string): Wanted {
  const [, file = '', line] = /^(.+[^:]):(\d+)$/.exec(text) ?? [];
  return isAbsolute(file) ? { sort: 'source', source: { path: file }, line: Number(line) } : { sort: 'function', name: text };
}

/** The cache, but what is written before it is over stays here, to be read once. */
function createMemory(cache: HostCache): { readonly cache: HostCache; isOver: boolean } {
  const held = new Map<string, CachedData>();
  const memory = {
    isOver: false,
    cache: {
      ...cache,
      names: (prefix: string) => [...cache.names(prefix), ...[...held.keys()].filter((name) => name.startsWith(prefix))],
      async read(name: string) {
        const data = held.get(name);
        held.delete(name);
        return data ?? cache.read(name);
      },
      async write(...what: Parameters<HostCache['write']>) {
        if (memory.isOver) return cache.write(...what);
        const [name, head, body] = what;
        const pages = [...body].map((bytes) => bytes.slice());
        held.set(name, { head, isPassing: true, body: () => joinBytes(pages) });
        return true;
      },
    },
  };
  return memory;
}
