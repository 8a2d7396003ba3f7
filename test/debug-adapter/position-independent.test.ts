/** Programs linked at 0, loaded where `"program": "FILE@OFFSET"` says: test/program/position-independent. gdb, told where by qOffsets, shows the same. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { guests, SessionClient, withSession } from './support/session-client.ts';

const folder = path.join(import.meta.dirname, '../program/position-independent');
const main = path.join(folder, 'main.c');
const source = path.relative(guests, main);
const at = (name: string, offset: string): string => `${path.relative(guests, path.join(folder, `${name}.elf`))}@${offset}`;

/** Of `steps[0].run`, of the call of it in `main`, and of `total`, as linked. */
const places = { 'gcc-pie': [0x70n, 0xc8n, 0x1168n], 'clang-pie': [0x70n, 0xe0n, 0x1118n], shared: [0x70n, 0xc0n, 0x1168n] } as const;

for (const name of ['gcc-pie', 'clang-pie', 'shared'] as const)
  for (const address of ['0x40100000', '0x43210000'])
    test(`${name} at ${address}: lines, stack, variables and the entry`, () =>
      withSession(async (client) => {
        const hex = (linked: bigint): string => `0x${(BigInt(address) + linked).toString(16)}`;
        const [twice, call, total] = places[name];
        await client.launch(at(name, address), { stopOnEntry: true, sourceMap: { '/build/position-independent': folder } });
        await client.start();
        await client.stop();
        assert.equal(await client.pc(), BigInt(address));
        assert.deepEqual(await client.stack(), ['_start start.S:6']);
        // What the program has not relocated yet is as it is in the file.
        const before = await client.evaluate('where');
        assert.ok(before.startsWith(name === 'clang-pie' ? '0x0' : '0x1168'), before);
        const [{ verified, line }] = await client.breakAt(source, 17);
        assert.deepEqual([verified, line], [true, 17]);
        await client.go('continue');
        const { stackFrames } = await client.request('stackTrace', { threadId: 1 });
        assert.deepEqual(
          stackFrames.map((frame: { name: string; line: number; instructionPointerReference: string }) => [
            frame.name,
            frame.line,
            frame.instructionPointerReference,
          ]),
          [
            ['twice', 17, hex(twice)],
            ['main', 34, hex(call)],
            ['_start', 29, hex(0x60n)],
          ],
        );
        assert.equal(await client.evaluate('total'), '5');
        assert.equal(await client.evaluate('&total'), `${hex(total)} <total>`);
        assert.equal(await client.evaluate('steps[0].run'), `${hex(twice)} <twice>`);
        assert.equal(await client.evaluate('where == &total && *where == 5'), '1');
        assert.equal(await client.evaluate('steps[0].name[2]'), "105 'i'");
        assert.equal(await client.evaluate('counter'), '7');
        assert.equal(await client.evaluate('by'), '1');
        const { modules } = await client.request('modules');
        assert.equal(modules[0].addressRange.split('-')[0], address);
        assert.equal(modules[0].version, `loaded at its link address + ${address}`);
        await client.breakAt(source);
        assert.equal((await client.go('continue')).event, 'terminated');
      }));

test('"entry" is a symbol of the program where it is loaded, and sum of offset and link address is what counts', () =>
  withSession(async (client) => {
    await client.launch(at('gcc-pie', '0x41000000'), { stopOnEntry: true, entry: 'main' });
    await client.start();
    await client.stop();
    assert.deepEqual([await client.evaluate('$pc == &main'), (await client.stack())[0].split(' ')[0]], ['1', 'main']);
  }));

test('without an offset, the message says how it is loaded into RAM', async () => {
  for (const offset of ['0x0', '0x1000']) {
    const client = new SessionClient();
    await client.request('initialize', { adapterID: 'sdei' });
    const answer = await client.ask('launch', { program: path.join(guests, at('gcc-pie', offset)) });
    assert.match(
      String(answer.message),
      /gcc-pie\.elf" has a segment at 0x1?0?0?0-0x\w+, outside RAM \(0x40000000-0x48000000\)\. It is position-independent: load it into RAM with "program": ".*\/gcc-pie\.elf@0x40100000"\.$/,
    );
    await client.end();
  }
});

test('a trace has the program where it was', async () => {
  const temporary = await mkdtemp(path.join(os.tmpdir(), 'pie-'));
  const trace = path.join(temporary, 'a.sdeitrace');
  try {
    await withSession(async (client) => {
      await client.launch(at('gcc-pie', '0x43210000'));
      await client.breakAt(source, 24);
      await client.start();
      await client.stop();
      const { data } = await client.request('sdei/saveTrace');
      await writeFile(trace, Buffer.from(data, 'base64'));
    });
    await withSession(async (client) => {
      await client.request('initialize', { adapterID: 'sdei' });
      await client.request('launch', { trace });
      await client.start();
      await client.stop();
      assert.equal((await client.stack())[0], 'thrice main.c:24');
      assert.deepEqual([await client.evaluate('total'), await client.evaluate('counter')], ['7', '8']);
    });
  } finally {
    await rm(temporary, { recursive: true });
  }
});
