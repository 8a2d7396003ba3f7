// Fetches the VS Code server and workbench that the npm package `code-server` carries into `.vscode-server/<version>`: a real VS Code in a browser,
// for `npm start` and for the tests that need a workbench. Nothing is compiled and no install script is run.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run } from './process.mjs';

const version = '4.139.1';
const integrity = 'sha512-fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==';

/** Built-in extensions that stay: themes and icons, and what the sample's files need. */
const keptExtensions = new Set(['theme-defaults', 'theme-seti', 'json', 'cpp', 'configuration-editing', 'git-base', 'emmet']);

/** Big or native, and nothing that a debugger needs. */
const droppedDependencies = [
  '@github/copilot-sdk',
  '@microsoft/mxc-sdk',
  '@devcontainers/cli',
  '@vscode/copilot-api',
  '@vscode/sqlite3',
  '@vscode/sandbox-runtime',
  '@vscode/fs-copyfile',
  'ssh2',
  'kerberos',
];

const recipe = createHash('sha256')
  .update(JSON.stringify([version, integrity, [...keptExtensions], droppedDependencies]))
  .digest('hex')
  .slice(0, 12);

/** @returns the folder of the server; `out/server-main.js` inside is what to start */
export async function getVscode() {
  const destination = process.env.VSCODE_SERVER_DIR ?? path.join(root, '.vscode-server', `${version}-${recipe}`);
  if (existsSync(path.join(destination, 'out/server-main.js'))) return destination;
  console.log(`Fetching the VS Code workbench (npm package code-server ${version}, 47 MB, once) …`);
  const work = `${destination}.${process.pid}`;
  const unpacked = path.join(work, 'vscode');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(unpacked, { recursive: true });
  try {
    const answer = JSON.parse(
      await run('npm', ['pack', `code-server@${version}`, '--json', '--loglevel=error'], { cwd: work, quiet: true }),
    );
    const [packed] = Array.isArray(answer) ? answer : Object.values(answer);
    const found = `sha512-${createHash('sha512')
      .update(readFileSync(path.join(work, packed.filename)))
      .digest('base64')}`;
    if (found !== integrity) throw new Error(`code-server ${version} from the registry has the hash ${found}, expected ${integrity}.`);
    await run('tar', ['xzf', packed.filename, '--strip-components=3', '-C', unpacked, 'package/lib/vscode'], { cwd: work });
    trim(unpacked);
    await run('npm', ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: unpacked,
      quiet: true,
    });
    if (!existsSync(destination)) renameSync(unpacked, destination);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return destination;
}

function trim(folder) {
  for (const name of readdirSync(path.join(folder, 'extensions'))) {
    if (!keptExtensions.has(name)) rmSync(path.join(folder, 'extensions', name), { recursive: true, force: true });
  }
  for (const name of readdirSync(path.join(folder, 'out'), { recursive: true })) {
    if (name.endsWith('.map')) rmSync(path.join(folder, 'out', name), { force: true });
  }
  const file = path.join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  for (const name of droppedDependencies) delete manifest.dependencies[name];
  writeFileSync(file, JSON.stringify(manifest, null, 2));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(await getVscode());
