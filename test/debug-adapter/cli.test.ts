import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { guest, json, root, sdeiDebug } from '../cli/sdei-debug.ts';

test('run shows the console and ends with the guest', async () => {
  const { status, stdout, stderr } = await sdeiDebug('run', guest('first-event'));
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /^SDEI 1\.0\n[\s\S]*2 events handled, power off\n$/);
});

test('run --json: one document, with the deliveries', async () => {
  const { status, document } = await json('run', guest('nested-critical'));
  assert.equal(status, 0);
  assert.deepEqual(Object.keys(document), ['stop', 'console', 'instructions', 'seconds', 'instructionsPerSecond', 'deliveries']);
  assert.deepEqual(document.stop, { reason: 'system-off' });
  assert.match(document.console, /power off/);
  const [normal, critical] = document.deliveries;
  assert.deepEqual([normal.event, normal.ended, critical.event, critical.ended], [806, 'complete', 804, 'complete']);
  assert.ok(critical.at > normal.at && critical.endedAt < normal.endedAt);
  assert.match(critical.interrupted.pc, /^0x40[0-9a-f]+$/);
});

test('--max-instructions ends exactly there, also in the middle of a loop', async () => {
  for (const count of [0, 1, 1000, 1_000_001]) {
    const { status, document } = await json('run', guest('spin'), '--max-instructions', String(count));
    assert.deepEqual([status, document.stop.reason, document.instructions], [0, 'budget', count]);
  }
});

test('--inject raises an event at an exact place', async () => {
  const { document } = await json('run', guest('first-event'), '--inject', '0@signal_in_the_middle+0x58#3');
  assert.equal(document.deliveries.length, 3);
  assert.equal(document.deliveries[0].interrupted.pc, '0x40100098');
});

test('an event that was to be raised and was not is told at the end, with how often the place was reached', async () => {
  const flags = ['--inject', '0@_start#99', '--inject', '0@signal_in_the_middle', '--inject', '0@report_completion_refused'];
  const { status, stderr } = await sdeiDebug('run', guest('first-event'), ...flags);
  assert.equal(status, 0);
  assert.deepEqual(stderr.trim().split('\n'), [
    'sdei-debug: Injection 0@_start#99: the event was not raised, for no PE came to the place more than 1 of 99 times.',
    'sdei-debug: Injection 0@report_completion_refused: the event was not raised, for no PE came to the place.',
  ]);
});

test('--inject takes a function of C++ by the name that it has in the source', async () => {
  const { stderr } = await sdeiDebug(
    'run',
    guest('../program/cplusplus/scopes'),
    '--max-instructions',
    '300',
    '--inject',
    '0@Port::write(int)+4',
  );
  assert.match(stderr, /Injection 0@Port::write\(int\)\+4: Event 0 is refused: its handler on PE0 is not registered/);
});

test('launch keys are flags', async () => {
  assert.match((await sdeiDebug('run', guest('two-pes'), '--cpus=2')).stdout, /PE 1: event 0 handled/);
  assert.match(
    (await sdeiDebug('run', guest('el2-client'), '--client', 'EL2', '--memory', '512M', '--sdei-profile', 'tfa')).stdout,
    /event 0 handled at EL2/,
  );
});

test('a program linked to run elsewhere than it is loaded starts where it is loaded', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'high-half-'));
  after(() => rmSync(folder, { recursive: true }));
  const high = 0xffff_8000_0000_0000n;
  const elf = readFileSync(guest('spin'));
  elf.writeBigUInt64LE(elf.readBigUInt64LE(24) + high, 24);
  const headers = Number(elf.readBigUInt64LE(32));
  for (let n = 0; n < elf.readUInt16LE(56); n++) {
    const virtualAddress = headers + n * elf.readUInt16LE(54) + 16;
    elf.writeBigUInt64LE(elf.readBigUInt64LE(virtualAddress) + high, virtualAddress);
  }
  const file = path.join(folder, 'high.elf');
  writeFileSync(file, elf);
  const { status, document } = await json('run', file, '--max-instructions', '1000');
  assert.deepEqual([status, document.stop.reason, document.instructions], [0, 'budget', 1000]);

  elf.writeBigUInt64LE(elf.readBigUInt64LE(24) + 2n, 24);
  writeFileSync(file, elf);
  const misaligned = await sdeiDebug('run', file);
  assert.equal(misaligned.status, 2);
  assert.match(misaligned.stderr, /^sdei-debug: The entry point 0x[0-9a-f]+ \(the ELF's e_entry\) is not a multiple of 4\. Set "entry"/);
});

