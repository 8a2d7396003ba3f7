import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { frameInEpilogue, frameInPrologue } from '../../debug-adapter/program/frame-instructions.ts';

const ENTRY = 0x1000;
const SP = 0x8000n;

// Words as aarch64-linux-gnu-as makes them.
const words = {
  paciasp: 0xd503233f,
  autiasp: 0xd50323bf,
  'bti c': 0xd503245f,
  'stp x29, x30, [sp, #-32]!': 0xa9be7bfd,
  'stp x20, x19, [sp, #16]': 0xa9014ff4,
  'str x19, [sp, #16]': 0xf9000bf3,
  'str x30, [sp, #-16]!': 0xf81f0ffe,
  'stp d9, d8, [sp, #-16]!': 0x6dbf23e9,
  'sub sp, sp, #48': 0xd100c3ff,
  'sub sp, sp, #1, lsl #12': 0xd14007ff,
  'mov x29, sp': 0x910003fd,
  'mov x0, x1': 0xaa0103e0,
  'mov x29, x1': 0xaa0103fd,
  'add sp, sp, x1': 0x8b2163ff,
  'cmp x0, #1': 0xf100041f,
  'tst x0, #1': 0xf240001f,
  'orr sp, x0, #1': 0xb240001f,
  'ldr x8, [sp, #40]': 0xf94017e8,
  'ldr w9, [x29, #24]': 0xb9401ba9,
  'ldr d8, [sp], #48': 0xfc4307e8,
  'str d8, [sp, #-48]!': 0xfc1d0fe8,
  'str q8, [sp, #-48]!': 0x3c9d0fe8,
  'add x0, x29, #24': 0x910063a0,
  'ldr x30, [x0]': 0xf940001e,
  'fmov d0, d1': 0x1e604020,
  'bl .': 0x94000000,
  'cbz x0, .': 0xb4000000,
  'b.hi .': 0x54000008,
  'br x10': 0xd61f0140,
  'ldr x0, [x1], #8': 0xf8408420,
  'ldr x0, [x29], #8': 0xf84087a0,
  'fcvtzs x29, d0': 0x9e78001d,
  'ldp x20, x19, [sp, #16]': 0xa9414ff4,
  'ldp x29, x30, [sp], #32': 0xa8c27bfd,
  'ldr x30, [sp], #16': 0xf84107fe,
  'mov sp, x29': 0x910003bf,
  'add sp, sp, #48': 0x9100c3ff,
  ret: 0xd65f03c0,
  retaa: 0xd65f0bff,
  'b .+0x1000': 0x14000400,
  'b .-4': 0x17ffffff,
} as const;
type Word = keyof typeof words;

const reader = (code: readonly Word[]) => (address: number) => {
  const word = code[(address - ENTRY) / 4];
  return word === undefined ? undefined : words[word];
};

describe('a prologue', () => {
  for (const [code, cfa, saved, isSigned] of [
    [['stp x29, x30, [sp, #-32]!'], 0x8020n, { 29: 0x8000n, 30: 0x8008n }, false],
    [
      ['stp x29, x30, [sp, #-32]!', 'stp x20, x19, [sp, #16]', 'mov x29, sp'],
      0x8020n,
      { 29: 0x8000n, 30: 0x8008n, 20: 0x8010n, 19: 0x8018n },
      false,
    ],
    [['sub sp, sp, #48', 'str x19, [sp, #16]'], 0x8030n, { 19: 0x8010n }, false],
    [['sub sp, sp, #1, lsl #12'], 0x9000n, {}, false],
    [['paciasp', 'str x30, [sp, #-16]!'], 0x8010n, { 30: 0x8000n }, true],
    [['bti c', 'stp d9, d8, [sp, #-16]!'], 0x8010n, { 73: 0x8000n, 72: 0x8008n }, false],
    [['stp x29, x30, [sp, #-32]!', 'sub sp, sp, #48'], 0x8050n, { 29: 0x8030n, 30: 0x8038n }, false],
    [['str d8, [sp, #-48]!', 'str x19, [sp, #16]'], 0x8030n, { 72: 0x8000n, 19: 0x8010n }, false],
    // Behind what needs no frame, as compilers move it.
    [['cbz x0, .', 'stp x29, x30, [sp, #-32]!'], 0x8020n, { 29: 0x8000n, 30: 0x8008n }, false],
    [['ldp x29, x30, [sp], #32', 'ret', 'stp x29, x30, [sp, #-32]!'], 0x8020n, { 29: 0x8000n, 30: 0x8008n }, false],
    [['bl .', 'br x10', 'str x30, [sp, #-16]!'], 0x8010n, { 30: 0x8000n }, false],
    [[...Array<Word>(32).fill('mov x0, x1'), 'b.hi .', 'str x30, [sp, #-16]!'], 0x8010n, { 30: 0x8000n }, false],
    // Scheduled between.
    [['sub sp, sp, #48', 'mov x0, x1', 'fmov d0, d1', 'cmp x0, #1', 'str x19, [sp, #16]'], 0x8030n, { 19: 0x8010n }, false],
  ] as const) {
    test(code.join('; '), () => {
      const frame = frameInPrologue(ENTRY, ENTRY + code.length * 4, SP, reader(code));
      assert.deepEqual(frame && { ...frame, savedAt: Object.fromEntries(frame.savedAt) }, {
        cfa,
        savedAt: saved,
        isReturnAddressSigned: isSigned,
      });
    });
  }
  for (const [what, code] of [
    ['that has not begun', ['bti c']],
    ['with a branch in it', ['sub sp, sp, #48', 'cbz x0, .']],
    ['with a call in it', ['sub sp, sp, #48', 'bl .']],
    ['that changes SP in another way', ['sub sp, sp, #48', 'add sp, sp, x1']],
    ['that pushes what is not saved for the caller', ['sub sp, sp, #48', 'str q8, [sp, #-48]!']],
    ['that sets X29', ['sub sp, sp, #48', 'mov x29, x1']],
    ['but an epilogue behind a branch', ['cbz x0, .', 'add sp, sp, #48']],
  ] as const) {
    test(`${what} says nothing`, () => assert.equal(frameInPrologue(ENTRY, ENTRY + code.length * 4, SP, reader(code)), undefined));
  }
});

