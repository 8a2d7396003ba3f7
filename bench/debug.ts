/**
 * What a person waits for while debugging, here and in gdb on QEMU, in turns: `npm run bench:debug`, after `npm run build`. Written to
 * docs/performance.md. Needs Debian's gdb-multiarch, qemu-system-arm and qemu-utils.
 *
 *   npm run bench:debug -- --repeat 1   rounds of both (default 3); with 1 nothing is written
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DapClient } from './dap-client.ts';
import { measureReverse, measureStart, measureSteps, type Measured } from './gdb-qemu.ts';

const root = path.resolve(import.meta.dirname, '..');
const adapter = path.join(root, 'dist/debug-adapter.js');
const elf = path.join(root, 'bench/debug-loop.elf');
const report = path.join(root, 'docs/performance.md');

interface Row {
  readonly key: string;
  readonly what: string;
  /** How many times faster than the peer. */
  readonly goal: number;
}
const rows: readonly Row[] = [
  { key: 'stepi', what: 'step one instruction', goal: 10 },
  { key: 'step', what: 'step one line', goal: 10 },
  { key: 'breakpoint', what: 'continue to a breakpoint', goal: 10 },
  { key: 'condition', what: 'pass a breakpoint whose condition is false', goal: 1000 },
  { key: 'watchpoint', what: 'continue to a change of a variable', goal: 100 },
  { key: 'watch-condition', what: 'pass a change of a variable where the condition is false', goal: 100 },
  { key: 'read', what: 'read 64 KB of memory', goal: 2 },
  { key: 'reverse-stepi', what: 'step back one instruction, after 100 million', goal: 1 },
  { key: 'start', what: 'from starting the debugger to the stop in `main`', goal: 1 },
];

/** Microseconds of one of `count`: the median, since others use the machine too. */
async function each(count: number, action: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const begin = performance.now();
    await action();
    times.push((performance.now() - begin) * 1000);
  }
  return median(times);
}

async function startClient(breakAt: string, isStopping = true): Promise<DapClient> {
  const client = new DapClient(adapter);
  await client.request('initialize', { adapterID: 'sdei', supportsInvalidatedEvent: true });
  await client.request('launch', { program: elf });
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: breakAt }] });
  await client.request('configurationDone');
  if (isStopping) {
    await client.stopped();
    await client.request('stackTrace', { threadId: 1, levels: 1 });
  }
  return client;
}

async function ourSteps(): Promise<Measured> {
  const client = await startClient('work');
  const functions = (breakpoints: object[]) => client.request('setFunctionBreakpoints', { breakpoints });
  const turn = async () => Number((await client.evaluate('turns')).split(' ')[0]);
  const result: Record<string, number> = {};
  result.breakpoint = await each(1000, () => client.go('continue'));
  result.stepi = await each(2000, () => client.go('stepIn', { granularity: 'instruction' }));
  result.step = await each(1000, () => client.go('stepIn'));

  const hits = 300_000;
  await functions([{ name: 'work', condition: `turn == ${(await turn()) + hits}` }]);
  result.condition = (await each(1, () => client.go('continue'))) / hits;
  await functions([]);

  const { dataId } = await client.request('dataBreakpointInfo', { name: 'turns' });
  const data = (breakpoints: object[]) => client.request('setDataBreakpoints', { breakpoints });
  await data([{ dataId, accessType: 'write' }]);
  await client.go('continue');
  result.watchpoint = await each(1000, () => client.go('continue'));
  const changes = 100_000;
  await data([{ dataId, accessType: 'write', condition: `turns == ${(await turn()) + changes}` }]);
  result['watch-condition'] = (await each(1, () => client.go('continue'))) / changes;
  await data([]);

  const memoryReference = '0x40100000';
  result.read = await each(100, () => client.request('readMemory', { memoryReference, count: 65536 }));
  client.end();
  return result;
}

async function ourReverse(): Promise<Measured> {
  const client = await startClient('milestone');
  const result = await each(20, () => client.go('stepBack', { granularity: 'instruction' }));
  client.end();
  return { 'reverse-stepi': result };
}

async function ourStart(): Promise<number> {
  let client: DapClient | undefined;
  const took = await each(1, async () => {
    client = await startClient('main');
  });
  client?.end();
  return took;
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
Ours is the adapter on standard streams with a raw DAP client, which asks for the innermost frame after each stop, as gdb does; gdb is gdb-multiarch in batch mode on QEMU's gdb server.
QEMU steps back in a run recorded beforehand only; here every run can be walked backwards.

${lines.join('\n')}
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
  for (let round = 0; round < rounds; round++) {
    add(ours, await ourSteps());
    add(theirs, await measureSteps(elf));
    add(ours, await ourReverse());
    add(theirs, await measureReverse(elf));
    for (let start = 0; start < 3; start++) {
      add(ours, { start: await ourStart() });
      add(theirs, { start: await measureStart(elf) });
    }
  }
  const lines = ['| What | Ours | gdb on QEMU | Our speed / gdb\'s | Goal |', '|---|---:|---:|---:|---:|'];
  for (const { key, what, goal } of rows) {
    const [own, other] = [ours, theirs].map((all) => median(all.get(key) ?? [Number.NaN]));
    lines.push(`| ${what} | ${time(own)} | ${time(other)} | ${(other / own).toPrecision(3)} | ${goal} |`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  if (rounds === 1) return;
  const [before] = readFileSync(report, 'utf8').split(`\n${HEADING}`);
  writeFileSync(report, `${before.trimEnd()}\n\n${section(lines, rounds)}`);
  process.stdout.write(`\nWritten to ${report}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
