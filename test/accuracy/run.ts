/**
 * How exact lines, frames and variables are: `npm run test:accuracy`. Needs Debian's gcc-aarch64-linux-gnu, clang, lld, llvm and gdb-multiarch.
 * Every address of every guest is compared with llvm-symbolizer, and stops of guests built in four ways with gdb on the same machine.
 */
import { globSync } from 'node:fs';
import path from 'node:path';
import { buildAll, root } from './builds.ts';
import { compareStops } from './compare.ts';
import { compareLines, llvmChains } from './lines.ts';
import { chooseMoments, viewsAt } from './stops.ts';
import { verdictOn } from './verdict.ts';
import { spellFrame } from './view.ts';

const STOPS = 24;
const write = (text: string) => void process.stdout.write(`${text}\n`);
const builds = buildAll();
let isFine = true;

const elfs = [...globSync('test/guests/*.elf', { cwd: root }).sort(), ...builds.map(({ elf }) => path.relative(root, elf))];
let addresses = 0;
const byLabel = { count: 0, examples: new Set<string>() };
for (const elf of elfs) {
  const found = compareLines(path.join(root, elf));
  addresses += found.addresses;
  for (const { address, ours, llvm } of found.differences) {
    const [own, other] = [ours, llvm].map((text) => text.split(' '));
    // One frame, the same line: a label of assembly inside the function whose size covers it.
    if (own.length === 2 && other.length === 2 && own[1] === other[1] && own[1].includes('.S:')) {
      byLabel.count++;
      byLabel.examples.add(`${other[0]} in ${own[0]}`);
      continue;
    }
    isFine = false;
    write(`  ${elf} ${address}: ours ${ours} | llvm ${llvm}`);
  }
}
write(`${addresses} addresses of ${elfs.length} programs: function, inlined calls and line as llvm-symbolizer has them`);
write(
  `  ${byLabel.count} of them in assembly under the function's name, not that of the nearest label (${[...byLabel.examples].join(', ')})`,
);

const totals = { stops: 0, frames: 0, values: 0, same: 0, exact: 0 };
const reasons = new Map<string, number>();
for (const build of builds) {
  const views = await viewsAt(build, await chooseMoments(build, STOPS, 1));
  const lines = llvmChains(
    build.elf,
    views.map(({ ours }) => BigInt(ours.pc)),
  );
  const lineByLlvm = (pc: bigint) => lines.get(pc)?.[0].replace(/^\S+ /, '');
  for (const view of views) {
    const { frames, values, differences } = compareStops(view.ours, view.gdb);
    totals.stops++;
    totals.frames += frames;
    totals.values += values;
    if (differences.length === 0) totals.same++;
    const [own, executed] = [view.ours.frames.map(spellFrame), view.moment.frames].map((frames) => frames.join(', '));
    if (own === executed) totals.exact++;
    else write(`  ${build.name}, instruction ${view.moment.time}, ${view.ours.pc}: our stack ${own} | executed ${executed}`);
    for (const difference of differences) {
      const verdict = verdictOn(difference, view, lineByLlvm);
      const text = verdict === undefined ? 'not explained' : `${verdict.right === 'ours' ? 'we are right' : 'not known'}: ${verdict.why}`;
      reasons.set(text, (reasons.get(text) ?? 0) + 1);
      const { kind, function: name, frame, what, ours, gdb } = difference;
      if (verdict !== undefined && !process.argv.includes('--all')) continue;
      if (verdict === undefined) isFine = false;
      write(
        `  ${build.name}, instruction ${view.moment.time}, ${view.ours.pc}, frame ${frame} (${name}): ${kind} ${what}: ours ${ours} | gdb ${gdb}`,
      );
    }
  }
}
write(
  `${totals.stops} stops in ${builds.length} guests (gcc and clang, -O0 and -O2): ${totals.frames} frames and ${totals.values} values compared with gdb`,
);
write(`  ${totals.exact} of our stacks are what the calls and returns that were executed made`);
if (totals.exact < totals.stops) isFine = false;
write(`  ${totals.same} stops are the same in everything; where they differ:`);
for (const [reason, count] of [...reasons].sort(([, one], [, other]) => other - one)) write(`  ${String(count).padStart(4)} ${reason}`);
process.exitCode = isFine ? 0 : 1;
