import { type Decoded, instruction } from '../instruction.ts';
import { floatThreeSame } from '../vector/float.ts';
import { PAIRWISE, logical, scalarThreeSame, sqrdmlah, sqrdmlsh, threeSame, threeSameSizeExists } from '../vector/integer.ts';
import { element, int, join } from '../vector/lanes.ts';
import {
  REGISTERS,
  type Shape,
  type SimdForm,
  arrangement,
  eachElement,
  eachPair,
  every,
  executeSimd,
  scalarShape,
  shapeOf,
  simd,
} from '../vector/operation.ts';

type Registers = { Rd: number; Rn: number; Rm: number };

const integerNames: Readonly<Record<number, readonly string[]>> = {
  0b00000: ['SHADD', 'UHADD'],
  0b00001: ['SQADD', 'UQADD'],
  0b00010: ['SRHADD', 'URHADD'],
  0b00100: ['SHSUB', 'UHSUB'],
  0b00101: ['SQSUB', 'UQSUB'],
  0b00110: ['CMGT', 'CMHI'],
  0b00111: ['CMGE', 'CMHS'],
  0b01000: ['SSHL', 'USHL'],
  0b01001: ['SQSHL', 'UQSHL'],
  0b01010: ['SRSHL', 'URSHL'],
  0b01011: ['SQRSHL', 'UQRSHL'],
  0b01100: ['SMAX', 'UMAX'],
  0b01101: ['SMIN', 'UMIN'],
  0b01110: ['SABD', 'UABD'],
  0b01111: ['SABA', 'UABA'],
  0b10000: ['ADD', 'SUB'],
  0b10001: ['CMTST', 'CMEQ'],
  0b10010: ['MLA', 'MLS'],
  0b10011: ['MUL', 'PMUL'],
  0b10100: ['SMAXP', 'UMAXP'],
  0b10101: ['SMINP', 'UMINP'],
  0b10110: ['SQDMULH', 'SQRDMULH'],
  0b10111: ['ADDP'],
};
const logicalNames = ['AND', 'BIC', 'ORR', 'ORN', 'EOR', 'BSL', 'BIT', 'BIF'];

function decodeLogical(Q: number, index: number, registers: Registers): Decoded<SimdForm> {
  const { Rd, Rn, Rm } = registers;
  const bits = Q ? 128 : 64;
  return simd(`${logicalNames[index]} ${Q ? '16B' : '8B'}`, registers, (state) => {
    state.setV(Rd, BigInt.asUintN(bits, logical[index](state.v(Rn), state.v(Rm), state.v(Rd))));
  });
}

function decodeFloat(
  U: number,
  size: number,
  opcode: number,
  shape: Shape,
  isScalar: boolean,
  registers: Registers,
): Decoded<SimdForm> | undefined {
  const operation = floatThreeSame[(U << 6) | ((size >> 1) << 5) | opcode];
  if (!operation || (isScalar && !operation.scalar)) return undefined;
  const name = `${operation.name} ${arrangement(shape, isScalar)}`;
  return simd(
    name,
    registers,
    operation.pairwise
      ? eachPair(shape, registers, (n, m, bits, state) => operation.lane(n, m, bits, state, 0n))
      : eachElement(shape, registers, operation.lane),
  );
}

export const threeSameVector = instruction({
  name: 'Advanced SIMD three same',
  encoding: '0 Q:1 U:1 01110 size:2 1 Rm:5 opcode:5 1 Rn:5 Rd:5',
  rare: true,
  samples: { ...REGISTERS, opcode: every(5) },
  decode({ Q, U, size, Rm, opcode, Rn, Rd }): Decoded<SimdForm> | undefined {
    const registers = { Rd, Rn, Rm };
    if (opcode === 0b00011) return decodeLogical(Q, U * 4 + size, registers);
    if (opcode >= 0b11000) {
      if (size & 1 && !Q) return undefined;
      return decodeFloat(U, size, opcode, shapeOf(2 + (size & 1), Q), false, registers);
    }
    const lane = threeSame[opcode]?.[U];
    if (!lane || !threeSameSizeExists(opcode, U, size) || (size === 3 && !Q)) return undefined;
    const shape = shapeOf(size, Q);
    const compute = PAIRWISE.has(opcode)
      ? eachPair(shape, registers, (n, m, bits, state) => lane(n, m, bits, state, 0n))
      : eachElement(shape, registers, lane);
    return simd(`${integerNames[opcode][U]} ${arrangement(shape)}`, registers, compute);
  },
  execute: executeSimd,
});

