import { type Decoded, instruction } from '../instruction.ts';
import { polynomialMultiply } from '../vector/integer.ts';
import { type VectorState, element, elements, int, join, saturate } from '../vector/lanes.ts';
import { REGISTERS, type SimdForm, every, executeSimd, setPart, simd } from '../vector/operation.ts';

/** n and m are integers already; d is the destination's old wide element as a signed or unsigned integer. */
type WideLane = (n: bigint, m: bigint, d: bigint, wideBits: number, state: VectorState) => bigint;

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);
/** Doubled product, saturated; then added to or subtracted from d, saturated again. */
const doubling =
  (accumulate: 0 | 1 | -1): WideLane =>
  (n, m, d, wide, state) => {
    const product = saturate(2n * n * m, wide, false, state);
    if (accumulate === 0) return product;
    const term = BigInt.asIntN(wide, product);
    return saturate(BigInt.asIntN(wide, d) + (accumulate === 1 ? term : -term), wide, false, state);
  };

export interface LongOperation {
  readonly name: string;
  readonly lane: WideLane;
  /** Absent: signed and unsigned, by U. */
  readonly signedOnly?: boolean;
}
export const multiplications: Readonly<Record<'MLAL' | 'MLSL' | 'MULL' | 'SQDMLAL' | 'SQDMLSL' | 'SQDMULL', LongOperation>> = {
  MLAL: { name: 'MLAL', lane: (n, m, d) => d + n * m },
  MLSL: { name: 'MLSL', lane: (n, m, d) => d - n * m },
  MULL: { name: 'MULL', lane: (n, m) => n * m },
  SQDMLAL: { name: 'SQDMLAL', lane: doubling(1), signedOnly: true },
  SQDMLSL: { name: 'SQDMLSL', lane: doubling(-1), signedOnly: true },
  SQDMULL: { name: 'SQDMULL', lane: doubling(0), signedOnly: true },
};
/** Results twice as wide as both operands, by opcode. */
const longs: Readonly<Record<number, LongOperation>> = {
  0b0000: { name: 'ADDL', lane: (n, m) => n + m },
  0b0010: { name: 'SUBL', lane: (n, m) => n - m },
  0b0101: { name: 'ABAL', lane: (n, m, d) => d + absolute(n - m) },
  0b0111: { name: 'ABDL', lane: (n, m) => absolute(n - m) },
  0b1000: multiplications.MLAL,
  0b1001: multiplications.SQDMLAL,
  0b1010: multiplications.MLSL,
  0b1011: multiplications.SQDMLSL,
  0b1100: multiplications.MULL,
  0b1101: multiplications.SQDMULL,
};
const letter = 'BHSD';

export const threeDifferent = instruction({
  name: 'Advanced SIMD three different',
  encoding: '0 Q:1 U:1 01110 size:2 1 Rm:5 opcode:4 00 Rn:5 Rd:5',
  rare: true,
  samples: { ...REGISTERS, opcode: every(4) },
  decode({ Q, U, size, Rm, opcode, Rn, Rd }): Decoded<SimdForm> | undefined {
    if (size === 3) return undefined;
    const registers = { Rd, Rn, Rm };
    const bits = 8 << size;
    const count = 64 / bits;
    const isUnsigned = U === 1;
    const suffix = `${Q ? '2' : ''} ${count}${letter[size]}`;
    if (opcode === 0b1110) {
      if (U || size !== 0) return undefined;
      return simd(`PMULL${suffix}`, registers, (state) => {
        const [n, m] = [elements(state.v(Rn), 8, 8, Q * 8), elements(state.v(Rm), 8, 8, Q * 8)];
        state.setV(
          Rd,
          join(
            n.map((value, index) => polynomialMultiply(value, m[index])),
            16,
          ),
        );
      });
    }
    if (opcode === 0b0100 || opcode === 0b0110) {
      // ADDHN, RADDHN, SUBHN, RSUBHN: the high halves of wide results.
      const subtracts = opcode === 0b0110;
      const round = U ? 1n << BigInt(bits - 1) : 0n;
      return simd(`${U ? 'R' : ''}${subtracts ? 'SUBHN' : 'ADDHN'}${suffix}`, registers, (state) => {
        const [n, m] = [elements(state.v(Rn), 2 * bits, count), elements(state.v(Rm), 2 * bits, count)];
        const high = n.map(
          (value, index) => BigInt.asUintN(2 * bits, (subtracts ? value - m[index] : value + m[index]) + round) >> BigInt(bits),
        );
        setPart(state, Rd, Q, join(high, bits));
      });
    }
    if (opcode === 0b0001 || opcode === 0b0011) {
      // SADDW, UADDW, SSUBW, USUBW: the first operand is wide.
      const subtracts = opcode === 0b0011;
      return simd(`${U ? 'U' : 'S'}${subtracts ? 'SUBW' : 'ADDW'}${suffix}`, registers, (state) => {
        const n = elements(state.v(Rn), 2 * bits, count);
        const m = elements(state.v(Rm), bits, count, Q * count).map((value) => int(value, bits, isUnsigned));
        state.setV(
          Rd,
          join(
            n.map((value, index) => (subtracts ? value - m[index] : value + m[index])),
            2 * bits,
          ),
        );
      });
    }
    const operation = longs[opcode];
    if (!operation || (operation.signedOnly && (U || size === 0))) return undefined;
    const name = `${operation.signedOnly ? '' : U ? 'U' : 'S'}${operation.name}${suffix}`;
    return simd(name, registers, (state) => {
      const [n, m, d] = [elements(state.v(Rn), bits, count, Q * count), elements(state.v(Rm), bits, count, Q * count), state.v(Rd)];
      state.setV(
        Rd,
        join(
          n.map((value, index) =>
            operation.lane(int(value, bits, isUnsigned), int(m[index], bits, isUnsigned), element(d, 2 * bits, index), 2 * bits, state),
          ),
          2 * bits,
        ),
      );
    });
  },
  execute: executeSimd,
});

/** SQDMLAL, SQDMLSL, SQDMULL */
export const threeDifferentScalar = instruction({
  name: 'Advanced SIMD scalar three different',
  encoding: '01 U:1 11110 size:2 1 Rm:5 opcode:4 00 Rn:5 Rd:5',
  rare: true,
  samples: { ...REGISTERS, opcode: every(4) },
  decode({ U, size, Rm, opcode, Rn, Rd }): Decoded<SimdForm> | undefined {
    const operation = longs[opcode];
    if (!operation?.signedOnly || U || size === 0 || size === 3) return undefined;
    const bits = 8 << size;
    return simd(`${operation.name} ${letter[size]}`, { Rd, Rn, Rm }, (state) => {
      const operand = (register: number): bigint => BigInt.asIntN(bits, state.v(register));
      state.setV(Rd, operation.lane(operand(Rn), operand(Rm), element(state.v(Rd), 2 * bits, 0), 2 * bits, state));
    });
  },
  execute: executeSimd,
});
