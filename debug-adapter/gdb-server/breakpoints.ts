/** What gdb has inserted by Z packets. Guest memory stays as it is: these are places and data that the machine stops at. */
import type { WatchpointStop } from '../breakpoints/data-breakpoints.ts';
import type { Stop } from '../target/stop-reason.ts';
import type { Target, TargetWatchpoint } from '../target/target.ts';

/** By the number of their packet: Z2 write, Z3 read, Z4 access. */
const watches = {
  2: { access: 'write', reason: 'watch' },
  3: { access: 'read', reason: 'rwatch' },
  4: { access: 'readWrite', reason: 'awatch' },
} as const;

export const MOST_WATCHPOINTS = 256;
/** Of each kind. */
export const MOST_BREAKPOINTS = 10_000;

export interface GdbWatchpoint {
  readonly type: keyof typeof watches;
  /** Virtual, as this PE translates it. */
  readonly address: bigint;
  readonly length: number;
  readonly pe: number;
}

export interface GdbBreakpoints {
  /** Z0 */
  readonly software: Set<bigint>;
  /** Z1 */
  readonly hardware: Set<bigint>;
  addresses(): readonly bigint[];
  /** A PE is about to execute `pc`. */
  arrived(pe: number, pc: bigint): Stop | undefined;

  watch(watchpoint: GdbWatchpoint, isWanted: boolean): void;
  /** gdb takes it that AArch64 stops before the access: it steps over it by itself, and looks what has become of the value. */
  watchpoints(target: Target): readonly TargetWatchpoint[];
  /** @param index which of these; absent or another: none of them. */
  met(stop: WatchpointStop, index: number): Stop | undefined;
  /** What of this stop a stop reply says: `watch:40103000`. Absent: nothing was watched. */
  reasonOf(stop: Stop): string | undefined;

  clear(): void;
  /** Those of a guest that this one has taken the place of, as well. */
  adopt(others: GdbBreakpoints): void;
  /** What {@link watch} has been given. */
  readonly watched: readonly GdbWatchpoint[];
}

export function createGdbBreakpoints(): GdbBreakpoints {
  const software = new Set<bigint>();
  const hardware = new Set<bigint>();
  const watched = new Map<string, GdbWatchpoint>();
  const reasons = new WeakMap<Stop, string>();
  function watch(watchpoint: GdbWatchpoint, isWanted: boolean): void {
    const { type, address, length } = watchpoint;
    const key = `${type},${address},${length}`;
    if (isWanted) watched.set(key, watchpoint);
    else watched.delete(key);
  }
  return {
    software,
    hardware,
    addresses: () => [...software, ...hardware],
    arrived: (pe, pc) => (software.has(pc) || hardware.has(pc) ? { kind: 'breakpoint', pe, ids: [], sort: 'instruction' } : undefined),
    watch,
    watchpoints: (target) =>
      [...watched.values()].map(({ type, address, length, pe }) => ({
        kind: 'memory',
        ranges: target.physicalRanges(address, length, { kind: 'virtual', pe }),
        access: watches[type].access,
        stops: 'before',
      })),
    met({ pe }, index) {
      const found = [...watched.values()][index];
      if (found === undefined) return undefined;
      const { type, address } = found;
      const hex = address.toString(16);
      const stop: Stop = { kind: 'data', pe, ids: [], text: `gdb watches 0x${hex}.` };
      reasons.set(stop, `${watches[type].reason}:${hex}`);
      return stop;
    },
    reasonOf: (stop) => reasons.get(stop),
    clear() {
      software.clear();
      hardware.clear();
      watched.clear();
    },
    adopt(others) {
      for (const address of others.software) software.add(address);
      for (const address of others.hardware) hardware.add(address);
      for (const watchpoint of others.watched) watch(watchpoint, true);
    },
    get watched() {
      return [...watched.values()];
    },
  };
}
