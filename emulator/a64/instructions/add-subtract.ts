import { type Decoded, destination, instruction, orSp, source } from '../instruction.ts';
import {
  type AddOrSubtract,
  addSubtract,
  type Extend,
  extendReg,
  extends32,
  extends64,
  flag,
  type Shift,
  shiftReg,
  shifts,
} from '../shared-pseudocode.ts';

const operationOf = (op: number): AddOrSubtract => (op ? 'SUB' : 'ADD');
/** CMP and CMN: the result goes to XZR. */
const resultOf = (S: number, Rd: number): 'write' | 'discard' => (S && Rd === 31 ? 'discard' : 'write');

/** ADD, ADDS, SUB, SUBS (immediate). Without flags a subtraction is an addition of the negated immediate. */
export const addSubtractImmediate = instruction({
  name: 'Add/subtract (immediate)',
  encoding: 'sf:1 op:1 S:1 100010 sh:1 imm12:12 Rn:5 Rd:5',
  samples: { imm12: [0, 1] },
  decode({
    sf,
    op,
    S,
    sh,
    imm12,
    Rn,
    Rd,
  }): Decoded<{ sf: number; operation: AddOrSubtract | 'MOV'; S: boolean; result: 'write' | 'discard' }> {
    const immediate = BigInt(sh ? imm12 << 12 : imm12);
    const n = orSp(Rn);
    if (S) {
      const form = { sf, operation: operationOf(op), S: true, result: resultOf(S, Rd) };
      return { form, d: destination(Rd), n, imm: immediate };
    }
    const form = { sf, operation: immediate === 0n ? ('MOV' as const) : ('ADD' as const), S: false, result: 'write' as const };
    return { form, d: orSp(Rd), n, imm: op ? -immediate : immediate };
  },
  execute(b, { sf, operation, S, result }) {
    if (operation === 'MOV') b.write('d', b.read(sf, 'n'));
    else addSubtract(b, operation, S, b.read(sf, 'n'), b.immediate(sf), result);
  },
});

export const addSubtractShiftedRegister = instruction({
  name: 'Add/subtract (shifted register)',
  encoding: 'sf:1 op:1 S:1 01011 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5',
  samples: { imm6: [0, 1, 31, 32, 63], Rm: [0], Rn: [0] },
  decode({
    sf,
    op,
    S,
    shift,
    Rm,
    imm6,
    Rn,
    Rd,
  }): Decoded<{ sf: number; operation: AddOrSubtract; S: boolean; shift: Shift | 'none'; result: 'write' | 'discard' }> | undefined {
    if (shift === 3 || (!sf && imm6 >= 32)) return undefined;
    const type: Shift | 'none' = imm6 === 0 ? 'none' : shifts[shift];
    const result = type === 'none' ? resultOf(S, Rd) : 'write';
    const form = { sf, operation: operationOf(op), S: flag(S), shift: type, result };
    return { form, d: destination(Rd), n: source(Rn), m: source(Rm), imm: BigInt(imm6) };
  },
  rare: ({ sf, S, shift }) => shift !== 'none' && (S || (sf === 0 && shift !== 'LSL')),
  execute(b, { sf, operation, S, shift, result }) {
    addSubtract(b, operation, S, b.read(sf, 'n'), shiftReg(b, sf, 'm', shift), result);
  },
});

export const addSubtractExtendedRegister = instruction({
  name: 'Add/subtract (extended register)',
  encoding: 'sf:1 op:1 S:1 01011 00 1 Rm:5 option:3 imm3:3 Rn:5 Rd:5',
  samples: { imm3: [0, 4, 5], Rm: [0], Rn: [0], Rd: [0] },
  decode({
    sf,
    op,
    S,
    Rm,
    option,
    imm3,
    Rn,
    Rd,
  }): Decoded<{ sf: number; operation: AddOrSubtract; S: boolean; extend: Extend }> | undefined {
    if (imm3 > 4) return undefined;
    const form = { sf, operation: operationOf(op), S: flag(S), extend: (sf ? extends64 : extends32)[option] };
    return { form, d: S ? destination(Rd) : orSp(Rd), n: orSp(Rn), m: source(Rm), imm: BigInt(imm3) };
  },
  rare: ({ sf, extend }) => sf === 0 || !/^(UXTW|UXTX|SXTW)$/.test(extend),
  execute(b, { sf, operation, S, extend }) {
    addSubtract(b, operation, S, b.read(sf, 'n'), b.shl(extendReg(b, sf, 'm', extend), b.immediate(sf)));
  },
});

/** ADC, ADCS, SBC, SBCS */
export const addSubtractWithCarry = instruction({
  name: 'Add/subtract (with carry)',
  encoding: 'sf:1 op:1 S:1 11010000 Rm:5 000000 Rn:5 Rd:5',
  decode({ sf, op, S, Rm, Rn, Rd }): Decoded<{ sf: number; operation: AddOrSubtract; S: boolean }> {
    return { form: { sf, operation: operationOf(op), S: flag(S) }, d: destination(Rd), n: source(Rn), m: source(Rm) };
  },
  rare: ({ S }) => S,
  execute(b, { sf, operation, S }) {
    const left = b.let(b.read(sf, 'n'));
    const right = b.let(operation === 'SUB' ? b.not(b.read(sf, 'm')) : b.read(sf, 'm'));
    const carry = b.let(b.carry());
    const result = b.let(b.add(b.add(left, right), sf ? b.zeroExtend(carry) : carry));
    b.write('d', result);
    if (S) b.flagsAddWithCarry(left, right, carry, result);
  },
});
