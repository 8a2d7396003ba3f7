/** A cpio archive in the format that Linux unpacks as its initial root (Linux, Documentation/driver-api/early-userspace/buffer-format.rst). */

interface Entry {
  readonly name: string;
  readonly mode: number;
  readonly data?: Uint8Array;
  /** Of a device node: major and minor number. */
  readonly device?: readonly [number, number];
}

const text = new TextEncoder();
const S_IF = { DIR: 0o40000, REG: 0o100000, CHR: 0o20000, LNK: 0o120000 } as const;

export const directory = (name: string): Entry => ({ name, mode: S_IF.DIR | 0o755 });
export const executable = (name: string, data: Uint8Array | string): Entry => ({
  name,
  mode: S_IF.REG | 0o755,
  data: typeof data === 'string' ? text.encode(data) : data,
});
export const link = (name: string, to: string): Entry => ({ name, mode: S_IF.LNK | 0o777, data: text.encode(to) });
export const characterDevice = (name: string, major: number, minor: number): Entry => ({
  name,
  mode: S_IF.CHR | 0o600,
  device: [major, minor],
});

export function newcArchive(entries: readonly Entry[]): Buffer {
  const parts: Buffer[] = [];
  const padded = (bytes: Uint8Array): void => {
    parts.push(Buffer.from(bytes), Buffer.alloc(-bytes.length & 3));
  };
  for (const [inode, { name, mode, data = new Uint8Array(), device = [0, 0] }] of [
    ...entries,
    { name: 'TRAILER!!!', mode: 0 } as Entry,
  ].entries()) {
    const nameBytes = text.encode(`${name}\0`);
    const fields = [inode + 1, mode, 0, 0, 1, 0, data.length, 0, 0, ...device, nameBytes.length, 0];
    padded(text.encode(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`));
    padded(data);
  }
  return Buffer.concat(parts);
}

export const MODULE = 'sdei-client.ko';

const init = `#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
echo "init runs on $(grep -c ^processor /proc/cpuinfo) PEs"
dmesg | grep -i sdei
[ ! -e /${MODULE} ] || insmod /${MODULE}
sh -i
poweroff -f
`;

const applets = ['sh', 'mount', 'grep', 'dmesg', 'echo', 'cat', 'ls', 'poweroff', 'sleep', 'uname', 'insmod', 'rmmod'];

/** @param module loaded before the shell begins */
export const initramfs = (busybox: Uint8Array, module?: Uint8Array): Buffer =>
  newcArchive([
    ...['bin', 'dev', 'proc', 'sys'].map(directory),
    characterDevice('dev/console', 5, 1),
    executable('bin/busybox', busybox),
    ...applets.map((name) => link(`bin/${name}`, 'busybox')),
    executable('init', init),
    ...(module ? [executable(MODULE, module)] : []),
  ]);
