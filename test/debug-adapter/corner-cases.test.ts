/** What compilers and libraries do seldom, in the guest of that name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SessionClient, withSession } from './support/session-client.ts';

async function stoppedAt(client: SessionClient, name: string): Promise<void> {
  await client.launch('corner-cases.elf', { stopAtEnd: 'always' });
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name }] });
  await client.start();
  assert.equal((await client.stop()).body.reason, 'function breakpoint');
  await client.request('setFunctionBreakpoints', { breakpoints: [] });
}

test('a function whose caller ends with the call, right before it, has the whole stack', () =>
  withSession(async (client) => {
    await client.launch('corner-cases.elf');
    const leave = '*leave';
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: leave }] });
    await client.start();
    await client.stop();
    for (let instruction = 0; instruction < 4; instruction++) {
      const names = (await client.stack()).map((line) => line.split(' ')[0]);
      assert.deepEqual(names, ['leave', 'fall', 'dive', 'dive', 'dive', 'jump_out', 'main', '_start']);
      await client.go('stepIn', { granularity: 'instruction' });
    }
  }));

/** The field's changes, and not those of its neighbours in the same byte. */
const fields = [
  { name: 'flags.low', changes: ['0 → 2', '2 → 5'], at: ['change_flags+0x10', 'change_flags+0x40'] },
  {
    name: 'flags.high',
    changes: ['0 → 7', '7 → 9', '9 → 0xb'],
    at: ['change_flags+0x20', 'change_flags+0x30', 'change_flags+0x50'],
  },
];
for (const { name, changes, at } of fields) {
  test(`changes of the bit-field ${name}: forwards, backwards, the last one, and all`, () =>
    withSession(async (client) => {
      await stoppedAt(client, 'change_flags');
      const { dataId } = await client.request('dataBreakpointInfo', { name });
      await client.request('setDataBreakpoints', { breakpoints: [{ dataId }] });
      const texts: string[] = [];
      for (;;) {
        const { body } = await client.go('continue');
        if (body.reason !== 'data breakpoint') break;
        texts.push(`${body.text}`);
      }
      assert.deepEqual(
        texts.map((text) => /: (\S+ → \S+), by the instruction at (\S+)/.exec(text)?.slice(1)),
        changes.map((change, n) => [change, at[n]]),
      );

      const back: string[] = [];
      for (;;) {
        const { body } = await client.go('reverseContinue');
        if (body.reason !== 'data breakpoint') break;
        back.unshift(/^The instruction at (\S+)/.exec(`${body.text}`)?.[1] ?? '');
      }
      assert.deepEqual(back, at);

      await client.request('evaluate', { expression: 'goto end', context: 'repl' });
      await client.stop();
      const { body } = await client.go('sdei/lastWrite', { name });
      assert.match(`${body.text}`, new RegExp(`^The instruction at ${at.at(-1)?.replace('+', '\\+')} `));

      await client.request('evaluate', { expression: `writes ${name}`, context: 'repl' });
      await client.stop();
      const listed = [...client.outputs('console').matchAll(/^@\d+ .*: (\S+ → \S+), by the instruction at (\S+)/gm)];
      // The last change is yet to come there.
      assert.deepEqual(
        listed.map(([, change, place]) => [change, place]),
        changes.slice(0, -1).map((change, n) => [change, at[n]]),
      );
    }));
}
