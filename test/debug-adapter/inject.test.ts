/** Events at places that are named while the guest is there: `sdei/inject`, the console's `inject EVENT@PLACE`. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { guests, type SessionClient, withSession } from './support/session-client.ts';

const source = { path: path.join(guests, 'first-event.c') };
const LOOP = 72;

async function atMain(client: SessionClient): Promise<void> {
  await client.launch('first-event.elf');
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'signal_in_the_middle' }] });
  await client.start();
  await client.stop();
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'on_event' }] });
}
const interrupted = async (client: SessionClient) => {
  const { stackFrames } = await client.request('stackTrace', { threadId: 1 });
  return stackFrames.map(({ name, line }: { name: string; line: number }) => (line === 0 ? '--' : `${name}:${line}`));
};

for (const count of [1, 3]) {
  test(`an event at a line, the time number ${count} it is reached`, () =>
    withSession(async (client) => {
      await atMain(client);
      const { message } = await client.request('sdei/inject', { event: 0, source, line: LOOP, ...(count === 1 ? {} : { count }) });
      assert.match(message, count === 1 ? /the next time a PE comes there\.$/ : /when a PE has come there 3 times\.$/);
      await client.go('continue');
      const frames = await interrupted(client);
      assert.match(frames[0], /^on_event:/);
      assert.equal(frames[3], `signal_in_the_middle:${LOOP}`);
      assert.equal(await client.evaluate('i', (await client.request('stackTrace', { threadId: 1 })).stackFrames[3].id), String(count - 1));
    }));
}

test('it is raised once, and forgotten on demand', () =>
  withSession(async (client) => {
    await atMain(client);
    await client.request('sdei/inject', { event: 0, source, line: LOOP });
    await client.request('evaluate', { expression: 'inject none', context: 'repl' });
    await client.go('continue');
    // The guest's own signal.
    assert.doesNotMatch((await interrupted(client))[3], new RegExp(`:${LOOP}$`));
  }));

test('what cannot be is refused by what is wrong with it', () =>
  withSession(async (client) => {
    await atMain(client);
    const refused = async (args: object) => (await client.ask('sdei/inject', args)).message;
    assert.match(
      (await refused({ event: 99, source, line: LOOP })) ?? '',
      /^Injection "99@.*first-event\.c:72#1" cannot be used: the machine has no event 99/,
    );
    assert.match((await refused({ event: 0, source, line: 9999 })) ?? '', /No code on line 9999 or after it/);
    assert.match((await refused({ event: 0, source: { path: '/elsewhere/other.c' }, line: 1 })) ?? '', /other\.c/);
    await client.go('continue');
    await client.go('stepBack');
    assert.match((await refused({ event: 0, source, line: LOOP })) ?? '', /happens again as it was: go to its end first \("goto end"\)/);
  }));

for (const command of ['next', 'stepIn'] as const) {
  test(`${command} that comes to the place by a single instruction counts it once`, () =>
    withSession(async (client) => {
      await client.launch('first-event.elf', { inject: ['0@signal_in_the_middle#2'] });
      const [{ line }] = await client.breakAt('first-event.c', 100);
      assert.equal(line, 100);
      await client.start();
      await client.stop();
      const handled: string[] = [];
      for (const _ of [1, 2]) {
        await client.go(command);
        if (command === 'stepIn') await client.go('stepOut');
        while ((await client.stack())[0].includes(`:${line}`)) await client.go('next');
        handled.push(await client.evaluate('event_log.handled'));
      }
      // Each call signals the event once itself.
      assert.deepEqual(handled, ['1', '3']);
    }));
}

test('one that has not happened when the guest ends is told, once', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf', { inject: ['0@signal_in_the_middle', '0@_start#7'], stopAtEnd: 'always' });
    await client.start();
    await client.stop();
    await client.go('stepBack');
    await client.go('continue');
    const told = client.outputs('console').match(/Injection .*/g);
    assert.deepEqual(told, ['Injection 0@_start#7: the event was not raised, for no PE came to the place more than 1 of 7 times.']);
  }));
