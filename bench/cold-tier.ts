/** `node bench/cold-tier.ts GUEST.elf`: runs a guest to its end interpreted only, and prints `{ instructions, seconds }`. */
import { readFileSync } from 'node:fs';
import { openProgram } from '../debug-adapter/program/open-program.ts';
import { Emulator } from '../emulator/emulator.ts';
import { defaultSdeiConfiguration } from '../emulator/sdei/configuration.ts';

const path = process.argv[2];
const program = openProgram(path, readFileSync(path));
const emulator = new Emulator({
  cpus: 1,
  memoryBytes: 512 << 20,
  client: 'EL1',
  conduit: 'hvc',
  sdei: defaultSdeiConfiguration(),
  hotThreshold: 0,
});
for (const { physicalAddress, bytes } of program.segments) emulator.load(physicalAddress, bytes);
emulator.start(program.entry);
const start = performance.now();
const stop = emulator.run(Number.MAX_SAFE_INTEGER);
const seconds = (performance.now() - start) / 1000;
if (stop.kind !== 'system-off') throw new Error(`${path} ended by ${stop.kind} instead of switching off`);
console.log(JSON.stringify({ instructions: emulator.instructions, seconds }));
