/** From syntax to typed closures: every name, type and conversion is decided here, once. */
import type { Method, Type } from '../program/types.ts';
import type { Target } from '../target/target.ts';
import { assignment } from './assign.ts';
import {
  alignmentOf,
  arrayOf,
  boolType,
  cPlusPlusBoolType,
  constantType,
  floatType,
  hasUnknownLength,
  isStruct,
  pointerTo,
  scalarOf,
  type StructType,
  sizeOf,
  stripped,
  unsignedLongType,
  voidType,
  baseTypeOfWords,
} from './c-types.ts';
import { memberPointerTo, nullPointerType, typeName } from '../program/types-of.ts';
import { cast, castToReference, dynamicCastTo } from './casts.ts';
import { shortName } from './cell.ts';
import { ExpressionError } from './expression-error.ts';
import { addressPlus, constantFormula, type FormulaPlace } from './formulas.ts';
import { characterConstant, realConstant, stringConstant } from './literals.ts';
import { machineCells } from './machine-cells.ts';
import { baseThat, findMember, fixedOffset, type FoundBase, memberNames, methodsNamed } from './members.ts';
import { type ClassMember, type ClassMethods, type FunctionMeant, methodsMeant, type Named, type Names, unknown } from './names.ts';
import { binary, conditional } from './operators.ts';
import { partOf, placeOf, ValueUnavailable } from './place.ts';
import { compileUnary, dereferenced, indexed, notDefined } from './pointers.ts';
import type { Scene } from './scene.ts';
import { sdeiCells } from './sdei-cells.ts';
import { findStatic, staticPlace } from './static-members.ts';
import type { BinaryOperator, Expression } from './syntax.ts';
import { addressOf, asInteger, constant, decayed, integerOf, type Typed, typedAt, typedCell } from './typed.ts';
import { placeInVirtualBase } from './virtual-bases.ts';
import { variableFormulaPlace, variablePlace } from './variable-place.ts';

export interface CompileContext {
  readonly names: Names;
  readonly target: Target;
  readonly allowAssignment: boolean;
  readonly onAssignment?: () => void;
  /** A scene to compute array lengths (`@`) in; absent: only constants are lengths. */
  readonly scene?: Scene;
  /** The code address, if locations may be worked out once for it. */
  readonly fixedPc?: bigint;
}

