/** @returns the first place from `from` on, or -1 */
export type Finder = (bytes: Uint8Array, from: number) => number;

export const find = (bytes: Uint8Array, pattern: Uint8Array, from: number): number => finderOf(pattern)(bytes, from);

/** For one piece after another of the same kind. @param pattern at least one byte */
export function finderOf(pattern: Uint8Array): Finder {
  let findAnchored: Finder | undefined;
  return (bytes, from) => (findAnchored ??= anchored(pattern, rarest(bytes, pattern)))(bytes, from);
}

/** Longer patterns are found by another algorithm, which takes twice as long. */
const LONGEST_PREFIX = 7;

/** @param anchor which byte of the pattern is looked for first */
function anchored(pattern: Uint8Array, anchor: number): Finder {
  const nextOf = searchFor(pattern.subarray(anchor, anchor + LONGEST_PREFIX));
  return (bytes, from) => {
    for (let at = nextOf(bytes, from + anchor); at >= 0; at = nextOf(bytes, at + 1)) {
      const begin = at - anchor;
      let same = 0;
      while (same < pattern.length && bytes[begin + same] === pattern[same]) same++;
      if (same === pattern.length) return begin;
    }
    return -1;
  };
}

interface NodeBuffer {
  readonly prototype: { indexOf(this: Uint8Array, value: Uint8Array, from: number): number };
}

/** Node looks for several bytes at once, ten times faster than for each place of the first one by a call of its own; a browser cannot. */
function searchFor(prefix: Uint8Array): Finder {
  const { Buffer } = globalThis as { readonly Buffer?: NodeBuffer };
  const indexOf = Buffer?.prototype.indexOf;
  if (indexOf !== undefined) return (bytes, from) => (from < bytes.length ? indexOf.call(bytes, prefix, from) : -1);
  return (bytes, from) => bytes.indexOf(prefix[0], from);
}

const SAMPLES = 16384;
const counts = new WeakMap<Uint8Array, Uint32Array>();

/** Which byte of the pattern is the least frequent one. */
function rarest(bytes: Uint8Array, pattern: Uint8Array): number {
  let count = counts.get(bytes);
  if (count === undefined) {
    count = new Uint32Array(256);
    const step = Math.max(1, Math.floor(bytes.length / SAMPLES));
    for (let at = 0; at < bytes.length; at += step) count[bytes[at]]++;
    counts.set(bytes, count);
  }
  let best = 0;
  for (let index = 1; index < pattern.length; index++) if (count[pattern[index]] < count[pattern[best]]) best = index;
  return best;
}
