import { type Case, DATA } from '../case.ts';

export const cases: readonly Case[] = [
  ['and x0, x1, #0x5555555555555555', 0x9200f020, { x1: 0xffn }, { x0: 0x55n }],
  ['orr w0, wzr, #0x80000001', 0x320107e0, {}, { x0: 0x8000_0001n }],
  ['and sp, x1, #0xfffffffffffffff0', 0x927cec3f, { x1: DATA + 15n }, { sp: DATA }],
  ['tst x1, #0x8000000000000000', 0xf241003f, { x1: 0xffff_ffff_ffff_ffffn, nzcv: 'nZCV' }, { nzcv: 'Nzcv' }],
  ['ands w0, w1, #1', 0x72000020, { x1: 2n, nzcv: 'NzCV' }, { x0: 0n, nzcv: 'nZcv' }],
  ['eor x0, x0, #1', 0xd2400000, { x0: 1n }, { x0: 0n }],
  ['mov x0, x1', 0xaa0103e0, { x1: 0x1_0000_0000n }, { x0: 0x1_0000_0000n }],
  ['mov w0, w1', 0x2a0103e0, { x1: 0x1_0000_0001n }, { x0: 1n }],
  ['mvn w0, w1', 0x2a2103e0, { x1: 0n }, { x0: 0xffff_ffffn }],
  ['bic x0, x1, x2, lsl #4', 0x8a221020, { x1: 0xffn, x2: 0xfn }, { x0: 0xfn }],
  ['bics wzr, w1, w2', 0x6a22003f, { x1: 0x8000_0000n, x2: 0n, nzcv: 'nzCV' }, { nzcv: 'Nzcv' }],
  ['eon x0, x1, x2', 0xca220020, { x1: 5n, x2: 5n }, { x0: 0xffff_ffff_ffff_ffffn }],
  ['orn w0, wzr, w1, ror #31', 0x2ae17fe0, { x1: 1n }, { x0: 0xffff_fffdn }],
  ['and xzr, x1, x2', 0x8a02003f, { x1: 1n, x2: 1n }, {}],
];
