import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { junitFromReport } from '../../debug-adapter/cli/junit.ts';
import { guest, json, sdeiDebug } from './sdei-debug.ts';

test('conform --json lists every case with its result and sources', async () => {
  const { status, document } = await json('conform', '--profile', 'tfa');
  assert.equal(status, 0);
  assert.equal(document.cases.length, document.passed + document.failed + document.notApplicable);
  assert.ok(document.passed > 500 && document.seconds > 0);
  assert.deepEqual(document.cases[0], { id: 'A01', title: 'version word', result: 'passed', sources: document.cases[0].sources });
});

test('conform --client EL2 is about a client at EL2, and the report says what its cases looked at', async () => {
  const { status, document } = await json('conform', '--client', 'EL2');
  assert.equal(status, 0);
  assert.equal(document.client, 'EL2');
  assert.equal(document.inMachine + document.atDispatcher, document.passed);
  assert.ok(document.inMachine > 1000 && document.atDispatcher < 20);
  assert.ok(document.cases.some(({ id, result }: { id: string; result: string }) => id === 'V01' && result === 'passed'));
  assert.equal(document.coverage.covered, document.coverage.total);
  const { stdout } = await sdeiDebug('conform', 'A');
  assert.match(stdout, /^SDEI conformance, profile spec, client at EL1: 12 passed, 0 failed\n/);
  assert.match(stdout, /\n12 in the machine, by HVC at EL1; 0 at the dispatcher alone\n/);
  assert.match(stdout, /\nCalls × states × classes of arguments: \d+ of \d+\n {2}SDEI_VERSION +\d of 4/);
});

test('shards together are the whole', async () => {
  const ids: string[] = [];
  for (const shard of ['1/3', '2/3', '3/3']) {
    const { document } = await json('conform', '--shard', shard);
    ids.push(...document.cases.map(({ id }: { id: string }) => id));
  }
  const whole = (await json('conform')).document.cases.map(({ id }: { id: string }) => id);
  assert.deepEqual(ids.toSorted(), whole.toSorted());
});

test('conform --junit writes a suite per group', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sdei-junit-'));
  try {
    const file = join(folder, 'conformance.xml');
    const { status } = await sdeiDebug('conform', 'A', 'J', '--profile', 'kvm', '--junit', file);
    assert.equal(status, 0);
    const text = readFileSync(file, 'utf8');
    assert.match(
      text,
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites name="SDEI conformance, profile kvm, client at EL1" tests="38" failures="0" skipped="20"/,
    );
    assert.equal(text.match(/<testsuite /g)?.length, 2);
    assert.equal(text.match(/<testcase /g)?.length, 38);
    assert.equal(text.match(/<skipped /g)?.length, 20);
    const other = await sdeiDebug('conform', 'A', '--junit', join(folder, 'no', 'such'));
    assert.equal(other.status, 2);
    assert.match(other.stderr, /Cannot write ".*" \(--junit\)/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a failure in JUnit tells the step, and markup is text', () => {
  const failure = { id: 'A01', title: 'a < b', steps: 'VER()=1', step: 'VER()=1', expected: '1', actual: '"2"', sources: 'own & other' };
  const xml = junitFromReport(
    {
      profile: 'spec',
      client: 'EL1',
      passed: 0,
      failed: 1,
      notApplicable: 0,
      groups: [{ id: 'A', title: 'Group', passed: 0, failed: 1, notApplicable: 0 }],
      failures: [failure],
      cases: [{ id: 'A01', title: 'a < b', result: 'failed', sources: 'own & other', failure }],
      inMachine: 1,
      atDispatcher: 0,
      coverage: { covered: 0, total: 0, calls: [] },
    },
    1,
  );
  assert.match(
    xml,
    /name="A01 a &lt; b"><failure message="VER\(\)=1 gave &quot;2&quot;, expected 1">VER\(\)=1\nSources: own &amp; other<\/failure>/,
  );
});

test('a guest that does the same everywhere', async () => {
  const { status, stdout } = await sdeiDebug('conform', '--guest', guest('two-pes'), '--cpus', '2', '--memory', '2M');
  assert.equal(status, 0);
  assert.match(
    stdout,
    /^The guest does the same under every dispatcher\.\n {2}spec +\d+ calls and events, ended with system-off\n {2}tfa .*: as in spec\n/,
  );
});

test('a guest that prints the version differs in what it prints', async () => {
  const { status, document } = await json('conform', '--guest', guest('first-event'), '--memory', '2M');
  assert.equal(status, 1);
  assert.deepEqual(
    document.profiles.map(({ profile, difference }: { profile: string; difference?: object }) => [profile, difference]),
    [
      ['spec', undefined],
      ['tfa', undefined],
      ['kvm', { what: 'console', spec: 'SDEI 1.0', here: 'SDEI 1.1' }],
      ['qemu', undefined],
    ],
  );
});

const wrong: readonly [args: readonly string[], message: RegExp][] = [
  [['--cpus', '2'], /Option "--cpus" is about a guest. Give one with --guest GUEST.elf/],
  [['--guest', 'x.elf', '--profile', 'tfa'], /Option "--guest" runs the guest under every profile: leave out "profile"/],
  [['--guest', 'no-such.elf'], /Cannot read "program": "no-such.elf"/],
  [['--client', 'EL3'], /Option "--client" is "EL3", expected EL1 or EL2/],
  [['--shard', '4/3'], /There is no shard 4\/3/],
];
for (const [args, message] of wrong) {
  test(`conform ${args.join(' ')}: status 2`, async () => {
    const { status, stderr } = await sdeiDebug('conform', ...args);
    assert.equal(status, 2);
    assert.match(stderr, message);
  });
}