/** @param hint the type of the other operand: its enumerators are meant first. @throws ExpressionError */
export function compile(expression: Expression, context: CompileContext, hint?: Type): Typed {
  switch (expression.kind) {
    case 'integer':
      return constant(constantType(expression.value, expression.decimal, expression.suffix), expression.value);
    case 'real':
      return realConstant(expression);
    case 'character':
      return characterConstant(expression);
    case 'string':
      return stringConstant(expression);
    case 'name':
      return nameValue(expression.name, expression.scope, context, hint);
    case 'machine':
      return machineValue(expression.name, context.target);
    case 'unary': {
      const pointer = expression.operator === '&' ? pointerToMember(expression.operand, context) : undefined;
      if (pointer) return pointer;
      const result = compileUnary(expression.operator, compile(expression.operand, context, hint));
      return expression.operator === '!' ? truth(result, context) : result;
    }
    case 'binary': {
      const result = binary(expression.operator, ...operands(expression.left, expression.right, context));
      return truthOperators.has(expression.operator) ? truth(result, context) : result;
    }
    case 'conditional': {
      const sides = operands(expression.then, expression.otherwise, context, hint);
      return conditional(compile(expression.condition, context), ...sides);
    }
    case 'comma': {
      const left = compile(expression.left, context);
      return after(compile(expression.right, context, hint), (scene) => void (left.integer ?? left.real ?? left.place)?.(scene));
    }
    case 'assign':
      return compileAssignment(expression.operator, expression.left, expression.right, context);
    case 'postfix-step': {
      const operand = compile(expression.operand, context);
      const step = compileAssignment(expression.operator === '++' ? '+' : '-', expression.operand, one, context);
      const { integer } = operand;
      if (!integer || !step.place) throw new ExpressionError(`${expression.operator} cannot be applied to '${typeName(operand.type)}'.`);
      return integerOf(operand.type, (scene) => {
        const old = integer(scene);
        (step.integer ?? step.place)?.(scene);
        return old;
      });
    }
    case 'dynamic-cast':
      return dynamicCastTo(
        context.names.type(expression.type),
        expression.type.reference !== undefined,
        compile(expression.operand, context),
        context.names,
      );
    case 'unevaluated':
      throw new ExpressionError(`'${expression.what}' is not evaluated: ${unevaluated[expression.what]}.`);
    case 'cast':
      return (expression.type.reference === undefined ? cast : castToReference)(
        context.names.type(expression.type),
        compile(expression.operand, context),
        context.names,
        expression.isPlain,
      );
    case 'sizeof':
      return sizeConstant(memberType(expression.operand, context) ?? compile(expression.operand, context).type);
    case 'sizeof-type':
      return sizeConstant(context.names.type(expression.type));
    case 'alignof-type':
      return alignmentConstant(context.names.type(expression.type));
    case 'alignof':
      throw new ExpressionError('_Alignof needs a type that this program has, such as _Alignof(int).');
    case 'offsetof':
      return constant(unsignedLongType, BigInt(memberAt(context.names.type(expression.type), expression.member).offset));
    case 'container-of':
      return containerOf(compile(expression.operand, context), context.names.type(expression.type), expression.member);
    case 'index':
      return indexed(compile(expression.operand, context), compile(expression.index, context));
    case 'member':
      return memberOf(compile(expression.operand, context), expression.name, context);
    case 'member-pointed-at':
      return memberPointedAt(compile(expression.operand, context), compile(expression.pointer, context));
    case 'call': {
      const { operand } = expression;
      const name = operand.kind === 'name' || operand.kind === 'member' ? `'${operand.name}'` : 'it';
      throw new ExpressionError(`Function calls are not evaluated: calling ${name} would run the guest.`);
    }
    case 'repeat':
      return repeated(compile(expression.element, context), compile(expression.count, context), context);
  }
}

const truthOperators: ReadonlySet<BinaryOperator> = new Set(['==', '!=', '<', '<=', '>', '>=', '&&', '||']);

/** An `int` in C, a `bool` in C++. */
const truth = (result: Typed, { names }: CompileContext): Typed => (names.isCPlusPlus ? { ...result, type: cPlusPlusBoolType } : result);

const unevaluated: Readonly<Record<string, string>> = {
  typeid: 'dynamic_cast<T *>(p) tells whether an object is a T',
  'sizeof...': 'the arguments stand in the name of the function or class',
  decltype: 'the type of an expression is shown with its value',
  noexcept: 'debug information does not say what throws',
};

const one: Expression = { kind: 'integer', value: 1n, suffix: '', decimal: true };

/** Compiles both; a name that means nothing by itself may be an enumerator of the other's type. */
function operands(left: Expression, right: Expression, context: CompileContext, hint?: Type): [Typed, Typed] {
  let first: Typed;
  try {
    first = compile(left, context, hint);
  } catch (error) {
    if (left.kind !== 'name' || !(error instanceof ExpressionError)) throw error;
    const second = compile(right, context, hint);
    if (stripped(second.type).kind !== 'enum') throw error;
    return [compile(left, context, second.type), second];
  }
  return [first, compile(right, context, stripped(first.type).kind === 'enum' ? first.type : hint)];
}

const unknownFunction: Type = { kind: 'function', returns: () => voidType, parameters: () => [] };

/** What C's headers define as macros, of which debug information does not tell. */
const wellKnown: ReadonlyMap<string, Typed> = new Map<string, Typed>([
  ['true', constant(boolType, 1n)],
  ['false', constant(boolType, 0n)],
  ['NULL', constant(pointerTo(voidType), 0n)],
  ['nullptr', constant(nullPointerType, 0n)],
  ['INFINITY', { type: floatType, real: () => Number.POSITIVE_INFINITY }],
  ['NAN', { type: floatType, real: () => Number.NaN }],
]);

/** A name of the program, else a register as assembly source writes it (without `$`). */
function nameValue(name: string, scope: string | undefined, context: CompileContext, hint: Type | undefined): Typed {
  try {
    return typedName(context.names.resolve(name, scope, hint), name, context);
  } catch (error) {
    if (scope !== undefined || !(error instanceof ExpressionError)) throw error;
    const cell = machineCells(context.target).get(name.toLowerCase());
    const known = cell ? typedCell(cell) : wellKnown.get(name);
    if (known) return known.type === boolType ? truth(known, context) : known;
    throw error;
  }
}

