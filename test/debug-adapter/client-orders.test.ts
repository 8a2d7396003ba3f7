/**
 * What clients ask in which order, and how they write it: editors differ in what the protocol leaves open, and in what it does not.
 * Both sides of every conversation are looked at by dap-lint; what a client gets wrong is named with it, and answered all the same.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { lint, type Rule } from '../../debug-adapter/dap-lint/lint.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { createSession } from '../../debug-adapter/session.ts';
import { assets, guests } from './support/session-client.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- bodies are looked at, not modelled
type Heard = any;

class Client {
  readonly conversation: Heard[] = [];
  private seq: number;
  private taken = 0;
  private readonly session = createSession({
    host: { ...nodeHost, ...assets },
    makers,
    send: (message) => void this.conversation.push(JSON.parse(JSON.stringify(message))),
  });

  constructor(firstSeq: number) {
    this.seq = firstSeq;
  }
  private async until<Found>(what: string, find: () => Found | undefined): Promise<Found> {
    for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((resolve) => setImmediate(resolve))) {
      const found = find();
      if (found !== undefined) return found;
    }
    return assert.fail(`never: ${what}`);
  }
  send(command: string, args?: unknown): () => Promise<Heard> {
    const seq = this.seq++;
    const request = { seq, type: 'request', command, ...(args === undefined ? {} : { arguments: args }) };
    this.conversation.push(request);
    this.session.receive(structuredClone(request));
    return () =>
      this.until(`the answer to ${command}`, () =>
        this.conversation.find(({ type, request_seq }) => type === 'response' && request_seq === seq),
      );
  }
  ask(command: string, args?: unknown): Promise<Heard> {
    return this.send(command, args)();
  }
  /** `reason function:line` of the next stop, or the name of the event that ends the session. */
  async stop(): Promise<string> {
    const { event, body } = await this.until('a stop', () => {
      const at = this.conversation.findIndex(({ event: name }, index) => index >= this.taken && /^(stopped|terminated)$/.test(name));
      if (at < 0) return undefined;
      this.taken = at + 1;
      return this.conversation[at];
    });
    if (event === 'terminated') return event;
    const { body: stack } = await this.ask('stackTrace', { threadId: body.threadId });
    return `${body.reason} ${stack.stackFrames[0].name}:${stack.stackFrames[0].line}`;
  }
  events(name: string): Heard[] {
    return this.conversation.filter(({ event }) => event === name);
  }
  end(): Promise<void> {
    return this.session.close();
  }
}

const program = path.join(guests, 'first-event.elf');
const file = path.join(guests, 'first-event.c');
const handler = ['setBreakpoints', { source: { path: file }, breakpoints: [{ line: 38 }] }] as const;
const none = ['setBreakpoints', { source: { path: file }, breakpoints: [] }] as const;
const initialize = ['initialize', { adapterID: 'sdei', linesStartAt1: true, columnsStartAt1: true, pathFormat: 'path' }] as const;
const launch = ['launch', { program, memory: '2M' }] as const;
const configurationDone = ['configurationDone'] as const;
const goOn = ['continue', { threadId: 1 }] as const;

type Ask = readonly [command: string, args?: unknown];
type Step =
  | Ask
  /** Is refused so. */
  | readonly [...Ask, RegExp]
  /** Sent without waiting for an answer in between. */
  | { readonly together: readonly Ask[] }
  /** What comes next of stops and the end. */
  | { readonly comes: string };
const comes = (what: string): Step => ({ comes: what });
const begun: readonly Step[] = [initialize, launch, handler, configurationDone, comes('breakpoint on_event:38')];

interface Conversation {
  readonly steps: readonly Step[];
  /** Absent: 1. */
  readonly firstSeq?: number;
  /** The rules that the client breaks. Absent: none. */
  readonly breaks?: readonly Rule[];
}

