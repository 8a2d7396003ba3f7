import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { BreakpointState } from './breakpoints.ts';

/** A breakpoint in the terms of a client that counts lines as it said. */
export function breakpointOf(client: Partial<Dap.InitializeRequestArguments>, { address, line, ...rest }: BreakpointState): Dap.Breakpoint {
  return {
    ...rest,
    ...(line === undefined ? {} : { line: client.linesStartAt1 === false ? line - 1 : line }),
    ...(address === undefined ? {} : { instructionReference: `0x${address.toString(16)}` }),
  };
}
