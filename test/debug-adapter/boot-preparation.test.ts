/** What is kept before a session wants it (`sdei-debug prepare`). */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { UserError } from '../../debug-adapter/errors.ts';
import type { Host } from '../../debug-adapter/host.ts';
import type { Makers } from '../../debug-adapter/load-guest.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeCache } from '../../debug-adapter/node-cache.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { type Preparation, prepareBoot } from '../../debug-adapter/session/boot-preparation.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { elf, kernel } from '../boot/support/moving-kernel.ts';
import { SessionClient, root } from './support/session-client.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'boot-preparation-'));
test.after(() => rmSync(folder, { recursive: true }));

const cache = nodeCache(folder, 'test');
const host: Host = { ...nodeHost, cache };
const loop = path.join(root, 'bench/debug-loop.elf');
const events = path.join(root, 'bench/sdei-events.elf');

const prepare = (asked: Record<string, unknown>, on = host): Promise<Preparation | undefined> =>
  prepareBoot(asked, { host: on, makers, note: (text) => assert.fail(text) });

async function sessionOf(
  launch: Record<string, unknown>,
  filters: readonly string[],
): Promise<{ reason: string | undefined; known: string | undefined; console: string; stack: readonly string[] }> {
  const client = new SessionClient(makers, host);
  try {
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', launch);
    await client.request('setExceptionBreakpoints', { filters });
    if (filters.length === 0) await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'milestone' }] });
    await client.request('configurationDone');
    const { body } = await client.stop();
    const known = /The first ([\d,]+) instructions/.exec(client.outputs('console'))?.[1];
    return { reason: body.reason, known, console: client.outputs('stdout'), stack: await client.stack() };
  } finally {
    await client.end();
  }
}

test('a guest is executed up to its end: sessions begin at its last instruction, unless something stops them before', async () => {
  const prepared = await prepare({ program: loop });
  assert.ok(prepared);
  assert.deepEqual([prepared.outcome, prepared.stop], ['kept', 'system-off']);
  assert.equal(readdirSync(folder).length, 1);
  assert.deepEqual(await prepare({ program: loop, symbols: [loop], stopAtEnd: 'always' }), { ...prepared, outcome: 'known' });
  assert.equal(readdirSync(folder).length, 1);
  const stopped = await sessionOf({ program: loop }, []);
  assert.deepEqual([stopped.reason, stopped.known], ['function breakpoint', undefined]);
  const client = new SessionClient(makers, host);
  await client.request('initialize', { adapterID: 'sdei' });
  await client.request('launch', { program: loop, stopAtEnd: 'always' });
  await client.request('configurationDone');
  await client.stop();
  assert.ok(client.outputs('console').includes(`The first ${prepared.instructions.toLocaleString('en')} instructions are known`));
  await client.end();
});

test('a guest with events is executed up to the first: a session that stops at dispatches begins before it, and is where another is', async () => {
  const launch = { program: events };
  const straight = await sessionOf({ ...launch, bootCache: false }, ['sdei.dispatch']);
  const least = 1;
  const prepared = await prepareBoot(launch, { host, makers, note: (text) => assert.fail(text), least });
  assert.deepEqual([prepared?.outcome, prepared?.stop], ['kept', 'sdei-dispatch']);
  const { known, ...then } = await sessionOf(launch, ['sdei.dispatch']);
  assert.equal(known, prepared?.instructions.toLocaleString('en'));
  assert.deepEqual(then, { reason: straight.reason, console: straight.console, stack: straight.stack });
});

