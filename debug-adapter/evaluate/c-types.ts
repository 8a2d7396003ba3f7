/** C's type rules for AArch64 (LP64, AAPCS64): sizes, conversions between types, and the types that exist in every program. */
import type { Type } from '../program/types.ts';
import { stripTypedefsAndQualifiers } from '../program/types-of.ts';
import { ExpressionError } from './expression-error.ts';
import type { LiteralPrefix } from './syntax.ts';

export type BaseType = Extract<Type, { kind: 'base' }>;
export type StructType = Extract<Type, { kind: 'struct' | 'union' | 'class' }>;

const base = (name: string, size: number, encoding: BaseType['encoding']): BaseType => ({ kind: 'base', name, size, encoding });

export const voidType: Type = { kind: 'void' };
export const charType = base('char', 1, 'unsigned-char');
export const boolType = base('_Bool', 1, 'boolean');
export const cPlusPlusBoolType = base('bool', 1, 'boolean');
export const intType = base('int', 4, 'signed');
export const unsignedIntType = base('unsigned int', 4, 'unsigned');
export const longType = base('long', 8, 'signed');
export const unsignedLongType = base('unsigned long', 8, 'unsigned');
const longLongType = base('long long', 8, 'signed');
const unsignedLongLongType = base('unsigned long long', 8, 'unsigned');
export const int128Type = base('__int128', 16, 'signed');
export const unsignedInt128Type = base('unsigned __int128', 16, 'unsigned');
export const halfType = base('_Float16', 2, 'float');
export const floatType = base('float', 4, 'float');
export const doubleType = base('double', 8, 'float');
export const longDoubleType = base('long double', 16, 'float');

export const wideCharType = base('wchar_t', 4, 'unsigned');
const char16Type = base('char16_t', 2, 'utf');
const char32Type = base('char32_t', 4, 'utf');

/** Types of the characters of prefixed literals (C++ [lex.ccon]; AAPCS64 for `wchar_t`). C++20's `char8_t` is `char` in C. */
export const literalTypes: Readonly<Record<LiteralPrefix, BaseType>> = {
  '': charType,
  u8: charType,
  L: wideCharType,
  u: char16Type,
  U: char32Type,
};

export const pointerTo = (type: Type): Type => ({ kind: 'pointer', size: 8, to: () => type });
export const arrayOf = (element: Type, count: number): Type => ({
  kind: 'array',
  element: () => element,
  count,
  size: count * sizeOf(element),
});

export type PlainType = Exclude<Type, { kind: 'typedef' } | { kind: 'const' | 'volatile' | 'restrict' | 'atomic' }>;

/** Without typedefs and qualifiers. */
export const stripped = (type: Type): PlainType => stripTypedefsAndQualifiers(type) as PlainType;

/** In bytes; 0 where C has none (void, functions, incomplete types, flexible arrays). */
export function sizeOf(type: Type): number {
  const plain = stripped(type);
  switch (plain.kind) {
    case 'base':
    case 'pointer':
    case 'enum':
    case 'struct':
    case 'union':
    case 'class':
      return plain.size;
    case 'array':
      return plain.count === undefined ? 0 : (plain.size ?? plain.count * sizeOf(plain.element()));
    default:
      return 0;
  }
}

/**
 * In bytes (AAPCS64 §5); `undefined` where C has none (void, functions, incomplete types). What the source asks for is in debug information, but
 * not that a struct is packed: that is told from members, or a size, that are not aligned.
 */
export function alignmentOf(type: Type): number | undefined {
  switch (type.kind) {
    case 'typedef':
      return type.alignment ?? alignmentOf(type.to());
    case 'const':
    case 'volatile':
    case 'restrict':
    case 'atomic':
      return alignmentOf(type.to());
    case 'base':
      return type.encoding === 'complex' ? type.size / 2 : type.size;
    case 'pointer':
      return type.size;
    case 'enum':
      return type.size;
    case 'array':
      return type.isVector ? Math.min(type.size ?? 16, 16) : alignmentOf(type.element());
    case 'struct':
    case 'union':
    case 'class': {
      const members = type.members().map((member) => ({ ...member, wanted: member.alignment ?? alignmentOf(member.type()) ?? 1 }));
      const most = Math.max(1, ...members.map(({ wanted }) => wanted));
      const isPacked = type.size % most !== 0 || members.some(({ offset, wanted, bit }) => bit === undefined && offset % wanted !== 0);
      return type.alignment ?? (isPacked ? 1 : most);
    }
    default:
      return undefined;
  }
}

/** An array whose length nobody tells: a flexible one, or one of variable length where no frame is at hand. */
export function hasUnknownLength(type: Type): boolean {
  const plain = stripped(type);
  return plain.kind === 'array' && (plain.count === undefined || hasUnknownLength(plain.element()));
}

/** How a value of a scalar type is computed with. */
export type Scalar =
  | { readonly kind: 'integer'; readonly size: number; readonly signed: boolean; readonly boolean: boolean }
  | { readonly kind: 'pointer'; readonly to: Type }
  | { readonly kind: 'real'; readonly size: number };

const integer = (size: number, signed: boolean, boolean = false): Scalar => ({ kind: 'integer', size, signed, boolean });

/** `undefined`: not a scalar (struct, array, function, void), or one without arithmetic (complex). */
export function scalarOf(type: Type): Scalar | undefined {
  const plain = stripped(type);
  switch (plain.kind) {
    case 'base':
      if (plain.encoding === 'float') return { kind: 'real', size: plain.size };
      if (plain.encoding === 'complex') return undefined;
      return integer(plain.size, plain.encoding.startsWith('signed'), plain.encoding === 'boolean');
    case 'enum':
      return integer(plain.size, plain.signed);
    case 'pointer':
      return { kind: 'pointer', to: plain.to() };
    default:
      return undefined;
  }
}

