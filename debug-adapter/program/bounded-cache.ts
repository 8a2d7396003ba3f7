/**
 * The most bytes, by estimate, of what is kept of one program: of its file and of what is worked out of its debug information. Half of them are
 * used by 24 functions of as many units of a Linux kernel, with all that their variables are made of.
 */
export const MOST_KEPT = 64 << 20;

/** The same of answers to searches through all units, for names and for lines of a source: they are small and took long. */
export const MOST_ANSWERS = 8 << 20;

/** What is worked out of bytes that stay where they are, and can be worked out of them again: of what takes too much, the least recently used goes. */
export interface BoundedCache {
  /** @param bytesOf how much memory a value takes, roughly */
  keep<Key, Value>(derive: (key: Key) => Value, bytesOf: (value: Value) => number): Kept<Key, Value>;
  /** Values of parts of something, such as a unit: they are kept together, and go together. */
  keepOf<Whole, Part, Value>(bytesOf: (value: Value) => number): KeptOf<Whole, Part, Value>;
  /** Of all that is kept now. */
  readonly bytes: number;
}

/** Values by their keys. Who holds one may go on using it, but the next who asks may get another that says the same. */
export interface Kept<Key, Value> {
  get(key: Key): Value;
  /** `undefined`: it would have to be worked out. This is no use of it. */
  known(key: Key): Value | undefined;
  /** Takes so many more bytes than when it was worked out. */
  grew(key: Key, bytes: number): void;
}

export interface KeptOf<Whole, Part, Value> {
  (whole: Whole, part: Part, derive: () => Value): Value;
  /** As of {@link Kept}. */
  grew(whole: Whole, bytes: number): void;
}

/** In a ring, from the most recently used to the least. */
interface Link {
  newer: Link;
  older: Link;
  bytes: number;
  readonly drop: () => void;
}

/** What a value takes besides: its place in the ring, and that in the map. */
const BESIDES = 200;

export function createBoundedCache(most = MOST_KEPT): BoundedCache {
  let bytes = 0;
  const ring = { bytes: 0, drop: () => {} } as Link;
  ring.newer = ring.older = ring;

  function unlink(link: Link): void {
    link.newer.older = link.older;
    link.older.newer = link.newer;
  }
  function makeNewest(link: Link): void {
    link.newer = ring;
    link.older = ring.older;
    ring.older.newer = link;
    ring.older = link;
  }
  /** The newest stays, however large. */
  function trim(): void {
    while (bytes > most && ring.newer !== ring.older) {
      const oldest = ring.newer;
      unlink(oldest);
      bytes -= oldest.bytes;
      oldest.drop();
    }
  }
  function keep<Key, Value>(derive: (key: Key) => Value, bytesOf: (value: Value) => number): Kept<Key, Value> {
    const links = new Map<Key, Link & { readonly value: Value }>();
    return {
      get(key) {
        const link = links.get(key);
        if (link !== undefined) {
          if (ring.older !== link) {
            unlink(link);
            makeNewest(link);
          }
          return link.value;
        }
        const value = derive(key);
        const added = { newer: ring, older: ring, bytes: bytesOf(value) + BESIDES, drop: () => links.delete(key), value };
        links.set(key, added);
        makeNewest(added);
        bytes += added.bytes;
        trim();
        return value;
      },
      known: (key) => links.get(key)?.value,
      grew(key, more) {
        const link = links.get(key);
        if (link === undefined) return;
        link.bytes += more;
        bytes += more;
        trim();
      },
    };
  }
  return {
    keep,
    keepOf<Whole, Part, Value>(bytesOf: (value: Value) => number): KeptOf<Whole, Part, Value> {
      const { get, grew } = keep(
        (_: Whole) => new Map<Part, { readonly value: Value }>(),
        () => 0,
      );
      const valueOf = (whole: Whole, part: Part, derive: () => Value): Value => {
        const known = get(whole).get(part);
        if (known !== undefined) return known.value;
        const value = derive();
        // Those that were kept before may have gone meanwhile.
        get(whole).set(part, { value });
        grew(whole, bytesOf(value));
        return value;
      };
      return Object.assign(valueOf, { grew });
    },
    get bytes() {
      return bytes;
    },
  };
}
