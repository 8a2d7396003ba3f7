/** One case per capability of the protocol: what the adapter advertises shows its effect on a guest, to a client that knows only the protocol. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Body, WireClient } from './wire-client.ts';

export interface Connections {
  /** A client of a new session. */
  connect(): Promise<WireClient>;
}

interface CapabilityCase {
  readonly capability: string;
  /** What is to be seen, in words. */
  readonly shows: string;
  prove(client: WireClient, connections: Connections): Promise<void>;
}

const root = path.join(import.meta.dirname, '../../..');
const guest = (name: string) => path.join(root, 'test/guests', name);
const fixture = (name: string) => path.join(root, 'test/program/fixtures', name);
const firstEvent = guest('first-event.c');
const HANDLER_LINE = 40;
const LOOP_LINE = 72;
const SIGNAL_LINE = 76;

async function launch(client: WireClient, program: string, more: object = {}, initialize: object = {}): Promise<Body> {
  const capabilities = await client.request('initialize', { adapterID: 'sdei', ...initialize });
  await client.event('initialized');
  await client.request('launch', { program, ...more });
  return capabilities;
}
const start = (client: WireClient) => client.request('configurationDone');
const breakAt = async (client: WireClient, file: string, ...breakpoints: object[]): Promise<Body[]> =>
  (await client.request('setBreakpoints', { source: { path: file }, breakpoints })).breakpoints;
/** Runs to the next `stopped`. */
async function go(client: WireClient, command: string, args: object = {}): Promise<Body> {
  await client.request(command, { threadId: 1, ...args });
  return client.event('stopped');
}
async function frames(client: WireClient, threadId = 1): Promise<Body[]> {
  return (await client.request('stackTrace', { threadId })).stackFrames;
}
async function where(client: WireClient, threadId = 1): Promise<string> {
  const [top] = await frames(client, threadId);
  return `${top.name}:${top.line}`;
}
async function valueOf(client: WireClient, expression: string, more: object = {}): Promise<string> {
  const [top] = await frames(client);
  return (await client.request('evaluate', { expression, frameId: top.id, ...more })).result;
}
const set = (client: WireClient, expression: string, value: string) => valueOf(client, `${expression} = ${value}`, { context: 'repl' });
/** In on_event, at its first line after the declarations. */
async function inHandler(client: WireClient): Promise<void> {
  await launch(client, guest('first-event.elf'));
  await breakAt(client, firstEvent, { line: HANDLER_LINE });
  await start(client);
  await client.event('stopped');
}
async function atLine(client: WireClient, line: number): Promise<void> {
  await launch(client, guest('first-event.elf'));
  await breakAt(client, firstEvent, { line });
  await start(client);
  await client.event('stopped');
  await breakAt(client, firstEvent);
}
async function onEntry(client: WireClient, program = 'first-event.elf', more: object = {}): Promise<void> {
  await launch(client, guest(program), { stopOnEntry: true, ...more });
  await start(client);
  await client.event('stopped');
}

