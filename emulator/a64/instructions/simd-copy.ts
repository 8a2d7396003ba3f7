import { type Decoded, destination, instruction, source, vector } from '../instruction.ts';
import { type VectorState, element, elements, join } from '../vector/lanes.ts';
import { REGISTERS, type SimdForm, arrangement, every, executeSimd, shapeOf, simd } from '../vector/operation.ts';

/** Element size and index of imm5; `undefined`: there is none. */
function elementOf(imm5: number): { size: number; index: number } | undefined {
  if ((imm5 & 15) === 0) return undefined;
  const size = 31 - Math.clz32(imm5 & -imm5);
  return { size, index: imm5 >> (size + 1) };
}
const insert = (state: VectorState, Rd: number, bits: number, index: number, value: bigint): void => {
  const list = elements(state.v(Rd), bits, 128 / bits);
  list[index] = BigInt.asUintN(bits, value);
  state.setV(Rd, join(list, bits));
};
const letter = 'BHSD';

/** DUP, INS, SMOV, UMOV */
export const copy = instruction({
  name: 'Advanced SIMD copy',
  encoding: '0 Q:1 op:1 01110000 imm5:5 0 imm4:4 1 Rn:5 Rd:5',
  rare: true,
  samples: { Rd: [0], Rn: [0], imm5: every(5) },
  decode({ Q, op, imm5, imm4, Rn, Rd }): Decoded<SimdForm> | undefined {
    const found = elementOf(imm5);
    if (!found) return undefined;
    const { size, index } = found;
    const bits = 8 << size;
    if (op) {
      if (!Q) return undefined;
      const from = imm4 >> size;
      const decoded = simd(
        `INS ${letter[size]} element`,
        { Rd, Rn },
        (state) => insert(state, Rd, bits, index, element(state.v(Rn), bits, from)),
        index,
      );
      return { ...decoded, imm2: from };
    }
    const shape = shapeOf(size, Q);
    switch (imm4) {
      case 0b0000:
        if (size === 3 && !Q) return undefined;
        return simd(
          `DUP ${arrangement(shape)} element`,
          { Rd, Rn },
          (state) => state.setV(Rd, join(new Array<bigint>(shape.count).fill(element(state.v(Rn), bits, index)), bits)),
          index,
        );
      case 0b0001: {
        if (size === 3 && !Q) return undefined;
        const decoded = simd(`DUP ${arrangement(shape)} general`, { Rd, Rn }, (state) =>
          state.setV(Rd, join(new Array<bigint>(shape.count).fill(state.x(Rn)), bits)),
        );
        return { ...decoded, n: source(Rn) };
      }
      case 0b0011: {
        if (!Q) return undefined;
        const decoded = simd(`INS ${letter[size]} general`, { Rd, Rn }, (state) => insert(state, Rd, bits, index, state.x(Rn)), index);
        return { ...decoded, n: source(Rn) };
      }
      case 0b0101: {
        if (size === 3 || (size === 2 && !Q)) return undefined;
        const decoded = simd(
          `SMOV ${Q ? 'X' : 'W'} ${letter[size]}`,
          { Rd, Rn },
          (state) => state.setX(Rd, BigInt.asUintN(Q ? 64 : 32, BigInt.asIntN(bits, element(state.v(Rn), bits, index)))),
          index,
        );
        return { ...decoded, d: destination(Rd), n: vector(Rn) };
      }
      case 0b0111: {
        if ((size === 3) !== (Q === 1)) return undefined;
        const decoded = simd(`UMOV ${letter[size]}`, { Rd, Rn }, (state) => state.setX(Rd, element(state.v(Rn), bits, index)), index);
        return { ...decoded, d: destination(Rd) };
      }
    }
    return undefined;
  },
  execute: executeSimd,
});

