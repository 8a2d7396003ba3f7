/** Debian's arm64 kernel and static busybox, from its packages; they stay in `.cache`. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';

export const cache = path.join(import.meta.dirname, '.cache');
const unpacked = path.join(cache, 'root');

const output = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: cache, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** The package that the metapackage of Debian's kernel depends on, e.g. `linux-image-6.1.0-53-arm64`. */
function kernelPackage(): string {
  const found = /Depends: (linux-image-[\w.-]+-arm64)/.exec(output('apt-cache', 'depends', 'linux-image-arm64:arm64'));
  if (!found) throw new Error('apt knows no linux-image-arm64:arm64. Run: dpkg --add-architecture arm64 && apt-get update');
  return `${found[1]}:arm64`;
}

function download(): void {
  mkdirSync(cache, { recursive: true });
  if (!output('dpkg', '--print-foreign-architectures').includes('arm64')) {
    if (process.getuid?.() !== 0) throw new Error('apt does not know arm64. Run as root: dpkg --add-architecture arm64 && apt-get update');
    output('dpkg', '--add-architecture', 'arm64');
    output('apt-get', 'update', '-q');
  }
  output('apt-get', 'download', '-q', kernelPackage(), 'busybox-static:arm64');
  for (const file of readdirSync(cache)) if (file.endsWith('.deb')) output('dpkg', '-x', file, unpacked);
}

export interface DebianFiles {
  readonly kernel: string;
  readonly busybox: string;
}

/** Downloads what is not there yet. */
export function debianFiles(): DebianFiles {
  if (!existsSync(unpacked)) download();
  const boot = path.join(unpacked, 'boot');
  const kernel = readdirSync(boot).find((name) => name.startsWith('vmlinuz-'));
  if (kernel === undefined) throw new Error(`There is no kernel in ${boot}. Remove ${cache} and try again.`);
  return { kernel: path.join(boot, kernel), busybox: path.join(unpacked, 'bin/busybox') };
}
