/** Accesses where nothing answers are told, also of a guest that takes the abort and goes on. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import type { StopReason } from '../../emulator/stop-reason.ts';
import { guest, json, sdeiDebug } from '../cli/sdei-debug.ts';
import { SessionClient } from '../debug-adapter/support/session-client.ts';
import { CODE, machineWith } from '../support/machine.ts';

const VECTORS = 0x4018_0000n;
const LOOP = 0x1400_0000;
const MOVZ_X1_0A00 = 0xd2a1_4001; // movz x1, #0xa00, lsl #16
const LDR_W2_X1 = 0xb940_0022; // ldr w2, [x1]
const STR_W2_X1 = 0xb900_0422; // str w2, [x1, #4]

/** A machine whose vectors go on behind what was aborted, and its stops up to the end of the budget. */
function stopsOf(words: readonly number[], nothingThere = true): StopReason[] {
  const emulator = machineWith(words);
  emulator.writeRegister(0, 'VBAR_EL1', VECTORS);
  // mrs x9, elr_el1; add x9, x9, #4; msr elr_el1, x9; eret
  emulator.writePhysical(VECTORS + 0x200n, new Uint8Array(Uint32Array.of(0xd538_4029, 0x9100_1129, 0xd518_4029, 0xd69f_03e0).buffer));
  emulator.setStopConditions({ nothingThere });
  const stops: StopReason[] = [];
  for (let stop = emulator.run(2000); stop.kind !== 'budget'; stop = emulator.run(2000)) stops.push(stop);
  return stops;
}

test('once for each page and kind of access, with where it is', () => {
  // The last two go round and round.
  const words = [MOVZ_X1_0A00, LDR_W2_X1, STR_W2_X1, LDR_W2_X1, 0x17ff_fffd];
  const at = (n: number, access: 'read' | 'write', address: bigint) => ({
    kind: 'nothing-there', pe: 0, pc: CODE + BigInt(4 * n), access, address, physical: address,
  }); // biome-ignore format: a row
  assert.deepEqual(stopsOf(words), [at(1, 'read', 0xa00_0000n), at(2, 'write', 0xa00_0004n)]);
  assert.deepEqual(stopsOf(words, false), []);
});

test('of very many pages the first ones', () => {
  // add x1, x1, #1, lsl #12
  assert.equal(stopsOf([MOVZ_X1_0A00, LDR_W2_X1, 0x9140_0421, 0x17ff_fffe]).length, 16);
});

test('a device, and memory, are no news; ROM that is written is', () => {
  const UART = 0xd2a1_2001; // movz x1, #0x900, lsl #16
  const ROM = 0xd2a0_8001; // movz x1, #0x400, lsl #16
  assert.deepEqual(stopsOf([UART, 0xb900_0022 /* str w2, [x1] */, LOOP]), []);
  assert.deepEqual(
    stopsOf([ROM, LDR_W2_X1, STR_W2_X1, LOOP]).map((stop) => stop.kind === 'nothing-there' && [stop.access, stop.address]),
    [['write', 0x400_0004n]],
  );
});

test('where the vector is not there either, the lockup says it all', () => {
  const emulator = machineWith([MOVZ_X1_0A00, LDR_W2_X1]);
  emulator.setStopConditions({ nothingThere: true });
  assert.equal(emulator.run(100).kind, 'lockup');
});

test('run tells it on standard error, a session in the Debug Console', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nothing-'));
  try {
    const file = path.join(folder, 'probing.elf');
    const bytes = readFileSync(guest('first-event'));
    const program = openProgram(file, bytes);
    const [{ physicalAddress, bytes: text }] = program.segments;
    const main = Number((program.symbol('main')?.address ?? 0n) - physicalAddress) + bytes.indexOf(text.subarray(0, 64));
    [MOVZ_X1_0A00, LDR_W2_X1].forEach((word, index) => bytes.writeUInt32LE(word, main + 4 * index));
    writeFileSync(file, bytes);
    const told =
      'PE0 reads 0xa000000 at main+0x4 (first-event.c:84), and nothing there answers that: it takes a synchronous external abort. The devices are GICv3, PL011 and PL031 of QEMU\'s "virt" board.';
    const run = await sdeiDebug('run', file);
    assert.deepEqual([run.status, run.stderr], [0, `sdei-debug: ${told}\n`]);
    assert.match(run.stdout, /^synchronous exception from current EL with SP_ELx: ESR 0x96000010 /);
    const { stderr } = await json('run', file);
    assert.equal(stderr, `sdei-debug: ${told}\n`);

    const client = new SessionClient();
    await client.request('initialize', { adapterID: 'sdei' });
    await client.request('launch', { program: file, memory: '2M', stopAtEnd: 'never' });
    await client.request('configurationDone');
    assert.equal((await client.stop()).event, 'terminated');
    const outputs = client.messages.flatMap(({ event, body }) =>
      event === 'output' ? [body as { category: string; output: string }] : [],
    );
    assert.deepEqual(
      outputs.filter(({ category }) => category === 'stderr').map(({ output }) => output),
      [`${told}\n`],
    );
    await client.session.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
