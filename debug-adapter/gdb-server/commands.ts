/** The packets, one row each (GDB manual, "Packets", "General Query Packets", "vCont"). What has no row is answered with nothing: not supported. */
import { UserError } from '../errors.ts';
import type { Images } from '../images.ts';
import { TargetError } from '../target/target.ts';
import { addressAndLength, PACKET_SIZE, textOfHex } from './packets.ts';
import { type GdbClient, GdbError } from './client.ts';
import { lldbCommands } from './lldb.ts';
import { MOST_BREAKPOINTS, MOST_WATCHPOINTS } from './breakpoints.ts';
import { memoryCommands } from './memory.ts';
import { monitor } from './monitor.ts';
import { isInGeneralPacket, registerHex, setRegister } from './registers.ts';
import { goBack, goOn, vCont } from './resume.ts';
import { stopReply } from './stop-reply.ts';
import { extraInfo, isOff, peOfThread, threadList, threadsXml } from './threads.ts';

/** `undefined`: the packet has no answer. */
export type Answer = string | undefined | Promise<string | undefined>;

export interface Command {
  /** How the packet begins; the longest that fits is taken. */
  readonly packet: string;
  /** What follows. Absent: nothing. */
  readonly form?: RegExp;
  readonly answer: (client: GdbClient, parts: RegExpExecArray) => Answer;
}

const OK = 'OK';
const thread = '(-1|[0-9a-f]{1,8})';
const signalAndAddress = /^[0-9a-f]{2}(?:;([0-9a-f]{1,16}))?$/i;
const breakpointForm = /^(\d{1,4}),([0-9a-f]{1,16}),([0-9a-f]{1,8})(?:;|$)/i;
const anything = /^[^]*$/;

const commands: readonly Command[] = [
  { packet: '?', answer: whyStopped },
  { packet: '!', answer: extend },
  { packet: 'g', answer: readGeneral },
  { packet: 'G', form: /^((?:[0-9a-f]{2})+)$/i, answer: writeGeneral },
  { packet: 'p', form: /^([0-9a-f]{1,8})$/i, answer: (client, [, number]) => readOne(client, number) },
  { packet: 'P', form: /^([0-9a-f]{1,8})=((?:[0-9a-f]{2})+)$/i, answer: writeOne },
  { packet: 'Z', form: breakpointForm, answer: (client, parts) => setBreakpoint(client, parts, true) },
  { packet: 'z', form: breakpointForm, answer: (client, parts) => setBreakpoint(client, parts, false) },
  { packet: 'H', form: new RegExp(`^([cg])${thread}$`, 'i'), answer: selectThread },
  {
    packet: 'T',
    form: new RegExp(`^${thread}$`, 'i'),
    answer(client, [, id]) {
      peOfThread(client, id);
      if (isOff(client)) throw new GdbError('The guest has switched off.');
      return OK;
    },
  },
  { packet: 'c', form: /^([0-9a-f]{1,16})?$/i, answer: (client, [, address]) => goOn(client, 'c', address) },
  { packet: 's', form: /^([0-9a-f]{1,16})?$/i, answer: (client, [, address]) => goOn(client, 's', address) },
  { packet: 'C', form: signalAndAddress, answer: (client, [, address]) => goOn(client, 'c', address) },
  { packet: 'S', form: signalAndAddress, answer: (client, [, address]) => goOn(client, 's', address) },
  { packet: 'vCont?', answer: () => 'vCont;c;C;s;S;t;r' },
  { packet: 'vCont', form: /^;([^]+)$/, answer: (client, [, actions]) => vCont(client, actions) },
  // `D1` is LLDB's "process detach --keep-stopped true": so it is left anyway.
  { packet: 'D', form: /^(?:1|;[0-9a-f]{1,8})?$/i, answer: detach },
  { packet: 'vKill', form: /^;[0-9a-f]{1,8}$/i, answer: (client) => client.restart().then(() => letGo(client)) },
  { packet: 'vRun', form: /^;[^]*$/, answer: (client) => client.restart().then(() => takeUp(client)) },
  { packet: 'R', form: /^[0-9a-f]{2}$/i, answer: (client) => client.restart().then(() => void takeUp(client)) },
  { packet: 'k', answer: kill },
  { packet: 'bs', answer: (client) => goBack(client, 's') },
  { packet: 'bc', answer: (client) => goBack(client, 'c') },
  { packet: 'qSupported', form: anything, answer: supported },
  { packet: 'QStartNoAckMode', answer: startNoAckMode },
  { packet: 'qXfer:features:read:target.xml:', form: addressAndLength, answer: (client, parts) => part(client.targetXml, parts) },
  { packet: 'qXfer:features:read:', form: anything, answer: () => 'E00' },
  { packet: 'qXfer:threads:read::', form: addressAndLength, answer: (client, parts) => part(threadsXml(client), parts) },
  { packet: 'qfThreadInfo', answer: threadList },
  { packet: 'qsThreadInfo', answer: () => 'l' },
  { packet: 'qThreadExtraInfo', form: new RegExp(`^,${thread}$`, 'i'), answer: (client, [, id]) => extraInfo(client, id) },
  {
    packet: 'qC',
    answer: ({ guest: { ended }, hasLetGo }) => (hasLetGo || ended.kind === 'off' ? '' : `QC${(ended.stop.pe + 1).toString(16)}`),
  },
  { packet: 'qOffsets', answer: ({ guest: { images } }) => textSegment(images) },
  { packet: 'qAttached', form: anything, answer: () => '1' },
  { packet: 'qSymbol', form: anything, answer: () => OK },
  { packet: 'qRcmd', form: /^,((?:[0-9a-f]{2})*)$/i, answer: (client, [, hex]) => remoteCommand(client, textOfHex(hex)) },
];

