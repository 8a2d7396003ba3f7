// Records oracle.json: runs every case of cases.ts on qemu-system-aarch64 (its Cortex-A76 has the features that our PEs have), and keeps the
// program, so that ours can run the same one.
// Needs aarch64-linux-gnu-gcc, aarch64-linux-gnu-objcopy and qemu-system-aarch64.  node test/system/translation-oracle/record.mjs
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DEFAULTS, tableWords, translationCases } from './cases.ts';

const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), 'translation-oracle-'));
const hex = (value) => `0x${BigInt.asUintN(64, value).toString(16)}`;
try {
  const quads = translationCases.map(({ pstate, word, x0, registers }) =>
    [pstate, x0, 0x1122_3344_5566_7788n, BigInt(word >>> 0), ...Object.values({ ...DEFAULTS, ...registers }), 0n].map(hex).join(', '),
  );
  writeFileSync(join(folder, 'cases.inc'), quads.map((line) => `        .quad ${line}\n`).join(''));
  writeFileSync(join(folder, 'tables.inc'), [...tableWords].map((pair) => `        .quad ${pair.map(hex).join(', ')}\n`).join(''));
  copyFileSync(join(here, 'harness.S'), join(folder, 'harness.S'));
  const build = ['-nostdlib', '-static', '-Wl,-Ttext=0x40080000', '-Wl,--build-id=none', '-I.', '-o', 'harness.elf', 'harness.S'];
  execFileSync('aarch64-linux-gnu-gcc', build, { cwd: folder, stdio: 'inherit' });
  execFileSync('aarch64-linux-gnu-objcopy', ['-O', 'binary', 'harness.elf', 'harness.bin'], { cwd: folder });
  const machine = ['-M', 'virt,virtualization=on', '-cpu', 'cortex-a76', '-m', '128M', '-nographic', '-nic', 'none', '-monitor', 'none', '-kernel', 'harness.elf'];
  const { stdout: output } = spawnSync('qemu-system-aarch64', machine, { cwd: folder, encoding: 'latin1', timeout: 20_000 });
  const lines = output.trim().split(/\r?\n/);
  if (lines.length !== translationCases.length) throw new Error(`${lines.length} results for ${translationCases.length} cases; none for ${translationCases[lines.length]?.name}`);
  const names = new Set(translationCases.map(({ name }) => name));
  if (names.size !== translationCases.length) throw new Error('two cases have the same name');
  const results = lines.map((line, n) => `  ${JSON.stringify(translationCases[n].name)}: ${JSON.stringify(line.replace(/\b0+(?=[0-9a-f])/g, ''))}`);
  const program = gzipSync(readFileSync(join(folder, 'harness.bin'))).toString('base64');
  writeFileSync(join(here, 'oracle.json'), `{\n"program": "${program}",\n"results": {\n${results.join(',\n')}\n}}\n`);
  console.log(`${results.length} cases recorded`);
} finally {
  rmSync(folder, { recursive: true });
}
