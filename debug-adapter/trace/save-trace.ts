import type { Bookmarks } from '../bookmarks.ts';
import { noHistory } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Images } from '../images.ts';
import type { LaunchArguments } from '../launch-arguments.ts';
import { baseName } from '../paths.ts';
import type { SourcePaths } from '../source-paths.ts';
import type { Target } from '../target/target.ts';
import { encodeTrace, type TraceManifest } from './trace-file.ts';

export interface SavedGuest {
  /** As launch.json says it. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly launch: LaunchArguments;
  readonly target: Target;
  readonly images: Images;
  readonly sources: SourcePaths;
  readonly bookmarks?: Bookmarks;
  readonly branches?: TraceManifest['branches'];
}

/** Launch keys that the run depends on, besides files. What `inject` did is on record. */
export const machineKeys: readonly string[] = [
  'client',
  'conduit',
  'sdei',
  'cpus',
  'memory',
  'entry',
  'bootArguments',
  'kaslrSeed',
  'irqchip',
  'hypStub',
  'semihosting',
];

/** The present run as a `.sdeitrace`. @param pe which has stopped @throws UserError where no history is kept */
export async function saveTrace(host: Host, guest: SavedGuest, pe: number): Promise<Uint8Array> {
  const { given, launch, target, images, sources, bookmarks, branches } = guest;
  const { timeTravel } = target;
  if (timeTravel.history === undefined) throw noHistory();
  const files = new Map<string, Uint8Array>();
  const add = async (path: string): Promise<string> => {
    const name = `files/${files.size}/${baseName(path)}`;
    files.set(name, await host.readFile(path));
    return name;
  };
  const { kernel } = launch;
  const launchKeys = {
    ...Object.fromEntries(machineKeys.filter((key) => given[key] !== undefined).map((key) => [key, given[key]])),
    ...(launch.program === undefined ? {} : { program: await add(launch.program) }),
    ...(kernel === undefined ? {} : { kernel: await add(kernel.image) }),
    ...(kernel?.initrd === undefined ? {} : { initrd: await add(kernel.initrd) }),
  };
  const symbols: string[] = [];
  for (const { path, offset: asked, sections } of launch.symbols) {
    // A folder of modules stays behind: what runs does not depend on it.
    const name = await add(path).catch(() => undefined);
    if (name === undefined) continue;
    // Where a kernel has been found to run: whoever opens the trace behind that moment does not see it begin.
    const { offset = 0n } =
      asked !== 0n ? { offset: asked } : (images.all.find((image) => image.kind === 'symbols' && image.path === path) ?? {});
    const places =
      sections === undefined ? (offset === 0n ? [] : [hex(offset)]) : [...sections].map(([section, at]) => `${section}=${hex(at)}`);
    symbols.push(places.length === 0 ? name : `${name}@${places.join(',')}`);
  }
  const texts = new Map<string, Uint8Array>();
  const named: { recorded: string; name: string }[] = [];
  for (const { kind, program } of images.all) {
    if (kind === 'hyp-stub' || program.unitCount > MOST_UNITS) continue;
    for (const recorded of program.sources()) {
      const { path, sourceReference } = sources.sourceOf(recorded);
      const kept = sourceReference === undefined ? undefined : sources.textOf(sourceReference);
      const text = kept !== undefined ? new TextEncoder().encode(kept) : await host.readFile(path ?? recorded).catch(() => undefined);
      if (text === undefined || named.some((one) => one.recorded === recorded)) continue;
      const name = `sources/${named.length}/${baseName(recorded)}`;
      texts.set(name, text);
      named.push({ recorded, name });
    }
  }
  return encodeTrace(
    {
      launch: { ...launchKeys, ...(symbols.length === 0 ? {} : { symbols }) },
      sources: named,
      recording: timeTravel.recording,
      now: timeTravel.moment,
      pe,
      hash: target.stateHash(),
      bookmarks: bookmarks?.all ?? [],
      ...(branches === undefined ? {} : { branches }),
    },
    files,
    texts,
  );
}

/** The sources of larger programs are too many to take along. */
const MOST_UNITS = 500;

const hex = (value: bigint): string => `0x${BigInt.asUintN(64, value).toString(16)}`;
