/** Packets of gdb and LLDB, mutated: each that must be answered has its one answer, and the server goes on. */
import path from 'node:path';
import { packetNames } from '../../debug-adapter/gdb-server/commands.ts';
import { createGdbGuest } from '../../debug-adapter/gdb-server/own-guest.ts';
import type { GdbGuest } from '../../debug-adapter/gdb-server/guest.ts';
import { startGdbServer } from '../../debug-adapter/gdb-server/server.ts';
import { parseLaunchArguments } from '../../debug-adapter/launch-arguments.ts';
import { loadGuest } from '../../debug-adapter/load-guest.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { createLine, type Line } from './packet-line.ts';
import { createRandom, oneOf, type Random } from './random.ts';

export interface FuzzedPackets {
  /** Sent, whole or damaged. */
  readonly packets: number;
  /** Frames with a wrong checksum, cut off, or with bytes of no packet around them. */
  readonly damagedFrames: number;
  /** That had to be answered: all that arrived whole, and after QStartNoAckMode the others as well. */
  readonly answered: number;
  readonly unanswered: number;
  /** Answers that say no: errors, and packets that are not supported. */
  readonly refused: number;
  readonly interrupts: number;
  readonly connections: number;
  /** What must not happen, each with the seed of its session. */
  readonly failures: readonly string[];
  readonly slowest: { readonly milliseconds: number; readonly seed: number };
  readonly peakResidentBytes: number;
}

const PACKETS_PER_SESSION = 200;
const guests = path.join(import.meta.dirname, '../guests');
const launches = [
  { program: 'first-event' },
  { program: 'nested-critical' },
  { program: 'two-pes', cpus: 2 },
  { program: 'two-pes', cpus: 8 },
  { program: 'spin', history: false },
  { program: 'hyp-stub' },
  { program: 'el2-client', client: 'EL2' },
  { program: 'semihosting', semihosting: true },
] as const;

/** @param until called after each session with what has been done so far */
export async function fuzzPackets(count: number, seed: number, progress?: (done: number) => void): Promise<FuzzedPackets> {
  const total = { packets: 0, damagedFrames: 0, answered: 0, unanswered: 0, refused: 0, interrupts: 0, connections: 0 };
  const failures: string[] = [];
  let slowest = { milliseconds: 0, seed };
  let peakResidentBytes = 0;
  let present = seed;
  const fault = (error: unknown) => failures.push(`seed ${present}: thrown: ${error instanceof Error ? error.stack : error}`);
  process.on('uncaughtException', fault).on('unhandledRejection', fault);
  try {
    while (total.packets < count) {
      const began = performance.now();
      const session = new Session(present, Math.min(PACKETS_PER_SESSION, count - total.packets));
      await session.play();
      for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += session.figures[key];
      failures.push(...session.failures.map((failure) => `seed ${present}: ${failure}`));
      const milliseconds = performance.now() - began;
      if (milliseconds > slowest.milliseconds) slowest = { milliseconds, seed: present };
      peakResidentBytes = Math.max(peakResidentBytes, process.memoryUsage.rss());
      progress?.(total.packets);
      present++;
    }
  } finally {
    process.off('uncaughtException', fault).off('unhandledRejection', fault);
  }
  return { ...total, failures, slowest, peakResidentBytes };
}

/** A server, and clients that come to it one after another. */
class Session {
  readonly figures = { packets: 0, damagedFrames: 0, answered: 0, unanswered: 0, refused: 0, interrupts: 0, connections: 0 };
  readonly failures: string[] = [];
  private readonly random: Random;
  private readonly count: number;
  /** Kept for the message of a failure. */
  private readonly recent: string[] = [];
  private connect: (line: Line) => void = () => {};

  constructor(seed: number, count: number) {
    this.random = createRandom(seed);
    this.count = count;
  }

  async play(): Promise<void> {
    const { program, ...more } = oneOf(this.random, launches);
    const launch = parseLaunchArguments({ memory: '2M', history: '1M', ...more, program: path.join(guests, `${program}.elf`) });
    let toGdb: (bytes: Uint8Array) => void = () => {};
    const load = async (): Promise<GdbGuest> => {
      const loaded = await loadGuest(launch, nodeHost, makers);
      return createGdbGuest(launch, loaded, { host: nodeHost, makers, note() {}, console: (bytes) => toGdb(bytes) });
    };
    let guest = await load();
    const restart = async () => {
      guest = await load();
    };
    const isOwner = this.random(4) > 0;
    const server = await startGdbServer(
      {
        ...nodeHost,
        listen: (_, onSocket) => {
          this.connect = ({ socket }) => onSocket(socket);
          return Promise.resolve({ port: 1, close: () => Promise.resolve() });
        },
      },
      0,
      {
        guest: () => guest,
        ...(isOwner && { restart }),
        note() {},
        showsConsole: true,
        attaching: () => (guest.ended.kind === 'off' ? restart() : Promise.resolve()),
      },
    );
    toGdb = server.console;
    while (this.figures.packets < this.count) {
      const line = createLine({ isOwner });
      this.connect(line);
      this.figures.connections++;
      await this.converse(line);
      // What runs for a client that has gone is paused, and then the next one may come.
      for (let turn = 0; server.isAttached && turn < 10_000; turn++) await turns(1);
    }
    await guest.halt();
    await server.close();
  }