const conversations: Readonly<Record<string, Conversation>> = {
  'everything up to threads in one go': {
    steps: [
      { together: [initialize, launch, handler, configurationDone, ['threads']] },
      comes('breakpoint on_event:38'),
      ['disconnect', {}],
    ],
  },
  'breakpoints before the launch': {
    steps: [
      initialize, handler, ['setExceptionBreakpoints', { filters: [] }], ['setFunctionBreakpoints', { breakpoints: [] }],
      configurationDone, launch, comes('breakpoint on_event:38'), ['disconnect', {}],
    ], // biome-ignore format: a list
  },
  'configurationDone before the launch is answered': {
    steps: [initialize, { together: [launch, configurationDone] }, handler, comes('terminated'), ['disconnect', {}]],
  },
  'empty lists of every kind, and threads before the first stop': {
    steps: [
      initialize, launch, none, ['setFunctionBreakpoints', { breakpoints: [] }], ['setDataBreakpoints', { breakpoints: [] }],
      ['setInstructionBreakpoints', { breakpoints: [] }], ['setExceptionBreakpoints', { filters: [], filterOptions: [] }],
      ['threads'], configurationDone, ['threads'], comes('terminated'), ['threads'], ['disconnect', { terminateDebuggee: true }],
    ], // biome-ignore format: a list
  },
  'neither breakpoints nor filters': { steps: [initialize, launch, configurationDone, comes('terminated'), ['disconnect', {}]] },
  'no configurationDone: continue begins': {
    steps: [
      initialize,
      launch,
      handler,
      ['stackTrace', { threadId: 1 }],
      goOn,
      comes('breakpoint on_event:38'),
      goOn,
      comes('breakpoint on_event:38'),
      ['disconnect', {}],
    ],
  },
  'no configurationDone: a step begins': {
    steps: [initialize, launch, ['next', { threadId: 1 }], comes('step _start:13'), ['disconnect', {}]],
  },
  'no configurationDone: pause says where it stands': {
    steps: [
      initialize,
      launch,
      ['pause', { threadId: 0 }],
      comes('pause _start:12'),
      ['next', { threadId: 1 }],
      comes('step _start:13'),
      ['disconnect', {}],
    ],
  },
  'configurationDone when it has stopped already': {
    steps: [
      initialize,
      launch,
      handler,
      goOn,
      comes('breakpoint on_event:38'),
      configurationDone,
      ['next', { threadId: 1 }],
      comes('step on_event:39'),
      ['disconnect', {}],
    ],
  },
  'seq from 0, null for no arguments, and the keys of launch as those of restart': {
    firstSeq: 0,
    steps: [
      initialize, launch, handler, ['configurationDone', null], comes('breakpoint on_event:38'), ['threads', null],
      ['restart', launch[1]], comes('breakpoint on_event:38'), ['disconnect', null],
    ], // biome-ignore format: a list
    breaks: ['integer-range', 'schema', 'sequence'],
  },
  'as Kate has it: the request in the arguments of launch, null for no arguments, pages of 0 variables, seq from 0': {
    firstSeq: 0,
    steps: [
      ['initialize', { adapterID: 'qdap', linesStartAt1: true, columnsStartAt1: true, path: 'path', locale: 'C' }],
      ['launch', { ...launch[1], command: 'launch' }], handler, ['configurationDone', null], comes('breakpoint on_event:38'),
      ['threads', null], ['stackTrace', { threadId: 1, startFrame: 0, levels: 0 }], ['scopes', { frameId: 1 }],
      ['variables', { variablesReference: 1, start: 0, count: 0 }], ['modules', { start: 0, count: 0 }],
      ['source', { sourceReference: 0, source: { sourceReference: 0, path: file } }],
      ['evaluate', { expression: 'event', context: 'watch', frameId: 1 }], ['stepIn', { threadId: 1 }], comes('step on_event:39'),
      ['terminate', {}], comes('terminated'), ['disconnect', {}],
    ], // biome-ignore format: a list
    breaks: ['integer-range', 'schema', 'sequence', 'unknown-field'],
  },
  'restart without arguments, also behind the end': {
    steps: [
      ...begun, ['restart'], comes('breakpoint on_event:38'), ['restart', {}], comes('breakpoint on_event:38'),
      ['restart', { arguments: { ...launch[1], name: 'again', type: 'sdei', request: 'launch', __restart: true } }], comes('breakpoint on_event:38'),
      none, goOn, comes('terminated'), ['restart'], comes('terminated'), ['disconnect', { restart: false }],
    ], // biome-ignore format: a list
  },
  'terminate, then disconnect, both more than once': {
    steps: [
      ...begun, ['terminate', { restart: false }], comes('terminated'), ['terminate'], ['threads'],
      ['disconnect', { restart: false, terminateDebuggee: true }], ['disconnect'],
      ['continue', { threadId: 1 }, /the session has ended/],
    ], // biome-ignore format: a list
  },
  'terminate and disconnect in one go': { steps: [...begun, { together: [['terminate'], ['disconnect', {}]] }] },
  'disconnect in the middle of a run': {
    steps: [
      initialize,
      ['launch', { program: path.join(guests, 'spin.elf') }],
      configurationDone,
      ['disconnect', { terminateDebuggee: true }],
    ],
  },
  'disconnect before anything is launched': { steps: [initialize, ['disconnect', {}]] },
  'terminate before anything is launched': { steps: [initialize, ['terminate', {}], comes('terminated'), ['disconnect', {}]] },
  'a launch that fails, and another one': {
    steps: [
      initialize, ['launch', { program: path.join(guests, 'nothing.elf') }, /There is no such file\. Set "program"/], handler,
      ['threads', undefined, /Send "launch" first/], configurationDone, launch, comes('breakpoint on_event:38'), ['disconnect', {}],
    ], // biome-ignore format: a list
  },
  'a second launch': {
    steps: [
      ...begun,
      [...launch, /has launched a guest already/],
      ['next', { threadId: 1 }],
      comes('step on_event:39'),
      ['disconnect', {}],
    ],
  },
  'attach where nothing is left': {
    steps: [
      initialize,
      ['attach', {}, /no guest|nothing/i],
      launch,
      handler,
      configurationDone,
      comes('breakpoint on_event:38'),
      ['disconnect', {}],
    ],
  },
  'initialize again and again': {
    steps: [
      initialize,
      initialize,
      launch,
      initialize,
      handler,
      configurationDone,
      comes('breakpoint on_event:38'),
      initialize,
      ['next', { threadId: 1 }],
      comes('step on_event:39'),
      ['disconnect', {}],
    ],
    breaks: ['initialize-first'],
  },
  'null for what is not given': {
    steps: [
      initialize,
      ['launch', { program, memory: '2M', symbols: null, cpus: null, stopOnEntry: null }],
      ['setBreakpoints', { source: { path: file, name: null }, breakpoints: [{ line: 38, column: null, condition: null, hitCondition: null, logMessage: null }] }],
      ['setExceptionBreakpoints', { filters: [], filterOptions: null, exceptionOptions: null }], configurationDone, comes('breakpoint on_event:38'),
      ['stackTrace', { threadId: 1, startFrame: null, levels: null, format: null }],
      ['evaluate', { expression: 'event_log.handled', frameId: null, context: null }],
      ['next', { threadId: 1, singleThread: null, granularity: null }], comes('step on_event:39'), ['disconnect', {}],
    ], // biome-ignore format: a list
    breaks: ['schema'],
  },
  'source by its path, with a reference of 0 or none': {
    steps: [
      ...begun, ['source', { source: { path: file }, sourceReference: 0 }], ['source', { source: { path: file } }],
      ['source', { sourceReference: 0 }, /"source" names no source/],
      ['source', { source: { path: path.join(guests, 'nothing.c') }, sourceReference: 0 }, /Cannot read the source/], ['disconnect', {}],
    ], // biome-ignore format: a list
    breaks: ['schema'],
  },
  'lines without breakpoints': {
    steps: [
      initialize,
      launch,
      ['setBreakpoints', { source: { path: file }, lines: [38] }],
      configurationDone,
      comes('breakpoint on_event:38'),
      ['disconnect', {}],
    ],
  },
  'a request that nobody knows, and one that was not advertised': {
    steps: [
      ...begun,
      ['terminateThreads', { threadIds: [1] }, /Unknown request "terminateThreads"/],
      ['levitate', {}, /Unknown request "levitate"/],
      ['next', { threadId: 1 }],
      comes('step on_event:39'),
      ['disconnect', {}],
    ],
    breaks: ['capability'],
  },
};

