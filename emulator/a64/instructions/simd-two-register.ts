import { fpConvert } from '../float/convert.ts';
import type { FloatBits } from '../float/format.ts';
import { type Decoded, instruction } from '../instruction.ts';
import { floatTwoRegister } from '../vector/float.ts';
import { twoRegister } from '../vector/integer.ts';
import { element, elements, int, join, saturate } from '../vector/lanes.ts';
import {
  type Shape,
  type SimdForm,
  arrangement,
  eachElement,
  every,
  executeSimd,
  scalarShape,
  setPart,
  shapeOf,
  simd,
} from '../vector/operation.ts';

type Registers = { Rd: number; Rn: number };

const names: Readonly<Record<number, string>> = {
  0b0_00000: 'REV64',
  0b1_00000: 'REV32',
  0b0_00001: 'REV16',
  0b0_00011: 'SUQADD',
  0b1_00011: 'USQADD',
  0b0_00100: 'CLS',
  0b1_00100: 'CLZ',
  0b0_00101: 'CNT',
  0b0_00111: 'SQABS',
  0b1_00111: 'SQNEG',
  0b0_01000: 'CMGT0',
  0b1_01000: 'CMGE0',
  0b0_01001: 'CMEQ0',
  0b1_01001: 'CMLE0',
  0b0_01010: 'CMLT0',
  0b0_01011: 'ABS',
  0b1_01011: 'NEG',
};

function reverse(shape: Shape, containerBits: number, { Rd, Rn }: Registers): Decoded<SimdForm> {
  const { bits, count } = shape;
  const perContainer = containerBits / bits;
  return simd(`REV${containerBits} ${arrangement(shape)}`, { Rd, Rn }, (state) => {
    const list = elements(state.v(Rn), bits, count);
    state.setV(
      Rd,
      join(
        list.map((_, index) => list[index ^ (perContainer - 1)]),
        bits,
      ),
    );
  });
}
function decodeBits(Q: number, size: number, { Rd, Rn }: Registers): Decoded<SimdForm> | undefined {
  const bits = Q ? 128 : 64;
  const suffix = Q ? '16B' : '8B';
  if (size === 0) return simd(`NOT ${suffix}`, { Rd, Rn }, (state) => state.setV(Rd, BigInt.asUintN(bits, ~state.v(Rn))));
  if (size > 1) return undefined;
  const reversed = (byte: bigint): bigint => BigInt(`0b${byte.toString(2).padStart(8, '0').split('').reverse().join('')}`);
  return simd(
    `RBIT ${suffix}`,
    { Rd, Rn },
    eachElement({ bits: 8, count: bits / 8 }, { Rd, Rn }, (n) => reversed(n)),
  );
}
/** SADDLP, UADDLP, SADALP, UADALP */
function decodeAddLongPairwise(U: number, accumulates: boolean, shape: Shape, { Rd, Rn }: Registers): Decoded<SimdForm> {
  const { bits, count } = shape;
  const name = `${U ? 'U' : 'S'}${accumulates ? 'ADALP' : 'ADDLP'} ${arrangement(shape)}`;
  return simd(name, { Rd, Rn }, (state) => {
    const list = elements(state.v(Rn), bits, count).map((value) => int(value, bits, U === 1));
    const old = accumulates ? state.v(Rd) : 0n;
    const sums = Array.from({ length: count / 2 }, (_, i) => list[2 * i] + list[2 * i + 1] + element(old, 2 * bits, i));
    state.setV(Rd, join(sums, 2 * bits));
  });
}
/** XTN, SQXTN, UQXTN, SQXTUN: results are half as wide as `shape`'s double. */
function decodeNarrow(U: number, saturates: boolean, size: number, Q: number, isScalar: boolean, { Rd, Rn }: Registers): Decoded<SimdForm> {
  const bits = 8 << size;
  const fromUnsigned = saturates && U === 1;
  const toUnsigned = U === 1;
  const kind = saturates ? (U ? 'UQXTN' : 'SQXTN') : U ? 'SQXTUN' : 'XTN';
  const shape = isScalar ? scalarShape(size) : shapeOf(size, 0);
  return simd(`${kind}${Q && !isScalar ? '2' : ''} ${arrangement(shape, isScalar)}`, { Rd, Rn }, (state) => {
    const list = elements(state.v(Rn), 2 * bits, shape.count);
    const narrow = list.map((value) => (kind === 'XTN' ? value : saturate(int(value, 2 * bits, fromUnsigned), bits, toUnsigned, state)));
    setPart(state, Rd, isScalar ? 0 : Q, join(narrow, bits));
  });
}
function decodeShiftLeftLong(size: number, Q: number, { Rd, Rn }: Registers): Decoded<SimdForm> {
  const { bits, count } = shapeOf(size, 0);
  return simd(`SHLL${Q ? '2' : ''} ${arrangement({ bits, count })}`, { Rd, Rn }, (state) => {
    const list = elements(state.v(Rn), bits, count, Q * count);
    state.setV(
      Rd,
      join(
        list.map((value) => value << BigInt(bits)),
        2 * bits,
      ),
    );
  });
}
/** FCVTN, FCVTXN: from `from` bits to half as many. */
function decodeFloatNarrow(from: 32 | 64, isOdd: boolean, Q: number, isScalar: boolean, { Rd, Rn }: Registers): Decoded<SimdForm> {
  const to = (from / 2) as FloatBits;
  const count = isScalar ? 1 : 64 / to;
  return simd(
    `${isOdd ? 'FCVTXN' : 'FCVTN'}${Q && !isScalar ? '2' : ''} ${arrangement({ bits: to, count }, isScalar)}`,
    { Rd, Rn },
    (state) => {
      const list = elements(state.v(Rn), from, count);
      const narrow = list.map((value) => fpConvert(from, to, value, state, ...(isOdd ? (['ODD'] as const) : [])));
      setPart(state, Rd, isScalar ? 0 : Q, join(narrow, to));
    },
  );
}
function decodeFloatLong(from: 16 | 32, Q: number, { Rd, Rn }: Registers): Decoded<SimdForm> {
  const count = 64 / from;
  return simd(`FCVTL${Q ? '2' : ''} ${arrangement({ bits: from, count })}`, { Rd, Rn }, (state) => {
    const list = elements(state.v(Rn), from, count, Q * count);
    const to = (2 * from) as FloatBits;
    state.setV(
      Rd,
      join(
        list.map((value) => fpConvert(from, to, value, state)),
        to,
      ),
    );
  });
}

