import type { Builder } from '../../engine/builder.ts';
import type { Int } from '../../engine/expression.ts';
import { type Decoded, destination, instruction, source } from '../instruction.ts';
import { fieldMask } from '../shared-pseudocode.ts';

/**
 * SBFM, UBFM and BFM by what their immediates make of them:
 * `extract` shifts left by imm, then right by imm2 (signed); or right by imm2, then masks with imm (unsigned);
 * `insert in zero` shifts left by imm2, then masks with imm.
 */
type BitfieldOperation =
  | 'ASR'
  | 'LSR'
  | 'LSL'
  | 'SXTB'
  | 'SXTH'
  | 'SXTW'
  | 'and mask'
  | 'signed extract'
  | 'unsigned extract'
  | 'unsigned insert in zero'
  | 'insert';
type BitfieldForm = { sf: number; operation: BitfieldOperation };
type Immediates = { imm: bigint; imm2: number };

function signedBitfieldMove(width: number, immr: number, imms: number): [BitfieldOperation, Immediates] {
  if (imms === width - 1) return ['ASR', { imm: BigInt(immr), imm2: 0 }];
  if (immr === 0 && (imms === 7 || imms === 15 || imms === 31)) {
    return [imms === 7 ? 'SXTB' : imms === 15 ? 'SXTH' : 'SXTW', { imm: 0n, imm2: 0 }];
  }
  // The field goes to the top, then down to its place: bit 0 for SBFX, width - immr for SBFIZ.
  const up = width - 1 - imms;
  const down = imms >= immr ? up + immr : up - (width - immr);
  return ['signed extract', { imm: BigInt(up), imm2: down }];
}

function unsignedBitfieldMove(width: number, immr: number, imms: number): [BitfieldOperation, Immediates] {
  if (imms === width - 1) return ['LSR', { imm: BigInt(immr), imm2: 0 }];
  if (imms + 1 === immr) return ['LSL', { imm: BigInt(width - immr), imm2: 0 }];
  if (immr === 0) return ['and mask', { imm: fieldMask(0, imms + 1), imm2: 0 }];
  if (imms >= immr) return ['unsigned extract', { imm: fieldMask(0, imms - immr + 1), imm2: immr }];
  const lsb = width - immr;
  return ['unsigned insert in zero', { imm: fieldMask(lsb, imms + 1), imm2: lsb }];
}

/** BFM rotates the source right by immr, and takes the bits of the mask from it. */
function bitfieldMove(width: number, immr: number, imms: number): [BitfieldOperation, Immediates] {
  const imm = imms >= immr ? fieldMask(0, imms - immr + 1) : fieldMask(width - immr, imms + 1);
  return ['insert', { imm, imm2: immr }];
}

const moves = [signedBitfieldMove, bitfieldMove, unsignedBitfieldMove];

function bitfield(b: Builder, sf: number, operation: BitfieldOperation): Int {
  const value = b.read(sf, 'n');
  const imm2 = (): Int => (sf ? b.zeroExtend(b.imm2()) : b.imm2());
  switch (operation) {
    case 'ASR':
      return b.shrS(value, b.immediate(sf));
    case 'LSR':
      return b.shrU(value, b.immediate(sf));
    case 'LSL':
      return b.shl(value, b.immediate(sf));
    case 'SXTB':
      return b.signExtendLow(8, value);
    case 'SXTH':
      return b.signExtendLow(16, value);
    case 'SXTW':
      return b.signExtend(b.w('n'));
    case 'and mask':
      return b.and(value, b.immediate(sf));
    case 'signed extract':
      return b.shrS(b.shl(value, b.immediate(sf)), imm2());
    case 'unsigned extract':
      return b.and(b.shrU(value, imm2()), b.immediate(sf));
    case 'unsigned insert in zero':
      return b.and(b.shl(value, imm2()), b.immediate(sf));
    case 'insert': {
      const mask = b.let(b.immediate(sf));
      return b.or(b.and(b.rotr(value, imm2()), mask), b.and(b.read(sf, 'a'), b.not(mask)));
    }
  }
}

export const bitfieldInstruction = instruction({
  name: 'Bitfield',
  encoding: 'sf:1 opc:2 100110 N:1 immr:6 imms:6 Rn:5 Rd:5',
  samples: { immr: [0, 1, 2, 3, 8, 31, 63], imms: [0, 1, 2, 7, 15, 31, 63], Rn: [0], Rd: [0] },
  decode({ sf, opc, N, immr, imms, Rn, Rd }): Decoded<BitfieldForm> | undefined {
    if (opc === 3 || N !== sf || (!sf && (immr >= 32 || imms >= 32))) return undefined;
    const [operation, { imm, imm2 }] = moves[opc](sf ? 64 : 32, immr, imms);
    // Mostly BFM reads its destination; Rd as a source stays harmless elsewhere.
    return { form: { sf, operation }, d: destination(Rd), n: source(Rn), a: source(Rd), imm: BigInt.asIntN(64, imm), imm2 };
  },
  execute(b, { sf, operation }) {
    b.write('d', bitfield(b, sf, operation));
  },
});
