// All unit tests: test/**/*.test.ts in Node's own test runner. Arguments are handed on (`npm run test:unit -- --test-name-pattern=…`).
import { globSync } from 'node:fs';
import { root, run } from './process.mjs';

const files = globSync('test/**/*.test.ts', { cwd: root });
await run(process.execPath, [
  '--test',
  '--test-reporter=dot',
  '--test-reporter-destination=stdout',
  ...process.argv.slice(2),
  ...files,
]).catch(() => process.exit(1));
