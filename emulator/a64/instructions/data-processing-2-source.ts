import type { Builder } from '../../engine/builder.ts';
import type { I32, Int } from '../../engine/expression.ts';
import { type Decoded, destination, instruction, source } from '../instruction.ts';
import { type Shift, shift, shifts } from '../shared-pseudocode.ts';

/** Division by zero gives zero. */
function unsignedDivide(b: Builder, sf: number, n: Int, m: Int): Int {
  return b.lazy(b.eqz(m), b.int(sf, 0), b.divU(n, m));
}
/** By -1 is a negation: the most negative value divided by it stays itself, where WebAssembly's division traps. */
function signedDivide(b: Builder, sf: number, n: Int, m: Int): Int {
  return b.lazy(b.eqz(m), b.int(sf, 0), b.lazy(b.eq(m, b.int(sf, -1)), b.neg(n), b.divS(n, m)));
}

/** UDIV, SDIV */
export const divide = instruction({
  name: 'Data-processing (2 source): divide',
  encoding: 'sf:1 0 0 11010110 Rm:5 00001 signed:1 Rn:5 Rd:5',
  decode({ sf, Rm, signed, Rn, Rd }): Decoded<{ sf: number; signed: boolean }> {
    return { form: { sf, signed: signed === 1 }, d: destination(Rd), n: source(Rn), m: source(Rm) };
  },
  execute(b, { sf, signed }) {
    const n = b.let(b.read(sf, 'n'));
    const m = b.let(b.read(sf, 'm'));
    b.write('d', signed ? signedDivide(b, sf, n, m) : unsignedDivide(b, sf, n, m));
  },
});

/** LSLV, LSRV, ASRV, RORV */
export const shiftVariable = instruction({
  name: 'Data-processing (2 source): shift',
  encoding: 'sf:1 0 0 11010110 Rm:5 0010 op2:2 Rn:5 Rd:5',
  decode({ sf, Rm, op2, Rn, Rd }): Decoded<{ sf: number; shift: Shift }> {
    return { form: { sf, shift: shifts[op2] }, d: destination(Rd), n: source(Rn), m: source(Rm) };
  },
  execute(b, { sf, shift: type }) {
    b.write('d', shift(b, type, b.read(sf, 'n'), b.read(sf, 'm')));
  },
});

/** The polynomials 0x04C11DB7 and 0x1EDC6F41, bits reversed. */
const CRC32_POLYNOMIAL = 0xedb88320;
const CRC32C_POLYNOMIAL = 0x82f63b78;

/** One step per bit, least significant first. */
function crc32(b: Builder, polynomial: number, accumulator: I32, words: readonly I32[], bitsPerWord: number): I32 {
  let crc = accumulator;
  for (const word of words) {
    crc = b.xor(crc, word);
    for (let bit = 0; bit < bitsPerWord; bit++) {
      const before = b.let(crc);
      const reduction = b.and(b.neg(b.and(before, b.i32(1))), b.i32(polynomial));
      crc = b.xor(b.shrU(before, b.i32(1)), reduction);
    }
  }
  return crc;
}

/** CRC32B, CRC32H, CRC32W, CRC32X, CRC32CB, CRC32CH, CRC32CW, CRC32CX */
export const crc32Checksum = instruction({
  name: 'Data-processing (2 source): CRC32',
  encoding: 'sf:1 0 0 11010110 Rm:5 010 C:1 sz:2 Rn:5 Rd:5',
  feature: 'FEAT_CRC32',
  rare: true,
  decode({ sf, Rm, C, sz, Rn, Rd }): Decoded<{ castagnoli: boolean; sz: number }> | undefined {
    if ((sf === 1) !== (sz === 3)) return undefined;
    return { form: { castagnoli: C === 1, sz }, d: destination(Rd), n: source(Rn), m: source(Rm) };
  },
  execute(b, { castagnoli, sz }) {
    const low = b.w('m');
    const words = sz === 3 ? [low, b.wrap(b.shrU(b.x('m'), b.i64(32)))] : [sz === 2 ? low : b.zeroExtendLow(sz ? 16 : 8, low)];
    const polynomial = castagnoli ? CRC32C_POLYNOMIAL : CRC32_POLYNOMIAL;
    b.setW('d', crc32(b, polynomial, b.w('n'), words, Math.min(32, 8 << sz)));
  },
});
