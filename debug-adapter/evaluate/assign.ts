/** Assignment: what may be written, and how. */
import { isAggregate, scalarOf, sizeOf, stripped } from './c-types.ts';
import { typeName } from '../program/types-of.ts';
import type { Cell } from './cell.ts';
import { ExpressionError } from './expression-error.ts';
import { bytesOfBits, hex, insertBits, integerFrom, type Place, readPlace, writePlace } from './place.ts';
import type { Scene } from './scene.ts';
import { asInteger, bytesOfReal, bytesOfTyped, converted, decayed, type Typed } from './typed.ts';

/** Writes `value` to what `left` names. @throws ExpressionError, at once if it never can be written */
export function assignment(left: Typed, value: Typed): (scene: Scene) => void {
  if (left.cell) return cellAssignment(left.cell, value);
  const { place, type, bit } = left;
  if (!place || stripped(type).kind === 'function' || stripped(type).kind === 'void')
    throw new ExpressionError(`A value of type '${typeName(type)}' is no place that can be assigned to.`);
  if (isAggregate(type)) return aggregateAssignment(left, place, value);
  if (value.text) throw new ExpressionError('A string is nowhere in the guest: assign an address, or write its characters to an array.');
  const source = converted(value, type, 'The assignment');
  return (scene) => {
    const bytes = bytesOfTyped(source, scene);
    const where = place(scene);
    if (!bit) return writePlace(scene, where, bytes);
    writePlace(scene, where, insertBits(readPlace(scene, where, bytesOfBits(bit)), bit, integerFrom(bytes)));
  };
}

function aggregateAssignment(left: Typed, place: (scene: Scene) => Place, value: Typed): (scene: Scene) => void {
  const size = sizeOf(left.type);
  const plain = stripped(left.type);
  const literal = value.text ? stripped(value.type) : undefined;
  const unit = literal?.kind === 'array' ? sizeOf(literal.element()) : 0;
  if (value.text && plain.kind === 'array' && sizeOf(plain.element()) === unit) {
    if (value.text.length > size)
      throw new ExpressionError(`The string has ${value.text.length} bytes and a NUL; '${typeName(left.type)}' holds ${size}.`);
    const bytes = new Uint8Array(Math.min(size, value.text.length + unit));
    bytes.set(value.text);
    return (scene) => writePlace(scene, place(scene), bytes);
  }
  if (typeName(stripped(value.type)) !== typeName(plain) || sizeOf(value.type) !== size)
    throw new ExpressionError(`'${typeName(value.type)}' cannot be assigned to '${typeName(left.type)}'.`);
  return (scene) => {
    const bytes = bytesOfTyped(value, scene);
    writePlace(scene, place(scene), bytes);
  };
}

function cellAssignment(cell: Cell, value: Typed): (scene: Scene) => void {
  const { write, bits, type } = cell;
  if (!write)
    throw new ExpressionError(cell.readOnly ?? (cell.parts ? `'$${cell.name}' is written part by part.` : `'$${cell.name}' is read-only.`));
  const scalar = scalarOf(type);
  if (scalar?.kind === 'real') {
    const source = converted(value, type, 'The assignment');
    return (scene) => write.call(cell, scene, integerFrom(bytesOfReal(source.real?.(scene) ?? 0, scalar.size)));
  }
  const raw = asInteger(decayed(value), 16, true, 'The assignment');
  const limit = 1n << BigInt(bits);
  return (scene) => {
    const number = raw(scene);
    if (number >= limit || number < -(limit >> 1n)) throw doesNotFit(cell, number);
    write.call(cell, scene, BigInt.asUintN(bits, number));
  };
}

function doesNotFit(cell: Cell, value: bigint): ExpressionError {
  const highest = (1n << BigInt(cell.bits)) - 1n;
  const size = cell.bits === 1 ? '1 bit' : `${cell.bits} bits`;
  return new ExpressionError(`${value} does not fit $${cell.name} (${size}: 0 to ${highest > 9n ? hex(highest) : highest}).`);
}
