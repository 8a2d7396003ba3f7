/** gdb on the guest of an editor's session: launch key `gdbServer`. One of the two lets it run at a time. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { createLeftGuests } from '../../debug-adapter/left-guests.ts';
import { SessionClient, withSession } from '../debug-adapter/support/session-client.ts';
import { RspClient } from './support/rsp-client.ts';

const PC = 32;

async function attach(client: SessionClient): Promise<RspClient> {
  const port = /target remote 127\.0\.0\.1:(\d+)/.exec(client.outputs('console'))?.[1];
  assert.ok(port !== undefined, client.outputs('console'));
  const gdb = new RspClient(Number(port));
  await gdb.ask('qSupported:swbreak+;hwbreak+');
  return gdb;
}
const countOf = (client: SessionClient, name: string) => client.messages.filter(({ event }) => event === name).length;
const symbol = async (client: SessionClient, name: string) => BigInt(/0x[0-9a-f]+/.exec(await client.evaluate(`&${name}`))?.[0] ?? 0);

test('gdb runs the guest, and the editor sees where it is', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf', { gdbServer: 0, stopOnEntry: true });
    await client.start();
    await client.stop();
    const gdb = await attach(client);
    const handler = await symbol(client, 'on_event');
    await gdb.ask(`Z0,${handler.toString(16)},4`);
    const before = countOf(client, 'continued');
    assert.match(await gdb.ask('vCont;c'), /swbreak:;$/);
    assert.equal(countOf(client, 'continued'), before + 1);
    assert.equal((await client.stop()).body.reason, 'instruction breakpoint');
    assert.equal((await client.stack())[0].split(' ')[0], 'on_event');

    // gdb's edits are told, the editor's runs are refused.
    await gdb.ask('P7=2a00000000000000');
    assert.equal(await client.evaluate('$x7'), '0x2a');
    for (const command of ['continue', 'next', 'stepIn', 'stepOut', 'stepBack', 'reverseContinue']) {
      const { success, message } = await client.ask(command, { threadId: 1 });
      assert.deepEqual(
        [success, message],
        [false, 'gdb is attached and runs the guest. Go on there, or "detach" it; Pause works here too.'],
      );
    }
    assert.match(await gdb.ask('bs'), /^T05/);
    await client.stop();
    assert.equal((await client.stack())[0].split(' ')[0], 'sdei_handler_entry');
    assert.match(await gdb.ask('vRun;'), /^E\.The guest belongs to the editor's session/);

    assert.equal(await gdb.ask('D;1'), 'OK');
    await gdb.closed();
    // gdb's breakpoints have gone with it.
    assert.equal((await client.go('continue')).event, 'terminated');
  }));

test('attaching stops a guest that runs, a breakpoint of the editor stops the run of gdb, and pause does', () =>
  withSession(async (client) => {
    await client.launch('spin.elf', { gdbServer: 0 });
    await client.start();
    const gdb = await attach(client);
    assert.match(await gdb.ask('?'), /^T02thread:1;/);
    assert.equal((await client.stop()).body.reason, 'pause');
    const pc = (await gdb.register(PC)) ?? 0n;
    await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: `0x${pc.toString(16)}` }] });
    // gdb takes a SIGTRAP in the middle of a line for the end of a step, and goes on.
    assert.match(await gdb.ask('c'), /^T11thread:1;/);
    assert.match(gdb.console, /Stopped at a breakpoint of the editor's session\./);
    assert.equal((await client.stop()).body.reason, 'instruction breakpoint');
    await client.request('setInstructionBreakpoints', { breakpoints: [] });
    gdb.send('c');
    while (countOf(client, 'continued') < 2) await new Promise((resolve) => setImmediate(resolve));
    await client.request('pause', { threadId: 1 });
    assert.match(await gdb.answer(), /^T02thread:1;/);
    await gdb.end();
  }));

test('watchpoints of gdb beside data breakpoints of the editor', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf', { gdbServer: 0, stopOnEntry: true });
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'main' }] });
    await client.start();
    await client.stop();
    await client.go('continue');
    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    const { dataId } = await client.request('dataBreakpointInfo', { name: 'event_log.interrupted_pc' });
    await client.request('setDataBreakpoints', { breakpoints: [{ dataId, accessType: 'write' }] });
    const gdb = await attach(client);
    const handled = await symbol(client, 'event_log');
    await gdb.ask(`Z2,${handled.toString(16)},4`);
    assert.match(await gdb.ask('c'), /;watch:/);
    assert.equal((await client.stop()).body.reason, 'data breakpoint');
    assert.doesNotMatch(await gdb.ask('c'), /watch:/);
    assert.equal((await client.stop()).body.hitBreakpointIds?.length, 1);
    // Backwards, the editor's lies before its instruction.
    assert.doesNotMatch(await gdb.ask('bc'), /watch:/);
    assert.match(await gdb.ask('bc'), /;watch:/);
    await gdb.end();
  }));

test('a restart closes the connection, and gdb can attach to the new guest; kill only detaches', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf', { gdbServer: 0, stopOnEntry: true });
    await client.start();
    await client.stop();
    const first = await attach(client);
    await first.ask('s');
    await client.request('restart');
    await first.closed();
    const second = await attach(client);
    assert.equal(await second.register(PC), await symbol(client, '_start'));
    assert.equal(await second.ask('k'), 'closed');
    assert.equal(await client.pc(), await symbol(client, '_start'));
    await second.end();
  }));

test('the session ends for gdb too', async () => {
  let gdb: RspClient | undefined;
  await withSession(async (client) => {
    await client.launch('first-event.elf', { gdbServer: 0, stopOnEntry: true });
    await client.start();
    await client.stop();
    gdb = await attach(client);
    assert.equal(await gdb.ask('c'), 'W00');
    assert.equal(countOf(client, 'terminated'), 1);
  });
  await gdb?.closed();
});

test('a port that is taken, and a place without TCP', () =>
  withSession(async (client) => {
    await client.launch('spin.elf', { gdbServer: 0 });
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(client.outputs('console'))?.[1]);
    await withSession(async (other) => {
      await other.request('initialize', { adapterID: 'sdei' });
      const { message } = await other.ask('launch', { program: 'test/guests/spin.elf', gdbServer: port });
      assert.match(message ?? '', new RegExp(`^Cannot listen on port ${port}: .*Choose another port\\.$`));
    });
  }));

/** Whether somebody else can listen there. */
const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

