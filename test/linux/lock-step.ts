/** The same boot in three machines: twice as it is, and with nothing translated. Every step ends in the same state, RAM included. */
import assert from 'node:assert/strict';
import { parseLaunchArguments } from '../../debug-adapter/launch-arguments.ts';
import { loadGuest } from '../../debug-adapter/load-guest.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { createEmulatorTarget } from '../../debug-adapter/target/emulator-target.ts';
import type { Target, TargetStop } from '../../debug-adapter/target/target.ts';
import { type Boot, createTypist, type Machine, MEMORY, shellSession } from './conversation.ts';

const STEP = 10_000_000;
const MOST_INSTRUCTIONS = 6_000_000_000;

interface Run {
  readonly target: Target;
  readonly type: (output: string) => string;
  readonly decode: (bytes: Uint8Array) => string;
}

async function started({ cpus, client }: Machine, boot: Boot, hotThreshold: number | undefined): Promise<Run> {
  const launch = parseLaunchArguments({ ...boot, cpus, client, memory: MEMORY });
  const createTarget: typeof makers.createTarget = (machine) => createEmulatorTarget({ ...machine, hotThreshold });
  const { target, entry, x0 } = await loadGuest(launch, nodeHost, { ...makers, createTarget });
  target.start(entry, x0);
  const decoder = new TextDecoder();
  return { target, type: createTypist(shellSession), decode: (bytes) => decoder.decode(bytes, { stream: true }) };
}

/** One step, and what is typed after it. */
async function step({ target, type, decode }: Run): Promise<{ stop: TargetStop; output: string; hash: string }> {
  const stop = await target.resume({ maxInstructions: STEP });
  const output = decode(target.takeConsoleOutput());
  const hash = target.stateHash();
  const typed = type(output);
  if (typed !== '') target.sendConsoleInput(new TextEncoder().encode(typed));
  return { stop, output, hash };
}

/** Every register of every PE: what to look at first where hashes differ. */
function registersOf({ target }: Run): Record<string, string> {
  const registers = [...target.coreRegisters, ...target.systemRegisters];
  return Object.fromEntries(
    target.pes.flatMap(({ index, power, waiting }) => [
      [`PE${index}`, `${power} ${waiting}`],
      ...registers.map(({ name }) => [`PE${index} ${name}`, target.readRegister(index, name).toString(16)]),
    ]),
  );
}

/** Boots to the shell, types there, and switches off. */
export async function lockStep(machine: Machine, boot: Boot): Promise<{ instructions: number; hashes: readonly string[]; stop: string }> {
  const first = await started(machine, boot, undefined);
  const others = [await started(machine, boot, undefined), await started(machine, boot, 0)];
  const hashes: string[] = [];
  for (;;) {
    const expected = await step(first);
    hashes.push(expected.hash);
    for (const [n, other] of others.entries()) {
      const found = await step(other);
      const where = `${n === 0 ? 'the second boot' : 'with nothing translated'}, after ${hashes.length * STEP} instructions`;
      if (found.hash !== expected.hash) assert.deepEqual(registersOf(other), registersOf(first), where);
      assert.deepEqual(found, expected, where);
    }
    const { time } = first.target;
    if (expected.stop.kind !== 'budget') return { instructions: time, hashes, stop: expected.stop.kind };
    if (time > MOST_INSTRUCTIONS) throw new Error(`no end of the boot after ${time} instructions`);
  }
}