const byLength = [...commands, ...memoryCommands, ...lldbCommands].sort((one, other) => other.packet.length - one.packet.length);

export const packetNames: readonly string[] = byLength.map(({ packet }) => packet);

/** @throws GdbError, TargetError or UserError, whose message is the answer */
export function answerTo(client: GdbClient, data: string): Answer {
  const command = byLength.find(({ packet }) => data.startsWith(packet) && isWhole(packet, data));
  if (command === undefined) return '';
  const parts = (command.form ?? /^$/).exec(data.slice(command.packet.length));
  if (parts === null) throw new GdbError(`Packet "${data.slice(0, 40)}" is malformed.`);
  return command.answer(client, parts);
}

/** Names of several letters end where no letter follows. */
const isWhole = (packet: string, data: string): boolean =>
  /^_?.$/.test(packet) || !/[a-z]$/i.test(packet) || !/[a-z]/i.test(data[packet.length] ?? '');

function supported(client: GdbClient, [features]: RegExpExecArray): string {
  const said = features.replace(/^:/, '').split(';');
  client.knows.swbreak = said.includes('swbreak+');
  client.knows.hwbreak = said.includes('hwbreak+');
  return [
    `PacketSize=${PACKET_SIZE.toString(16)}`,
    'QStartNoAckMode+',
    'qXfer:features:read+',
    'qXfer:threads:read+',
    'swbreak+',
    'hwbreak+',
    'vContSupported+',
    ...(client.guest.target.timeTravel.history === undefined ? [] : ['ReverseStep+', 'ReverseContinue+']),
  ].join(';');
}

function startNoAckMode(client: GdbClient): string {
  client.isAcknowledging = false;
  return OK;
}

function readGeneral({ registers, guest: { target }, selected }: GdbClient): string {
  return registers
    .filter(isInGeneralPacket)
    .map((register) => registerHex(register, target, selected))
    .join('');
}

function writeGeneral(client: GdbClient, [, hex]: RegExpExecArray): string {
  const { registers, guest, selected } = client;
  const { target } = guest;
  checkPower(client);
  const general = registers.filter(isInGeneralPacket);
  const digits = general.reduce((sum, { bits }) => sum + (bits >> 2), 0);
  if (hex.length !== digits) throw new GdbError(`The registers have ${digits / 2} bytes, but ${hex.length / 2} were given.`);
  let at = 0;
  for (const register of general) {
    const end = at + (register.bits >> 2);
    const value = hex.slice(at, end);
    // What stays as it is is not written: not every PSTATE that can be read may be written.
    if (value.toLowerCase() !== registerHex(register, target, selected)) setRegister(register, target, selected, value);
    at = end;
  }
  guest.edited();
  return OK;
}

/** So that gdb says why it cannot call a function there: it would wait for it for ever. */
function checkPower({ guest: { target }, selected }: GdbClient): void {
  if (target.pes[selected].power === 'off')
    throw new GdbError(`PE${selected} is off: its registers get their values when it is switched on (PSCI CPU_ON).`);
}

