/**
 * What a person waits for while debugging, here and in gdb on QEMU, in turns: `npm run bench:debug`, after `npm run build`. Written to
 * docs/performance.md. Needs Debian's gdb-multiarch, qemu-system-arm and qemu-utils.
 *
 *   npm run bench:debug -- --repeat 1   rounds of both (default 3); with 1 nothing is written
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DapClient } from './dap-client.ts';
import { measureReadyWorker } from './worker-client.ts';
import { measureReverse, measureStart, measureSteps, type Measured } from './gdb-qemu.ts';

const root = path.resolve(import.meta.dirname, '..');
const adapter = path.join(root, 'dist/debug-adapter.js');
const worker = path.join(root, 'dist/node-worker.js');
const elf = path.join(root, 'bench/debug-loop.elf');
const report = path.join(root, 'docs/performance.md');

const KEPT_MILLISECONDS = 4000;

interface Row {
  readonly key: string;
  readonly what: string;
  /** How many times faster than the peer. */
  readonly goal: number;
}
/** What is measured with the client in the adapter's process, too: its key has this behind it. */
const INSIDE = '-inside';
const rows: readonly Row[] = [
  { key: 'stepi-inside', what: 'step one instruction', goal: 10 },
  { key: 'step-inside', what: 'step one line', goal: 10 },
  { key: 'breakpoint-inside', what: 'continue to a breakpoint', goal: 10 },
  { key: 'watchpoint-inside', what: 'continue to a change of a variable', goal: 100 },
  { key: 'stepi', what: 'step one instruction', goal: 10 },
  { key: 'step', what: 'step one line', goal: 10 },
  { key: 'breakpoint', what: 'continue to a breakpoint', goal: 10 },
  { key: 'condition', what: 'pass a breakpoint whose condition is false', goal: 1000 },
  { key: 'watchpoint', what: 'continue to a change of a variable', goal: 100 },
  { key: 'watch-condition', what: 'pass a change of a variable where the condition is false', goal: 100 },
  { key: 'writes', what: 'list each change of a variable (`writes`; gdb stops at each)', goal: 100 },
  { key: 'watch-register', what: 'continue to a change of a register', goal: 100 },
  { key: 'read', what: 'read 64 KB of memory', goal: 2 },
  { key: 'reverse-stepi', what: 'step back one instruction, after 100 million', goal: 1 },
  { key: 'start', what: 'from starting the debugger to the stop in `main`', goal: 1 },
  { key: 'start-ready', what: 'the same with the worker that VS Code keeps ready', goal: 1 },
];

/** Microseconds of one of `count`: the median, since others use the machine too. */
function each(count: number, action: () => void): number {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const begin = performance.now();
    action();
    times.push((performance.now() - begin) * 1000);
  }
  return median(times);
}

/** From starting the adapter to the stop. */
function debug(client: DapClient, breakAt: string): DapClient {
  client.startProgram();
  client.request('initialize', { adapterID: 'sdei', supportsInvalidatedEvent: true });
  client.request('launch', { program: elf, bootCache: false });
  client.request('setFunctionBreakpoints', { breakpoints: [{ name: breakAt }] });
  client.request('configurationDone');
  client.stopped();
  client.request('stackTrace', { threadId: 1, levels: 1 });
  return client;
}

function ourSteps(): Measured {
  const client = debug(new DapClient(adapter), 'work');
  const functions = (breakpoints: object[]) => client.request('setFunctionBreakpoints', { breakpoints });
  const turn = () => Number(client.evaluate('turns').split(' ')[0]);
  const result: Record<string, number> = {};
  result.breakpoint = each(1000, () => client.go('continue'));
  result.stepi = each(5000, () => client.go('stepIn', { granularity: 'instruction' }));
  result.step = each(2000, () => client.go('stepIn'));

  const hits = 300_000;
  functions([{ name: 'work', condition: `turn == ${turn() + hits}` }]);
  result.condition = each(1, () => client.go('continue')) / hits;
  functions([]);

  const watch = (name: string, condition?: (turn: number) => string) => {
    const { dataId } = client.request('dataBreakpointInfo', { name });
    const more = condition === undefined ? {} : { condition: condition(turn()) };
    client.request('setDataBreakpoints', { breakpoints: [{ dataId, accessType: 'write', ...more }] });
  };
  watch('turns');
  client.go('continue');
  result.watchpoint = each(1000, () => client.go('continue'));
  const changes = 100_000;
  watch('turns', (now) => `turns == ${now + changes}`);
  result['watch-condition'] = each(1, () => client.go('continue')) / changes;
  client.request('setDataBreakpoints', { breakpoints: [] });
  result.writes = each(1, () => client.list('turns')) / turn();
  watch('$x19');
  client.go('continue');
  result['watch-register'] = each(200, () => client.go('continue'));
  client.request('setDataBreakpoints', { breakpoints: [] });

  const memoryReference = '0x40100000';
  result.read = each(100, () => client.request('readMemory', { memoryReference, count: 65536 }));
  client.end();
  return result;
}

function ourStepsInside(): Measured {
  return JSON.parse(execFileSync(process.execPath, [path.join(root, 'bench/in-process.ts'), elf], { encoding: 'utf8' })) as Measured;
}

