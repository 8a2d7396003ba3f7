/** What is known of how guests begin: a session goes on where an earlier one came to, and leaves what it has come to for the next. */
import type { CachedData, HostCache } from '../host.ts';
import type { LearnedImages } from '../learned-images.ts';
import type { KernelModule } from '../linux/kernel-modules.ts';
import { type Beginning, isBefore, type Target } from '../target/target.ts';

export interface BootCache {
  /**
   * Before the guest runs: brings it as far as an earlier session knows that nothing stops it.
   * @param arm sets breakpoints as they are wanted then: the client may have changed them while files were read
   */
  takeOver(arm: () => void): Promise<void>;
  /** The same if it has not stopped since: breakpoints are elsewhere now, as those of a kernel that is found where it runs. */
  learnt(arm: () => void): Promise<void>;
  /** @param isPlace the guest stands where it was to stop: after a while, how it began is kept */
  stopped(isPlace: boolean): void;
  /** It runs again. */
  runs(): void;
  /** The session ends: what was to be kept is kept now. */
  close(): Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();
const none: BootCache = { takeOver: nothing, learnt: nothing, stopped: () => {}, runs: () => {}, close: nothing };

/** What takes less is repeated sooner than read. */
export const LEAST_INSTRUCTIONS = 50_000_000;
/** What is known already need not be known again for so little more. */
const LITTLE_MORE = 1.1;
/** Somebody looks at the guest first. */
const QUIET_MILLISECONDS = 1000;
/** RAM is hashed before the run if it is much, and else copied, to be hashed if there is reason to. */
const MUCH_RAM = 4 << 20;
/** Of the names and of the heads. */
const FORMAT = 3;

interface Head extends Omit<Beginning, 'ram'> {
  /** Modules of a Linux kernel that are loaded by then. Absent: it is not known. */
  readonly modules?: readonly KernelModule[];
}

/** How the names of all begin that is kept of a guest in its machine, before the run. */
interface Identity {
  /** Those of other guests may begin so too. */
  readonly begin: string;
  /** Made when somebody asks. */
  prefix(): Promise<string>;
}

/** @param how the person can have them executed: the beginning of a sentence */
export const knownBoot = (instructions: number, how: string): string =>
  `The first ${instructions.toLocaleString('en')} instructions are known from an earlier run: they were not executed again, but can be gone back to. ` +
  `${how} they are executed.`;

/** @param cache absent: nothing is kept. @param tookOver so many instructions need not be executed. @param learned what is learned on the way, and need be known without it. @param least instructions that are worth it; absent: 50 million */
export function createBootCache(
  cache: HostCache | undefined,
  { timeTravel }: Target,
  tookOver: (instructions: number) => void,
  learned: Pick<LearnedImages, 'modulesAt' | 'foresee'> = {},
  least: number = LEAST_INSTRUCTIONS,
): BootCache {
  if (cache === undefined || timeTravel.history === undefined || timeTravel.moment.instruction > 0) return none;
  let identity: Identity | undefined;
  /** Up to here it is known, or there was nothing to keep. */
  let settled = 0;
  /** In the first run, up to its first stop. */
  let isBeginning = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing: Promise<void> | undefined;

  const endOf = (name: string): number => Number(name.slice(name.lastIndexOf('-') + 1));

  async function identify(): Promise<Identity> {
    const pieces = [...timeTravel.contents()];
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const begin = `${FORMAT}-${length}-`;
    const named = async (from: Iterable<string | Uint8Array>): Promise<string> => `${begin}${await (cache as HostCache).digest(from)}-`;
    if (length > MUCH_RAM) {
      const known = await named(pieces);
      return { begin, prefix: () => Promise.resolve(known) };
    }
    const copies = pieces.map((piece) => (typeof piece === 'string' ? piece : piece.slice()));
    let known: Promise<string> | undefined;
    return { begin, prefix: () => (known ??= named(copies)) };
  }

  async function keep(kept: HostCache, beginning: Beginning): Promise<void> {
    const name = await identity?.prefix();
    if (name === undefined) return;
    const { ram, ...known } = beginning;
    const end = known.at.instruction;
    const modules = learned.modulesAt?.(end);
    const head: Head = { ...known, ...(modules && { modules }) };
    const isKnown = kept.names(name).some((other) => endOf(other) <= end && endOf(other) * LITTLE_MORE >= end);
    if (isKnown) return;
    const { moment } = timeTravel;
    const isSame = () => !isBefore(moment, timeTravel.moment) && !isBefore(timeTravel.moment, moment);
    // A folder that cannot be written to, or a full disk, is no matter of the session's.
    await kept.write(`${name}${end}`, head, ram(), isSame).catch(() => false);
  }
  const isMore = (instruction: number): boolean => instruction >= Math.max(least, settled * LITTLE_MORE);
  function forget(): void {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
  }
  function keepNow(): void {
    forget();
    timeTravel.noteHere();
    const { beginning } = timeTravel;
    const isEnough = beginning !== undefined && isMore(beginning.at.instruction);
    settled = Math.max(settled, timeTravel.moment.instruction);
    if (!isEnough) return;
    writing ??= keep(cache as HostCache, beginning).finally(() => {
      writing = undefined;
    });
  }

  /** Gone or cut off is as if it had never been kept. What goes wrong behind that is no matter of the file's, and is told. */
  function bodyOf({ body }: CachedData): Uint8Array | undefined {
    try {
      return body();
    } catch {
      return undefined;
    }
  }

  async function takeOver(kept: HostCache, arm: () => void): Promise<void> {
    identity ??= await identify();
    const { begin, prefix } = identity;
    // Hashing takes longer than most guests run, and most have never been kept.
    const names = kept.names(begin).length === 0 ? [] : kept.names(await prefix());
    for (const name of [...names].sort((one, other) => endOf(other) - endOf(one))) {
      const data = await kept.read(name);
      if (data === undefined) continue;
      const head = data.head as Head;
      const foreseen = head.modules && (await learned.foresee?.(head.modules));
      arm();
      const isThere = timeTravel.takeOver(head, () => bodyOf(data));
      foreseen?.settle(isThere);
      // Symbols are elsewhere again; or memory is, and what is watched is watched where it is now.
      if (foreseen || isThere) arm();
      if (!isThere) continue;
      const known = timeTravel.moment.instruction;
      if (data.isPassing !== true) settled = known;
      tookOver(known);
      return;
    }
  }

  return {
    takeOver(arm) {
      isBeginning = true;
      return takeOver(cache, arm);
    },
    learnt: (arm) => (isBeginning && settled === 0 ? takeOver(cache, arm) : nothing()),
    stopped(isPlace) {
      isBeginning = false;
      forget();
      if (!isPlace || !isMore(timeTravel.moment.instruction)) return;
      timer = setTimeout(keepNow, QUIET_MILLISECONDS);
      timer.unref?.();
    },
    runs: forget,
    async close() {
      if (timer !== undefined) keepNow();
      await writing;
    },
  };
}
