import type { Builder } from '../../engine/builder.ts';
import type { Int } from '../../engine/expression.ts';
import { type Decoded, destination, instruction, source } from '../instruction.ts';

/** Exchanges neighbouring groups of `bits` bits; `low` selects the lower group of each pair. */
function exchange(b: Builder, sf: number, value: Int, bits: number, low: bigint): Int {
  const bound = b.let(value);
  const mask = b.int(sf, low);
  const amount = b.int(sf, bits);
  return b.or(b.and(b.shrU(bound, amount), mask), b.shl(b.and(bound, mask), amount));
}
const exchangeBytes = (b: Builder, sf: number, value: Int): Int => exchange(b, sf, value, 8, 0x00ff_00ff_00ff_00ffn);
const exchangeHalfwords = (b: Builder, sf: number, value: Int): Int => exchange(b, sf, value, 16, 0x0000_ffff_0000_ffffn);
const swapHalves = (b: Builder, sf: number, value: Int): Int => b.rotr(value, b.int(sf, sf ? 32 : 16));

function reverseBits(b: Builder, sf: number, value: Int): Int {
  let result = exchange(b, sf, value, 1, 0x5555_5555_5555_5555n);
  result = exchange(b, sf, result, 2, 0x3333_3333_3333_3333n);
  result = exchange(b, sf, result, 4, 0x0f0f_0f0f_0f0f_0f0fn);
  result = exchangeBytes(b, sf, result);
  if (sf) result = exchangeHalfwords(b, sf, result);
  return swapHalves(b, sf, result);
}

/** Sign bits that follow the top one: the leading zeros of each bit compared with the bit above it. */
function countLeadingSignBits(b: Builder, sf: number, value: Int): Int {
  const bound = b.let(value);
  const differences = b.xor(bound, b.shl(bound, b.int(sf, 1)));
  return b.clz(b.or(differences, b.int(sf, 1)));
}

const compute = {
  RBIT: reverseBits,
  REV16: exchangeBytes,
  REV32: (b: Builder, sf: number, value: Int): Int => exchangeHalfwords(b, sf, exchangeBytes(b, sf, value)),
  REV: (b: Builder, sf: number, value: Int): Int => {
    const halfwords = exchangeBytes(b, sf, value);
    return swapHalves(b, sf, sf ? exchangeHalfwords(b, sf, halfwords) : halfwords);
  },
  CLZ: (b: Builder, _sf: number, value: Int): Int => b.clz(value),
} as const;
type Operation = keyof typeof compute;

const operations32: readonly Operation[] = ['RBIT', 'REV16', 'REV'];
const operations64: readonly Operation[] = ['RBIT', 'REV16', 'REV32', 'REV'];

/** RBIT, REV16, REV32, REV, CLZ */
export const dataProcessing1Source = instruction({
  name: 'Data-processing (1 source)',
  encoding: 'sf:1 1 0 11010110 00000 000 opcode:3 Rn:5 Rd:5',
  decode({ sf, opcode, Rn, Rd }): Decoded<{ sf: number; operation: Operation }> | undefined {
    const operation = opcode === 4 ? 'CLZ' : (sf ? operations64 : operations32)[opcode];
    return operation && { form: { sf, operation }, d: destination(Rd), n: source(Rn) };
  },
  execute(b, { sf, operation }) {
    b.write('d', compute[operation](b, sf, b.read(sf, 'n')));
  },
});

export const countLeadingSign = instruction({
  name: 'Data-processing (1 source): CLS',
  encoding: 'sf:1 1 0 11010110 00000 000101 Rn:5 Rd:5',
  within: 'Data-processing (1 source)',
  rare: true,
  decode({ sf, Rn, Rd }): Decoded<{ sf: number }> {
    return { form: { sf }, d: destination(Rd), n: source(Rn) };
  },
  execute(b, { sf }) {
    b.write('d', countLeadingSignBits(b, sf, b.read(sf, 'n')));
  },
});
