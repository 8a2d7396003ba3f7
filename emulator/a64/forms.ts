import { encode, extractInto } from './encoding.ts';
import type { Form, Instruction } from './instruction.ts';

/** One variant that a word can decode to. */
export interface FormEntry {
  readonly instruction: Instruction;
  readonly form: Form;
  readonly key: string;
}

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
function enumerateForms(instruction: Instruction, visit: (form: Form, fields: Readonly<Record<string, number>>) => void): void {
  const fields = instruction.encoding.fields.map(({ name, width }) => ({ name, samples: samplesOf(instruction, name, width) }));
  const values: Record<string, number> = {};
  const choose = (index: number): void => {
    if (index === fields.length) {
      const decoded = instruction.decode(values);
      if (decoded) visit(decoded.form, values);
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

/** What tells all forms of an instruction without trying its samples again. */
export interface FormSummary {
  /** Of each form, in order, a word that has it. */
  readonly words: readonly number[];
  /** `1` for each form that is rare, else `0`. */
  readonly rare: string;
}

export function summaryOf(instruction: Instruction): FormSummary {
  const words: number[] = [];
  let rare = '';
  let tree: FormTree | undefined;
  enumerateForms(instruction, (form, fields) => {
    if (findForm(tree, form) !== undefined) return;
    tree = addForm(tree, form, words.length);
    words.push(encode(instruction.encoding, fields));
    rare += instruction.isRare(form) ? '1' : '0';
  });
  if (words.length === 0) throw new Error(`no word decodes to "${instruction.name}": its samples miss every form`);
  return { words, rare };
}

/** The forms of all instructions, numbered through; those of an instruction are listed when one of them is wanted. */
export interface FormLists {
  readonly count: number;
  at(index: number): FormEntry;
  instructionOf(index: number): Instruction;
  isRare(index: number): boolean;
  /** Of a form of the instruction `which`. @throws Error if its samples have missed the form */
  indexOf(which: number, form: Form): number;
}

interface FormList {
  readonly tree: FormTree;
  readonly entries: readonly FormEntry[];
}

/** @param summaries of the instructions, in order; absent: they are made */
export function createFormLists(
  instructions: readonly Instruction[],
  summaries: readonly FormSummary[] = instructions.map(summaryOf),
): FormLists {
  const firsts: number[] = [];
  const owners: number[] = [];
  for (const [which, { words }] of summaries.entries()) {
    firsts.push(owners.length);
    for (let form = 0; form < words.length; form++) owners.push(which);
  }
  const rare = summaries.map((summary) => summary.rare).join('');
  const lists: (FormList | undefined)[] = instructions.map(() => undefined);
  const listOf = (which: number): FormList =>
    lists[which] ?? (lists[which] = listForms(instructions[which], summaries[which].words, firsts[which]));
  return {
    count: owners.length,
    at: (index) => listOf(owners[index]).entries[index - firsts[owners[index]]],
    instructionOf: (index) => instructions[owners[index]],
    isRare: (index) => rare[index] === '1',
    indexOf(which, form) {
      const index = findForm(listOf(which).tree, form);
      if (index === undefined)
        throw new Error(`form "${formKey(instructions[which], form)}" was not enumerated: add samples to its instruction`);
      return index;
    },
  };
}

/** Its key is made when somebody asks. */
function entryOf(instruction: Instruction, form: Form): FormEntry {
  let key: string | undefined;
  return {
    instruction,
    form,
    get key() {
      return (key ??= formKey(instruction, form));
    },
  };
}

function listForms(instruction: Instruction, words: readonly number[], first: number): FormList {
  const entries: FormEntry[] = [];
  const fields: Record<string, number> = {};
  let tree: FormTree = first;
  for (const word of words) {
    extractInto(fields, instruction.encoding, word);
    const form = instruction.decode(fields)?.form;
    if (form === undefined) throw new Error(`0x${word.toString(16)} is no "${instruction.name}"`);
    tree = addForm(entries.length === 0 ? undefined : tree, form, first + entries.length);
    entries.push(entryOf(instruction, form));
  }
  return { tree, entries };
}
