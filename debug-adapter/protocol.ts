import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { CustomEvents, CustomRequests } from './custom-requests.ts';

type Body<Response extends { body?: unknown }> = NonNullable<Response['body']>;
type Nothing = Record<string, never>;

/** Arguments and response body of every request the adapter answers. */
export interface Requests extends CustomRequests {
  initialize: [Dap.InitializeRequestArguments, Dap.Capabilities];
  launch: [Record<string, unknown>, Nothing];
  attach: [{ stopOnEntry?: boolean }, Nothing];
  configurationDone: [Nothing, Nothing];
  disconnect: [Dap.DisconnectArguments, Nothing];
  terminate: [Dap.TerminateArguments, Nothing];
  restart: [{ arguments?: Record<string, unknown> }, Nothing];
  cancel: [Dap.CancelArguments, Nothing];
  threads: [Nothing, Body<Dap.ThreadsResponse>];
  stackTrace: [Dap.StackTraceArguments, Body<Dap.StackTraceResponse>];
  scopes: [Dap.ScopesArguments, Body<Dap.ScopesResponse>];
  variables: [Dap.VariablesArguments, Body<Dap.VariablesResponse>];
  setVariable: [Dap.SetVariableArguments, Body<Dap.SetVariableResponse>];
  setExpression: [Dap.SetExpressionArguments, Body<Dap.SetExpressionResponse>];
  evaluate: [Dap.EvaluateArguments, Body<Dap.EvaluateResponse>];
  completions: [Dap.CompletionsArguments, Body<Dap.CompletionsResponse>];
  locations: [{ locationReference: number }, LocationsBody];
  setBreakpoints: [Dap.SetBreakpointsArguments, Body<Dap.SetBreakpointsResponse>];
  setFunctionBreakpoints: [Dap.SetFunctionBreakpointsArguments, Body<Dap.SetFunctionBreakpointsResponse>];
  setInstructionBreakpoints: [Dap.SetInstructionBreakpointsArguments, Body<Dap.SetInstructionBreakpointsResponse>];
  setExceptionBreakpoints: [Dap.SetExceptionBreakpointsArguments, Body<Dap.SetExceptionBreakpointsResponse>];
  breakpointLocations: [Dap.BreakpointLocationsArguments, Body<Dap.BreakpointLocationsResponse>];
  dataBreakpointInfo: [Dap.DataBreakpointInfoArguments, Body<Dap.DataBreakpointInfoResponse>];
  setDataBreakpoints: [Dap.SetDataBreakpointsArguments, Body<Dap.SetDataBreakpointsResponse>];
  exceptionInfo: [Dap.ExceptionInfoArguments, Body<Dap.ExceptionInfoResponse>];
  continue: [Dap.ContinueArguments, Body<Dap.ContinueResponse>];
  next: [Dap.NextArguments, Nothing];
  stepIn: [Dap.StepInArguments, Nothing];
  stepOut: [Dap.StepOutArguments, Nothing];
  stepBack: [Dap.StepBackArguments, Nothing];
  reverseContinue: [Dap.ReverseContinueArguments, Nothing];
  stepInTargets: [Dap.StepInTargetsArguments, Body<Dap.StepInTargetsResponse>];
  restartFrame: [Dap.RestartFrameArguments, Nothing];
  gotoTargets: [Dap.GotoTargetsArguments, Body<Dap.GotoTargetsResponse>];
  goto: [Dap.GotoArguments, Nothing];
  pause: [Dap.PauseArguments, Nothing];
  readMemory: [Dap.ReadMemoryArguments, Body<Dap.ReadMemoryResponse>];
  writeMemory: [Dap.WriteMemoryArguments, Body<Dap.WriteMemoryResponse>];
  disassemble: [Dap.DisassembleArguments, Body<Dap.DisassembleResponse>];
  source: [Dap.SourceArguments, Body<Dap.SourceResponse>];
  loadedSources: [Nothing, Body<Dap.LoadedSourcesResponse>];
  modules: [Dap.ModulesArguments, Body<Dap.ModulesResponse>];
}
export interface LocationsBody {
  source: Dap.Source;
  line: number;
  column?: number;
}

/** Bodies of every event the adapter sends. */
export interface Events extends CustomEvents {
  initialized: undefined;
  capabilities: Dap.CapabilitiesEvent['body'];
  stopped: Dap.StoppedEvent['body'];
  continued: Dap.ContinuedEvent['body'];
  exited: Dap.ExitedEvent['body'];
  terminated: undefined;
  output: Dap.OutputEvent['body'];
  breakpoint: Dap.BreakpointEvent['body'];
  module: Dap.ModuleEvent['body'];
  memory: Dap.MemoryEvent['body'];
  invalidated: Dap.InvalidatedEvent['body'];
  progressStart: Dap.ProgressStartEvent['body'];
  progressUpdate: Dap.ProgressUpdateEvent['body'];
  progressEnd: Dap.ProgressEndEvent['body'];
}
