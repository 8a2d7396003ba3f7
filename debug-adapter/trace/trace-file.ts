/**
 * A run in one file, `.sdeitrace`: a zip archive with what was loaded, what came from outside, and how the machine stood at the end.
 * From these the same run comes again, bit for bit, anywhere.
 */
import { joinBytes } from '../program/join-bytes.ts';
import { strFromU8, strToU8, unzipSync, Zip, ZipDeflate } from 'fflate';
import { base64FromBytes, bytesFromBase64 } from '../base64.ts';
import type { Branch } from '../branches.ts';
import { badTrace } from '../errors.ts';
import { md5 } from '../md5.ts';
import type { Moment, Recording } from '../target/target.ts';
import { problemOfManifest } from './check-manifest.ts';

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
  /** Modules that the kernel had loaded, and where; absent: none is known. */
  readonly modules?: readonly TraceModule[];
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
export interface TraceModule {
  /** As the kernel calls it. */
  readonly name: string;
  /** Its file's name in the archive. */
  readonly file: string;
  readonly sections: readonly { readonly name: string; readonly address: bigint }[];
}
export interface Trace {
  readonly manifest: TraceManifest;
  /** By name in the archive. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

const MANIFEST = 'trace.json';

/** Bytes that are compressed in one go. */
const PIECE = 1 << 20;
/** How many times shorter than its contents a part can be (RFC 1951: 258 bytes in two bits). */
const MOST_SHORTENED = 1032;

/** @param breathe called now and then: the parts may be large */
export async function encodeTrace(
  manifest: Omit<TraceManifest, 'format' | 'version' | 'files'>,
  files: ReadonlyMap<string, Uint8Array>,
  breathe: () => Promise<void>,
): Promise<Uint8Array> {
  const listed: TraceFile[] = [];
  for (const [name, bytes] of files) {
    listed.push({ name, bytes: bytes.length, md5: md5(bytes) });
    await breathe();
  }
  const whole: TraceManifest = { format: 'sdeitrace', version: VERSION, ...manifest, files: listed };
  const pieces: Uint8Array[] = [];
  let fault: Error | undefined;
  const zip = new Zip((error, piece) => {
    fault ??= error ?? undefined;
    pieces.push(piece);
  });
  for (const [name, bytes] of [[MANIFEST, strToU8(JSON.stringify(whole, toJson))] as const, ...files]) {
    const part = new ZipDeflate(name, { level: 6 });
    // The same run gives the same file.
    part.mtime = new Date(1980, 0, 1);
    zip.add(part);
    let at = 0;
    do {
      part.push(bytes.subarray(at, at + PIECE), at + PIECE >= bytes.length);
      at += PIECE;
      await breathe();
    } while (at < bytes.length);
  }
  zip.end();
  if (fault !== undefined) throw fault;
  return joinBytes(pieces);
}

/** @throws UserError saying what is wrong with the file */
export function decodeTrace(path: string, bytes: Uint8Array): Trace {
  let archive: Record<string, Uint8Array>;
  let read: unknown;
  try {
    archive = unzipSync(bytes, { filter: canBe });
    read = JSON.parse(strFromU8(archive[MANIFEST]), fromJson);
  } catch {
    throw badTrace(path, 'it is not a trace, or a part of it is missing');
  }
  const manifest = (typeof read === 'object' ? (read ?? {}) : {}) as TraceManifest;
  if (manifest.format !== 'sdeitrace') throw badTrace(path, 'it is not a trace');
  if (manifest.version !== VERSION) {
    const mend = manifest.version > VERSION ? 'a newer version of the debugger' : 'the version of the debugger that made it';
    throw badTrace(path, `it is of format ${manifest.version}, and this version reads format ${VERSION}: open it with ${mend}`);
  }
  const problem = problemOfManifest(manifest, new Set(Object.keys(archive)));
  if (problem !== undefined) throw badTrace(path, `it is damaged: ${problem}`);
  for (const { name, md5: digest } of manifest.files) {
    if (!Object.hasOwn(archive, name)) throw badTrace(path, `its "${name}" is missing`);
    const actual = md5(archive[name]);
    if (actual !== digest) throw badTrace(path, `its "${name}" is damaged (MD5 ${actual} instead of ${digest})`);
  }
  return { manifest, contents: new Map(Object.entries(archive)) };
}
/** Room is made for what a part says its length is. */
function canBe({ name, size, originalSize }: { name: string; size: number; originalSize: number }): boolean {
  if (originalSize > (size + 1) * MOST_SHORTENED) throw new Error(`${name} cannot be that long`);
  return true;
}

/** Numbers of 64 bits and bytes, which JSON has no words for. */
function toJson(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { $integer: `0x${value.toString(16)}` };
  return value instanceof Uint8Array ? { $bytes: base64FromBytes(value) } : value;
}
function fromJson(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { $integer, $bytes } = value as { $integer?: string; $bytes?: string };
  if (typeof $integer === 'string') return BigInt($integer);
  return typeof $bytes === 'string' ? bytesFromBase64($bytes) : value;
}
