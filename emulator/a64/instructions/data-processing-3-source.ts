import { type Decoded, destination, instruction, source } from '../instruction.ts';
import { unsignedMultiplyHigh } from '../shared-pseudocode.ts';

/** MADD, MSUB; MUL where the addend is XZR. */
export const multiplyAdd = instruction({
  name: 'Data-processing (3 source): multiply',
  encoding: 'sf:1 00 11011 000 Rm:5 o0:1 Ra:5 Rn:5 Rd:5',
  samples: { Rm: [0], Rn: [0] },
  decode({ sf, Rm, o0, Ra, Rn, Rd }): Decoded<{ sf: number; operation: 'MADD' | 'MSUB' | 'MUL' }> {
    const operation = o0 ? 'MSUB' : Ra === 31 ? 'MUL' : 'MADD';
    return { form: { sf, operation }, d: destination(Rd), n: source(Rn), m: source(Rm), a: source(Ra) };
  },
  execute(b, { sf, operation }) {
    const product = b.mul(b.read(sf, 'n'), b.read(sf, 'm'));
    if (operation === 'MUL') b.write('d', product);
    else b.write('d', operation === 'MSUB' ? b.sub(b.read(sf, 'a'), product) : b.add(b.read(sf, 'a'), product));
  },
});

/** SMADDL, SMSUBL, UMADDL, UMSUBL; SMULL and UMULL where the addend is XZR. */
export const multiplyAddLong = instruction({
  name: 'Data-processing (3 source): multiply long',
  encoding: '1 00 11011 U:1 01 Rm:5 o0:1 Ra:5 Rn:5 Rd:5',
  samples: { Rm: [0], Rn: [0] },
  decode({ U, Rm, o0, Ra, Rn, Rd }): Decoded<{ unsigned: boolean; operation: 'MADDL' | 'MSUBL' | 'MULL' }> {
    const operation = o0 ? 'MSUBL' : Ra === 31 ? 'MULL' : 'MADDL';
    return { form: { unsigned: U === 1, operation }, d: destination(Rd), n: source(Rn), m: source(Rm), a: source(Ra) };
  },
  execute(b, { unsigned, operation }) {
    const product = unsigned
      ? b.mul(b.zeroExtend(b.w('n')), b.zeroExtend(b.w('m')))
      : b.mul(b.signExtend(b.w('n')), b.signExtend(b.w('m')));
    if (operation === 'MULL') b.setX('d', product);
    else b.setX('d', operation === 'MSUBL' ? b.sub(b.x('a'), product) : b.add(b.x('a'), product));
  },
});

/** UMULH. Ra is ignored. */
export const unsignedMultiplyHighInstruction = instruction({
  name: 'Data-processing (3 source): UMULH',
  encoding: '1 00 11011 110 Rm:5 0 xxxxx Rn:5 Rd:5',
  decode({ Rm, Rn, Rd }): Decoded<Record<string, never>> {
    return { form: {}, d: destination(Rd), n: source(Rn), m: source(Rm) };
  },
  execute(b) {
    b.setX('d', unsignedMultiplyHigh(b, b.let(b.x('n')), b.let(b.x('m'))));
  },
});

/** SMULH. Ra is ignored. */
export const signedMultiplyHigh = instruction({
  name: 'Data-processing (3 source): SMULH',
  encoding: '1 00 11011 010 Rm:5 0 xxxxx Rn:5 Rd:5',
  rare: true,
  decode({ Rm, Rn, Rd }): Decoded<Record<string, never>> {
    return { form: {}, d: destination(Rd), n: source(Rn), m: source(Rm) };
  },
  execute(b) {
    const n = b.let(b.x('n'));
    const m = b.let(b.x('m'));
    const whereNegative = (sign: typeof n, other: typeof n): typeof n => b.and(b.shrS(sign, b.i64(63)), other);
    const unsigned = unsignedMultiplyHigh(b, n, m);
    b.setX('d', b.sub(b.sub(unsigned, whereNegative(n, m)), whereNegative(m, n)));
  },
});
