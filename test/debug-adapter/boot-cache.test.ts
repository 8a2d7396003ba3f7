/** Sessions one after the other on a guest that runs 100 million instructions before it stops. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { HostCache } from '../../debug-adapter/host.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeCache } from '../../debug-adapter/node-cache.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { loadParts } from '../../debug-adapter/session/loaded-parts.ts';
import { RspClient } from '../gdb-server/support/rsp-client.ts';
import { root, SessionClient } from './support/session-client.ts';

const elf = path.join(root, 'bench/debug-loop.elf');
const KNOWN = /The first ([\d,]+) instructions are known from an earlier run/;

interface Found {
  /** Instructions; absent: everything was executed. */
  readonly known: number | undefined;
  readonly stop: string;
  readonly state: readonly string[];
  readonly console: string;
}

const cacheOf = (context: TestContext): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'boot-cache-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

async function session(
  folder: string,
  breakAt: string,
  { launch = {}, then = async () => {} }: { launch?: object; then?: (client: SessionClient) => Promise<void> } = {},
): Promise<Found> {
  const client = new SessionClient(makers, { ...nodeHost, cache: nodeCache(folder, 'test') });
  try {
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', { program: elf, ...launch });
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: breakAt }] });
    await client.request('configurationDone');
    const { body } = await client.stop();
    const found = await foundBy(client, `${body.reason}`);
    await then(client);
    assert.deepEqual(client.problems, []);
    return found;
  } finally {
    await client.end();
  }
}
async function foundBy(client: SessionClient, stop: string): Promise<Found> {
  const known = KNOWN.exec(client.outputs('console'))?.[1];
  const { time } = await client.request('sdei/bookmarks');
  const values = [];
  for (const name of ['$pc', '$sp', '$x0', '$x29', '$x30', 'turns', 'values[0]', 'values[1]'])
    values.push(`${name} ${await client.evaluate(name)}`);
  return {
    known: known === undefined ? undefined : Number(known.replaceAll(',', '')),
    stop,
    state: [...(await client.stack()), ...values, JSON.stringify(time)],
    console: client.outputs('stdout'),
  };
}
/** Reads when it is told to. */
function heldCache(folder: string) {
  const kept = nodeCache(folder, 'test');
  let isReading = (): void => {};
  let goOn = (): void => {};
  const reading = new Promise<void>((resolve) => (isReading = resolve));
  const released = new Promise<void>((resolve) => (goOn = resolve));
  const cache: HostCache = {
    ...kept,
    async read(name) {
      isReading();
      await released;
      return kept.read(name);
    },
  };
  return { cache, reading, goOn };
}
const kept = (folder: string): string[] => readdirSync(folder);

test('the second session begins where nothing has stopped the first, and everything is as it was there', async (context) => {
  const folder = cacheOf(context);
  const first = await session(folder, 'milestone');
  assert.equal(first.known, undefined);
  assert.equal(kept(folder).length, 1);
  const second = await session(folder, 'milestone');
  assert.ok(second.known !== undefined && second.known >= 50_000_000, `${second.known}`);
  assert.deepEqual({ ...second, known: undefined }, first);
  assert.equal(kept(folder).length, 1);
});

test('one can go back to before, and Restart takes it over as well', async (context) => {
  const folder = cacheOf(context);
  let pcBefore = '';
  const goBack = async (client: SessionClient) => {
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'main' }] });
    assert.equal((await client.go('reverseContinue')).body.reason, 'function breakpoint');
    pcBefore = (await client.stack())[0];
  };
  await session(folder, 'milestone', { launch: { bootCache: false }, then: goBack });
  assert.deepEqual(kept(folder), []);
  await session(folder, 'milestone');
  const straight = pcBefore;
  assert.match(straight, /^main debug-loop\.c:/);
  const restart = async (client: SessionClient) => {
    await client.request('restart');
    assert.equal((await client.stop()).body.reason, 'function breakpoint');
    assert.equal(client.outputs('console').match(new RegExp(KNOWN, 'g'))?.length, 2);
  };
  assert.ok((await session(folder, 'milestone', { then: restart })).known);
  pcBefore = '';
  assert.ok((await session(folder, 'milestone', { then: goBack })).known);
  assert.equal(pcBefore, straight);
});

