import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { problemOf, type Shape } from '../arguments.ts';
import type { RequestContext } from '../connection.ts';
import { UserError, wrongArguments } from '../errors.ts';
import { ExpressionError } from '../evaluate/expression-error.ts';
import type { Requests } from '../protocol.ts';
import type { Session } from '../session.ts';
import { TargetError } from '../target/target.ts';

export type Command = keyof Requests;
export type Arguments<C extends Command> = Requests[C][0];
export type Body<C extends Command> = Requests[C][1];

/** Declares one request: what it advertises, what its arguments must look like, when it may be asked, and what it does. */
export interface RequestHandler<C extends Command> {
  readonly command: C;
  /** Joined over all requests this is the initialize response: nothing is advertised without code, or coded without being advertised. */
  readonly capabilities?: Dap.Capabilities;
  /** Checked before `run`; absent: no arguments. */
  readonly arguments?: Shape;
  /**
   * `stopped` (default): answered `notStopped` while the guest runs. `launched`: may be asked while it runs.
   * `any`: may be asked before a launch and after the end. `control`: as `stopped`, and not while gdb is attached, which runs the guest then.
   */
  readonly needs?: 'stopped' | 'launched' | 'any' | 'control';
  /** The client shows an error of this request as a message of its own. */
  readonly errorsShown?: boolean;
  /** It takes its time and touches nothing of the guest after its first look: others are answered meanwhile. */
  readonly isBeside?: boolean;
  run(session: Session, args: Arguments<C>, context: RequestContext): Body<C> | Promise<Body<C>>;
}

export const request = <C extends Command>(command: C, handler: Omit<RequestHandler<C>, 'command'>): RequestHandler<C> => ({
  command,
  ...handler,
});

/** @throws UserError if they are not what the request says */
export function checkedArguments(
  { command, arguments: shape = {} }: Pick<RequestHandler<Command>, 'command' | 'arguments'>,
  args: unknown,
): object {
  // Lua has one table for both, and writes an empty one as a list.
  const given = args === undefined || args === null || (Array.isArray(args) && args.length === 0) ? {} : args;
  const problem = problemOf(shape, given);
  if (problem !== undefined) throw wrongArguments(command, problem);
  return given;
}

/** What a person's expression, register or value got wrong is theirs to mend, wherever it was found. */
export function userErrors<Result>(action: () => Result): Result {
  const rethrow = (error: unknown): never => {
    if (error instanceof ExpressionError || error instanceof TargetError) throw new UserError(error.message);
    throw error;
  };
  try {
    const result = action();
    return (result instanceof Promise ? result.catch(rethrow) : result) as Result;
  } catch (error) {
    return rethrow(error);
  }
}
