/** Requests of every kind with right shapes and wrong values, in any order, in frames that are whole or damaged. */
import type { Shape } from '../../debug-adapter/arguments.ts';
import { createDeframer } from '../../debug-adapter/framing.ts';
import { createLeftGuests } from '../../debug-adapter/left-guests.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { handlers } from '../../debug-adapter/requests/index.ts';
import { createSession } from '../../debug-adapter/session.ts';
import { problemsOf } from '../debug-adapter/support/protocol-schema.ts';
import { assets, guests } from '../debug-adapter/support/session-client.ts';
import { createRandom, oneOf, type Random } from './random.ts';

export interface FuzzedMessages {
  readonly messages: number;
  /** Messages that came through as requests, and how many of them had no answer, or several. */
  readonly requests: number;
  readonly unanswered: number;
  readonly succeeded: number;
  /** Frames that were cut, overwritten or torn apart. */
  readonly damagedFrames: number;
  /** What must not happen, each with the seed of its session. */
  readonly failures: readonly string[];
  readonly peakResidentBytes: number;
}

const messagesPerSession = 50;
const commands = [...handlers.keys(), 'cancel', 'nonsense', '__proto__', ''];
const programs = ['first-event', 'nested-critical', 'two-pes', 'hyp-stub', 'spin', 'el2-client', 'undefined'];

/** @param until called after each session with what has been done so far */
export async function fuzzMessages(count: number, seed: number, progress?: (done: number) => void): Promise<FuzzedMessages> {
  const total = { messages: 0, requests: 0, unanswered: 0, succeeded: 0, damagedFrames: 0 };
  const failures: string[] = [];
  let peakResidentBytes = 0;
  const fault = (error: unknown) => failures.push(`thrown outside of a request: ${error instanceof Error ? error.stack : error}`);
  process.on('uncaughtException', fault).on('unhandledRejection', fault);
  try {
    for (let session = 0; total.messages < count; session++) {
      const one = await fuzzSession(seed + session, Math.min(messagesPerSession, count - total.messages));
      for (const key of ['messages', 'requests', 'unanswered', 'succeeded', 'damagedFrames'] as const) total[key] += one[key];
      failures.push(...one.failures.map((failure) => `seed ${seed + session}: ${failure}`));
      peakResidentBytes = Math.max(peakResidentBytes, process.memoryUsage.rss());
      progress?.(total.messages);
    }
  } finally {
    process.off('uncaughtException', fault).off('unhandledRejection', fault);
  }
  return { ...total, failures, peakResidentBytes };
}

/** What a client has been told: values that are right, at least for a while. */
interface Known {
  readonly numbers: number[];
  readonly texts: string[];
}

