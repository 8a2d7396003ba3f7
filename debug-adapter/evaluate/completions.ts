import { isStruct, scalarOf, stripped } from './c-types.ts';
import { isLarge } from '../program/program.ts';
import { typeName } from '../program/types-of.ts';
import { presentParts, shortName } from './cell.ts';
import { compile } from './compile.ts';
import { ExpressionError } from './expression-error.ts';
import type { FrameView } from './frame-view.ts';
import { machineCells } from './machine-cells.ts';
import { memberNames } from './members.ts';
import { namesAt, type Names } from './names.ts';
import { parseExpression } from './parse.ts';
import { sceneOf } from './scene.ts';
import { sdeiCells } from './sdei-cells.ts';
import { decayed } from './typed.ts';

/** Structurally a DAP CompletionItem. */
export interface Completion {
  readonly label: string;
  readonly type: 'variable' | 'field' | 'function' | 'property';
  readonly detail?: string;
  /** UTF-16 offset into the text where the completed word starts, and its length. */
  readonly start: number;
  readonly length: number;
}

type Candidate = Omit<Completion, 'start' | 'length'>;

const mostCompletions = 500;

/** What could stand at `column` (0-based UTF-16 offset into `text`): names in scope, members after `.` and `->`, registers after `$`. Never throws. */
export function completions(text: string, column: number, frame: FrameView): Completion[] {
  const before = text.slice(0, column);
  const word = /\$?\w*$/.exec(before)?.[0] ?? '';
  const start = before.length - word.length;
  const lead = before.slice(0, start);
  const arrow = /(\.|->)\s*$/.exec(lead);
  const scene = sceneOf(frame);
  const names = namesAt(frame.programs, scene.lookupPc, frame.inlineDepth);
  const found = arrow
    ? members(ownerBefore(lead.slice(0, arrow.index)), frame, names)
    : word.startsWith('$')
      ? registers(frame)
      : inScope(names);
  const prefix = word.toLowerCase();
  return found
    .filter(({ label }) => label.toLowerCase().startsWith(prefix))
    .slice(0, mostCompletions)
    .map((candidate) => ({ ...candidate, start, length: word.length }));
}

/** The operand that a `.` or `->` at the end of `text` would belong to. */
function ownerBefore(text: string): string {
  let at = text.length;
  for (;;) {
    const rest = text.slice(0, at).trimEnd();
    const last = rest.at(-1);
    if (last === ']' || last === ')') {
      at = openingOf(rest);
      continue;
    }
    const word = /(?:'[^']*'\s*::\s*)?\$?\w+$/.exec(rest)?.[0];
    if (word === undefined) break;
    at = rest.length - word.length;
    const link = /(\.|->|::)\s*$/.exec(rest.slice(0, at));
    if (!link) break;
    at = link.index;
  }
  return text.slice(at);
}

/** Where the bracket that closes at the end of `text` opens. */
function openingOf(text: string): number {
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === ']' || text[at] === ')') depth++;
    else if (text[at] === '[' || text[at] === '(') depth--;
    if (depth === 0) return at;
  }
  return 0;
}

function members(owner: string, frame: FrameView, names: Names): Candidate[] {
  try {
    const { expression } = parseExpression(owner, names.isType);
    const typed = compile(expression, { names, target: frame.target, allowAssignment: false });
    if (typed.cell)
      return presentParts(typed.cell, sceneOf(frame)).map((part) => ({
        label: shortName(part),
        type: 'field',
        detail: typeName(part.type),
      }));
    const pointer = scalarOf(decayed(typed).type);
    const type = stripped(pointer?.kind === 'pointer' ? pointer.to : typed.type);
    return isStruct(type) ? memberNames(type).map((label) => ({ label, type: 'field' })) : [];
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}

function registers({ target }: FrameView): Candidate[] {
  const names = [...[...machineCells(target).values()].map((cell) => cell.name), ...[...sdeiCells.values()].map((cell) => cell.name)];
  return [...new Set(names)].map((name) => ({ label: `$${name}`, type: 'property' }));
}

/** In a method of C++ they need no `this->`. */
function membersOfThis(names: Names): string[] {
  const self = names.locals().find(({ name }) => name === 'this');
  const pointer = self && scalarOf(self.type);
  const type = pointer?.kind === 'pointer' ? stripped(pointer.to) : undefined;
  return type && isStruct(type) ? memberNames(type) : [];
}

function inScope(names: Names): Candidate[] {
  const seen = new Map<string, Candidate>();
  const add = (candidate: Candidate) => seen.has(candidate.label) || seen.set(candidate.label, candidate);
  for (const { name, type } of names.locals()) add({ label: name, type: 'variable', detail: typeName(type) });
  for (const label of membersOfThis(names)) add({ label, type: 'field' });
  for (const program of names.programs) {
    if (!isLarge(program)) for (const { name, type } of program.globals()) add({ label: name, type: 'variable', detail: typeName(type) });
    for (const { name, kind } of program.symbols()) {
      if (kind === 'function') add({ label: name, type: 'function' });
      else if (kind === 'object' && isLarge(program)) add({ label: name, type: 'variable' });
    }
  }
  return [...seen.values()];
}
