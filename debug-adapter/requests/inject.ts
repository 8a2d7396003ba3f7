/** Events at places that a person points at while the guest is there: as "inject" of the launch, from now on. */
import { badInjection, injectionInPast, injectionPlanned, noCodeOnLine } from '../errors.ts';
import type { Session } from '../session.ts';
import { where } from '../target/stop-reason.ts';
import { request } from './request.ts';
import { lineFromClient, namedSource, sourceShape } from './source-argument.ts';

/** @param text EVENT@PLACE#N. @returns what will happen, in words. @throws UserError */
export async function planInjection(session: Session, text: string): Promise<string> {
  const { injections, images, run, target } = session.theGuest();
  if (target.timeTravel.isInPast) throw injectionInPast();
  const { event, address, remaining } = await run.whileStopped(() => injections.add(text));
  run.breakpointsChanged();
  return injectionPlanned(event, where(images, address), remaining);
}

export const sdeiInject = request('sdei/inject', {
  needs: 'launched',
  arguments: {
    event: 'count',
    source: sourceShape,
    line: 'integer',
    'count?': 'count',
  },
  async run(session, { event, source, line, count = 1 }) {
    const { sources } = session.theGuest();
    const [recorded] = sources.recordedFor(namedSource('sdei/inject', source));
    const asked = lineFromClient(session, line);
    const text = `${event}@${recorded?.path ?? source.name ?? source.path}:${asked}#${count}`;
    if (recorded === undefined) throw badInjection(text, sources.problemOf(source));
    if (recorded.program.resolveLine(recorded.path, asked) === undefined) throw badInjection(text, noCodeOnLine(asked));
    return { message: await planInjection(session, text) };
  },
});
