import { createExceptionBreakpoints } from './breakpoints/exception-filters.ts';
import type { LoadedParts } from './session/loaded-parts.ts';
import { createRunControl, type Ended } from './target/run-control.ts';

export interface LeftGuest {
  readonly parts: LoadedParts;
  /** It was left standing still, or has come to a stop by itself; absent: it was running until now. */
  readonly how?: Ended;
}

/** Guests whose client has disconnected without ending them. One list for all sessions of a process: `attach` takes the latest. */
export interface LeftGuests {
  leave(parts: LoadedParts, standing: Ended | undefined): void;
  /** `undefined`: none is left. */
  take(): Promise<LeftGuest | undefined>;
}

const consoleInterval = 100;
/** When more are left, the one that was left first ends. */
const mostGuests = 4;

export function createLeftGuests(): LeftGuests {
  const takers: (() => Promise<LeftGuest>)[] = [];
  return {
    leave(parts, standing) {
      takers.push(standing === undefined ? runAlone(parts) : async () => ({ parts, how: standing }));
      if (takers.length > mostGuests) void takers.shift()?.();
    },
    async take() {
      return takers.pop()?.();
    },
  };
}

/** Lets a guest run with nobody watching: its console is not heard, its injections happen. @returns stops it */
function runAlone(parts: LoadedParts): () => Promise<LeftGuest> {
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
  run.continue();
  return () => {
    wanted = true;
    run.pause(0);
    return ended;
  };
}
