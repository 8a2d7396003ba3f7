import { isStruct, scalarOf, stripped } from './c-types.ts';
import { isLarge } from '../program/program.ts';
import { typeName } from '../program/types-of.ts';
import { presentParts, shortName } from './cell.ts';
import { compile } from './compile.ts';
import { ExpressionError } from './expression-error.ts';
import type { FrameView } from './frame-view.ts';
import { machineCells } from './machine-cells.ts';
import { baseNamed, memberNames } from './members.ts';
import { isFile, namesAt, type Names } from './names.ts';
import { longestText, parseExpression } from './parse.ts';
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
  // Nothing as long as that could be evaluated.
  if (Math.min(text.length, column) > longestText) return [];
  const before = text.slice(0, column);
  const word = /\$?\w*$/.exec(before)?.[0] ?? '';
  const start = before.length - word.length;
  const lead = before.slice(0, start);
  // A client asks as soon as a colon is typed, for the sake of `A::`. Behind that of `a ? b : c` it would offer all there is, before a word has begun.
  if (word === '' && /(?:^|[^:]):$/.test(lead)) return [];
  const arrow = /(\.|->)\s*$/.exec(lead);
  const scope = arrow ? undefined : scopeBefore(lead);
  const scene = sceneOf(frame);
  const names = namesAt(frame.programs, scene.lookupPc, frame.inlineDepth);
  const found = arrow
    ? members(ownerBefore(lead.slice(0, arrow.index)), frame, names)
    : scope
      ? inNamedScope(scope, frame, names)
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

interface Scope {
  /** What is written before the last `::`; '': nothing. */
  readonly name: string;
  /** The operand whose class or base it names; absent: none. */
  readonly owner?: string;
}

/** What a `::` at the end of `text` belongs to. */
function scopeBefore(text: string): Scope | undefined {
  const found =
    /((?:(?:'[^']*'|\w+(?:\s*<[^<>]*>)?|\(anonymous namespace\))\s*::\s*)*)(?:'[^']*'|\w+(?:\s*<[^<>]*>)?|\(anonymous namespace\))?\s*::\s*$/.exec(
      text,
    );
  if (!found) return undefined;
  const name = found[0].trimEnd().slice(0, -2).trim();
  const arrow = /(\.|->)\s*$/.exec(text.slice(0, found.index));
  return arrow ? { name, owner: ownerBefore(text.slice(0, arrow.index)) } : { name };
}

function inNamedScope({ name, owner }: Scope, frame: FrameView, names: Names): Candidate[] {
  if (owner !== undefined) return members(owner, frame, names, name);
  const seen = new Map<string, Candidate>();
  const add = (candidate: Candidate) => seen.has(candidate.label) || seen.set(candidate.label, candidate);
  for (const program of names.programs) {
    if (isLarge(program)) continue;
    for (const { name: label, kind } of program.namesIn(name))
      add({ label, type: kind === 'function' || kind === 'variable' ? kind : 'property' });
    const file = /^'?([^']*\.\w+)'?$/.exec(name)?.[1];
    for (const { name: label, type, declaration } of name === '' || file !== undefined ? program.globals() : [])
      if (file === undefined ? program.namesIn('').length === 0 : isFile(declaration?.path, file))
        add({ label, type: 'variable', detail: typeName(type) });
  }
  return [...seen.values()];
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

/** @param base of the owner's class, whose members are meant; absent: all */
function members(owner: string, frame: FrameView, names: Names, base?: string): Candidate[] {
  try {
    const { expression } = parseExpression(owner, names);
    const typed = compile(expression, { names, target: frame.target, allowAssignment: false });
    if (typed.cell)
      return presentParts(typed.cell, sceneOf(frame)).map((part) => ({
        label: shortName(part),
        type: 'field',
        detail: typeName(part.type),
      }));
    const pointer = scalarOf(decayed(typed).type);
    const type = stripped(pointer?.kind === 'pointer' ? pointer.to : typed.type);
    const meant = isStruct(type) && base !== undefined ? baseNamed(type, base)?.type : type;
    return meant && isStruct(meant) ? memberNames(meant).map((label) => ({ label, type: 'field' })) : [];
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
