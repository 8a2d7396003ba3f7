import type { Case } from '../case.ts';

export const cases: readonly Case[] = [
  ['udiv x0, x1, x2', 0x9ac20820, { x1: 7n, x2: 0n }, { x0: 0n }],
  ['udiv w0, w1, w2', 0x1ac20820, { x1: 0xffff_ffffn, x2: 2n }, { x0: 0x7fff_ffffn }],
  ['sdiv x0, x1, x2', 0x9ac20c20, { x1: 0xffff_ffff_ffff_fff9n, x2: 2n }, { x0: 0xffff_ffff_ffff_fffdn }],
  ['sdiv x0, x1, x2', 0x9ac20c20, { x1: 0x8000_0000_0000_0000n, x2: 0xffff_ffff_ffff_ffffn }, { x0: 0x8000_0000_0000_0000n }],
  ['sdiv w0, w1, w2', 0x1ac20c20, { x1: 0x8000_0000n, x2: 0xffff_ffffn }, { x0: 0x8000_0000n }],
  ['sdiv w0, w1, wzr', 0x1adf0c20, { x1: 1n }, { x0: 0n }],
  ['lsl x0, x1, x2', 0x9ac22020, { x1: 1n, x2: 65n }, { x0: 2n }],
  ['lsr w0, w1, w2', 0x1ac22420, { x1: 0x8000_0000n, x2: 63n }, { x0: 1n }],
  ['asr w0, w1, w2', 0x1ac22820, { x1: 0x8000_0000n, x2: 4n }, { x0: 0xf800_0000n }],
  ['ror x0, x1, x2', 0x9ac22c20, { x1: 1n, x2: 1n }, { x0: 0x8000_0000_0000_0000n }],
  // The complements of CRC-32 and CRC-32C of '12345678', 0x9ae0_daaf and 0x6087_809a.
  ['crc32x w0, w1, x2', 0x9ac24c20, { x1: 0xffff_ffffn, x2: 0x3837_3635_3433_3231n }, { x0: 0x651f_2550n }],
  ['crc32cx w0, w1, x2', 0x9ac25c20, { x1: 0xffff_ffffn, x2: 0x3837_3635_3433_3231n }, { x0: 0x9f78_7f65n }],
  ['crc32b w0, w1, w2', 0x1ac24020, { x1: 0n, x2: 0x101n }, { x0: 0x7707_3096n }],
];
