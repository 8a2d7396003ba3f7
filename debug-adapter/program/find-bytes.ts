/** @returns the first place from `from` on, or -1 */
export const find = (bytes: Uint8Array, pattern: Uint8Array, from: number): number => findBy(rarest(bytes, pattern), bytes, pattern, from);

/** The same in one piece after another of the same kind. */
export function finderOf(pattern: Uint8Array): (bytes: Uint8Array, from: number) => number {
  let anchor: number | undefined;
  return (bytes, from) => findBy((anchor ??= rarest(bytes, pattern)), bytes, pattern, from);
}

/** @param anchor which byte of the pattern is looked for first */
function findBy(anchor: number, bytes: Uint8Array, pattern: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(pattern[anchor], from + anchor); at >= 0; at = bytes.indexOf(pattern[anchor], at + 1)) {
    const begin = at - anchor;
    let same = 0;
    while (same < pattern.length && bytes[begin + same] === pattern[same]) same++;
    if (same === pattern.length) return begin;
  }
  return -1;
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
