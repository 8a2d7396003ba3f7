// The suites test/e2e/*.suite.ts inside the extension host of a real VS Code. VSCODE_PATH names a desktop `code`; without it code.mjs stands in.
import { globSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { root } from './process.mjs';
import { createSample } from './sample.mjs';

const folder = path.join(root, 'build/e2e');
const workspace = path.join(folder, 'workspace');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
createSample(workspace);

const suites = globSync('test/e2e/*.suite.ts', { cwd: root }).sort();
const entry = `
import { runSuites } from './test/e2e/support/run-suites.ts';
export const run = () => runSuites([${suites.map((file) => `() => import('./${file}')`).join(', ')}]);`;
await build({
  stdin: { contents: entry, resolveDir: root, loader: 'ts' },
  outfile: path.join(folder, 'suites.cjs'),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: 'inline',
  external: ['vscode', 'mocha'],
  logLevel: 'warning',
});
try {
  await runTests({
    vscodeExecutablePath: process.env.VSCODE_PATH ?? path.join(root, 'scripts/code.mjs'),
    extensionDevelopmentPath: root,
    extensionTestsPath: path.join(folder, 'suites.cjs'),
    launchArgs: [workspace],
  });
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
}