test('a breakpoint that comes before the first event is where what is kept ends: of a function, a source, in a kernel that moves', async () => {
  const source = path.join(root, 'bench/debug-loop.c');
  const rows: readonly (readonly [places: readonly string[], reached: string | undefined])[] = [
    [['milestone'], 'milestone'],
    [['nowhere', 'milestone', `${source}:999`], 'milestone'],
    [['debug-loop.c:23', 'milestone'], 'milestone'],
    [[`${source}:28`], 'main'],
    [['work', 'milestone'], 'work'],
    [['nowhere'], undefined],
  ];
  for (const [breakpoints, reached] of rows) {
    const on = nodeCache(mkdtempSync(path.join(folder, 'rows-')), 'test');
    const prepared = await prepareBoot(
      { program: loop },
      { host: { ...nodeHost, cache: on }, makers, note: (text) => assert.fail(text), least: 1, breakpoints },
    );
    assert.equal(prepared?.outcome, 'kept', breakpoints.join());
    assert.equal(prepared.stop, reached === undefined ? 'system-off' : 'breakpoint');
    if (reached === undefined) continue;
    const client = new SessionClient(makers, { ...nodeHost, cache: on });
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', { program: loop });
    if (reached === 'main') await client.request('setBreakpoints', { source: { path: source }, breakpoints: [{ line: 28 }] });
    else await client.request('setFunctionBreakpoints', { breakpoints: [{ name: reached }] });
    await client.request('configurationDone');
    assert.match((await client.stop()).body.reason ?? '', /breakpoint$/);
    assert.match((await client.stack())[0], new RegExp(`^${reached} `));
    assert.match(client.outputs('console'), new RegExp(`The first ${prepared.instructions.toLocaleString('en')} instructions are known`));
    assert.equal(Number(await client.evaluate('$time')), prepared.instructions);
    await client.end();
  }
  for (const seed of [{}, { kaslrSeed: '0x1f' }]) {
    const launch = { kernel, symbols: elf, ...seed };
    const on: Host = { ...nodeHost, cache: nodeCache(mkdtempSync(path.join(folder, 'moved-')), 'test') };
    const how = { host: on, makers, note: (text: string) => assert.fail(text), least: 1 };
    const prepared = await prepareBoot(launch, { ...how, breakpoints: ['signals', 'handle_event'] });
    assert.deepEqual([prepared?.outcome, prepared?.stop], ['kept', 'breakpoint']);
    const client = new SessionClient(makers, on);
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', launch);
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'handle_event' }, { name: 'signals' }] });
    await client.request('configurationDone');
    await client.stop();
    assert.match((await client.stack())[0], /^signals /);
    assert.match(client.outputs('console'), /are known from an earlier run/);
    await client.end();
    assert.equal((await prepareBoot(launch, { ...how, breakpoints: ['signals'] }))?.outcome, 'known');
  }
});

test('whoever needs it no longer has what was executed by then: sessions go on from there', async () => {
  for (const [at, isKept] of [
    [60_000_000, true],
    [20_000_000, false],
  ] as const) {
    const isEnough = new AbortController();
    const pausing: Makers = {
      ...makers,
      createTarget(machine) {
        const target = makers.createTarget(machine);
        const resume: Target['resume'] = async (plan) => {
          const stop = await target.resume({ ...plan, maxInstructions: at });
          isEnough.abort();
          return stop.kind === 'budget' ? { kind: 'pause' } : stop;
        };
        return Object.create(target, { resume: { value: resume } }) as Target;
      },
    };
    const on: Host = { ...nodeHost, cache: nodeCache(mkdtempSync(path.join(folder, 'enough-')), 'test') };
    const how = { host: on, makers: pausing, note: (text: string) => assert.fail(text), signal: isEnough.signal };
    const prepared = await prepareBoot({ program: loop }, how);
    assert.deepEqual(prepared, { outcome: isKept ? 'kept' : 'short', instructions: at, stop: 'pause' });
    // Before it has begun.
    const none = await prepareBoot({ program: loop, memory: '64M' }, how);
    assert.deepEqual(none, { outcome: 'short', instructions: 0, stop: 'pause' });
    const client = new SessionClient(makers, on);
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', { program: loop });
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'milestone' }] });
    await client.request('configurationDone');
    assert.equal((await client.stop()).body.reason, 'function breakpoint');
    assert.equal(client.outputs('console').includes(`The first ${at.toLocaleString('en')} instructions are known`), isKept);
    await client.end();
  }
  const isEnough = new AbortController();
  setTimeout(() => isEnough.abort(), 100);
  const endless = path.join(root, 'test/guests/spin.elf');
  const prepared = await prepareBoot({ program: endless }, { host, makers, note: (text) => assert.fail(text), signal: isEnough.signal });
  assert.equal(prepared?.stop, 'pause');
});