function decodeFloat(
  U: number,
  size: number,
  opcode: number,
  Q: number,
  isScalar: boolean,
  registers: Registers,
): Decoded<SimdForm> | undefined {
  const operation = floatTwoRegister[(U << 6) | ((size >> 1) << 5) | opcode];
  const isDouble = (size & 1) === 1;
  if (!operation || (operation.words && isDouble)) return undefined;
  if (isScalar ? !operation.scalar : operation.scalar === 'only' || (isDouble && !Q)) return undefined;
  const shape = isScalar ? scalarShape(2 + (size & 1)) : shapeOf(2 + (size & 1), Q);
  const zero = opcode >= 0b01100 && opcode <= 0b01110 ? '0' : '';
  const name = `${operation.name}${zero} ${arrangement(shape, isScalar)}`;
  return simd(
    name,
    registers,
    eachElement(shape, registers, (n, _m, bits, state, d) => operation.lane(n, bits, state, d)),
  );
}

function decodeInteger(key: number, size: number, shape: Shape, isScalar: boolean, registers: Registers): Decoded<SimdForm> | undefined {
  const operation = twoRegister[key];
  if (!operation || !(isScalar ? operation.scalar : operation.sizes)?.includes(size)) return undefined;
  const name = `${names[key]} ${arrangement(shape, isScalar)}`;
  return simd(
    name,
    registers,
    eachElement(shape, registers, (n, _m, bits, state, d) => operation.lane(n, bits, state, d)),
  );
}

export const twoRegisterVector = instruction({
  name: 'Advanced SIMD two-register miscellaneous',
  encoding: '0 Q:1 U:1 01110 size:2 10000 opcode:5 10 Rn:5 Rd:5',
  rare: true,
  samples: { Rd: [0], Rn: [0], opcode: every(5) },
  decode({ Q, U, size, opcode, Rn, Rd }): Decoded<SimdForm> | undefined {
    const registers = { Rd, Rn };
    const key = (U << 5) | opcode;
    const shape = shapeOf(size, Q);
    switch (opcode) {
      case 0b00000:
        return size < 3 - U ? reverse(shape, U ? 32 : 64, registers) : undefined;
      case 0b00001:
        return !U && size === 0 ? reverse(shape, 16, registers) : undefined;
      case 0b00010:
      case 0b00110:
        return size < 3 ? decodeAddLongPairwise(U, opcode === 0b00110, shape, registers) : undefined;
      case 0b00101:
        if (U) return decodeBits(Q, size, registers);
        break;
      case 0b10010:
      case 0b10100:
        return size < 3 ? decodeNarrow(U, opcode === 0b10100, size, Q, false, registers) : undefined;
      case 0b10011:
        return U && size < 3 ? decodeShiftLeftLong(size, Q, registers) : undefined;
      case 0b10110:
        if (size > 1 || (U && size === 0)) return undefined;
        return decodeFloatNarrow(size ? 64 : 32, U === 1, Q, false, registers);
      case 0b10111:
        return !U && size < 2 ? decodeFloatLong(size ? 32 : 16, Q, registers) : undefined;
    }
    if (opcode >= 0b11000 || (opcode >= 0b01100 && opcode <= 0b01111)) return decodeFloat(U, size, opcode, Q, false, registers);
    if (size === 3 && !Q) return undefined;
    return decodeInteger(key, size, shape, false, registers);
  },
  execute: executeSimd,
});

export const twoRegisterScalar = instruction({
  name: 'Advanced SIMD scalar two-register miscellaneous',
  encoding: '01 U:1 11110 size:2 10000 opcode:5 10 Rn:5 Rd:5',
  rare: true,
  samples: { Rd: [0], Rn: [0], opcode: every(5) },
  decode({ U, size, opcode, Rn, Rd }): Decoded<SimdForm> | undefined {
    const registers = { Rd, Rn };
    if (opcode === 0b10100 || (opcode === 0b10010 && U)) {
      return size < 3 ? decodeNarrow(U, opcode === 0b10100, size, 0, true, registers) : undefined;
    }
    if (opcode === 0b10110) return U && size === 1 ? decodeFloatNarrow(64, true, 0, true, registers) : undefined;
    if (opcode >= 0b11000 || (opcode >= 0b01100 && opcode <= 0b01111)) return decodeFloat(U, size, opcode, 0, true, registers);
    return decodeInteger((U << 5) | opcode, size, scalarShape(size), true, registers);
  },
  execute: executeSimd,
});
