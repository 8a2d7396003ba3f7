import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { json } from '../cli/sdei-debug.ts';
import { guests, type SessionClient, withSession } from './support/session-client.ts';

const SOURCE = 'nested-critical.c';
const DEPTH_LINE = 75;

/** "What if I had masked?": the run to its end, and from before the event another one in which the PE is masked. */
async function whatIfMasked(client: SessionClient): Promise<void> {
  await client.launch('nested-critical.elf', { stopAtEnd: 'always' });
  await client.breakAt(SOURCE, DEPTH_LINE);
  await client.start();
  await client.stop();
  await client.breakAt(SOURCE);
  await client.request('sdei/addBookmark', { name: 'before the event' });
  await client.go('continue');
  await client.request('sdei/addBookmark', { name: 'the end' });
  await client.go('sdei/goTo', { bookmark: 'before the event' });
  await client.request('sdei/setMasked', { pe: 0, masked: true });
  await client.go('continue');
}
const branchesOf = async (client: SessionClient): Promise<string> => {
  const { current, branches } = await client.request('sdei/branches');
  return `${current} of ${branches.map(({ name, to }: { name: string; to: number }) => `${name} (${to})`).join(', ')}`;
};
const delivered = async (client: SessionClient): Promise<number[]> =>
  (await client.request('sdei/timeline')).instants
    .filter(({ kind }: { kind: string }) => kind === 'delivery')
    .map(({ text }: { text: string }) => Number(/^Event (\d+)/.exec(text)?.[1]));
const consoleLines = async (client: SessionClient): Promise<string[]> =>
  (await client.request('sdei/timeline')).instants
    .filter(({ kind }: { kind: string }) => kind === 'console')
    .map(({ text }: { text: string }) => text);
const bookmarks = async (client: SessionClient): Promise<string[]> =>
  (await client.request('sdei/bookmarks')).bookmarks.map(({ name }: { name: string }) => name);

test('an edit in the past keeps what came after it as a branch, and one goes from one to another', () =>
  withSession(async (client) => {
    await whatIfMasked(client);
    assert.match(
      client.outputs('console'),
      /Another future begins at instruction \d+, "branch 1": what came after it is kept as branch "main"\./,
    );
    assert.match(await branchesOf(client), /^branch 1 of branch 1 \(\d+\), main \(\d+\)$/);
    const end = await client.evaluate('$time');
    assert.deepEqual([await delivered(client), await bookmarks(client)], [[], ['before the event']]);

    await client.go('sdei/goToBranch', { name: 'main' });
    assert.match(await branchesOf(client), /^main of main \(\d+\), branch 1 \(\d+\)$/);
    assert.notEqual(await client.evaluate('$time'), end);
    assert.deepEqual(
      [await delivered(client), await bookmarks(client)],
      [
        [806, 804],
        ['before the event', 'the end'],
      ],
    );
    await client.go('sdei/goTo', { instruction: 5000 });
    assert.equal(await client.evaluate('$sdei_depth'), '2');

    await client.go('sdei/goToBranch', { name: 'branch 1' });
    assert.deepEqual([await client.evaluate('$time'), await client.evaluate('$sdei_masked')], [end, 'true']);
    await client.go('stepBack', { granularity: 'instruction' });
    assert.equal(Number(await client.evaluate('$time')), Number(end) - 1);
    const lines = client.outputs('stdout').split('\n');
    assert.equal(lines.filter((line) => line.startsWith('unmask')).length, 1);
    assert.equal(lines.filter((line) => line.startsWith('enter event 806')).length, 1);
  }));

test('branches are renamed and compared; the guest stays where it is', () =>
  withSession(async (client) => {
    await whatIfMasked(client);
    await client.request('sdei/renameBranch', { name: 'branch 1', to: 'masked' });
    const time = await client.evaluate('$time');
    const sections = async (name: string): Promise<Record<string, string>> => {
      const { text } = await client.request('sdei/branchReport', { name });
      return Object.fromEntries(text.split('\n\n').map((part: string) => [part.split('\n')[0], part]));
    };
    const [main, masked] = [await sections('main'), await sections('masked')];
    assert.equal(await client.evaluate('$time'), time);
    assert.match(
      main.Deliveries,
      /t=\d+ PE0 event 806 \(normal\) interrupted EL1 at smccc\+0x\w+ \(smccc\.S:13\): complete, \d+ instructions\n/,
    );
    assert.equal(masked.Deliveries, 'Deliveries');
    assert.match(main.SDEI, /PE0: on, EL1, unmasked/);
    assert.match(masked.SDEI, /PE0: on, EL1, masked\n(.*\n)*.*event 806 PE0: .*pending/);
    assert.match(main.Console, /1 critical, 1 normal, depth 0, power off/);
    assert.match(masked.Registers, /PE0 x0 = 0x/);
    const console = client.outputs('stdout');
    await client.go('stepBack', { granularity: 'instruction' });
    assert.equal(client.outputs('stdout'), console);
    for (const [command, args] of [
      ['sdei/goToBranch', { threadId: 1, name: 'none' }],
      ['sdei/branchReport', { name: 'none' }],
      ['sdei/renameBranch', { name: 'main', to: 'masked' }],
    ] as const) {
      const { success, message } = await client.ask(command, args);
      assert.deepEqual(
        [success, /^There is no branch ".*" to be had\. There are: masked, main\.$/.test(message ?? '')],
        [false, true],
        message,
      );
    }
  }));

