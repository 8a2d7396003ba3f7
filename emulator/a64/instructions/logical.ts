import type { Builder } from '../../engine/builder.ts';
import type { Int } from '../../engine/expression.ts';
import { type Decoded, destination, instruction, orSp, source } from '../instruction.ts';
import { decodeBitMasks, flag, type Shift, shiftReg, shifts } from '../shared-pseudocode.ts';

type LogicalOperation = 'AND' | 'ORR' | 'EOR' | 'ANDS' | 'TST' | 'MOV';
const operations: readonly LogicalOperation[] = ['AND', 'ORR', 'EOR', 'ANDS'];

function logical(b: Builder, operation: LogicalOperation, left: () => Int, right: Int): void {
  switch (operation) {
    case 'AND':
      return b.write('d', b.and(left(), right));
    case 'ORR':
      return b.write('d', b.or(left(), right));
    case 'EOR':
      return b.write('d', b.xor(left(), right));
    case 'TST':
      return b.flagsLogic(b.let(b.and(left(), right)));
    case 'ANDS': {
      const result = b.let(b.and(left(), right));
      b.write('d', result);
      return b.flagsLogic(result);
    }
    case 'MOV':
      return b.write('d', right);
  }
}

/** TST for ANDS to XZR, MOV for ORR with XZR. */
function operationOf(opc: number, Rn: number, Rd: number): LogicalOperation {
  if (opc === 3 && Rd === 31) return 'TST';
  return opc === 1 && Rn === 31 ? 'MOV' : operations[opc];
}

export const logicalImmediate = instruction({
  name: 'Logical (immediate)',
  encoding: 'sf:1 opc:2 100100 N:1 immr:6 imms:6 Rn:5 Rd:5',
  samples: { immr: [0], imms: [0, 1] },
  decode({ sf, opc, N, immr, imms, Rn, Rd }): Decoded<{ sf: number; operation: LogicalOperation }> | undefined {
    const mask = !sf && N ? undefined : decodeBitMasks(N, imms, immr);
    if (mask === undefined) return undefined;
    const imm = sf ? BigInt.asIntN(64, mask) : BigInt.asUintN(32, mask);
    return { form: { sf, operation: operationOf(opc, Rn, Rd) }, d: opc === 3 ? destination(Rd) : orSp(Rd), n: source(Rn), imm };
  },
  execute(b, { sf, operation }) {
    logical(b, operation, () => b.read(sf, 'n'), b.immediate(sf));
  },
});

export const logicalShiftedRegister = instruction({
  name: 'Logical (shifted register)',
  encoding: 'sf:1 opc:2 01010 shift:2 N:1 Rm:5 imm6:6 Rn:5 Rd:5',
  samples: { imm6: [0, 1, 32], Rm: [0] },
  decode({
    sf,
    opc,
    shift,
    N,
    Rm,
    imm6,
    Rn,
    Rd,
  }): Decoded<{ sf: number; operation: LogicalOperation; invert: boolean; shift: Shift | 'none' }> | undefined {
    if (!sf && imm6 >= 32) return undefined;
    const type: Shift | 'none' = imm6 === 0 ? 'none' : shifts[shift];
    const operation = type === 'none' ? operationOf(opc, Rn, Rd) : operations[opc];
    return { form: { sf, operation, invert: flag(N), shift: type }, d: destination(Rd), n: source(Rn), m: source(Rm), imm: BigInt(imm6) };
  },
  rare: ({ operation, invert, shift }) => shift !== 'none' && (invert || !/^(ORR|EOR)$/.test(operation) || !/^LS[LR]$/.test(shift)),
  execute(b, { sf, operation, invert, shift }) {
    const operand = shiftReg(b, sf, 'm', shift);
    logical(b, operation, () => b.read(sf, 'n'), invert ? b.not(operand) : operand);
  },
});
