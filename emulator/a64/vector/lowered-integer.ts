import type { Builder } from '../../engine/builder.ts';
import type { I32, I64, V128 } from '../../engine/expression.ts';

/** Code for one operation; see `lowerings.ts`. */
export type Lowering = (b: Builder) => void;
export type Lowerings = Record<string, Lowering>;

type Bits = 8 | 16 | 32 | 64;
const names: Readonly<Record<Bits, string>> = { 8: 'i8x16', 16: 'i16x8', 32: 'i32x4', 64: 'i64x2' };
const letters: Readonly<Record<Bits, string>> = { 8: 'B', 16: 'H', 32: 'S', 64: 'D' };
const all: readonly Bits[] = [8, 16, 32, 64];
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const op = (b: Builder, bits: Bits, name: string, ...operands: readonly (V128 | I32)[]): V128 =>
  b.operator('v128', `${names[bits]}.${name}`, ...operands);
const bit = (b: Builder, name: string, ...operands: readonly V128[]): V128 => b.operator('v128', `v128.${name}`, ...operands);
/** V[d] := value, or its low half and zeros. */
const set = (b: Builder, Q: number, value: V128): void => {
  if (Q) b.setV('d', value);
  else b.setScalar('d', b.lowHalf(value));
};
const lanes = (b: Builder, bits: Bits, value: bigint): V128 => {
  let constant = 0n;
  for (let at = 0; at < 128; at += bits) constant |= BigInt.asUintN(bits, value) << BigInt(at);
  return b.v128(constant);
};

type Combine = (b: Builder, bits: Bits, n: V128, m: V128, d: () => V128, Q: number) => V128;
const lane =
  (name: string): Combine =>
  (b, bits, n, m) =>
    op(b, bits, name, n, m);
/** Both operands' top bits flipped: unsigned order becomes signed order. */
const flipped = (b: Builder, value: V128): V128 => bit(b, 'xor', value, lanes(b, 64, 1n << 63n));
const unsignedCompare =
  (name: 'gt' | 'ge'): Combine =>
  (b, bits, n, m) =>
    bits === 64 ? op(b, 64, `${name}_s`, flipped(b, n), flipped(b, m)) : op(b, bits, `${name}_u`, n, m);
const multiply: Combine = (b, bits, n, m) => {
  if (bits !== 8) return op(b, bits, 'mul', n, m);
  const low = bit(b, 'and', op(b, 16, 'mul', n, m), lanes(b, 16, 0xffn));
  const high = op(b, 16, 'mul', op(b, 16, 'shr_u', n, b.i32(8)), op(b, 16, 'shr_u', m, b.i32(8)));
  return bit(b, 'or', low, op(b, 16, 'shl', high, b.i32(8)));
};
const difference =
  (sign: 's' | 'u'): Combine =>
  (b, bits, n, m) =>
    op(b, bits, 'sub', op(b, bits, `max_${sign}`, n, m), op(b, bits, `min_${sign}`, n, m));
const accumulate =
  (name: 'add' | 'sub', combine: Combine): Combine =>
  (b, bits, n, m, d, Q) =>
    op(b, bits, name, d(), combine(b, bits, n, m, d, Q));
const saturating =
  (name: 'add' | 'sub', sign: 's' | 'u'): Combine =>
  (b, bits, n, m, _d, Q) => {
    const result = b.let(op(b, bits, `${name}_sat_${sign}`, n, m));
    const changed = bit(b, 'xor', result, op(b, bits, name, n, m));
    b.saturated(Q ? b.operator('i32', 'v128.any_true', changed) : b.nez(b.lowHalf(changed)));
    return result;
  };

