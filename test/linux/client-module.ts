/** The kernel module of ours, made for Debian's kernel: a cross compiler with Debian's headers. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cache, kernelHeaders } from './debian.ts';

const CROSS_COMPILE = 'aarch64-linux-gnu-';

/** @returns sdei-client.ko @throws Error with what make said */
export function clientModule(release: string): Buffer {
  const { common, flavour } = kernelHeaders(release);
  const workshop = mkdtempSync(path.join(cache, 'module-'));
  copyFileSync(path.join(import.meta.dirname, 'module/sdei-client.c'), path.join(workshop, 'sdei-client.c'));
  // The same module wherever it is made: what is in it decides the kernel's run.
  const makefile = ['obj-m := sdei-client.o', `ccflags-y := -ffile-prefix-map=${workshop}=/sdei-client`, ''];
  writeFileSync(path.join(workshop, 'Makefile'), makefile.join('\n'));
  const settings = [`O=${flavour}`, 'ARCH=arm64', `CROSS_COMPILE=${CROSS_COMPILE}`, `CC=${CROSS_COMPILE}gcc`, `M=${workshop}`];
  const { status, stdout, stderr } = spawnSync('make', ['-s', '-C', common, ...settings, 'modules'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The module cannot be made (it needs make and ${CROSS_COMPILE}gcc):\n${stdout}${stderr}`);
  const module = readFileSync(path.join(workshop, 'sdei-client.ko'));
  rmSync(workshop, { recursive: true });
  return module;
}
