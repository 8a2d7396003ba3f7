/** LLDB on the samples: `npm run test:lldb`. Needs Debian's lldb (14 or newer). LLDB names another one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { play, type Scenario } from './support/play.ts';

const lldb = process.env.LLDB ?? 'lldb';

const scenarios: readonly Scenario[] = [
  {
    guest: 'first-event',
    script: [
      ['process status', /stop reason = signal SIGTRAP[^]*`_start at crt0\.S/],
      ['register read pc', /pc = 0x0000000040100000 /],
      ['memory region 0x40100000', /^\[0x0000000040000000-0x0000000048000000\) rwx RAM/m],
      ['memory region 0x9000000', /^\[0x0000000009000000-0x0000000009001000\) rw- PL011$/m],
      ['memory region 0x48000000', /^\[0x0000000048000000-0xffffffffffffffff\) ---$/m],
      ['breakpoint set --name on_event --condition "event == 0"', /Breakpoint 1: where = first-event\.elf`on_event at first-event\.c/],
      ['continue', /stop reason = breakpoint 1\.1\n[^]*on_event\(event=0, /],
      ['thread backtrace', /frame #0: [^\n]*on_event[^]*frame #1: 0x0*40[0-9a-f]+ first-event\.elf`sdei_handler_entry/],
      ['frame variable event', /\(uint64_t\) event = 0/],
      ['register read sdei_event sdei_event_running', /sdei_event = 0x0{16}\nsdei_event_running = 0x0{15}1\n/],
      ['register read SCTLR_EL1', /SCTLR_EL1 = 0x0*30d50998/],
      ['image lookup --address $sdei_interrupted_pc', /Summary: first-event\.elf`signal_in_the_middle \+ \d+/],
      ['register write x7 0x123456789abc'],
      ['register read x7', /x7 = 0x0000123456789abc/],
      ['expression event_log.handled', /\(uint32_t\) (?:\$\d+ = )?0\n/],
      ['watchpoint set variable event_log.handled', /Watchpoint created: Watchpoint 1: addr = 0x40[0-9a-f]+ size = 4/],
      ['continue', /old value: 0\nnew value: 1\n[^]*stop reason = watchpoint 1\n/],
      ['watchpoint delete 1', /1 watchpoints deleted/],
      ['thread step-over', /stop reason = step over/],
      ['thread step-in', /stop reason = step in/],
      ['memory read --format x --size 4 --count 1 &event_log', /: 0x00000001\n/],
      ['memory write &event_log 0x07'],
      ['expression event_log.handled', /\(uint32_t\) (?:\$\d+ = )?7\n/],
      ['thread step-out', /stop reason = step out\n[^]*`sdei_handler_entry/],
      ['thread step-inst', /stop reason = instruction step into/],
      ['process plugin packet monitor sdei status', /event 0 PE0: private, normal, enabledRunning/],
      // It writes all registers as they are, the OS Lock's among them.
      ['breakpoint set --name print', /Breakpoint 2/],
      ['breakpoint modify --ignore-count 0 2'],
      ['continue', /stop reason = breakpoint 2\.1/],
      ['thread return'],
      ['register read OSLSR_EL1', /OSLSR_EL1 = 0x0*a\n/],
      ['thread list', /`on_resume\(/],
      // Where it is left it stands, also if one asks for that.
      ['process detach --keep-stopped true', /Process 1 detached/],
    ],
    console: /unmask -> 0/,
  },
  {
    guest: 'nested-critical',
    script: [
      // What has no value is not shown as digits.
      ['register read sdei_interrupted_pc', /sdei_interrupted_pc = error: unavailable/],
      ['breakpoint set --name on_event --condition "event == 804"', /Breakpoint 1/],
      ['continue', /on_event\(event=804/],
      ['register read sdei_event_running', /sdei_event_running = error: unavailable/],
      ['image lookup --address $sdei_interrupted_pc', /Summary: nested-critical\.elf`on_event \+ \d+/],
      ['breakpoint delete 1', /1 breakpoints deleted/],
      ['process kill', /Process 1 exited with status = 9 /],
    ],
    console: /enter event 806 \(normal\) at depth 1/,
  },
  {
    guest: 'two-pes',
    flags: ['--cpus', '2'],
    script: [
      ['breakpoint set --hardware --name on_event', /Breakpoint 1/],
      ['continue', /\* thread #2, name = 'PE1', stop reason = breakpoint 1\.1/],
      ['thread list', /thread #1: tid = 0x0001, [^\n]*`wait_for[^]*\* thread #2: tid = 0x0002, [^\n]*`on_event/],
      ['thread select 1'],
      ['register read sdei_event', /sdei_event = 0xf{16}/],
      ['thread select 2'],
      ['thread step-inst --run-mode this-thread', /thread #2, name = 'PE1', stop reason = instruction step into/],
      ['continue', /Process 1 exited with status = 0 /],
    ],
    console: /PE 1: switches itself off/,
  },
];

const folder = mkdtempSync(path.join(tmpdir(), 'lldb-'));
try {
  await play(
    {
      name: 'LLDB',
      command({ guest, script }, port) {
        // A command that cannot be done would end LLDB, were they given to it one by one.
        const file = path.join(folder, 'commands');
        writeFileSync(file, [`target create ${guest}.elf`, `gdb-remote ${port}`, ...script.map(([command]) => command), ''].join('\n'));
        return [lldb, '--batch', '--no-lldbinit', '--one-line', `command source -e false -c false ${file}`];
      },
      mark: (_, command) => `(lldb) ${command}\n`,
      never: /failed to|not supported|malformed/,
    },
    scenarios,
  );
} finally {
  rmSync(folder, { recursive: true });
}