function ourReverse(): Measured {
  const client = debug(new DapClient(adapter), 'milestone');
  const result = each(20, () => client.go('stepBack', { granularity: 'instruction' }));
  client.end();
  return { 'reverse-stepi': result };
}

/** A session that lasts leaves what was compiled for the next ones (debug-adapter/start.ts). */
async function keepCompiled(): Promise<void> {
  const client = debug(new DapClient(adapter), 'main');
  await measureReadyWorker(worker, elf, 'main', KEPT_MILLISECONDS);
  client.end();
}

function ourStart(): Measured {
  const client = new DapClient(adapter);
  const start = each(1, () => debug(client, 'main'));
  client.end();
  return { start };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function time(microseconds: number): string {
  if (microseconds >= 1000) return `${(microseconds / 1000).toPrecision(3)} ms`;
  return `${microseconds.toPrecision(3)} µs`;
}

const HEADING = '## Debugging';

function section(lines: readonly string[], rounds: number): string {
  return `${HEADING}

Measured on ${new Date().toISOString().slice(0, 10)} by \`npm run bench:debug\`: medians of ${rounds} rounds of each in turns, on \`bench/debug-loop.elf\`.
gdb is gdb-multiarch in batch mode on QEMU's gdb server: who asks it is a script in its own process. So is ours in the first four rows: it makes requests of a session by calls (\`bench/in-process.ts\`).
In the others ours is the adapter as a process on pipes, with a raw DAP client in another, which writes a request, sleeps in read(2) until the answer is there, as an editor that is no VS Code.
There each stop is four wake-ups of one process by the other, which take 20 to 80 µs by themselves, whatever the debugger does. All ask for the innermost frame after each stop.
gdb has hardware watch variables in memory, and executes instruction by instruction where a register is watched.
Programs start from the code that V8 compiled at an earlier use and the adapter has kept, as they do but for the first time.
QEMU steps back in a run recorded beforehand only; here every run can be walked backwards.

${lines.join('\n')}

Of a stop's time between two processes the adapter takes 8 to 17 µs (step, event, frame), as the first rows say; the rest is JSON, two reads and two writes on each side, and waking up.
What makes it short: a request that need not wait is answered while it is read; a response and the stop that follows it are one write; the innermost frame is told without unwinding; what programs say of an address is remembered; the event loop stays awake for a millisecond after a request, since waking an idle processor takes longer than the step (on an idle machine 135 → 75 µs; on a busy one nothing: there the two processes share a processor).
Tried without gain: writing to the pipe directly instead of by Node's streams (1 µs), and reading into one buffer (2 µs).

What makes the start short: V8 finds compiled what an earlier use has called, kept a second after the first stop; bundles hold the forms of all instructions and the modules that are the same in every machine; what else follows from tables is worked out when somebody asks; sources are looked for without threads. A worker that is kept ready has the first machine's modules compiled, and its memory.
`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { repeat: { type: 'string', default: '3' } } });
  const rounds = Number(values.repeat);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--repeat is ${values.repeat}; give a number of rounds, 1 or more`);
  if (!existsSync(adapter)) throw new Error(`${adapter} is not there; build it first: npm run build`);
  const ours = new Map<string, number[]>();
  const theirs = new Map<string, number[]>();
  const add = (to: Map<string, number[]>, measured: Measured) => {
    for (const [key, value] of Object.entries(measured)) to.set(key, [...(to.get(key) ?? []), value]);
  };
  await keepCompiled();
  for (let round = 0; round < rounds; round++) {
    add(ours, ourSteps());
    const steps = await measureSteps(elf);
    add(theirs, { ...steps, writes: steps.watchpoint });
    const inside = ourStepsInside();
    add(ours, inside);
    add(theirs, Object.fromEntries(Object.keys(inside).map((key) => [key, steps[key.slice(0, -INSIDE.length)]])));
    add(ours, ourReverse());
    add(theirs, await measureReverse(elf));
    for (let start = 0; start < 3; start++) {
      add(ours, ourStart());
      add(ours, { 'start-ready': await measureReadyWorker(worker, elf, 'main') });
      const start = await measureStart(elf);
      add(theirs, { start, 'start-ready': start });
    }
  }
  const lines = ['| What | Ours | gdb on QEMU | Our speed / gdb\'s | Goal |', '|---|---:|---:|---:|---:|'];
  for (const { key, what, goal } of rows) {
    const [own, other] = [ours, theirs].map((all) => median(all.get(key) ?? [Number.NaN]));
    const where = key.endsWith(INSIDE) ? ', the client in the same process' : '';
    lines.push(`| ${what}${where} | ${time(own)} | ${time(other)} | ${(other / own).toPrecision(3)} | ${goal} |`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  if (rounds === 1) return;
  const parts = readFileSync(report, 'utf8').split(/^(?=## )/m);
  const own = parts.findIndex((part) => part.startsWith(HEADING));
  const [before, behind] = own < 0 ? [parts, []] : [parts.slice(0, own), parts.slice(own + 1)];
  writeFileSync(report, [...before, section(lines, rounds), ...behind].map((part) => part.trimEnd()).join('\n\n').concat('\n'));
  process.stdout.write(`\nWritten to ${report}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
