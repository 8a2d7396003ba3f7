/** C's operators on typed operands. Overflow wraps, shifts take their count modulo the width, and division truncates: as A64 instructions do. */
import type { Type } from '../program/types.ts';
import type { FormulaOperator } from '../target/target.ts';
import {
  commonType,
  hasUnknownLength,
  intType,
  isAggregate,
  longType,
  promoted,
  type Scalar,
  scalarOf,
  sizeOf,
  stripped,
  wrap,
} from './c-types.ts';
import { typeName } from '../program/types-of.ts';
import { ExpressionError } from './expression-error.ts';
import { binaryFormula, constantFormula, integerFormula, wrappedFormula } from './formulas.ts';
import { readMemory } from './place.ts';
import { quadArithmetic, quadNegated, quadOrder, rounded } from './real.ts';
import type { Scene } from './scene.ts';
import type { BinaryOperator } from './syntax.ts';
import {
  addressOf,
  asCondition,
  asInteger,
  asQuad,
  asReal,
  constant,
  decayed,
  integerOf,
  scalarKind,
  type Typed,
  typedQuad,
} from './typed.ts';

type Integer = (scene: Scene) => bigint;

const isConstant = (...operands: Typed[]) => operands.every((operand) => operand.constant !== undefined);

/** Computes now what depends on nothing. */
function folded(typed: Typed, ...operands: Typed[]): Typed {
  if (!isConstant(...operands) || !typed.integer) return typed;
  return constant(typed.type, typed.integer(undefined as unknown as Scene));
}

export function unary(operator: '!' | '~' | '-' | '+', operand: Typed): Typed {
  const typed = decayed(operand);
  if (operator === '!') {
    const holds = asCondition(typed, '!');
    return folded(
      integerOf(intType, (scene) => (holds(scene) ? 0n : 1n), binaryFormula('eq', typed.formula, zero)),
      typed,
    );
  }
  const scalar = scalarKind(typed, operator);
  if (scalar.kind === 'real' && scalar.size === 16 && operator !== '~') {
    const quad = asQuad(typed, operator);
    return typedQuad(typed.type, operator === '+' ? quad : (scene) => quadNegated(quad(scene)));
  }
  if (scalar.kind === 'real' && operator !== '~') {
    const real = asReal(typed, scalar.size, operator);
    return operator === '+' ? { type: typed.type, real } : { type: typed.type, real: (scene) => -real(scene) };
  }
  if (scalar.kind !== 'integer') throw new ExpressionError(`${operator} cannot be applied to '${typeName(typed.type)}'.`);
  const type = promoted(typed.type, typed.bit?.size);
  const { size, signed } = integerScalar(type);
  const value = asInteger(typed, size, signed, operator);
  const compute: Integer =
    operator === '+'
      ? value
      : operator === '-'
        ? (scene) => wrap(-value(scene), size, signed)
        : (scene) => wrap(~value(scene), size, signed);
  const own = integerFormula(typed, size, signed);
  const formula =
    operator === '+' ? own : operator === '-' ? binaryFormula('sub', zero, own) : binaryFormula('xor', own, constantFormula(-1n));
  return folded(integerOf(type, compute, wrappedFormula(formula, size, signed)), typed);
}

const zero = constantFormula(0n);

export function binary(operator: BinaryOperator, leftOperand: Typed, rightOperand: Typed): Typed {
  if (operator === '&&' || operator === '||') return logical(operator, leftOperand, rightOperand);
  const text = (operator === '==' || operator === '!=') && textComparison(operator, leftOperand, rightOperand);
  if (text) return text;
  const [left, right] = [decayed(leftOperand), decayed(rightOperand)];
  const [a, b] = [scalarKind(left, operator), scalarKind(right, operator)];
  if (operator in comparisons) return comparison(operator as Comparison, left, right, a, b);
  if (a.kind === 'pointer' || b.kind === 'pointer') return pointerArithmetic(operator, left, right, a, b);
  if (a.kind === 'real' || b.kind === 'real') return realArithmetic(operator, left, right);
  const [x, y] = [promoted(left.type, left.bit?.size), promoted(right.type, right.bit?.size)];
  if (operator === '<<' || operator === '>>') return shift(operator, left, right, x, y);
  const type = commonType(x, y);
  const { size, signed } = integerScalar(type);
  const compute = integerOperation(
    operator,
    asInteger(left, size, signed, operator),
    asInteger(right, size, signed, operator),
    size,
    signed,
  );
  const divides = (operator === '/' || operator === '%') && right.constant === 0n;
  const name = formulaOperators[operator];
  const formula = name && binaryFormula(name, integerFormula(left, size, signed), integerFormula(right, size, signed));
  return divides ? integerOf(type, compute) : folded(integerOf(type, compute, wrappedFormula(formula, size, signed)), left, right);
}

