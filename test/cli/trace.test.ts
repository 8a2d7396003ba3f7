import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { loadRecordedGuest } from '../../debug-adapter/cli/recorded-guest.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { openTrace, recordsOfTrace } from '../../debug-adapter/trace/open-trace.ts';
import { guest, json, root, sdeiDebug } from './sdei-debug.ts';

let folder = '';
const file = (name: string) => path.join(folder, `${name}.sdeitrace`);

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'sdeitrace-'));
  // Raised while its own handler runs: it waits until that has ended.
  const first = await sdeiDebug('trace', guest('first-event'), '--memory', '2M', '--inject', '0@on_event#1', '--output', file('first'));
  assert.deepEqual([first.status, /11\d{3} instructions \(system-off\)/.test(first.stderr)], [0, true]);
  assert.equal((await sdeiDebug('trace', guest('nested-critical'), '--output', file('nested'))).status, 0);
});
after(() => rm(folder, { recursive: true }));

const rows: readonly (readonly [trace: string, query: string, answer: Record<string, unknown>[]])[] = [
  [
    'first',
    'deliveries where latency>500 and interrupted.el==1',
    [
      {
        event: 0,
        pe: 0,
        priority: 'normal',
        at: 2996,
        latency: 1648,
        duration: 1652,
        ended: 'resume',
        'interrupted.pc': '0x401000f0',
        'interrupted.el': 1,
        'interrupted.function': 'signal_in_the_middle',
      },
    ],
  ],
  ['first', 'deliveries where latency > 500 and interrupted.el == 2', []],
  ['first', 'inputs', [{ at: 1348, pe: 0, kind: 'trigger', event: 0 }]],
  ['nested', 'deliveries where critical and not interrupted.function == main', [{ event: 804, 'interrupted.function': 'on_event' }]],
  ['nested', 'errors', []],
  ['nested', 'calls where SDEI_PE_UNMASK', [{ fid: '0xc400002c', call: 'SDEI_PE_UNMASK', conduit: 'hvc', function: 'smccc' }]],
  ['nested', 'console where text ~ "power off"', [{ text: '1 critical, 1 normal, depth 0, power off' }]],
];
for (const [trace, query, answer] of rows) {
  test(`${trace}: ${query}`, async () => {
    const { status, document } = await json('query', file(trace), query);
    assert.deepEqual([status, document.query, document.count], [0, query, answer.length]);
    for (const [index, row] of answer.entries())
      for (const [field, value] of Object.entries(row)) assert.deepEqual(document.rows[index][field], value, field);
  });
}

test('the answer as JSON, to the letter', async () => {
  const { stdout, stderr } = await sdeiDebug('query', file('first'), 'deliveries where latency>500 and interrupted.el==1', '--json');
  const golden = path.join(import.meta.dirname, 'query-deliveries.golden.json');
  if (process.env.UPDATE_TRANSCRIPTS !== undefined) await writeFile(golden, stdout);
  assert.deepEqual([stdout, stderr], [await readFile(golden, 'utf8'), '']);
});

test('without --json: a table', async () => {
  const { stdout } = await sdeiDebug('query', file('nested'), 'deliveries where event == 804 or event == 806');
  assert.deepEqual(
    stdout.split('\n').map((line) => line.split(/ +/).slice(0, 3).join(' ')),
    ['event pe priority', '806 0 normal', '804 0 critical', ''],
  );
});

test('the same run gives the same file, byte for byte', async () => {
  await sdeiDebug('trace', guest('nested-critical'), '--output', file('again'));
  assert.ok((await readFile(file('again'))).equals(await readFile(file('nested'))));
});

