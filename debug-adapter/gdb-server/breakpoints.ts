/** What gdb has inserted by Z packets. Guest memory stays as it is: these are places that the machine stops at. */
import type { Stop } from '../target/stop-reason.ts';

export interface GdbBreakpoints {
  /** Z0 */
  readonly software: Set<bigint>;
  /** Z1 */
  readonly hardware: Set<bigint>;
  addresses(): readonly bigint[];
  /** A PE is about to execute `pc`. */
  arrived(pe: number, pc: bigint): Stop | undefined;
  clear(): void;
}

export function createGdbBreakpoints(): GdbBreakpoints {
  const software = new Set<bigint>();
  const hardware = new Set<bigint>();
  return {
    software,
    hardware,
    addresses: () => [...software, ...hardware],
    arrived: (pe, pc) => (software.has(pc) || hardware.has(pc) ? { kind: 'breakpoint', pe, ids: [], sort: 'instruction' } : undefined),
    clear() {
      software.clear();
      hardware.clear();
    },
  };
}