/** DUP (element, scalar) */
export const scalarCopy = instruction({
  name: 'Advanced SIMD scalar copy',
  encoding: '01 op:1 11110000 imm5:5 0 imm4:4 1 Rn:5 Rd:5',
  rare: true,
  samples: { Rd: [0], Rn: [0], imm5: every(5) },
  decode({ op, imm5, imm4, Rn, Rd }): Decoded<SimdForm> | undefined {
    const found = elementOf(imm5);
    if (!found || op || imm4) return undefined;
    const { size, index } = found;
    return simd(`DUP ${letter[size]} element`, { Rd, Rn }, (state) => state.setV(Rd, element(state.v(Rn), 8 << size, index)), index);
  },
  execute: executeSimd,
});

type Permutation = (n: readonly bigint[], m: readonly bigint[], part: number) => bigint[];
const uzp: Permutation = (n, m, part) => [...n, ...m].filter((_, index) => index % 2 === part);
const trn: Permutation = (n, m, part) => n.map((_, index) => (index % 2 ? m : n)[(index & ~1) + part]);
const zip: Permutation = (n, m, part) => n.map((_, index) => (index % 2 ? m : n)[(index >> 1) + part * (n.length / 2)]);
const permutations: Readonly<Record<number, readonly [string, Permutation]>> = { 1: ['UZP', uzp], 2: ['TRN', trn], 3: ['ZIP', zip] };

export const permute = instruction({
  name: 'Advanced SIMD permute',
  encoding: '0 Q:1 001110 size:2 0 Rm:5 0 opcode:3 10 Rn:5 Rd:5',
  rare: true,
  samples: REGISTERS,
  decode({ Q, size, Rm, opcode, Rn, Rd }): Decoded<SimdForm> | undefined {
    const found = permutations[opcode & 3];
    if (!found || (size === 3 && !Q)) return undefined;
    const shape = shapeOf(size, Q);
    const { bits, count } = shape;
    const [name, arrange] = found;
    return simd(`${name}${(opcode >> 2) + 1} ${arrangement(shape)}`, { Rd, Rn, Rm }, (state) => {
      state.setV(Rd, join(arrange(elements(state.v(Rn), bits, count), elements(state.v(Rm), bits, count), opcode >> 2), bits));
    });
  },
  execute: executeSimd,
});

export const extractVector = instruction({
  name: 'Advanced SIMD extract',
  encoding: '0 Q:1 101110 000 Rm:5 0 imm4:4 0 Rn:5 Rd:5',
  rare: true,
  samples: REGISTERS,
  decode({ Q, Rm, imm4, Rn, Rd }): Decoded<SimdForm> | undefined {
    if (!Q && imm4 > 7) return undefined;
    const bits = BigInt(Q ? 128 : 64);
    return simd(
      `EXT ${Q ? '16B' : '8B'} #${imm4}`,
      { Rd, Rn, Rm },
      (state) => {
        const low = BigInt.asUintN(Number(bits), state.v(Rn));
        state.setV(Rd, BigInt.asUintN(Number(bits), (low | (state.v(Rm) << bits)) >> BigInt(8 * imm4)));
      },
      imm4,
    );
  },
  execute: executeSimd,
});

/** TBL, TBX: a table of one to four consecutive registers. */
export const tableLookup = instruction({
  name: 'Advanced SIMD table lookup',
  encoding: '0 Q:1 001110 000 Rm:5 0 len:2 op:1 00 Rn:5 Rd:5',
  rare: true,
  samples: REGISTERS,
  decode({ Q, Rm, len, op, Rn, Rd }): Decoded<SimdForm> | undefined {
    const count = Q ? 16 : 8;
    return simd(`${op ? 'TBX' : 'TBL'}${len + 1} ${count}B`, { Rd, Rn, Rm }, (state) => {
      const table = Array.from({ length: len + 1 }, (_, index) => elements(state.v((Rn + index) % 32), 8, 16)).flat();
      const old = elements(state.v(Rd), 8, count);
      const indices = elements(state.v(Rm), 8, count);
      state.setV(
        Rd,
        join(
          indices.map((index, at) => table[Number(index)] ?? (op ? old[at] : 0n)),
          8,
        ),
      );
    });
  },
  execute: executeSimd,
});
