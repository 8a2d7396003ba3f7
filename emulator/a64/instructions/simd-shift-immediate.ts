import { type Decoded, instruction } from '../instruction.ts';
import { fromFixed, toFixed } from '../vector/float.ts';
import { type VectorState, elements, int, join, mask, saturate } from '../vector/lanes.ts';
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

/** One element by a constant amount. */
type ShiftLane = (n: bigint, amount: bigint, bits: number, state: VectorState, d: bigint) => bigint;

const right =
  (isUnsigned: boolean, rounds: boolean, accumulates: boolean): ShiftLane =>
  (n, amount, bits, _state, d) => {
    const shifted = (int(n, bits, isUnsigned) + (rounds ? 1n << (amount - 1n) : 0n)) >> amount;
    return accumulates ? d + shifted : shifted;
  };
const saturatingLeft =
  (fromUnsigned: boolean, toUnsigned: boolean): ShiftLane =>
  (n, amount, bits, state) =>
    saturate(int(n, bits, fromUnsigned) << amount, bits, toUnsigned, state);

interface Shift {
  readonly name: string;
  readonly lane: ShiftLane;
  readonly left?: boolean;
  readonly scalar: 'doubleword' | 'any';
}
/** Same width, by U:opcode. */
const shifts: Readonly<Record<number, Shift>> = {
  0b0_00000: { name: 'SSHR', lane: right(false, false, false), scalar: 'doubleword' },
  0b1_00000: { name: 'USHR', lane: right(true, false, false), scalar: 'doubleword' },
  0b0_00010: { name: 'SSRA', lane: right(false, false, true), scalar: 'doubleword' },
  0b1_00010: { name: 'USRA', lane: right(true, false, true), scalar: 'doubleword' },
  0b0_00100: { name: 'SRSHR', lane: right(false, true, false), scalar: 'doubleword' },
  0b1_00100: { name: 'URSHR', lane: right(true, true, false), scalar: 'doubleword' },
  0b0_00110: { name: 'SRSRA', lane: right(false, true, true), scalar: 'doubleword' },
  0b1_00110: { name: 'URSRA', lane: right(true, true, true), scalar: 'doubleword' },
  0b1_01000: {
    name: 'SRI',
    lane: (n, amount, bits, _state, d) => {
      const inserted = mask(bits) >> amount;
      return (d & ~inserted) | (n >> amount);
    },
    scalar: 'doubleword',
  },
  0b0_01010: { name: 'SHL', lane: (n, amount) => n << amount, left: true, scalar: 'doubleword' },
  0b1_01010: {
    name: 'SLI',
    lane: (n, amount, _bits, _state, d) => (n << amount) | (d & mask(Number(amount))),
    left: true,
    scalar: 'doubleword',
  },
  0b1_01100: { name: 'SQSHLU', lane: saturatingLeft(false, true), left: true, scalar: 'any' },
  0b0_01110: { name: 'SQSHL', lane: saturatingLeft(false, false), left: true, scalar: 'any' },
  0b1_01110: { name: 'UQSHL', lane: saturatingLeft(true, true), left: true, scalar: 'any' },
};

interface NarrowingShift {
  readonly name: string;
  readonly rounds: boolean;
  /** Of operand and result; absent: nothing saturates. */
  readonly saturates?: readonly [fromUnsigned: boolean, toUnsigned: boolean];
}
/** To half the width, by U:opcode. */
const narrowings: Readonly<Record<number, NarrowingShift>> = {
  0b0_10000: { name: 'SHRN', rounds: false },
  0b0_10001: { name: 'RSHRN', rounds: true },
  0b1_10000: { name: 'SQSHRUN', rounds: false, saturates: [false, true] },
  0b1_10001: { name: 'SQRSHRUN', rounds: true, saturates: [false, true] },
  0b0_10010: { name: 'SQSHRN', rounds: false, saturates: [false, false] },
  0b0_10011: { name: 'SQRSHRN', rounds: true, saturates: [false, false] },
  0b1_10010: { name: 'UQSHRN', rounds: false, saturates: [true, true] },
  0b1_10011: { name: 'UQRSHRN', rounds: true, saturates: [true, true] },
};

