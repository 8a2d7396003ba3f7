/** Packets that read and write memory (GDB manual, "m", "M", "X"), as the selected PE translates it or, as QEMU has it, physically. */
import type { AddressSpace } from '../target/target.ts';
import { type GdbClient, GdbError } from './client.ts';
import type { Command } from './commands.ts';
import { addressAndLength, bytesOfHex, bytesOfText, hexOfBytes, PACKET_SIZE } from './packets.ts';

export const memoryCommands: readonly Command[] = [
  { packet: 'm', form: addressAndLength, answer: readMemory },
  {
    packet: 'M',
    form: /^([0-9a-f]{1,16}),([0-9a-f]{1,8}):((?:[0-9a-f]{2})*)$/i,
    answer: (client, [, address, length, hex]) => writeMemory(client, address, length, bytesOfHex(hex)),
  },
  {
    packet: 'X',
    form: /^([0-9a-f]{1,16}),([0-9a-f]{1,8}):([^]*)$/i,
    answer: (client, [, address, length, text]) => writeMemory(client, address, length, bytesOfText(text)),
  },
  // QEMU's ("GDB usage", "Examining physical memory"): people send them by "maintenance packet".
  { packet: 'qqemu.PhyMemMode', answer: ({ isPhysical }) => (isPhysical ? '1' : '0') },
  {
    packet: 'Qqemu.PhyMemMode',
    form: /^:([01])$/,
    answer(client, [, mode]) {
      client.isPhysical = mode === '1';
      return 'OK';
    },
  },
];

const spaceOf = ({ isPhysical, selected }: GdbClient): AddressSpace =>
  isPhysical ? { kind: 'physical' } : { kind: 'virtual', pe: selected };

/** EFAULT. gdb takes no text for an error of m. */
const NO_MEMORY = 'E0e';

/** May be answered with less than was asked for; nothing at all is an error. */
function readMemory(client: GdbClient, [, address, length]: RegExpExecArray): string {
  const wanted = Math.min(Number.parseInt(length, 16), PACKET_SIZE >> 1);
  const bytes = client.guest.target.readMemory(BigInt(`0x${address}`), wanted, spaceOf(client));
  return bytes.length === 0 && wanted > 0 ? NO_MEMORY : hexOfBytes(bytes);
}

function writeMemory(client: GdbClient, text: string, length: string, bytes: Uint8Array): string {
  if (bytes.length !== Number.parseInt(length, 16))
    throw new GdbError(`${bytes.length} bytes were given, but the length says 0x${length}.`);
  const { guest, isPhysical } = client;
  const address = BigInt(`0x${text}`);
  const written = guest.target.writeMemory(address, bytes, spaceOf(client));
  if (written > 0) guest.edited(isPhysical ? undefined : { address, count: written });
  return written < bytes.length ? NO_MEMORY : 'OK';
}