const formulaOperators: Readonly<Partial<Record<BinaryOperator, FormulaOperator>>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '&': 'and',
  '|': 'or',
  '^': 'xor',
};

function integerScalar(type: Type): { size: number; signed: boolean } {
  const scalar = scalarOf(type);
  return scalar?.kind === 'integer' ? scalar : { size: 8, signed: false };
}

function integerOperation(operator: BinaryOperator, a: Integer, b: Integer, size: number, signed: boolean): Integer {
  const bits = size * 8;
  const fit = signed ? BigInt.asIntN : BigInt.asUintN;
  switch (operator) {
    case '+':
      return (scene) => fit(bits, a(scene) + b(scene));
    case '-':
      return (scene) => fit(bits, a(scene) - b(scene));
    case '*':
      return (scene) => fit(bits, a(scene) * b(scene));
    case '/':
      return (scene) => fit(bits, a(scene) / divisor(b(scene)));
    case '%':
      return (scene) => fit(bits, a(scene) % divisor(b(scene)));
    case '&':
      return (scene) => a(scene) & b(scene);
    case '|':
      return (scene) => a(scene) | b(scene);
    default:
      return (scene) => a(scene) ^ b(scene);
  }
}

function divisor(value: bigint): bigint {
  if (value === 0n) throw new ExpressionError('Division by zero.');
  return value;
}

function shift(operator: '<<' | '>>', left: Typed, right: Typed, type: Type, countType: Type): Typed {
  const { size, signed } = integerScalar(type);
  const count = integerScalar(countType);
  const value = asInteger(left, size, signed, operator);
  const amount = asInteger(right, count.size, count.signed, operator);
  const mask = BigInt(size * 8 - 1);
  const compute: Integer =
    operator === '<<'
      ? (scene) => wrap(value(scene) << (amount(scene) & mask), size, signed)
      : (scene) => value(scene) >> (amount(scene) & mask);
  const counted = binaryFormula('and', integerFormula(right, count.size, count.signed), constantFormula(mask));
  const name = operator === '<<' ? 'shl' : signed ? 'shr_s' : 'shr_u';
  const formula = wrappedFormula(binaryFormula(name, integerFormula(left, size, signed), counted), size, signed);
  return folded(integerOf(type, compute, formula), left, right);
}

function realArithmetic(operator: BinaryOperator, left: Typed, right: Typed): Typed {
  const type = commonType(left.type, right.type);
  const size = sizeOf(type);
  if (size === 16 && (operator === '+' || operator === '-' || operator === '*' || operator === '/')) {
    const [x, y] = [asQuad(left, operator), asQuad(right, operator)];
    return typedQuad(type, (scene) => quadArithmetic(operator, x(scene), y(scene)));
  }
  const [a, b] = [asReal(left, size, operator), asReal(right, size, operator)];
  switch (operator) {
    case '+':
      return { type, real: (scene) => rounded(a(scene) + b(scene), size) };
    case '-':
      return { type, real: (scene) => rounded(a(scene) - b(scene), size) };
    case '*':
      return { type, real: (scene) => rounded(a(scene) * b(scene), size) };
    case '/':
      return { type, real: (scene) => rounded(a(scene) / b(scene), size) };
    default:
      throw new ExpressionError(`${operator} cannot be applied to '${typeName(left.type)}' and '${typeName(right.type)}'.`);
  }
}

