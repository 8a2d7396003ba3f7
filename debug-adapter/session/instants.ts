/** Moments that the client is told of, and which of them its lines lead to. */
import { unknownInstant } from '../errors.ts';
import { referenceOfInstant } from '../instant-links.ts';
import type { Instant, InstantKind } from '../timeline.ts';
import type { Guest } from './guest.ts';

export interface Instants {
  /** The present moment, kept on the timeline. */
  present(kind: InstantKind, text: string, pe: number): Instant;
  /** What makes a line of the Debug Console a link; nothing while too many of them wait to be asked for. */
  link(instant: Instant): { variablesReference?: number };
  /** A link has been asked for what is behind it. @throws UserError if it is not on the timeline any more */
  asked(id: number): Instant;
  /** Another guest. */
  startAnew(): void;
}

/** Of a client that does not ask what is behind them. */
const MOST_LINKS = 200;

/** @param theGuest throws if there is none */
export function createInstants(guest: () => Guest | undefined, theGuest: () => Guest): Instants {
  /** Links whose client has not asked yet what is behind them. */
  const unasked = new Set<number>();
  return {
    present(kind, text, pe) {
      const { target, timeline } = theGuest();
      return timeline.add({ kind, moment: target.timeTravel.moment, text, pe, pc: target.pes[pe].pc });
    },
    link(instant) {
      if (guest()?.target.timeTravel.history === undefined || unasked.size >= MOST_LINKS) return {};
      unasked.add(instant.id);
      return { variablesReference: referenceOfInstant(instant) };
    },
    asked(id) {
      unasked.delete(id);
      const found = guest()?.timeline.get(id);
      if (found === undefined) throw unknownInstant(id);
      return found;
    },
    startAnew: () => unasked.clear(),
  };
}
