/**
 * Boots Debian's arm64 kernel with a static busybox in the machine and in QEMU, and there a client of the kernel's SDEI driver:
 * `npm run test:linux [-- NAME…]`, where a name is that of a scenario below. Needs Debian's apt, dtc, qemu-system-aarch64, and
 * for the client make and gcc-aarch64-linux-gnu; downloads about 75 MB the first time. SHOW_CONSOLE=1 shows the console as it comes.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { virtDeviceTreeBlob } from '../../debug-adapter/boot/virt-device-tree.ts';
import { boot } from './boot.ts';
import { clientModule } from './client-module.ts';
import type { Boot, BootResult, Machine } from './conversation.ts';
import { cache, debianFiles, vmlinux } from './debian.ts';
import { hotplug } from './hotplug.ts';
import { initramfs } from './initramfs.ts';
import { lockStep } from './lock-step.ts';
import { moduleSymbols } from './module-symbols.ts';
import { bootQemu } from './qemu.ts';
import { signals } from './signals.ts';
import { stopInHandler } from './vmlinux.ts';

const onePe: Machine = { name: 'one-pe', cpus: 1, client: 'EL1' };
const fourPes: Machine = { name: 'four-pes', cpus: 4, client: 'EL1' };
const vhe: Machine = { name: 'vhe', cpus: 1, client: 'EL2' };
const machines: readonly Machine[] = [onePe, fourPes, vhe];

const { kernel, release, busybox } = debianFiles();

/** For this run alone: others may go on beside it. */
const folder = mkdtempSync(path.join(cache, 'run-'));
process.on('exit', () => rmSync(folder, { recursive: true }));

function initrdFile(name: string, module?: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, initramfs(readFileSync(busybox), module));
  return file;
}

const linux: Boot = { kernel, initrd: initrdFile('initramfs.cpio'), bootArguments: 'console=ttyAMA0 nokaslr cryptomgr.notests' };

/** dtc reads the tree and has nothing to say against it. */
function checkDeviceTree(): void {
  const file = path.join(folder, 'virt.dtb');
  const initrdPlace = { start: 0x4400_0000n, end: 0x4400_1234n };
  writeFileSync(file, virtDeviceTreeBlob({ cpus: 4, memoryBytes: 1 << 28, conduit: 'hvc', bootArguments: 'quiet', initrd: initrdPlace }));
  const source = execFileSync('dtc', ['-I', 'dtb', '-O', 'dts', '-E', 'no-unit_address_vs_reg', file], { encoding: 'utf8' });
  for (const part of ['compatible = "arm,sdei-1.0";', 'bootargs = "quiet";', 'cpu@3 {', 'linux,initrd-end = <0x00 0x44001234>;'])
    assert.ok(source.includes(part), `dtc does not show ${part}`);
}

function check({ cpus, client }: Machine, { console, stop }: BootResult): void {
  assert.equal(stop, 'system-off', `${stop}\n${console.slice(-3000)}`);
  assert.match(console, /sdei: SDEIv1\.0 \(0x0\) detected in firmware\./);
  assert.ok(console.includes(`init runs on ${cpus} PEs`), 'all PEs are up');
  assert.match(console, /echo typed-\$\(\(40 \+ 2\)\)\r\ntyped-42\r\n/);
  if (client === 'EL2') assert.match(console, /CPU: All CPU\(s\) started at EL2/);
  assert.doesNotMatch(console, /Call trace|Oops|WARNING:|BUG:/);
}

async function besideQemu(machine: Machine): Promise<string> {
  const ours = await boot(machine, linux);
  const qemu = await bootQemu(machine, linux);
  check(machine, ours);
  assert.match(qemu.console, /typed-42\r\n/, qemu.console.slice(-2000));
  const told = ({ seconds, processorSeconds, secondsToInit }: BootResult) =>
    `${seconds.toFixed(2)} s (init at ${secondsToInit?.toFixed(2)} s, ${processorSeconds.toFixed(2)} s of processor)`;
  return (
    `${((ours.instructions ?? 0) / 1e6).toFixed(0)} M instructions, ${told(ours)}; QEMU ${told(qemu)}; ` +
    `${(ours.seconds / qemu.seconds).toFixed(2)} times QEMU's time`
  );
}

async function inLockStep(machine: Machine): Promise<string> {
  const { instructions, hashes, stop } = await lockStep(machine, linux);
  assert.equal(stop, 'system-off');
  return (
    `${(instructions / 1e6).toFixed(1)} M instructions to the shell and off, twice with translated code and once without: ` +
    `the same ${hashes.length} state hashes, one every 10 M; the last is ${hashes.at(-1)}`
  );
}

const withModule = (): Boot => ({ ...linux, initrd: initrdFile('initramfs-module.cpio', clientModule(release)) });

const vmlinuxRuns = [
  ['vmlinux', () => ({ boot: withModule(), ...onePe })],
  ['vmlinux-four-pes', () => ({ boot: withModule(), ...fourPes })],
  ['vmlinux-vhe', () => ({ boot: withModule(), ...vhe })],
  [
    'vmlinux-kaslr',
    () => ({ boot: { ...withModule(), bootArguments: 'console=ttyAMA0 cryptomgr.notests' }, ...onePe, kaslrSeed: '0x123456789abcdef0' }),
  ],
] as const;

function withSymbols(machine: Machine, keys = {}): Promise<string> {
  const module = clientModule(release);
  const boot = { ...linux, initrd: initrdFile('initramfs-symbols.cpio', module) };
  return moduleSymbols(machine, boot, vmlinux(release), module, path.join(folder, 'modules'), keys);
}

/** Each by its name; @returns what was found, in a line. */
const scenarios: readonly (readonly [name: string, run: () => Promise<string>])[] = [
  ...machines.flatMap(
    (machine) =>
      [
        [`${machine.name}-lock-step`, () => inLockStep(machine)],
        [machine.name, () => besideQemu(machine)],
      ] as const,
  ),
  ['module', () => signals(onePe, withModule())],
  ['module-vhe', () => signals(vhe, withModule())],
  ['hotplug', () => hotplug(fourPes, withModule())],
  ['module-symbols', () => withSymbols(onePe)],
  [
    'module-symbols-kaslr',
    () => withSymbols(onePe, { kaslrSeed: '0x123456789abcdef0', bootArguments: 'console=ttyAMA0 cryptomgr.notests' }),
  ],
  ...vmlinuxRuns.map(([name, guest]) => [name, () => stopInHandler(guest(), vmlinux(release))] as const),
];
/** Only if asked for: it downloads 800 MB. */
const onRequest: readonly string[] = ['module-symbols', 'module-symbols-kaslr', ...vmlinuxRuns.map(([name]) => name)];

const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (!scenarios.some(([known]) => known === name))
    throw new Error(`There is no scenario ${name}. There are ${scenarios.map(([known]) => known).join(', ')}.`);
}
checkDeviceTree();
console.log('device tree: dtc agrees');
for (const [name, run] of scenarios) {
  if (wanted.length === 0 ? !onRequest.includes(name) : wanted.includes(name)) console.log(`${name}: ${await run()}`);
}
