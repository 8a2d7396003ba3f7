/**
 * Boots Debian's arm64 kernel with a static busybox in the machine and in QEMU: `npm run test:linux [-- NAME…]`, where a name is
 * that of a machine below, or with `-lock-step` that of its comparison of both tiers. Needs Debian's apt, dtc,
 * and qemu-system-aarch64; downloads about 60 MB the first time. SHOW_CONSOLE=1 shows the console as it comes.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { virtDeviceTreeBlob } from '../../debug-adapter/boot/virt-device-tree.ts';
import { boot } from './boot.ts';
import type { BootResult, Machine } from './conversation.ts';
import { cache, debianFiles } from './debian.ts';
import { initramfs } from './initramfs.ts';
import { lockStep } from './lock-step.ts';
import { bootQemu } from './qemu.ts';

const machines: readonly Machine[] = [
  { name: 'one-pe', cpus: 1, client: 'EL1' },
  { name: 'four-pes', cpus: 4, client: 'EL1' },
  { name: 'vhe', cpus: 1, client: 'EL2' },
];

const wanted = process.argv.slice(2);
const { kernel, busybox } = debianFiles();
const initrd = path.join(cache, 'initramfs.cpio');
writeFileSync(initrd, initramfs(readFileSync(busybox)));
const linux = { kernel, initrd, bootArguments: 'console=ttyAMA0 nokaslr cryptomgr.notests' };

/** dtc reads the tree and has nothing to say against it. */
function checkDeviceTree(): void {
  const file = path.join(cache, 'virt.dtb');
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

checkDeviceTree();
console.log('device tree: dtc agrees');
const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
for (const machine of machines) {
  if (isWanted(`${machine.name}-lock-step`)) {
    const instructions = await lockStep(machine, linux);
    console.log(`${machine.name}: ${instructions / 1e6} M instructions with and without translated code, in the same state every 10 M`);
  }
  if (!isWanted(machine.name)) continue;
  const ours = await boot(machine, linux);
  const qemu = await bootQemu(machine, linux);
  check(machine, ours);
  assert.match(qemu.console, /typed-42\r\n/, qemu.console.slice(-2000));
  const told = ({ seconds, processorSeconds, secondsToInit }: BootResult) =>
    `${seconds.toFixed(2)} s (init at ${secondsToInit?.toFixed(2)} s, ${processorSeconds.toFixed(2)} s of processor)`;
  console.log(
    `${machine.name}: ${((ours.instructions ?? 0) / 1e6).toFixed(0)} M instructions, ${told(ours)}; QEMU ${told(qemu)}; ` +
      `${(ours.seconds / qemu.seconds).toFixed(2)} times QEMU's time`,
  );
}
