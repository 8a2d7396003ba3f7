/** Casts of C and C++; between classes and their bases by where these stand, and by what the object is. */
import type { Type } from '../program/types.ts';
import { typeName } from '../program/types-of.ts';
import { isStruct, pointerTo, scalarOf, type StructType, stripped } from './c-types.ts';
import { dynamicCast, isPolymorphic, type Whole, wholeOf } from './dynamic-types.ts';
import { ExpressionError } from './expression-error.ts';
import { baseThat, fixedOffset } from './members.ts';
import type { Names } from './names.ts';
import { partOf, ValueUnavailable } from './place.ts';
import { compileUnary, dereferenced } from './pointers.ts';
import type { Scene } from './scene.ts';
import { converted, decayed, integerOf, type Typed, typedAt } from './typed.ts';
import { addressInVirtualBase, placeInVirtualBase } from './virtual-bases.ts';

export function cast(type: Type, from: Typed, names: Names, isPlain = false): Typed {
  const operand = overloadFor(type, from);
  const plain = stripped(type);
  if (plain.kind === 'void') return { type };
  const part = isStruct(plain) ? baseOf(plain, operand) : undefined;
  if (part) return part;
  if (!scalarOf(type)) {
    if (typeName(plain) === typeName(stripped(operand.type))) return operand;
    throw new ExpressionError(`'${typeName(operand.type)}' cannot be cast to '${typeName(type)}'.`);
  }
  return converted(isPlain ? operand : upOrDown(type, operand, names), type, 'The cast');
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
    return offset === undefined ? placeInVirtualBase(scene, whole, base) : partOf(whole, offset);
  });
}

/** C++ [expr.dynamic.cast] @throws ExpressionError for what that does not take */
export function dynamicCastTo(type: Type, isReference: boolean, operand: Typed, names: Names): Typed {
  const scalar = scalarOf(type);
  const target = isReference ? type : scalar?.kind === 'pointer' ? scalar.to : undefined;
  const [pointer, to] = [isReference ? compileUnary('&', operand) : decayed(operand), target && stripped(target)];
  const from = classPointedAt(pointer.type);
  if (to === undefined || (!isStruct(to) && to.kind !== 'void') || from === undefined || !pointer.integer)
    throw new ExpressionError(`dynamic_cast cannot make '${typeName(type)}' from '${typeName(operand.type)}'.`);
  const isUp = isStruct(to) && (to.name === from.name || baseThat(from, ({ name }) => name === to.name) !== undefined);
  if (isUp) return (isReference ? castToReference : cast)(type, operand, names);
  if (!isPolymorphic(from))
    throw new ExpressionError(`'${typeName(from)}' has no virtual functions: dynamic_cast cannot tell what an object of it is.`);
  const { integer } = pointer;
  const address = (scene: Scene): bigint => {
    const object = integer(scene);
    if (object === 0n) return 0n;
    const whole = wholeAt(scene, object, from, names);
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
function wholeAt(scene: Scene, object: bigint, type: StructType, names: Names): Whole {
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
export const castToReference = (type: Type, operand: Typed, names: Names, isPlain = false): Typed =>
  dereferenced(cast(pointerTo(type), compileUnary('&', operand), names, isPlain));

/** C++: between pointers to a class and to a base of it, which may stand further on in the object. Null stays null. */
function upOrDown(type: Type, operand: Typed, names: Names): Typed {
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
      const found = address === 0n ? 0n : dynamicCast(wholeAt(scene, address, from, names), from, address, to, scene.context.memory);
      if (found === undefined)
        throw new ExpressionError(`The object is not in a '${typeName(to)}', of which '${typeName(from)}' is a virtual base.`);
      return found;
    });
  const isVirtual = up !== undefined && fixedOffset(up) === undefined;
  if (offset === 0 && !isVirtual) return operand;
  return integerOf(operand.type, (scene) => {
    const address = integer(scene);
    if (address === 0n) return 0n;
    return isVirtual ? addressInVirtualBase(scene, address, up) : BigInt.asUintN(64, address + BigInt(offset));
  });
}
