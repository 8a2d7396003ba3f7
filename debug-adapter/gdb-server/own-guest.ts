/** A guest that gdb has for itself: loaded for it, and loaded again when it kills or restarts it. */
import { createExceptionBreakpoints, wantedStop } from '../breakpoints/exception-filters.ts';
import { createInjections } from '../breakpoints/injections.ts';
import { createDebugInformationNotes } from '../debug-information-notes.ts';
import type { Host } from '../host.ts';
import { gdbFollows } from '../errors.ts';
import { createImages } from '../images.ts';
import type { LaunchArguments } from '../launch-arguments.ts';
import { type ImageListener, learnImages } from '../learned-images.ts';
import type { LoadedGuest } from '../load-guest.ts';
import { createNotices } from '../target/notices.ts';
import { createRunControl } from '../target/run-control.ts';
import { createGdbBreakpoints } from './breakpoints.ts';
import { type GdbGuest, gdbGuestOver } from './guest.ts';
import { type GdbServer, type GdbServerOptions, startGdbServer } from './server.ts';

export interface OwnGuestListener extends Pick<ImageListener, 'host' | 'makers'> {
  /** The guest has written on its console. */
  console(bytes: Uint8Array): void;
  /** A line for the person in front of the server. */
  note(text: string): void;
}

const CONSOLE_MILLISECONDS = 20;

/** Starts the machine, which stands at its first instruction. @throws UserError for an impossible injection */
export function createGdbGuest(launch: LaunchArguments, loaded: LoadedGuest, listener: OwnGuestListener): GdbGuest {
  const { target } = loaded;
  const images = createImages(loaded.images);
  const exceptions = createExceptionBreakpoints();
  const breakpoints = createGdbBreakpoints();
  target.start(loaded.entry, loaded.x0);
  if (launch.historyBytes !== undefined) target.timeTravel.keepHistory(launch.historyBytes);
  const injections = createInjections(launch.inject, target, images);
  let timer: ReturnType<typeof setInterval> | undefined;

  const flush = () => {
    const bytes = target.takeConsoleOutput();
    if (bytes.length > 0) listener.console(bytes);
  };
  const notice = createNotices(images);
  const tellDamage = createDebugInformationNotes(() => images.all, listener.note);
  tellDamage();
  const learning = learnImages(
    { ...loaded, images },
    {
      ...listener,
      changed(_, image) {
        injections.rebind();
        if (image.offset !== undefined && image.offset !== 0n) listener.note(gdbFollows(image.path, image.offset));
      },
    },
  );
  const inject = (pe: number, pc: bigint) => {
    if (!target.timeTravel.isInPast) for (const text of injections.hit(pe, pc)) listener.note(text);
  };
  const run = createRunControl(target, exceptions, {
    breakpoints: () => [...breakpoints.addresses(), ...injections.addresses(), ...learning.addresses()],
    physicalBreakpoints: () => learning.physicalAddresses(),
    learn: learning.learn,
    passed: inject,
    arrived(pe, pc) {
      inject(pe, pc);
      return breakpoints.arrived(pe, pc);
    },
    watchpoints: () => breakpoints.watchpoints(target),
    watched: (stop) => breakpoints.met(stop, stop.watchpoint),
    noticed(stop) {
      const text = target.timeTravel.isInPast ? undefined : notice(stop);
      if (text !== undefined) listener.note(text);
    },
    resumed() {
      timer = setInterval(flush, CONSOLE_MILLISECONDS);
    },
    ended(how) {
      clearInterval(timer);
      flush();
      over.ended(how);
      tellDamage();
    },
    tick: flush,
  });
  const over = gdbGuestOver({
    target,
    images,
    client: launch.machine.client,
    run,
    breakpoints,
    exceptions,
    looksAgain() {},
    metAgain(stop) {
      if (stop.kind === 'breakpoint') return breakpoints.arrived(stop.pe, stop.pc);
      return stop.kind === 'watchpoint' ? breakpoints.met(stop, stop.watchpoint) : wantedStop(exceptions, stop);
    },
    begins() {},
    edited() {},
  });
  return over.guest;
}

export interface OwnGuestOptions extends Pick<GdbServerOptions, 'note' | 'showsConsole' | 'detached'> {
  /** The guest at its first instruction. @throws UserError */
  load(listener: { console(bytes: Uint8Array): void }): Promise<GdbGuest>;
}

/** @param port 0: a free one. @throws UserError if it cannot be had, or from `load` */
export async function serveOwnGuest(host: Host, port: number, { load, ...options }: OwnGuestOptions): Promise<GdbServer> {
  let toGdb: (bytes: Uint8Array) => void = () => {};
  const listener = { console: (bytes: Uint8Array) => toGdb(bytes) };
  let guest = await load(listener);
  const restart = async () => {
    guest = await load(listener);
  };
  const server = await startGdbServer(host, port, {
    ...options,
    guest: () => guest,
    restart,
    // A guest that has ended is there again, from its start, for the next gdb.
    attaching: () => (guest.ended.kind === 'off' ? restart() : Promise.resolve()),
  });
  toGdb = server.console;
  return server;
}
