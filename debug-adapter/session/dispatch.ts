/** Whether a request may be asked now and is asked rightly, and what answers it. */
import { problemOf } from '../arguments.ts';
import type { RequestContext } from '../connection.ts';
import { endText } from '../target/stop-reason.ts';
import { gdbRuns, nothingLaunched, notStopped, sessionEnded, unknownRequest, UserError, wrongArguments } from '../errors.ts';
import { ExpressionError } from '../evaluate/expression-error.ts';
import { withPaths } from '../path-format.ts';
import { handlers } from '../requests/index.ts';
import type { Session } from '../session.ts';
import { TargetError } from '../target/target.ts';
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
  // Lua has one table for both, and writes an empty one as a list.
  const given = args === undefined || args === null || (Array.isArray(args) && args.length === 0) ? {} : args;
  const problem = problemOf(handler.arguments ?? {}, given);
  if (problem !== undefined) throw wrongArguments(command, problem);
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

/** What a person's expression, register or value got wrong is theirs to mend, wherever it was found. */
function userErrors(action: () => unknown): unknown {
  const rethrow = (error: unknown): never => {
    if (error instanceof ExpressionError || error instanceof TargetError) throw new UserError(error.message);
    throw error;
  };
  try {
    const result = action();
    return result instanceof Promise ? result.catch(rethrow) : result;
  } catch (error) {
    return rethrow(error);
  }
}
