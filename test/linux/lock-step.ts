/** The boot in three machines: twice as it is, and with nothing translated. Every step ends in the same state. */
import assert from 'node:assert/strict';
import { parseLaunchArguments } from '../../debug-adapter/launch-arguments.ts';
import { loadGuest } from '../../debug-adapter/load-guest.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { createEmulatorTarget } from '../../debug-adapter/target/emulator-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { type Boot, type Machine, MEMORY } from './conversation.ts';

const STEP = 10_000_000;
const STEPS = 30;

async function started({ cpus, client }: Machine, boot: Boot, hotThreshold: number | undefined): Promise<Target> {
  const launch = parseLaunchArguments({ ...boot, cpus, client, memory: MEMORY });
  const createTarget: typeof makers.createTarget = (machine) => createEmulatorTarget({ ...machine, hotThreshold });
  const { target, entry, x0 } = await loadGuest(launch, nodeHost, { ...makers, createTarget });
  target.start(entry, x0);
  return target;
}

/** Every register of every PE, and what the console showed. */
function fingerprint(target: Target): Record<string, string> {
  const registers = [...target.coreRegisters, ...target.systemRegisters];
  return Object.fromEntries([
    ...target.pes.flatMap(({ index, power, waiting }) => [
      [`PE${index}`, `${power} ${waiting}`],
      ...registers.map(({ name }) => [`PE${index} ${name}`, target.readRegister(index, name).toString(16)]),
    ]),
    ['console', new TextDecoder().decode(target.takeConsoleOutput())],
  ]);
}

/** @returns instructions compared */
export async function lockStep(machine: Machine, boot: Boot): Promise<number> {
  const cold = await started(machine, boot, 0);
  const tiered = await started(machine, boot, undefined);
  const again = await started(machine, boot, undefined);
  for (let step = 1; step <= STEPS; step++) {
    const stops = [await cold.resume({ maxInstructions: STEP }), await tiered.resume({ maxInstructions: STEP })];
    assert.deepEqual([stops[0], await again.resume({ maxInstructions: STEP })], [stops[1], stops[1]], `after ${step * STEP} instructions`);
    const hash = tiered.stateHash();
    assert.deepEqual(fingerprint(cold), fingerprint(tiered), `after ${step * STEP} instructions`);
    // RAM, devices and the dispatcher as well.
    assert.deepEqual([cold.stateHash(), again.stateHash()], [hash, hash], `after ${step * STEP} instructions`);
    if (stops[0].kind !== 'budget') return cold.time;
  }
  return cold.time;
}
