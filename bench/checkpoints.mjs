/**
 * What recording costs: runs benchmark guests with and without checkpoints, in turns, and prints medians and their ratio; then how long it
 * takes to go back 100 million instructions, and from there to the instruction before the end, where the state must be the same.
 *
 *   node bench/checkpoints.mjs [--instructions 300000000] [--interval 10000000] [--repeat 3] [guest ...]
 *
 * Without guests' names it writes its section of docs/performance.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openProgram } from '../debug-adapter/program/open-program.ts';
import { Emulator } from '../emulator/emulator.ts';

const root = resolve(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    instructions: { type: 'string', default: '300000000' },
    interval: { type: 'string', default: '10000000' },
    repeat: { type: 'string', default: '3' },
  },
});
const [instructions, interval, repeat] = [values.instructions, values.interval, values.repeat].map(Number);
const guests = positionals.length > 0 ? positionals : ['integer-mix', 'calls', 'memory'];

function machine(name) {
  const path = join(root, `bench/${name}.elf`);
  const program = openProgram(path, readFileSync(path));
  const sdei = { profile: 'spec', version: [1, 0], bindSlots: { private: 3, shared: 3 }, bugCompatible: false, events: [] };
  const emulator = new Emulator({ cpus: 1, memoryBytes: 256 << 20, client: 'EL1', conduit: 'hvc', sdei });
  for (const { physicalAddress, bytes } of program.segments) emulator.load(physicalAddress, bytes);
  emulator.start(program.entry);
  return emulator;
}
function timed(action) {
  const start = performance.now();
  action();
  return performance.now() - start;
}
function stateBeforeEnd(name, end) {
  const emulator = machine(name);
  emulator.run(end - 1);
  return emulator.stateHash();
}
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];

const HEADING = '## Recording';
const tableHead = `| Guest | Without, ms | With checkpoints, ms | Costs | Checkpoints | 100 M instructions back, ms | From there to the last but one, ms | One back, ms |
|---|---:|---:|---:|---:|---:|---:|---:|`;

function measure(name) {
  const plain = [];
  const recorded = [];
  const back = [];
  const forth = [];
  const stepBack = [];
  let history;
  for (let round = 0; round < repeat; round++) {
    const without = machine(name);
    plain.push(timed(() => without.run(instructions - 1)));
    const expected = without.stateHash();
    const emulator = machine(name);
    emulator.keepHistory({ interval, memoryBytes: 256 << 20, milliseconds: () => performance.now() });
    recorded.push(timed(() => emulator.run(instructions)));
    history = emulator.history;
    const end = emulator.instructions;
    const beforeEnd = end < instructions ? stateBeforeEnd(name, end) : expected;
    back.push(timed(() => emulator.runTo(Math.max(history.from.instruction, end - 100_000_007))));
    forth.push(timed(() => emulator.runTo(end - 1)));
    if (emulator.stateHash() !== beforeEnd) throw new Error(`${name}: instruction ${end - 1} has another state when it is reached again`);
    emulator.runTo(end);
    for (let count = 1; count <= 10; count++) stepBack.push(timed(() => emulator.runTo(end - count)));
  }
  const costs = `${((median(recorded) / median(plain) - 1) * 100).toFixed(1)} %`;
  const kept = `${history.checkpoints.length} in ${(history.memoryBytes / 2 ** 20).toFixed(1)} MiB`;
  const ways = [back, forth, stepBack].map((list) => median(list).toFixed(1));
  return `| ${[name, median(plain).toFixed(0), median(recorded).toFixed(0), costs, kept, ...ways].join(' | ')} |`;
}

const rows = [];
console.log(tableHead);
for (const name of guests) {
  rows.push(measure(name));
  console.log(rows.at(-1));
}
if (positionals.length === 0) {
  const report = join(root, 'docs/performance.md');
  const section = `${HEADING}

Measured on ${new Date().toISOString().slice(0, 10)} by \`node bench/checkpoints.mjs\`: medians of ${repeat} runs of each in turns, ${instructions / 1e6} million instructions or the whole guest.
A checkpoint is taken every ${interval / 1e6} million instructions, unless copying what the guest writes would slow it down: then going back repeats more of the run.
After going back 100 million instructions and forward to the last but one, the hash of the whole machine is compared with that of a run straight there.

${tableHead}
${rows.join('\n')}
`;
  const text = readFileSync(report, 'utf8');
  const others = text.split(/^(?=## )/m).filter((part) => !part.startsWith(HEADING));
  writeFileSync(report, [...others.map((part) => part.trimEnd()), section].join('\n\n').replace(/\n+$/, '\n'));
}
