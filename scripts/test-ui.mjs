// The scenarios of test/e2e/ui.ts with the packed extension in a real workbench. Screenshots go to build/screenshots/.
// usage: node scripts/test-ui.mjs [words of a scenario's title]
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scenarios } from '../test/e2e/ui.ts';
import { packageExtension } from './package.mjs';
import { environment, root } from './process.mjs';
import { createSample } from './sample.mjs';
import { openPage, startServer, workbenchAddress } from './workbench.mjs';
import { serveWorkerPage } from './worker-page.mjs';

const screenshots = path.join(root, 'build/screenshots');
const folders = Object.fromEntries(['samples', 'program', 'empty'].map((name) => [name, path.join(root, 'build/ui', name)]));
mkdirSync(screenshots, { recursive: true });
createSample(folders.samples);
for (const name of ['program', 'empty']) {
  rmSync(folders[name], { recursive: true, force: true });
  mkdirSync(folders[name], { recursive: true });
}
for (const name of ['first-event.c', 'first-event.elf', 'common'])
  cpSync(path.join(folders.samples, name), path.join(folders.program, name), { recursive: true });

const vsix = await packageExtension();
const server = await startServer({ vsix });
let passed = 0;
let failed = 0;
for (const [title, play] of Object.entries(scenarios)) {
  if (!title.includes(process.argv[2] ?? '')) continue;
  const start = Date.now();
  const ends = [];
  let page;
  const stage = {
    async open(workspace) {
      const address = await addressOf(workspace, ends);
      const opened = await openPage();
      ends.push(opened.close);
      page = opened.page;
      await page.goto(address);
      return page;
    },
    folder: (workspace) => folders[workspace],
    screenshot: (of, name) => of.screenshot({ path: path.join(screenshots, `${name}.png`) }),
  };
  try {
    await play(stage);
    passed++;
    console.log(`✔ ${title} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    const file = path.join(screenshots, `failed-${failed}.png`);
    await page?.screenshot({ path: file }).catch(() => {});
    console.error(`✖ ${title}\n${error.stack ?? error}\n  screenshot: ${path.relative(root, file)}`);
  }
  for (const end of ends.reverse()) await end();
}
await server.stop();
mkdirSync(path.join(root, 'build/test-results'), { recursive: true });
writeFileSync(path.join(root, 'build/test-results/ui.json'), JSON.stringify({ passed, failed }));
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function addressOf(workspace, ends) {
  if (workspace === 'start') return npmStart(ends);
  if (workspace === 'worker') {
    const { address, stop } = await serveWorkerPage();
    ends.push(stop);
    return address;
  }
  if (workspace !== 'web') return workbenchAddress(server.port, folders[workspace]);
  const webServer = await startServer({
    vsix,
    settings: { 'remote.extensionKind': { 'sdei-guest-debugger.sdei-guest-debugger': ['web'] } },
  });
  ends.push(webServer.stop);
  return workbenchAddress(webServer.port, folders.samples);
}

/** @returns the address that `npm start` prints */
function npmStart(ends) {
  const child = spawn('npm', ['start', '--', '--browser', '--port=0'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  ends.push(async () => {
    process.kill(-child.pid, 'SIGINT');
    await exited;
  });
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
      const found = /Open (http:\S+)/.exec(output);
      if (found) resolve(found[1]);
    });
    exited.then((code) => reject(new Error(`npm start ended with exit code ${code}:\n${output}`)));
  });
}
