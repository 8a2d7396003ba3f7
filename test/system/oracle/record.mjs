// Records oracle.json: runs every case of cases.ts on qemu-system-aarch64 (its Cortex-A76 has the features that our PEs have).
// Needs aarch64-linux-gnu-gcc and qemu-system-aarch64.  node test/system/oracle/record.mjs
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MODE } from '../support.ts';
import { DEFAULTS, oracleCases } from './cases.ts';

const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), 'exception-oracle-'));
try {
  const quads = oracleCases.map(({ mode, word, x0 = 0n, registers }) =>
    [MODE[mode], x0, BigInt(word >>> 0), ...Object.values({ ...DEFAULTS, ...registers })].map((value) => `0x${value.toString(16)}`).join(', '),
  );
  writeFileSync(join(folder, 'cases.inc'), quads.map((line) => `        .quad ${line}\n`).join(''));
  copyFileSync(join(here, 'harness.S'), join(folder, 'harness.S'));
  const build = ['-nostdlib', '-static', '-Wl,-Ttext=0x40080000', '-Wl,--build-id=none', '-I.', '-o', 'harness.elf', 'harness.S'];
  execFileSync('aarch64-linux-gnu-gcc', build, { cwd: folder, stdio: 'inherit' });
  const machine = ['-M', 'virt,virtualization=on', '-cpu', 'cortex-a76', '-m', '128M', '-nographic', '-nic', 'none', '-monitor', 'none', '-kernel', 'harness.elf'];
  const output = execFileSync('qemu-system-aarch64', machine, { cwd: folder, encoding: 'latin1', timeout: 60_000 });
  const lines = output.trim().split(/\r?\n/);
  if (lines.length !== oracleCases.length) throw new Error(`${lines.length} results for ${oracleCases.length} cases; the last is ${lines.at(-1)}`);
  const results = lines.map((line, n) => {
    const [target, offset, esr, elr, spsr, far, daif, pan, x0] = line.split(' ').map((value) => BigInt(`0x${value}`).toString(16));
    return { name: oracleCases[n].name, target, offset, esr, elr, spsr, far, daif, pan, x0 };
  });
  writeFileSync(join(here, 'oracle.json'), `[\n${results.map((result) => JSON.stringify(result)).join(',\n')}\n]\n`);
  console.log(`${results.length} cases recorded`);
} finally {
  rmSync(folder, { recursive: true });
}
