/** Runs a guest in QEMU's `virt` board (TCG, one PE) and times it as the benchmarks do. */
import { spawn, spawnSync } from 'node:child_process';

const program = 'qemu-system-aarch64';

/** The version in words, or `undefined` where QEMU is not installed. */
export function qemuVersion() {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? /version (\S+)/.exec(stdout)?.[1] : undefined;
}

/**
 * @param elf path of a guest that prints a line when it starts and one when it has finished, and switches off by PSCI
 * @param startsAtEl2 the guest wants EL2 (and SMC for PSCI)
 * @param limitSeconds after which it is ended and an error thrown
 * @returns `seconds` from the first line of the console to the last; `console`: everything printed
 */
export function runInQemu(elf, { startsAtEl2 = false, limitSeconds = 120 } = {}) {
  const machine = `virt,gic-version=3${startsAtEl2 ? ',virtualization=on' : ''}`;
  const options = ['-M', machine, '-cpu', 'cortex-a57', '-m', '512', '-nographic', '-nic', 'none', '-kernel', elf];
  return new Promise((resolve, reject) => {
    const qemu = spawn(program, options, { stdio: ['ignore', 'pipe', 'pipe'] });
    const timeout = setTimeout(() => qemu.kill(), limitSeconds * 1000);
    let text = '';
    let errors = '';
    let first;
    let last;
    qemu.stdout.on('data', (data) => {
      text += data;
      first ??= text.includes('\n') ? performance.now() : undefined;
      last = performance.now();
    });
    qemu.stderr.on('data', (data) => {
      errors += data;
    });
    qemu.on('error', reject);
    qemu.on('close', (code) => {
      clearTimeout(timeout);
      if (code === 0 && first !== undefined) resolve({ seconds: (last - first) / 1000, console: text });
      else reject(new Error(`QEMU did not finish ${elf} within ${limitSeconds} s (status ${code}): ${errors || text}`));
    });
  });
}