interface Fields {
  readonly U: number;
  readonly immh: number;
  readonly immb: number;
  readonly opcode: number;
  readonly Rn: number;
  readonly Rd: number;
}

function decodeNarrowing(
  operation: NarrowingShift,
  size: number,
  amount: number,
  Q: number,
  isScalar: boolean,
  { Rd, Rn }: Fields,
): Decoded<SimdForm> {
  const shape: Shape = isScalar ? scalarShape(size) : shapeOf(size, 0);
  const { bits, count } = shape;
  const { rounds, saturates } = operation;
  const round = rounds ? 1n << BigInt(amount - 1) : 0n;
  const name = `${operation.name}${Q && !isScalar ? '2' : ''} ${arrangement(shape, isScalar)}`;
  return simd(
    name,
    { Rd, Rn },
    (state) => {
      const narrow = elements(state.v(Rn), 2 * bits, count).map((value) => {
        const shifted = (int(value, 2 * bits, saturates?.[0] ?? true) + round) >> BigInt(amount);
        return saturates ? saturate(shifted, bits, saturates[1], state) : shifted;
      });
      setPart(state, Rd, isScalar ? 0 : Q, join(narrow, bits));
    },
    amount,
  );
}

/** @param Q absent: scalar */
function decodeShift(fields: Fields, Q?: number): Decoded<SimdForm> | undefined {
  const { U, immh, immb, opcode, Rn, Rd } = fields;
  if (immh === 0) return undefined;
  const isScalar = Q === undefined;
  const size = 31 - Math.clz32(immh);
  const bits = 8 << size;
  const rightAmount = 2 * bits - (immh * 8 + immb);
  const leftAmount = immh * 8 + immb - bits;
  const key = (U << 5) | opcode;
  const shape = isScalar ? scalarShape(size) : shapeOf(size, Q);
  const isTooWide = size === 3 && Q === 0;
  const shift = shifts[key];
  if (shift) {
    if (isTooWide || (isScalar && shift.scalar === 'doubleword' && size !== 3)) return undefined;
    const amount = shift.left ? leftAmount : rightAmount;
    const compute = eachElement(shape, { Rd, Rn }, (n, _m, width, state, d) => shift.lane(n, BigInt(amount), width, state, d));
    return simd(`${shift.name} ${arrangement(shape, isScalar)}`, { Rd, Rn }, compute, amount);
  }
  const narrowing = narrowings[key];
  if (narrowing) {
    if (size === 3 || (isScalar && !narrowing.saturates)) return undefined;
    return decodeNarrowing(narrowing, size, rightAmount, Q ?? 0, isScalar, fields);
  }
  if (opcode === 0b10100) {
    if (isScalar || size === 3) return undefined;
    const { count } = shapeOf(size, 0);
    return simd(
      `${U ? 'USHLL' : 'SSHLL'}${Q ? '2' : ''} ${arrangement({ bits, count })}`,
      { Rd, Rn },
      (state) => {
        const list = elements(state.v(Rn), bits, count, Q * count);
        state.setV(
          Rd,
          join(
            list.map((value) => int(value, bits, U === 1) << BigInt(leftAmount)),
            2 * bits,
          ),
        );
      },
      leftAmount,
    );
  }
  if (opcode !== 0b11100 && opcode !== 0b11111) return undefined;
  if (size < 2 || isTooWide) return undefined;
  const lane = opcode === 0b11100 ? fromFixed(U === 1, rightAmount) : toFixed('ZERO', U === 1, rightAmount);
  const name = opcode === 0b11100 ? (U ? 'UCVTF' : 'SCVTF') : U ? 'FCVTZU' : 'FCVTZS';
  const compute = eachElement(shape, { Rd, Rn }, (n, _m, width, state, d) => lane(n, width, state, d));
  return simd(`${name} ${arrangement(shape, isScalar)} fixed-point`, { Rd, Rn }, compute, rightAmount);
}

