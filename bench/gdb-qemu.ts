/** gdb-multiarch on QEMU: the peer of `debug.ts`. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const machine = ['-M', 'virt,gic-version=3', '-cpu', 'cortex-a57', '-m', '512', '-display', 'none', '-serial', 'null', '-monitor', 'none', '-nic', 'none'];

/** Microseconds each. */
export type Measured = Readonly<Record<string, number>>;

function runGdb(elf: string, socket: string, measure: string): Promise<Measured> {
  const script = path.join(import.meta.dirname, 'debug.gdb.py');
  const gdb = spawn('gdb-multiarch', ['-nx', '-q', '-batch', elf, '-x', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GDB_SOCKET: socket, MEASURE: measure },
  });
  let text = '';
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer) => {
      text += chunk;
      const found = /^MEASURED(.*)$/m.exec(text)?.[1];
      if (found !== undefined) resolve(JSON.parse(found));
    };
    gdb.stdout.on('data', take);
    gdb.stderr.on('data', take);
    gdb.once('error', reject);
    gdb.once('close', () => reject(new Error(`gdb has not measured "${measure}":\n${text}`)));
  });
}

const gone = (child: ChildProcess) => new Promise<void>((resolve) => void child.once('close', () => resolve()));

async function withFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-debug-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** QEMU that waits for gdb, as options; the socket is there as soon as it has started. */
const server = (socket: string) => ['-S', '-chardev', `socket,path=${socket},server=on,wait=off,id=gdb0`, '-gdb', 'chardev:gdb0'];

async function debug(elf: string, measure: string, options: readonly string[]): Promise<Measured> {
  return withFolder(async (folder) => {
    const socket = path.join(folder, 'gdb');
    const qemu = spawn('qemu-system-aarch64', [...machine, ...options, '-kernel', elf, ...server(socket)], { stdio: ['ignore', 'ignore', 'pipe'] });
    qemu.stderr.resume();
    await socketThere(socket);
    try {
      return await runGdb(elf, socket, measure);
    } finally {
      const ended = gone(qemu);
      qemu.kill('SIGKILL');
      await ended;
    }
  });
}

async function socketThere(socket: string): Promise<void> {
  const { existsSync } = await import('node:fs');
  while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 1));
}

export const measureSteps = (elf: string): Promise<Measured> => debug(elf, 'steps', []);

/** From starting both programs to the stop in `main`, in microseconds. */
export async function measureStart(elf: string): Promise<number> {
  const begin = performance.now();
  let took = 0;
  await withFolder(async (folder) => {
    const socket = path.join(folder, 'gdb');
    const qemu = spawn('qemu-system-aarch64', [...machine, '-kernel', elf, ...server(socket)], { stdio: 'ignore' });
    await socketThere(socket);
    await runGdb(elf, socket, 'start');
    took = performance.now() - begin;
    const ended = gone(qemu);
    qemu.kill('SIGKILL');
    await ended;
  });
  return took * 1000;
}

/** QEMU goes backwards in a recorded run only: that is made first, and not counted. Needs qemu-img. */
export async function measureReverse(elf: string): Promise<Measured> {
  return withFolder(async (folder) => {
    const disk = path.join(folder, 'disk.qcow2');
    execFileSync('qemu-img', ['create', '-f', 'qcow2', disk, '64M'], { stdio: 'ignore' });
    const options = (mode: string) => [
      '-icount', `shift=auto,rr=${mode},rrfile=${path.join(folder, 'replay')},rrsnapshot=init`,
      '-drive', `file=${disk},if=none,id=snapshots`,
    ]; // biome-ignore format: pairs
    const record = spawn('qemu-system-aarch64', [...machine, ...options('record'), '-kernel', elf], { stdio: 'ignore' });
    await gone(record);
    return debug(elf, 'reverse', options('replay'));
  });
}
