import type { MachineConfiguration } from '../../emulator/emulator.ts';

/** Sample guests with nested dispatches, exception levels, several PEs, and waits. */
export const guests: Readonly<Record<string, Partial<MachineConfiguration>>> = {
  'nested-critical': { memoryBytes: 2 << 20 },
  'hyp-stub': { memoryBytes: 2 << 20 },
  'el2-client': { memoryBytes: 2 << 20, client: 'EL2', conduit: 'smc' },
  'two-pes': { memoryBytes: 2 << 20, cpus: 2 },
  watchdog: { memoryBytes: 2 << 20 },
};

/** Runs for hundreds of millions of instructions. */
export const bench = { path: 'bench/integer-mix.elf', changes: { memoryBytes: 16 << 20 }, often: 'merge' };
