import type { Case } from '../case.ts';

export const cases: readonly Case[] = [
  ['rbit w0, w1', 0x5ac00020, { x1: 1n }, { x0: 0x8000_0000n }],
  ['rbit x0, x1', 0xdac00020, { x1: 2n }, { x0: 0x4000_0000_0000_0000n }],
  ['rev16 x0, x1', 0xdac00420, { x1: 0x0123_4567_89ab_cdefn }, { x0: 0x2301_6745_ab89_efcdn }],
  ['rev32 x0, x1', 0xdac00820, { x1: 0x0123_4567_89ab_cdefn }, { x0: 0x6745_2301_efcd_ab89n }],
  ['rev x0, x1', 0xdac00c20, { x1: 0x0123_4567_89ab_cdefn }, { x0: 0xefcd_ab89_6745_2301n }],
  ['rev w0, w1', 0x5ac00820, { x1: 0x0123_4567_89ab_cdefn }, { x0: 0xefcd_ab89n }],
  ['clz w0, w1', 0x5ac01020, { x1: 0n }, { x0: 32n }],
  ['clz x0, x1', 0xdac01020, { x1: 1n }, { x0: 63n }],
  ['cls w0, w1', 0x5ac01420, { x1: 0xffff_ffffn }, { x0: 31n }],
  ['cls x0, x1', 0xdac01420, { x1: 0n }, { x0: 63n }],
  ['cls x0, x1', 0xdac01420, { x1: 0x4000_0000_0000_0000n }, { x0: 0n }],
];
