/** A compiled expression: its C type, known before anything is read, and closures that compute it in a scene. */
import type { Type } from '../program/types.ts';
import type { Formula } from '../target/target.ts';
import { isAggregate, isStruct, pointerTo, type Scalar, scalarOf, sizeOf, stripped, wrap } from './c-types.ts';
import { typeName } from '../program/types-of.ts';
import type { Cell } from './cell.ts';
import { ExpressionError } from './expression-error.ts';
import { constantFormula, type FormulaPlace, formulaAt, integerFormula } from './formulas.ts';
import {
  type BitRange,
  bytesOf,
  bytesOfBits,
  extractBits,
  implicitTarget,
  integerFrom,
  type Place,
  placeOfBytes,
  readMemory,
  readPlace,
} from './place.ts';
import {
  halfFromNumber,
  integerFromQuad,
  integerFromReal,
  isQuadZero,
  numberFromHalf,
  numberFromQuad,
  quadFromInteger,
  quadFromNumber,
  realFromInteger,
  rounded,
} from './real.ts';
import type { Scene } from './scene.ts';

export interface Typed {
  readonly type: Type;
  /** Integers, enumerations, booleans, pointers: the value in the type's range. @throws ValueUnavailable */
  readonly integer?: (scene: Scene) => bigint;
  /** Floating types of up to 8 bytes. @throws ValueUnavailable */
  readonly real?: (scene: Scene) => number;
  /** What can be assigned to or has its address taken, and every aggregate. */
  readonly place?: (scene: Scene) => Place;
  readonly cell?: Cell;
  /** Bit-fields: where in the place. */
  readonly bit?: BitRange;
  /** What `integer` computes, as the machine can compute it itself; absent: it cannot. */
  readonly formula?: Formula;
  /** Where `place` is, as the machine can find it. */
  readonly formulaPlace?: FormulaPlace;
  /** C++: functions of one name, or pointers to them; by itself it says nothing. */
  readonly overloads?: readonly Typed[];
  /** An integer constant expression's value. */
  readonly constant?: bigint;
  /** A string literal's bytes, without the NUL; `type` says how many there are to a character. */
  readonly text?: Uint8Array;
}

const numberOfFloat = new DataView(new ArrayBuffer(8));

/** A floating value from its bytes. */
export function realFromBytes(bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) numberOfFloat.setUint8(i, bytes[i]);
  if (bytes.length === 2) return numberFromHalf(numberOfFloat.getUint16(0, true));
  return bytes.length === 4 ? numberOfFloat.getFloat32(0, true) : numberOfFloat.getFloat64(0, true);
}

export function bytesOfReal(value: number, size: number): Uint8Array {
  if (size === 2) return bytesOf(BigInt(halfFromNumber(value)), 2);
  if (size === 4) numberOfFloat.setFloat32(0, value, true);
  else numberOfFloat.setFloat64(0, value, true);
  return Uint8Array.from({ length: size }, (_, i) => numberOfFloat.getUint8(i));
}

/** What stands at a place; for a C++ reference, what it refers to. */
export function typedAt(type: Type, place: (scene: Scene) => Place, bit?: BitRange, formulaPlace?: FormulaPlace): Typed {
  const plain = stripped(type);
  if (plain.kind === 'pointer' && plain.isReference)
    return typedAt(plain.to(), (scene) => {
      const where = place(scene);
      return implicitTarget(where) ?? { kind: 'memory', address: integerFrom(readPlace(scene, where, 8)) };
    });
  if (plain.kind === 'pointer' && plain.isNull) return { ...constant(type, 0n), place };
  const scalar = scalarOf(type);
  if (!scalar) return { type, place, formulaPlace };
  if (scalar.kind === 'real') {
    const { size } = scalar;
    return { type, place, real: size <= 8 ? (scene) => realFromBytes(readPlace(scene, place(scene), size)) : undefined };
  }
  const [size, signed] = scalar.kind === 'pointer' ? [8, false] : [scalar.size, scalar.signed];
  if (bit) {
    const holder = bytesOfBits(bit);
    const read = (scene: Scene) => extractBits(readPlace(scene, place(scene), holder), bit);
    return { type, place, bit, integer: signed ? (scene) => BigInt.asIntN(bit.size, read(scene)) : read };
  }
  const width = size * 8;
  const load = (scene: Scene) => {
    const where = place(scene);
    return integerFrom(where.kind === 'memory' ? readMemory(scene, where.address, size) : readPlace(scene, where, size));
  };
  const formula = formulaAt(formulaPlace, size, signed);
  return { type, place, integer: signed ? (scene) => BigInt.asIntN(width, load(scene)) : load, formula, formulaPlace };
}

