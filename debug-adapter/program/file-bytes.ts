/** A file that is read by ranges: what nobody asks for takes no memory. */
export interface FileBytes {
  readonly size: number;
  /** Fills `into` with the bytes from `offset` on. @throws Error where they cannot be had any more */
  read(offset: number, into: Uint8Array): void;
}

/** Bytes of a file, as many as it has, which are there once {@link load} has been asked for them. */
export interface PartOfFile {
  readonly bytes: Uint8Array;
  /** Absent: all bytes are there. @returns up to where they are there without a gap from `start` on; at least `end` */
  readonly load?: (start: number, end: number) => number;
  /** There with `load`: the bytes from `start` on, without keeping them. */
  readonly peek?: (start: number, into: Uint8Array) => void;
}

const PAGE = 4096;
/** Who goes on reading where the last read ended gets so many pages. */
const READ_AHEAD = 16;

/** Memory for the whole file is reserved, and takes its place where it is written, which is where bytes have been read. */
export function partOf(file: Uint8Array | FileBytes): PartOfFile {
  if (!('read' in file)) return { bytes: file };
  const { size } = file;
  const bytes = new Uint8Array(size);
  const isThere = new Uint8Array(Math.ceil(size / PAGE));
  return {
    bytes,
    peek: file.read,
    load(start, end) {
      const first = Math.floor(start / PAGE);
      const last = Math.ceil(Math.min(end, size) / PAGE);
      for (let page = first; page < last; page++) {
        if (isThere[page] === 1) continue;
        const goesOn = page > 0 && isThere[page - 1] === 1;
        const from = page;
        while (page + 1 < (goesOn ? Math.max(last, from + READ_AHEAD) : last) && isThere[page + 1] === 0) page++;
        file.read(from * PAGE, bytes.subarray(from * PAGE, (page + 1) * PAGE));
        isThere.fill(1, from, page + 1);
      }
      let until = last;
      while (until < last + READ_AHEAD && isThere[until] === 1) until++;
      return Math.min(size, until * PAGE);
    },
  };
}
