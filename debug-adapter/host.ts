import type { FileBytes } from './program/file-bytes.ts';

/** What the adapter needs of the place it runs in: a Node process, a worker thread or a Web Worker. */
export interface Host {
  /** The whole file. Rejects when it cannot be read. */
  readFile(path: string): Promise<Uint8Array>;
  /** A file that is read by ranges as it was when it was opened. Absent: there are only whole files here. Rejects as `readFile`. */
  openFile?(path: string): Promise<FileBytes>;
  /** Paths of all files in a folder and those in it. Absent: folders cannot be listed here. Rejects if it is none. */
  filesBelow?(folder: string): Promise<readonly string[]>;
  exists(path: string): Promise<boolean>;
  /** A file that ships with the adapter (`capstone.wasm`). */
  readAsset(name: string): Promise<Uint8Array>;
  /** Absent: nothing is kept here from one session to the next. */
  readonly cache?: HostCache;
  /** Listens on loopback. Absent: this place has no TCP. @param port 0: a free one. Rejects when it cannot be had */
  listen?(port: number, onSocket: (socket: HostSocket) => void): Promise<HostListener>;
}

/** What is kept for later sessions, which can do without: the oldest goes when it becomes much. */
export interface HostCache {
  /** Equal for equal pieces, and only for those. */
  digest(pieces: Iterable<string | Uint8Array>): Promise<string>;
  /** Of what is kept, and begins so. */
  names(prefix: string): readonly string[];
  /** `undefined`: nothing is kept under that name, or it cannot be read. */
  read(name: string): Promise<CachedData | undefined>;
  /**
   * @param head structured-cloneable. @param body read piece by piece, the event loop has its turns between
   * @param isStillGood asked between the pieces; false: nothing is kept
   * @returns whether it is kept. Rejects if it cannot be
   */
  write(name: string, head: unknown, body: Iterable<Uint8Array>, isStillGood: () => boolean): Promise<boolean>;
}
export interface CachedData {
  readonly head: unknown;
  /** It goes with this process: for later sessions it is still to be kept. */
  readonly isPassing?: true;
  /** Read when asked for. @throws Error if it is gone or cut off */
  body(): Uint8Array;
}

/** Somebody who has connected. */
export interface HostSocket {
  /** Nothing if the other side has gone. */
  write(bytes: Uint8Array): void;
  /** Closes after what has been written. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
  listen(listener: { data(bytes: Uint8Array): void; closed(): void }): void;
}

export interface HostListener {
  readonly port: number;
  /** Hears nobody any more; those who are connected stay so. */
  close(): Promise<void>;
}
