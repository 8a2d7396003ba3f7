/**
 * gdb-multiarch on the samples, through `sdei-debug gdb-server` as a person starts it: `npm run test:gdb`. Needs Debian's gdb-multiarch.
 * GDB names another one. What gdb must have written is a list of patterns in their order.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const gdb = process.env.GDB ?? 'gdb-multiarch';

interface Scenario {
  readonly guest: string;
  readonly flags?: readonly string[];
  /** Absent: `remote`. */
  readonly target?: 'remote' | 'extended-remote';
  /** Command, and what gdb writes for it; without a pattern it is enough that it works. */
  readonly script: readonly (readonly [command: string, output?: RegExp])[];
  /** What the guest has written by then. */
  readonly console: RegExp;
}

const scenarios: readonly Scenario[] = [
  {
    guest: 'nested-critical',
    script: [
      ['break on_event if event == 804', /Breakpoint 1/],
      ['continue', /Breakpoint 1, on_event \(event=804/],
      ['bt', /#0 +on_event \(event=804[^]*#1 +0x0*40[0-9a-f]+ in sdei_handler_entry/],
      ['print $sdei_event_pending', /\$1 = /],
      ['print $sdei_event', /= 804/],
      // Back through the assembly entry, across the dispatch, into the handler that it interrupted.
      ['reverse-stepi'],
      ['reverse-stepi'],
      ['reverse-stepi'],
      ['info symbol $pc', /^sdei_handler_entry in section/],
      ['reverse-stepi'],
      ['info symbol $pc', /^on_event \+ \d+ in section/],
      ['print $sdei_event', /= 806/],
      ['bt', /#0 +0x[0-9a-f]+ in on_event \(event=806|#0 +on_event \(event=806/],
      ['stepi', /sdei_handler_entry|on_event/],
      ['delete'],
      ['break on_event', /Breakpoint 2/],
      ['reverse-continue', /Breakpoint 2, on_event \(event=806/],
      ['reverse-continue', /No more reverse-execution history\./],
      ['info symbol $pc', /^_start in section/],
      ['continue', /Breakpoint 2, on_event \(event=806/],
      ['reverse-finish'],
      ['reverse-next'],
      ['delete'],
      ['continue', /exited normally/],
    ],
    console: /enter event 804 \(critical\) at depth 2/,
  },
  {
    guest: 'first-event',
    script: [
      ['info registers pc', /0x40100000 <_start>/],
      ['break on_event', /Breakpoint 1 at 0x40[0-9a-f]+: file first-event\.c/],
      ['continue', /Breakpoint 1, on_event \(event=0, /],
      ['info registers', /x0 +0x0[^]*pc +0x40[0-9a-f]+ +0x40[0-9a-f]+ <on_event>\ncpsr +0x[0-9a-f]+ +\[ SP EL=1[^\n]*\]\nfpsr/],
      ['bt', /#0 +on_event \(event=0[^]*#1 +0x0*40[0-9a-f]+ in sdei_handler_entry/],
      ['print $sdei_event', /\$1 = 0\n/],
      ['print $sdei_event_pending', /\$2 = 0\n/],
      ['print $sdei_event_running', /\$3 = 1\n/],
      ['info symbol $sdei_interrupted_pc', /signal_in_the_middle \+ \d+ in section \.text/],
      ['print $SCTLR_EL1', /\$4 = \[ SA SA0 nTWI nTWE SPAN \]/],
      ['print/x $SCTLR_EL1', /\$5 = 0x30d50998/],
      ['info registers MPIDR_EL1', /MPIDR_EL1 +0x80000000 +\[ Aff0=0 /],
      ['print $v0.d.u[0]', /\$6 = 0/],
      ['x/4i $pc', /=> 0x40[0-9a-f]+ <on_event>:\t[^]*<on_event\+12>:/],
      ['stepi'],
      ['next', /first-event\.c|\d+\t/],
      ['print event_log.handled', /\$7 = \d/],
      ['set variable $x7 = 0x123456789abc'],
      ['print/x $x7', /\$8 = 0x123456789abc/],
      ['info threads', /\* 1 +Thread 1 "PE0" \(EL1, handler of event 0 \(normal\)\)/],
      ['monitor sdei status', /event 0 PE0: private, normal, enabledRunning/],
      ['continue', /Breakpoint 1, on_event/],
      ['delete'],
      ['continue', /Inferior 1 \(process 1\) exited normally|Inferior 1 \(Remote target\) exited normally/],
    ],
    console: /2 events handled, power off/,
  },
  {
    guest: 'nested-critical',
    script: [
      ['break on_event if event == 804', /Breakpoint 1/],
      ['continue', /Breakpoint 1, on_event \(event=804/],
      ['print $sdei_event', /\$1 = 804/],
      ['info registers sdei_event_running', /<unavailable>/],
      ['info symbol $sdei_interrupted_pc', /on_event \+ \d+/],
      ['finish', /sdei_handler_entry \(\) at common\/handler-entry\.S:\d+\n[^]*Value returned is \$2 = 0/],
      ['tbreak *$sdei_interrupted_pc', /Temporary breakpoint 2/],
      ['continue', /Temporary breakpoint 2, 0x0*40[0-9a-f]+ in on_event|Temporary breakpoint 2, .*on_event/],
      ['print $sdei_event', /= 806/],
      ['detach', /detached/],
    ],
    console: /enter event 804 \(critical\) at depth 2/,
  },
  {
    guest: 'first-event',
    script: [
      ['break main', /Breakpoint 1/],
      ['continue', /Breakpoint 1, main/],
      ['watch event_log.handled', /Hardware watchpoint 2: event_log\.handled/],
      ['continue', /Hardware watchpoint 2: event_log\.handled\n\nOld value = 0\nNew value = 1\n[^]*on_event/],
      ['rwatch event_log.interrupted_x[0]', /Hardware read watchpoint 3/],
      ['continue', /Hardware read watchpoint 3: event_log\.interrupted_x\[0\]/],
      ['continue', /Hardware watchpoint 2: event_log\.handled\n\nOld value = 1\nNew value = 2\n/],
      ['reverse-continue', /Hardware watchpoint 2: event_log\.handled\n\nOld value = 2\nNew value = 1\n/],
      // What a call has returned is written by the instruction behind it: before that gdb would stand in the function's epilogue, and look away.
      ['delete 3'],
      ['watch event_log.interrupted_x[3]', /Hardware watchpoint 4/],
      ['reverse-continue', /Hardware watchpoint 4: event_log\.interrupted_x\[3\]\n\nOld value = 2\nNew value = 0\n[^]*on_event/],
      ['delete'],
      ['detach', /detached/],
    ],
    console: /event 0 handled/,
  },
  {
    guest: 'first-event',
    script: [
      // What is watched or caught in the middle of a line ends a step over it, forwards and backwards.
      ['break first-event.c:38', /Breakpoint 1/],
      ['continue', /Breakpoint 1, on_event/],
      ['watch event_log.handled', /Hardware watchpoint 2/],
      ['next', /Hardware watchpoint 2: event_log\.handled\n\nOld value = 0\nNew value = 1\n/],
      ['next', /^40\t/m],
      ['reverse-next', /^39\t/m],
      ['reverse-next', /Hardware watchpoint 2: event_log\.handled\n\nOld value = 1\nNew value = 0\n/],
      ['delete'],
      ['break first-event.c:76', /Breakpoint 3/],
      ['continue', /Breakpoint 3, signal_in_the_middle/],
      ['monitor sdei catch conduit', /Stops at: conduit\./],
      ['next', /HVC #0 at signal_in_the_middle\+0xac [^\n]*\(SDEI_EVENT_SIGNAL\)\.\n[^]*SIGSTOP/],
      ['next', /HVC #0 at smccc [^]*SIGSTOP/],
      ['monitor sdei catch', /Stops at none/],
      ['detach', /detached/],
    ],
    console: /event 0 handled/,
  },
  {
    guest: 'first-event',
    target: 'extended-remote',
    script: [
      ['compare-sections', /Section \.text, [^\n]*: matched\./],
      ['continue', /exited normally/],
      ['break main', /Breakpoint 1/],
      ['run', /Breakpoint 1, main \(\)/],
      ['next'],
      ['until'],
      ['print sdei_version()', /\$1 = 281474976710656/],
      ['kill', /killed/],
      ['info threads', /No threads/],
      ['run', /Breakpoint 1, main \(\)/],
      ['delete'],
      ['continue', /exited normally/],
    ],
    console: /2 events handled, power off\n[^]*2 events handled, power off/,
  },
  {
    guest: 'two-pes',
    flags: ['--cpus', '2'],
    script: [
      ['hbreak on_event', /Hardware assisted breakpoint 1/],
      ['continue', /Thread 2 "PE1" hit Breakpoint 1, on_event/],
      ['info threads', /1 +Thread 1 "PE0" \(EL1[^]*\* 2 +Thread 2 "PE1" \(EL1, handler of event 0/],
      ['print $MPIDR_EL1', /\[ Aff0=1 /],
      ['thread 1', /Switching to thread 1/],
      ['print $sdei_event', /= -1/],
      ['set scheduler-locking on'],
      ['stepi', /0x0*40[0-9a-f]+|\d+\t/],
      ['detach', /detached/],
    ],
    console: /PE 1/,
  },
];

/** What a command of gdb wrote stands after its own line. */
const mark = (index: number) => `== ${index} ==`;

function runGdb(guest: string, target: string, port: string, commands: readonly string[]): Promise<string> {
  const args = ['-nx', '-batch', path.join(root, 'test/guests', `${guest}.elf`)];
  for (const command of ['set confirm off', 'set width 0', `target ${target} 127.0.0.1:${port}`]) args.push('-ex', command);
  for (const [index, command] of commands.entries()) args.push('-ex', `echo ${mark(index)}\\n`, '-ex', command);
  // One pipe for both, so that everything stands where it was written; the ELFs name their sources relative to that folder.
  const child = spawn('sh', ['-c', 'exec "$0" "$@" 2>&1', gdb, ...args], {
    cwd: path.join(root, 'test/guests'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(text));
  });
}

async function play({ guest, flags = [], target = 'remote', script, console: expected }: Scenario): Promise<void> {
  const program = ['debug-adapter/cli/sdei-debug.ts', 'gdb-server', `test/guests/${guest}.elf`, '--port', '0', '--once', ...flags];
  const server = spawn(process.execPath, program, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => server.once('close', resolve));
  let written = '';
  const port = await new Promise<string>((resolve) => {
    server.stdout.on('data', (chunk) => {
      written += chunk;
      const found = /Listening on 127\.0\.0\.1:(\d+)\n/.exec(written)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  const text = await runGdb(
    guest,
    target,
    port,
    script.map(([command]) => command),
  );
  for (const [index, [command, output]] of script.entries()) {
    const begin = text.indexOf(mark(index));
    assert.ok(begin >= 0, `gdb did not come to "${command}":\n${text}`);
    const next = text.indexOf(mark(index + 1));
    const part = text.slice(begin + mark(index).length + 1, next < 0 ? undefined : next);
    const failed = (output !== undefined && !output.test(part)) || /Remote failure|Protocol error|Invalid|[Ww]arning: /.test(part);
    assert.ok(!failed, `${guest}: "${command}" was to be answered by ${output}, but gdb wrote:\n${part.slice(0, 2000)}`);
  }
  assert.equal(await ended, 0);
  assert.match(written, expected, guest);
  process.stdout.write(`${guest}: ${script.length} commands of gdb answered as expected\n`);
}

for (const scenario of scenarios) await play(scenario);
