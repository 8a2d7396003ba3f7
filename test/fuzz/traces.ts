/** Damaged traces: each is refused with one sentence, or what is left of it is a run that one can go through. */
import { unzipSync, zipSync } from 'fflate';
import { createRandom, oneOf, type Random } from './random.ts';
import { type Message, SessionClient } from '../debug-adapter/support/session-client.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';

export interface FuzzedTraces {
  readonly traces: number;
  /** At the launch, or where the run was another one. */
  readonly refused: number;
  readonly opened: number;
  readonly failures: readonly string[];
  readonly slowest: { readonly milliseconds: number; readonly seed: number };
}

/** For a run of a few thousand instructions. */
const LONGEST = 20_000;
/** Milliseconds that something may run before it is paused. */
const PATIENCE = 100;
const FILE = '/damaged.sdeitrace';

export async function fuzzTraces(count: number, seed: number): Promise<FuzzedTraces> {
  const originals = [await recorded('nested-critical', {}), await recorded('two-pes', { cpus: 2 })];
  let [refused, opened] = [0, 0];
  const failures: string[] = [];
  const slowest = { milliseconds: 0, seed: 0 };
  for (let index = 0; index < count; index++) {
    const random = createRandom(seed + index);
    const began = performance.now();
    const one = await open(random, damaged(random, oneOf(random, originals)));
    const milliseconds = performance.now() - began;
    if (milliseconds > slowest.milliseconds) Object.assign(slowest, { milliseconds, seed: seed + index });
    if (milliseconds > LONGEST) failures.push(`seed ${seed + index}: took ${Math.round(milliseconds)} ms`);
    if (one.isOpen) opened++;
    else refused++;
    failures.push(...one.failures.map((failure) => `seed ${seed + index}: ${failure}`));
  }
  return { traces: count, refused, opened, failures, slowest };
}

/** A trace with everything that one can have: inputs of several kinds, a bookmark, a branch. */
async function recorded(name: string, launch: Record<string, unknown>): Promise<Uint8Array> {
  const client = new SessionClient();
  await client.launch(`${name}.elf`, { memory: '2M', stopAtEnd: 'always', ...launch });
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'on_event' }] });
  await client.start();
  await client.stop();
  await client.request('sdei/consoleInput', { data: 'aGVsbG8=' });
  await client.request('evaluate', { expression: '$x28 = 1', context: 'repl' });
  await client.request('sdei/addBookmark', { name: 'here' });
  await client.request('setFunctionBreakpoints', { breakpoints: [] });
  await client.go('continue');
  await client.go('sdei/goTo', { bookmark: 'here' });
  await client.request('sdei/setMasked', { pe: 0, masked: true });
  await client.ask('sdei/trigger', { event: 806, pe: 0 });
  await client.go('next');
  const { data } = await client.request('sdei/saveTrace');
  await client.end();
  return Buffer.from(data, 'base64');
}

// --- damage -------------------------------------------------------------------------------------------------------------------------

function damaged(random: Random, original: Uint8Array): Uint8Array {
  if (random(4) === 0) return damagedBytes(random, original);
  const archive: Record<string, Uint8Array> = unzipSync(original);
  if (random(6) === 0) {
    const name = oneOf(random, Object.keys(archive));
    if (random(3) === 0) delete archive[name];
    else archive[name] = damagedBytes(random, archive[name]);
  } else {
    const manifest = JSON.parse(new TextDecoder().decode(archive['trace.json'])) as Record<string, unknown>;
    // Half of the time only what the run itself does not depend on.
    const place = random(2) === 0 ? manifest : oneOf(random, [manifest.branches, manifest.bookmarks, manifest.sources]);
    for (let change = random(3); change >= 0; change--) damage(random, place);
    archive['trace.json'] = new TextEncoder().encode(JSON.stringify(manifest));
  }
  return zipSync(archive, { level: 1 });
}

function damagedBytes(random: Random, original: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(original);
  const view = new DataView(bytes.buffer);
  for (let change = random(4); change >= 0; change--) {
    // The directory of a zip archive is at its end.
    const at = random(2) === 0 ? random(bytes.length) : Math.max(0, bytes.length - 1 - random(400));
    if (random(3) === 0 && at + 4 <= bytes.length) view.setUint32(at, oneOf(random, [0, 1, 0xffff_ffff, 0x7fff_ffff, bytes.length]), true);
    else bytes[at] ^= 1 << random(8);
  }
  return random(4) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
}

