/** A guest at its first instruction that keeps its history: what saves a run, or looks through one, starts from. */
import type { Host } from '../host.ts';
import { createImages, type Images } from '../images.ts';
import { type LaunchArguments, parseLaunchArguments } from '../launch-arguments.ts';
import { loadGuest } from '../load-guest.ts';
import { makers } from '../makers.ts';
import type { Target } from '../target/target.ts';

export interface RecordedGuest {
  readonly launch: LaunchArguments;
  readonly target: Target;
  readonly images: Images;
}

/** Bytes, where the launch keys ask for no history. */
const LEAST_HISTORY = 1 << 20;

/** @param given launch keys. @throws UserError */
export async function loadRecordedGuest(given: Record<string, unknown>, host: Host): Promise<RecordedGuest> {
  const launch = parseLaunchArguments(given);
  const loaded = await loadGuest(launch, host, makers);
  const { target } = loaded;
  const images = createImages(loaded.images);
  target.start(loaded.entry, loaded.x0);
  target.timeTravel.keepHistory(launch.historyBytes ?? LEAST_HISTORY);
  return { launch, target, images };
}
