/** One debug session: the composition root. Requests are in `requests/`, one file each; what the session is made of is in `session/`. */
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { type Breakpoints, createBreakpoints } from './breakpoints/breakpoints.ts';
import { breakpointOf } from './breakpoints/client-breakpoint.ts';
import { createDataBreakpoints, type DataBreakpoints } from './breakpoints/data-breakpoints.ts';
import { createExceptionBreakpoints, type ExceptionBreakpoints, wantedStop } from './breakpoints/exception-filters.ts';
import { type Connection, createConnection, type RequestContext } from './connection.ts';
import type { TimeState } from './custom-requests.ts';
import { createDisassembler, type Disassembler } from './disassembly/disassembler.ts';
import {
  alreadyLaunched,
  cancelled,
  labelFrame,
  nothingLaunched,
  nothingToAttach,
  staleFrame,
  unknownFrame,
  unknownThread,
} from './errors.ts';
import type { FrameView } from './evaluate/frame-view.ts';
import type { Host } from './host.ts';
import type { LeftGuest, LeftGuests } from './left-guests.ts';
import type { Makers } from './load-guest.ts';
import { withUris } from './path-format.ts';
import type { Events } from './protocol.ts';
import { capabilities, handlers } from './requests/index.ts';
import { createConsoleOutput } from './session/console-output.ts';
import { createDebugInformationNotes } from './debug-information-notes.ts';
import { dispatchRequest } from './session/dispatch.ts';
import { createGdbPort } from './session/gdb-port.ts';
import { createGuest, type Guest } from './session/guest.ts';
import { createInstants } from './session/instants.ts';
import { startJourney } from './session/journey.ts';
import { type LoadedParts, loadParts } from './session/loaded-parts.ts';
import { openingOf } from './session/opening.ts';
import { createProgress, type Progress } from './session/progress.ts';
import { createStops } from './session/stops.ts';
import { type Style, styled } from './styling.ts';
import { type Sought, soughtBy } from './target/reverse.ts';
import type { Ended } from './target/run-control.ts';
import type { StepInto } from './target/step-in-targets.ts';
import type { Stop } from './target/stop-reason.ts';
import type { TargetStop } from './target/target.ts';
import { createTargets, type Targets } from './targets.ts';
import { createTimeSign, timeStateOf } from './time-sign.ts';
import type { OpenedTrace } from './trace/open-trace.ts';
import type { Instant } from './timeline.ts';
import { createReferences, type References } from './variables/references.ts';

export interface Session {
  readonly host: Host;
  readonly makers: Makers;
  readonly capabilities: Dap.Capabilities;
  /** What the client can do; empty until `initialize`. */
  client: Partial<Dap.InitializeRequestArguments>;
  readonly breakpoints: Breakpoints;
  readonly dataBreakpoints: DataBreakpoints;
  readonly exceptions: ExceptionBreakpoints;
  readonly references: References;
  readonly disassembler: Disassembler;
  /** Shows the client how far long work is. */
  readonly progress: Progress;
  readonly gotoTargets: Targets<bigint>;
  readonly stepInTargets: Targets<StepInto>;
  /** A step ends in a handler that is delivered to its PE. */
  stepIntoHandlers: boolean;
  /** Of the last stop; absent while nothing has stopped yet. */
  readonly lastStop: Stop | undefined;
  readonly guest: Guest | undefined;
  /** The guest has switched itself off, or the client has ended it. */
  readonly hasEnded: boolean;
  /** The guest, for requests that need one (`needs` is not `any`). */
  theGuest(): Guest;
  event<Name extends keyof Events>(name: Name, body: Events[Name]): void;
  /** A line of the debugger's own in the Debug Console. */
  note(text: string, style?: Style): void;
  /** The same, with a link to the moment it tells of. */
  noteOf(instant: Instant, text: string): void;
  /** A link has been asked for what is behind it. @throws UserError if it is not on the timeline any more */
  instant(id: number): Instant;
  launch(args: Record<string, unknown>, context: RequestContext): Promise<void>;
  /** Takes over the guest that was left last. @param args.gdbServer instead of the port that it was launched with */
  attach(args: { stopOnEntry?: boolean; gdbServer?: number }, context: RequestContext): Promise<void>;
  /** configurationDone: the guest may start. */
  configured(context: RequestContext): void;
  /** A client that sends no configurationDone takes the guest for running: where it stands at its beginning, it is told so. */
  paused(pe: number): void;
  restart(args: Record<string, unknown> | undefined, context: RequestContext): Promise<void>;
  /** Stops the guest for good. */
  end(): Promise<void>;
  /** The client goes and the guest stays: it goes on or is suspended. */
  leave(suspended: boolean): Promise<void>;
  /** After the answer to `disconnect`. */
  disconnected(): void;
  /** @throws UserError for an id of an earlier stop, or of a label */
  frame(id: number): FrameView;
  /** The client asked before it heard of the present stop. */
  isOfEarlierStop(frameId: number): boolean;
  /** The innermost frame of the PE that stopped last. */
  presentFrame(): FrameView;
  /** Absent: no history is kept. */
  timeState(): TimeState | undefined;
  /** @throws UserError */
  peOf(threadId: number): number;
  /** Whether this stop, on the way through the past, is one that the person asked for. Nothing is counted or logged. */
  metAgain(stop: TargetStop): Stop | undefined;
  /** A piece of the past is about to be repeated. */
  looksAgain(): void;
  /** What that can be. @param onlyPe whose stops count; absent: those of all. @returns absent: anything may be one */
  soughtAgain(onlyPe?: number): Sought | undefined;
  /** The debugger has put a PE elsewhere without running it. */
  moved(stop: Stop): void;
  /** The guest's state has been edited from outside: what the client has read of it is stale. */
  edited(memory?: { readonly address: bigint; readonly count: number }): void;
}