const values: readonly unknown[] = [
  null, true, '', 'x', '../../etc/passwd', 'files/0/none.elf@.text=0x0', '__proto__', 0, 1, -1, 7, 1.5, 1e9, 2 ** 53, 1e300, [], {}, [[]],
  { $integer: '0x0' }, { $integer: 'many' }, { $integer: '0xffffffffffffffffffff' }, { $bytes: '' }, { $bytes: '%%%' }, { $bytes: 'AAAA' },
  { instruction: 5, ticks: 0, inputs: 0 }, 'turn', 'memory', 'register', 'trigger', 'pc', 'sp', 'SCTLR_EL1', 'EL2', '3G', '64K', 'smc', 'user', 'tfa',
]; // biome-ignore format: a list

/** Changes one place anywhere in it. */
function damage(random: Random, whole: unknown): void {
  let place = whole as Record<string, unknown>;
  for (;;) {
    const keys = Object.keys(place);
    if (keys.length === 0) return;
    const key = oneOf(random, keys);
    const inner = place[key];
    if (typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0 && random(5) > 0) {
      place = inner as Record<string, unknown>;
      continue;
    }
    const how = random(5);
    if (how === 0) delete place[key];
    else if (how === 1 && Array.isArray(place)) place.push(...place);
    else if (how < 4 && typeof inner === 'number') place[key] = inner + oneOf(random, [1, -1, 1000]);
    else place[key] = structuredClone(oneOf(random, values));
    return;
  }
}

// --- sessions -----------------------------------------------------------------------------------------------------------------------

async function open(random: Random, bytes: Uint8Array): Promise<{ readonly isOpen: boolean; readonly failures: readonly string[] }> {
  const host = { ...nodeHost, readFile: async (file: string) => (file === FILE ? bytes : nodeHost.readFile(file)) };
  const client = new SessionClient(makers, host);
  const answers: Message[] = [];
  const ask = async (command: string, args: unknown = {}) => {
    const answer = await client.ask(command, args);
    answers.push(answer);
    return answer;
  };
  await ask('initialize', { adapterID: 'sdei', supportsProgressReporting: true });
  let isOpen = (await ask('launch', { trace: FILE })).success === true;
  if (isOpen) {
    await ask('configurationDone');
    isOpen = await standsStill(client);
  }
  if (isOpen) {
    const { body } = await ask('sdei/branches');
    const { branches = [] } = (body ?? {}) as { branches?: { name: string }[] };
    const names = branches.map(({ name }) => name);
    const anywhere = [0, 1, 1348, 5000, 1e9];
    const moves: readonly (readonly [string, Record<string, unknown>])[] = [
      ['stepBack', {}],
      ['reverseContinue', {}],
      ['continue', {}],
      ['next', {}],
      ['sdei/goTo', { bookmark: 'here' }],
      ['sdei/goTo', { instruction: oneOf(random, anywhere) }],
      ...names.map((name) => ['sdei/goToBranch', { name }] as const),
    ];
    for (let count = 0; isOpen && count < 4; count++) {
      const [command, args] = oneOf(random, moves);
      if ((await ask(command, { threadId: 1, ...args })).success) isOpen = await standsStill(client);
      await ask('stackTrace', { threadId: 1 });
      await ask('sdei/timeline');
    }
    for (const name of names.slice(0, 2)) {
      const report = client.send('sdei/branchReport', { name });
      const timer = setTimeout(() => void ask('cancel', { requestId: report.seq }), PATIENCE);
      answers.push(await report.answer);
      clearTimeout(timer);
    }
    await ask('sdei/saveTrace');
  }
  answers.push((await client.end()) as Message);
  const texts = client.messages.map((message) => JSON.stringify(message));
  return {
    isOpen: texts.some((text) => text.includes('"event":"stopped"')),
    failures: [
      ...client.problems,
      ...texts.filter((text) => text.includes('Internal error')).map((text) => text.slice(0, 400)),
      ...answers.filter((one, index) => answers.indexOf(one) !== index).map(() => 'one answer for two requests'),
    ],
  };
}

/** Pauses what takes too long. @returns false: the session has ended */
async function standsStill(client: SessionClient): Promise<boolean> {
  const timer = setTimeout(() => void client.ask('pause', { threadId: 1 }), PATIENCE);
  const { event } = await client.stop();
  clearTimeout(timer);
  return event === 'stopped';
}
