// `npm start`: builds and packs the extension, installs it into a profile of its own, and opens VS Code on the samples: the desktop's `code` where there
// is one and a display, else a workbench in the browser.
// usage: npm start [-- --browser] [-- --port=8137]
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { packageExtension } from './package.mjs';
import { answers, environment, root, run } from './process.mjs';
import { createSample } from './sample.mjs';
import { startServer, workbenchAddress } from './workbench.mjs';

const options = readOptions();
const home = path.join(root, 'build/start');
const workspace = path.join(home, 'samples');

try {
  await run('npm', ['run', '--silent', 'build']);
  const vsix = await packageExtension();
  if (!existsSync(workspace)) createSample(workspace);
  if (!options.browser && (await hasDesktop())) await openDesktop(vsix);
  else await serve(vsix);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

function readOptions() {
  try {
    return parseArgs({
      options: { browser: { type: 'boolean', default: false }, port: { type: 'string', default: process.env.PORT ?? '8137' } },
    }).values;
  } catch (error) {
    console.error(`${error.message}\nusage: npm start [-- --browser] [-- --port=8137]`);
    return process.exit(2);
  }
}

/** A `code` on a display; not the one inside a VS Code terminal, which belongs to the window around it. */
async function hasDesktop() {
  const display = process.platform === 'linux' ? process.env.DISPLAY || process.env.WAYLAND_DISPLAY : true;
  const isRoot = process.getuid?.() === 0;
  return Boolean(display) && !isRoot && process.env.VSCODE_IPC_HOOK_CLI === undefined && (await answers('code'));
}

async function openDesktop(vsix) {
  const profile = ['--user-data-dir', path.join(home, 'desktop'), '--extensions-dir', path.join(home, 'desktop-extensions')];
  await run('code', [...profile, '--install-extension', vsix, '--force'], { quiet: true });
  console.log(`Opening VS Code on ${workspace}: press F5 there.`);
  const code = spawn(
    'code',
    [...profile, '--disable-workspace-trust', '--new-window', '--wait', workspace, '--goto', path.join(workspace, 'first-event.c')],
    {
      stdio: 'inherit',
      env: environment,
    },
  );
  code.once('exit', (status) => process.exit(status ?? 1));
}

async function serve(vsix) {
  // Without a token any program or page on this machine that finds the port would get a shell.
  const token = randomBytes(16).toString('hex');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(0));
  const start = (port) => startServer({ profile: path.join(home, 'profile'), vsix, token, port });
  const server = await start(Number(options.port)).catch((error) => {
    if (!/EADDRINUSE/.test(error.message)) throw error;
    return start(0);
  });
  console.log(
    `\nOpen ${workbenchAddress(server.port, workspace, { token })}\nThen open first-event.c, set a breakpoint in on_event (F9), and press F5. Ctrl+C ends.`,
  );
  process.exit((await server.ended) ?? 1);
}