export const capabilityCases: readonly CapabilityCase[] = [
  {
    capability: 'supportsConfigurationDoneRequest',
    shows: 'the guest has not run before configurationDone',
    async prove(client) {
      await launch(client, guest('first-event.elf'));
      await breakAt(client, firstEvent, { line: HANDLER_LINE });
      assert.equal((await client.request('threads')).threads.length, 1);
      assert.equal(await valueOf(client, '$time'), '0');
      await start(client);
      assert.equal((await client.event('stopped')).reason, 'breakpoint');
    },
  },
  {
    capability: 'supportsFunctionBreakpoints',
    shows: 'a stop in the function',
    async prove(client) {
      await launch(client, guest('first-event.elf'));
      const { breakpoints } = await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'on_resume' }] });
      await start(client);
      const { reason, hitBreakpointIds } = await client.event('stopped');
      assert.deepEqual([reason, hitBreakpointIds], ['function breakpoint', [breakpoints[0].id]]);
      assert.equal((await frames(client))[0].name, 'on_resume');
    },
  },
  {
    capability: 'supportsConditionalBreakpoints',
    shows: 'a stop only where the condition holds',
    async prove(client) {
      await launch(client, guest('first-event.elf'));
      await breakAt(client, firstEvent, { line: LOOP_LINE, condition: 'i == 3 && current.value == 1' });
      await start(client);
      await client.event('stopped');
      assert.equal(await valueOf(client, 'i'), '3');
    },
  },
  {
    capability: 'supportsHitConditionalBreakpoints',
    shows: 'a stop the fifth time',
    async prove(client) {
      await launch(client, guest('first-event.elf'));
      await breakAt(client, firstEvent, { line: LOOP_LINE, hitCondition: '5' });
      await start(client);
      await client.event('stopped');
      assert.equal(await valueOf(client, 'i'), '4');
    },
  },
  {
    capability: 'supportsLogPoints',
    shows: 'lines of text and no stop',
    async prove(client) {
      await launch(client, guest('first-event.elf'));
      await breakAt(client, firstEvent, { line: HANDLER_LINE, logMessage: 'handled {log->handled} at {log->interrupted_pc,x}' });
      await start(client);
      await client.event('terminated');
      assert.match(client.output('console'), /^handled 1 at 0x401000f0\nhandled 2 at 0x[0-9a-f]+$/m);
      assert.ok(!client.messages.some(({ event }) => event === 'stopped'));
    },
  },
  {
    capability: 'supportsEvaluateForHovers',
    shows: 'a value for a hover, which may not change the guest',
    async prove(client) {
      await inHandler(client);
      assert.equal(await valueOf(client, 'log->handled', { context: 'hover' }), '1');
      const { success, message } = await client.ask('evaluate', { expression: 'log->handled = 9', context: 'hover' });
      assert.equal(success, false);
      assert.match(message ?? '', /Assignments are not made here/);
    },
  },
  {
    capability: 'exceptionBreakpointFilters',
    shows: 'a stop at the first instruction of a handler',
    async prove(client) {
      const { exceptionBreakpointFilters } = await launch(client, guest('first-event.elf'));
      assert.ok(exceptionBreakpointFilters.some(({ filter }: Body) => filter === 'sdei.dispatch'));
      await client.request('setExceptionBreakpoints', { filters: ['sdei.dispatch'] });
      await start(client);
      assert.equal((await client.event('stopped')).reason, 'exception');
      assert.equal((await frames(client))[0].name, 'sdei_handler_entry');
    },
  },
  {
    capability: 'supportsExceptionFilterOptions',
    shows: 'a stop only for the event that the condition names',
    async prove(client) {
      await launch(client, guest('nested-critical.elf'));
      await client.request('setExceptionBreakpoints', { filters: [], filterOptions: [{ filterId: 'sdei.dispatch', condition: '804' }] });
      await start(client);
      await client.event('stopped');
      assert.equal(await valueOf(client, '$sdei_event'), '804');
    },
  },
  {
    capability: 'supportsExceptionInfoRequest',
    shows: 'why it stopped, in a sentence',
    async prove(client) {
      await launch(client, guest('first-event.elf'));
      await client.request('setExceptionBreakpoints', { filters: ['sdei.dispatch'] });
      await start(client);
      await client.event('stopped');
      const { exceptionId, description } = await client.request('exceptionInfo', { threadId: 1 });
      assert.equal(exceptionId, 'sdei.dispatch');
      assert.match(description, /SDEI event 0 \(normal\) interrupted EL1 at signal_in_the_middle/);
    },
  },
  {
    capability: 'supportsStepBack',
    shows: 'the line before, the handler that was stepped over, and the last breakpoint before that',
    async prove(client) {
      await launch(client, guest('first-event.elf'));
      await breakAt(client, firstEvent, { line: LOOP_LINE }, { line: 79 });
      await start(client);
      await client.event('stopped');
      const { capabilities } = await client.event('capabilities');
      assert.equal(capabilities.supportsStepBack, true);
      await breakAt(client, firstEvent, { line: 79 });
      await go(client, 'continue');
      assert.deepEqual([await valueOf(client, 'current.sum'), await valueOf(client, 'event_log.handled')], ['31', '1']);
      await breakAt(client, firstEvent, { line: HANDLER_LINE });
      assert.equal((await go(client, 'reverseContinue')).reason, 'breakpoint');
      assert.equal(await where(client), `on_event:${HANDLER_LINE}`);
      await go(client, 'stepBack');
      assert.equal(await where(client), 'on_event:39');
      await go(client, 'stepBack', { granularity: 'instruction' });
      await go(client, 'continue');
      assert.equal(await where(client), `on_event:${HANDLER_LINE}`);
    },
  },
  {
    capability: 'supportsSetVariable',
    shows: 'the guest goes on with the new value',
    async prove(client) {
      await atLine(client, SIGNAL_LINE);
      const [top] = await frames(client);
      const [locals] = (await client.request('scopes', { frameId: top.id })).scopes;
      const { variablesReference } = locals;
      assert.equal((await client.request('setVariable', { variablesReference, name: 'signal_at', value: '7' })).value, '7');
      await breakAt(client, firstEvent, { line: 79 });
      await go(client, 'continue');
      assert.equal(await valueOf(client, 'signal_at'), '7');
    },
  },
  {
    capability: 'supportsSetExpression',
    shows: 'memory holds the new value',
    async prove(client) {
      await inHandler(client);
      const [top] = await frames(client);
      const { value } = await client.request('setExpression', { expression: 'log->interrupted_x[2]', value: '0x55', frameId: top.id });
      assert.equal(value, '85');
      assert.equal(await valueOf(client, 'event_log.interrupted_x[2],x'), '0x55');
    },
  },
  {
    capability: 'supportsRestartFrame',
    shows: "the caller's function begins again, with its parameters, and runs on from there",
    async prove(client) {
      await atLine(client, SIGNAL_LINE);
      const sp = await valueOf(client, '$sp');
      await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'this_pe' }, { name: 'print' }] });
      await go(client, 'continue');
      const stack = await frames(client);
      const index = stack.findIndex(({ name }) => name === 'signal_in_the_middle');
      assert.ok(index > 0, stack.map(({ name }) => name).join());
      await client.request('restartFrame', { frameId: stack[index].id });
      assert.equal((await client.event('stopped')).reason, 'restart');
      assert.deepEqual(
        (await frames(client)).map(({ name }) => name),
        ['signal_in_the_middle', 'main', '_start'],
      );
      await client.request('setFunctionBreakpoints', { breakpoints: [] });
      await breakAt(client, firstEvent, { line: SIGNAL_LINE });
      await go(client, 'continue');
      assert.deepEqual([await valueOf(client, 'length'), await valueOf(client, 'i')], ['8', '2']);
      assert.equal(await valueOf(client, '$sp'), sp);
    },
  },
  {
    capability: 'supportsGotoTargetsRequest',
    shows: 'the PE goes on at the chosen line without having executed what is between',
    async prove(client) {
      await atLine(client, 38);
      const { targets } = await client.request('gotoTargets', { source: { path: firstEvent }, line: 47 });
      await client.request('goto', { threadId: 1, targetId: targets[0].id });
      assert.equal((await client.event('stopped')).reason, 'goto');
      assert.equal(await where(client), 'on_event:47');
      await go(client, 'next');
      assert.deepEqual([await where(client), await valueOf(client, 'event_log.handled')], ['on_event:51', '0']);
    },
  },
  {
    capability: 'supportsStepInTargetsRequest',
    shows: 'a step into the second of two calls, and into the handler of a pending event',
    async prove(client, { connect }) {
      await launch(client, guest('nested-critical.elf'));
      await breakAt(client, guest('nested-critical.c'), { line: 44 });
      await start(client);
      await client.event('stopped');
      const [top] = await frames(client);
      const { targets } = await client.request('stepInTargets', { frameId: top.id });
      assert.deepEqual(
        targets.map(({ label }: Body) => label),
        ['sdei_event_status', 'print'],
      );
      await go(client, 'stepIn', { targetId: targets[1].id });
      assert.match(await where(client), /^print:/);

      const other = await connect();
      await launch(other, guest('first-event.elf'), { inject: ['806@on_resume'] });
      await breakAt(other, firstEvent, { line: 98 });
      await start(other);
      await other.event('stopped');
      await other.request('sdei/trigger', { event: 0, pe: 0 });
      const pending = (await other.request('stepInTargets', { frameId: (await frames(other))[0].id })).targets;
      const event = pending.find(({ label }: Body) => label === 'SDEI event 0 (pending): sdei_handler_entry');
      assert.ok(event !== undefined, JSON.stringify(pending));
      assert.equal((await go(other, 'stepIn', { targetId: event.id })).reason, 'step');
      assert.equal((await frames(other))[0].name, 'sdei_handler_entry');
      assert.equal(await valueOf(other, '$pc == $sdei_handler'), '1');
    },
  },
  {
    capability: 'supportsCompletionsRequest',
    shows: 'members of a struct behind a pointer',
    async prove(client) {
      await inHandler(client);
      const [top] = await frames(client);
      const { targets } = await client.request('completions', { text: 'log->inter', column: 11, frameId: top.id });
      assert.deepEqual(targets.map(({ label }: Body) => label).sort(), ['interrupted_pc', 'interrupted_pstate', 'interrupted_x']);
    },
  },
  {
    capability: 'completionTriggerCharacters',
    shows: 'completions after each of the characters',
    async prove(client) {
      const { completionTriggerCharacters } = await launch(client, guest('first-event.elf'));
      await breakAt(client, firstEvent, { line: HANDLER_LINE });
      await start(client);
      await client.event('stopped');
      const [top] = await frames(client);
      const texts: Record<string, string> = { '.': 'event_log.', '>': 'log->', $: '$', ':': "'first-event.c'::" };
      const offered = async (text: string) =>
        (await client.request('completions', { text, column: text.length + 1, frameId: top.id })).targets.length;
      for (const character of completionTriggerCharacters) assert.ok((await offered(texts[character])) > 0, character);
      // The first colon triggers, too: of a `::`, or of a conditional expression.
      assert.deepEqual([await offered("'first-event.c':"), await offered('event ? 1 :'), await offered('event ? 1 : event_l')], [0, 0, 1]);
    },
  },
  {
    capability: 'supportsModulesRequest',
    shows: 'the guest, the hyp-stub, and symbols of a payload where it runs',
    async prove(client) {
      await launch(client, guest('first-event.elf'), { stopOnEntry: true, symbols: [`${fixture('clang-O0-dwarf5.elf')}@0x1000000`] });
      await start(client);
      await client.event('stopped');
      const { modules } = await client.request('modules', {});
      assert.deepEqual(
        modules.map(({ name, version }: Body) => `${name} ${version ?? ''}`.trim()),
        ['first-event.elf', 'hyp-stub part of the debugger, EL2', 'clang-O0-dwarf5.elf loaded at its link address + 0x1000000'],
      );
      assert.equal(await valueOf(client, '&add,a'), '0x410011a8 <add>');
      assert.match(await valueOf(client, '&counter'), /^0x4100[0-9a-f]+ <counter>$/);
      await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'add' }] });
      await set(client, '$pc', '&add');
      assert.deepEqual([(await frames(client))[0].name, (await frames(client))[0].moduleId], ['add', 3]);
    },
  },
  {
    capability: 'supportsLoadedSourcesRequest',
    shows: 'every source with code, that of the hyp-stub with its text',
    async prove(client) {
      await onEntry(client);
      const { sources } = await client.request('loadedSources');
      assert.ok(sources.some(({ path: file }: Body) => file === firstEvent));
      const stub = sources.find(({ name }: Body) => name === 'hyp-stub.S');
      assert.match((await client.request('source', { sourceReference: stub.sourceReference })).content, /hyp_stub_vectors/);
    },
  },
  {
    capability: 'supportedChecksumAlgorithms',
    shows: 'the checksum of what was compiled, and a warning when the source is another one',
    async prove(client, { connect }) {
      const copy = mkdtempSync(path.join(tmpdir(), 'sdei-sources-'));
      try {
        const text = readFileSync(fixture('shapes.c'));
        const session = async (one: WireClient) => {
          const { supportedChecksumAlgorithms } = await launch(one, fixture('clang-O0-dwarf5.elf'), {
            stopOnEntry: true,
            sourceMap: { '/build/fixtures': copy },
          });
          assert.deepEqual(supportedChecksumAlgorithms, ['MD5']);
          await start(one);
          await one.event('stopped');
          const [top] = await frames(one);
          assert.deepEqual(top.source.checksums, [{ algorithm: 'MD5', checksum: '6f31b013ad66f22e8d26656844574d5f' }]);
          await one.request('threads');
        };
        writeFileSync(path.join(copy, 'shapes.c'), text);
        await session(client);
        assert.equal(client.output('console'), '');
        writeFileSync(path.join(copy, 'shapes.c'), `// edited\n${text}`);
        const other = await connect();
        await session(other);
        assert.match((await other.event('output')).output, /shapes\.c" is not the file that was compiled/);
      } finally {
        rmSync(copy, { recursive: true });
      }
    },
  },
  {
    capability: 'supportsRestartRequest',
    shows: 'the guest runs from its beginning again, with the same breakpoints',
    async prove(client) {
      await inHandler(client);
      const time = await valueOf(client, '$time');
      assert.equal((await go(client, 'restart', { threadId: undefined })).reason, 'breakpoint');
      assert.equal(await valueOf(client, '$time'), time);
    },
  },
  {
    capability: 'supportsValueFormattingOptions',
    shows: 'integers in hexadecimal where asked for, and frames with their parameters, modules and lines',
    async prove(client) {
      await atLine(client, 79);
      const frameId = (await frames(client))[0].id;
      const [locals] = (await client.request('scopes', { frameId })).scopes;
      const { variables } = await client.request('variables', { variablesReference: locals.variablesReference, format: { hex: true } });
      assert.equal(variables.find(({ name }: Body) => name === 'length').value, '0x8');
      assert.equal(await valueOf(client, 'current.sum', { format: { hex: true } }), '0x1f');
      const named = async (format: Body) =>
        (await client.request('stackTrace', { threadId: 1, format })).stackFrames.map(({ name }: Body) => name);
      const everything = { parameters: true, parameterTypes: true, parameterNames: true, parameterValues: true, module: true, line: true };
      assert.deepEqual((await named({ ...everything, hex: true })).slice(0, 2), [
        'first-event.elf!signal_in_the_middle(const uint32_t * table = 0x40101ef8 <table.0>, int length = 0x8, int signal_at = 0x2) Line 79',
        'first-event.elf!main() Line 100',
      ]);
      assert.equal((await named({ parameters: true }))[0], 'signal_in_the_middle(table, length, signal_at)');
      assert.equal((await named({ parameters: true, parameterValues: true, parameterNames: false }))[0].split(', ')[1], '8');
      assert.equal((await named({}))[0], 'signal_in_the_middle');
    },
  },
  {
    capability: 'supportTerminateDebuggee',
    shows: 'a guest that the client leaves runs on, and the next client attaches to it',
    async prove(client, { connect }) {
      await onEntry(client, 'spin.elf');
      await client.request('continue', { threadId: 1 });
      await client.request('disconnect', { terminateDebuggee: false });
      const other = await connect();
      await other.request('initialize', { adapterID: 'sdei' });
      await other.request('attach', {});
      await start(other);
      await other.request('pause', { threadId: 1 });
      assert.equal((await other.event('stopped')).reason, 'pause');
      assert.ok(BigInt(await valueOf(other, '$time')) > 0n);
      await other.request('disconnect', { terminateDebuggee: true });
      const last = await connect();
      await last.request('initialize', { adapterID: 'sdei' });
      assert.match((await last.ask('attach', {})).message ?? '', /There is nothing to attach to/);
    },
  },
  {
    capability: 'supportSuspendDebuggee',
    shows: 'a guest that the client leaves suspended stands where it stood; one that it does not suspend goes on from a stop',
    async prove(client, { connect }) {
      await inHandler(client);
      const time = await valueOf(client, '$time');
      await client.request('disconnect', { terminateDebuggee: false, suspendDebuggee: true });
      const other = await connect();
      await other.request('initialize', { adapterID: 'sdei' });
      await other.request('attach', {});
      await start(other);
      assert.equal((await other.event('stopped')).reason, 'pause');
      assert.equal(await valueOf(other, '$time'), time);
      assert.equal(await where(other), `on_event:${HANDLER_LINE}`);
      await other.request('disconnect', { terminateDebuggee: false });
      const last = await connect();
      await last.request('initialize', { adapterID: 'sdei' });
      await last.request('attach', {});
      await start(last);
      await last.event('terminated');
      assert.equal(
        last.messages.find(({ event }) => event === 'stopped'),
        undefined,
      );
    },
  },
  {
    capability: 'supportsDelayedStackTraceLoading',
    shows: 'the stack in pages',
    async prove(client) {
      await inHandler(client);
      const all = await frames(client);
      const first = await client.request('stackTrace', { threadId: 1, startFrame: 0, levels: 1 });
      const rest = await client.request('stackTrace', { threadId: 1, startFrame: 1, levels: 100 });
      assert.deepEqual([first.totalFrames, [...first.stackFrames, ...rest.stackFrames]], [all.length, all]);
    },
  },
  {
    capability: 'supportsTerminateRequest',
    shows: 'the running guest ends',
    async prove(client) {
      await launch(client, guest('spin.elf'));
      await start(client);
      await client.request('terminate');
      await client.event('terminated');
    },
  },
  {
    capability: 'supportsDataBreakpoints',
    shows: 'the instruction that changed a variable, and the values',
    async prove(client) {
      await onEntry(client);
      const { dataId } = await client.request('dataBreakpointInfo', { name: 'event_log.handled' });
      const { breakpoints } = await client.request('setDataBreakpoints', { breakpoints: [{ dataId, accessType: 'write' }] });
      const { reason, hitBreakpointIds, text } = await go(client, 'continue');
      assert.deepEqual([reason, hitBreakpointIds], ['data breakpoint', [breakpoints[0].id]]);
      assert.match(text, /^event_log\.handled: 0 → 1, by the instruction at on_event\+/);
      assert.equal(await valueOf(client, 'event_log.handled'), '1');
    },
  },
  {
    capability: 'supportsDataBreakpointBytes',
    shows: 'as many bytes as asked for are watched',
    async prove(client) {
      await onEntry(client);
      const { memoryReference } = await client.request('evaluate', { expression: '&event_log.interrupted_pc' });
      const name = `0x${(BigInt(memoryReference) - 8n).toString(16)}`;
      const { dataId, description } = await client.request('dataBreakpointInfo', { name, bytes: 16, asAddress: true });
      assert.match(description, /16 bytes at 0x/);
      await client.request('setDataBreakpoints', { breakpoints: [{ dataId, accessType: 'write' }] });
      await go(client, 'continue');
      await go(client, 'continue');
      assert.notEqual(await valueOf(client, 'event_log.interrupted_pc'), '0');
    },
  },
  {
    capability: 'supportsReadMemoryRequest',
    shows: "the guest's bytes",
    async prove(client) {
      await onEntry(client);
      const { data, address } = await client.request('readMemory', { memoryReference: '0x40100000', count: 4 });
      const [first] = (await client.request('disassemble', { memoryReference: '0x40100000', instructionCount: 1 })).instructions;
      assert.equal(address, '0x40100000');
      assert.equal(Buffer.from(data, 'base64').readUInt32LE().toString(16).padStart(8, '0'), first.instructionBytes);
    },
  },
  {
    capability: 'supportsWriteMemoryRequest',
    shows: 'the guest reads what was written',
    async prove(client) {
      await inHandler(client);
      const memoryReference = (await client.request('evaluate', { expression: '&event_log.handled' })).memoryReference;
      await client.request('writeMemory', { memoryReference, data: Buffer.from([41, 0, 0, 0]).toString('base64') });
      assert.equal(await valueOf(client, 'log->handled'), '41');
      await breakAt(client, firstEvent);
      await client.request('continue', { threadId: 1 });
      await client.event('terminated');
      assert.match(client.output('stdout'), /42 events handled/);
    },
  },
  {
    capability: 'supportsDisassembleRequest',
    shows: 'instructions around an address, with the line they come from',
    async prove(client) {
      await onEntry(client);
      const { instructions } = await client.request('disassemble', {
        memoryReference: '0x401000f0',
        instructionOffset: -1,
        instructionCount: 2,
      });
      assert.deepEqual([instructions[0].instruction, instructions[1].address], ['hvc\t#0', '0x00000000401000f0']);
      assert.equal(instructions[0].line, SIGNAL_LINE);
    },
  },
  {
    capability: 'supportsCancelRequest',
    shows: 'a request that waits its turn is answered as cancelled',
    async prove(client) {
      await onEntry(client);
      const long = client.send('disassemble', { memoryReference: '0x40100000', instructionCount: 20_000 });
      const waiting = client.send('disassemble', { memoryReference: '0x40100000', instructionCount: 20_000 });
      const cancel = client.send('cancel', { requestId: waiting });
      assert.equal((await client.answer(cancel)).success, true);
      const { success, message } = await client.answer(waiting);
      assert.deepEqual([success, message], [false, 'cancelled']);
      assert.equal((await client.answer(long)).success, true);
    },
  },
  {
    capability: 'supportsBreakpointLocationsRequest',
    shows: 'the lines that have code, where breakpoints stay',
    async prove(client) {
      await launch(client, guest('first-event.elf'));
      const { breakpoints } = await client.request('breakpointLocations', { source: { path: firstEvent }, line: 44, endLine: 52 });
      const lines = breakpoints.map(({ line }: Body) => line);
      assert.deepEqual(lines, [44, 47, 51]);
      const placed = await breakAt(client, firstEvent, ...lines.map((line: number) => ({ line })));
      assert.deepEqual(
        placed.map(({ line, verified }) => [line, verified]),
        lines.map((line: number) => [line, true]),
      );
    },
  },
  {
    capability: 'supportsClipboardContext',
    shows: 'the whole value for the clipboard, a summary elsewhere',
    async prove(client) {
      await inHandler(client);
      const expression = '*(char (*)[4])0x40100000 @ 200';
      const shown = await valueOf(client, expression, { context: 'watch' });
      const copied = await valueOf(client, expression, { context: 'clipboard' });
      assert.ok(shown.includes('…'));
      assert.ok(!copied.includes('…') && copied.length > shown.length);
    },
  },
  {
    capability: 'supportsSteppingGranularity',
    shows: 'a step of one instruction, and one of a line',
    async prove(client) {
      await atLine(client, LOOP_LINE);
      const pc = BigInt((await valueOf(client, '$pc,x')) as string);
      await go(client, 'next', { granularity: 'instruction' });
      assert.equal(BigInt(await valueOf(client, '$pc,x')), pc + 4n);
      await go(client, 'next', { granularity: 'line' });
      assert.equal(await where(client), 'signal_in_the_middle:73');
    },
  },
  {
    capability: 'supportsInstructionBreakpoints',
    shows: 'a stop at the instruction',
    async prove(client) {
      await launch(client, guest('first-event.elf'));
      await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: '0x401000ec', offset: 4 }] });
      await start(client);
      assert.equal((await client.event('stopped')).reason, 'instruction breakpoint');
      assert.equal(await valueOf(client, '$pc,x'), '0x401000f0');
    },
  },
  {
    capability: 'supportsSingleThreadExecutionRequests',
    shows: 'one PE steps and the other stays',
    async prove(client) {
      await launch(client, guest('two-pes.elf'), { cpus: 2 });
      await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'secondary_main' }] });
      await start(client);
      const { threadId } = await client.event('stopped');
      assert.equal(threadId, 2);
      const [before] = await frames(client, 1);
      await go(client, 'next', { threadId: 2, singleThread: true });
      await go(client, 'stepIn', { threadId: 2, singleThread: true });
      assert.equal((await frames(client, 1))[0].instructionPointerReference, before.instructionPointerReference);
      assert.notEqual(await where(client, 2), 'secondary_main:45');
    },
  },
  {
    capability: 'breakpointModes',
    shows: 'stops at one exception level only, and at a physical address reached by another virtual one',
    async prove(client, { connect }) {
      const { breakpointModes } = await launch(client, guest('first-event.elf'));
      assert.deepEqual(
        breakpointModes.map(({ mode }: Body) => mode),
        ['virtual', 'EL0', 'EL1', 'EL2', 'physical'],
      );
      const [never, here] = await breakAt(client, firstEvent, { line: 38, mode: 'EL2' }, { line: HANDLER_LINE, mode: 'EL1' });
      assert.ok(never.verified && here.verified);
      await start(client);
      assert.deepEqual((await client.event('stopped')).hitBreakpointIds, [here.id]);

      // A stage 1 translation table of 1 GB blocks, in which RAM appears a second time 1 GB higher up.
      const other = await connect();
      await onEntry(other);
      const table = Buffer.alloc(24);
      for (const [index, address] of [0n, 0x4000_0000n, 0x4000_0000n].entries())
        table.writeBigUInt64LE(address | (index === 0 ? 0x405n : 0x701n), index * 8);
      await other.request('writeMemory', { memoryReference: '0x44000000', data: table.toString('base64') });
      for (const [register, value] of [
        ['TTBR0_EL1', '0x44000000'],
        ['MAIR_EL1', '0x00ff'],
        ['TCR_EL1', '0x80803519'],
        ['SCTLR_EL1.M', '1'],
      ])
        await set(other, `$${register}`, value);
      await set(other, '$pc', '(unsigned long)&_start + 0x40000000');
      await other.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: '0x40100008', mode: 'physical' }] });
      assert.equal((await go(other, 'continue')).reason, 'instruction breakpoint');
      assert.equal(await valueOf(other, '$pc,x'), '0x80100008');
    },
  },
  {
    capability: 'supportsANSIStyling',
    shows: "the debugger's own lines in colour for a client that can show it, and plain for another",
    async prove(client, { connect }) {
      const notes = async (one: WireClient, more: object) => {
        await launch(one, guest('first-event.elf'), {}, more);
        await breakAt(one, firstEvent, { line: SIGNAL_LINE });
        await start(one);
        await one.event('stopped');
        await go(one, 'next');
        return one.output('console');
      };
      const text = '1 event handled during the step: #0, ';
      assert.ok((await notes(client, { supportsANSIStyling: true })).startsWith(`\u001b[2m${text}`));
      assert.ok((await notes(await connect(), {})).startsWith(text));
    },
  },
];
