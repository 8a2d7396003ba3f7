/** A guest at its first instruction that keeps its history: what saves a run, or looks through one, starts from. */
import type { Host } from '../host.ts';
import { type LaunchArguments, parseLaunchArguments } from '../launch-arguments.ts';
import type { OpenedTrace } from '../trace/open-trace.ts';
import { type StartedGuest, startGuest } from './started-guest.ts';
import type { Streams } from './streams.ts';

export interface RecordedGuest extends StartedGuest {
  readonly launch: LaunchArguments;
}

/** Bytes, where the launch keys ask for no history. */
const LEAST_HISTORY = 1 << 20;

/** @param given launch keys. @param trace that they come from; absent: from none. @throws UserError */
export async function loadRecordedGuest(
  given: Record<string, unknown>,
  streams: Pick<Streams, 'say' | 'atEnd'>,
  host: Host,
  trace?: OpenedTrace,
): Promise<RecordedGuest> {
  const launch = parseLaunchArguments(given);
  const guest = await startGuest(launch, streams, host, trace);
  guest.target.timeTravel.keepHistory(launch.historyBytes ?? LEAST_HISTORY);
  return Object.assign(guest, { launch });
}