function pointerArithmetic(operator: BinaryOperator, left: Typed, right: Typed, a: Scalar, b: Scalar): Typed {
  if (a.kind === 'pointer' && b.kind === 'pointer') {
    if (operator !== '-') throw new ExpressionError(`${operator} cannot be applied to two pointers.`);
    const size = BigInt(stride(a.to));
    const [x, y] = [asInteger(left, 8, false, '-'), asInteger(right, 8, false, '-')];
    return integerOf(longType, (scene) => BigInt.asIntN(64, x(scene) - y(scene)) / size);
  }
  const [pointer, index, pointee] = a.kind === 'pointer' ? [left, right, a.to] : [right, left, (b as { to: Type }).to];
  const adds = operator === '+';
  if ((!adds && (operator !== '-' || b.kind === 'pointer')) || scalarOf(index.type)?.kind !== 'integer')
    throw new ExpressionError(`${operator} cannot be applied to '${typeName(left.type)}' and '${typeName(right.type)}'.`);
  const size = BigInt(stride(pointee));
  const [base, offset] = [asInteger(pointer, 8, false, operator), asInteger(index, 8, true, operator)];
  const scaled = binaryFormula('mul', integerFormula(index, 8, true), constantFormula(size));
  return integerOf(
    pointer.type,
    adds
      ? (scene) => BigInt.asUintN(64, base(scene) + offset(scene) * size)
      : (scene) => BigInt.asUintN(64, base(scene) - offset(scene) * size),
    binaryFormula(adds ? 'add' : 'sub', integerFormula(pointer, 8, false), scaled),
  );
}

/** Bytes from one element to the next; 1 for void and functions, as GNU C has it. */
export function stride(type: Type): number {
  const plain = stripped(type);
  if (plain.kind === 'void' || plain.kind === 'function') return 1;
  const size = sizeOf(type);
  if (size === 0 && (!isAggregate(type) || hasUnknownLength(type)))
    throw new ExpressionError(`The size of '${typeName(type)}' is not known in this program.`);
  return Math.max(size, 1);
}

const comparisons = { '==': 0, '!=': 0, '<': 0, '<=': 0, '>': 0, '>=': 0 };
type Comparison = keyof typeof comparisons;

function comparison(operator: Comparison, left: Typed, right: Typed, a: Scalar, b: Scalar): Typed {
  if (a.kind !== 'pointer' && b.kind !== 'pointer' && (a.kind === 'real' || b.kind === 'real')) {
    const size = sizeOf(commonType(left.type, right.type));
    if (size === 16) {
      const [x, y] = [asQuad(left, operator), asQuad(right, operator)];
      // NaN, which nothing is equal to, compares with 0 as what has no order does with anything.
      return integerOf(
        intType,
        compare(
          operator,
          (scene) => quadOrder(x(scene), y(scene)),
          () => 0,
        ),
      );
    }
    return integerOf(intType, compare(operator, asReal(left, size, operator), asReal(right, size, operator)));
  }
  const usesPointer = a.kind === 'pointer' || b.kind === 'pointer';
  // C++: a null pointer compares with one to functions of a class too, which is longer.
  const type = usesPointer ? undefined : commonType(promoted(left.type, left.bit?.size), promoted(right.type, right.bit?.size));
  const { size, signed } = type ? integerScalar(type) : { size: Math.max(8, sizeOf(left.type), sizeOf(right.type)), signed: false };
  const [x, y] = [asInteger(left, size, signed, operator), asInteger(right, size, signed, operator)];
  const name = formulaComparisons[operator];
  const formulaOperator: FormulaOperator = name === 'eq' || name === 'ne' ? name : `${name}_${signed ? 's' : 'u'}`;
  const formula = binaryFormula(formulaOperator, integerFormula(left, size, signed), integerFormula(right, size, signed));
  return folded(integerOf(intType, compare(operator, x, y), formula), left, right);
}

const formulaComparisons = { '==': 'eq', '!=': 'ne', '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge' } as const;

function compare<Value extends bigint | number>(operator: Comparison, a: (scene: Scene) => Value, b: (scene: Scene) => Value): Integer {
  switch (operator) {
    case '==':
      return (scene) => (a(scene) === b(scene) ? 1n : 0n);
    case '!=':
      return (scene) => (a(scene) !== b(scene) ? 1n : 0n);
    case '<':
      return (scene) => (a(scene) < b(scene) ? 1n : 0n);
    case '<=':
      return (scene) => (a(scene) <= b(scene) ? 1n : 0n);
    case '>':
      return (scene) => (a(scene) > b(scene) ? 1n : 0n);
    case '>=':
      return (scene) => (a(scene) >= b(scene) ? 1n : 0n);
  }
}

