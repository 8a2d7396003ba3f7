/** Functions without call frame information: what their instructions so far have done to SP and the registers of the caller. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registersAtEntry } from '../../debug-adapter/stack/prologue.ts';

const ENTRY = 0x8000n;
const STACK = 0x2_0000n;
const [FP, LR, SP] = [29, 30, 31];

// Words as aarch64-linux-gnu-as makes them.
const words = {
  'str d8, [sp, #-48]!': 0xfc1d0fe8,
  'stp d9, d8, [sp, #-16]!': 0x6dbf23e9,
  'stp x29, x30, [sp, #-32]!': 0xa9be7bfd,
  'ldr d8, [sp], #48': 0xfc4307e8,
  'ldp x29, x30, [sp], #32': 0xa8c27bfd,
  'bl .': 0x94000000,
  'mov x0, x1': 0xaa0103e0,
} as const;
type Word = keyof typeof words;

/** The stack holds its own addresses; registers hold what they are called. */
function atEntry(code: readonly Word[], sp: bigint) {
  const bytes = new Uint8Array(Uint32Array.from(code, (word) => words[word]).buffer);
  const memory = (address: bigint, length: number): Uint8Array =>
    address === ENTRY ? bytes.slice(0, length) : new Uint8Array(BigUint64Array.of(address).buffer);
  const now = new Map([FP, LR].map((register) => [register, BigInt(register)])).set(SP, sp);
  const found = registersAtEntry(ENTRY, ENTRY + BigInt(code.length * 4), now, memory);
  return [FP, LR, SP].map((register) => found?.get(register));
}

for (const [what, code, sp, expected] of [
  ['nothing yet', [], STACK, [29n, 30n, STACK]],
  ['a vector register pushed', ['str d8, [sp, #-48]!'], STACK - 48n, [29n, 30n, STACK]],
  ['a pair of them', ['stp d9, d8, [sp, #-16]!'], STACK - 16n, [29n, 30n, STACK]],
  ['and popped', ['str d8, [sp, #-48]!', 'mov x0, x1', 'ldr d8, [sp], #48'], STACK, [29n, 30n, STACK]],
  ['a frame record', ['stp x29, x30, [sp, #-32]!'], STACK - 32n, [STACK - 32n, STACK - 24n, STACK]],
  ['after a call', ['stp x29, x30, [sp, #-32]!', 'bl .'], STACK - 32n, [STACK - 32n, STACK - 24n, STACK]],
  ['loaded back', ['stp x29, x30, [sp, #-32]!', 'bl .', 'ldp x29, x30, [sp], #32'], STACK, [29n, 30n, STACK]],
  ['what a call has left in X30 is not the caller', ['mov x0, x1', 'bl .'], STACK, [29n, undefined, STACK]],
] as const)
  test(what, () => assert.deepEqual(atEntry(code, sp), expected));
