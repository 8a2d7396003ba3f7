/** Arguments that no well-behaved client sends: each gets one clear answer, and changes nothing else. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { guests, SessionClient } from './support/session-client.ts';

const program = path.join(guests, 'first-event.elf');
const file = path.join(guests, 'first-event.c');

/** Stands in the handler, or where it was launched. */
async function stopped(initialize: object = {}, isStopped = true): Promise<SessionClient> {
  const client = new SessionClient();
  await client.request('initialize', { adapterID: 'sdei', ...initialize });
  await client.request('launch', { program, memory: '2M', stopAtEnd: 'never' });
  if (!isStopped) return client;
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'on_event' }] });
  await client.request('configurationDone');
  await client.stop();
  await client.request('setFunctionBreakpoints', { breakpoints: [] });
  return client;
}

const namesNone: readonly object[] = [{}, { path: '' }, { name: '' }, { path: '', name: '', sourceReference: 0 }];
const ofSources: Readonly<Record<string, object>> = {
  setBreakpoints: { breakpoints: [{ line: 38 }] },
  breakpointLocations: { line: 38 },
  gotoTargets: { line: 38 },
  source: {},
  'sdei/inject': { event: 0, line: 38 },
};
for (const [command, more] of Object.entries(ofSources)) {
  test(`${command} of a source that is none`, async () => {
    const client = await stopped();
    for (const source of namesNone) {
      const { success, message } = await client.ask(command, { source, ...more });
      assert.deepEqual(
        [success, message],
        [false, `Wrong arguments of ${command}: "source" names no source: its "path", "name" or "sourceReference" is needed.`],
      );
    }
    await client.session.close();
  });
}

test('a reference to a source that there is not, alone and with a path that there is', async () => {
  const client = await stopped();
  const of = async (source: object) => (await client.request('setBreakpoints', { source, breakpoints: [{ line: 38 }] })).breakpoints[0];
  const { verified, message } = await of({ sourceReference: 77 });
  assert.deepEqual([verified, message], [false, 'There is no source with reference 77.']);
  assert.equal((await of({ sourceReference: 77, path: file })).verified, true);
  await client.session.close();
});

for (const first of [1, 0]) {
  test(`lines before the first, which is ${first}`, async () => {
    const client = await stopped({ linesStartAt1: first === 1 });
    const { breakpoints } = await client.request('setBreakpoints', {
      source: { path: file },
      breakpoints: [{ line: first - 1 }, { line: -(2 ** 53) + 1 }, { line: first }, { line: 37 + first }],
    });
    const text = (line: number) => `There is no line ${line}: lines are counted from ${first}.`;
    assert.deepEqual(
      breakpoints.map(({ verified, line, message }: { verified: boolean; line?: number; message?: string }) => [verified, line, message]),
      [
        [false, undefined, text(first - 1)],
        [false, undefined, text(-(2 ** 53) + 1)],
        [true, 34 + first, undefined],
        [true, 37 + first, undefined],
      ],
    );
    for (const [command, more] of [
      ['gotoTargets', {}],
      ['sdei/inject', { event: 0 }],
    ] as const)
      assert.equal((await client.ask(command, { source: { path: file }, line: -4, ...more })).message, text(-4));
    await client.session.close();
  });
}

const spellings: readonly (readonly [string, string])[] = [
  [file, `${guests}/./x/../first-event.c`],
  ['C:\\work\\guests\\first-event.c', 'c:/Work/guests/FIRST-EVENT.c'],
];
for (const [one, other] of spellings) {
  test(`breakpoints of ${one === file ? 'a path' : 'a path of Windows'} replace each other, however the path is written`, async () => {
    const client = await stopped();
    const first = await client.request('setBreakpoints', { source: { path: one }, breakpoints: [{ line: 38 }] });
    assert.equal(first.breakpoints[0].verified, true);
    await client.request('setBreakpoints', { source: { path: other }, breakpoints: [] });
    await client.request('continue', { threadId: 1 });
    assert.equal((await client.stop()).event, 'terminated');
    await client.session.close();
  });
}

test('a condition of an exception filter that is nested too deeply is not understood', async () => {
  const client = await stopped({}, false);
  for (const deep of ['('.repeat(100_000), `${'not '.repeat(100_000)}804`]) {
    const { breakpoints } = await client.request('setExceptionBreakpoints', {
      filters: [],
      filterOptions: [
        { filterId: 'sdei.dispatch', condition: deep },
        { filterId: 'sdei.dispatch', condition: `${'('.repeat(50)}804${')'.repeat(50)}` },
      ],
    });
    assert.deepEqual(
      breakpoints.map(({ verified }: { verified: boolean }) => verified),
      [false, true],
    );
  }
  await client.session.close();
});

test('completions of more than could be evaluated, and behind the end of the text', async () => {
  const client = await stopped();
  const long = `"${'a'.repeat(1_000_000)}"`;
  assert.deepEqual(await client.request('completions', { text: long, column: long.length + 1 }), { targets: [] });
  const { targets } = await client.request('completions', { text: 'lo', column: 2 ** 40 });
  assert.deepEqual(
    targets.map(({ label, start }: { label: string; start: number }) => [label, start]).find(([label]: [string]) => label === 'log'),
    ['log', 1],
  );
  const { targets: words } = await client.request('completions', { text: 'sd', column: 2 ** 40 });
  assert.deepEqual([words[0].label, words[0].start], ['sdei status', 1]);
  await client.session.close();
});

test('none of the timeline is none of it', async () => {
  const client = await stopped();
  assert.deepEqual((await client.request('sdei/timeline', { count: 0 })).instants, []);
  assert.equal((await client.request('sdei/timeline', { count: 1 })).instants.length, 1);
  await client.session.close();
});

test('an event whose number has more than 32 bits is not another one', async () => {
  const client = await stopped();
  const { success, message } = await client.ask('sdei/setEnabled', { event: 2 ** 32, pe: 0, enabled: false });
  assert.deepEqual([success, message], [false, 'There is no event 4294967296: event numbers are 0 to 0x7fffffff.']);
  const { events } = await client.request('sdei/state');
  assert.equal(events[0].state, 'enabledRunning');
  await client.session.close();
});

test('very many breakpoints replace as many others', async () => {
  const client = await stopped();
  const count = 20_000;
  for (const times of [1, 2]) {
    const wanted = Array.from({ length: count }, (_, index) => ({ line: 38, hitCondition: `${count * times + index}` }));
    const { breakpoints } = await client.request('setBreakpoints', { source: { path: file }, breakpoints: wanted });
    assert.equal(new Set(breakpoints.map(({ id }: { id: number }) => id)).size, count);
  }
  await client.session.close();
});

test('what is told of an address that has very many digits is short', async () => {
  const client = await stopped();
  const { message = '' } = await client.ask('readMemory', { memoryReference: '9'.repeat(1_000_000), count: 1 });
  assert.match(message, /^memoryReference "9+…" is not an address\./);
  assert.match(
    (await client.ask('variables', { variablesReference: 2 ** 40 })).message ?? '',
    /expected a whole number from 0 to 2147483647/,
  );
  await client.session.close();
});
