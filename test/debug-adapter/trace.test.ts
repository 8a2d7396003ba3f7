import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { unzipSync, zipSync } from 'fflate';
import { launchKeys } from '../../debug-adapter/launch-keys.ts';
import type { InputKind, Turn } from '../../emulator/input-log.ts';
import { inputChecks } from '../../debug-adapter/trace/check-manifest.ts';
import { fileKeys, machineKeys, otherKeys } from '../../debug-adapter/trace/trace-keys.ts';
import { guests, SessionClient, withSession } from './support/session-client.ts';

let folder = '';
let file = '';
/** What the guest was when it was saved. */
let saved = { time: '', stack: [] as string[], stdout: '', hash: '' };

const SOURCE = 'nested-critical.c';

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'sdeitrace-'));
  file = path.join(folder, 'a.sdeitrace');
  await withSession(async (client) => {
    await client.launch('nested-critical.elf', { inject: ['0@main+0x10'] });
    await client.breakAt(SOURCE, 37, 80);
    await client.start();
    await client.stop();
    await client.request('sdei/consoleInput', { data: 'aGVsbG8=' });
    await client.request('sdei/addBookmark', { name: 'in the handler' });
    await client.go('continue');
    await client.request('evaluate', { expression: '$x28 = 0x123456789abcdef', context: 'repl' });
    await client.go('next');
    await client.go('sdei/goTo', { bookmark: 'in the handler' });
    const { data } = await client.request('sdei/saveTrace');
    await writeFile(file, Buffer.from(data, 'base64'));
    saved = { time: await client.evaluate('$time'), stack: await client.stack(), stdout: client.outputs('stdout'), hash: '' };
  });
});
after(() => rm(folder, { recursive: true }));

async function open(client: SessionClient, more: Record<string, unknown> = {}): Promise<void> {
  await client.request('initialize', { adapterID: 'sdei' });
  await client.request('launch', { trace: file, ...more });
  await client.start();
  const { reason, description = '' } = (await client.stop()).body;
  assert.deepEqual([reason, description.replace('In the past: ', '')], ['goto', 'Trace saved here']);
}

test('a trace opens where it was saved, and goes both ways from there as the run did', () =>
  withSession(async (client) => {
    await open(client);
    assert.deepEqual([await client.evaluate('$time'), await client.stack()], [saved.time, saved.stack]);
    const { bookmarks, time } = await client.request('sdei/bookmarks');
    assert.deepEqual(
      bookmarks.map(({ name }: { name: string }) => name),
      ['in the handler'],
    );
    assert.equal(time.isInPast, true);
    await client.breakAt(SOURCE, 80);
    assert.equal((await client.go('continue')).body.reason, 'breakpoint');
    await client.breakAt(SOURCE);
    await client.go('sdei/goTo', { instruction: time.to });
    assert.equal(client.outputs('stdout'), saved.stdout);
    assert.equal(await client.evaluate('$x28'), '0x123456789abcdef');
    await client.go('sdei/goTo', { instruction: 0 });
    assert.equal(await client.evaluate('$time'), '0');
    // Beyond what was recorded the guest goes on by itself.
    assert.equal((await client.go('continue')).event, 'terminated');
    assert.equal(client.outputs('stdout').split(saved.stdout).length, 2);
  }));

test('the sources come along', async () => {
  const { stackFrames } = await withTrace(async (client) => client.request('stackTrace', { threadId: 1 }));
  assert.ok(stackFrames.length > 0);
  await withTrace(async (client) => {
    const { stackFrames: frames } = await client.request('stackTrace', { threadId: 1 });
    const { source } = frames.find(({ name }: { name: string }) => name === 'main');
    const { content } = await client.request('source', { sourceReference: source.sourceReference });
    assert.equal(content, await readFile(path.join(import.meta.dirname, '../guests', SOURCE), 'utf8'));
  });
});
async function withTrace<Result>(use: (client: SessionClient) => Promise<Result>): Promise<Result> {
  const client = new SessionClient();
  try {
    await open(client);
    return await use(client);
  } finally {
    await client.end();
  }
}

test('the same run gives the same file', () =>
  withSession(async (client) => {
    await open(client);
    const { data } = await client.request('sdei/saveTrace');
    const again = unzipSync(Buffer.from(data, 'base64'));
    const first = unzipSync(await readFile(file));
    const text = (archive: Record<string, Uint8Array>) => new TextDecoder().decode(archive['trace.json']);
    assert.equal(text(again), text(first));
  }));

test('it has the program that ran, whatever has been built since', async () => {
  const program = path.join(folder, 'built.elf');
  await copyFile(path.join(guests, 'nested-critical.elf'), program);
  await withSession(async (client) => {
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', { program, stopAtEnd: 'always' });
    await client.start();
    await client.stop();
    await copyFile(path.join(guests, 'first-event.elf'), program);
    const { text } = await client.request('sdei/branchReport', { name: 'main' });
    assert.match(text, /1 critical, 1 normal, depth 0, power off/);
    const { data } = await client.request('sdei/saveTrace');
    await writeFile(path.join(folder, 'built.sdeitrace'), Buffer.from(data, 'base64'));
    await rm(program);
  });
  await withSession(async (client) => {
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', { trace: path.join(folder, 'built.sdeitrace') });
    await client.start();
    assert.equal((await client.stop()).body.description, 'Trace saved here');
  });
});

