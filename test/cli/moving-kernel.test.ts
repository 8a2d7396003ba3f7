/** The command line and gdb's server on a kernel that chooses its addresses: symbols, places and injections go there with it. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { createGdbGuest } from '../../debug-adapter/gdb-server/own-guest.ts';
import { parseLaunchArguments } from '../../debug-adapter/launch-arguments.ts';
import { loadGuest } from '../../debug-adapter/load-guest.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { elf, folder, imageFile, kernel, linked } from '../boot/support/moving-kernel.ts';
import { json, sdeiDebug } from './sdei-debug.ts';

const OFFSET = 0x1fn << 21n;
const launch = ['--kernel', kernel, '--symbols', elf, '--kaslr-seed', '0x1f'];
const told = `sdei-debug: The kernel of "moving-kernel.elf" runs 0x${OFFSET.toString(16)} above where it was linked (KASLR).\n`;
const hex = (address: bigint): string => `0x${address.toString(16)}`;

for (const [inject, interrupted, count] of [
  ['0@signals', linked('signals'), 2],
  // The place itself where it is found that the kernel is elsewhere; nothing can handle an event there.
  ['0@__primary_switched', undefined, 1],
] as const) {
  test(`run --inject ${inject} raises the event where the kernel is`, async () => {
    const { status, stderr, document } = await json('run', ...launch, '--inject', inject);
    assert.equal(status, 0);
    assert.ok(stderr.startsWith(told), stderr);
    assert.equal(/Injection 0@__primary_switched: /.test(stderr), interrupted === undefined, stderr);
    assert.equal(document.deliveries.length, count);
    if (interrupted !== undefined) assert.equal(document.deliveries[0].interrupted.pc, hex(interrupted + OFFSET));
  });
}

test('the instructions of a run are those of one without symbols, and a budget is exact', async () => {
  const plain = await json('run', ...launch.filter((word) => word !== '--symbols' && word !== elf), '--hash');
  const followed = await json('run', ...launch, '--hash');
  assert.deepEqual([followed.document.instructions, followed.document.hash], [plain.document.instructions, plain.document.hash]);
  const { document } = await json('run', ...launch, '--max-instructions', String(followed.document.instructions - 5));
  assert.deepEqual([document.stop.reason, document.instructions], ['budget', followed.document.instructions - 5]);
});

test('registers --at names a place by symbols of a kernel that has moved', async () => {
  const { status, document, stderr } = await json(
    'registers',
    ...launch,
    '--at',
    'handle_event',
    '--read',
    'KVM_REG_ARM_SDEI_EVENT_RUNNING',
  );
  assert.equal(status, 0, stderr);
  assert.deepEqual(document.stopped, { pe: 0, pc: hex(linked('handle_event') + OFFSET), place: 'handle_event' });
  assert.equal(document.pes[0].registers[0].value, '0x0000000000000001');
});

test('registers without a guest says what to write', async () => {
  const { status, stderr } = await sdeiDebug('registers');
  assert.equal(status, 2);
  assert.match(stderr, /"sdei-debug registers GUEST\.elf" or "sdei-debug registers --kernel IMAGE"/);
});

test('a trace that was written by the command line has the symbols where they were, for query', async () => {
  const file = path.join(folder, 'run.sdeitrace');
  assert.equal((await sdeiDebug('trace', ...launch, '--output', file)).status, 0);
  const { document } = await json('query', file, 'deliveries');
  assert.deepEqual(
    document.rows.map((row: Record<string, unknown>) => [row['interrupted.function'], row['interrupted.pc']]),
    [['signals', hex(linked('signals') + 0x1cn + OFFSET)]],
  );
});

test('symbols of another kernel are told by the command line, too', async () => {
  const banner = Number(linked('linux_banner') - linked('_text'));
  const other = imageFile('Image-another', (bytes) => void bytes.set(new TextEncoder().encode('Linux version 1.0'), banner));
  const { stderr } = await sdeiDebug('run', '--kernel', other, '--symbols', elf);
  assert.match(stderr, /is not of the kernel that boots/);
});

test("gdb's server follows the kernel, and says what gdb needs", async () => {
  const notes: string[] = [];
  const given = parseLaunchArguments({ kernel, symbols: elf, kaslrSeed: '0x1f', inject: '0@signals' });
  const guest = createGdbGuest(given, await loadGuest(given, nodeHost, makers), {
    host: nodeHost,
    makers,
    note: (text) => void notes.push(text),
    console() {},
  });
  guest.breakpoints.software.add(linked('handle_event') + OFFSET);
  const ended = await guest.continue();
  assert.equal(ended.kind, 'stop');
  assert.equal(guest.images.describe(guest.target.pes[0].pc), 'handle_event');
  assert.deepEqual(notes, [
    told.slice('sdei-debug: '.length, -1),
    `gdb does not learn of that by itself: "symbol-file", then "add-symbol-file ${elf} -o ${hex(OFFSET)}" in gdb.`,
  ]);
  assert.equal(guest.target.sdei.deliveries[0].interrupted.pc, linked('signals') + OFFSET);
});
