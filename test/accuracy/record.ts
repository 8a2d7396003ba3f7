/** Writes `recorded/*.json`, and `fixtures/*.elf` anew: `node test/accuracy/record.ts`. Needs what `builds.ts` needs, gdb-multiarch and llvm. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildAll, buildOwnStack, buildSplit, root } from './builds.ts';
import { codeOf, llvmChains } from './lines.ts';
import { fileOf, guestOf, type Recorded } from './recorded.ts';
import { chooseMoments, viewsAt } from './stops.ts';

const STOPS = 12;
const fixtures = path.join(import.meta.dirname, 'fixtures');
const uncommon = buildAll()
  .map(({ elf }) => elf)
  .filter((elf) => path.basename(elf).startsWith('uncommon'));
mkdirSync(fixtures, { recursive: true });
for (const elf of [...uncommon, buildSplit('clang', 'gdwarf-5').elf, buildOwnStack()])
  for (const file of [elf, elf.replace(/\.elf$/, '.dwo')])
    if (existsSync(file)) copyFileSync(file, path.join(fixtures, path.basename(file)));
// Of gcc's units llvm-dwp 14 makes none.
for (const version of ['gdwarf-4', 'gdwarf-5']) {
  const split = path.join(fixtures, `uncommon-split-clang-${version}`);
  execFileSync('llvm-dwp', [`${split}.dwo`, '-o', `${split}.dwp`], { timeout: 10_000 });
}

const programs = [
  'test/guests/nested-critical.elf',
  'test/guests/first-event.elf',
  ...['gcc-O0-dwarf4', 'gcc-O0-dwarf5', 'gcc-O2-dwarf4', 'clang-O0-dwarf5', 'clang-O2-dwarf4'].map(
    (name) => `test/program/fixtures/${name}.elf`,
  ),
  ...uncommon.map((elf) => path.relative(root, path.join(fixtures, path.basename(elf)))),
];

for (const elf of programs) {
  const guest = guestOf(elf);
  const views = await viewsAt(guest, await chooseMoments(guest, STOPS, 7));
  const { addresses } = codeOf(guest.elf);
  const chains = llvmChains(guest.elf, addresses);
  const lines: string[][] = [];
  for (const address of addresses) {
    const chain = chains.get(address) ?? [];
    if (lines.at(-1)?.slice(1).join() !== chain.join()) lines.push([`0x${address.toString(16)}`, ...chain]);
  }
  const stops = views.map(({ moment, gdb }) => ({ moment, gdb, line: (chains.get(BigInt(gdb.pc))?.[0] ?? '').replace(/^\S+ /, '') }));
  const recorded: Recorded = { elf, stops, lines: lines as unknown as Recorded['lines'] };
  const rows = (items: readonly unknown[]) => `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`;
  mkdirSync(path.dirname(fileOf(elf)), { recursive: true });
  writeFileSync(fileOf(elf), `{\n"elf": ${JSON.stringify(elf)},\n"stops": ${rows(recorded.stops)},\n"lines": ${rows(recorded.lines)}\n}\n`);
  process.stdout.write(`${elf}: ${stops.length} stops, ${lines.length} chains\n`);
}
