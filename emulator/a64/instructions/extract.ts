import { type Decoded, destination, instruction, source } from '../instruction.ts';

/** EXTR; ROR (immediate) where both sources are one register, MOV where nothing is shifted. */
export const extract = instruction({
  name: 'Extract',
  encoding: 'sf:1 00 100111 N:1 0 Rm:5 imms:6 Rn:5 Rd:5',
  decode({ sf, N, Rm, imms, Rn, Rd }): Decoded<{ sf: number; operation: 'EXTR' | 'ROR' | 'MOV' }> | undefined {
    if (N !== sf || (!sf && imms >= 32)) return undefined;
    const operation = imms === 0 ? 'MOV' : Rn === Rm ? 'ROR' : 'EXTR';
    return { form: { sf, operation }, d: destination(Rd), n: source(Rn), m: source(Rm), imm: BigInt(imms), imm2: (sf ? 64 : 32) - imms };
  },
  execute(b, { sf, operation }) {
    const low = b.read(sf, 'm');
    if (operation === 'MOV') return b.write('d', low);
    if (operation === 'ROR') return b.write('d', b.rotr(low, b.immediate(sf)));
    const up = sf ? b.zeroExtend(b.imm2()) : b.imm2();
    b.write('d', b.or(b.shrU(low, b.immediate(sf)), b.shl(b.read(sf, 'n'), up)));
  },
});
