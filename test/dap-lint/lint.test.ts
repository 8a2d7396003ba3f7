import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type Rule, lint, rules } from '../../debug-adapter/dap-lint/lint.ts';
import { allCapabilities, capabilityOf } from '../../debug-adapter/dap-lint/schema.ts';

type Message = Record<string, unknown>;

const recorded = readFileSync(new URL('first-event.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Message);
const copy = (): Message[] => structuredClone(recorded);

/** Whose `seq` is whose follows from the kind of message; the rest of a conversation is numbered anew. */
function numbered(messages: Message[]): Message[] {
  const last = { client: 0, adapter: 0 };
  const requests = new Map<unknown, number>();
  return messages.map((message) => {
    const seq = ++last[message.type === 'request' ? 'client' : 'adapter'];
    if (message.type === 'request') requests.set(message.seq, seq);
    const { request_seq } = message;
    return { ...message, seq, ...(request_seq === undefined ? {} : { request_seq: requests.get(request_seq) ?? request_seq }) };
  });
}
const found = (messages: readonly unknown[]): string[] => lint(messages).map(({ rule, problem }) => `${rule}: ${problem}`);
const indexOf = (messages: Message[], is: Message): number =>
  messages.findIndex((message) => Object.entries(is).every(([key, value]) => message[key] === value));

test('a recorded conversation has nothing to find', () => {
  assert.deepEqual(found(recorded), []);
});

interface Slip {
  readonly title: string;
  readonly rule: Rule;
  readonly make: (messages: Message[]) => readonly unknown[];
  readonly problem: RegExp;
}

/** Takes a message out. */
const without =
  (is: Message) =>
  (messages: Message[]): Message[] => {
    messages.splice(indexOf(messages, is), 1);
    return numbered(messages);
  };
/** Changes a message. */
const changed =
  (is: Message, change: (message: Message) => void) =>
  (messages: Message[]): Message[] => {
    change(messages[indexOf(messages, is)]);
    return messages;
  };
/** Puts a message behind another. */
const behind =
  (is: Message, message: Message) =>
  (messages: Message[]): Message[] => {
    messages.splice(indexOf(messages, is) + 1, 0, message);
    return numbered(messages);
  };

const event = (name: string, body?: Message): Message => ({ type: 'event', event: name, ...(body && { body }) });
const answerTo = (command: string): Message => ({ type: 'response', command });

const slips: readonly Slip[] = [
  {
    title: 'a field of the wrong type',
    rule: 'schema',
    make: changed({ event: 'stopped' }, (message) => ((message.body as Message).threadId = '1')),
    problem: /^StoppedEvent\/body\/threadId must be integer$/,
  },
  {
    title: 'a field that is missing',
    rule: 'schema',
    make: changed(answerTo('threads'), (message) => delete (message.body as Message).threads),
    problem: /^ThreadsResponse\/body must have required property 'threads'$/,
  },
  {
    title: 'a type that is none',
    rule: 'schema',
    make: changed({ type: 'request', command: 'threads' }, (message) => (message.type = 'question')),
    problem: /^there are no messages of type "question"$/,
  },
  { title: 'no message at all', rule: 'schema', make: (messages) => [...messages, 17], problem: /^it is no object with a type$/ },
  {
    title: 'a field that the protocol does not know',
    rule: 'unknown-field',
    make: changed(answerTo('scopes'), (message) => ((message.body as { scopes: Message[] }).scopes[0].colour = 'red')),
    problem: /^ScopesResponse\.body\.scopes\[0\]\.colour is not a key of the protocol$/,
  },
  {
    title: 'a reference beyond 31 bits',
    rule: 'integer-range',
    make: changed(answerTo('evaluate'), (message) => ((message.body as Message).namedVariables = 2 ** 31)),
    problem: /^EvaluateResponse\.body\.namedVariables is 2147483648, expected 0 to 2147483647$/,
  },
  {
    title: 'an integer that JSON cannot have',
    rule: 'integer-range',
    make: changed(answerTo('stackTrace'), (message) => ((message.body as { stackFrames: Message[] }).stackFrames[0].line = 2 ** 60)),
    problem: /^StackTraceResponse\/body\/stackFrames\/0\/line must be <= 9007199254740991$/,
  },
  {
    title: 'a number that is left out',
    rule: 'sequence',
    make: (messages) => messages.filter(({ event: name }) => name !== 'capabilities'),
    problem: /^the adapter's seq is \d+, expected \d+$/,
  },
  { title: 'no response', rule: 'one-response', make: without(answerTo('scopes')), problem: /^scopes is never answered$/ },
  {
    title: 'two responses',
    rule: 'one-response',
    make: behind(answerTo('next'), {
      ...answerTo('next'),
      request_seq: recorded[indexOf(recorded, answerTo('next'))].request_seq,
      success: true,
    }),
    problem: /^request \d+ \(next\) is answered again$/,
  },
  {
    title: 'a response to nothing',
    rule: 'one-response',
    make: behind(answerTo('next'), { ...answerTo('next'), request_seq: 99, success: true }),
    problem: /^a response to request 99 \(next\), which was not made$/,
  },
  {
    title: 'a response of another command',
    rule: 'one-response',
    make: changed(answerTo('next'), (message) => (message.command = 'stepIn')),
    problem: /^request \d+ is next, and is answered as stepIn$/,
  },
  {
    title: 'no initialize',
    rule: 'initialize-first',
    make: (messages) => numbered(messages.filter(({ command }) => command !== 'initialize')),
    problem: /^launch is asked without initialize$/,
  },
  {
    title: 'an event before the response to initialize',
    rule: 'initialize-first',
    make: behind({ type: 'request', command: 'initialize' }, event('output', { output: 'hello' })),
    problem: /^the event output comes before the response to initialize$/,
  },
  {
    title: 'a request that the adapter cannot answer',
    rule: 'capability',
    make: changed(answerTo('initialize'), (message) => delete (message.body as Message).supportsFunctionBreakpoints),
    problem: /^setFunctionBreakpoints is asked, and supportsFunctionBreakpoints was not advertised$/,
  },
  {
    title: 'an event behind terminated',
    rule: 'after-terminated',
    make: behind({ event: 'terminated' }, event('output', { output: 'one more word' })),
    problem: /^the event output comes behind terminated$/,
  },
];

describe('slips', () => {
  for (const { title, rule, make, problem } of slips)
    test(title, () => {
      const findings = lint(make(copy()));
      assert.ok(
        findings.some((finding) => finding.rule === rule && problem.test(finding.problem)),
        JSON.stringify(findings),
      );
    });
  test('every rule has one', () => {
    assert.deepEqual(new Set(slips.map(({ rule }) => rule)), new Set(Object.keys(rules)));
  });
});

test('what a request needs is a capability', () => {
  assert.equal(capabilityOf.get('readMemory'), 'supportsReadMemoryRequest');
  assert.equal(capabilityOf.get('setFunctionBreakpoints'), 'supportsFunctionBreakpoints');
  assert.equal(capabilityOf.get('stackTrace'), undefined);
  for (const capability of capabilityOf.values()) assert.ok(allCapabilities.includes(capability), capability);
});

test('capabilities that come later count', () => {
  const later = behind({ event: 'stopped' }, event('capabilities', { capabilities: { supportsFunctionBreakpoints: false } }))(copy());
  assert.deepEqual(found(later), ['capability: setFunctionBreakpoints is asked, and supportsFunctionBreakpoints was not advertised']);
});

test('behind a restart there are events again', () => {
  const messages = copy();
  const at = indexOf(messages, { event: 'terminated' });
  const restart = { seq: 'restart', type: 'request', command: 'restart' };
  messages.splice(
    at + 1,
    0,
    restart,
    { ...answerTo('restart'), request_seq: 'restart', success: true },
    event('output', { output: 'again' }),
  );
  assert.deepEqual(found(numbered(messages)), []);
});

test('one client after the other may be in one file', () => {
  assert.deepEqual(found([...recorded, ...recorded]), []);
});

test('what the adapter asks of the client is answered by the client', () => {
  const messages: Message[] = copy().slice(0, 2);
  messages.push({ seq: 2, type: 'request', command: 'runInTerminal', arguments: { cwd: '/', args: ['true'] } });
  assert.deepEqual(found(messages), ['one-response: runInTerminal is never answered']);
  messages.push({ seq: 2, type: 'response', request_seq: 2, command: 'runInTerminal', success: true, body: { processId: 1 } });
  assert.deepEqual(found(messages), []);
});

test('a restart may bring another configuration, of a launch or of an attach; it is an object', () => {
  const restarted = (args: unknown) =>
    found(numbered([...recorded, { type: 'request', command: 'restart', arguments: { arguments: args } }]));
  const unanswered = 'one-response: restart is never answered';
  assert.deepEqual(restarted({ program: 'other.elf', noDebug: true }), [unanswered]);
  assert.deepEqual(restarted({}), [unanswered]);
  assert.ok(restarted(17).includes('schema: RestartRequest/arguments/arguments must be object'));
});
