import type { BoundedCache } from '../bounded-cache.ts';
import { memberPointerTo, NULL_POINTER_TYPE, nullPointerType, stripTypedefsAndQualifiers } from '../types-of.ts';
import type { Member, Method, StaticMember, Type } from '../types.ts';
import { canonicalBaseName } from './base-type-names.ts';
import * as c from './constants.ts';
import {
  children,
  type Entry,
  entryInUnits,
  hasAttribute,
  readConstant,
  readExpression,
  readFlag,
  readNumber,
  readReference,
  readString,
  withPacks,
} from './entries.ts';
import { functionName } from './function-names.ts';
import { hasScopes, joined, qualifiedName, scopeOf } from './qualified-names.ts';
import { evaluateValue, NotAvailable } from './expressions.ts';
import { DwarfError, Reader } from './reader.ts';
import type { Unit } from './units.ts';

/** Turns type entries into {@link Type}s. Those that are asked for again are mostly the same; who needs that holds them. */
export interface TypeReader {
  /** The type that `entry` itself is. */
  typeFrom(entry: Entry): Type;
  /** The type of an object, member, pointer …: its DW_AT_type; absent means void. */
  typeOf(entry: Entry): Type;
  /** `type` with the lengths that its variable length arrays have in a frame; `type` itself where it has none. */
  inFrame(type: Type, boundOf: BoundReader): Type;
}

/** The value that an attribute of a subrange (DW_AT_count, DW_AT_upper_bound) has in a frame; `undefined`: it cannot be told. */
export type BoundReader = (subrange: Entry, attribute: number) => bigint | undefined;

/** Of a {@link Type} with its functions, of a member or enumerator, and of what is said of a type by a number. */
const BYTES_OF_TYPE = 350;
const BYTES_OF_PART = 300;
const BYTES_OF_NUMBER = 40;

export const VOID: Type = { kind: 'void' };

/**
 * @param findDefinition the complete type that a declaration of this tag and name stands for, in any unit
 * @param guard calls its argument; where debug information is damaged gives the fallback
 */
