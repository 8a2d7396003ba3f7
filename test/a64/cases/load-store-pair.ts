import { type Case, DATA } from '../case.ts';

export const cases: readonly Case[] = [
  ['ldp x0, x2, [x1, #16]', 0xa9410820, { x1: DATA, memory: { 0x10: '01', 0x18: '02' } }, { x0: 1n, x2: 2n }],
  [
    'ldp w0, w2, [x1, #-256]',
    0x29600820,
    { x1: DATA + 0x100n, memory: { 0: 'ff ff ff ff fe ff ff ff' } },
    { x0: 0xffff_ffffn, x2: 0xffff_fffen },
  ],
  [
    'ldpsw x0, x2, [x1]',
    0x69400820,
    { x1: DATA, memory: { 0: 'ff ff ff ff fe ff ff 7f' } },
    { x0: 0xffff_ffff_ffff_ffffn, x2: 0x7fff_fffen },
  ],
  ['stp x29, x30, [sp, #-32]!', 0xa9be7bfd, { x29: 1n, x30: 2n, sp: DATA + 32n }, { sp: DATA, memory: { 0: '01', 8: '02' } }],
  ['ldp x29, x30, [sp], #32', 0xa8c27bfd, { sp: DATA, memory: { 0: '01', 8: '02' } }, { x29: 1n, x30: 2n, sp: DATA + 32n }],
  [
    'stp wzr, w0, [x1]',
    0x2900003f,
    { x0: 0xffff_ffff_0000_0001n, x1: DATA, memory: { 0: '11 11 11 11 11 11 11 11 11' } },
    { memory: { 0: '00 00 00 00 01 00 00 00' } },
  ],
  ['stnp x0, x2, [x1]', 0xa8000820, { x0: 1n, x2: 2n, x1: DATA }, { memory: { 0: '01', 8: '02' } }],
  ['ldnp x0, x2, [x1]', 0xa8400820, { x1: DATA, memory: { 0: '01', 8: '02' } }, { x0: 1n, x2: 2n }],
  ['ldp x0, x1, [x1]', 0xa9400420, { x1: DATA, memory: { 0: '01', 8: '02' } }, { x0: 1n, x1: 2n }],
  ['ldp x1, x0, [x1]', 0xa9400021, { x1: DATA, memory: { 0: '01', 8: '02' } }, { x0: 2n, x1: 1n }],
  // Across two pages, and unaligned.
  ['ldp x0, x2, [x1]', 0xa9400820, { x1: DATA + 0xff8n, memory: { 0xff8: '01', 0x1000: '02' } }, { x0: 1n, x2: 2n }],
  ['stp x0, x2, [x1]', 0xa9000820, { x0: 1n, x2: 2n, x1: DATA + 0xff9n }, { memory: { 0xff9: '01', 0x1001: '02' } }],
  // CONSTRAINED UNPREDICTABLE: the first element; the updated base; the old base.
  ['.inst 0xa9400020 // ldp x0, x0, [x1]', 0xa9400020, { x1: DATA, memory: { 0: '01', 8: '02' } }, { x0: 1n }],
  ['.inst 0xa8c10821 // ldp x1, x2, [x1], #16', 0xa8c10821, { x1: DATA, memory: { 0: '01', 8: '02' } }, { x1: DATA + 16n, x2: 2n }],
  [
    '.inst 0xa9810821 // stp x1, x2, [x1, #16]!',
    0xa9810821,
    { x1: DATA, x2: 2n },
    { x1: DATA + 16n, memory: { 0x10: '00 00 00 50', 0x18: '02' } },
  ],
  ['ldp x0, x2, [sp]', 0xa9400be0, { sp: DATA + 8n }, { ending: 'fault' }],
  // Only the second element faults.
  ['ldp x0, x2, [x1], #16', 0xa8c10820, { x1: DATA + 0xfff8n }, { ending: 'fault' }],
];
