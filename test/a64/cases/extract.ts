import type { Case } from '../case.ts';

export const cases: readonly Case[] = [
  ['extr x0, x1, x2, #4', 0x93c21020, { x1: 0x1n, x2: 0x20n }, { x0: 0x1000_0000_0000_0002n }],
  ['extr w0, w1, w2, #31', 0x13827c20, { x1: 1n, x2: 0x8000_0000n }, { x0: 3n }],
  ['extr x0, x1, x2, #0', 0x93c20020, { x1: 1n, x2: 2n }, { x0: 2n }],
  ['ror w0, w1, #1', 0x13810420, { x1: 1n }, { x0: 0x8000_0000n }],
];
