/** A guest that has run to a place: what commands about one moment of a run start from. */
import type { Images } from '../images.ts';
import type { LaunchArguments } from '../launch-arguments.ts';
import { namedPlace, timesOf } from '../named-place.ts';
import type { Target } from '../target/target.ts';
import { askedLaunch } from './asked-launch.ts';
import { launchOptions } from './launch-flags.ts';
import { numberOf, type Option, type ParsedOptions, UsageError, valueOf } from './options.ts';
import { type StartedGuest, startGuest } from './started-guest.ts';
import type { Streams } from './streams.ts';

export const placeOptions: readonly Option[] = [
  { name: 'at', value: 'PLACE', description: 'Where: SYMBOL, SYMBOL+OFFSET or an address, with #N for the Nth time.' },
  { name: 'at-instruction', value: 'N', description: 'Where: after exactly N instructions.' },
];

export interface GuestAt {
  readonly launch: LaunchArguments;
  readonly target: Target;
  readonly images: Images;
  /** PE that reached the place. */
  readonly pe: number;
  /** The guest's console up to here. */
  readonly console: string;
}

/** Launch keys of commands that raise no events at places. */
export const guestOptions: readonly Option[] = launchOptions.filter(({ name }) => name !== 'inject');

/** Launch arguments of such a command, not checked yet. @throws UsageError */
export async function askedGuest(command: string, parsed: ParsedOptions): Promise<Record<string, unknown>> {
  const asked = await askedLaunch(command, parsed);
  if (asked.inject !== undefined) {
    const what = parsed.options.has('inject') ? 'Option "--inject"' : `Launch key "inject" (--launch "${valueOf(parsed, 'launch')}")`;
    throw new UsageError(`${what} is not for ${command}, which raises no events at places: "run", "trace" and "gdb-server" do.`);
  }
  return asked;
}

/** Loads the guest and runs it to `--at`; without a place it stands at its first instruction. @throws UsageError or UserError */
export async function guestAt(launch: LaunchArguments, parsed: ParsedOptions, streams: Streams): Promise<GuestAt> {
  const guest = await startGuest(launch, streams);
  const { target, images } = guest;
  target.setStopConditions({});
  const pe = await runToPlace(guest, parsed);
  return { launch, target, images, pe, console: new TextDecoder().decode(target.takeConsoleOutput()) };
}

const LONGEST_RUN = 1_000_000_000;

async function runToPlace(guest: StartedGuest, parsed: ParsedOptions): Promise<number> {
  const { target, images } = guest;
  const text = valueOf(parsed, 'at');
  const instructions = numberOf(parsed, 'at-instruction', 0);
  if (text !== undefined && instructions !== undefined) throw new UsageError('Options "--at" and "--at-instruction" exclude each other.');
  if (instructions !== undefined) {
    const stop = instructions === 0 ? { kind: 'budget' } : await target.resume({ maxInstructions: instructions });
    if (stop.kind !== 'budget')
      throw new UsageError(`Option "--at-instruction" is ${instructions}, but the guest ends after ${target.time} (${stop.kind}).`);
    return runningPe(target);
  }
  if (text === undefined) return 0;
  const { count } = placeOf(text, images);
  guest.moved = () => target.setBreakpoints([{ address: placeOf(text, images).address }]);
  guest.moved();
  for (let times = 0; ; ) {
    const stop = await target.resume({ maxInstructions: LONGEST_RUN });
    if (stop.kind === 'breakpoint') {
      if (++times < count) continue;
      guest.moved = () => {};
      target.setBreakpoints([]);
      return stop.pe;
    }
    if (stop.kind === 'sdei-dispatch' || stop.kind === 'sdei-completion') continue;
    const seen = times === 0 ? 'it was never reached' : `it was reached ${times === 1 ? 'once' : `${times} times`} only`;
    throw new UsageError(`Option "--at" is "${text}", but ${seen}: the run ended with ${stop.kind} after ${target.time} instructions.`);
  }
}

const runningPe = (target: Target): number => target.pes.find(({ power, waiting }) => power === 'on' && !waiting)?.index ?? 0;

function placeOf(text: string, images: Images): { address: bigint; count: number } {
  const [, place = text, digits] = /^(.+?)(?:#\s*(\d+)\s*)?$/.exec(text) ?? [];
  const found = namedPlace(place, images);
  if ('problem' in found) throw new UsageError(`Option "--at" is "${text}", but ${found.problem}`);
  const count = timesOf(digits);
  if (typeof count !== 'number') throw new UsageError(`Option "--at" is "${text}", but ${count.problem}`);
  return { address: found.address, count };
}
