import { type Encoding, extractInto } from './encoding.ts';
import { createFormLists, type FormLists } from './forms.ts';
import type { Decoded, Instruction } from './instruction.ts';
import * as addSubtract from './instructions/add-subtract.ts';
import * as atomicMemoryOperations from './instructions/atomic-memory-operations.ts';
import * as bitfield from './instructions/bitfield.ts';
import * as branches from './instructions/branches.ts';
import * as conditional from './instructions/conditional.ts';
import * as dataProcessing1Source from './instructions/data-processing-1-source.ts';
import * as dataProcessing2Source from './instructions/data-processing-2-source.ts';
import * as dataProcessing3Source from './instructions/data-processing-3-source.ts';
import * as extract from './instructions/extract.ts';
import * as floatConvert from './instructions/float-convert.ts';
import * as floatDataProcessing from './instructions/float-data-processing.ts';
import * as loadStoreExclusive from './instructions/load-store-exclusive.ts';
import * as loadStorePair from './instructions/load-store-pair.ts';
import * as loadStoreRegister from './instructions/load-store-register.ts';
import * as logical from './instructions/logical.ts';
import * as moveWide from './instructions/move-wide.ts';
import * as pcRelative from './instructions/pc-relative.ts';
import * as simdCopy from './instructions/simd-copy.ts';
import * as simdIndexed from './instructions/simd-indexed.ts';
import * as simdLoadStoreStructures from './instructions/simd-load-store-structures.ts';
import * as simdLoadStore from './instructions/simd-load-store.ts';
import * as simdReduce from './instructions/simd-reduce.ts';
import { modifiedImmediate, shiftImmediateScalar, shiftImmediateVector } from './instructions/simd-shift-immediate.ts';
import { threeDifferent, threeDifferentScalar } from './instructions/simd-three-different.ts';
import { threeSameExtra, threeSameExtraScalar, threeSameScalar, threeSameVector } from './instructions/simd-three-same.ts';
import * as simdTwoRegister from './instructions/simd-two-register.ts';
import * as system from './instructions/system.ts';
import { preparedForms } from './prepared-forms.ts';
import { type Unimplemented, unimplemented } from './unimplemented.ts';

/** Instructions by Arm ARM group: the files of `instructions/`. */
export const groups: Readonly<Record<string, Readonly<Record<string, Instruction>>>> = {
  'pc-relative': pcRelative,
  'add-subtract': addSubtract,
  logical: logical,
  'move-wide': moveWide,
  bitfield: bitfield,
  extract: extract,
  'data-processing-1-source': dataProcessing1Source,
  'data-processing-2-source': dataProcessing2Source,
  'data-processing-3-source': dataProcessing3Source,
  conditional: conditional,
  branches: branches,
  system: system,
  'load-store-register': loadStoreRegister,
  'load-store-pair': loadStorePair,
  'load-store-exclusive': loadStoreExclusive,
  'atomic-memory-operations': atomicMemoryOperations,
  'simd-load-store': simdLoadStore,
  'simd-load-store-structures': simdLoadStoreStructures,
  'float-data-processing': floatDataProcessing,
  'float-convert': floatConvert,
  'simd-three-same': { threeSameVector, threeSameScalar, threeSameExtra, threeSameExtraScalar },
  'simd-three-different': { threeDifferent, threeDifferentScalar },
  'simd-two-register': simdTwoRegister,
  'simd-reduce': simdReduce,
  'simd-indexed': simdIndexed,
  'simd-shift-immediate': { shiftImmediateVector, shiftImmediateScalar, modifiedImmediate },
  'simd-copy': simdCopy,
};

/** Every implemented encoding. */
export const instructions: readonly Instruction[] = Object.values(groups).flatMap((group) => Object.values(group));

export type DecodeResult =
  | { readonly kind: 'instruction'; readonly instruction: Instruction; readonly decoded: Decoded; readonly formIndex: number }
  | { readonly kind: 'unimplemented'; readonly name: string }
  | { readonly kind: 'undefined' };

/** Every form that any word decodes to, by {@link DecodeResult}.formIndex. */
export const forms: FormLists = createFormLists(instructions, preparedForms);

/** A candidate for a word, with what decoding it needs at hand: all of one shape, and numbers signed, which is faster. */
interface Candidate {
  readonly mask: number;
  readonly value: number;
  readonly encoding: Encoding;
  /** Absent: {@link missing} says what it is. */
  readonly instruction: Instruction | undefined;
  readonly index: number;
  readonly fields: Record<string, number>;
  readonly missing: DecodeResult;
}
const UNDEFINED: DecodeResult = { kind: 'undefined' };
function candidate(encoding: Encoding, instruction: Instruction | undefined, index: number, missing: DecodeResult): Candidate {
  return { mask: encoding.mask | 0, value: encoding.value | 0, encoding, instruction, index, fields: {}, missing };
}

function fixedBits(mask: number): number {
  let count = 0;
  for (let bits = mask; bits !== 0; bits &= bits - 1) count++;
  return count;
}
/** Encodings within another class have more fixed bits, and come first. */
const candidates: readonly Candidate[] = [
  ...instructions.map((instruction, index) => candidate(instruction.encoding, instruction, index, UNDEFINED)),
  ...unimplemented.map(({ name, encoding }: Unimplemented) => candidate(encoding, undefined, 0, { kind: 'unimplemented', name })),
].sort((a, b) => fixedBits(b.mask) - fixedBits(a.mask));

/** Candidates by bits 31:21, found when the first such word comes. */
const TABLE_SHIFT = 21;
const table: (readonly Candidate[] | undefined)[] = new Array(2 ** (32 - TABLE_SHIFT)).fill(undefined);
function candidatesFor(top: number): readonly Candidate[] {
  const tableMask = -1 << TABLE_SHIFT;
  return (table[top] = candidates.filter(({ mask, value }) => (((top << TABLE_SHIFT) ^ value) & mask & tableMask) === 0));
}

/** Deterministic, and without state; immediates and register slots are resolved. */
export function decode(word: number): DecodeResult {
  const possible = table[word >>> TABLE_SHIFT] ?? candidatesFor(word >>> TABLE_SHIFT);
  for (let n = 0; n < possible.length; n++) {
    const { mask, value, encoding, instruction, index, fields, missing } = possible[n];
    if (((word ^ value) & mask) !== 0) continue;
    if (!instruction) return missing;
    extractInto(fields, encoding, word);
    const decoded = instruction.decode(fields);
    if (!decoded) return UNDEFINED;
    return { kind: 'instruction', instruction, decoded, formIndex: forms.indexOf(index, decoded.form) };
  }
  return UNDEFINED;
}
