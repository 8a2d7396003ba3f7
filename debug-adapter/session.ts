/** One debug session: the composition root. Requests are in `requests/`, one file each. */
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { problemOf } from './arguments.ts';
import { base64FromBytes } from './base64.ts';
import { type Bookmarks, createBookmarks } from './bookmarks.ts';
import { type Branches, createBranches } from './branches.ts';
import { type Breakpoints, createBreakpoints } from './breakpoints/breakpoints.ts';
import { breakpointOf } from './breakpoints/client-breakpoint.ts';
import { createDataBreakpoints, type DataBreakpoints } from './breakpoints/data-breakpoints.ts';
import { createExceptionBreakpoints, either, type ExceptionBreakpoints, wantedStop } from './breakpoints/exception-filters.ts';
import { createInjections, type Injections } from './breakpoints/injections.ts';
import { type Connection, createConnection, type RequestContext } from './connection.ts';
import { createDisassembler, type Disassembler } from './disassembly/disassembler.ts';
import {
  alreadyLaunched,
  cancelled,
  gdbRuns,
  labelFrame,
  nothingLaunched,
  notStopped,
  nothingToAttach,
  sourceEdited,
  sessionEnded,
  staleFrame,
  unknownFrame,
  unknownInstant,
  unknownRequest,
  unknownThread,
  UserError,
  wrongArguments,
} from './errors.ts';
import type { FrameView } from './evaluate/frame-view.ts';
import { ExpressionError } from './evaluate/expression-error.ts';
import { createGdbBreakpoints } from './gdb-server/breakpoints.ts';
import { type GdbGuestOver, gdbGuestOver } from './gdb-server/guest.ts';
import { type GdbServer, startGdbServer } from './gdb-server/server.ts';
import type { TimeState } from './custom-requests.ts';
import type { Host } from './host.ts';
import { createImages, type Image, type Images } from './images.ts';
import { type LaunchArguments, parseLaunchArguments } from './launch-arguments.ts';
import { learnImages } from './learned-images.ts';
import { loadGuest, type Makers } from './load-guest.ts';
import { moduleOf } from './modules.ts';
import type { Events } from './protocol.ts';
import { capabilities, handlers } from './requests/index.ts';
import type { LeftGuest, LeftGuests, LoadedParts } from './left-guests.ts';
import { withPaths, withUris } from './path-format.ts';
import { createSourcePaths, type SourcePaths } from './source-paths.ts';
import { type Style, styled } from './styling.ts';
import { createStacks, type Stacks } from './stack/frames.ts';
import type { StepInto } from './target/step-in-targets.ts';
import { createTargets, type Targets } from './targets.ts';
import { createRunControl, type Ended, type RunControl } from './target/run-control.ts';
import { type Stop, stoppedBody, stopText, wordsOf } from './target/stop-reason.ts';
import { isBefore, type Moment, type Target, TargetError, type TargetStop } from './target/target.ts';
import { embeddedSources, followTrace, withTrace } from './trace/open-trace.ts';
import { createTimeSign, timeStateOf } from './time-sign.ts';
import { createTimeline, type Instant, type InstantKind, type Timeline } from './timeline.ts';
import { referenceOfInstant } from './instant-links.ts';
import { createReferences, type References } from './variables/references.ts';

/** A loaded guest and everything that knows it. */
export interface Guest extends LoadedParts {
  readonly launch: LaunchArguments;
  readonly target: Target;
  readonly images: Images;
  readonly sources: SourcePaths;
  readonly stacks: Stacks;
  readonly run: RunControl;
  readonly bookmarks: Bookmarks;
  readonly timeline: Timeline;
  readonly branches: Branches;
  readonly entry: bigint;
  /** The same guest as gdb sees it. */
  readonly gdb: GdbGuestOver;
}

export interface Session {
  readonly host: Host;
  readonly capabilities: Dap.Capabilities;
  /** What the client can do; empty until `initialize`. */
  client: Partial<Dap.InitializeRequestArguments>;
  readonly breakpoints: Breakpoints;
  readonly dataBreakpoints: DataBreakpoints;
  readonly exceptions: ExceptionBreakpoints;
  readonly references: References;
  readonly disassembler: Disassembler;
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
  /** Takes over the guest that was left last. */
  attach(args: { stopOnEntry?: boolean }, context: RequestContext): Promise<void>;
  /** configurationDone: the guest may start. */
  configured(context: RequestContext): void;
  restart(args: Record<string, unknown> | undefined, context: RequestContext): Promise<void>;
  /** Stops the guest for good. */
  end(): Promise<void>;
  /** The client goes and the guest stays, as it is or suspended. */
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
  /** The guest's state has been edited from outside: what the client has read of it is stale. */
  /** The debugger has put a PE elsewhere without running it. */
  moved(stop: Stop): void;
  edited(memory?: { readonly address: bigint; readonly count: number }): void;
}

