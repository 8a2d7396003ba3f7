/**
 * Runs the benchmark guests in our machine and in QEMU, in turns, and writes the medians to docs/performance.md.
 *
 *   npm run bench                        all guests
 *   npm run bench -- integer-mix calls   only these; nothing is written
 *   npm run bench -- --repeat 5          repetitions of each (default 3)
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { build } from 'esbuild';
import { qemuVersion, runInQemu, timedRun } from './qemu.mjs';

const root = resolve(import.meta.dirname, '..');
const commandLine = join(root, 'dist/sdei-debug.js');
const report = join(root, 'docs/performance.md');
/** Bundled as the product is: Node's own compiler of TypeScript would compete with what is measured. */
const coldTier = join(root, 'build/bench/cold-tier.mjs');

/** `group`: counts in the mean over groups. */
const guests = [
  { name: 'integer-mix', group: 'integer', alsoInterpreted: true, about: 'linked-list sort, CRC-32, matrix product, state machine' },
  { name: 'calls', alsoInterpreted: true, about: 'recursion, search tree, calls through a table' },
  { name: 'memory', group: 'memory', alsoInterpreted: true, about: 'fill and copy 32 MiB by pairs, copy by bytes' },
  { name: 'floating-point', group: 'floating point', alsoInterpreted: true, about: 'n bodies and series in double; NEON on floats and bytes' },
  { name: 'chase-64-pages', group: 'chase', memory: '512M', about: 'a list over 64 pages, MMU on: in every TLB' },
  { name: 'chase-16384-pages', group: 'chase', memory: '512M', about: 'the same over 16,384 pages: in our TLB' },
  { name: 'chase-65536-pages', group: 'chase', memory: '512M', about: 'the same over 65,536 pages: in no TLB' },
  { name: 'cold-code', alsoInterpreted: true, about: '170,000 different instructions, each executed at most a thousand times' },
  { name: 'hvc-trips', group: 'HVC', about: 'HVC from EL1 to EL2 and ERET back, 1,000,000 times', startsAtEl2: true },
  { name: 'sdei-events', about: 'SDEI_EVENT_SIGNAL, handler, SDEI_EVENT_COMPLETE, 1,000,000 times', onlyOurs: true },
];

const run = promisify(execFile);

/** @returns `instructions` (exact), `seconds` and `console` as of QEMU */
async function runInOurs({ name, startsAtEl2, memory }) {
  const options = ['run', join(root, `bench/${name}.elf`), '--stats', ...(startsAtEl2 ? ['--client', 'EL2'] : []), ...(memory ? ['--memory', memory] : [])];
  const result = await timedRun(process.execPath, [commandLine, ...options]);
  const instructions = Number(/^(\d+) instructions/m.exec(result.errors)?.[1]);
  if (!(instructions > 0)) throw new Error(`${name} does not tell its instructions: ${result.errors}`);
  return { ...result, instructions };
}

function bundleColdTier() {
  const entryPoints = [join(root, 'bench/cold-tier.ts')];
  return build({ entryPoints, outfile: coldTier, bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'warning' });
}

