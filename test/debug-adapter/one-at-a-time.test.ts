import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { oneAtATime } from '../../debug-adapter/one-at-a-time.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'one-at-a-time-'));
test.after(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, 'in/preparing');
const { signal } = new AbortController();

test('a turn comes when the one before has ended', async () => {
  const end = (await oneAtATime(file, signal)) ?? assert.fail();
  assert.equal(readFileSync(file, 'utf8'), `${process.pid}`);
  const order: string[] = [];
  const next = oneAtATime(file, signal).then((endOfNext) => {
    order.push('next');
    return endOfNext;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  order.push('end');
  end();
  ((await next) ?? assert.fail())();
  assert.deepEqual(order, ['end', 'next']);
  assert.equal(existsSync(file), false);
});

test('of one that has gone without ending it, or of nobody, it is taken at once', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  for (const text of [`${pid}`, '', 'nobody', '-1', '0']) {
    writeFileSync(file, text);
    const end = (await oneAtATime(file, AbortSignal.timeout(400))) ?? assert.fail(text);
    end();
  }
});

test('who need not wait any longer does not, and leaves the turn to whom it belongs', async () => {
  const end = (await oneAtATime(file, signal)) ?? assert.fail();
  assert.equal(await oneAtATime(file, AbortSignal.timeout(10)), undefined);
  assert.ok(existsSync(file));
  end();
});

test('where nothing can be written nobody waits', async () => {
  const blocked = path.join(folder, 'file');
  writeFileSync(blocked, '');
  const end = (await oneAtATime(path.join(blocked, 'preparing'), signal)) ?? assert.fail();
  end();
});