export interface SessionEndpoint {
  receive(message: unknown): void;
  settled(): Promise<void>;
  /** The client is gone. */
  close(): Promise<void>;
}

const consoleInterval = 16;
const isWorthKeeping = ({ kind }: Stop): boolean => kind !== 'goto' && kind !== 'step' && kind !== 'history-start';
/** Of a client that does not ask what is behind them. */
const MOST_LINKS = 200;

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
  let parts: LoadedParts | undefined;
  let attachedTo: LeftGuest | undefined;
  let isGuestLeft = false;
  let gdbServer: GdbServer | undefined;
  let isConfigured = false;
  let isStarted = false;
  let hasEnded: 'system-off' | 'system-reset' | 'client' | undefined;
  let isLaunching = false;
  let lastStop: Stop | undefined;
  /** Where the guest came to its end, and stood still there. */
  let over: ({ readonly moment: Moment } & Extract<Ended, { kind: 'off' }>) | undefined;
  /** Links whose client has not asked yet what is behind them. */
  const unasked = new Set<number>();
  let lastFrameId = 0;
  let lastBreakpointId = 0;
  let consoleTimer: ReturnType<typeof setTimeout> | undefined;
  let consoleText = new TextDecoder();

  const connection: Connection = createConnection({
    send: (message) => options.send(hasUris() ? withUris(message) : message),
    dispatch,
    errorsShown: (command) => handlers.get(command)?.errorsShown ?? false,
  });
  const { event } = connection;
  const time = createTimeSign(event);
  const references = createReferences();
  const exceptions = createExceptionBreakpoints();
  const nextBreakpointId = () => ++lastBreakpointId;
  const breakpoints = createBreakpoints((text, state, pe) => {
    const place =
      state.source === undefined ? {} : { source: state.source, ...(state.line === undefined ? {} : { line: toClientLine(state.line) }) };
    event('output', { category: 'console', output: `${text}\n`, ...place, ...link(present('log', text, pe)) });
  }, nextBreakpointId);
  const dataBreakpoints = createDataBreakpoints(nextBreakpointId);
  const note = (text: string, style: Style = 'note') =>
    event('output', { category: 'console', output: `${styled(session.client, style, text)}\n` });
  /** The present moment, kept on the timeline. */
  function present(kind: InstantKind, text: string, pe: number): Instant {
    const { target, timeline } = session.theGuest();
    return timeline.add({ kind, moment: target.timeTravel.moment, text, pe, pc: target.pes[pe].pc });
  }
  /** While not too many of them wait to be asked for. */
  function link(instant: Instant): { variablesReference?: number } {
    if (guest?.target.timeTravel.history === undefined || unasked.size >= MOST_LINKS) return {};
    unasked.add(instant.id);
    return { variablesReference: referenceOfInstant(instant) };
  }
  const toClientLine = (line: number) => (session.client.linesStartAt1 === false ? line - 1 : line);

  const hasUris = () => session.client.pathFormat === 'uri';

  function dispatch(command: string, args: unknown, context: RequestContext): unknown {
    const handler = handlers.get(command);
    if (handler === undefined) throw unknownRequest(command);
    // Lua has one table for both, and writes an empty one as a list.
    const given = args === undefined || args === null || (Array.isArray(args) && args.length === 0) ? {} : args;
    const problem = problemOf(handler.arguments ?? {}, given);
    if (problem !== undefined) throw wrongArguments(command, problem);
    const needs = handler.needs ?? 'stopped';
    if (needs !== 'any') {
      if (guest === undefined) throw nothingLaunched(command);
      if (hasEnded) throw sessionEnded(command, hasEnded);
      if (needs !== 'launched' && guest.run.isRunning) throw notStopped();
      if (needs === 'control' && gdbServer?.isAttached) throw gdbRuns();
    }
    return userErrors(() => handler.run(session, (hasUris() ? withPaths(given) : given) as never, context));
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

  function flushConsole(): void {
    const bytes = guest?.target.takeConsoleOutput() ?? new Uint8Array();
    if (bytes.length === 0) return;
    guest?.timeline.console(bytes, guest.target.consoleLines);
    const where = guest?.launch.console;
    gdbServer?.console(bytes);
    if (where !== 'debugConsole') event('sdei/console', { data: base64FromBytes(bytes) });
    if (where !== 'terminal') event('output', { category: 'stdout', output: consoleText.decode(bytes, { stream: true }) });
  }
  /** While the guest runs; a stop flushes by itself. */
  function pollConsole(): void {
    consoleTimer ??= setTimeout(() => {
      consoleTimer = undefined;
      flushConsole();
      if (guest?.run.isRunning) pollConsole();
    }, consoleInterval);
  }
  function stopPolling(): void {
    clearTimeout(consoleTimer);
    consoleTimer = undefined;
  }

  function invalidate(): void {
    references.invalidate();
    guest?.stacks.invalidate();
    session.gotoTargets.clear();
    session.stepInTargets.clear();
  }
  function stopped(stop: Stop): void {
    if (guest === undefined) return;
    lastStop = stop;
    guest.run.told(stop.pe);
    time.tell(guest, 'moved');
    const body = time.signed(guest.target, stoppedBody(stop, guest.images));
    if (!guest.target.timeTravel.isInPast && isWorthKeeping(stop)) present('stop', stopText(stop, guest), stop.pe);
    event('stopped', { ...body, threadId: stop.pe + 1, allThreadsStopped: true });
  }
  function ended(how: Ended): void {
    flushConsole();
    if (guest !== undefined && how.kind === 'off' && !how.isFinal && staysAtEnd(guest)) {
      over = { ...how, moment: guest.target.timeTravel.moment };
      return ended({ kind: 'stop', stop: { kind: 'end', pe: guest.target.timeTravel.settle(), why: how.why } });
    }
    guest?.gdb.ended(how);
    if (how.kind === 'stop') return stopped(how.stop);
    if (how.why === 'system-reset') {
      note('The guest asked for a reset (PSCI SYSTEM_RESET). Use Restart to run it again.');
    }
    hasEnded = how.why;
    event('exited', { exitCode: 0 });
    event('terminated', undefined);
  }

  function staysAtEnd({ launch: { stopAtEnd, noDebug }, target }: Guest): boolean {
    if (noDebug || target.timeTravel.history === undefined) return false;
    return stopAtEnd === 'always' || (stopAtEnd === 'afterStop' && lastStop !== undefined);
  }
  /** The guest stands where it came to its end. */
  function isOver(): boolean {
    if (guest === undefined || over === undefined) return false;
    const { moment, isInPast } = guest.target.timeTravel;
    return !isInPast && !isBefore(moment, over.moment) && !isBefore(over.moment, moment);
  }

  async function load(asked: Record<string, unknown>): Promise<LoadedParts> {
    const { given, host: files, trace } = await withTrace(asked, host);
    const launch = parseLaunchArguments(given);
    const loaded = await loadGuest(launch, files, makers);
    const { target, entry, x0 } = loaded;
    const images = createImages(loaded.images);
    const embedded = new Map([[makers.hypStub.sourcePath, makers.hypStub.source], ...(trace === undefined ? [] : embeddedSources(trace))]);
    const sources = await createSourcePaths(images.all, {
      host: files,
      sourceMap: launch.sourceMap,
      embedded,
      onEdited: (path) => note(sourceEdited(path), 'warning'),
    });
    target.start(entry, x0);
    if (launch.historyBytes !== undefined && (!launch.noDebug || trace !== undefined)) target.timeTravel.keepHistory(launch.historyBytes);
    if (trace !== undefined) followTrace(target, trace);
    time.startAnew(target);
    const injections = createInjections(launch.inject, target, images);
    const { movingKernel, modules, notes } = loaded;
    for (const text of notes) note(text, 'warning');
    return {
      given,
      launch,
      target,
      images,
      sources,
      injections,
      entry,
      host: files,
      modules,
      ...(trace && { trace }),
      ...(movingKernel && { movingKernel }),
    };
  }
  function adopt(loaded: LoadedParts): void {
    const { launch, target, images, injections } = loaded;
    const byGdb = { breakpoints: createGdbBreakpoints(), exceptions: createExceptionBreakpoints() };
    /** Those of the client; gdb's come after them. */
    let ownCount = 0;
    const learning = learnImages(loaded, {
      host,
      makers,
      note,
      changed: (reason, image) => imageChanged(images, injections, reason, image),
    });
    const run = createRunControl(target, either(exceptions, byGdb.exceptions), {
      breakpoints: () => [
        ...(launch.noDebug ? [] : breakpoints.addresses()),
        ...injections.addresses(),
        ...byGdb.breakpoints.addresses(),
        ...(launch.noDebug ? [] : learning.addresses()),
      ],
      conditionAt: (address) =>
        injections.addresses().includes(address) ||
        byGdb.breakpoints.addresses().includes(address) ||
        learning.addresses().includes(address)
          ? undefined
          : breakpoints.conditionAt(address),
      physicalBreakpoints: () => (launch.noDebug ? [] : [...breakpoints.physicalAddresses(), ...learning.physicalAddresses()]),
      learn: (pe, pc) => (launch.noDebug ? undefined : learning.learn(pe, pc)),
      arrived(pe, pc) {
        if (target.timeTravel.isInPast) return breakpoints.metAgain(pe, pc) ?? byGdb.breakpoints.arrived(pe, pc);
        for (const refused of injections.hit(pe, pc))
          event('output', { category: 'stderr', output: `${styled(session.client, 'error', refused)}\n` });
        return (launch.noDebug ? undefined : breakpoints.hit(pe, pc)) ?? byGdb.breakpoints.arrived(pe, pc);
      },
      watchpoints() {
        const own = launch.noDebug ? [] : dataBreakpoints.watchpoints();
        ownCount = own.length;
        return [...own, ...byGdb.breakpoints.watchpoints(target)];
      },
      watched(stop) {
        const others = stop.watchpoint - ownCount;
        return others < 0 ? dataBreakpoints.hit(stop, !target.timeTravel.isInPast) : byGdb.breakpoints.met(stop, others);
      },
      resumed() {
        invalidate();
        pollConsole();
      },
      ended,
      noticed(stop) {
        if (!target.timeTravel.isInPast) event('output', { category: 'stderr', output: `${wordsOf(stop, images).text}\n` });
      },
      over: () => (isOver() && over !== undefined ? { ...over, isFinal: true } : undefined),
      tick: flushConsole,
    });
    const stacks = createStacks(target, images, launch.machine.client, () => ++lastFrameId);
    const gdb = gdbGuestOver({
      target,
      images,
      client: launch.machine.client,
      run,
      ...byGdb,
      metAgain(stop) {
        if (stop.kind === 'breakpoint') return breakpoints.metAgain(stop.pe, stop.pc) ?? byGdb.breakpoints.arrived(stop.pe, stop.pc);
        if (stop.kind !== 'watchpoint') return wantedStop(either(exceptions, byGdb.exceptions), stop);
        const others = stop.watchpoint - ownCount;
        return others < 0 ? dataBreakpoints.metAgain(stop) : byGdb.breakpoints.met(stop, others);
      },
      begins: () => event('continued', { threadId: 1, allThreadsContinued: true }),
      edited: (memory) => session.edited(memory),
    });
    gdbServer?.drop();
    const bookmarks = createBookmarks();
    for (const bookmark of loaded.trace?.manifest.bookmarks ?? []) bookmarks.add(bookmark);
    guest = {
      ...loaded,
      stacks,
      run,
      gdb,
      bookmarks,
      timeline: createTimeline(target, images),
      branches: createBranches(loaded.trace?.manifest.branches),
    };
    unasked.clear();
    parts = loaded;
    over = undefined;
    lastStop = undefined;
    session.stepIntoHandlers = launch.stepIntoHandlers;
    consoleText = new TextDecoder();
  }

  function imageChanged(images: Images, injections: Injections, reason: 'new' | 'changed' | 'removed', image: Image): void {
    event('module', { reason, module: moduleOf(image, images) });
    injections.rebind();
    for (const state of breakpoints.rebind()) event('breakpoint', { reason: 'changed', breakpoint: breakpointOf(session.client, state) });
  }

  /** Once, for all guests of the session. */
  async function listenForGdb(port: number | undefined): Promise<void> {
    if (port === undefined || gdbServer !== undefined) return;
    gdbServer = await startGdbServer(host, port, {
      guest: () => session.theGuest().gdb.guest,
      note: (text) => note(text),
      showsConsole: false,
      attaching: () => session.theGuest().gdb.guest.halt(),
    });
    note(`gdb can attach: "target remote 127.0.0.1:${gdbServer.port}".`);
  }

  function bindBreakpoints(): void {
    if (guest === undefined) return;
    for (const state of [...breakpoints.bind(guest), ...dataBreakpoints.bind(guest)])
      event('breakpoint', { reason: 'changed', breakpoint: breakpointOf(session.client, state) });
  }

  function start(): void {
    if (guest === undefined || isStarted || hasEnded) return;
    isStarted = true;
    if (guest.run.isRunning) return;
    const isHeld = (guest.launch.stopOnEntry && !guest.launch.noDebug) || gdbServer?.isAttached;
    if (guest.trace !== undefined) {
      flushConsole();
      stopped({ kind: 'goto', pe: guest.trace.manifest.pe });
    } else if (attachedTo?.how !== undefined) ended(attachedTo.how);
    else if (isHeld) stopped({ kind: 'entry', pe: 0 });
    else guest.run.continue();
  }

  const session: Session = {
    host,
    capabilities: capabilities(),
    client: {},
    breakpoints,
    dataBreakpoints,
    exceptions,
    references,
    disassembler: createDisassembler(host),
    gotoTargets: createTargets(),
    stepInTargets: createTargets(),
    stepIntoHandlers: false,
    get lastStop() {
      return lastStop;
    },
    get hasEnded() {
      return hasEnded !== undefined;
    },
    get guest() {
      return guest;
    },
    theGuest() {
      if (guest === undefined) throw nothingLaunched('This request');
      return guest;
    },
    event,
    note,
    noteOf: (instant, text) =>
      event('output', { category: 'console', output: `${styled(session.client, 'note', text)}\n`, ...link(instant) }),
    instant(id) {
      unasked.delete(id);
      const found = guest?.timeline.get(id);
      if (found === undefined) throw unknownInstant(id);
      return found;
    },
    async launch(args, context) {
      if (guest !== undefined || isLaunching) throw alreadyLaunched();
      isLaunching = true;
      try {
        const loaded = await load(args);
        await listenForGdb(loaded.launch.gdbServer);
        if (context.signal.aborted) throw cancelled();
        adopt(loaded);
      } finally {
        isLaunching = false;
      }
      context.afterResponse(() => {
        bindBreakpoints();
        if (isConfigured) start();
      });
    },
    async attach({ stopOnEntry = false }, context) {
      if (guest !== undefined || isLaunching) throw alreadyLaunched();
      const left = await options.leftGuests?.take();
      if (left === undefined) throw nothingToAttach();
      adopt({ ...left.parts, launch: { ...left.parts.launch, stopOnEntry: false } });
      await listenForGdb(left.parts.launch.gdbServer);
      attachedTo = stopOnEntry && left.how === undefined ? { ...left, how: { kind: 'stop', stop: { kind: 'pause', pe: 0 } } } : left;
      context.afterResponse(() => {
        bindBreakpoints();
        if (isConfigured) start();
      });
    },
    configured(context) {
      isConfigured = true;
      context.afterResponse(start);
    },
    async restart(args, context) {
      const previous = guest;
      if (previous === undefined || parts === undefined) throw nothingLaunched('restart');
      // What cannot be loaded leaves the present guest as it is.
      const next = await load(args ?? parts.given);
      await listenForGdb(next.launch.gdbServer);
      if (context.signal.aborted) throw cancelled();
      await previous.run.end();
      stopPolling();
      flushConsole();
      adopt(next);
      attachedTo = undefined;
      isStarted = false;
      hasEnded = undefined;
      invalidate();
      context.afterResponse(() => {
        bindBreakpoints();
        start();
      });
    },
    async end() {
      hasEnded ??= 'client';
      await guest?.run.end();
      stopPolling();
      flushConsole();
      await gdbServer?.close();
    },
    async leave(suspended) {
      if (guest === undefined || parts === undefined || hasEnded || options.leftGuests === undefined) return session.end();
      const isStanding = suspended || !guest.run.isRunning;
      await session.end();
      const pe = lastStop?.pe ?? 0;
      options.leftGuests.leave(parts, isStanding ? { kind: 'stop', stop: { kind: 'pause', pe } } : undefined);
      isGuestLeft = true;
    },
    moved(stop) {
      invalidate();
      stopped(stop);
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
      const [line] = session.theGuest().stacks.of(lastStop?.pe ?? 0);
      if (line.kind === 'label') throw labelFrame();
      return line.view;
    },
    timeState: () => guest && timeStateOf(guest.target),
    peOf(threadId) {
      const { pes } = session.theGuest().target;
      if (threadId < 1 || threadId > pes.length) throw unknownThread(threadId, pes.length);
      return threadId - 1;
    },
    metAgain(stop) {
      if (stop.kind === 'breakpoint') return breakpoints.metAgain(stop.pe, stop.pc);
      return stop.kind === 'watchpoint' ? dataBreakpoints.metAgain(stop) : wantedStop(exceptions, stop);
    },
    edited(memory) {
      if (guest !== undefined) time.tell(guest, 'edited');
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
