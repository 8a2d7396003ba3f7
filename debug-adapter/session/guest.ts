/** A guest in a session: what stops it, for the client and for gdb, and everything that knows it. */
import { type Bookmarks, createBookmarks } from '../bookmarks.ts';
import { type Branches, createBranches } from '../branches.ts';
import { breakpointOf } from '../breakpoints/client-breakpoint.ts';
import { createExceptionBreakpoints, either, wantedStop } from '../breakpoints/exception-filters.ts';
import { createGdbBreakpoints } from '../gdb-server/breakpoints.ts';
import { type GdbGuestOver, gdbGuestOver } from '../gdb-server/guest.ts';
import type { Image } from '../images.ts';
import { learnImages } from '../learned-images.ts';
import type { Makers } from '../load-guest.ts';
import { moduleOf } from '../modules.ts';
import type { Session } from '../session.ts';
import { createStacks, type Stacks } from '../stack/frames.ts';
import { styled } from '../styling.ts';
import { createNotices } from '../target/notices.ts';
import { isBefore, type Moment } from '../target/target.ts';
import { createRunControl, type RunControl, type RunListener } from '../target/run-control.ts';
import { createTimeline, type Timeline } from '../timeline.ts';
import { type BootCache, createBootCache, knownBoot } from './boot-cache.ts';
import type { LoadedParts } from './loaded-parts.ts';

/** A loaded guest and everything that knows it. */
export interface Guest extends LoadedParts {
  readonly stacks: Stacks;
  readonly run: RunControl;
  readonly bookmarks: Bookmarks;
  readonly timeline: Timeline;
  readonly branches: Branches;
  readonly bootCache: BootCache;
  /** The same guest as gdb sees it. */
  readonly gdb: GdbGuestOver;
}

export interface GuestListener extends Required<Pick<RunListener, 'resumed' | 'ended' | 'over' | 'tick'>> {
  readonly makers: Makers;
  nextFrameId(): number;
}

export function createGuest(loaded: LoadedParts, session: Session, listener: GuestListener): Guest {
  const { launch, target, images, injections } = loaded;
  const { breakpoints, dataBreakpoints, exceptions, event } = session;
  const byGdb = { breakpoints: createGdbBreakpoints(), exceptions: createExceptionBreakpoints() };
  const notice = createNotices(images);
  /** Those of the client; gdb's come after them. */
  let ownCount = 0;
  const learning = learnImages(loaded, {
    host: loaded.host,
    makers: listener.makers,
    note: session.note,
    changed: imageChanged,
  });

  function imageChanged(reason: 'new' | 'changed' | 'removed', image: Image): void {
    event('module', { reason, module: moduleOf(image, images) });
    injections.rebind();
    for (const state of breakpoints.rebind()) event('breakpoint', { reason: 'changed', breakpoint: breakpointOf(session.client, state) });
  }

  /** Of a run that began in the past: where that ended then. What stops there has been counted when one first came there. */
  let lived: Moment | undefined;
  function isRepeated(): boolean {
    const { isInPast, moment } = target.timeTravel;
    return isInPast || (lived !== undefined && !isBefore(moment, lived) && !isBefore(lived, moment));
  }

  function inject(pe: number, pc: bigint): void {
    if (isRepeated()) return;
    for (const refused of injections.hit(pe, pc))
      event('output', { category: 'stderr', output: `${styled(session.client, 'error', refused)}\n` });
  }

  const bootCache = createBootCache(
    loaded.usesBootCache ? loaded.host.cache : undefined,
    target,
    (instructions) => session.note(knownBoot(instructions, 'With "bootCache": false in launch.json')),
    launch.noDebug ? {} : learning,
  );

  const run = createRunControl(target, either(exceptions, byGdb.exceptions), {
    breakpoints: () => [
      ...(launch.noDebug ? [] : breakpoints.addresses()),
      ...injections.addresses(),
      ...byGdb.breakpoints.addresses(),
      ...(launch.noDebug ? [] : learning.addresses()),
    ],
    conditionAt: (address) =>
      injections.addresses().includes(address) || byGdb.breakpoints.addresses().includes(address) || learning.addresses().includes(address)
        ? undefined
        : breakpoints.conditionAt(address),
    physicalBreakpoints: () => (launch.noDebug ? [] : [...breakpoints.physicalAddresses(), ...learning.physicalAddresses()]),
    learn: (pe, pc) => (launch.noDebug ? undefined : learning.learn(pe, pc)),
    learnt: bootCache.learnt,
    passed: inject,
    arrived(pe, pc) {
      if (isRepeated()) return breakpoints.metAgain(pe, pc) ?? byGdb.breakpoints.arrived(pe, pc);
      inject(pe, pc);
      return (launch.noDebug ? undefined : breakpoints.hit(pe, pc)) ?? byGdb.breakpoints.arrived(pe, pc);
    },
    watchpoints() {
      const own = launch.noDebug ? [] : dataBreakpoints.watchpoints();
      ownCount = own.length;
      return [...own, ...byGdb.breakpoints.watchpoints(target)];
    },
    watched(stop) {
      const others = stop.watchpoint - ownCount;
      return others < 0 ? dataBreakpoints.hit(stop, !isRepeated()) : byGdb.breakpoints.met(stop, others);
    },
    resumed() {
      const { isInPast, history } = target.timeTravel;
      lived = isInPast ? history?.end : undefined;
      bootCache.runs();
      listener.resumed();
    },
    ended(how) {
      if (how.kind !== 'stop' && !target.timeTravel.isInPast) for (const text of injections.missed()) session.note(text);
      listener.ended(how);
      // Where a person happens to pause it is no place to begin at.
      bootCache.stopped(how.kind === 'stop' && how.stop.kind !== 'pause');
    },
    noticed(stop) {
      const text = isRepeated() ? undefined : notice(stop);
      if (text !== undefined) event('output', { category: 'stderr', output: `${text}\n` });
    },
    over: listener.over,
    tick: listener.tick,
  });
  const stacks = createStacks(target, images, launch.machine.client, listener.nextFrameId);
  const gdb = gdbGuestOver({
    target,
    images,
    client: launch.machine.client,
    run,
    ...byGdb,
    looksAgain: () => dataBreakpoints.look(),
    metAgain(stop) {
      if (stop.kind === 'breakpoint') return breakpoints.metAgain(stop.pe, stop.pc) ?? byGdb.breakpoints.arrived(stop.pe, stop.pc);
      if (stop.kind !== 'watchpoint') return wantedStop(either(exceptions, byGdb.exceptions), stop);
      const others = stop.watchpoint - ownCount;
      return others < 0 ? dataBreakpoints.metAgain(stop) : byGdb.breakpoints.met(stop, others);
    },
    begins: () => event('continued', { threadId: 1, allThreadsContinued: true }),
    edited: (memory) => session.edited(memory),
  });
  const bookmarks = createBookmarks();
  for (const bookmark of loaded.trace?.manifest.bookmarks ?? []) bookmarks.add(bookmark);
  return {
    ...loaded,
    stacks,
    run,
    gdb,
    bookmarks,
    timeline: createTimeline(target, images),
    bootCache,
    branches: createBranches(loaded.trace?.manifest.branches, launch.historyBytes),
  };
}