export function createTypeReader(
  findDefinition: (declaration: Entry, name: string) => Entry | undefined,
  guard: <Value>(read: () => Value, fallback: Value) => Value,
  cache: BoundedCache,
): TypeReader {
  /**
   * Of each unit, by their offsets; a number: another one stands for it, which may be in another unit. Types hold none of those they are made
   * of, but ask for them, so that what has gone is gone.
   */
  const known = cache.keepOf<Unit, number, Type | number>((type) => (typeof type === 'number' ? BYTES_OF_NUMBER : BYTES_OF_TYPE));
  /** Arrays whose length the frame tells, each with its DW_TAG_subrange_type. */
  const ofVariableLength = new WeakMap<Type, Entry>();

  function typeFrom(entry: Entry): Type {
    const found = known(entry.unit, entry.offset, () => definitionOf(entry)?.offset ?? read(entry));
    return typeof found === 'number' ? typeFrom(entryInUnits(entry.unit, found)) : found;
  }
  /** What stands for a type that is only declared, or has its own type unit. */
  function definitionOf(entry: Entry): Entry | undefined {
    if (tagKeywords[entry.tag] === undefined) return undefined;
    const signed = readReference(entry, c.DW_AT_signature);
    if (signed !== undefined || !readFlag(entry, c.DW_AT_declaration)) return signed;
    const name = readString(entry, c.DW_AT_name);
    return name === undefined ? undefined : findDefinition(entry, name);
  }

  const typeOf = (entry: Entry): Type => typeBehind(readReference(entry, c.DW_AT_type));

  /** Computed once; a type that damaged information makes a part of itself sees the fallback there. */
  const later = <Value>(compute: () => Value, fallback: Value): (() => Value) => {
    let value: { readonly is: Value } | undefined;
    return () => {
      if (value === undefined) {
        value = { is: fallback };
        value = { is: guard(compute, fallback) };
      }
      return value.is;
    };
  };
  /** What `entry` says of its parts, as {@link later}. */
  const partsOf = <Part>(entry: Entry, compute: () => readonly Part[]): (() => readonly Part[]) =>
    later(() => {
      const parts = compute();
      known.grew(entry.unit, parts.length * BYTES_OF_PART);
      return parts;
    }, []);
  const target = (entry: Entry): (() => Type) => {
    const to = later(() => readReference(entry, c.DW_AT_type), undefined);
    return () => guard(() => typeBehind(to()), VOID);
  };
  const typeBehind = (entry: Entry | undefined): Type => (entry === undefined ? VOID : typeFrom(entry));

  function read(entry: Entry): Type {
    const name = readString(entry, c.DW_AT_name);
    switch (entry.tag) {
      case c.DW_TAG_base_type:
        return {
          kind: 'base',
          name: canonicalBaseName(name ?? '?'),
          size: readNumber(entry, c.DW_AT_byte_size) ?? 0,
          encoding: encodingOf(entry),
        };
      case c.DW_TAG_pointer_type:
        return { kind: 'pointer', size: readNumber(entry, c.DW_AT_byte_size) ?? 8, name, to: target(entry) };
      case c.DW_TAG_reference_type:
      case c.DW_TAG_rvalue_reference_type:
        return {
          kind: 'pointer',
          size: 8,
          name,
          to: target(entry),
          isReference: true,
          ...(entry.tag === c.DW_TAG_rvalue_reference_type && { isRvalue: true }),
        };
      case c.DW_TAG_ptr_to_member_type:
        return readMemberPointer(entry);
      case c.DW_TAG_unspecified_type:
        return name === NULL_POINTER_TYPE ? nullPointerType : VOID;
      case c.DW_TAG_structure_type:
      case c.DW_TAG_union_type:
      case c.DW_TAG_class_type:
      case c.DW_TAG_enumeration_type:
        return readFlag(entry, c.DW_AT_declaration) ? incomplete(entry) : readTagged(entry, name);
      case c.DW_TAG_typedef:
        return { kind: 'typedef', name: qualifiedName(entry) ?? '?', to: target(entry), ...alignment(entry) };
      case c.DW_TAG_const_type:
        return { kind: 'const', to: target(entry) };
      case c.DW_TAG_volatile_type:
        return { kind: 'volatile', to: target(entry) };
      case c.DW_TAG_restrict_type:
        return { kind: 'restrict', to: target(entry) };
      case c.DW_TAG_atomic_type:
        return { kind: 'atomic', to: target(entry) };
      case c.DW_TAG_array_type:
        return readArray(entry);
      case c.DW_TAG_subroutine_type:
      case c.DW_TAG_subprogram:
        return {
          kind: 'function',
          returns: target(entry),
          parameters: partsOf(entry, () => parametersOf(entry).filter(isWrittenParameter).map(typeOf)),
          isVariadic: later(() => isVariadic(entry), false),
        };
      default:
        return name === undefined ? VOID : { kind: 'incomplete', name };
    }
  }

  function alignment(entry: Entry): { readonly alignment?: number } {
    const alignment = readNumber(entry, c.DW_AT_alignment);
    return alignment === undefined ? {} : { alignment };
  }

  /** C++ on AArch64: the offset of a data member, or for a function its address first. */
  function readMemberPointer(entry: Entry): Type {
    const to = target(entry);
    const owner = readReference(entry, c.DW_AT_containing_type);
    const size = to().kind === 'function' ? 16 : 8;
    const pointsToMember = { owner: () => guard(() => typeBehind(owner), VOID), to };
    return memberPointerTo(size, pointsToMember);
  }

  function incomplete(declaration: Entry): Type {
    const keyword = hasScopes(declaration.unit) ? '' : `${tagKeywords[declaration.tag]} `;
    return { kind: 'incomplete', name: `${keyword}${qualifiedName(declaration) ?? '{...}'}` };
  }

  function readTagged(entry: Entry, name: string | undefined): Type {
    const size = readNumber(entry, c.DW_AT_byte_size) ?? 0;
    if (entry.tag === c.DW_TAG_enumeration_type) return readEnumeration(entry, name, size);
    const kind = entry.tag === c.DW_TAG_union_type ? 'union' : entry.tag === c.DW_TAG_class_type ? 'class' : 'struct';
    const members = partsOf(entry, () => readMembers(entry));
    const scoped = hasScopes(entry.unit)
      ? { statics: partsOf(entry, () => readStatics(entry)), methods: partsOf(entry, () => readMethods(entry)) }
      : {};
    return { kind, ...naming(entry, name), size, ...alignment(entry), members, ...scoped };
  }

  /** §5.7.8: static ones have no DW_AT_object_pointer, in whose stead some compilers mark the parameter only. */
  function readMethods(entry: Entry): readonly Method[] {
    return [...children(entry)]
      .filter(({ tag }) => tag === c.DW_TAG_subprogram)
      .flatMap((child): Method[] => {
        const name = readString(child, c.DW_AT_name);
        if (name === undefined) return [];
        const isStatic = ![...children(child)].some((parameter) => readFlag(parameter, c.DW_AT_artificial));
        const virtualIndex = indexInVirtualTable(child);
        return [
          {
            name,
            fullName: functionName(child, reader) ?? name,
            type: () => reader.typeFrom(child),
            isStatic,
            ...(virtualIndex !== undefined && { virtualIndex }),
          },
        ];
      });
  }

  /** §5.7.7: variables; before version 5 members with DW_AT_external and DW_AT_declaration. */
  function readStatics(entry: Entry): readonly StaticMember[] {
    const statics: StaticMember[] = [];
    let before = 0;
    for (const child of children(entry)) {
      const name = readString(child, c.DW_AT_name);
      if (isOfObject(child)) before++;
      else if (name !== undefined && (child.tag === c.DW_TAG_variable || child.tag === c.DW_TAG_member))
        statics.push({ name, type: target(child), before });
    }
    return statics;
  }

  function readMembers(entry: Entry): readonly Member[] {
    const members: Member[] = [];
    for (const child of children(entry)) {
      if (isOfObject(child)) members.push(readMember(child));
      if (child.tag === c.DW_TAG_variant_part) members.push(...readVariants(child));
    }
    return members;
  }

  /** Members of all variants, each with what must hold for it to be there; without a discriminant there is only one. */
  function readVariants(part: Entry): readonly Member[] {
    const discr = readReference(part, c.DW_AT_discr);
    const discriminant = discr && readMember(discr);
    const size = discriminant === undefined ? 0 : storageSizeOf(discriminant.type());
    const variants = [...children(part)]
      .filter(({ tag }) => tag === c.DW_TAG_variant)
      .map((entry) => {
        const value = readConstant(entry, c.DW_AT_discr_value)?.value;
        return { entry, value: value === undefined ? undefined : BigInt.asUintN(size * 8, value) };
      });
    const values = variants.flatMap(({ value }) => value ?? []);
    return variants.flatMap(({ entry, value }) =>
      [...children(entry)]
        .filter(({ tag }) => tag === c.DW_TAG_member)
        .map((member) => ({
          ...readMember(member),
          ...(discriminant && { variant: { discriminant, size, ...(value !== undefined && { value }), others: values } }),
        })),
    );
  }

  function readMember(entry: Entry): Member {
    const name = readString(entry, c.DW_AT_name);
    const type = target(entry);
    if (entry.tag === c.DW_TAG_inheritance) {
      const base = classBehind(readReference(entry, c.DW_AT_type));
      const name = (base && qualifiedName(base)) ?? '?';
      if (isVirtualBase(entry)) return { name, type, offset: 0, base: true, locate: virtualBaseOf(entry) };
      return { name, type, offset: memberOffset(entry), base: true };
    }
    const offset = memberOffset(entry);
    const bitSize = readNumber(entry, c.DW_AT_bit_size);
    if (bitSize === undefined) return { name, type, offset, ...alignment(entry) };
    const storageSize = readNumber(entry, c.DW_AT_byte_size) ?? storageSizeOf(type());
    const fromMostSignificant = readSigned(entry, c.DW_AT_bit_offset);
    const bitOffset =
      fromMostSignificant === undefined
        ? offset * 8 + (readNumber(entry, c.DW_AT_data_bit_offset) ?? 0)
        : offset * 8 + storageSize * 8 - fromMostSignificant - bitSize;
    const unitBits = storageSize * 8;
    const unitStart = unitBits > 0 ? Math.floor(bitOffset / unitBits) * unitBits : 0;
    const fitsUnit = unitBits > 0 && bitOffset + bitSize <= unitStart + unitBits;
    const start = fitsUnit ? unitStart : Math.floor(bitOffset / 8) * 8;
    return { name, type, offset: start / 8, bit: { offset: bitOffset - start, size: bitSize } };
  }

  function readEnumeration(entry: Entry, name: string | undefined, size: number): Type {
    const underlying = readReference(entry, c.DW_AT_type);
    const constants = () =>
      [...children(entry)]
        .filter(({ tag }) => tag === c.DW_TAG_enumerator)
        .map((child) => ({ name: readString(child, c.DW_AT_name) ?? '?', constant: readConstant(child, c.DW_AT_const_value) }));
    const signed =
      underlying === undefined
        ? constants().some(({ constant }) => constant !== undefined && constant.value < 0n)
        : isSignedEncoding(skipToBase(underlying));
    const value = (constant: { value: bigint; bits: number | undefined } | undefined): bigint => {
      if (constant === undefined) return 0n;
      return signed && constant.bits !== undefined && constant.bits === size * 8
        ? BigInt.asIntN(constant.bits, constant.value)
        : constant.value;
    };
    const enumerators = partsOf(entry, () => constants().map((item) => ({ name: item.name, value: value(item.constant) })));
    const names = naming(entry, name);
    const enumeratorScope = readFlag(entry, c.DW_AT_enum_class) ? names.name : scopeOf(entry);
    return { kind: 'enum', ...names, ...(enumeratorScope && { enumeratorScope }), size, signed, enumerators };
  }

  function readArray(entry: Entry): Type {
    const subranges = [...children(entry)].filter(({ tag }) => tag === c.DW_TAG_subrange_type || tag === c.DW_TAG_enumeration_type);
    const counts = subranges.map((subrange) => (subrange.tag === c.DW_TAG_subrange_type ? countOf(subrange) : undefined));
    const isVector = readFlag(entry, c.DW_AT_GNU_vector);
    const element = isVector ? later(() => numberType(typeOf(entry)), VOID) : target(entry);
    const dimension = (index: number): Type => {
      const inner = index + 1 < counts.length ? later(() => dimension(index + 1), VOID) : element;
      const count = counts[index];
      const array = arrayOf(inner, count, isVector, later);
      const subrange = subranges.at(index);
      if (count === undefined && subrange !== undefined && boundAttributes.some((attribute) => hasAttribute(subrange, attribute)))
        ofVariableLength.set(array, subrange);
      return array;
    };
    return dimension(0);
  }

  function inFrame(type: Type, boundOf: BoundReader, depth = 0): Type {
    if (depth > MAXIMUM_TYPE_DEPTH) return type;
    if (type.kind === 'array') {
      const subrange = ofVariableLength.get(type);
      const count = subrange === undefined ? type.count : countInFrame(subrange, boundOf);
      const whole = type.element();
      const element = inFrame(whole, boundOf, depth + 1);
      return count === type.count && element === whole ? type : arrayOf(() => element, count, type.isVector ?? false, later);
    }
    if (!('to' in type)) return type;
    const whole = type.to();
    const to = inFrame(whole, boundOf, depth + 1);
    return to === whole ? type : { ...type, to: () => to };
  }

  const reader: TypeReader = {
    typeFrom: (entry) => guard(() => typeFrom(entry), VOID),
    typeOf: (entry) => guard(() => typeOf(entry), VOID),
    inFrame: (type, boundOf) => guard(() => inFrame(type, boundOf), type),
  };
  return reader;
}

