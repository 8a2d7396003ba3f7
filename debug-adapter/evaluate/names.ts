/** What a name means at a code address: variables, functions, enumerators, types, bare symbols. */
import { nearest } from '../nearest.ts';
import { type FunctionInfo, isLarge, type Program, type TemplateArgument, type Variable } from '../program/program.ts';
import type { Method, Type } from '../program/types.ts';
import { lastName, namePath } from '../program/qualified-name.ts';
import { arrayOf, baseTypeOfWords, commonTypedefs, cPlusPlusBoolType, isStruct, pointerTo, stripped, type StructType } from './c-types.ts';
import { ExpressionError } from './expression-error.ts';
import { findMember, type FoundMember, methodsNamed } from './members.ts';
import type { Dialect } from './parse.ts';
import { programAt } from './scene.ts';
import { findStatic, type FoundStatic } from './static-members.ts';
import type { DerivedType, TypeName } from './syntax.ts';

export type Named =
  | { readonly kind: 'variable'; readonly variable: Variable; readonly program: Program }
  | { readonly kind: 'enumerator'; readonly type: Type; readonly value: bigint }
  | ({ readonly kind: 'function' } & FunctionMeant)
  /** C++: more than one; a cast, or parameters behind the name, say which. */
  | { readonly kind: 'overloads'; readonly functions: readonly FunctionMeant[] }
  /** C++: of the object that the method works on. */
  | { readonly kind: 'member'; readonly of: Named; readonly name: string }
  /** C++: of a class, by the name of one that inherits it. */
  | { readonly kind: 'static'; readonly found: FoundStatic }
  /** From the ELF symbol table: size known, type not. */
  | { readonly kind: 'symbol'; readonly address: bigint; readonly size: number };

export interface FunctionMeant {
  /** With parameters where it has them. */
  readonly name: string;
  readonly address: bigint;
  readonly type?: Type;
}

export interface ClassMember {
  readonly owner: StructType;
  readonly member: FoundMember;
}

export interface ClassMethods {
  /** That has them itself. */
  readonly owner: StructType;
  readonly methods: readonly Method[];
}

export interface Names extends Dialect {
  /**
   * @param scope what is written before the last `::`; '': nothing, which means file scope
   * @param hint an enum type whose enumerators are meant first
   * @throws ExpressionError with the nearest name
   */
  resolve(name: string, scope?: string, hint?: Type): Named;
  /** C++: what `&Class::member` means, a member that each object of the class has; `undefined`: there is no such class or member. */
  memberOfClass(scope: string, name: string): ClassMember | undefined;
  /** C++: functions of a class or its nearest base that has some, by a name that may have parameters. */
  methodsOfClass(scope: string, name: string): ClassMethods | undefined;
  /** The class of this very name, `hw::uart::Port`. */
  classNamed(name: string): StructType | undefined;
  /** Of a reference what it refers to, which is what its size is and what it has the members of. @throws ExpressionError with the nearest name */
  type(name: TypeName): Type;
  /** Parameters and locals of the frame, inner ones first, each name once. */
  locals(): readonly Variable[];
  readonly programs: readonly Program[];
}

/** Suggestions look through at most this many names of a program. */
const mostCandidates = 20_000;