export function typedCell(cell: Cell): Typed {
  const { type, read } = cell;
  const place = (): Place => ({ kind: 'cell', cell });
  if (!read) return { type, place, cell };
  const scalar = scalarOf(type);
  if (scalar?.kind === 'real') return { type, place, cell, real: (scene) => realFromBytes(bytesOf(read.call(cell, scene), scalar.size)) };
  return { type, place, cell, integer: (scene) => read.call(cell, scene), formula: cell.formula };
}

export const constant = (type: Type, value: bigint): Typed => ({
  type,
  constant: value,
  integer: () => value,
  ...(value === BigInt.asIntN(64, value) || value === BigInt.asUintN(64, value) ? { formula: constantFormula(value) } : {}),
});
export const integerOf = (type: Type, integer: (scene: Scene) => bigint, formula?: Formula): Typed => ({
  type,
  integer,
  ...(formula && { formula }),
});

/** Arrays become pointers to their first element, functions pointers to themselves (C11 6.3.2.1); vectors do not. */
export function decayed(typed: Typed): Typed {
  const plain = stripped(typed.type);
  const address = typed.formulaPlace?.kind === 'memory' ? typed.formulaPlace.address : undefined;
  if (plain.kind === 'array' && !plain.isVector) return integerOf(pointerTo(plain.element()), addressOf(typed), address);
  if (plain.kind === 'function') return integerOf(pointerTo(plain), addressOf(typed));
  return typed;
}

/** @throws ExpressionError, at once or when computed, if it has no address */
export function addressOf({ place, type, bit, cell, text }: Typed): (scene: Scene) => bigint {
  if (text)
    return () => {
      throw new ExpressionError(
        'A string of an expression is nowhere in the guest and has no address; [] takes characters of it, as in "abc"[1].',
      );
    };
  if (cell) throw new ExpressionError(`'$${cell.name}' has no address.`);
  if (!place) throw new ExpressionError(`A value of type '${typeName(type)}' that is not in memory has no address.`);
  if (bit) throw new ExpressionError('A bit-field has no address.');
  return (scene) => {
    const where = place(scene);
    if (where.kind === 'memory') return where.address;
    const inRegister = where.kind === 'slice' && where.location.kind === 'register';
    throw new ExpressionError(`The value is ${inRegister ? 'in a register' : 'not in memory'} here and has no address.`);
  };
}

/** The scalar kind of an operand. @throws ExpressionError if it is none */
export function scalarKind(typed: Typed, use: string): Scalar {
  const scalar = scalarOf(typed.type);
  if (scalar && (typed.integer || typed.real || quadOf(typed))) return scalar;
  const plain = stripped(typed.type);
  if (plain.kind === 'void')
    throw new ExpressionError(`${use} needs a value; this has no type: cast its address, as in *(unsigned long *)&name.`);
  if (isStruct(plain) && plain.methods?.().some(({ name }) => name.startsWith('operator'))) throw callsFunction(use, typed.type);
  const refused = `${use} cannot be applied to '${typeName(typed.type)}'`;
  if (plain.kind === 'array' && plain.isVector) throw new ExpressionError(`${refused}, a vector; take one of its lanes, as in v[0].`);
  if (plain.kind === 'base' && plain.encoding === 'complex')
    throw new ExpressionError(`${refused}; take one of its parts, as in ((${partName(plain.size)} *)&z)[1].`);
  throw new ExpressionError(`${refused}.`);
}
/** C++: a class may define operators. */
export const callsFunction = (operator: string, type: Type): ExpressionError =>
  new ExpressionError(`${operator} of a '${typeName(type)}' is a function of the program, and calls are not evaluated.`);
const partName = (size: number): string => ({ 8: 'float', 16: 'double' })[size] ?? 'long double';

/** The operand as an integer of a size. */
export function asInteger(typed: Typed, size: number, signed: boolean, use: string): (scene: Scene) => bigint {
  const scalar = scalarKind(typed, use);
  const { integer, real } = typed;
  const quad = quadOf(typed);
  if (quad) return (scene) => integerFromQuad(quad(scene), size, signed);
  if (real) return (scene) => integerFromReal(real(scene), size, signed);
  if (!integer) throw new ExpressionError(`${use} cannot be applied to '${typeName(typed.type)}'.`);
  if (typed.constant !== undefined) {
    const value = wrap(typed.constant, size, signed);
    return () => value;
  }
  const [ownSize, ownSigned] = scalar.kind === 'integer' ? [scalar.size, scalar.signed] : [8, false];
  if ((ownSigned === signed && ownSize <= size) || (!ownSigned && ownSize < size)) return integer;
  const width = size * 8;
  return signed ? (scene) => BigInt.asIntN(width, integer(scene)) : (scene) => BigInt.asUintN(width, integer(scene));
}

