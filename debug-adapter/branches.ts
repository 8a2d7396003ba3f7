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
  /** Another future has begun. @returns the name of the one that was left */
  begin(left: Omit<Branch, 'name'>): string;
  /** Keeps the present future and takes another one's place. @returns `undefined`: there is none of that name */
  enter(name: string, present: Omit<Branch, 'name'>): Branch | undefined;
  named(name: string): Branch | undefined;
  /** @returns false: there is no such branch, or the new name is another's */
  rename(name: string, to: string): boolean;
}

/** @param known of a trace */
export function createBranches(known?: { readonly current: string; readonly others: readonly Branch[] }): Branches {
  let current = known?.current ?? 'main';
  let others: readonly Branch[] = known?.others ?? [];
  const isTaken = (name: string) => name === current || others.some((one) => one.name === name);
  function freeName(): string {
    for (let number = 1; ; number++) if (!isTaken(`branch ${number}`)) return `branch ${number}`;
  }
  return {
    get current() {
      return current;
    },
    get others() {
      return others;
    },
    begin(left) {
      const name = current;
      const next = freeName();
      others = [...others, { ...left, name }];
      current = next;
      return name;
    },
    enter(name, present) {
      const found = others.find((one) => one.name === name);
      if (found === undefined) return undefined;
      others = [...others.filter((one) => one !== found), { ...present, name: current }];
      current = name;
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
