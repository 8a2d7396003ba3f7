import { type Decoded, destination, instruction, source } from '../instruction.ts';
import { alwaysHolds } from '../shared-pseudocode.ts';

/** EQ or NE. */
const isEquality = (cond: number): boolean => cond < 2;

type ConditionalCompareForm = { sf: number; subtract: boolean; cond: number };

/** CCMN, CCMP (register). AL and NV are one condition. */
export const conditionalCompareRegister = instruction({
  name: 'Conditional compare (register)',
  encoding: 'sf:1 op:1 1 11010010 Rm:5 cond:4 0 0 Rn:5 0 nzcv:4',
  samples: { nzcv: [0], Rm: [0], Rn: [0] },
  decode({ sf, op, Rm, cond, Rn, nzcv }): Decoded<ConditionalCompareForm> {
    const form = { sf, subtract: op === 1, cond: Math.min(cond, 14) };
    return { form, n: source(Rn), m: source(Rm), imm2: nzcv };
  },
  rare: ({ subtract, cond }) => !(subtract && isEquality(cond)),
  execute(b, { sf, subtract, cond }) {
    b.flagsConditional(b.condition(cond), subtract, b.let(b.read(sf, 'n')), b.let(b.read(sf, 'm')), b.imm2());
  },
});

/** CCMN, CCMP (immediate) */
export const conditionalCompareImmediate = instruction({
  name: 'Conditional compare (immediate)',
  encoding: 'sf:1 op:1 1 11010010 imm5:5 cond:4 1 0 Rn:5 0 nzcv:4',
  samples: { nzcv: [0], imm5: [0], Rn: [0] },
  decode({ sf, op, imm5, cond, Rn, nzcv }): Decoded<ConditionalCompareForm> {
    const form = { sf, subtract: op === 1, cond: Math.min(cond, 14) };
    return { form, n: source(Rn), imm: BigInt(imm5), imm2: nzcv };
  },
  rare: ({ subtract, cond }) => !(subtract && isEquality(cond)),
  execute(b, { sf, subtract, cond }) {
    b.flagsConditional(b.condition(cond), subtract, b.let(b.read(sf, 'n')), b.let(b.immediate(sf)), b.imm2());
  },
});

type SelectOperation = 'CSEL' | 'CSINC' | 'CSINV' | 'CSNEG' | 'CSET' | 'MOV';
const selectOperations: readonly SelectOperation[] = ['CSEL', 'CSINC', 'CSINV', 'CSNEG'];

/** CSEL, CSINC, CSINV, CSNEG; CSET is CSINC of XZR with the inverted condition. */
export const conditionalSelect = instruction({
  name: 'Conditional select',
  encoding: 'sf:1 op:1 0 11010100 Rm:5 cond:4 0 o2:1 Rn:5 Rd:5',
  samples: { Rd: [0] },
  decode({ sf, op, Rm, cond, o2, Rn, Rd }): Decoded<{ operation: SelectOperation; sf: number; cond: number }> {
    const slots = { d: destination(Rd), n: source(Rn), m: source(Rm) };
    if (alwaysHolds(cond)) return { form: { operation: 'MOV', sf, cond: 14 }, ...slots };
    const operation = selectOperations[op * 2 + o2];
    if (operation === 'CSINC' && Rn === 31 && Rm === 31) return { form: { operation: 'CSET', sf: 0, cond: cond ^ 1 }, ...slots };
    return { form: { operation, sf, cond }, ...slots };
  },
  rare: ({ operation, cond }) => operation !== 'CSEL' && !(/^(CSINC|CSET)$/.test(operation) && isEquality(cond)),
  execute(b, { operation, sf, cond }) {
    if (operation === 'MOV') return b.write('d', b.read(sf, 'n'));
    if (operation === 'CSET') return b.setW('d', b.condition(cond));
    const otherwise = b.read(sf, 'm');
    const second = {
      CSEL: () => otherwise,
      CSINC: () => b.add(otherwise, b.int(sf, 1)),
      CSINV: () => b.not(otherwise),
      CSNEG: () => b.neg(otherwise),
    }[operation]();
    b.write('d', b.select(b.condition(cond), b.read(sf, 'n'), second));
  },
});