function typedName(named: Named, name: string, context: CompileContext): Typed {
  switch (named.kind) {
    case 'variable':
      return typedAt(
        context.scene ? named.variable.typeIn(context.scene.context) : named.variable.type,
        variablePlace(named.variable, named.program, context.fixedPc),
        undefined,
        variableFormulaPlace(named.variable, named.program, context.fixedPc),
      );
    case 'enumerator':
      return constant(named.type, named.value);
    case 'member':
      return memberOf(typedName(named.of, 'this', context), named.name, context);
    case 'static':
      return typedAt(named.found.member.type(), staticPlace(named.found, context.names.programs));
    case 'function':
      return typedFunction(named);
    case 'overloads': {
      const list = named.functions.map((meant) => meant.name).join(', ');
      return {
        type: unknownFunction,
        place() {
          throw new ExpressionError(`More than one function is called '${name}': ${list}. Write one of them with its parameters.`);
        },
        overloads: named.functions.map(typedFunction),
      };
    }
    case 'symbol': {
      const place = placeOf({ kind: 'memory', address: named.address }, name);
      const words = { 1: ['unsigned', 'char'], 2: ['unsigned', 'short'], 4: ['unsigned', 'int'], 8: ['unsigned', 'long'] }[named.size];
      const formulaPlace: FormulaPlace = { kind: 'memory', address: constantFormula(named.address) };
      return typedAt((words && baseTypeOfWords(words)) ?? voidType, () => place, undefined, formulaPlace);
    }
  }
}

function typedFunction({ address, type = unknownFunction }: FunctionMeant): Typed {
  const place = placeOf({ kind: 'memory', address });
  return { type, place: () => place };
}

function machineValue(name: string, target: Target): Typed {
  const lower = name.toLowerCase();
  const cell = machineCells(target).get(lower) ?? sdeiCells.get(lower);
  if (cell) return typedCell(cell);
  const known = [...machineCells(target).keys(), ...sdeiCells.keys()];
  throw unknown(`No register '$${name}'`, lower, known, '$');
}

/** `.` and `->` alike: a pointer is followed either way. */
function memberOf(operand: Typed, name: string, context: CompileContext): Typed {
  const { programs } = context.names;
  const { cell } = operand;
  if (cell?.parts) {
    const part = cell.parts.find((candidate) => shortName(candidate).toLowerCase() === name.toLowerCase());
    if (part) return typedCell(part);
    throw unknown(`$${cell.name} has no field '${name}'`, name, cell.parts.map(shortName));
  }
  const pointer = scalarOf(decayed(operand).type);
  const owner = pointer?.kind === 'pointer' ? dereferenced(operand) : operand;
  const type = stripped(owner.type);
  if (type.kind === 'incomplete') throw notDefined(type);
  if (!isStruct(type) || !owner.place) throw new ExpressionError(`'${typeName(owner.type)}' has no members.`);
  const member = findMember(type, name);
  const shared = member ? undefined : findStatic(type, name);
  if (shared) return typedAt(shared.member.type(), staticPlace(shared, programs));
  const methods = member ? undefined : methodsNamed(type, name);
  if (methods) return typedName(methodsMeant(methods, programs), name, context);
  if (!member) throw unknown(`No member '${name}' in ${typeName(type)}`, name, memberNames(type));
  const { place } = owner;
  const offset = fixedOffset(member);
  if (offset === undefined)
    return typedAt(member.type, (scene) => partOf(placeInVirtualBase(scene, place(scene), member), 0, member.bit), member.bit);
  const formulaPlace = addressPlus(owner.formulaPlace, constantFormula(BigInt(offset)));
  return typedAt(member.type, (scene) => partOf(place(scene), offset, member.bit), member.bit, formulaPlace);
}

