#!/usr/bin/env node
// Stands in for the desktop's `code` executable where there is none: runs an extension's tests in the workbench of get-vscode.mjs.
// usage: code.mjs FOLDER --extensionDevelopmentPath=DIR --extensionTestsPath=FILE     exit code = result
import path from 'node:path';
import { format } from 'node:util';
import { openPage, remoteUri, startServer, workbenchAddress } from './workbench.mjs';

const timeLimit = 240_000;
const args = process.argv.slice(2);
const flag = (name) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const folder = path.resolve(args.find((arg) => !arg.startsWith('-')) ?? '.');
const verbose = process.env.SDEI_TEST_VERBOSE !== undefined;
/** What the workbench says in every run here, whatever the extension does. */
const noise =
  /bindings file|watchdog|Creating a socket|connection token|ENOTFOUND|ECONNREFUSED|EAI_AGAIN|Service Worker|^Updating additional|ChatSession|AgentHost|AccountPolicy|reconnection-grace|Canceled|marketplace|open-vsx|static\/extensions\/|authentication provider|DefaultAccount|chat-stt|DialogService|Model is disposed|^%c/i;

const server = await startServer({ testing: true, settings: JSON.parse(process.env.SDEI_TEST_SETTINGS ?? '{}') });
const { page, close } = await openPage();
const stop = async (code) => {
  await close();
  await server.stop();
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(130));
page.on('crash', () => stop(1));
if (verbose) page.on('console', (message) => console.error('[page]', message.text().slice(0, 300)));
await page.exposeFunction('codeAutomationLog', (_type, values) => {
  const text = format(...values);
  if (verbose) console.log(text);
  else if (!noise.test(text)) console.log(text.replace(/^ +at .*workbench\.js:.*\n?/gm, ''));
});
const finished = new Promise((resolve) => {
  page.exposeFunction('codeAutomationExit', resolve).then(() =>
    page.goto(
      workbenchAddress(server.port, folder, {
        payload: [
          ['skipWelcome', 'true'],
          ['extensionDevelopmentPath', remoteUri(server.port, flag('extensionDevelopmentPath'))],
          ['extensionTestsPath', remoteUri(server.port, flag('extensionTestsPath'))],
        ],
      }),
    ),
  );
});
const code = await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, timeLimit, 'timeout'))]);
if (code === 'timeout') console.error(`No result after ${timeLimit / 1000} s. The server's log ends with:\n${server.log().slice(-3000)}`);
await stop(code === 'timeout' ? 124 : code);