const threeSame: readonly (readonly [string, readonly Bits[], Combine])[] = [
  ['ADD', all, lane('add')],
  ['SUB', all, lane('sub')],
  ['MUL', [8, 16, 32], multiply],
  ['MLA', [8, 16, 32], accumulate('add', multiply)],
  ['MLS', [8, 16, 32], accumulate('sub', multiply)],
  ['CMEQ', all, lane('eq')],
  ['CMGT', all, lane('gt_s')],
  ['CMGE', all, lane('ge_s')],
  ['CMHI', all, unsignedCompare('gt')],
  ['CMHS', all, unsignedCompare('ge')],
  ['CMTST', all, (b, bits, n, m) => op(b, bits, 'ne', bit(b, 'and', n, m), b.v128(0n))],
  ['SMAX', [8, 16, 32], lane('max_s')],
  ['SMIN', [8, 16, 32], lane('min_s')],
  ['UMAX', [8, 16, 32], lane('max_u')],
  ['UMIN', [8, 16, 32], lane('min_u')],
  ['SABD', [8, 16, 32], difference('s')],
  ['UABD', [8, 16, 32], difference('u')],
  ['SABA', [8, 16, 32], accumulate('add', difference('s'))],
  ['UABA', [8, 16, 32], accumulate('add', difference('u'))],
  ['URHADD', [8, 16], lane('avgr_u')],
  ['SQADD', [8, 16], saturating('add', 's')],
  ['UQADD', [8, 16], saturating('add', 'u')],
  ['SQSUB', [8, 16], saturating('sub', 's')],
  ['UQSUB', [8, 16], saturating('sub', 'u')],
];
const pairwise: readonly (readonly [string, readonly Bits[], string])[] = [
  ['ADDP', all, 'add'],
  ['SMAXP', [8, 16, 32], 'max_s'],
  ['SMINP', [8, 16, 32], 'min_s'],
  ['UMAXP', [8, 16, 32], 'max_u'],
  ['UMINP', [8, 16, 32], 'min_u'],
];
const logical: Readonly<Record<string, (b: Builder) => V128>> = {
  AND: (b) => bit(b, 'and', b.v('n'), b.v('m')),
  BIC: (b) => bit(b, 'andnot', b.v('n'), b.v('m')),
  ORR: (b) => bit(b, 'or', b.v('n'), b.v('m')),
  ORN: (b) => bit(b, 'or', b.v('n'), bit(b, 'not', b.v('m'))),
  EOR: (b) => bit(b, 'xor', b.v('n'), b.v('m')),
  BSL: (b) => bit(b, 'bitselect', b.v('n'), b.v('m'), b.v('d')),
  BIT: (b) => bit(b, 'bitselect', b.v('n'), b.v('d'), b.v('m')),
  BIF: (b) => bit(b, 'bitselect', b.v('d'), b.v('n'), b.v('m')),
  NOT: (b) => bit(b, 'not', b.v('n')),
};
const oneOperand: readonly (readonly [string, readonly Bits[], (b: Builder, bits: Bits) => V128])[] = [
  ['ABS', all, (b, bits) => op(b, bits, 'abs', b.v('n'))],
  ['NEG', all, (b, bits) => op(b, bits, 'neg', b.v('n'))],
  ['CMEQ0', all, (b, bits) => op(b, bits, 'eq', b.v('n'), b.v128(0n))],
  ['CMGT0', all, (b, bits) => op(b, bits, 'gt_s', b.v('n'), b.v128(0n))],
  ['CMGE0', all, (b, bits) => op(b, bits, 'ge_s', b.v('n'), b.v128(0n))],
  ['CMLT0', all, (b, bits) => op(b, bits, 'lt_s', b.v('n'), b.v128(0n))],
  ['CMLE0', all, (b, bits) => op(b, bits, 'le_s', b.v('n'), b.v128(0n))],
  ['CNT', [8], (b) => op(b, 8, 'popcnt', b.v('n'))],
];
/** By element number: of V[n], then of V[m]. */
const pick = (b: Builder, bits: Bits, elements: readonly number[], n: V128 = b.v('n'), m: V128 = b.v('m')): V128 => {
  const bytes = bits / 8;
  const list = elements.flatMap((element) => upTo(bytes).map((byte) => element * bytes + byte));
  return b.shuffle(
    n,
    m,
    upTo(16).map((index) => list[index % list.length]),
  );
};
/** Element numbers of a vector of `count` used elements, of n and m, as {@link pick} counts them. */
const halves = (bits: Bits, count: number): number[] => [...upTo(count), ...upTo(count).map((index) => 128 / bits + index)];

