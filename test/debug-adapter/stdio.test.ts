/** The program itself, driven by a client that shares no code with it. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { guest, RawClient } from './support/raw-client.ts';

test('a breakpoint in a handler, over standard input and output', async (context) => {
  const client = new RawClient(context);
  await client.request('initialize', { adapterID: 'sdei' });
  await client.event('initialized');
  assert.equal((await client.request('launch', { program: guest('first-event.elf') })).success, true);
  const set = await client.request('setBreakpoints', { source: { path: guest('first-event.c') }, breakpoints: [{ line: 40 }] });
  assert.equal(set.body.breakpoints[0].verified, true);
  await client.request('configurationDone');
  assert.equal((await client.event('stopped')).reason, 'breakpoint');
  const stack = (await client.request('stackTrace', { threadId: 1 })).body.stackFrames as {
    id: number;
    name: string;
    line: number;
    presentationHint?: string;
  }[];
  assert.deepEqual(
    stack
      .map(({ name, line, presentationHint }: Record<string, unknown>) => `${presentationHint ?? ''} ${name} ${line}`.trim())
      .slice(0, 4),
    ['on_event 40', 'sdei_handler_entry 33', 'label SDEI event 0 (normal) interrupted EL1h here 0', 'signal_in_the_middle 76'],
  );
  const scopes = (await client.request('scopes', { frameId: stack[3].id })).body.scopes;
  const locals = (await client.request('variables', { variablesReference: scopes[0].variablesReference })).body.variables;
  assert.equal(locals.find(({ name }: { name: string }) => name === 'i').value, '2');
  const disassembly = await client.request('disassemble', { memoryReference: '0x401000f0', instructionOffset: -1, instructionCount: 2 });
  assert.equal(disassembly.body.instructions[0].instruction, 'hvc\t#0');
  assert.equal((await client.request('disconnect')).success, true);
  assert.equal(await client.end(), 0);
  assert.equal(client.stderr, '');
});

test('a client whose sources are URIs, and one that gives a name only', async (context) => {
  const uri = pathToFileURL(guest('first-event.c')).href;
  for (const [pathFormat, source] of [
    ['uri', { path: uri }],
    ['uri', { name: 'first-event.c' }],
    ['path', { name: 'first-event.c' }],
  ] as const) {
    const expected = pathFormat === 'uri' ? uri : guest('first-event.c');
    const client = new RawClient(context);
    await client.request('initialize', { adapterID: 'sdei', pathFormat });
    await client.request('launch', { program: guest('first-event.elf') });
    const [breakpoint] = (await client.request('setBreakpoints', { source, breakpoints: [{ line: 40 }] })).body.breakpoints;
    assert.deepEqual([breakpoint.verified, breakpoint.source.path], [true, expected]);
    await client.request('configurationDone');
    await client.event('stopped');
    const { stackFrames } = (await client.request('stackTrace', { threadId: 1 })).body;
    assert.deepEqual([stackFrames[0].line, stackFrames[0].source.path], [40, expected]);
    const { sources } = (await client.request('loadedSources')).body;
    assert.ok(sources.some(({ path }: { path?: string }) => path === expected));
    const { targets } = (await client.request('gotoTargets', { source, line: 40 })).body;
    assert.equal(targets[0].line, 40);
    const places = (await client.request('breakpointLocations', { source, line: 40 })).body.breakpoints;
    assert.deepEqual(places, [{ line: 40 }]);
    if ('path' in source) assert.match((await client.request('source', { source, sourceReference: 0 })).body.content, /on_event/);
    await client.request('disconnect');
    assert.equal(await client.end(), 0);
  }
});

test('a guest that has switched itself off can be restarted, and is heard of again', async (context) => {
  const client = new RawClient(context);
  await client.request('initialize', { adapterID: 'sdei' });
  await client.request('launch', { program: guest('first-event.elf') });
  await client.request('configurationDone');
  await client.event('terminated');
  assert.equal((await client.request('restart', { arguments: { program: '/nowhere.elf' } })).success, false);
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'on_event' }] });
  assert.equal((await client.request('restart')).success, true);
  assert.equal((await client.event('stopped')).reason, 'function breakpoint');
  await client.request('disconnect');
  assert.equal(await client.end(), 0);
});

test('garbage, cut frames and wrong JSON do not end it', async (context) => {
  const client = new RawClient(context);
  client.writeRaw('hello\r\n\r\nContent-Length: x\r\n\r\nContent-Length: 4\r\n\r\n{a:}');
  client.writeRaw('Content-Length: 500\r\n\r\n{"seq":7,"type":"request"');
  client.writeRaw('Content-Length: 2\r\n\r\n[]');
  client.writeRaw(' '.repeat(500));
  assert.equal((await client.request('initialize', { adapterID: 'sdei' })).success, true);
  assert.equal((await client.request('nonsense')).success, false);
  assert.match(client.stderr, /skipped a message that is not JSON/);
  assert.equal(await client.end(), 0);
});

test('the end of standard input ends it, also while a guest runs', async (context) => {
  const client = new RawClient(context);
  await client.request('initialize', { adapterID: 'sdei' });
  await client.request('launch', { program: guest('spin.elf') });
  await client.request('configurationDone');
  assert.equal(await client.end(), 0);
});

test('--server serves several sessions, one after the other and at once', async (context) => {
  const server = new RawClient(context, ['--server=0']);
  const port = await new Promise<number>((resolve, reject) => {
    server.process.once('exit', () => reject(new Error(server.stderr)));
    server.process.stderr?.on('data', () => {
      const match = /listening on 127\.0\.0\.1:(\d+)/.exec(server.stderr);
      if (match !== null) resolve(Number(match[1]));
    });
  });
  const ask = (command: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        const body = JSON.stringify({ seq: 1, type: 'request', command, arguments: { adapterID: 'x' } });
        socket.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
      });
      socket.once('data', (data) => {
        socket.end();
        resolve(data.toString());
      });
      socket.once('error', reject);
    });
  const answers = await Promise.all([ask('initialize'), ask('initialize'), ask('threads')]);
  assert.deepEqual(
    answers.map((text) => text.includes('"success":true')),
    [true, true, false],
  );
  server.process.kill();
});

test('a wrong argument is one line and exit status 2', async (context) => {
  const client = new RawClient(context, ['--port=1']);
  const status = await new Promise((resolve) => client.process.once('exit', resolve));
  assert.equal(status, 2);
  assert.equal(
    client.stderr,
    'sdei debug adapter: unknown argument "--port=1". Use none for standard input and output, or --server=PORT, and --log=FILE to keep all messages.\n',
  );
});

test('a client that does not read for a while misses no answer', async (context) => {
  const client = new RawClient(context);
  await client.request('initialize', { adapterID: 'sdei' });
  await client.request('launch', { program: guest('first-event.elf'), stopOnEntry: true });
  await client.request('configurationDone');
  // More than both pipes hold: the adapter has to go on reading while nobody takes its answers.
  const count = 3000;
  const args = { memoryReference: '0x40100000', count: 1024 };
  client.process.stdout?.pause();
  for (let asked = 0; asked < count; asked++)
    client.write({ seq: client.nextSequence(), type: 'request', command: 'readMemory', arguments: args });
  await new Promise<void>((resolve) => client.process.stdin?.write('', () => resolve()));
  client.process.stdout?.resume();
  await client.request('threads');
  assert.equal(client.messages.filter(({ command, success }) => command === 'readMemory' && success === true).length, count);
  assert.equal(await client.end(), 0);
});
