import { badTrace, cannotReadFile, launchKeyConflict, traceDiffers, UserError } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Image, Images } from '../images.ts';
import { loadModule, type Makers } from '../load-guest.ts';
import type { FileBytes } from '../program/file-bytes.ts';
import { isBefore, type Moment, type Target } from '../target/target.ts';
import { recordsOf } from './records.ts';
import { decodeTrace, type Trace } from './trace-file.ts';
import { fileKeys, otherKeys } from './trace-keys.ts';

/** A launch whose guest comes out of a trace. */
export interface TracedLaunch {
  /** Launch keys with those of the trace. */
  readonly given: Record<string, unknown>;
  /** Reads the files of the trace, and others. */
  readonly host: Host;
  /** Absent: there is no trace. */
  readonly trace?: OpenedTrace;
}
export interface OpenedTrace extends Trace {
  readonly path: string;
}

const ofEditor = (key: string): boolean =>
  key.startsWith('__') ||
  ['type', 'request', 'name', 'noDebug', 'preLaunchTask', 'postDebugTask', 'internalConsoleOptions', 'presentation'].includes(key);

/** @throws UserError for a file that is no trace, and keys that contradict it */
export async function withTrace(given: Readonly<Record<string, unknown>>, host: Host): Promise<TracedLaunch> {
  const path = given.trace;
  if (typeof path !== 'string') return { given: { ...given }, host };
  const conflict = Object.keys(given).find((key) => !otherKeys.has(key) && !ofEditor(key) && given[key] !== undefined);
  if (conflict !== undefined)
    throw launchKeyConflict(conflict, given[conflict], '"trace" says what ran, and how', `Remove "${conflict}", or "trace".`);
  if (given.history === false) throw launchKeyConflict('history', false, 'a trace is repeated along its history', 'Leave "history" out.');
  return openTrace(path, host, given);
}

/** @param beside launch keys. @throws UserError for a file that is no trace */
export async function openTrace(path: string, host: Host, beside: Readonly<Record<string, unknown>> = {}): Promise<Required<TracedLaunch>> {
  const bytes = await host.readFile(path).catch((error: unknown) => {
    throw cannotReadFile('trace', path, error instanceof Error ? error.message : String(error));
  });
  const trace = decodeTrace(path, bytes);
  const { launch } = trace.manifest;
  const inside = (name: unknown): string => pathInside(path, String(name));
  const files = Object.fromEntries(
    Object.entries(launch).map(([key, value]) => {
      if (key === 'symbols') return [key, (value as string[]).map(inside)];
      return [key, fileKeys.includes(key) ? inside(value) : value];
    }),
  );
  return { given: { ...beside, trace: path, ...files }, host: hostOver(trace, path, host), trace: { ...trace, path } };
}

const pathInside = (path: string, name: string): string => `${path}!/${name}`;

function hostOver({ contents }: Trace, path: string, host: Host): Host {
  const prefix = pathInside(path, '');
  const openFile = host.openFile?.bind(host);
  const found = (file: string) => (file.startsWith(prefix) ? contents.get(file.slice(prefix.length)) : undefined);
  return {
    ...host,
    readFile: async (file) => found(file) ?? host.readFile(file),
    ...(openFile !== undefined && { openFile: async (file: string) => inMemory(found(file)) ?? openFile(file) }),
    exists: async (file) => found(file) !== undefined || (!file.startsWith(prefix) && host.exists(file)),
  };
}

const inMemory = (bytes: Uint8Array | undefined): FileBytes | undefined =>
  bytes && { size: bytes.length, read: (offset, into) => into.set(bytes.subarray(offset, offset + into.length)) };

/** Text of the sources that came along, by recorded path. */
export const embeddedSources = ({ manifest, contents }: Trace): ReadonlyMap<string, string> =>
  new Map(manifest.sources.map(({ recorded, name }) => [recorded, new TextDecoder().decode(contents.get(name))]));

/** Modules that the kernel had loaded where the run was saved. @param host reads the files of the trace. @throws UserError */
export const modulesOf = async ({ manifest: { modules = [] }, path }: OpenedTrace, host: Host, makers: Makers): Promise<readonly Image[]> =>
  Promise.all(
    modules.map(({ name, file, sections }) => {
      const places = new Map(sections.map((section) => [section.name, section.address]));
      return loadModule({ name, sections: places }, pathInside(path, file), host, makers);
    }),
  );

/**
 * Repeats the run, which is on record, up to where it was saved.
 * @param travel goes there. @returns what has ended it on the way. @throws UserError if it leads elsewhere here
 */
export async function repeatTrace<Result>(
  target: Target,
  trace: OpenedTrace,
  travel: (to: Moment) => Promise<Result | undefined>,
): Promise<Result | undefined> {
  const { manifest, path } = trace;
  const ended = await travel(manifest.now).catch((error: unknown) => {
    throw cannotRepeat(path, error);
  });
  if (ended === undefined) compareWithTrace(target, trace);
  return ended;
}

/** The machine stands where the run was saved. @throws UserError if it is another run */
export function compareWithTrace(target: Target, { manifest: { now, hash }, path }: OpenedTrace): void {
  const actual = target.stateHash();
  if (actual !== hash || isBefore(target.timeTravel.moment, now)) throw traceDiffers(path, now.instruction, actual, hash);
}

/** What happened in the run. @throws UserError if it leads elsewhere here */
export async function recordsOfTrace(target: Target, images: Images, trace: OpenedTrace): ReturnType<typeof recordsOf> {
  const { recording, now } = trace.manifest;
  target.timeTravel.follow(recording);
  try {
    return await recordsOf(target, images, { at: now, look: () => compareWithTrace(target, trace) });
  } catch (error) {
    throw error instanceof UserError ? error : cannotRepeat(trace.path, error);
  }
}

const cannotRepeat = (path: string, error: unknown): UserError =>
  badTrace(path, `it cannot be repeated: ${(error instanceof Error ? error.message : String(error)).replace(/\.$/, '')}`);