/** `&Class::member`, in methods of the class too: C++ asks for `&this->member` where its address is meant. */
function pointerToMember(operand: Expression, { names }: CompileContext): Typed | undefined {
  if (operand.kind !== 'name' || operand.scope === undefined) return undefined;
  const found = names.memberOfClass(operand.scope, operand.name);
  if (found === undefined) return pointerToMethod(names.methodsOfClass(operand.scope, operand.name), operand.name, names);
  const { member } = found;
  const offset = fixedOffset(member);
  if (member.bit) throw new ExpressionError(`'${operand.name}' is a bit-field: no pointer can point at it.`);
  if (offset === undefined) throw new ExpressionError(`'${operand.name}' is in a virtual base: no pointer to members can point at it.`);
  const owner = lastOwner(found);
  const inOwner =
    offset -
    found.member.path.slice(0, found.member.path.findLastIndex(({ base }) => base) + 1).reduce((sum, part) => sum + part.offset, 0);
  return constant(memberPointerTo(8, { owner: () => owner, to: () => member.type }), BigInt(inOwner));
}

/** `&Class::method`; of a static one `undefined`, for that is a function like any other. @throws ExpressionError if more than one is meant */
function pointerToMethod(found: ClassMethods | undefined, name: string, { programs }: Names): Typed | undefined {
  const [method, ...others] = found?.methods ?? [];
  if (found === undefined || method === undefined || method.isStatic) return undefined;
  const { owner } = found;
  const pointer = (one: Method): Typed => {
    const type = memberPointerTo(16, { owner: () => owner, to: one.type });
    if (one.virtualIndex !== undefined) return constant(type, BigInt(one.virtualIndex * 8) | IS_VIRTUAL);
    const code = methodsMeant({ owner, methods: [one] }, programs);
    return constant(type, code.kind === 'function' ? code.address : 0n);
  };
  if (others.length === 0) return pointer(method);
  const list = found.methods.map(({ fullName }) => fullName).join(', ');
  const ambiguous = integerOf(memberPointerTo(16, { owner: () => owner, to: method.type }), () => {
    throw new ExpressionError(`More than one function is called '${name}': ${list}. Write one of them with its parameters.`);
  });
  return { ...ambiguous, overloads: found.methods.filter(({ isStatic }) => !isStatic).map(pointer) };
}

/** AAPCS64: bit 0 of the second word of a pointer to functions of a class. */
const IS_VIRTUAL = 1n << 64n;

/** Of what stands in objects, by the name of their class: `sizeof(Vec::x)`. */
function memberType(operand: Expression, { names }: CompileContext): Type | undefined {
  if (operand.kind !== 'name' || operand.scope === undefined) return undefined;
  return names.memberOfClass(operand.scope, operand.name)?.member.type;
}

/** The class that has the member itself, or what stands in it without a name: that is whose pointer C++ makes. */
function lastOwner({ owner, member }: ClassMember): StructType {
  const base = member.path.findLast((part) => part.base);
  const type = base && stripped(base.type());
  return type && isStruct(type) ? type : owner;
}

function memberPointedAt(operand: Typed, pointer: Typed): Typed {
  const pointed = stripped(pointer.type);
  if (pointed.kind !== 'base' || pointed.pointsToMember === undefined)
    throw new ExpressionError(`'${typeName(pointer.type)}' is no pointer to members.`);
  const { owner, to } = pointed.pointsToMember;
  if (to().kind === 'function')
    throw new ExpressionError(`'${typeName(pointer.type)}' points at a function, which would have to be called.`);
  const scalar = scalarOf(decayed(operand).type);
  const object = scalar?.kind === 'pointer' ? dereferenced(operand) : operand;
  const type = stripped(object.type);
  const wanted = stripped(owner());
  const { place } = object;
  const base: FoundBase | undefined =
    !isStruct(type) || !isStruct(wanted)
      ? undefined
      : type.name === wanted.name
        ? { type, path: [], offset: 0 }
        : baseThat(type, ({ name }) => name === wanted.name);
  if (base === undefined || place === undefined)
    throw new ExpressionError(`'${typeName(pointer.type)}' does not point into '${typeName(object.type)}'.`);
  const start = fixedOffset(base);
  const offset = asInteger(pointer, 8, true, '.*');
  return typedAt(to(), (scene) => {
    const inside = offset(scene);
    if (inside === -1n) throw new ExpressionError('The pointer to members points at none.');
    const whole = place(scene);
    if (start !== undefined) return partOf(whole, start + Number(inside));
    return partOf(placeInVirtualBase(scene, whole, base), Number(inside));
  });
}

