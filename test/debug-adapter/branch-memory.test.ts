/** Futures that were left are kept as long as there is memory for them, and it is said which are not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Branch, createBranches } from '../../debug-adapter/branches.ts';
import { withSession } from './support/session-client.ts';

const at = { instruction: 100, ticks: 0, inputs: 0 };
const write = (length: number) => ({ at, what: { kind: 'memory', address: 0x4010_0000, bytes: new Uint8Array(length) } }) as const;
const future = (...inputs: Branch['recording']['inputs']): Omit<Branch, 'name'> => ({ recording: { inputs, end: at }, bookmarks: [] });

test('those that were left the longest ago go where memory is short, the last one never; no name is given again', () => {
  const branches = createBranches(undefined, 10_000);
  const names = () => branches.others.map(({ name }) => name).join(', ');
  branches.begin(future(write(4000)));
  branches.begin(future(write(4000)));
  assert.deepEqual([branches.current, names(), branches.takeForgotten()], ['branch 2', 'main, branch 1', []]);
  branches.begin(future(write(4000)));
  assert.deepEqual([branches.current, names(), branches.takeForgotten()], ['branch 3', 'branch 1, branch 2', ['main']]);
  branches.begin(future(write(40_000)));
  assert.deepEqual([branches.current, names(), branches.takeForgotten()], ['branch 4', 'branch 3', ['branch 1', 'branch 2']]);
  assert.deepEqual([branches.forgotten, branches.takeForgotten()], [['main', 'branch 1', 'branch 2'], []]);
});

test('what several have in common takes memory once', () => {
  const common = write(6000);
  const branches = createBranches(undefined, 10_000);
  for (let n = 0; n < 5; n++) branches.begin(future(common, write(100)));
  assert.equal(branches.others.length, 5);
  const apart = createBranches(undefined, 10_000);
  for (let n = 0; n < 5; n++) apart.begin(future(write(6000), write(100)));
  assert.equal(apart.others.length, 1);
});

test('console, list of branches and the error of who goes there tell which were forgotten', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf', { history: '1M', stopOnEntry: true });
    await client.start();
    await client.stop();
    await client.go('stepIn', { granularity: 'instruction' });
    for (let n = 0; n < 4; n++) {
      await client.go('sdei/goTo', { instruction: 0 });
      const data = Buffer.alloc(400_000, n + 1).toString('base64');
      await client.request('writeMemory', { memoryReference: '0x40800000', data });
      await client.go('stepIn', { granularity: 'instruction' });
    }
    const { current, branches, forgotten } = await client.request('sdei/branches');
    assert.deepEqual(
      [current, branches.map(({ name }: { name: string }) => name), forgotten],
      ['branch 4', ['branch 4', 'branch 2', 'branch 3'], ['main', 'branch 1']],
    );
    assert.match(client.outputs('console'), /^Branches may use as much memory as "history" says: "main", "branch 1" are forgotten\.$/m);
    const { success, message } = await client.ask('sdei/goToBranch', { threadId: 1, name: 'branch 1' });
    assert.deepEqual(
      [success, message],
      [false, 'Branch "branch 1" is forgotten: branches may use as much memory as "history" says. Give "history" more.'],
    );
    await client.go('sdei/goToBranch', { name: 'branch 2' });
  }));