test('an input that is a folder, an ELF as kernel, and a command line that is too long', async () => {
  const kernel = path.join(mkdtempSync(path.join(tmpdir(), 'kernel-')), 'Image');
  after(() => rmSync(path.dirname(kernel), { recursive: true }));
  const image = new Uint8Array(4096);
  image.set([0, 0x10], 16);
  image.set([0x41, 0x52, 0x4d, 0x64], 56);
  writeFileSync(kernel, image);
  for (const [args, message] of [
    [[root], /^sdei-debug: Cannot read "program": ".*"\. It is a folder\. Set "program" to the path of a file\.\n$/],
    [
      ['--kernel', guest('spin')],
      /^sdei-debug: Launch key "kernel": ".*" is an ELF file\. Set "program" to it if it is a bare-metal guest, or/,
    ],
    [
      ['--kernel', kernel, '--append', 'a'.repeat(3000)],
      /^sdei-debug: Launch key "bootArguments" has 3000 characters, of which a kernel keeps 2047\./,
    ],
  ] as const) {
    const { status, stderr } = await sdeiDebug('run', ...args);
    assert.equal(status, 2);
    assert.match(stderr, message);
  }
});

test('a guest that gets stuck is status 1, with the explanation', async () => {
  const { status, stderr, document } = await json('run', guest('jump-to-data'));
  assert.equal(status, 1);
  assert.equal(document.stop.reason, 'lockup');
  assert.match(document.stop.message, /Undefined instruction 0x00000000/);
  assert.match(stderr, /^sdei-debug: Undefined instruction/);
});

test('the program: standard streams and exit status', async () => {
  const child = spawn(process.execPath, [
    path.join(root, 'debug-adapter/cli/sdei-debug.ts'),
    'run',
    guest('first-event'),
    '--max-instructions',
    '0',
  ]);
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  assert.equal(await new Promise((resolve) => child.once('close', resolve)), 0);
  assert.equal(stdout, '');
});

test('--stats goes to standard error', async () => {
  const { stderr } = await sdeiDebug('run', guest('first-event'), '--stats');
  assert.match(stderr, /^\d+ instructions in \d+\.\d{3} s, \d+\.\d million per second\n$/);
});

const folder = mkdtempSync(path.join(tmpdir(), 'sdei-debug-'));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(path.join(folder, '.vscode'));
const launchFile = path.join(folder, '.vscode/launch.json');
writeFileSync(
  launchFile,
  `{
  // comments and trailing commas are fine
  "configurations": [
    { "type": "node", "name": "other" },
    { "type": "sdei", "name": "two", "program": ${JSON.stringify(guest('two-pes'))}, "cpus": 2, "stopOnEntry": true, },
    { "type": "sdei", "name": "near", "program": "near.elf", },
  ],
}`,
);

test('--launch takes a configuration, flags go before it, relative programs start at the workspace folder', async () => {
  assert.match((await sdeiDebug('run', '--launch', launchFile, '--config', 'two')).stdout, /PE 1: event 0 handled/);
  assert.doesNotMatch((await sdeiDebug('run', '--launch', launchFile, '--config', 'two', '--cpus', '1')).stdout, /PE 1: event 0 handled/);
  assert.match(
    (await sdeiDebug('run', '--launch', launchFile, '--config', 'near')).stderr,
    new RegExp(`Cannot read "program": "${folder}/near.elf"`),
  );
});

