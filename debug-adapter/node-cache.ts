/** {@link HostCache} in a folder: each name a file, its head as V8 serializes it, then its body, each with its checksum. */
import {
  closeSync,
  fstatSync,
  fsync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { CHECKSUM_BYTES, checksum } from './checksum.ts';
import type { CachedData, HostCache } from './host.ts';

/** Bytes of all files; the ones that were not used longest go. */
const MOST_BYTES = 1 << 30;
/** Body bytes that are written between two turns of the event loop. */
const PIECE = 4 << 20;
/** Length of the head, as a 64-bit number. */
const LENGTH_BYTES = 8;
const EXTENSION = '.kept';
const UNFINISHED = '.unfinished';
/** Nobody writes one that long: whoever began it is gone. */
const ABANDONED_MILLISECONDS = 3_600_000;

/** @param version of everything besides their names that files depend on. @param mostBytes absent: 1 GiB */
export function nodeCache(folder: string, version: string, mostBytes: number = MOST_BYTES): HostCache {
  const fileOf = (name: string): string => path.join(folder, `${version}-${name}${EXTENSION}`);
  const filesNamed = (extension: string): string[] => {
    try {
      return readdirSync(folder).filter((name) => name.endsWith(extension));
    } catch {
      return [];
    }
  };
  const files = (): string[] => filesNamed(EXTENSION);
  function makeRoom(): void {
    for (const file of filesNamed(UNFINISHED).map((name) => path.join(folder, name)))
      if (sizeAndTime(file).time < Date.now() - ABANDONED_MILLISECONDS) rmSync(file, { force: true });
    const kept = files()
      .map((name) => ({ name, ...sizeAndTime(path.join(folder, name)) }))
      .sort((one, other) => other.time - one.time);
    let bytes = 0;
    for (const { name, size } of kept) {
      bytes += size;
      if (bytes > mostBytes) rmSync(path.join(folder, name), { force: true });
    }
  }

  return {
    async digest(pieces) {
      const { createHash } = await import('node:crypto');
      const hash = createHash('sha256');
      for (const piece of pieces) hash.update(piece);
      return hash.digest('hex');
    },
    names(prefix) {
      const begin = `${version}-${prefix}`;
      return files().flatMap((name) => (name.startsWith(begin) ? [name.slice(version.length + 1, -EXTENSION.length)] : []));
    },
    async read(name) {
      try {
        return await readKept(fileOf(name));
      } catch {
        // Gone, cut off, or written by a Node that this one does not understand: the same as never kept.
        return undefined;
      }
    },
    async write(name, head, body, isStillGood) {
      const { serialize } = await import('node:v8');
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const file = fileOf(name);
      // Sessions are threads of one process, and two of them may have come to the same place.
      const temporary = `${file}.${process.pid}-${Math.random().toString(36).slice(2)}${UNFINISHED}`;
      const descriptor = openSync(temporary, 'w', 0o600);
      let isWhole = false;
      try {
        const headBytes = serialize(head);
        const length = Buffer.alloc(LENGTH_BYTES);
        length.writeBigUInt64LE(BigInt(headBytes.length));
        for (const part of [length, headBytes, sumOf(headBytes)]) writeWhole(descriptor, part);
        isWhole = await writePieces(descriptor, body, isStillGood);
        // A name whose contents a power failure has taken would be believed.
        if (isWhole) await promisify(fsync)(descriptor);
      } finally {
        closeSync(descriptor);
        if (!isWhole) rmSync(temporary, { force: true });
      }
      if (!isWhole) return false;
      renameSync(temporary, file);
      makeRoom();
      return true;
    },
  };
}

function sizeAndTime(file: string): { readonly size: number; readonly time: number } {
  const { size = 0, mtimeMs = 0 } = statSync(file, { throwIfNoEntry: false }) ?? {};
  return { size, time: mtimeMs };
}

async function readKept(file: string): Promise<CachedData> {
  const { deserialize } = await import('node:v8');
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const headLength = Number(readRange(descriptor, 0, LENGTH_BYTES).readBigUInt64LE());
    const bodyAt = LENGTH_BYTES + headLength + CHECKSUM_BYTES;
    if (!(bodyAt <= size)) throw new Error('cut off');
    const head: unknown = deserialize(checked(readRange(descriptor, LENGTH_BYTES, headLength + CHECKSUM_BYTES)));
    return {
      head,
      body() {
        const again = openSync(file, 'r');
        try {
          const body = checked(readRange(again, bodyAt, size - bodyAt));
          utimesSync(file, new Date(), new Date());
          return new Uint8Array(body.buffer, body.byteOffset, body.length);
        } finally {
          closeSync(again);
        }
      },
    };
  } finally {
    closeSync(descriptor);
  }
}

function sumOf(bytes: Uint8Array, before?: number): Buffer {
  const sum = Buffer.alloc(CHECKSUM_BYTES);
  sum.writeUInt32LE(checksum?.(bytes, before) ?? 0);
  return sum;
}
/** Without the checksum behind them. @throws Error if it is another */
function checked(bytes: Buffer): Buffer {
  const contents = bytes.subarray(0, -CHECKSUM_BYTES);
  if (!sumOf(contents).equals(bytes.subarray(-CHECKSUM_BYTES))) throw new Error('damaged');
  return contents;
}

function readRange(descriptor: number, from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length; ) {
    const count = readSync(descriptor, bytes, done, length - done, from + done);
    if (count === 0) throw new Error('cut off');
    done += count;
  }
  return bytes;
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}

/** @returns false: it is not good any more */
async function writePieces(descriptor: number, body: Iterable<Uint8Array>, isStillGood: () => boolean): Promise<boolean> {
  const buffer = Buffer.allocUnsafeSlow(PIECE);
  let used = 0;
  let sum = sumOf(buffer.subarray(0, 0));
  const flush = (): void => {
    const piece = buffer.subarray(0, used);
    sum = sumOf(piece, sum.readUInt32LE());
    writeWhole(descriptor, piece);
    used = 0;
  };
  for (const bytes of body) {
    if (used + bytes.length > PIECE) {
      flush();
      await new Promise((resolve) => setTimeout(resolve));
      if (!isStillGood()) return false;
    }
    if (bytes.length > PIECE) throw new RangeError(`A piece of ${bytes.length} bytes is longer than ${PIECE}.`);
    buffer.set(bytes, used);
    used += bytes.length;
  }
  flush();
  writeWhole(descriptor, sum);
  return true;
}
