import { cannotReadFile, launchKeyConflict, traceDiffers } from '../errors.ts';
import type { Host } from '../host.ts';
import type { FileBytes } from '../program/file-bytes.ts';
import { isBefore, type Target } from '../target/target.ts';
import { decodeTrace, type Trace } from './trace-file.ts';

/** A launch whose guest comes out of a trace. */
export interface TracedLaunch {
  /** Launch keys with those of the trace. */
  readonly given: Record<string, unknown>;
  /** Reads the files of the trace, and others. */
  readonly host: Host;
  /** Absent: there is no trace. */
  readonly trace?: Trace & { readonly path: string };
}

/** Keys that say what is shown, not what runs. */
export const otherKeys: ReadonlySet<string> = new Set([
  'trace',
  'sourceMap',
  'console',
  'history',
  'gdbServer',
  'stepIntoHandlers',
  'stopAtEnd',
  'stopOnEntry',
]);
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
  const bytes = await host.readFile(path).catch((error: unknown) => {
    throw cannotReadFile('trace', path, error instanceof Error ? error.message : String(error));
  });
  const trace = decodeTrace(path, bytes);
  const { launch } = trace.manifest;
  const inside = (name: unknown): unknown => (typeof name === 'string' ? `${path}!/${name}` : name);
  const files = Object.fromEntries(
    Object.entries(launch).map(([key, value]) => {
      if (key === 'symbols') return [key, (value as string[]).map(inside)];
      return [key, ['program', 'kernel', 'initrd'].includes(key) ? inside(value) : value];
    }),
  );
  return { given: { ...given, ...files }, host: hostOver(trace, path, host), trace: { ...trace, path } };
}

function hostOver({ contents }: Trace, path: string, host: Host): Host {
  const prefix = `${path}!/`;
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

/** Repeats the run up to where it was saved. @throws UserError if it leads elsewhere here */
export function followTrace(target: Target, { manifest: { recording, now, hash }, path }: Trace & { readonly path: string }): void {
  const { timeTravel } = target;
  timeTravel.follow(recording);
  timeTravel.travel(now);
  const actual = target.stateHash();
  if (actual !== hash || isBefore(timeTravel.moment, now)) throw traceDiffers(path, now.instruction, actual, hash);
}
