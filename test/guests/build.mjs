/**
 * Rebuilds every committed program that a machine runs: the guests of this folder, the benchmark guests of bench/, and the hyp-stub ROM
 * of emulator/hyp-stub/. Needs Debian's gcc-aarch64-linux-gnu (GCC 12, binutils 2.40); nothing else of the project does.
 *
 *   npm run guests               rebuild in place
 *   npm run guests -- --check    rebuild elsewhere and fail if a committed file differs
 *   npm run guests -- NAME...    only these
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { coldCodeSource } from '../../bench/cold-code.mjs';
import { sourceDigests } from './source-digests.mjs';

const guests = dirname(fileURLToPath(import.meta.url));
const root = resolve(guests, '../..');
const bench = join(root, 'bench');
const objects = join(root, 'build/guests');

const gcc = 'aarch64-linux-gnu-gcc';
const pinned = { [gcc]: '12.2.0', 'aarch64-linux-gnu-ld': '2.40' };

/** For every guest: no library, no unaligned access (the MMU is off), X18 left alone as SDEI handlers must; no V register but where one says so. */
const machineFlags = [
  '-std=gnu17 -ffreestanding -nostdlib -static -fno-pic -fno-pie -no-pie -fno-stack-protector -fno-asynchronous-unwind-tables -fno-unwind-tables',
  '-march=armv8-a -mgeneral-regs-only -mstrict-align -mno-outline-atomics -ffixed-x18 -fno-omit-frame-pointer -fno-common',
  '-Wall -Wextra -Werror',
]
  .join(' ')
  .split(' ');
const benchFlags = ['-O2', '-fno-tree-vectorize', '-g0'];
const debugFlags = ['-Og', '-g', '-gdwarf-5', '-gno-record-gcc-switches'];
const linkFlags = ['-Wl,--build-id=none', '-Wl,-z,max-page-size=4096', '-Wl,-z,noexecstack', '-Wl,--no-warn-rwx-segments'];

const runtime = ['crt0.S', 'smccc.S', 'console.c', 'exceptions.c', 'memory.c', 'psci.c'].map((file) => `common/${file}`);
const sdei = ['handler-entry.S', 'sdei.c'].map((file) => `common/${file}`);

/** One row per guest: its own sources first. `clientEl` is the exception level it is started at. */
const programs = [
  { name: 'first-event', sources: ['first-event.c', ...sdei, ...runtime] },
  { name: 'nested-critical', sources: ['nested-critical.c', ...sdei, ...runtime] },
  { name: 'two-pes', sources: ['two-pes.c', ...sdei, ...runtime] },
  { name: 'cpu-hotplug', sources: ['cpu-hotplug.c', ...sdei, ...runtime] },
  { name: 'watchdog', sources: ['watchdog.c', ...sdei, ...runtime] },
  { name: 'async-page-fault', sources: ['async-page-fault.c', ...sdei, ...runtime] },
  { name: 'kdump-cpu-off', sources: ['kdump-cpu-off.c', ...sdei, ...runtime] },
  { name: 'el2-client', sources: ['el2-client.c', ...sdei, ...runtime], clientEl: 2 },
  { name: 'hyp-stub', sources: ['hyp-stub.c', 'hyp-stub-el2.S', ...runtime] },
  { name: 'kvm-vectors', sources: ['kvm-vectors.c', 'kvm-vectors-el2.S', ...runtime] },
  { name: 'clobbering-call', sources: ['clobbering-call.S', ...runtime] },
  { name: 'faulty-handlers', sources: ['faulty-handlers.S', ...runtime] },
  { name: 'steps', sources: ['steps.c', 'steps-el0.S', ...sdei, ...runtime] },
  { name: 'steps-el2', sources: ['steps.c', ...sdei, ...runtime], clientEl: 2 },
  { name: 'corner-cases', sources: ['corner-cases.c', 'corner-cases-jumps.S', ...runtime] },
  { name: 'corner-cases-unoptimized', sources: ['corner-cases.c', 'corner-cases-jumps.S', ...runtime], flags: ['-O0'] },
  { name: 'semihosting', sources: ['semihosting.c', ...runtime] },
  { name: 'spin', sources: ['spin.S'] },
  { name: 'jump-to-data', sources: ['jump-to-data.S'] },
  { name: 'undefined', sources: ['undefined.S', ...runtime] },
  { name: 'unaligned', sources: ['unaligned.S', ...runtime] },
];

