/** A second machine with the same guest, for a look at another moment while the guest stays where it is. */
import { cancelled } from '../errors.ts';
import { createImages } from '../images.ts';
import type { Host } from '../host.ts';
import { loadGuest, type Makers } from '../load-guest.ts';
import type { Recording, Target } from '../target/target.ts';
import { createTimeline } from '../timeline.ts';
import { nextTurn } from '../target/next-turn.ts';
import type { LoadedParts } from './loaded-parts.ts';
import type { Progress } from './progress.ts';

/** Bytes of history: the machine goes forwards only. */
const LEAST_HISTORY = 1 << 20;

export interface RepeatedRun {
  readonly target: Target;
  /** Lines of the guest's console. */
  readonly console: readonly string[];
}

/** Repeats a run of the guest to its end, from its beginning. @throws StateError if `signal` is aborted meanwhile */
export async function repeatElsewhere(
  { launch, loadedFiles, images }: LoadedParts,
  recording: Recording,
  { host: on, makers, progress, title, signal }: { host: Host; makers: Makers; progress: Progress; title: string; signal: AbortSignal },
): Promise<RepeatedRun> {
  const host: Host = { ...on, readFile: (path) => (loadedFiles.get(path) ?? (() => on.readFile(path)))() };
  const { target, entry, x0 } = await loadGuest({ ...launch, symbols: [] }, host, makers);
  const { timeTravel } = target;
  target.start(entry, x0);
  timeTravel.keepHistory(LEAST_HISTORY);
  timeTravel.follow(recording);
  const timeline = createTimeline(target, createImages(images.all));
  const hear = () => timeline.console(target.takeConsoleOutput(), target.consoleLines);
  let isUnwanted = false;
  const shown = progress.begin({
    title,
    at: () => timeTravel.moment,
    to: recording.end,
    cancel() {
      isUnwanted = true;
    },
  });
  try {
    const ended = await timeTravel.travel(recording.end, async () => {
      hear();
      shown.tick();
      await nextTurn();
      return signal.aborted || isUnwanted ? true : undefined;
    });
    if (ended !== undefined) throw cancelled();
  } finally {
    shown.end();
  }
  hear();
  return { target, console: timeline.all.map(({ text }) => text) };
}