const refused: readonly [string, readonly string[], RegExp][] = [
  ['no command', [], /^sdei-debug: Which command\? There are run, conform, /],
  ['an unknown command', ['rum'], /^sdei-debug: Unknown command "rum"\. Did you mean "run"\?$/],
  ['no guest', ['run'], /^sdei-debug: Which guest\?/],
  ['two guests', ['run', 'a.elf', 'b.elf'], /One guest at a time/],
  [
    'a missing file',
    ['run', 'missing.elf'],
    /^sdei-debug: Cannot read "program": "missing\.elf"\. There is no such file\. Set "program" to the path of an existing file\.$/,
  ],
  ['no ELF', ['run', path.join(root, 'test/guests/first-event.c')], /not an ELF/],
  ['an unknown option', ['run', guest('first-event'), '--memry', '1M'], /Unknown option "--memry" of run\. Did you mean "--memory"\?$/],
  ['an option without its value', ['run', guest('first-event'), '--memory'], /Option "--memory" needs a value/],
  ['a value nobody asked for', ['run', guest('first-event'), '--json=1'], /Option "--json" takes no value/],
  ['a wrong value', ['run', guest('first-event'), '--cpus', 'many'], /Launch key "cpus" is "many", expected a whole number from 1 to 8\.$/],
  [
    'a wrong budget',
    ['run', guest('first-event'), '--max-instructions', '-1'],
    /Option "--max-instructions" is "-1", expected a whole number from 0/,
  ],
  ["a key for an editor's session", ['run', guest('first-event'), '--gdb-server', '1234'], /--gdb-server/],
  [
    'a wrong injection',
    ['run', guest('first-event'), '--inject', 'zero@main'],
    /Injection "zero@main" cannot be used: it has not the form/,
  ],
  ['an unknown event', ['run', guest('first-event'), '--inject', '5@main'], /the machine has no event 5 \(it has 0, 804, 805, 806, 807\)/],
  ['an unknown symbol', ['run', guest('first-event'), '--inject', '0@mian'], /there is no symbol "mian"\. Did you mean "main"\?/],
  [
    'several configurations',
    ['run', '--launch', launchFile],
    /several configurations of type "sdei"\. Choose one with --config: "two", "near"\.$/,
  ],
  [
    'an unknown configuration',
    ['run', '--launch', launchFile, '--config', 'tow'],
    /has no configuration "tow" of type "sdei"\. It has "two", "near"\.$/,
  ],
  ['a launch file that is none', ['run', '--launch', path.join(root, 'test/guests/first-event.c')], /is not JSON/],
  ['an unknown profile', ['conform', '--profile', 'x'], /Option "--profile" is "x", expected one of spec, tfa, kvm, qemu\.$/],
  ['an unknown case', ['conform', 'Z99'], /There is no conformance case or group "Z99"/],
];

for (const [title, args, message] of refused) {
  test(`${title} is one line and status 2`, async () => {
    const { status, stdout, stderr } = await sdeiDebug(...args);
    assert.deepEqual([status, stdout], [2, '']);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    assert.match(stderr.trimEnd(), message);
  });
}

test('--help goes to standard output', async () => {
  for (const args of [['--help'], ['run', '--help'], ['conform', '--help']]) {
    const { status, stdout } = await sdeiDebug(...args);
    assert.equal(status, 0);
    assert.match(stdout, /^sdei-debug /);
  }
});

test('conform reports as text and as JSON', async () => {
  assert.match((await sdeiDebug('conform', 'A')).stdout, /^SDEI conformance, profile spec, client at EL1: \d+ passed, 0 failed/);
  const { status, document } = await json('conform', 'A', '--shard', '1/2');
  assert.deepEqual([status, document.failed], [0, 0]);
});