const DW_OP_constu = 0x10;

/** DW_AT_vtable_elem_location (§5.7.8): compilers give the number as an expression. */
function indexInVirtualTable(method: Entry): number | undefined {
  const expression = readExpression(method, c.DW_AT_vtable_elem_location);
  if (expression === undefined) return readNumber(method, c.DW_AT_vtable_elem_location);
  const reader = new Reader(expression.section, expression.offset, expression.offset + expression.length);
  return reader.u8() === DW_OP_constu ? reader.uleb() : undefined;
}

/** Lanes of a vector are numbers, those of one byte too. */
function numberType(lane: Type): Type {
  const plain = stripTypedefsAndQualifiers(lane);
  const encoding = plain.kind === 'base' && /^(.*)-char$/.exec(plain.encoding)?.[1];
  return encoding ? { ...plain, encoding: encoding as 'signed' | 'unsigned' } : lane;
}

type Later = <Value>(compute: () => Value, fallback: Value) => () => Value;

function arrayOf(element: () => Type, count: number | undefined, isVector: boolean, later: Later): Type {
  const size = later(() => (count === undefined ? undefined : count * storageSizeOf(element())), undefined);
  return {
    kind: 'array',
    get size() {
      return size();
    },
    element,
    count,
    ...(isVector && { isVector }),
  };
}

