/**
 * A session of vimspector, with the configuration of docs/vim.md: `VIMSPECTOR=FOLDER npm run test:vim`, after `npm run build`.
 * Needs a Vim with Python 3, such as Debian's vim-nox, and util-linux' script. VIM_PROGRAM names another Vim.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const plugin = process.env.VIMSPECTOR;
if (plugin === undefined || !existsSync(path.join(plugin, 'autoload/vimspector.vim'))) {
  process.stderr.write(`VIMSPECTOR is ${plugin ?? 'not set'}; set it to the folder of vimspector, which has autoload/vimspector.vim.\n`);
  process.exit(2);
}

const expected = [
  ' first-event.c:38',
  'call vimspector#StepOver() first-event.c:39',
  'call vimspector#StepInto() first-event.c:40',
  'call vimspector#Evaluate("$sdei_event + 7") first-event.c:40',
  'call vimspector#StepOut() handler-entry.S:35',
  'call vimspector#UpFrame() first-event.c:76',
  'call vimspector#Evaluate("goto start") crt0.S:12',
  'call vimspector#Continue() first-event.c:38',
  'call vimspector#Restart() ',
  ' first-event.c:38',
  'call vimspector#Stop() ',
  'ended',
];

const home = mkdtempSync(path.join(tmpdir(), 'vimspector-'));
try {
  const [, block] = /```json\n([^]*?)```/.exec(readFileSync(path.join(root, 'docs/vim.md'), 'utf8')) ?? [];
  const configuration = block.replace('/path/to/sdei-guest-debugger', root).replace('guest.elf', 'first-event.elf');
  writeFileSync(path.join(home, '.vimspector.json'), configuration);
  for (const name of ['first-event.c', 'first-event.elf', 'common'])
    cpSync(path.join(root, 'test/guests', name), path.join(home, name), { recursive: true });
  writeFileSync(path.join(home, 'vimrc'), `set nocompatible hidden lines=50 columns=160\nset runtimepath+=${plugin}\nfiletype plugin on\n`);
  const script = path.join(import.meta.dirname, 'vimspector.vim');
  const vim = `${process.env.VIM_PROGRAM ?? 'vim.nox'} -n -i NONE -u ${home}/vimrc -S ${script}`;
  // vimspector looks at its windows, so it is given a terminal.
  const { error } = spawnSync('script', ['--quiet', '--command', vim, '/dev/null'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 120_000,
    env: { ...process.env, HOME: home, TERM: 'xterm', SDEI_HOME: home },
  });
  if (error !== undefined) throw error;
  const seen = path.join(home, 'seen');
  assert.deepEqual(existsSync(seen) ? readFileSync(seen, 'utf8').split('\n').slice(0, -1) : [], expected);
  process.stdout.write(
    `${expected.length} lines of a session as expected: breakpoint, steps, frames across the dispatch, evaluate, backwards, restart\n`,
  );
} finally {
  rmSync(home, { recursive: true, force: true });
}
