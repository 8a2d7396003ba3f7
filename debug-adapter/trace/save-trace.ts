import type { Bookmarks } from '../bookmarks.ts';
import { noHistory } from '../errors.ts';
import type { Host } from '../host.ts';
import { baseName } from '../paths.ts';
import type { LoadedParts } from '../session/loaded-parts.ts';
import { encodeTrace, type TraceManifest, type TraceModule } from './trace-file.ts';
import { machineKeys } from './trace-keys.ts';

export interface SavedGuest extends Pick<LoadedParts, 'given' | 'launch' | 'target' | 'images' | 'sources' | 'modules' | 'loadedFiles'> {
  readonly bookmarks?: Bookmarks;
  readonly branches?: TraceManifest['branches'];
}

/**
 * The present run as a `.sdeitrace`; the guest may go on meanwhile.
 * @param pe which has stopped. @param breathe called now and then. @throws UserError where no history is kept
 */
export async function saveTrace(host: Host, guest: SavedGuest, pe: number, breathe: () => Promise<void>): Promise<Uint8Array> {
  const { given, target, bookmarks, branches } = guest;
  const { timeTravel } = target;
  if (timeTravel.history === undefined) throw noHistory();
  const run = {
    recording: timeTravel.recording,
    now: timeTravel.moment,
    pe,
    hash: target.stateHash(),
    bookmarks: bookmarks?.all ?? [],
    ...(branches === undefined ? {} : { branches }),
  };
  const files = new Map<string, Uint8Array>();
  const launched = await addLaunched(host, guest, files);
  const { symbols, modules } = await addSymbols(host, guest, files);
  const sources = await addSources(host, guest, files);
  const keys = machineKeys.filter((key) => given[key] !== undefined).map((key) => [key, given[key]]);
  return encodeTrace(
    {
      launch: { ...Object.fromEntries(keys), ...launched, ...(symbols.length === 0 ? {} : { symbols }) },
      sources,
      ...(modules.length === 0 ? {} : { modules }),
      ...run,
    },
    files,
    breathe,
  );
}

type Files = Map<string, Uint8Array>;
function add(files: Files, path: string, bytes: Uint8Array): string {
  const name = `files/${files.size}/${baseName(path)}`;
  files.set(name, bytes);
  return name;
}

/** What ran, as it was when it was loaded. */
async function addLaunched(host: Host, { launch, loadedFiles }: SavedGuest, files: Files): Promise<Record<string, string>> {
  const { program, programOffset = 0n, kernel } = launch;
  const names: Record<string, string> = {};
  for (const [key, path] of Object.entries({ program, kernel: kernel?.image, initrd: kernel?.initrd }))
    if (path !== undefined) names[key] = add(files, path, await (loadedFiles.get(path) ?? (() => host.readFile(path)))());
  return programOffset === 0n ? names : { ...names, program: `${names.program}@${hex(programOffset)}` };
}

/** Symbols where they are now: whoever opens the trace behind the moment at which that was found does not see it. */
async function addSymbols(
  host: Host,
  { images, modules: known }: SavedGuest,
  files: Files,
): Promise<{ readonly symbols: readonly string[]; readonly modules: readonly TraceModule[] }> {
  const symbols: string[] = [];
  const modules: TraceModule[] = [];
  for (const { kind, path, offset = 0n, sections = new Map<string, bigint>(), module } of images.all) {
    // The run does not depend on it: where it is not there any more it stays behind.
    const bytes = kind === 'symbols' ? await host.readFile(path).catch(() => undefined) : undefined;
    if (bytes === undefined) continue;
    const file = add(files, path, bytes);
    if (module !== undefined) {
      // Its file by its name, too: the kernel may load it again.
      symbols.push(file);
      modules.push({ name: module, file, sections: [...sections].map(([name, address]) => ({ name, address })) });
      continue;
    }
    const places = [...sections].map(([section, at]) => `${section}=${hex(at)}`);
    if (offset !== 0n) places.push(hex(offset));
    symbols.push(places.length === 0 ? file : `${file}@${places.join(',')}`);
  }
  // Modules that the kernel has not loaded yet; of a whole folder of them most it never will.
  for (const [name, path] of known.size > MOST_MODULES ? [] : known) {
    if (modules.some((one) => one.name === name)) continue;
    const bytes = await host.readFile(path).catch(() => undefined);
    if (bytes !== undefined) symbols.push(add(files, path, bytes));
  }
  return { symbols, modules };
}

async function addSources(host: Host, { images, sources }: SavedGuest, files: Files): Promise<TraceManifest['sources']> {
  const named: { recorded: string; name: string }[] = [];
  for (const { kind, program } of images.all) {
    if (kind === 'hyp-stub' || program.unitCount > MOST_UNITS) continue;
    for (const recorded of program.sources()) {
      if (named.some((one) => one.recorded === recorded)) continue;
      const { path, sourceReference } = sources.sourceOf(recorded);
      const kept = sourceReference === undefined ? undefined : sources.textOf(sourceReference);
      const text = kept !== undefined ? new TextEncoder().encode(kept) : await host.readFile(path ?? recorded).catch(() => undefined);
      if (text === undefined) continue;
      const name = `sources/${named.length}/${baseName(recorded)}`;
      files.set(name, text);
      named.push({ recorded, name });
    }
  }
  return named;
}

/** The sources of larger programs are too many to take along. */
const MOST_UNITS = 500;
const MOST_MODULES = 20;

const hex = (value: bigint): string => `0x${BigInt.asUintN(64, value).toString(16)}`;
