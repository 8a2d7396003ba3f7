/** Whatever a client sends, every request gets exactly one answer and the adapter lives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { handlers } from '../../debug-adapter/requests/index.ts';
import { guests, type Message, SessionClient, withSession } from './support/session-client.ts';

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
    sequence.map((_, index) => sequence[0] + index),
  );
}

/** Arguments that pass the door of most requests: every key that any of them knows, with likely and unlikely values. */
const likelyArguments = fc.record({
  threadId: fc.constantFrom(0, 1, 1, 1, 2),
  frameId: fc.nat(6),
  variablesReference: fc.nat(30),
  expression: fc.constantFrom(
    '$x0',
    '$sp',
    'i',
    '*log',
    '$pstate',
    '1 +',
    '$x1 = 3',
    'event_log',
    '&main',
    '"',
    '$KVM_REG_ARM_SDEI_PE_STATE',
  ),
  context: fc.constantFrom('hover', 'watch', 'repl', 'clipboard'),
  memoryReference: fc.constantFrom('0x40100000', '0x0', '0xffffffffffffffff', 'main', '1073741824'),
  instructionReference: fc.constantFrom('0x40100000', '0x40100004', '-1'),
  offset: fc.constantFrom(0, -4, 4096),
  count: fc.nat(64),
  instructionCount: fc.nat(8),
  instructionOffset: fc.integer({ min: -4, max: 4 }),
  data: fc.constantFrom('', 'AQID', '%'),
  source: fc.constantFrom({ path: `${guests}/first-event.c` }, { path: '/nowhere.c' }, { sourceReference: 1 }, {}),
  line: fc.constantFrom(0, 40, 76, 1000),
  breakpoints: fc.array(
    fc.record({
      line: fc.constantFrom(0, 40, 76),
      name: fc.constantFrom('main', 'on_event', ''),
      instructionReference: fc.constantFrom('0x40100000', '0x40100008'),
      condition: fc.constantFrom('', '1', 'x', '$x0 == 0', '1 / 0'),
      hitCondition: fc.constantFrom('2', '% 2', '>'),
      logMessage: fc.constantFrom('', 'x {$x0} {nonsense', 'pc {$pc}'),
    }),
    { maxLength: 3 },
  ),
  filters: fc.subarray(['sdei.dispatch', 'sdei.completion', 'sdei.error', 'conduit']),
  granularity: fc.constantFrom('line', 'statement', 'instruction'),
  singleThread: fc.boolean(),
  name: fc.constantFrom('x0', 'i', 'pc', 'event'),
  value: fc.constantFrom('0', '0x10', '-1', 'x', ''),
  text: fc.constantFrom('', '$', 'log->', 'ev'),
  column: fc.nat(6),
  event: fc.constantFrom(0, 804, 806, 1),
  pe: fc.nat(1),
  enabled: fc.boolean(),
  masked: fc.boolean(),
  id: fc.constantFrom('0x6040000000140004', '0x1'),
  locationReference: fc.nat(3),
  levels: fc.nat(3),
});

const situations = {
  'nothing launched': async () => {},
  'stopped at the entry': (client: SessionClient) => client.launch('first-event.elf', { stopOnEntry: true }).then(() => client.start()),
  'stopped in a handler': async (client: SessionClient) => {
    await client.launch('first-event.elf');
    await client.breakAt('first-event.c', 40);
    await client.start();
    await client.stop();
    await client.request('stackTrace', { threadId: 1 });
  },
  running: (client: SessionClient) => client.launch('spin.elf').then(() => client.start()),
};

