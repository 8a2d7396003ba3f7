/** Numbers, characters, pointers and names of values as text. */
import { sizeOf, stripped } from '../evaluate/c-types.ts';
import { hex, readMemory, ValueUnavailable } from '../evaluate/place.ts';
import type { Scene } from '../evaluate/scene.ts';
import type { FormatLetter } from '../evaluate/syntax.ts';
import type { Type } from '../program/types.ts';
import { addressText } from './address-text.ts';
import { enumText } from './enum-text.ts';
import { type Format, limitsOf } from './format-options.ts';
import { memberPointerText, methodPointerText } from './member-pointer-text.ts';
import { type Characters, characterText, charactersOf, codePointText, stringText } from './text.ts';

/** @param value in the type's range; @param bits its width */
export function scalarText(scene: Scene, type: Type, value: bigint, bits: number, format: Format): string {
  const { letter } = format;
  const unsigned = BigInt.asUintN(bits, value);
  switch (letter) {
    case 'x':
    case 'o':
    case 'b':
      return radixText(unsigned, letter);
    case 'd':
      return String(BigInt.asIntN(bits, value));
    case 'u':
      return String(unsigned);
    case 'c':
      return characterText(unsigned & 0xffn);
    case 'a':
      return addressText(scene, unsigned);
    default:
  }
  const plain = stripped(type);
  if (plain.kind === 'pointer' && plain.isNull) return 'nullptr';
  if (plain.kind === 'pointer') return pointerText(scene, plain.to(), unsigned, format);
  const number = format.hex ? hex(unsigned) : String(value);
  if (plain.kind === 'enum') return enumText(plain, value) ?? number;
  if (plain.kind !== 'base') return number;
  if (plain.pointsToMember)
    return (
      (plain.size === 16 ? methodPointerText(scene, plain.pointsToMember, unsigned) : memberPointerText(plain.pointsToMember, value)) ??
      number
    );
  if (plain.encoding === 'boolean') return value === 0n ? 'false' : value === 1n ? 'true' : number;
  // A bit-field of characters is narrower than one.
  const characters = charactersOf(type);
  if (characters?.size === 1) return `${number} ${characterText(value & 0xffn)}`;
  if (characters || plain.encoding === 'utf') return `${number} ${codePointText(characters?.prefix ?? '', unsigned)}`;
  return number;
}

/** What `,s` makes text of, beyond what is text anyway. */
export const charactersFor = (own: Characters | undefined, size: number, letter: FormatLetter | undefined): Characters | undefined =>
  letter === 's' ? (own ?? (size === 1 ? { size: 1, prefix: '' } : undefined)) : letter ? undefined : own;

export function radixText(value: bigint, letter: 'x' | 'o' | 'b'): string {
  if (letter === 'x') return hex(value);
  if (letter === 'b') return `0b${value.toString(2)}`;
  return value === 0n ? '0' : `0${value.toString(8)}`;
}

function pointerText(scene: Scene, to: Type, address: bigint, format: Format): string {
  const { letter } = format;
  const text = addressText(scene, address);
  const characters = charactersFor(charactersOf(to), sizeOf(to), letter === 's' ? letter : undefined);
  if (address === 0n || !characters) return text;
  try {
    const read = (from: number, length: number) => readMemory(scene, address + BigInt(from), length);
    return `${text} ${stringText(read, limitsOf(format).string, undefined, characters)}`;
  } catch (error) {
    if (error instanceof ValueUnavailable) return `${text} ${error.display}`;
    throw error;
  }
}
