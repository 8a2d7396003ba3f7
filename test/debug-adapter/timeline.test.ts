import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TimelineInstant } from '../../debug-adapter/custom-requests.ts';
import { type SessionClient, withSession } from './support/session-client.ts';

const SOURCE = 'nested-critical.c';

async function toTheEnd(client: SessionClient, more: Record<string, unknown> = {}): Promise<void> {
  await client.launch('nested-critical.elf', { stopAtEnd: 'always', ...more });
  const breakpoints = [{ line: 37, logMessage: 'event {event} at {$pc}' }];
  await client.request('setBreakpoints', { source: { path: `test/guests/${SOURCE}` }, breakpoints });
  await client.start();
  assert.equal((await client.stop()).body.reason, 'pause');
}
const instantsOf = async (client: SessionClient, text?: string): Promise<TimelineInstant[]> =>
  (await client.request('sdei/timeline', text === undefined ? {} : { text })).instants;

test('every line of the console, log point and delivery is on the timeline, and going there shows it', () =>
  withSession(async (client) => {
    await toTheEnd(client);
    const instants = await instantsOf(client);
    const printed = client
      .outputs('stdout')
      .split('\n')
      .filter((line) => line.trim() !== '');
    assert.ok(printed.length > 3);
    assert.deepEqual(
      instants.filter(({ kind }) => kind === 'console').map(({ text }) => text),
      printed.map((line) => line.trimEnd()),
    );
    assert.deepEqual(
      instants.map(({ instruction }) => instruction),
      instants.map(({ instruction }) => instruction).sort((a, b) => a - b),
    );

    for (const { id, kind, text, instruction } of instants) {
      if (kind === 'stop') continue;
      await client.go('sdei/goTo', { instant: id });
      // The call that asks for a delivery is executed then.
      const late = Number(await client.evaluate('$time')) - instruction;
      assert.ok(late === 0 || (kind === 'delivery' && late === 1), `${text}: ${late}`);
      const [top] = await client.stack();
      if (kind === 'log') {
        assert.match(top, /^on_event nested-critical\.c:37$/);
        assert.equal(`event ${(await client.evaluate('event')).split(' ')[0]} at ${await client.evaluate('$pc')}`, text);
      }
      if (kind === 'delivery') {
        assert.match(top, /^sdei_handler_entry /);
        assert.match(
          text,
          new RegExp(
            `^Event ${await client.evaluate('$sdei_event')} \\((normal|critical)\\) interrupted EL1 at .*: completed after \\d+ instructions$`,
          ),
        );
      }
      if (kind === 'console') {
        // The instruction at hand stores the line's first byte into UARTDR.
        const { instructions } = await client.request('disassemble', {
          memoryReference: await client.evaluate('$pc,x'),
          instructionCount: 1,
        });
        const [, value, base] = /^str[bh]?\s+(\w+), \[(\w+)\]/.exec(instructions[0].instruction) ?? [];
        assert.equal(await client.evaluate(`$${base},x`), '0x9000000');
        assert.equal(String.fromCharCode(Number(await client.evaluate(`$${value},d`)) & 0xff), text[0]);
      }
    }
  }));

test('lines of the Debug Console lead to the moment they tell of: asking for their location goes there', () =>
  withSession(async (client) => {
    await toTheEnd(client);
    const outputs = client.messages
      .filter(({ event }) => event === 'output')
      .map(({ body }) => body as { output: string; variablesReference?: number });
    const linked = outputs.filter(({ variablesReference = 0 }) => variablesReference > 0);
    assert.equal(linked.length, 1);
    for (const { output, variablesReference } of linked) {
      const { variables } = await client.request('variables', { variablesReference });
      assert.equal(variables.length, 1);
      const [{ name, value, valueLocationReference }] = variables;
      assert.equal(`${value}\n`, output);
      const answer = client.request('locations', { locationReference: valueLocationReference });
      assert.equal((await client.stop()).body.reason, 'goto');
      assert.deepEqual([(await answer).source.name, (await answer).line], [SOURCE, 37]);
      assert.equal(name, `@${await client.evaluate('$time')}`);
      assert.ok(value.endsWith(await client.evaluate('$pc')));
    }
  }));

test('a step that passed handlers over leads into the first of them', () =>
  withSession(async (client) => {
    await client.launch('nested-critical.elf');
    await client.breakAt(SOURCE, 75);
    await client.start();
    await client.stop();
    await client.go('next');
    const output = client.messages.map(({ body }) => body as { output?: string; variablesReference?: number } | undefined);
    const note = output.find((body) => body?.output?.includes('handled during the step'));
    const { variables } = await client.request('variables', { variablesReference: note?.variablesReference });
    const answer = client.request('locations', { locationReference: variables[0].valueLocationReference });
    await client.stop();
    assert.equal((await answer).source.name, 'handler-entry.S');
    assert.match((await client.stack())[0], /^sdei_handler_entry /);
    assert.equal(await client.evaluate('$sdei_event'), '806');
  }));

test('another future takes what came after it off the timeline', () =>
  withSession(async (client) => {
    await toTheEnd(client);
    const before = await instantsOf(client);
    const [first] = before.filter(({ kind }) => kind === 'log');
    await client.go('sdei/goTo', { instant: first.id });
    await client.request('evaluate', { expression: '$x28 = 5', context: 'repl' });
    const after = await instantsOf(client);
    assert.ok(after.every(({ instruction }) => instruction <= first.instruction));
    assert.ok(after.some(({ kind, text }) => kind === 'delivery' && text.endsWith('its handler runs')));
    const last = before.at(-1);
    const { success, message } = await client.ask('sdei/goTo', { threadId: 1, instant: last?.id });
    assert.deepEqual([success, /^Instant \d+ is not on the timeline/.test(message ?? '')], [false, true]);
    await client.request('continue', { threadId: 1 });
    await client.stop();
    assert.deepEqual(
      (await instantsOf(client)).filter(({ kind }) => kind === 'console').map(({ text }) => text),
      before.filter(({ kind }) => kind === 'console').map(({ text }) => text),
    );
  }));
