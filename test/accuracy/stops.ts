/** The same machine, standing at the same instructions, as gdb and this debugger see it. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import type { GdbGuest } from '../../debug-adapter/gdb-server/guest.ts';
import { createGdbGuest, serveOwnGuest } from '../../debug-adapter/gdb-server/own-guest.ts';
import { parseLaunchArguments } from '../../debug-adapter/launch-arguments.ts';
import { type LoadedGuest, loadGuest } from '../../debug-adapter/load-guest.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import type { Ended } from '../../debug-adapter/target/run-control.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { followCalls } from './calls.ts';
import { ownView, type StopSeen } from './view.ts';

export interface Guest {
  readonly elf: string;
  readonly launch: Readonly<Record<string, unknown>>;
  /** Before the first instruction. */
  readonly prepare?: (target: Target) => void;
}

export interface Moment {
  /** Instructions since the start. */
  readonly time: number;
  /** `name sp`: who called whom, by the calls and returns that were executed; innermost first, down to the last dispatch. */
  readonly frames: readonly string[];
}

/** The place is chosen among this many instructions of a run. */
const LONGEST_RUN = 60_000;

const load = async ({ elf, launch }: Guest) => {
  const parsed = parseLaunchArguments({ program: elf, memory: '8M', ...launch });
  return { parsed, loaded: await loadGuest(parsed, nodeHost, makers) };
};

/** A guest at its first instruction, without a server. */
export async function startedGuest(guest: Guest): Promise<LoadedGuest> {
  const { loaded } = await load(guest);
  loaded.target.start(loaded.entry, loaded.x0);
  guest.prepare?.(loaded.target);
  return loaded;
}

/** Moments of the run, in instructions: no two at the same place, spread over the functions that ran. */
export async function chooseMoments(guest: Guest, count: number, seed: number): Promise<readonly Moment[]> {
  const { target, images } = await startedGuest(guest);
  const visits = new Map<string, Map<bigint, Moment[]>>();
  const [{ program }] = images;
  const calls = followCalls(target, program);
  for (let time = 0; time < LONGEST_RUN; time++) {
    const { pc } = target.pes[0];
    const info = program.functionAt(pc);
    const frames = calls.frames();
    // Code that gives itself a stack has left the one it was called with.
    const hasStack = !frames.some((frame) => frame.endsWith(' 0x0'));
    if (info !== undefined && hasStack) {
      const places = visits.get(info.name) ?? new Map<bigint, Moment[]>();
      visits.set(info.name, places.set(pc, [...(places.get(pc)?.slice(-20) ?? []), { time, frames }]));
    }
    if (!calls.step()) break;
  }
  const random = randomFrom(seed);
  const pick = <Item>(items: Item[]): Item => items.splice(Math.floor(random() * items.length), 1)[0];
  const rest = [...visits.values()].map((places) => [...places.values()]);
  const chosen: Moment[] = [];
  while (chosen.length < count && rest.length > 0) {
    for (const places of [...rest]) {
      if (chosen.length < count && places.length > 0) chosen.push(pick(pick(places)));
      if (places.length === 0) rest.splice(rest.indexOf(places), 1);
    }
  }
  return chosen.sort((one, other) => one.time - other.time);
}

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export async function runTo(target: Target, time: number): Promise<void> {
  await target.resume({ maxInstructions: time - target.time });
}

export interface BothViews {
  readonly moment: Moment;
  readonly ours: StopSeen;
  readonly gdb: StopSeen;
}

/** @param moments ascending */
export async function viewsAt(guest: Guest, moments: readonly Moment[]): Promise<readonly BothViews[]> {
  const own: StopSeen[] = [];
  const server = await serveOwnGuest(nodeHost, 0, {
    note: () => {},
    showsConsole: false,
    async load(listener) {
      const { parsed, loaded } = await load(guest);
      const made = createGdbGuest(parsed, loaded, { host: nodeHost, makers, note: () => {}, console: listener.console });
      guest.prepare?.(made.target);
      return Object.assign(stoppingAt(made, moments, own), { close: made.close });
    },
  });
  const text = await runGdb(guest.elf, server.port);
  await server.close();
  const seen = [...text.matchAll(/^STOP(.*)$/gm)].map(([, json]) => JSON.parse(json) as StopSeen);
  if (seen.length !== moments.length) throw new Error(`gdb stopped ${seen.length} times, not ${moments.length}:\n${text.slice(-2000)}`);
  return seen.map((gdb, index) => ({ moment: moments[index], ours: own[index], gdb }));
}

/** A guest whose every run ends at the next of `moments`, where this debugger takes its view at once. */
function stoppingAt(guest: GdbGuest, moments: readonly Moment[], seen: StopSeen[]): GdbGuest {
  let ended: Ended = guest.ended;
  return {
    ...guest,
    get ended() {
      return ended;
    },
    async continue() {
      const moment = moments.at(seen.length);
      if (moment === undefined) return (ended = { kind: 'off', end: { kind: 'system-off' } });
      await runTo(guest.target, moment.time);
      if (guest.target.time !== moment.time) throw new Error(`The run ended at ${guest.target.time}, before ${moment.time}.`);
      seen.push(ownView(guest.target, guest.images));
      return (ended = { kind: 'stop', stop: { kind: 'pause', pe: 0 } });
    },
  };
}

function runGdb(elf: string, port: number): Promise<string> {
  const args = ['-nx', '-batch', elf, '-ex', `target remote 127.0.0.1:${port}`, '-x', path.join(import.meta.dirname, 'gdb-stops.py')];
  const child = spawn(process.env.GDB ?? 'gdb-multiarch', args, {
    cwd: path.dirname(elf),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  child.stderr.on('data', (chunk) => (text += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(text));
  });
}
