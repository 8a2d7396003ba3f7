/** Debian's arm64 kernel, its headers and static busybox, from its packages; they stay in `.cache`. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
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

/** Downloads packages, and has each unpacked. */
function download(unpack: (package_: string) => void, ...packages: readonly string[]): void {
  mkdirSync(cache, { recursive: true });
  if (!output('dpkg', '--print-foreign-architectures').includes('arm64')) {
    if (process.getuid?.() !== 0) throw new Error('apt does not know arm64. Run as root: dpkg --add-architecture arm64 && apt-get update');
    output('dpkg', '--add-architecture', 'arm64');
    output('apt-get', 'update', '-q');
  }
  output('apt-get', 'download', '-q', ...packages);
  for (const file of readdirSync(cache).filter((name) => name.endsWith('.deb'))) {
    unpack(file);
    rmSync(path.join(cache, file));
  }
}

const into = (directory: string) => (package_: string) => void output('dpkg', '-x', package_, directory);

export interface DebianFiles {
  readonly kernel: string;
  /** `6.1.0-53-arm64` */
  readonly release: string;
  readonly busybox: string;
}

/** Downloads what is not there yet. */
export function debianFiles(): DebianFiles {
  if (!existsSync(unpacked)) download(into(unpacked), kernelPackage(), 'busybox-static:arm64');
  const boot = path.join(unpacked, 'boot');
  const kernel = readdirSync(boot).find((name) => name.startsWith('vmlinuz-'));
  if (kernel === undefined) throw new Error(`There is no kernel in ${boot}. Remove ${cache} and try again.`);
  return { kernel: path.join(boot, kernel), release: kernel.slice('vmlinuz-'.length), busybox: path.join(unpacked, 'bin/busybox') };
}

export interface KernelHeaders {
  /** Of all flavours: the makefiles and most headers. */
  readonly common: string;
  /** Of this kernel: its configuration and symbol versions. */
  readonly flavour: string;
}

/** What modules for that kernel are made with. Its programs are this machine's own (linux-kbuild). */
export function kernelHeaders(release: string): KernelHeaders {
  const root = path.join(cache, 'headers');
  const commonPackage = `linux-headers-${release.replace(/arm64$/, 'common')}`;
  const flavourPackage = `linux-headers-${release}`;
  const kbuild = `linux-kbuild-${/^\d+\.\d+/.exec(release)?.[0]}`;
  if (!existsSync(root)) download(into(root), commonPackage, `${flavourPackage}:arm64`, kbuild);
  return { common: path.join(root, 'usr/src', commonPackage), flavour: path.join(root, 'usr/src', flavourPackage) };
}

/** The kernel with its debug information: 313 MB out of a package of 800 MB. */
export function vmlinux(release: string): string {
  const file = path.join(cache, `vmlinux-${release}`);
  const unpack = (package_: string): void => {
    const member = `./usr/lib/debug/boot/vmlinux-${release}`;
    output(
      'bash',
      '-o',
      'pipefail',
      '-c',
      'dpkg-deb --fsys-tarfile "$0" | tar -xO "$1" > "$2.part" && mv "$2.part" "$2"',
      package_,
      member,
      file,
    );
  };
  if (!existsSync(file)) download(unpack, `linux-image-${release}-dbg:arm64`);
  return file;
}
