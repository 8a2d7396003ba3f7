/** Repeating a run that has no end in sight: it is seen, heard and ended. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { unzipSync, zipSync } from 'fflate';
import { guest, sdeiDebug } from '../cli/sdei-debug.ts';
import { SessionClient } from './support/session-client.ts';

/** More instructions than anybody waits for. */
const END = 1_000_000_000_000;

let folder = '';
let plain = '';
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'sdeitrace-'));
  plain = path.join(folder, 'spin.sdeitrace');
  const made = await sdeiDebug('trace', guest('spin'), '--memory', '2M', '--max-instructions', '1000', '--output', plain);
  assert.equal(made.status, 0, made.stderr);
});
after(() => rm(folder, { recursive: true }));

type Manifest = Record<string, unknown>;

/** The trace with another manifest. */
async function changed(change: (manifest: Manifest) => void): Promise<string> {
  const archive = unzipSync(await readFile(plain));
  const manifest = JSON.parse(new TextDecoder().decode(archive['trace.json'])) as Manifest;
  change(manifest);
  archive['trace.json'] = new TextEncoder().encode(JSON.stringify(manifest));
  const file = path.join(folder, 'changed.sdeitrace');
  await writeFile(file, zipSync(archive));
  return file;
}
const end = { instruction: END, ticks: 0, inputs: 0 };
const recording = { inputs: [], end };
const endless = () => changed((manifest) => Object.assign(manifest, { now: end, recording }));
const withEndlessBranch = () =>
  changed((manifest) =>
    Object.assign(manifest, { branches: { current: 'main', others: [{ name: 'endless', recording, bookmarks: [] }] } }),
  );

async function withTrace(trace: string, use: (client: SessionClient) => Promise<void>, initialize = {}): Promise<void> {
  const client = new SessionClient();
  try {
    await client.request('initialize', { adapterID: 'sdei', supportsProgressReporting: true, ...initialize });
    await client.request('launch', { trace });
    await client.start();
    await use(client);
    assert.deepEqual(client.problems, []);
  } finally {
    await client.end();
  }
}

interface ProgressBody {
  readonly progressId: string;
  readonly title?: string;
  readonly message?: string;
  readonly percentage?: number;
}
const progress = (client: SessionClient, event: string): ProgressBody[] =>
  client.messages.filter((message) => message.event === event).map(({ body }) => body as ProgressBody);

test('opening is shown, others are answered meanwhile, and cancelling it stops on the way', async () =>
  withTrace(await endless(), async (client) => {
    const { progressId, title } = (await client.heard('progressStart')).body as ProgressBody;
    assert.equal(title, 'Opening changed.sdeitrace');
    const { message, percentage } = (await client.heard('progressUpdate')).body as ProgressBody;
    assert.match(message ?? '', /^t=[\d,]+ of 1,000,000,000,000$/);
    assert.equal(percentage, 0);
    assert.equal((await client.request('threads')).threads.length, 1);
    assert.equal((await client.ask('stackTrace', { threadId: 1 })).message, 'notStopped');
    await client.request('cancel', { progressId });
    const { reason, description } = (await client.stop()).body;
    assert.deepEqual([reason, description], ['pause', 'In the past: paused on pause']);
    assert.deepEqual(
      client.messages.map(({ event }) => event).filter((event) => event === 'progressEnd' || event === 'stopped'),
      ['progressEnd', 'stopped'],
    );
    assert.match(
      client.outputs('console'),
      /The trace is open up to instruction \d+\. It was saved at 1000000000000: only there it can be compared/,
    );
    // One can look around there, and nothing holds one back.
    assert.match((await client.stack())[0], /^_start spin\.S:\d+$/);
    await client.go('sdei/goTo', { instruction: 7 });
    assert.equal(await client.evaluate('$time'), '7');
  }));

test('a pause stops opening, too', async () =>
  withTrace(await endless(), async (client) => {
    await client.request('pause', { threadId: 1 });
    assert.equal((await client.stop()).body.reason, 'pause');
  }));

test('a client that shows no progress is told of none', async () =>
  withTrace(
    await endless(),
    async (client) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await client.request('pause', { threadId: 1 });
      await client.stop();
      assert.deepEqual(progress(client, 'progressStart'), []);
    },
    { supportsProgressReporting: false },
  ));

test('disconnect ends opening', async () => {
  let client: SessionClient | undefined;
  await withTrace(await endless(), async (one) => {
    client = one;
    await one.heard('progressStart');
  });
  assert.equal(progress(client as SessionClient, 'progressEnd').length, 1);
});

test('a branch without an end is repeated beside the session, until nobody wants it', async () =>
  withTrace(await withEndlessBranch(), async (client) => {
    assert.equal((await client.stop()).body.reason, 'goto');
    const report = client.send('sdei/branchReport', { name: 'endless' });
    await client.heard('progressStart');
    assert.equal(await client.evaluate('$time'), '1000');
    await client.go('stepBack', { granularity: 'instruction' });
    assert.equal(await client.evaluate('$time'), '999');
    await client.request('cancel', { requestId: report.seq });
    assert.deepEqual([(await report.answer).success, (await report.answer).message], [false, 'cancelled']);

    const again = client.send('sdei/branchReport', { name: 'endless' });
    const [, { progressId }] = [await client.heard('progressEnd'), (await client.heard('progressStart', 2)).body as ProgressBody];
    await client.request('cancel', { progressId });
    assert.equal((await again.answer).message, 'cancelled');

    const { text } = await client.request('sdei/branchReport', { name: 'main' });
    assert.match(text, /^End\n {2}1000 instructions\n/);
    assert.equal(await client.evaluate('$time'), '999');

    const last = client.send('sdei/branchReport', { name: 'endless' });
    await client.heard('progressStart', 3);
    await client.end();
    assert.equal((await last.answer).message, 'cancelled');
  }));

test('going to it can be paused', async () =>
  withTrace(await withEndlessBranch(), async (client) => {
    await client.stop();
    await client.request('sdei/goToBranch', { threadId: 1, name: 'endless' });
    const { title } = (await client.heard('progressStart')).body as ProgressBody;
    assert.equal(title, 'Going to branch "endless"');
    await client.request('pause', { threadId: 1 });
    assert.equal((await client.stop()).body.reason, 'pause');
    const { current } = await client.request('sdei/branches');
    assert.equal(current, 'endless');
    const time = Number(await client.evaluate('$time'));
    assert.ok(time > 1000 && time < END);
    // And so can going elsewhere.
    await client.request('sdei/goTo', { threadId: 1, instruction: END / 2 });
    await client.request('pause', { threadId: 1 });
    assert.equal((await client.stop()).body.reason, 'pause');
    await client.go('sdei/goToBranch', { name: 'main' });
    assert.equal(await client.evaluate('$time'), '1000');
  }));
