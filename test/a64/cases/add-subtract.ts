import { type Case, DATA } from '../case.ts';

export const cases: readonly Case[] = [
  // W results are zero-extended.
  ['add w0, w1, w2', 0x0b020020, { x1: 0xffff_ffff_ffff_ffffn, x2: 2n }, { x0: 1n }],
  ['add x0, x1, x2', 0x8b020020, { x1: 0xffff_ffff_ffff_ffffn, x2: 2n }, { x0: 1n }],
  // Each flag by itself.
  ['adds w0, w1, w2', 0x2b020020, { x1: 0x7fff_ffffn, x2: 1n }, { x0: 0x8000_0000n, nzcv: 'NzcV' }],
  ['adds w0, w1, w2', 0x2b020020, { x1: 0xffff_ffffn, x2: 1n }, { x0: 0n, nzcv: 'nZCv' }],
  ['adds x0, x1, x2', 0xab020020, { x1: 0x8000_0000_0000_0000n, x2: 0x8000_0000_0000_0000n }, { x0: 0n, nzcv: 'nZCV' }],
  ['subs w0, w1, w2', 0x6b020020, { x1: 0n, x2: 1n }, { x0: 0xffff_ffffn, nzcv: 'Nzcv' }],
  ['subs x0, x1, x2', 0xeb020020, { x1: 5n, x2: 5n }, { x0: 0n, nzcv: 'nZCv' }],
  ['subs x0, x1, x2', 0xeb020020, { x1: 0x8000_0000_0000_0000n, x2: 1n }, { x0: 0x7fff_ffff_ffff_ffffn, nzcv: 'nzCV' }],
  ['subs x0, x1, x2', 0xeb020020, { x1: 0n, x2: 0x8000_0000_0000_0000n }, { x0: 0x8000_0000_0000_0000n, nzcv: 'NzcV' }],
  // Register 31 is SP in the immediate and extended forms, XZR in the others and as the destination of flag-setting ones.
  ['add x0, sp, #0', 0x910003e0, { sp: DATA }, { x0: DATA }],
  ['mov sp, x1', 0x9100003f, { x1: DATA + 16n }, { sp: DATA + 16n }],
  ['add w0, wsp, #1', 0x110007e0, { sp: 0xffff_ffff_ffffn }, { x0: 0n }],
  ['sub sp, sp, #0xfff, lsl #12', 0xd17fffff, { sp: 0x5000_0000n }, { sp: 0x4f00_1000n }],
  ['cmp sp, #16', 0xf10043ff, { sp: 16n }, { nzcv: 'nZCv' }],
  ['cmn x1, #1', 0xb100043f, { x1: 0xffff_ffff_ffff_ffffn }, { nzcv: 'nZCv' }],
  ['cmn wzr, w1', 0x2b0103ff, { x1: 0x8000_0000n }, { nzcv: 'Nzcv' }],
  ['neg x0, x1, lsr #1', 0xcb4107e0, { x1: 2n }, { x0: 0xffff_ffff_ffff_ffffn }],
  ['negs x0, xzr', 0xeb1f03e0, {}, { x0: 0n, nzcv: 'nZCv' }],
  ['add sp, sp, w1, sxtb #4', 0x8b2193ff, { sp: DATA, x1: 0xffn }, { sp: DATA - 16n }],
  ['subs xzr, sp, x1, uxtx', 0xeb2163ff, { sp: 7n, x1: 8n }, { nzcv: 'Nzcv' }],
  ['sub x0, x0, #1', 0xd1000400, { x0: 0n }, { x0: 0xffff_ffff_ffff_ffffn }],
  // Shifted and extended operands.
  ['add w0, wzr, w1, asr #31', 0x0b817fe0, { x1: 0x8000_0000n }, { x0: 0xffff_ffffn }],
  ['add x0, x1, x2, lsl #63', 0x8b02fc20, { x1: 1n, x2: 3n }, { x0: 0x8000_0000_0000_0001n }],
  ['sub x0, x1, w2, uxtw #2', 0xcb224820, { x1: 100n, x2: 0xffff_ffff_0000_0001n }, { x0: 96n }],
  ['add x0, x1, w2, sxth', 0x8b22a020, { x1: 0n, x2: 0x8000n }, { x0: 0xffff_ffff_ffff_8000n }],
  // With carry.
  ['adc x0, x1, xzr', 0x9a1f0020, { x1: 0xffff_ffff_ffff_ffffn, nzcv: 'nzCv' }, { x0: 0n }],
  ['adcs w0, w1, w2', 0x3a020020, { x1: 0x7fff_ffffn, x2: 0n, nzcv: 'nzCv' }, { x0: 0x8000_0000n, nzcv: 'NzcV' }],
  [
    'adcs x0, x1, x2',
    0xba020020,
    { x1: 0xffff_ffff_ffff_ffffn, x2: 0xffff_ffff_ffff_ffffn, nzcv: 'nzCv' },
    { x0: 0xffff_ffff_ffff_ffffn, nzcv: 'NzCv' },
  ],
  ['sbc w0, w1, w2', 0x5a020020, { x1: 5n, x2: 3n, nzcv: 'nzcv' }, { x0: 1n }],
  ['sbcs x0, x1, x2', 0xfa020020, { x1: 0n, x2: 0n, nzcv: 'nzcv' }, { x0: 0xffff_ffff_ffff_ffffn, nzcv: 'Nzcv' }],
  ['sbcs x0, x1, x2', 0xfa020020, { x1: 0n, x2: 0n, nzcv: 'nzCv' }, { x0: 0n, nzcv: 'nZCv' }],
];