const samples = { Rd: [0], Rn: [0], opcode: every(5), immb: [0] };

export const shiftImmediateVector = instruction({
  name: 'Advanced SIMD shift by immediate',
  encoding: '0 Q:1 U:1 011110 immh:4 immb:3 opcode:5 1 Rn:5 Rd:5',
  rare: true,
  samples,
  decode: (fields): Decoded<SimdForm> | undefined => decodeShift(fields, fields.Q),
  execute: executeSimd,
});

export const shiftImmediateScalar = instruction({
  name: 'Advanced SIMD scalar shift by immediate',
  encoding: '01 U:1 111110 immh:4 immb:3 opcode:5 1 Rn:5 Rd:5',
  rare: true,
  samples,
  decode: (fields): Decoded<SimdForm> | undefined => decodeShift(fields),
  execute: executeSimd,
});

/** AdvSIMDExpandImm() */
export function expandImmediate(op: number, cmode: number, imm8: number): bigint {
  const value = BigInt(imm8);
  const repeat = (bits: number, lane: bigint): bigint => join(new Array<bigint>(64 / bits).fill(lane), bits);
  const half = cmode >> 1;
  if (half < 4) return repeat(32, value << BigInt(8 * half));
  if (half < 6) return repeat(16, value << BigInt(8 * (half - 4)));
  if (half === 6) return repeat(32, cmode & 1 ? (value << 16n) | 0xffffn : (value << 8n) | 0xffn);
  if (!(cmode & 1)) {
    if (!op) return repeat(8, value);
    return join(
      every(3).map((bit) => (imm8 & (1 << bit) ? 0xffn : 0n)),
      8,
    );
  }
  return op ? expandFloat(imm8, 64) : repeat(32, expandFloat(imm8, 32));
}
/** VFPExpandImm() */
export function expandFloat(imm8: number, bits: 32 | 64): bigint {
  const [exponentBits, fractionBits] = bits === 32 ? [8, 23] : [11, 52];
  const top = (imm8 >> 6) & 1;
  const exponent = (top ? 2 ** (exponentBits - 1) - 4 : 2 ** (exponentBits - 1)) + ((imm8 >> 4) & 3);
  const sign = BigInt(imm8 >> 7) << BigInt(bits - 1);
  return sign | (BigInt(exponent) << BigInt(fractionBits)) | (BigInt(imm8 & 15) << BigInt(fractionBits - 4));
}

/** MOVI, MVNI, FMOV, ORR, BIC (vector, immediate). */
export const modifiedImmediate = instruction({
  name: 'Advanced SIMD modified immediate',
  encoding: '0 Q:1 op:1 0111100000 abc:3 cmode:4 o2:1 1 defgh:5 Rd:5',
  within: 'Advanced SIMD shift by immediate',
  rare: true,
  samples: { Rd: [0], abc: [0], defgh: [0] },
  decode({ Q, op, abc, cmode, o2, defgh, Rd }): Decoded<SimdForm> | undefined {
    if (o2 || (cmode === 15 && op && !Q)) return undefined;
    const low = expandImmediate(op, cmode, (abc << 5) | defgh);
    const changes = cmode < 12 && (cmode & 1) === 1;
    const inverts = op === 1 && !changes && cmode < 14;
    const half = inverts ? BigInt.asUintN(64, ~low) : low;
    const value = Q ? (half << 64n) | half : half;
    const bits = Q ? 128 : 64;
    const name = `${changes ? (op ? 'BIC' : 'ORR') : 'MOVI'} ${Q ? '16B' : '8B'} immediate`;
    const decoded = simd(name, { Rd, Rn: Rd }, (state) => {
      const old = state.v(Rd);
      state.setV(Rd, changes ? BigInt.asUintN(bits, op ? old & ~value : old | value) : value);
    });
    return { ...decoded, imm: half };
  },
  execute: executeSimd,
});
