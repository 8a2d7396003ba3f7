import { type Decoded, instruction } from '../instruction.ts';
import { floatThreeSame } from '../vector/float.ts';
import { threeSame } from '../vector/integer.ts';
import { element, elements, int, join } from '../vector/lanes.ts';
import { type SimdForm, arrangement, every, executeSimd, shapeOf, simd } from '../vector/operation.ts';

/** Maxima and minima by opcode, as "three same" opcodes. */
const extremes: Readonly<Record<number, readonly [number, string]>> = { 0b01010: [0b01100, 'MAXV'], 0b11010: [0b01101, 'MINV'] };
/** Floating-point ones: FMAXNM and FMAX; with size<1> FMINNM and FMIN. */
const floatExtremes: Readonly<Record<number, readonly [number, readonly [string, string]]>> = {
  0b01100: [0b11000, ['FMAXNM', 'FMINNM']],
  0b01111: [0b11110, ['FMAX', 'FMIN']],
};

export const acrossLanes = instruction({
  name: 'Advanced SIMD across lanes',
  encoding: '0 Q:1 U:1 01110 size:2 11000 opcode:5 10 Rn:5 Rd:5',
  rare: true,
  samples: { Rd: [0], Rn: [0], opcode: every(5) },
  decode({ Q, U, size, opcode, Rn, Rd }): Decoded<SimdForm> | undefined {
    const registers = { Rd, Rn };
    const floats = floatExtremes[opcode];
    if (floats) {
      if (!U || size & 1 || !Q) return undefined;
      const minimum = size >> 1;
      const { lane } = floatThreeSame[(minimum << 5) | floats[0]];
      return simd(`${floats[1][minimum]}V 4S`, registers, (state) => {
        const [a, b, c, d] = elements(state.v(Rn), 32, 4);
        state.setV(Rd, lane(lane(a, b, 32, state, 0n), lane(c, d, 32, state, 0n), 32, state, 0n));
      });
    }
    if (size === 3 || (size === 2 && !Q)) return undefined;
    const shape = shapeOf(size, Q);
    const { bits, count } = shape;
    if (opcode === 0b00011 || (opcode === 0b11011 && !U)) {
      const isLong = opcode === 0b00011;
      return simd(`${isLong ? (U ? 'UADDLV' : 'SADDLV') : 'ADDV'} ${arrangement(shape)}`, registers, (state) => {
        const total = elements(state.v(Rn), bits, count).reduce((sum, value) => sum + int(value, bits, U === 1), 0n);
        state.setV(Rd, BigInt.asUintN(isLong ? 2 * bits : bits, total));
      });
    }
    const extreme = extremes[opcode];
    const lane = extreme && threeSame[extreme[0]][U];
    if (!lane) return undefined;
    return simd(`${U ? 'U' : 'S'}${extreme[1]} ${arrangement(shape)}`, registers, (state) => {
      const result = elements(state.v(Rn), bits, count).reduce((a, b) => BigInt.asUintN(bits, lane(a, b, bits, state, 0n)));
      state.setV(Rd, result);
    });
  },
  execute: executeSimd,
});

const floatPairs: Readonly<Record<number, { readonly opcode: number; readonly names: readonly [string, string?] }>> = {
  0b01100: { opcode: 0b11000, names: ['FMAXNMP', 'FMINNMP'] },
  0b01101: { opcode: 0b11010, names: ['FADDP'] },
  0b01111: { opcode: 0b11110, names: ['FMAXP', 'FMINP'] },
};
export const scalarPairwise = instruction({
  name: 'Advanced SIMD scalar pairwise',
  encoding: '01 U:1 11110 size:2 11000 opcode:5 10 Rn:5 Rd:5',
  rare: true,
  samples: { Rd: [0], Rn: [0], opcode: every(5) },
  decode({ U, size, opcode, Rn, Rd }): Decoded<SimdForm> | undefined {
    const registers = { Rd, Rn };
    if (opcode === 0b11011) {
      if (U || size !== 3) return undefined;
      return simd('ADDP D', registers, (state) => {
        const n = state.v(Rn);
        state.setV(Rd, join([element(n, 64, 0) + element(n, 64, 1)], 64));
      });
    }
    const pair = floatPairs[opcode];
    const name = pair?.names[size >> 1];
    if (!U || !name) return undefined;
    const bits = size & 1 ? 64 : 32;
    const { lane } = floatThreeSame[((size >> 1) << 5) | pair.opcode];
    return simd(`${name} ${bits === 64 ? 'D' : 'S'}`, registers, (state) => {
      const n = state.v(Rn);
      state.setV(Rd, lane(element(n, bits, 0), element(n, bits, 1), bits, state, 0n));
    });
  },
  execute: executeSimd,
});