export function namesAt(allPrograms: readonly Program[], pc: bigint, inlineDepth: number): Names {
  const home = programAt(allPrograms, pc);
  const cPlusPlus = home?.isCPlusPlusAt(pc) ?? false;
  const programs = home ? [home, ...allPrograms.filter((program) => program !== home)] : allPrograms;
  let locals: readonly Variable[] | undefined;
  const visibleLocals = () => (locals ??= home ? visible(home.variablesAt(pc, inlineDepth)) : []);

  const ownPc = (program: Program): bigint | undefined => (program === home ? pc : undefined);

  let scopes: readonly string[] | undefined;
  function enclosing(): readonly string[] {
    if (scopes === undefined) {
      const { parts } = namePath(home?.scopeAt(pc, inlineDepth) ?? '');
      scopes = parts.flatMap((_, index) => parts.slice(0, parts.length - index).join('::') || []);
    }
    return scopes;
  }

  const find = <Result>(look: (program: Program) => Result | undefined): Result | undefined => {
    for (const program of programs) {
      const found = look(program);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  /** @param global the name at file scope */
  function lookUp(name: string, hint: Type | undefined, global = name): Named | undefined {
    const local = visibleLocals().find((variable) => variable.name === name);
    if (local && home) return { kind: 'variable', variable: local, program: home };
    const hinted = enumeratorOf(hint, name);
    if (hinted) return hinted;
    return (
      memberOfThis(name) ??
      templateValue(name) ??
      inScopes((qualified) => find((program) => globalNamed(program, qualified, ownPc(program))), name) ??
      atFileScope(global)
    );
  }

  const templateArgument = (name: string): TemplateArgument | undefined => home?.templateArgumentAt(pc, name, inlineDepth);
  const templateValue = (name: string): Named | undefined => {
    const argument = templateArgument(name);
    return argument?.kind === 'value' && home ? { kind: 'variable', variable: argument.variable, program: home } : undefined;
  };
  const templateType = (name: string): Type | undefined => {
    const argument = name.includes('::') ? undefined : templateArgument(name);
    return argument?.kind === 'type' ? argument.type : undefined;
  };

  const atFileScope = (name: string): Named | undefined =>
    find((program) => (program === home && variableOfThisFile(program, name)) || globalNamed(program, name, ownPc(program)));

  function memberOfThis(name: string): Named | undefined {
    const variable = visibleLocals().find((candidate) => candidate.name === 'this');
    const pointer = variable && stripped(variable.type);
    if (variable === undefined || home === undefined || pointer?.kind !== 'pointer') return undefined;
    const type = stripped(pointer.to());
    return isStruct(type) && (findMember(type, name) ?? findStatic(type, name))
      ? { kind: 'member', of: { kind: 'variable', variable, program: home }, name }
      : undefined;
  }

  /** C++: in the namespaces and classes around the code, from the inside out. */
  function inScopes<Result>(look: (qualified: string) => Result | undefined, name: string): Result | undefined {
    for (const scope of enclosing()) {
      const found = look(`::${scope}::${name}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Of static variables of one name in several files, the one of the file that runs. */
  function variableOfThisFile(program: Program, name: string): Named | undefined {
    const first = program.global(name, pc);
    const path = program.sourceAt(pc)?.path;
    if (!first || path === undefined || first.declaration?.path === path) return undefined;
    const variable = program.globalsNamed(name).find((candidate) => candidate.declaration?.path === path);
    return variable && { kind: 'variable', variable, program };
  }

  function scoped(scope: string, name: string): Named {
    const qualified =
      memberOfThis(`${scope}::${name}`) ??
      inScopes((full) => find((program) => globalNamed(program, full, ownPc(program))), `${scope}::${name}`) ??
      find((program) => globalNamed(program, `${scope}::${name}`, ownPc(program))) ??
      (scope === '' ? atFileScope(name) : undefined);
    if (qualified) return qualified;
    const inherited = scope === '' ? undefined : classNamed(scope);
    const shared = inherited && findStatic(inherited, name);
    if (shared) return { kind: 'static', found: shared };
    const methods = inherited && methodsNamed(inherited, name);
    if (methods) return methodsMeant(methods, programs);
    if (inherited && findMember(inherited, name))
      throw new ExpressionError(`'${scope}::${name}' is in each object of the class: write OBJECT.${name}, or &${scope}::${name}.`);
    if (scope === '') throw unknown(`No global '${name}'`, name, candidates([], programs));
    const found = find((program): Named | undefined => {
      const variable = program.globalsNamed(name).find((candidate) => isFile(candidate.declaration?.path, scope));
      if (variable) return { kind: 'variable', variable, program };
      const local = variableOfFunction(program, scope, name);
      if (local) return local;
      return functionsAmong(
        program,
        program.functionsNamed(name).filter((candidate) => isFile(candidate.declaration?.path, scope)),
        name,
      );
    });
    if (found) return found;
    const known = programs.some(
      (program) => program.functionsNamed(scope).length > 0 || program.sourcesNamed(baseName(scope)).some((path) => isFile(path, scope)),
    );
    if (!known && !scope.includes('.')) throw new ExpressionError(`No function, class or namespace '${scope}' has a '${name}'.`);
    if (!known)
      throw unknown(
        `No source file or function '${scope}'`,
        scope,
        programs.filter((program) => !isLarge(program)).flatMap((program) => program.sources().map(baseName)),
      );
    throw new ExpressionError(`No variable '${name}' in '${scope}'.`);
  }

  /** Of the frame, if it is one of that function, or a static one. @throws ExpressionError if it is in another frame, if anywhere */
  function variableOfFunction(program: Program, scope: string, name: string): Named | undefined {
    const [, file, called = scope] = /^(.*\.\w+)::(.*)$/.exec(scope) ?? [];
    const functions = program.functionsNamed(called).filter(({ declaration }) => file === undefined || isFile(declaration?.path, file));
    const isHere = functions.some(({ ranges }) => ranges.some(({ low, high }) => low <= pc && pc < high));
    const local = isHere ? visibleLocals().find((candidate) => candidate.name === name) : undefined;
    if (local) return { kind: 'variable', variable: local, program };
    const others = functions.flatMap(({ breakpointAddress }) =>
      program.variablesAt(breakpointAddress).flatMap((variable) => (variable.name === name ? [{ variable, at: breakpointAddress }] : [])),
    );
    const fixed = others.find(({ variable, at }) => isOutsideOfFrames(variable, at));
    if (fixed) return { kind: 'variable', variable: fixed.variable, program };
    if (others.length > 0) throw new ExpressionError(`'${name}' is a local of '${called}': select a frame of it to see its value.`);
    return undefined;
  }

  /** A type at hand, where a variable of the name is only in a namespace or class that is not. */
  const isRatherType = (name: string): boolean =>
    cPlusPlus && namedType(name) !== undefined && lookUp(name, undefined, `::${name}`) === undefined;

  const namedType = (name: string): Type | undefined =>
    templateType(name) ??
    inScopes((qualified) => find((program) => program.typeNamed(qualified, ownPc(program))), name) ??
    find((program) => program.typeNamed(name, ownPc(program))) ??
    commonTypedefs.get(name);

  const classNamed = (name: string): StructType | undefined => classOf(namedType(name));

  return {
    programs,
    locals: visibleLocals,
    memberOfClass(scope, name) {
      const owner = scope === '' ? undefined : classNamed(scope);
      const member = owner && findMember(owner, name);
      return member && { owner, member };
    },
    methodsOfClass(scope, name) {
      const owner = scope === '' ? undefined : classNamed(scope);
      return owner && methodsNamed(owner, name);
    },
    classNamed: (name) => classOf(find((program) => program.typeNamed(`::${name}`))),
    resolve(name, scope, hint) {
      if (scope !== undefined) return scoped(scope, name);
      const found = lookUp(name, hint);
      // A class has the name of its constructors.
      if (found && (found.kind !== 'function' || namedType(name) === undefined) && !isRatherType(name)) return found;
      if (namedType(name) || baseTypeOfWords([name])) throw new ExpressionError(`'${name}' is a type; a value is needed.`);
      if (cPlusPlus && find((program) => program.globalsNamed(name).at(0)))
        throw new ExpressionError(`'${name}' stands in more than one namespace or class: write it with its scope.`);
      const made = cPlusPlus ? [...candidates([], programs)].find((candidate) => candidate.startsWith(`${name}<`)) : undefined;
      if (made) throw new ExpressionError(`'${name}' is a template: write its arguments, as in '${made}'.`);
      const pack = visibleLocals().filter((variable) => variable.name.startsWith(`${name}#`));
      if (pack.length > 0) throw new ExpressionError(`'${name}' is a parameter pack: write ${pack.map((one) => one.name).join(', ')}.`);
      throw unknown(`No variable '${name}' here`, name, candidates(visibleLocals(), programs));
    },
    isType(name) {
      if (namedType(name) === undefined) return false;
      const other = lookUp(name, undefined, `::${name}`);
      return other === undefined || other.kind === 'function' || other.kind === 'overloads';
    },
    isTemplate(name) {
      const isThere = (full: string) => find((program) => program.global(full) ?? program.functionsNamed(full).at(0)) !== undefined;
      return inScopes((full) => isThere(full) || undefined, name) ?? isThere(name);
    },
    type: typeOf,
    isCPlusPlus: cPlusPlus,
  };

  function typeOf({ base, pointers, derived }: TypeName): Type {
    return derive(pointersTo(baseType(base), pointers), derived);
  }

  function baseType(base: TypeName['base']): Type {
    if (base.kind === 'base') {
      const type = cPlusPlus && base.words.join() === 'bool' ? cPlusPlusBoolType : baseTypeOfWords(base.words);
      if (!type) throw new ExpressionError(`C has no type '${base.words.join(' ')}'.`);
      return type;
    }
    const name = base.kind === 'tag' ? `${base.tag} ${base.name}` : base.name;
    const type = namedType(name);
    if (!type) throw new ExpressionError(`No type '${name}' in this program.`);
    return type;
  }

  function derive(type: Type, derived: DerivedType): Type {
    switch (derived.kind) {
      case 'array':
        return derived.lengths.reduceRight(arrayOf, type);
      case 'function': {
        const parameters = derived.parameters.map((parameter) => referenceTo(typeOf(parameter), parameter.reference));
        return { kind: 'function', returns: () => type, parameters: () => parameters };
      }
      case 'pointer-to':
        return derive(pointersTo(derive(type, derived.derived), derived.pointers), derived.outer);
    }
  }
}

/** Static: where it is does not depend on registers. Or gone, whatever they are. */
function isOutsideOfFrames(variable: Variable, pc: bigint): boolean {
  const memory = (_address: bigint, length: number) => new Uint8Array(length);
  const registers = new Map(Array.from({ length: 96 }, (_, register) => [register, 0n]));
  const { kind } = variable.locate({ registers: new Map(), memory, pc });
  return kind === 'memory' || kind === 'unplaced' || variable.locate({ registers, memory, pc, cfa: 0n }).kind === 'optimized-out';
}

function classOf(type: Type | undefined): StructType | undefined {
  const plain = type && stripped(type);
  return plain && isStruct(plain) ? plain : undefined;
}

function referenceTo(type: Type, reference: TypeName['reference']): Type {
  if (reference === undefined) return type;
  return { kind: 'pointer', size: 8, to: () => type, isReference: true, ...(reference === '&&' && { isRvalue: true }) };
}

function pointersTo(type: Type, count: number): Type {
  return count === 0 ? type : pointersTo(pointerTo(type), count - 1);
}

/** Hides outer variables behind inner ones of the same name; of two in one scope, where clang puts static ones of inner blocks, the first is seen. */
export function visible(variables: readonly Variable[]): Variable[] {
  const byName = new Map<string, Variable>();
  for (const variable of variables) {
    const other = byName.get(variable.name);
    if (!other || variable.depth > other.depth) byName.set(variable.name, variable);
  }
  return variables.filter((variable) => byName.get(variable.name) === variable);
}

export function enumeratorOf(type: Type | undefined, name: string): Extract<Named, { kind: 'enumerator' }> | undefined {
  const plain = type && stripped(type);
  if (plain?.kind !== 'enum' || !type) return undefined;
  const found = plain.enumerators().find((enumerator) => enumerator.name === name);
  return found && { kind: 'enumerator', type, value: found.value };
}

/** @param pc code in the program whose own file is asked first */
function globalNamed(program: Program, name: string, pc?: bigint): Named | undefined {
  const variable = program.global(name, pc);
  if (variable) return { kind: 'variable', variable, program };
  const enumerator = program.enumerator(name);
  if (enumerator) return { kind: 'enumerator', ...enumerator };
  const symbol = program.symbol(name);
  const found = functionsAmong(program, program.functionsNamed(name), name, symbol?.address);
  if (found) return found;
  if (!symbol) return undefined;
  const kind = program.symbols().find((candidate) => candidate.name === name)?.kind;
  return kind === 'function' ? { kind, name, address: symbol.address } : { kind: 'symbol', address: symbol.address, size: symbol.size };
}

/** Those that fewest scopes stand around are nearest to what is written. Of several in C, which has files for that, the first. */
function functionsAmong(program: Program, all: readonly FunctionInfo[], name: string, linked?: bigint): Named | undefined {
  // What has been inlined comes last: that is no function to point at.
  const isOwn = (info: FunctionInfo): boolean => program.functionAt(info.ranges[0].low)?.name === info.name;
  const infos = all.length < 2 ? all : [...all.filter(isOwn), ...all.filter((info) => !isOwn(info))];
  const depths = infos.map((info) => namePath(info.name).parts.length);
  const nearest = infos.filter((_, index) => depths[index] === Math.min(...depths));
  const functions = [...new Map(nearest.toReversed().map((info) => [info.name, info])).values()].toReversed().map((info) => ({
    name: info.name,
    address: info.ranges[0].low,
    type: info.type?.(),
  }));
  const [first] = functions;
  if (first === undefined) return undefined;
  if (functions.length > 1) return { kind: 'overloads', functions };
  return { kind: 'function', ...first, address: (first.name === name ? linked : undefined) ?? first.address };
}

/** @throws ExpressionError if none has code */
export function methodsMeant({ owner, methods }: ClassMethods, programs: readonly Program[]): Named {
  for (const program of programs) {
    const found = functionsAmong(
      program,
      methods.flatMap(({ fullName }) => program.functionsNamed(`::${fullName}`)),
      '',
    );
    if (found) return found;
  }
  throw new ExpressionError(`'${owner.name ?? '?'}::${lastName(namePath(methods[0].name))}' has no code of its own in this program.`);
}

const baseName = (path: string) => path.slice(path.lastIndexOf('/') + 1);
export const isFile = (path: string | undefined, scope: string) => path !== undefined && (path === scope || path.endsWith(`/${scope}`));

function* candidates(locals: readonly Variable[], programs: readonly Program[]): Iterable<string> {
  for (const { name } of locals) yield name;
  for (const program of programs) {
    if (!isLarge(program)) for (const { name } of program.globals().slice(0, mostCandidates)) yield name;
    for (const { name } of program.symbols().slice(0, mostCandidates)) yield name;
  }
}

/** "No member 'nxt' in struct node; did you mean 'next'?" */
export function unknown(what: string, name: string, known: Iterable<string>, prefix = ''): ExpressionError {
  const meant = nearest(name, known);
  return new ExpressionError(meant === undefined ? `${what}.` : `${what}; did you mean '${prefix}${meant}'?`);
}
