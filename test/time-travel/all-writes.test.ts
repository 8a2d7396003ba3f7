/** The list of all writes to something, beside what data breakpoints stop at on the way forwards. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SessionClient, withSession } from '../debug-adapter/support/session-client.ts';

interface Line {
  readonly instruction: number;
  readonly text: string;
  readonly link: number | undefined;
}

async function stoppedAtEnd(client: SessionClient, guest: string, options: object = {}): Promise<void> {
  await client.launch(guest, { stopAtEnd: 'always', ...options });
  await client.start();
  assert.equal((await client.stop()).event, 'stopped');
}
/** What `writes NAME` prints, after the line with the count. */
async function writes(client: SessionClient, name: string): Promise<{ readonly head: string; readonly lines: readonly Line[] }> {
  const before = client.messages.length;
  const { result } = await client.request('evaluate', { expression: `writes ${name}`, context: 'repl' });
  assert.equal(result, `Looking for all writes to ${name}.`);
  assert.equal((await client.stop()).body.reason, 'goto');
  const outputs = client.messages.slice(before).flatMap(({ event, body }) => {
    const { category, output, variablesReference } = (body ?? {}) as { category?: string; output: string; variablesReference?: number };
    return event === 'output' && category === 'console' ? [{ text: output.trimEnd(), link: variablesReference }] : [];
  });
  const [head, ...lines] = outputs;
  return {
    head: head.text,
    lines: lines.map(({ text, link }) => {
      const [, instruction, rest] = /^@([\d,]+) (.*)$/.exec(text) ?? assert.fail(text);
      return { instruction: Number(instruction.replaceAll(',', '')), text: rest, link };
    }),
  };
}

const stateOf = async (client: SessionClient): Promise<string> =>
  `${await client.evaluate('$pc')} ${JSON.stringify((await client.request('sdei/bookmarks')).time)}`;

for (const name of ['$sdei_depth', 'event_log.handled', '$x19']) {
  test(`${name}: the list is what a data breakpoint stops at, and the guest stays where it is`, () =>
    withSession(async (client) => {
      await stoppedAtEnd(client, 'first-event.elf');
      const place = await stateOf(client);
      const { head, lines } = await writes(client, name);
      assert.equal(await stateOf(client), place);
      const [, count] = /was written ([\d,]+) times since instruction 0, where history begins/.exec(head) ?? assert.fail(head);
      assert.equal(lines.length, Math.min(Number(count), 200));

      await client.request('evaluate', { expression: 'goto start', context: 'repl' });
      await client.stop();
      const { dataId } = await client.request('dataBreakpointInfo', { name });
      await client.request('setDataBreakpoints', { breakpoints: [{ dataId, accessType: 'write' }] });
      const met: string[] = [];
      for (;;) {
        const { body } = await client.go('continue');
        if (body.reason !== 'data breakpoint') break;
        met.push(changeIn(`${body.text}`) ?? `${body.text}`);
      }
      assert.ok(met.length > 0);
      assert.deepEqual(
        lines.flatMap(({ text }) => changeIn(text) ?? []),
        met.slice(-lines.length),
      );
      // A write that leaves what was there is no change.
      assert.ok(met.length <= Number(count));
    }));
}
const changeIn = (text: string): string | undefined => /(\S+ → \S+), by the instruction at \S+/.exec(text)?.[0];

test('a link leads to the moment before the write', () =>
  withSession(async (client) => {
    await stoppedAtEnd(client, 'nested-critical.elf');
    const { lines } = await writes(client, '$sdei_depth');
    assert.deepEqual(
      lines.map(({ text }) => /: (\d → \d),/.exec(text)?.[1]),
      ['0 → 1', '1 → 2', '2 → 1', '1 → 0'],
    );
    for (const { instruction, text, link } of lines) {
      assert.ok(link !== undefined);
      const [{ valueLocationReference }] = (await client.request('variables', { variablesReference: link })).variables;
      void client.ask('locations', { locationReference: valueLocationReference });
      assert.equal((await client.stop()).body.reason, 'goto');
      const { time } = await client.request('sdei/bookmarks');
      assert.equal(time.now, instruction);
      assert.equal(await client.evaluate('$sdei_depth'), /: (\d) →/.exec(text)?.[1]);
    }
  }));

test('many writes are counted, the last of them are listed; none is said', () =>
  withSession(async (client) => {
    await client.launch('../../bench/debug-loop.elf', { bootCache: false });
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'work', condition: 'turn == 20000' }] });
    await client.start();
    await client.stop();
    // The first clears .bss, each of 20,000 turns has one.
    const { head, lines } = await writes(client, 'turns');
    assert.match(head, /^turns was written 20,001 times since instruction 0, where history begins; these are the last 200:$/);
    assert.equal(lines.length, 200);
    assert.ok(lines.every(({ instruction }, n) => n === 0 || instruction > lines[n - 1].instruction));
    assert.match(lines[199].text, /^turns: 0x4e1e → 0x4e1f, by the instruction at main\+0x\w+ \(debug-loop\.c:30\)\.$/);
    const none = await writes(client, '$sdei_depth');
    assert.equal(none.head, '$sdei_depth has not been written since instruction 0, where history begins.');
    assert.deepEqual(none.lines, []);
  }));

test('a pause ends the search, and the guest is where it was', () =>
  withSession(async (client) => {
    await client.launch('../../bench/debug-loop.elf', { bootCache: false });
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'milestone' }] });
    await client.start();
    await client.stop();
    const place = await stateOf(client);
    await client.request('evaluate', { expression: 'writes turns', context: 'repl' });
    await client.request('pause', { threadId: 1 });
    assert.equal((await client.stop()).body.reason, 'pause');
    assert.equal(await stateOf(client), place);
    assert.doesNotMatch(client.outputs('console'), /turns was written/);
  }));