/** A function without a prototype says so in the same way: nothing else is known of its parameters. */
function isVariadic(entry: Entry): boolean {
  const tags = [...children(entry)].map(({ tag }) => tag);
  return tags.includes(c.DW_TAG_unspecified_parameters) && tags.includes(c.DW_TAG_formal_parameter);
}

const parametersOf = (entry: Entry): readonly Entry[] => [...withPacks(entry)].map(({ child }) => child);
/** C++ passes the object itself too. */
const isWrittenParameter = (entry: Entry): boolean => entry.tag === c.DW_TAG_formal_parameter && !readFlag(entry, c.DW_AT_artificial);

const naming = (entry: Entry, name: string | undefined): { readonly name?: string; readonly isScoped?: true } => ({
  ...(name !== undefined && { name: joined(scopeOf(entry), name) }),
  ...(hasScopes(entry.unit) && { isScoped: true }),
});

/** A member or base that each object has. */
const isOfObject = (child: Entry): boolean =>
  (child.tag === c.DW_TAG_member || child.tag === c.DW_TAG_inheritance) &&
  !readFlag(child, c.DW_AT_external) &&
  !readFlag(child, c.DW_AT_declaration);

/** A base may be written by another name of the class. */
function classBehind(type: Entry | undefined): Entry | undefined {
  let current = type;
  for (let depth = 0; depth < MAXIMUM_TYPE_DEPTH && current?.tag === c.DW_TAG_typedef; depth++)
    current = readReference(current, c.DW_AT_type);
  return current;
}

