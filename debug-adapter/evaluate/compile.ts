/** From syntax to typed closures: every name, type and conversion is decided here, once. */
import type { Method, Type } from '../program/types.ts';
import type { Target } from '../target/target.ts';
import { assignment } from './assign.ts';
import {
  alignmentOf,
  arrayOf,
  boolType,
  charType,
  cPlusPlusBoolType,
  constantType,
  doubleType,
  floatType,
  hasUnknownLength,
  intType,
  isStruct,
  literalTypes,
  longDoubleType,
  pointerTo,
  scalarOf,
  type StructType,
  sizeOf,
  stripped,
  unsignedIntType,
  unsignedLongType,
  voidType,
  baseTypeOfWords,
} from './c-types.ts';
import { memberPointerTo, typeName } from '../program/types-of.ts';
import { shortName } from './cell.ts';
import { dynamicCast, isPolymorphic, type Whole, wholeOf } from './dynamic-types.ts';
import { ExpressionError } from './expression-error.ts';
import { addressPlus, binaryFormula, constantFormula, type FormulaPlace, integerFormula } from './formulas.ts';
import { machineCells } from './machine-cells.ts';
import { addressIn, baseThat, findMember, fixedOffset, type FoundBase, type FoundMember, memberNames, methodsNamed } from './members.ts';
import { type ClassMember, type ClassMethods, type FunctionMeant, methodsMeant, type Named, type Names, unknown } from './names.ts';
import { binary, conditional, stride, unary } from './operators.ts';
import { bytesOf, implicitTarget, type Place, partOf, placeOf, placeOfBytes, ValueUnavailable } from './place.ts';
import { quadFromExact } from './real.ts';
import type { Scene } from './scene.ts';
import { sdeiCells } from './sdei-cells.ts';
import { findStatic, staticPlace } from './static-members.ts';
import type { BinaryOperator, Expression } from './syntax.ts';
import {
  addressOf,
  asInteger,
  callsFunction,
  constant,
  converted,
  decayed,
  integerOf,
  scalarKind,
  type Typed,
  typedAt,
  typedCell,
  typedQuad,
} from './typed.ts';
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
        context,
      );
    case 'unevaluated':
      throw new ExpressionError(`'${expression.what}' is not evaluated: ${unevaluated[expression.what]}.`);
    case 'cast':
      return (expression.type.reference === undefined ? cast : castToReference)(
        context.names.type(expression.type),
        compile(expression.operand, context),
        context,
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

function realConstant({ value, exact, suffix }: Extract<Expression, { kind: 'real' }>): Typed {
  if (suffix === 'l') {
    const bits = quadFromExact(exact);
    return typedQuad(longDoubleType, () => bits);
  }
  const type = suffix === 'f' ? floatType : doubleType;
  const stored = suffix === 'f' ? Math.fround(value) : value;
  return { type, real: () => stored };
}

function characterConstant({ value, prefix }: Extract<Expression, { kind: 'character' }>): Typed {
  if (prefix === '') return constant(value > 255 ? unsignedIntType : charType, BigInt(value));
  const type = literalTypes[prefix];
  if (value >= 256 ** type.size) throw new ExpressionError(`The character ${value} does not fit '${typeName(type)}'.`);
  return constant(type, BigInt(value));
}

function stringConstant({ prefix, parts }: Extract<Expression, { kind: 'string' }>): Typed {
  const type = literalTypes[prefix];
  const text = Uint8Array.from(
    parts.flatMap((part) => ('code' in part ? [...bytesOf(BigInt(part.code), type.size)] : encoded(part.text, type.size))),
  );
  const place = placeOfBytes(Uint8Array.from([...text, ...bytesOf(0n, type.size)]));
  return { type: arrayOf(type, text.length / type.size + 1), text, place: () => place };
}

/** UTF-8, UTF-16 or UTF-32, by the bytes of a unit. */
function encoded(text: string, size: number): readonly number[] {
  if (size === 1) return [...new TextEncoder().encode(text)];
  const units =
    size === 2
      ? Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
      : Array.from(text, (point) => point.codePointAt(0) ?? 0);
  return units.flatMap((unit) => [...bytesOf(BigInt(unit), size)]);
}

const unknownFunction: Type = { kind: 'function', returns: () => voidType, parameters: () => [] };

/** What C's headers define as macros, of which debug information does not tell. */
const wellKnown: ReadonlyMap<string, Typed> = new Map<string, Typed>([
  ['true', constant(boolType, 1n)],
  ['false', constant(boolType, 0n)],
  ['NULL', constant(pointerTo(voidType), 0n)],
  ['nullptr', constant(pointerTo(voidType), 0n)],
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

function compileUnary(operator: '*' | '&' | '!' | '~' | '-' | '+', operand: Typed): Typed {
  if (operator === '&') {
    const { formulaPlace, overloads } = operand;
    const pointer = integerOf(
      pointerTo(operand.type),
      addressOf(operand),
      formulaPlace?.kind === 'memory' ? formulaPlace.address : undefined,
    );
    return overloads ? { ...pointer, overloads: overloads.map((one) => compileUnary('&', one)) } : pointer;
  }
  if (operator === '*') return dereferenced(operand);
  return unary(operator, operand);
}

function dereferenced(operand: Typed): Typed {
  if (operand.text) return indexed(operand, constant(intType, 0n));
  const typed = decayed(operand);
  const scalar = scalarKind(typed, '*');
  if (scalar.kind !== 'pointer')
    throw new ExpressionError(`* cannot be applied to '${typeName(typed.type)}', which is no pointer; cast it, as in *(unsigned long *)….`);
  const address = asInteger(typed, 8, false, '*');
  const target = stripped(scalar.to);
  if (target.kind === 'void') throw new ExpressionError("A 'void *' does not say what it points at; cast it, as in *(unsigned long *)p.");
  if (target.kind === 'incomplete') throw notDefined(target);
  const formula = integerFormula(typed, 8, false);
  return typedAt(scalar.to, pointedAt(typed, address), undefined, formula && { kind: 'memory', address: formula });
}

/** @param part how far behind what a pointer without a value points at; absent: there */
function pointedAt({ place }: Typed, address: (scene: Scene) => bigint, part: (scene: Scene) => number = () => 0): (scene: Scene) => Place {
  return (scene) => {
    try {
      return { kind: 'memory', address: address(scene) };
    } catch (error) {
      const target = error instanceof ValueUnavailable && place ? implicitTarget(place(scene)) : undefined;
      if (target === undefined) throw error;
      return partOf(target, part(scene));
    }
  };
}

const notDefined = (type: Type) => new ExpressionError(`'${typeName(type)}' is declared but not defined in this program.`);

function indexed(operand: Typed, indexOperand: Typed): Typed {
  const plain = stripped(operand.type);
  if (plain.kind === 'array' && operand.place) {
    const { place } = operand;
    const element = plain.element();
    const size = stride(element);
    const given = asInteger(decayed(indexOperand), 8, true, '[]');
    const index =
      operand.text === undefined ? given : withinString(operand.text.length / size + 1, size === 1 ? 'byte' : 'character', given);
    const offset = binaryFormula('mul', integerFormula(decayed(indexOperand), 8, true), constantFormula(BigInt(size)));
    return typedAt(
      element,
      (scene) => partOf(place(scene), Number(index(scene)) * size),
      undefined,
      addressPlus(operand.formulaPlace, offset),
    );
  }
  if (isStruct(plain)) throw callsFunction('[]', operand.type);
  const element = dereferenced(binary('+', operand, indexOperand));
  if (operand.place === undefined) return element;
  const index = asInteger(decayed(indexOperand), 8, true, '[]');
  return typedAt(
    element.type,
    pointedAt(operand, addressOf(element), (scene) => Number(index(scene)) * stride(element.type)),
    undefined,
    element.formulaPlace,
  );
}

/** A constant of the expression has no memory behind its end. */
function withinString(count: number, unit: string, index: (scene: Scene) => bigint): (scene: Scene) => bigint {
  return (scene) => {
    const at = index(scene);
    if (at < 0n || at >= BigInt(count))
      throw new ExpressionError(
        `There is no ${unit} ${at} in the string: it has ${count === 1 ? `one ${unit}` : `${count} ${unit}s`}, with its end.`,
      );
    return at;
  };
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
  if (offset === undefined) return typedAt(member.type, (scene) => placeInVirtualBase(scene, place(scene), member), member.bit);
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
    const address = whole.kind === 'memory' ? addressIn(base, whole.address, scene.context.memory) : undefined;
    if (address === undefined) throw new ValueUnavailable('<cannot read>', 'Where the virtual base is cannot be told here.');
    return partOf({ kind: 'memory', address }, Number(inside));
  });
}

function placeInVirtualBase(scene: Scene, object: Place, member: FoundMember): Place {
  const address = object.kind === 'memory' ? addressIn(member, object.address, scene.context.memory) : undefined;
  if (address === undefined) throw new ValueUnavailable('<cannot read>', 'Where the virtual base is cannot be told here.');
  return partOf({ kind: 'memory', address }, 0, member.bit);
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

function cast(type: Type, from: Typed, context: CompileContext, isPlain = false): Typed {
  const operand = overloadFor(type, from);
  const plain = stripped(type);
  if (plain.kind === 'void') return { type };
  const part = isStruct(plain) ? baseOf(plain, operand) : undefined;
  if (part) return part;
  if (!scalarOf(type)) {
    if (typeName(plain) === typeName(stripped(operand.type))) return operand;
    throw new ExpressionError(`'${typeName(operand.type)}' cannot be cast to '${typeName(type)}'.`);
  }
  return converted(isPlain ? operand : upOrDown(type, operand, context), type, 'The cast');
}

/** C++ [over.over]: of several functions the one of the type that is asked for. */
function overloadFor(type: Type, operand: Typed): Typed {
  const { overloads } = operand;
  const plain = stripped(type);
  const isPointer = plain.kind === 'pointer';
  const wanted = typeName(isPointer ? stripped(plain.to()) : plain);
  return overloads?.find((one) => typeName(isPointer ? functionOf(one.type) : stripped(one.type)) === wanted) ?? operand;
}

function functionOf(type: Type): Type {
  const plain = stripped(type);
  return plain.kind === 'pointer' ? stripped(plain.to()) : plain;
}

/** C++: the part of an object that is a base of its class. */
function baseOf(type: StructType, operand: Typed): Typed | undefined {
  const owner = stripped(operand.type);
  const { place } = operand;
  const base = isStruct(owner) && place ? baseThat(owner, ({ name }) => name === type.name) : undefined;
  if (base === undefined || place === undefined) return undefined;
  const offset = fixedOffset(base);
  return typedAt(type, (scene) => {
    const whole = place(scene);
    if (offset !== undefined) return partOf(whole, offset);
    const address = whole.kind === 'memory' ? addressIn(base, whole.address, scene.context.memory) : undefined;
    if (address === undefined) throw new ValueUnavailable('<cannot read>', 'Where the virtual base is cannot be told here.');
    return { kind: 'memory', address };
  });
}

/** C++ [expr.dynamic.cast] @throws ExpressionError for what that does not take */
function dynamicCastTo(type: Type, isReference: boolean, operand: Typed, context: CompileContext): Typed {
  const scalar = scalarOf(type);
  const target = isReference ? type : scalar?.kind === 'pointer' ? scalar.to : undefined;
  const [pointer, to] = [isReference ? compileUnary('&', operand) : decayed(operand), target && stripped(target)];
  const from = classPointedAt(pointer.type);
  if (to === undefined || (!isStruct(to) && to.kind !== 'void') || from === undefined || !pointer.integer)
    throw new ExpressionError(`dynamic_cast cannot make '${typeName(type)}' from '${typeName(operand.type)}'.`);
  const isUp = isStruct(to) && (to.name === from.name || baseThat(from, ({ name }) => name === to.name) !== undefined);
  if (isUp) return (isReference ? castToReference : cast)(type, operand, context);
  if (!isPolymorphic(from))
    throw new ExpressionError(`'${typeName(from)}' has no virtual functions: dynamic_cast cannot tell what an object of it is.`);
  const { integer } = pointer;
  const address = (scene: Scene): bigint => {
    const object = integer(scene);
    if (object === 0n) return 0n;
    const whole = wholeAt(scene, object, from, context);
    const found = isStruct(to) ? dynamicCast(whole, from, object, to, scene.context.memory) : whole.address;
    if (found === undefined && isReference)
      throw new ExpressionError(
        `The object is a '${typeName(whole.type)}', which has no '${typeName(to)}' around this part: dynamic_cast throws std::bad_cast.`,
      );
    return found ?? 0n;
  };
  const result = integerOf(isReference ? pointerTo(type) : type, address);
  return isReference ? dereferenced(result) : result;
}

/** @throws ValueUnavailable if what the object is cannot be told */
function wholeAt(scene: Scene, object: bigint, type: StructType, { names }: CompileContext): Whole {
  const whole = wholeOf(object, scene.context.memory, names.programs, names.classNamed);
  if (whole === undefined)
    throw new ValueUnavailable('<cannot read>', `What the '${typeName(type)}' is a part of cannot be told: it has no virtual table here.`);
  if (typeof whole === 'string')
    throw new ValueUnavailable('<cannot read>', `The object is a '${whole}', which this program has no debug information of.`);
  return whole;
}

const classPointedAt = (pointer: Type): StructType | undefined => {
  const scalar = scalarOf(pointer);
  const target = scalar?.kind === 'pointer' ? stripped(scalar.to) : undefined;
  return target && isStruct(target) ? target : undefined;
};

/** C++ [expr.static.cast]: the object itself, or its part that is the base. */
const castToReference = (type: Type, operand: Typed, context: CompileContext, isPlain = false): Typed =>
  dereferenced(cast(pointerTo(type), compileUnary('&', operand), context, isPlain));

/** C++: between pointers to a class and to a base of it, which may stand further on in the object. Null stays null. */
function upOrDown(type: Type, operand: Typed, context: CompileContext): Typed {
  const [to, from] = [classPointedAt(type), classPointedAt(operand.type)];
  const { integer } = operand;
  if (to === undefined || from === undefined || integer === undefined) return operand;
  const up = baseThat(from, (base) => base.name === to.name);
  const down = up === undefined ? baseThat(to, (base) => base.name === from.name) : undefined;
  const offset = (up && fixedOffset(up)) ?? -((down && fixedOffset(down)) ?? 0);
  if (down && fixedOffset(down) === undefined && !isPolymorphic(from))
    throw new ExpressionError(`'${typeName(from)}' is a virtual base of '${typeName(to)}', which cannot be found from it.`);
  // C++ has no static_cast for it; what the object is tells all the same.
  if (down && fixedOffset(down) === undefined)
    return integerOf(operand.type, (scene) => {
      const address = integer(scene);
      const found = address === 0n ? 0n : dynamicCast(wholeAt(scene, address, from, context), from, address, to, scene.context.memory);
      if (found === undefined)
        throw new ExpressionError(`The object is not in a '${typeName(to)}', of which '${typeName(from)}' is a virtual base.`);
      return found;
    });
  const isVirtual = up !== undefined && fixedOffset(up) === undefined;
  if (offset === 0 && !isVirtual) return operand;
  return integerOf(operand.type, (scene) => {
    const address = integer(scene);
    if (address === 0n) return 0n;
    const found = isVirtual ? addressIn(up, address, scene.context.memory) : BigInt.asUintN(64, address + BigInt(offset));
    if (found === undefined) throw new ValueUnavailable('<cannot read>', 'Where the virtual base is cannot be told here.');
    return found;
  });
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
