/** Numbers, characters and strings as they are written. */
import { typeName } from '../program/types-of.ts';
import { arrayOf, charType, doubleType, floatType, literalTypes, longDoubleType, unsignedIntType } from './c-types.ts';
import { ExpressionError } from './expression-error.ts';
import { bytesOf, placeOfBytes } from './place.ts';
import { quadFromExact } from './real.ts';
import type { Expression } from './syntax.ts';
import { constant, type Typed, typedQuad } from './typed.ts';

export function realConstant({ value, exact, suffix }: Extract<Expression, { kind: 'real' }>): Typed {
  if (suffix === 'l') {
    const bits = quadFromExact(exact);
    return typedQuad(longDoubleType, () => bits);
  }
  const type = suffix === 'f' ? floatType : doubleType;
  const stored = suffix === 'f' ? Math.fround(value) : value;
  return { type, real: () => stored };
}

export function characterConstant({ value, prefix }: Extract<Expression, { kind: 'character' }>): Typed {
  if (prefix === '') return constant(value > 255 ? unsignedIntType : charType, BigInt(value));
  const type = literalTypes[prefix];
  if (value >= 256 ** type.size) throw new ExpressionError(`The character ${value} does not fit '${typeName(type)}'.`);
  return constant(type, BigInt(value));
}

export function stringConstant({ prefix, parts }: Extract<Expression, { kind: 'string' }>): Typed {
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
