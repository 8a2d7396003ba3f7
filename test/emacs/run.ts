/**
 * A session of dap-mode, with the configuration of docs/emacs.md: `npm run test:emacs`, after `npm run build`.
 * Needs Debian's emacs-nox and elpa-dap-mode. EMACS names another Emacs.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

const output = [
  'SDEI 1.0',
  'register -> 0',
  'enable -> 0',
  'unmask -> 0',
  'event 0 handled: interrupted at 0x401000f0 with PSTATE 0x600003c5, X0 0x0',
  'signal -> 0; sum 31, last values 5 9 2 6',
  'event 0 handled: interrupted at 0x401000f0 with PSTATE 0x600003c5, X0 0x0',
  'resumed elsewhere, now back to 0x401000f0 with PSTATE 0x600003c5',
  'signal -> 0; sum 31, last values 5 9 2 6',
  '2 events handled, power off|',
];
const expected = [
  'exception sdei_handler_entry 27',
  'breakpoint on_event 38',
  'frame on_event 38',
  'frame sdei_handler_entry 33',
  'frame SDEI event 0 (normal) interrupted EL1h here 0',
  'frame signal_in_the_middle 76',
  'frame main 100',
  'frame _start 24',
  'local event 0',
  'local argument 0x40103000 <event_log>',
  'local pc 1074790640',
  'local pstate 1610613701',
  'local log 0x40103000 <event_log>',
  'evaluate 0',
  'step on_event 39',
  'step on_event 40',
  'step sdei_handler_entry 35',
  'step sdei_handler_entry 33',
  'step signal_in_the_middle 76',
  'step _start 12',
  'exception sdei_handler_entry 27',
  `output ${output.join('|')}`,
  'pause _start 11',
  'ended',
  'pause _start 11',
  'ended',
];

const server = spawn(process.execPath, [path.join(root, 'dist/debug-adapter.js'), '--server=0'], { stdio: ['ignore', 'ignore', 'pipe'] });
const [said] = await once(server.stderr, 'data');
const [, port] = /listening on 127\.0\.0\.1:(\d+)/.exec(String(said)) ?? assert.fail(String(said));
const home = mkdtempSync(path.join(tmpdir(), 'dap-mode-'));
try {
  const [, block] = /```elisp\n([^]*?)```/.exec(readFileSync(path.join(root, 'docs/emacs.md'), 'utf8')) ?? [];
  writeFileSync(path.join(home, 'configuration.el'), block.replace('/path/to/sdei-guest-debugger', root));
  const script = path.join(import.meta.dirname, 'dap-mode.el');
  const { stdout, stderr, error } = spawnSync(process.env.EMACS ?? 'emacs', ['--batch', '--load', script], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, HOME: home, SDEI_HOME: `${home}/`, SDEI_ROOT: root, SDEI_PORT: port },
  });
  if (error !== undefined) throw error;
  const seen = [...stdout.matchAll(/^SEEN (.*)$/gm)].map(([, line]) => line);
  assert.deepEqual(seen, expected, stderr);
  assert.doesNotMatch(stderr, /No message handler/);
  process.stdout.write(
    `${expected.length} lines of a session as expected: filters, breakpoint, stack across the dispatch, steps, backwards, end\n`,
  );
} finally {
  server.kill();
  rmSync(home, { recursive: true, force: true });
}