type Arrange = (count: number) => number[];
const arrangements: Readonly<Record<string, (part: number) => Arrange>> = {
  UZP: (part) => (count) => upTo(count).map((index) => 2 * index + part),
  TRN: (part) => (count) => upTo(count).map((index) => (index & ~1) + part + (index & 1) * count),
  ZIP: (part) => (count) => upTo(count).map((index) => (index >> 1) + part * (count / 2) + (index & 1) * count),
};

/** x >> imm2 of 1 to the lanes' width. */
const shiftRight = (b: Builder, bits: Bits, sign: 's' | 'u', value: V128): V128 => {
  const amount = b.sub(b.imm2(), b.i32(1));
  return op(b, bits, `shr_${sign}`, op(b, bits, `shr_${sign}`, value, amount), b.i32(1));
};
const roundingShiftRight = (b: Builder, bits: Bits, sign: 's' | 'u', value: V128): V128 => {
  const nearly = b.let(op(b, bits, `shr_${sign}`, value, b.sub(b.imm2(), b.i32(1))));
  return op(b, bits, 'add', op(b, bits, `shr_${sign}`, nearly, b.i32(1)), bit(b, 'and', nearly, lanes(b, bits, 1n)));
};
const shifts: readonly (readonly [string, (b: Builder, bits: Bits) => V128])[] = [
  ['SHL', (b, bits) => op(b, bits, 'shl', b.v('n'), b.imm2())],
  ...(['s', 'u'] as const).flatMap((sign): [string, (b: Builder, bits: Bits) => V128][] => {
    const S = sign.toUpperCase();
    return [
      [`${S}SHR`, (b, bits) => shiftRight(b, bits, sign, b.v('n'))],
      [`${S}SRA`, (b, bits) => op(b, bits, 'add', b.v('d'), shiftRight(b, bits, sign, b.v('n')))],
      [`${S}RSHR`, (b, bits) => roundingShiftRight(b, bits, sign, b.v('n'))],
      [`${S}RSRA`, (b, bits) => op(b, bits, 'add', b.v('d'), roundingShiftRight(b, bits, sign, b.v('n')))],
    ];
  }),
];

/** Widening: half of a vector's elements at twice the width. */
const extend = (b: Builder, bits: Bits, part: number, sign: 's' | 'u', value: V128): V128 =>
  b.operator('v128', `${names[(2 * bits) as Bits]}.extend_${part ? 'high' : 'low'}_${names[bits]}_${sign}`, value);
const extendedProduct = (b: Builder, bits: Bits, part: number, sign: 's' | 'u', n: V128, m: V128): V128 =>
  b.operator('v128', `${names[(2 * bits) as Bits]}.extmul_${part ? 'high' : 'low'}_${names[bits]}_${sign}`, n, m);
/** The low or high half of each element of twice the width, as 64 bits. */
const narrowed = (b: Builder, bits: Bits, value: V128, high = 0): I64 =>
  b.lowHalf(
    pick(
      b,
      bits,
      upTo(64 / bits).map((index) => 2 * index + high),
      value,
      value,
    ),
  );
const setHalf = (b: Builder, part: number, value: I64): void => {
  if (part) b.setElement(3, 'd', b.i32(1), value);
  else b.setScalar('d', value);
};

