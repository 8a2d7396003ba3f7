// A real VS Code workbench in a browser: the server of get-vscode.mjs with a profile of its own.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getVscode } from './get-vscode.mjs';
import { environment, run } from './process.mjs';

const quiet = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'telemetry.telemetryLevel': 'off',
  'git.enabled': false,
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
};

/**
 * Starts the server and waits until it listens.
 * @param options `profile`: folder to keep, default a new one that is deleted; `settings`: user settings; `vsix`: extension to install first;
 *   `token`: connection token, default none; `port`: default any free one; `testing`: obey the test keys of the page's address; `env`: added for the extension host
 * @returns `port`, `log()` so far, `ended` (its exit code), `stop()`
 */
export async function startServer(options = {}) {
  const folder = await getVscode();
  const profile = options.profile ?? mkdtempSync(path.join(tmpdir(), 'sdei-workbench-'));
  const settings = path.join(profile, 'data/User/settings.json');
  mkdirSync(path.dirname(settings), { recursive: true });
  if (!existsSync(settings)) writeFileSync(settings, JSON.stringify({ ...quiet, ...options.settings }, null, 2));
  const main = path.join(folder, 'out/server-main.js');
  const places = ['--server-data-dir', profile, '--extensions-dir', path.join(profile, 'extensions'), '--accept-server-license-terms'];
  if (options.vsix !== undefined)
    await run(process.execPath, [main, '--install-extension', options.vsix, '--force', ...places], { quiet: true });

  const access = options.token === undefined ? ['--without-connection-token'] : ['--connection-token', options.token];
  const server = spawn(
    process.execPath,
    [
      main,
      '--host',
      '127.0.0.1',
      '--port',
      String(options.port ?? 0),
      '--disable-telemetry',
      ...access,
      ...(options.testing ? ['--enable-smoke-test-driver'] : []),
      ...places,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: { ...environment, ...options.env } },
  );
  let log = '';
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const kill = () => {
    try {
      // The whole group: the server's extension hosts are children of its own.
      process.kill(-server.pid, 'SIGTERM');
    } catch {
      // It has ended already.
    }
  };
  process.once('exit', kill);
  const stop = async () => {
    kill();
    process.off('exit', kill);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 3000))]);
    if (options.profile === undefined) rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
  };
  const port = await new Promise((resolve, reject) => {
    const read = (data) => {
      log += data;
      const found = /Extension host agent listening on (\d+)/.exec(log);
      if (found) resolve(Number(found[1]));
      if (log.includes('EADDRINUSE')) void stop().then(() => reject(new Error(`EADDRINUSE: port ${options.port} is in use.`)));
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.once('exit', (code) => reject(new Error(`The VS Code server ended with exit code ${code}:\n${log}`)));
  });
  return { port, log: () => log, ended, stop };
}

/** The address of the workbench with `folder` opened. `payload`: pairs that VS Code's page takes in its address. */
export function workbenchAddress(port, folder, { token, payload } = {}) {
  const query = new URLSearchParams({ folder });
  if (payload !== undefined) query.set('payload', JSON.stringify(payload));
  if (token !== undefined) query.set('tkn', token);
  return `http://127.0.0.1:${port}/?${query.toString().replaceAll('%2F', '/')}`;
}

/** A file as the workbench in the browser names it. */
export const remoteUri = (port, file) => `vscode-remote://127.0.0.1:${port}${path.resolve(file)}`;

/** @returns the path of a Chromium, installed by apt where there is none and that is possible */
export async function findChromium() {
  const found = () =>
    [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/opt/google/chrome/chrome']
      .filter((file) => file !== undefined)
      .find((file) => existsSync(file));
  if (found() === undefined && process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    console.log('Installing chromium (apt-get) …');
    const apt = (...args) => run('apt-get', args, { quiet: true, env: { DEBIAN_FRONTEND: 'noninteractive' } });
    await apt('install', '-y', '--no-install-recommends', 'chromium').catch(async () => {
      await apt('update');
      await apt('install', '-y', '--no-install-recommends', 'chromium');
    });
  }
  const browser = found();
  if (browser === undefined)
    throw new Error('There is no Chromium. Install one ("apt-get install chromium" as root), or set CHROMIUM to its path.');
  return browser;
}

/** A headless page, for tests. @returns `page` and `close()` */
export async function openPage(viewport = { width: 1400, height: 1050 }) {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  const context = await browser.newContext({ viewport });
  return { page: await context.newPage(), close: () => browser.close().catch(() => {}) };
}
