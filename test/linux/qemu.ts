/** Boots the same Linux in QEMU. */
import { spawn } from 'node:child_process';
import { type Boot, type BootResult, createTypist, INIT_SAYS, type Machine, MEMORY, shellSession } from './conversation.ts';

/** QEMU's device tree with SDEI's node cannot be had from it: there the kernel finds no firmware. */
export function bootQemu({ cpus, client }: Machine, { kernel, initrd, bootArguments }: Boot): Promise<BootResult> {
  const machine = `virt,gic-version=3${client === 'EL2' ? ',virtualization=on' : ''}`;
  const cpu = client === 'EL2' ? 'max,sve=off,pauth=off' : 'cortex-a57';
  const words = [
    ...['-M', machine, '-cpu', cpu, '-smp', String(cpus), '-m', MEMORY, '-nic', 'none', '-nographic', '-no-reboot'],
    ...['-kernel', kernel, '-initrd', initrd, '-append', bootArguments],
  ];
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  const timed = 'TIMEFORMAT="%U %S"; time qemu-system-aarch64 "$@"';
  const child = spawn('bash', ['-c', timed, 'bash', ...words], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString('utf8');
  });
  const typist = createTypist(shellSession);
  let console = '';
  let secondsToInit: number | undefined;
  child.stdout.on('data', (bytes: Buffer) => {
    const output = bytes.toString('utf8');
    console += output;
    if (secondsToInit === undefined && console.includes(INIT_SAYS)) secondsToInit = seconds();
    const typed = typist(output);
    if (typed !== '') child.stdin.write(typed);
  });
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid), 180_000);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      const [, user, system] = /([\d.]+) ([\d.]+)\s*$/.exec(said) ?? [];
      resolve({
        console,
        seconds: seconds(),
        processorSeconds: Number(user) + Number(system),
        secondsToInit,
        stop: signal === null ? `exit ${status}` : `killed by ${signal}`,
      });
    });
  });
}