function addWidening(table: Lowerings, bits: Bits, part: number, sign: 's' | 'u'): void {
  const S = sign.toUpperCase();
  const wide = (2 * bits) as Bits;
  const suffix = `${part ? '2' : ''} ${64 / bits}${letters[bits]}`;
  const n = (b: Builder): V128 => extend(b, bits, part, sign, b.v('n'));
  const m = (b: Builder): V128 => extend(b, bits, part, sign, b.v('m'));
  const product = (b: Builder): V128 => extendedProduct(b, bits, part, sign, b.v('n'), b.v('m'));
  table[`${S}SHLL${suffix}`] = (b) => b.setV('d', op(b, wide, 'shl', n(b), b.imm2()));
  table[`${S}ADDL${suffix}`] = (b) => b.setV('d', op(b, wide, 'add', n(b), m(b)));
  table[`${S}SUBL${suffix}`] = (b) => b.setV('d', op(b, wide, 'sub', n(b), m(b)));
  table[`${S}ADDW${suffix}`] = (b) => b.setV('d', op(b, wide, 'add', b.v('n'), m(b)));
  table[`${S}SUBW${suffix}`] = (b) => b.setV('d', op(b, wide, 'sub', b.v('n'), m(b)));
  table[`${S}MULL${suffix}`] = (b) => b.setV('d', product(b));
  table[`${S}MLAL${suffix}`] = (b) => b.setV('d', op(b, wide, 'add', b.v('d'), product(b)));
  table[`${S}MLSL${suffix}`] = (b) => b.setV('d', op(b, wide, 'sub', b.v('d'), product(b)));
}
function addNarrowing(table: Lowerings, bits: Bits, part: number): void {
  const wide = (2 * bits) as Bits;
  const suffix = `${part ? '2' : ''} ${64 / bits}${letters[bits]}`;
  table[`XTN${suffix}`] = (b) => setHalf(b, part, narrowed(b, bits, b.v('n')));
  table[`SHRN${suffix}`] = (b) => setHalf(b, part, narrowed(b, bits, b.let(op(b, wide, 'shr_u', b.v('n'), b.imm2()))));
  table[`RSHRN${suffix}`] = (b) => setHalf(b, part, narrowed(b, bits, b.let(roundingShiftRight(b, wide, 'u', b.v('n')))));
  for (const name of ['add', 'sub']) {
    table[`${name.toUpperCase()}HN${suffix}`] = (b) => setHalf(b, part, narrowed(b, bits, b.let(op(b, wide, name, b.v('n'), b.v('m'))), 1));
  }
  if (bits === 32) return;
  const saturate = (b: Builder, sign: 's' | 'u', from: 's' | 'u'): void => {
    const n = b.let(b.v('n'));
    const most = lanes(b, wide, (1n << BigInt(bits)) - 1n);
    const operand = from === 'u' ? op(b, wide, 'min_u', n, most) : n;
    const result = b.let(b.operator('v128', `${names[bits]}.narrow_${names[wide]}_${sign}`, operand, b.v128(0n)));
    b.saturated(b.operator('i32', 'v128.any_true', bit(b, 'xor', n, extend(b, bits, 0, sign, result))));
    setHalf(b, part, b.lowHalf(result));
  };
  table[`SQXTN${suffix}`] = (b) => saturate(b, 's', 's');
  table[`SQXTUN${suffix}`] = (b) => saturate(b, 'u', 's');
  table[`UQXTN${suffix}`] = (b) => saturate(b, 'u', 'u');
}

function addTableLookups(table: Lowerings, Q: number): void {
  for (const count of [1, 2, 3, 4]) {
    const lookUp = (b: Builder, indices: V128): V128 =>
      upTo(count)
        .map((index) => op(b, 8, 'swizzle', b.v('n', index), index ? op(b, 8, 'sub', indices, lanes(b, 8, BigInt(16 * index))) : indices))
        .reduce((a, c) => bit(b, 'or', a, c));
    table[`TBL${count} ${Q ? 16 : 8}B`] = (b) => set(b, Q, lookUp(b, b.let(b.v('m'))));
    table[`TBX${count} ${Q ? 16 : 8}B`] = (b) => {
      const indices = b.let(b.v('m'));
      const found = op(b, 8, 'lt_u', indices, lanes(b, 8, BigInt(16 * count)));
      set(b, Q, bit(b, 'bitselect', lookUp(b, indices), b.v('d'), found));
    };
  }
}

