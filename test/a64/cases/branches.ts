import { type Case, CODE } from '../case.ts';

export const cases: readonly Case[] = [
  ['b .+0x10', 0x14000004, {}, { pc: CODE + 0x10n }],
  ['b .-0x4000', 0x17fff000, {}, { pc: CODE - 0x4000n }],
  ['bl .+8', 0x94000002, {}, { pc: CODE + 8n, x30: CODE + 4n }],
  ['b.eq .+8', 0x54000040, { nzcv: 'nZcv' }, { pc: CODE + 8n }],
  ['b.eq .+8', 0x54000040, { nzcv: 'nzcv' }, {}],
  ['b.ls .-8', 0x54ffffc9, { nzcv: 'nzcv' }, { pc: CODE - 8n }],
  ['b.al .+8', 0x5400004e, {}, { pc: CODE + 8n }],
  ['b.nv .+8', 0x5400004f, {}, { pc: CODE + 8n }],
  ['cbz w1, .+8', 0x34000041, { x1: 0x1_0000_0000n }, { pc: CODE + 8n }],
  ['cbz x1, .+8', 0xb4000041, { x1: 0x1_0000_0000n }, {}],
  ['cbnz x1, .+8', 0xb5000041, { x1: 0x1_0000_0000n }, { pc: CODE + 8n }],
  ['cbnz xzr, .+8', 0xb500005f, {}, {}],
  ['tbz x1, #63, .+8', 0xb6f80041, { x1: 0x7fff_ffff_ffff_ffffn }, { pc: CODE + 8n }],
  ['tbnz x1, #32, .+8', 0xb7000041, { x1: 0x1_0000_0000n }, { pc: CODE + 8n }],
  ['tbnz w1, #31, .+8', 0x37f80041, { x1: 0x7fff_ffffn }, {}],
  ['tbz w1, #0, .+8', 0x36000041, { x1: 1n }, {}],
  ['br x1', 0xd61f0020, { x1: CODE - 0x100n }, { pc: CODE - 0x100n }],
  ['blr x1', 0xd63f0020, { x1: CODE + 0x100n }, { pc: CODE + 0x100n, x30: CODE + 4n }],
  ['blr x30', 0xd63f03c0, { x30: CODE + 0x100n }, { pc: CODE + 0x100n, x30: CODE + 4n }],
  ['ret', 0xd65f03c0, { x30: CODE + 0x100n }, { pc: CODE + 0x100n }],
  ['ret x1', 0xd65f0020, { x1: CODE + 0x100n }, { pc: CODE + 0x100n }],
  // A loop: two instructions three times.
  [
    'subs x0, x0, #1; b.ne .-4; nop; nop; nop',
    [0xf1000400, 0x54ffffe1, 0xd503201f, 0xd503201f, 0xd503201f],
    { x0: 2n },
    { x0: 0n, nzcv: 'nZCv', pc: CODE + 0x14n },
  ],
];
