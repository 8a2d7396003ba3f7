import { type Case, DATA } from '../case.ts';

export const cases: readonly Case[] = [
  [
    'ldadd x0, x2, [x1]',
    0xf8200022,
    { x0: 2n, x1: DATA, memory: { 0: 'ff ff ff ff ff ff ff ff' } },
    { x2: 0xffff_ffff_ffff_ffffn, memory: { 0: '01 00 00 00 00 00 00 00' } },
  ],
  ['ldaddalb w0, w2, [x1]', 0x38e00022, { x0: 0x101n, x1: DATA, memory: { 0: 'ff ff' } }, { x2: 0xffn, memory: { 0: '00' } }],
  ['stadd w0, [x1]', 0xb820003f, { x0: 1n, x1: DATA }, { memory: { 0: '01' } }],
  ['ldclrh w0, w2, [x1]', 0x78201022, { x0: 0xfn, x1: DATA, memory: { 0: 'ff ff ff' } }, { x2: 0xffffn, memory: { 0: 'f0' } }],
  ['ldeor w0, w0, [x1]', 0xb8202020, { x0: 3n, x1: DATA, memory: { 0: '05' } }, { x0: 5n, memory: { 0: '06' } }],
  ['ldset x0, x2, [sp]', 0xf82033e2, { x0: 2n, sp: DATA, memory: { 0: '01' } }, { x2: 1n, memory: { 0: '03' } }],
  ['ldsmaxb w0, w2, [x1]', 0x38204022, { x0: 1n, x1: DATA, memory: { 0: '80' } }, { x2: 0x80n, memory: { 0: '01' } }],
  ['ldsmin w0, w2, [x1]', 0xb8205022, { x0: 1n, x1: DATA, memory: { 0: '00 00 00 80' } }, { x2: 0x8000_0000n }],
  ['ldumaxh w0, w2, [x1]', 0x78206022, { x0: 0xffff_0001n, x1: DATA, memory: { 0: '02 00' } }, { x2: 2n }],
  [
    'ldumin x0, x2, [x1]',
    0xf8207022,
    { x0: 1n, x1: DATA, memory: { 0: 'ff ff ff ff ff ff ff ff' } },
    { x2: 0xffff_ffff_ffff_ffffn, memory: { 0: '01 00 00 00 00 00 00 00' } },
  ],
  ['swpal x0, x0, [x1]', 0xf8e08020, { x0: 1n, x1: DATA, memory: { 0: '02' } }, { x0: 2n, memory: { 0: '01' } }],
  ['swpb w0, w2, [x1]', 0x38208022, { x0: 0x1ffn, x1: DATA, memory: { 0: '01 02' } }, { x2: 1n, memory: { 0: 'ff' } }],
  ['ldapr x0, [x1]', 0xf8bfc020, { x1: DATA, memory: { 0: '01' } }, { x0: 1n }],
  ['ldaprb w0, [x1]', 0x38bfc020, { x1: DATA + 1n, memory: { 1: 'ff ff' } }, { x0: 0xffn }],
  ['ldadd w0, w2, [x1]', 0xb8200022, { x1: DATA + 2n }, { ending: 'fault' }],
  ['swp x0, x2, [sp]', 0xf82083e2, { sp: DATA + 8n }, { ending: 'fault' }],
  ['ldapr x0, [x1]', 0xf8bfc020, { x1: DATA + 4n }, { ending: 'fault' }],
];
