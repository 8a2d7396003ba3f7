/** Packets that only LLDB sends ("LLDB gdb-remote extensions", lldb-gdb-remote.txt). */
import { type GdbClient, GdbError } from './client.ts';
import { MOST_WATCHPOINTS } from './breakpoints.ts';
import type { Command } from './commands.ts';
import { hexOfText } from './packets.ts';
import { registerHex } from './registers.ts';
import { stopWords } from './stop-reply.ts';
import { isOff } from './threads.ts';

const architecture = `triple:${hexOfText('aarch64--')};ptrsize:8;endian:little;`;

export const lldbCommands: readonly Command[] = [
  {
    packet: 'QEnableErrorStrings',
    answer(client) {
      client.dialect = 'lldb';
      return 'OK';
    },
  },
  {
    packet: 'QListThreadsInStopReply',
    answer(client) {
      client.knows.threads = true;
      return 'OK';
    },
  },
  { packet: 'qSupportsDetachAndStayStopped', form: /^:$/, answer: () => 'OK' },
  // Without the last part, it takes a watchpoint's stop for one behind the access.
  { packet: 'qHostInfo', answer: () => `${architecture}watchpoint_exceptions_received:before;` },
  // Only where this is answered does it heed that.
  { packet: 'qWatchpointSupportInfo', form: /^:$/, answer: () => `num:${MOST_WATCHPOINTS};` },
  // The same process as that of qC.
  { packet: 'qProcessInfo', answer: (client) => `pid:${processOf(client)};${architecture}` },
  // For functions that an expression calls. Were they not answered, it would call a function named "mmap" in the guest.
  { packet: '_M', form: /^[0-9a-f]{1,16},[rwx]*$/i, answer: refuseAllocation },
  { packet: '_m', form: /^[0-9a-f]{1,16}$/i, answer: refuseAllocation },
  { packet: 'qMemoryRegionInfo', form: /^:([0-9a-f]{1,16})$/i, answer: (client, [, address]) => memoryRegion(client, address) },
  { packet: 'jThreadsInfo', answer: (client) => JSON.stringify(threadsInfo(client)) },
];

function processOf(client: GdbClient): string {
  if (isOff(client)) throw new GdbError('The guest has switched off.');
  return '1';
}

function refuseAllocation(): never {
  throw new GdbError('The debugger has no memory of its own in the guest: functions of the guest cannot be called.');
}

/** LLDB takes this for the end of the address space: one behind it would be 0, and it would begin anew. */
const LAST = 0xffff_ffff_ffff_ffffn;

/** A region without permissions is one that is not mapped; LLDB looks on at its end. */
function memoryRegion({ guest: { target }, selected }: GdbClient, address: string): string {
  const { start, end, mapped } = target.memoryRegion(selected, BigInt(`0x${address}`));
  const length = (end < LAST ? end : LAST) - start;
  const range = `start:${start.toString(16)};size:${length.toString(16)};`;
  if (mapped === undefined) return range;
  const { read, write, execute, name } = mapped;
  return `${range}permissions:${read ? 'r' : ''}${write ? 'w' : ''}${execute ? 'x' : ''};name:${hexOfText(name)};`;
}

/** x29, x30, sp, pc, cpsr: with them LLDB shows a thread and unwinds its first frame without asking. */
const expedited = [29, 30, 31, 32, 33];

/** The same as the stop reply of each thread; what is no reason to stop has signal 0. */
function threadsInfo(client: GdbClient): readonly object[] {
  if (isOff(client)) return [];
  const { guest, registers } = client;
  return guest.target.pes.map(({ index }) => ({
    tid: index + 1,
    name: `PE${index}`,
    ...threadWords(client, index),
    registers: Object.fromEntries(expedited.map((number) => [number, registerHex(registers[number], guest.target, index)])),
  }));
}
function threadWords({ guest }: GdbClient, pe: number): object {
  if (guest.ended.kind === 'off' || guest.ended.stop.pe !== pe) return { signal: 0 };
  const { signal, reason } = stopWords(guest, guest.ended.stop);
  const [watched, address] = /^[ar]?watch:([0-9a-f]+)$/.exec(reason ?? '') ?? [];
  // LLDB finds its watchpoint by the address, in decimal; it uses the index for itself.
  return watched === undefined ? { signal } : { signal, reason: 'watchpoint', description: `${BigInt(`0x${address}`)} 0` };
}
