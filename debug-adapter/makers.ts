import { bytesFromBase64 } from './base64.ts';
import { hypStubElf, hypStubSource, hypStubSourcePath } from './hyp-stub-program.generated.ts';
import { parseLaunchArguments } from './launch-arguments.ts';
import type { Makers } from './load-guest.ts';
import { openProgram } from './program/open-program.ts';
import { createEmulatorTarget, reserveMachine } from './target/emulator-target.ts';

/** The real parts: our machine, our ELF and DWARF reader, our hyp-stub. */
export const makers: Makers = {
  createTarget: createEmulatorTarget,
  openProgram,
  hypStub: {
    get elf() {
      return bytesFromBase64(hypStubElf) ?? new Uint8Array();
    },
    sourcePath: hypStubSourcePath,
    source: hypStubSource,
  },
};

const SMALL_MEMORY = 16 << 20;

/** Makes a machine and drops it: the next one finds its modules compiled, and its memory if it is as large as most. */
export function prepareMachine(): void {
  const { machine } = parseLaunchArguments({ program: 'none' });
  makers.createTarget({ ...machine, memoryBytes: SMALL_MEMORY });
  reserveMachine(machine);
}
