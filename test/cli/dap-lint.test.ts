import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { RawClient } from '../debug-adapter/support/raw-client.ts';
import { sdeiDebug } from './sdei-debug.ts';

const recorded = 'test/dap-lint/first-event.jsonl';

function folder(context: { after(hook: () => void): void }): string {
  const made = mkdtempSync(path.join(tmpdir(), 'dap-lint-'));
  context.after(() => rmSync(made, { recursive: true }));
  return made;
}

test('a conversation without findings', async () => {
  const { status, stdout } = await sdeiDebug('dap-lint', recorded);
  assert.equal(status, 0);
  assert.match(stdout, /^test\/dap-lint\/first-event\.jsonl: \d+ messages, 0 findings\n$/);
});

test('findings have the line they are in, empty ones counted', async (context) => {
  const file = path.join(folder(context), 'slip.jsonl');
  const lines = readFileSync(recorded, 'utf8').trim().split('\n');
  writeFileSync(file, `\n${[...lines, lines[0].replace('"seq":1,', '"seq":99,')].join('\n')}\n`);
  const text = await sdeiDebug('dap-lint', recorded, file);
  assert.equal(text.status, 1);
  assert.match(text.stdout, new RegExp(`slip\\.jsonl:${lines.length + 2}: sequence: the client's seq is 99`));
  const json = await sdeiDebug('dap-lint', '--json', file);
  assert.equal(json.status, 1);
  const [{ messages, findings }] = JSON.parse(json.stdout);
  assert.equal(messages, lines.length + 1);
  assert.deepEqual(findings[0], {
    line: lines.length + 2,
    rule: 'sequence',
    problem: `the client's seq is 99, expected 14`,
  });
});

const refused: readonly (readonly [title: string, contents: string | undefined, error: RegExp])[] = [
  ['a file that is not there', undefined, /^sdei-debug: Cannot read ".*": ENOENT.*\n$/],
  ['an empty file', '\n', /^sdei-debug: ".*" has no message\. Write one per line, as debug-adapter\.js --log=FILE does\.\n$/],
  ['a line that is not JSON', '{}\n{\n', /^sdei-debug: ".*" has no JSON message in line 2 \(.*\)\. Write a message per line\.\n$/],
];
for (const [title, contents, error] of refused)
  test(`refused: ${title}`, async (context) => {
    const file = path.join(folder(context), 'file.jsonl');
    if (contents !== undefined) writeFileSync(file, contents);
    const { status, stderr } = await sdeiDebug('dap-lint', file);
    assert.equal(status, 2);
    assert.match(stderr, error);
  });

test('a file that is no conversation does not keep the others from being checked', async (context) => {
  const empty = path.join(folder(context), 'empty.jsonl');
  const slip = path.join(folder(context), 'slip.jsonl');
  writeFileSync(empty, '');
  writeFileSync(slip, '{"seq":2,"type":"event","event":"initialized"}\n');
  const files = [empty, 'nowhere.jsonl', slip, recorded];
  const text = await sdeiDebug('dap-lint', ...files);
  assert.equal(text.status, 2);
  assert.match(text.stderr, /^sdei-debug: ".*empty\.jsonl" has no message\..*\nsdei-debug: Cannot read "nowhere\.jsonl": .*\n$/);
  assert.match(text.stdout, /slip\.jsonl: 1 messages, 2 findings\n.*first-event\.jsonl: \d+ messages, 0 findings\n$/);
  const { status, stdout } = await sdeiDebug('dap-lint', '--json', ...files);
  assert.equal(status, 2);
  const all = JSON.parse(stdout) as { file: string; problem?: string; findings?: unknown[] }[];
  assert.deepEqual(
    all.map(({ file, problem, findings }) => [file, problem === undefined ? findings?.length : 'not read']),
    [[empty, 'not read'], ['nowhere.jsonl', 'not read'], [slip, 2], [recorded, 0]],
  ); // biome-ignore format: pairs
});

test('the adapter keeps all messages of both sides in a log', async (context) => {
  const file = path.join(folder(context), 'log.jsonl');
  const client = new RawClient(context, [`--log=${file}`]);
  await client.request('initialize', { adapterID: 'sdei' });
  await client.request('disconnect', {});
  const kept = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    kept.map(({ type, command }) => `${type} ${command}`),
    ['request initialize', 'response initialize', 'event undefined', 'request disconnect', 'response disconnect'],
  );
  assert.equal((await sdeiDebug('dap-lint', file)).status, 0);
});

test('a log that cannot be written is told before anything is served', async (context) => {
  const client = new RawClient(context, ['--log=/nowhere/log.jsonl']);
  assert.equal(await new Promise((resolve) => client.process.once('exit', resolve)), 2);
  assert.match(client.stderr, /cannot write the log: ENOENT.*\. Give --log a file in a folder that is there\./);
});
