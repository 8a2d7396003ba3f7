import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseLaunchArguments } from '../../debug-adapter/launch-arguments.ts';
import { readElf } from '../../debug-adapter/program/elf.ts';
import { Emulator, type StopReason } from '../../emulator/emulator.ts';
import type { DeliveryRecord } from '../../emulator/sdei/sdei-view.ts';

export interface GuestRun {
  readonly stop: StopReason;
  readonly console: string;
  readonly deliveries: readonly DeliveryRecord[];
}

/** Runs a committed guest to its end, or to `budgetInstructions`. @param launch launch keys besides `program` */
export function runGuest(name: string, launch: Readonly<Record<string, unknown>> = {}, budgetInstructions = 1_000_000): GuestRun {
  const path = join(import.meta.dirname, `${name}.elf`);
  const { machine } = parseLaunchArguments({ memory: '16M', ...launch, program: path });
  const emulator = new Emulator(machine);
  const elf = readElf(path, readFileSync(path), (note) => {
    throw new Error(note);
  });
  for (const { physicalAddress, bytes } of elf.segments) emulator.load(physicalAddress, bytes);
  emulator.start(elf.entry);
  const stop = emulator.run(budgetInstructions);
  return { stop, console: new TextDecoder().decode(emulator.takeConsoleOutput()), deliveries: emulator.sdei.deliveries() };
}
