import { type Case, CODE, PAGE } from '../case.ts';

export const cases: readonly Case[] = [
  ['adr x0, .+4', 0x10000020, {}, { x0: CODE + 4n }],
  ['adr x0, .-1', 0x70ffffe0, {}, { x0: CODE - 1n }],
  ['.inst 0xb0000000 // adrp x0, .+0x1000', 0xb0000000, {}, { x0: PAGE + 0x1000n }],
  ['.inst 0xf0ffffff // adrp xzr, .-0x1000', 0xf0ffffff, {}, {}],
];
