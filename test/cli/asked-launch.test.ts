/** Every command about a guest is told which one in the same ways, and says what is missing in the same words. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { guest, sdeiDebug } from './sdei-debug.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'asked-launch-'));
test.after(() => rmSync(folder, { recursive: true }));
const launchFile = path.join(folder, '.vscode/launch.json');
mkdirSync(path.dirname(launchFile));
writeFileSync(
  launchFile,
  JSON.stringify({
    configurations: [
      { type: 'sdei', name: 'first', program: guest('first-event') },
      { type: 'sdei', name: 'two', program: guest('two-pes'), cpus: 2, sdei: { profile: 'tfa' } },
      { type: 'sdei', name: 'raised', program: guest('first-event'), inject: ['0@on_event#1'] },
    ],
  }),
);
const output = path.join(folder, 'out.sdeitrace');

/** What else each command must be told. */
const commands: Readonly<Record<string, readonly string[]>> = {
  run: [],
  prepare: [],
  trace: ['--output', output],
  'gdb-server': [],
  registers: [],
  migrate: ['--at', 'main', '--to', 'kvm'],
  sweep: ['--range', 'signal_in_the_middle', '--points', '2'],
  'user-irq': [],
};

for (const [command, words] of Object.entries(commands)) {
  test(`${command}: no guest, and two`, async () => {
    const none = await sdeiDebug(command, ...words);
    assert.deepEqual(none, {
      status: 2,
      stdout: '',
      stderr: `sdei-debug: Which guest? Write "sdei-debug ${command} GUEST.elf" or "sdei-debug ${command} --kernel IMAGE", or give --launch FILE.\n`,
    });
    const two = await sdeiDebug(command, 'a.elf', 'b.elf', ...words);
    assert.deepEqual(two, { status: 2, stdout: '', stderr: 'sdei-debug: One guest at a time, but "b.elf" was given besides "a.elf".\n' });
    const { stderr } = await sdeiDebug(command, 'a.elf', '--config', 'first', ...words);
    assert.equal(stderr, 'sdei-debug: Option "--config" needs --launch FILE.\n');
  });
}

const from = (name: string): string[] => ['--launch', launchFile, '--config', name];

test('the settings of a launch.json are taken by all of them', async () => {
  const known = await sdeiDebug('prepare', ...from('first'));
  assert.match(known.stdout, /^Nothing is kept: /);
  const traced = await sdeiDebug('trace', ...from('raised'), '--output', output);
  assert.deepEqual([traced.status, traced.stderr.includes('(system-off)')], [0, true], traced.stderr);
  const { stdout: deliveries } = await sdeiDebug('query', output, 'deliveries');
  const { stdout: straight } = await sdeiDebug('run', ...from('first'), '--json');
  assert.equal(deliveries.trim().split('\n').length - 1, (JSON.parse(straight) as { deliveries: unknown[] }).deliveries.length + 1);
  const pes = await sdeiDebug('registers', ...from('two'), '--json');
  assert.deepEqual(
    (JSON.parse(pes.stdout) as { pes: { pe: number }[] }).pes.map(({ pe }) => pe),
    [0, 1],
  );
  const moved = await sdeiDebug('migrate', ...from('two'), ...commands.migrate);
  assert.match(moved.stdout, /^tfa to kvm, PE0 at /);
  const swept = await sdeiDebug('sweep', ...from('first'), ...commands.sweep);
  assert.match(swept.stdout, /^Event 0 at the first 2 instructions executed in signal_in_the_middle/);
  const exits = await sdeiDebug('user-irq', ...from('first'));
  assert.match(exits.stdout, /exits in \d+ instructions \(system-off\)/);
});

test('gdb-server takes a launch.json, too', async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
  });
  const { status, stderr } = await sdeiDebug('gdb-server', ...from('first'), '--port', `${port}`);
  other.close();
  assert.equal(status, 2);
  assert.match(stderr, /Cannot listen on port \d+/);
});

test('"inject" of a launch.json is refused where no events are raised at places, by the name it is given there', async () => {
  for (const command of ['registers', 'migrate', 'sweep', 'user-irq']) {
    const { status, stderr } = await sdeiDebug(command, ...from('raised'), ...commands[command]);
    assert.equal(status, 2);
    assert.equal(
      stderr,
      `sdei-debug: Launch key "inject" (--launch "${launchFile}") is not for ${command}, which raises no events at places: "run", "trace" and "gdb-server" do.\n`,
    );
  }
});
