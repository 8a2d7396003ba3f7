/** PEs are threads: PE0 is thread 1. What gdb and LLDB are told of them. */
import { type GdbClient, GdbError } from './client.ts';
import { hexOfText } from './packets.ts';

export const threadId = (pe: number): string => (pe + 1).toString(16);

/** 0 is any and -1 all (GDB manual, "thread-id syntax"). @throws GdbError */
export function peOfThread({ guest }: GdbClient, text: string): number | 'any' | 'all' {
  if (text === '-1') return 'all';
  const id = Number.parseInt(text, 16);
  if (id === 0) return 'any';
  const count = guest.target.pes.length;
  if (!(id <= count)) throw new GdbError(`There is no thread ${id}: this machine has threads 1 to ${count} (PE0 is 1).`);
  return id - 1;
}
/** A guest that has ended has no threads. */
export const isOff = ({ guest: { ended }, hasLetGo }: GdbClient): boolean => hasLetGo || ended.kind === 'off';

export const threadList = (client: GdbClient): string =>
  isOff(client) ? 'l' : `m${client.guest.target.pes.map(({ index }) => threadId(index)).join(',')}`;

export function threadsXml(client: GdbClient): string {
  const pes = isOff(client) ? [] : client.guest.target.pes;
  const threads = pes.map(
    ({ index }) => `<thread id="${threadId(index)}" core="${index}" name="PE${index}">${stateOf(client, index)}</thread>`,
  );
  return `<?xml version="1.0"?>\n<threads>\n${threads.join('\n')}\n</threads>\n`;
}

export function extraInfo(client: GdbClient, id: string): string {
  const pe = peOfThread(client, id);
  if (typeof pe !== 'number') throw new GdbError(`${id} is not one thread.`);
  return hexOfText(`PE${pe}, ${stateOf(client, pe)}`);
}

function stateOf({ guest: { target } }: GdbClient, pe: number): string {
  const { power, waiting, exceptionLevel } = target.pes[pe];
  const handlers = target.sdei.pes[pe].running.map(({ event, priority }) => `, handler of event ${event} (${priority})`);
  return power === 'on' ? `EL${exceptionLevel}${waiting ? ', waiting' : ''}${handlers.join('')}` : power;
}
