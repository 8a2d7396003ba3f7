/**
 * Which boots are executed before a session wants them: those of the launch configurations at hand, and those that this window has debugged, as
 * often as their kernel is built again.
 */

/** Launch arguments as a session has them. */
export type LaunchConfiguration = Readonly<Record<string, unknown>>;

export interface RunningPreparation {
  /** Never rejects: what is wrong with the guest the next session says. */
  readonly done: Promise<void>;
  /** Keeps what was executed so far, and ends soon. */
  keep(): void;
  cancel(): void;
}

export interface PreparedBoots {
  /** What may be started is known now, or has changed: the likeliest first. What is not among them any more is forgotten, unless it was started. */
  offered(configurations: readonly LaunchConfiguration[]): void;
  /** A session begins: it executes the boot itself, or finds it kept, as far as it was executed by now; the computer is its own for a while. */
  started(configuration: LaunchConfiguration): void;
  /** A session has ended. */
  ended(): void;
  /** When nothing that a session may take over is being written. */
  readonly settled: Promise<void>;
  dispose(): void;
}

interface Place {
  /** @returns what ends watching */
  watch(file: string, changed: () => void): () => void;
  exists(file: string): Promise<boolean>;
  prepare(configuration: LaunchConfiguration): RunningPreparation;
  /** @returns what takes it back */
  after(milliseconds: number, action: () => void): () => void;
}

/** A linker writes for a while. */
const QUIET_MILLISECONDS = 2000;
/** A window that opens has other work. */
const OPENING_MILLISECONDS = 5000;
/** A session's own boot is over by then. */
const STARTING_MILLISECONDS = 20_000;
/** Of configurations that nobody has started in this window. */
const MOST_OFFERED = 3;

/** The files that a configuration's boot depends on, the kernel first; absent: nothing is kept of it. */
export function bootFiles({
  request,
  kernel,
  initrd,
  bootCache,
  history,
  stopOnEntry,
  noDebug,
}: LaunchConfiguration): readonly string[] | undefined {
  if (request !== 'launch' || typeof kernel !== 'string' || kernel === '') return undefined;
  if (bootCache === false || history === false || stopOnEntry === true || noDebug === true) return undefined;
  return typeof initrd === 'string' ? [kernel, initrd] : [kernel];
}

interface Followed {
  configuration: LaunchConfiguration;
  readonly files: readonly string[];
  isStarted: boolean;
  /** To be prepared, once nothing speaks against it. */
  isWanted: boolean;
  /** Its files may be in the middle of being written. */
  isUnquiet: boolean;
  takeBack(): void;
  endWatching(): void;
}

export function createPreparedBoots({ watch, exists, prepare, after }: Place): PreparedBoots {
  /** In the order in which they are prepared. */
  let list: Followed[] = [];
  let running: { of: Followed; cancel(): void; keep(): void } | undefined;
  let settled = Promise.resolve();
  let isOver = false;
  /** A session has just begun: what takes the waiting for it back. */
  let endHold: (() => void) | undefined;

  const same = (one: LaunchConfiguration, other: LaunchConfiguration): boolean => one.name === other.name && one.kernel === other.kernel;

  function follow(configuration: LaunchConfiguration, files: readonly string[]): Followed {
    const followed: Followed = {
      configuration,
      files,
      isStarted: false,
      isWanted: false,
      isUnquiet: false,
      takeBack() {},
      endWatching() {},
    };
    const watches = files.map((file) => watch(file, () => want(followed, QUIET_MILLISECONDS)));
    followed.endWatching = () => {
      for (const end of watches) end();
    };
    return followed;
  }
  function forget(followed: Followed): void {
    unwant(followed);
    followed.endWatching();
  }
  function unwant(followed: Followed): void {
    followed.takeBack();
    followed.isWanted = false;
    followed.isUnquiet = false;
    if (running?.of === followed) running.cancel();
  }
  /** What is known of its files so far is not so any more. */
  function want(followed: Followed, milliseconds: number): void {
    unwant(followed);
    followed.isWanted = true;
    followed.isUnquiet = true;
    followed.takeBack = after(milliseconds, () => {
      followed.isUnquiet = false;
      void next();
    });
  }
  /** One after the other: the person's own programs run as well. */
  async function next(): Promise<void> {
    const of = list.find(({ isWanted, isUnquiet }) => isWanted && !isUnquiet);
    if (of === undefined || running !== undefined || endHold !== undefined || isOver) return;
    let isCancelled = false;
    const end = (): void => void (isCancelled = true);
    const mine = { of, cancel: end, keep: end };
    running = mine;
    of.isWanted = false;
    try {
      const areThere = await Promise.all(of.files.map(exists));
      if (!isCancelled && areThere.every(Boolean)) {
        const { done, cancel, keep } = prepare(of.configuration);
        mine.cancel = cancel;
        mine.keep = () => {
          keep();
          settled = done;
        };
        await done;
      }
    } finally {
      running = undefined;
    }
    await next();
  }

  return {
    get settled() {
      return settled;
    },
    offered(configurations) {
      const bootable = configurations.filter((one) => bootFiles(one) !== undefined).slice(0, MOST_OFFERED);
      const before = list;
      const kept = before.filter(({ isStarted, configuration }) => isStarted && !bootable.some((one) => same(one, configuration)));
      list = [];
      for (const configuration of bootable) {
        const known = before.find((one) => same(one.configuration, configuration));
        if (known !== undefined && JSON.stringify(known.configuration) === JSON.stringify(configuration)) {
          list.push(known);
          continue;
        }
        const followed = follow(configuration, bootFiles(configuration) ?? []);
        followed.isStarted = known?.isStarted ?? false;
        list.push(followed);
        want(followed, OPENING_MILLISECONDS);
      }
      list.push(...kept);
      for (const one of before) if (!list.includes(one)) forget(one);
    },
    started(configuration) {
      const files = bootFiles(configuration);
      const known = files && list.find((one) => same(one.configuration, configuration));
      const followed = files && Object.assign(follow(configuration, files), { isStarted: true });
      if (running !== undefined && followed !== undefined && running.of === known) {
        running.of = followed;
        running.keep();
      } else if (running !== undefined) {
        running.of.isWanted = true;
        running.cancel();
      }
      if (known !== undefined) forget(known);
      if (followed !== undefined) list = [followed, ...list.filter((one) => one !== known)];
      endHold?.();
      endHold = after(STARTING_MILLISECONDS, () => {
        endHold = undefined;
        void next();
      });
    },
    ended() {
      endHold?.();
      endHold = undefined;
      void next();
    },
    dispose() {
      isOver = true;
      endHold?.();
      for (const followed of list) forget(followed);
      list = [];
    },
  };
}
