import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode, forms as formLists, instructions } from '../../emulator/a64/decode.ts';
import { createFormLists, formKey, summaryOf } from '../../emulator/a64/forms.ts';
import { type Encoding, encode, extract } from '../../emulator/a64/encoding.ts';
import { unimplemented } from '../../emulator/a64/unimplemented.ts';
import { decodeBitMasks } from '../../emulator/a64/shared-pseudocode.ts';
import { randomNumbers } from './oracle/executions.ts';

const hex = (word: number): string => `0x${word.toString(16).padStart(8, '0')}`;

interface Class {
  readonly name: string;
  readonly encoding: Encoding;
  readonly within?: string;
}
const overlaps = (a: Encoding, b: Encoding): boolean => ((a.value ^ b.value) & a.mask & b.mask) === 0;
/** Every word of `part` is a word of `whole`. */
const isPartOf = (part: Encoding, whole: Encoding): boolean =>
  (part.mask & whole.mask) >>> 0 === whole.mask && ((part.value ^ whole.value) & whole.mask) === 0;

/** Pairs of classes that claim the same word without saying so. */
function findOverlaps(classes: readonly Class[]): string[] {
  return classes.flatMap((a, index) =>
    classes.slice(index + 1).flatMap((b) => {
      if (!overlaps(a.encoding, b.encoding)) return [];
      const [part, whole] = a.within === b.name ? [a, b] : [b, a];
      return part.within === whole.name && isPartOf(part.encoding, whole.encoding) ? [] : [`${a.name} and ${b.name}`];
    }),
  );
}

describe('no word matches two encodings', () => {
  it('among all implemented and unimplemented classes', () => {
    assert.deepEqual(findOverlaps([...instructions, ...unimplemented]), []);
  });
  it('where one overlaps undeclared, it is found', () => {
    const [first] = instructions;
    assert.deepEqual(findOverlaps([first, { name: 'another', encoding: first.encoding }]), [`${first.name} and another`]);
  });
  it('every class that lies within another names one that exists', () => {
    for (const { name, within } of instructions) {
      if (within)
        assert.ok(
          instructions.some((other) => other.name === within),
          `${name} is within "${within}", which is no class`,
        );
    }
  });
  it('every class has a name of its own', () => {
    assert.equal(new Set(instructions.map(({ name }) => name)).size, instructions.length);
  });
});

describe('encode is the inverse of extract', () => {
  const random = randomNumbers(1);
  for (const { name, encoding } of instructions) {
    it(name, () => {
      const used = encoding.fields.reduce((mask, { lsb, width }) => mask | ((2 ** width - 1) * 2 ** lsb), encoding.mask);
      for (let i = 0; i < 200; i++) {
        const word = ((random() & used & ~encoding.mask) | encoding.value) >>> 0;
        assert.equal(encode(encoding, extract(encoding, word)), word);
      }
    });
  }
});

const forms = Array.from({ length: formLists.count }, (_, index) => formLists.at(index));

describe('forms', () => {
  it('are the same ones from summaries that have been made before', () => {
    const lists = createFormLists(instructions, JSON.parse(JSON.stringify(instructions.map(summaryOf))));
    assert.equal(lists.count, forms.length);
    for (const [index, { key, instruction, form }] of forms.entries()) {
      assert.equal(lists.at(index).key, key);
      assert.equal(lists.isRare(index), instruction.isRare(form));
    }
  });
  it('have keys of their own', () => assert.equal(new Set(forms.map(({ key }) => key)).size, forms.length));
  it('are few enough to be compiled one by one', () => {
    assert.ok(forms.length < 3000, `${forms.length} forms`);
    const hot = forms.filter(({ instruction, form }) => !instruction.isRare(form));
    assert.ok(hot.length < 450, `${hot.length} forms that are not rare`);
  });
  it('of one instruction have the same parameters in the same order', () => {
    for (const instruction of instructions) {
      const parameters = forms.filter((entry) => entry.instruction === instruction).map(({ form }) => Object.keys(form).join());
      assert.equal(new Set(parameters).size, 1, instruction.name);
    }
  });
  it('are complete: two million random words decode to none that is not listed', () => {
    const random = randomNumbers(2);
    const seen = new Set<number>();
    for (let i = 0; i < 2_000_000; i++) {
      const { encoding } = instructions[i % instructions.length];
      const word = ((random() & ~encoding.mask) | encoding.value) >>> 0;
      const result = decode(word); // throws if the form is not listed
      if (result.kind !== 'instruction') continue;
      if (!seen.has(result.formIndex)) {
        seen.add(result.formIndex);
        assert.equal(forms[result.formIndex].key, formKey(result.instruction, result.decoded.form), hex(word));
      }
    }
    const missed = forms.filter((_, index) => !seen.has(index)).length;
    assert.ok(missed < forms.length / 20, `${missed} forms were never seen: listed forms that no word decodes to?`);
  });
});

