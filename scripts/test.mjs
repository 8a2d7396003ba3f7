// `npm test`: everything that must hold. Goes on after a failing part, so that one run shows all that is wrong.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { root, run } from './process.mjs';

const parts = [
  { name: 'build', script: 'build' },
  { name: 'types, lint, format', script: 'check' },
  { name: 'unit tests', script: 'test:unit', results: 'unit.json' },
  { name: 'extension in a real VS Code', script: 'test:extension', results: 'extension.json' },
  { name: 'user interface', script: 'test:ui', results: 'ui.json' },
];

const folder = path.join(root, 'build/test-results');
rmSync(folder, { recursive: true, force: true });
const lines = [];
const total = { passed: 0, failed: 0 };
for (const { name, script, results } of parts) {
  console.log(`\n── ${name} ──`);
  const start = Date.now();
  const problem = await run('npm', ['run', '--silent', script]).then(
    () => undefined,
    (error) => error,
  );
  const counts = countsOf(results, problem);
  total.passed += counts.passed;
  total.failed += counts.failed;
  lines.push(
    `${problem === undefined ? 'ok    ' : 'FAILED'} ${name}: ${counts.passed} passed, ${counts.failed} failed (${((Date.now() - start) / 1000).toFixed(1)} s)`,
  );
}
console.log(`\n── summary ──\n${lines.join('\n')}\n\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** What a part counted itself; a part without tests, or one that broke before it could count, is one test. */
function countsOf(results, problem) {
  const file = path.join(folder, results ?? 'none');
  const counts = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { passed: problem === undefined ? 1 : 0, failed: 0 };
  return problem !== undefined && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}
