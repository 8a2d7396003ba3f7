import type { Case } from '../case.ts';

export const cases: readonly Case[] = [
  ['ccmp x1, x2, #0b1010, eq', 0xfa42002a, { x1: 1n, x2: 1n, nzcv: 'nzcv' }, { nzcv: 'NzCv' }],
  ['ccmp x1, x2, #0, eq', 0xfa420020, { x1: 1n, x2: 1n, nzcv: 'nZcv' }, { nzcv: 'nZCv' }],
  ['ccmp w1, #31, #0, al', 0x7a5fe820, { x1: 31n }, { nzcv: 'nZCv' }],
  ['ccmn w1, w2, #0, ne', 0x3a421020, { x1: 0x7fff_ffffn, x2: 1n }, { nzcv: 'NzcV' }],
  ['ccmn x1, #1, #0b0101, lt', 0xba41b825, { x1: 0n, nzcv: 'nzcv' }, { nzcv: 'nZcV' }],
  ['csel x0, x1, x2, hi', 0x9a828020, { x1: 1n, x2: 2n, nzcv: 'nzCv' }, { x0: 1n }],
  ['csel x0, x1, x2, hi', 0x9a828020, { x1: 1n, x2: 2n, nzcv: 'nZCv' }, { x0: 2n }],
  ['csel w0, w1, w2, al', 0x1a82e020, { x1: 0x1_0000_0001n, x2: 2n }, { x0: 1n }],
  ['csinc w0, w1, w2, lo', 0x1a823420, { x1: 1n, x2: 0xffff_ffffn, nzcv: 'nzCv' }, { x0: 0n }],
  ['csinv x0, x1, xzr, ge', 0xda9fa020, { x1: 1n, nzcv: 'Nzcv' }, { x0: 0xffff_ffff_ffff_ffffn }],
  ['csneg w0, w1, w2, vs', 0x5a826420, { x1: 1n, x2: 1n, nzcv: 'nzcv' }, { x0: 0xffff_ffffn }],
  ['cset x0, gt', 0x9a9fd7e0, { nzcv: 'nzcv' }, { x0: 1n }],
  ['cset w0, le', 0x1a9fc7e0, { nzcv: 'nzcv' }, { x0: 0n }],
  ['csetm w0, mi', 0x5a9f53e0, { nzcv: 'Nzcv' }, { x0: 0xffff_ffffn }],
  ['cneg x0, x1, pl', 0xda814420, { x1: 1n, nzcv: 'nzcv' }, { x0: 0xffff_ffff_ffff_ffffn }],
];
