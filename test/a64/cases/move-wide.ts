import type { Case } from '../case.ts';

export const cases: readonly Case[] = [
  ['mov x0, #0xffff000000000000', 0xd2ffffe0, {}, { x0: 0xffff_0000_0000_0000n }],
  ['movn w0, #0', 0x12800000, {}, { x0: 0xffff_ffffn }],
  ['movn x0, #0xffff, lsl #48', 0x92ffffe0, {}, { x0: 0x0000_ffff_ffff_ffffn }],
  ['movk x0, #0, lsl #32', 0xf2c00000, { x0: 0xffff_ffff_ffff_ffffn }, { x0: 0xffff_0000_ffff_ffffn }],
  ['movk w0, #0x1234, lsl #16', 0x72a24680, { x0: 0xffff_ffff_ffff_ffffn }, { x0: 0x1234_ffffn }],
  ['movz xzr, #1', 0xd280003f, {}, {}],
];