describe('an epilogue', () => {
  const registers = new Map([
    [29, 0x9000n],
    [31, SP],
  ]);
  const run = (code: readonly Word[]) => frameInEpilogue({ low: ENTRY, high: ENTRY + 0x100 }, ENTRY, registers, reader(code));
  for (const [code, cfa, saved, isSigned] of [
    [['ret'], 0x8000n, {}, false],
    [['ldp x29, x30, [sp], #32', 'ret'], 0x8020n, { 29: 0x8000n, 30: 0x8008n }, false],
    [['ldp x20, x19, [sp, #16]', 'ldp x29, x30, [sp], #32', 'ret'], 0x8020n, { 20: 0x8010n, 19: 0x8018n, 29: 0x8000n, 30: 0x8008n }, false],
    [['add sp, sp, #48', 'ldr x30, [sp], #16', 'autiasp', 'ret'], 0x8040n, { 30: 0x8030n }, true],
    [['mov sp, x29', 'ldp x29, x30, [sp], #32', 'retaa'], 0x9020n, { 29: 0x9000n, 30: 0x9008n }, true],
    [['add sp, sp, #48', 'b .+0x1000'], 0x8030n, {}, false],
    [['ldp x29, x30, [sp], #32', 'ldr d8, [sp], #48', 'ret'], 0x8050n, { 29: 0x8000n, 30: 0x8008n, 72: 0x8020n }, false],
    // Scheduled between.
    [
      ['ldr x8, [sp, #40]', 'ldp x29, x30, [sp], #32', 'mov x0, x1', 'tst x0, #1', 'ldr x0, [x1], #8', 'ret'],
      0x8020n,
      { 8: 0x8028n, 29: 0x8000n, 30: 0x8008n },
      false,
    ],
    [['str x19, [sp, #16]', 'ldr w9, [x29, #24]', 'add x0, x29, #24', 'add sp, sp, #48', 'ret'], 0x8030n, {}, false],
  ] as const) {
    test(code.join('; '), () => {
      const frame = run(code);
      assert.deepEqual(frame && { ...frame, savedAt: Object.fromEntries(frame.savedAt) }, {
        cfa,
        savedAt: saved,
        isReturnAddressSigned: isSigned,
        end: ENTRY + (code.length - 1) * 4,
      });
    });
  }
  for (const [what, code] of [
    ['with a branch in it', ['cbz x0, .', 'ret']],
    ['with a call in it', ['bl .', 'ret']],
    ['that sets SP', ['orr sp, x0, #1', 'ret']],
    ['that sets X29', ['fcvtzs x29, d0', 'ret']],
    ['that loads X30 from elsewhere', ['ldr x30, [x0]', 'ret']],
    ['that moves X29', ['ldr x0, [x29], #8', 'ret']],
    ['that goes on in the function', ['add sp, sp, #48', 'b .-4']],
    ['without an end', ['add sp, sp, #48']],
    ['that takes SP from a register it has reloaded', ['ldp x29, x30, [sp], #32', 'mov sp, x29', 'ret']],
  ] as const) {
    test(`${what} says nothing`, () => assert.equal(run(code), undefined));
  }
});
