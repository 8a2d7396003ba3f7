import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import * as branches from './branches.ts';
import * as breakpoints from './breakpoints.ts';
import { configurationDone } from './configuration-done.ts';
import * as dataBreakpoints from './data-breakpoints.ts';
import { disassemble } from './disassemble.ts';
import { disconnect, terminate } from './disconnect.ts';
import * as evaluate from './evaluate.ts';
import { exceptionInfo } from './exception-info.ts';
import * as goto from './goto.ts';
import { initialize } from './initialize.ts';
import { sdeiInject } from './inject.ts';
import { attach, launch } from './launch.ts';
import * as memory from './memory.ts';
import type { Command, RequestHandler } from './request.ts';
import { restart } from './restart.ts';
import { restartFrame } from './restart-frame.ts';
import * as run from './run.ts';
import * as sdei from './sdei.ts';
import * as sources from './sources.ts';
import { stackTrace } from './stack-trace.ts';
import { threads } from './threads.ts';
import * as timeTravel from './time-travel.ts';
import { systemRegisters, systemRegisterTable } from './system-registers.ts';
import * as variables from './variables.ts';
import { views } from './views.ts';

/** Every request the adapter answers. `cancel` is the connection's own; functions are what files of requests share with others. */
const list = [
  initialize,
  launch,
  attach,
  configurationDone,
  disconnect,
  terminate,
  restart,
  restartFrame,
  threads,
  stackTrace,
  exceptionInfo,
  disassemble,
  sdeiInject,
  systemRegisters,
  systemRegisterTable,
  views,
  branches.branchReport,
  branches.goToBranch,
  branches.listBranches,
  branches.renameBranch,
  ...Object.values(breakpoints),
  ...Object.values(dataBreakpoints),
  ...Object.values(evaluate),
  ...Object.values(goto),
  ...Object.values(memory),
  ...Object.values(run),
  ...Object.values(sdei),
  ...Object.values(sources),
  ...Object.values(timeTravel),
  ...Object.values(variables),
].filter((exported) => typeof exported !== 'function') as readonly unknown[] as readonly RequestHandler<Command>[];

export const handlers: ReadonlyMap<string, RequestHandler<Command>> = new Map(list.map((handler) => [handler.command, handler]));

/** What the initialize response says: the sum of what the requests declare. */
export function capabilities(): Dap.Capabilities {
  return Object.assign({ supportsCancelRequest: true }, ...list.map((handler) => handler.capabilities ?? {}));
}
