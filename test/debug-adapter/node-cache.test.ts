import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { nodeCache } from '../../debug-adapter/node-cache.ts';

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'node-cache-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return path.join(folder, 'below/that');
}
const always = () => true;
const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);

test('what is written is read again: head and body', async (context) => {
  const cache = nodeCache(folderOf(context), 'v1');
  const head = { at: { instruction: 7 }, words: new BigUint64Array([1n, 2n ** 64n - 1n]), map: new Map([[1, undefined]]) };
  assert.equal(await cache.write('a-1', head, [bytes(3, 1), bytes(0, 0), bytes(4096, 2)], always), true);
  assert.equal(await cache.write('a-2', 'other', [], always), true);
  const data = await cache.read('a-1');
  assert.deepEqual(data?.head, head);
  assert.deepEqual(data?.body(), new Uint8Array([...bytes(3, 1), ...bytes(4096, 2)]));
  assert.equal((await cache.read('a-2'))?.body().length, 0);
  assert.deepEqual([...cache.names('a-')].sort(), ['a-1', 'a-2']);
  assert.deepEqual(cache.names('b'), []);
});

test('a large body comes back whole', async (context) => {
  const cache = nodeCache(folderOf(context), 'v1');
  const pages = Array.from({ length: 2500 }, (_, n) => bytes(4096, n % 251));
  assert.equal(await cache.write('large', 0, pages, always), true);
  assert.deepEqual(Buffer.from((await cache.read('large'))?.body() ?? []), Buffer.concat(pages));
});

test('nothing is there, of another version, cut off, or no file of ours: nothing is read', async (context) => {
  const folder = folderOf(context);
  const cache = nodeCache(folder, 'v1');
  assert.deepEqual(cache.names(''), []);
  assert.equal(await cache.read('a'), undefined);
  await cache.write('a', { known: true }, [bytes(100, 1)], always);
  const other = nodeCache(folder, 'v2');
  assert.deepEqual(other.names(''), []);
  assert.equal(await other.read('a'), undefined);
  const [file] = readdirSync(folder);
  truncateSync(path.join(folder, file), 10);
  assert.equal(await cache.read('a'), undefined);
  writeFileSync(path.join(folder, file), bytes(5000, 255));
  assert.equal(await cache.read('a'), undefined);
});

test('a bit that has changed is noticed, in the head and in the body', async (context) => {
  const folder = folderOf(context);
  const cache = nodeCache(folder, 'v1');
  await cache.write('a', { known: 'head' }, [bytes(3000, 1), bytes(3000, 2)], always);
  const file = path.join(folder, readdirSync(folder)[0]);
  const whole = readFileSync(file);
  for (const place of [0, 12, 24, 40, 2000, whole.length - 1]) {
    const damaged = Buffer.from(whole);
    damaged[place] ^= 4;
    writeFileSync(file, damaged);
    const data = await cache.read('a');
    if (data !== undefined) assert.throws(() => data.body(), `byte ${place}`);
  }
  writeFileSync(file, whole);
  assert.equal((await cache.read('a'))?.body().length, 6000);
});

test('what is not good any more on the way is not kept, and leaves no file', async (context) => {
  const folder = folderOf(context);
  const cache = nodeCache(folder, 'v1');
  const body = Array.from({ length: 5 }, () => bytes(1 << 20, 1));
  assert.equal(await cache.write('a', 0, body, () => false), false);
  const failing = function* () {
    yield bytes(10, 1);
    throw new Error('no more');
  };
  await assert.rejects(cache.write('b', 0, failing(), always), /no more/);
  assert.deepEqual(readdirSync(folder), []);
});

test('two sessions of one process keep the same at a time: what is there is whole', async (context) => {
  const folder = folderOf(context);
  const cache = nodeCache(folder, 'v1');
  const pages = (count: number) => Array.from({ length: count }, (_, n) => bytes(1 << 20, n + 1));
  const isWhole = async (): Promise<boolean> => {
    const data = await cache.read('a');
    return Buffer.concat(pages(data?.head as number)).equals(data?.body() ?? new Uint8Array());
  };
  const writing = [12, 6].map((count) => cache.write('a', count, pages(count), always));
  assert.equal(await Promise.race(writing), true);
  assert.ok(await isWhole(), 'behind the first');
  assert.deepEqual(await Promise.all(writing), [true, true]);
  assert.ok(await isWhole(), 'behind both');
  assert.equal(readdirSync(folder).length, 1);
});

test('what a session has left unfinished goes when nobody can be writing it any more', async (context) => {
  const folder = folderOf(context);
  const cache = nodeCache(folder, 'v1');
  await cache.write('a', 0, [], always);
  const [left, present] = ['left', 'present'].map((name) => path.join(folder, `v1-${name}.kept.1-x.unfinished`));
  for (const file of [left, present]) writeFileSync(file, 'begun');
  utimesSync(left, new Date(), new Date(Date.now() - 24 * 3_600_000));
  await cache.write('b', 0, [], always);
  assert.equal(existsSync(left), false);
  assert.equal(existsSync(present), true);
  assert.deepEqual([...cache.names('')].sort(), ['a', 'b']);
});

test('what was not used longest goes when it becomes too much', async (context) => {
  const folder = folderOf(context);
  const cache = nodeCache(folder, 'v1', 10_000);
  for (const [index, name] of ['a', 'b', 'c'].entries()) {
    await cache.write(name, 0, [bytes(3000, 1)], always);
    const file = readdirSync(folder).find((one) => one.includes(`-${name}.`)) ?? '';
    utimesSync(path.join(folder, file), new Date(), new Date(Date.now() - 100_000 + index * 1000));
  }
  (await cache.read('a'))?.body();
  await cache.write('d', 0, [bytes(3000, 1)], always);
  assert.deepEqual([...cache.names('')].sort(), ['a', 'c', 'd']);
  await nodeCache(folder, 'v2', 10_000).write('e', 0, [bytes(9000, 1)], always);
  assert.deepEqual(cache.names(''), []);
});

test('a folder that cannot be made', async (context) => {
  const folder = folderOf(context);
  const file = path.dirname(path.dirname(folder));
  writeFileSync(path.join(file, 'below'), '');
  const cache = nodeCache(folder, 'v1');
  assert.deepEqual(cache.names(''), []);
  await assert.rejects(cache.write('a', 0, [], always));
  assert.ok(existsSync(path.join(file, 'below')));
});
