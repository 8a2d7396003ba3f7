import { type Decoded, destination, instruction, source } from '../instruction.ts';

/** MOVN, MOVZ, MOVK */
export const moveWideImmediate = instruction({
  name: 'Move wide (immediate)',
  encoding: 'sf:1 opc:2 100101 hw:2 imm16:16 Rd:5',
  decode({ sf, opc, hw, imm16, Rd }): Decoded<{ operation: 'MOV' | 'MOVK'; sf: number; hw: number }> | undefined {
    if (opc === 1 || (!sf && hw >= 2)) return undefined;
    const value = BigInt(imm16) << BigInt(16 * hw);
    if (opc === 3) return { form: { operation: 'MOVK', sf, hw }, d: destination(Rd), n: source(Rd), imm: value };
    const imm = opc === 0 ? ~value : value;
    return { form: { operation: 'MOV', sf: 1, hw: 0 }, d: destination(Rd), imm: sf ? imm : BigInt.asUintN(32, imm) };
  },
  execute(b, { operation, sf, hw }) {
    if (operation === 'MOV') return b.setX('d', b.imm());
    const kept = b.and(b.read(sf, 'n'), b.int(sf, ~(0xffffn << BigInt(16 * hw))));
    b.write('d', b.or(kept, b.immediate(sf)));
  },
});
