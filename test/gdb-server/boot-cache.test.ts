/** How a guest of gdb's own begins is executed once, as in a session: on a guest that runs 100 million instructions before it stops. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeCache } from '../../debug-adapter/node-cache.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { prepareBoot } from '../../debug-adapter/session/boot-preparation.ts';
import { elf, kernel } from '../boot/support/moving-kernel.ts';
import { type Served, withServer } from './support/server.ts';
import type { RspClient } from './support/rsp-client.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gdb-boot-cache-'));
test.after(() => rmSync(folder, { recursive: true }));
const program = path.join(import.meta.dirname, '../../bench/debug-loop.elf');
const PC = 32;

interface Seen {
  readonly known: boolean;
  readonly answers: readonly string[];
}

async function attached(
  cache: string,
  launch: Record<string, unknown>,
  conversation: (gdb: RspClient, served: Served) => Promise<readonly string[]>,
): Promise<Seen> {
  let answers: readonly string[] = [];
  let known = false;
  await withServer(
    'unused',
    { program, memory: '128M', ...launch },
    async (served) => {
      const gdb = served.connect();
      await gdb.ask('qSupported:swbreak+;hwbreak+');
      answers = await conversation(gdb, served);
      known = served.notes.some((text) => /^The first [\d,]+ instructions are known/.test(text));
      await gdb.end();
    },
    { ...nodeHost, cache: nodeCache(cache, 'test') },
  );
  return { known, answers };
}
const place = async (gdb: RspClient): Promise<string> => `${await gdb.ask('g')} ${await gdb.register(PC)}`;

test('the second gdb finds at its breakpoint what the first has found, and goes back in what was not executed again', async () => {
  const cache = path.join(folder, 'twice');
  const conversation = async (gdb: RspClient, { at }: Served): Promise<string[]> => {
    const answers = [await gdb.ask(`Z0,${at('milestone')},4`), await gdb.ask('c'), await place(gdb), await gdb.ask('s'), await place(gdb)];
    answers.push(await gdb.ask(`Z0,${at('main')},4`), await gdb.ask('bc'), await gdb.ask('bc'), await place(gdb));
    return answers;
  };
  const still = async (gdb: RspClient, { at }: Served) => [await gdb.ask(`Z0,${at('milestone')},4`), await gdb.ask('c'), await place(gdb)];
  assert.equal((await attached(cache, {}, still)).known, false);
  const straight = await attached(cache, { bootCache: false }, conversation);
  const second = await attached(cache, {}, conversation);
  assert.deepEqual([straight.known, second.known], [false, true]);
  assert.deepEqual(second.answers, straight.answers);
});

test('breakpoints and watchpoints on the way, steps, edits and another setting have it executed', async () => {
  const cache = path.join(folder, 'executed');
  const milestone = (served: Served): string => `Z0,${served.at('milestone')},4`;
  const go = async (gdb: RspClient, served: Served) => [await gdb.ask(milestone(served)), await gdb.ask('c'), `${await gdb.register(PC)}`];
  const straight = await attached(cache, {}, go);
  const rows: readonly (readonly [before: (served: Served) => readonly string[], known: boolean])[] = [
    [() => [], true],
    [({ at }) => [`Z0,${at('main')},4`], false],
    [({ at }) => [`Z2,${at('turns')},8`], false],
    [() => ['Z2,46000000,8'], true],
    [() => ['Z3,46000000,8'], false],
    [() => ['s'], false],
    [() => ['P0=0100000000000000'], false],
  ];
  for (const [before, known] of rows) {
    const seen = await attached(cache, {}, async (gdb, served) => {
      const packets = before(served);
      for (const packet of packets) assert.doesNotMatch(await gdb.ask(packet), /^(?:E|$)/, packet);
      const answers = await go(gdb, served);
      for (const packet of packets) if (packet.startsWith('Z')) await gdb.ask(`z${packet.slice(1)}`);
      return answers;
    });
    assert.equal(seen.known, known, String(before));
    if (known) assert.deepEqual(seen.answers, straight.answers);
  }
});

test('what was prepared is known to gdb, in a kernel that moves as well; one that gdb restarts begins there again', async () => {
  const launch = { program: undefined, kernel, symbols: elf, kaslrSeed: '0x1f' };
  const cache = path.join(folder, 'prepared');
  const host = { ...nodeHost, cache: nodeCache(cache, 'test') };
  const settings = Object.fromEntries(Object.entries({ ...launch, memory: '128M' }).filter(([, value]) => value !== undefined));
  const prepared = await prepareBoot(settings, { host, makers, note: (text) => assert.fail(text), least: 1 });
  assert.equal(prepared?.outcome, 'kept');
  const seen = await attached(cache, launch, async (gdb, served) => {
    const answers = [await gdb.ask('c')];
    assert.match(await gdb.ask('vRun;'), /^T/);
    answers.push(await gdb.ask('c'));
    assert.equal(served.notes.filter((text) => /are known/.test(text)).length, 2);
    return answers;
  });
  assert.deepEqual([seen.known, seen.answers], [true, ['W00', 'W00']]);
});
