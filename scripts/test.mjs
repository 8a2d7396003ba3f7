// `npm test`: everything that must hold. Goes on after a failing part, so that one run shows all that is wrong.
import { run } from './process.mjs';

const npm = (script) => () => run('npm', ['run', '--silent', script]);
const parts = [
  ['build', npm('build')],
  ['types, lint, format', npm('check')],
  ['unit tests', npm('test:unit')],
  ['extension in a real VS Code', npm('test:extension')],
  ['user interface in a real VS Code', npm('test:ui')],
];

const results = [];
for (const [name, part] of parts) {
  console.log(`\n── ${name} ──`);
  const start = Date.now();
  const problem = await part().then(
    () => undefined,
    (error) => error.message,
  );
  results.push({ name, problem, seconds: (Date.now() - start) / 1000 });
}
console.log('\n── summary ──');
for (const { name, problem, seconds } of results)
  console.log(`${problem === undefined ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)`);
const failed = results.filter(({ problem }) => problem !== undefined).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
