import type { Builder } from '../../engine/builder.ts';
import { type Decoded, vector } from '../instruction.ts';
import { lowerings } from './lowerings.ts';
import { type Compute, type VectorState, element, elements, join } from './lanes.ts';

/** `operation` names code of `lowerings.ts`; empty: the host computes it. */
export type SimdForm = { operation: string };

/** A decoded operation on V registers. @param name its mnemonic and arrangement, e.g. `ADD 4S`, `FADD D` */
export function simd(
  name: string,
  { Rd, Rn, Rm, Ra }: { Rd: number; Rn: number; Rm?: number; Ra?: number },
  compute: Compute,
  imm?: number,
): Decoded<SimdForm> {
  return {
    form: { operation: name in lowerings() ? name : '' },
    d: vector(Rd),
    n: vector(Rn),
    ...(Rm === undefined ? {} : { m: vector(Rm) }),
    ...(Ra === undefined ? {} : { a: vector(Ra) }),
    ...(imm === undefined ? {} : { imm: BigInt(imm), imm2: imm }),
    compute,
  };
}

export function executeSimd(b: Builder, { operation }: SimdForm): void {
  b.checkFloatingPoint();
  if (operation) lowerings()[operation](b);
  else b.compute();
}

/** Shape of a vector operand. */
export interface Shape {
  readonly bits: number;
  readonly count: number;
}
/** `4S` and the like; a scalar is `B`, `H`, `S` or `D`. */
export const arrangement = ({ bits, count }: Shape, isScalar = false): string => `${isScalar ? '' : count}${'BHSD'[Math.log2(bits / 8)]}`;
export const shapeOf = (size: number, Q: number): Shape => ({ bits: 8 << size, count: (Q ? 128 : 64) / (8 << size) });
export const scalarShape = (size: number): Shape => ({ bits: 8 << size, count: 1 });

/** V[d] := a function of the elements of V[n], V[m] and the old V[d]. */
export const eachElement =
  (
    { bits, count }: Shape,
    { Rd, Rn, Rm }: { Rd: number; Rn: number; Rm?: number },
    lane: (n: bigint, m: bigint, bits: number, state: VectorState, d: bigint) => bigint,
  ): Compute =>
  (state) => {
    const n = state.v(Rn);
    const m = Rm === undefined ? 0n : state.v(Rm);
    const d = state.v(Rd);
    const results: bigint[] = [];
    for (let index = 0; index < count; index++)
      results.push(lane(element(n, bits, index), element(m, bits, index), bits, state, element(d, bits, index)));
    state.setV(Rd, join(results, bits));
  };

/** V[d] := a function of adjacent pairs of V[n], then of V[m]. */
export const eachPair =
  (
    { bits, count }: Shape,
    { Rd, Rn, Rm }: { Rd: number; Rn: number; Rm: number },
    lane: (n: bigint, m: bigint, bits: number, state: VectorState) => bigint,
  ): Compute =>
  (state) => {
    const all = [...elements(state.v(Rn), bits, count), ...elements(state.v(Rm), bits, count)];
    const results = Array.from({ length: count }, (_, index) => lane(all[2 * index], all[2 * index + 1], bits, state));
    state.setV(Rd, join(results, bits));
  };

/** Writes the narrow results of a "2" form to the upper half, else to the lower half and zeros above. */
export function setPart(state: VectorState, Rd: number, part: number, value: bigint): void {
  state.setV(Rd, part ? element(state.v(Rd), 64, 0) | (value << 64n) : value);
}

/** Every value of a field of so many bits: samples. */
export const every = (bits: number): number[] => Array.from({ length: 2 ** bits }, (_, value) => value);
/** Register numbers change no form. */
export const REGISTERS = { Rd: [0], Rn: [0], Rm: [0] };