for (const [title, { steps, firstSeq = 1, breaks = [] }] of Object.entries(conversations)) {
  test(title, async () => {
    const client = new Client(firstSeq);
    for (const step of steps) {
      if ('comes' in step) assert.equal(await client.stop(), step.comes);
      else if ('together' in step) {
        for (const answer of step.together.map(([command, args]) => client.send(command, args))) {
          const { command, success, message } = await answer();
          assert.ok(success, `${command}: ${message}`);
        }
      } else {
        const [command, args, refusal] = step as readonly [...Ask, RegExp?];
        const { success, message } = await client.ask(command, args);
        if (refusal === undefined) assert.ok(success, `${command}: ${message}`);
        else assert.match(success ? `${command} is not refused` : message, refusal);
      }
    }
    await client.end();
    const findings = lint(client.conversation);
    for (const { index, problem } of findings) {
      const { type, request_seq } = client.conversation[index];
      // A response has to repeat a `seq` of 0.
      assert.ok(type === 'request' || request_seq === 0, problem);
    }
    assert.deepEqual([...new Set(findings.map(({ rule }) => rule))].sort(), breaks);
  });
}

/** What a client that counts lines and columns from 1 hears, in the words of one that counts from 0, or writes URIs. */
interface Dialect {
  readonly initialize: object;
  readonly base: 0 | 1;
  readonly path: string;
}
const usual: Dialect = { initialize: {}, base: 1, path: file };
const dialects: Readonly<Record<string, Dialect>> = {
  'lines and columns from 0': { initialize: { linesStartAt1: false, columnsStartAt1: false }, base: 0, path: file },
  URIs: { initialize: { pathFormat: 'uri' }, base: 1, path: `file://${file}` },
};

