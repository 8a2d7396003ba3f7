import type { RequestContext } from '../connection.ts';
import { noHistory } from '../errors.ts';
import type { Guest, Session } from '../session.ts';
import { planReverseContinue, planStepBack } from '../target/reverse.ts';
import type { Drive, Ended } from '../target/run-control.ts';
import type { SteppingPlace } from '../target/stepping.ts';
import { request } from './request.ts';

// `supportsStepBack` is announced by a `capabilities` event once there is something to go back to.

function back(
  session: Session,
  threadId: number,
  { afterResponse }: RequestContext,
  plan: (place: SteppingPlace, pe: number, guest: Guest) => (drive: Drive) => Promise<Ended>,
): Record<string, never> {
  const guest = session.theGuest();
  const { target, images, launch, run } = guest;
  const pe = session.peOf(threadId);
  if (target.timeTravel.history === undefined) throw noHistory();
  const moves = plan({ target, images, client: launch.machine.client }, pe, guest);
  afterResponse(() => run.start(pe, moves));
  return {};
}

export const stepBack = request('stepBack', {
  needs: 'control',
  errorsShown: true,
  arguments: { threadId: 'integer', 'singleThread?': 'boolean', 'granularity?': 'string' },
  run: (session, { threadId, granularity }, context) =>
    back(session, threadId, context, (place, pe) => planStepBack(place, pe, granularity === 'instruction' ? 'instruction' : 'line')),
});

export const reverseContinue = request('reverseContinue', {
  needs: 'control',
  errorsShown: true,
  arguments: { threadId: 'integer', 'singleThread?': 'boolean' },
  run: (session, { threadId }, context) =>
    back(session, threadId, context, (place, pe) => planReverseContinue(place, pe, (stop) => session.metAgain(stop))),
});
