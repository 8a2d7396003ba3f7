/** Futures of one run: an edit in the past begins another one, and the one it takes the place of is kept under its name. */
import type { NamedMoment } from './bookmarks.ts';
import type { Recording } from './target/target.ts';
import type { TimelineState } from './timeline.ts';

/** What is kept of a future that is not the present one. */
export interface Branch {
  readonly name: string;
  readonly recording: Recording;
  readonly bookmarks: readonly NamedMoment[];
  /** Absent: it has not been run here yet. */
  readonly timeline?: TimelineState;
}

export interface Branches {
  /** Name of the future that is on record. */
  readonly current: string;
  readonly others: readonly Branch[];
  /** Names of those that there was no room for any more. */
  readonly forgotten: readonly string[];
  /** The same since this was asked last. */
  takeForgotten(): readonly string[];
  /** Another future has begun. @returns the name of the one that was left */
  begin(left: Omit<Branch, 'name'>): string;
  /** Keeps the present future and takes another one's place. @returns `undefined`: there is none of that name */
  enter(name: string, present: Omit<Branch, 'name'>): Branch | undefined;
  named(name: string): Branch | undefined;
  /** @returns false: there is no such branch, or the new name is another's */
  rename(name: string, to: string): boolean;
}

/** Roughly, in bytes: what came from outside, besides its data; something on the timeline, besides its text; a bookmark. */
const INPUT_BYTES = 128;
const INSTANT_BYTES = 160;
const BOOKMARK_BYTES = 160;

/** What branches use, roughly: what several have, since they are the same up to there, once. */
function bytesOf(branches: readonly Branch[]): number {
  const counted = new Set<object>();
  const sum = <One extends object>(list: readonly One[], bytes: (one: One) => number): number => {
    let all = 0;
    for (const one of list) {
      // Each list has a place for it.
      all += 8;
      if (!counted.has(one)) all += bytes(one);
      counted.add(one);
    }
    return all;
  };
  let all = 0;
  for (const { recording, bookmarks, timeline } of branches) {
    all += sum(recording.inputs, ({ what }) => INPUT_BYTES + dataBytes(what));
    all += sum(bookmarks, ({ name }) => BOOKMARK_BYTES + 2 * name.length);
    all += sum(timeline?.instants ?? [], ({ text }) => INSTANT_BYTES + 2 * text.length);
  }
  return all;
}
const dataBytes = (input: object): number =>
  Object.values(input).reduce((sum: number, value: unknown) => sum + (value instanceof Uint8Array ? value.length : 0), 0);

/**
 * @param known of a trace
 * @param memoryBytes what all but the present one may use: beyond it those that were left the longest ago are forgotten, but never the last one
 */
export function createBranches(
  known?: { readonly current: string; readonly others: readonly Branch[] },
  memoryBytes: number = Number.POSITIVE_INFINITY,
): Branches {
  let current = known?.current ?? 'main';
  let others: readonly Branch[] = known?.others ?? [];
  const forgotten: string[] = [];
  let told = 0;
  const isTaken = (name: string) => name === current || others.some((one) => one.name === name);
  function freeName(): string {
    for (let number = 1; ; number++) {
      const name = `branch ${number}`;
      if (!isTaken(name) && !forgotten.includes(name)) return name;
    }
  }
  function makeRoom(): void {
    while (others.length > 1 && bytesOf(others) > memoryBytes) {
      forgotten.push(others[0].name);
      others = others.slice(1);
    }
  }
  return {
    get current() {
      return current;
    },
    get others() {
      return others;
    },
    forgotten,
    takeForgotten() {
      const news = forgotten.slice(told);
      told = forgotten.length;
      return news;
    },
    begin(left) {
      const name = current;
      const next = freeName();
      others = [...others, { ...left, name }];
      current = next;
      makeRoom();
      return name;
    },
    enter(name, present) {
      const found = others.find((one) => one.name === name);
      if (found === undefined) return undefined;
      others = [...others.filter((one) => one !== found), { ...present, name: current }];
      current = name;
      makeRoom();
      return found;
    },
    named: (name) => others.find((one) => one.name === name),
    rename(name, to) {
      if (isTaken(to) || !isTaken(name)) return false;
      if (name === current) current = to;
      else others = others.map((one) => (one.name === name ? { ...one, name: to } : one));
      return true;
    },
  };
}
