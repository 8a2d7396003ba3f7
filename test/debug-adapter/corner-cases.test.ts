/** What compilers and libraries do seldom, in the guest of that name. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { guests, type SessionClient, withSession } from './support/session-client.ts';

const source = readFileSync(path.join(guests, 'corner-cases.c'), 'utf8').split('\n');
const lineOf = (text: string): number => source.findIndex((line) => line.includes(text)) + 1;

async function stoppedAt(client: SessionClient, name: string, guest = 'corner-cases.elf'): Promise<void> {
  await client.launch(guest, { stopAtEnd: 'always' });
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

/** Where the innermost frames are. */
const place = async (client: SessionClient): Promise<string> => (await client.stack()).slice(0, 2).join(' < ');
const landed = `jump_out corner-cases.c:${lineOf('if (setjmp(')} < main corner-cases.c:${lineOf('= jump_out()')}`;
const following = `jump_out corner-cases.c:${source.findLastIndex((line) => line.includes('times = times + 1')) + 1}`;
for (const [what, start, command, args] of [
  ['over a call that something further in jumps out of', `corner-cases.c:${lineOf('dive(2)')}`, 'next', {}],
  ['over the same, by instruction', '*jump_out+0x48', 'next', { granularity: 'instruction' }],
  ['out of a call that never returns', 'dive', 'stepOut', {}],
  ['out of a further one', '*leave', 'stepOut', {}],
  ['over the last instruction of a function, a call', '*fall+0xc', 'next', {}],
  ['over that, by instruction', '*fall+0xc', 'next', { granularity: 'instruction' }],
  ['over the function that jumps', '*leave+0xc', 'next', {}],
  ['out of that function', 'longjmp', 'stepOut', {}],
] as const) {
  test(`a step ${what}, ends where longjmp leads to`, () =>
    withSession(async (client) => {
      await stoppedAt(client, start);
      const { body } = await client.go(command, args);
      assert.equal(body.reason, 'step');
      assert.equal(await place(client), landed);
      await client.go('next');
      assert.ok((await place(client)).startsWith(`${following} `));
      // Backwards the line of the call comes before.
      const lines: number[] = [];
      for (let count = 0; count < 3; count++) {
        await client.go('stepBack');
        lines.push(Number(/^jump_out corner-cases\.c:(\d+) /.exec(await place(client))?.[1]));
      }
      assert.deepEqual(lines, ['dive(2)', 'times = times + 1', 'if (setjmp('].map(lineOf));
    }));
}

test('a step over a line from which nothing jumps ends as ever', () =>
  withSession(async (client) => {
    await stoppedAt(client, `corner-cases.c:${lineOf('  change_flags()')}`);
    for (const text of ['= jump_out()', '= widen(']) {
      await client.go('next');
      assert.equal((await client.stack())[0], `main corner-cases.c:${lineOf(text)}`);
    }
  }));

/** Where the prologue has not put parameters into memory yet, their registers still have them; behind it, memory has them. */
const restarts = [
  { name: 'widen', steps: 0, unknown: undefined },
  { name: 'widen', steps: 3, unknown: undefined },
  { name: 'widen', steps: 100, unknown: 'the place for its result (X8)' },
  { name: 'add_up', steps: 2, unknown: undefined },
  { name: 'add_up', steps: 22, unknown: 'the arguments that the ... stands for' },
] as const;
for (const { name, steps, unknown } of restarts) {
  test(`${name} restarted after ${steps} instructions has its arguments again`, () =>
    withSession(async (client) => {
      await stoppedAt(client, `*${name}`, 'corner-cases-unoptimized.elf');
      const registers = name === 'widen' ? ['x0', 'x2', 'x3', 'w4', 'x29', 'x30', 'sp', 'pc'] : ['w0', 'x29', 'x30', 'sp', 'pc'];
      if (unknown === undefined) registers.push('x2', 'x3', 'x8');
      const read = async () => Promise.all(registers.map((register) => client.evaluate(`$${register},x`)));
      const before = await read();
      for (let count = 0; count < steps && (await client.stack())[0].startsWith(`${name} `); count++)
        await client.go('next', { granularity: 'instruction' });
      if (!(await client.stack())[0].startsWith(`${name} `)) await client.go('stepBack', { granularity: 'instruction' });
      const { stackFrames } = await client.request('stackTrace', { threadId: 1 });
      await client.go('restartFrame', { frameId: stackFrames[0].id });
      assert.deepEqual(await read(), before);
      const told = unknown === undefined ? '' : `${name} restarted; what ${unknown} had been when it was called is not known any more.`;
      assert.equal(/^.* restarted;.*$/m.exec(client.outputs('console'))?.[0] ?? '', told);
    }));
}

for (const name of ['$x2', '$pstate.Z']) {
  test(`changes of ${name} are met where breakpoints stand whose conditions do not hold`, () =>
    withSession(async (client) => {
      const times = async (): Promise<string[]> => {
        await client.request('evaluate', { expression: 'goto 60', context: 'repl' });
        await client.stop();
        const found: string[] = [];
        while ((await client.go('continue')).body.reason === 'data breakpoint') found.push(await client.evaluate('$time'));
        return found;
      };
      await stoppedAt(client, 'change_flags');
      const pc = await client.pc();
      const { dataId } = await client.request('dataBreakpointInfo', { name });
      await client.request('setDataBreakpoints', { breakpoints: [{ dataId }] });
      await client.go('stepIn', { granularity: 'instruction' });
      const alone = await times();
      const breakpoints = Array.from({ length: 100 }, (_, n) => ({
        instructionReference: `0x${(pc + BigInt(4 * n)).toString(16)}`,
        condition: '$x0 == 12345',
      }));
      await client.request('setInstructionBreakpoints', { breakpoints });
      assert.ok(alone.length > 3);
      assert.deepEqual(await times(), alone);
    }));
}