  /** Until the packets of this session have been sent, or the server has hung up, or the client does. */
  private async converse(line: Line): Promise<void> {
    const { random } = this;
    if (random(3) > 0) await this.send(line, framed('QStartNoAckMode'));
    while (this.figures.packets < this.count && !line.isClosed) {
      if (random(60) === 0) await this.turnAwayAnother(line);
      const data = mutated(random);
      const bytes = this.frame(data);
      if (random(25) === 0) line.feed(Uint8Array.of(3));
      await this.send(line, bytes);
      if (random(150) === 0) {
        // The other side is gone, whatever runs.
        if (random(2) === 0) await this.settle(line);
        line.hangUp();
        return;
      }
    }
    await this.settle(line);
    line.hangUp();
  }

  private async send(line: Line, bytes: Uint8Array): Promise<void> {
    const { random } = this;
    this.figures.packets++;
    this.recent.push(Buffer.from(bytes.subarray(0, 200)).toString('latin1'));
    if (this.recent.length > 12) this.recent.shift();
    const isPiecewise = random(10) === 0;
    for (let at = 0; at < bytes.length; ) {
      const length = isPiecewise ? 1 + random(12) : bytes.length;
      line.feed(bytes.subarray(at, at + length));
      at += length;
    }
    // What changes how later packets are taken has to be done before they come.
    if (line.hasChangedModes || random(4) === 0) await this.settle(line);
  }

  /** All answers that are due come; what runs is interrupted. */
  private async settle(line: Line): Promise<void> {
    line.finish();
    const patience = 20_000;
    const began = performance.now();
    for (let round = 0; line.due > 0 && !line.isClosed; round++) {
      if (round % 4 === 3) {
        line.feed(Uint8Array.of(3));
        this.figures.interrupts++;
      }
      await turns(1);
      if (performance.now() - began > patience) break;
    }
    await turns(1);
    const { due, problems, answers } = line.take();
    this.figures.answered += answers.length;
    if (due.length > 0 && !line.isClosed) {
      this.figures.unanswered += due.length;
      this.failures.push(`${JSON.stringify(due[0].slice(0, 200))} has no answer after ${JSON.stringify(this.recent)}`);
      line.hangUp();
    }
    if (line.isClosed && !line.mayClose) this.failures.push(`the server has hung up after ${JSON.stringify(this.recent)}`);
    this.failures.push(...problems);
    for (const answer of answers) {
      if (answer === '' || answer.startsWith('E')) this.figures.refused++;
      if (/Internal error|496e7465726e616c206572726f72/.test(answer))
        this.failures.push(`${answer.slice(0, 600)} after ${JSON.stringify(this.recent)}`);
    }
  }

  /** A second client is told why, and nothing happens to the first. */
  private async turnAwayAnother(first: Line): Promise<void> {
    if (first.isClosed) return;
    const second = createLine({ isOwner: false });
    this.connect(second);
    second.feed(framed(oneOf(this.random, samples)));
    await turns(1);
    const { answers } = second.take();
    if (!second.isClosed || !answers[0]?.startsWith('E.Another debugger is attached'))
      this.failures.push(`a second client was answered ${JSON.stringify(answers)}`);
  }

