/** A guest that is stepped, forwards and backwards, as a session does it, without the session. */
import { readFileSync } from 'node:fs';
import { createExceptionBreakpoints } from '../../debug-adapter/breakpoints/exception-filters.ts';
import { createImages, imageOf } from '../../debug-adapter/images.ts';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { createEmulatorTarget } from '../../debug-adapter/target/emulator-target.ts';
import type { Moves } from '../../debug-adapter/target/reverse.ts';
import { createRunControl, type Ended } from '../../debug-adapter/target/run-control.ts';
import type { SteppingPlace } from '../../debug-adapter/target/stepping.ts';
import type { MachineConfiguration } from '../../emulator/emulator.ts';
import { plainConfiguration } from '../support/machine.ts';

export interface Traveller extends SteppingPlace {
  /** Makes moves, and says how they ended. */
  go(pe: number, moves: Moves): Promise<Ended>;
  /** Addresses that runs stop at. */
  breakpoints: readonly bigint[];
}

/** @param path an ELF; history begins at its first instruction */
export function traveller(path: string, changes: Partial<MachineConfiguration> = {}, historyBytes = 256 << 20): Traveller {
  const configuration = { ...plainConfiguration, ...changes };
  const target = createEmulatorTarget(configuration);
  const program = openProgram(path, readFileSync(path));
  for (const { physicalAddress, bytes } of program.segments) target.load(physicalAddress, bytes);
  target.start(program.entry, 0n);
  target.timeTravel.keepHistory(historyBytes);
  const images = createImages([imageOf('guest', 'guest', path, program)]);
  let tell: (how: Ended) => void = () => {};
  const self: Traveller = {
    target,
    images,
    client: configuration.client,
    breakpoints: [],
    go(pe, moves) {
      return new Promise((resolve) => {
        tell = resolve;
        run.start(pe, moves);
      });
    },
  };
  const run = createRunControl(target, createExceptionBreakpoints(), {
    breakpoints: () => self.breakpoints,
    arrived: (pe) => ({ kind: 'breakpoint', pe, ids: [], sort: 'instruction' }),
    resumed() {},
    ended: (how) => tell(how),
    tick() {},
  });
  return self;
}