for (const [situation, prepare] of Object.entries(situations)) {
  for (const [kind, args] of [
    ['any', fc.oneof(fc.jsonValue(), fc.object())],
    ['likely', likelyArguments],
  ] as const) {
    test(`random requests with ${kind} arguments, ${situation}`, async () => {
      const request = fc.record({ command: fc.constantFrom(...commands), arguments: args });
      await fc.assert(
        fc.asyncProperty(fc.array(request, { maxLength: 12 }), async (requests) => {
          const client = new SessionClient();
          await prepare(client);
          const before = client.messages.length;
          const first = 100;
          for (const [index, one] of requests.entries()) client.session.receive({ seq: first + index, type: 'request', ...one });
          await client.session.settled();
          checkAnswers(
            client.messages.slice(before),
            requests.map((_, index) => first + index),
          );
          await client.session.close();
          assert.deepEqual(client.problems, []);
          const internal = client.messages.find((message) => JSON.stringify(message).includes('Internal error'));
          assert.equal(internal, undefined, JSON.stringify(internal));
          const end = client.messages.findIndex(({ event }) => event === 'terminated');
          if (end >= 0)
            assert.ok(
              client.messages.slice(end + 1).every(({ type }) => type === 'response') ||
                requests.some(({ command }) => command === 'restart'),
            );
        }),
        { numRuns: 15, endOnFailure: true },
      );
    });
  }
}

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
  ...['next', 'stepIn', 'stepOut', 'stepBack'].map(
    (command) =>
      [
        command,
        { threadId: 1, granularity: 'word' },
        new RegExp(`^Wrong arguments of ${command}: "granularity" is "word", expected "statement", "line" or "instruction"\\.$`),
      ] as [string, unknown, RegExp],
  ),
  ['continue', { threadId: 'one' }, /^Wrong arguments of continue: "threadId" is "one", expected a whole number\.$/],
  [
    'setBreakpoints',
    { source: { sourceReference: 2 ** 31 }, breakpoints: [] },
    /^Wrong arguments of setBreakpoints: "source\.sourceReference" is 2147483648, expected a whole number from 0 to 2147483647\.$/,
  ],
  ['setBreakpoints', { source: {}, breakpoints: [{ line: 1 }, { line: '2' }] }, /"breakpoints\[1\]\.line" is "2", expected a whole number/],
  ['setBreakpoints', {}, /"source" is missing/],
  ['evaluate', [1], /"arguments" is \[1\], expected an object/],
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

test('a thread that does not exist is named by every request for one', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf', { stopOnEntry: true });
    await client.start();
    await client.stop();
    for (const command of ['stackTrace', 'exceptionInfo', 'continue', 'next', 'stepIn', 'stepOut', 'stepBack', 'reverseContinue', 'pause'])
      assert.equal(
        (await client.ask(command, { threadId: 7 })).message,
        'There is no thread 7: this machine has threads 1 to 1 (PE0 is 1).',
        command,
      );
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
    for (const command of ['stackTrace', 'continue', 'next'])
      assert.equal(
        (await client.ask(command, { threadId: 1 })).message,
        `${command} cannot be done: the guest has switched itself off (PSCI SYSTEM_OFF). Restart it.`,
      );
    assert.deepEqual(await client.request('threads'), { threads: [] });
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
    for (const absent of ['additionalModuleColumns', 'supportsExceptionOptions', 'supportsTerminateThreadsRequest'])
      assert.equal(body[absent], undefined);
  }));

test('a restart that cannot be made leaves the guest as it is', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf', { stopOnEntry: true });
    await client.start();
    await client.stop();
    assert.match((await client.ask('restart', { arguments: { program: '/nowhere.elf' } })).message ?? '', /There is no such file/);
    assert.equal((await client.go('next')).body.reason, 'step');
    assert.equal((await client.go('continue')).event, 'terminated');
  }));

test('a run before configurationDone is the only one', () =>
  withSession(async (client) => {
    await client.launch('spin.elf');
    await client.request('continue', { threadId: 1 });
    await client.start();
    assert.equal((await client.go('pause')).body.reason, 'pause');
    assert.equal((await client.go('next')).body.reason, 'step');
  }));

test('nothing runs after the end, whatever was left to be configured', () =>
  withSession(async (client) => {
    await client.launch('spin.elf');
    await client.request('terminate');
    await client.start();
    assert.match((await client.ask('pause', { threadId: 1 })).message ?? '', /the session has ended/);
  }));