  private frame(data: string): Uint8Array {
    const { random } = this;
    const bytes = framed(data, random(30) > 0);
    switch (random(40)) {
      case 0:
        bytes[bytes.length - 1 - random(2)] = random(256);
        break;
      case 1:
        this.figures.damagedFrames++;
        return bytes.subarray(0, random(bytes.length));
      case 2: {
        const noise = Uint8Array.from({ length: 1 + random(20) }, () => random(256));
        this.figures.damagedFrames++;
        return Buffer.concat([noise, bytes]);
      }
      case 3:
        bytes[random(bytes.length)] = random(256);
        break;
      default:
        return bytes;
    }
    this.figures.damagedFrames++;
    return bytes;
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** @param isEscaped false: as somebody writes it who does not know of escapes */
function framed(data: string, isEscaped = true): Uint8Array {
  const text = isEscaped ? data.replaceAll(/[#$}*]/g, (character) => `}${String.fromCharCode(character.charCodeAt(0) ^ 0x20)}`) : data;
  const bytes = Buffer.from(text, 'latin1');
  const sum = bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
  return Buffer.concat([Buffer.from('$'), bytes, Buffer.from(`#${sum.toString(16).padStart(2, '0')}`)]);
}

/** As gdb and LLDB send them. */
const samples: readonly string[] = [
  '?', '!', 'g', 'p20', 'p1f', 'p0', 'pffff', 'P0=8877665544332211', 'P20=0000104000000000', 'P21=c5030000', 'Hg1', 'Hg0', 'Hg-1', 'Hc1', 'Hc-1', 'T1', 'T2',
  'm40100000,40', 'm40100000,ffffffff', 'mffffffffffffffff,8', 'm0,1', 'm401ffffe,10', 'M40180000,4:01020304', 'M40100000,4:00000014', 'X40180000,0:', 'X40180000,4:}\x03}\x04}]a',
  'Z0,40100004,4', 'z0,40100004,4', 'Z1,40100010,4', 'Z2,40103000,4', 'Z3,40103000,8', 'Z4,40103000,100000', 'z2,40103000,4', 'z4,40103000,100000', 'Z5,0,0',
  'c', 's', 'C05', 'S05;40100000', 'c40100000', 's40100004', 'vCont?', 'vCont;c', 'vCont;s:1', 'vCont;s:1;c', 'vCont;r40100000,40100040:1;c', 'vCont;t', 'vCont;C05:1;c', 'vCont;c:2',
  'bs', 'bc', 'D', 'D;1', 'k', 'vKill;1', 'vRun;', 'R00', 'QNonStop:1', 'QNonStop:0', 'vMustReplyEmpty', 'vStopped', 'vCtrlC', 'vAttach;1',
  'qSupported:multiprocess+;swbreak+;hwbreak+;qRelocInsn+;fork-events+;vfork-events+;exec-events+;vContSupported+;QThreadEvents+;no-resumed+',
  'qXfer:features:read:target.xml:0,ffb', 'qXfer:features:read:target.xml:ffffffffffffffff,ffffffff', 'qXfer:features:read:nothing.xml:0,10', 'qXfer:threads:read::0,1000',
  'qXfer:memory-map:read::0,1000', 'qXfer:auxv:read::0,1000', 'qfThreadInfo', 'qsThreadInfo', 'qThreadExtraInfo,1', 'qC', 'qAttached', 'qAttached:1', 'qOffsets', 'qSymbol::', 'qCRC:40100000,100',
  'qSearch:memory:40100000;100;abc', 'qTStatus', 'QTinit', 'qTfV', 'qGetTIBAddr:1', 'QProgramSignals:e', 'QPassSignals:e;10', 'QStartNoAckMode', 'qL1200000000000000000',
  ...['sdei status', 'sdei trigger 0', 'sdei trigger 804 1', 'sdei catch dispatch error level', 'sdei catch', 'sdei step into', 'memory region', 'memory region 0x40103000', 'system_reset', 'help', 'quit', 'info registers']
    .map((line) => `qRcmd,${Buffer.from(line).toString('hex')}`), 'qRcmd,ff', 'qRcmd,',
  'qqemu.PhyMemMode', 'Qqemu.PhyMemMode:1', 'Qqemu.PhyMemMode:0', 'QEnableErrorStrings', 'QListThreadsInStopReply', 'qHostInfo', 'qProcessInfo', 'qWatchpointSupportInfo:', 'qMemoryRegionInfo:40100000',
  'qMemoryRegionInfo:ffffffffffffffff', 'jThreadsInfo', 'jThreadExtendedInfo:{"thread":1}', 'x0,0', '_M1000,rwx', '_m1000', 'qRegisterInfo0', 'QThreadSuffixSupported', 'qStructuredDataPlugins', 'qShlibInfoAddr',
  'vFile:open:2f,0,0', 'vFlashErase:0,1000', 'QSaveRegisterState', 'A0,0,61', 'i', 'I', 'E01', 'OK',
]; // biome-ignore format: a list
const bases = [...samples, ...packetNames];
const interesting = [
  '0',
  '1',
  '-1',
  'ffffffff',
  'ffffffffffffffff',
  '10000000000000000',
  '40100000',
  '401fffff',
  '7fffffff',
  '80000000',
  'zz',
  '',
  '00',
  ';',
  ',',
  ':',
  '=',
  '#',
  '$',
  '}',
  '*',
  '\x00',
  '\xff',
];

function mutated(random: Random): string {
  const base = oneOf(random, random(5) > 0 ? samples : bases);
  // The guest is loaded anew for each of these, and the connection ends: seldom, so that there is one.
  const data = /^(?:k|D|vKill|vRun|R0)/.test(base) && random(5) > 0 ? oneOf(random, samples) : base;
  const kind = random(20);
  if (kind < 9) return data;
  if (kind === 9) return data.slice(0, random(data.length + 1));
  if (kind === 10) return data + oneOf(random, bases);
  if (kind === 11) return String.fromCharCode(...Array.from({ length: random(60) }, () => random(256)));
  if (kind === 12 && random(20) === 0) return data + oneOf(random, ['0', 'f', 'A', '}', '\xff']).repeat(random(70_000));
  if (kind === 13) return data.replaceAll(/[0-9a-f]+/gi, (number) => (random(2) === 0 ? number : oneOf(random, interesting)));
  let text = data;
  for (let edits = 1 + random(4); edits > 0; edits--) {
    const at = random(text.length + 1);
    const piece = random(2) === 0 ? oneOf(random, interesting) : String.fromCharCode(random(256));
    text = text.slice(0, at) + piece + text.slice(at + random(3));
  }
  return text;
}
