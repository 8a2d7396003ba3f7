// Builds a recording program and runs it on qemu-system-aarch64: its Cortex-A76 has the features that our PEs have.
// Needs aarch64-linux-gnu-gcc, aarch64-linux-gnu-objcopy and qemu-system-aarch64.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BUILD = ['-nostdlib', '-static', '-Wl,-Ttext=0x40080000', '-Wl,--build-id=none', '-I.', '-o', 'harness.elf', 'harness.S'];
const MACHINE = ['-M', 'virt,virtualization=on', '-cpu', 'cortex-a76', '-m', '128M', '-nographic', '-nic', 'none', '-monitor', 'none'];

/**
 * @param here the folder of harness.S
 * @param lists rows of 64-bit numbers, by the name of the file that harness.S includes
 * @returns the lines that it printed, and the program as it is in memory
 */
export function record(here, lists) {
  const folder = mkdtempSync(join(tmpdir(), 'recording-'));
  const hex = (value) => `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`;
  try {
    for (const [name, rows] of Object.entries(lists)) {
      writeFileSync(join(folder, `${name}.inc`), rows.map((row) => `        .quad ${row.map(hex).join(', ')}\n`).join(''));
    }
    copyFileSync(join(here, 'harness.S'), join(folder, 'harness.S'));
    copyFileSync(join(import.meta.dirname, 'harness.inc'), join(folder, 'harness.inc'));
    execFileSync('aarch64-linux-gnu-gcc', BUILD, { cwd: folder, stdio: 'inherit' });
    execFileSync('aarch64-linux-gnu-objcopy', ['-O', 'binary', 'harness.elf', 'harness.bin'], { cwd: folder });
    const { stdout } = spawnSync('qemu-system-aarch64', [...MACHINE, '-kernel', 'harness.elf'], { cwd: folder, encoding: 'latin1', timeout: 60_000 });
    return { lines: stdout.trim().split(/\r?\n/), program: readFileSync(join(folder, 'harness.bin')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
