import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootFiles, createPreparedBoots, type LaunchConfiguration } from '../../extension/prepared-boots.ts';

const kernel: LaunchConfiguration = { request: 'launch', name: 'Linux', kernel: '/build/Image', initrd: '/build/initramfs.cpio' };
const named = (name: string, more: object = {}): LaunchConfiguration => ({ request: 'launch', name, kernel: `/${name}/Image`, ...more });

test('what a boot depends on; what is not kept has none', () => {
  const rows: readonly [configuration: LaunchConfiguration, files: readonly string[] | undefined][] = [
    [kernel, ['/build/Image', '/build/initramfs.cpio']],
    [{ request: 'launch', kernel: '/build/Image', bootCache: true }, ['/build/Image']],
    [{ ...kernel, bootCache: false }, undefined],
    [{ ...kernel, history: false }, undefined],
    [{ ...kernel, stopOnEntry: true }, undefined],
    [{ ...kernel, noDebug: true }, undefined],
    [{ ...kernel, request: 'attach' }, undefined],
    [{ ...kernel, kernel: '' }, undefined],
    [{ request: 'launch', program: '/build/guest.elf' }, undefined],
    [{ request: 'launch', trace: '/run.sdeitrace' }, undefined],
  ];
  for (const [configuration, files] of rows) assert.deepEqual(bootFiles(configuration), files, JSON.stringify(configuration));
});