test('a breakpoint in what was executed is met; so it is in another guest, and with "bootCache": false', async (context) => {
  const folder = cacheOf(context);
  const first = await session(folder, 'milestone');
  const rows: readonly [breakAt: string, launch: object][] = [
    ['main', {}],
    ['work', {}],
    ['milestone', { bootCache: false }],
    ['milestone', { memory: '64M' }],
    ['milestone', { cpus: 2 }],
  ];
  for (const [breakAt, launch] of rows) {
    const { known, state } = await session(folder, breakAt, { launch });
    assert.equal(known, undefined, `${breakAt} ${JSON.stringify(launch)}`);
    if (breakAt !== 'milestone') assert.match(state[0], new RegExp(`^${breakAt} `));
    else if (!('cpus' in launch)) assert.deepEqual(state.slice(0, 3), first.state.slice(0, 3));
  }
});

test('gdb finds a guest whose beginning was taken over as it finds one that executed it, and goes back in it', async (context) => {
  const folder = cacheOf(context);
  const PC = 32;
  const asSeenByGdb = async (client: SessionClient): Promise<string[]> => {
    const [, port] = /target remote 127\.0\.0\.1:(\d+)/.exec(client.outputs('console')) ?? assert.fail();
    const gdb = new RspClient(Number(port));
    await gdb.ask('qSupported:swbreak+;hwbreak+');
    const answers = [await gdb.ask('?'), await gdb.ask('g'), `${await gdb.register(PC)}`];
    const main = /0x[0-9a-f]+/.exec(await client.evaluate('&main'))?.[0].slice(2) ?? '';
    await gdb.ask(`Z0,${main},4`);
    // The editor's breakpoint is behind, gdb's in what was taken over.
    answers.push(await gdb.ask('bc'), `${await gdb.register(PC)}`, await gdb.ask('bc'), `${await gdb.register(PC)}`);
    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    answers.push(await gdb.ask('c'), `${await gdb.register(PC)}`, await gdb.ask('s'), `${await gdb.register(PC)}`);
    await gdb.end();
    return answers;
  };
  const seen: string[][] = [];
  const look = async (client: SessionClient) => void seen.push(await asSeenByGdb(client));
  await session(folder, 'milestone');
  const first = await session(folder, 'milestone', { launch: { gdbServer: 0, bootCache: false }, then: look });
  assert.equal(first.known, undefined);
  const second = await session(folder, 'milestone', { launch: { gdbServer: 0 }, then: look });
  assert.ok(second.known);
  assert.deepEqual(seen[1], seen[0]);
});

test('gdb that attaches while the file is read holds the guest, and its breakpoints in what is known are met', async (context) => {
  const folder = cacheOf(context);
  await session(folder, 'milestone');
  const held = heldCache(folder);
  const client = new SessionClient(makers, { ...nodeHost, cache: held.cache });
  await client.request('initialize', { adapterID: 'sdei' });
  await client.request('launch', { program: elf, gdbServer: 0 });
  const [, port] = /target remote 127\.0\.0\.1:(\d+)/.exec(client.outputs('console')) ?? assert.fail();
  await client.request('configurationDone');
  await held.reading;
  const gdb = new RspClient(Number(port));
  const attached = gdb.ask('?');
  await new Promise((resolve) => setTimeout(resolve, 50));
  held.goOn();
  assert.match(await attached, /^T/);
  await client.stop();
  // It stands where it was held: at the first instruction, or at the end of what is known.
  const time = Number(await client.evaluate('$time'));
  assert.ok(time === 0 || KNOWN.test(client.outputs('console')), `${time}`);
  const main = /0x[0-9a-f]+/.exec(await client.evaluate('&main'))?.[0] ?? '';
  await gdb.ask(`Z0,${main.slice(2)},4`);
  assert.match(await gdb.ask(time === 0 ? 'c' : 'bc'), /^T05/);
  assert.equal(await gdb.register(32), BigInt(main));
  await gdb.end();
  await client.end();
});

test('a session that stops at the first instruction takes no notes, which nobody would read', async (context) => {
  const folder = cacheOf(context);
  const host = { ...nodeHost, cache: nodeCache(folder, 'test') };
  for (const stopOnEntry of [true, false]) {
    const { target, usesBootCache } = await loadParts({ program: elf, stopOnEntry }, host, makers, () => {});
    await target.resume({ maxInstructions: 60_000_000 });
    assert.equal(usesBootCache, !stopOnEntry);
    assert.equal(target.timeTravel.beginning === undefined, stopOnEntry);
  }
});

