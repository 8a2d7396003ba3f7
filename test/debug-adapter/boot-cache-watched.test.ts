/** Sessions that watch data from their beginning on: what would have been met on the way is executed, all else is taken over. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { Host } from '../../debug-adapter/host.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeCache } from '../../debug-adapter/node-cache.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { prepareBoot } from '../../debug-adapter/session/boot-preparation.ts';
import { elf, kernel, linked } from '../boot/support/moving-kernel.ts';
import { root, SessionClient } from './support/session-client.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'boot-cache-watched-'));
test.after(() => rmSync(folder, { recursive: true }));
const host: Host = { ...nodeHost, cache: nodeCache(folder, 'test') };

interface Watch {
  readonly dataId: string;
  readonly accessType?: 'read' | 'write';
}
interface Outcome {
  readonly isKnown: boolean;
  readonly reason: string;
  readonly text: string;
}

async function session(launch: Record<string, unknown>, functions: readonly string[], dataBreakpoints: readonly Watch[]): Promise<Outcome> {
  const client = new SessionClient(makers, host);
  try {
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', launch);
    await client.request('setFunctionBreakpoints', { breakpoints: functions.map((name) => ({ name })) });
    await client.request('setDataBreakpoints', { breakpoints: dataBreakpoints });
    await client.request('configurationDone');
    const { body } = await client.stop();
    const isKnown = /The first [\d,]+ instructions are known/.test(client.outputs('console'));
    return { isKnown, reason: String(body.reason), text: String(body.text ?? '') };
  } finally {
    await client.end();
  }
}

test('a variable that the known run has written is watched from the first instruction on; one on a page that it left alone is no reason to', async () => {
  const program = path.join(root, 'bench/debug-loop.elf');
  const launch = { program };
  const milestone = await session(launch, ['milestone'], []);
  assert.deepEqual([milestone.isKnown, milestone.reason], [false, 'function breakpoint']);
  const { address: turns } = openProgram(program, await nodeHost.readFile(program)).symbol('turns') ?? assert.fail();
  const [written, calm] = [`pe0/memory/0x${turns.toString(16)}/8`, 'pe0/memory/0x47ff0000/8'];
  const rows: readonly [watch: Watch, isKnown: boolean, reason: string][] = [
    [{ dataId: calm }, true, 'function breakpoint'],
    [{ dataId: calm, accessType: 'read' }, false, 'function breakpoint'],
    [{ dataId: written }, false, 'data breakpoint'],
    [{ dataId: 'pe0/cell/sdei_depth' }, false, 'function breakpoint'],
  ];
  for (const [watch, isKnown, reason] of rows) {
    const outcome = await session(launch, ['milestone'], [watch]);
    assert.deepEqual([outcome.isKnown, outcome.reason], [isKnown, reason], JSON.stringify(watch));
  }
});

test('an address that nothing is mapped at in the beginning is watched where the known run ends', async () => {
  const launch = { kernel, symbols: elf };
  const prepared = await prepareBoot(launch, { host, makers, note: (text) => assert.fail(text), least: 1 });
  assert.equal(prepared?.outcome, 'kept');
  // Where the handler of the event, which comes behind that, keeps X30: in virtual memory that the kernel maps on the way.
  const saved = { dataId: `pe0/memory/0x${(linked('saved') + 16n * 15n).toString(16)}/8` };
  const watching = await session(launch, [], [saved]);
  assert.deepEqual([watching.isKnown, watching.reason], [true, 'data breakpoint']);
  assert.match(watching.text, /: 0 → 0x[0-9a-f]+, by the instruction at event_entry\+/);
});