function addReductions(table: Lowerings, bits: Bits, Q: number): void {
  const count = (Q ? 128 : 64) / bits;
  const suffix = `${count}${letters[bits]}`;
  const reduce = (b: Builder, name: string): void => {
    let value = b.let(b.v('n'));
    for (let step = count / 2; step >= 1; step /= 2) {
      const other = pick(
        b,
        bits,
        upTo(128 / bits).map((index) => (index + step) % count),
        value,
        value,
      );
      value = b.let(op(b, bits, name, value, other));
    }
    b.setScalar('d', b.and(b.lowHalf(value), b.i64((1n << BigInt(bits)) - 1n)));
  };
  table[`ADDV ${suffix}`] = (b) => reduce(b, 'add');
  table[`SMAXV ${suffix}`] = (b) => reduce(b, 'max_s');
  table[`SMINV ${suffix}`] = (b) => reduce(b, 'min_s');
  table[`UMAXV ${suffix}`] = (b) => reduce(b, 'max_u');
  table[`UMINV ${suffix}`] = (b) => reduce(b, 'min_u');
}

function addCopies(table: Lowerings, bits: Bits): void {
  const size = Math.log2(bits / 8) as 0 | 1 | 2 | 3;
  const letter = letters[bits];
  table[`INS ${letter} element`] = (b) => b.setElement(size, 'd', b.imm32(), b.let(b.element(size, 'n', b.imm2())));
  table[`INS ${letter} general`] = (b) => b.setElement(size, 'd', b.imm2(), b.x('n'));
  table[`UMOV ${letter}`] = (b) => b.setX('d', b.element(size, 'n', b.imm2()));
  table[`DUP ${letter} element`] = (b) => b.setScalar('d', b.let(b.element(size, 'n', b.imm2())));
  if (bits < 64) {
    const extended = (b: Builder): I64 => b.signExtendLow(bits as 8 | 16 | 32, b.element(size, 'n', b.imm2()));
    table[`SMOV X ${letter}`] = (b) => b.setX('d', extended(b));
    if (bits < 32) table[`SMOV W ${letter}`] = (b) => b.setX('d', b.zeroExtendLow(32, extended(b)));
  }
}

