/**
 * The README and CONTRIBUTING keep their word: every command in an `sh` block is executed here or named with what executes it, and the block after it
 * is its output. UPDATE_DOCS=1 rewrites generated parts and outputs; the diff is the review.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { parseLaunchArguments } from '../debug-adapter/launch-arguments.ts';
import { type LaunchKey, launchKeys } from '../debug-adapter/launch-keys.ts';
import { features } from '../emulator/system/features.ts';
import { type Block, blocksOf, generatedPart, readText, root, withBlock, withGeneratedPart } from './support/documents.ts';

const update = process.env.UPDATE_DOCS !== undefined;
const advice = 'Mend it, or run the test once with UPDATE_DOCS=1 and look at the diff.';

/** Commands that a test cannot run inside itself: the file of `npm test` that executes the same thing, and how one sees it there. */
const elsewhere: Readonly<Record<string, { readonly file: string; readonly shows: RegExp }>> = {
  'npm start': { file: 'scripts/test-ui.mjs', shows: /spawn\('npm', \['start', / },
  'npm test': { file: '.ci/run', shows: /^npm test$/m },
  'npm run build': { file: 'scripts/test.mjs', shows: /script: 'build'/ },
  'npm run check': { file: 'scripts/test.mjs', shows: /script: 'check'/ },
  'npm run test:unit': { file: 'scripts/test.mjs', shows: /script: 'test:unit'/ },
  'npm run test:extension': { file: 'scripts/test.mjs', shows: /script: 'test:extension'/ },
  'npm run test:ui': { file: 'scripts/test.mjs', shows: /script: 'test:ui'/ },
  'npm run package': { file: 'scripts/test-ui.mjs', shows: /await packageExtension\(\)/ },
};

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command as a shell does that has the project's own Node first; a server is ended when it listens. */
function execute(command: string): Promise<Outcome> {
  const isServer = command.includes('--server=');
  const wanted = command.replace(/--server=\d+/, '--server=0');
  const PATH = [path.dirname(process.execPath), path.join(root, 'node_modules/.bin'), process.env.PATH].join(path.delimiter);
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const child = spawn('sh', ['-c', isServer ? `exec ${wanted}` : wanted], {
    cwd: root,
    env: { ...environment, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => {
    stderr += data;
    if (isServer && /listening on/.test(stderr)) child.kill();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: isServer ? 0 : status, stdout, stderr }));
  });
}

/** What a reader sees, for comparison: a server's port is the one asked for. */
function shown({ stdout, stderr }: Outcome, command: string): string {
  const port = /--server=(\d+)/.exec(command)?.[1];
  return (stdout + (port === undefined ? '' : stderr.replace(/:\d+$/m, `:${port}`))).trimEnd();
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** `…` in an expected output stands for anything; a line of its own, for any lines. */
function matches(expected: string, actual: string): boolean {
  const pattern = expected
    .split('\n')
    .map((line) => (line.trim() === '…' ? '[\\s\\S]*' : line.split('…').map(escaped).join('.*')))
    .join('\n');
  return new RegExp(`^${pattern}$`).test(actual);
}

/** Numbers that differ from run to run. */
const volatile = new Set(['seconds', 'instructionsPerSecond']);

function withoutVolatile(text: string): unknown {
  return JSON.parse(text, (key, value: unknown) => (volatile.has(key) ? typeof value : value));
}

const commandsOf = (block: Block): string[] =>
  block.text
    .replaceAll('\\\n', '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));

/** Runs the commands of a document, and compares what they print with the block that follows. */
function checkCommands(file: string): void {
  const blocks = blocksOf(readText(file));
  for (const [index, block] of blocks.entries()) {
    if (block.language !== 'sh') continue;
    const commands = commandsOf(block);
    const next = blocks[index + 1];
    const expected = next?.follows && (next.language === 'text' || next.language === 'json') ? next : undefined;
    it(`${file}:${block.line} ${commands.join('; ')}`, async () => {
      let output = '';
      for (const command of commands) {
        const other = Object.hasOwn(elsewhere, command) ? elsewhere[command] : undefined;
        if (other !== undefined) {
          assert.match(readText(other.file), other.shows, `${other.file} does not execute "${command}" any more`);
          output = '';
          continue;
        }
        assert.match(command, /^(node|npm run) /, `nothing executes "${command}"; add what does to "elsewhere"`);
        const program = /\bdist\/[\w.-]+/.exec(command)?.[0];
        assert.ok(program === undefined || existsSync(path.join(root, program)), `${program} is not there: "npm run build" makes it`);
        const outcome = await execute(command);
        assert.equal(outcome.status, 0, `${command}\n${outcome.stdout}${outcome.stderr}`);
        output = shown(outcome, command);
      }
      if (expected === undefined) return;
      const holds =
        expected.language === 'json' ? expected.text !== '' && sameDocument(expected.text, output) : matches(expected.text, output);
      if (!holds && update && !expected.text.includes('…')) {
        const text = readText(file);
        const now = blocksOf(text)[index + 1];
        const inside = expected.language === 'json' ? JSON.stringify(JSON.parse(output), null, 2) : output;
        writeFileSync(path.join(root, file), withBlock(text, now, inside));
        return;
      }
      assert.ok(holds, `${file}:${expected.line} shows\n${expected.text}\nbut "${commands.at(-1)}" prints\n${output}\n${advice}`);
    });
  }
}

function sameDocument(expected: string, actual: string): boolean {
  assert.deepEqual(withoutVolatile(actual), withoutVolatile(expected));
  return true;
}

describe('commands of the README', () => checkCommands('README.md'));
describe('commands of CONTRIBUTING', () => checkCommands('CONTRIBUTING.md'));

describe('the comparison', () => {
  const cases: [string, string, boolean][] = [
    ['a\nb', 'a\nb', true],
    ['a\nb', 'a\nc', false],
    ['a … c', 'a b c', true],
    ['a … c', 'a\nc', false],
    ['a\n…', 'a\nb\nc', true],
    ['a.', 'ab', false],
  ];
  for (const [expected, actual, holds] of cases)
    it(JSON.stringify([expected, actual]), () => assert.equal(matches(expected, actual), holds));
  it('finds a command that nothing executes', () => assert.ok(!Object.hasOwn(elsewhere, 'npm run everything')));
});

// Generated parts

const cell = (text: string) => text.replaceAll('|', '\\|');

/** `sdei.events[].number` for a key of a list's objects. */
function* rowsOf(keys: readonly LaunchKey[], prefix = ''): Generator<[string, LaunchKey]> {
  for (const key of keys) {
    yield [prefix + key.name, key];
    if (key.keys !== undefined) yield* rowsOf(key.keys, `${prefix}${key.name}${key.type === 'array' ? '[]' : ''}.`);
  }
}

function valuesOf(key: LaunchKey): string {
  if (key.values !== undefined) return key.values.map((value) => `\`"${value}"\``).join(', ');
  if (key.type === 'boolean') return '`true`, `false`';
  if (key.minimum !== undefined) return `${key.minimum} to ${key.maximum}`;
  const words = { string: 'text', integer: 'number', object: 'object', array: 'list', boolean: '`true`, `false`' };
  return key.also === undefined ? words[key.type] : `${words[key.type]} or ${words[key.also]}`;
}

function defaultOf(key: LaunchKey): string {
  const value = key.default;
  if (value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0) || key.keys !== undefined)
    return '';
  return `\`${JSON.stringify(value)}\``;
}

const launchKeyTable = () =>
  [
    '| Key | Values | Default | |',
    '|---|---|---|---|',
    ...[...rowsOf(launchKeys)].map(
      ([name, key]) => `| \`${name}\` | ${cell(valuesOf(key))} | ${defaultOf(key)} | ${cell(key.description)} |`,
    ),
  ].join('\n');

/** The table at the head of the file that implements the names. */
function expressionNameTable(): string {
  const [head] = /\/\*\*[\s\S]*?\*\//.exec(readText('debug-adapter/evaluate/sdei-cells.ts')) ?? [''];
  const rows = [...head.matchAll(/^ \* (\|.*\|)$/gm)].map(([, row]) => row);
  assert.ok(rows.length > 5, 'debug-adapter/evaluate/sdei-cells.ts has no table of names at its head');
  return rows.join('\n');
}

const generatedParts: readonly { name: string; file: string; make: () => string }[] = [
  { name: 'launch keys', file: 'README.md', make: launchKeyTable },
  { name: 'expression names', file: 'README.md', make: expressionNameTable },
];

describe('generated parts', () => {
  for (const { name, file, make } of generatedParts) {
    it(`${file}: ${name}`, () => {
      const text = readText(file);
      const wanted = make();
      if (update) writeFileSync(path.join(root, file), withGeneratedPart(text, name, wanted));
      else assert.equal(generatedPart(text, name), wanted, advice);
    });
  }
});

describe('what the README says', () => {
  const readme = readText('README.md');
  it('launch configurations that it shows are accepted', () => {
    const examples = blocksOf(readme).filter(({ language, text }) => language === 'json' && text.includes('"configurations"'));
    assert.equal(examples.length, 1);
    for (const configuration of JSON.parse(examples[0].text).configurations) parseLaunchArguments(configuration);
  });
  it('every sample is named', () => {
    const samples = /const samples = \[(.*?)\]/s.exec(readText('esbuild.mjs'))?.[1].match(/[\w-]+/g) ?? [];
    assert.ok(samples.length >= 5);
    for (const sample of samples) assert.ok(readme.includes(`| \`${sample}\` |`), `README.md has no row for the sample ${sample}`);
  });
  it('half precision is listed as missing exactly while it is', () =>
    assert.equal(
      /half-precision arithmetic/.test(readme),
      !features.halfPrecision,
      '"Not there" of README.md and emulator/system/features.ts differ',
    ));
  it('the picture is there and small', () => {
    const pictures = [...readme.matchAll(/!\[([^\]]+)\]\(([^)]+)\)/g)];
    assert.ok(pictures.length > 0);
    for (const [, words, file] of pictures) {
      assert.ok(words.length > 20, 'a picture needs words for those who cannot see it');
      assert.ok(existsSync(path.join(root, file)), file);
      assert.ok(statSync(path.join(root, file)).size < 200_000, `${file} is not small`);
    }
  });
});
