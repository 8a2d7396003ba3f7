/** Moves through the past in a session: nothing disturbs them, the client sees how far they are, and a pause ends them. */
import type { Moves } from '../target/reverse.ts';
import type { RunControl } from '../target/run-control.ts';
import type { Moment, Target } from '../target/target.ts';
import type { Progress } from './progress.ts';

export interface Journey {
  /** What a person reads while it lasts. */
  readonly title: string;
  /** Where it goes; absent: that is to be found. */
  readonly to?: Moment;
  readonly moves: Moves;
}

/** @param pe which a pause stops */
export function startJourney(
  progress: Progress,
  { target: { timeTravel }, run }: { readonly target: Target; readonly run: RunControl },
  pe: number,
  { moves, ...journey }: Journey,
): void {
  run.start(
    pe,
    async (drive) => {
      const shown = progress.begin({ ...journey, at: () => timeTravel.moment, cancel: () => run.pause(pe) });
      const breathe = () => {
        shown.tick();
        return drive.breathe();
      };
      try {
        return await moves({ ...drive, breathe, travel: (to) => timeTravel.travel(to, breathe) });
      } finally {
        shown.end();
      }
    },
    { isUndisturbed: true },
  );
}