const tagKeywords: Readonly<Record<number, string>> = {
  [c.DW_TAG_structure_type]: 'struct',
  [c.DW_TAG_class_type]: 'class',
  [c.DW_TAG_union_type]: 'union',
  [c.DW_TAG_enumeration_type]: 'enum',
};

const DW_OP_plus_uconst = 0x23;

/** C++: the object's virtual table says where the base is. */
const isVirtualBase = (inheritance: Entry): boolean => (readNumber(inheritance, c.DW_AT_virtuality) ?? 0) !== 0;

/** DW_AT_data_member_location is computed from the address of the object, by way of its virtual table (§5.7.3). */
function virtualBaseOf(inheritance: Entry): NonNullable<Member['locate']> {
  return (object, memory) => {
    try {
      const expression = readExpression(inheritance, c.DW_AT_data_member_location);
      return expression && evaluateValue(expression, { registers: new Map(), memory, ...withoutFrame }, [object]);
    } catch (error) {
      if (error instanceof NotAvailable || error instanceof DwarfError) return undefined;
      throw error;
    }
  };
}

const notAvailable = (): never => {
  throw new NotAvailable();
};
const withoutFrame = {
  cfa: notAvailable,
  frameBase: notAvailable,
  entryValue: notAvailable,
  passedValue: notAvailable,
  located: notAvailable,
  threadLocal: notAvailable,
};