test('a filter that was not set then executes everything; one that is taken away does not', async (context) => {
  const folder = cacheOf(context);
  const filter = (filters: string[]) => async (client: SessionClient) =>
    void (await client.request('setExceptionBreakpoints', { filters }));
  const run = async (filters: string[]): Promise<Found> => {
    const client = new SessionClient(makers, { ...nodeHost, cache: nodeCache(folder, 'test') });
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', { program: elf });
    await filter(filters)(client);
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'milestone' }] });
    await client.request('configurationDone');
    const { body } = await client.stop();
    const found = await foundBy(client, `${body.reason}`);
    await client.end();
    return found;
  };
  assert.equal((await run(['sdei.dispatch'])).known, undefined);
  assert.ok((await run([])).known);
  assert.ok((await run(['sdei.dispatch'])).known);
  assert.equal((await run(['sdei.exception'])).known, undefined);
});

test('a breakpoint that is set while the file is read is met', async (context) => {
  const folder = cacheOf(context);
  await session(folder, 'milestone');
  const { cache, reading, goOn } = heldCache(folder);
  const client = new SessionClient(makers, { ...nodeHost, cache });
  await client.request('initialize', { adapterID: 'sdei' });
  await client.request('launch', { program: elf });
  await client.request('configurationDone');
  await reading;
  const { answer } = client.send('setFunctionBreakpoints', { breakpoints: [{ name: 'main' }] });
  await new Promise((resolve) => setTimeout(resolve, 20));
  goOn();
  assert.equal((await answer).success, true);
  await client.stop();
  assert.match((await client.stack())[0], /^main debug-loop\.c:/);
  assert.doesNotMatch(client.outputs('console'), KNOWN);
  await client.end();
});

test('requests that come while the cache is asked are answered, also of a guest that runs without end', async (context) => {
  const kept = nodeCache(cacheOf(context), 'test');
  const client = new SessionClient(makers, {
    ...nodeHost,
    cache: { ...kept, names: () => ['3-0-x-60000000'], read: async () => undefined },
  });
  try {
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', { program: path.join(root, 'test/guests/spin.elf') });
    const answers = ['configurationDone', 'sdei/state', 'sdei/timeline', 'threads'].map((command) => client.send(command).answer);
    assert.equal((await Promise.all(answers)).length, 4);
    await client.request('pause', { threadId: 1 });
    assert.equal((await client.stop()).body.reason, 'pause');
  } finally {
    await client.end();
  }
});

test('where somebody has paused the guest, or it has ended, is nothing to begin at', async (context) => {
  const folder = cacheOf(context);
  for (const isPaused of [true, false]) {
    const client = new SessionClient(makers, { ...nodeHost, cache: nodeCache(folder, 'test') });
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', { program: path.join(root, isPaused ? 'test/guests/spin.elf' : 'bench/memory.elf') });
    await client.request('configurationDone');
    for (let now = 0; isPaused && now < 60_000_000; ) {
      await client.request('pause', { threadId: 1 });
      assert.equal((await client.stop()).body.reason, 'pause');
      now = (await client.request('sdei/bookmarks')).time.now;
      if (now < 60_000_000) await client.request('continue', { threadId: 1 });
    }
    if (!isPaused) assert.equal((await client.stop()).event, 'terminated');
    await client.end();
  }
  assert.deepEqual(kept(folder), []);
});

test('damage is as if nothing had been kept', async (context) => {
  const folder = cacheOf(context);
  const first = await session(folder, 'milestone');
  const [name] = kept(folder);
  const file = path.join(folder, name);
  const whole = readFileSync(file);
  for (const damaged of [
    whole.subarray(0, 4),
    whole.subarray(0, whole.length - 5000),
    Buffer.concat([whole, Buffer.alloc(4096)]),
    Buffer.alloc(0),
  ]) {
    writeFileSync(file, damaged);
    const { known, ...found } = await session(folder, 'milestone', { launch: {} });
    assert.equal(known, undefined, `${damaged.length} of ${whole.length} bytes`);
    assert.deepEqual({ ...found, known: first.known }, first);
  }
});
