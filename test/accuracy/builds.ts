/** Guests built by gcc and clang, without and with optimization, into `build/accuracy`. Needs Debian's gcc-aarch64-linux-gnu, clang and lld. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');
const folder = path.join(root, 'build/accuracy');
const guests = path.join(root, 'test/guests');
const own = import.meta.dirname;
const shapes = path.join(root, 'test/program/fixtures');

export interface Build {
  readonly name: string;
  readonly elf: string;
  readonly launch: Readonly<Record<string, unknown>>;
}

const compilers = {
  gcc: ['aarch64-linux-gnu-gcc', '-mno-outline-atomics', '-Wl,-z,noexecstack'],
  clang: ['clang', '--target=aarch64-none-elf', '-fuse-ld=lld', '-Wno-unused-command-line-argument'],
} as const;
const levels = ['-O0', '-O2'] as const;
const machine =
  '-std=gnu17 -ffreestanding -fno-builtin -nostdlib -static -fno-pic -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables -fno-unwind-tables -march=armv8-a -mstrict-align -ffixed-x18 -fno-common -g -gdwarf-5 -Wl,--build-id=none'.split(
    ' ',
  );
const generalRegistersOnly = ['-mgeneral-regs-only'];

const runtime = ['crt0.S', 'smccc.S', 'console.c', 'exceptions.c', 'memory.c', 'psci.c'].map((file) => `common/${file}`);
const sdei = ['handler-entry.S', 'sdei.c'].map((file) => `common/${file}`);
const programs: readonly { readonly name: string; readonly sources: readonly string[]; readonly flags: readonly string[] }[] = [
  { name: 'shapes', sources: [`${own}/shapes-main.c`, `${shapes}/elsewhere.c`, ...runtime], flags: generalRegistersOnly },
  { name: 'uncommon', sources: [`${own}/uncommon.c`, ...runtime], flags: [`-fdebug-prefix-map=${root}=/project`] },
  { name: 'first-event', sources: ['first-event.c', ...sdei, ...runtime], flags: generalRegistersOnly },
  { name: 'nested-critical', sources: ['nested-critical.c', ...sdei, ...runtime], flags: generalRegistersOnly },
];

export function buildAll(): readonly Build[] {
  mkdirSync(folder, { recursive: true });
  const whole = programs.flatMap(({ name, sources, flags: more }) =>
    Object.entries(compilers).flatMap(([compiler, [command, ...flags]]) =>
      levels.map((level) => {
        const elf = path.join(folder, `${name}-${compiler}${level}.elf`);
        link(command, [...flags, ...machine, ...more, level, '-o', elf, ...sources]);
        return { name: `${name} ${compiler} ${level}`, elf, launch: {} };
      }),
    ),
  );
  // Of a unit that clang has split, gdb 13 reads no location lists of DWARF 5.
  const split = [buildSplit('gcc', 'gdwarf-4'), buildSplit('gcc', 'gdwarf-5'), buildSplit('clang', 'gdwarf-4')];
  return [...whole, ...split];
}

const link = (command: string, args: readonly string[]): void =>
  void execFileSync(command, [...args, '-DCLIENT_EL=1', '-Wl,-T,common/link.ld'], { cwd: guests, stdio: ['ignore', 'inherit', 'inherit'] });

/** Whose handlers go to a stack of their own. */
export function buildOwnStack(): string {
  mkdirSync(folder, { recursive: true });
  const elf = path.join(folder, 'own-stack.elf');
  const [command, ...flags] = compilers.gcc;
  const moved = `-fdebug-prefix-map=${root}=/project`;
  const sources = ['nested-critical.c', `${own}/own-stack-entry.S`, 'common/sdei.c', ...runtime];
  link(command, [...flags, ...machine, ...generalRegistersOnly, moved, '-Icommon', '-O2', '-o', elf, ...sources]);
  return elf;
}

/** What is debugged has its debug information in a file beside the program. */
export function buildSplit(compiler: keyof typeof compilers, version: string): Build {
  const [command, ...flags] = compilers[compiler];
  const name = `uncommon-split-${compiler}-${version}`;
  const moved = [`-fdebug-prefix-map=${root}=/project`, `-fdebug-prefix-map=${folder}=.`];
  const args = [...flags, ...machine, ...moved, '-O1', `-${version}`, '-gsplit-dwarf', '-c', '-o', `${name}.o`, `${own}/uncommon.c`];
  execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  const elf = path.join(folder, `${name}.elf`);
  link(command, [...flags, ...machine, moved[0], '-O1', '-o', elf, path.join(folder, `${name}.o`), ...runtime]);
  return { name: `uncommon ${compiler} -O1 -gsplit-dwarf -${version}`, elf, launch: {} };
}
