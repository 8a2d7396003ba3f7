import type { Builder } from '../../engine/builder.ts';
import type { I64 } from '../../engine/expression.ts';
import { type Decoded, destination, instruction, orSp, source } from '../instruction.ts';
import { type AccessSize, signExtendFrom, zeroExtendFrom } from '../shared-pseudocode.ts';

/** Of the old value (zero-extended) and the operand; bits above the access size do not matter in the result. */
const operations: Readonly<Record<string, (b: Builder, size: AccessSize, old: I64, operand: I64) => I64>> = {
  ADD: (b, _size, old, operand) => b.add(old, operand),
  CLR: (b, _size, old, operand) => b.and(old, b.not(operand)),
  EOR: (b, _size, old, operand) => b.xor(old, operand),
  SET: (b, _size, old, operand) => b.or(old, operand),
  SMAX: (b, size, old, operand) => b.select(b.gtS(signExtendFrom(b, size, old), signExtendFrom(b, size, operand)), old, operand),
  SMIN: (b, size, old, operand) => b.select(b.gtS(signExtendFrom(b, size, old), signExtendFrom(b, size, operand)), operand, old),
  UMAX: (b, size, old, operand) => b.select(b.gtU(old, zeroExtendFrom(b, size, operand)), old, operand),
  UMIN: (b, size, old, operand) => b.select(b.gtU(old, zeroExtendFrom(b, size, operand)), operand, old),
};
const operationNames = Object.keys(operations);

/** LDADD, LDCLR, LDEOR, LDSET, LDSMAX, LDSMIN, LDUMAX, LDUMIN with their A, L and size variants; to XZR also called STADD … */
export const atomicMemoryOperations = instruction({
  name: 'Atomic memory operations',
  encoding: 'size:2 111 0 00 A:1 R:1 1 Rs:5 0 opc:3 00 Rn:5 Rt:5',
  feature: 'FEAT_LSE',
  rare: true,
  samples: { Rs: [0], Rt: [0] },
  decode({ size, Rs, opc, Rn, Rt }): Decoded<{ operation: string; size: AccessSize; sp: boolean }> {
    const form = { operation: operationNames[opc], size: size as AccessSize, sp: Rn === 31 };
    return { form, d: destination(Rt), n: orSp(Rn), m: source(Rs) };
  },
  execute(b, { operation, size, sp }) {
    const address = b.let(b.base('n', sp));
    const operand = b.let(b.x('m'));
    b.setX(
      'd',
      b.atomic(size, address, (old) => operations[operation](b, size, old, operand)),
    );
  },
});

/** SWP and variants. */
export const swap = instruction({
  name: 'Atomic memory operations: SWP',
  encoding: 'size:2 111 0 00 A:1 R:1 1 Rs:5 1 000 00 Rn:5 Rt:5',
  feature: 'FEAT_LSE',
  rare: true,
  samples: { Rs: [0], Rt: [0] },
  decode({ size, Rs, Rn, Rt }): Decoded<{ size: AccessSize; sp: boolean }> {
    return { form: { size: size as AccessSize, sp: Rn === 31 }, d: destination(Rt), n: orSp(Rn), m: source(Rs) };
  },
  execute(b, { size, sp }) {
    const address = b.let(b.base('n', sp));
    const operand = b.let(b.x('m'));
    b.setX(
      'd',
      b.atomic(size, address, () => operand),
    );
  },
});

/** LDAPR, LDAPRB, LDAPRH. CONSTRAINED UNPREDICTABLE where Rs is not all ones: we choose UNDEFINED. */
export const loadAcquireRcpc = instruction({
  name: 'Atomic memory operations: LDAPR',
  encoding: 'size:2 111 0 00 1 0 1 Rs:5 1 100 00 Rn:5 Rt:5',
  feature: 'FEAT_LRCPC',
  rare: true,
  samples: { Rs: [31], Rt: [0] },
  decode({ size, Rs, Rn, Rt }): Decoded<{ size: AccessSize; sp: boolean }> | undefined {
    if (Rs !== 31) return undefined;
    return { form: { size: size as AccessSize, sp: Rn === 31 }, d: destination(Rt), n: orSp(Rn) };
  },
  execute(b, { size, sp }) {
    b.setX('d', b.load(size, false, b.let(b.base('n', sp)), { aligned: true }));
  },
});
