import { isBefore, type Moment } from './target/target.ts';

/** A moment that a person wants to come back to. */
export interface NamedMoment {
  readonly name: string;
  readonly moment: Moment;
  /** Where the PE was. */
  readonly place: string;
}

export interface Bookmarks {
  /** In the order of time. */
  readonly all: readonly NamedMoment[];
  add(bookmark: NamedMoment): void;
  /** @returns false: there is none of that name */
  remove(name: string): boolean;
  named(name: string): NamedMoment | undefined;
  /** Those of another future. */
  replace(bookmarks: readonly NamedMoment[]): void;
  /** Another future begins at `moment`: what came after it has not happened. */
  dropAfter(moment: Moment): void;
}

export function createBookmarks(): Bookmarks {
  let all: readonly NamedMoment[] = [];
  return {
    get all() {
      return all;
    },
    add(bookmark) {
      const others = all.filter(({ name }) => name !== bookmark.name);
      all = [...others, bookmark].sort((a, b) => (isBefore(a.moment, b.moment) ? -1 : 1));
    },
    remove(name) {
      const before = all.length;
      all = all.filter((one) => one.name !== name);
      return all.length < before;
    },
    named: (name) => all.find((one) => one.name === name),
    replace(bookmarks) {
      all = bookmarks;
    },
    dropAfter(moment) {
      all = all.filter((one) => !isBefore(moment, one.moment));
    },
  };
}
