import { fixedToFP, fpToFixed } from '../float/convert.ts';
import { type Rounding, roundings } from '../float/format.ts';
import { type Decoded, destination, instruction, source, vector } from '../instruction.ts';
import { element } from '../vector/lanes.ts';
import { type SimdForm, executeSimd, simd } from '../vector/operation.ts';

const bitsOf = (ptype0: number): 32 | 64 => (ptype0 ? 64 : 32);
const letterOf = (ptype0: number): string => 'SD'[ptype0];
const widthOf = (sf: number): 32 | 64 => (sf ? 64 : 32);

function toInteger(
  sf: number,
  ptype0: number,
  isUnsigned: boolean,
  rounding: Rounding,
  fractionBits: number,
  Rd: number,
  Rn: number,
): Decoded<SimdForm> {
  const bits = bitsOf(ptype0);
  const name = `FCVT${rounding}${isUnsigned ? 'U' : 'S'} ${'WX'[sf]} ${letterOf(ptype0)}${fractionBits ? ' fixed-point' : ''}`;
  const decoded = simd(name, { Rd, Rn }, (state) => {
    state.setX(Rd, fpToFixed(bits, widthOf(sf), element(state.v(Rn), bits, 0), fractionBits, isUnsigned, rounding, state));
  });
  return { ...decoded, d: destination(Rd) };
}
function fromInteger(sf: number, ptype0: number, isUnsigned: boolean, fractionBits: number, Rd: number, Rn: number): Decoded<SimdForm> {
  const bits = bitsOf(ptype0);
  const name = `${isUnsigned ? 'UCVTF' : 'SCVTF'} ${letterOf(ptype0)} ${'WX'[sf]}${fractionBits ? ' fixed-point' : ''}`;
  const decoded = simd(name, { Rd, Rn }, (state) => {
    state.setV(Rd, fixedToFP(bits, widthOf(sf), state.x(Rn), fractionBits, isUnsigned, state));
  });
  return { ...decoded, n: source(Rn) };
}

/** FCVT to integers, SCVTF, UCVTF, FMOV (general). */
export const convertInteger = instruction({
  name: 'Floating-point conversion between floating-point and integer',
  encoding: 'sf:1 00 11110 0 ptype0:1 1 rmode:2 opcode:3 000000 Rn:5 Rd:5',
  rare: true,
  samples: { Rd: [0], Rn: [0] },
  decode({ sf, ptype0, rmode, opcode, Rn, Rd }): Decoded<SimdForm> | undefined {
    if (opcode < 2) return toInteger(sf, ptype0, opcode === 1, roundings[rmode], 0, Rd, Rn);
    if (rmode) return undefined;
    if (opcode < 4) return fromInteger(sf, ptype0, opcode === 3, 0, Rd, Rn);
    if (opcode < 6) return toInteger(sf, ptype0, opcode === 5, 'TIEAWAY', 0, Rd, Rn);
    if (sf !== ptype0) return undefined;
    const bits = bitsOf(ptype0);
    if (opcode === 6) {
      const decoded = simd(`FMOV ${'WX'[sf]} ${letterOf(ptype0)}`, { Rd, Rn }, (state) => state.setX(Rd, element(state.v(Rn), bits, 0)));
      return { ...decoded, d: destination(Rd) };
    }
    const decoded = simd(`FMOV ${letterOf(ptype0)} ${'WX'[sf]}`, { Rd, Rn }, (state) => state.setV(Rd, BigInt.asUintN(bits, state.x(Rn))));
    return { ...decoded, n: source(Rn) };
  },
  execute: executeSimd,
});

/** FMOV between X<n> and V<d>.D[1]. */
export const moveTopHalf = instruction({
  name: 'Floating-point move between general register and top half',
  encoding: '1 00 11110 10 1 01 11 op:1 000000 Rn:5 Rd:5',
  rare: true,
  samples: { Rd: [0], Rn: [0] },
  decode({ op, Rn, Rd }): Decoded<SimdForm> {
    if (op) {
      const decoded = simd('FMOV D[1] X', { Rd, Rn }, (state) => state.setV(Rd, element(state.v(Rd), 64, 0) | (state.x(Rn) << 64n)));
      return { ...decoded, n: source(Rn) };
    }
    const decoded = simd('FMOV X D[1]', { Rd, Rn }, (state) => state.setX(Rd, element(state.v(Rn), 64, 1)));
    return { ...decoded, d: destination(Rd), n: vector(Rn) };
  },
  execute: executeSimd,
});

export const convertFixed = instruction({
  name: 'Floating-point conversion between floating-point and fixed-point',
  encoding: 'sf:1 00 11110 0 ptype0:1 0 rmode:2 opcode:3 scale:6 Rn:5 Rd:5',
  rare: true,
  samples: { Rd: [0], Rn: [0], scale: [32] },
  decode({ sf, ptype0, rmode, opcode, scale, Rn, Rd }): Decoded<SimdForm> | undefined {
    if (!sf && scale < 32) return undefined;
    if (rmode === 0 && opcode >> 1 === 1) return fromInteger(sf, ptype0, opcode === 3, 64 - scale, Rd, Rn);
    if (rmode === 3 && opcode < 2) return toInteger(sf, ptype0, opcode === 1, 'ZERO', 64 - scale, Rd, Rn);
    return undefined;
  },
  execute: executeSimd,
});
