import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KernelEraName, hypStubCallName, kernelEras } from '../../emulator/hyp-stub/kernel-eras.ts';
import { launchKeys } from '../../debug-adapter/launch-keys.ts';
import { CODE, machineWith } from '../support/machine.ts';

const ERROR = 0x0bad_ca11n;
const STUB = 0x0400_0000n;
const VECTORS = 0x4020_0800n;
/** List registers 3 + 1, 5 bits of priority. */
const VTR = 0x9030_0003n;

/** `x0`, and what it, X1 and VBAR_EL2 are afterwards; X1 = VECTORS before. Every call that returns. */
const rows: readonly (readonly [era: KernelEraName, x0: bigint, after: { x0: bigint; x1?: bigint; vbar?: bigint }])[] = [
  ['4.11', 0n, { x0: STUB }],
  ['4.11', 1n, { x0: 1n, vbar: VECTORS }],
  ['4.11', 2n, { x0: 2n }],
  ['4.11', 0xffen, { x0: 0xffen }],
  ['4.12', 0n, { x0: 0n, vbar: VECTORS }],
  ['4.12', 2n, { x0: 0n }],
  ['4.12', 3n, { x0: ERROR }],
  ['4.12', 4n, { x0: ERROR }],
  ['5.12', 0n, { x0: 0n, vbar: VECTORS }],
  ['5.12', 2n, { x0: 0n }],
  ['5.12', 4n, { x0: ERROR }],
  ['6.0', 0n, { x0: 0n, vbar: VECTORS }],
  ['6.0', 4n, { x0: ERROR }],
  ['6.0', 0x1234n, { x0: ERROR }],
  ['6.19', 2n, { x0: 0n }],
  ['6.19', 4n, { x0: 0n, x1: VTR }],
  ['6.19', 5n, { x0: ERROR }],
];
for (const [hypStub, x0, after] of rows) {
  test(`hyp-stub of ${hypStub}: X0 = 0x${x0.toString(16)} (${hypStubCallName(hypStub, x0) ?? 'no call'})`, () => {
    const emulator = machineWith([0xd4000002 /* hvc #0 */, 0x14000000], { hypStub });
    emulator.writeRegister(0, 'x0', x0);
    emulator.writeRegister(0, 'x1', VECTORS);
    emulator.run(100);
    const read = (name: string) => emulator.readRegister(0, name);
    assert.equal(read('pc'), CODE + 4n);
    assert.deepEqual([read('x0'), read('x1'), read('VBAR_EL2')], [after.x0, after.x1 ?? VECTORS, after.vbar ?? STUB]);
    for (let n = 2; n < 31; n++) assert.equal(read(`x${n}`), 0n, `x${n}`);
  });
}

test('hyp-stub before 4.12: any other X0 is a function, called at EL2 with X1-X3', () => {
  const words = [
    0xd4000002, // hvc #0
    0x14000000, // b .
    0xd5384243, // mrs x3, CurrentEL
    0x8b020020, // add x0, x1, x2
    0xd65f03c0, // ret
  ];
  const emulator = machineWith(words, { hypStub: '4.11' });
  const before = { x0: CODE + 8n, x1: 1n, x2: 2n, x3: 3n, x30: 0x30n };
  for (const [name, value] of Object.entries(before)) emulator.writeRegister(0, name, value);
  emulator.run(100);
  const after = ['x0', 'x3', 'x30', 'pc'].map((name) => emulator.readRegister(0, name));
  assert.deepEqual(after, [2n + 3n, 8n, 0x30n, CODE + 4n]);
});

test('HVC_SOFT_RESTART goes on at EL2 in every era that has it', () => {
  for (const { name, calls } of kernelEras) {
    const number = calls.findIndex((call) => call.name === 'HVC_SOFT_RESTART');
    if (number < 0) continue;
    const emulator = machineWith([0xd4000002, 0x14000000], { hypStub: name });
    [BigInt(number), CODE + 4n, 0xan, 0xbn, 0xcn].forEach((value, n) => emulator.writeRegister(0, `x${n}`, value));
    emulator.run(100);
    const read = (register: string) => emulator.readRegister(0, register);
    assert.deepEqual(
      [read('pc'), (read('pstate') as bigint) & 0x3ffn, read('x0'), read('x1'), read('x2')],
      [CODE + 4n, 0x3c9n, 0xan, 0xbn, 0xcn],
      name,
    );
  }
});

test('launch.json offers the eras that there are', () => {
  assert.deepEqual(launchKeys.find(({ name }) => name === 'hypStub')?.values, kernelEras.map(({ name }) => name)); // biome-ignore format: one line
});