async function converse(dialect: Dialect): Promise<Heard[]> {
  const client = new Client(1);
  const source = { path: dialect.path };
  /** Of a line or a column, from 1. */
  const at = (from1: number): number => from1 - 1 + dialect.base;
  const stop = async () => {
    await client.stop();
    return (await client.ask('stackTrace', { threadId: 1, format: { line: false } })).body.stackFrames[0];
  };
  await client.ask('initialize', { ...initialize[1], ...dialect.initialize });
  await client.ask('launch', launch[1]);
  const lines = [{ line: at(36) }, { line: at(38) }, { line: at(40), logMessage: 'at {event}' }, { line: at(76), column: at(7) }];
  await client.ask('setBreakpoints', { source, breakpoints: lines });
  await client.ask('breakpointLocations', { source, line: at(30), endLine: at(50) });
  await client.ask('setFunctionBreakpoints', { breakpoints: [{ name: 'on_event' }] });
  await client.ask('configurationDone');
  const first = await stop();
  await client.ask('stepInTargets', { frameId: first.id });
  await client.ask('gotoTargets', { source, line: at(78), column: at(1) });
  await client.ask('disassemble', { memoryReference: first.instructionPointerReference, instructionOffset: -4, instructionCount: 8 });
  await client.ask('completions', { text: 'event_log.\ncur', line: at(2), column: at(4), frameId: first.id });
  await client.ask('sdei/inject', { event: 0, source, line: at(72) });
  const evaluated = await client.ask('evaluate', { expression: 'sdei_handler_entry', frameId: first.id, context: 'watch' });
  await client.ask('locations', { locationReference: evaluated.body.valueLocationReference });
  await client.ask('loadedSources');
  await client.ask('source', { source, sourceReference: 0 });
  await client.ask('continue', { threadId: 1 });
  await stop();
  await client.ask('continue', { threadId: 1 });
  await stop();
  await client.ask('continue', { threadId: 1 });
  await client.stop();
  await client.ask('disconnect', {});
  await client.end();
  assert.deepEqual(lint(client.conversation), []);
  return client.conversation.filter(({ type }) => type !== 'request');
}

/** A message as a client of the usual dialect would hear it. @param base of lines and columns in it */
function translated(value: Heard, base: 0 | 1, key = '', isPlace = true): Heard {
  if (Array.isArray(value)) return value.map((item) => translated(item, base, key));
  if (typeof value === 'object' && value !== null) {
    // A frame without a source has line 0 and column 0, however the client counts.
    const isOne = 'source' in value || value.line !== 0 || value.column !== 0;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, translated(inner, base, name, isOne)]));
  }
  if (typeof value === 'number' && isPlace && /^(?:line|endLine|column|endColumn)$/.test(key)) return value + 1 - base;
  return typeof value === 'string' && key === 'path' ? value.replace(/^file:\/\//, '') : value;
}

for (const [title, dialect] of Object.entries(dialects)) {
  test(`${title}: the same is heard in other words`, async () => {
    const expected = await converse(usual);
    const heard = await converse(dialect);
    assert.notDeepEqual(heard, expected);
    assert.equal(heard.length, expected.length);
    for (const [index, message] of heard.entries()) assert.deepEqual(translated(message, dialect.base), expected[index]);
  });
}