test('modules that the kernel has loaded by then are known without executing the way, also by breakpoints in their sources', async () => {
  const file = path.join(folder, 'sdei-client.ko');
  copyFileSync(path.join(import.meta.dirname, '../program/objects/object.o'), file);
  for (const seed of [{}, { kaslrSeed: '0x1f' }]) {
    const launch = { kernel, symbols: [elf, file], ...seed };
    const stopIn = async (name: string, more = {}): Promise<SessionClient> => {
      const client = new SessionClient(makers, host);
      await client.request('initialize', { adapterID: 'sdei' });
      await client.request('launch', { ...launch, ...more });
      await client.request('setBreakpoints', { source: { path: '/build/object.c' }, breakpoints: [{ line: 19 }] });
      await client.request('setFunctionBreakpoints', { breakpoints: [{ name }] });
      await client.request('configurationDone');
      assert.equal((await client.stop()).body.reason, 'function breakpoint');
      return client;
    };
    const value = (client: SessionClient, expression: string) => client.evaluate(expression).catch(({ message }: Error) => message);
    const told = ({ messages }: SessionClient): readonly unknown[] =>
      messages.flatMap(({ event, body }) => {
        if (event === 'module') return [body];
        if (event === 'breakpoint') return [{ ...(body as object), breakpoint: { ...(body as { breakpoint: object }).breakpoint, id: 0 } }];
        return [];
      });
    const straight = await stopIn('handle_event', { bootCache: false });
    const prepared = await prepareBoot(launch, { host, makers, note: (text) => assert.fail(text), least: 1 });
    assert.deepEqual([prepared?.outcome, prepared?.stop], ['kept', 'sdei-dispatch']);
    const client = await stopIn('handle_event');
    assert.match(client.outputs('console'), new RegExp(`The first ${prepared?.instructions.toLocaleString('en')} instructions are known`));
    // Where this small kernel moves, what it says of its module leads nowhere: that is told.
    assert.equal(client.outputs('console').match(/sdei_client/g)?.length, 1);
    assert.deepEqual(told(client), told(straight));
    assert.deepEqual(await client.request('modules'), await straight.request('modules'));
    assert.deepEqual(await client.stack(), await straight.stack());
    for (const expression of ['distance', '&handle_event', '$pc'])
      assert.equal(await value(client, expression), await value(straight, expression), expression);
    for (const one of [client, straight]) {
      await one.request('setFunctionBreakpoints', { breakpoints: [] });
      await one.go('continue');
      await one.end();
    }
    // It goes when the kernel frees it, and is not there where nothing was taken over.
    assert.deepEqual(told(client), told(straight));
    const ending = new SessionClient(makers, host);
    await ending.request('initialize', { adapterID: 'sdei' });
    await ending.request('launch', { ...launch, stopAtEnd: 'always' });
    await ending.request('configurationDone');
    await ending.stop();
    assert.match(ending.outputs('console'), /are known/);
    const reasons = told(ending).map((body) => (body as { reason: string }).reason);
    if (!('kaslrSeed' in seed)) assert.deepEqual(reasons, ['new', 'removed']);
    await ending.end();
    const before = await stopIn('work');
    assert.doesNotMatch(before.outputs('console'), /are known|sdei_client/);
    const { modules } = await before.request('modules');
    assert.ok(!modules.some(({ name }: { readonly name: string }) => name === 'sdei-client.ko'));
    await before.request('continue', { threadId: 1 });
    await before.end();
  }
});

test('a short guest, one that is not to be kept, and no place to keep it', async () => {
  const before = readdirSync(folder).length;
  const short = path.join(root, 'test/guests/first-event.elf');
  assert.deepEqual(await prepare({ program: short }), { outcome: 'short', instructions: 1344, stop: 'sdei-dispatch' });
  for (const launch of [{ bootCache: false }, { history: false }]) assert.equal(await prepare({ program: short, ...launch }), undefined);
  assert.equal(await prepare({ program: short }, nodeHost), undefined);
  assert.equal(readdirSync(folder).length, before);
  const full: Host = { ...nodeHost, cache: { ...cache, names: () => [], write: () => Promise.reject(new Error('ENOSPC: no space left')) } };
  await assert.rejects(prepare({ program: loop }, full), (error) => error instanceof UserError && /ENOSPC.*Make room/.test(error.message));
  await assert.rejects(prepare({ program: 'nothing.elf' }), UserError);
});
