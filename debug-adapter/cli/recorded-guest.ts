/** A guest at its first instruction that keeps its history: what saves a run, or looks through one, starts from. */
import type { Host } from '../host.ts';
import { createImages, type Images } from '../images.ts';
import { type LaunchArguments, parseLaunchArguments } from '../launch-arguments.ts';
import { type LoadedGuest, loadGuest } from '../load-guest.ts';
import { makers } from '../makers.ts';
import { modulesOf, type OpenedTrace } from '../trace/open-trace.ts';

export interface RecordedGuest extends Pick<LoadedGuest, 'target' | 'modules' | 'loadedFiles'> {
  readonly launch: LaunchArguments;
  readonly images: Images;
}

/** Bytes, where the launch keys ask for no history. */
const LEAST_HISTORY = 1 << 20;

/** @param given launch keys. @param trace that they come from; absent: from none. @throws UserError */
export async function loadRecordedGuest(given: Record<string, unknown>, host: Host, trace?: OpenedTrace): Promise<RecordedGuest> {
  const launch = parseLaunchArguments(given);
  const loaded = await loadGuest(launch, host, makers);
  const { target, modules, loadedFiles } = loaded;
  const images = createImages([...loaded.images, ...(trace === undefined ? [] : await modulesOf(trace, host, makers))]);
  target.start(loaded.entry, loaded.x0);
  target.timeTravel.keepHistory(launch.historyBytes ?? LEAST_HISTORY);
  return { launch, target, images, modules, loadedFiles };
}
