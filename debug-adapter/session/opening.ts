/** Opening a trace in a session: the guest stands at its beginning, and the run is repeated up to where it was saved. */
import { traceNotCompared, UserError } from '../errors.ts';
import { baseName } from '../paths.ts';
import { quiet } from '../target/reverse.ts';
import type { SteppingPlace } from '../target/stepping.ts';
import { type OpenedTrace, repeatTrace } from '../trace/open-trace.ts';
import type { Journey } from './journey.ts';

export function openingOf(place: SteppingPlace, trace: OpenedTrace, note: (text: string) => void): Journey {
  const { now, pe } = trace.manifest;
  return {
    title: `Opening ${baseName(trace.path)}`,
    to: now,
    async moves(drive) {
      quiet(place);
      try {
        const ended = await repeatTrace(place.target, trace, drive.travel);
        if (ended === undefined) return { kind: 'stop', stop: { kind: 'trace-opened', pe } };
        note(traceNotCompared(place.target.time, now.instruction));
        return ended;
      } catch (error) {
        if (error instanceof UserError) return { kind: 'off', end: { kind: 'refused', text: error.message } };
        throw error;
      }
    },
  };
}
