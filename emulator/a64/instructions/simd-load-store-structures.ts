import type { Builder } from '../../engine/builder.ts';
import type { V128 } from '../../engine/expression.ts';
import { type Decoded, ZERO, instruction, orSp, source, vector } from '../instruction.ts';

type ElementSize = 0 | 1 | 2 | 3;

/** Bytes of several registers, by number from the first register's lowest on: one vector of 16. */
function gather(b: Builder, registers: readonly V128[], bytes: readonly number[]): V128 {
  const isFrom = (register: number): boolean => bytes.some((byte) => byte >> 4 === register);
  let result = registers[0];
  let started = false;
  for (let register = 0; register < registers.length; register += 2) {
    if (!isFrom(register) && !isFrom(register + 1)) continue;
    const [low, high] = [registers[register], registers[register + 1] ?? registers[register]];
    const inPair = (byte: number): boolean => byte >> 5 === register >> 1;
    const pair = b.shuffle(
      low,
      high,
      bytes.map((byte) => (inPair(byte) ? byte & 31 : 0)),
    );
    result = started
      ? b.shuffle(
          result,
          pair,
          bytes.map((byte, index) => (inPair(byte) ? 16 + index : index)),
        )
      : pair;
    started = true;
  }
  return b.let(result);
}

/** Structures of `count` elements: where in memory (interleaved) byte `at` of register `register` is. */
const interleaved = (count: number, size: number, register: number, at: number): number =>
  ((at >> size) * count + register) * 2 ** size + (at & (2 ** size - 1));

type MultipleForm = { load: boolean; registers: number; structure: number; size: ElementSize; Q: number; sp: boolean };
/** opcode → registers, elements of a structure. */
const multiples: Readonly<Record<number, readonly [registers: number, structure: number]>> = {
  0b0000: [4, 4],
  0b0010: [4, 1],
  0b0100: [3, 3],
  0b0110: [3, 1],
  0b0111: [1, 1],
  0b1000: [2, 2],
  0b1010: [2, 1],
};
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

function decodeMultiple(
  Q: number,
  L: number,
  opcode: number,
  size: number,
  Rn: number,
  Rt: number,
  post: number,
  Rm: number,
): Decoded<MultipleForm> | undefined {
  const found = multiples[opcode];
  if (!found || (size === 3 && !Q && found[1] !== 1)) return undefined;
  const [registers, structure] = found;
  const form: MultipleForm = { load: L === 1, registers, structure, size: size as ElementSize, Q, sp: Rn === 31 };
  return { form, d: vector(Rt), n: orSp(Rn), ...postIndex(registers * (Q ? 16 : 8), post, Rm) };
}
/** Post-indexed by Xm, or by the bytes transferred; without post-index the base is written back as it was. */
function postIndex(bytes: number, post: number, Rm: number): { m: number; imm: bigint } {
  return post && Rm !== 31 ? { m: source(Rm), imm: 0n } : { m: ZERO, imm: BigInt(post ? bytes : 0) };
}
function executeMultiple(b: Builder, { load, registers, structure, size, Q, sp }: MultipleForm): void {
  b.checkFloatingPoint();
  const base = b.let(b.base('n', sp));
  const updated = b.let(b.add(base, b.add(b.imm(), b.x('m'))));
  const bytes = Q ? 16 : 8;
  const address = (index: number) => b.let(b.add(base, b.i64(index * bytes)));
  const memory = (byte: number): number => (Q ? byte : (byte >> 3) * 16 + (byte & 7));
  if (load) {
    const loaded = upTo(registers).map((index) => b.loadVector(bytes, size, address(index)));
    const results =
      structure === 1
        ? loaded
        : upTo(registers).map((register) =>
            gather(
              b,
              loaded,
              upTo(16).map((at) => (at < bytes ? memory(interleaved(structure, size, register, at)) : 15)),
            ),
          );
    results.forEach((result, index) => {
      // Byte 15 of what an 8-byte access loads is zero.
      b.setV('d', result, index);
    });
  } else {
    const values = upTo(registers).map((index) => b.let(b.v('d', index)));
    const stored = upTo(registers * bytes);
    if (structure > 1) {
      for (const register of upTo(registers))
        for (const at of upTo(bytes)) stored[interleaved(structure, size, register, at)] = register * 16 + at;
    }
    upTo(registers).forEach((index) => {
      const vectorBytes = upTo(16).map((at) => stored[index * bytes + (at % bytes)]);
      b.storeVector(bytes, size, address(index), structure === 1 ? values[index] : gather(b, values, vectorBytes));
    });
  }
  b.setX('n', updated);
}