function memberAt(type: Type, path: readonly string[]): { type: Type; offset: number } {
  let found = { type, offset: 0 };
  for (const name of path) {
    const owner = stripped(found.type);
    if (owner.kind === 'incomplete') throw notDefined(owner);
    if (!isStruct(owner)) throw new ExpressionError(`'${typeName(found.type)}' has no members.`);
    const member = findMember(owner, name);
    if (!member && findStatic(owner, name)) throw new ExpressionError(`'${name}' is static and has no offset.`);
    if (!member) throw unknown(`No member '${name}' in ${typeName(owner)}`, name, memberNames(owner));
    if (member.bit) throw new ExpressionError(`'${name}' is a bit-field and has no offset.`);
    const offset = fixedOffset(member);
    if (offset === undefined) throw new ExpressionError(`'${name}' is in a virtual base and has no offset of its own.`);
    found = { type: member.type, offset: found.offset + offset };
  }
  return found;
}

function containerOf(operand: Typed, type: Type, path: readonly string[]): Typed {
  const { offset } = memberAt(type, path);
  const address = asInteger(decayed(operand), 8, false, 'container_of');
  return integerOf(pointerTo(type), (scene) => BigInt.asUintN(64, address(scene) - BigInt(offset)));
}

function sizeConstant(type: Type): Typed {
  const plain = stripped(type);
  if (plain.kind === 'incomplete') throw notDefined(plain);
  if (hasUnknownLength(type)) throw new ExpressionError(`The size of '${typeName(type)}' is not known here.`);
  const size = plain.kind === 'void' || plain.kind === 'function' ? 1 : sizeOf(type);
  return constant(unsignedLongType, BigInt(size));
}

/** _Alignof (C11 6.5.3.4) */
function alignmentConstant(type: Type): Typed {
  const plain = stripped(type);
  if (plain.kind === 'incomplete') throw notDefined(plain);
  const alignment = alignmentOf(type);
  if (alignment === undefined) throw new ExpressionError(`'${typeName(type)}' has no alignment.`);
  return constant(unsignedLongType, BigInt(alignment));
}

const longestRepeat = 1_000_000n;

function repeated(element: Typed, count: Typed, { scene }: CompileContext): Typed {
  const length = asInteger(decayed(count), 8, true, '@');
  if (count.constant === undefined && !scene) throw new ExpressionError('The length after @ must be a constant here.');
  const number = length(scene as Scene);
  if (number < 1n || number > longestRepeat)
    throw new ExpressionError(`${number} is no length for @; it is between 1 and ${longestRepeat}.`);
  const address = addressOf(element);
  return typedAt(arrayOf(element.type, Number(number)), (where) => ({ kind: 'memory', address: address(where) }));
}

function compileAssignment(operator: BinaryOperator | undefined, left: Expression, right: Expression, context: CompileContext): Typed {
  if (!context.allowAssignment) throw new ExpressionError('Assignments are not made here; use the Debug Console, or == to compare.');
  const place = compile(left, context);
  const value = compile(right, context, place.type);
  const assign = assignment(place, operator ? binary(operator, place, value) : value);
  return after(place, (scene) => {
    assign(scene);
    context.onAssignment?.();
  });
}

/** `typed`, computed after `action` has been done. */
function after(typed: Typed, action: (scene: Scene) => void): Typed {
  const { integer, real, place } = typed;
  const first =
    <Result>(compute: ((scene: Scene) => Result) | undefined) =>
    (scene: Scene): Result | undefined => {
      perform(action, scene);
      return compute?.(scene);
    };
  return {
    ...typed,
    constant: undefined,
    integer: integer && (first(integer) as typeof integer),
    real: real && (first(real) as typeof real),
    place: place && (first(place) as typeof place),
  };
}

/** An action that cannot be done is an error, not a value that cannot be shown. */
function perform(action: (scene: Scene) => void, scene: Scene): void {
  try {
    action(scene);
  } catch (error) {
    throw error instanceof ValueUnavailable ? new ExpressionError(error.message) : error;
  }
}
