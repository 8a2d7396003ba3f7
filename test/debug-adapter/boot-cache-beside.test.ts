/** Sessions that take over how a guest begins beside sessions that execute it: whatever is asked, both say the same. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { createExceptionBreakpoints } from '../../debug-adapter/breakpoints/exception-filters.ts';
import type { Host, HostCache } from '../../debug-adapter/host.ts';
import type { Makers } from '../../debug-adapter/load-guest.ts';
import { makers as realMakers } from '../../debug-adapter/makers.ts';
import { nodeCache } from '../../debug-adapter/node-cache.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { createBootCache } from '../../debug-adapter/session/boot-cache.ts';
import { loadParts } from '../../debug-adapter/session/loaded-parts.ts';
import { createEmulatorTarget } from '../../debug-adapter/target/emulator-target.ts';
import { createRandom, oneOf, type Random } from '../fuzz/random.ts';
import { guests, SessionClient } from './support/session-client.ts';

/** These guests run some thousand instructions. */
const INTERVAL = 150;
const makers: Makers = { ...realMakers, createTarget: (machine) => createEmulatorTarget(machine, INTERVAL) };
const KNOWN = /The first [\d,]+ instructions are known from an earlier run.*\n/;

interface Sample {
  readonly guest: string;
  readonly launch: object;
  readonly functions: readonly string[];
  readonly values: readonly string[];
}
const samples: readonly Sample[] = [
  {
    guest: 'first-event',
    launch: {},
    functions: ['on_event', 'print', 'report_completion_refused'],
    values: ['event_log.handled', '$x19'],
  },
  { guest: 'first-event', launch: { irqchip: 'user', sdei: { profile: 'kvm' } }, functions: ['on_event', 'print'], values: ['event_log'] },
  { guest: 'nested-critical', launch: { history: '1M' }, functions: ['print', 'main'], values: ['$sdei_depth', '$x20'] },
  { guest: 'two-pes', launch: { cpus: 2 }, functions: ['print', 'main'], values: ['$sdei_depth', '$VBAR_EL1'] },
  { guest: 'hyp-stub', launch: {}, functions: ['print', 'main'], values: ['$x19', '$VBAR_EL2'] },
  { guest: 'el2-client', launch: { client: 'EL2', conduit: 'smc' }, functions: ['print', 'main'], values: ['$sdei_depth', '$x21'] },
  { guest: 'steps', launch: {}, functions: ['print', 'main'], values: ['$x0', '$x19'] },
];
const viewParts = [
  { request: 'sdei/state' },
  { request: 'sdei/timeline' },
  { request: 'sdei/pseudoRegisters', arguments: { threadId: 1 } },
  { request: 'sdei/systemRegisters', arguments: { threadId: 1 } },
];
const filters = ['sdei.dispatch', 'sdei.completion', 'sdei.error', 'exceptionLevel', 'conduit', 'call.clobbered', 'sdei.pended'];

/** Leaves in the cache how the guest begins, up to about `share` of the run. */
async function warm(cache: HostCache, asked: Record<string, unknown>, share: number): Promise<number> {
  const parts = await loadParts(asked, { ...nodeHost, cache }, makers, () => {});
  const { target } = parts;
  const bootCache = createBootCache(cache, target, () => {}, {}, INTERVAL);
  await bootCache.takeOver(() => {});
  target.setStopConditions({ ...createExceptionBreakpoints().conditions, sdeiDispatch: false, sdeiCompletion: false });
  await target.resume({ maxInstructions: share });
  bootCache.stopped(true);
  await bootCache.close();
  return target.time;
}

/** Everything that a client sees where the guest stands. */
async function seen(client: SessionClient, { values }: Sample): Promise<unknown> {
  const answer = async (command: string, args: object = {}) => {
    const { success, message, body } = await client.ask(command, args);
    return success ? body : message;
  };
  const answers: unknown[] = [];
  for (const threadId of [1, 2]) answers.push(await answer('stackTrace', { threadId }));
  for (const expression of ['$pc', '$sp', '$pstate', '$x0', '$x1', '$x30', '$ELR_EL1', '$sdei_depth', '$time', ...values])
    answers.push([expression, await answer('evaluate', { expression, context: 'watch' })]);
  for (const expression of ['sdei hash', 'sdei status']) answers.push(await answer('evaluate', { expression, context: 'repl' }));
  answers.push(await answer('threads'), await answer('sdei/timeline'), await answer('sdei/bookmarks'));
  answers.push(await answer('sdei/views', { parts: viewParts }));
  const console = client.outputs('console').replace(KNOWN, '');
  return plain({ answers, console, stdout: client.outputs('stdout'), stderr: client.outputs('stderr') });
}
/** Ids are given as things are asked for. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, one: unknown) => (key === 'id' || key.endsWith('Reference') ? undefined : one)));

type Action = readonly [name: string, perform: (client: SessionClient) => Promise<unknown>];
function anyAction(random: Random, { functions, values }: Sample, length: number): Action {
  const threadId = 1;
  const word = (expression: string): Action => [
    expression,
    async (client) => {
      const { success, message } = await client.ask('evaluate', { expression, context: 'repl' });
      return success ? client.stop() : message;
    },
  ];
  const command = oneOf(random, [
    'stepIn',
    'next',
    'stepOut',
    'stepBack',
    'reverseContinue',
    'continue',
    'goto',
    'goto',
    'last',
    'writes',
    'break',
    'trace',
  ]);
  if (command === 'goto') return word(`goto ${oneOf(random, [random(length), 'start', 'end'])}`);
  if (command === 'last' || command === 'writes') return word(`${command} ${oneOf(random, values)}`);
  const names = functions.filter(() => random(2) === 0);
  if (command === 'break')
    return [`break ${names}`, (client) => client.request('setFunctionBreakpoints', { breakpoints: names.map((name) => ({ name })) })];
  if (command === 'trace')
    return [
      'save and open a trace',
      async (client) => {
        const { success, message, body } = await client.ask('sdei/saveTrace');
        return success ? repeated((body as { data: string }).data) : message;
      },
    ];
  return [
    command,
    async (client) => {
      const { success, message } = await client.ask(command, { threadId });
      return success ? client.stop() : message;
    },
  ];
}

/** Where a trace leads, from the first instruction on. */
async function repeated(data: string): Promise<unknown> {
  const trace = path.join(tmpdir(), 'beside.sdeitrace');
  const bytes = new Uint8Array(Buffer.from(data, 'base64'));
  const host: Host = { ...nodeHost, readFile: (file) => (file === trace ? Promise.resolve(bytes) : nodeHost.readFile(file)) };
  const client = new SessionClient(makers, host);
  try {
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', { trace });
    await client.request('configurationDone');
    const stop = await client.stop();
    return [stop, await client.evaluate('$pc'), await client.evaluate('$time')];
  } finally {
    await client.end();
  }
}

