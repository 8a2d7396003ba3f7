import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { commandLine } from '../../debug-adapter/cli/command-line.ts';
import { RspClient } from '../gdb-server/support/rsp-client.ts';
import { guest, sdeiDebug } from './sdei-debug.ts';

for (const shows of ['both', 'terminal', 'debugConsole']) {
  test(`gdb-server --once says where it listens, and ends when gdb has gone (console ${shows})`, async () => {
    let stdout = '';
    let listening: (port: number) => void = () => {};
    const port = new Promise<number>((resolve) => {
      listening = resolve;
    });
    const ended = commandLine(['gdb-server', guest('first-event'), '--port', '0', '--once', '--memory', '2M', '--console', shows], {
      out(text) {
        stdout += typeof text === 'string' ? text : new TextDecoder().decode(text);
        const found = /^Listening on 127\.0\.0\.1:(\d+)\n/.exec(stdout)?.[1];
        if (found !== undefined) listening(Number(found));
      },
      say: () => {},
      listen: () => () => {},
    });
    const client = new RspClient(await port);
    assert.equal(await client.ask('c'), 'W00');
    await client.end();
    assert.equal(await ended, 0);
    assert.equal(/power off\n$/.test(stdout), shows !== 'debugConsole');
    assert.equal(/power off\n$/.test(client.console), shows !== 'terminal');
  });
}

const wrong: readonly [string, string[], RegExp][] = [
  ['no guest', [], /Which guest\? Write "sdei-debug gdb-server GUEST\.elf"/],
  ['two guests', ['a.elf', 'b.elf'], /One guest at a time, but "b\.elf"/],
  ['a port that is none', ['a.elf', '--port', '70000'], /"--port" is "70000", expected a whole number from 0 to 65535/],
  ['no such file', ['missing.elf'], /missing\.elf/],
  ['an injection to nowhere', [guest('first-event'), '--inject', '0@nowhere'], /Injection "0@nowhere" cannot be used/],
];
for (const [what, args, message] of wrong) {
  test(`gdb-server: ${what}`, async () => {
    const { status, stdout, stderr } = await sdeiDebug('gdb-server', ...args);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, message);
  });
}

test('gdb-server: a port that is taken', async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
  });
  const { status, stderr } = await sdeiDebug('gdb-server', guest('first-event'), '--memory', '2M', '--port', String(port));
  other.close();
  assert.equal(status, 2);
  assert.match(stderr, /Cannot listen on port \d+: .*EADDRINUSE.*Choose another port\./);
});
