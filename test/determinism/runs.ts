/** Runs whose states are the same everywhere: their hashes are in `hashes.json`, by name and instruction count. */
export interface GoldenRun {
  readonly name: string;
  /** From the project's folder. */
  readonly guest: string;
  /** Launch keys besides the program. */
  readonly launch: Readonly<Record<string, string | number | boolean>>;
  /** After how many instructions the states are compared. */
  readonly instructions: readonly number[];
}

export const runs: readonly GoldenRun[] = [
  { name: 'much code, little of it twice', guest: 'bench/cold-code.elf', launch: { memory: '32M' }, instructions: [1_000_000, 12_000_000] },
  { name: 'loops that are translated', guest: 'bench/integer-mix.elf', launch: { memory: '16M' }, instructions: [1_000_003, 40_000_000] },
  { name: 'memory', guest: 'bench/memory.elf', launch: { memory: '256M' }, instructions: [20_000_000] },
  { name: 'calls', guest: 'bench/calls.elf', launch: { memory: '16M' }, instructions: [20_000_000] },
  { name: 'floating point', guest: 'bench/floating-point.elf', launch: { memory: '16M' }, instructions: [1_000_000, 30_000_000] },
  { name: 'translation tables', guest: 'bench/chase-16384-pages.elf', launch: { memory: '256M' }, instructions: [10_000_000] },
  { name: 'events by the thousand', guest: 'bench/sdei-events.elf', launch: { memory: '16M' }, instructions: [3_000_000] },
  { name: 'calls of EL2', guest: 'bench/hvc-trips.elf', launch: { memory: '16M', client: 'EL2' }, instructions: [2_000_000] },
  { name: 'first event', guest: 'test/guests/first-event.elf', launch: { memory: '2M' }, instructions: [1400, 7000] },
  { name: 'nested events', guest: 'test/guests/nested-critical.elf', launch: { memory: '2M' }, instructions: [4000, 10_000] },
  { name: 'two PEs', guest: 'test/guests/two-pes.elf', launch: { memory: '2M', cpus: 2 }, instructions: [4000, 9000] },
  { name: 'timer interrupts and waiting', guest: 'test/guests/watchdog.elf', launch: { memory: '2M' }, instructions: [3000, 6000] },
  { name: 'a hypervisor in small', guest: 'test/guests/kvm-vectors.elf', launch: { memory: '2M' }, instructions: [5000] },
  { name: 'a client at EL2', guest: 'test/guests/el2-client.elf', launch: { memory: '2M', client: 'EL2' }, instructions: [3000] },
  {
    name: 'semihosting',
    guest: 'test/guests/semihosting.elf',
    launch: { memory: '2M', semihosting: true, bootArguments: 'one two' },
    instructions: [1500, 2900],
  },
];

export const keyOf = ({ name }: GoldenRun, instructions: number): string => `${name}, ${instructions} instructions`;
