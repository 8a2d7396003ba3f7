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
import { createBootCache, knownBoot } from '../session/boot-cache.ts';
import { createNotices } from '../target/notices.ts';
import { createRunControl, type Ended } from '../target/run-control.ts';
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

export interface OwnGuest extends GdbGuest {
  /** Nobody needs it any more: what was to be kept of how it began is kept now. */
  close(): Promise<void>;
}

/** Starts the machine, which stands at its first instruction. @throws UserError for an impossible injection */
export function createGdbGuest(launch: LaunchArguments, loaded: LoadedGuest, listener: OwnGuestListener): OwnGuest {
  const { target } = loaded;
  const images = createImages(loaded.images);
  const exceptions = createExceptionBreakpoints();
  const breakpoints = createGdbBreakpoints();
  target.start(loaded.entry, loaded.x0);
  const { cache } = listener.host;
  const usesBootCache = launch.bootCache && cache !== undefined;
  if (launch.historyBytes !== undefined) target.timeTravel.keepHistory(launch.historyBytes, usesBootCache);
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
  const bootCache = createBootCache(
    usesBootCache ? cache : undefined,
    target,
    (instructions) => listener.note(knownBoot(instructions, 'With --no-boot-cache')),
    learning,
  );
  const inject = (pe: number, pc: bigint) => {
    if (!target.timeTravel.isInPast) for (const text of injections.hit(pe, pc)) listener.note(text);
  };
  const run = createRunControl(target, exceptions, {
    breakpoints: () => [...breakpoints.addresses(), ...injections.addresses(), ...learning.addresses()],
    physicalBreakpoints: () => learning.physicalAddresses(),
    learn: learning.learn,
    learnt: bootCache.learnt,
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
      bootCache.runs();
      timer = setInterval(flush, CONSOLE_MILLISECONDS);
    },
    ended(how) {
      clearInterval(timer);
      flush();
      over.ended(how);
      bootCache.stopped(how.kind === 'stop' && how.stop.kind !== 'pause');
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
    continue(onlyPe) {
      // Breakpoints have come by then. What gdb has stepped into or changed is another beginning.
      const isBeginning = onlyPe === undefined && target.time === 0;
      if (!isBeginning) return run.continue(onlyPe);
      run.start(0, async (drive) => {
        await bootCache.takeOver(drive.arm);
        return (await drive.run({})) as Ended;
      });
    },
    edited() {},
  });
  return Object.assign(over.guest, { close: bootCache.close });
}

export interface OwnGuestOptions extends Pick<GdbServerOptions, 'note' | 'showsConsole' | 'detached'> {
  /** The guest at its first instruction. @throws UserError */
  load(listener: { console(bytes: Uint8Array): void }): Promise<OwnGuest>;
}

/** @param port 0: a free one. @throws UserError if it cannot be had, or from `load` */
export async function serveOwnGuest(host: Host, port: number, { load, ...options }: OwnGuestOptions): Promise<GdbServer> {
  let toGdb: (bytes: Uint8Array) => void = () => {};
  const listener = { console: (bytes: Uint8Array) => toGdb(bytes) };
  let guest = await load(listener);
  const restart = async () => {
    await guest.close();
    guest = await load(listener);
  };
  const server = await startGdbServer(host, port, {
    ...options,
    closed: () => guest.close(),
    guest: () => guest,
    restart,
    // A guest that has ended is there again, from its start, for the next gdb.
    attaching: () => (guest.ended.kind === 'off' ? restart() : Promise.resolve()),
  });
  toGdb = server.console;
  return server;
}