/** The first tier by itself: everything is interpreted. @returns `instructions`, `seconds` */
async function runInterpreted({ name }) {
  const { stdout } = await run(process.execPath, [coldTier, join(root, `bench/${name}.elf`)]);
  return JSON.parse(stdout);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** One row: both machines in turns, so that a slow hour of the host is the same for both. */
async function measure(guest, repetitions, isQemuThere) {
  const withQemu = isQemuThere && !guest.onlyOurs;
  const ours = [];
  const interpreted = [];
  const qemu = [];
  for (let i = 0; i < repetitions; i++) {
    ours.push(await runInOurs(guest));
    if (guest.alsoInterpreted) interpreted.push(await runInterpreted(guest));
    if (withQemu) qemu.push(await runInQemu(join(root, `bench/${guest.name}.elf`), guest));
  }
  const consoles = new Set([...ours, ...qemu].map((result) => result.console));
  if (consoles.size > 1) throw new Error(`${guest.name} prints different things: ${JSON.stringify([...consoles])}`);
  return {
    ...guest,
    instructions: ours[0].instructions,
    ours: median(ours.map(({ seconds }) => seconds)),
    interpreted: guest.alsoInterpreted ? median(interpreted.map(({ seconds }) => seconds)) : undefined,
    qemu: withQemu ? median(qemu.map(({ seconds }) => seconds)) : undefined,
  };
}

const geometricMean = (values) => Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** A line on our speed over QEMU's: one value a group. */
function meanText(rows) {
  const compared = rows.filter(({ group, qemu }) => group !== undefined && qemu !== undefined);
  if (compared.length === 0) return '';
  const groups = Map.groupBy(compared, ({ group }) => group);
  const ratios = [...groups].map(([group, members]) => [group, geometricMean(members.map(({ ours, qemu }) => qemu / ours))]);
  const list = ratios.map(([group, ratio]) => `${group} ${ratio.toFixed(2)}`).join(', ');
  return `Our speed over QEMU's, geometric mean: ${geometricMean(ratios.map(([, ratio]) => ratio)).toFixed(2)} (${list}).`;
}

const mips = (instructions, seconds) => (instructions / seconds / 1e6).toFixed(0);

function tableRow({ name, about, instructions, ours, interpreted, qemu }) {
  const peer = qemu === undefined ? ['-', '-', '-'] : [qemu.toFixed(3), mips(instructions, qemu), `${(qemu / ours).toFixed(2)}`];
  return `| ${[name, about, (instructions / 1e6).toFixed(1), ours.toFixed(3), mips(instructions, ours), interpreted === undefined ? '-' : mips(instructions, interpreted), ...peer].join(' | ')} |`;
}

const tableHead = `| Guest | What it does | Million instructions | Ours, s | Ours, MIPS | Interpreted only, MIPS | QEMU, s | QEMU, MIPS | Our speed / QEMU's |
|---|---|---:|---:|---:|---:|---:|---:|---:|`;

/** Sections that other scripts have written: all behind the table. */
function keptText() {
  const text = existsSync(report) ? readFileSync(report, 'utf8') : '';
  const start = text.indexOf('\n## ');
  return start < 0 ? '' : text.slice(start);
}

function reportText(rows, repetitions, version) {
  return `# Performance

Measured on ${new Date().toISOString().slice(0, 10)} by \`npm run bench\`: medians of ${repetitions} runs of each machine in turns, on the same ELFs.
Host: ${cpus()[0].model}, ${cpus().length} logical processors, Node ${process.version}; ${version === undefined ? 'QEMU not installed' : `QEMU ${version} (TCG, cortex-a57)`}.
Seconds are those of the guest's work, from the first line that it prints to the last, on both (ours shows a line up to 8 ms late, so a row may be that much short); instructions are counted by ours and are exact.
"Interpreted only" is the first tier by itself, without translation of hot code. Its compilation begins while the machine is made, before the seconds are counted.
A host's speed drifts from hour to hour, so the last column says more than the seconds.

${tableHead}
${rows.map(tableRow).join('\n')}

${meanText(rows)}
${keptText()}`;
}

async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { repeat: { type: 'string', default: '3' } } });
  const repetitions = Number(values.repeat);
  if (!Number.isInteger(repetitions) || repetitions < 1) throw new Error(`--repeat is ${values.repeat}; give a number of runs, 1 or more`);
  const unknown = positionals.find((name) => !guests.some((guest) => guest.name === name));
  if (unknown !== undefined) throw new Error(`no guest is called ${unknown}; there are ${guests.map(({ name }) => name).join(', ')}`);
  if (!existsSync(commandLine)) throw new Error(`${commandLine} is not there; build it first: npm run build`);
  const version = qemuVersion();
  if (version === undefined) console.log('QEMU is not installed (apt-get install qemu-system-arm): only our machine is measured.\n');

  await bundleColdTier();
  console.log(tableHead);
  const rows = [];
  for (const guest of guests) {
    if (positionals.length > 0 && !positionals.includes(guest.name)) continue;
    rows.push(await measure(guest, repetitions, version !== undefined));
    console.log(tableRow(rows.at(-1)));
  }
  console.log(`\n${meanText(rows)}`);
  if (positionals.length > 0) return;
  mkdirSync(join(root, 'docs'), { recursive: true });
  writeFileSync(report, reportText(rows, repetitions, version));
  console.log(`\nWritten to ${report}`);
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