export const isAggregate = (type: Type): boolean => ['struct', 'union', 'class', 'array'].includes(stripped(type).kind);
export const isStruct = (type: Type): type is StructType => ['struct', 'union', 'class'].includes(type.kind);

/** The value modulo 2^bits, in the type's range. */
export function wrap(value: bigint, size: number, signed: boolean): bigint {
  return signed ? BigInt.asIntN(size * 8, value) : BigInt.asUintN(size * 8, value);
}

/**
 * Integer promotion (C11 6.3.1.1).
 * @param bits width of a bit-field; absent: not one
 */
export function promoted(type: Type, bits?: number): Type {
  const scalar = scalarOf(type);
  if (scalar?.kind !== 'integer') return type;
  if (bits !== undefined && scalar.size <= 4) return bits < 32 || scalar.signed ? intType : unsignedIntType;
  if (scalar.size < 4) return intType;
  const plain = stripped(type);
  // C++ [conv.prom]: a wide character is one of the type behind it.
  const isCharacter = plain.kind === 'base' && (plain.encoding === 'utf' || plain.name === wideCharType.name);
  return isCharacter || plain.kind === 'enum' ? integerType(scalar.size, scalar.signed) : plain;
}

const integerType = (size: number, signed: boolean): Type =>
  size > 8
    ? signed
      ? int128Type
      : unsignedInt128Type
    : size > 4
      ? signed
        ? longType
        : unsignedLongType
      : signed
        ? intType
        : unsignedIntType;

/** The common type of two arithmetic operands after promotion (C11 6.3.1.8). */
export function commonType(left: Type, right: Type): Type {
  const [a, b] = [scalarOf(left), scalarOf(right)];
  if (a?.kind === 'real' && (b?.kind !== 'real' || a.size >= b.size)) return stripped(left);
  if (b?.kind === 'real') return stripped(right);
  if (a?.kind !== 'integer' || b?.kind !== 'integer') return left;
  if (a.size !== b.size) return a.size > b.size ? left : right;
  return a.signed ? right : left;
}

/** The type of an integer constant (C11 6.4.4.1); one that no type holds gets the widest. */
export function constantType(value: bigint, decimal: boolean, suffix: string): Type {
  const unsignedOnly = suffix.includes('u');
  const long = suffix.includes('l');
  const [widest, unsignedWidest] = suffix.includes('ll') ? [longLongType, unsignedLongLongType] : [longType, unsignedLongType];
  const candidates = [intType, unsignedIntType, widest, unsignedWidest, int128Type, unsignedInt128Type];
  for (const type of candidates) {
    const signed = type.encoding === 'signed';
    if (long && type.size < 8) continue;
    if (unsignedOnly && signed) continue;
    if (!unsignedOnly && decimal && !signed && type.size < 8) continue;
    if (value < 1n << BigInt(type.size * 8 - (signed ? 1 : 0))) return type;
  }
  throw new ExpressionError(`The constant ${value} is too large: there are 128 bits.`);
}

const shortType = base('short', 2, 'signed');
const unsignedShortType = base('unsigned short', 2, 'unsigned');
const signedCharType = base('signed char', 1, 'signed-char');
const unsignedCharType = base('unsigned char', 1, 'unsigned-char');

/** A base type from its words in any order (`long unsigned int`); `undefined` if C has no such combination. */
export function baseTypeOfWords(words: readonly string[]): Type | undefined {
  const count = (word: string) => words.filter((other) => other === word).length;
  const [long, unsigned, signed] = [count('long'), count('unsigned') > 0, count('signed') > 0];
  const kinds = words.filter((word) => !['long', 'unsigned', 'signed', 'int'].includes(word));
  if (kinds.length > 1 || long > 2 || (unsigned && signed)) return undefined;
  const plain = !unsigned && !signed && long === 0 && count('int') === 0;
  switch (kinds[0]) {
    case 'void':
      return plain ? voidType : undefined;
    case 'bool':
    case '_Bool':
      return plain ? boolType : undefined;
    case '_Float16':
    case '__fp16':
      return plain ? halfType : undefined;
    case 'float':
      return plain ? floatType : undefined;
    case 'double':
      if (long === 1 && !unsigned && !signed && count('int') === 0) return longDoubleType;
      return plain ? doubleType : undefined;
    case 'char':
      if (long > 0 || count('int') > 0) return undefined;
      return signed ? signedCharType : unsigned ? unsignedCharType : charType;
    case 'short':
      return long > 0 ? undefined : unsigned ? unsignedShortType : shortType;
    case '__int128':
      return long > 0 ? undefined : unsigned ? unsignedInt128Type : int128Type;
    case undefined:
      if (long === 2) return unsigned ? unsignedLongLongType : longLongType;
      return long === 1 ? (unsigned ? unsignedLongType : longType) : unsigned ? unsignedIntType : intType;
    default:
      return undefined;
  }
}

/** Names that people use for sizes whether or not the program declares them. */
export const commonTypedefs: ReadonlyMap<string, Type> = new Map(
  (
    [
      [['int8_t', 's8'], signedCharType],
      [['uint8_t', 'u8'], unsignedCharType],
      [['int16_t', 's16'], shortType],
      [['uint16_t', 'u16'], unsignedShortType],
      [['int32_t', 's32'], intType],
      [['uint32_t', 'u32'], unsignedIntType],
      [['int64_t', 's64', 'intptr_t', 'ptrdiff_t', 'ssize_t'], longType],
      [['uint64_t', 'u64', 'uintptr_t', 'size_t'], unsignedLongType],
    ] as const
  ).flatMap(([names, type]) => names.map((name): [string, Type] => [name, { kind: 'typedef', name, to: () => type }])),
);