/** The operand as a floating value of at most 8 bytes. */
export function asReal(typed: Typed, size: number, use: string): (scene: Scene) => number {
  scalarKind(typed, use);
  const { integer, real } = typed;
  const quad = quadOf(typed);
  if (quad) return (scene) => rounded(numberFromQuad(quad(scene)), size);
  if (real) return (scene) => rounded(real(scene), size);
  if (!integer) throw new ExpressionError(`${use} cannot be applied to '${typeName(typed.type)}'.`);
  return (scene) => realFromInteger(integer(scene), size);
}

/** C's "compares unequal to 0". */
export function asCondition(operand: Typed, use: string): (scene: Scene) => boolean {
  const typed = decayed(operand);
  scalarKind(typed, use);
  const { integer, real } = typed;
  const quad = quadOf(typed);
  if (quad) return (scene) => !isQuadZero(quad(scene));
  if (real) return (scene) => real(scene) !== 0;
  return (scene) => integer?.(scene) !== 0n;
}

/** The bits of a long double. */
function quadOf({ type, place }: Typed): ((scene: Scene) => bigint) | undefined {
  const scalar = scalarOf(type);
  if (scalar?.kind !== 'real' || scalar.size !== 16 || !place) return undefined;
  return (scene) => integerFrom(readPlace(scene, place(scene), 16));
}

/** The operand as a long double. */
export function asQuad(typed: Typed, use: string): (scene: Scene) => bigint {
  const { integer } = typed;
  const quad = quadOf(typed);
  if (quad) return quad;
  if (scalarKind(typed, use).kind === 'integer' && integer) return (scene) => quadFromInteger(integer(scene));
  const real = asReal(typed, 8, use);
  return (scene) => quadFromNumber(real(scene));
}

export const typedQuad = (type: Type, bits: (scene: Scene) => bigint): Typed => ({
  type,
  place: (scene) => placeOfBytes(bytesOf(bits(scene), 16)),
});

function fromQuad(quad: (scene: Scene) => bigint, typed: Typed, type: Type, scalar: Scalar): Typed {
  if (scalar.kind === 'real') {
    const { size } = scalar;
    return size === 16 ? { ...typed, type } : { type, real: (scene) => rounded(numberFromQuad(quad(scene)), size) };
  }
  if (scalar.kind === 'pointer') throw new ExpressionError(`'${typeName(typed.type)}' cannot be made '${typeName(type)}'.`);
  if (scalar.boolean) return integerOf(type, (scene) => (BigInt.asUintN(127, quad(scene)) === 0n ? 0n : 1n));
  return integerOf(type, (scene) => integerFromQuad(quad(scene), scalar.size, scalar.signed));
}

/** Converts to a scalar type as assignment and casts do. */
export function converted(operand: Typed, type: Type, use: string): Typed {
  const typed = decayed(operand);
  const scalar = scalarOf(type);
  if (!scalar) throw new ExpressionError(`${use} cannot make '${typeName(type)}' from '${typeName(typed.type)}'.`);
  const quad = quadOf(typed);
  if (quad) return fromQuad(quad, typed, type, scalar);
  if (scalar.kind === 'real' && scalar.size === 16) {
    return typedQuad(type, asQuad(typed, use));
  }
  if (scalar.kind === 'real') return { type, real: asReal(typed, scalar.size, use) };
  if (scalar.kind === 'pointer') return integerOf(type, asInteger(typed, 8, false, use), integerFormula(typed, 8, false));
  if (scalar.boolean) {
    const holds = asCondition(typed, use);
    return integerOf(type, (scene) => (holds(scene) ? 1n : 0n));
  }
  const integer = asInteger(typed, scalar.size, scalar.signed, use);
  const formula = integerFormula(typed, scalar.size, scalar.signed);
  return typed.constant === undefined
    ? integerOf(type, integer, formula)
    : constant(type, wrap(typed.constant, scalar.size, scalar.signed));
}

/** The bytes of the value. @throws ValueUnavailable */
export function bytesOfTyped(typed: Typed, scene: Scene): Uint8Array {
  const size = sizeOf(typed.type);
  if (typed.real) return bytesOfReal(typed.real(scene), size);
  if (typed.integer) return bytesOf(typed.integer(scene), size);
  if (!typed.place) throw new ExpressionError(`A value of type '${typeName(typed.type)}' cannot be read.`);
  return readPlace(scene, typed.place(scene), size);
}

/** Where to look at the value: its own place, or a copy of it. */
export function placeOfTyped(typed: Typed, scene: Scene): Place {
  if (typed.place && (isAggregate(typed.type) || !typed.cell)) return typed.place(scene);
  return placeOfBytes(bytesOfTyped(typed, scene));
}