describe('UNDEFINED', () => {
  const words: readonly (readonly [what: string, word: number])[] = [
    ['UDF #0', 0x00000000],
    ['UDF #65535', 0x0000ffff],
    ['all ones', 0xffffffff],
    ['ADDG (FEAT_MTE)', 0x91800000],
    ['AND immediate, W with N = 1', 0x12400000],
    ['AND immediate, reserved imms', 0x9240fc00],
    ['ADD shifted register with ROR', 0x8bc00000],
    ['ADD shifted register, W by 32', 0x0b008000],
    ['ADD extended register by 5', 0x8b201400],
    ['MOVZ W, LSL #32', 0x52c00000],
    ['move wide with opc = 01', 0x32800000],
    ['UBFM with N not sf', 0xd3000000],
    ['EXTR W with imms = 32', 0x13808000],
    ['REV64 of a W register', 0x5ac00c00],
    ['PACIA (FEAT_PAuth)', 0xdac10000],
    ['CTZ (FEAT_CSSC)', 0xdac01800],
    ['CRC32X with sf = 0', 0x1ac04c00],
    ['PACGA (FEAT_PAuth)', 0x9ac03000],
    ['RMIF (FEAT_FlagM)', 0xba000400],
    ['SETF8 (FEAT_FlagM)', 0x3a00080d],
    ['CFINV (FEAT_FlagM)', 0xd500401f],
    ['RETAA (FEAT_PAuth)', 0xd65f0bff],
    ['BRAA (FEAT_PAuth)', 0xd71f0800],
    ['ERETAA (FEAT_PAuth)', 0xd69f0bff],
    ['DRPS outside Debug state', 0xd6bf03e0],
    ['DCPS1 outside Debug state', 0xd4a00001],
    ['SVC with LL = 00', 0xd4000000],
    ['BRK with LL = 01', 0xd4200001],
    ['BC.EQ (FEAT_HBC)', 0x54000010],
    ['SB (FEAT_SB)', 0xd50330ff],
    ['MSR DIT (FEAT_DIT)', 0xd503415f],
    ['WFET (FEAT_WFxT)', 0xd5031000],
    ['a hint with Rt not 31', 0xd5032000],
    ['LDLAR (FEAT_LOR)', 0xc8df7c20],
    ['STLLR (FEAT_LOR)', 0xc89f7c20],
    ['CASP with odd registers', 0x48217c22],
    ['CAS with Rt2 not 31', 0xc8a17822],
    ['LDAPUR (FEAT_LRCPC2)', 0xd9400020],
    ['LDRAA (FEAT_PAuth)', 0xf8200420],
    ['LDG (FEAT_MTE)', 0xd9600020],
    ['STGP (FEAT_MTE)', 0x69000000],
    ['LD64B (FEAT_LS64)', 0xf83fd020],
    ['LDAPR with Rs not 31', 0xf8a1c020],
    ['LDR register offset with option 000', 0xf8600820],
    ['LDRSW to W', 0xb9c00020],
    ['unsigned immediate with size 11, opc 11', 0xf9c00020],
    ['LDTR as a prefetch', 0xf8800820],
    ['LDP with opc 11', 0xe9400000],
    ['LDNP of signed words', 0x68400000],
    ['SVE', 0x04200000],
    ['AESE (FEAT_AES)', 0x4e284800],
    ['FADD half precision (FEAT_FP16)', 0x1ee22820],
    ['PMULL of doublewords (FEAT_PMULL)', 0x4ee2e020],
    ['FMLAL (FEAT_FHM)', 0x4e22ec20],
    ['FJCVTZS (FEAT_JSCVT)', 0x1e7e0020],
    ['FCADD (FEAT_FCMA)', 0x6e82e420],
    ['FRINT32Z (FEAT_FRINTTS)', 0x1e284020],
    ['BFCVT (FEAT_BF16)', 0x1e634020],
    ['USDOT (FEAT_I8MM)', 0x4e829c20],
    ['SHA256H (FEAT_SHA256)', 0x5e024020],
    ['ADD 1D as a vector', 0x0ee28420],
    ['LD1 with Rm and no post-index', 0x4c417020],
  ];
  for (const [what, word] of words) it(`${what} ${hex(word)}`, () => assert.deepEqual(decode(word), { kind: 'undefined' }));
});