function registerOf({ registers }: GdbClient, number: string) {
  const register = registers[Number.parseInt(number, 16)];
  if (register === undefined) throw new GdbError(`There is no register ${number}: there are ${registers.length}.`);
  return register;
}
function readOne(client: GdbClient, number: string): string {
  const register = registerOf(client, number);
  if (client.dialect === 'lldb' && register.read(client.guest.target, client.selected) === undefined)
    throw new GdbError(`${register.name} has no value at present.`);
  return registerHex(register, client.guest.target, client.selected);
}
function writeOne(client: GdbClient, [, number, hex]: RegExpExecArray): string {
  const register = registerOf(client, number);
  const { target } = client.guest;
  // LLDB's "thread return" writes every register with what it has read of it, and to some a write is an order, whatever its value.
  if (client.dialect === 'lldb' && hex.toLowerCase() === registerHex(register, target, client.selected)) return OK;
  if (register.feature !== 'sdei') checkPower(client);
  setRegister(register, target, client.selected, hex);
  client.guest.edited();
  return OK;
}

/** Z0 and Z1 are both addresses that the machine stops at; Z2 to Z4 watch memory; others, were there any, are not supported. */
function setBreakpoint({ guest: { breakpoints }, selected }: GdbClient, [, type, text, hex]: RegExpExecArray, isWanted: boolean): string {
  const address = BigInt(`0x${text}`);
  if (Number(type) > 4) return '';
  if (type === '2' || type === '3' || type === '4') {
    const length = Number.parseInt(hex, 16);
    if (length < 1 || length > MOST_WATCHED) throw new GdbError(`${length} bytes cannot be watched at once: 1 to ${MOST_WATCHED} can.`);
    if (isWanted && breakpoints.watched.length >= MOST_WATCHPOINTS)
      throw new GdbError(`There are ${MOST_WATCHPOINTS} watchpoints, and no more at once.`);
    breakpoints.watch({ type: Number(type) as 2 | 3 | 4, address, length, pe: selected }, isWanted);
    return OK;
  }
  if (address % 4n !== 0n) throw new GdbError(`0x${text} is not the address of an instruction.`);
  const set = type === '0' ? breakpoints.software : breakpoints.hardware;
  if (isWanted && set.size >= MOST_BREAKPOINTS) throw new GdbError(`There are ${MOST_BREAKPOINTS} breakpoints, and no more at once.`);
  if (isWanted) set.add(address);
  else set.delete(address);
  return OK;
}
const MOST_WATCHED = 1 << 20;

function selectThread(client: GdbClient, [, operation, id]: RegExpExecArray): string {
  const pe = peOfThread(client, id);
  if (operation.toLowerCase() === 'c') client.resumed = typeof pe === 'number' ? pe : undefined;
  else if (typeof pe === 'number') client.selected = pe;
  return OK;
}

function extend(client: GdbClient): string {
  client.isExtended = client.isOwner;
  return OK;
}
function whyStopped({ guest, registers, knows, hasLetGo }: GdbClient): string {
  return hasLetGo ? NO_PROCESS : stopReply(guest, guest.ended, registers, knows);
}
/** GDB manual, `?`: as gdbserver answers it to `target extended-remote`. */
const NO_PROCESS = 'W00';

function letGo(client: GdbClient): string {
  client.guest.breakpoints.clear();
  client.hasLetGo = true;
  return OK;
}
function takeUp(client: GdbClient): string {
  client.hasLetGo = false;
  return client.stopped(client.guest.ended);
}
/** The guest stands where it is until somebody attaches again. */
function detach(client: GdbClient): string {
  if (!client.isExtended) client.close();
  return letGo(client);
}

/** A guest that is not gdb's to kill is left alone. gdb awaits no answer; LLDB wants to hear of SIGKILL. */
async function kill(client: GdbClient): Promise<string | undefined> {
  if (client.isOwner) await client.restart();
  client.close();
  return client.dialect === 'lldb' ? 'X09' : undefined;
}

/** GDB manual, qOffsets: where a program is that is loaded elsewhere than it is linked; its other segments are as far from the first as they were. */
function textSegment({ all }: Images): string {
  const moved = all.find(({ kind, offset }) => kind === 'guest' && offset !== undefined);
  return moved === undefined ? '' : `TextSeg=${moved.low.toString(16)}`;
}

/** GDB manual, qXfer: `m` and a part, `l` and the last one. */
function part(document: string, [, offset, length]: RegExpExecArray): string {
  const from = Number.parseInt(offset, 16);
  const to = from + Math.min(Number.parseInt(length, 16), PACKET_SIZE >> 1);
  return `${to < document.length ? 'm' : 'l'}${document.slice(from, to)}`;
}

/** The text goes to the console, which gdb and LLDB show alike, also of what cannot be done: gdb shows no other. */
async function remoteCommand(client: GdbClient, line: string): Promise<string> {
  try {
    client.write(`${await monitor(client, line)}\n`);
  } catch (error) {
    if (!(error instanceof UserError || error instanceof TargetError || error instanceof GdbError)) throw error;
    client.write(`${error.message}\n`);
  }
  return OK;
}