test('a session that takes over a beginning says what one says that executes it', async (context) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'boot-cache-beside-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  let taken = 0;
  for (const [n, sample] of samples.entries()) {
    const asked = { program: path.join(guests, `${sample.guest}.elf`), memory: '2M', stopAtEnd: 'always', ...sample.launch };
    for (let round = 0; round < 4; round++) {
      const random = createRandom(n * 100 + round);
      const cache = nodeCache(path.join(folder, `${n}-${round}`), 'test');
      const length = await warm(cache, asked, 300 + random(1500));
      const setFilters = filters.filter(() => random(30) === 0);
      const names = sample.functions.filter(() => random(8) === 0);
      const actions = Array.from({ length: 6 }, () => anyAction(random, sample, length));
      const said: unknown[][] = [];
      for (const host of [nodeHost, { ...nodeHost, cache }]) {
        const client = new SessionClient(makers, { ...host, ...(host === nodeHost ? { cache: undefined } : {}) } as Host);
        const story: unknown[] = [];
        await client.request('initialize', { adapterID: 'sdei', supportsMemoryReferences: true });
        await client.request('launch', asked);
        await client.request('setExceptionBreakpoints', { filters: setFilters });
        await client.request('setFunctionBreakpoints', { breakpoints: names.map((name) => ({ name })) });
        await client.request('configurationDone');
        story.push(plain(await client.stop()), await seen(client, sample));
        for (const [action, perform] of actions) {
          story.push([action, plain(await perform(client))], await seen(client, sample));
        }
        if (KNOWN.test(client.outputs('console'))) taken += 1;
        assert.deepEqual(client.problems, []);
        await client.end();
        said.push(story);
      }
      assert.deepEqual(said[1], said[0], `${sample.guest}, round ${round}: ${actions.map(([name]) => name).join(', ')}`);
    }
  }
  assert.ok(taken > 10, `${taken} have taken something over`);
});

test('semihosting: what is typed behind a beginning that was taken over, or before it, is read as in a session that executes it', async (context) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'boot-cache-semihosting-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const sample: Sample = { guest: 'semihosting', launch: {}, functions: [], values: ['$x19'] };
  const asked = {
    program: path.join(guests, 'semihosting.elf'),
    memory: '2M',
    semihosting: true,
    bootArguments: 'one two',
    stopAtEnd: 'always',
  };
  const typed = { data: Buffer.from('a line\n').toString('base64'), end: true };
  for (const [round, share] of [400, 1500, 2500].entries()) {
    for (const when of ['at the stop', 'before the start']) {
      const cache = nodeCache(path.join(folder, `${round}-${when}`), 'test');
      await warm(cache, asked, share);
      const said: unknown[][] = [];
      for (const host of [
        { ...nodeHost, cache: undefined },
        { ...nodeHost, cache },
      ]) {
        const client = new SessionClient(makers, host as Host);
        const story: unknown[] = [];
        await client.request('initialize', { adapterID: 'sdei', supportsMemoryReferences: true });
        await client.request('launch', asked);
        await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'input' }] });
        if (when === 'before the start') await client.request('sdei/consoleInput', typed);
        await client.request('configurationDone');
        story.push(plain(await client.stop()), await seen(client, sample));
        assert.equal(KNOWN.test(client.outputs('console')), host.cache !== undefined && when === 'at the stop');
        if (when === 'at the stop') await client.request('sdei/consoleInput', typed);
        story.push(plain(await client.go('continue')), await seen(client, sample));
        assert.match(client.outputs('stdout'), /got: a line\n/);
        story.push(plain(await client.go('reverseContinue')), await seen(client, sample));
        await client.request('evaluate', { expression: 'goto 200', context: 'repl' });
        story.push(plain(await client.stop()), await seen(client, sample));
        await client.request('setFunctionBreakpoints', { breakpoints: [] });
        story.push(plain(await client.go('continue')), await seen(client, sample));
        assert.deepEqual(client.problems, []);
        await client.end();
        said.push(story);
      }
      assert.deepEqual(said[1], said[0], `${share} ${when}`);
    }
  }
});
