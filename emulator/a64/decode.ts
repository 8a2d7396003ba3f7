import { type Encoding, extractInto } from './encoding.ts';
import type { Decoded, Form, Instruction } from './instruction.ts';
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

/** One variant that a word can decode to; {@link DecodeResult}.formIndex counts them. */
export interface FormEntry {
  readonly instruction: Instruction;
  readonly form: Form;
  readonly key: string;
}

export type DecodeResult =
  | { readonly kind: 'instruction'; readonly instruction: Instruction; readonly decoded: Decoded; readonly formIndex: number }
  | { readonly kind: 'unimplemented'; readonly name: string }
  | { readonly kind: 'undefined' };

/** A name for a form that stays the same from run to run: `Compare and branch (immediate) sf=0 nonzero=true`. */
export const formKey = ({ name }: Instruction, form: Form): string =>
  [name, ...Object.entries(form).map(([parameter, value]) => `${parameter}=${value}`)].join(' ');

const upTo = (count: number): number[] => Array.from({ length: count }, (_, value) => value);
/** Register fields: what forms can tell apart is register 31, equal or different registers, even or odd ones. */
const REGISTER_SAMPLES = [0, 1, 30, 31];
const WIDE_SAMPLES = [0, 1];

function samplesOf({ samples }: Instruction, name: string, width: number): readonly number[] {
  if (samples[name]) return samples[name];
  if (width <= 4) return upTo(2 ** width);
  return name.startsWith('R') ? REGISTER_SAMPLES : [...WIDE_SAMPLES, 2 ** width - 1];
}

/** Calls `visit` with what every combination of the fields' samples decodes to. */
function enumerateForms(instruction: Instruction, visit: (form: Form) => void): void {
  const fields = instruction.encoding.fields.map(({ name, width }) => ({ name, samples: samplesOf(instruction, name, width) }));
  const values: Record<string, number> = {};
  const choose = (index: number): void => {
    if (index === fields.length) {
      const decoded = instruction.decode(values);
      if (decoded) visit(decoded.form);
      return;
    }
    const { name, samples } = fields[index];
    for (const value of samples) {
      values[name] = value;
      choose(index + 1);
    }
  };
  choose(0);
}

/** The values of a form's parameters, in order, lead to its index. A form without parameters is its index. */
type FormTree = number | Map<number | string | boolean, FormTree>;
type FormNode = Exclude<FormTree, number>;

function findForm(tree: FormTree | undefined, form: Form): number | undefined {
  let node = tree;
  for (const parameter in form) node = (node as FormNode | undefined)?.get(form[parameter]);
  return node as number | undefined;
}
function addForm(tree: FormTree | undefined, form: Form, index: number): FormTree {
  const parameters = Object.values(form);
  const last = parameters.pop();
  if (last === undefined) return index;
  const root: FormNode = (tree as FormNode | undefined) ?? new Map();
  let node = root;
  for (const parameter of parameters) {
    let child = node.get(parameter) as FormNode | undefined;
    if (!child) node.set(parameter, (child = new Map()));
    node = child;
  }
  node.set(last, index);
  return root;
}

const allForms: FormEntry[] = [];
const formTrees = new Map<Instruction, FormTree>();
function listForms(list: readonly Instruction[]): void {
  for (const instruction of list) {
    let tree: FormTree | undefined;
    enumerateForms(instruction, (form) => {
      if (findForm(tree, form) !== undefined) return;
      tree = addForm(tree, form, allForms.length);
      allForms.push({ instruction, form, key: formKey(instruction, form) });
    });
    if (tree === undefined) throw new Error(`no word decodes to "${instruction.name}": its samples miss every form`);
    formTrees.set(instruction, tree);
  }
}
listForms(instructions);
/** Every form that any word decodes to. */
export const forms: readonly FormEntry[] = allForms;

function formIndexOf(instruction: Instruction, tree: FormTree, form: Form): number {
  const index = findForm(tree, form);
  if (index === undefined) throw new Error(`form "${formKey(instruction, form)}" was not enumerated: add samples to its instruction`);
  return index;
}

/** A candidate for a word, with what decoding it needs at hand. */
type Candidate =
  | { readonly encoding: Encoding; readonly instruction: Instruction; readonly forms: FormTree; readonly fields: Record<string, number> }
  | { readonly encoding: Encoding; readonly unimplemented: DecodeResult };

const fixedBits = (mask: number): number => mask.toString(2).replaceAll('0', '').length;
/** Encodings within another class have more fixed bits, and come first. */
const candidates: Candidate[] = [
  ...instructions.map((instruction) => ({
    encoding: instruction.encoding,
    instruction,
    forms: formTrees.get(instruction) as FormTree,
    fields: {},
  })),
  ...unimplemented.map(({ name, encoding }: Unimplemented) => ({ encoding, unimplemented: { kind: 'unimplemented', name } as const })),
].sort((a, b) => fixedBits(b.encoding.mask) - fixedBits(a.encoding.mask));

/** Candidates by bits 31:21. */
const TABLE_SHIFT = 21;
const table: readonly (readonly Candidate[])[] = upTo(2 ** (32 - TABLE_SHIFT)).map((top) => {
  const tableMask = (-1 << TABLE_SHIFT) >>> 0;
  return candidates.filter(({ encoding: { mask, value } }) => (((top << TABLE_SHIFT) ^ value) & mask & tableMask) >>> 0 === 0);
});

const UNDEFINED: DecodeResult = { kind: 'undefined' };

/** Deterministic, and without state; immediates and register slots are resolved. */
export function decode(word: number): DecodeResult {
  for (const candidate of table[word >>> TABLE_SHIFT]) {
    const { encoding } = candidate;
    if (((word ^ encoding.value) & encoding.mask) !== 0) continue;
    if ('unimplemented' in candidate) return candidate.unimplemented;
    extractInto(candidate.fields, encoding, word);
    const decoded = candidate.instruction.decode(candidate.fields);
    if (!decoded) return UNDEFINED;
    return {
      kind: 'instruction',
      instruction: candidate.instruction,
      decoded,
      formIndex: formIndexOf(candidate.instruction, candidate.forms, decoded.form),
    };
  }
  return UNDEFINED;
}
