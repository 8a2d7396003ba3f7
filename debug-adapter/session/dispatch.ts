/** Whether a request may be asked now and is asked rightly, and what answers it. */
import type { RequestContext } from '../connection.ts';
import { gdbRuns, nothingLaunched, notStopped, sessionEnded, unknownRequest } from '../errors.ts';
import { endText } from '../target/stop-reason.ts';
import { withPaths } from '../path-format.ts';
import { handlers } from '../requests/index.ts';
import { checkedArguments, userErrors } from '../requests/request.ts';
import type { Session } from '../session.ts';
import type { GdbPort } from './gdb-port.ts';
import type { Stops } from './stops.ts';

/** @throws UserError, StateError */
export function dispatchRequest(
  { session, stops, gdb }: { readonly session: Session; readonly stops: Stops; readonly gdb: GdbPort },
  command: string,
  args: unknown,
  context: RequestContext,
): unknown {
  const handler = handlers.get(command);
  if (handler === undefined) throw unknownRequest(command);
  const given = checkedArguments(handler, args);
  const needs = handler.needs ?? 'stopped';
  if (needs !== 'any') {
    if (session.guest === undefined) throw nothingLaunched(command);
    if (stops.endedBy) throw sessionEnded(command, stops.endedBy === 'client' ? undefined : endText(stops.endedBy));
    if (needs !== 'launched' && session.guest.run.isRunning) throw notStopped();
    if (needs === 'control' && gdb.isAttached) throw gdbRuns();
  }
  const understood = session.client.pathFormat === 'uri' ? withPaths(given) : given;
  return userErrors(() => handler.run(session, understood as never, context));
}