test('for a launch that was cancelled nobody listens', () =>
  withSession(async (client) => {
    await client.launch('spin.elf', { gdbServer: 0 });
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(client.outputs('console'))?.[1]);
    await client.request('disconnect');
    assert.ok(await isFree(port));
    await withSession(async (other) => {
      await other.request('initialize', { adapterID: 'sdei' });
      const program = 'test/guests/spin.elf';
      const { seq, answer } = other.send('launch', { program, gdbServer: port });
      other.send('cancel', { requestId: seq });
      assert.equal((await answer).message, 'cancelled');
      // Refused for as long as the first one has not come to its end.
      while (!(await other.ask('launch', { program })).success) await new Promise((resolve) => setImmediate(resolve));
      assert.ok(await isFree(port));
    });
  }));

for (const suspendDebuggee of [true, false]) {
  test(`a guest that was left ${suspendDebuggee ? 'standing' : 'running'} stays so where its port is taken, and another port is given to attach`, async (context) => {
    const leftGuests = createLeftGuests();
    const client = () => new SessionClient(undefined, undefined, leftGuests);
    const first = client();
    await first.launch('spin.elf', { gdbServer: 0 });
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(first.outputs('console'))?.[1]);
    await first.request('restart', { arguments: { program: 'test/guests/spin.elf', gdbServer: port } });
    await first.request('disconnect', { terminateDebuggee: false, suspendDebuggee });

    const other = createServer().listen(port, '127.0.0.1');
    context.after(() => void other.close());
    const second = client();
    await second.request('initialize', { adapterID: 'sdei' });
    assert.match((await second.ask('attach')).message ?? '', new RegExp(`^Cannot listen on port ${port}: .*Choose another port\\.$`));
    assert.match((await second.ask('threads')).message ?? '', /none has been launched/);

    await second.request('attach', { gdbServer: 0 });
    await second.start();
    if (suspendDebuggee) assert.equal((await second.stop()).body.reason, 'pause');
    else assert.equal((await second.ask('evaluate', { expression: '$pc', context: 'watch' })).message, 'notStopped');
    const gdb = await attach(second);
    assert.match(await gdb.ask('?'), /^T02thread:1;/);
    await gdb.end();
    await second.end();
  });
}
