import { type Decoded, instruction, source } from '../instruction.ts';
import { signExtend } from '../shared-pseudocode.ts';

const offset = (imm: number, bits: number): bigint => BigInt(signExtend(imm, bits) * 4);

export const conditionalBranchImmediate = instruction({
  name: 'Conditional branch (immediate)',
  encoding: '01010100 imm19:19 0 cond:4',
  flow: 'branch',
  samples: { imm19: [0] },
  decode({ imm19, cond }): Decoded<{ cond: number }> {
    return { form: { cond: Math.min(cond, 14) }, imm: offset(imm19, 19) };
  },
  execute(b, { cond }) {
    b.branch(b.condition(cond));
  },
});

/** B, BL */
export const unconditionalBranchImmediate = instruction({
  name: 'Unconditional branch (immediate)',
  encoding: 'op:1 00101 imm26:26',
  flow: 'jump',
  samples: { imm26: [0] },
  decode({ op, imm26 }): Decoded<{ link: boolean }> {
    return { form: { link: op === 1 }, imm: offset(imm26, 26) };
  },
  execute(b, { link }) {
    if (link) b.setLink();
    b.jump();
  },
});

/** CBZ, CBNZ */
export const compareAndBranchImmediate = instruction({
  name: 'Compare and branch (immediate)',
  encoding: 'sf:1 011010 op:1 imm19:19 Rt:5',
  flow: 'branch',
  samples: { imm19: [0] },
  decode({ sf, op, imm19, Rt }): Decoded<{ sf: number; nonzero: boolean }> {
    return { form: { sf, nonzero: op === 1 }, n: source(Rt), imm: offset(imm19, 19) };
  },
  execute(b, { sf, nonzero }) {
    const value = b.read(sf, 'n');
    b.branch(nonzero ? b.nez(value) : b.eqz(value));
  },
});

/** TBZ, TBNZ: imm2 masks the bit in the word that holds it. */
export const testAndBranchImmediate = instruction({
  name: 'Test and branch (immediate)',
  encoding: 'b5:1 011011 op:1 b40:5 imm14:14 Rt:5',
  flow: 'branch',
  samples: { b40: [0], imm14: [0] },
  decode({ b5, op, b40, imm14, Rt }): Decoded<{ high: boolean; nonzero: boolean }> {
    return { form: { high: b5 === 1, nonzero: op === 1 }, n: source(Rt), imm: offset(imm14, 14), imm2: 1 << b40 };
  },
  execute(b, { high, nonzero }) {
    const bit = b.and(high ? b.wrap(b.shrU(b.x('n'), b.i64(32))) : b.w('n'), b.imm2());
    b.branch(nonzero ? b.nez(bit) : b.eqz(bit));
  },
});

/** BR, BLR, RET. The pointer-authenticating forms are UNDEFINED: FEAT_PAuth is not implemented. */
export const unconditionalBranchRegister = instruction({
  name: 'Unconditional branch (register)',
  encoding: '1101011 00 opc:2 11111 000000 Rn:5 00000',
  flow: 'indirect',
  decode({ opc, Rn }): Decoded<{ operation: 'BR' | 'BLR' | 'RET' }> | undefined {
    if (opc === 3) return undefined;
    return { form: { operation: (['BR', 'BLR', 'RET'] as const)[opc] }, n: source(Rn) };
  },
  execute(b, { operation }) {
    if (operation !== 'BLR') return b.jumpIndirect(b.x('n'));
    const target = b.let(b.x('n'));
    b.setLink();
    b.jumpIndirect(target);
  },
});