export const threeSameScalar = instruction({
  name: 'Advanced SIMD scalar three same',
  encoding: '01 U:1 11110 size:2 1 Rm:5 opcode:5 1 Rn:5 Rd:5',
  rare: true,
  samples: { ...REGISTERS, opcode: every(5) },
  decode({ U, size, Rm, opcode, Rn, Rd }): Decoded<SimdForm> | undefined {
    const registers = { Rd, Rn, Rm };
    if (opcode >= 0b11000) return decodeFloat(U, size, opcode, scalarShape(2 + (size & 1)), true, registers);
    const sizes = scalarThreeSame.get(opcode);
    const lane = threeSame[opcode]?.[U];
    if (!sizes || !lane || (sizes === 'doubleword' && size !== 3) || !threeSameSizeExists(opcode, U, size)) return undefined;
    const shape = scalarShape(size);
    return simd(`${integerNames[opcode][U]} ${arrangement(shape, true)}`, registers, eachElement(shape, registers, lane));
  },
  execute: executeSimd,
});

/** SQRDMLAH, SQRDMLSH (FEAT_RDM), SDOT, UDOT (FEAT_DotProd). */
export const threeSameExtra = instruction({
  name: 'Advanced SIMD three same extra',
  encoding: '0 Q:1 U:1 01110 size:2 0 Rm:5 1 00 opcode:2 1 Rn:5 Rd:5',
  feature: ({ opcode }) => (opcode === 0b10 ? 'FEAT_DotProd' : 'FEAT_RDM'),
  rare: true,
  samples: REGISTERS,
  decode({ Q, U, size, Rm, opcode, Rn, Rd }): Decoded<SimdForm> | undefined {
    const registers = { Rd, Rn, Rm };
    const shape = shapeOf(size, Q);
    if (opcode < 2) {
      if (!U || (size !== 1 && size !== 2)) return undefined;
      return simd(
        `${opcode ? 'SQRDMLSH' : 'SQRDMLAH'} ${arrangement(shape)}`,
        registers,
        eachElement(shape, registers, opcode ? sqrdmlsh : sqrdmlah),
      );
    }
    if (opcode === 3 || size !== 2) return undefined;
    return simd(`${U ? 'UDOT' : 'SDOT'} ${arrangement(shape)}`, registers, (state) => {
      const [n, m, d] = [state.v(Rn), state.v(Rm), state.v(Rd)];
      state.setV(
        Rd,
        join(
          Array.from({ length: shape.count }, (_, index) => dotProduct(n, m, d, index, index, U === 1)),
          32,
        ),
      );
    });
  },
  execute: executeSimd,
});
/** Word `index` of d, plus the products of the four bytes of n there and those of m's word `other`. */
export function dotProduct(n: bigint, m: bigint, d: bigint, index: number, other: number, isUnsigned: boolean): bigint {
  let total = element(d, 32, index);
  for (let byte = 0; byte < 4; byte++)
    total += int(element(n, 8, 4 * index + byte), 8, isUnsigned) * int(element(m, 8, 4 * other + byte), 8, isUnsigned);
  return total;
}

export const threeSameExtraScalar = instruction({
  name: 'Advanced SIMD scalar three same extra',
  encoding: '01 U:1 11110 size:2 0 Rm:5 1 00 opcode:2 1 Rn:5 Rd:5',
  feature: 'FEAT_RDM',
  rare: true,
  samples: REGISTERS,
  decode({ U, size, Rm, opcode, Rn, Rd }): Decoded<SimdForm> | undefined {
    if (!U || opcode > 1 || (size !== 1 && size !== 2)) return undefined;
    const registers = { Rd, Rn, Rm };
    const shape = scalarShape(size);
    return simd(
      `${opcode ? 'SQRDMLSH' : 'SQRDMLAH'} ${arrangement(shape, true)}`,
      registers,
      eachElement(shape, registers, opcode ? sqrdmlsh : sqrdmlah),
    );
  },
  execute: executeSimd,
});