export interface SessionEndpoint {
  receive(message: unknown): void;
  settled(): Promise<void>;
  /** The client is gone. */
  close(): Promise<void>;
}

/**
 * @param onDisconnect called after the answer to `disconnect`
 * @param leftGuests where guests are left and found; absent: they always end with their session
 */
export function createSession(options: {
  host: Host;
  makers: Makers;
  send: (message: Dap.ProtocolMessage) => void;
  onDisconnect?: (isGuestLeft: boolean) => void;
  leftGuests?: LeftGuests;
}): SessionEndpoint {
  const { host, makers } = options;
  let guest: Guest | undefined;
  /** What the guest was made of. */
  let parts: LoadedParts | undefined;
  let attachedTo: LeftGuest | undefined;
  let isGuestLeft = false;
  let isConfigured = false;
  let isStarted = false;
  let isLaunching = false;
  let lastFrameId = 0;
  let lastBreakpointId = 0;

  const connection: Connection = createConnection({
    send: (message) => options.send(session.client.pathFormat === 'uri' ? withUris(message) : message),
    dispatch(command, args, context) {
      context.afterResponse(tellDamage);
      return dispatchRequest({ session, stops, gdb }, command, args, context);
    },
    errorsShown: (command) => handlers.get(command)?.errorsShown ?? false,
    isBeside: (command) => handlers.get(command)?.isBeside ?? false,
    cancelProgress: (progressId) => session.progress.cancel(progressId),
  });
  const { event } = connection;
  const presentGuest = () => guest;
  const note = (text: string, style: Style = 'note') =>
    event('output', { category: 'console', output: `${styled(session.client, style, text)}\n` });
  const tellDamage = createDebugInformationNotes(
    () => guest?.images.all ?? [],
    (text) => note(text, 'warning'),
  );
  const toClientLine = (line: number) => (session.client.linesStartAt1 === false ? line - 1 : line);

  const time = createTimeSign(event);
  const instants = createInstants(presentGuest, theGuest);
  const gdb = createGdbPort(host, () => theGuest().gdb.guest, note);
  const output = createConsoleOutput({ guest: presentGuest, event, toGdb: gdb.console });
  const stops = createStops({ guest: presentGuest, event, note, time, instants, flushConsole: output.flush });
  const references = createReferences();
  const exceptions = createExceptionBreakpoints();
  const nextBreakpointId = () => ++lastBreakpointId;
  const breakpoints = createBreakpoints((text, state, pe) => {
    const place =
      state.source === undefined ? {} : { source: state.source, ...(state.line === undefined ? {} : { line: toClientLine(state.line) }) };
    event('output', { category: 'console', output: `${text}\n`, ...place, ...instants.link(instants.present('log', text, pe)) });
  }, nextBreakpointId);
  const dataBreakpoints = createDataBreakpoints(nextBreakpointId);

  function theGuest(): Guest {
    if (guest === undefined) throw nothingLaunched('This request');
    return guest;
  }
  function invalidate(): void {
    references.invalidate();
    guest?.stacks.invalidate();
    session.gotoTargets.clear();
    session.stepInTargets.clear();
  }

  const load = (asked: Record<string, unknown>): Promise<LoadedParts> => loadParts(asked, host, makers, note);
  function adopt(loaded: LoadedParts): void {
    const next = createGuest(loaded, session, {
      makers,
      nextFrameId: () => ++lastFrameId,
      resumed() {
        time.parted(next);
        // By a request, or by gdb, before configurationDone has come: that is no reason to go on from where it stands by then.
        isStarted = true;
        invalidate();
        output.poll();
      },
      ended: stops.ended,
      over: stops.over,
      tick() {
        time.parted(next);
        output.flush();
      },
    });
    gdb.drop();
    time.startAnew(loaded.target);
    guest = next;
    parts = loaded;
    instants.startAnew();
    stops.startAnew();
    output.startAnew();
    session.stepIntoHandlers = loaded.launch.stepIntoHandlers;
  }

  function bindBreakpoints(): void {
    if (guest === undefined) return;
    for (const state of [...breakpoints.bind(guest), ...dataBreakpoints.bind(guest)])
      event('breakpoint', { reason: 'changed', breakpoint: breakpointOf(session.client, state) });
  }
  function start(): void {
    if (guest === undefined || isStarted || stops.endedBy) return;
    isStarted = true;
    if (guest.run.isRunning) return;
    const isHeld = (guest.launch.stopOnEntry && !guest.launch.noDebug) || gdb.isAttached;
    if (attachedTo?.how !== undefined) stops.ended(attachedTo.how);
    else if (attachedTo === undefined && guest.trace !== undefined) open(guest, guest.trace);
    else if (isHeld) stops.stopped({ kind: 'entry', pe: 0 });
    else startFromBeginning(guest);
  }
  function startFromBeginning({ run, bootCache }: Guest): void {
    run.start(0, async (drive) => {
      await bootCache.takeOver(drive.arm);
      return (await drive.run({})) as Ended;
    });
  }
  function open({ launch, ...opened }: Guest, trace: OpenedTrace): void {
    const opening = openingOf({ ...opened, client: launch.machine.client }, trace, note);
    startJourney(session.progress, opened, trace.manifest.pe, opening);
  }
  /** Before a guest is adopted: nobody listens for one that is not there. @throws UserError */
  async function openPort(port: number | undefined, { signal }: RequestContext): Promise<void> {
    await gdb.listen(port);
    if (!signal.aborted) return;
    await gdb.close();
    throw cancelled();
  }
  function startAfterResponse(context: RequestContext): void {
    context.afterResponse(() => {
      bindBreakpoints();
      if (isConfigured) start();
    });
  }

  const session: Session = {
    host,
    makers,
    capabilities: capabilities(),
    client: {},
    breakpoints,
    dataBreakpoints,
    exceptions,
    references,
    disassembler: createDisassembler(host),
    progress: createProgress(() => session.client, event),
    gotoTargets: createTargets(),
    stepInTargets: createTargets(),
    stepIntoHandlers: false,
    get lastStop() {
      return stops.last;
    },
    get hasEnded() {
      return stops.endedBy !== undefined;
    },
    get guest() {
      return guest;
    },
    theGuest,
    event,
    note,
    noteOf: (instant, text) =>
      event('output', { category: 'console', output: `${styled(session.client, 'note', text)}\n`, ...instants.link(instant) }),
    instant: instants.asked,
    async launch(args, context) {
      if (guest !== undefined || isLaunching) throw alreadyLaunched();
      isLaunching = true;
      try {
        const loaded = await load(args);
        await openPort(loaded.launch.gdbServer, context);
        adopt(loaded);
      } finally {
        isLaunching = false;
      }
      startAfterResponse(context);
    },
    async attach({ stopOnEntry = false, gdbServer }, context) {
      if (guest !== undefined || isLaunching) throw alreadyLaunched();
      const left = await options.leftGuests?.take();
      if (left === undefined) throw nothingToAttach();
      const launched = { ...left.parts.launch, stopOnEntry: false, ...(gdbServer !== undefined && { gdbServer }) };
      try {
        await openPort(launched.gdbServer, context);
      } catch (error) {
        // It is there for the next attempt, as it was.
        options.leftGuests?.leave(left.parts, left.how === undefined ? { kind: 'running' } : { kind: 'standing', as: left.how });
        throw error;
      }
      adopt({ ...left.parts, launch: launched });
      attachedTo = stopOnEntry && left.how === undefined ? { ...left, how: { kind: 'stop', stop: { kind: 'pause', pe: 0 } } } : left;
      startAfterResponse(context);
    },
    configured(context) {
      isConfigured = true;
      context.afterResponse(start);
    },
    paused(pe) {
      if (isStarted || guest === undefined || guest.trace !== undefined || attachedTo !== undefined) return;
      isStarted = true;
      stops.stopped({ kind: 'pause', pe });
    },
    async restart(args, context) {
      const previous = guest;
      if (previous === undefined || parts === undefined) throw nothingLaunched('restart');
      // What cannot be loaded leaves the present guest as it is.
      const next = await load(args ?? parts.asked);
      await gdb.listen(next.launch.gdbServer);
      if (context.signal.aborted) throw cancelled();
      await previous.run.end();
      await previous.bootCache.close();
      output.stopPolling();
      output.flush();
      adopt(next);
      attachedTo = undefined;
      isStarted = false;
      stops.revive();
      invalidate();
      context.afterResponse(() => {
        bindBreakpoints();
        start();
      });
    },
    async end() {
      stops.endedByClient();
      await guest?.run.end();
      output.stopPolling();
      output.flush();
      await guest?.bootCache.close();
      await gdb.close();
    },
    async leave(suspended) {
      if (guest === undefined || parts === undefined || stops.endedBy || options.leftGuests === undefined) return session.end();
      // Unless it is to stay suspended, what has begun goes on, also from a stop (DAP, DisconnectArguments), if it can.
      const isStanding = suspended || !isStarted || stops.over() !== undefined;
      const { isRunning } = guest.run;
      await session.end();
      const pe = stops.last?.pe ?? 0;
      if (isStanding) options.leftGuests.leave(parts, { kind: 'standing', as: { kind: 'stop', stop: { kind: 'pause', pe } } });
      else options.leftGuests.leave(parts, { kind: 'running', ...(isRunning ? {} : { from: pe }) });
      isGuestLeft = true;
    },
    moved(stop) {
      invalidate();
      stops.stopped(stop);
    },
    disconnected: () => options.onDisconnect?.(isGuestLeft),
    frame(id) {
      const line = guest?.stacks.line(id);
      if (line === undefined) throw session.isOfEarlierStop(id) ? staleFrame(id) : unknownFrame(id);
      if (line.kind === 'label') throw labelFrame();
      return line.view;
    },
    isOfEarlierStop: (id) => id >= 1 && id <= lastFrameId && guest?.stacks.line(id) === undefined,
    presentFrame() {
      const [line] = theGuest().stacks.of(stops.last?.pe ?? 0);
      if (line.kind === 'label') throw labelFrame();
      return line.view;
    },
    timeState: () => guest && timeStateOf(guest.target),
    peOf(threadId) {
      const { pes } = theGuest().target;
      if (threadId < 1 || threadId > pes.length) throw unknownThread(threadId, pes.length);
      return threadId - 1;
    },
    looksAgain: () => dataBreakpoints.look(),
    soughtAgain(onlyPe) {
      // Another PE can have an event wait for one that does nothing.
      if (exceptions.areAny) return undefined;
      const watched = soughtBy(theGuest().target, dataBreakpoints.watchpoints());
      const hasPlaces = breakpoints.addresses().length > 0 || breakpoints.physicalAddresses().length > 0;
      if (!hasPlaces || watched === undefined || !('registersOf' in watched)) return watched;
      return onlyPe === undefined ? undefined : { registersOf: [...watched.registersOf, onlyPe] };
    },
    metAgain(stop) {
      if (stop.kind === 'breakpoint') return breakpoints.metAgain(stop.pe, stop.pc);
      return stop.kind === 'watchpoint' ? dataBreakpoints.metAgain(stop) : wantedStop(exceptions, stop);
    },
    edited(memory) {
      if (guest !== undefined) time.tell(guest);
      guest?.stacks.refresh();
      if (memory !== undefined && session.client.supportsMemoryEvent) {
        event('memory', { memoryReference: `0x${memory.address.toString(16)}`, offset: 0, count: memory.count });
      }
      if (session.client.supportsInvalidatedEvent) event('invalidated', { areas: ['stacks', 'variables'] });
      event('sdei/changed', {});
    },
  };

  return {
    receive: connection.receive,
    settled: connection.settled,
    close: session.end,
  };
}
