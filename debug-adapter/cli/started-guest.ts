/** A guest of the command line, at its first instruction: what is learned of its images while it runs, it learns as a session does. */
import { createDebugInformationNotes } from '../debug-information-notes.ts';
import type { Host } from '../host.ts';
import { createImages, type Images } from '../images.ts';
import type { LaunchArguments } from '../launch-arguments.ts';
import { learnImages } from '../learned-images.ts';
import { learningTarget } from '../linux/learning-target.ts';
import { type LoadedGuest, loadGuest } from '../load-guest.ts';
import { makers } from '../makers.ts';
import { nodeHost } from '../node-host.ts';
import { modulesOf, type OpenedTrace } from '../trace/open-trace.ts';
import type { Streams } from './streams.ts';

export interface StartedGuest extends Pick<LoadedGuest, 'target' | 'modules' | 'loadedFiles'> {
  readonly images: Images;
  /** Symbols are elsewhere now, or more or fewer: what names places looks again. Replaced by who has such places. */
  moved: () => void;
}

/** @param trace that `launch` comes from; absent: from none. @throws UserError */
export async function startGuest(
  launch: LaunchArguments,
  { say, atEnd }: Pick<Streams, 'say' | 'atEnd'>,
  host: Host = nodeHost,
  trace?: OpenedTrace,
): Promise<StartedGuest> {
  const loaded = await loadGuest(launch, host, makers);
  const { modules, loadedFiles } = loaded;
  const images = createImages([...loaded.images, ...(trace === undefined ? [] : await modulesOf(trace, host, makers))]);
  const note = (text: string) => say(`sdei-debug: ${text}\n`);
  for (const text of loaded.notes) note(text);
  const watch = learnImages({ ...loaded, images }, { host, makers, note, changed: () => guest.moved() });
  const guest: StartedGuest = { target: learningTarget(loaded.target, watch), images, modules, loadedFiles, moved() {} };
  loaded.target.start(loaded.entry, loaded.x0);
  // Programs are read as somebody asks: by then all is known that the command has come across.
  atEnd(createDebugInformationNotes(() => images.all, note));
  return guest;
}
