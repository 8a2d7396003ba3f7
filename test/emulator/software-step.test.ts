import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Emulator } from '../../emulator/emulator.ts';
import { CODE, machineWith } from '../support/machine.ts';
import { ERET, NOP, brk, hvc, msrImmediate, svc } from '../system/support.ts';

const SPIN = 0x1400_0000;
const MOVES = [0xd280_0021 /* mov x1, #1 */, 0xd280_0042 /* mov x2, #2 */];
const STEPPED = CODE + 4n;
const VECTORS = CODE + 0x800n;
const SS = 1n << 21n;
const KDE = 0x2000n;

/** At EL1, about to return by ERET to `words` with this PSTATE; the vectors spin. */
function stepper(words: readonly number[], spsr: bigint, registers: Readonly<Record<string, bigint>> = {}, hotThreshold = 0): Emulator {
  const code = [ERET, ...words];
  const spins = Array.from({ length: 0x200 + 0x200 - code.length }, () => SPIN);
  const emulator = machineWith([...code, ...spins], { hotThreshold });
  const given = { OSLAR_EL1: 0n, MDSCR_EL1: 1n, VBAR_EL1: VECTORS, SPSR_EL1: spsr, ELR_EL1: STEPPED, ...registers };
  for (const [name, value] of Object.entries(given)) emulator.writeRegister(0, name, value);
  return emulator;
}
const state = (emulator: Emulator): string[] =>
  ['ESR_EL1', 'ELR_EL1', 'SPSR_EL1', 'pc'].map((name) => {
    const value = emulator.readRegister(0, name) as bigint;
    return (name === 'ELR_EL1' ? value - STEPPED : name === 'pc' ? value - VECTORS : value).toString(16);
  });

/** Code, SPSR_EL1 at the ERET, how many instructions run; ESR_EL1, ELR_EL1 and PC relative, SPSR_EL1. */
const cases: Readonly<Record<string, readonly [readonly number[], bigint, number, string, Readonly<Record<string, bigint>>?]>> = {
  'one instruction': [MOVES, SS, 2, 'cb000022 4 0 400'],
  'no instruction with PSTATE.SS = 0': [MOVES, 0n, 2, 'ca000022 0 0 400'],
  'a load-exclusive': [[0xc85f_7c01 /* ldxr x1, [x0] */], SS, 2, 'cb000062 4 0 400'],
  'an exception instead: the step is kept': [[brk(3)], SS, 2, 'f2000003 0 200000 400'],
  'SVC is done': [[svc(1)], SS, 2, '56000001 4 0 400'],
  'EL1 with KDE': [MOVES, SS | 5n, 2, 'cf000022 4 5 200', { MDSCR_EL1: KDE | 1n }],
  'the call of the level above is done': [[hvc(0)], SS | 5n, 2, 'cf000022 4 5 200', { MDSCR_EL1: KDE | 1n, X0: 0x8400_0000n }],
  'D is set by what is stepped': [[msrImmediate('DAIFSet', 8), ...MOVES, SPIN], SS | 5n, 4, '0 0 200005 -7f0', { MDSCR_EL1: KDE | 1n }],
};
for (const [name, [words, spsr, count, expected, registers]] of Object.entries(cases)) {
  for (const hotThreshold of [0, 1]) {
    test(`software step, ${name}${hotThreshold ? ', translated' : ''}: ${expected}`, () => {
      const emulator = stepper(words, spsr, { X0: CODE, ...registers }, hotThreshold);
      emulator.run(count);
      assert.equal(state(emulator).join(' '), expected);
    });
  }
}

test('a handler that returns to what it steps sees every instruction, in slices of any size', () => {
  for (const slice of [1, 3, 1000]) {
    const emulator = stepper([NOP, NOP, NOP, NOP, NOP, NOP, NOP, NOP], SS);
    const vector = VECTORS + 0x400n;
    // add x5, x5, #1; mrs x6, spsr_el1; orr x6, x6, #1 << 21; msr spsr_el1, x6; eret
    const handler = [0x9100_04a5, 0xd538_4006, 0xb26b_00c6, 0xd518_4006, ERET];
    emulator.load(vector, new Uint8Array(Uint32Array.from(handler).buffer));
    const total = 1 + 5 * 6;
    for (let left = total; left > 0; left -= slice) emulator.run(Math.min(slice, left));
    assert.equal(emulator.readRegister(0, 'x5'), 5n);
    assert.equal(emulator.readRegister(0, 'ELR_EL1'), STEPPED + 20n);
  }
});

test('a debugger that steps goes from what the guest steps into its handler', () => {
  const emulator = stepper(MOVES, SS);
  emulator.setBreakpoints([{ address: STEPPED }]);
  assert.equal(emulator.run(100).kind, 'breakpoint');
  assert.deepEqual([emulator.readRegister(0, 'pc'), emulator.readRegister(0, 'pstate')], [STEPPED, SS]);
  emulator.step(0);
  assert.deepEqual(state(emulator), ['cb000022', '4', '0', '400']);
});

test('an event in between is not stepped, and the step goes on behind it', () => {
  const setUp = [hvc(0), hvc(0), hvc(0)];
  // movz x0, #0x25; movk x0, #0xc400, lsl #16; mov x1, #0; hvc #0: SDEI_EVENT_COMPLETE
  const handler = [0xd280_04a0, 0xf2b8_8000, 0xd280_0001, hvc(0)];
  const emulator = stepper([...MOVES, ...setUp, ...handler], SS);
  const at = (index: number): bigint => STEPPED + BigInt(4 * index);
  const calls = [[0xc400_0021n, 0n, at(5), 0n, 0n, 0n], [0xc400_0022n, 0n], [0xc400_002cn]];
  calls.forEach((values, call) => {
    values.forEach((value, n) => emulator.writeRegister(0, `x${n}`, value));
    emulator.writeRegister(0, 'pc', at(2 + call));
    emulator.run(1);
    assert.equal(emulator.readRegister(0, 'x0'), 0n);
  });
  emulator.writeRegister(0, 'pc', CODE);
  emulator.run(1);
  emulator.trigger(0, 0);
  assert.equal(emulator.readRegister(0, 'pc'), at(5));
  assert.equal(emulator.readRegister(0, 'x3'), SS);
  emulator.run(4);
  assert.deepEqual([emulator.readRegister(0, 'pc'), emulator.readRegister(0, 'pstate')], [STEPPED, SS]);
  emulator.run(1);
  assert.deepEqual(state(emulator), ['cb000022', '4', '0', '400']);
});
