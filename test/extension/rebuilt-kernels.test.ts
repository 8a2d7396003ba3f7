import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootFiles, createRebuiltKernels, type LaunchConfiguration } from '../../extension/rebuilt-kernels.ts';

const kernel: LaunchConfiguration = { request: 'launch', name: 'Linux', kernel: '/build/Image', initrd: '/build/initramfs.cpio' };

test('what a boot depends on; what is not kept has none', () => {
  const rows: readonly [configuration: LaunchConfiguration, files: readonly string[] | undefined][] = [
    [kernel, ['/build/Image', '/build/initramfs.cpio']],
    [{ request: 'launch', kernel: '/build/Image', bootCache: true }, ['/build/Image']],
    [{ ...kernel, bootCache: false }, undefined],
    [{ ...kernel, stopOnEntry: true }, undefined],
    [{ ...kernel, request: 'attach' }, undefined],
    [{ request: 'launch', program: '/build/guest.elf' }, undefined],
    [{ request: 'launch', trace: '/run.sdeitrace' }, undefined],
  ];
  for (const [configuration, files] of rows) assert.deepEqual(bootFiles(configuration), files, JSON.stringify(configuration));
});

/** Time and files that do what the test says, and a record of what has been begun and cancelled. */
function setUp() {
  const watched = new Map<string, () => void>();
  const timers = new Set<() => void>();
  const story: string[] = [];
  let end = (): void => {};
  const kernels = createRebuiltKernels({
    watch(file, changed) {
      watched.set(file, changed);
      return () => watched.delete(file);
    },
    prepare({ name }) {
      story.push(`begin ${name}`);
      const done = new Promise<void>((resolve) => {
        end = () => {
          story.push(`end ${name}`);
          resolve();
        };
      });
      return {
        done,
        cancel() {
          story.push(`cancel ${name}`);
          end();
        },
      };
    },
    after(_milliseconds, action) {
      timers.add(action);
      return () => timers.delete(action);
    },
  });
  return {
    kernels,
    story,
    watched,
    write: (file: string) => watched.get(file)?.(),
    async pass() {
      for (const action of timers) action();
      timers.clear();
      await new Promise((resolve) => setImmediate(resolve));
    },
    async end() {
      end();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('a kernel that was debugged is prepared once it has been written, however often a linker writes', async () => {
  const { kernels, story, write, pass } = setUp();
  kernels.started(kernel);
  await pass();
  assert.deepEqual(story, []);
  write('/build/Image');
  write('/build/Image');
  write('/build/initramfs.cpio');
  await pass();
  await pass();
  assert.deepEqual(story, ['begin Linux']);
});

test('written again meanwhile, it is begun anew; a session that begins needs no preparation', async () => {
  const { kernels, story, write, pass } = setUp();
  kernels.started(kernel);
  write('/build/Image');
  await pass();
  write('/build/Image');
  assert.deepEqual(story.splice(0), ['begin Linux', 'cancel Linux', 'end Linux']);
  await pass();
  kernels.started({ ...kernel, name: 'again' });
  assert.deepEqual(story.splice(0), ['begin Linux', 'cancel Linux', 'end Linux']);
  write('/build/Image');
  kernels.started({ ...kernel, name: 'third' });
  await pass();
  assert.deepEqual(story, []);
  write('/build/Image');
  await pass();
  assert.deepEqual(story, ['begin third']);
});

test('one boot at a time; what waits is forgotten with the window', async () => {
  const { kernels, story, watched, write, pass, end } = setUp();
  kernels.started(kernel);
  kernels.started({ request: 'launch', name: 'other', kernel: '/other/Image' });
  kernels.started({ request: 'launch', name: 'third', kernel: '/third/Image' });
  for (const file of ['/build/Image', '/other/Image', '/third/Image']) write(file);
  await pass();
  assert.deepEqual(story.splice(0), ['begin Linux']);
  await end();
  assert.deepEqual(story.splice(0), ['end Linux', 'begin other']);
  kernels.dispose();
  await pass();
  assert.deepEqual([story, [...watched]], [['cancel other', 'end other'], []]);
});