/** Guests of bench/, in the same form. */
const benchPrograms = [
  { name: 'integer-mix', sources: ['integer-mix.c'] },
  { name: 'memory', sources: ['memory.c'] },
  { name: 'calls', sources: ['calls.c'] },
  { name: 'cold-code', sources: ['cold-code.c'], text: coldCodeSource },
  { name: 'debug-loop', sources: ['debug-loop.c'], flags: debugFlags },
  { name: 'hvc-trips', sources: ['hvc-trips.c', 'hvc-trips-el2.S'], clientEl: 2 },
  { name: 'sdei-events', sources: ['sdei-events.c', ...sdei.map((file) => `../test/guests/${file}`)] },
  { name: 'floating-point', sources: ['floating-point.c'], usesVectors: true },
  ...[
    { name: 'chase-64-pages', pages: 64, nodes: 150_000_000 },
    { name: 'chase-16384-pages', pages: 16_384, nodes: 20_000_000 },
    { name: 'chase-65536-pages', pages: 65_536, nodes: 5_000_000 },
  ].map(({ name, pages, nodes }) => ({ name, sources: ['pointer-chase.c'], defines: [`-DPAGES=${pages}u`, `-DNODES=${nodes}ul`] })),
];

const hypStub = {
  folder: join(root, 'emulator/hyp-stub'),
  source: 'hyp-stub.S',
  script: 'hyp-stub.ld',
  address: 0x0400_0000,
  /** Where the debug information says the source is. The debug adapter serves the text under this path. */
  sourcePath: '/hyp-stub/hyp-stub.S',
};

/**
 * Paths in the debug information name no machine: `folder` becomes `/<its name>`, so that a source is found by the last parts of its path
 * below the folder of the ELF (`/guests/common/sdei.c` → `common/sdei.c` beside the ELF).
 */
function compile({ folder, sources, script, flags, output, usesVectors = false }) {
  const work = join(objects, basename(output, '.elf'));
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const prefix = `-ffile-prefix-map=${folder}=/${basename(folder)}`;
  const run = (args) =>
    execFileSync(gcc, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, LC_ALL: 'C' } });
  const machine = usesVectors ? machineFlags.filter((flag) => flag !== '-mgeneral-regs-only') : machineFlags;
  const parts = sources.map((source) => {
    const object = join(work, `${source.replaceAll('/', '-').replaceAll('..', 'up')}.o`);
    run([...machine, ...flags, prefix, '-c', source, '-o', object]);
    return object;
  });
  run([...machine, ...linkFlags, `-Wl,-T,${script}`, '-o', output, ...parts]);
}

function buildBench({ name, sources, text, clientEl, usesVectors, defines = [], flags = benchFlags }, place) {
  const common = relative(bench, join(guests, 'common'));
  const generated = relative(bench, join(objects, `${name}.c`));
  if (text !== undefined) write(join(bench, generated), text());
  compile({
    folder: bench,
    sources: [...(text === undefined ? sources : [generated]), ...runtime.map((file) => join(common, basename(file)))],
    script: join(common, 'link.ld'),
    flags: [...flags, `-DCLIENT_EL=${clientEl}`, ...defines, '-I.', `-I${common}`],
    usesVectors,
    output: place(join(bench, `${name}.elf`)),
  });
}

function section(elf, name) {
  const raw = join(objects, 'section.bin');
  execFileSync('aarch64-linux-gnu-objcopy', ['-O', 'binary', '-j', name, elf, raw]);
  return readFileSync(raw);
}

const generatedBy = (source) => `/* Made by \`npm run guests\` from ${source}. */\n`;

/** Text as a TypeScript string, one source line per line. */
function stringLiteral(text) {
  return text
    .split(/(?<=\n)/)
    .map((line) => `  ${JSON.stringify(line)}`)
    .join(' +\n');
}

function buildHypStub(place) {
  const { folder, source, script, address, sourcePath } = hypStub;
  const elf = join(objects, 'hyp-stub-rom.elf');
  compile({ folder, sources: [source], script, flags: debugFlags, output: elf });
  const words = [];
  const symbols = execFileSync('aarch64-linux-gnu-nm', [elf], { encoding: 'utf8' }).trim().split('\n');
  const offsets = symbols
    .map((line) => line.split(' '))
    .filter(([, type, name]) => type === 't' && !name.startsWith('$'))
    .map(([at, , name]) => [Number.parseInt(at, 16) - address, name])
    .sort(([one], [other]) => one - other);
  const image = section(elf, '.text');
  for (let at = 0; at < image.length; at += 4) words.push(`0x${image.readUInt32LE(at).toString(16).padStart(8, '0')}`);
  const rows = [];
  for (let at = 0; at < words.length; at += 8) rows.push(`  ${words.slice(at, at + 8).join(', ')},`);
  write(
    place(join(folder, 'hyp-stub.generated.ts')),
    `${generatedBy(`emulator/hyp-stub/${source}`)}
/** Physical address of the ROM, in flash bank 1. The vectors are at its start. */
export const hypStubAddress = 0x${address.toString(16)}n;

const words = [
${rows.join('\n')}
];

/** Where its parts are, from its start. */
export const hypStubOffsets = {
${offsets.map(([offset, name]) => `  ${name}: 0x${offset.toString(16)},`).join('\n')}
} as const;

/** The ROM's content. */
export const hypStubImage: Uint8Array = Uint8Array.from(words.flatMap((word) => [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24]));
`,
  );
  write(
    place(join(root, 'debug-adapter/hyp-stub-program.generated.ts')),
    `${generatedBy(`emulator/hyp-stub/${source}`)}
/** The ROM as an ELF with its line table, in base64. */
export const hypStubElf: string =
${stringLiteral(
  readFileSync(elf)
    .toString('base64')
    .replaceAll(/.{120}/g, '$&\n'),
).replaceAll('\\n"', '"')};

/** The path under which the line table knows the source. */
export const hypStubSourcePath = '${sourcePath}';

export const hypStubSource: string =
${stringLiteral(readFileSync(join(folder, source), 'utf8'))};
`,
  );
}

