/** The sample guest: what it prints and how it ends are what qemu-system-aarch64 7.2 -semihosting showed on the same ELF. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { parseLaunchArguments } from '../../debug-adapter/launch-arguments.ts';
import { loadGuest } from '../../debug-adapter/load-guest.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { guest, sdeiDebug } from '../cli/sdei-debug.ts';
import { type SessionClient, withSession } from '../debug-adapter/support/session-client.ts';
import { withServer } from '../gdb-server/support/server.ts';

const expected = `to standard output
standard output 0
to standard error
standard error 0
terminal 1
features: open 1
  length 5
  terminal 0
  missing of 8 3
  magic 1
  bits 3
  seek 0
  missing of 1 0
  bits again 3
  close 0
  close again -1
  errno is EBADF 1
command line 0
  semihosting.elf one two
  length 23
heap 0
  base below limit 1
  stack base is the limit 1
ticks in a second 1000000000
  time goes on 1
clock is small 1
time is after 2025 1
-5 is an error 1
5 is an error 0
no such file -1
type: got: hello guest
`;
const TYPED = 'hello guest\n';
const keys = { semihosting: true, bootArguments: 'one two' };

const folder = mkdtempSync(path.join(tmpdir(), 'semihosting-'));
after(() => rmSync(folder, { recursive: true }));
const input = path.join(folder, 'input');
writeFileSync(input, TYPED);

const typed = { data: Buffer.from(TYPED).toString('base64') };
const exitCode = (client: SessionClient): unknown =>
  client.messages.filter(({ event }) => event === 'exited').map(({ body }) => (body as { exitCode: number }).exitCode);

test('sdei-debug run prints what QEMU prints, and exits as it does', async () => {
  const flags = ['--semihosting', '--boot-arguments', 'one two', '--input', input, '--input-after', 'type: '];
  const { status, stdout, stderr } = await sdeiDebug('run', guest('semihosting'), ...flags);
  assert.deepEqual([status, stdout], [12, expected]);
  assert.equal(stderr, 'sdei-debug: The guest has exited with status 12 (semihosting SYS_EXIT_EXTENDED).\n');
  const json = await sdeiDebug('run', guest('semihosting'), ...flags, '--json');
  const document = JSON.parse(json.stdout);
  assert.deepEqual([json.status, document.stop.reason, document.stop.exitStatus, document.console], [12, 'exit', 12, expected]);
});

test('without the key it says which', async () => {
  const { status, stdout, stderr } = await sdeiDebug('run', guest('semihosting'));
  assert.equal(status, 0);
  assert.match(stdout, /^synchronous exception from current EL with SP_ELx: ESR 0x2000000 /);
  assert.equal(
    stderr.replace(/0x4\b/, '…'),
    'sdei-debug: HLT #0xF000 at call+… (semihosting.c:39) is a semihosting call, and semihosting is off: it was taken as an undefined instruction. Set the launch key "semihosting" to true (--semihosting).\n',
  );
});

test('--input that waits for a text which never comes ends the run, and says for what it waits', async () => {
  const { status, stdout, stderr } = await sdeiDebug(
    'run',
    guest('semihosting'),
    '--semihosting',
    '--input',
    input,
    '--input-after',
    'no such text',
  );
  assert.deepEqual([status, stdout.endsWith('type: ')], [1, true]);
  assert.match(stderr, /^sdei-debug: The guest waits for input of its console in a semihosting call/);
});

test('calls that cannot be done stop a session, with operation and address', () =>
  withSession(async (client) => {
    await client.launch('semihosting.elf', keys);
    await client.breakAt('semihosting.c', 39);
    await client.start();
    await client.stop();
    const stops = [];
    for (const [name, value] of [
      ['x1', '0x10'],
      ['x0', '0x99'],
    ]) {
      while (!/hlt/.test(await here(client))) await client.go('stepIn', { granularity: 'instruction' });
      await client.breakAt('semihosting.c');
      await client.request('evaluate', { expression: `$${name} = ${value}`, context: 'repl' });
      const { reason, description, text } = (await client.go('continue')).body;
      stops.push([reason, description, text?.replace(/0x4 /, '… ')]);
    }
    assert.deepEqual(stops, [
      [
        'exception',
        'Bad semihosting call SYS_OPEN',
        'The semihosting call SYS_OPEN at call+… (semihosting.c:39) cannot be done: its parameter block at 0x10 (24 bytes) is not memory.',
      ],
      [
        'exception',
        'Not implemented',
        'The guest needs something this machine does not implement: semihosting operation 0x99 (encoding 0xd45e0000) at call+… (semihosting.c:39).',
      ],
    ]);
  }));
async function here(client: SessionClient): Promise<string> {
  const { stackFrames } = await client.request('stackTrace', { threadId: 1, levels: 1 });
  const { instructions } = await client.request('disassemble', {
    memoryReference: stackFrames[0].instructionPointerReference,
    instructionCount: 1,
  });
  return instructions[0].instruction;
}

test('a session without the key says so once, and goes on', () =>
  withSession(async (client) => {
    await client.launch('semihosting.elf');
    await client.start();
    assert.equal((await client.stop()).event, 'terminated');
    assert.equal(client.outputs('stderr').match(/Set the launch key "semihosting" to true/g)?.length, 1);
    assert.deepEqual(exitCode(client), [0]);
  }));

test('arguments of a program need semihosting', async () => {
  const { status, stderr } = await sdeiDebug('run', guest('semihosting'), '--boot-arguments', 'one');
  assert.equal(status, 2);
  assert.match(stderr, /"bootArguments".*Set "kernel" to an arm64 kernel image, set "semihosting" to true, or remove it\./);
});

test('a session: the guest runs on while it waits for input, and its end has the exit code', () =>
  withSession(async (client) => {
    await client.launch('semihosting.elf', keys);
    await client.start();
    while (!client.outputs('stdout').endsWith('type: ')) await new Promise((resolve) => setTimeout(resolve, 5));
    await client.request('pause', { threadId: 1 });
    assert.equal((await client.stop()).body.reason, 'pause');
    assert.match((await client.request('threads')).threads[0].name, /waiting/);
    await client.request('continue', { threadId: 1 });
    await client.request('sdei/consoleInput', typed);
    assert.equal((await client.stop()).event, 'terminated');
    assert.deepEqual(exitCode(client), [12]);
    assert.equal(client.outputs('stdout'), expected);
    assert.match(client.outputs('console'), /The guest has exited with status 12 \(semihosting SYS_EXIT_EXTENDED\)\.\n/);
    assert.match((await client.ask('continue', { threadId: 1 })).message ?? '', /the guest has exited with status 12 \(semihosting/);
  }));

test('back over semihosting calls and forward again: nothing is printed twice', () =>
  withSession(async (client) => {
    await client.launch('semihosting.elf', { ...keys, stopAtEnd: 'always' });
    await client.breakAt('semihosting.c', 139);
    await client.start();
    assert.deepEqual([(await client.stop()).body.reason, (await client.stack())[0]], ['breakpoint', 'input semihosting.c:139']);
    await client.request('sdei/consoleInput', typed);
    await client.breakAt('semihosting.c');
    const { body } = await client.go('continue');
    assert.deepEqual(
      [body.description, body.text],
      ['Exited', 'The guest has exited with status 12 (semihosting SYS_EXIT_EXTENDED). Go back from here, or continue to end the session.'],
    );
    const printed = client.outputs('stdout');
    assert.equal(printed, expected);
    const atEnd = await client.evaluate('$time');
    await client.breakAt('semihosting.c', 39);
    for (let count = 0; count < 5; count++) assert.equal((await client.go('reverseContinue')).body.reason, 'breakpoint');
    await client.breakAt('semihosting.c');
    for (let count = 0; count < 20; count++) await client.go('stepBack', { granularity: 'instruction' });
    for (let count = 0; count < 20; count++) await client.go('stepIn', { granularity: 'instruction' });
    assert.equal((await client.go('continue')).body.description, 'Exited');
    assert.equal(await client.evaluate('$time'), atEnd);
    assert.equal(client.outputs('stdout'), printed);
    assert.equal((await client.go('continue')).event, 'terminated');
    assert.deepEqual(exitCode(client), [12]);
  }));

test('a trace of it repeats itself, input and all', () =>
  withSession(async (client) => {
    const file = path.join(folder, 'run.sdeitrace');
    await client.launch('semihosting.elf', { ...keys, stopAtEnd: 'always' });
    await client.request('sdei/consoleInput', typed);
    await client.start();
    await client.stop();
    const [time, stack] = [await client.evaluate('$time'), await client.stack()];
    const { data } = await client.request('sdei/saveTrace');
    writeFileSync(file, Buffer.from(data, 'base64'));
    await withSession(async (other) => {
      await other.request('initialize', { adapterID: 'sdei' });
      await other.request('launch', { trace: file });
      await other.start();
      await other.stop();
      assert.deepEqual([await other.evaluate('$time'), await other.stack()], [time, stack]);
      await other.go('sdei/goTo', { instruction: 0 });
      await other.go('sdei/goTo', { instruction: Number(time) });
      assert.deepEqual(await other.stack(), stack);
    });
    const { status, stdout } = await sdeiDebug('query', file, 'console', '--json');
    assert.equal(status, 0);
    assert.match(stdout, /got: hello guest/);
  }));

test('gdb sees the exit status', () =>
  withServer('semihosting', keys, async ({ server, connect }) => {
    const client = connect();
    await client.ask('qSupported:swbreak+');
    server.guest.target.sendConsoleInput(new TextEncoder().encode(TYPED));
    assert.equal(await client.ask('vCont;c'), 'W0c');
    assert.equal(client.console, `${expected}The guest has exited with status 12 (semihosting SYS_EXIT_EXTENDED).\n`);
  }));

async function targetOf(): Promise<Target> {
  const launch = parseLaunchArguments({ program: guest('semihosting'), memory: '2M', ...keys });
  const { target, entry } = await loadGuest(launch, nodeHost, makers);
  target.start(entry);
  target.timeTravel.keepHistory(64 << 20);
  return target;
}

test('any moment of the run is the same again, also while it waits for input', async () => {
  const target = await targetOf();
  const seen: { moment: Target['timeTravel']['moment']; hash: string }[] = [];
  const look = () => void seen.push({ moment: target.timeTravel.moment, hash: target.stateHash() });
  const runOn = async () => {
    for (;;) {
      const stop = await target.resume({ maxInstructions: 97 });
      look();
      if (stop.kind !== 'budget') return stop;
    }
  };
  assert.deepEqual(await runOn(), { kind: 'halted', why: 'awaits-input' });
  target.sendConsoleInput(new TextEncoder().encode('hel'));
  look();
  target.sendConsoleInput(new TextEncoder().encode('lo'));
  look();
  assert.deepEqual(await runOn(), { kind: 'exit', pe: 0, status: 5, operation: 'SYS_EXIT_EXTENDED' });
  for (const index of [...seen.keys()].reverse().concat([...seen.keys()])) {
    target.timeTravel.travel(seen[index].moment);
    assert.equal(target.stateHash(), seen[index].hash, `moment ${JSON.stringify(seen[index].moment)}`);
  }
});

test('a run that waits for input costs nothing, and goes on with it', async () => {
  const target = await targetOf();
  let looked = 0;
  const run = target.resume({ waitsForInput: true, passes: () => (looked++, false) });
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual([looked, target.pes[0].waiting], [0, true]);
  const { time } = target;
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(target.time, time);
  target.sendConsoleInput(new TextEncoder().encode('x'));
  assert.equal((await run).kind, 'exit');
});

test('a run that waits for input can be paused, and is told of the end of input', async () => {
  const target = await targetOf();
  const run = target.resume({ waitsForInput: true });
  await new Promise((resolve) => setTimeout(resolve, 20));
  target.pause();
  assert.equal((await run).kind, 'pause');
  const rest = target.resume({ waitsForInput: true });
  target.endConsoleInput();
  assert.deepEqual(await rest, { kind: 'exit', pe: 0, status: 0, operation: 'SYS_EXIT_EXTENDED' });
});
