import { type Decoded, type Feature, instruction } from '../instruction.ts';
import { fmla, fmls, fmul, fmulx } from '../vector/float.ts';
import { type Lane, sqdmulh, sqrdmlah, sqrdmlsh, sqrdmulh } from '../vector/integer.ts';
import { element, elements, int, join } from '../vector/lanes.ts';
import { type Shape, type SimdForm, arrangement, every, executeSimd, scalarShape, shapeOf, simd } from '../vector/operation.ts';
import { type LongOperation, multiplications } from './simd-three-different.ts';
import { dotProduct } from './simd-three-same.ts';

interface SameWidth {
  readonly name: string;
  readonly lane: Lane;
  readonly scalar: boolean;
}
const multiplyAdd: Lane = (n, m, _bits, _status, d) => d + n * m;
const multiplySubtract: Lane = (n, m, _bits, _status, d) => d - n * m;
/** By U:opcode. */
const sameWidth: Readonly<Record<number, SameWidth>> = {
  0b1_0000: { name: 'MLA', lane: multiplyAdd, scalar: false },
  0b1_0100: { name: 'MLS', lane: multiplySubtract, scalar: false },
  0b0_1000: { name: 'MUL', lane: (n, m) => n * m, scalar: false },
  0b0_1100: { name: 'SQDMULH', lane: sqdmulh, scalar: true },
  0b0_1101: { name: 'SQRDMULH', lane: sqrdmulh, scalar: true },
  0b1_1101: { name: 'SQRDMLAH', lane: sqrdmlah, scalar: true },
  0b1_1111: { name: 'SQRDMLSH', lane: sqrdmlsh, scalar: true },
};
const floats: Readonly<Record<number, SameWidth>> = {
  0b0_0001: { name: 'FMLA', lane: fmla, scalar: true },
  0b0_0101: { name: 'FMLS', lane: fmls, scalar: true },
  0b0_1001: { name: 'FMUL', lane: fmul, scalar: true },
  0b1_1001: { name: 'FMULX', lane: fmulx, scalar: true },
};
const longs: Readonly<Record<number, LongOperation>> = {
  0b0010: multiplications.MLAL,
  0b0011: multiplications.SQDMLAL,
  0b0110: multiplications.MLSL,
  0b0111: multiplications.SQDMLSL,
  0b1010: multiplications.MULL,
  0b1011: multiplications.SQDMULL,
};

interface Indexed {
  readonly U: number;
  readonly size: number;
  readonly L: number;
  readonly M: number;
  readonly Rm: number;
  readonly opcode: number;
  readonly H: number;
  readonly Rn: number;
  readonly Rd: number;
}

function elementwise(
  operation: SameWidth,
  shape: Shape,
  isScalar: boolean,
  { Rd, Rn, Rm, index }: { Rd: number; Rn: number; Rm: number; index: number },
): Decoded<SimdForm> {
  const { bits, count } = shape;
  const compute: Decoded['compute'] = (state) => {
    const m = element(state.v(Rm), bits, index);
    const [n, d] = [state.v(Rn), state.v(Rd)];
    const results = Array.from({ length: count }, (_, i) => operation.lane(element(n, bits, i), m, bits, state, element(d, bits, i)));
    state.setV(Rd, join(results, bits));
  };
  return simd(`${operation.name} ${arrangement(shape, isScalar)} by element`, { Rd, Rn, Rm }, compute!, index);
}

/** @param Q absent: scalar */
function decodeIndexed({ U, size, L, M, Rm, opcode, H, Rn, Rd }: Indexed, Q?: number): Decoded<SimdForm> | undefined {
  const isScalar = Q === undefined;
  const key = (U << 4) | opcode;
  const shape = isScalar ? scalarShape(size) : shapeOf(size, Q);
  if (floats[key]) {
    if (size < 2 || (size === 3 && (L || Q === 0))) return undefined;
    const registers = { Rd, Rn, Rm: M * 16 + Rm, index: size === 3 ? H : H * 2 + L };
    return elementwise(floats[key], shape, isScalar, registers);
  }
  if (opcode === 0b1110) {
    if (isScalar || size !== 2) return undefined;
    const [register, index] = [M * 16 + Rm, H * 2 + L];
    return simd(
      `${U ? 'UDOT' : 'SDOT'} ${arrangement(shape)} by element`,
      { Rd, Rn, Rm: register },
      (state) => {
        const [n, m, d] = [state.v(Rn), state.v(register), state.v(Rd)];
        state.setV(
          Rd,
          join(
            Array.from({ length: shape.count }, (_, i) => dotProduct(n, m, d, i, index, U === 1)),
            32,
          ),
        );
      },
      index,
    );
  }
  if (size !== 1 && size !== 2) return undefined;
  const [register, index] = size === 1 ? [Rm, H * 4 + L * 2 + M] : [M * 16 + Rm, H * 2 + L];
  const same = sameWidth[key];
  if (same) return isScalar && !same.scalar ? undefined : elementwise(same, shape, isScalar, { Rd, Rn, Rm: register, index });
  const long = longs[opcode];
  if (!long || (long.signedOnly && U) || (isScalar && !long.signedOnly)) return undefined;
  const bits = 8 << size;
  const count = isScalar ? 1 : 64 / bits;
  const part = isScalar ? 0 : Q;
  const name = `${long.signedOnly ? '' : U ? 'U' : 'S'}${long.name}${part ? '2' : ''} ${arrangement({ bits, count }, isScalar)} by element`;
  return simd(
    name,
    { Rd, Rn, Rm: register },
    (state) => {
      const m = int(element(state.v(register), bits, index), bits, U === 1);
      const n = elements(state.v(Rn), bits, count, part * count);
      const d = state.v(Rd);
      const results = n.map((value, i) => long.lane(int(value, bits, U === 1), m, element(d, 2 * bits, i), 2 * bits, state));
      state.setV(Rd, join(results, 2 * bits));
    },
    index,
  );
}

const extension = ({ U, opcode }: { readonly U: number; readonly opcode: number }): Feature | undefined =>
  opcode === 0b1110 ? 'FEAT_DotProd' : U === 1 && (opcode === 0b1101 || opcode === 0b1111) ? 'FEAT_RDM' : undefined;
const samples = { Rd: [0], Rn: [0], Rm: [0], opcode: every(4) };

export const indexedVector = instruction({
  name: 'Advanced SIMD vector x indexed element',
  encoding: '0 Q:1 U:1 01111 size:2 L:1 M:1 Rm:4 opcode:4 H:1 0 Rn:5 Rd:5',
  feature: extension,
  rare: true,
  samples,
  decode: (fields): Decoded<SimdForm> | undefined => decodeIndexed(fields, fields.Q),
  execute: executeSimd,
});

export const indexedScalar = instruction({
  name: 'Advanced SIMD scalar x indexed element',
  encoding: '01 U:1 11111 size:2 L:1 M:1 Rm:4 opcode:4 H:1 0 Rn:5 Rd:5',
  feature: extension,
  rare: true,
  samples,
  decode: (fields): Decoded<SimdForm> | undefined => decodeIndexed(fields),
  execute: executeSimd,
});
