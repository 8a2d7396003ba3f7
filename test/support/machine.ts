import { readFileSync } from 'node:fs';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { Emulator, type MachineConfiguration } from '../../emulator/emulator.ts';

export const CODE = 0x4010_0000n;

export const plainConfiguration: MachineConfiguration = {
  cpus: 1,
  memoryBytes: 16 << 20,
  client: 'EL1',
  conduit: 'hvc',
  sdei: {
    profile: 'spec',
    version: [1, 0],
    bindSlots: { private: 3, shared: 3 },
    bugCompatible: false,
    events: [
      { number: 804, type: 'private', priority: 'critical' },
      { number: 806, type: 'private', priority: 'normal' },
    ],
  },
};

/** A machine with instruction words at {@link CODE}, about to execute the first one. */
export function machineWith(words: readonly number[], changes: Partial<MachineConfiguration> = {}): Emulator {
  const emulator = new Emulator({ ...plainConfiguration, ...changes });
  const bytes = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, index) => {
    bytes.setUint32(index * 4, word, true);
  });
  emulator.load(CODE, new Uint8Array(bytes.buffer));
  emulator.start(CODE);
  return emulator;
}

const copied = (emulator: Emulator, address: bigint, bytes: Uint8Array): void => void emulator.load(address, bytes);
/** As what is not in memory yet is loaded. */
export const filledIn: typeof copied = (emulator, address, bytes) => emulator.loadBy(address, bytes.length, (into) => into.set(bytes));

/** A machine with one of `test/guests`, about to start. */
export function machineWithGuest(path: string, changes: Partial<MachineConfiguration> = {}, load = copied): Emulator {
  const program = openProgram(path, readFileSync(path));
  const emulator = new Emulator({ ...plainConfiguration, ...changes });
  for (const { physicalAddress, bytes } of program.segments) load(emulator, physicalAddress, bytes);
  emulator.start(program.entry);
  return emulator;
}

/** Of `test/guests`, with what each needs: no event over another, one over another, EL2 in the guest, two PEs, a client at EL2. */
export const guestsOfEachKind: readonly [name: string, changes: Partial<MachineConfiguration>][] = [
  ['first-event', {}],
  ['nested-critical', {}],
  ['hyp-stub', {}],
  ['two-pes', { cpus: 2 }],
  ['el2-client', { client: 'EL2', conduit: 'smc' }],
];

/** Registers of every PE, and the machine's time: equal for equal runs. */
export function fingerprint(emulator: Emulator): string {
  const registers = emulator.pes.map(({ index, power, waiting }) => {
    const core = emulator.coreRegisters.map(({ name }) => emulator.readRegister(index, name)?.toString(16));
    const system = emulator.systemRegisters.map(({ name }) => emulator.readRegister(index, name)?.toString(16));
    return [index, power, waiting, ...core, ...system].join(' ');
  });
  return [emulator.instructions, ...registers].join('\n');
}

/** Instructions that let a PPI (16 to 31) of PE 0 through the interrupt controller, as one of group 1. X0 and X1 change. */
export const interruptEnabled = (ppi: number): readonly number[] => [
  0xd2a10000, // mov x0, #0x8000000
  0x52800241, // mov w1, #0x12
  0xb9000001, // str w1, [x0]
  0xd2a10140, // mov x0, #0x80a0000
  0xb900141f, // str wzr, [x0, #20]
  0xd2a10160, // mov x0, #0x80b0000
  0x52a00001 | (1 << (ppi - 16 + 5)), // mov w1, #(1 << ppi)
  0xb9008001, // str w1, [x0, #128]
  0xb9010001, // str w1, [x0, #256]
  0xd2801fe1, // mov x1, #0xff
  0xd5184601, // msr icc_pmr_el1, x1
  0xd2800021, // mov x1, #1
  0xd518cce1, // msr icc_igrpen1_el1, x1
];
