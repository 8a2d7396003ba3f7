/** Memory that was reserved is one machine's only, and only if it is as large. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reserveMemory, takeMemory } from '../../emulator/machine/reserved-memory.ts';
import { reserveMachine } from '../../emulator/emulator.ts';
import { CODE, fingerprint, machineWith, plainConfiguration } from '../support/machine.ts';

test('what was reserved is taken once', () => {
  reserveMemory(3);
  const first = takeMemory(3);
  new Uint8Array(first.buffer).fill(1);
  const second = takeMemory(3);
  assert.deepEqual([first.buffer.byteLength, second.buffer.byteLength], [3 << 16, 3 << 16]);
  assert.equal(
    new Uint8Array(second.buffer).findIndex((byte) => byte !== 0),
    -1,
  );
});

test('another size is made, and what was reserved given back', () => {
  reserveMemory(3);
  assert.equal(takeMemory(4).buffer.byteLength, 4 << 16);
  reserveMemory(3);
  assert.equal(takeMemory(2).buffer.byteLength, 2 << 16);
});

test('machines on reserved memory are machines of their own', () => {
  const words = [0xd280_0c81, 0xf900_0001]; // mov x1, #100; str x1, [x0]
  const run = () => {
    const emulator = machineWith(words);
    emulator.writeRegister(0, 'x0', CODE + 0x1000n);
    emulator.run(2);
    return emulator;
  };
  const plain = run();
  reserveMachine(plainConfiguration);
  const [first, second] = [run(), machineWith(words)];
  assert.equal(fingerprint(first), fingerprint(plain));
  assert.deepEqual(
    [plain, first, second].map((emulator) => emulator.readPhysical(CODE + 0x1000n, 1)[0]),
    [100, 100, 0],
  );
});
