/** Where and why the guest stands still, or has ended, as the client is told. */
import type { Connection } from '../connection.ts';
import { tellUse } from '../first-use.ts';
import type { Ended } from '../target/run-control.ts';
import { endText, exitCodeOf, type GuestEnd, type Stop, stoppedBody, stopText } from '../target/stop-reason.ts';
import { isBefore, type Moment } from '../target/target.ts';
import type { TimeSign } from '../time-sign.ts';
import type { Guest } from './guest.ts';
import type { Instants } from './instants.ts';

export interface Stops {
  /** Absent while nothing has stopped yet. */
  readonly last: Stop | undefined;
  /** Who has ended the guest for good; absent: nobody. */
  readonly endedBy: GuestEnd | 'client' | undefined;
  stopped(stop: Stop): void;
  ended(how: Ended): void;
  /** The guest stands where it came to its end. */
  over(): Ended | undefined;
  endedByClient(): void;
  /** Another guest: nothing of it has stopped. */
  startAnew(): void;
  /** The guest's end is forgotten. */
  revive(): void;
}

const isWorthKeeping = ({ kind }: Stop): boolean =>
  kind !== 'goto' && kind !== 'step' && kind !== 'history-start' && kind !== 'trace-opened';

export function createStops({
  guest: present,
  event,
  note,
  time,
  instants,
  flushConsole,
}: {
  guest(): Guest | undefined;
  event: Connection['event'];
  note(text: string): void;
  time: TimeSign;
  instants: Instants;
  flushConsole(): void;
}): Stops {
  let last: Stop | undefined;
  let endedBy: Stops['endedBy'];
  /** Where the guest came to its end, and stood still there. */
  let over: ({ readonly moment: Moment } & Extract<Ended, { isFinal?: boolean }>) | undefined;

  function stopped(stop: Stop): void {
    const guest = present();
    if (guest === undefined) return;
    last = stop;
    guest.run.told(stop.pe);
    time.tell(guest);
    const body = stoppedBody(stop, guest.images);
    if (!guest.target.timeTravel.isInPast && isWorthKeeping(stop)) instants.present('stop', stopText(stop, body, guest), stop.pe);
    event('stopped', { ...time.signed(guest.target, body), threadId: stop.pe + 1, allThreadsStopped: true });
    tellUse();
  }

  function ended(how: Ended): void {
    flushConsole();
    const guest = present();
    if (how.kind === 'stop') {
      guest?.gdb.ended(how);
      return stopped(how.stop);
    }
    const { end } = how;
    if (end.kind === 'refused') return refused(end.text);
    if (guest !== undefined && !how.isFinal && staysAtEnd(guest)) {
      over = { ...how, moment: guest.target.timeTravel.moment };
      return ended({ kind: 'stop', stop: { kind: 'end', pe: guest.target.timeTravel.settle(), end } });
    }
    guest?.gdb.ended(how);
    if (end.kind === 'system-reset') note('The guest asked for a reset (PSCI SYSTEM_RESET). Use Restart to run it again.');
    if (end.kind === 'exit') note(`The guest has ${endText(end)}.`);
    endedBy = end;
    event('exited', { exitCode: exitCodeOf(end) });
    event('terminated', undefined);
  }
  function refused(text: string): void {
    endedBy = 'client';
    event('output', { category: 'important', output: `${text}\n` });
    event('terminated', undefined);
  }
  function staysAtEnd({ launch: { stopAtEnd, noDebug }, target }: Guest): boolean {
    if (noDebug || target.timeTravel.history === undefined) return false;
    return stopAtEnd === 'always' || (stopAtEnd === 'afterStop' && last !== undefined);
  }

  return {
    get last() {
      return last;
    },
    get endedBy() {
      return endedBy;
    },
    stopped,
    ended,
    over() {
      const guest = present();
      if (guest === undefined || over === undefined) return undefined;
      const { moment, isInPast } = guest.target.timeTravel;
      const isThere = !isInPast && !isBefore(moment, over.moment) && !isBefore(over.moment, moment);
      return isThere ? { ...over, isFinal: true } : undefined;
    },
    endedByClient() {
      endedBy ??= 'client';
    },
    startAnew() {
      last = undefined;
      over = undefined;
    },
    revive() {
      endedBy = undefined;
    },
  };
}
