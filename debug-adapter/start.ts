/**
 * Starts a bundle from what V8 has compiled of it before, in the person's cache folder: compiling takes as long as all the rest of a start.
 * Node's own cache (`module.enableCompileCache`) is made before a bundle has run: it has none of the functions that are compiled when they are called.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';
import { cacheFolder } from './cache-folder.ts';
import { CHECKSUM_BYTES, checksum } from './checksum.ts';

/** Relative to this file; `esbuild.mjs` says which. */
declare const BUNDLE: string;

/** From the first use to keeping what it took: by then what follows a stop has been compiled as well. */
const SETTLED_MILLISECONDS = 1000;
/** Of all bundles, their versions and Node's: those that were written last. */
const MOST_FILES = 16;
/** As Node calls a module, and one more: `first-use.ts` uses it. */
const HEAD = '(function (exports, require, module, __filename, __dirname, onFirstUse) { ';
const TAIL = '\n})';

/** Whole or not at all, whenever the machine goes off: V8 believes what it reads. */
function write(file: string, bytes: Uint8Array): void {
  const unfinished = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  const descriptor = openSync(unfinished, 'w', 0o600);
  try {
    writeFileSync(descriptor, bytes);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(unfinished, file);
}

function removeOld(folder: string): void {
  const files = readdirSync(folder).map((name) => path.join(folder, name));
  const written = new Map(files.map((file) => [file, statSync(file).mtimeMs]));
  files.sort((one, other) => (written.get(other) ?? 0) - (written.get(one) ?? 0));
  for (const file of files.slice(MOST_FILES)) rmSync(file, { force: true });
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) action();
    isDone = true;
  };
}

function ifPossible<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** V8 looks into what it once made no more than it must: a bit that has changed may end the process. @throws Error if any has */
function withoutChecksum(bytes: Buffer): Buffer {
  const data = bytes.subarray(CHECKSUM_BYTES);
  if (checksum?.(data) !== bytes.readUInt32LE()) throw new Error('damaged');
  return data;
}
function withChecksum(data: Buffer): Buffer {
  if (checksum === undefined) throw new Error('no checksum');
  const bytes = Buffer.alloc(CHECKSUM_BYTES + data.length);
  bytes.writeUInt32LE(checksum(data));
  bytes.set(data, CHECKSUM_BYTES);
  return bytes;
}

/** Bundles are ASCII: so read, their text is in memory once, and outside of V8's heap. */
function wrapped(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.allocUnsafeSlow(HEAD.length + size + TAIL.length);
    bytes.write(HEAD, 'latin1');
    for (let done = 0; done < size; ) {
      const count = readSync(descriptor, bytes, HEAD.length + done, size - done, done);
      if (count === 0) throw new Error(`${file} has become shorter`);
      done += count;
    }
    bytes.write(TAIL, HEAD.length + size, 'latin1');
    return bytes.toString('latin1');
  } finally {
    closeSync(descriptor);
  }
}

function start(file: string): void {
  const text = wrapped(file);
  // V8 looks at the length only; `esbuild.mjs` has written what the text is known by at its end.
  const digest = /\/\/ ([0-9a-f]{32})\n\n\}\)$/.exec(text.slice(-40))?.[1];
  const folder = path.join(cacheFolder(), 'compiled');
  const kept = path.join(folder, `${path.basename(file, '.js')}-${digest}-${process.versions.v8}-${process.arch}`);
  const cachedData = digest === undefined ? undefined : ifPossible(() => withoutChecksum(readFileSync(kept)));
  const script = new Script(text, { filename: file, columnOffset: -HEAD.length, cachedData });
  // Without it a start takes longer; that is no reason to end.
  const keep = once(() =>
    ifPossible(() => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      write(kept, withChecksum(script.createCachedData()));
      removeOld(folder);
    }),
  );
  const onFirstUse = once(() => {
    if (digest === undefined || script.cachedDataRejected === false) return;
    setTimeout(keep, SETTLED_MILLISECONDS).unref();
    process.once('exit', keep);
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, path.dirname(file), onFirstUse);
}

start(path.join(__dirname, BUNDLE));
