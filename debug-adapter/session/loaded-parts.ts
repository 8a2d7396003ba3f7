/** What launch arguments come to: a machine with the guest in it, and what knows its images and sources, whoever is its client. */
import { createInjections, type Injections } from '../breakpoints/injections.ts';
import { sourceEdited, sourceMissing } from '../errors.ts';
import type { Host } from '../host.ts';
import { createImages, type Images } from '../images.ts';
import { type LaunchArguments, parseLaunchArguments } from '../launch-arguments.ts';
import { type LoadedGuest, loadGuest, type Makers } from '../load-guest.ts';
import { createSourcePaths, type SourcePaths } from '../source-paths.ts';
import type { Style } from '../styling.ts';
import type { Target } from '../target/target.ts';
import { embeddedSources, modulesOf, type OpenedTrace, withTrace } from '../trace/open-trace.ts';

/** A loaded guest without a client. */
export interface LoadedParts {
  /** What the client has launched. */
  readonly asked: Record<string, unknown>;
  /** The same, with the keys of the trace in place of its path. */
  readonly given: Record<string, unknown>;
  readonly launch: LaunchArguments;
  readonly target: Target;
  readonly images: Images;
  readonly sources: SourcePaths;
  readonly injections: Injections;
  readonly entry: bigint;
  readonly modules: LoadedGuest['modules'];
  readonly loadedFiles: LoadedGuest['loadedFiles'];
  /** Reads what was launched. */
  readonly host: Host;
  /** How the guest begins is not repeated if it is known, and is kept. */
  readonly usesBootCache: boolean;
  /** What is repeated: it is on record, and the machine at its beginning. Absent: a guest of its own. */
  readonly trace?: OpenedTrace;
  readonly movingKernel?: LoadedGuest['movingKernel'];
}

/** @throws UserError naming the key, the file and the mend */
export async function loadParts(
  asked: Record<string, unknown>,
  host: Host,
  makers: Makers,
  note: (text: string, style: Style) => void,
): Promise<LoadedParts> {
  const { given, host: files, trace } = await withTrace(asked, host);
  const launch = parseLaunchArguments(given);
  const loaded = await loadGuest(launch, files, makers);
  const { target, entry, x0 } = loaded;
  const images = createImages([...loaded.images, ...(trace === undefined ? [] : await modulesOf(trace, files, makers))]);
  const embedded = new Map([[makers.hypStub.sourcePath, makers.hypStub.source], ...(trace === undefined ? [] : embeddedSources(trace))]);
  const sources = await createSourcePaths(images.all, {
    host: files,
    sourceMap: launch.sourceMap,
    embedded,
    onEdited: (path) => note(sourceEdited(path), 'warning'),
    onMissing: (path, recorded) => note(sourceMissing(path, recorded), 'warning'),
  });
  target.start(entry, x0);
  // A session that stands at the first instruction goes on from there: how it begins is neither known to it nor kept, so no notes are taken.
  const usesBootCache = launch.bootCache && !launch.stopOnEntry && host.cache !== undefined && trace === undefined;
  if (launch.historyBytes !== undefined && (!launch.noDebug || trace !== undefined))
    target.timeTravel.keepHistory(launch.historyBytes, usesBootCache);
  if (trace !== undefined) target.timeTravel.follow(trace.manifest.recording);
  const injections = createInjections(launch.inject, target, images);
  const { movingKernel, modules, loadedFiles, notes } = loaded;
  for (const text of notes) note(text, 'warning');
  return {
    asked,
    given,
    launch,
    target,
    images,
    sources,
    injections,
    entry,
    host: files,
    modules,
    loadedFiles,
    usesBootCache,
    ...(trace && { trace }),
    ...(movingKernel && { movingKernel }),
  };
}
