/** Mutated programs: each is refused with one sentence or debugged with what is left of it. */
import { readFileSync } from 'node:fs';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { createSession } from '../../debug-adapter/session.ts';
import { problemsOf } from '../debug-adapter/support/protocol-schema.ts';
import { assets, guests } from '../debug-adapter/support/session-client.ts';
import { createRandom, oneOf, type Random } from './random.ts';

export interface FuzzedElves {
  readonly elves: number;
  readonly refused: number;
  readonly launched: number;
  readonly requests: number;
  readonly unanswered: number;
  readonly failures: readonly string[];
  readonly slowest: { readonly milliseconds: number; readonly seed: number };
  readonly peakResidentBytes: number;
}

/** One request that takes longer than this on a small program is a hang that happened to end. */
const longest = 20_000;

const fixtures = `${import.meta.dirname}/../program/fixtures`;
const originals = [
  ...['first-event', 'nested-critical', 'hyp-stub', 'el2-client'].map((name) => `${guests}/${name}.elf`),
  ...['clang-O0-dwarf5', 'clang-O2-dwarf5-pac', 'gcc-O2-dwarf5-pac', 'gcc-O0-dwarf4', 'gcc-Os-dwarf2', 'assembly-gcc'].map(
    (name) => `${fixtures}/${name}.elf`,
  ),
];

export async function fuzzElves(count: number, seed: number, progress?: (done: number) => void): Promise<FuzzedElves> {
  const total = { refused: 0, launched: 0, requests: 0, unanswered: 0 };
  const failures: string[] = [];
  const slowest = { milliseconds: 0, seed: 0 };
  let peakResidentBytes = 0;
  const images = originals.map((file) => readFileSync(file));
  for (let index = 0; index < count; index++) {
    const random = createRandom(seed + index);
    const bytes = mutated(random, oneOf(random, images));
    const began = performance.now();
    const one = await debug(random, bytes);
    const milliseconds = performance.now() - began;
    if (milliseconds > slowest.milliseconds) Object.assign(slowest, { milliseconds, seed: seed + index });
    if (milliseconds > longest) failures.push(`seed ${seed + index}: took ${Math.round(milliseconds)} ms`);
    for (const key of ['refused', 'launched', 'requests', 'unanswered'] as const) total[key] += one[key];
    failures.push(...one.failures.map((failure) => `seed ${seed + index}: ${failure}`));
    peakResidentBytes = Math.max(peakResidentBytes, process.memoryUsage.rss());
    progress?.(index + 1);
  }
  return { elves: count, ...total, failures, slowest, peakResidentBytes };
}

/** Bytes changed anywhere or in the headers, numbers overwritten by extreme ones, parts cut off, moved, or repeated. */
function mutated(random: Random, original: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(original);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // Most often only what the headers describe, so that there is something left to debug.
  const isWhole = random(4) > 0;
  const [first, last] = isWhole ? [0x200, Number(view.getBigUint64(0x28, true))] : [0, bytes.length];
  const place = () => (!isWhole && random(3) === 0 ? random(Math.min(bytes.length, 512)) : first + random(last - first));
  for (let change = random(12); change >= 0; change--) {
    const at = place();
    switch (random(6)) {
      case 0:
        bytes[at] ^= 1 << random(8);
        break;
      case 1:
        bytes[at] = oneOf(random, [0, 0xff, 0x7f, 0x80, random(256)]);
        break;
      case 2:
        if (at + 4 <= bytes.length) view.setUint32(at, oneOf(random, [0, 0xffffffff, 0x7fffffff, 0x80000000, bytes.length, 1]), true);
        break;
      case 3:
        if (at + 8 <= bytes.length) view.setBigUint64(at, oneOf(random, [0n, 2n ** 64n - 1n, 2n ** 63n, BigInt(bytes.length), 1n]), true);
        break;
      case 4:
        bytes.copyWithin(at, place(), place() + random(64));
        break;
      default:
        bytes.fill(random(256), at, at + random(32));
    }
  }
  return !isWhole && random(3) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
}

async function debug(
  random: Random,
  bytes: Uint8Array,
): Promise<{ refused: number; launched: number; requests: number; unanswered: number; failures: string[] }> {
  const failures: string[] = [];
  // oxlint-disable-next-line typescript/no-explicit-any -- bodies are looked at, not modelled
  const answers = new Map<number, any>();
  const session = createSession({
    host: { ...nodeHost, ...assets, readFile: (path) => (path === 'mutated.elf' ? Promise.resolve(bytes) : nodeHost.readFile(path)) },
    makers,
    send(message) {
      const plain = JSON.parse(JSON.stringify(message));
      if (plain.type === 'response') answers.set(plain.request_seq, plain);
      failures.push(...problemsOf(plain));
      const text = JSON.stringify(plain);
      if (text.includes('Internal error')) failures.push(text.slice(0, 600));
    },
  });
  let seq = 0;
  const ask = async (command: string, args: object = {}) => {
    session.receive({ seq: ++seq, type: 'request', command, arguments: args });
    await session.settled();
    return answers.get(seq);
  };
  await ask('initialize', { adapterID: 'sdei' });
  const launched = await ask('launch', { program: 'mutated.elf', memory: '16M', history: false, stopOnEntry: true });
  const isLaunched = launched?.success === true;
  if (isLaunched) {
    await ask('configurationDone');
    for (const name of ['on_event', 'main', 'recurse', '_start']) await ask('setFunctionBreakpoints', { breakpoints: [{ name }] });
    const sources = (await ask('loadedSources'))?.body?.sources ?? [];
    for (const source of sources.slice(0, 6)) {
      await ask('breakpointLocations', { source, line: 1, endLine: 200 });
      await ask('setBreakpoints', {
        source,
        breakpoints: [{ line: 1 + random(100), condition: oneOf(random, ['', '1', 'i == 3', '$x0']) }],
      });
    }
    await ask('modules');
    await ask(oneOf(random, ['continue', 'next', 'stepIn']), { threadId: 1 });
    await new Promise((resolve) => setTimeout(resolve, 2));
    await ask('pause', { threadId: 1 });
    await new Promise((resolve) => setTimeout(resolve, 12));
    await look();
    for (const expression of ['&main', 'event_log', '*log', 'nodes', 'sizeof(struct node)', 'counter'])
      await ask('evaluate', { expression });
    if (random(8) === 0) await ask('disassemble', { memoryReference: '0x40000000', instructionCount: 16 });
  }
  await session.close();
  let unanswered = 0;
  for (let request = 1; request <= seq; request++) if (!answers.has(request)) unanswered++;
  if (unanswered > 0) failures.push(`${unanswered} requests have no answer`);
  return { refused: isLaunched ? 0 : 1, launched: isLaunched ? 1 : 0, requests: seq, unanswered, failures };

  async function look(): Promise<void> {
    const frames = (await ask('stackTrace', { threadId: 1 }))?.body?.stackFrames ?? [];
    for (const { id } of frames.slice(0, 4)) {
      const [locals] = (await ask('scopes', { frameId: id }))?.body?.scopes ?? [];
      if (locals === undefined) continue;
      const { variables = [] } = (await ask('variables', { variablesReference: locals.variablesReference }))?.body ?? {};
      for (const { variablesReference } of variables.slice(0, 4))
        if (variablesReference > 0) await ask('variables', { variablesReference, count: 20 });
      await ask('completions', { text: 'log->', column: 6, frameId: id });
      await ask('stepInTargets', { frameId: id });
    }
  }
}