/** LD1-LD4, ST1-ST4 (multiple structures), post-indexed or not. */
export const loadStoreMultipleStructures = instruction({
  name: 'Advanced SIMD load/store multiple structures',
  encoding: '0 Q:1 001100 post:1 L:1 0 Rm:5 opcode:4 size:2 Rn:5 Rt:5',
  rare: true,
  samples: { Rt: [0], Rn: [0, 31], Rm: [0] },
  decode({ Q, post, L, Rm, opcode, size, Rn, Rt }): Decoded<MultipleForm> | undefined {
    return !post && Rm ? undefined : decodeMultiple(Q, L, opcode, size, Rn, Rt, post, Rm);
  },
  execute: executeMultiple,
});

type SingleForm = {
  operation: 'load' | 'store' | 'replicate';
  structure: number;
  size: ElementSize;
  Q: number;
  sp: boolean;
};

function decodeSingle(
  Q: number,
  L: number,
  R: number,
  opcode: number,
  S: number,
  size: number,
  Rn: number,
  Rt: number,
  post: number,
  Rm: number,
): Decoded<SingleForm> | undefined {
  const structure = (opcode & 1) * 2 + R + 1;
  const scale = opcode >> 1;
  const common = { d: vector(Rt), n: orSp(Rn) };
  const rest = { structure, sp: Rn === 31 };
  if (scale === 3) {
    if (!L || S) return undefined;
    const form: SingleForm = { operation: 'replicate', size: size as ElementSize, Q, ...rest };
    return { form, ...common, ...postIndex(structure << size, post, Rm) };
  }
  if ((scale === 1 && size & 1) || (scale === 2 && (size & 2 || (size === 1 && S)))) return undefined;
  const elementSize = scale === 2 && size === 1 ? 3 : scale;
  const place = Q * 8 + S * 4 + size;
  const index = [place, place >> 1, place >> 2, Q][elementSize];
  const form: SingleForm = { operation: L ? 'load' : 'store', size: elementSize as ElementSize, Q: 1, ...rest };
  return { form, ...common, imm2: index, ...postIndex(structure << elementSize, post, Rm) };
}
function executeSingle(b: Builder, { operation, structure, size, Q, sp }: SingleForm): void {
  b.checkFloatingPoint();
  const base = b.let(b.base('n', sp));
  const updated = b.let(b.add(base, b.add(b.imm(), b.x('m'))));
  const address = (index: number) => b.add(base, b.i64(index * 2 ** size));
  if (operation === 'store') {
    for (const index of upTo(structure)) b.store(size, address(index), b.element(size, 'd', b.imm2(), index));
  } else {
    const values = upTo(structure).map((index) => b.load(size, false, address(index)));
    values.forEach((value, index) => {
      if (operation === 'load') b.setElement(size, 'd', b.imm2(), value, index);
      else if (Q) b.setV('d', b.splat(size, value), index);
      else b.setScalar('d', b.lowHalf(b.splat(size, value)), index);
    });
  }
  b.setX('n', updated);
}

/** LD1-LD4, ST1-ST4 (single structure), LD1R-LD4R, post-indexed or not. */
export const loadStoreSingleStructure = instruction({
  name: 'Advanced SIMD load/store single structure',
  encoding: '0 Q:1 001101 post:1 L:1 R:1 Rm:5 opcode:3 S:1 size:2 Rn:5 Rt:5',
  rare: true,
  samples: { Rt: [0], Rn: [0, 31], Rm: [0] },
  decode({ Q, post, L, R, Rm, opcode, S, size, Rn, Rt }): Decoded<SingleForm> | undefined {
    return !post && Rm ? undefined : decodeSingle(Q, L, R, opcode, S, size, Rn, Rt, post, Rm);
  },
  execute: executeSingle,
});