test('a run of many deliveries is looked through without listing all of them at each stop', async () => {
  const trace = path.join(folder, 'many.sdeitrace');
  const bench = path.join(root, 'bench/sdei-events.elf');
  const { status } = await sdeiDebug('trace', bench, '--memory', '16M', '--max-instructions', '20000', '--output', trace);
  assert.equal(status, 0);
  const { given, host, trace: opened } = await openTrace(trace, nodeHost);
  const { target, images } = await loadRecordedGuest(given, { say: () => {}, atEnd: () => {} }, host, opened);
  let handedOut = 0;
  const latest = target.sdei.latestDeliveries;
  const all = () => assert.fail('all deliveries are listed');
  Object.defineProperty(target.sdei, 'deliveries', { get: all });
  Object.defineProperty(target.sdei, 'latestDeliveries', {
    value(most: number) {
      const found = latest(most);
      handedOut += found.length;
      return found;
    },
  });
  const { deliveries } = await recordsOfTrace(target, images, opened);
  assert.ok(deliveries.length > 100);
  assert.ok(deliveries.slice(0, -2).every(({ ended }) => ended !== undefined));
  assert.ok(handedOut < 4 * deliveries.length, `${handedOut} for ${deliveries.length}`);
});

test('where nothing can be written is told before the run', async () => {
  const program = guest('spin');
  for (const [output, message] of [
    [folder, 'it is a folder. Give the path of a file.'],
    [path.join(folder, 'no', 'x.sdeitrace'), `there is no folder "${path.join(folder, 'no')}". Make it, or give another path.`],
  ]) {
    const { status, stderr } = await sdeiDebug('trace', program, '--output', output);
    assert.deepEqual([status, stderr], [2, `sdei-debug: Cannot write "${output}" (--output): ${message}\n`]);
  }
});

test('diff: nothing between two runs of a guest, and what an event does', async () => {
  const [nested, first] = [file('nested'), file('first')];
  assert.deepEqual(await sdeiDebug('diff', nested, nested), { status: 0, stdout: `--- ${nested}\n+++ ${nested}\n`, stderr: '' });
  const plain = file('plain');
  await sdeiDebug('trace', guest('first-event'), '--memory', '2M', '--output', plain);
  const { status, document } = await json('diff', plain, first);
  assert.equal(status, 1);
  assert.deepEqual(
    document.differences.map(({ section }: { section: string }) => section).filter((section: string) => section !== 'Registers'),
    ['End', 'Deliveries', 'SDEI', 'Console'],
  );
  const [, deliveries] = document.differences;
  assert.equal(deliveries.one.length + 1, deliveries.other.length);
  assert.match((await sdeiDebug('diff', plain, `${first}#masked`)).stderr, /has no branch "masked"\. It has none\./);
});

const mistakes: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [['query', 'nested'], /What of which trace\?/],
  [['query', 'NESTED', 'deliverys'], /there is no table "deliverys"\. Did you mean "deliveries"\?/],
  [['query', 'NESTED', 'deliveries where colour == 3'], /deliveries have no field "colour"\. There are: event, pe, /],
  [['query', 'NESTED', 'deliveries where latencey > 500'], /deliveries have no field "latencey"\. Did you mean "latency"\?/],
  [
    ['query', 'NESTED', 'deliveries where latency > 1 and interupted.el == 1'],
    /no field "interupted\.el"\. Did you mean "interrupted\.el"\?/,
  ],
  [['query', 'NESTED', 'calls where Conduit == hvc'], /calls have no field "Conduit"\. Did you mean "conduit"\?/],
  [['query', 'NESTED', 'deliveries where latency =>'], /the condition is not understood\. Compare event, pe, /],
  [
    ['query', 'NESTED', 'deliveries were pe == 0'],
    /"were pe == 0" behind the table is not understood\. Write "deliveries where CONDITION"\./,
  ],
  [['query', 'NESTED', ''], /there is no table ""\. There are: deliveries, calls, errors, console, inputs\./],
  [['query', '/no/such.sdeitrace', 'deliveries'], /Cannot read "trace"/],
  [['diff', 'NESTED'], /Which two\?/],
  [['trace', 'GUEST'], /Where to\? Give --output FILE\.sdeitrace\./],
  [['trace', '--output', 'x'], /Which guest\?/],
];
for (const [args, message] of mistakes) {
  test(`sdei-debug ${args.join(' ')}`, async () => {
    const words = args.map((word) => (word === 'NESTED' ? file('nested') : word === 'GUEST' ? guest('spin') : word));
    const { status, stderr } = await sdeiDebug(...words);
    assert.equal(status, 2);
    assert.match(stderr, message);
  });
}
