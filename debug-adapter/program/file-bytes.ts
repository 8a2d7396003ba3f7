import type { BoundedCache, Kept } from './bounded-cache.ts';

/** A file that is read by ranges: what nobody asks for takes no memory. */
export interface FileBytes {
  readonly size: number;
  /** Fills `into` with the bytes from `offset` on. @throws Error where they cannot be had any more */
  read(offset: number, into: Uint8Array): void;
}

/** Bytes of a file, as many as it has, which are there once {@link load} has been asked for them. */
export interface PartOfFile {
  readonly bytes: Uint8Array;
  /** Absent: all bytes are there. Those from `start` to `end` are, from then on. */
  readonly load?: (start: number, end: number) => void;
  /** There with `load`: the bytes from `start` on, without keeping them. */
  readonly peek?: (start: number, into: Uint8Array) => void;
  /** There with `load`: bytes around those from `start` to `end`, which are kept for a while only. */
  readonly window?: (start: number, end: number) => Window;
}

export interface Window {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where the first of them stands in the part. Negative: before it. */
  readonly start: number;
}

const PAGE = 4096;
/** Who goes on reading behind a page gets so many at once. */
const PAGES = 8 * PAGE;
/** What begins in one window and is no longer than this need not be put together. */
const OVERLAP = 1024;

/** Memory for the whole file is reserved, and takes its place where it is written, which is where bytes have been read to stay. */
export function partOf(file: Uint8Array | FileBytes, cache: BoundedCache): PartOfFile {
  if (!('read' in file)) return { bytes: file };
  const { size } = file;
  const bytes = new Uint8Array(size);
  const isThere = new Uint8Array(Math.ceil(size / PAGE));
  const read = (start: number, end: number): Window => {
    const into = new Uint8Array(Math.min(end, size) - start);
    file.read(start, into);
    return { bytes: into, view: new DataView(into.buffer), start };
  };
  const windowsOf = (length: number): Kept<number, Window> =>
    cache.keep(
      (index) => read(index * length, (index + 1) * length + OVERLAP),
      (window) => window.bytes.length,
    );
  const single = windowsOf(PAGE);
  const several = windowsOf(PAGES);
  let last: Window | undefined;
  const holds = (window: Window, start: number, end: number): boolean => window.start <= start && end <= window.start + window.bytes.length;

  return {
    bytes,
    peek: file.read,
    load(start, end) {
      const first = Math.floor(start / PAGE);
      const last = Math.ceil(Math.min(end, size) / PAGE);
      for (let page = first; page < last; page++) {
        if (isThere[page] === 1) continue;
        const from = page;
        while (page + 1 < last && isThere[page + 1] === 0) page++;
        file.read(from * PAGE, bytes.subarray(from * PAGE, (page + 1) * PAGE));
        isThere.fill(1, from, page + 1);
      }
    },
    window(start, end) {
      if (last !== undefined && holds(last, start, end)) return last;
      const page = Math.floor(start / PAGE);
      const pages = Math.floor(start / PAGES);
      const goesOn = several.known(pages) !== undefined || single.known(page - 1) !== undefined || end > (page + 1) * PAGE + OVERLAP;
      if (!goesOn) last = single.get(page);
      else last = end <= (pages + 1) * PAGES + OVERLAP ? several.get(pages) : read(start, end);
      return last;
    },
  };
}
