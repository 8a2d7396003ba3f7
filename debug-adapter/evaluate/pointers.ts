/** `*`, `&` and `[]`: from values to what they point at, and back. */
import type { Type } from '../program/types.ts';
import { typeName } from '../program/types-of.ts';
import { intType, isStruct, pointerTo, stripped } from './c-types.ts';
import { ExpressionError } from './expression-error.ts';
import { addressPlus, binaryFormula, constantFormula, integerFormula } from './formulas.ts';
import { binary, stride, unary } from './operators.ts';
import { implicitTarget, type Place, partOf, ValueUnavailable } from './place.ts';
import type { Scene } from './scene.ts';
import { addressOf, asInteger, callsFunction, constant, decayed, integerOf, scalarKind, type Typed, typedAt } from './typed.ts';

export function compileUnary(operator: '*' | '&' | '!' | '~' | '-' | '+', operand: Typed): Typed {
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

export function dereferenced(operand: Typed): Typed {
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

export const notDefined = (type: Type) => new ExpressionError(`'${typeName(type)}' is declared but not defined in this program.`);

export function indexed(operand: Typed, indexOperand: Typed): Typed {
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
