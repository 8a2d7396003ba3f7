import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Host } from '../../debug-adapter/host.ts';
import { imageOf } from '../../debug-adapter/images.ts';
import { createSourcePaths } from '../../debug-adapter/source-paths.ts';
import { openFixture } from '../program/fixtures.ts';

const noFiles: Host = {
  readFile: () => Promise.reject(new Error('no file')),
  exists: () => Promise.resolve(false),
  readAsset: () => Promise.reject(new Error('no asset')),
};

test('a program of very many units is asked for its sources only when somebody wants them', async () => {
  const small = openFixture('gcc-O0-dwarf5');
  let asked = 0;
  const recorded = ['/build/kernel/fork.c', 'drivers/sdei.c'];
  const large = Object.create(small, {
    unitCount: { value: 3000 },
    sources: { value: () => (asked++, recorded) },
    sourcesNamed: { value: (name: string) => recorded.filter((path) => path.endsWith(`/${name}`)) },
  }) as typeof small;
  const paths = await createSourcePaths([imageOf('symbols', 'vmlinux', '/boot/vmlinux', large)], {
    host: noFiles,
    sourceMap: { '/build': '/home/me/linux' },
    embedded: new Map(),
  });
  assert.deepEqual(paths.sourceOf('/build/kernel/fork.c'), { name: 'fork.c', path: '/home/me/linux/kernel/fork.c' });
  assert.deepEqual(paths.sourceOf('drivers/sdei.c'), { name: 'sdei.c', path: '/boot/drivers/sdei.c' });
  assert.equal(asked, 0);
  assert.deepEqual(
    paths.recordedFor({ path: '/home/me/linux/kernel/fork.c' }).map(({ path }) => path),
    ['/build/kernel/fork.c'],
  );
  assert.equal(asked, 0);
  assert.deepEqual(
    paths.all.map(({ path }) => path),
    ['/home/me/linux/kernel/fork.c', '/boot/drivers/sdei.c'],
  );
});
