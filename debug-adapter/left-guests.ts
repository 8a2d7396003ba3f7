import { createExceptionBreakpoints } from './breakpoints/exception-filters.ts';
import type { LoadedParts } from './session/loaded-parts.ts';
import { createRunControl, type Ended } from './target/run-control.ts';

export interface LeftGuest {
  readonly parts: LoadedParts;
  /** It was left standing still, or has come to a stop by itself; absent: it was running until now. */
  readonly how?: Ended;
}

/** Standing still, or going on; `from`: the PE that stood still until now, and is known to be where it is. */
export type Left = { readonly kind: 'standing'; readonly as: Ended } | { readonly kind: 'running'; readonly from?: number };

/** Guests whose client has disconnected without ending them. One list for all sessions of a process: `attach` takes the latest. */
export interface LeftGuests {
  leave(parts: LoadedParts, how: Left): void;
  /** `undefined`: none is left. */
  take(): Promise<LeftGuest | undefined>;
}

const consoleInterval = 100;
/** When more are left, the one that was left first ends. */
const mostGuests = 4;

export function createLeftGuests(): LeftGuests {
  const takers: (() => Promise<LeftGuest>)[] = [];
  return {
    leave(parts, how) {
      takers.push(how.kind === 'running' ? runAlone(parts, how.from) : async () => ({ parts, how: how.as }));
      if (takers.length > mostGuests) void takers.shift()?.();
    },
    async take() {
      return takers.pop()?.();
    },
  };
}

/** Lets a guest run with nobody watching: its console is not heard, its injections happen. @returns stops it */
function runAlone(parts: LoadedParts, from: number | undefined): () => Promise<LeftGuest> {
  const { target, injections } = parts;
  const listening = setInterval(() => target.takeConsoleOutput(), consoleInterval);
  let wanted = false;
  let tell: (left: LeftGuest) => void = () => {};
  const ended = new Promise<LeftGuest>((resolve) => {
    tell = resolve;
  });
  const run = createRunControl(target, createExceptionBreakpoints(), {
    breakpoints: () => injections.addresses(),
    arrived(pe, pc) {
      injections.hit(pe, pc);
      return undefined;
    },
    resumed() {},
    ended(how) {
      clearInterval(listening);
      const isPause = how.kind === 'stop' && how.stop.kind === 'pause';
      tell(wanted && isPause ? { parts } : { parts, how });
    },
    tick() {},
  });
  if (from !== undefined) run.told(from);
  run.continue();
  return () => {
    wanted = true;
    run.pause(0);
    return ended;
  };
}