async function fuzzSession(seed: number, count: number): Promise<Omit<FuzzedMessages, 'peakResidentBytes'>> {
  const random = createRandom(seed);
  const known: Known = { numbers: [0, 1, 2], texts: ['0x40100000'] };
  const failures: string[] = [];
  const sent = new Map<number, number>();
  let requests = 0;
  let succeeded = 0;
  let damagedFrames = 0;
  const leftGuests = createLeftGuests();
  const session = createSession({
    host: { ...nodeHost, ...assets },
    makers,
    leftGuests,
    send(message) {
      const text = JSON.stringify(message);
      const plain = JSON.parse(text);
      if (plain.type === 'response') {
        sent.set(plain.request_seq, (sent.get(plain.request_seq) ?? 0) - 1);
        if (plain.success) succeeded++;
      }
      // The number of a request that had none is the client's fault.
      // Sources come back as the client has named them, also by a key that was damaged on the way.
      if (plain.type === 'event' || plain.request_seq > 0)
        failures.push(...problemsOf(plain).filter((problem) => !/source\.\S+ is not a key/.test(problem)));
      if (text.includes('Internal error')) failures.push(text.slice(0, 600));
      harvest(plain.body, known);
    },
  });
  const receive = (message: unknown) => {
    const { type, seq } = (message ?? {}) as { type?: unknown; seq?: unknown };
    if (type === 'request') {
      requests++;
      const number = typeof seq === 'number' ? seq : 0;
      sent.set(number, (sent.get(number) ?? 0) + 1);
    }
    session.receive(message);
  };
  const take = createDeframer(receive, () => {});
  const program = `${guests}/${oneOf(random, programs)}`;
  let seq = 0;
  const opening = openingOf(random, program);
  for (let index = 0; index < count; index++) {
    const message = index < opening.length ? { ...opening[index], seq: ++seq, type: 'request' } : anyMessage(random, known, program, ++seq);
    const bytes = Buffer.from(JSON.stringify(message));
    const frame = Buffer.concat([Buffer.from(`Content-Length: ${bytes.length}\r\n\r\n`), bytes]);
    if (index < opening.length) take(frame);
    else if (deliver(random, frame, take)) damagedFrames++;
    if (random(3) === 0) await session.settled();
    // Time for the guest to run.
    if (random(6) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  // A frame that announced more than came swallows what follows: this much ends it.
  take(Buffer.alloc(70_000, 0x20));
  await session.settled();
  await session.close();
  while ((await leftGuests.take()) !== undefined);
  const wrong = [...sent].filter(([, left]) => left !== 0);
  for (const [number, left] of wrong) failures.push(`request ${number} has ${left > 0 ? 'no answer' : 'more than one answer'}`);
  return { messages: count, requests, unanswered: wrong.length, succeeded, damagedFrames, failures };
}

/** Where a session is when anything may come. */
function openingOf(random: Random, program: string): { command: string; arguments?: unknown }[] {
  const launch = {
    program: `${program}.elf`,
    memory: '16M',
    history: oneOf(random, [false, '4M']),
    stopOnEntry: random(2) === 0,
    ...(random(3) === 0 ? { cpus: 2 } : {}),
  };
  const steps = [
    { command: 'initialize', arguments: { adapterID: 'sdei', linesStartAt1: random(4) > 0, supportsANSIStyling: random(2) === 0 } },
    { command: 'launch', arguments: launch },
    {
      command: oneOf(random, ['setFunctionBreakpoints', 'setExceptionBreakpoints']),
      arguments: { breakpoints: [{ name: oneOf(random, ['on_event', 'main', 'print']) }], filters: ['sdei.dispatch'] },
    },
    { command: 'configurationDone' },
    { command: 'stackTrace', arguments: { threadId: 1 } },
  ];
  return steps.slice(0, random(steps.length + 3));
}

const words = [
  '', 'i', '$x0', '$pc', 'log', '*log', 'event_log.handled', '$SCTLR_EL1.M', '$sdei_context.pc', '1 +', '((((', '"', '$x1 = 3', 'log->interrupted_x[0]@4',
  'x'.repeat(5000), 'main', 'EL1', 'physical', 'sdei.dispatch', 'conduit', '804', '% 2', '>', '{$x0}', '0x40100000', '0xffffffffffffffff', '-1', 'AQID', '%%%',
  'instruction', 'line', 'repl', 'hover', 'clipboard', 'pc', 'handled', 'Locals', '[3]', '0x6040000000140004', '\u0000', '\ud800', '😀', '/nowhere.c', '1/0',
  '*(struct event_log *)0', '(char)', 'sizeof(int)', 'int', '$KVM_REG_ARM_SDEI_PE_STATE', 'a@b@c', '$v0', '9'.repeat(400),
]; // biome-ignore format: a list
const numbers = [0, 1, 2, 3, 4, 7, -1, 40, 76, 255, 804, 4096, 65_536, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1.5, 1e300];
const things: readonly unknown[] = [null, true, false, [], {}, [[]], { a: { b: [] } }, 'text', 17];

function anyMessage(random: Random, known: Known, program: string, seq: number): object {
  const command = oneOf(random, commands);
  const kind = random(40);
  if (kind === 0) return { seq, type: oneOf(random, ['response', 'event', 'x']), command, request_seq: 1, event: 'stopped' };
  if (kind === 1) return { seq: oneOf(random, [-1, '7', null, 1e300]), type: 'request', command };
  if (kind === 2) return { seq, type: 'request', command: oneOf(random, things), arguments: oneOf(random, things) };
  if (kind === 3) return { seq, type: 'request', command, arguments: oneOf(random, things) };
  if (command === 'cancel') return { seq, type: 'request', command, arguments: { requestId: seq - random(5) } };
  // The end of a session comes seldom, so that there is one.
  if (['disconnect', 'terminate', 'restart', 'launch'].includes(command) && random(8) > 0)
    return { seq, type: 'request', command: 'threads' };
  const shape = handlers.get(command)?.arguments ?? {};
  if (command === 'launch')
    return { seq, type: 'request', command, arguments: { program: `${program}.elf`, memory: '16M', history: false } };
  return { seq, type: 'request', command, arguments: valueFor(random, shape, '', known, program) };
}

/** A value of the shape; now and then one that is not. */
function valueFor(random: Random, shape: Shape, key: string, known: Known, program: string): unknown {
  if (random(50) === 0) return oneOf(random, things);
  if (typeof shape === 'string') {
    switch (shape) {
      case 'boolean':
        return random(2) === 0;
      case 'integer':
      case 'count':
      case 'reference':
        return numberFor(random, key, known);
      case 'object':
        return random(2) === 0 ? { hex: random(2) === 0 } : {};
      default:
        return textFor(random, key, known, program);
    }
  }
  if (Array.isArray(shape))
    return Array.from({ length: random(4) }, () => valueFor(random, (shape as readonly Shape[])[0], key, known, program));
  const fields: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(shape as Record<string, Shape>)) {
    const isOptional = name.endsWith('?');
    if (random(isOptional ? 2 : 30) === 0) continue;
    const field = isOptional ? name.slice(0, -1) : name;
    fields[field] = valueFor(random, inner, field, known, program);
  }
  return fields;
}

function numberFor(random: Random, key: string, known: Known): number {
  if (key === 'threadId' && random(8) > 0) return 1 + random(2);
  if (/^(pe|bit)$/.test(key) && random(4) > 0) return random(2);
  if (/count/i.test(key) && random(4) > 0) return random(64);
  if (/line|column/i.test(key) && random(4) > 0) return random(110);
  return random(3) > 0 ? oneOf(random, known.numbers) : oneOf(random, numbers);
}

function textFor(random: Random, key: string, known: Known, program: string): string {
  if (key === 'path' && random(4) > 0) return `${program}.c`;
  return random(3) > 0 ? oneOf(random, known.texts) : oneOf(random, words);
}

const mostKnown = 200;

/** Ids, addresses and names of a response, to be given back later. */
function harvest(value: unknown, known: Known): void {
  if (typeof value === 'number' && Number.isInteger(value)) remember(known.numbers, value);
  else if (typeof value === 'string' && value.length < 200) remember(known.texts, value);
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) harvest(inner, known);
}

function remember<Item>(list: Item[], item: Item): void {
  if (list.length < mostKnown) list.push(item);
  else list[(list.length * 31 + String(item).length * 17) % mostKnown] = item;
}

/** @returns whether the frame has been damaged */
function deliver(random: Random, frame: Buffer, take: (chunk: Uint8Array) => void): boolean {
  switch (random(50)) {
    case 0:
      take(frame.subarray(0, random(frame.length)));
      return true;
    case 1: {
      const bytes = Buffer.from(frame);
      bytes[random(bytes.length)] = random(256);
      take(bytes);
      return true;
    }
    case 2:
      take(Buffer.from(oneOf(random, ['\r\n\r\n', 'Content-Length: 99999999999\r\n\r\n', 'Content-Length: 0\r\n\r\n', 'hello', '{}'])));
      take(frame);
      return true;
    case 3:
      for (let at = 0; at < frame.length; ) {
        const length = 1 + random(20);
        take(frame.subarray(at, at + length));
        at += length;
      }
      return false;
    default:
      take(frame);
      return false;
  }
}
