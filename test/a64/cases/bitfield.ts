import type { Case } from '../case.ts';

export const cases: readonly Case[] = [
  ['asr x0, x1, #63', 0x937ffc20, { x1: 0x8000_0000_0000_0000n }, { x0: 0xffff_ffff_ffff_ffffn }],
  ['lsr w0, w1, #31', 0x531f7c20, { x1: 0xffff_ffffn }, { x0: 1n }],
  ['lsl w0, w1, #31', 0x53010020, { x1: 3n }, { x0: 0x8000_0000n }],
  ['lsl x0, x1, #1', 0xd37ff820, { x1: 0x8000_0000_0000_0001n }, { x0: 2n }],
  ['sxtb w0, w1', 0x13001c20, { x1: 0x80n }, { x0: 0xffff_ff80n }],
  ['sxth x0, w1', 0x93403c20, { x1: 0x8000n }, { x0: 0xffff_ffff_ffff_8000n }],
  ['sxtw x0, w1', 0x93407c20, { x1: 0x8000_0000n }, { x0: 0xffff_ffff_8000_0000n }],
  ['uxtb w0, w1', 0x53001c20, { x1: 0xfffn }, { x0: 0xffn }],
  ['ubfx x0, x1, #60, #4', 0xd37cfc20, { x1: 0xa000_0000_0000_0000n }, { x0: 0xan }],
  ['ubfx x0, x1, #4, #8', 0xd3442c20, { x1: 0xabcdn }, { x0: 0xbcn }],
  ['ubfiz x0, x1, #62, #2', 0xd3420420, { x1: 7n }, { x0: 0xc000_0000_0000_0000n }],
  ['sbfx w0, w1, #4, #4', 0x13041c20, { x1: 0x80n }, { x0: 0xffff_fff8n }],
  ['sbfiz x0, x1, #4, #4', 0x937c0c20, { x1: 8n }, { x0: 0xffff_ffff_ffff_ff80n }],
  ['bfi w0, w1, #28, #4', 0x33040c20, { x0: 0x1_0000_0001n, x1: 0x1fn }, { x0: 0xf000_0001n }],
  ['bfxil x0, x1, #60, #4', 0xb37cfc20, { x0: 0xffn, x1: 0x5000_0000_0000_0000n }, { x0: 0xf5n }],
  ['bfc x0, #0, #64', 0xb340ffe0, { x0: 1n }, { x0: 0n }],
];
