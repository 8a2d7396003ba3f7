/** What a name means at a code address: variables, functions, enumerators, types, bare symbols. */
import { nearest } from '../nearest.ts';
import type { Program, Variable } from '../program/program.ts';
import type { Type } from '../program/types.ts';
import { arrayOf, baseTypeOfWords, commonTypedefs, pointerTo, stripped } from './c-types.ts';
import { ExpressionError } from './expression-error.ts';
import { programAt } from './scene.ts';
import type { TypeName } from './syntax.ts';

export type Named =
  | { readonly kind: 'variable'; readonly variable: Variable; readonly program: Program }
  | { readonly kind: 'enumerator'; readonly type: Type; readonly value: bigint }
  | { readonly kind: 'function'; readonly address: bigint; readonly type?: Type }
  /** From the ELF symbol table: size known, type not. */
  | { readonly kind: 'symbol'; readonly address: bigint; readonly size: number };

export interface Names {
  /** @param hint an enum type whose enumerators are meant first. @throws ExpressionError with the nearest name */
  resolve(name: string, scope?: string, hint?: Type): Named;
  isType(name: string): boolean;
  /** @throws ExpressionError with the nearest name */
  type(name: TypeName): Type;
  /** Parameters and locals of the frame, inner ones first, each name once. */
  locals(): readonly Variable[];
  readonly programs: readonly Program[];
}

/** Suggestions look through at most this many names of a program. */
const mostCandidates = 20_000;

export function namesAt(allPrograms: readonly Program[], pc: bigint, inlineDepth: number): Names {
  const home = programAt(allPrograms, pc);
  const programs = home ? [home, ...allPrograms.filter((program) => program !== home)] : allPrograms;
  let locals: readonly Variable[] | undefined;
  const visibleLocals = () => (locals ??= home ? visible(home.variablesAt(pc, inlineDepth)) : []);

  const find = <Result>(look: (program: Program) => Result | undefined): Result | undefined => {
    for (const program of programs) {
      const found = look(program);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  function lookUp(name: string, hint: Type | undefined): Named | undefined {
    const local = visibleLocals().find((variable) => variable.name === name);
    if (local && home) return { kind: 'variable', variable: local, program: home };
    const hinted = enumeratorOf(hint, name);
    if (hinted) return hinted;
    return find((program) => globalNamed(program, name));
  }

  function scoped(scope: string, name: string): Named {
    const found = find((program): Named | undefined => {
      const variable =
        program.globals().find((candidate) => candidate.name === name && isFile(candidate.declaration?.path, scope)) ??
        program
          .functionsNamed(scope)
          .flatMap((info) => program.variablesAt(info.breakpointAddress))
          .find((candidate) => candidate.name === name);
      return variable && { kind: 'variable', variable, program };
    });
    if (found) return found;
    const known = programs.some(
      (program) => program.functionsNamed(scope).length > 0 || program.sources().some((path) => isFile(path, scope)),
    );
    if (!known)
      throw unknown(
        `No source file or function '${scope}'`,
        scope,
        programs.flatMap((program) => program.sources().map(baseName)),
      );
    throw new ExpressionError(`No variable '${name}' in '${scope}'.`);
  }

  const namedType = (name: string): Type | undefined => find((program) => program.typeNamed(name)) ?? commonTypedefs.get(name);

  return {
    programs,
    locals: visibleLocals,
    resolve(name, scope, hint) {
      if (scope !== undefined) return scoped(scope, name);
      const found = lookUp(name, hint);
      if (found) return found;
      if (namedType(name) || baseTypeOfWords([name])) throw new ExpressionError(`'${name}' is a type; a value is needed.`);
      throw unknown(`No variable '${name}' here`, name, candidates(visibleLocals(), programs));
    },
    isType: (name) => namedType(name) !== undefined && lookUp(name, undefined) === undefined,
    type({ base, pointers, lengths }) {
      let type: Type | undefined;
      if (base.kind === 'base') {
        type = baseTypeOfWords(base.words);
        if (!type) throw new ExpressionError(`C has no type '${base.words.join(' ')}'.`);
      } else {
        const name = base.kind === 'tag' ? `${base.tag} ${base.name}` : base.name;
        type = namedType(name);
        if (!type) throw new ExpressionError(`No type '${name}' in this program.`);
      }
      for (let i = 0; i < pointers; i++) type = pointerTo(type);
      for (const length of lengths.toReversed()) type = arrayOf(type, length);
      return type;
    },
  };
}

/** Hides outer variables behind inner ones of the same name. */
export function visible(variables: readonly Variable[]): Variable[] {
  const byName = new Map<string, Variable>();
  for (const variable of variables) {
    const other = byName.get(variable.name);
    if (!other || variable.depth >= other.depth) byName.set(variable.name, variable);
  }
  return variables.filter((variable) => byName.get(variable.name) === variable);
}

export function enumeratorOf(type: Type | undefined, name: string): Extract<Named, { kind: 'enumerator' }> | undefined {
  const plain = type && stripped(type);
  if (plain?.kind !== 'enum' || !type) return undefined;
  const found = plain.enumerators().find((enumerator) => enumerator.name === name);
  return found && { kind: 'enumerator', type, value: found.value };
}

function globalNamed(program: Program, name: string): Named | undefined {
  const variable = program.global(name);
  if (variable) return { kind: 'variable', variable, program };
  const enumerator = program.enumerator(name);
  if (enumerator) return { kind: 'enumerator', ...enumerator };
  const symbol = program.symbol(name);
  const info = program.functionsNamed(name)[0];
  if (info) return { kind: 'function', address: symbol?.address ?? info.ranges[0].low, type: info.type?.() };
  if (!symbol) return undefined;
  const kind = program.symbols().find((candidate) => candidate.name === name)?.kind;
  return kind === 'function' ? { kind, address: symbol.address } : { kind: 'symbol', ...symbol };
}

const baseName = (path: string) => path.slice(path.lastIndexOf('/') + 1);
const isFile = (path: string | undefined, scope: string) => path !== undefined && (path === scope || path.endsWith(`/${scope}`));

function* candidates(locals: readonly Variable[], programs: readonly Program[]): Iterable<string> {
  for (const { name } of locals) yield name;
  for (const program of programs) {
    for (const { name } of program.globals().slice(0, mostCandidates)) yield name;
    for (const { name } of program.symbols().slice(0, mostCandidates)) yield name;
  }
}

/** "No member 'nxt' in struct node; did you mean 'next'?" */
export function unknown(what: string, name: string, known: Iterable<string>, prefix = ''): ExpressionError {
  const meant = nearest(name, known);
  return new ExpressionError(meant === undefined ? `${what}.` : `${what}; did you mean '${prefix}${meant}'?`);
}
