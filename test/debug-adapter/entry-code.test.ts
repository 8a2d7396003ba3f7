/** Handlers that go to a stack of their own, without call frame information: where the interrupted registers are at each instruction. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registersKeptByEntryCode } from '../../debug-adapter/stack/entry-code.ts';

const ENTRY = 0x8000n;
const OWN_STACK = 0x2_0000n;
const SP = 31;

// Words as aarch64-linux-gnu-as makes them.
const words = {
  'ldr x4, =own_stack': 0x58000204,
  'sub x6, x4, #2048': 0xd1200086,
  'b.hi .+8': 0x54000048,
  'mov x4, x6': 0xaa0603e4,
  'mov x5, sp': 0x910003e5,
  'mov sp, x4': 0x9100009f,
  'stp x29, x30, [sp, #-32]!': 0xa9be7bfd,
  'str x5, [sp, #16]': 0xf9000be5,
  'str xzr, [sp, #16]': 0xf9000bff,
  'mov x29, #0x1234': 0xd282469d,
  'bl .': 0x94000000,
  'ldr x5, [sp, #16]': 0xf9400be5,
  'ldp x29, x30, [sp], #32': 0xa8c27bfd,
  'mov sp, x5': 0x910000bf,
  'mov x19, sp': 0x910003f3,
  'and sp, x4, #-16': 0x927cec9f,
  'b .': 0x14000000,
  'mov x19, x30': 0xaa1e03f3,
  'stp x19, x20, [x4, #16]': 0xa9015093,
  'ldr x30, [x4]': 0xf940009e,
} as const;
type Word = keyof typeof words;

const values = (registers: Readonly<Record<number, bigint>>) =>
  new Map(Object.entries(registers).map(([key, value]) => [Number(key), value]));

function kept(code: readonly Word[], now: Readonly<Record<number, bigint>>, stack: Readonly<Record<number, bigint>> = {}) {
  const bytes = new Uint8Array(Uint32Array.from(code, (word) => words[word]).buffer);
  const memory = (address: bigint, length: number): Uint8Array => {
    if (address === ENTRY) return bytes.slice(0, length);
    const value = stack[Number(address - OWN_STACK)];
    return value === undefined ? new Uint8Array() : new Uint8Array(BigUint64Array.of(value).buffer);
  };
  return Object.fromEntries(registersKeptByEntryCode(ENTRY, ENTRY + BigInt(code.length * 4), values(now), memory));
}

const toOwnStack: readonly Word[] = ['ldr x4, =own_stack', 'mov x5, sp', 'mov sp, x4'];
const saves: readonly Word[] = ['stp x29, x30, [sp, #-32]!', 'str x5, [sp, #16]'];
const frame = { [-32]: 0x29n, [-24]: 0x30n, [-16]: 0x31n };
const below = OWN_STACK - 32n;

for (const [what, code, now, stack, expected] of [
  ['nothing done yet', [], { 29: 1n, 30: 2n, [SP]: 3n }, {}, { 29: 1n, 30: 2n, [SP]: 3n }],
  ['SP in a register', toOwnStack, { 5: 7n, 29: 1n, 30: 2n, [SP]: OWN_STACK }, {}, { 29: 1n, 30: 2n, [SP]: 7n }],
  [
    'all on its own stack, X29 with something else',
    [...toOwnStack, ...saves, 'mov x29, #0x1234', 'bl .'],
    { 29: 0x1234n, 30: 9n, [SP]: below },
    frame,
    { 29: 0x29n, 30: 0x30n, [SP]: 0x31n },
  ],
  [
    'a stack that a branch has chosen',
    ['ldr x4, =own_stack', 'sub x6, x4, #2048', 'b.hi .+8', 'mov x4, x6', 'mov x5, sp', 'mov sp, x4', ...saves, 'bl .'],
    { [SP]: below },
    frame,
    { 29: 0x29n, 30: 0x30n, [SP]: 0x31n },
  ],
  [
    'loaded back',
    [...toOwnStack, ...saves, 'mov x29, #0x1234', 'bl .', 'ldr x5, [sp, #16]', 'ldp x29, x30, [sp], #32'],
    { 5: 0x31n, 29: 0x29n, 30: 0x30n, [SP]: OWN_STACK },
    frame,
    { 29: 0x29n, 30: 0x30n, [SP]: 0x31n },
  ],
  [
    'and the interrupted stack again',
    [...toOwnStack, ...saves, 'bl .', 'ldr x5, [sp, #16]', 'ldp x29, x30, [sp], #32', 'mov sp, x5'],
    { 29: 0x29n, 30: 0x30n, [SP]: 0x31n },
    frame,
    { 29: 0x29n, 30: 0x30n, [SP]: 0x31n },
  ],
  [
    'in a register that calls preserve',
    ['mov x19, sp', 'mov sp, x4', 'bl .'],
    { 19: 7n, 29: 1n, [SP]: OWN_STACK },
    {},
    { 29: 1n, [SP]: 7n },
  ],
  [
    'by way of other registers',
    ['mov x19, x30', 'stp x19, x20, [x4, #16]', 'ldr x30, [x4]'],
    { 4: OWN_STACK, 19: 0x30n, 20: 5n, 30: 8n },
    { 16: 0x30n, 24: 5n },
    { 20: 5n, 30: 0x30n },
  ],
  ['XZR is not SP', ['str xzr, [sp, #16]'], { [SP]: OWN_STACK }, { 16: 0n }, { [SP]: OWN_STACK }],
  ['not where SP was computed', ['and sp, x4, #-16'], { 29: 1n, [SP]: OWN_STACK }, {}, { 29: 1n }],
  ['nothing behind a branch', [...toOwnStack, 'b .', 'mov sp, x5'], { 5: 7n, [SP]: 3n }, {}, {}],
] as const)
  test(what, () => {
    assert.deepEqual(kept(code, now, stack), { ...expected });
  });