/** A constant; in DWARF 2 an expression that adds one to the address of the structure. */
function memberOffset(entry: Entry): number {
  const expression = readExpression(entry, c.DW_AT_data_member_location);
  if (expression === undefined) return readNumber(entry, c.DW_AT_data_member_location) ?? 0;
  const reader = new Reader(expression.section, expression.offset, expression.offset + expression.length);
  if (reader.u8() !== DW_OP_plus_uconst) throw new DwarfError(`the member at ${entry.offset} has an offset that is not constant`);
  return reader.uleb();
}

const MAXIMUM_TYPE_DEPTH = 64;

function storageSizeOf(type: Type): number {
  let current = type;
  for (let depth = 0; depth < MAXIMUM_TYPE_DEPTH; depth++) {
    if ('size' in current) return current.size ?? 0;
    if (!('to' in current)) return 0;
    current = current.to();
  }
  return 0;
}

const boundAttributes = [c.DW_AT_count, c.DW_AT_upper_bound];

/** Before its length is set, a variable length array has any; longer than this is not meant. */
const LONGEST_VARIABLE_LENGTH = 2n ** 31n;

function countInFrame(subrange: Entry, boundOf: BoundReader): number | undefined {
  const count = boundOf(subrange, c.DW_AT_count);
  const upperBound = count === undefined ? boundOf(subrange, c.DW_AT_upper_bound) : count - 1n;
  if (upperBound === undefined || upperBound < -1n || upperBound >= LONGEST_VARIABLE_LENGTH) return undefined;
  return Number(upperBound) + 1;
}

function countOf(subrange: Entry): number | undefined {
  const count = readNumber(subrange, c.DW_AT_count);
  if (count !== undefined) return count;
  const upperBound = readConstant(subrange, c.DW_AT_upper_bound);
  if (upperBound === undefined) return undefined;
  // A zero-length array has the upper bound -1, whatever the form can hold of it.
  const isMinusOne =
    upperBound.value === -1n ||
    (upperBound.bits !== undefined && upperBound.bits >= 32 && upperBound.value === (1n << BigInt(upperBound.bits)) - 1n);
  return isMinusOne ? 0 : Number(upperBound.value) + 1;
}

/** clang's bit offsets of packed members are negative. */
function readSigned(entry: Entry, attribute: number): number | undefined {
  const constant = readConstant(entry, attribute);
  if (constant === undefined) return undefined;
  return Number(constant.bits === undefined ? constant.value : BigInt.asIntN(constant.bits, constant.value));
}

function skipToBase(type: Entry): Entry {
  let current = type;
  for (let depth = 0; depth < MAXIMUM_TYPE_DEPTH && hasAttribute(current, c.DW_AT_type); depth++) {
    const next = readReference(current, c.DW_AT_type);
    if (next === undefined) return current;
    current = next;
  }
  return current;
}

function isSignedEncoding(entry: Entry): boolean {
  const encoding = readNumber(entry, c.DW_AT_encoding);
  return encoding === c.DW_ATE_signed || encoding === c.DW_ATE_signed_char;
}

type BaseEncoding = (Type & { kind: 'base' })['encoding'];

const baseEncodings: Readonly<Record<number, BaseEncoding>> = {
  [c.DW_ATE_boolean]: 'boolean',
  [c.DW_ATE_complex_float]: 'complex',
  [c.DW_ATE_float]: 'float',
  [c.DW_ATE_imaginary_float]: 'float',
  [c.DW_ATE_signed]: 'signed',
  [c.DW_ATE_signed_char]: 'signed-char',
  [c.DW_ATE_unsigned_char]: 'unsigned-char',
  [c.DW_ATE_UTF]: 'utf',
};

function encodingOf(entry: Entry): BaseEncoding {
  const encoding = readNumber(entry, c.DW_AT_encoding);
  if (encoding === undefined) throw new DwarfError(`the base type at ${entry.offset} has no encoding`);
  return baseEncodings[encoding] ?? 'unsigned';
}
