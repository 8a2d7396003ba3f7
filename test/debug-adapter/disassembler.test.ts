import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createDisassembler } from '../../debug-adapter/disassembly/disassembler.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';

it('Capstone is loaded once, by a stop or by the first who disassembles', async () => {
  const read: string[] = [];
  let done: () => void;
  const isRead = new Promise<void>((resolve) => {
    done = resolve;
  });
  const disassembler = createDisassembler({
    ...nodeHost,
    async readAsset(name) {
      read.push(name);
      done();
      return nodeHost.readAsset(name);
    },
  });
  disassembler.prepare();
  // The timer of `prepare` keeps no process alive, so the test does.
  const alive = setInterval(() => {}, 1000);
  await isRead;
  clearInterval(alive);
  assert.deepEqual(await disassembler.disassemble(0x4000_0000n, [0x9100_0421, 0xd503_201f, 0x0000_0000]), [
    'add\tx1, x1, #1',
    'nop',
    'udf\t#0',
  ]);
  assert.deepEqual(read, ['capstone.wasm']);
});
