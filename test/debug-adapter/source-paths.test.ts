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

test('a source that a client opens and that is not there is told, the first one only', async () => {
  const told: (readonly string[])[] = [];
  const present = new Set(['/home/me/linux/kernel/fork.c']);
  const large = Object.create(openFixture('gcc-O0-dwarf5'), { unitCount: { value: 3000 } }) as ReturnType<typeof openFixture>;
  const paths = await createSourcePaths([imageOf('symbols', 'vmlinux', '/boot/vmlinux', large)], {
    host: { ...noFiles, exists: (path) => Promise.resolve(present.has(path)) },
    sourceMap: { '/build': '/home/me/linux' },
    embedded: new Map(),
    onMissing: (...what) => told.push(what),
  });
  const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
  paths.opened('/build/kernel/fork.c');
  paths.sourceOf('/build/kernel/exit.c');
  await settled();
  assert.deepEqual(told, []);
  for (const name of ['exit.c', 'exit.c', 'panic.c']) paths.opened(`/build/kernel/${name}`);
  await settled();
  paths.opened('/build/kernel/cpu.c');
  await settled();
  assert.deepEqual(told, [['/home/me/linux/kernel/exit.c', '/build/kernel/exit.c']]);
});

const recorded = ['/build/a/main.c', '/build/b/main.c', '/build/lib/crt0.S', '/build/old.c'];
const named: readonly (readonly [name: string, paths: readonly string[], problem?: string])[] = [
  ['crt0.S', ['/build/lib/crt0.S']],
  ['main.c', [], 'The loaded images have 2 sources of the name "main.c": /home/me/a/main.c, /home/me/b/main.c. Give the path of one.'],
  ['a/main.c', ['/build/a/main.c']],
  ['new.c', ['/build/old.c']],
  ['other.c', [], 'No code of the loaded images comes from "other.c". Build the program with -g, or check the path it was built with.'],
];
for (const [name, paths, problem] of named) {
  test(`a source that is only named ${name}: ${paths.length === 0 ? 'none' : paths.join(', ')}`, async () => {
    const program = Object.create(openFixture('gcc-O0-dwarf5'), {
      sources: { value: () => recorded },
      sourcesNamed: { value: (file: string) => recorded.filter((path) => path.endsWith(`/${file}`)) },
    }) as ReturnType<typeof openFixture>;
    const images = [imageOf('guest', 'a.elf', '/out/a.elf', program), imageOf('symbols', 'b.elf', '/out/b.elf', program)];
    const sources = await createSourcePaths(images, {
      host: noFiles,
      sourceMap: { '/build/old.c': '/home/me/new.c', '/build': '/home/me' },
      embedded: new Map(),
    });
    assert.deepEqual(
      sources.recordedFor({ name }).map(({ path }) => path),
      paths.flatMap((path) => [path, path]),
    );
    if (problem !== undefined) assert.equal(sources.problemOf({ name }), problem);
  });
}
