import type { Case } from '../case.ts';

export const cases: readonly Case[] = [
  ['mul x0, x1, x2', 0x9b027c20, { x1: 0xffff_ffff_ffff_ffffn, x2: 3n }, { x0: 0xffff_ffff_ffff_fffdn }],
  ['madd w0, w1, w2, w3', 0x1b020c20, { x1: 0x1_0000n, x2: 0x1_0000n, x3: 5n }, { x0: 5n }],
  ['msub x0, x1, x2, x3', 0x9b028c20, { x1: 3n, x2: 4n, x3: 2n }, { x0: 0xffff_ffff_ffff_fff6n }],
  ['mneg x0, x1, x2', 0x9b02fc20, { x1: 3n, x2: 4n }, { x0: 0xffff_ffff_ffff_fff4n }],
  ['smull x0, w1, w2', 0x9b227c20, { x1: 0xffff_ffffn, x2: 2n }, { x0: 0xffff_ffff_ffff_fffen }],
  ['umull x0, w1, w2', 0x9ba27c20, { x1: 0xffff_ffffn, x2: 0xffff_ffffn }, { x0: 0xffff_fffe_0000_0001n }],
  ['umaddl x0, w1, w2, x3', 0x9ba20c20, { x1: 2n, x2: 3n, x3: 0xffff_ffff_ffff_ffffn }, { x0: 5n }],
  ['smsubl x0, w1, w2, x3', 0x9b228c20, { x1: 0xffff_ffffn, x2: 1n, x3: 0n }, { x0: 1n }],
  ['umulh x0, x1, x2', 0x9bc27c20, { x1: 0xffff_ffff_ffff_ffffn, x2: 0xffff_ffff_ffff_ffffn }, { x0: 0xffff_ffff_ffff_fffen }],
  ['smulh x0, x1, x2', 0x9b427c20, { x1: 0xffff_ffff_ffff_ffffn, x2: 1n }, { x0: 0xffff_ffff_ffff_ffffn }],
  ['smulh x0, x1, x2', 0x9b427c20, { x1: 0x8000_0000_0000_0000n, x2: 0x8000_0000_0000_0000n }, { x0: 0x4000_0000_0000_0000n }],
];
