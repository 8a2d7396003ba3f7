// All unit tests: test/**/*.test.ts in Node's own test runner. Arguments are handed on: paths of tests, or options (`-- --test-name-pattern=…`).
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { environment, root } from './process.mjs';

/** Code under test that loops for ever cannot be stopped by the test runner's own limit, which waits for it to yield. */
const limitMinutes = 10;

const args = process.argv.slice(2);
const named = args.some((arg) => !arg.startsWith('-'));
const files = named ? [] : globSync('test/**/*.test.ts', { cwd: root }).sort();
if (!named && files.length === 0) throw new Error('There are no files test/**/*.test.ts.');

const runner = ['--test', '--test-timeout=180000', '--test-reporter=./scripts/reporter.mjs', '--test-reporter-destination=stdout'];
const child = spawn(process.execPath, [...runner, ...args, ...files], {
  cwd: root,
  env: environment,
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: true,
});
const kill = () => process.kill(-child.pid, 'SIGKILL');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (kill(), process.exit(130)));
const limit = setTimeout(() => {
  console.error(`\nThe unit tests did not end within ${limitMinutes} minutes: one of the files not listed above hangs.\n`);
  kill();
}, limitMinutes * 60_000);
child.once('exit', (code) => {
  clearTimeout(limit);
  process.exit(code ?? 1);
});
