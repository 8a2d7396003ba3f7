/**
 * A run in one file, `.sdeitrace`: a zip archive with what was loaded, what came from outside, and how the machine stood at the end.
 * From these the same run comes again, bit for bit, anywhere.
 */
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { base64FromBytes, bytesFromBase64 } from '../base64.ts';
import type { Branch } from '../branches.ts';
import { badTrace } from '../errors.ts';
import { md5 } from '../md5.ts';
import type { Moment, Recording } from '../target/target.ts';

/** Goes up with every change that an older reader would misread. */
const VERSION = 1;

/** The archive's `trace.json`. */
export interface TraceManifest {
  readonly format: 'sdeitrace';
  readonly version: number;
  /** Launch keys that the machine is made of; files by their names in the archive. */
  readonly launch: Readonly<Record<string, unknown>>;
  readonly files: readonly TraceFile[];
  /** Text of sources, by the path that debug information records. */
  readonly sources: readonly { readonly recorded: string; readonly name: string }[];
  readonly recording: Recording;
  /** Where the guest stood, which PE had stopped, and the hash of the machine there. */
  readonly now: Moment;
  readonly pe: number;
  readonly hash: string;
  readonly bookmarks: readonly { readonly name: string; readonly moment: Moment; readonly place: string }[];
  /** Other futures, and the name of the one that is recorded; absent: there are none. */
  readonly branches?: { readonly current: string; readonly others: readonly Branch[] };
}
export interface TraceFile {
  /** In the archive. */
  readonly name: string;
  readonly bytes: number;
  readonly md5: string;
}
export interface Trace {
  readonly manifest: TraceManifest;
  /** By name in the archive. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

const MANIFEST = 'trace.json';

export function encodeTrace(
  manifest: Omit<TraceManifest, 'format' | 'version' | 'files'>,
  files: ReadonlyMap<string, Uint8Array>,
  sources: ReadonlyMap<string, Uint8Array>,
): Uint8Array {
  const listed = [...files].map(([name, bytes]): TraceFile => ({ name, bytes: bytes.length, md5: md5(bytes) }));
  const whole: TraceManifest = { format: 'sdeitrace', version: VERSION, ...manifest, files: listed };
  // The same run gives the same file.
  const mtime = new Date(1980, 0, 1);
  return zipSync(
    { [MANIFEST]: strToU8(JSON.stringify(whole, toJson)), ...Object.fromEntries([...files, ...sources]) },
    { mtime, level: 6 },
  );
}

/** @throws UserError saying what is wrong with the file */
export function decodeTrace(path: string, bytes: Uint8Array): Trace {
  let archive: Record<string, Uint8Array>;
  let manifest: TraceManifest;
  try {
    archive = unzipSync(bytes);
    manifest = JSON.parse(strFromU8(archive[MANIFEST]), fromJson) as TraceManifest;
  } catch {
    throw badTrace(path, 'it is not a trace, or a part of it is missing');
  }
  if (manifest.format !== 'sdeitrace') throw badTrace(path, 'it is not a trace');
  if (manifest.version !== VERSION) {
    const mend = manifest.version > VERSION ? 'a newer version of the debugger' : 'the version of the debugger that made it';
    throw badTrace(path, `it is of format ${manifest.version}, and this version reads format ${VERSION}: open it with ${mend}`);
  }
  for (const { name, md5: digest } of manifest.files) {
    if (archive[name] === undefined) throw badTrace(path, `its "${name}" is missing`);
    const actual = md5(archive[name]);
    if (actual !== digest) throw badTrace(path, `its "${name}" is damaged (MD5 ${actual} instead of ${digest})`);
  }
  return { manifest, contents: new Map(Object.entries(archive)) };
}

/** Numbers of 64 bits and bytes, which JSON has no words for. */
function toJson(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { $integer: `0x${value.toString(16)}` };
  return value instanceof Uint8Array ? { $bytes: base64FromBytes(value) } : value;
}
function fromJson(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { $integer, $bytes } = value as { $integer?: string; $bytes?: string };
  if ($integer !== undefined) return BigInt($integer);
  return $bytes === undefined ? value : bytesFromBase64($bytes);
}