test('of a large program, which takes no memory meanwhile, it has what ran if that is still there, and else says so', async () => {
  const program = path.join(folder, 'large.elf');
  const behind = new Uint8Array(9 << 20);
  const build = async (from: string, to: string) => writeFile(to, [await readFile(path.join(guests, from)), behind]);
  await build('nested-critical.elf', program);
  await withSession(async (client) => {
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', { program, stopAtEnd: 'always' });
    await client.start();
    await client.stop();
    // As linkers do it: another file of the same name.
    await build('first-event.elf', path.join(folder, 'large.new'));
    await rename(path.join(folder, 'large.new'), program);
    assert.match((await client.request('sdei/branchReport', { name: 'main' })).text, /1 critical, 1 normal, depth 0, power off/);
    await client.request('sdei/saveTrace');
    await client.request('restart');
    await client.stop();
    await build('nested-critical.elf', program);
    const { success, message } = await client.ask('sdei/saveTrace');
    assert.deepEqual(
      [success, message],
      [false, `"${program}" has changed since it was opened, so what it says is not about this guest any more. Restart the session.`],
    );
  });
});

test('inputs of every kind are let in, and of no other', () => {
  // The compiler compares.
  const known: Readonly<Record<InputKind | Turn['kind'], object>> = inputChecks;
  const kinds: readonly (keyof typeof known)[] = Object.keys(inputChecks) as (keyof typeof inputChecks)[];
  assert.equal(new Set(kinds).size, kinds.length);
});

test('it has what was typed, and that nothing more was', async () => {
  const file = path.join(folder, 'typed.sdeitrace');
  await withSession(async (client) => {
    await client.launch('semihosting.elf', { semihosting: true, stopAtEnd: 'always' });
    await client.start();
    for (const typed of ['words\n', '']) await client.request('sdei/consoleInput', { data: btoa(typed), end: typed === '' });
    assert.equal((await client.stop()).body.description, 'Exited');
    const { data } = await client.request('sdei/saveTrace');
    await writeFile(file, Buffer.from(data, 'base64'));
  });
  await withSession(async (client) => {
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', { trace: file });
    await client.start();
    assert.equal((await client.stop()).body.description, 'Trace saved here');
  });
});

test('restarted, it opens again', () =>
  withSession(async (client) => {
    await open(client);
    await client.go('sdei/goTo', { instruction: 0 });
    await client.request('restart');
    assert.match((await client.stop()).body.description ?? '', /Trace saved here/);
    assert.equal(await client.evaluate('$time'), saved.time);
  }));

test('an edit in a trace begins another future of it', () =>
  withSession(async (client) => {
    await open(client);
    await client.request('evaluate', { expression: '$x28 = 7', context: 'repl' });
    assert.match(client.outputs('console'), /Another future begins/);
    assert.equal((await client.go('continue')).event, 'terminated');
  }));

/** The archive with another part. */
async function changed(change: (archive: Record<string, Uint8Array>) => void): Promise<string> {
  const archive = unzipSync(await readFile(file));
  change(archive);
  const other = path.join(folder, 'other.sdeitrace');
  await writeFile(other, zipSync(archive));
  return other;
}
const manifest = (edit: (text: string) => string) => (archive: Record<string, Uint8Array>) => {
  archive['trace.json'] = new TextEncoder().encode(edit(new TextDecoder().decode(archive['trace.json'])));
};
const refusals: readonly (readonly [title: string, launch: () => Promise<Record<string, unknown>>, message: RegExp])[] = [
  ['no such file', async () => ({ trace: '/no/such.sdeitrace' }), /^Cannot read "trace": "\/no\/such\.sdeitrace"\. There is no such file/],
  [
    'another file',
    async () => ({ trace: path.join(import.meta.dirname, '../guests/spin.elf') }),
    /it is not a trace, or a part of it is missing\.$/,
  ],
  [
    'a newer format',
    async () => ({ trace: await changed(manifest((text) => text.replace('"version":1', '"version":2'))) }),
    /it is of format 2, and this version reads format 1: open it with a newer version of the debugger\.$/,
  ],
  [
    'a damaged image',
    async () => ({ trace: await changed((archive) => void (archive['files/0/nested-critical.elf'][5000] ^= 1)) }),
    /its "files\/0\/nested-critical\.elf" is damaged \(MD5 \w{32} instead of \w{32}\)\.$/,
  ],
  [
    'a key that contradicts',
    async () => ({ trace: file, cpus: 2 }),
    /^Launch key "cpus" is 2, but "trace" says what ran, and how\. Remove "cpus", or "trace"\.$/,
  ],
  [
    'no history',
    async () => ({ trace: file, history: false }),
    /^Launch key "history" is false, but a trace is repeated along its history/,
  ],
];
for (const [title, launch, message] of refusals) {
  test(`is refused: ${title}`, () =>
    withSession(async (client) => {
      await client.request('initialize', { adapterID: 'sdei' });
      const answer = await client.ask('launch', await launch());
      assert.equal(answer.success, false);
      assert.match(answer.message ?? '', message);
    }));
}

test('another run is refused where the two can be compared', () =>
  withSession(async (client) => {
    const trace = await changed(manifest((text) => text.replace(/"hash":"\w+"/, '"hash":"0123456789abcdef"')));
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', { trace });
    await client.start();
    assert.equal((await client.stop()).event, 'terminated');
    assert.match(
      client.outputs('important'),
      /^Cannot open ".*" \("trace"\): repeated here, the run is another one \(the machine's hash after \d+ instructions is \w{16} instead of 0123456789abcdef\)/,
    );
    assert.match((await client.ask('stackTrace', { threadId: 1 })).message ?? '', /the session has ended/);
  }));

test('of each launch key it is said whether it is in a trace, or may be given beside it', () => {
  assert.deepEqual([...fileKeys, 'symbols', ...machineKeys, ...otherKeys, 'inject'].sort(), launchKeys.map(({ name }) => name).sort());
});
