// `npm start` and `npm test` on a machine that has Node 20 and npm and nothing else: installs what is missing, then goes on under the project's own Node.
// usage: node scripts/run.mjs start|test [arguments]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const ownNode = path.join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
const [task, ...rest] = process.argv.slice(2);

if (Number(process.versions.node.split('.')[0]) < 20) fail(`Node ${process.versions.node} is too old: install Node 20 or newer.`);
if (!['start', 'test'].includes(task)) fail(`Unknown task "${task}". Write "npm start" or "npm test".`);

if (!installed()) {
  console.log('Installing dependencies (npm install) …');
  // Not `npm ci`: it refuses a lock file that leaves out optional packages for other platforms, and not every registry has all of them.
  npm(['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
}
if (!works(ownNode)) {
  // Where npm does not run install scripts, the package `node` is there without its binary.
  console.log('Fetching Node 24 (install script of the npm package "node") …');
  spawnSync(process.execPath, ['installArchSpecificPackage.js'], {
    cwd: path.join(root, 'node_modules/node'),
    stdio: 'inherit',
    env: withoutProject(),
  });
}
const node = works(ownNode) ? ownNode : process.execPath;
if (Number(version(node).split('.')[0]) < 24) fail('The npm package "node" brought no Node 24. Install Node 24 or newer and try again.');

const child = spawn(node, [path.join(root, `scripts/${task}.mjs`), ...rest], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: [path.join(root, 'node_modules/.bin'), process.env.PATH].join(path.delimiter) },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => process.exit(code ?? 1));

/** Whether node_modules holds every package of the lock file in the locked version. */
function installed() {
  const packages = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages;
  if (!existsSync(path.join(root, 'node_modules/.package-lock.json'))) return false;
  const present = packages('node_modules/.package-lock.json');
  return Object.entries(packages('package-lock.json')).every(
    ([place, { version: wanted, optional }]) => place === '' || optional || present[place]?.version === wanted,
  );
}

function npm(args) {
  const done = spawnSync('npm', args, { cwd: root, stdio: 'inherit', env: withoutProject(), shell: process.platform === 'win32' });
  if (done.error) fail(`Cannot start npm: ${done.error.message}`);
  if (done.status !== 0) fail(`npm ${args[0]} failed. Its message is above.`);
}

/** The environment without node_modules/.bin, whose `node` is about to be replaced. */
function withoutProject() {
  const directories = (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((directory) => !directory.startsWith(path.join(root, 'node_modules')));
  return { ...process.env, PATH: directories.join(path.delimiter) };
}

function version(program) {
  return String(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '')
    .trim()
    .replace(/^v/, '');
}

function works(program) {
  return existsSync(program) && version(program) !== '';
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
