/** Runs a guest in QEMU's `virt` board (TCG, one PE) and times it as the benchmarks do. */
import { spawn, spawnSync } from 'node:child_process';

const program = 'qemu-system-aarch64';

/** The version in words, or `undefined` where QEMU is not installed. */
export function qemuVersion() {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? /version (\S+)/.exec(stdout)?.[1] : undefined;
}

/**
 * Runs a program that boots a guest which prints a line when it starts and one when it has finished.
 * @param limitSeconds after which it is ended and an error thrown
 * @returns `seconds` from the first line of the console to the last; `console`: everything printed; `errors`: what came on standard error
 */
export function timedRun(command, options, limitSeconds = 120) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, options, { stdio: ['ignore', 'pipe', 'pipe'] });
    const timeout = setTimeout(() => child.kill(), limitSeconds * 1000);
    let text = '';
    let errors = '';
    let first;
    let last;
    child.stdout.on('data', (data) => {
      text += data;
      first ??= text.includes('\n') ? performance.now() : undefined;
      last = performance.now();
    });
    child.stderr.on('data', (data) => {
      errors += data;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timeout);
      if (code === 0 && first !== undefined) resolve({ seconds: (last - first) / 1000, console: text, errors });
      else reject(new Error(`${[command, ...options].join(' ')} did not finish within ${limitSeconds} s (status ${code}): ${errors || text}`));
    });
  });
}

/**
 * @param elf path of a guest that prints a line when it starts and one when it has finished, and switches off by PSCI
 * @param startsAtEl2 the guest wants EL2 (and SMC for PSCI)
 * @returns as {@link timedRun}
 */
export function runInQemu(elf, { startsAtEl2 = false, limitSeconds = 120 } = {}) {
  const machine = `virt,gic-version=3${startsAtEl2 ? ',virtualization=on' : ''}`;
  return timedRun(program, ['-M', machine, '-cpu', 'cortex-a57', '-m', '512', '-nographic', '-nic', 'none', '-kernel', elf], limitSeconds);
}