test('a trace has the branches, too', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'sdeitrace-'));
  try {
    const trace = path.join(folder, 'a.sdeitrace');
    await withSession(async (client) => {
      await whatIfMasked(client);
      await writeFile(trace, Buffer.from((await client.request('sdei/saveTrace')).data, 'base64'));
    });
    const answer = await json('diff', `${trace}#main`, trace);
    assert.equal(answer.status, 1);
    const deliveries = answer.document.differences.find(({ section }: { section: string }) => section === 'Deliveries');
    assert.deepEqual([deliveries.one.length, deliveries.other.length], [2, 0]);
    await withSession(async (client) => {
      await client.request('initialize', { adapterID: 'sdei' });
      await client.request('launch', { trace });
      await client.start();
      await client.stop();
      assert.match(await branchesOf(client), /^branch 1 of branch 1 \(\d+\), main \(\d+\)$/);
      assert.deepEqual(await delivered(client), []);
      // What it prints is known before anybody has gone there.
      assert.match((await client.request('sdei/branchReport', { name: 'main' })).text, /1 critical, 1 normal, depth 0, power off/);
      await client.go('sdei/goToBranch', { name: 'main' });
      assert.deepEqual(
        [await delivered(client), await bookmarks(client)],
        [
          [806, 804],
          ['before the event', 'the end'],
        ],
      );
      assert.equal(await client.evaluate('$sdei_masked'), 'false');
      assert.match(client.outputs('stdout'), /enter event 806/);
      const lines = await consoleLines(client);
      assert.equal(lines.filter((line) => /enter event 806/.test(line)).length, 1);
      await client.go('sdei/goToBranch', { name: 'branch 1' });
      assert.deepEqual(await delivered(client), []);
      assert.equal((await consoleLines(client)).filter((line) => /enter event 806/.test(line)).length, 0);
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Where the guest is in the past; the last of two kinds of edit puts a PE elsewhere. */
const edits: readonly (readonly [what: string, edit: (client: SessionClient) => Promise<unknown>])[] = [
  ['a variable', (client) => client.request('evaluate', { expression: '$x28 = 5', context: 'repl' })],
  ['console input', (client) => client.request('sdei/consoleInput', { data: 'aGVsbG8=' })],
  ['an event', (client) => client.request('sdei/trigger', { event: 806, pe: 0 })],
  [
    'Jump to Cursor',
    async (client) => {
      const source = { path: path.join(guests, SOURCE) };
      const { targets } = await client.request('gotoTargets', { source, line: DEPTH_LINE });
      await client.go('goto', { targetId: targets[0].id });
    },
  ],
  [
    'Restart Frame',
    async (client) => {
      const { stackFrames } = await client.request('stackTrace', { threadId: 1 });
      await client.go('restartFrame', { frameId: stackFrames[0].id });
    },
  ],
];
for (const [what, edit] of edits) {
  test(`${what} in the past begins another future, which is said, and the one before is a branch`, () =>
    withSession(async (client) => {
      await client.launch('nested-critical.elf', { stopAtEnd: 'always' });
      await client.start();
      await client.stop();
      const end = Number(await client.evaluate('$time'));
      await client.go('sdei/goTo', { instruction: 4000 });
      await client.request('sdei/addBookmark', { name: 'here' });
      await edit(client);
      assert.match(client.outputs('console'), /Another future begins at instruction 4000, "branch 1": .* kept as branch "main"\.\n$/);
      assert.equal(await branchesOf(client), `branch 1 of branch 1 (4000), main (${end})`);
      assert.deepEqual(await bookmarks(client), ['here']);
      const { time } = await client.request('sdei/bookmarks');
      assert.equal(time.isInPast, false);
      assert.deepEqual(client.messages.findLast(({ event }) => event === 'sdei/time')?.body, { ...time, begins: 'branch 1' });
      await client.go('sdei/goToBranch', { name: 'main' });
      assert.equal(Number(await client.evaluate('$time')), end);
    }));
}

test('a bookmark of what an edit has taken the place of goes, also one at the same instruction', () =>
  withSession(async (client) => {
    await client.launch('nested-critical.elf', { stopOnEntry: true });
    await client.start();
    await client.stop();
    await client.go('stepIn', { granularity: 'instruction' });
    await client.request('sdei/addBookmark', { name: 'before' });
    await client.request('evaluate', { expression: '$x28 = 5', context: 'repl' });
    await client.request('sdei/addBookmark', { name: 'after' });
    await client.go('sdei/goTo', { bookmark: 'before' });
    await client.request('evaluate', { expression: '$x28 = 6', context: 'repl' });
    assert.deepEqual(await bookmarks(client), ['before']);
  }));

test('what is refused in the past changes nothing: the future stays, and the state with it', () =>
  withSession(async (client) => {
    await client.launch('nested-critical.elf', { stopAtEnd: 'always' });
    await client.start();
    await client.stop();
    const end = await client.evaluate('$time');
    await client.go('sdei/goTo', { instruction: 50 });
    const hash = async (): Promise<string> => (await client.request('evaluate', { expression: 'sdei hash', context: 'repl' })).result;
    const before = await hash();
    for (const [command, args] of [
      ['sdei/trigger', { event: 806, pe: 0 }],
      ['sdei/trigger', { event: 0, pe: 0 }],
      ['sdei/setEnabled', { event: 806, pe: 0, enabled: true }],
    ] as const)
      assert.equal((await client.ask(command, args)).success, false, command);
    assert.equal(await hash(), before);
    assert.equal(await branchesOf(client), `main of main (${end})`);
    assert.doesNotMatch(client.outputs('console'), /Another future/);
    await client.go('continue');
    assert.equal(await client.evaluate('$time'), end);
  }));

test('what comes from outside while the past is repeated begins another future there', () =>
  withSession(async (client) => {
    await client.launch('spin.elf', { stopOnEntry: true });
    await client.start();
    await client.stop();
    let end = 0;
    for (; end < 200_000_000; end = Number(await client.evaluate('$time'))) {
      await client.request('continue', { threadId: 1 });
      await client.go('pause');
    }
    await client.go('sdei/goTo', { instruction: 0 });
    const going = client.send('continue', { threadId: 1 });
    const typed = client.send('sdei/consoleInput', { data: 'aGVsbG8=' });
    await Promise.all([going.answer, typed.answer]);
    await client.go('pause');
    assert.match(client.outputs('console'), /Another future begins at instruction \d+, "branch 1": .* kept as branch "main"\.\n$/);
    assert.match(await branchesOf(client), new RegExp(`^branch 1 of branch 1 \\(\\d+\\), main \\(${end}\\)$`));
    assert.equal((await client.request('sdei/bookmarks')).time.isInPast, false);
  }));

test('a branch that parts before what is on record is refused, and the guest stays', () =>
  withSession(async (client) => {
    await client.launch('spin.elf', { stopOnEntry: true, history: '1M' });
    await client.start();
    await client.stop();
    const runTo = async (instruction: number): Promise<void> => {
      for (let now = 0; now < instruction; now = Number(await client.evaluate('$time'))) {
        await client.request('continue', { threadId: 1 });
        await client.go('pause');
      }
    };
    await runTo(1_000_000);
    await client.go('sdei/goTo', { instruction: 1000 });
    await client.request('evaluate', { expression: '$x28 = 5', context: 'repl' });
    // What nobody reads is part of each checkpoint.
    await client.request('sdei/consoleInput', { data: btoa('x'.repeat(20_000)) });
    let time = { from: 0, now: 0 };
    for (let length = 100_000_000; time.from <= 1000; length += 100_000_000) {
      await runTo(length);
      ({ time } = await client.request('sdei/bookmarks'));
    }
    assert.match(client.outputs('console'), /History has used its memory .* One can go back to instruction \d+ now\./);
    const { success, message } = await client.ask('sdei/goToBranch', { threadId: 1, name: 'main' });
    assert.deepEqual(
      [success, message?.replace(/\d+/g, 'N')],
      [
        false,
        'Branch "main" parts from this one at instruction N, and what is on record begins at instruction N: there is no way there any more. Give "history" more memory.',
      ],
    );
    assert.deepEqual((await client.request('sdei/bookmarks')).time, time);
  }));
