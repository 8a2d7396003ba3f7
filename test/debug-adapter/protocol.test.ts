/** Whatever a client sends, every request gets exactly one answer and the adapter lives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { handlers } from '../../debug-adapter/requests/index.ts';
import { type Message, SessionClient, withSession } from './support/session-client.ts';

const commands = [...handlers.keys(), 'cancel', 'nonsense', 'toString', '__proto__', ''];

/** Exactly one response per request, in the order of the requests (`cancel` may be earlier). */
function checkAnswers(messages: readonly Message[], sent: readonly number[]): void {
  const answered = messages.filter(({ type }) => type === 'response').map(({ request_seq }) => request_seq);
  assert.deepEqual(
    [...answered].sort((a, b) => (a ?? 0) - (b ?? 0)),
    sent,
  );
  const sequence = messages.map((message) => (message as unknown as { seq: number }).seq);
  assert.deepEqual(
    sequence,
    sequence.map((_, index) => index + 1),
  );
}

test('random requests with random arguments', async () => {
  const request = fc.record(
    { command: fc.constantFrom(...commands), arguments: fc.oneof(fc.jsonValue(), fc.object()) },
    { requiredKeys: ['command'] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 20 }), fc.boolean(), async (requests, launched) => {
      const client = new SessionClient();
      if (launched) await client.launch('first-event.elf', { stopOnEntry: true });
      const before = client.messages.length;
      const first = 100;
      for (const [index, one] of requests.entries()) client.session.receive({ seq: first + index, type: 'request', ...one });
      await client.session.settled();
      checkAnswers(
        client.messages.slice(before).map((message, index) => ({ ...message, seq: index + 1 })),
        requests.map((_, index) => first + index),
      );
      await client.session.close();
      const internal = client.messages.find(({ message }) => message?.startsWith('Internal error'));
      assert.equal(internal, undefined, JSON.stringify(internal));
    }),
    { numRuns: 60 },
  );
});

const notRequests: readonly unknown[] = [null, 1, 'text', [], {}, { type: 'event' }, { type: 'response', request_seq: 1 }, { seq: 1 }];

test('what is no request is passed over', () =>
  withSession(async (client) => {
    for (const message of notRequests) client.session.receive(message);
    await client.session.settled();
    assert.deepEqual(client.messages, []);
    assert.equal((await client.ask('initialize', { adapterID: 'x' })).success, true);
  }));

const refused: readonly [string, unknown, RegExp][] = [
  ['nonsense', {}, /^Unknown request "nonsense"/],
  ['stackTrace', { threadId: 1 }, /^stackTrace needs a guest, and none has been launched/],
  ['continue', { threadId: 'one' }, /^Wrong arguments of continue: "threadId" is "one", expected a whole number\.$/],
  ['setBreakpoints', { source: {}, breakpoints: [{ line: 1 }, { line: '2' }] }, /"breakpoints\[1\]\.line" is "2", expected a whole number/],
  ['setBreakpoints', {}, /"source" is missing/],
  ['evaluate', [], /"arguments" is \[\], expected an object/],
];

for (const [command, args, message] of refused) {
  test(`refused before a launch: ${command} ${JSON.stringify(args)}`, () =>
    withSession(async (client) => {
      const response = await client.ask(command, args);
      assert.equal(response.success, false);
      assert.match(response.message ?? '', message);
    }));
}

test('the initialized event follows the initialize response', () =>
  withSession(async (client) => {
    await client.request('initialize', { adapterID: 'x' });
    assert.deepEqual(
      client.messages.map(({ type, event }) => event ?? type),
      ['response', 'initialized'],
    );
  }));

test('reading the guest while it runs is answered notStopped; threads and breakpoints are not', () =>
  withSession(async (client) => {
    await client.launch('spin.elf');
    await client.start();
    const answers: [string, unknown, string | undefined][] = [
      ['stackTrace', { threadId: 1 }, 'notStopped'],
      ['readMemory', { memoryReference: '0x40100000', count: 4 }, 'notStopped'],
      ['continue', { threadId: 1 }, 'notStopped'],
      ['threads', {}, undefined],
      ['sdei/state', {}, undefined],
      ['setFunctionBreakpoints', { breakpoints: [] }, undefined],
    ];
    for (const [command, args, message] of answers) assert.equal((await client.ask(command, args)).message, message, command);
    assert.equal((await client.go('pause')).body.reason, 'pause');
  }));

test('requests behind a file that never comes are answered, and the session ends', async () => {
  const { createSession } = await import('../../debug-adapter/session.ts');
  const { makers } = await import('../../debug-adapter/makers.ts');
  const messages: Message[] = [];
  const never = () => new Promise<never>(() => {});
  const session = createSession({
    host: { readFile: never, exists: never, readAsset: never },
    makers,
    send: (message) => messages.push(message as Message),
  });
  session.receive({ seq: 1, type: 'request', command: 'launch', arguments: { program: 'x.elf' } });
  session.receive({ seq: 2, type: 'request', command: 'threads' });
  session.receive({ seq: 3, type: 'request', command: 'cancel', arguments: { requestId: 1 } });
  await session.settled();
  session.receive({ seq: 4, type: 'request', command: 'disconnect' });
  await session.settled();
  const byRequest = messages.map(({ request_seq, success, message }) => [request_seq, success, message?.split(' ')[0]]);
  assert.deepEqual(byRequest, [
    [3, true, undefined],
    [1, false, 'cancelled'],
    [2, false, 'threads'],
    [4, true, undefined],
  ]);
});

test('after the guest has switched off, nothing but the end of the session is left', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf');
    await client.start();
    assert.equal((await client.stop()).event, 'terminated');
    assert.equal(client.messages.at(-1)?.event, 'terminated');
    assert.match((await client.ask('stackTrace', { threadId: 1 })).message ?? '', /the session has ended/);
  }));

test('capabilities are those of requests that exist', () =>
  withSession(async (client) => {
    const body = await client.request('initialize', { adapterID: 'x' });
    const request: Record<string, string> = {
      supportsConfigurationDoneRequest: 'configurationDone',
      supportsFunctionBreakpoints: 'setFunctionBreakpoints',
      supportsInstructionBreakpoints: 'setInstructionBreakpoints',
      supportsSetVariable: 'setVariable',
      supportsSetExpression: 'setExpression',
      supportsCompletionsRequest: 'completions',
      supportsModulesRequest: 'modules',
      supportsRestartRequest: 'restart',
      supportsExceptionInfoRequest: 'exceptionInfo',
      supportsLoadedSourcesRequest: 'loadedSources',
      supportsTerminateRequest: 'terminate',
      supportsReadMemoryRequest: 'readMemory',
      supportsWriteMemoryRequest: 'writeMemory',
      supportsDisassembleRequest: 'disassemble',
      supportsBreakpointLocationsRequest: 'breakpointLocations',
    };
    for (const [capability, command] of Object.entries(request)) {
      assert.equal(body[capability], true, capability);
      assert.ok(handlers.has(command), command);
    }
    for (const absent of ['supportsStepBack', 'supportsGotoTargetsRequest', 'supportsDataBreakpoints', 'supportsRestartFrame'])
      assert.equal(body[absent], undefined);
  }));