/** Integer operations on vectors. */
export function integerLowerings(): Lowerings {
  const table: Lowerings = {};
  for (const Q of [0, 1]) {
    const suffixOf = (bits: Bits): string => `${(Q ? 128 : 64) / bits}${letters[bits]}`;
    const exists = (bits: Bits): boolean => bits < 64 || Q === 1;
    for (const [name, widths, combine] of threeSame) {
      for (const bits of widths.filter(exists)) {
        table[`${name} ${suffixOf(bits)}`] = (b) => {
          set(
            b,
            Q,
            combine(b, bits, b.let(b.v('n')), b.let(b.v('m')), () => b.v('d'), Q),
          );
        };
      }
    }
    for (const [name, widths, operation] of pairwise) {
      for (const bits of widths.filter(exists)) {
        const used = halves(bits, (Q ? 128 : 64) / bits);
        const part = (odd: number): number[] => used.filter((_, index) => index % 2 === odd);
        table[`${name} ${suffixOf(bits)}`] = (b) => {
          const [n, m] = [b.let(b.v('n')), b.let(b.v('m'))];
          set(b, Q, op(b, bits, operation, pick(b, bits, part(0), n, m), pick(b, bits, part(1), n, m)));
        };
      }
    }
    for (const [name, compute] of Object.entries(logical)) table[`${name} ${Q ? '16B' : '8B'}`] = (b) => set(b, Q, compute(b));
    for (const [name, widths, compute] of oneOperand) {
      for (const bits of widths.filter(exists)) table[`${name} ${suffixOf(bits)}`] = (b) => set(b, Q, compute(b, bits));
    }
    for (const [name, compute] of shifts) {
      for (const bits of all.filter(exists)) table[`${name} ${suffixOf(bits)}`] = (b) => set(b, Q, compute(b, bits));
    }
    for (const [name, arrange] of Object.entries(arrangements)) {
      for (const bits of all.filter(exists)) {
        const count = (Q ? 128 : 64) / bits;
        const used = halves(bits, count);
        for (const part of [0, 1]) {
          const elements = arrange(part)(count).map((element) => used[element]);
          table[`${name}${part + 1} ${suffixOf(bits)}`] = (b) => set(b, Q, pick(b, bits, elements));
        }
      }
    }
    for (const container of [16, 32, 64] as const) {
      for (const bits of all.filter((width) => width < container)) {
        const flip = container / bits - 1;
        table[`REV${container} ${suffixOf(bits)}`] = (b) => {
          const n = b.let(b.v('n'));
          set(
            b,
            Q,
            pick(
              b,
              bits,
              upTo(128 / bits).map((index) => index ^ flip),
              n,
              n,
            ),
          );
        };
      }
    }
    for (let start = 0; start < (Q ? 16 : 8); start++) {
      const used = halves(8, Q ? 16 : 8).slice(start, start + (Q ? 16 : 8));
      table[`EXT ${Q ? '16B' : '8B'} #${start}`] = (b) => set(b, Q, pick(b, 8, used));
    }
    for (const bits of all.filter(exists)) {
      const size = Math.log2(bits / 8) as 0 | 1 | 2 | 3;
      table[`DUP ${suffixOf(bits)} element`] = (b) => set(b, Q, b.splat(size, b.element(size, 'n', b.imm2())));
      table[`DUP ${suffixOf(bits)} general`] = (b) => set(b, Q, b.splat(size, b.x('n')));
    }
    for (const bits of [8, 16] as const) {
      for (const sign of ['s', 'u'] as const) {
        const wide = names[(2 * bits) as Bits];
        const sum = (b: Builder): V128 => b.operator('v128', `${wide}.extadd_pairwise_${names[bits]}_${sign}`, b.v('n'));
        table[`${sign.toUpperCase()}ADDLP ${suffixOf(bits)}`] = (b) => set(b, Q, sum(b));
        table[`${sign.toUpperCase()}ADALP ${suffixOf(bits)}`] = (b) => set(b, Q, op(b, (2 * bits) as Bits, 'add', b.v('d'), sum(b)));
      }
    }
    for (const bits of [8, 16, 32] as const) if (bits < 32 || Q) addReductions(table, bits, Q);
    addTableLookups(table, Q);
    table[`MOVI ${Q ? '16B' : '8B'} immediate`] = (b) => (Q ? b.setV('d', b.splat(3, b.imm())) : b.setScalar('d', b.imm()));
    table[`ORR ${Q ? '16B' : '8B'} immediate`] = (b) => set(b, Q, bit(b, 'or', b.v('d'), b.splat(3, b.imm())));
    table[`BIC ${Q ? '16B' : '8B'} immediate`] = (b) => set(b, Q, bit(b, 'andnot', b.v('d'), b.splat(3, b.imm())));
  }
  for (const part of [0, 1]) {
    for (const bits of [8, 16, 32] as const) {
      for (const sign of ['s', 'u'] as const) addWidening(table, bits, part, sign);
      addNarrowing(table, bits, part);
    }
  }
  for (const bits of all) addCopies(table, bits);
  table['ADD D'] = (b) => b.setScalar('d', b.add(b.vLow('n'), b.vLow('m')));
  table['SUB D'] = (b) => b.setScalar('d', b.sub(b.vLow('n'), b.vLow('m')));
  table['SHL D'] = (b) => b.setScalar('d', b.shl(b.vLow('n'), b.zeroExtend(b.imm2())));
  for (const sign of ['s', 'u'] as const) {
    // The amount is 1 to 64.
    table[`${sign.toUpperCase()}SHR D`] = (b) => {
      const nearly = sign === 's' ? b.shrS(b.vLow('n'), amountLessOne(b)) : b.shrU(b.vLow('n'), amountLessOne(b));
      b.setScalar('d', sign === 's' ? b.shrS(nearly, b.i64(1)) : b.shrU(nearly, b.i64(1)));
    };
  }
  table['ADDP D'] = (b) => b.setScalar('d', b.add(b.vLow('n'), b.element(3, 'n', b.i32(1))));
  return table;
}

const amountLessOne = (b: Builder): I64 => b.zeroExtend(b.sub(b.imm2(), b.i32(1)));