/** The guest of `sdei-debug scenario`, without debug information, as part of the program. */
function buildScenarioGuest(place) {
  const stripped = join(objects, 'kdump-cpu-off.stripped.elf');
  execFileSync('aarch64-linux-gnu-objcopy', ['--strip-debug', place(join(guests, 'kdump-cpu-off.elf')), stripped]);
  write(
    place(join(root, 'debug-adapter/cli/kdump-cpu-off.generated.ts')),
    `${generatedBy('test/guests/kdump-cpu-off.c')}
/** The guest as an ELF, in base64. */
export const kdumpCpuOffElf: string =
${stringLiteral(
  readFileSync(stripped)
    .toString('base64')
    .replaceAll(/.{120}/g, '$&\n'),
).replaceAll('\\n"', '"')};
`,
  );
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function checkVersions() {
  for (const [tool, version] of Object.entries(pinned)) {
    let first;
    try {
      first = execFileSync(tool, ['--version'], { encoding: 'utf8' }).split('\n')[0];
    } catch {
      fail(`${tool} is not installed: apt-get install gcc-aarch64-linux-gnu`);
    }
    if (!first.includes(version))
      process.stderr.write(`warning: built with ${first}; the committed files are made by version ${version} and will differ\n`);
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

/** Every output as its path in the tree and a function that makes it where `place` says. */
function outputs() {
  const rows = programs.map(({ name, sources, clientEl = 1, flags = [] }) => ({
    name,
    files: [join(guests, `${name}.elf`)],
    make: (place) =>
      compile({
        folder: guests,
        sources,
        script: 'common/link.ld',
        flags: [...debugFlags, ...flags, `-DCLIENT_EL=${clientEl}`],
        output: place(join(guests, `${name}.elf`)),
      }),
  }));
  for (const { clientEl = 1, ...program } of benchPrograms) {
    rows.push({ name: program.name, files: [join(bench, `${program.name}.elf`)], make: (place) => buildBench({ clientEl, ...program }, place) });
  }
  rows.push({
    name: 'hyp-stub-rom',
    files: [join(hypStub.folder, 'hyp-stub.generated.ts'), join(root, 'debug-adapter/hyp-stub-program.generated.ts')],
    make: buildHypStub,
  });
  rows.push({
    name: 'scenario-guests',
    files: [join(root, 'debug-adapter/cli/kdump-cpu-off.generated.ts')],
    make: buildScenarioGuest,
  });
  return rows;
}

function main(args) {
  const check = args.includes('--check');
  const names = args.filter((argument) => argument !== '--check');
  const all = outputs();
  const unknown = names.find((name) => !all.some((row) => row.name === name));
  if (unknown !== undefined) fail(`no guest is called ${unknown}; there are ${all.map((row) => row.name).join(', ')}`);
  checkVersions();
  mkdirSync(objects, { recursive: true });
  const elsewhere = join(objects, 'check');
  const place = check ? (path) => join(elsewhere, relative(root, path)) : (path) => path;
  let different = 0;
  for (const row of all) {
    if (names.length > 0 && !names.includes(row.name)) continue;
    for (const file of row.files) mkdirSync(dirname(place(file)), { recursive: true });
    row.make(place);
    for (const file of row.files) {
      const path = relative(root, file);
      const same = check && existsSync(file) && readFileSync(file).equals(readFileSync(place(file)));
      if (check && !same) different++;
      process.stdout.write(`${check ? (same ? 'same    ' : 'DIFFERS ') : ''}${path}\n`);
    }
  }
  if (different > 0) process.exitCode = 1;
  if (!check && names.length === 0) write(join(guests, 'built-from.json'), `${JSON.stringify(sourceDigests(root), undefined, 2)}\n`);
}

main(process.argv.slice(2));