/** Time and files that do what the test says, and a record of what has been begun and cancelled. */
function setUp() {
  const watched: { readonly file: string; readonly changed: () => void }[] = [];
  const missing = new Set<string>();
  const timers = new Set<{ readonly milliseconds: number; readonly action: () => void }>();
  const story: string[] = [];
  let end = (): void => {};
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const boots = createPreparedBoots({
    watch(file, changed) {
      const one = { file, changed };
      watched.push(one);
      return () => void watched.splice(watched.indexOf(one), 1);
    },
    exists: async (file) => !missing.has(file),
    prepare({ name }) {
      story.push(`begin ${name}`);
      const done = new Promise<void>((resolve) => {
        end = () => {
          story.push(`end ${name}`);
          end = () => {};
          resolve();
        };
      });
      return {
        done,
        keep: () => void story.push(`keep ${name}`),
        cancel() {
          story.push(`cancel ${name}`);
          end();
        },
      };
    },
    after(milliseconds, action) {
      const timer = { milliseconds, action };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  return {
    boots,
    story,
    missing,
    watched: () => watched.map(({ file }) => file),
    write(file: string) {
      for (const one of [...watched]) if (one.file === file) one.changed();
    },
    /** @param milliseconds absent: until nothing waits any more */
    async pass(milliseconds = Number.POSITIVE_INFINITY) {
      for (const timer of [...timers]) {
        if (timer.milliseconds > milliseconds) continue;
        timers.delete(timer);
        timer.action();
      }
      await settle();
    },
    async end() {
      end();
      await settle();
    },
  };
}

test('a kernel that was debugged is prepared once it has been written, however often a linker writes', async () => {
  const { boots, story, write, pass, end } = setUp();
  boots.started(kernel);
  await pass();
  assert.deepEqual(story, []);
  write('/build/Image');
  write('/build/Image');
  write('/build/initramfs.cpio');
  await pass();
  await end();
  await pass();
  assert.deepEqual(story, ['begin Linux', 'end Linux']);
});

test('written again meanwhile, it is begun anew', async () => {
  const { boots, story, write, pass } = setUp();
  boots.started(kernel);
  await pass();
  write('/build/Image');
  await pass();
  write('/build/Image');
  assert.deepEqual(story.splice(0), ['begin Linux', 'cancel Linux', 'end Linux']);
  await pass();
  assert.deepEqual(story, ['begin Linux']);
});

test('what launch.json offers is prepared when the window is open for a while: three at most, those without boots not counted', async () => {
  const { boots, story, watched, pass, end } = setUp();
  boots.offered([{ request: 'launch', name: 'bare', program: 'x.elf' }, ...['a', 'b', 'c', 'd'].map((name) => named(name))]);
  await pass(2000);
  assert.deepEqual(story, []);
  await pass();
  for (let n = 0; n < 4; n++) await end();
  assert.deepEqual(story, ['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c']);
  assert.deepEqual(watched(), ['/a/Image', '/b/Image', '/c/Image']);
});

test('offered again, only what is new or has changed is prepared, and what is gone is watched no more, but for what was started', async () => {
  const { boots, story, watched, write, pass, end } = setUp();
  boots.offered([named('a'), named('b')]);
  boots.started(named('s'));
  await pass();
  await end();
  await end();
  story.length = 0;
  boots.offered([named('a'), named('b', { cpus: 2 }), named('c')]);
  await pass();
  await end();
  await end();
  assert.deepEqual(story.splice(0), ['begin b', 'end b', 'begin c', 'end c']);
  boots.offered([named('a')]);
  await pass();
  assert.deepEqual([story, watched().sort()], [[], ['/a/Image', '/s/Image']]);
  write('/a/Image');
  boots.offered([]);
  await pass();
  assert.deepEqual([story, watched()], [[], ['/s/Image']]);
});

test('files that are not there yet are awaited', async () => {
  const { boots, story, missing, write, pass } = setUp();
  missing.add('/build/initramfs.cpio');
  boots.offered([kernel]);
  await pass();
  write('/build/Image');
  await pass();
  assert.deepEqual(story, []);
  missing.clear();
  write('/build/initramfs.cpio');
  await pass();
  assert.deepEqual(story, ['begin Linux']);
});

test('a session of another guest ends a preparation, which is begun anew some time later', async () => {
  const { boots, story, pass } = setUp();
  boots.offered([kernel]);
  await pass();
  for (const other of [{ request: 'launch', name: 'bare', program: 'x.elf' }, named('other'), { ...kernel, noDebug: true }]) {
    boots.started(other);
    assert.deepEqual(story.splice(0), ['begin Linux', 'cancel Linux', 'end Linux']);
    await pass(2000);
    assert.deepEqual(story, []);
    await pass();
  }
  assert.deepEqual(story, ['begin Linux']);
});

test('a session that has ended keeps nothing waiting', async () => {
  const { boots, story, write, pass } = setUp();
  boots.started(kernel);
  write('/build/Image');
  await pass(2000);
  assert.deepEqual(story, []);
  boots.ended();
  await pass(0);
  assert.deepEqual(story, ['begin Linux']);
});

test('a session of the same guest has what was executed kept, waits for that, and none is prepared for it again', async () => {
  const { boots, story, write, pass, end } = setUp();
  boots.offered([kernel, named('other')]);
  await pass();
  await boots.settled;
  boots.started({ ...kernel, stopAtEnd: 'always' });
  assert.deepEqual(story.splice(0), ['begin Linux', 'keep Linux']);
  let isSettled = false;
  void boots.settled.then(() => (isSettled = true));
  await pass(2000);
  assert.equal(isSettled, false);
  await end();
  assert.equal(isSettled, true);
  assert.deepEqual(story.splice(0), ['end Linux']);
  await pass();
  await end();
  assert.deepEqual(story.splice(0), ['begin other', 'end other']);
  write('/build/Image');
  await pass();
  assert.deepEqual(story, ['begin Linux']);
});

test('a session needs no preparation of what it executes itself', async () => {
  const { boots, story, write, pass } = setUp();
  boots.offered([kernel]);
  boots.started(kernel);
  await pass();
  write('/build/Image');
  boots.started(kernel);
  await pass();
  assert.deepEqual(story, []);
});

test('one boot at a time; what waits is forgotten with the window', async () => {
  const { boots, story, watched, write, pass, end } = setUp();
  for (const name of ['third', 'second', 'first']) boots.started(named(name));
  await pass();
  for (const name of ['first', 'second', 'third']) write(`/${name}/Image`);
  await pass();
  assert.deepEqual(story.splice(0), ['begin first']);
  await end();
  assert.deepEqual(story.splice(0), ['end first', 'begin second']);
  boots.dispose();
  await pass();
  assert.deepEqual([story, watched()], [['cancel second', 'end second'], []]);
});