function logical(operator: '&&' | '||', left: Typed, right: Typed): Typed {
  const [a, b] = [asCondition(left, operator), asCondition(right, operator)];
  const compute: Integer = operator === '&&' ? (scene) => (a(scene) && b(scene) ? 1n : 0n) : (scene) => (a(scene) || b(scene) ? 1n : 0n);
  const kind = operator === '&&' ? 'both' : 'either';
  const [x, y] = [decayed(left).formula, decayed(right).formula];
  return folded(integerOf(intType, compute, x && y && { kind, left: x, right: y }), left, right);
}

/** Not C: a string literal compares with the characters of a `char *` or `char []`, not with its address. */
function textComparison(operator: '==' | '!=', left: Typed, right: Typed): Typed | undefined {
  const [{ text: literal, type: literalType }, other] = right.text ? [right, left] : [left, right];
  const array = stripped(literalType);
  if (!literal || other.text || array.kind !== 'array') return undefined;
  const plain = stripped(other.type);
  const element = plain.kind === 'array' ? plain.element() : plain.kind === 'pointer' ? plain.to() : undefined;
  const unit = sizeOf(array.element());
  if (!element || sizeOf(element) !== unit)
    throw new ExpressionError(`${operator} cannot compare '${typeName(other.type)}' with a string.`);
  const address = plain.kind === 'array' ? addressOf(other) : asInteger(other, 8, false, operator);
  const expected = Uint8Array.from([...literal, ...new Uint8Array(unit)]);
  const wanted = operator === '==' ? 1n : 0n;
  return integerOf(intType, (scene) => {
    const start = address(scene);
    for (let i = 0; i < expected.length; i++) if (readMemory(scene, start + BigInt(i), 1)[0] !== expected[i]) return 1n - wanted;
    return wanted;
  });
}

function isNullPointer(type: Type): boolean {
  const plain = stripped(type);
  return plain.kind === 'pointer' && plain.isNull === true;
}

/** The operands of `?:` brought to one type. */
export function conditional(condition: Typed, then: Typed, otherwise: Typed): Typed {
  const holds = asCondition(condition, '?:');
  const [a, b] = [decayed(then), decayed(otherwise)];
  const [x, y] = [scalarOf(a.type), scalarOf(b.type)];
  if (!x || !y) {
    const { place: yes } = a;
    const { place: no } = b;
    if (!yes || !no || typeName(stripped(a.type)) !== typeName(stripped(b.type)))
      throw new ExpressionError(`?: cannot choose between '${typeName(a.type)}' and '${typeName(b.type)}'.`);
    return { type: a.type, place: (scene) => (holds(scene) ? yes(scene) : no(scene)) };
  }
  if (x.kind === 'pointer' || y.kind === 'pointer') {
    const [yes, no] = [asInteger(a, 8, false, '?:'), asInteger(b, 8, false, '?:')];
    return integerOf(x.kind === 'pointer' && !isNullPointer(a.type) ? a.type : b.type, (scene) => (holds(scene) ? yes(scene) : no(scene)));
  }
  const type = commonType(promoted(a.type, a.bit?.size), promoted(b.type, b.bit?.size));
  const common = scalarOf(type);
  if (common?.kind === 'real' && common.size === 16) {
    const [yes, no] = [asQuad(a, '?:'), asQuad(b, '?:')];
    return typedQuad(type, (scene) => (holds(scene) ? yes(scene) : no(scene)));
  }
  if (common?.kind === 'real') {
    const [yes, no] = [asReal(a, common.size, '?:'), asReal(b, common.size, '?:')];
    return { type, real: (scene) => (holds(scene) ? yes(scene) : no(scene)) };
  }
  const { size, signed } = integerScalar(type);
  const [yes, no] = [asInteger(a, size, signed, '?:'), asInteger(b, size, signed, '?:')];
  return integerOf(type, (scene) => (holds(scene) ? yes(scene) : no(scene)));
}