describe('floating-point and Advanced SIMD', () => {
  const words: readonly (readonly [what: string, word: number, name: string])[] = [
    ['fadd d0, d1, d2', 0x1e622820, 'Floating-point data-processing (2 source)'],
    ['fmov x0, d1', 0x9e660020, 'Floating-point conversion between floating-point and integer'],
    ['fmov x0, v1.d[1]', 0x9eae0020, 'Floating-point move between general register and top half'],
    ['fcmp s0, #0.0', 0x1e202008, 'Floating-point compare'],
    ['fmov d0, #1.0', 0x1e6e1000, 'Floating-point immediate'],
    ['fmadd d0, d1, d2, d3', 0x1f420c20, 'Floating-point data-processing (3 source)'],
    ['ldr q0, [x1]', 0x3dc00020, 'Load/store register (unsigned immediate, SIMD&FP)'],
    ['stp q0, q1, [sp, #-32]!', 0xadbf07e0, 'Load/store register pair (SIMD&FP)'],
    ['ld1 {v0.16b}, [x1]', 0x4c407020, 'Advanced SIMD load/store multiple structures'],
    ['movi v0.2d, #0', 0x6f00e400, 'Advanced SIMD modified immediate'],
    ['add v0.4s, v1.4s, v2.4s', 0x4ea28420, 'Advanced SIMD three same'],
    ['cnt v0.8b, v1.8b', 0x0e205820, 'Advanced SIMD two-register miscellaneous'],
    ['addv b0, v1.8b', 0x0e31b820, 'Advanced SIMD across lanes'],
    ['umov w0, v1.b[0]', 0x0e013c20, 'Advanced SIMD copy'],
    ['sdot v0.4s, v1.16b, v2.16b', 0x4e829420, 'Advanced SIMD three same extra'],
    ['addp d0, v1.2d', 0x5ef1b820, 'Advanced SIMD scalar pairwise'],
  ];
  for (const [what, word, name] of words) {
    it(what, () => {
      const result = decode(word);
      assert.ok(result.kind === 'instruction', hex(word));
      assert.equal(result.instruction.name, name);
    });
  }
});

describe('DecodeBitMasks', () => {
  const rows: readonly (readonly [N: number, imms: number, immr: number, mask: bigint | undefined])[] = [
    [1, 0, 0, 1n],
    [1, 0, 1, 0x8000_0000_0000_0000n],
    [1, 62, 0, 0x7fff_ffff_ffff_ffffn],
    [1, 63, 0, undefined],
    [0, 0b000111, 0, 0x0000_00ff_0000_00ffn],
    [0, 0b100111, 0, 0x00ff_00ff_00ff_00ffn],
    [0, 0b110011, 0, 0x0f0f_0f0f_0f0f_0f0fn],
    [0, 0b111100, 0, 0x5555_5555_5555_5555n],
    [0, 0b111100, 1, 0xaaaa_aaaa_aaaa_aaaan],
    [0, 0b111101, 0, undefined],
    [0, 0b111110, 0, undefined],
    [0, 0b111111, 0, undefined],
    [0, 0b011110, 4, 0xf7ff_ffff_f7ff_ffffn],
  ];
  for (const [N, imms, immr, mask] of rows) {
    it(`N=${N} imms=${imms} immr=${immr}`, () => assert.equal(decodeBitMasks(N, imms, immr), mask));
  }
});
