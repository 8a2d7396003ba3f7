import { nothingLaunched } from '../errors.ts';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { exceptionLevelOf, modeName } from '../stack/crossings.ts';
import type { Target } from '../target/target.ts';
import { request } from './request.ts';

export const threads = request('threads', {
  needs: 'any',
  run(session) {
    if (session.hasEnded) return { threads: [] };
    if (session.guest === undefined) throw nothingLaunched('threads');
    const { target, run } = session.guest;
    return { threads: target.pes.map(({ index }): Dap.Thread => ({ id: index + 1, name: threadName(target, index, run.isRunning) })) };
  },
});

/** `PE0 · EL1h · SDEI #0` */
export function threadName(target: Target, pe: number, isRunning = false): string {
  const { power, exceptionLevel, waiting } = target.pes[pe];
  const parts = [`PE${pe}`];
  if (power !== 'on') return `PE${pe} · ${power}`;
  const pstate = isRunning ? undefined : target.readRegister(pe, 'pstate');
  parts.push(pstate === undefined || exceptionLevelOf(pstate) !== exceptionLevel ? `EL${exceptionLevel}` : modeName(pstate));
  const running = target.sdei.pes[pe]?.running ?? [];
  for (const { event, priority } of running) parts.push(`SDEI #${event}${priority === 'critical' ? ' critical' : ''}`);
  if (waiting) parts.push('waiting');
  const { isInPast, moment, history } = target.timeTravel;
  if (isInPast && history) parts.push(`in the past: instruction ${moment.instruction} of ${history.end.instruction}`);
  return parts.join(' · ');
}
