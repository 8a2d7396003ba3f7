// All unit tests: test/**/*.test.ts in Node's own test runner. Arguments are handed on: paths of tests, or options (`-- --test-name-pattern=…`).
import { globSync } from 'node:fs';
import { root, run } from './process.mjs';

const args = process.argv.slice(2);
const named = args.some((arg) => !arg.startsWith('-'));
const files = named ? [] : globSync('test/**/*.test.ts', { cwd: root }).sort();
if (!named && files.length === 0) throw new Error('There are no files test/**/*.test.ts.');
await run(process.execPath, [
  '--test',
  '--test-reporter=./scripts/reporter.mjs',
  '--test-reporter-destination=stdout',
  ...args,
  ...files,
]).catch(() => process.exit(1));
