/** `sdei-debug sweep`: an event at every instruction of a range, and what breaks where. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SweepFinding } from '../../debug-adapter/cli/sweep.ts';
import { elf, kernel } from '../boot/support/moving-kernel.ts';
import { guest, json, sdeiDebug } from './sdei-debug.ts';

const first = guest('first-event');

test('where an event breaks nothing, that is said, and how often it was raised', async () => {
  const { status, stdout } = await sdeiDebug('sweep', first, '--range', 'signal_in_the_middle', '--points', '40');
  assert.equal(stdout, 'Event 0 at the first 40 instructions executed in signal_in_the_middle.\nNothing breaks.\n');
  assert.equal(status, 0);
});

test('an event whose handler resumes elsewhere breaks code that needs ELR: the run from that injection is the one that was found', async () => {
  const { status, document } = await json('sweep', first, '--range', 'resume_entry', '--late', '20000');
  assert.equal(status, 1);
  assert.ok(document.findings.length > 20 && document.findings.length <= document.points);
  const [{ inject, place, pe, what, message }] = document.findings as SweepFinding[];
  assert.deepEqual(
    [inject, pe, what, message],
    ['0@resume_entry#1', 0, 'end', 'The run does not come to its end (system-off), not even 20000 instructions later.'],
  );
  assert.match(place, /^resume_entry \(handler-entry\.S:\d+\)$/);
  const run = await json('run', first, '--inject', inject, '--max-instructions', '50000');
  assert.equal(run.document.stop.reason, 'budget');
  // As text: each message once, with some of its places.
  const { stdout } = await sdeiDebug('sweep', first, '--range', 'resume_entry', '--late', '20000');
  assert.match(
    stdout,
    /\d+ points where it breaks something:\n {2}The run does not .*\n( {6}--inject '0@resume_entry\S*' .*\n){3} {6}and \d+ more \(--json lists them\)\n$/,
  );
});

test('an invariant that the interrupted code breaks is found at each point where it does', async () => {
  const flags = ['--range', 'signal_in_the_middle', '--points', '60'];
  const whole = await json('sweep', first, ...flags, '--invariant', 'event_log.handled < 3', '--invariant', '1');
  assert.equal(whole.status, 1);
  const of = (findings: readonly SweepFinding[]) => findings.map(({ inject, message }) => `${inject} ${message}`);
  assert.deepEqual(
    new Set(whole.document.findings.map(({ message }: SweepFinding) => message)),
    new Set(['event_log.handled < 3 does not hold behind the end of the handler.']),
  );
  // The guest signals twice itself, so there it is three times.
  assert.equal(whole.document.findings.length, 60);
  const parts = await Promise.all(
    ['1/2', '2/2'].map(
      async (shard) => (await json('sweep', first, ...flags, '--invariant', 'event_log.handled < 3', '--shard', shard)).document,
    ),
  );
  assert.deepEqual(parts.flatMap(({ findings }) => of(findings)).sort(), of(whole.document.findings).sort());
});

test('what a handler does wrong without the event as well is no news, what it does because of it is', async () => {
  const faulty = await json('sweep', guest('faulty-handlers'), '--event', '804', '--range', 'handler_of_0');
  const messages = faulty.document.findings.map(({ what }: SweepFinding) => what);
  assert.equal(messages.includes('exception'), false);
  assert.equal(faulty.document.undisturbed, 'system-off');
});

/** The handler is registered and enabled between two of these calls; the first of them has some 100 instructions. */
const untilHandled = ['--range', 'print', '--points', '400'];

test('before there is a handler the event is refused, which is counted', async () => {
  const { status, document } = await json('sweep', first, ...untilHandled, '--shard', '1/200');
  assert.deepEqual([status, document.executed, document.points, document.refused, document.findings.length], [0, 400, 2, 1, 0]);
  const { stdout } = await sdeiDebug('sweep', first, ...untilHandled, '--shard', '1/400');
  assert.equal(
    stdout,
    'Event 0 at 1 of the first 400 instructions executed in print; 1 time there was no handler for it.\nIt was not raised in this part.\n',
  );
});

test('where no part of a range has a handler, each part says so', async () => {
  for (const shard of ['1/2', '2/2', '1/1']) {
    const { status, stderr } = await sdeiDebug('sweep', first, '--range', 'print', '--points', '30', '--shard', shard);
    assert.match(stderr, /at the first 30 instructions executed in print there is no handler for it/);
    assert.equal(status, 2);
  }
});

test('a part that has no instruction, since there are more parts, breaks nothing', async () => {
  const { status, stdout } = await sdeiDebug('sweep', first, '--range', 'signal_in_the_middle', '--points', '3', '--shard', '5/8');
  assert.deepEqual(
    [status, stdout],
    [0, 'Event 0 at 0 of the first 3 instructions executed in signal_in_the_middle.\nIt was not raised in this part.\n'],
  );
});

test('in a kernel that has moved the range moves with it', async () => {
  const { status, document } = await json('sweep', '--kernel', kernel, '--symbols', elf, '--kaslr-seed', '0x1f', '--range', 'signals');
  assert.deepEqual([status, document.points > 5, document.refused], [0, true, 0]);
});

const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [[first], /Where\? Give --range FUNCTION/],
  [['--range', 'main'], /Which guest\?/],
  [[first, '--range', 'mian'], /Option "--range" is "mian", but there is no symbol "mian"\. Did you mean "main"\?/],
  [[first, '--range', 'main..main'], /which holds no instruction/],
  [[first, '--range', '0x40100000..0x40100004', '--event', '9'], /Option "--event" is "9", and the machine has the events 0, /],
  [[first, '--range', 'report_completion_refused'], /and the run \(system-off\) executes nothing there/],
  [
    [first, '--range', 'print', '--points', '30'],
    /at the first 30 instructions executed in print there is no handler for it\. Give more --points, or a range behind its registration\./,
  ],
  [[first, '--range', 'main..print..main'], /which has more than two ends\./],
  [[first, '--range', '0x40100000..0x7fffffff0'], /which has 33284947952 bytes, and 16777216 are the most\./],
  [[first, '--range', 'main..main+0x99999999999999999999'], /but main\+0x9{20} is outside the 64-bit address space\./],
  [[first, '--range', '0x40100002..0x40100008'], /but 0x40100002 is not the address of an instruction/],
  [[first, '--range', 'main', '--invariant', 'no_such'], /Option "--invariant" is "no_such": .*no_such/],
  [[first, '--range', 'main', '--shard', '3/2'], /Option "--shard" is "3\/2"/],
];
for (const [args, message] of wrong) {
  test(`sweep ${args.slice(1).join(' ')} says what is wrong`, async () => {
    const { status, stderr } = await sdeiDebug('sweep', ...args);
    assert.match(stderr, message);
    assert.equal(status, 2);
  });
}
