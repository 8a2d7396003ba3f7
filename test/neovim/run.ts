/**
 * A session of nvim-dap, with the configuration of docs/neovim.md: `NVIM_DAP=FOLDER npm run test:neovim`, after `npm run build`.
 * Needs Neovim 0.7.2 or newer, and a version of the plugin that supports it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const plugin = process.env.NVIM_DAP;
if (plugin === undefined || !existsSync(path.join(plugin, 'lua/dap.lua'))) {
  process.stderr.write(`NVIM_DAP is ${plugin ?? 'not set'}; set it to the folder of nvim-dap, which has lua/dap.lua.\n`);
  process.exit(2);
}

const expected = [
  'guest SDEI 1.0|register -> 0|enable -> 0|unmask -> 0|',
  'stopped breakpoint',
  'frame on_event first-event.c:38',
  'frame sdei_handler_entry handler-entry.S:33',
  'frame SDEI event 0 (normal) interrupted EL1h here -',
  'frame signal_in_the_middle first-event.c:76',
  'frame main first-event.c:100',
  'frame _start crt0.S:24',
  'evaluate 0',
  'stopped step',
  'line on_event 39',
  'local event 0',
  'local argument 0x40103000 <event_log>',
  'local pc 1074790640',
  'local pstate 1610613701',
  'local log 0x40103000 <event_log>',
  'guest event 0 handled: interrupted at 0x401000f0 with PSTATE 0x600003c5, X0 0x0|',
  'stopped step',
  'line sdei_handler_entry 35',
  'stopped step',
  'line sdei_handler_entry 33',
  'stopped step',
  'line _start 12',
  'handlers 0',
  'terminated',
];

const home = mkdtempSync(path.join(tmpdir(), 'nvim-dap-'));
try {
  const [, block] = /```lua\n([^]*?)```/.exec(readFileSync(path.join(root, 'docs/neovim.md'), 'utf8')) ?? [];
  const configuration = path.join(home, 'configuration.lua');
  writeFileSync(configuration, block.replace('/path/to/sdei-guest-debugger', root));
  const script = path.join(import.meta.dirname, 'nvim-dap.lua');
  const { stdout, stderr, error } = spawnSync('nvim', ['--headless', '--clean', '-n', '-c', `luafile ${script}`], {
    encoding: 'utf8',
    timeout: 90_000,
    env: {
      ...process.env,
      HOME: home,
      XDG_CACHE_HOME: home,
      XDG_STATE_HOME: home,
      NVIM_DAP: plugin,
      SDEI_ROOT: root,
      SDEI_CONFIGURATION: configuration,
    },
  });
  if (error !== undefined) throw error;
  const seen = [...`${stdout}\n${stderr}`.matchAll(/^SEEN (.*?)\r?$/gm)].map(([, line]) => line);
  // What the guest writes again after going back is not of interest here.
  const once = seen.filter((line, index) => !line.startsWith('guest ') || seen.indexOf(line) === index);
  assert.deepEqual(
    once.filter((line) => !line.startsWith('guest ') || expected.includes(line)),
    expected,
    stderr,
  );
  process.stdout.write(
    `${expected.length} lines of a session as expected: breakpoint, stack across the dispatch, variables, steps, backwards, end\n`,
  );
} finally {
  rmSync(home, { recursive: true, force: true });
}
