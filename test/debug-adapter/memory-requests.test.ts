/** readMemory at the ends of memory: what a client may conclude from fewer bytes than it has asked for (Debug Adapter Protocol, readMemory). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withSession } from './support/session-client.ts';

const MEGABYTE = 1 << 20;
const RAM = 0x4000_0000;
/** RAM has 32 MB here. */
const rows: readonly (readonly [address: number, count: number, readable: number, unreadable: number])[] = [
  [RAM, 0, 0, 0],
  [RAM, 8, 8, 0],
  // RAM begins in the middle: a client that skips what is not there goes on at its first byte.
  [RAM - 8, 16, 0, 8],
  [RAM - 3 * 4096 - 1, 4 * 4096, 0, 3 * 4096 + 1],
  [RAM + 32 * MEGABYTE - 8, 16, 8, 8],
  [0x900_0000, 4, 0, 4],
  // More than one megabyte is no reason to call the rest unreadable.
  [RAM, 10 * MEGABYTE, 10 * MEGABYTE, 0],
  [RAM + 30 * MEGABYTE, 4 * MEGABYTE, 2 * MEGABYTE, 2 * MEGABYTE],
];

test('readMemory gives all that can be read, and how far what cannot be read goes', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf', { stopOnEntry: true, memory: '32M' });
    await client.start();
    await client.stop();
    const read = (address: number, count: number) => client.ask('readMemory', { memoryReference: `0x${address.toString(16)}`, count });
    for (const [address, count, readable, unreadable] of rows) {
      const body = (await read(address, count)).body as { data?: string; unreadableBytes?: number };
      const bytes = Buffer.from(body.data ?? '', 'base64').length;
      assert.deepEqual([bytes, body.unreadableBytes ?? 0], [readable, unreadable], `${count} bytes at 0x${address.toString(16)}`);
    }
    assert.match((await read(RAM, 20 * MEGABYTE)).message ?? '', /"count" is 20971520, .* at most 16777216 bytes are read at once/);
  }));

test('what asks for too much, or for an address that is none, is told so', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf', { stopOnEntry: true });
    await client.start();
    await client.stop();
    const said = async (command: string, args: object) => (await client.ask(command, { memoryReference: '0x40100000', ...args })).message;
    assert.equal(
      await said('disassemble', { instructionCount: 9007199254740991 }),
      '"instructionCount" is 9007199254740991: at most 20000 instructions are disassembled at once.',
    );
    assert.equal(await said('disassemble', { instructionCount: 20_000 }), undefined);
    assert.match((await said('readMemory', { count: 9007199254740991 })) ?? '', /^"count" is 9007199254740991, /);
    assert.equal(
      await said('readMemory', { offset: -9007199254740991, count: 4 }),
      'Address -0x1fffffbfefffff is outside the 64-bit address space.',
    );
  }));
